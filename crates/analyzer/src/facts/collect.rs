//! One walk over the tree collects all facts.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use unblocked_syntax::view;
use unblocked_syntax::{Ast, Field, Kind, NodeId};

use super::{
    Beside, Class, Definition, FileFacts, Function, Interface, MAX_DEPTH, MODULE, Meta, Outline,
    Param, ParamKind, Signature, class, imports,
};

impl FileFacts {
    pub(super) fn collect(&mut self) {
        let Self {
            parse,
            functions,
            classes,
            imports,
            mentioned,
            owners,
            interface: _,
            bound: _,
            defined: _,
            imported: _,
            path,
            module: _,
        } = self;
        let mut star_imports = Vec::new();
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
                        Arc::make_mut(&mut function.signature).is_generator = true;
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
                    let Some(view::Definition { name, body }) = view::Definition::cast(ast, node)
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
                        Arc::make_mut(&mut class.outline)
                            .methods
                            .insert(name.clone(), index);
                    }
                    let decorated = ast
                        .parent(node)
                        .filter(|&parent| ast.kind(parent) == Kind::Decorated);
                    let decorators = decorated
                        .map(|decorated| decorators(ast, decorated))
                        .unwrap_or_default();
                    let (params, beside) = params(ast, text, node);
                    let signature = Signature {
                        qualname: qualified(&scopes, functions, classes, &name),
                        name,
                        parent: owner,
                        class,
                        is_async: ast.is_async(node),
                        is_generator: false,
                        params,
                        decorator_names: decorators
                            .iter()
                            .filter_map(|&decorator| {
                                let head = ast.child(decorator, Field::Function);
                                ast.dotted(head.unwrap_or(decorator), text)
                            })
                            .collect(),
                    };
                    functions.push(Function {
                        signature: Arc::new(signature),
                        node,
                        statement: decorated.unwrap_or(node),
                        body,
                        beside,
                        decorators,
                    });
                    pending = Some((body, Scope::Function(index)));
                }
                Kind::ClassDef => {
                    let Some(view::Definition { name, body }) = view::Definition::cast(ast, node)
                    else {
                        continue;
                    };
                    let name = ast.text(name, text).to_owned();
                    let outline = Outline {
                        qualname: qualified(&scopes, functions, classes, &name),
                        name,
                        bases: class::bases(ast, text, node),
                        methods: BTreeMap::new(),
                        made: class::made(ast, text, body),
                        is_abstract: class::is_abstract(ast, text, body),
                        fields: BTreeSet::new(),
                        given: BTreeSet::new(),
                        meta: Meta::default(),
                        outer: match scope(&scopes) {
                            Some(Scope::Class(class)) => Some(class),
                            _ => None,
                        },
                    };
                    if outline.name == "Meta"
                        && let Some(form) = outline.outer.and_then(|outer| classes.get_mut(outer))
                    {
                        Arc::make_mut(&mut form.outline).meta = class::meta(ast, text, body);
                    }
                    classes.push(Class {
                        outline: Arc::new(outline),
                        node,
                        body,
                    });
                    pending = Some((body, Scope::Class(classes.len() - 1)));
                }
                Kind::Call => {
                    let class = open.iter().rev().find_map(|&(_, scope)| match scope {
                        Scope::Class(class) => Some(class),
                        Scope::Function(_) => None,
                    });
                    if let Some(class) = class.and_then(|class| classes.get_mut(class)) {
                        class::note_field(ast, text, node, Arc::make_mut(&mut class.outline));
                    }
                }
                Kind::Import | Kind::ImportFrom => {
                    imports::collect(ast, text, path, node, owner, imports, &mut star_imports);
                }
                _ => {}
            }
        }
        let interface = Interface {
            path: self.path.clone(),
            module: self.module.clone(),
            functions: self.functions.iter().map(|f| f.signature.clone()).collect(),
            classes: self.classes.iter().map(|c| c.outline.clone()).collect(),
            imports: self.imports.iter().map(|i| i.binding.clone()).collect(),
            star_imports,
            names: self.module_names(),
        };
        if interface != *self.interface {
            self.interface = Arc::new(interface);
        }
    }

    /// What module-level names stand for. Of several definitions of one name the later kind in this list counts:
    /// variable, import, function, class.
    fn module_names(&self) -> HashMap<String, Definition> {
        let mut names = HashMap::new();
        let ast = self.ast();
        for node in ast.ids() {
            if ast.kind(node) == Kind::Assignment
                && self.owner(node).is_none()
                && let Some(left) = ast.child(node, Field::Left)
                && ast.kind(left) == Kind::Identifier
                && ast.depth(node) <= MAX_DEPTH
                && !ast.ancestors(node).any(|up| ast.kind(up) == Kind::ClassDef)
            {
                names.insert(self.source(left).to_owned(), Definition::Variable);
            }
        }
        for (index, import) in self.imports.iter().enumerate() {
            if import.function.is_none() {
                names.insert(import.name.clone(), Definition::Import(index));
            }
        }
        for (index, function) in self.functions.iter().enumerate() {
            if function.parent.is_none() && function.class.is_none() {
                names.insert(function.name.clone(), Definition::Function(index));
            }
        }
        for (index, class) in self.classes.iter().enumerate() {
            if class.outer.is_none() && self.owner(class.node).is_none() {
                names.insert(class.name.clone(), Definition::Class(index));
            }
        }
        names
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

/// The parameters of a function, with what is written beside their names.
fn params(ast: &Ast, text: &str, function: NodeId) -> (Vec<Param>, Vec<Beside>) {
    let (mut params, mut beside) = (Vec::new(), Vec::new());
    let Some(list) = ast.child(function, Field::Parameters) else {
        return (params, beside);
    };
    let mut keyword_only = false;
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
        });
        beside.push(Beside {
            annotation: ast.child(node, Field::Type),
            default: ast.child(node, Field::Value),
        });
        keyword_only |= star;
    }
    (params, beside)
}

fn decorators(ast: &Ast, decorated: NodeId) -> Vec<NodeId> {
    ast.children(decorated)
        .filter(|&child| ast.kind(child) == Kind::Decorator)
        .filter_map(|decorator| ast.first_child(decorator))
        .collect()
}
