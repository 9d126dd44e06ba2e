//! What a test of pytest is given: by its fixtures, and by its marks.

use std::collections::BTreeSet;

use unblocked_analyzer::{Analysis, FileFacts, Function, FunctionRef};
use unblocked_syntax::{Field, Kind, NodeId};

use super::super::refusal;
use super::{CLIENTS, HARMLESS, SYNC_ONLY};
use crate::draft::Cannot;

/// Fixtures that open the database.
const DATABASE: &[&str] = &[
    "admin_client",
    "admin_user",
    "db",
    "django_user_model",
    "django_username_field",
    "transactional_db",
];

/// What the fixtures of a test come to.
pub(super) struct Given<'a> {
    pub(super) analysis: &'a Analysis<'a>,
    pub(super) file: usize,
    pub(super) class: Option<usize>,
    /// Those of pytest-django that open the database.
    pub(super) opened: BTreeSet<&'static str>,
    pub(super) uses_client: bool,
    pub(super) is_filled_once: bool,
}

/// How deep fixtures are followed.
const MAX_FIXTURES: usize = 20;

impl Given<'_> {
    /// Looks at a parameter of the test itself.
    pub(super) fn parameter(&mut self, name: &str) -> Result<(), Cannot> {
        let world = &self.analysis.world;
        let fixture = world.fixture(self.file, self.class, name);
        let is_known = CLIENTS.contains(&name) || HARMLESS.contains(&name);
        match fixture {
            Some(_) if is_known => Err(refusal(format!(
                "its fixture `{name}` is the project's own"
            ))),
            Some(fixture) => {
                self.follow(fixture, 0);
                Ok(())
            }
            None if SYNC_ONLY.contains(&name) => Err(refusal(format!(
                "its fixture `{name}` works in synchronous tests only"
            ))),
            None if is_known => {
                self.open(name);
                Ok(())
            }
            None => Err(refusal(format!(
                "nothing tells what its fixture `{name}` gives"
            ))),
        }
    }

    fn open(&mut self, name: &str) {
        let opened = DATABASE.iter().find(|known| **known == name);
        self.opened.extend(opened);
    }

    /// Looks at a fixture of the project, and what that takes.
    pub(super) fn follow(&mut self, fixture: FunctionRef, depth: usize) {
        let world = &self.analysis.world;
        let (Some(facts), Some(definition)) = (world.file(fixture.file), world.function(fixture))
        else {
            return;
        };
        let is_shared = definition
            .decorators
            .iter()
            .any(|&decorator| facts.source(decorator).contains("scope="));
        let params = definition.params.iter();
        let blocks = params
            .clone()
            .any(|param| param.name.starts_with("django_db_"));
        self.is_filled_once |= (is_shared && blocks) || definition.name == "django_db_setup";
        for param in params.filter(|param| param.name != "self") {
            let name = &*param.name;
            match world.fixture(fixture.file, definition.class, name) {
                Some(next) if next != fixture && depth < MAX_FIXTURES => {
                    self.follow(next, depth + 1);
                }
                _ => {
                    self.uses_client |= CLIENTS.contains(&name);
                    self.open(name);
                }
            }
        }
    }

    /// The fixtures that the test has without asking, and those that set the database up.
    pub(super) fn automatic(&self) -> Vec<FunctionRef> {
        let world = &self.analysis.world;
        let Some(own) = world.file(self.file) else {
            return Vec::new();
        };
        let is_near = |facts: &FileFacts| {
            facts
                .path
                .strip_suffix("conftest.py")
                .is_some_and(|folder| own.path.starts_with(folder))
        };
        let files = world.files.iter().enumerate();
        files
            .filter(|(file, facts)| *file == self.file || is_near(facts))
            .flat_map(|(file, facts)| {
                let functions = facts.functions.iter().enumerate();
                functions.map(move |(index, it)| (facts, it, FunctionRef { file, index }))
            })
            .filter(|(facts, definition, _)| {
                definition.name == "django_db_setup"
                    || definition.decorators.iter().any(|&decorator| {
                        let text = facts.source(decorator);
                        text.contains("fixture") && text.contains("autouse=True")
                    })
            })
            .filter(|(_, definition, function)| {
                definition.class.is_none()
                    || (function.file == self.file && definition.class == self.class)
            })
            .map(|(_, _, function)| function)
            .collect()
    }
}

/// Parameters that are no fixtures: what is parametrised, and mocks that decorators pass.
pub(super) fn other_parameters<'f>(
    facts: &'f FileFacts,
    definition: &'f Function,
) -> BTreeSet<&'f str> {
    let ast = facts.ast();
    let mut others = BTreeSet::new();
    let mut mocks = 0;
    for decorator in all_decorators(facts, definition) {
        let called = ast
            .child(decorator, Field::Function)
            .map_or_else(|| facts.source(decorator), |called| facts.source(called));
        let arguments = ast.child(decorator, Field::Arguments);
        if called.ends_with("parametrize") {
            let names = arguments.and_then(|arguments| ast.first_child(arguments));
            let texts = names.into_iter().flat_map(|names| ast.subtree(names));
            others.extend(
                texts
                    .filter(|&node| ast.kind(node) == Kind::StringContent)
                    .flat_map(|node| facts.source(node).split(','))
                    .map(str::trim),
            );
        } else if called.ends_with("patch") || called.ends_with("patch.object") {
            let given: Vec<NodeId> = arguments
                .into_iter()
                .flat_map(|it| ast.children(it))
                .collect();
            let (named, plain): (Vec<NodeId>, Vec<NodeId>) = given
                .into_iter()
                .partition(|&it| ast.kind(it) == Kind::KeywordArgument);
            let most = if called.ends_with("object") { 2 } else { 1 };
            let is_replaced = plain.len() > most
                || named.iter().any(|&it| {
                    let name = ast.child(it, Field::Name);
                    name.is_some_and(|name| facts.source(name) == "new")
                });
            mocks += usize::from(!is_replaced);
        }
    }
    let own = definition.params.iter();
    let own = own.skip(usize::from(definition.class.is_some()));
    others.extend(own.take(mocks).map(|param| &*param.name));
    others
}

/// The decorators of a test, and of its class.
fn all_decorators<'f>(
    facts: &'f FileFacts,
    definition: &'f Function,
) -> impl Iterator<Item = NodeId> + use<'f> {
    let ast = facts.ast();
    let of_class = definition
        .class
        .and_then(|index| facts.classes.get(index))
        .and_then(|class| ast.parent(class.node))
        .into_iter()
        .flat_map(|decorated| ast.children(decorated))
        .filter(|&node| ast.kind(node) == Kind::Decorator)
        .filter_map(|decorator| ast.first_child(decorator));
    definition.decorators.iter().copied().chain(of_class)
}

/// A mark `django_db`.
pub(super) struct Mark<'f> {
    pub(super) node: NodeId,
    pub(super) arguments: &'f str,
    /// It is a decorator of the test itself.
    pub(super) is_own: bool,
}

/// The marks `django_db` that a test has, nearest first.
pub(super) fn marks<'f>(facts: &'f FileFacts, definition: &'f Function) -> Vec<Mark<'f>> {
    let ast = facts.ast();
    let class = definition.class.and_then(|index| facts.classes.get(index));
    let is_around = |assignment: NodeId| {
        let mut around = ast.ancestors(assignment);
        let inner =
            around.find(|&node| matches!(ast.kind(node), Kind::ClassDef | Kind::FunctionDef));
        inner.is_none() || inner == class.map(|class| class.node)
    };
    // A mark of the class stands before one of the module, which has it on its left.
    let assigned: Vec<NodeId> = ast
        .ids()
        .filter(|&node| ast.kind(node) == Kind::Assignment && is_around(node))
        .filter(|&node| {
            let left = ast.child(node, Field::Left);
            left.is_some_and(|left| facts.source(left) == "pytestmark")
        })
        .filter_map(|node| ast.child(node, Field::Right))
        .collect();
    let mut marks = Vec::new();
    for node in all_decorators(facts, definition).chain(assigned.into_iter().rev()) {
        let is_own = definition.decorators.contains(&node);
        let found = ast.subtree(node).find(|&inner| {
            ast.kind(inner) == Kind::Attribute && facts.source(inner).ends_with("mark.django_db")
        });
        let Some(found) = found else { continue };
        let arguments = ast
            .parent(found)
            .filter(|_| ast.field(found) == Some(Field::Function))
            .and_then(|call| ast.child(call, Field::Arguments))
            .map_or("", |arguments| facts.source(arguments));
        marks.push(Mark {
            node,
            arguments: arguments
                .trim_start_matches('(')
                .trim_end_matches([')', ',', ' ']),
            is_own,
        });
    }
    marks
}
