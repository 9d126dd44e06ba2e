//! What one file says, from that file alone: functions, classes, imports, and which function each node belongs to.

use std::cell::OnceCell;
use std::collections::{HashMap, HashSet};

use unblocked_syntax::{Ast, Field, Kind, NodeId, Parse, Span};

/// Deepest nesting that is analysed. CPython itself gives up long before; a function that nests deeper is left as it is.
pub const MAX_DEPTH: u32 = 400;

/// How a parameter takes its argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ParamKind {
    /// By position or name.
    Plain,
    /// By name only.
    KeywordOnly,
    /// `*args` or `**kwargs`.
    Rest,
}

/// A parameter of a function.
#[derive(Debug, Clone)]
pub struct Param {
    /// Its name, without stars.
    pub name: String,
    /// How it takes its argument.
    pub kind: ParamKind,
    /// Its annotation.
    pub annotation: Option<NodeId>,
}

/// A `def`, nested ones and methods included.
#[derive(Debug, Clone)]
pub struct Function {
    /// The definition, without decorators.
    pub node: NodeId,
    /// The definition with its decorators.
    pub statement: NodeId,
    /// Its body.
    pub body: NodeId,
    /// Its name.
    pub name: String,
    /// Dotted name within the file: `ProductView.get`.
    pub qualname: String,
    /// The function around it, by index.
    pub parent: Option<usize>,
    /// The class whose body it stands in, by index.
    pub class: Option<usize>,
    /// `async def`.
    pub is_async: bool,
    /// Contains `yield`.
    pub is_generator: bool,
    /// Its parameters.
    pub params: Vec<Param>,
    /// The expressions of its decorators.
    pub decorators: Vec<NodeId>,
}

/// A `class`.
#[derive(Debug, Clone)]
pub struct Class {
    /// The definition, without decorators.
    pub node: NodeId,
    /// Its body.
    pub body: NodeId,
    /// Its name.
    pub name: String,
    /// Dotted name within the file.
    pub qualname: String,
    /// The expressions of its bases.
    pub bases: Vec<NodeId>,
    /// Its methods, by name: indexes of functions.
    pub methods: HashMap<String, usize>,
    /// What its body assigns to plain names: name and value, in order.
    pub attributes: Vec<(String, NodeId)>,
    /// The class that encloses it (`Meta`), by index.
    pub outer: Option<usize>,
}

/// A name that an import binds.
#[derive(Debug, Clone)]
pub struct Import {
    /// The local name.
    pub name: String,
    /// What it stands for: an absolute dotted path.
    pub path: String,
    /// `from . import …`: certainly of the project.
    pub is_relative: bool,
    /// The name (or `name as alias`) within the statement.
    pub node: NodeId,
    /// The statement.
    pub statement: NodeId,
    /// The function that it stands in.
    pub function: Option<usize>,
}

/// The facts of one file.
pub struct FileFacts {
    /// Path, with `/`, relative to the project's root.
    pub path: String,
    /// Dotted name of the module.
    pub module: String,
    /// Text and tree.
    pub parse: Parse,
    /// Functions, in order of place.
    pub functions: Vec<Function>,
    /// Classes, in order of place.
    pub classes: Vec<Class>,
    /// Imports, in order of place.
    pub imports: Vec<Import>,
    /// Modules whose names are imported wholesale (`from x import *`).
    pub star_imports: Vec<String>,
    /// Dotted paths in strings: settings and URLconfs name functions like this.
    pub mentioned: HashSet<String>,
    owners: Vec<u32>,
    bound: OnceCell<HashSet<String>>,
    defined: OnceCell<HashSet<String>>,
}

const MODULE: u32 = u32::MAX;

impl FileFacts {
    /// Collects the facts of a parsed file.
    #[must_use]
    pub fn new(path: &str, parse: Parse) -> Self {
        let module = module_name(path);
        let mut facts = Self {
            path: path.to_owned(),
            module,
            owners: Vec::new(),
            functions: Vec::new(),
            classes: Vec::new(),
            imports: Vec::new(),
            star_imports: Vec::new(),
            mentioned: HashSet::new(),
            bound: OnceCell::new(),
            defined: OnceCell::new(),
            parse,
        };
        facts.collect();
        facts
    }

    /// Replaces a part of the text, re-parses incrementally and collects anew.
    /// Returns false, and changes nothing, when the range does not lie on characters of the text.
    pub(crate) fn edit(&mut self, span: Span, replacement: &str) -> bool {
        if !self.parse.edit(span, replacement) {
            return false;
        }
        self.functions.clear();
        self.classes.clear();
        self.imports.clear();
        self.star_imports.clear();
        self.mentioned.clear();
        self.bound.take();
        self.defined.take();
        self.owners.clear();
        self.collect();
        true
    }

    /// The text.
    #[must_use]
    pub fn text(&self) -> &str {
        self.parse.text()
    }

    /// The tree.
    #[must_use]
    pub fn ast(&self) -> &Ast {
        self.parse.ast()
    }

    /// The text of a node.
    #[must_use]
    pub fn source(&self, node: NodeId) -> &str {
        self.ast().text(node, self.text())
    }

    /// The function that runs the node: the nearest one whose body holds it. Defaults, decorators and annotations
    /// belong to the function around.
    #[must_use]
    pub fn owner(&self, node: NodeId) -> Option<usize> {
        match self.owners.get(node.index()) {
            Some(&MODULE) | None => None,
            Some(&index) => Some(index as usize),
        }
    }

    /// The dotted name of an expression that is nothing but names and dots.
    #[must_use]
    pub fn dotted(&self, node: NodeId) -> Option<String> {
        let ast = self.ast();
        let mut parts = Vec::new();
        let mut at = node;
        loop {
            match ast.kind(at) {
                Kind::Identifier => {
                    parts.push(self.source(at));
                    break;
                }
                Kind::Attribute => {
                    parts.push(self.source(ast.child(at, Field::Attribute)?));
                    at = ast.child(at, Field::Object)?;
                }
                _ => return None,
            }
        }
        parts.reverse();
        Some(parts.join("."))
    }

    /// The function that a definition is, by index.
    #[must_use]
    pub fn function_at(&self, node: NodeId) -> Option<usize> {
        self.functions
            .binary_search_by_key(&node, |function| function.node)
            .ok()
    }

    /// The class that a definition is, by index.
    #[must_use]
    pub fn class_at(&self, node: NodeId) -> Option<usize> {
        self.classes
            .binary_search_by_key(&node, |class| class.node)
            .ok()
    }

    /// The names that an import statement binds.
    pub fn imports_of(&self, statement: NodeId) -> impl Iterator<Item = &Import> {
        let first = self
            .imports
            .partition_point(|import| import.statement < statement);
        self.imports
            .iter()
            .skip(first)
            .take_while(move |import| import.statement == statement)
    }

    /// The functions nested in a function, at any depth.
    pub fn nested(&self, index: usize) -> impl Iterator<Item = (usize, &Function)> {
        let body = self.functions.get(index).map(|function| function.body);
        self.functions
            .iter()
            .enumerate()
            .skip(index + 1)
            .take_while(move |(_, inner)| {
                body.is_some_and(|body| self.ast().contains(body, inner.node))
            })
    }

    /// True when the file defines a function or class of the name, methods not included.
    #[must_use]
    pub fn defines(&self, name: &str) -> bool {
        let defined = || {
            let functions = self
                .functions
                .iter()
                .filter(|f| f.class.is_none())
                .map(|f| &f.name);
            functions
                .chain(self.classes.iter().map(|c| &c.name))
                .cloned()
                .collect()
        };
        self.defined.get_or_init(defined).contains(name)
    }

    /// True when code of the file binds the name otherwise than by an import or a definition: by assignment, as a
    /// parameter, in a loop.
    #[must_use]
    pub fn binds(&self, name: &str) -> bool {
        self.bound.get_or_init(|| self.bound_names()).contains(name)
    }

    fn bound_names(&self) -> HashSet<String> {
        let ast = self.ast();
        ast.ids()
            .filter(|&id| ast.kind(id) == Kind::Identifier)
            .filter(|&id| {
                ast.parent(id).is_some_and(|parent| match ast.kind(parent) {
                    Kind::Parameters
                    | Kind::LambdaParameters
                    | Kind::TypedParameter
                    | Kind::ListSplatPattern
                    | Kind::DictionarySplatPattern
                    | Kind::PatternList
                    | Kind::TuplePattern
                    | Kind::ListPattern
                    | Kind::AsPatternTarget
                    | Kind::Global => true,
                    Kind::DefaultParameter
                    | Kind::TypedDefaultParameter
                    | Kind::NamedExpression => ast.field(id) == Some(Field::Name),
                    Kind::Assignment
                    | Kind::AugmentedAssignment
                    | Kind::For
                    | Kind::ForInClause => ast.field(id) == Some(Field::Left),
                    _ => false,
                })
            })
            .map(|id| self.source(id).to_owned())
            .collect()
    }

    /// True when the function contains a syntax error or nests too deep to be changed.
    #[must_use]
    pub fn is_damaged(&self, function: &Function) -> bool {
        self.is_damaged_at(function.statement)
    }

    /// True when the statement contains a syntax error or nests too deep to be changed.
    #[must_use]
    pub fn is_damaged_at(&self, statement: NodeId) -> bool {
        let ast = self.ast();
        ast.has_error(statement)
            || ast
                .subtree(statement)
                .any(|node| ast.depth(node) > MAX_DEPTH)
    }

    fn collect(&mut self) {
        let Self {
            parse,
            functions,
            classes,
            imports,
            star_imports,
            mentioned,
            owners,
            bound: _,
            defined: _,
            path,
            module: _,
        } = self;
        let ast = parse.ast();
        let text = parse.text();
        owners.resize(ast.len(), MODULE);
        // What is open at this place: functions and classes whose subtree has not ended.
        let mut open: Vec<(NodeId, Scope)> = Vec::new();
        // A definition's scope opens with its body: what stands before it (defaults, annotations) is the outer one's.
        let mut pending: Option<(NodeId, Scope)> = None;
        for node in ast.ids() {
            while open
                .last()
                .is_some_and(|&(outer, _)| !ast.contains(outer, node))
            {
                open.pop();
            }
            if let Some(body) = pending.take_if(|&mut (body, _)| body == node) {
                open.push(body);
            }
            let scope = |kinds: &[Scope]| kinds.last().copied();
            let scopes: Vec<Scope>;
            match ast.kind(node) {
                Kind::FunctionDef | Kind::ClassDef | Kind::Import | Kind::ImportFrom => {
                    scopes = open.iter().map(|&(_, scope)| scope).collect();
                }
                Kind::StringContent => {
                    let content = ast.text(node, text);
                    if is_dotted_path(content) {
                        mentioned.insert(content.to_owned());
                    }
                    scopes = Vec::new();
                }
                Kind::Yield => {
                    if let Some(owner) = current_function(&open)
                        && let Some(function) = functions.get_mut(owner)
                    {
                        function.is_generator = true;
                    }
                    scopes = Vec::new();
                }
                _ => scopes = Vec::new(),
            }
            let owner = current_function(&open);
            if let Some(slot) = owners.get_mut(node.index()) {
                *slot = owner.map_or(MODULE, |index| u32::try_from(index).unwrap_or(MODULE));
            }
            match ast.kind(node) {
                Kind::FunctionDef => {
                    let (Some(name), Some(body)) =
                        (ast.child(node, Field::Name), ast.child(node, Field::Body))
                    else {
                        continue;
                    };
                    let index = functions.len();
                    let class = match scope(&scopes) {
                        Some(Scope::Class(class)) => Some(class),
                        _ => None,
                    };
                    let name = ast.text(name, text).to_owned();
                    if let Some(class) = class.and_then(|class| classes.get_mut(class)) {
                        class.methods.insert(name.clone(), index);
                    }
                    let decorated = ast
                        .parent(node)
                        .filter(|&parent| ast.kind(parent) == Kind::Decorated);
                    functions.push(Function {
                        node,
                        statement: decorated.unwrap_or(node),
                        body,
                        qualname: qualified(&scopes, functions, classes, &name),
                        name,
                        parent: owner,
                        class,
                        is_async: ast.is_async(node),
                        is_generator: false,
                        params: params(ast, text, node),
                        decorators: decorated
                            .map(|decorated| decorators(ast, decorated))
                            .unwrap_or_default(),
                    });
                    pending = Some((body, Scope::Function(index)));
                }
                Kind::ClassDef => {
                    let (Some(name), Some(body)) =
                        (ast.child(node, Field::Name), ast.child(node, Field::Body))
                    else {
                        continue;
                    };
                    let name = ast.text(name, text).to_owned();
                    classes.push(Class {
                        node,
                        body,
                        qualname: qualified(&scopes, functions, classes, &name),
                        name,
                        bases: ast
                            .child(node, Field::Superclasses)
                            .map(|list| {
                                ast.children(list)
                                    .filter(|&base| ast.kind(base) != Kind::KeywordArgument)
                                    .collect()
                            })
                            .unwrap_or_default(),
                        methods: HashMap::new(),
                        attributes: class_attributes(ast, text, body),
                        outer: match scope(&scopes) {
                            Some(Scope::Class(class)) => Some(class),
                            _ => None,
                        },
                    });
                    pending = Some((body, Scope::Class(classes.len() - 1)));
                }
                Kind::Import | Kind::ImportFrom => {
                    collect_imports(ast, text, path, node, owner, imports, star_imports);
                }
                _ => {}
            }
        }
    }
}

#[derive(Debug, Clone, Copy)]
enum Scope {
    Function(usize),
    Class(usize),
}

/// `shop.views.not_found`
fn is_dotted_path(text: &str) -> bool {
    text.contains('.')
        && text.len() < 200
        && text
            .split('.')
            .all(|part| !part.is_empty() && part.chars().all(|c| c.is_alphanumeric() || c == '_'))
}

fn current_function(open: &[(NodeId, Scope)]) -> Option<usize> {
    open.iter().rev().find_map(|&(_, scope)| match scope {
        Scope::Function(index) => Some(index),
        _ => None,
    })
}

fn qualified(scopes: &[Scope], functions: &[Function], classes: &[Class], name: &str) -> String {
    let outer = scopes.iter().rev().find_map(|scope| match scope {
        Scope::Function(index) => functions.get(*index).map(|f| f.qualname.as_str()),
        Scope::Class(index) => classes.get(*index).map(|c| c.qualname.as_str()),
    });
    match outer {
        Some(outer) => format!("{outer}.{name}"),
        None => name.to_owned(),
    }
}

fn params(ast: &Ast, text: &str, function: NodeId) -> Vec<Param> {
    let Some(list) = ast.child(function, Field::Parameters) else {
        return Vec::new();
    };
    let mut keyword_only = false;
    let mut params = Vec::new();
    for node in ast.children(list) {
        let kind = ast.kind(node);
        let name = match kind {
            Kind::Identifier => Some(node),
            Kind::DefaultParameter | Kind::TypedDefaultParameter => ast.child(node, Field::Name),
            Kind::TypedParameter | Kind::ListSplatPattern | Kind::DictionarySplatPattern => {
                ast.first_child(node)
            }
            Kind::KeywordSeparator => {
                keyword_only = true;
                None
            }
            _ => None,
        };
        let Some(mut name) = name else { continue };
        let mut rest = matches!(kind, Kind::ListSplatPattern | Kind::DictionarySplatPattern);
        let mut star = kind == Kind::ListSplatPattern;
        if matches!(
            ast.kind(name),
            Kind::ListSplatPattern | Kind::DictionarySplatPattern
        ) {
            rest = true;
            star = ast.kind(name) == Kind::ListSplatPattern;
            let Some(inner) = ast.first_child(name) else {
                continue;
            };
            name = inner;
        }
        params.push(Param {
            name: ast.text(name, text).to_owned(),
            kind: match (rest, keyword_only) {
                (true, _) => ParamKind::Rest,
                (false, true) => ParamKind::KeywordOnly,
                (false, false) => ParamKind::Plain,
            },
            annotation: ast.child(node, Field::Type),
        });
        keyword_only |= star;
    }
    params
}

fn decorators(ast: &Ast, decorated: NodeId) -> Vec<NodeId> {
    ast.children(decorated)
        .filter(|&child| ast.kind(child) == Kind::Decorator)
        .filter_map(|decorator| ast.first_child(decorator))
        .collect()
}

fn class_attributes(ast: &Ast, text: &str, body: NodeId) -> Vec<(String, NodeId)> {
    ast.children(body)
        .filter(|&statement| ast.kind(statement) == Kind::ExpressionStatement)
        .filter_map(|statement| ast.first_child(statement))
        .filter(|&assignment| ast.kind(assignment) == Kind::Assignment)
        .filter_map(|assignment| {
            let left = ast.child(assignment, Field::Left)?;
            let right = ast.child(assignment, Field::Right)?;
            (ast.kind(left) == Kind::Identifier).then(|| (ast.text(left, text).to_owned(), right))
        })
        .collect()
}

/// The dotted name of a file as a module: `shop/views.py` is `shop.views`, `shop/__init__.py` is `shop`.
fn module_name(path: &str) -> String {
    let path = path.strip_suffix(".py").unwrap_or(path);
    let path = match path.strip_suffix("__init__") {
        Some(package) => package.trim_end_matches('/'),
        None => path,
    };
    path.trim_start_matches("./").replace('/', ".")
}

/// The package that `level` dots mean in the file at `path`.
fn package_of(path: &str, level: usize) -> String {
    let mut parts: Vec<&str> = path.trim_start_matches("./").split('/').collect();
    for _ in 0..level {
        parts.pop();
    }
    parts.join(".")
}

fn collect_imports(
    ast: &Ast,
    text: &str,
    path: &str,
    statement: NodeId,
    function: Option<usize>,
    imports: &mut Vec<Import>,
    star_imports: &mut Vec<String>,
) {
    let mut push = |name: &str, path: String, is_relative: bool, node: NodeId| {
        imports.push(Import {
            name: name.to_owned(),
            path,
            is_relative,
            node,
            statement,
            function,
        });
    };
    // `name` or `name as alias` → (name, local name)
    let parts = |node: NodeId| -> Option<(String, Option<String>)> {
        match ast.kind(node) {
            Kind::AliasedImport => Some((
                ast.text(ast.child(node, Field::Name)?, text).to_owned(),
                Some(ast.text(ast.child(node, Field::Alias)?, text).to_owned()),
            )),
            Kind::DottedName => Some((ast.text(node, text).to_owned(), None)),
            _ => None,
        }
    };
    if ast.kind(statement) == Kind::Import {
        for node in ast.children(statement) {
            match parts(node) {
                Some((name, Some(alias))) => push(&alias, name, false, node),
                Some((name, None)) => {
                    // `import a.b` binds `a`.
                    let first = name.split('.').next().unwrap_or_default().to_owned();
                    push(&first, first.clone(), false, node);
                }
                None => {}
            }
        }
        return;
    }
    let Some(from) = ast.child(statement, Field::ModuleName) else {
        return;
    };
    let is_relative = ast.kind(from) == Kind::RelativeImport;
    let base = if is_relative {
        let dots = ast
            .child_of_kind(from, Kind::ImportPrefix)
            .map_or(0, |prefix| ast.text(prefix, text).matches('.').count());
        let name = ast
            .child_of_kind(from, Kind::DottedName)
            .map_or("", |name| ast.text(name, text));
        join(&package_of(path, dots), name)
    } else {
        ast.text(from, text).to_owned()
    };
    for node in ast.children(statement) {
        if node == from {
            continue;
        }
        if ast.kind(node) == Kind::WildcardImport {
            star_imports.push(base.clone());
        }
        if let Some((name, alias)) = parts(node) {
            let local = alias.unwrap_or_else(|| name.clone());
            push(&local, join(&base, &name), is_relative, node);
        }
    }
}

fn join(package: &str, name: &str) -> String {
    match (package.is_empty(), name.is_empty()) {
        (true, _) => name.to_owned(),
        (_, true) => package.to_owned(),
        _ => format!("{package}.{name}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(path: &str, text: &str) -> FileFacts {
        FileFacts::new(path, Parse::new(text.to_owned()))
    }

    #[test]
    fn functions_know_their_names_places_and_parameters() {
        let facts = facts(
            "shop/views.py",
            "@cache\nasync def a(x, *args, y: int = 1, **kw):\n    def inner(): yield 1\n\nclass C(Base, metaclass=M):\n    z = 1\n    def m(self): pass\n",
        );
        let names: Vec<_> = facts.functions.iter().map(|f| &*f.qualname).collect();
        assert_eq!(names, ["a", "a.inner", "C.m"]);
        let a = &facts.functions[0];
        assert!(a.is_async && !a.is_generator && a.decorators.len() == 1);
        let params: Vec<_> = a.params.iter().map(|p| (&*p.name, p.kind)).collect();
        assert_eq!(
            params,
            [
                ("x", ParamKind::Plain),
                ("args", ParamKind::Rest),
                ("y", ParamKind::KeywordOnly),
                ("kw", ParamKind::Rest)
            ]
        );
        assert!(facts.functions[1].is_generator && facts.functions[1].parent == Some(0));
        assert_eq!(facts.functions[2].class, Some(0));
        assert_eq!(facts.classes[0].bases.len(), 1);
        assert_eq!(facts.classes[0].attributes[0].0, "z");
    }

    #[test]
    fn defaults_and_decorators_run_in_the_function_around() {
        let facts = facts(
            "v.py",
            "def outer():\n    @deco(one())\n    def inner(x=two()):\n        three()\n",
        );
        let owner_of = |name: &str| {
            let node = facts
                .ast()
                .ids()
                .find(|&id| facts.ast().kind(id) == Kind::Identifier && facts.source(id) == name)
                .unwrap();
            facts.owner(node)
        };
        assert_eq!(owner_of("one"), Some(0));
        assert_eq!(owner_of("two"), Some(0));
        assert_eq!(owner_of("three"), Some(1));
    }

    #[test]
    fn imports_resolve_to_absolute_paths() {
        let facts = facts(
            "shop/api/views.py",
            "import os.path\nimport requests as r\nfrom django.shortcuts import render, redirect as go\nfrom . import utils\nfrom ..services import load\nfrom .models import *\n",
        );
        let imports: Vec<_> = facts
            .imports
            .iter()
            .map(|i| (&*i.name, &*i.path, i.is_relative))
            .collect();
        assert_eq!(
            imports,
            [
                ("os", "os", false),
                ("r", "requests", false),
                ("render", "django.shortcuts.render", false),
                ("go", "django.shortcuts.redirect", false),
                ("utils", "shop.api.utils", true),
                ("load", "shop.services.load", true),
            ]
        );
        assert_eq!(facts.module, "shop.api.views");
        assert_eq!(facts.star_imports, ["shop.api.models"]);
    }
}
