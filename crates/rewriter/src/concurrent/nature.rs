//! What code does to the world around it: whether it may run at the same time as other code.

use std::collections::{BTreeSet, HashMap, HashSet};

use unblocked_analyzer::{Analysis, FileFacts, FunctionRef, Site, SiteKind, Type};
use unblocked_django::{Effect, blocking};
use unblocked_syntax::{Field, Kind, NodeId};

use super::calls;
use super::reason::{Reason, decides, effect, form, mutation, of_block, unknown_code};
use crate::draft::excerpt;
use crate::effects::Effects;

/// What a piece of code does.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Nature {
    /// Why it has to stay in its place: it changes something, or may.
    pub(super) bars: Option<Reason>,
    /// It waits for Django's thread.
    pub(super) asks_django: bool,
    /// It waits for something else.
    pub(super) waits_outside: bool,
}

impl Nature {
    fn bar(reason: Reason) -> Self {
        Self {
            bars: Some(reason),
            ..Self::default()
        }
    }

    pub(super) fn join(&mut self, other: Self) {
        self.bars = self.bars.take().or(other.bars);
        self.asks_django |= other.asks_django;
        self.waits_outside |= other.waits_outside;
    }
}

/// Answers what code does, callees included.
pub(crate) struct Natures<'p, 'a> {
    analysis: &'p Analysis<'a>,
    effects: &'p Effects<'a>,
    /// Of functions, without what they call.
    own: HashMap<FunctionRef, (Nature, Vec<FunctionRef>)>,
}

impl<'p, 'a> Natures<'p, 'a> {
    pub(crate) fn new(analysis: &'p Analysis<'a>, effects: &'p Effects<'a>) -> Self {
        Self {
            analysis,
            effects,
            own: HashMap::new(),
        }
    }

    /// True when one of these functions may change something.
    pub(crate) fn changes(&mut self, functions: impl IntoIterator<Item = FunctionRef>) -> bool {
        functions
            .into_iter()
            .any(|function| self.of_function(function).bars.is_some())
    }

    /// What a function does with all that it calls.
    pub(super) fn of_function(&mut self, function: FunctionRef) -> Nature {
        let mut nature = Nature::default();
        let mut seen: HashSet<FunctionRef> = HashSet::new();
        let mut queue = vec![function];
        while let Some(function) = queue.pop() {
            if !seen.insert(function) {
                continue;
            }
            let (own, callees) = self.own(function);
            nature.join(own.clone());
            queue.extend(callees);
        }
        nature
    }

    fn own(&mut self, function: FunctionRef) -> &(Nature, Vec<FunctionRef>) {
        if !self.own.contains_key(&function) {
            let found = self.look(function);
            self.own.insert(function, found);
        }
        self.own.entry(function).or_default()
    }

    fn look(&self, function: FunctionRef) -> (Nature, Vec<FunctionRef>) {
        let world = &self.analysis.world;
        let (Some(facts), Some(definition)) = (world.file(function.file), world.function(function))
        else {
            return (
                Nature::bar(unknown_code("it calls code that is not at hand")),
                Vec::new(),
            );
        };
        let name = &definition.name;
        if definition.is_generator {
            return (
                Nature::bar(form(format!("`{name}` is a generator"))),
                Vec::new(),
            );
        }
        let is_property = |decorator: &NodeId| facts.source(*decorator) == "property";
        if !definition.decorators.iter().all(is_property) {
            return (
                Nature::bar(unknown_code(format!(
                    "a decorator of `{name}` may do anything"
                ))),
                Vec::new(),
            );
        }
        let fresh = if &**name == "__init__" {
            Fresh::with(facts, definition.body, "self")
        } else {
            Fresh::new(facts, definition.body)
        };
        self.of_code(function.file, Some(function.index), definition.body, &fresh)
    }

    /// What a part of a function does itself, and what it calls.
    pub(super) fn of_code(
        &self,
        file: usize,
        function: Option<usize>,
        root: NodeId,
        fresh: &Fresh<'_>,
    ) -> (Nature, Vec<FunctionRef>) {
        let mut nature = Nature::default();
        let mut callees = Vec::new();
        let Some(facts) = self.analysis.world.file(file) else {
            return (nature, callees);
        };
        let ast = facts.ast();
        let effects = self.effects;
        let mut known: BTreeSet<NodeId> = BTreeSet::new();
        for site in effects
            .all_sites_of(file, function)
            .filter(|site| ast.contains(root, site.node))
        {
            known.insert(site.node);
            match &site.kind {
                SiteKind::Property { callee, .. } | SiteKind::Implicit { callee, .. } => {
                    callees.push(*callee);
                }
                SiteKind::Value { callees: all } | SiteKind::Callback { callees: all, .. } => {
                    callees.extend(all.iter().copied())
                }
                SiteKind::UnknownAttribute { .. } | SiteKind::UnknownValue { .. } => {}
                _ => nature.join(of_site(facts, site)),
            }
        }
        for (call, _) in effects
            .all_calls_of(file, function)
            .filter(|(call, _)| ast.contains(root, call.node))
        {
            known.insert(call.node);
            callees.push(call.callee);
        }
        for node in ast.subtree(root) {
            if facts.owner(node) != function && node != root {
                continue;
            }
            let bars = match ast.kind(node) {
                Kind::Call if known.contains(&node) => None,
                Kind::Call => self.of_call(file, node, fresh),
                Kind::Assignment | Kind::AugmentedAssignment => ast
                    .child(node, Field::Left)
                    .and_then(|target| changed(facts, target, fresh)),
                Kind::Delete => ast
                    .children(node)
                    .find_map(|target| changed(facts, target, fresh)),
                Kind::Global | Kind::Nonlocal => Some(mutation(format!(
                    "`{}` changes outer variables",
                    facts.source(node)
                ))),
                Kind::Raise if raises_answer(facts, node) => Some(decides(format!(
                    "`{}` decides whether what follows happens",
                    excerpt(facts.source(node))
                ))),
                Kind::Yield => Some(form("it yields in between")),
                _ => None,
            };
            if let Some(reason) = bars {
                nature.join(Nature::bar(reason));
            }
        }
        (nature, callees)
    }

    /// Why a call that waits for nothing has to stay in its place.
    fn of_call(&self, file: usize, call: NodeId, fresh: &Fresh<'_>) -> Option<Reason> {
        let facts = self.analysis.world.file(file)?;
        let types = self.analysis.files.get(file)?;
        let ast = facts.ast();
        let function = ast.child(call, Field::Function)?;
        let says = |what: &str| format!("`{}` {what}", excerpt(facts.source(function)));
        let unknown = || Some(unknown_code(says("may do anything")));
        match types.type_of(function) {
            Type::Builtin(name) if calls::is_pure_builtin(name) => None,
            Type::Builtin(_) => Some(effect(says("is seen from outside"))),
            Type::Path(path) if calls::is_pure_path(path) => None,
            Type::Path(_) | Type::Missing(_) => unknown(),
            Type::Undefined(name) if calls::is_pure_name(name) => None,
            Type::Class(_) | Type::Model(_) => None,
            _ if ast.kind(function) == Kind::Attribute => {
                let object = ast.child(function, Field::Object)?;
                let name = facts.source(ast.child(function, Field::Attribute)?);
                let receiver = types.type_of(object);
                if calls::is_mutating(name) {
                    return match fresh.holds(facts, object) {
                        true => None,
                        false => Some(mutation(says("changes what others may see"))),
                    };
                }
                match calls::is_pure_method(receiver, facts.source(object), name) {
                    true => None,
                    false => unknown(),
                }
            }
            _ => unknown(),
        }
    }
}

/// True when waiting at a site may change something.
pub(crate) fn changes_at(facts: &FileFacts, site: &Site) -> bool {
    of_site(facts, site).bars.is_some()
}

/// What waiting at a site does.
pub(super) fn of_site(facts: &FileFacts, site: &Site) -> Nature {
    let asks_django = Nature {
        asks_django: true,
        ..Nature::default()
    };
    let what = || super::super::waits::label_of(facts, site);
    let changes = || Nature::bar(effect(format!("`{}` changes something", what())));
    match &site.kind {
        SiteKind::Method { name, owner, .. } => {
            let name = facts.source(*name);
            if facts.source(site.node).contains("select_for_update") {
                return Nature::bar(effect(format!("`{}` locks rows", what())));
            }
            match calls::is_reading(*owner, name) {
                true => asks_django,
                false => changes(),
            }
        }
        SiteKind::Evaluate { .. } | SiteKind::InCache { .. } | SiteKind::RequestUser { .. } => {
            asks_django
        }
        SiteKind::Attribute { .. } | SiteKind::GenericRelation { .. } => asks_django,
        SiteKind::Function { path } if calls::is_guard(path) => Nature::bar(decides(format!(
            "`{}` decides whether what follows happens",
            what()
        ))),
        SiteKind::Function { path } => {
            if calls::is_reading_function(path) {
                let in_thread = blocking(path).is_some_and(|entry| entry.touches_django_db);
                return match in_thread {
                    true => asks_django,
                    false => Nature {
                        waits_outside: true,
                        ..Nature::default()
                    },
                };
            }
            match site.effect {
                Effect::Sleep => Nature::bar(effect(format!("`{path}` waits on purpose"))),
                Effect::Template => {
                    Nature::bar(unknown_code(format!("`{path}` runs a template's code")))
                }
                _ => changes(),
            }
        }
        SiteKind::Missing { path } => Nature::bar(unknown_code(format!("`{path}` is not at hand"))),
        SiteKind::OpaqueMethod { .. } => {
            Nature::bar(unknown_code(format!("`{}` is not at hand", what())))
        }
        SiteKind::SyncOnly { what } => {
            Nature::bar(of_block(*what, format!("{what} stands between")))
        }
        SiteKind::Form { .. } => {
            Nature::bar(unknown_code(format!("`{}` runs a form's code", what())))
        }
        SiteKind::SessionItem { .. } => Nature::bar(mutation("the session is one for all")),
        _ => changes(),
    }
}

fn raises_answer(facts: &FileFacts, raise: NodeId) -> bool {
    let ast = facts.ast();
    let Some(mut what) = ast.first_child(raise) else {
        return false;
    };
    if ast.kind(what) == Kind::Call
        && let Some(function) = ast.child(what, Field::Function)
    {
        what = function;
    }
    calls::is_answer(facts.source(what))
}

/// Why assigning to something has to stay in its place: it is seen from elsewhere.
fn changed(facts: &FileFacts, target: NodeId, fresh: &Fresh<'_>) -> Option<Reason> {
    let ast = facts.ast();
    ast.subtree(target)
        .filter(|&node| matches!(ast.kind(node), Kind::Attribute | Kind::Subscript))
        .find(|&node| !fresh.holds(facts, node))
        .map(|node| mutation(format!("`{}` is changed", excerpt(facts.source(node)))))
}

/// The variables of a function that hold what the function made itself.
#[derive(Debug, Default)]
pub(super) struct Fresh<'a> {
    names: HashSet<&'a str>,
}

impl<'a> Fresh<'a> {
    /// Those of a body. A variable that holds something else at times is not one of them.
    pub(super) fn new(facts: &'a FileFacts, root: NodeId) -> Self {
        let ast = facts.ast();
        let mut fresh = Self::default();
        let mut other: HashSet<&str> = HashSet::new();
        for (id, what) in super::names::occurrences(facts, root) {
            if what == super::names::Occurrence::Read {
                continue;
            }
            let value = ast
                .parent(id)
                .filter(|&up| ast.kind(up) == Kind::Assignment)
                .and_then(|assignment| ast.child(assignment, Field::Right));
            let name = facts.source(id);
            if value.is_some_and(|value| is_made(facts, value)) {
                fresh.names.insert(name);
            } else {
                other.insert(name);
            }
        }
        fresh.names.retain(|name| !other.contains(name));
        fresh
    }

    /// True for such a variable.
    pub(super) fn has(&self, name: &str) -> bool {
        self.names.contains(name)
    }

    fn with(facts: &'a FileFacts, root: NodeId, name: &'a str) -> Self {
        let mut fresh = Self::new(facts, root);
        fresh.names.insert(name);
        fresh
    }

    /// True for such a variable, or an item or attribute of it.
    fn holds(&self, facts: &FileFacts, node: NodeId) -> bool {
        let ast = facts.ast();
        let base = match ast.kind(node) {
            Kind::Attribute => ast.child(node, Field::Object),
            Kind::Subscript => ast.child(node, Field::Value),
            _ => Some(node),
        };
        base.is_some_and(|base| {
            ast.kind(base) == Kind::Identifier && self.names.contains(facts.source(base))
        })
    }
}

fn is_made(facts: &FileFacts, value: NodeId) -> bool {
    let ast = facts.ast();
    match ast.kind(value) {
        Kind::List | Kind::Dictionary | Kind::Set => true,
        kind if kind.is_comprehension() => true,
        Kind::Call => ast
            .child(value, Field::Function)
            .is_some_and(|function| matches!(facts.source(function), "dict" | "list" | "set")),
        _ => false,
    }
}
