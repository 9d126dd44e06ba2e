//! What one function does that waits, or calls something that does: in order, with the loops and conditions around it.

use unblocked_analyzer::{Call, Evidence, FileFacts, FunctionRef, Site, SiteKind, SyncOnly};
use unblocked_syntax::{Ast, Field, Kind, NodeId, SmallSort};

use crate::effects::Effects;
use crate::evaluation::Order;

/// What nests deeper is in no function that changes, nor in one that anybody reads.
const MAX_DEPTH: u32 = 500;

/// One place of a function.
#[derive(Debug, Clone)]
pub(crate) struct Event<'a> {
    pub(crate) node: NodeId,
    /// What waits there itself.
    pub(crate) site: Option<&'a Site>,
    /// What is called there, after that. More than one when one of them is called.
    pub(crate) callees: Vec<FunctionRef>,
    /// Loops around it, in the function.
    pub(crate) loops: usize,
    /// What decides whether it is reached, outermost first: the statement or expression, and its branch.
    pub(crate) arms: Vec<(NodeId, usize)>,
    /// It stands in a block that stays synchronous.
    pub(crate) in_region: bool,
}

impl Event<'_> {
    /// True for what a decorator around the function does when it is called.
    pub(crate) fn is_around(&self, facts: &FileFacts, function: Option<usize>) -> bool {
        let definition = function.and_then(|index| facts.functions.get(index));
        definition.is_some_and(|definition| definition.decorators.contains(&self.node))
    }
}

/// What happens in a function, in order.
pub(crate) fn events<'a>(
    facts: &FileFacts,
    effects: &Effects<'a>,
    file: usize,
    function: Option<usize>,
) -> Vec<Event<'a>> {
    let ast = facts.ast();
    let root = function
        .and_then(|index| facts.functions.get(index))
        .map_or(NodeId::ROOT, |definition| definition.body);
    let moves = |node| effects.regions().moves(ast, file, function, node);
    let mut events: Vec<Event<'a>> = Vec::new();
    let mut add = |node: NodeId, site: Option<&'a Site>, callees: Vec<FunctionRef>| {
        let callees: Vec<FunctionRef> = callees
            .into_iter()
            .filter(|&callee| effects.reached(callee).next().is_some() || effects.waits(callee))
            .collect();
        if site.is_some() || !callees.is_empty() {
            let (loops, arms) = around(ast, root, node);
            events.push(Event {
                node,
                site,
                callees,
                loops,
                arms,
                in_region: moves(node),
            });
        }
    };
    let own = effects.all_sites_of(file, function);
    // What is said of code that is async already is no wait of its own, but for a coroutine that is to be awaited.
    let own: Vec<&Site> = own
        .filter(|site| !site.kind.is_half_async() || site.kind.makes_async())
        .collect();
    for &site in &own {
        if is_entered(ast, site, &own) {
            continue;
        }
        let (waits, callees) = parts(site);
        add(site.node, waits.then_some(site), callees);
    }
    for (call, _) in effects.all_calls_of(file, function) {
        // The block runs the generator, where it begins.
        if own.iter().any(|site| enters(ast, site, call)) {
            continue;
        }
        add(call.node, None, vec![call.callee]);
    }
    if events.len() > 1 {
        let order = Order::new(facts, root);
        // What makes a value comes before what evaluates it.
        events.small_sort_by_key(|event| {
            let evaluates = |site: &&Site| matches!(site.kind, SiteKind::Evaluate { .. });
            (
                order.of(event.node),
                event.site.as_ref().is_some_and(evaluates),
            )
        });
    }
    events
}

/// True for the call in `with transaction.atomic():`: the block waits, making what it enters does not.
fn is_entered(ast: &Ast, site: &Site, all: &[&Site]) -> bool {
    let SiteKind::Function { path } = &site.kind else {
        return false;
    };
    let entered = match &**path {
        "django.db.transaction.atomic" => SyncOnly::Transaction,
        "django.db.connection.cursor" => SyncOnly::Cursor,
        _ => return false,
    };
    all.iter().any(|other| {
        matches!(&other.kind, SiteKind::SyncOnly { what } if *what == entered)
            && ast.statement(site.node) == Some(other.node)
    })
}

/// True for the call in `with locked(name):`, whose block runs the generator.
fn enters(ast: &Ast, site: &Site, call: &Call) -> bool {
    matches!(&site.kind, SiteKind::SyncOnly { what } if what.callees().any(|one| one == call.callee))
        && ast.statement(call.node) == Some(site.node)
}

/// Whether a site waits itself, and what it calls.
fn parts(site: &Site) -> (bool, Vec<FunctionRef>) {
    match &site.kind {
        SiteKind::Property { callee, .. } | SiteKind::Implicit { callee, .. } => {
            (false, vec![*callee])
        }
        SiteKind::Value { callees } | SiteKind::Callback { callees, .. } => {
            (false, callees.to_vec())
        }
        SiteKind::Form { callees, asks, .. } => (*asks, callees.to_vec()),
        SiteKind::SyncOnly {
            what: what @ SyncOnly::Manager { .. },
        } => (false, what.callees().collect()),
        SiteKind::UnknownAttribute { .. } | SiteKind::UnknownValue { .. } => (false, Vec::new()),
        _ => (true, Vec::new()),
    }
}

/// False for what may not wait at all.
pub(super) fn is_certain(site: &Site) -> bool {
    site.evidence != Evidence::Possible
        && !matches!(
            site.kind,
            SiteKind::Missing { .. }
                | SiteKind::OpaqueMethod { .. }
                | SiteKind::Attribute {
                    is_known: false,
                    ..
                }
        )
}

/// The loops around a node, and the branches that it stands in, outermost first.
fn around(ast: &Ast, root: NodeId, node: NodeId) -> (usize, Vec<(NodeId, usize)>) {
    let mut loops = 0;
    let mut arms = Vec::new();
    if ast.depth(node) > MAX_DEPTH {
        return (loops, arms);
    }
    let mut child = node;
    for up in ast.ancestors(node) {
        if child == root {
            break;
        }
        let field = ast.field(child);
        match ast.kind(up) {
            Kind::For if field == Some(Field::Body) => loops += 1,
            Kind::While if field.is_some() => loops += 1,
            Kind::Lambda if field == Some(Field::Body) => arms.push((up, 0)),
            Kind::If if field == Some(Field::Consequence) => arms.push((up, 0)),
            Kind::Elif | Kind::Else => {
                if let Some(statement) = ast.parent(up)
                    && ast.kind(statement) == Kind::If
                {
                    arms.push((statement, 1 + branches_before(ast, statement, up)));
                }
            }
            Kind::Except => {
                if let Some(statement) = ast.parent(up) {
                    arms.push((statement, 1 + branches_before(ast, statement, up)));
                }
            }
            Kind::Case => {
                let statement = ast.ancestors(up).find(|&at| ast.kind(at) == Kind::Match);
                if let (Some(statement), Some(block)) = (statement, ast.parent(up)) {
                    arms.push((statement, branches_before(ast, block, up)));
                }
            }
            Kind::Conditional => match ast.children(up).position(|one| one == child) {
                Some(0) => arms.push((up, 0)),
                Some(2) => arms.push((up, 1)),
                _ => {}
            },
            Kind::BooleanOperator if field == Some(Field::Right) => arms.push((up, 0)),
            kind if kind.is_comprehension() => {
                let first = ast.child_of_kind(up, Kind::ForInClause);
                let outside = first.is_some_and(|first| {
                    // The clause itself, as its iterable, is evaluated once.
                    first == node
                        || ast
                            .child(first, Field::Right)
                            .is_some_and(|right| ast.contains(right, node))
                });
                if !outside {
                    loops += 1;
                }
            }
            _ => {}
        }
        child = up;
    }
    arms.reverse();
    (loops, arms)
}

/// How many branches of the same kind come before one.
fn branches_before(ast: &Ast, around: NodeId, branch: NodeId) -> usize {
    ast.children(around)
        .take_while(|&child| child != branch)
        .filter(|&child| {
            matches!(
                ast.kind(child),
                Kind::Elif | Kind::Else | Kind::Except | Kind::Case
            )
        })
        .count()
}
