//! Keeps the two editors in step with the state, and the state with them.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use unblocked_rewriter::{
    Applicability, Choice, FileReport, Finding, FindingState, Range, Severity,
};
use wasm_bindgen::prelude::*;
use web_sys::Element;
use yew::prelude::*;

use super::{Dispatch, EngineRef};
use crate::engine::client::Told;
use crate::host::{Diagnostic, Host, Pane, PaneOptions, PaneReport, Place, to_js};
use crate::state::marks::marks;
use crate::state::text::{Change, take_apart};
use crate::state::{Action, File, FileId, Shared, State, Tab, View, is_standing};

/// How many findings the editors draw; the list has them all.
const DRAWN: usize = 3000;

/// What the editors show of a file.
#[derive(Default)]
struct Shown {
    base: Rc<str>,
    replaced: u32,
    merged: u32,
    /// Whether places in the generated text can be found in the after pane's.
    traced: bool,
    /// The text that the after pane is compared with.
    original: Option<Rc<str>>,
    /// The report whose places the after pane shows.
    report_after: Option<Shared<FileReport>>,
    /// What was shown of the user's own text.
    checked: Option<Shared<Vec<Finding>>>,
    report: Option<Shared<FileReport>>,
}

/// What a pane calls to have something done, and to have something told.
type Handlers = (
    Closure<dyn FnMut(u32, String, usize)>,
    Closure<dyn FnMut(u32, usize, js_sys::Function)>,
);

/// Both editors.
pub(crate) struct Panes {
    before: Pane,
    after: Pane,
    shown: BTreeMap<FileId, Shown>,
    active: Option<FileId>,
    revealed: u32,
    dispatch: Dispatch,
    _closures: [Closure<dyn FnMut(u32, JsValue)>; 2],
    _pastes: [Closure<dyn FnMut(u32, String)>; 2],
    _handlers: [Handlers; 2],
}

/// A handle on the editors, there once they are.
pub(crate) type PanesRef = Rc<RefCell<Option<Panes>>>;

impl Panes {
    fn new(
        host: &Host,
        dispatch: &Dispatch,
        engine: &EngineRef,
        before: &Element,
        after: &Element,
    ) -> Self {
        let changed = {
            let dispatch = dispatch.clone();
            Closure::<dyn FnMut(u32, JsValue)>::new(move |file, changes| {
                if let Ok(changes) = serde_wasm_bindgen::from_value::<Vec<Change>>(changes) {
                    dispatch.dispatch(Action::Edited(FileId(file), changes.into()));
                }
            })
        };
        let changed_after = {
            let dispatch = dispatch.clone();
            Closure::<dyn FnMut(u32, JsValue)>::new(move |file, text: JsValue| {
                let text = text.as_string().unwrap_or_default();
                dispatch.dispatch(Action::EditedAfter(FileId(file), text));
            })
        };
        let pasted = {
            let dispatch = dispatch.clone();
            Closure::<dyn FnMut(u32, String)>::new(move |file, raw: String| {
                let (_, origin) = take_apart(&raw);
                dispatch.dispatch(Action::Origin(FileId(file), origin));
            })
        };
        // The after text leaves with the line ends of the text before, whatever was pasted into it.
        let pasted_after = Closure::<dyn FnMut(u32, String)>::new(|_, _| {});
        // The engine knows the text before: what is asked of the text after is asked of the same name there.
        let handlers = |place: fn(&EngineRef, FileId, usize) -> Option<usize>| {
            let acted = {
                let (dispatch, engine) = (dispatch.clone(), engine.clone());
                Closure::<dyn FnMut(u32, String, usize)>::new(move |file, what: String, value| {
                    let file = FileId(file);
                    let value = match &*what {
                        "go" => place(&engine, file, value),
                        _ => Some(value),
                    };
                    act(&dispatch, &engine, file, &what, value);
                })
            };
            let engine = engine.clone();
            let asked = Closure::<dyn FnMut(u32, usize, js_sys::Function)>::new(
                move |file, offset, answer: js_sys::Function| {
                    let tell = move |told: Option<Told>| {
                        let text = serde_json::to_string(&told).unwrap_or_default();
                        // Nobody is left to be told of an error.
                        let _ = answer.call1(&JsValue::NULL, &text.into());
                    };
                    match place(&engine, FileId(file), offset) {
                        Some(offset) => engine.ask(FileId(file), offset, tell),
                        None => tell(None),
                    }
                },
            );
            (acted, asked)
        };
        let on_before = handlers(|_, _, offset| Some(offset));
        let on_after = handlers(EngineRef::place_before);
        let pane = |parent, options: PaneOptions, changed, pasted, (acted, asked): &Handlers| {
            host.create_pane(parent, to_js(&options), changed, pasted, acted, asked)
        };
        Self {
            before: pane(
                before,
                PaneOptions {
                    label: "Before: your synchronous code",
                    description: "editor-keys",
                    placeholder: "Paste a Django view, or drop a file here",
                    changed: "changed-before",
                    changes: true,
                    note: None,
                },
                &changed,
                &pasted,
                &on_before,
            ),
            after: pane(
                after,
                PaneOptions {
                    label: "After: the asynchronous code",
                    description: "editor-keys",
                    placeholder: "The async code appears here",
                    changed: "changed-after",
                    changes: false,
                    note: Some("This is what it is in the code before."),
                },
                &changed_after,
                &pasted_after,
                &on_after,
            ),
            shown: BTreeMap::new(),
            active: None,
            revealed: 0,
            dispatch: dispatch.clone(),
            _closures: [changed, changed_after],
            _pastes: [pasted, pasted_after],
            _handlers: [on_before, on_after],
        }
    }

    /// Puts `raw` in the place of the active file's text, as a paste does.
    pub(crate) fn paste(&self, raw: &str) {
        let Some(active) = self.active else {
            return;
        };
        let (text, origin) = take_apart(raw);
        self.before.replace(&text);
        self.dispatch.dispatch(Action::Origin(active, origin));
    }

    /// Puts the keyboard at a place of the after text.
    pub(crate) fn show_after(&self, place: usize) {
        self.after.reveal(place, place, true);
    }

    fn sync(&mut self, state: &State) {
        let (before, after) = (&self.before, &self.after);
        self.shown.retain(|id, _| {
            let stays = state.file(*id).is_some() || state.restorable().any(|other| other == *id);
            if !stays {
                before.forget(id.0);
                after.forget(id.0);
            }
            stays
        });
        let Some(file) = state.active_file() else {
            return;
        };
        if self.active != Some(file.id) {
            self.active = Some(file.id);
            self.before.show(file.id.0, &file.before);
            self.after.show(file.id.0, file.after.text());
            self.shown.entry(file.id).or_insert_with(|| Shown {
                base: file.after.base.clone(),
                replaced: file.after.replaced,
                merged: file.after.merged,
                traced: !file.is_edited(),
                original: None,
                report_after: None,
                checked: None,
                report: None,
            });
        }
        if file.lost {
            let text = self.before.text(file.id.0);
            self.dispatch.dispatch(Action::Text(file.id, text));
            return;
        }
        self.sync_file(file);
        self.compare(file, state.unified);
        if let Some(reveal) = state.reveal
            && reveal.id != self.revealed
        {
            self.revealed = reveal.id;
            let traced = self.shown.get(&file.id).is_some_and(|shown| shown.traced);
            if reveal.own {
                let (from, to) = (reveal.before.start, reveal.before.end);
                self.after.reveal(from, to, false);
                return;
            }
            if let Some(place) = reveal.after
                && traced
                && !file.update_available()
            {
                self.after.reveal(place.start, place.end, false);
            }
            self.before
                .reveal(reveal.before.start, reveal.before.end, reveal.focus);
        }
    }

    /// Shows both texts as one, or each in its pane.
    fn compare(&mut self, file: &File, unified: bool) {
        let Some(shown) = self.shown.get_mut(&file.id) else {
            return;
        };
        let wanted = unified.then(|| file.before.clone());
        let same = match (&shown.original, &wanted) {
            (Some(one), Some(other)) => Rc::ptr_eq(one, other),
            (None, None) => true,
            _ => false,
        };
        if !same {
            self.after.compare(file.id.0, wanted.as_deref());
            shown.original = wanted;
        }
    }

    fn sync_file(&mut self, file: &File) {
        let Some(shown) = self.shown.get_mut(&file.id) else {
            return;
        };
        let undoable = shown.replaced != file.after.replaced;
        let merged = shown.merged != file.after.merged;
        if undoable || merged || (!Rc::ptr_eq(&shown.base, &file.after.base) && !file.is_edited()) {
            self.after.set_text(file.id.0, file.after.text(), undoable);
            shown.replaced = file.after.replaced;
            shown.merged = file.after.merged;
            shown.traced = !file.is_edited();
            shown.report_after = None;
        }
        shown.base = file.after.base.clone();
        if let Some(report) = &file.report
            && shown.report.as_ref() != Some(report)
        {
            shown.report = Some(report.clone());
            let (before, _) = pane_reports(&file.before, report);
            self.before.set_report(file.id.0, to_js(&before), true);
        }
        // In the user's own text these places mean nothing; what is shown there moves with the text.
        if let Some(report) = &file.report
            && !file.is_edited()
            && shown.report_after.as_ref() != Some(report)
        {
            shown.report_after = Some(report.clone());
            shown.checked = None;
            let (_, after) = pane_reports(&file.before, report);
            self.after.set_report(file.id.0, to_js(&after), false);
        }
        if let Some(findings) = &file.after.findings
            && file.is_edited()
            && shown.checked.as_ref() != Some(findings)
        {
            shown.checked = Some(findings.clone());
            shown.report_after = None;
            self.after
                .set_report(file.id.0, to_js(&checked(findings)), true);
        }
    }
}

/// Does what an editor was asked for about a place or a finding; there is no `value` where the place is none of the code before.
fn act(dispatch: &Dispatch, engine: &EngineRef, file: FileId, what: &str, value: Option<usize>) {
    let Some(value) = value else {
        dispatch.dispatch(Action::Notify(
            "There is no name of the code before here.".to_owned(),
        ));
        return;
    };
    let decide = |choice| dispatch.dispatch(Action::DecideFinding(file, value, choice));
    match what {
        "reject" => decide(Some(Choice::Reject)),
        "accept" => decide(Some(Choice::Accept)),
        "takeBack" => decide(None),
        "explain" => {
            dispatch.dispatch(Action::Tab(Tab::Findings));
            dispatch.dispatch(Action::View(View::Results));
            dispatch.dispatch(Action::Select(Some(value)));
        }
        "go" => {
            let dispatch = dispatch.clone();
            engine.ask(file, value, move |told| {
                dispatch.dispatch(match told {
                    Some(told) => told.go(),
                    None => Action::Notify("There is no name here.".to_owned()),
                });
            });
        }
        _ => {}
    }
}

/// What can be done in an editor about a finding.
fn actions(finding: &Finding) -> Vec<&'static str> {
    let decide = match finding.state {
        _ if finding.decided_by.is_some() => Some("takeBack"),
        FindingState::Applied if finding.can_be_rejected => Some("reject"),
        FindingState::Withheld => Some("accept"),
        _ => None,
    };
    decide.into_iter().chain(["explain"]).collect()
}

/// A finding as a pane shows it.
fn diagnostic(index: usize, finding: &Finding, range: Range) -> Diagnostic<'_> {
    let (severity, kind) = match (finding.applicability, finding.severity) {
        _ if finding.state == FindingState::Withheld => ("hint", "withheld"),
        _ if finding.state == FindingState::Rejected => ("hint", "rejected"),
        (Applicability::Safe, _) => ("info", "safe"),
        (Applicability::Review, _) => ("warning", "review"),
        (Applicability::Manual, Severity::Info) => ("warning", "manual"),
        (Applicability::Manual, _) => ("error", "manual"),
    };
    Diagnostic {
        from: range.start,
        to: range.end,
        severity,
        rule: format!("{} · {kind}", finding.rule),
        message: &finding.message,
        help: finding.help.as_deref(),
        index,
        actions: actions(finding),
    }
}

/// What the after pane shows of the user's own text: what changed stays marked.
fn checked(findings: &[Finding]) -> PaneReport<'_> {
    let diagnostics = findings.iter().take(DRAWN).map(|finding| Diagnostic {
        // Nothing was changed there: it is to be done.
        severity: "error",
        rule: finding.rule.clone(),
        actions: Vec::new(),
        ..diagnostic(0, finding, finding.before)
    });
    PaneReport {
        marks: None,
        diagnostics: diagnostics.collect(),
    }
}

/// What each pane shows of a report.
fn pane_reports<'report>(
    before: &str,
    report: &'report FileReport,
) -> (PaneReport<'report>, PaneReport<'report>) {
    let changed = marks(before, &report.edits);
    let places = |ranges: &[Range]| {
        ranges
            .iter()
            .map(|range| Place {
                from: range.start,
                to: range.end,
            })
            .collect()
    };
    let diagnostics = |after: bool| {
        report
            .findings
            .iter()
            .enumerate()
            .filter(|(_, finding)| !after || is_standing(finding))
            .take(DRAWN)
            .filter_map(|(index, finding)| {
                let range = if after {
                    finding.after?
                } else {
                    finding.before
                };
                Some(diagnostic(index, finding, range))
            })
            .collect()
    };
    (
        PaneReport {
            marks: Some(places(&changed.before)),
            diagnostics: diagnostics(false),
        },
        PaneReport {
            marks: Some(places(&changed.after)),
            diagnostics: diagnostics(true),
        },
    )
}

/// Puts editors in two elements and keeps them in step with the state.
#[hook]
pub(crate) fn use_panes(
    host: &Host,
    state: &UseReducerHandle<State>,
    engine: &EngineRef,
    before: &NodeRef,
    after: &NodeRef,
) -> PanesRef {
    let panes: PanesRef = use_mut_ref(|| None);
    {
        let (panes, host, dispatch) = (panes.clone(), host.clone(), state.dispatcher());
        let (before, after, engine) = (before.clone(), after.clone(), engine.clone());
        use_effect_with((), move |()| {
            if let (Some(before), Some(after)) = (before.cast::<Element>(), after.cast::<Element>())
            {
                *panes.borrow_mut() = Some(Panes::new(&host, &dispatch, &engine, &before, &after));
            }
        });
    }
    let (kept, state) = (panes.clone(), state.clone());
    use_effect(move || {
        if let Some(panes) = &mut *kept.borrow_mut() {
            panes.sync(&state);
        }
    });
    panes
}
