//! Class-based views whose hooks or handlers wait for slow services, where no timeline shows them: generic views with a
//! request in `get_context_data`, views of Django REST framework.

use unblocked_analyzer::{Analysis, Base, ClassRef, FunctionRef};
use unblocked_django::BaseKind;
use unblocked_rewriter::{FunctionKind, WaitForm};
use unblocked_syntax::Field;

use super::{Effort, Recommendation, Serving, ViewAssessment, ViewWait, judge};
use crate::answers::{Answers, usual_latency};
use crate::data::Place;

/// Assesses classes that `known` has nothing of.
pub(super) fn views(
    analysis: &Analysis<'_>,
    known: &[ViewAssessment],
    answers: &Answers,
    serving: Serving,
) -> Vec<ViewAssessment> {
    let mut found = Vec::new();
    for (file, facts) in analysis.world.files.iter().enumerate() {
        for (index, class) in facts.classes.iter().enumerate() {
            let reference = ClassRef { file, index };
            let is_shown = known.iter().any(|view| {
                view.file == facts.path
                    && view
                        .name
                        .rsplit_once('.')
                        .is_some_and(|(of, _)| of == class.qualname)
            });
            if is_shown {
                continue;
            }
            let is_rest = analysis
                .world
                .ancestors(reference)
                .iter()
                .any(|base| matches!(base, Base::External(path) if is_rest_view(path)));
            let is_generic = analysis.world.base_kinds(reference).any(|kind| {
                matches!(
                    kind,
                    BaseKind::GenericView(_) | BaseKind::View | BaseKind::AuthView
                )
            });
            if !is_rest && !is_generic {
                continue;
            }
            let (waits, hooks) = waits(analysis, file, class.methods.values().copied(), answers);
            let total: f64 = waits.iter().map(|wait| wait.duration).sum();
            if judge::slow_time(&waits) <= 0.0 {
                continue;
            }
            let id = format!("{}:{}", facts.path, class.qualname);
            let name = facts
                .ast()
                .child(class.node, Field::Name)
                .unwrap_or(class.node);
            let span = facts.ast().span(name);
            let (recommendation, reason) = if is_rest {
                (
                    Recommendation::StaySync,
                    format!(
                        "It waits for {}, but Django REST framework's views are synchronous in every version: leave it, make the slow part a plain Django view, or move it to adrf, which has async views.",
                        judge::slow_words(&waits)
                    ),
                )
            } else {
                (
                    Recommendation::Later,
                    format!(
                        "It waits for {} in {}, which Django calls synchronously in every version. To gain, fetch in an async handler, then delegate: `return await sync_to_async(super().get)(request, *args, **kwargs)`.",
                        judge::slow_words(&waits),
                        hooks.join(" and ")
                    ),
                )
            };
            let capacity_before = serving.today(false, &waits, total);
            found.push(ViewAssessment {
                is_chosen: answers.views.contains(&id),
                id,
                file: facts.path.clone(),
                name: class.qualname.clone(),
                kind: FunctionKind::Handler,
                place: Place::new(&facts.path, facts.text(), span.into()),
                routes: Vec::new(),
                recommendation,
                order: None,
                reason,
                because: None,
                effort: if is_rest { Effort::None } else { Effort::Much },
                work: if is_rest {
                    "nothing changes"
                } else {
                    "a handler is to be written by hand"
                }
                .to_owned(),
                waits,
                before: total,
                after: total,
                overlapped: total,
                capacity_before,
                capacity_after: None,
                in_turn: Vec::new(),
                is_cut: false,
            });
        }
    }
    found
}

/// True for a view of Django REST framework, and what views of it are mixed of. Serializers, permissions and the like answer
/// no requests.
fn is_rest_view(path: &str) -> bool {
    let mut parts = path.split('.');
    parts
        .next()
        .is_some_and(|package| package.starts_with("rest_framework"))
        && parts
            .next()
            .is_some_and(|module| matches!(module, "generics" | "mixins" | "views" | "viewsets"))
}

/// What the methods of a class wait for themselves or by a helper that they call, and which of them do.
fn waits(
    analysis: &Analysis<'_>,
    file: usize,
    methods: impl Iterator<Item = usize>,
    answers: &Answers,
) -> (Vec<ViewWait>, Vec<String>) {
    let mut waits: Vec<ViewWait> = Vec::new();
    let mut hooks = Vec::new();
    let mut start = 0.0;
    for method in methods {
        let before = waits.len();
        let reference = FunctionRef {
            file,
            index: method,
        };
        let helpers = analysis.files.get(file).into_iter().flat_map(|found| {
            found
                .calls
                .iter()
                .filter(move |call| call.function == Some(method))
                .map(|call| call.callee)
        });
        for function in std::iter::once(reference).chain(helpers) {
            let (Some(facts), Some(found)) = (
                analysis.world.file(function.file),
                analysis.files.get(function.file),
            ) else {
                continue;
            };
            let sites = found.sites.iter().filter(|site| {
                site.function == Some(function.index)
                    && judge::is_external(site.effect)
                    && !site.kind.is_half_async()
            });
            for site in sites {
                let place = Place::new(
                    &facts.path,
                    facts.text(),
                    facts.ast().span(site.node).into(),
                );
                let id = format!("{}:{}:{}", place.file, place.line, place.label);
                let known = answers.latencies.get(&id);
                let known = known.or_else(|| answers.latencies.get(site.effect.as_str()));
                let duration = known.copied().unwrap_or_else(|| usual_latency(site.effect));
                let span = (start, start + duration);
                start += duration;
                waits.push(ViewWait {
                    id,
                    effect: site.effect,
                    label: place.label.split('(').next().unwrap_or_default().to_owned(),
                    place,
                    chain: Vec::new(),
                    in_loop: false,
                    is_conditional: false,
                    is_counted: true,
                    is_certain: true,
                    form: WaitForm::Left,
                    duration,
                    times: 1,
                    before: span,
                    after: span,
                    overlapped: span,
                });
            }
        }
        if waits.len() > before
            && let Some(function) = analysis.world.function(reference)
        {
            hooks.push(format!("`{}`", function.name));
        }
    }
    (waits, hooks)
}
