//! Writes loops whose turns pass at the same time.

use unblocked_analyzer::Evidence;
use unblocked_syntax::{Field, NodeId, Span};

use super::loops::AT_ONCE;
use super::reason::{Reason, form};
use super::together::GATHER;
use super::{NAME, Used, emit};
use crate::draft::Draft;
use crate::rewrites::{Enclosure, Extent, Piece, Template, template};

const HELP: &str = "up to 10 of them wait at the same time, in a semaphore, and the results keep their order; queries among it run one after another; right if they may be made in any order, and also when another of them fails; the first failure is raised as it is";

/// A loop, as it is to be written.
pub(super) enum Turns<'a> {
    Statement(Collected<'a>),
    Comprehension(Made<'a>),
}

/// What a loop collects its results in.
#[derive(Clone, Copy)]
pub(super) enum Collects {
    /// `results.append(value)`: the call, and the value.
    List(NodeId, NodeId),
    /// `results[key] = value`: the assignment, key and value.
    Dictionary(NodeId, NodeId, NodeId),
}

/// A `for` statement that collects its turns' results.
pub(super) struct Collected<'a> {
    /// What its target binds.
    pub(super) names: Vec<&'a str>,
    /// The variable that it collects in.
    pub(super) results: &'a str,
    pub(super) collects: Collects,
    /// What collects a turn's result.
    pub(super) place: NodeId,
    /// It is an `async for`.
    pub(super) is_async: bool,
}

/// A comprehension.
pub(super) struct Made<'a> {
    pub(super) names: Vec<&'a str>,
    pub(super) statement: NodeId,
    /// The clause that says over what it runs.
    pub(super) first: NodeId,
    /// The builtin that makes it of a list of its turns' results.
    pub(super) maker: &'static str,
    /// What a turn returns.
    pub(super) returned: Template,
}

impl Turns<'_> {
    /// Writes it, unless that was decided against.
    pub(super) fn write(
        self,
        draft: &mut Draft<'_>,
        used: &mut Used,
        node: NodeId,
    ) -> Result<(), Option<Reason>> {
        if !asked_for(draft, node) {
            return Err(None);
        }
        let asyncio = draft
            .need_module("asyncio")
            .map_err(|cannot| Some(form(cannot.reason)))?;
        match self {
            Self::Statement(collected) => collected.write(draft, used, node, &asyncio),
            Self::Comprehension(made) => made.write(draft, used, node, &asyncio),
        }
        Ok(())
    }
}

fn asked_for(draft: &mut Draft<'_>, node: NodeId) -> bool {
    let message = "the turns of this loop do not need each other, and wait one after another";
    if draft.against(NAME, node, true).is_some() {
        draft.unchanged(NAME, node, Evidence::Evident, message, HELP, GATHER);
        return false;
    }
    true
}

fn finding(draft: &mut Draft<'_>, node: NodeId) -> usize {
    let message = "the turns of this loop do not need each other, and wait one after another";
    emit::note(draft, node, message.to_owned(), HELP.to_owned(), GATHER)
}

impl Collected<'_> {
    fn write(self, draft: &mut Draft<'_>, used: &mut Used, node: NodeId, asyncio: &str) {
        let ast = draft.ast();
        let (Some(target), Some(iterable), Some(block)) = (
            ast.child(node, Field::Left),
            ast.child(node, Field::Right),
            ast.child(node, Field::Body),
        ) else {
            return;
        };
        let (Some(first), Some(leading)) = (ast.children(block).next(), self.names.first()) else {
            return;
        };
        let unit = crate::indent::indent_unit(ast, draft.facts.text());
        let limit = used.free(draft, "limit");
        let name = used.free(draft, &format!("fetch_{}", leading.trim_start_matches('_')));
        let parameters = self.names.join(", ");
        let (returned, method) = match self.collects {
            Collects::List(_, value) => (template!["return ", value], "extend"),
            Collects::Dictionary(_, key, value) => {
                (template!["return ", key, ", ", value], "update")
            }
        };
        draft.rewrites.replace(self.place, returned);
        let for_ = if self.is_async { "async for" } else { "for" };
        let number = finding(draft, node);
        let results = self.results;
        draft.rewrites.enclose(Enclosure {
            first: node,
            last: node,
            header: vec![
                Piece::Text(format!(
                    "{limit} = {asyncio}.Semaphore({AT_ONCE})\n\nasync def {name}({parameters}):\n{unit}async with {limit}:"
                )),
                Piece::Block {
                    span: ast.span(block),
                    base: first,
                    after: None,
                },
                Piece::Text(format!(
                    "\n\n{results}.{method}(await {asyncio}.gather(*[{name}({parameters}) {for_} {} in ",
                    draft.text(target)
                )),
                Piece::Node(iterable),
                Piece::from("]))"),
            ],
            extent: Extent::All,
            footer: None,
            is_set_off: false,
            finding: Some(number),
        });
    }
}

impl Made<'_> {
    fn write(self, draft: &mut Draft<'_>, used: &mut Used, node: NodeId, asyncio: &str) {
        let ast = draft.ast();
        let Some(leading) = self.names.first() else {
            return;
        };
        let unit = crate::indent::indent_unit(ast, draft.facts.text());
        let limit = used.free(draft, "limit");
        let name = used.free(draft, &format!("fetch_{}", leading.trim_start_matches('_')));
        let parameters = self.names.join(", ");
        let mut turns = template![format!(
            "{limit} = {asyncio}.Semaphore({AT_ONCE})\n\nasync def {name}({parameters}):\n{unit}async with {limit}:\n{unit}{unit}return "
        )];
        turns.extend(self.returned);
        turns.push("\n".into());
        draft.rewrites.line_before(self.statement, turns);
        let (open, close) = match (self.maker, draft.needs_parentheses(node)) {
            ("", true) => ("(".to_owned(), ")"),
            ("", false) => (String::new(), ""),
            (maker, _) => (format!("{maker}("), ")"),
        };
        let rest = Span::new(
            ast.span(self.first).start,
            ast.span(node).end.saturating_sub(1),
        );
        draft.rewrites.replace(
            node,
            template![
                format!("{open}await {asyncio}.gather(*[{name}({parameters}) "),
                rest,
                format!("]){close}")
            ],
        );
        let number = finding(draft, node);
        draft.rewrites.outcome(node, number);
    }
}
