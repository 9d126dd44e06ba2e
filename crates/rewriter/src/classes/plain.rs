//! Classes that are the project's own: service classes, API clients. Their methods change color as functions do, those of one
//! name in a hierarchy together.
//!
//! A method that waits for the database alone stays: it runs in Django's thread as a whole, and async gains nothing. So do the
//! methods of classes whose instances code may hold that does not tell so ([`holders`](super::holders)).

use std::collections::{BTreeMap, BTreeSet};

use unblocked_analyzer::{Analysis, Base, ClassRef, FunctionRef};
use unblocked_syntax::{Kind, NodeId};

use super::assigned;
use super::holders::Holders;
use super::{Families, Members, Set, gains};
use crate::because::Because;
use crate::draft::Cannot;
use crate::effects::Effects;

/// Decorators of classes that leave methods as they are.
const HARMLESS: &[&str] = &[
    "attr.s",
    "attrs.define",
    "attrs.frozen",
    "dataclass",
    "dataclasses.dataclass",
    "define",
    "final",
    "typing.final",
];

/// Bases of a library's that call no method.
const BARE: &[&str] = &["ABC", "Generic", "abc.ABC", "object", "typing.Generic"];

/// Adds the sets of methods that gain.
pub(super) fn adopt(families: &mut Families, analysis: &Analysis<'_>, effects: &Effects<'_>) {
    let world = &analysis.world;
    let mut members = Members::default();
    for (file, facts) in world.files.iter().enumerate() {
        for (index, class) in facts.classes.iter().enumerate() {
            let class_ref = ClassRef { file, index };
            let kin = world.kin(class_ref);
            if !kin.iter().all(|&one| is_plain(analysis, one)) {
                continue;
            }
            for (name, &index) in &class.methods {
                if name.starts_with("__") && name.ends_with("__") {
                    continue;
                }
                let own = FunctionRef { file, index };
                members.join(own, own);
                for base in world.project_ancestors(class_ref) {
                    let overridden = world
                        .class(base)
                        .and_then(|base| base.methods.get(name).copied());
                    if let Some(index) = overridden {
                        let file = base.file;
                        members.join(FunctionRef { file, index }, own);
                    }
                }
            }
        }
    }
    let sets: Vec<Vec<FunctionRef>> = members
        .sets()
        .into_iter()
        .filter(|set| set.iter().any(|&one| effects.reached(one).any(gains)))
        .filter(|set| set.iter().all(|&one| !families.is_member(one)))
        .collect();
    if sets.is_empty() {
        return;
    }
    let named: BTreeMap<FunctionRef, ClassRef> = sets
        .iter()
        .flatten()
        .filter_map(|&member| {
            let index = world.function(member)?.class?;
            let file = member.file;
            Some((member, ClassRef { file, index }))
        })
        .collect();
    let classes: BTreeSet<ClassRef> = named.values().flat_map(|&class| world.kin(class)).collect();
    let holders = Holders::new(analysis, effects, &classes);
    for functions in sets {
        let kin: BTreeSet<ClassRef> = functions
            .iter()
            .filter_map(|member| named.get(member))
            .flat_map(|&class| world.kin(class))
            .collect();
        let number = families.sets.len();
        for &function in &functions {
            families.of.insert(function, number);
            families.overrides.insert(function, functions.clone());
        }
        families.sets.push(Set {
            obstacle: holders
                .obstacle(analysis, &functions, &kin)
                .or_else(|| {
                    kin.iter()
                        .find_map(|&one| assigned::over_method(analysis, one))
                })
                .map(|reason| Cannot::of(Because::UsedAsValue, reason)),
            members: functions,
            is_plain: true,
            ..Set::default()
        });
    }
}

/// True for a class that no library calls by itself.
pub(crate) fn is_plain(analysis: &Analysis<'_>, class: ClassRef) -> bool {
    let world = &analysis.world;
    let Some(facts) = world.file(class.file) else {
        return false;
    };
    let Some(definition) = facts.classes.get(class.index) else {
        return false;
    };
    let is_bare = |base: &Base| match base {
        Base::Project(_) => true,
        Base::External(path) => BARE.contains(&&**path),
        Base::Missing(path) => BARE.contains(&&**path),
    };
    if !world.ancestors(class).iter().all(is_bare)
        || world.unknown_base(class).is_some()
        || world.base_kinds(class).next().is_some()
        || world.is_model(class)
        || world.is_view_part(class)
    {
        return false;
    }
    let ast = facts.ast();
    let has_metaclass = ast.children(definition.node).any(|part| {
        ast.kind(part) == Kind::ArgumentList
            && ast.children(part).any(|base| {
                ast.kind(base) == Kind::KeywordArgument
                    && !facts.source(base).trim_end().ends_with("ABCMeta")
            })
    });
    !has_metaclass && decorators(facts, definition.node).all(|name| HARMLESS.contains(&name))
}

fn decorators(facts: &unblocked_analyzer::FileFacts, class: NodeId) -> impl Iterator<Item = &str> {
    let ast = facts.ast();
    let around = ast
        .parent(class)
        .filter(|&up| ast.kind(up) == Kind::Decorated);
    around
        .into_iter()
        .flat_map(move |decorated| ast.children(decorated))
        .filter(move |&part| ast.kind(part) == Kind::Decorator)
        .filter_map(move |part| {
            let text = facts.source(part).trim_start_matches('@');
            text.split('(').next().map(str::trim)
        })
}

#[cfg(test)]
mod tests {
    use unblocked_analyzer::Workspace;

    use crate::{Options, migrate};

    const CLIENT: &str = "import requests\n\nclass Client:\n    def load(self, pk):\n        return requests.get(f'https://a.example.com/{pk}').status_code\n";

    /// Both files after: that of the class, and `views.py`, beside a third one.
    fn after(client: &str, views: &str, other: (&str, &str)) -> (String, String) {
        let mut workspace = Workspace::new();
        workspace.set_file("shop/client.py", client);
        workspace.set_file("shop/views.py", views);
        workspace.set_file(other.0, other.1);
        let report = migrate(&workspace, &Options::default());
        let text = |path: &str| {
            let file = report.files.iter().find(|file| file.path == path);
            file.map(|file| file.after.clone()).unwrap_or_default()
        };
        (text("shop/client.py"), text("shop/views.py"))
    }

    /// A view that sends what an expression gives.
    fn view(before: &str, value: &str) -> String {
        format!(
            "from .client import Client\n\n{before}def view(request):\n    return JsonResponse({{'a': {value}}})\n"
        )
    }

    #[test]
    fn a_method_that_views_alone_call_becomes_async() {
        for (before, value) in [
            ("", "Client().load(1)"),
            ("client = Client()\n\n", "client.load(1)"),
        ] {
            let (client, views) = after(CLIENT, &view(before, value), ("shop/other.py", ""));
            assert!(
                client.contains("\n    async def load(self, pk):\n"),
                "{client}"
            );
            assert!(views.contains(&format!("await {value}")), "{views}");
        }
    }

    #[test]
    fn one_that_synchronous_code_calls_has_a_twin() {
        let task = "from .client import Client\n\ndef nightly():\n    return Client().load(1)\n";
        let (client, views) = after(
            CLIENT,
            &view("", "Client().load(1)"),
            ("shop/nightly.py", task),
        );
        assert!(client.contains("\n    def load(self, pk):\n"), "{client}");
        assert!(
            client.contains("\n    async def aload(self, pk):\n"),
            "{client}"
        );
        assert!(views.contains("await Client().aload(1)"), "{views}");
    }

    #[test]
    fn a_hierarchy_changes_as_a_whole() {
        let kin = format!(
            "from abc import ABC, abstractmethod\n{}",
            CLIENT.replace(
                "class Client:",
                "class Base(ABC):\n    @abstractmethod\n    def load(self, pk):\n        ...\n\nclass Client(Base):"
            )
        );
        let views = view("", "Client().load(1)");
        let (client, _) = after(&kin, &views, ("shop/other.py", ""));
        assert_eq!(client.matches("async def load(").count(), 2, "{client}");
        // One that can't change keeps all.
        let cached = "from functools import lru_cache\nfrom .client import Client\n\nclass Cached(Client):\n    @lru_cache\n    def load(self, pk):\n        return pk\n";
        let (client, views) = after(&kin, &views, ("shop/cached.py", cached));
        assert_eq!(client, kin);
        assert!(
            views.contains("await sync_to_async(Client().load)(1)"),
            "{views}"
        );
    }

    #[test]
    fn what_a_call_may_mean_unseen_stays_in_a_thread() {
        let views = view("", "Client().load(1)");
        for other in [
            // A mock is no coroutine function.
            "from unittest.mock import patch\n\n@patch('shop.views.Client')\ndef check(made):\n    pass\n",
            // Loaded by its name.
            "LOADER = 'shop.client.Client'\n",
            // Handed to what does not tell, and something that is not known has such a method.
            "from .client import Client\n\nregistry.add(Client())\n\ndef all(registry):\n    return [one.load(1) for one in registry.all()]\n",
            // By a name of what else may have it.
            "from .client import Client\n\ndef pick(given):\n    client = given or Client()\n    return client.load(1)\n",
            // One of several.
            "from .client import Client\n\nclass Fake:\n    def load(self, pk):\n        return pk\n\ndef pick(is_fake):\n    made = Fake() if is_fake else Client()\n    return made.load(1)\n",
        ] {
            let (client, changed) = after(CLIENT, &views, ("shop/other.py", other));
            assert_eq!(client, CLIENT, "{other}");
            assert!(
                changed.contains("await sync_to_async(Client().load)(1)"),
                "{changed}"
            );
        }
    }

    #[test]
    fn what_python_or_a_library_calls_stays() {
        for client in [
            CLIENT.replace("load(self, pk)", "__call__(self, pk)"),
            CLIENT.replace(
                "    def load(self, pk)",
                "    @property\n    def load(self, pk=1)",
            ),
            format!(
                "import library\n{}",
                CLIENT.replace("class Client:", "class Client(library.Client):")
            ),
            format!(
                "import library\n{}",
                CLIENT.replace("class Client:", "@library.client\nclass Client:")
            ),
        ] {
            for value in ["Client()(1)", "Client().load", "Client().load(1)"] {
                let (changed, _) = after(&client, &view("", value), ("shop/other.py", ""));
                assert_eq!(changed, client, "{value}");
            }
        }
    }
}
