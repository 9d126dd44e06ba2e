//! What takes the place of HTTP sessions that belong to no function.

use std::collections::BTreeMap;

use unblocked_analyzer::FunctionRef;
use unblocked_syntax::{Kind, NodeId};

use super::FileWriter;
use crate::draft::{Color, Draft};
use crate::plan::{Plan, Planner};
use crate::rewrites::{Twin, template};

impl<'a> FileWriter<'a> {
    /// What becomes of the module's HTTP sessions, and what gives its functions a client that they share.
    pub(super) fn sessions(&mut self, planner: &Planner<'a>, plan: &Plan<'a>, file: usize) {
        let mut missing = self.shared(planner, plan, file);
        let first = self.first_definition();
        for session in planner.http.kept_sessions(file) {
            if let Some(mut draft) = Draft::new(planner, file, None, plan.colors, Vec::new()) {
                session.keep(&mut draft);
                self.absorb(draft, None);
            }
        }
        for session in planner.http.module_sessions(file) {
            let in_place = |index: usize| {
                let color = plan.colors.get(&FunctionRef { file, index });
                !matches!(color, Some(Color::Twin(_) | Color::Variant))
            };
            let sent: BTreeMap<NodeId, bool> = self
                .notes
                .iter()
                .filter(|(note, _)| session.is_sent(note))
                .map(|(note, function)| (note.node, function.is_some_and(in_place)))
                .collect();
            if sent.is_empty() {
                continue;
            }
            let stays = session.is_offered()
                || !session
                    .calls()
                    .iter()
                    .all(|call| sent.get(call) == Some(&true));
            let Some(mut draft) = Draft::new(planner, file, None, plan.colors, Vec::new()) else {
                continue;
            };
            let (statement, last) = session.statements();
            let above = if session.is_shared() && first.is_none_or(|first| statement < first) {
                std::mem::take(&mut missing)
            } else {
                Vec::new()
            };
            if session.write(&mut draft, stays, &above).is_err() {
                continue;
            }
            let rewrites = self.absorb(draft, None);
            if !stays {
                self.rewrites.main.absorb(rewrites, 0);
                continue;
            }
            let twins = &mut self.rewrites.twins;
            let at = twins.partition_point(|twin| twin.statement < statement);
            twins.insert(
                at,
                Twin {
                    statement,
                    last,
                    rewrites,
                    branch: None,
                },
            );
        }
        for part in missing {
            for line in [template![part], Vec::new(), Vec::new()] {
                if let Some(first) = first {
                    self.rewrites.main.line_before(first, line);
                }
            }
        }
    }

    /// The functions that the module lacks to give its functions a client that they share.
    fn shared(&mut self, planner: &Planner<'a>, plan: &Plan<'a>, file: usize) -> Vec<String> {
        let Some(shared) = planner.http.shared(file) else {
            return Vec::new();
        };
        let is_client = shared.lacks_client()
            && self
                .notes
                .iter()
                .any(|(note, function)| planner.http.is_shared(file, *function, note));
        let has_session = planner
            .http
            .module_sessions(file)
            .filter(|session| session.is_shared())
            .any(|session| self.notes.iter().any(|(note, _)| session.is_sent(note)));
        if !is_client && !has_session {
            return Vec::new();
        }
        let Some(mut draft) = Draft::new(planner, file, None, plan.colors, Vec::new()) else {
            return Vec::new();
        };
        let missing = shared.missing(&mut draft, is_client).unwrap_or_default();
        self.imports.absorb(draft.imports);
        missing
    }

    /// The first statement of the module that defines something.
    fn first_definition(&self) -> Option<NodeId> {
        let ast = self.facts.ast();
        ast.children(NodeId::ROOT).find(|&statement| {
            matches!(
                ast.kind(statement),
                Kind::FunctionDef | Kind::ClassDef | Kind::Decorated
            )
        })
    }
}
