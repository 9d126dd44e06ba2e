//! Undoing, and projects of many files.

use super::*;

#[test]
fn what_is_typed_stays_when_something_else_is_undone() {
    let first = state();
    let change = typed(&first, "# first\n");
    let state = act(
        first,
        [change, Action::Add(vec![NewFile::new("models.py", "x\n")])],
    );
    let (views, models) = (state.files[0].id, state.active);
    let state = act(state, [Action::Delete(models), Action::Activate(views)]);
    let change = typed(&state, "# mine\n");
    let state = act(state, [change, Action::Undo]);
    assert_eq!(state.files.len(), 2);
    assert!(state.file(views).unwrap().before.starts_with("# mine"));
}

#[test]
fn everything_is_undone_and_done_again_in_order() {
    let first = state();
    let id = first.active;
    let state = act(
        first.clone(),
        [
            Action::Rename(id, "shop/views.py".to_owned()),
            Action::Version(DjangoVersion::new(4, 2)),
            Action::SafeOnly(true),
            Action::Whole(true),
            Action::Decide(reject("orm/async-for", None)),
            Action::Add(vec![NewFile::new("models.py", "x\n")]),
        ],
    );
    let last = state.clone();
    let back = act(state, (0..6).map(|_| Action::Undo));
    assert_eq!(back.files, first.files);
    assert_eq!(back.options, first.options);
    assert_eq!(back.undoable(), None);
    let notice = back.notice.as_ref().unwrap();
    assert_eq!(notice.text, "Undone: Renamed views.py to shop/views.py.");
    assert!(notice.redo && !notice.undo);
    let again = act(back, (0..6).map(|_| Action::Redo));
    assert_eq!(again.options, last.options);
    let paths = |state: &State| -> Vec<String> {
        state.files.iter().map(|file| file.path.clone()).collect()
    };
    assert_eq!(paths(&again), paths(&last));
    // Something new leaves nothing to do again.
    let state = act(again, [Action::Undo, Action::SafeOnly(false)]);
    assert_eq!(state.redoable(), None);
    let state = act(state, [Action::Redo]);
    assert_eq!(
        state.notice.as_ref().unwrap().text,
        "There is nothing to do again."
    );
}

#[test]
fn work_is_written_in_pieces_as_at_once() {
    let state = edited_after(answered(state()), "mine \"files\":[ é\n");
    let add = Action::Add(vec![NewFile::new("models.py", "\"files\":[1]\n")]);
    let state = act(state, [add, Action::SafeOnly(true)]);
    let pieces: String = state.document().pieces().collect();
    assert_eq!(pieces, state.document().write());
}

#[test]
fn a_reset_of_the_text_after_is_undone_by_the_page_too() {
    let state = edited_after(answered(state()), "mine\n");
    let id = state.active;
    let state = act(state, [Action::Regenerate(id)]);
    assert!(!state.active_file().unwrap().is_edited());
    let replaced = state.active_file().unwrap().after.replaced;
    let state = act(state, [Action::Undo]);
    assert_eq!(after(&state), "mine\n");
    assert!(state.active_file().unwrap().after.replaced > replaced);
    let state = act(state, [Action::Redo]);
    assert!(!state.active_file().unwrap().is_edited());
}

#[test]
fn of_many_files_those_that_were_looked_at_have_tabs() {
    let files: Vec<NewFile> = (0..40)
        .map(|number| NewFile::new(&format!("{number}.py"), "x\n"))
        .collect();
    let open = Action::Open {
        title: "a project".to_owned(),
        files,
        whole: true,
    };
    let state = act(state(), [open]);
    let tabs =
        |state: &State| -> Vec<String> { state.tabs().map(|file| file.path.clone()).collect() };
    assert_eq!(tabs(&state), ["0.py"]);
    // Which of them change is the first question.
    assert_eq!(state.tab, Tab::Files);
    let ids: Vec<FileId> = state.files.iter().map(|file| file.id).collect();
    let state = act(state, [Action::Activate(ids[20]), Action::Activate(ids[7])]);
    assert_eq!(tabs(&state), ["0.py", "7.py", "20.py"]);
    let state = act(state, [Action::Hide(ids[7])]);
    assert_eq!((tabs(&state).len(), state.active), (2, ids[20]));
    let state = act(state, ids.iter().map(|id| Action::Activate(*id)));
    assert_eq!(tabs(&state).len(), 8);
    assert_eq!(state.files.len(), 40);
    // Those of a few are all there.
    let state = act(state, ids[5..].iter().map(|id| Action::Delete(*id)));
    assert_eq!(tabs(&state).len(), 5);
}

#[test]
fn decisions_without_their_code_are_cleared_alone() {
    let state = act(
        state(),
        [
            Action::Decide(reject("orm/async-for", Some("gone.py"))),
            Action::Decide(reject("http/aiohttp", None)),
        ],
    );
    let stale = vec![StaleDecision {
        decision: 0,
        reason: String::new(),
    }];
    let options = state.options_revision;
    let state = act(
        state,
        [Action::Stale { options, stale }, Action::ClearStale],
    );
    assert_eq!(state.options.decisions, [reject("http/aiohttp", None)]);
    assert_eq!(state.stale, []);
}

#[test]
fn the_project_lists_files_by_what_happens_to_them() {
    let state = answered(state());
    let rows = serde_json::to_string(&state.rows()).unwrap();
    assert!(rows.contains(r#""outcome":"changed""#), "{rows}");
    let hash = state.rows_hash();
    let state = act(
        state,
        [
            Action::Add(vec![NewFile::new("models.py", "x\n")]),
            Action::Unreadable(vec!["a.py is too large".to_owned()]),
        ],
    );
    assert_ne!(state.rows_hash(), hash);
    let rows = serde_json::to_string(&state.rows()).unwrap();
    assert!(rows.contains(r#""outcome":"waiting""#), "{rows}");
    assert!(
        rows.contains(r#"{"id":null,"path":"a.py is too large","outcome":"unreadable""#),
        "{rows}"
    );
}
