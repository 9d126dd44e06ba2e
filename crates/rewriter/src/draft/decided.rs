//! What was decided about changes, where they are made.

use unblocked_analyzer::Evidence;
use unblocked_syntax::NodeId;

use super::{Cannot, Checkpoint, Draft, Note};
use crate::because::Because;
use crate::report::{Applicability, FindingState};
use crate::rules::plan::wrap_helper;

/// A change that is not made, as was decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SetAside {
    pub(crate) note: Note,
    pub(crate) state: FindingState,
}

impl Draft<'_> {
    /// Why a rule's change of a node is not made, by decision.
    pub(crate) fn against(
        &self,
        rule: &str,
        node: NodeId,
        for_review: bool,
    ) -> Option<FindingState> {
        if self.is_trial && rule == wrap_helper::NAME {
            return None;
        }
        let span = self.ast().span(node);
        let function = self.function.or_else(|| self.facts.function_around(node));
        self.decided
            .against(self.file_index, function, rule, span, for_review)
    }

    /// A change that is planned for a whole function or file, when it was decided not to make it: says so.
    pub(crate) fn unchanged(
        &mut self,
        rule: &'static str,
        node: NodeId,
        evidence: Evidence,
        message: impl Into<String>,
        help: impl Into<String>,
        docs: &str,
    ) {
        let Some(state) = self.against(rule, node, evidence != Evidence::Proven) else {
            return;
        };
        let note = self.change(rule, node, evidence, message, help, docs);
        if !self
            .set_aside
            .iter()
            .any(|other| other.note.rule == rule && other.note.node == node)
        {
            self.set_aside.push(SetAside { note, state });
        }
    }

    /// Undoes everything since the checkpoint when something in it was decided against, which is kept. Else keeps all,
    /// and gives `None`.
    pub(crate) fn settle(&mut self, checkpoint: Checkpoint) -> Option<Cannot> {
        self.state_asked(checkpoint.notes);
        let fresh = self.notes.get(checkpoint.notes..).unwrap_or_default();
        let against: Vec<SetAside> = fresh
            .iter()
            .filter(|note| note.applicability != Applicability::Manual)
            .filter_map(|note| {
                let for_review = note.applicability == Applicability::Review;
                let state = self.against(note.rule, note.node, for_review)?;
                let note = note.clone();
                Some(SetAside { note, state })
            })
            .collect();
        let Some(first) = against.first() else {
            self.accept(checkpoint);
            return None;
        };
        let excerpt = self.excerpt(first.note.node);
        let reason = match first.state {
            FindingState::Withheld => {
                format!("only safe changes were asked for, and that of `{excerpt}` is for review")
            }
            _ => format!("you rejected the change of `{excerpt}`"),
        };
        self.restore(checkpoint);
        self.set_aside.extend(against);
        Some(Cannot::of(Because::Decided, reason))
    }
}
