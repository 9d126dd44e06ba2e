//! Context managers of the project: what `with` runs, and binds.

use unblocked_django::{Effect, canonical};
use unblocked_syntax::{Field, NodeId};

use super::{Inference, Key};
use crate::site::{SiteKind, SyncOnly};
use crate::types::{ClassRef, Evidence, FunctionRef, Type};
use crate::world::Symbol;

impl Inference<'_, '_> {
    /// `with Lock(name) as lock`: the project's methods run when the block begins and ends.
    pub(super) fn entered_object(&mut self, manager: NodeId, class: ClassRef) -> Type {
        let enter = self.world.method(class, "__enter__");
        let exit = self.world.method(class, "__exit__");
        self.runs_around(manager, enter, exit);
        enter.map_or(Type::Unknown, |enter| self.returned_by(enter))
    }

    /// `with locked(name)`, where `@contextmanager` made `locked` of a generator.
    pub(super) fn entered_generator(&mut self, manager: NodeId) -> Option<Type> {
        let call = self.ast.unparenthesized(manager);
        let kind = self.type_at(self.ast.child(call, Field::Function)?);
        let &[maker] = kind.callees()? else {
            return None;
        };
        if !self.is_context_manager(maker) {
            return None;
        }
        self.runs_around(manager, Some(maker), None);
        let yielded = self.exchange.known(Key::Return(maker));
        Some(yielded.unwrap_or_default().element())
    }

    fn runs_around(
        &mut self,
        manager: NodeId,
        enter: Option<FunctionRef>,
        exit: Option<FunctionRef>,
    ) {
        let statement = self.ast.statement(manager).unwrap_or(manager);
        // `async with` runs other methods.
        if self.ast.is_async(statement) || (enter.is_none() && exit.is_none()) {
            return;
        }
        self.site(
            statement,
            Effect::Query,
            Evidence::Proven,
            SiteKind::SyncOnly {
                what: SyncOnly::Manager { enter, exit },
            },
        );
    }

    /// True for a generator that `contextlib.contextmanager` decorates.
    fn is_context_manager(&self, function: FunctionRef) -> bool {
        let Some(signature) = self.world.function(function) else {
            return false;
        };
        let is_maker = |name: &String| {
            matches!(
                self.world.dotted(function.file, name),
                Some(Symbol::External(path)) if canonical(&path) == "contextlib.contextmanager"
            )
        };
        signature.is_generator && signature.decorator_names.iter().any(is_maker)
    }
}
