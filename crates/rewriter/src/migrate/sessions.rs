//! What takes the place of HTTP sessions that belong to no function.

use std::collections::HashMap;

use unblocked_syntax::{Kind, NodeId};

use super::FileWriter;
use crate::draft::{Color, Draft};
use crate::plan::{Plan, Planner};
use crate::rewrites::{Twin, template};
use crate::rules::http::Http;

/// The requests of all files that clients send, and whether the function that sends them became async in its place.
pub(super) struct Sent(HashMap<(usize, NodeId), bool>);

impl Sent {
    pub(super) fn new(planner: &Planner<'_>, plan: &Plan<'_>) -> Self {
        let mut sent = HashMap::new();
        for (&function, draft) in &plan.drafts {
            let is_in_place = match plan.colors.get(&function) {
                Some(Color::Twin(twin)) if planner.has_twin(function, twin) => continue,
                color => !matches!(color, Some(Color::Twin(_) | Color::Variant)),
            };
            let notes = draft.notes.iter().filter(|note| Http::is_sent(note));
            sent.extend(notes.map(|note| ((function.file, note.node), is_in_place)));
        }
        Self(sent)
    }

    fn get(&self, call: &(usize, NodeId)) -> Option<bool> {
        self.0.get(call).copied()
    }
}

impl<'a> FileWriter<'a> {
    /// What becomes of the module's HTTP sessions, and what gives its functions a client that they share.
    pub(super) fn sessions(
        &mut self,
        planner: &Planner<'a>,
        plan: &Plan<'a>,
        sent: &Sent,
        file: usize,
    ) {
        let mut missing = self.shared(planner, plan, sent, file);
        let first = self.first_definition();
        for session in planner.http.kept_sessions(file) {
            if let Some(mut draft) = Draft::new(planner, file, None, plan.colors, Vec::new()) {
                session.keep(&mut draft);
                self.absorb(draft, None);
            }
        }
        for session in planner.http.module_sessions(file) {
            let calls = || session.calls().iter().map(|call| sent.get(call));
            if calls().all(|sent| sent.is_none()) {
                continue;
            }
            let stays = session.is_offered() || !calls().all(|sent| sent == Some(true));
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
    fn shared(
        &mut self,
        planner: &Planner<'a>,
        plan: &Plan<'a>,
        sent: &Sent,
        file: usize,
    ) -> Vec<String> {
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
            .any(|session| session.calls().iter().any(|call| sent.get(call).is_some()));
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
