//! What the user relies on, told as actions.

use std::rc::Rc;

use unblocked_django::{DjangoVersion, PythonVersion};
use unblocked_rewriter::{
    Applicability, Choice, Edit, FileReport, Finding, FindingState, Range, Severity, UserDecision,
};
use yew::Reducible;

use super::text::{Change, take_apart};
use super::*;

mod work;

const SYNC: &str = "def view(request):\n    pass\n";

fn state() -> Rc<State> {
    let files = [NewFile::new("views.py", SYNC)];
    Rc::new(State::new(&files, Theme::Auto))
}

fn act(state: Rc<State>, actions: impl IntoIterator<Item = Action>) -> Rc<State> {
    actions.into_iter().fold(state, Reducible::reduce)
}

/// The engine's answer to the active file as it is: `async ` in front.
fn answer(state: &State) -> Action {
    let file = state.active_file().unwrap();
    let place = Range { start: 0, end: 0 };
    Action::Answered {
        options: state.options_revision,
        files: vec![FileAnswer {
            revision: file.revision,
            report: FileReport {
                path: file.path.clone(),
                after: format!("async {}", file.before),
                edits: vec![Edit {
                    range: place,
                    text: "async ".to_owned(),
                }],
                findings: vec![Finding {
                    rule: "view/async-def".to_owned(),
                    severity: Severity::Warning,
                    applicability: Applicability::Review,
                    state: FindingState::Applied,
                    message: String::new(),
                    help: None,
                    before: place,
                    after: Some(Range { start: 0, end: 5 }),
                    function: None,
                    docs_url: None,
                    fingerprint: String::new(),
                    can_be_rejected: false,
                    decision: None,
                    decided_by: None,
                    chain: Vec::new(),
                }],
                functions: Vec::new(),
                bare_statements: false,
            },
        }],
        complete: true,
    }
}

fn answered(state: Rc<State>) -> Rc<State> {
    let answer = answer(&state);
    state.reduce(answer)
}

fn typed(state: &State, insert: &str) -> Action {
    let change = Change {
        from: 0,
        to: 0,
        insert: insert.to_owned(),
    };
    Action::Edited(state.active, Rc::new([change]))
}

fn edited_after(state: Rc<State>, text: &str) -> Rc<State> {
    let id = state.active;
    state.reduce(Action::EditedAfter(id, text.to_owned()))
}

fn after(state: &State) -> &str {
    state.active_file().unwrap().after.text()
}

#[test]
fn the_after_pane_follows_the_engine() {
    let state = answered(state());
    assert_eq!(after(&state), format!("async {SYNC}"));
    let change = typed(&state, "# note\n");
    let state = answered(state.reduce(change));
    assert_eq!(after(&state), format!("async # note\n{SYNC}"));
    assert!(!state.active_file().unwrap().is_edited());
}

#[test]
fn an_answer_for_an_older_text_is_dropped() {
    let state = answered(state());
    let stale = answer(&state);
    let change = typed(&state, "# note\n");
    let state = act(state, [change, stale]);
    assert_eq!(after(&state), format!("async {SYNC}"));
}

#[test]
fn an_answer_for_other_options_is_dropped() {
    let first = state();
    let stale = answer(&first);
    let state = act(first, [Action::Version(DjangoVersion::new(4, 2)), stale]);
    assert_eq!(after(&state), SYNC);
    assert_eq!(state.engine, Engine::Starting);
}

#[test]
fn the_users_own_lines_are_put_into_what_is_generated_later() {
    let state = answered(state());
    let mine = format!("{}# mine\n", after(&state));
    let state = edited_after(state, &mine);
    assert!(state.active_file().unwrap().is_edited());
    let change = typed(&state, "# note\n");
    let state = answered(state.reduce(change));
    assert_eq!(after(&state), format!("async # note\n{SYNC}# mine\n"));
    let file = state.active_file().unwrap();
    assert_eq!((file.conflicts(), file.after.merged), (0, 1));
    // Once the user's lines are gone, by undo or by hand, the pane follows the engine again.
    let state = edited_after(state, &format!("async # note\n{SYNC}"));
    assert!(!state.active_file().unwrap().is_edited());
    let change = typed(&state, "# more\n");
    let state = answered(state.reduce(change));
    assert_eq!(after(&state), format!("async # more\n# note\n{SYNC}"));
}

#[test]
fn a_conflict_is_shown_made_again_while_untouched_and_can_be_resolved() {
    let state = edited_after(answered(state()), "mine\n");
    let change = typed(&state, "# note\n");
    let state = answered(state.reduce(change));
    assert_eq!(state.active_file().unwrap().conflicts(), 1);
    assert!(after(&state).contains("\nmine\n"));
    // Typing on makes no conflict of the conflict.
    let change = typed(&state, "# more\n");
    let state = answered(state.reduce(change));
    assert_eq!(state.active_file().unwrap().conflicts(), 1);
    assert!(after(&state).contains("# more"));
    assert_eq!(after(&state).matches("<<<<<<<").count(), 1);
    let id = state.active;
    let yours = state.clone().reduce(Action::Resolve(id, Side::Yours));
    assert_eq!(after(&yours), "mine\n");
    assert!(yours.active_file().unwrap().is_edited());
    let generated = state.reduce(Action::Resolve(id, Side::Generated));
    assert_eq!(after(&generated), format!("async # more\n# note\n{SYNC}"));
    assert!(!generated.active_file().unwrap().is_edited());
}

#[test]
fn a_conflict_that_the_user_works_on_is_left_alone_until_it_is_resolved() {
    let state = edited_after(answered(state()), "mine\n");
    let change = typed(&state, "# note\n");
    let state = answered(state.reduce(change));
    let touched = after(&state).replace("mine", "mine, and more");
    let state = edited_after(state, &touched);
    let change = typed(&state, "# more\n");
    let state = answered(state.reduce(change));
    assert_eq!(after(&state), touched);
    assert!(state.active_file().unwrap().update_available());
    let state = edited_after(state, "mine, and more\n");
    assert_eq!(state.active_file().unwrap().conflicts(), 1);
    assert!(after(&state).contains("mine, and more"));
    assert!(after(&state).contains("# more"));
}

#[test]
fn a_reset_gives_the_generated_text_and_its_undo_the_users() {
    let state = edited_after(answered(state()), "mine\n");
    let id = state.active;
    let state = state.reduce(Action::Regenerate(id));
    assert_eq!(after(&state), format!("async {SYNC}"));
    assert!(!state.active_file().unwrap().is_edited());
    // The editor's undo brings the text back as the user's own.
    let state = edited_after(state, "mine\n");
    assert_eq!(after(&state), "mine\n");
    assert!(state.active_file().unwrap().is_edited());
}

#[test]
fn work_that_is_written_opens_as_it_was_and_can_be_undone() {
    let state = edited_after(answered(state()), "mine\n");
    let state = act(
        state,
        [
            Action::Version(DjangoVersion::new(4, 2)),
            Action::Whole(true),
        ],
    );
    let text = state.document().write();
    let fresh = Rc::new(State::new(&[NewFile::new("other.py", "x\n")], Theme::Auto));
    let opened = fresh.reduce(Action::OpenDocument {
        title: "it".to_owned(),
        document: Box::new(Document::read(&text).unwrap()),
    });
    assert_eq!(opened.options, state.options);
    assert_eq!(after(&opened), "mine\n");
    assert_eq!(&*opened.active_file().unwrap().before, SYNC);
    let restored = opened.reduce(Action::Undo);
    assert_eq!(after(&restored), "x\n");
    assert!(!restored.is_whole());
    assert_eq!(restored.options.target_version, DjangoVersion::default());
}

#[test]
fn what_leaves_the_page_has_its_line_ends_and_mark_back() {
    let raw = "\u{feff}def view(request):\r\n    pass\r\n";
    let files = [NewFile::new("views.py", raw)];
    let state = answered(Rc::new(State::new(&files, Theme::Auto)));
    let file = state.active_file().unwrap();
    assert_eq!(
        file.raw_after(),
        "\u{feff}async def view(request):\r\n    pass\r\n"
    );
    let state = edited_after(state, "mine\nother\n");
    let file = state.active_file().unwrap();
    assert_eq!(file.raw_after(), "\u{feff}mine\r\nother\r\n");
}

#[test]
fn a_pasted_text_brings_its_own_line_ends() {
    let state = state();
    let (text, origin) = take_apart("x = 1\r\ny = 2\n");
    let change = Change {
        from: 0,
        to: SYNC.len(),
        insert: text,
    };
    let id = state.active;
    let state = act(
        state,
        [
            Action::Edited(id, Rc::new([change])),
            Action::Origin(id, origin),
        ],
    );
    let file = state.active_file().unwrap();
    assert_eq!(file.origin.put_together(&file.before), "x = 1\r\ny = 2\n");
}

#[test]
fn changes_that_do_not_fit_ask_the_editor_for_its_text() {
    let state = state();
    let change = Change {
        from: 500,
        to: 501,
        insert: String::new(),
    };
    let id = state.active;
    let state = state.reduce(Action::Edited(id, Rc::new([change])));
    assert!(state.active_file().unwrap().lost);
    let state = state.reduce(Action::Text(id, "whole\n".to_owned()));
    let file = state.active_file().unwrap();
    assert_eq!((&*file.before, file.lost), ("whole\n", false));
    assert_eq!(file.changes_since(0), None);
}

#[test]
fn a_closed_file_comes_back() {
    let state = act(
        answered(state()),
        [
            Action::Add(vec![NewFile::new("empty.py", "")]),
            Action::Add(vec![NewFile::new("models.py", "x\n")]),
        ],
    );
    let (models, views) = (state.active, state.files[0].id);
    assert_eq!(state.files.len(), 3);
    let state = act(state, [Action::Delete(models)]);
    assert_ne!(state.active, models);
    assert!(state.file(views).is_some());
    assert!(state.notice.as_ref().unwrap().undo);
    let state = act(state, [Action::Undo]);
    assert_eq!((state.files.len(), state.active), (3, models));
}

#[test]
fn an_example_can_be_undone() {
    let state = state();
    let open = Action::Open {
        title: "an example".to_owned(),
        files: vec![NewFile::new("a.py", ""), NewFile::new("b.py", "")],
        whole: true,
    };
    let state = act(state, [open]);
    assert_eq!((state.files.len(), state.is_whole()), (2, true));
    let state = act(state, [Action::Undo]);
    assert!(!state.is_whole());
    assert_eq!(&*state.active_file().unwrap().before, SYNC);
}

#[test]
fn closing_the_last_file_leaves_an_empty_one() {
    let state = state();
    let id = state.active;
    let state = act(state, [Action::Delete(id)]);
    assert_eq!(state.files.len(), 1);
    assert_eq!(&*state.active_file().unwrap().before, "");
    assert_ne!(state.active, id);
}

#[test]
fn opened_files_take_the_place_of_an_untouched_example_alone() {
    let file = || Action::Add(vec![NewFile::new("mine.py", SYNC)]);
    let first = state();
    let opened = act(first.clone(), [file()]);
    assert_eq!(opened.files.len(), 1);
    let change = typed(&first, "# mine\n");
    let opened = act(first, [change, file()]);
    assert_eq!(opened.files.len(), 2);
}

#[test]
fn opened_files_take_the_place_of_an_empty_one() {
    let state = Rc::new(State::new(&[], Theme::Auto));
    let files = vec![NewFile::new("shop/views.py", SYNC)];
    let state = act(state, [Action::Add(files)]);
    let paths: Vec<_> = state.files.iter().map(|file| &*file.path).collect();
    assert_eq!(paths, ["shop/views.py"]);
}

#[test]
fn paths_are_unique_and_clean() {
    let change = typed(&state(), "# mine\n");
    let state = act(state(), [change]);
    let state = act(
        state,
        [Action::Add(vec![
            NewFile::new("views.py", "a"),
            NewFile::new("../..\\shop//./mo\u{7}de\u{202e}ls.py ", "b"),
        ])],
    );
    let paths: Vec<_> = state.files.iter().map(|file| &*file.path).collect();
    assert_eq!(paths, ["views.py", "views_2.py", "shop/models.py"]);
    let id = state.files[0].id;
    let state = act(state, [Action::Rename(id, "views_2.py".to_owned())]);
    assert_eq!(state.files[0].path, "views.py");
    assert!(state.notice.is_some());
    let state = act(state, [Action::Rename(id, " / ".to_owned())]);
    assert_eq!(state.files[0].path, "views.py");
}

#[test]
fn selecting_a_finding_shows_its_place_each_time() {
    let state = answered(state()).reduce(Action::Select(Some(0)));
    let first = state.reveal.unwrap();
    assert_eq!(first.after, Some(Range { start: 0, end: 5 }));
    let state = state.reduce(Action::Select(Some(0)));
    assert_ne!(state.reveal.unwrap().id, first.id);
    let state = state.reduce(Action::Select(Some(7)));
    assert_eq!(state.reveal.unwrap().before, first.before);
}

#[test]
fn the_state_survives_being_written_and_read() {
    let state = edited_after(answered(state()), "mine\n");
    let text = serde_json::to_string(&*state).unwrap();
    let read: State = serde_json::from_str(&text).unwrap();
    assert_eq!(after(&read), "mine\n");
    assert_eq!(read.files[0].before, state.files[0].before);
    assert_eq!(read.options, state.options);
    assert_eq!(read.engine, Engine::Starting);
    assert!(read.files[0].report.is_none());
}

fn reject(rule: &str, file: Option<&str>) -> UserDecision {
    UserDecision {
        rule: Some(rule.to_owned()),
        file: file.map(str::to_owned),
        ..UserDecision::new(Choice::Reject)
    }
}

#[test]
fn a_decision_takes_the_place_of_another_about_the_same_and_can_be_undone() {
    let state = act(
        state(),
        [
            Action::Decide(reject("orm/async-for", None)),
            Action::Decide(reject("http/aiohttp", None)),
        ],
    );
    let accept = UserDecision {
        choice: Choice::Accept,
        ..reject("orm/async-for", None)
    };
    let asked = state.options_revision;
    let state = act(state, [Action::Decide(accept.clone())]);
    assert_eq!(
        state.options.decisions,
        [reject("http/aiohttp", None), accept]
    );
    assert!(state.options_revision > asked);
    assert!(state.notice.as_ref().unwrap().undo);
    let state = act(state, [Action::Undo]);
    assert_eq!(state.options.decisions.len(), 2);
    assert_eq!(state.options.decisions[0].choice, Choice::Reject);
    let state = act(state, [Action::ResetDecisions]);
    assert_eq!(state.options.decisions, []);
    let state = act(state, [Action::Undo]);
    assert_eq!(state.options.decisions.len(), 2);
}

#[test]
fn taking_back_what_was_not_decided_changes_nothing() {
    let state = state();
    let asked = state.options_revision;
    let state = act(state, [Action::TakeBack(reject("orm/async-for", None))]);
    assert_eq!(state.options_revision, asked);
    assert_eq!(state.notice, None);
}

#[test]
fn decisions_follow_a_file_to_its_new_path_and_go_with_its_files() {
    let state = state();
    let (id, path) = (state.active, state.files[0].path.clone());
    let state = act(
        state,
        [
            Action::Decide(reject("orm/async-for", Some(&path))),
            Action::Rename(id, "shop/views.py".to_owned()),
        ],
    );
    assert_eq!(
        state.options.decisions[0].file.as_deref(),
        Some("shop/views.py")
    );
    let open = Action::Open {
        title: "an example".to_owned(),
        files: vec![NewFile::new("a.py", "")],
        whole: false,
    };
    let state = act(state, [open]);
    assert_eq!(state.options.decisions, []);
    let state = act(state, [Action::Undo]);
    assert_eq!(state.options.decisions.len(), 1);
}

#[test]
fn what_no_longer_fits_is_known_for_the_options_of_now() {
    let state = act(
        state(),
        [Action::Decide(reject("orm/async-for", Some("gone.py")))],
    );
    let stale = vec![StaleDecision {
        decision: 0,
        reason: String::new(),
    }];
    let options = state.options_revision;
    let old = Action::Stale {
        options: options - 1,
        stale: stale.clone(),
    };
    let state = act(state, [old]);
    assert_eq!(state.stale, []);
    let state = act(state, [Action::Stale { options, stale }]);
    assert_eq!(state.stale.len(), 1);
}

#[test]
fn versions_that_the_guide_asks_for_are_those_of_the_migration() {
    let answer = |question: &str, answer: &str| {
        Action::Guide(GuideAction::Answer(question.to_owned(), answer.to_owned()))
    };
    let before = state();
    let revision = before.options_revision;
    let state = act(before, [answer("python", "3.11"), answer("django", "4.2")]);
    assert_eq!(state.options.target_version, DjangoVersion::new(4, 2));
    assert_eq!(state.options.python(), PythonVersion::new(3, 11));
    assert!(state.options_revision > revision);
    // Django 6.0 does not run on it.
    let state = act(state, [answer("django", "6.0")]);
    assert_eq!(state.options.python(), PythonVersion::new(3, 12));
    let state = act(
        state,
        [
            answer("python", ""),
            answer("django", "4.2"),
            answer("django", "soon"),
        ],
    );
    assert_eq!(state.options.python_version, None);
    assert_eq!(state.options.target_version, DjangoVersion::new(4, 2));
}
