//! The project's tests, as far as the plan is concerned: what they call may become async, as their calls are changed with it.
//!
//! A test that calls a view or a helper itself is no reason to leave that synchronous: `show(request)` becomes
//! `async_to_sync(show)(request)` there, which runs on the test's own connection and in its transaction.

use std::collections::{BTreeSet, HashMap, HashSet};

use unblocked_analyzer::{
    Analysis, Base, ClassRef, FileAnalysis, FileFacts, FunctionRef, Type, ValueUse,
};
use unblocked_django::canonical;
use unblocked_syntax::{Field, Kind, NodeId};

use crate::decisions::Decided;
use crate::imports::Imports;
use crate::options::Options;
use crate::rules::suites::direct_call;

/// True for a file of tests, or of what they share, by its name and place.
pub(crate) fn is_suite(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.starts_with("test")
        || name.ends_with("_test.py")
        || name == "conftest.py"
        || path.split('/').any(|part| part == "tests")
}

/// Which code is of tests, and may be changed.
#[derive(Default)]
pub(crate) struct Suites {
    /// By file: all of it, or these classes.
    files: HashMap<usize, Extent>,
    /// Calls and values that stay as they are, as was decided.
    kept: BTreeSet<(usize, NodeId)>,
    /// What gets requests from tests that have set their user or session.
    given: HashSet<FunctionRef>,
    /// Some tests set the user.
    set_users: bool,
}

/// What of a file is of tests.
enum Extent {
    All,
    Classes(BTreeSet<usize>),
}

impl Suites {
    pub(crate) fn new(analysis: &Analysis<'_>, options: &Options, decided: &Decided<'_>) -> Self {
        let mut suites = Self::default();
        for (file, facts) in analysis.world.files.iter().enumerate() {
            let extent = if is_suite(&facts.path) {
                Extent::All
            } else if facts.text().contains("Test") {
                let classes: BTreeSet<usize> = (0..facts.classes.len())
                    .filter(|&index| is_test_case(analysis, ClassRef { file, index }))
                    .collect();
                if classes.is_empty() {
                    continue;
                }
                Extent::Classes(classes)
            } else {
                continue;
            };
            let can_import = || {
                let mut imports = Imports::default();
                imports
                    .need(facts, "asgiref.sync", Some("async_to_sync"))
                    .is_some()
            };
            if options.changes(&facts.path) && can_import() {
                suites.files.insert(file, extent);
                suites.keep(analysis, decided, file);
            }
        }
        suites
    }

    /// Notes what was decided against.
    fn keep(&mut self, analysis: &Analysis<'_>, decided: &Decided<'_>, file: usize) {
        if decided.takes_all() {
            return;
        }
        let (Some(facts), Some(found)) = (analysis.world.file(file), analysis.files.get(file))
        else {
            return;
        };
        let ast = facts.ast();
        let calls = found.calls.iter().map(|call| (call.node, call.function));
        let values = found
            .value_uses
            .iter()
            .map(|value| (value.node, facts.owner(value.node)));
        let views = ast
            .ids()
            .filter(|&node| ast.kind(node) == Kind::Call)
            .filter(|&node| facts.source(node).contains("as_view"))
            .map(|node| (node, facts.owner(node)));
        let kept: Vec<NodeId> = calls
            .chain(values)
            .chain(views)
            .filter(|&(node, function)| {
                let span = ast.span(node);
                decided
                    .against(file, function, direct_call::NAME, span, false)
                    .is_some()
            })
            .map(|(node, _)| node)
            .collect();
        self.kept.extend(kept.into_iter().map(|node| (file, node)));
    }

    /// The calls and values of a file that stay as they are, as was decided.
    pub(crate) fn kept(&self, file: usize) -> impl Iterator<Item = NodeId> {
        let of_file = self.kept.iter().filter(move |(of, _)| *of == file);
        of_file.map(|&(_, node)| node)
    }

    /// True for a function that gets requests of a `RequestFactory` with a user that the test has set.
    pub(crate) fn gives_user(&self, function: FunctionRef) -> bool {
        self.set_users && self.given.contains(&function)
    }

    /// True for a function that gets requests of a `RequestFactory` with what the test has set.
    pub(crate) fn gives_request(&self, function: FunctionRef) -> bool {
        self.given.contains(&function)
    }

    /// Notes what gets such requests: what tests call, and what that calls. `called`: the functions that they call;
    /// `callees`: those that a function calls.
    pub(crate) fn follow_requests(
        &mut self,
        analysis: &Analysis<'_>,
        called: Vec<FunctionRef>,
        callees: impl Fn(FunctionRef) -> Vec<FunctionRef>,
    ) {
        let world = &analysis.world;
        let sets = |what: &str| {
            let mut files = self.files.keys().filter_map(|&file| world.file(file));
            files.any(|facts| facts.text().contains(what))
        };
        self.set_users = sets(".user = ");
        if !self.set_users && !sets(".session = ") {
            return;
        }
        let mut queue = called;
        for &file in self.files.keys() {
            let (Some(facts), Some(found)) = (world.file(file), analysis.files.get(file)) else {
                continue;
            };
            for (call, class) in views_made(facts, found) {
                if !self.bridges_view(facts, file, call, facts.owner(call)) {
                    continue;
                }
                for class in std::iter::once(class).chain(world.project_ancestors(class)) {
                    let methods = world.class(class).into_iter();
                    let methods = methods.flat_map(|outline| outline.methods.values());
                    let file = class.file;
                    queue.extend(methods.map(|&index| FunctionRef { file, index }));
                }
            }
        }
        while let Some(function) = queue.pop() {
            if self.given.insert(function) {
                queue.extend(callees(function));
            }
        }
    }

    /// True for a file with tests in it.
    pub(crate) fn is_of_tests(&self, file: usize) -> bool {
        self.files.contains_key(&file)
    }

    /// True for a place in tests, be they changed or not.
    pub(crate) fn holds(&self, facts: &FileFacts, file: usize, function: Option<usize>) -> bool {
        match self.files.get(&file) {
            None => false,
            Some(Extent::All) => true,
            Some(Extent::Classes(classes)) => {
                let mut function = function.and_then(|index| facts.functions.get(index));
                while let Some(inner) = function {
                    if inner.class.is_some_and(|class| classes.contains(&class)) {
                        return true;
                    }
                    function = inner.parent.and_then(|index| facts.functions.get(index));
                }
                false
            }
        }
    }

    /// True when a call, or a use as a value, of a function in synchronous tests can go through `async_to_sync`.
    pub(crate) fn bridges(
        &self,
        analysis: &Analysis<'_>,
        file: usize,
        function: Option<usize>,
        node: NodeId,
        callee: FunctionRef,
    ) -> bool {
        let (Some(facts), Some(called)) =
            (analysis.world.file(file), analysis.world.file(callee.file))
        else {
            return false;
        };
        if !self.holds(facts, file, function)
            || self.holds(called, callee.file, Some(callee.index))
            || self.kept.contains(&(file, node))
        {
            return false;
        }
        let ast = facts.ast();
        let owner = function.and_then(|index| facts.functions.get(index));
        let is_super = ast
            .child(node, Field::Function)
            .and_then(|called| ast.child(called, Field::Object))
            .is_some_and(|object| facts.source(object).starts_with("super("));
        let is_damaged = match owner {
            Some(owner) => facts.is_damaged(owner),
            None => ast.has_error(NodeId::ROOT),
        };
        !is_super
            && !is_damaged
            && owner.is_none_or(|owner| !owner.is_async)
            && analysis
                .world
                .function(callee)
                .is_some_and(|callee| !callee.is_generator)
    }

    /// True when what is made of a view's class in synchronous tests, `Show.as_view()`, can go through `async_to_sync`.
    pub(crate) fn bridges_view(
        &self,
        facts: &FileFacts,
        file: usize,
        call: NodeId,
        function: Option<usize>,
    ) -> bool {
        let owner = function.and_then(|index| facts.functions.get(index));
        self.holds(facts, file, function)
            && !self.kept.contains(&(file, call))
            && owner.is_none_or(|owner| !owner.is_async && !facts.is_damaged(owner))
            && takes_view(facts, call)
    }
}

/// What is made of classes of the project by `as_view(…)` in a file.
pub(crate) fn views_made<'a>(
    facts: &'a FileFacts,
    found: &'a FileAnalysis,
) -> impl Iterator<Item = (NodeId, ClassRef)> + use<'a> {
    let ast = facts.ast();
    let is_any = facts.text().contains("as_view");
    ast.ids()
        .filter(move |&node| is_any && ast.kind(node) == Kind::Call)
        .filter_map(move |node| Some((node, view_made(facts, found, node)?)))
}

/// The class of the project of which a call makes a view: `Show.as_view(…)`.
pub(crate) fn view_made(facts: &FileFacts, found: &FileAnalysis, call: NodeId) -> Option<ClassRef> {
    let ast = facts.ast();
    let function = ast.child(call, Field::Function)?;
    let name = ast.child(function, Field::Attribute)?;
    match found.type_of(ast.child(function, Field::Object)?) {
        Type::Class(class) if facts.source(name) == "as_view" => Some(*class),
        _ => None,
    }
}

/// The statements of tests that give a request its user or session, each with the request and the value.
pub(crate) fn given<'f>(
    facts: &'f FileFacts,
    attribute: &'f str,
) -> impl Iterator<Item = (NodeId, NodeId, NodeId)> + use<'f> {
    let ast = facts.ast();
    let is_any = facts.text().contains(&format!(".{attribute} = "));
    ast.ids()
        .filter(move |&node| is_any && ast.kind(node) == Kind::ExpressionStatement)
        .filter_map(move |statement| {
            let assignment = ast.first_child(statement)?;
            let target = ast.child(assignment, Field::Left)?;
            let value = ast.child(assignment, Field::Right)?;
            let request = ast.child(target, Field::Object)?;
            let name = facts.source(request).rsplit('.').next()?;
            let is_it = ast.kind(assignment) == Kind::Assignment
                && facts.source(ast.child(target, Field::Attribute)?) == attribute
                && (name.ends_with("request") || name.ends_with("req"))
                && ast.span(statement).has_own_lines(facts.text());
            is_it.then_some((statement, request, value))
        })
}

/// True for a class of tests, as far as its bases are known.
fn is_test_case(analysis: &Analysis<'_>, class: ClassRef) -> bool {
    analysis
        .world
        .ancestors(class)
        .iter()
        .any(|base| match base {
            Base::External(path) => {
                let path = canonical(path);
                path.ends_with("TestCase")
                    && (path.starts_with("django.test") || path.starts_with("unittest"))
            }
            _ => false,
        })
}

/// Where a view's object is called, kept in a variable or given by a function.
fn takes_view(facts: &FileFacts, call: NodeId) -> bool {
    let ast = facts.ast();
    ast.parent(call)
        .is_some_and(|parent| match ast.kind(parent) {
            Kind::Call => ast.field(call) == Some(Field::Function),
            Kind::Assignment => ast.field(call) == Some(Field::Right),
            Kind::Return | Kind::Parenthesized => true,
            _ => false,
        })
}

/// Assertions that compare what they are given, and call nothing.
const COMPARING: &[&str] = &[
    "assertEqual",
    "assertEquals",
    "assertIs",
    "assertIsInstance",
    "assertIsNot",
    "assertIsNotNone",
    "assertIn",
    "assertNotEqual",
    "assertNotIn",
    "assertTrue",
    "hasattr",
    "isinstance",
    "iscoroutinefunction",
    "resolve_url",
    "reverse",
];

/// What becomes of a function that a test uses as a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Value {
    /// It is compared, or stands in a patch: it stays.
    Stays,
    /// It is called by what gets it: it goes through `async_to_sync`.
    IsCalled,
}

/// `original = views.stock`, which does nothing later but to take its place again: `views.stock = original`.
fn is_put_back(facts: &FileFacts, assignment: NodeId) -> bool {
    let ast = facts.ast();
    let Some(kept) = ast.child(assignment, Field::Left) else {
        return false;
    };
    let kind = ast.kind(kept);
    let mut uses = ast
        .ids()
        .filter(|&node| {
            node != kept && ast.kind(node) == kind && facts.source(node) == facts.source(kept)
        })
        .filter(|&node| {
            kind == Kind::Attribute
                || (kind == Kind::Identifier && facts.owner(node) == facts.owner(kept))
        })
        .peekable();
    uses.peek().is_some()
        && uses.all(|used| {
            let takes_place = ast
                .parent(used)
                .filter(|_| ast.field(used) == Some(Field::Right))
                .and_then(|assignment| ast.child(assignment, Field::Left))
                .is_some_and(|left| ast.kind(left) == Kind::Attribute);
            let is_set = ast
                .ancestors(used)
                .nth(1)
                .and_then(|call| ast.child(call, Field::Function))
                .is_some_and(|called| facts.source(called).ends_with("setattr"));
            takes_place || is_set
        })
}

/// What a test does with a function that it uses as a value.
pub(crate) fn value(facts: &FileFacts, used: &ValueUse) -> Value {
    let ast = facts.ast();
    let node = used.node;
    if ast.field(node) == Some(Field::Object) {
        return Value::Stays;
    }
    for up in ast.ancestors(node) {
        match ast.kind(up) {
            Kind::Comparison | Kind::Decorator => return Value::Stays,
            Kind::Assignment if is_put_back(facts, up) => return Value::Stays,
            Kind::Assignment => return Value::IsCalled,
            Kind::Call => {
                let called = ast
                    .child(up, Field::Function)
                    .map_or("", |called| facts.source(called));
                let last = called.rsplit('.').next().unwrap_or_default();
                let is_patch = last == "patch"
                    || called.contains("patch.")
                    || last.ends_with("Mock")
                    || last == "create_autospec"
                    || last == "setattr";
                let is_adapter = last.ends_with("sync_to_async") || last.ends_with("async_to_sync");
                return if is_patch || is_adapter || COMPARING.contains(&last) {
                    Value::Stays
                } else {
                    Value::IsCalled
                };
            }
            kind if kind.is_statement() => return Value::IsCalled,
            _ => {}
        }
    }
    Value::IsCalled
}
