//! What code reaches by a name that it computes: `getattr(services, "load_" + kind)`, `globals()[name]`,
//! `methodcaller("price")`, `import_module(path)`. What such code calls is not seen, and it may be synchronous.

use std::collections::HashSet;

use unblocked_analyzer::{Analysis, ClassRef, FileAnalysis, FileFacts, FunctionRef, Symbol, Type};
use unblocked_syntax::{Field, Kind, NodeId};

/// The functions of the project that code may reach so.
pub(crate) fn looked_up(analysis: &Analysis<'_>) -> HashSet<FunctionRef> {
    let mut found = HashSet::new();
    for (file, (facts, types)) in analysis.world.files.iter().zip(&analysis.files).enumerate() {
        let look = Look {
            analysis,
            facts,
            types,
            file,
        };
        look.collect(&mut found);
    }
    found
}

/// A name, as far as it is written out.
#[derive(Debug, Clone, Copy)]
enum Name<'a> {
    Is(&'a str),
    Starts(&'a str),
}

impl Name<'_> {
    fn fits(self, name: &str) -> bool {
        match self {
            Self::Is(wanted) => name == wanted,
            Self::Starts(start) => name.starts_with(start),
        }
    }
}

const ANY: Name<'static> = Name::Starts("");

/// A file that is looked through.
struct Look<'a, 'b> {
    analysis: &'b Analysis<'a>,
    facts: &'a FileFacts,
    types: &'b FileAnalysis,
    file: usize,
}

impl<'a> Look<'a, '_> {
    fn collect(&self, found: &mut HashSet<FunctionRef>) {
        let ast = self.facts.ast();
        // Variables that hold a module of which nothing tells which it is.
        let mut modules: HashSet<&str> = HashSet::new();
        for node in ast.ids() {
            match ast.kind(node) {
                Kind::Attribute => {
                    let (Some(object), Some(name)) = (
                        ast.child(node, Field::Object),
                        ast.child(node, Field::Attribute),
                    ) else {
                        continue;
                    };
                    let name = self.facts.source(name);
                    if name == "__dict__" {
                        self.reach(self.types.type_of(object), self.key_of(node), found);
                    } else if modules.contains(self.facts.source(object)) {
                        self.anywhere(Name::Is(name), false, found);
                    }
                }
                Kind::Call => self.call(node, &mut modules, found),
                _ => {}
            }
        }
    }

    fn call(&self, call: NodeId, modules: &mut HashSet<&'a str>, found: &mut HashSet<FunctionRef>) {
        let ast = self.facts.ast();
        let (Some(function), Some(list)) = (
            ast.child(call, Field::Function),
            ast.child(call, Field::Arguments),
        ) else {
            return;
        };
        let mut arguments = ast
            .children(list)
            .filter(|&one| ast.kind(one) != Kind::Comment);
        let (first, second) = (arguments.next(), arguments.next());
        match self.types.type_of(function) {
            Type::Builtin(name) | Type::Undefined(name) => match (&**name, first, second) {
                ("getattr", Some(object), Some(name)) => {
                    let name = self.name(name);
                    let text = self.facts.source(object);
                    if text.starts_with("sys.modules[") {
                        self.of_module(self.file, name, found);
                    } else if modules.contains(text) {
                        if !matches!(name, Name::Starts("")) {
                            self.anywhere(name, false, found);
                        }
                    } else {
                        self.reach(self.types.type_of(object), name, found);
                    }
                }
                ("globals", None, None) => self.of_module(self.file, self.key_of(call), found),
                ("vars", Some(object), None) => {
                    self.reach(self.types.type_of(object), self.key_of(call), found);
                }
                _ => {}
            },
            Type::Path(path) => match (&**path, first) {
                ("operator.methodcaller" | "operator.attrgetter", Some(name)) => {
                    self.anywhere(self.name(name), true, found);
                }
                ("importlib.import_module", Some(path)) => {
                    self.imported(call, path, modules, found);
                }
                _ => {}
            },
            _ => {}
        }
    }

    /// What a module is asked for that `import_module()` gives.
    fn imported(
        &self,
        call: NodeId,
        path: NodeId,
        modules: &mut HashSet<&'a str>,
        found: &mut HashSet<FunctionRef>,
    ) {
        let ast = self.facts.ast();
        let parent = ast.parent(call);
        let name = parent
            .filter(|&up| ast.kind(up) == Kind::Attribute)
            .and_then(|up| ast.child(up, Field::Attribute))
            .map_or(ANY, |name| Name::Is(self.facts.source(name)));
        if let Name::Is(path) = self.name(path)
            && let Symbol::Module(module) = self.analysis.world.resolve(path, false)
        {
            return self.of_module(module, name, found);
        }
        if matches!(name, Name::Is(_)) {
            return self.anywhere(name, false, found);
        }
        let target = parent
            .filter(|&up| ast.kind(up) == Kind::Assignment)
            .and_then(|up| ast.child(up, Field::Left));
        modules.extend(target.map(|target| self.facts.source(target)));
    }

    /// What is taken from a dictionary of names: `globals()[name]`, `globals().get(name)`.
    fn key_of(&self, names: NodeId) -> Name<'a> {
        let ast = self.facts.ast();
        let Some(parent) = ast.parent(names) else {
            return ANY;
        };
        let key = match ast.kind(parent) {
            Kind::Subscript => ast.children(parent).nth(1),
            Kind::Attribute => ast
                .parent(parent)
                .and_then(|call| ast.child(call, Field::Arguments))
                .and_then(|list| ast.first_child(list)),
            _ => None,
        };
        key.map_or(ANY, |key| self.name(key))
    }

    fn name(&self, node: NodeId) -> Name<'a> {
        let ast = self.facts.ast();
        let node = ast.unparenthesized(node);
        let is_whole = ast.kind(node) == Kind::String
            && !ast
                .children(node)
                .any(|part| ast.kind(part) == Kind::Interpolation);
        let mut first = node;
        // `"load_" + kind`
        while ast.kind(first) == Kind::BinaryOperator {
            match ast.first_child(first) {
                Some(left) => first = left,
                None => return ANY,
            }
        }
        let start = ast
            .children(first)
            .nth(1)
            .filter(|&part| {
                ast.kind(first) == Kind::String && ast.kind(part) == Kind::StringContent
            })
            .map_or("", |part| self.facts.source(part));
        // `"%s_load" % kind`, `"load_{}".format(kind)`
        let start = start.split(['%', '{', '\\']).next().unwrap_or_default();
        match is_whole {
            true => Name::Is(start),
            false => Name::Starts(start),
        }
    }

    /// The functions of a module or class of that name.
    fn reach(&self, of: &Type, name: Name<'_>, found: &mut HashSet<FunctionRef>) {
        match of {
            Type::Module(module) => self.of_module(*module, name, found),
            Type::Class(class) | Type::Object(class) => self.of_class(*class, name, found),
            Type::OneOfClasses(classes) | Type::OneOfObjects(classes) => {
                for &class in classes.iter() {
                    self.of_class(class, name, found);
                }
            }
            _ => {}
        }
    }

    fn of_module(&self, file: usize, name: Name<'_>, found: &mut HashSet<FunctionRef>) {
        let Some(facts) = self.analysis.world.file(file) else {
            return;
        };
        let functions = facts.functions.iter().enumerate();
        found.extend(
            functions
                .filter(|(_, one)| one.class.is_none() && one.parent.is_none())
                .filter(|(_, one)| name.fits(&one.name))
                .map(|(index, _)| FunctionRef { file, index }),
        );
        // What it imports is reached through it as well.
        for import in &facts.imports {
            if name.fits(&import.name)
                && let Some(Symbol::Function(function)) =
                    self.analysis.world.global(file, &import.name)
            {
                found.insert(function);
            }
        }
    }

    fn of_class(&self, class: ClassRef, name: Name<'_>, found: &mut HashSet<FunctionRef>) {
        for class in self.analysis.world.kin(class) {
            let Some(outline) = self.analysis.world.class(class) else {
                continue;
            };
            let file = class.file;
            let methods = outline.methods.iter();
            found.extend(
                methods
                    .filter(|(method, _)| name.fits(method))
                    .map(|(_, &index)| FunctionRef { file, index }),
            );
        }
    }

    /// The methods, or the functions of modules, of that name, whatever they are of.
    fn anywhere(&self, name: Name<'_>, methods: bool, found: &mut HashSet<FunctionRef>) {
        for (file, facts) in self.analysis.world.files.iter().enumerate() {
            let functions = facts.functions.iter().enumerate();
            found.extend(
                functions
                    .filter(|(_, one)| one.class.is_some() == methods && one.parent.is_none())
                    .filter(|(_, one)| name.fits(&one.name))
                    .map(|(index, _)| FunctionRef { file, index }),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use unblocked_analyzer::Workspace;

    use crate::{Options, migrate};

    const SERVICES: &str = "import time\n\n\ndef load_a(pk):\n    time.sleep(pk)\n    return 'a'\n\n\ndef fetch(pk):\n    time.sleep(pk)\n    return 'f'\n\n\nclass Api:\n    def price(self, pk):\n        time.sleep(pk)\n        return 'p'\n";

    /// The services beside a view that calls all of them, and this code.
    fn services(code: &str) -> String {
        let mut workspace = Workspace::new();
        workspace.set_file("shop/__init__.py", "");
        workspace.set_file("shop/services.py", SERVICES);
        workspace.set_file(
            "shop/views.py",
            "from django.http import HttpResponse\nfrom .services import Api, fetch, load_a\n\n\ndef view(request):\n    return HttpResponse(load_a(1) + fetch(1) + Api().price(1))\n",
        );
        workspace.set_file("shop/jobs.py", code);
        let report = migrate(&workspace, &Options::default());
        let file = report
            .files
            .iter()
            .find(|file| file.path == "shop/services.py");
        file.map(|file| file.after.clone()).unwrap_or_default()
    }

    #[track_caller]
    fn keeps(code: &str, name: &str) {
        let after = services(code);
        let kept = after.lines().any(|line| line.trim_start() == name);
        assert!(kept, "{code}\n{after}");
    }

    #[test]
    fn what_is_reached_by_a_computed_name_keeps_its_synchronous_form() {
        let after = services("");
        assert!(after.contains("async def load_a"), "{after}");
        assert!(after.contains("async def price"), "{after}");
        let load = "def load_a(pk):";
        let price = "def price(self, pk):";
        for code in [
            "from . import services\n\ndef job(kind):\n    getattr(services, 'load_' + kind)(1)\n",
            "from . import services\n\ndef job(kind):\n    getattr(services, f'load_{kind}')(1)\n",
            "from . import services\n\ndef job(kind):\n    vars(services)[kind](1)\n",
            "from . import services\n\ndef job(kind):\n    services.__dict__['load_a'](1)\n",
            "import importlib\n\ndef job():\n    importlib.import_module('shop.services').load_a(1)\n",
            "from importlib import import_module\n\ndef job(name):\n    module = import_module(name)\n    module.load_a(1)\n",
            "from .services import load_a\n\ndef job(name):\n    globals()[name](1)\n",
        ] {
            keeps(code, load);
        }
        for code in [
            "from .services import Api\n\ndef job():\n    for name in ('price', 'qty'):\n        getattr(Api(), name)(1)\n",
            "import operator\nfrom .services import Api\n\ndef job():\n    operator.methodcaller('price', 1)(Api())\n",
            "from .services import Api\n\ndef job(name):\n    vars(Api)[name](Api(), 1)\n",
            "from .services import Api\n\ndef job(name):\n    Api.__dict__[name](Api(), 1)\n",
        ] {
            keeps(code, price);
        }
    }

    #[test]
    fn other_names_change_as_before() {
        let after = services(
            "from . import services\n\ndef job(kind):\n    getattr(services, 'load_' + kind)(1)\n",
        );
        assert!(after.contains("async def fetch(pk):"), "{after}");
        assert!(after.contains("async def aload_a(pk):"), "{after}");
    }
}
