//! One statement of a block, as far as it may run at the same time as others.

use unblocked_analyzer::Type;
use unblocked_syntax::{Field, Kind, NodeId};

use super::names::Names;
use super::nature::{Fresh, Nature, Natures, of_site};
use super::reason::{Reason, block, decides, form};
use crate::draft::{Draft, excerpt};
use crate::plan::Planner;
use crate::waits::Occupies;
use crate::waits::{Context, Event, WaitForm, of_call, of_site as became};

/// A statement.
#[derive(Debug, Clone)]
pub(super) struct Statement<'a> {
    pub(super) node: NodeId,
    pub(super) names: Names<'a>,
    /// Why it has to stay in its place is in here.
    pub(super) nature: Nature,
    /// Something in it is awaited.
    pub(super) awaits: bool,
    /// It uses what a call gave, which may have to be awaited as well.
    pub(super) follows_call: bool,
}

/// Looks at a statement of a draft. `events`: those of the function.
pub(super) fn look<'c>(
    planner: &Planner<'_>,
    natures: &mut Natures<'_, '_>,
    draft: &Draft<'c>,
    events: &[Event<'_>],
    node: NodeId,
) -> Statement<'c> {
    let facts = draft.facts;
    let ast = facts.ast();
    let mut statement = Statement {
        node,
        names: Names::of(facts, node),
        nature: Nature::default(),
        awaits: false,
        follows_call: ast
            .subtree(node)
            .any(|id| matches!(draft.type_of(id), Type::HttpResponse(..))),
    };
    let within: Vec<&Event<'_>> = events
        .iter()
        .filter(|event| ast.contains(node, event.node))
        .collect();
    for event in &within {
        if event.in_region {
            statement.nature.join(Nature {
                bars: Some(block("a block that stays synchronous stands between")),
                ..Nature::default()
            });
            continue;
        }
        if let Some(site) = event.site {
            let (outcome, occupies) = became(Some(draft), site);
            let mut nature = of_site(facts, site);
            match outcome {
                WaitForm::Gone => continue,
                WaitForm::Left => {
                    nature.bars = Some(form(format!(
                        "`{}` can't be awaited",
                        excerpt(facts.source(site.node))
                    )));
                }
                WaitForm::Native | WaitForm::Thread => statement.awaits = true,
            }
            nature.asks_django = occupies == Occupies::RequestThread;
            nature.waits_outside = !nature.asks_django;
            statement.nature.join(nature);
        }
        for &callee in &event.callees {
            let is_async = planner
                .analysis
                .world
                .function(callee)
                .is_some_and(|definition| definition.is_async);
            let mut nature = natures.of_function(callee);
            match of_call(Some(draft), event.node, is_async) {
                Context::Async => statement.awaits = true,
                Context::Thread => {
                    statement.awaits = true;
                    nature.asks_django = true;
                    nature.waits_outside = false;
                }
                Context::Left => {
                    nature.bars = Some(form(format!(
                        "`{}` can't be awaited",
                        excerpt(facts.source(event.node))
                    )));
                }
                Context::Loaded => continue,
            }
            statement.nature.join(nature);
        }
    }
    if let Some(reason) = shape(draft, node) {
        statement.nature.bars.get_or_insert(reason);
    }
    // What else it does.
    let (own, callees) = natures.of_code(draft.file_index, draft.function, node, &Fresh::default());
    if let Some(reason) = own.bars {
        statement.nature.bars.get_or_insert(reason);
    }
    for callee in callees {
        if let Some(reason) = natures.of_function(callee).bars {
            statement.nature.bars.get_or_insert(reason);
        }
    }
    statement
}

/// Why a statement can't be moved into a function, by its form.
fn shape(draft: &Draft<'_>, node: NodeId) -> Option<Reason> {
    let facts = draft.facts;
    let ast = facts.ast();
    let between = |what: &str| Some(decides(format!("{what} stands between")));
    match ast.kind(node) {
        Kind::ExpressionStatement | Kind::Try => {}
        Kind::If => return between("an `if`"),
        Kind::For | Kind::While => return between("a loop"),
        Kind::With => return Some(form("a `with` statement stands between")),
        Kind::Return | Kind::Raise => return Some(decides("the function ends there")),
        kind if !kind.is_statement() => {}
        _ => {
            return Some(form(format!(
                "`{}` stands between",
                excerpt(facts.source(node))
            )));
        }
    }
    if ast.kind(node).is_statement() && !ast.span(node).has_own_lines(facts.text()) {
        return Some(form("it shares its line with other statements"));
    }
    ast.subtree(node).find_map(|id| match ast.kind(id) {
        Kind::Return | Kind::Break | Kind::Continue | Kind::Finally => {
            Some(decides("the function may be left in between"))
        }
        Kind::FunctionDef | Kind::ClassDef | Kind::Import | Kind::ImportFrom | Kind::With => {
            Some(form("a definition stands between"))
        }
        Kind::Identifier
            if matches!(facts.source(id), "super" | "locals" | "vars" | "globals")
                && ast.field(id) == Some(Field::Function) =>
        {
            Some(form(format!(
                "`{}` means something else in another function",
                facts.source(id)
            )))
        }
        _ => None,
    })
}
