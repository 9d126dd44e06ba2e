//! Whether code comes to what is kept per thread (`threading.local()`).

use std::collections::HashSet;

use unblocked_analyzer::{Analysis, Base, ClassRef, FunctionRef, Type, World};
use unblocked_syntax::{Kind, NodeId};

const LOCAL: &str = "threading.local";

/// How many functions are looked at below one.
const MAX_FUNCTIONS: usize = 500;

/// True for a `threading.local()`, and for an instance of a class of the project that derives from it.
pub(crate) fn is_local(world: &World, of: &Type) -> bool {
    match of {
        Type::External(path) => &**path == LOCAL,
        Type::Object(class) => {
            let mut bases = world.ancestors(*class).iter();
            bases.any(|base| matches!(base, Base::External(path) if &**path == LOCAL))
        }
        _ => false,
    }
}

/// True when code of this file uses something kept per thread.
pub(super) fn has(analysis: &Analysis<'_>, file: usize) -> bool {
    let (Some(facts), Some(types)) = (analysis.world.file(file), analysis.files.get(file)) else {
        return false;
    };
    facts.text().contains("local")
        && facts
            .ast()
            .ids()
            .any(|node| is_local(&analysis.world, types.type_of(node)))
}

/// The function of the project that uses something kept per thread, of those that these come to: what they call, and the
/// methods of classes that they name.
pub(super) fn reached(analysis: &Analysis<'_>, start: &[FunctionRef]) -> Option<FunctionRef> {
    let world = &analysis.world;
    let mut seen: HashSet<FunctionRef> = start.iter().copied().collect();
    let mut open: Vec<FunctionRef> = start.to_vec();
    while let Some(function) = open.pop() {
        let (Some(facts), Some(types), Some(definition)) = (
            world.file(function.file),
            analysis.files.get(function.file),
            world.function(function),
        ) else {
            continue;
        };
        let ast = facts.ast();
        let named = |node: &NodeId| matches!(ast.kind(*node), Kind::Identifier | Kind::Attribute);
        for node in ast.subtree(definition.body).filter(named) {
            let of = types.type_of(node);
            if is_local(world, of) {
                return Some(function);
            }
            for next in functions(world, of) {
                if seen.len() < MAX_FUNCTIONS && seen.insert(next) {
                    open.push(next);
                }
            }
        }
    }
    None
}

/// The functions that a value of this type may lead to.
fn functions(world: &World, of: &Type) -> Vec<FunctionRef> {
    match of {
        Type::Function(function) | Type::Method(function) => vec![*function],
        Type::Callable { functions, .. } => functions.to_vec(),
        Type::Class(class) => methods(world, *class),
        _ => Vec::new(),
    }
}

/// All methods of a class and of the project's classes that it derives from.
pub(super) fn methods(world: &World, class: ClassRef) -> Vec<FunctionRef> {
    std::iter::once(class)
        .chain(world.project_ancestors(class))
        .filter_map(|one| Some((one.file, world.class(one)?)))
        .flat_map(|(file, one)| {
            one.methods
                .values()
                .map(move |&index| FunctionRef { file, index })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use crate::{Options, Workspace, migrate};

    const TENANTS: &str = "import threading\n\n_state = threading.local()\n\ndef set_tenant(name):\n    _state.name = name\n\nclass tenant:\n    def __init__(self, name):\n        self.name = name\n\n    def __enter__(self):\n        set_tenant(self.name)\n\n    def __exit__(self, *exc):\n        set_tenant(None)\n";

    /// What becomes of middleware that does this with the request.
    fn after(imports: &str, body: &str) -> String {
        let mut workspace = Workspace::new();
        workspace.set_file("shop/tenants.py", TENANTS);
        workspace.set_file(
            "shop/middleware.py",
            &format!(
                "{imports}\n\ndef activate(name):\n    tenants.set_tenant(name)\n\nclass M:\n    def __init__(self, get_response):\n        self.get_response = get_response\n\n    def __call__(self, request):\n{body}        return self.get_response(request)\n"
            ),
        );
        let report = migrate(&workspace, &Options::for_paste());
        let file = report
            .files
            .into_iter()
            .find(|file| file.path == "shop/middleware.py");
        file.map(|file| file.after).unwrap_or_default()
    }

    #[test]
    fn middleware_that_comes_to_a_local_of_another_module_stays() {
        for (imports, body) in [
            (
                "from shop.tenants import set_tenant",
                "        set_tenant('a')\n",
            ),
            ("from shop import tenants", "        activate('a')\n"),
            (
                "from shop.tenants import _state as state",
                "        state.name = 'a'\n",
            ),
            (
                "from shop.tenants import tenant",
                "        with tenant('a'):\n            request.seen = True\n",
            ),
        ] {
            let after = after(imports, body);
            assert!(!after.contains("__acall__"), "{after}");
        }
        // What is merely imported, and what is kept otherwise, is no matter.
        let unused = "from threading import local\nfrom shop.tenants import set_tenant";
        assert!(after(unused, "        request.seen = True\n").contains("__acall__"));
    }
}
