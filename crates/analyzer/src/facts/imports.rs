//! What imports bind, as absolute dotted paths.

use std::sync::Arc;

use unblocked_syntax::{Ast, Field, Kind, NodeId};

use super::{Binding, Import};

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

/// Adds what an import statement binds, and the modules whose names it imports wholesale.
pub(super) fn collect(
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
            binding: Arc::new(Binding {
                name: name.to_owned(),
                path,
                is_relative,
            }),
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
