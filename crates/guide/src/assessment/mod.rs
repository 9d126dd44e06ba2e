//! What moving to async would bring, view by view: honest in both directions.

mod hooks;
mod judge;
mod model;
mod time;

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use unblocked_analyzer::Analysis;
use unblocked_django::Effect;
use unblocked_rewriter::{Because, FunctionKind, InTurn, Report, Timeline, WaitForm};

use crate::answers::Answers;
use crate::data::Place;
use crate::handlers;
use crate::project::routes::Routes;

pub(crate) use model::{CONNECTIONS, Serving, USUAL_SLOTS, USUAL_TRAFFIC};
pub(crate) use time::USUAL_ROUNDS;

/// What the views at hand come to.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Assessment {
    /// The result in one sentence.
    pub summary: String,
    /// The views, in the order in which to look at them.
    pub views: Vec<ViewAssessment>,
    /// How requests per worker are reckoned.
    pub model: Model,
}

impl Assessment {
    /// True when some view is async, or should be: without one, nothing is gained by serving ASGI.
    pub(crate) fn needs_asgi(&self) -> bool {
        self.views
            .iter()
            .any(|view| view.is_chosen || !matches!(view.recommendation, Recommendation::StaySync))
    }

    /// The places of the assessment.
    pub(crate) fn places_mut(&mut self) -> impl Iterator<Item = &mut Place> {
        self.views.iter_mut().flat_map(|view| {
            std::iter::once(&mut view.place).chain(
                view.waits
                    .iter_mut()
                    .flat_map(|wait| std::iter::once(&mut wait.place).chain(&mut wait.chain)),
            )
        })
    }
}

/// A simple model, stated so that nobody takes it for a promise.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Model {
    /// Its formulas, one a line.
    pub formulas: Vec<String>,
    /// What it takes for granted.
    pub assumptions: Vec<String>,
    /// Requests that are served at the same time today.
    pub slots: u32,
    /// The processes that they are in.
    pub processes: u32,
    /// Requests per second at the busiest time.
    pub traffic: f64,
}

/// What is recommended for a view.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Recommendation {
    /// It is async and blocks the event loop: first of all.
    Fix,
    /// Moving it pays.
    Migrate,
    /// Moving it pays a little: when it is touched anyway.
    Later,
    /// It would pay, but something is in the way.
    Blocked,
    /// Leave it synchronous.
    StaySync,
    /// It is async already.
    Done,
}

impl Recommendation {
    /// The recommendation in words.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Fix => "fix first",
            Self::Migrate => "migrate",
            Self::Later => "when touched",
            Self::Blocked => "blocked",
            Self::StaySync => "stay sync",
            Self::Done => "async already",
        }
    }
}

/// How much work a view is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Effort {
    /// Nothing.
    None,
    /// The changes are made, and all of them are safe.
    Small,
    /// Some changes rest on an assumption, or parts stay in threads.
    Some,
    /// Something is left to do by hand.
    Much,
}

impl Effort {
    /// The effort in words.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Small => "small",
            Self::Some => "some",
            Self::Much => "by hand",
        }
    }
}

/// A view, and what moving it would bring.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ViewAssessment {
    /// Its name, for answers and links: `shop/views.py:detail`.
    pub id: String,
    /// Its file.
    pub file: String,
    /// Its qualified name.
    pub name: String,
    /// The addresses that lead to it, as far as `urlpatterns` at hand say.
    pub routes: Vec<String>,
    /// A function view or a handler.
    pub kind: FunctionKind,
    /// Where it is.
    pub place: Place,
    /// What is recommended.
    pub recommendation: Recommendation,
    /// Its place among those to migrate, from one.
    pub order: Option<usize>,
    /// True when the reader chose it.
    pub is_chosen: bool,
    /// Whether moving it pays, and why.
    pub reason: String,
    /// Of a view that would pay and can't be moved: what stands against it, by name.
    #[serde(default)]
    pub because: Option<Because>,
    /// How hard it is.
    pub effort: Effort,
    /// What stays in threads, what is to review, what blocks it.
    pub work: String,
    /// What it waits for.
    pub waits: Vec<ViewWait>,
    /// Why of these one begins when another has ended, once it is async; what they count are `waits`.
    #[serde(default)]
    pub in_turn: Vec<InTurn>,
    /// Milliseconds of a request, as it is.
    pub before: f64,
    /// Milliseconds of a request when it is async.
    pub after: f64,
    /// The same, with everything overlapping that may.
    pub overlapped: f64,
    /// Requests per second that the places of today serve.
    pub capacity_before: f64,
    /// Requests per second that as many async processes serve, by the model; `None` for a view that stays as it is.
    pub capacity_after: Option<f64>,
    /// There are more waits than are listed.
    pub is_cut: bool,
}

impl ViewAssessment {
    /// True when it is to be migrated or mended: its times and its capacity after are worth showing.
    #[must_use]
    pub fn changes(&self) -> bool {
        self.capacity_after.is_some()
    }

    /// Its time as it is, and when it is async with everything overlapping that may: `600 → 300 ms`.
    #[must_use]
    pub fn times(&self) -> String {
        if self.changes() {
            format!("{:.0} → {:.0} ms", self.before, self.overlapped)
        } else {
            format!("{:.0} ms", self.before)
        }
    }

    /// The addresses that lead to it, the first few of them: `/products/<int:pk>/`.
    #[must_use]
    pub fn shown_routes(&self) -> String {
        let shown: Vec<&str> = self.routes.iter().take(3).map(String::as_str).collect();
        match self.routes.len() {
            0..=3 => shown.join(", "),
            more => format!("{} and {} more", shown.join(", "), more - 3),
        }
    }

    /// Requests per second by the model, in a sentence.
    #[must_use]
    pub fn capacity(&self) -> String {
        let today = format!(
            "By the model below: {} requests a second today",
            number(self.capacity_before)
        );
        match (self.capacity_after, self.recommendation) {
            (Some(after), _) => {
                format!("{today}, {} with as many async processes.", number(after))
            }
            (None, Recommendation::StaySync) => {
                format!("{today}; staying synchronous keeps that.")
            }
            (None, Recommendation::Done) => format!("{today}, as it is async already."),
            (None, _) => format!("{today}; the migration alone does not change that."),
        }
    }
}

/// Whole numbers, but for those that would be nought.
fn number(value: f64) -> String {
    if value < 10.0 {
        format!("{value:.1}")
    } else {
        format!("{value:.0}")
    }
}

/// One thing that a view waits for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ViewWait {
    /// Its name, for its latency: `shop/views.py:12:requests.get`.
    pub id: String,
    /// What it waits for.
    pub effect: Effect,
    /// What is called.
    pub label: String,
    /// Where.
    pub place: Place,
    /// The calls that lead there, from the view on; empty when it stands in the view itself.
    pub chain: Vec<Place>,
    /// In a loop.
    pub in_loop: bool,
    /// It depends on a condition.
    pub is_conditional: bool,
    /// The time counts it: of branches that exclude each other, one does.
    pub is_counted: bool,
    /// Whether it waits for certain.
    pub is_certain: bool,
    /// What becomes of it.
    pub form: WaitForm,
    /// Milliseconds that it takes once.
    pub duration: f64,
    /// How often it is done.
    pub times: u32,
    /// Begin and end in milliseconds, as it is.
    pub before: (f64, f64),
    /// The same when the view is async.
    pub after: (f64, f64),
    /// The same with everything overlapping that may.
    pub overlapped: (f64, f64),
}

/// The other handlers of a view's class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Company {
    /// It has none, or they ask nothing of it.
    Free,
    /// They are of another kind than it is: the class does not work.
    Mixed,
    /// They become async.
    Moving,
}

/// The file and the name of a handler's class.
fn class_of(timeline: &Timeline) -> Option<(String, String)> {
    if timeline.kind != FunctionKind::Handler {
        return None;
    }
    let (class, _) = timeline.view.as_deref()?.rsplit_once('.')?;
    Some((timeline.path.clone(), class.to_owned()))
}

/// Assesses the views of `report`. `overlapped` is the report with everything concurrent that may be.
pub(crate) fn assess(
    analysis: &Analysis<'_>,
    report: &Report,
    overlapped: &Report,
    answers: &Answers,
    serving: Serving,
    routes: &Routes,
) -> Assessment {
    let judge = judge::Judge {
        report,
        answers,
        serving,
    };
    let other_of = |timeline: &Timeline| {
        overlapped
            .timelines
            .iter()
            .find(|other| other.path == timeline.path && other.view == timeline.view)
    };
    let mixed: HashSet<(String, String)> = handlers::mixed(analysis)
        .into_iter()
        .filter_map(|class| {
            let facts = analysis.world.file(class.file)?;
            let qualname = &facts.classes.get(class.index)?.qualname;
            Some((facts.path.clone(), qualname.clone()))
        })
        .collect();
    let mut views: Vec<ViewAssessment> = report
        .timelines
        .iter()
        .map(|timeline| {
            let company = match class_of(timeline) {
                Some(class) if mixed.contains(&class) => Company::Mixed,
                _ => Company::Free,
            };
            let other = other_of(timeline).unwrap_or(timeline);
            judge.view(timeline, other, company)
        })
        .collect();
    // Handlers move with their class.
    let moving: HashSet<(String, String)> = report
        .timelines
        .iter()
        .zip(&views)
        .filter(|(_, view)| {
            matches!(
                view.recommendation,
                Recommendation::Migrate | Recommendation::Later
            )
        })
        .filter_map(|(timeline, _)| class_of(timeline))
        .collect();
    for (timeline, view) in report.timelines.iter().zip(&mut views) {
        let moves = class_of(timeline).is_some_and(|class| moving.contains(&class));
        if moves && view.recommendation == Recommendation::StaySync {
            let other = other_of(timeline).unwrap_or(timeline);
            *view = judge.view(timeline, other, Company::Moving);
        }
    }
    let more = hooks::views(analysis, &views, answers, serving);
    views.extend(more);
    views.sort_by(|a, b| {
        let gain = |view: &ViewAssessment| judge::slow_time(&view.waits);
        (a.recommendation, a.effort)
            .cmp(&(b.recommendation, b.effort))
            .then(gain(b).total_cmp(&gain(a)))
            .then_with(|| (&a.file, a.place.line).cmp(&(&b.file, b.place.line)))
    });
    let mut next = 0;
    for view in &mut views {
        view.routes = routes.of(&view.file, &view.name);
        let counts = matches!(
            view.recommendation,
            Recommendation::Fix | Recommendation::Migrate | Recommendation::Later
        );
        if counts || view.is_chosen {
            next += 1;
            view.order = Some(next);
        }
    }
    Assessment {
        summary: judge::summary(&views),
        views,
        model: model::model(answers, serving),
    }
}
