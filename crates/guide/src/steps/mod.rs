//! The eight steps, one file each.

mod assessment;
mod deployment;
mod middleware;
mod prerequisites;
mod rewriting;
mod testing;

use std::collections::BTreeMap;

use unblocked_rewriter::{Applicability, RuleInfo, rules};

use crate::assessment::Assessment;
use crate::context::Context;
use crate::data::{Block, Claim, GuideFile, Place, Server, State, Step};

/// Names and titles of the steps, in their order.
pub(crate) const STEPS: [(&str, &str); 8] = [
    ("assessment", "Assessment"),
    ("prerequisites", "Prerequisites"),
    ("views", "View Migration Patterns"),
    ("orm", "ORM Migration Guide"),
    ("middleware", "Middleware Migration"),
    ("patterns", "Common Migration Patterns"),
    ("testing", "Testing Async Views"),
    ("deployment", "Deployment"),
];

/// What the steps are made from.
pub(crate) struct Parts<'p, 'a> {
    pub(crate) context: &'p Context<'a>,
    pub(crate) assessment: &'p Assessment,
    pub(crate) files: &'p [GuideFile],
    pub(crate) claims: &'p [Claim],
    /// Some view is async, or should be, or ASGI is served already.
    pub(crate) needs_asgi: bool,
    rules: Vec<RuleInfo>,
}

impl<'p, 'a> Parts<'p, 'a> {
    pub(crate) fn new(
        context: &'p Context<'a>,
        assessment: &'p Assessment,
        files: &'p [GuideFile],
        claims: &'p [Claim],
    ) -> Self {
        Self {
            context,
            assessment,
            files,
            claims,
            needs_asgi: needs_asgi(context, assessment),
            rules: rules(),
        }
    }

    /// What is said of Django: with the version since when it is so (`""`: in all that are supported), and its documentation.
    fn said(&self, text: &str, since: &str, docs: &str) -> Block {
        Block::Text(self.context.said(text, since, docs))
    }

    /// What the original guide says in a step, and what holds.
    fn claims_of(&self, step: &str) -> impl Iterator<Item = Block> {
        self.claims
            .iter()
            .filter(move |claim| claim.part == step)
            .map(|claim| Block::Claim(claim.id.clone()))
    }

    /// The files of a step.
    fn files_of(&self, step: &str) -> impl Iterator<Item = Block> {
        self.files
            .iter()
            .filter(move |file| file.step == step)
            .map(|file| Block::File(file.path.clone()))
    }

    /// The rules of a step that apply to the code at hand, with their places; how many of those are left to do by hand.
    fn rules_of(&self, step: &str) -> (Vec<Block>, usize, usize) {
        let mut places: BTreeMap<&str, Vec<Place>> = BTreeMap::new();
        let mut open = 0;
        for (file, finding) in self.context.findings() {
            if finding.rule == "plan/view" || step_of(&finding.rule) != step {
                continue;
            }
            open += usize::from(finding.applicability == Applicability::Manual);
            let place = self.context.place(file, finding);
            places.entry(&finding.rule).or_default().push(place);
        }
        let count = places.values().map(Vec::len).sum();
        let blocks = places
            .into_iter()
            .map(|(rule, places)| Block::Rule {
                rule: rule.to_owned(),
                summary: self
                    .rules
                    .iter()
                    .find(|info| info.name == rule)
                    .map(|info| info.summary.clone())
                    .unwrap_or_default(),
                places,
            })
            .collect();
        (blocks, count, open)
    }
}

/// True when ASGI is served, or would bring something.
pub(crate) fn needs_asgi(context: &Context<'_>, assessment: &Assessment) -> bool {
    assessment.needs_asgi() || context.server.is_some_and(Server::is_asgi)
}

/// The step that a rule belongs to.
pub(crate) fn step_of(rule: &str) -> &'static str {
    match rule {
        "async/middleware-class" => return "middleware",
        "async/no-such-setting" => return "prerequisites",
        _ => {}
    }
    match rule.split('/').next().unwrap_or_default() {
        "orm" | "database" => "orm",
        "middleware" => "middleware",
        "http" | "blocking" | "cache" | "signals" | "tasks" | "io" | "concurrent"
        | "concurrency" => "patterns",
        "tests" | "testing" => "testing",
        "settings" => "prerequisites",
        _ => "views",
    }
}

/// The steps.
pub(crate) fn steps(parts: &Parts<'_, '_>) -> Vec<Step> {
    vec![
        assessment::step(parts),
        prerequisites::step(parts),
        rewriting::views(parts),
        rewriting::orm(parts),
        middleware::step(parts),
        rewriting::patterns(parts),
        testing::step(parts),
        deployment::step(parts),
    ]
}

/// A step of [`STEPS`], by its name.
fn made(id: &str, summary: String, state: State, count: usize, blocks: Vec<Block>) -> Step {
    let (number, title) = STEPS
        .iter()
        .zip(1..)
        .find(|((name, _), _)| *name == id)
        .map_or((0, ""), |((_, title), number)| (number, *title));
    Step {
        id: id.to_owned(),
        number,
        title: title.to_owned(),
        summary,
        state,
        count,
        blocks,
    }
}

/// `1 place`, `2 places`.
pub(crate) fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}
