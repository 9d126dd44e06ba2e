//! Who may hold an instance of a class of the project without telling: what calls its methods there is not seen.
//!
//! Instances are followed by the types that inference found. Where one goes into a variable, an attribute, a parameter or a
//! function's result, only what is called by that name can be it; where it goes elsewhere (a list, a library), anything can.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use unblocked_analyzer::{
    Analysis, ClassRef, FileAnalysis, FileFacts, FunctionRef, ParamKind, Type,
};
use unblocked_syntax::{Field, Kind, NodeId};

use crate::effects::Effects;

/// Builtins that call no method of what they are given, but those that Python calls.
const BUILTINS: &[&str] = &[
    "bool",
    "callable",
    "cast",
    "hasattr",
    "id",
    "isinstance",
    "issubclass",
    "print",
    "repr",
    "str",
    "super",
    "type",
];

/// What functions are called that look something up by its name, or put something in its place.
const LOOKUPS: &[&str] = &["patch", "getattr", "setattr", "attrgetter", "methodcaller"];

/// What functions are called that render a template which they are given by its name.
const RENDERING: &[&str] = &[
    "SimpleTemplateResponse",
    "TemplateResponse",
    "get_template",
    "render",
    "render_to_string",
    "select_template",
];

/// What functions are called that make a template of a text.
const TEMPLATES: &[&str] = &["Template", "from_string"];

/// Where instances of classes are, and what may be one of them.
pub(super) struct Holders<'a> {
    /// By class, the names that instances go by.
    names: BTreeMap<ClassRef, BTreeSet<&'a str>>,
    /// By class, a place that hands instances, or the class, to code that does not tell what it does with them.
    away: BTreeMap<ClassRef, (usize, NodeId)>,
    /// Attributes of what is not known: the name, the last name of what it is read of, and where.
    unknown: Vec<(&'a str, &'a str, usize, NodeId)>,
    /// Attributes that may be one of several methods.
    several: BTreeMap<FunctionRef, (usize, NodeId)>,
    /// Names in strings: of tests that put something else in their place, of `getattr()`.
    replaced: BTreeMap<&'a str, usize>,
    /// The texts of templates that stand in code.
    texts: Vec<&'a str>,
    /// Some templates are not at hand.
    has_unseen: bool,
}

impl<'a> Holders<'a> {
    pub(super) fn new(
        analysis: &Analysis<'a>,
        effects: &Effects<'_>,
        classes: &BTreeSet<ClassRef>,
    ) -> Self {
        let mut holders = Self {
            names: BTreeMap::new(),
            away: BTreeMap::new(),
            unknown: Vec::new(),
            several: BTreeMap::new(),
            replaced: BTreeMap::new(),
            texts: Vec::new(),
            has_unseen: false,
        };
        let methods: HashSet<&str> = classes
            .iter()
            .filter_map(|&class| analysis.world.class(class))
            .flat_map(|class| class.methods.keys().map(|name| &**name))
            .collect();
        for (file, (facts, found)) in analysis.world.files.iter().zip(&analysis.files).enumerate() {
            let walk = Walk {
                analysis,
                effects,
                facts,
                found,
                file,
            };
            holders.walk(&walk, classes, &methods);
        }
        holders
    }

    fn walk(&mut self, walk: &Walk<'a, '_>, classes: &BTreeSet<ClassRef>, methods: &HashSet<&str>) {
        let (facts, ast) = (walk.facts, walk.facts.ast());
        for node in ast.ids() {
            match ast.kind(node) {
                Kind::StringContent if walk.is_looked_up(node) => {
                    let last = facts.source(node).rsplit('.').next().unwrap_or_default();
                    self.replaced.entry(last).or_insert(walk.file);
                }
                Kind::Attribute | Kind::Identifier | Kind::Call => {}
                _ => continue,
            }
            match ast.kind(node) {
                Kind::Attribute => self.attribute(walk, node, methods),
                Kind::Call => self.rendering(walk, node),
                _ => {}
            }
            let of = match walk.found.type_of(node) {
                Type::Object(class) | Type::Class(class) => std::slice::from_ref(class),
                Type::OneOfObjects(classes) | Type::OneOfClasses(classes) => classes,
                _ => continue,
            };
            if !of.iter().any(|class| classes.contains(class)) {
                continue;
            }
            let goes = walk.goes(node);
            for &class in of {
                match &goes {
                    Goes::Nowhere => {}
                    Goes::By(names) => self.names.entry(class).or_default().extend(names),
                    Goes::Away => {
                        self.away.entry(class).or_insert((walk.file, node));
                    }
                }
            }
        }
    }

    /// Notes an attribute that has the name of a method.
    fn attribute(&mut self, walk: &Walk<'a, '_>, node: NodeId, methods: &HashSet<&str>) {
        let (facts, ast) = (walk.facts, walk.facts.ast());
        let (Some(object), Some(name)) = (
            ast.child(node, Field::Object),
            ast.child(node, Field::Attribute),
        ) else {
            return;
        };
        let name = facts.source(name);
        if !methods.contains(name) {
            return;
        }
        match walk.found.type_of(node) {
            Type::Callable { functions, .. } => {
                for &function in functions.iter() {
                    self.several.entry(function).or_insert((walk.file, node));
                }
                return;
            }
            Type::Function(_) | Type::Method(_) => return,
            _ => {}
        }
        let is_open = matches!(
            walk.found.type_of(object),
            Type::Unknown | Type::Opaque | Type::Missing(_) | Type::MissingObject(_)
        );
        // `super().send()` was looked for where it can be.
        let is_super = facts.source(object).starts_with("super(");
        if is_open && !is_super {
            self.unknown
                .push((name, last_name(facts, object), walk.file, node));
        }
    }

    /// Notes what a call that renders a template shows of it.
    fn rendering(&mut self, walk: &Walk<'a, '_>, call: NodeId) {
        let (facts, ast) = (walk.facts, walk.facts.ast());
        let (Some(function), Some(list)) = (
            ast.child(call, Field::Function),
            ast.child(call, Field::Arguments),
        ) else {
            return;
        };
        let name = last_name(facts, function);
        let is_text = TEMPLATES.contains(&name);
        // `template.render(context)`: where it came from tells.
        let is_rendered = name == "render" && ast.children(list).nth(1).is_none();
        if is_rendered || !(is_text || RENDERING.contains(&name)) {
            return;
        }
        let mut strings = ast
            .subtree(list)
            .filter(|&id| ast.kind(id) == Kind::StringContent)
            .map(|id| facts.source(id));
        if is_text {
            let before = self.texts.len();
            self.texts.extend(strings);
            self.has_unseen |= self.texts.len() == before;
        } else {
            let is_at_hand = strings.any(|name| walk.analysis.world.template(name).is_some());
            self.has_unseen |= !is_at_hand;
        }
    }

    /// Why the methods of a name may be called by code that is not seen, of classes that share it.
    pub(super) fn obstacle(
        &self,
        analysis: &Analysis<'_>,
        functions: &[FunctionRef],
        kin: &BTreeSet<ClassRef>,
    ) -> Option<String> {
        let world = &analysis.world;
        let name = functions.first().and_then(|&one| world.function(one))?;
        let name = &*name.name;
        let path = |file: usize| world.file(file).map_or("", |facts| &*facts.path);
        let text = |file: usize, node: NodeId| {
            let facts = world.file(file);
            facts.map_or_else(String::new, |facts| {
                crate::draft::excerpt(facts.source(node))
            })
        };
        if let Some(&(file, node)) = functions.iter().find_map(|one| self.several.get(one)) {
            return Some(format!(
                "`{}` in {} may be this method or another",
                text(file, node),
                path(file)
            ));
        }
        for &class in kin {
            let outline = world.class(class)?;
            let dotted = format!("{}.{}", world.file(class.file)?.module, outline.name);
            if let Some(facts) = world
                .files
                .iter()
                .find(|facts| facts.mentioned.contains(&dotted))
            {
                return Some(format!(
                    "{} names `{}`, so code that is not seen may call it",
                    facts.path, outline.name
                ));
            }
        }
        let names: BTreeSet<&str> = kin
            .iter()
            .filter_map(|class| self.names.get(class))
            .flatten()
            .copied()
            .collect();
        let of_classes = kin.iter().filter_map(|&class| world.class(class));
        let mut replaced = of_classes
            .map(|class| &*class.name)
            .chain(names.iter().copied())
            .filter(|name| name.len() > 1)
            .filter_map(|name| Some((name, *self.replaced.get(name)?)));
        if let Some((name, file)) = replaced.next() {
            return Some(format!(
                "{} names `{name}` in a string: what it puts in its place may be synchronous",
                path(file)
            ));
        }
        let away = kin.iter().find_map(|class| self.away.get(class));
        let unknown = self
            .unknown
            .iter()
            .filter(|(method, ..)| *method == name)
            .find(|(_, held, ..)| away.is_some() || names.contains(held));
        if let Some(&(_, _, file, node)) = unknown {
            return Some(format!(
                "`{}` in {} may mean it, of which nothing tells what it is called on",
                text(file, node),
                path(file)
            ));
        }
        let &(file, node) = away?;
        let takes_none = functions.iter().any(|&one| {
            world.function(one).is_some_and(|function| {
                let mut params = function.params.iter().skip(1);
                params.all(|param| param.kind == ParamKind::Rest)
            })
        });
        let read = format!(".{name}");
        let is_in_template = takes_none
            && !name.starts_with('_')
            && (self.has_unseen
                || world.is_read_in_templates(name)
                || self.texts.iter().any(|text| text.contains(&read)));
        is_in_template.then(|| {
            format!(
                "a template may call it, after `{}` in {}",
                text(file, node),
                path(file)
            )
        })
    }
}

/// The last name of what an attribute is read of: `client` of `self.client`, of `client` and of `client()`.
fn last_name(facts: &FileFacts, object: NodeId) -> &str {
    let ast = facts.ast();
    let mut object = ast.unparenthesized(object);
    loop {
        match ast.kind(object) {
            Kind::Call | Kind::Subscript => {
                let inner = ast
                    .child(object, Field::Function)
                    .or_else(|| ast.first_child(object));
                match inner {
                    Some(inner) => object = inner,
                    None => return "",
                }
            }
            Kind::Attribute => {
                let name = ast.child(object, Field::Attribute);
                return name.map_or("", |name| facts.source(name));
            }
            Kind::Identifier => return facts.source(object),
            _ => return "",
        }
    }
}

/// Where a value goes.
enum Goes<'a> {
    /// It is used on the spot.
    Nowhere,
    /// Into what has these names.
    By(Vec<&'a str>),
    /// To what does not tell.
    Away,
}

/// A file that is looked through.
struct Walk<'a, 'b> {
    analysis: &'b Analysis<'a>,
    effects: &'b Effects<'b>,
    facts: &'a FileFacts,
    found: &'b FileAnalysis,
    file: usize,
}

impl<'a> Walk<'a, '_> {
    fn goes(&self, node: NodeId) -> Goes<'a> {
        let ast = self.facts.ast();
        let mut value = node;
        loop {
            let Some(parent) = ast.parent(value) else {
                return Goes::Away;
            };
            let field = ast.field(value);
            return match ast.kind(parent) {
                Kind::Parenthesized => {
                    value = parent;
                    continue;
                }
                Kind::Conditional | Kind::BooleanOperator
                    if self.found.type_of(parent) == self.found.type_of(node) =>
                {
                    value = parent;
                    continue;
                }
                Kind::Attribute
                | Kind::ExpressionStatement
                | Kind::NotOperator
                | Kind::Comparison => Goes::Nowhere,
                Kind::Call if field == Some(Field::Function) => Goes::Nowhere,
                Kind::Assignment | Kind::NamedExpression
                    if field == Some(Field::Right) || field == Some(Field::Value) =>
                {
                    let target = ast
                        .child(parent, Field::Left)
                        .or_else(|| ast.child(parent, Field::Name));
                    match target.map(|target| (ast.kind(target), target)) {
                        Some((Kind::Identifier | Kind::Attribute, target)) => {
                            Goes::By(vec![last_name(self.facts, target)])
                        }
                        _ => Goes::Away,
                    }
                }
                Kind::Return => match self.facts.owner(node) {
                    Some(index) => Goes::By(
                        self.facts
                            .functions
                            .get(index)
                            .map(|function| &*function.name)
                            .into_iter()
                            .collect(),
                    ),
                    None => Goes::Away,
                },
                Kind::ArgumentList => self.given(parent, value, None),
                Kind::KeywordArgument if field == Some(Field::Value) => {
                    let name = ast.child(parent, Field::Name);
                    match ast.parent(parent) {
                        Some(list) => self.given(list, parent, name),
                        None => Goes::Away,
                    }
                }
                _ if self.is_harmless(value, parent) => Goes::Nowhere,
                _ => Goes::Away,
            };
        }
    }

    /// True for a string that a call looks something up by: `patch("shop.client")`, `getattr(self, "client")`.
    fn is_looked_up(&self, content: NodeId) -> bool {
        let ast = self.facts.ast();
        let mut around = ast.ancestors(content).take(4);
        let call = around.find(|&up| ast.kind(up) == Kind::Call);
        let function = call.and_then(|call| ast.child(call, Field::Function));
        let name = function.map_or("", |function| self.facts.source(function));
        LOOKUPS.iter().any(|lookup| name.contains(lookup))
    }

    /// Where an argument goes.
    fn given(&self, list: NodeId, argument: NodeId, name: Option<NodeId>) -> Goes<'a> {
        let ast = self.facts.ast();
        let Some(call) = ast.parent(list) else {
            return Goes::Away;
        };
        if ast.kind(call) == Kind::ClassDef {
            return Goes::Nowhere;
        }
        let function = ast.child(call, Field::Function);
        if function.is_some_and(|function| BUILTINS.contains(&self.facts.source(function))) {
            return Goes::Nowhere;
        }
        let owner = self.facts.owner(call);
        let mut callees = self
            .effects
            .all_calls_of(self.file, owner)
            .filter(|(made, _)| made.node == call)
            .map(|(made, _)| made)
            .peekable();
        if callees.peek().is_none() {
            return Goes::Away;
        }
        let position = ast.children(list).position(|one| one == argument);
        let mut names = Vec::new();
        for made in callees {
            let Some(function) = self
                .analysis
                .world
                .files
                .get(made.callee.file)
                .and_then(|facts| facts.functions.get(made.callee.index))
            else {
                return Goes::Away;
            };
            let param = match name {
                Some(name) => {
                    let name = self.facts.source(name);
                    function.params.iter().find(|param| param.name == name)
                }
                None => position.and_then(|position| {
                    function.params.get(position + usize::from(made.is_method))
                }),
            };
            match param.filter(|param| param.kind != ParamKind::Rest) {
                Some(param) => names.push(&*param.name),
                None => return Goes::Away,
            }
        }
        Goes::By(names)
    }

    /// True for what is no use of a value: a target, a parameter, an import, a name that is declared.
    fn is_harmless(&self, value: NodeId, parent: NodeId) -> bool {
        let ast = self.facts.ast();
        let is_target = matches!(
            ast.field(value),
            Some(Field::Left | Field::Name | Field::Attribute | Field::Alias | Field::Type)
        );
        let is_declared = std::iter::once(parent)
            .chain(ast.ancestors(parent))
            .take_while(|&up| {
                !ast.kind(up).is_statement()
                    || matches!(ast.kind(up), Kind::Import | Kind::ImportFrom)
            })
            .any(|up| {
                matches!(
                    ast.kind(up),
                    Kind::Parameters | Kind::Import | Kind::ImportFrom | Kind::TypedParameter
                ) || ast.field(up) == Some(Field::Type)
                    || ast.field(up) == Some(Field::ReturnType)
            });
        is_target
            || is_declared
            || matches!(
                ast.kind(parent),
                Kind::Global | Kind::Nonlocal | Kind::Delete
            )
    }
}

#[cfg(test)]
mod tests;
