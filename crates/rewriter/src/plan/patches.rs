//! Tests that patch what becomes async.

use unblocked_analyzer::{FunctionRef, Type};
use unblocked_syntax::Field;

use super::{Coloring, Planner};
use crate::draft::{Color, Draft};
use crate::rules::suites::patched_function::{self, Patch};

/// Which forms of a function code calls by a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Called {
    Sync,
    Async,
    Both,
}

impl<'a> Planner<'a> {
    /// The patches, in any file, of what becomes async.
    pub(super) fn shape_patches(
        &self,
        coloring: &'a Coloring,
        shapes: &mut Vec<(usize, Draft<'a>)>,
    ) {
        for (file, facts) in self.analysis.world.files.iter().enumerate() {
            let suites = self.effects.suites();
            let is_any = facts.text().contains("patch")
                || facts.text().contains("mocker.spy(")
                || suites.is_of_tests(file);
            if !is_any || !self.options.changes(&facts.path) {
                continue;
            }
            let Some(mut draft) = Draft::new(self, file, None, &coloring.colors, Vec::new()) else {
                continue;
            };
            for patch in patched_function::find(&draft) {
                self.follow(&mut draft, &patch, coloring);
            }
            if draft.changes() || !draft.notes.is_empty() || !draft.set_aside.is_empty() {
                shapes.push((file, draft));
            }
        }
    }

    fn follow(&self, draft: &mut Draft<'_>, patch: &Patch, coloring: &Coloring) {
        let before = draft.checkpoint();
        let (made, twin) = match coloring.colors.get(&patch.function) {
            Some(Color::Convert) if !self.is_async(patch.function) => {
                (patched_function::stand_in(draft, patch), None)
            }
            Some(Color::Twin(twin)) if coloring.asyncs.contains(&patch.function) => {
                match self.called_as(patch, coloring) {
                    Called::Sync => return draft.accept(before),
                    Called::Async => (patched_function::rename(draft, patch, twin), Some(&**twin)),
                    Called::Both => {
                        patched_function::report(draft, patch, Some(twin));
                        return draft.accept(before);
                    }
                }
            }
            _ => return draft.accept(before),
        };
        match made {
            Ok(()) => {
                draft.settle(before);
            }
            Err(_) => {
                draft.restore(before);
                patched_function::report(draft, patch, twin);
            }
        }
    }

    /// Which forms of a function are called by the name that is patched.
    fn called_as(&self, patch: &Patch, coloring: &Coloring) -> Called {
        let (mut is_sync, mut is_async) = (false, false);
        let suites = self.effects.suites();
        for (file, found) in self.analysis.files.iter().enumerate() {
            let Some(facts) = self.analysis.world.file(file) else {
                continue;
            };
            let ast = facts.ast();
            let calls = found
                .calls
                .iter()
                .filter(|call| call.callee == patch.function);
            for call in calls {
                let through = ast
                    .child(call.node, Field::Function)
                    .and_then(|called| ast.child(called, Field::Object))
                    .map(|object| found.type_of(object));
                let by_name = match through {
                    Some(Type::Module(module)) => Some(*module) == patch.module,
                    Some(_) => patch.module.is_none(),
                    None => Some(file) == patch.module,
                };
                if !by_name || suites.holds(facts, file, call.function) {
                    continue;
                }
                let caller = call.function.map(|index| FunctionRef { file, index });
                let color = caller.and_then(|caller| coloring.colors.get(&caller));
                let was_async = caller.is_some_and(|caller| self.is_async(caller));
                match color {
                    Some(Color::Convert) => is_async = true,
                    Some(Color::Twin(_) | Color::Variant) => (is_sync, is_async) = (true, true),
                    _ if was_async => is_async = true,
                    _ => is_sync = true,
                }
            }
        }
        match (is_sync, is_async) {
            (_, false) => Called::Sync,
            (false, true) => Called::Async,
            (true, true) => Called::Both,
        }
    }
}
