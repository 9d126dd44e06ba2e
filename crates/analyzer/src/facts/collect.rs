//! One walk over the tree collects all facts.

use std::collections::HashMap;

use unblocked_syntax::view::Definition;
use unblocked_syntax::{Ast, Field, Kind, NodeId};

use super::{Class, FileFacts, Function, Import, MODULE, Param, ParamKind};

impl FileFacts {
    pub(super) fn collect(&mut self) {
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
            imported: _,
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
                    let Some(Definition { name, body }) = Definition::cast(ast, node) else {
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
                    let Some(Definition { name, body }) = Definition::cast(ast, node) else {
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
pub(super) fn module_name(path: &str) -> String {
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
