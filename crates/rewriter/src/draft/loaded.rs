//! Functions that only read relations of what they are given: where those are loaded, they ask nothing.

use std::collections::HashSet;

use unblocked_analyzer::{
    Analysis, ClassRef, FileFacts, FunctionRef, Origin, Site, SiteKind, SyncOnly, Type,
};
use unblocked_syntax::{Ast, Field, Kind, NodeId};

use super::{Draft, Reach};
use crate::effects::wrapped_in;

/// How many functions are looked into for one call.
const MOST_FUNCTIONS: usize = 16;

/// A relation that a call reads of an object that it is given.
pub(crate) struct Read {
    /// The object, where the call is made.
    object: NodeId,
    /// The relation, as in `select_related`.
    path: String,
    /// The model is at hand and says so.
    is_known: bool,
    /// It leads to rows of several models.
    is_generic: bool,
}

impl Read {
    /// What has to be loaded for it, and where: `None` when nothing has to be, or when that is out of reach.
    pub(crate) fn missing(&self, kind: &Type) -> Option<Result<Origin, ()>> {
        let Type::Instance(instance) = kind else {
            return Some(Err(()));
        };
        let is_loaded = instance.loaded.iter().any(|loaded| {
            loaded
                .strip_prefix(&*self.path)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with("__"))
        });
        if is_loaded {
            return None;
        }
        let origin = instance.origin.as_ref().filter(|_| self.is_known);
        Some(origin.ok_or(()).map(|origin| Origin {
            node: origin.node,
            path: format!("{}{}", origin.path, self.path).into(),
        }))
    }

    /// The object, where the call is made.
    pub(crate) fn object(&self) -> NodeId {
        self.object
    }
}

impl Draft<'_> {
    /// True when the function that a site calls asks nothing there: it only reads relations that are loaded.
    pub(crate) fn is_all_loaded(&self, site: &Site) -> bool {
        self.to_load(site).is_some_and(|missing| missing.is_empty())
    }

    /// The relations that have to be loaded so that the function that a site calls asks nothing; `None` where that is not
    /// enough, or out of reach.
    pub(crate) fn to_load(&self, site: &Site) -> Option<Vec<Reach>> {
        let waits = |function: FunctionRef| self.colors.contains_key(&function);
        let mut missing = Vec::new();
        for read in reads(self.analysis, self.file_index, site, &waits)? {
            let Some(load) = read.missing(self.type_of(read.object)) else {
                continue;
            };
            let reach = match (self.reach(&load.ok()?), read.is_generic) {
                (Reach::Join(load), true) => Reach::Prefetch(load),
                (reach, _) => reach,
            };
            let can = match &reach {
                Reach::Join(load) => {
                    !self.file.closed_origins.contains(&load.node) && self.quote(load.node).is_ok()
                }
                Reach::Prefetch(load) => !self.is_closed(load.node),
            };
            if !can {
                return None;
            }
            missing.push(reach);
        }
        Some(missing)
    }
}

/// A function with what its parameters are, seen from where the first call was made: an object there, and the path to it.
type Given = (FunctionRef, Vec<Option<(NodeId, String)>>);

/// What a site of a file calls reads of what it is given; `None` if it waits for anything else.
pub(crate) fn reads(
    analysis: &Analysis<'_>,
    file: usize,
    site: &Site,
    waits: &dyn Fn(FunctionRef) -> bool,
) -> Option<Vec<Read>> {
    let itself = |node: NodeId| Some((node, String::new()));
    let first: Given = match site.kind {
        SiteKind::Property { object, callee, .. } => (callee, vec![itself(object)]),
        SiteKind::Implicit { callee, .. } => (callee, vec![itself(site.node)]),
        SiteKind::Project { callee, is_method } => {
            let given = given(analysis, file, site.node, (callee, is_method), itself)?;
            (callee, given)
        }
        _ => return None,
    };
    let mut found: Vec<Read> = Vec::new();
    let mut functions = vec![first];
    let mut next = 0;
    while let Some((function, given)) = functions.get(next).cloned() {
        next += 1;
        if overrides(analysis, function).any(waits) {
            // The call may mean one of these, which reads something else.
            return None;
        }
        if wrapped_in(analysis, function)
            .into_iter()
            .any(|(_, wrapper)| waits(wrapper))
        {
            return None;
        }
        let own = Own::new(analysis, function, given)?;
        let further = own.reads(&mut found, waits)?;
        if next > MOST_FUNCTIONS {
            return None;
        }
        for one in further {
            if !functions.contains(&one) {
                functions.push(one);
            }
        }
    }
    Some(found)
}

/// The methods that override one.
fn overrides(analysis: &Analysis<'_>, function: FunctionRef) -> impl Iterator<Item = FunctionRef> {
    let world = &analysis.world;
    let signature = world.function(function);
    let class = signature.and_then(|signature| signature.class);
    let kin = class.map_or(&[][..], |index| {
        let file = function.file;
        world.descendants(ClassRef { file, index })
    });
    kin.iter()
        .filter_map(move |&class| world.method(class, &signature?.name))
        .filter(move |&method| method != function)
}

/// What the parameters of a function are in a call.
fn given(
    analysis: &Analysis<'_>,
    file: usize,
    call: NodeId,
    (callee, is_method): (FunctionRef, bool),
    value: impl Fn(NodeId) -> Option<(NodeId, String)>,
) -> Option<Vec<Option<(NodeId, String)>>> {
    let facts = analysis.world.file(file)?;
    let ast = facts.ast();
    let function = analysis.world.function(callee)?;
    let mut given = vec![None; function.params.len()];
    let is_static = (function.decorator_names.iter()).any(|name| name == "staticmethod");
    let is_bound = is_method && !is_static;
    if is_bound {
        let object = ast.child(ast.child(call, Field::Function)?, Field::Object)?;
        *given.first_mut()? = value(object);
    }
    let list = ast.child(call, Field::Arguments)?;
    for (position, argument) in ast.children(list).enumerate() {
        let (slot, node) = match ast.kind(argument) {
            Kind::KeywordArgument => {
                let name = facts.source(ast.child(argument, Field::Name)?);
                let slot = function.params.iter().position(|param| param.name == name);
                (slot, ast.child(argument, Field::Value)?)
            }
            Kind::ListSplat | Kind::DictionarySplat => return None,
            _ => (Some(position + usize::from(is_bound)), argument),
        };
        if let Some(slot) = slot.and_then(|slot| given.get_mut(slot)) {
            *slot = value(node);
        }
    }
    Some(given)
}

/// A function that is looked into.
struct Own<'a> {
    analysis: &'a Analysis<'a>,
    function: FunctionRef,
    facts: &'a FileFacts,
    given: Vec<Option<(NodeId, String)>>,
    /// Names that it binds: they may be something else than what was given.
    rebound: HashSet<&'a str>,
}

impl<'a> Own<'a> {
    fn new(
        analysis: &'a Analysis<'a>,
        function: FunctionRef,
        given: Vec<Option<(NodeId, String)>>,
    ) -> Option<Self> {
        let facts = analysis.world.file(function.file)?;
        let definition = facts.functions.get(function.index)?;
        let ast = facts.ast();
        let rebound = ast
            .subtree(definition.body)
            .filter(|&id| ast.kind(id) == Kind::Identifier && binds(ast, id))
            .map(|id| facts.source(id))
            .collect();
        Some(Self {
            analysis,
            function,
            facts,
            given,
            rebound,
        })
    }

    /// What it reads itself, and the functions that it calls.
    fn reads(
        &self,
        found: &mut Vec<Read>,
        waits: &dyn Fn(FunctionRef) -> bool,
    ) -> Option<Vec<Given>> {
        let file = self.analysis.files.get(self.function.file)?;
        let own = Some(self.function.index);
        let mut further = Vec::new();
        let first = file.sites.partition_point(|site| site.function < own);
        let sites = file.sites.iter().skip(first);
        for site in sites.take_while(|site| site.function == own) {
            match site.kind {
                SiteKind::Attribute {
                    is_known,
                    is_generic,
                    ..
                } => {
                    let (object, path) = self.path(site.node)?;
                    found.push(Read {
                        object,
                        path,
                        is_known,
                        is_generic,
                    });
                }
                SiteKind::Property { object, callee, .. } if waits(callee) => {
                    further.push((callee, vec![Some(self.path(object)?)]));
                }
                SiteKind::Implicit { callee, .. } if waits(callee) => {
                    further.push((callee, vec![Some(self.path(site.node)?)]));
                }
                SiteKind::Property { .. } | SiteKind::Implicit { .. } => {}
                SiteKind::SyncOnly {
                    what: what @ SyncOnly::Manager { .. },
                } if !what.callees().any(waits) => {}
                _ => return None,
            }
        }
        let first = file.calls.partition_point(|call| call.function < own);
        let calls = file.calls.iter().skip(first);
        for call in calls.take_while(|call| call.function == own) {
            if waits(call.callee) {
                let callee = (call.callee, call.is_method);
                let given = given(
                    self.analysis,
                    self.function.file,
                    call.node,
                    callee,
                    |node| self.path(node),
                )?;
                further.push((call.callee, given));
            }
        }
        Some(further)
    }

    /// `order.room.venue`, where `order` was given: that object, and `room__venue` below what is in front of it.
    fn path(&self, node: NodeId) -> Option<(NodeId, String)> {
        let ast = self.facts.ast();
        let definition = self.facts.functions.get(self.function.index)?;
        let mut names = Vec::new();
        let mut at = node;
        while ast.kind(at) == Kind::Attribute {
            names.push(self.facts.source(ast.child(at, Field::Attribute)?));
            at = ast.child(at, Field::Object)?;
        }
        let name = self.facts.source(at);
        if ast.kind(at) != Kind::Identifier || self.rebound.contains(name) {
            return None;
        }
        let slot = definition
            .params
            .iter()
            .position(|param| param.name == name)?;
        let (object, prefix) = self.given.get(slot)?.as_ref()?;
        if !prefix.is_empty() {
            names.push(prefix);
        }
        names.reverse();
        Some((*object, names.join("__")))
    }
}

/// True for a name that is bound where it stands.
fn binds(ast: &Ast, name: NodeId) -> bool {
    let Some(parent) = ast.parent(name) else {
        return false;
    };
    match ast.kind(parent) {
        Kind::Assignment | Kind::AugmentedAssignment | Kind::For | Kind::ForInClause => {
            ast.field(name) == Some(Field::Left)
        }
        Kind::NamedExpression => ast.field(name) == Some(Field::Name),
        Kind::PatternList
        | Kind::TuplePattern
        | Kind::ListPattern
        | Kind::ListSplatPattern
        | Kind::AsPatternTarget
        | Kind::CasePattern
        | Kind::Delete
        | Kind::Global
        | Kind::Nonlocal
        | Kind::Parameters
        | Kind::LambdaParameters
        | Kind::DefaultParameter
        | Kind::TypedParameter => true,
        _ => false,
    }
}
