//! What was decided about changes and functions: a part of the options.

use std::collections::HashSet;

use unblocked_rewriter::{Choice, Finding, UserDecision};

use super::{FileId, State};

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

/// A decision about one change alone.
pub(crate) fn about(finding: &Finding, path: &str, choice: Choice) -> UserDecision {
    UserDecision {
        file: Some(path.to_owned()),
        function: finding.function.clone(),
        rule: Some(finding.rule.clone()),
        fingerprint: Some(finding.fingerprint.clone()),
        ..UserDecision::new(choice)
    }
}

impl State {
    /// Decides about a finding of a file; without a choice, takes back what was decided.
    pub(super) fn decide_finding(&mut self, id: FileId, index: usize, choice: Option<Choice>) {
        let found = self.file(id).and_then(|file| {
            let finding = file.report.as_ref()?.findings.get(index)?;
            Some((finding.clone(), file.path.clone()))
        });
        let Some((finding, path)) = found else {
            return;
        };
        let taken = finding
            .decided_by
            .and_then(|at| self.options.decisions.get(at))
            .cloned();
        match (choice, taken) {
            (Some(choice), _) => self.decide(about(&finding, &path, choice)),
            (None, Some(decision)) => self.take_back(&decision),
            (None, None) => {}
        }
    }

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

    /// Takes back what fits nothing in the code any more.
    pub(super) fn clear_stale(&mut self) {
        let stale: HashSet<usize> = self.stale.iter().map(|one| one.decision).collect();
        let mut at = 0..;
        let said = "Cleared the decisions without their code.".to_owned();
        self.change_decisions(said, |decisions| {
            decisions.retain(|_| at.next().is_none_or(|at| !stale.contains(&at)));
        });
    }

    fn change_decisions(&mut self, said: String, change: impl FnOnce(&mut Vec<UserDecision>)) {
        let asked = self.options_revision;
        self.change_options(said.clone(), |options| change(&mut options.decisions));
        if self.options_revision != asked {
            self.stale.clear();
            self.notify(said, true);
        }
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
