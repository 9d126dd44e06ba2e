//! What is called in threads by async code, and loops that are started within the loop.

use unblocked_syntax::view::KeywordArgument;
use unblocked_syntax::{Field, Kind, NodeId};

use super::Inference;
use crate::site::{HalfAsync, InThread, SiteKind, Threaded};
use crate::types::{Evidence, FunctionRef, Type};

impl Inference<'_, '_> {
    /// True for a function that its decorator runs in a thread: calls of it are coroutines.
    pub(super) fn runs_in_thread(&self, function: FunctionRef) -> bool {
        self.world.function(function).is_some_and(|signature| {
            let names = signature.decorator_names.iter();
            names
                .filter_map(|name| self.world.dotted(function.file, name))
                .any(|symbol| symbol.is_adapter())
        })
    }

    /// `sync_to_async(function, …)`
    pub(super) fn adapted(&mut self, node: NodeId, arguments: &[NodeId]) -> Type {
        let Some(&function) = arguments.first() else {
            return Type::Unknown;
        };
        if self.is_async_here() && self.is_value(function) {
            self.half_async(node, Evidence::Proven, HalfAsync::Early { value: function });
            self.early.insert(function);
        }
        Type::Adapted(function)
    }

    /// `loop.run_in_executor(pool, function, …)`: the function and its arguments.
    pub(super) fn in_executor<'n>(
        &self,
        method: NodeId,
        arguments: &'n [NodeId],
    ) -> Option<(NodeId, &'n [NodeId])> {
        let name = self.ast.child(method, Field::Attribute)?;
        let [_, function, rest @ ..] = arguments else {
            return None;
        };
        (self.text(name) == "run_in_executor" && self.is_async_here()).then_some((*function, rest))
    }

    /// True for what is surely no function: its value was there before the adapter was called.
    fn is_value(&self, node: NodeId) -> bool {
        let found = self.result.sites.iter().rev().take(4);
        let waits = found.filter(|site| site.node == node).any(|site| {
            matches!(
                site.kind,
                SiteKind::Method { .. }
                    | SiteKind::Evaluate { .. }
                    | SiteKind::Attribute { is_known: true, .. }
                    | SiteKind::Property { .. }
                    | SiteKind::Form { .. }
            )
        });
        match self.ast.kind(node) {
            Kind::Call => {
                waits
                    || matches!(
                        self.result.type_of(node),
                        Type::Plain
                            | Type::Instance(_)
                            | Type::QuerySet(_)
                            | Type::Sequence(_)
                            | Type::Mapping(_)
                            | Type::Coroutine(_)
                    )
            }
            Kind::Attribute => waits,
            _ => false,
        }
    }

    /// What a function gives that an adapter calls in a thread.
    pub(super) fn call_adapted(
        &mut self,
        node: NodeId,
        function: NodeId,
        adapter: Option<NodeId>,
        arguments: &[NodeId],
    ) -> Type {
        if self.early.contains(&function) {
            return Type::coroutine(match self.type_at(function) {
                Type::Coroutine(result) => (*result).clone(),
                value => value,
            });
        }
        if matches!(self.type_at(function), Type::Adapted(_)) {
            return Type::Unknown;
        }
        // It runs in a thread, where nothing has to be changed.
        let (sites, calls) = (self.result.sites.len(), self.result.calls.len());
        let result = match self.ast.kind(function) {
            // What its body gives may be lazy.
            Kind::Lambda => self
                .ast
                .child(function, Field::Body)
                .map_or(Type::Unknown, |body| self.type_at(body)),
            _ => self.called(node, function, arguments),
        };
        let done = self.result.sites.split_off(sites);
        let called = self.result.calls.split_off(calls);
        if self.is_async_here() {
            let here = || done.iter().filter(|site| site.node == node);
            // It may reach more than what has an async form.
            let is_careful = here().any(|site| site.kind.precedence() > Some(1));
            let waits = here().find(|site| {
                matches!(
                    site.kind,
                    SiteKind::Method { .. } | SiteKind::Function { .. } | SiteKind::Evaluate { .. }
                )
            });
            let evidence = waits
                .as_ref()
                .map_or(Evidence::Proven, |site| site.evidence);
            let does = match (waits, &result) {
                _ if is_careful => None,
                (Some(site), _) => Some(InThread::Waits(site.kind.clone().into())),
                (None, Type::QuerySet(_)) if called.is_empty() => Some(InThread::Builds),
                _ => called
                    .iter()
                    .rfind(|call| call.node == node)
                    .map(|call| InThread::Calls(call.callee)),
            };
            let is_direct = adapter.is_some() || self.ast.child(node, Field::Function).is_some_and(
                |callee| matches!(self.result.type_of(callee), Type::Path(path) if path.ends_with("to_thread"))
                    || self.text(callee).ends_with(".run_in_executor"),
            );
            if let Some(does) = does
                && is_direct
            {
                let threaded = Threaded {
                    function,
                    adapter,
                    is_any_thread: adapter.is_none_or(|adapter| self.is_insensitive(adapter)),
                    does,
                };
                self.half_async(node, evidence, HalfAsync::Threaded(threaded));
            }
        }
        Type::coroutine(match result {
            // It was evaluated there.
            Type::None | Type::Unknown => Type::Unknown,
            other => other,
        })
    }

    /// `sync_to_async(…, thread_sensitive=False)`
    fn is_insensitive(&self, adapter: NodeId) -> bool {
        let ast = self.ast;
        let Some(arguments) = ast.child(adapter, Field::Arguments) else {
            return false;
        };
        ast.children(arguments)
            .filter_map(|argument| KeywordArgument::cast(ast, argument))
            .any(|keyword| {
                self.text(keyword.name) == "thread_sensitive" && self.text(keyword.value) == "False"
            })
    }

    /// `asyncio.run(…)`, `loop.run_until_complete(…)`, `asyncio.create_task(…)`
    pub(super) fn scheduled(&mut self, node: NodeId, name: &str, arguments: &[NodeId]) -> Type {
        let ast = self.ast;
        if matches!(name, "create_task" | "ensure_future") {
            let is_statement = ast
                .parent(node)
                .is_some_and(|parent| ast.kind(parent) == Kind::ExpressionStatement);
            if is_statement && self.is_async_here() {
                self.half_async(node, Evidence::Proven, HalfAsync::LostTask);
            }
            return Type::Unknown;
        }
        let Some((&coroutine, [])) = arguments.split_first() else {
            return Type::Unknown;
        };
        let result = match self.type_at(coroutine) {
            Type::Coroutine(result) => (*result).clone(),
            _ => Type::Unknown,
        };
        if self.function.is_some() && matches!(ast.kind(coroutine), Kind::Call | Kind::Identifier) {
            self.half_async(node, Evidence::Proven, HalfAsync::OwnLoop { coroutine });
        }
        result
    }
}
