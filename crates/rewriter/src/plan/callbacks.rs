//! Lambdas in which something waits, and the calls that call them: these run in Django's thread, lambda and all.

use std::collections::BTreeSet;

use unblocked_analyzer::{Call, FileFacts, FunctionRef, ParamKind, Type};
use unblocked_syntax::{Field, Kind, NodeId};

use super::Planner;
use crate::draft::Draft;
use crate::effects::counts;

impl Planner<'_> {
    /// The calls in a function that run lambdas of it in which something waits, each with a lambda: of a function of the
    /// project that does nothing with its parameter but call it, and of a variable that holds the lambda and is only called.
    pub(super) fn called_back(&self, function: FunctionRef) -> Vec<(NodeId, NodeId)> {
        if let Some(known) = self.called_back.borrow().get(&function) {
            return known.clone();
        }
        let found = self.find_called_back(function);
        self.called_back
            .borrow_mut()
            .insert(function, found.clone());
        found
    }

    fn find_called_back(&self, function: FunctionRef) -> Vec<(NodeId, NodeId)> {
        let (Some(facts), owner) = (
            self.analysis.world.file(function.file),
            Some(function.index),
        ) else {
            return Vec::new();
        };
        let ast = facts.ast();
        let lambda_around = |node: NodeId| {
            ast.ancestors(node)
                .take_while(|&up| !ast.kind(up).is_statement())
                // What is in another one may be called later than that.
                .find(|&up| ast.kind(up) == Kind::Lambda)
        };
        let sites = self.effects.sites_of(function.file, owner);
        let waiting = sites.filter(|site| counts(site)).map(|site| site.node);
        let calls = self.effects.calls_of(function.file, owner);
        let waiting = waiting.chain(
            calls
                .filter(|call| self.effects.waits(call.callee))
                .map(|call| call.node),
        );
        let lambdas: BTreeSet<NodeId> = waiting.filter_map(lambda_around).collect();
        lambdas
            .into_iter()
            .flat_map(|lambda| {
                let calls = match self.given_to(facts, function, lambda) {
                    Some(call) => vec![call],
                    None => held_calls(facts, function, lambda),
                };
                calls.into_iter().map(move |call| (call, lambda))
            })
            .collect()
    }

    /// The call of a function of the project that is given a lambda and only calls it.
    fn given_to(&self, facts: &FileFacts, function: FunctionRef, lambda: NodeId) -> Option<NodeId> {
        let ast = facts.ast();
        let mut argument = lambda;
        let mut list = ast.parent(lambda)?;
        let mut name = None;
        if ast.kind(list) == Kind::KeywordArgument {
            name = ast.child(list, Field::Name).map(|name| facts.source(name));
            argument = list;
            list = ast.parent(list)?;
        }
        let node = ast
            .parent(list)
            .filter(|_| ast.kind(list) == Kind::ArgumentList)?;
        let mut calls = self.effects.calls_of(function.file, Some(function.index));
        let call = calls.find(|call| call.node == node)?;
        let position = ast.children(list).position(|one| one == argument)?;
        let is_plain = ast
            .children(list)
            .take(position)
            .all(|one| !matches!(ast.kind(one), Kind::ListSplat | Kind::DictionarySplat));
        (is_plain && self.only_calls(call, position, name)).then_some(node)
    }

    /// True for a plain function that does nothing with a parameter but call it, itself.
    fn only_calls(&self, call: &Call, position: usize, name: Option<&str>) -> bool {
        let (Some(facts), Some(definition)) = (
            self.analysis.world.file(call.callee.file),
            self.analysis.world.function(call.callee),
        ) else {
            return false;
        };
        let slot = position + usize::from(call.is_method);
        let param = match name {
            Some(name) => definition.params.iter().find(|param| param.name == name),
            None => definition.params.get(slot),
        };
        let is_plain = !definition.is_async
            && !definition.is_generator
            && definition.decorator_names.is_empty();
        let Some(param) = param.filter(|param| is_plain && param.kind != ParamKind::Rest) else {
            return false;
        };
        let ast = facts.ast();
        ast.subtree(definition.body)
            .filter(|&node| is_name(facts, node, &param.name))
            .all(|node| {
                ast.field(node) == Some(Field::Function)
                    && facts.owner(node) == Some(call.callee.index)
            })
    }
}

/// The calls of a variable that holds a lambda, when the function does nothing else with it.
fn held_calls(facts: &FileFacts, function: FunctionRef, lambda: NodeId) -> Vec<NodeId> {
    let ast = facts.ast();
    let assignment = ast
        .parent(lambda)
        .filter(|&up| ast.kind(up) == Kind::Assignment);
    let target = assignment.and_then(|up| ast.child(up, Field::Left));
    let (Some(target), Some(definition)) = (target, facts.functions.get(function.index)) else {
        return Vec::new();
    };
    if ast.kind(target) != Kind::Identifier {
        return Vec::new();
    }
    let name = facts.source(target);
    let mut calls = Vec::new();
    for node in ast.subtree(definition.body) {
        if node == target || !is_name(facts, node, name) {
            continue;
        }
        let in_lambda = ast
            .ancestors(node)
            .take_while(|&up| !ast.kind(up).is_statement())
            .any(|up| ast.kind(up) == Kind::Lambda);
        let is_called = ast.field(node) == Some(Field::Function)
            && facts.owner(node) == Some(function.index)
            && !in_lambda;
        match ast.parent(node).filter(|_| is_called) {
            Some(call) => calls.push(call),
            None => return Vec::new(),
        }
    }
    calls
}

/// True for a lambda that async code gives to a thread already: `sync_to_async(retry)(lambda: …)`, and one in a variable
/// that is used in no other way than `sync_to_async(name)`.
pub(super) fn is_given_to_thread(draft: &Draft<'_>, lambda: NodeId) -> bool {
    let ast = draft.ast();
    let is_adapter = |node: NodeId| {
        let name = draft.text(node);
        name.ends_with("sync_to_async") || name.ends_with("to_thread")
    };
    let callee = |call: NodeId| ast.child(call, Field::Function);
    let runs_there = |call: NodeId| {
        callee(call).is_some_and(|function| {
            is_adapter(function) || callee(function).is_some_and(is_adapter)
        })
    };
    let mut calls = ast
        .ancestors(lambda)
        .take_while(|&up| !ast.kind(up).is_statement())
        .filter(|&up| ast.kind(up) == Kind::Call);
    // `sync_to_async(list)(map(lambda …, rows))`
    let passes_on = |call: NodeId| {
        callee(call).is_some_and(|function| {
            matches!(draft.type_of(function), Type::Builtin(name) if matches!(&**name, "map" | "filter"))
        })
    };
    if let Some(call) = calls.next()
        && (runs_there(call) || (passes_on(call) && calls.next().is_some_and(runs_there)))
    {
        return true;
    }
    let assignment = ast
        .parent(lambda)
        .filter(|&up| ast.kind(up) == Kind::Assignment);
    let target = assignment.and_then(|up| ast.child(up, Field::Left));
    let (Some(target), Some(definition)) = (target, draft.definition()) else {
        return false;
    };
    let uses: Vec<NodeId> = ast
        .subtree(definition.body)
        .filter(|&node| node != target && is_name(draft.facts, node, draft.text(target)))
        .collect();
    ast.kind(target) == Kind::Identifier
        && !uses.is_empty()
        && uses.iter().all(|&node| {
            let call = ast.ancestors(node).nth(1);
            call.and_then(callee).is_some_and(is_adapter)
        })
}

/// True for a name that stands for a variable: no attribute, no keyword.
fn is_name(facts: &FileFacts, node: NodeId, name: &str) -> bool {
    let ast = facts.ast();
    ast.kind(node) == Kind::Identifier
        && facts.source(node) == name
        && !matches!(ast.field(node), Some(Field::Attribute | Field::Name))
}
