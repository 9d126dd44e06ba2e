//! What was decided about changes and functions: a part of the options.

use unblocked_rewriter::{Choice, UserDecision};

use super::State;

/// Whether two decisions are about the same, so that one takes the place of the other.
fn is_same(one: &UserDecision, other: &UserDecision) -> bool {
    let of_changes = |choice| matches!(choice, Choice::Accept | Choice::Reject);
    of_changes(one.choice) == of_changes(other.choice)
        && one.file == other.file
        && one.function == other.function
        && one.rule == other.rule
        && one.fingerprint == other.fingerprint
}

/// What was decided, in words.
fn said(decision: &UserDecision) -> String {
    let what = match decision.choice {
        Choice::Accept => "Accepted",
        Choice::Reject => "Rejected",
        _ => "Decided",
    };
    let function = decision.function.as_deref().unwrap_or_default();
    match (decision.choice, &decision.rule, &decision.fingerprint) {
        (Choice::Accept | Choice::Reject, Some(rule), Some(_)) => {
            format!("{what} one change of {rule}.")
        }
        (Choice::Accept | Choice::Reject, Some(rule), None) if function.is_empty() => {
            format!("{what} {rule} everywhere.")
        }
        (Choice::Accept | Choice::Reject, Some(rule), None) => {
            format!("{what} {rule} in {function}.")
        }
        _ => format!("{what} about {function}."),
    }
}

impl State {
    pub(super) fn decide(&mut self, decision: UserDecision) {
        let said = said(&decision);
        self.change_decisions(said, |decisions| {
            decisions.retain(|other| !is_same(other, &decision));
            decisions.push(decision);
        });
    }

    pub(super) fn take_back(&mut self, decision: &UserDecision) {
        self.change_decisions("Took the decision back.".to_owned(), |decisions| {
            decisions.retain(|other| !is_same(other, decision));
        });
    }

    pub(super) fn reset_decisions(&mut self) {
        self.change_decisions("Took all decisions back.".to_owned(), Vec::clear);
    }

    fn change_decisions(&mut self, said: String, change: impl FnOnce(&mut Vec<UserDecision>)) {
        let before = self.options.decisions.clone();
        change(&mut self.options.decisions);
        if self.options.decisions != before {
            self.options_revision += 1;
            self.stale.clear();
            self.decided = Some(before);
            self.notify(said, true);
        }
    }

    /// Undoes the last decision; false when there was none since files were closed.
    pub(super) fn restore_decisions(&mut self) -> bool {
        let Some(before) = self.decided.take() else {
            return false;
        };
        self.options.decisions = before;
        self.options_revision += 1;
        true
    }

    /// What was decided about files that are gone concerns no others.
    pub(super) fn forget_decisions(&mut self) {
        self.stale.clear();
        if !self.options.decisions.is_empty() {
            self.options.decisions.clear();
            self.options_revision += 1;
        }
    }

    /// What was decided about a file follows it to its new path.
    pub(super) fn move_decisions(&mut self, old: &str, new: &str) {
        self.decided = None;
        let mut moved = false;
        for decision in &mut self.options.decisions {
            if decision.file.as_deref() == Some(old) {
                decision.file = Some(new.to_owned());
                moved = true;
            }
        }
        if moved {
            self.options_revision += 1;
        }
    }
}
