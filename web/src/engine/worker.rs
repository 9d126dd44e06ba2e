//! The worker's end: takes requests as they come, migrates when none is left to take, answers what is new.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use gloo_timers::callback::Timeout;
use unblocked_guide::Answers;
use unblocked_rewriter::{FileReport, Options, Report};
use unblocked_wasm::{Progress as Step, Session};
use wasm_bindgen::prelude::*;
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent};

use super::check::Check;
use super::protocol::{Answer, GuideAnswer, Order, Progress, Request, Stage};
use crate::state::FileAnswer;

/// What the page was last told of a file.
struct Told {
    revision: u32,
    report: FileReport,
}

/// Migrates and makes the guide, as the message of the answers' revision.
type MakeGuide = fn(&Session, &Options, &Answers, u32) -> (Report, String);

/// The engine and what the page knows of it.
#[derive(Default)]
pub(crate) struct Worker {
    session: Session,
    options: Options,
    options_revision: u32,
    number: u32,
    /// What only one of the two engines can do. Never named by the other, so that its module carries none of it.
    make_guide: Option<MakeGuide>,
    /// The answers that the guide is made with, and their revision.
    answers: Option<Box<Answers>>,
    answers_revision: u32,
    check: Check,
    revisions: BTreeMap<String, u32>,
    told: BTreeMap<String, Told>,
}

impl Worker {
    /// Takes one request; returns what can be answered without a migration. Cheap: a burst of keystrokes is taken
    /// whole before [`Self::migrate`] runs once for all of them.
    pub(crate) fn take(&mut self, request: Request) -> Option<Answer> {
        self.number = request.number;
        match request.order {
            Order::Set {
                path,
                text,
                revision,
            } => {
                self.session.set_file(&path, &text);
                self.revisions.insert(path, revision);
            }
            Order::Edit {
                path,
                changes,
                revision,
            } => {
                // From the last to the first, so that the places of the others stay.
                let fits = changes.iter().rev().all(|change| {
                    self.session
                        .edit_file(&path, change.from, change.to, &change.insert)
                });
                if !fits {
                    return Some(Answer::Lost { path });
                }
                self.revisions.insert(path, revision);
            }
            Order::Remove { path } => {
                self.session.remove_file(&path);
                self.check.remove(&path);
                self.revisions.remove(&path);
                self.told.remove(&path);
            }
            Order::Options { options, revision } => {
                self.options = options;
                self.options_revision = revision;
                // The page drops what it was told for other options.
                self.told.clear();
            }
            Order::Meaning {
                question,
                path,
                offset,
            } => {
                let meaning = self.session.meaning(&path, offset);
                return Some(Answer::Meaning { question, meaning });
            }
            Order::Check { path, text } => self.check.take(path, text, request.number),
            Order::Guide { answers, revision } => {
                self.answers = answers;
                self.answers_revision = revision;
            }
        }
        None
    }

    /// Migrates, and gives each answer that the page does not have yet to `tell`. Returns the guide's message, when the
    /// guide is wanted.
    pub(crate) fn migrate(&mut self, mut tell: impl FnMut(Answer)) -> Option<String> {
        let (report, guide) = match (self.make_guide, &self.answers) {
            (Some(make), Some(answers)) => {
                let (report, guide) =
                    make(&self.session, &self.options, answers, self.answers_revision);
                (report, Some(guide))
            }
            _ => (self.session.migrate(&self.options), None),
        };
        self.check.run(&report, &self.options, &mut tell);
        for report in report.files {
            let revision = self
                .revisions
                .get(&report.path)
                .copied()
                .unwrap_or_default();
            // An answer for an older text may have been dropped, so it is only the same for the same text.
            if self
                .told
                .get(&report.path)
                .is_some_and(|told| told.revision == revision && told.report == report)
            {
                continue;
            }
            tell(Answer::File {
                options: self.options_revision,
                file: FileAnswer {
                    revision,
                    report: report.clone(),
                },
            });
            self.told
                .insert(report.path.clone(), Told { revision, report });
        }
        tell(Answer::Done {
            number: self.number,
            options: self.options_revision,
            stale: report.stale,
        });
        guide
    }
}

/// Milliseconds between two words on how far a migration has come; what takes less says nothing.
const BEAT: f64 = 120.0;

/// A step of the engine's, as the page is told of it.
fn progress(step: Step) -> Progress {
    let (stage, done, all) = match step {
        Step::Inferred { round, done, all } => (Stage::Inferred(round), done, all),
        Step::Planning => (Stage::Planning, 0, 0),
        Step::Written { done, all } => (Stage::Written, done, all),
    };
    Progress { stage, done, all }
}

fn make_guide(
    session: &Session,
    options: &Options,
    answers: &Answers,
    revision: u32,
) -> (Report, String) {
    let (report, guide) = session.migrate_and_guide(options, answers);
    let message = serde_json::to_string(&GuideAnswer::Guide { revision, guide });
    (report, message.unwrap_or_default())
}

fn post_text(scope: &DedicatedWorkerGlobalScope, text: &str) {
    // Refused only where memory has run out; the page then replaces this worker in time.
    let _ = scope.post_message(&JsValue::from_str(text));
}

fn post(scope: &DedicatedWorkerGlobalScope, answer: &Answer) {
    if let Ok(text) = serde_json::to_string(answer) {
        post_text(scope, &text);
    }
}

/// Takes over the worker that this is called in, for an engine without the guide.
pub fn start() {
    run(Worker::default());
}

/// Takes over the worker that this is called in, for an engine with the guide.
pub fn start_with_guide() {
    run(Worker {
        make_guide: Some(make_guide),
        ..Worker::default()
    });
}

fn run(mut worker: Worker) {
    let scope: DedicatedWorkerGlobalScope = js_sys::global().unchecked_into();
    // When the page was last told something; as if that were still to come, while nothing is migrated.
    let told = Rc::new(Cell::new(f64::INFINITY));
    {
        let (scope, told) = (scope.clone(), Rc::clone(&told));
        worker.session.watch(move |step| {
            let now = js_sys::Date::now();
            // What is planned at one go is said at once.
            if now - told.get() > BEAT || (step == Step::Planning && now - told.get() > BEAT / 4.0)
            {
                told.set(now);
                post(&scope, &Answer::Progress(progress(step)));
            }
        });
    }
    let worker = Rc::new(RefCell::new(worker));
    let due = Rc::new(Cell::new(false));
    let on_message = {
        let scope = scope.clone();
        Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            let Some(request) = event
                .data()
                .as_string()
                .and_then(|text| serde_json::from_str::<Request>(&text).ok())
            else {
                return;
            };
            let more = request.more;
            let asks = matches!(request.order, Order::Meaning { .. });
            if let Some(answer) = worker.borrow_mut().take(request) {
                post(&scope, &answer);
            }
            if asks {
                return;
            }
            if more {
                let done = worker.borrow().revisions.len();
                let (stage, all) = (Stage::Read, 0);
                post(&scope, &Answer::Progress(Progress { stage, done, all }));
                return;
            }
            told.set(js_sys::Date::now());
            // A task of its own, behind the messages that have come already.
            if !due.replace(true) {
                let (scope, worker, due) = (scope.clone(), Rc::clone(&worker), Rc::clone(&due));
                let told = Rc::clone(&told);
                Timeout::new(0, move || {
                    due.set(false);
                    let guide = worker.borrow_mut().migrate(|answer| post(&scope, &answer));
                    told.set(f64::INFINITY);
                    if let Some(guide) = guide {
                        post_text(&scope, &guide);
                    }
                })
                .forget();
            }
        })
    };
    scope.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    on_message.forget();
    post(&scope, &Answer::Ready);
}

#[cfg(test)]
mod tests {
    use unblocked_wasm::Session;

    use super::*;
    use crate::state::text::Change;

    fn request(number: u32, order: Order) -> Request {
        Request {
            number,
            order,
            more: false,
        }
    }

    fn set(path: &str, text: &str, revision: u32) -> Order {
        Order::Set {
            path: path.to_owned(),
            text: text.to_owned(),
            revision,
        }
    }

    fn answers(worker: &mut Worker) -> Vec<Answer> {
        let mut answers = Vec::new();
        worker.migrate(|answer| answers.push(answer));
        answers
    }

    fn paths(answers: &[Answer]) -> Vec<(&str, u32)> {
        answers
            .iter()
            .filter_map(|answer| match answer {
                Answer::File { file, .. } => Some((&*file.report.path, file.revision)),
                _ => None,
            })
            .collect()
    }

    #[test]
    fn a_burst_of_requests_is_answered_once_and_names_the_last() {
        let mut worker = Worker::default();
        worker.take(request(1, set("a.py", "x = 1\n", 0)));
        worker.take(request(2, set("b.py", "y = 1\n", 4)));
        let answers = answers(&mut worker);
        assert_eq!(paths(&answers), [("a.py", 0), ("b.py", 4)]);
        assert_eq!(
            answers.last(),
            Some(&Answer::Done {
                number: 2,
                options: 0,
                stale: Vec::new(),
            })
        );
    }

    #[test]
    fn what_the_page_has_is_not_sent_again() {
        let mut worker = Worker::default();
        worker.take(request(1, set("a.py", "x = 1\n", 0)));
        worker.take(request(2, set("b.py", "y = 1\n", 0)));
        answers(&mut worker);
        let change = Change {
            from: 0,
            to: 1,
            insert: "z".to_owned(),
        };
        worker.take(request(
            3,
            Order::Edit {
                path: "b.py".to_owned(),
                changes: vec![change],
                revision: 1,
            },
        ));
        assert_eq!(paths(&answers(&mut worker)), [("b.py", 1)]);
    }

    #[test]
    fn other_options_answer_everything_anew() {
        let mut worker = Worker::default();
        worker.take(request(1, set("a.py", "x = 1\n", 0)));
        answers(&mut worker);
        worker.take(request(
            2,
            Order::Options {
                options: Options::for_paste(),
                revision: 7,
            },
        ));
        let answers = answers(&mut worker);
        assert_eq!(paths(&answers), [("a.py", 0)]);
        assert_eq!(
            answers.last(),
            Some(&Answer::Done {
                number: 2,
                options: 7,
                stale: Vec::new(),
            })
        );
    }

    #[test]
    fn changes_of_one_set_count_in_the_text_before_it() {
        let mut worker = Worker::default();
        worker.take(request(1, set("a.py", "one two three", 0)));
        let change = |from, to, insert: &str| Change {
            from,
            to,
            insert: insert.to_owned(),
        };
        let order = Order::Edit {
            path: "a.py".to_owned(),
            changes: vec![change(0, 3, "1"), change(4, 7, "zwei"), change(13, 13, "!")],
            revision: 1,
        };
        assert_eq!(worker.take(request(2, order)), None);
        let session: &Session = &worker.session;
        assert_eq!(session.text("a.py"), Some("1 zwei three!"));
    }

    #[test]
    fn what_readers_make_of_a_text_is_checked_as_async_code() {
        let mut worker = Worker::default();
        let view = "from django.http import HttpResponse\n\nfrom shop.models import Product\n\n\nasync def view(request):\n    product = await Product.objects.acount()\n    return HttpResponse(product)\n\n\ndef other(request):\n    return HttpResponse(Product.objects.count())\n";
        worker.take(request(1, set("views.py", view, 0)));
        let checked = |worker: &mut Worker| -> Option<(u32, Vec<String>)> {
            answers(worker).into_iter().find_map(|answer| match answer {
                Answer::Checked {
                    number, findings, ..
                } => Some((number, findings.into_iter().map(|it| it.rule).collect())),
                _ => None,
            })
        };
        assert_eq!(checked(&mut worker), None);
        let check = |text: Option<String>| Order::Check {
            path: "views.py".to_owned(),
            text,
        };
        worker.take(request(2, check(Some(view.replace("await ", "")))));
        let (number, rules) = checked(&mut worker).unwrap();
        assert_eq!(number, 2);
        assert_eq!(rules, ["async/missing-await"]);
        // The same is not said twice.
        assert_eq!(checked(&mut worker), None);
        worker.take(request(3, check(Some(format!("{view}# mine\n")))));
        assert_eq!(checked(&mut worker), Some((3, Vec::new())));
        worker.take(request(4, check(None)));
        assert_eq!(checked(&mut worker), None);
    }

    #[test]
    fn changes_that_do_not_fit_ask_for_the_whole_text() {
        let mut worker = Worker::default();
        let order = Order::Edit {
            path: "a.py".to_owned(),
            changes: vec![Change {
                from: 5,
                to: 6,
                insert: String::new(),
            }],
            revision: 1,
        };
        assert_eq!(
            worker.take(request(1, order)),
            Some(Answer::Lost {
                path: "a.py".to_owned()
            })
        );
    }
}
