//! What the worker has been sent, and so what it is still to be sent.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use super::protocol::{Order, Request};
use crate::state::{FileId, State};

/// The page's memory of what one worker knows.
#[derive(Default)]
pub(crate) struct Ledger {
    files: BTreeMap<FileId, (String, u32)>,
    options: Option<u32>,
    guide: Option<u32>,
    /// The readers' own texts after, and the requests that brought them.
    checks: BTreeMap<FileId, (Rc<str>, u32)>,
    number: u32,
    /// Whether there was too much to be sent at once.
    more: bool,
}

/// Bytes of whole texts that are sent at once: more would keep the page from drawing.
const AT_ONCE: usize = 300_000;

impl Ledger {
    /// The number of the last request.
    pub(crate) fn number(&self) -> u32 {
        self.number
    }

    /// Whether the last [`Self::sync`] left something to be sent.
    pub(crate) fn has_more(&self) -> bool {
        self.more
    }

    /// The file and the text that a check with this number was of, if that is its last one.
    pub(crate) fn checked(&self, number: u32) -> Option<(FileId, Rc<str>)> {
        self.checks
            .iter()
            .find(|(_, (_, last))| *last == number)
            .map(|(id, (text, _))| (*id, Rc::clone(text)))
    }

    /// Forgets a file that the worker is out of step with.
    pub(crate) fn lose(&mut self, path: &str) {
        self.files.retain(|_, (known, _)| known != path);
    }

    /// Numbers a request.
    pub(crate) fn request(&mut self, order: Order) -> Request {
        self.number += 1;
        Request {
            number: self.number,
            order,
            more: false,
        }
    }

    /// What the worker has to be sent to know `state`; after this, it does, unless there is more than can be sent at once.
    pub(crate) fn sync(&mut self, state: &State) -> Vec<Request> {
        let mut orders = Vec::new();
        if self.options != Some(state.options_revision) {
            self.options = Some(state.options_revision);
            orders.push(Order::Options {
                options: state.options.clone(),
                revision: state.options_revision,
            });
        }
        let wanted = state.guide.wanted();
        // A new worker makes no guide.
        let known = self
            .guide
            .or(wanted.is_none().then_some(state.guide.revision));
        if known != Some(state.guide.revision) {
            orders.push(Order::Guide {
                answers: wanted,
                revision: state.guide.revision,
            });
        }
        self.guide = Some(state.guide.revision);
        // Paths that are gone come first: another file may have taken one.
        let paths: HashMap<FileId, &str> =
            state.files.iter().map(|it| (it.id, &*it.path)).collect();
        self.files.retain(|id, (path, _)| {
            let stays = paths.get(id).is_some_and(|now| *now == path);
            if !stays {
                // Under its new path the worker has none of its texts.
                self.checks.remove(id);
                orders.push(Order::Remove { path: path.clone() });
            }
            stays
        });
        let mut bytes = 0;
        self.more = false;
        for file in &state.files {
            let known = self.files.get(&file.id).map(|(_, revision)| *revision);
            if known == Some(file.revision) {
                continue;
            }
            if bytes > AT_ONCE {
                self.more = true;
                break;
            }
            bytes += file.before.len();
            self.files
                .insert(file.id, (file.path.clone(), file.revision));
            match known.and_then(|known| file.changes_since(known)) {
                Some(sets) => {
                    let first = file.revision - u32::try_from(sets.len()).unwrap_or_default();
                    orders.extend(sets.iter().zip(first + 1..).map(|(changes, revision)| {
                        Order::Edit {
                            path: file.path.clone(),
                            changes: changes.to_vec(),
                            revision,
                        }
                    }));
                }
                None => orders.push(Order::Set {
                    path: file.path.clone(),
                    text: file.before.to_string(),
                    revision: file.revision,
                }),
            }
        }
        let mut requests: Vec<Request> = orders
            .into_iter()
            .map(|order| self.request(order))
            .collect();
        self.checks.retain(|id, _| paths.contains_key(id));
        for file in &state.files {
            let known = self.checks.get(&file.id).map(|(text, _)| text);
            let now = file.after.edited.as_ref();
            let same = match (known, now) {
                (Some(known), Some(now)) => Rc::ptr_eq(known, now),
                (known, now) => known.is_none() && now.is_none(),
            };
            if same {
                continue;
            }
            let request = self.request(Order::Check {
                path: file.path.clone(),
                text: now.map(|text| text.to_string()),
            });
            match now {
                Some(text) => {
                    self.checks
                        .insert(file.id, (Rc::clone(text), request.number));
                }
                None => {
                    self.checks.remove(&file.id);
                }
            }
            requests.push(request);
        }
        for request in &mut requests {
            request.more = self.more;
        }
        requests
    }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use yew::Reducible;

    use super::*;
    use crate::state::text::Change;
    use crate::state::{Action, GuideAction, NewFile, Theme};

    fn state() -> Rc<State> {
        let files = [
            NewFile::new("views.py", "a\n"),
            NewFile::new("models.py", "b\n"),
        ];
        Rc::new(State::new(&files, Theme::Auto))
    }

    fn orders(ledger: &mut Ledger, state: &State) -> Vec<String> {
        ledger
            .sync(state)
            .into_iter()
            .map(|request| match request.order {
                Order::Set { path, text, .. } => format!("set {path} {text:?}"),
                Order::Edit {
                    path,
                    changes,
                    revision,
                } => format!("edit {path} {} {revision}", changes.len()),
                Order::Check { path, text } => format!("check {path} {text:?}"),
                Order::Remove { path } => format!("remove {path}"),
                Order::Meaning { path, offset, .. } => format!("meaning {path} {offset}"),
                Order::Options { revision, .. } => format!("options {revision}"),
                Order::Guide { answers, revision } => {
                    format!("guide {} {revision}", answers.is_some())
                }
            })
            .collect()
    }

    fn typed(insert: &str) -> Rc<[Change]> {
        Rc::new([Change {
            from: 0,
            to: 0,
            insert: insert.to_owned(),
        }])
    }

    #[test]
    fn a_new_worker_is_sent_everything_and_then_nothing() {
        let (mut ledger, state) = (Ledger::default(), state());
        assert_eq!(
            orders(&mut ledger, &state),
            [
                "options 0",
                r#"set views.py "a\n""#,
                r#"set models.py "b\n""#
            ]
        );
        assert!(orders(&mut ledger, &state).is_empty());
        assert_eq!(ledger.number(), 3);
    }

    #[test]
    fn typing_is_sent_as_changes_each_with_its_revision() {
        let (mut ledger, state) = (Ledger::default(), state());
        ledger.sync(&state);
        let id = state.active;
        let state = state
            .reduce(Action::Edited(id, typed("x")))
            .reduce(Action::Edited(id, typed("y")));
        assert_eq!(
            orders(&mut ledger, &state),
            ["edit views.py 1 1", "edit views.py 1 2"]
        );
    }

    #[test]
    fn a_worker_that_lags_too_far_gets_the_whole_text() {
        let (mut ledger, mut state) = (Ledger::default(), state());
        ledger.sync(&state);
        for _ in 0..100 {
            let id = state.active;
            state = state.reduce(Action::Edited(id, typed("x")));
        }
        let orders = orders(&mut ledger, &state);
        assert!(orders[0].starts_with("set views.py"), "{orders:?}");
    }

    #[test]
    fn a_renamed_file_is_removed_under_its_old_path() {
        let (mut ledger, state) = (Ledger::default(), state());
        ledger.sync(&state);
        let state = state
            .clone()
            .reduce(Action::Rename(state.active, "shop/views.py".into()));
        assert_eq!(
            orders(&mut ledger, &state),
            ["remove views.py", r#"set shop/views.py "a\n""#]
        );
    }

    #[test]
    fn a_large_project_is_sent_in_parts_and_answered_after_the_last() {
        let text = "x".repeat(AT_ONCE / 2);
        let files: Vec<NewFile> = (0..7)
            .map(|number| NewFile::new(&format!("{number}.py"), &text))
            .collect();
        let (mut ledger, state) = (Ledger::default(), State::new(&files, Theme::Auto));
        let mut parts = Vec::new();
        loop {
            let requests = ledger.sync(&state);
            let sets = requests
                .iter()
                .filter(|request| matches!(request.order, Order::Set { .. }));
            parts.push((sets.count(), requests.last().unwrap().more));
            if !ledger.has_more() {
                break;
            }
        }
        assert_eq!(parts, [(3, true), (3, true), (1, false)]);
        assert_eq!(ledger.files.len(), 7);
    }

    #[test]
    fn the_guide_is_asked_for_while_it_is_looked_at() {
        let (mut ledger, state) = (Ledger::default(), state());
        ledger.sync(&state);
        let show = |part: Option<&str>| Action::Guide(GuideAction::Show(part.map(str::to_owned)));
        let state = state.reduce(show(Some("views")));
        assert_eq!(orders(&mut ledger, &state), ["guide true 1"]);
        let state = state.reduce(show(Some("orm")));
        assert!(orders(&mut ledger, &state).is_empty());
        let state = state.reduce(show(None));
        assert_eq!(orders(&mut ledger, &state), ["guide false 2"]);
    }

    #[test]
    fn a_file_that_was_lost_is_sent_whole() {
        let (mut ledger, state) = (Ledger::default(), state());
        ledger.sync(&state);
        ledger.lose("models.py");
        assert_eq!(orders(&mut ledger, &state), [r#"set models.py "b\n""#]);
    }
}
