//! Functions as values: in variables, bound by `partial`, called back by builtins.

use std::sync::Arc;

use unblocked_django::Effect;
use unblocked_syntax::view::{Attribute, Call, KeywordArgument};
use unblocked_syntax::{Field, Kind, NodeId};

use super::{Inference, Key};
use crate::site::SiteKind;
use crate::types::{Evidence, FunctionRef, Type};

impl<'w> Inference<'w, '_> {
    /// A call of one of several functions.
    pub(super) fn call_value(
        &mut self,
        node: NodeId,
        callees: Arc<[FunctionRef]>,
        is_partial: bool,
        arguments: &[NodeId],
    ) -> Type {
        let mut result: Option<Type> = None;
        for &callee in callees.iter() {
            if !is_partial {
                let function = self.world.function(callee);
                let is_method = function.is_some_and(|function| function.class.is_some());
                self.pass(callee, usize::from(is_method), arguments);
            }
            let returned = self.returned_by(callee);
            result = Some(result.map_or(returned.clone(), |known| known.join(&returned)));
        }
        self.site(
            node,
            Effect::Query,
            Evidence::Proven,
            SiteKind::Value { callees },
        );
        result.unwrap_or_default()
    }

    /// `functools.partial(function, …)`
    pub(super) fn call_partial(&mut self, arguments: &[NodeId]) -> Type {
        let Some((&function, bound)) = arguments.split_first() else {
            return Type::Unknown;
        };
        let kind = self.type_at(function);
        let Some(callees) = kind.callees() else {
            return Type::Unknown;
        };
        for &callee in callees {
            let function = self.world.function(callee);
            let is_method = function.is_some_and(|function| function.class.is_some());
            self.pass(callee, usize::from(is_method), bound);
        }
        Type::callable(callees.to_vec(), true)
    }

    /// Binds the parameters of a lambda: a builtin that calls it tells what with.
    pub(super) fn bind_lambda(&mut self, node: NodeId) {
        let ast = self.ast;
        let Some(parameters) = ast.child(node, Field::Parameters) else {
            return;
        };
        let called_with = self.called_with(node);
        let names = ast.children(parameters).enumerate();
        for (position, parameter) in names {
            let is_plain = ast.kind(parameter) == Kind::Identifier;
            let known = called_with.get(position).filter(|_| is_plain);
            let name = match ast.kind(parameter) {
                Kind::Identifier => Some(parameter),
                Kind::DefaultParameter => ast.child(parameter, Field::Name),
                _ => ast.first_child(parameter),
            };
            if let Some(name) = name.filter(|&name| ast.kind(name) == Kind::Identifier) {
                self.environment
                    .bind(self.text(name), known.cloned().unwrap_or_default());
            }
        }
    }

    /// What a builtin calls the function with that it is given.
    fn called_with(&self, lambda: NodeId) -> Vec<Type> {
        let ast = self.ast;
        let mut argument = lambda;
        let keyword = ast
            .parent(lambda)
            .and_then(|parent| KeywordArgument::cast(ast, parent));
        if keyword.is_some() {
            argument = ast.parent(lambda).unwrap_or(lambda);
        }
        let Some(Call {
            function,
            arguments,
        }) = ast
            .ancestors(argument)
            .nth(1)
            .and_then(|call| Call::cast(ast, call))
        else {
            return Vec::new();
        };
        let mut others = ast
            .children(arguments)
            .filter(|&other| ast.kind(other) != Kind::KeywordArgument);
        let element = |node: Option<NodeId>| node.map(|node| self.type_at(node).element());
        let name = match self.type_at(function) {
            Type::Builtin(name) => name,
            Type::Path(path) if &*path == "itertools.groupby" => "sorted".into(),
            _ => {
                let sorted = Attribute::cast(ast, function)
                    .filter(|method| self.text(method.name) == "sort" && keyword.is_some());
                return element(sorted.map(|method| method.object))
                    .into_iter()
                    .collect();
            }
        };
        match &*name {
            "sorted" | "min" | "max" => element(others.next()).into_iter().collect(),
            "map" | "filter" if others.next() == Some(lambda) => {
                others.map(|other| self.type_at(other).element()).collect()
            }
            _ => Vec::new(),
        }
    }

    /// A builtin calls functions of the project that it is given: `sorted(rows, key=rank)`, `map(rank, rows)`.
    pub(super) fn hands_on(&mut self, arguments: &[NodeId]) {
        for &argument in arguments {
            let value =
                KeywordArgument::cast(self.ast, argument).map_or(argument, |keyword| keyword.value);
            let callees: Vec<FunctionRef> = match self.result.type_of(value).callees() {
                Some(callees) => callees.to_vec(),
                None => continue,
            };
            let given = self.called_with(value);
            for callee in callees {
                let function = self.world.function(callee);
                let first = usize::from(function.is_some_and(|function| function.class.is_some()));
                for (position, kind) in given.iter().enumerate() {
                    let key = Key::Argument(callee, first + position);
                    self.exchange.learn(key, kind);
                }
            }
        }
    }

    /// Notes a builtin that calls a lambda in which something waits, or functions of the project, and has done so when it
    /// returns.
    pub(super) fn calls_back(&mut self, node: NodeId, arguments: &[NodeId]) {
        let ast = self.ast;
        let Some(function) = ast.child(node, Field::Function) else {
            return;
        };
        let builtin = match self.type_at(function) {
            Type::Builtin(name) => name,
            _ => match ast.child(function, Field::Attribute) {
                Some(name) if matches!(self.text(name), "sort" | "join") => self.text(name).into(),
                _ => return,
            },
        };
        let callback = match &*builtin {
            "sorted" | "min" | "max" | "sort" => arguments.iter().find_map(|&argument| {
                KeywordArgument::cast(ast, argument)
                    .filter(|keyword| self.text(keyword.name) == "key")
                    .map(|keyword| keyword.value)
            }),
            "list" | "tuple" | "set" | "frozenset" | "dict" | "sum" | "any" | "all" | "join" => {
                arguments.first().and_then(|&argument| {
                    let call = Call::cast(ast, argument)?;
                    let Type::Builtin(inner) = self.type_at(call.function) else {
                        return None;
                    };
                    matches!(&*inner, "map" | "filter")
                        .then(|| ast.first_child(call.arguments))
                        .flatten()
                })
            }
            _ => None,
        };
        let Some(callback) = callback else { return };
        if let Some(callees) = self.type_at(callback).callees().map(Arc::from) {
            let kind = SiteKind::Callback { callback, callees };
            self.site(node, Effect::Query, Evidence::Proven, kind);
            return;
        }
        if ast.kind(callback) != Kind::Lambda {
            return;
        }
        // What is in the lambda was walked last.
        let is_within = |at: NodeId| ast.contains(callback, at);
        let waits = self
            .result
            .sites
            .iter()
            .rev()
            .take(MOST_AFTER)
            .any(|site| is_within(site.node))
            || self
                .result
                .calls
                .iter()
                .rev()
                .take(MOST_AFTER)
                .any(|call| is_within(call.node));
        if waits {
            self.site(
                node,
                Effect::Query,
                Evidence::Proven,
                SiteKind::Callback {
                    callback,
                    callees: Arc::new([]),
                },
            );
        }
    }
}

/// How many sites after the last one of a lambda's may come from the call that takes it.
const MOST_AFTER: usize = 16;
