//! Coroutines that nobody awaits.
//!
//! Where a coroutine is used as if it were its result, it is taken for its result from there on: that is what it becomes
//! once it is awaited.

use unblocked_django::{Effect, Owner, evaluates, is_lazy_builder};
use unblocked_syntax::view::KeywordArgument;
use unblocked_syntax::{Field, Kind, NodeId};

use super::Inference;
use crate::site::{HalfAsync, SiteKind, Used};
use crate::types::{Evidence, Type};

/// Attributes that a coroutine, a task or a future has itself.
const OF_COROUTINES: &[&str] = &[
    "add_done_callback",
    "cancel",
    "cancelled",
    "close",
    "cr_frame",
    "done",
    "exception",
    "result",
    "send",
    "set_name",
    "throw",
];

/// Builtins that take anything, a coroutine too.
const TAKE_ANYTHING: &[&str] = &[
    "callable",
    "getattr",
    "hasattr",
    "id",
    "isinstance",
    "setattr",
    "super",
    "type",
];

/// In larger functions, and in larger files, no variable is looked for: that takes as long again for each.
pub(super) const MOST_NODES: usize = 20_000;
const MOST_BYTES: usize = 500_000;

/// True for an attribute that coroutines and tasks have.
pub(super) fn is_of_coroutines(name: &str) -> bool {
    OF_COROUTINES.contains(&name)
}

/// What becomes of a variable where it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reading {
    /// It is used as a value that is no coroutine.
    Value,
    /// Nothing that tells.
    Nothing,
    /// It is awaited, or given to what may await it.
    MayAwait,
}

impl<'w> Inference<'w, '_> {
    /// True in a coroutine; bare statements may be the body of one.
    pub(super) fn is_async_here(&self) -> bool {
        self.function.is_none_or(|index| {
            let function = self.facts.functions.get(index);
            function.is_some_and(|function| function.is_async)
        })
    }

    pub(super) fn half_async(&mut self, node: NodeId, evidence: Evidence, what: HalfAsync) {
        self.site(node, Effect::Query, evidence, SiteKind::HalfAsync(what));
    }

    /// True when `await` stands right before a node.
    pub(super) fn is_awaited(&self, node: NodeId) -> bool {
        self.ast
            .parent(node)
            .is_some_and(|parent| self.ast.kind(parent) == Kind::Await)
    }

    /// The type of a call that should not be awaited, and may be.
    pub(super) fn as_awaited(&self, node: NodeId, result: Type) -> Type {
        if self.is_awaited(node) {
            Type::coroutine(result)
        } else {
            result
        }
    }

    /// `node` is used as a value: a coroutine that is made there is one that nobody awaits.
    pub(super) fn used(&mut self, node: NodeId, used: Used) {
        let ast = self.ast;
        let made = ast.unparenthesized(node);
        if ast.kind(made) != Kind::Call {
            return;
        }
        let Type::Coroutine(result) = self.type_at(made) else {
            return;
        };
        if self.is_awaited_power(made) {
            self.set(made, (*result).clone());
            return;
        }
        let callee = ast.child(made, Field::Function);
        if let Some(Type::Adapted(function)) = callee.map(|callee| self.type_at(callee))
            && self.early.contains(&function)
        {
            return;
        }
        let effect = self.effect_of(made, &result);
        self.site(
            made,
            effect,
            Evidence::Proven,
            SiteKind::HalfAsync(HalfAsync::Unawaited(used)),
        );
        let mut at = node;
        while at != made {
            self.set(at, (*result).clone());
            match ast.first_child(at) {
                Some(inner) => at = inner,
                None => break,
            }
        }
        self.set(made, (*result).clone());
    }

    /// `await a() ** b` awaits `a()`, whatever tree the parser makes of it.
    fn is_awaited_power(&self, node: NodeId) -> bool {
        let ast = self.ast;
        let mut left = node;
        for up in ast.ancestors(node) {
            match ast.kind(up) {
                Kind::BinaryOperator if ast.field(left) == Some(Field::Left) => {
                    let is_power = ast
                        .child(up, Field::Operator)
                        .is_some_and(|operator| self.text(operator) == "**");
                    if !is_power {
                        return false;
                    }
                }
                Kind::Await => return left != node,
                _ => return false,
            }
            left = up;
        }
        false
    }

    /// What a coroutine waits for, as far as its call tells.
    fn effect_of(&self, call: NodeId, result: &Type) -> Effect {
        let callee = self.ast.child(call, Field::Function);
        match (callee.map(|callee| self.type_at(callee)), result) {
            (Some(Type::Path(path)), _) if &*path == "asyncio.sleep" => Effect::Sleep,
            (_, Type::External(path))
                if path.starts_with("httpx") || path.starts_with("aiohttp") =>
            {
                Effect::Http
            }
            _ => Effect::Query,
        }
    }

    /// A statement that is an expression.
    pub(super) fn dropped(&mut self, node: NodeId) {
        let ast = self.ast;
        let Some(mut value) = ast.first_child(node) else {
            return;
        };
        if matches!(
            ast.kind(value),
            Kind::ListComprehension | Kind::SetComprehension
        ) && let Some(body) = ast.child(value, Field::Body)
        {
            value = body;
        }
        self.used(value, Used::Dropped);
    }

    /// `return`: of a coroutine's own coroutine nobody awaits the second one, and Django refuses it from a view.
    pub(super) fn returned(&mut self, node: NodeId) {
        let Some(function) = self
            .function
            .and_then(|index| self.facts.functions.get(index))
        else {
            return;
        };
        let is_view = function.class.is_none()
            && function.parent.is_none()
            && function.params.first().is_some_and(|p| p.name == "request");
        // What awaits it twice knows what it is given.
        let twice = format!("await (await {}(", function.name);
        let text = self.facts.text();
        let is_small = text.len() <= MOST_BYTES;
        if (function.is_async && is_small && !text.contains(&twice)) || is_view {
            let value = self.ast.first_child(node);
            if let Some(value) = value {
                self.used(value, Used::Returned);
            }
        }
    }

    /// `object.name = coroutine`, where it is one of the names that Django reads.
    pub(super) fn used_in_attribute(&mut self, target: NodeId, value: NodeId) {
        let name = self.ast.child(target, Field::Attribute);
        if name.is_some_and(|name| matches!(self.text(name), "object" | "object_list" | "user")) {
            self.used(value, Used::InVariable);
        }
    }

    /// A variable is given `value`: a coroutine that is used as its result, or not at all, is not awaited.
    pub(super) fn kept(&mut self, name: &str, target: NodeId, value: NodeId) {
        let made = self.ast.unparenthesized(value);
        if self.ast.kind(made) == Kind::Call
            && matches!(self.type_at(made), Type::Coroutine(_))
            && self.is_forgotten(name, target)
        {
            self.used(value, Used::InVariable);
        }
    }

    fn is_forgotten(&self, name: &str, target: NodeId) -> bool {
        let ast = self.ast;
        let function = self
            .function
            .and_then(|index| self.facts.functions.get(index));
        let body = function.map_or(NodeId::ROOT, |function| function.body);
        // Each variable is looked for in all of it.
        if ast.after(body).index() - body.index() > MOST_NODES {
            return false;
        }
        let mut is_forgotten = true;
        for node in ast.subtree(body) {
            match ast.kind(node) {
                Kind::Global | Kind::Nonlocal
                    if ast.children(node).any(|child| self.text(child) == name) =>
                {
                    return false;
                }
                Kind::Identifier if node != target && self.text(node) == name => {
                    is_forgotten &= self.reading(node, function.is_some()) != Reading::MayAwait;
                }
                _ => {}
            }
        }
        is_forgotten
    }

    /// What becomes of a variable at one of its places. Nothing that comes later has a type yet.
    fn reading(&self, node: NodeId, in_function: bool) -> Reading {
        let ast = self.ast;
        let mut node = node;
        loop {
            let Some(parent) = ast.parent(node) else {
                return Reading::Nothing;
            };
            let field = ast.field(node);
            return match ast.kind(parent) {
                Kind::Parenthesized | Kind::Pair | Kind::Dictionary => {
                    node = parent;
                    continue;
                }
                // The name of an attribute or an argument that is called like it.
                Kind::Attribute if field == Some(Field::Attribute) => Reading::Nothing,
                Kind::KeywordArgument if field == Some(Field::Name) => Reading::Nothing,
                Kind::KeywordArgument => {
                    node = parent;
                    continue;
                }
                Kind::Attribute => {
                    let name = ast.child(parent, Field::Attribute);
                    if name.is_some_and(|name| is_of_coroutines(self.text(name))) {
                        Reading::MayAwait
                    } else {
                        Reading::Value
                    }
                }
                Kind::Assignment | Kind::NamedExpression | Kind::Delete
                    if field != Some(Field::Right) && field != Some(Field::Value) =>
                {
                    Reading::Nothing
                }
                Kind::Subscript if field == Some(Field::Value) => Reading::Value,
                Kind::For | Kind::ForInClause if field == Some(Field::Left) => Reading::Nothing,
                Kind::Interpolation
                | Kind::Comparison
                | Kind::BooleanOperator
                | Kind::NotOperator
                | Kind::BinaryOperator
                | Kind::UnaryOperator
                | Kind::If
                | Kind::Elif
                | Kind::While
                | Kind::IfClause
                | Kind::For
                | Kind::ForInClause
                | Kind::Assert
                | Kind::ExpressionStatement => Reading::Value,
                Kind::Return if in_function && self.is_async_here() => Reading::Value,
                // `context = {"count": count}`
                Kind::Assignment
                    if ast.kind(node) == Kind::Dictionary
                        && ast
                            .child(parent, Field::Left)
                            .is_some_and(|variable| self.is_given_alone(variable)) =>
                {
                    Reading::Value
                }
                Kind::ArgumentList => {
                    let call = ast.parent(parent);
                    let callee = call.and_then(|call| ast.child(call, Field::Function));
                    if callee.is_some_and(|callee| self.takes_values_by_name(callee)) {
                        Reading::Value
                    } else {
                        Reading::MayAwait
                    }
                }
                _ => Reading::MayAwait,
            };
        }
    }

    /// True when what is called takes no coroutine, as far as its name tells.
    fn takes_values_by_name(&self, callee: NodeId) -> bool {
        let text = self.text(callee);
        if let Some(name) = self.ast.child(callee, Field::Attribute) {
            let name = self.text(name);
            return is_lazy_builder(Owner::Manager, name)
                || matches!(
                    name,
                    "get" | "aget" | "create" | "acreate" | "update" | "aupdate"
                ) && text.contains(".objects.");
        }
        match self.lookup(text) {
            Type::Path(path) => takes_values(&path),
            Type::Undefined(name) => is_response(&name),
            Type::Builtin(name) => !TAKE_ANYTHING.contains(&&*name),
            Type::Model(_) => true,
            _ => false,
        }
    }

    /// Arguments of what takes no coroutines.
    pub(super) fn given(&mut self, function: NodeId, arguments: &[NodeId]) {
        let takes_values = match self.type_at(function) {
            Type::Builtin(name) => {
                let takes_values = !TAKE_ANYTHING.contains(&&*name);
                if takes_values && !matches!(&*name, "anext" | "aiter") {
                    self.generated(arguments);
                }
                takes_values
            }
            Type::Path(path) => takes_values(&path),
            Type::Undefined(name) => is_response(&name),
            Type::Model(_) => true,
            _ => self.is_orm_method(function),
        };
        if !takes_values {
            return;
        }
        let mut stack: Vec<NodeId> = arguments.to_vec();
        while let Some(node) = stack.pop() {
            match self.ast.kind(node) {
                Kind::KeywordArgument => {
                    stack.extend(KeywordArgument::cast(self.ast, node).map(|k| k.value));
                }
                Kind::Dictionary
                | Kind::Pair
                | Kind::List
                | Kind::Tuple
                | Kind::Parenthesized
                | Kind::Conditional => stack.extend(self.ast.children(node)),
                Kind::Call => self.used(node, Used::AsValue),
                _ => {}
            }
        }
    }

    /// A method of a manager, a queryset or an instance, or `join` of a string.
    fn is_orm_method(&mut self, function: NodeId) -> bool {
        let ast = self.ast;
        let (Some(object), Some(name)) = (
            ast.child(function, Field::Object),
            ast.child(function, Field::Attribute),
        ) else {
            return false;
        };
        if matches!(self.text(name), "join" | "extend")
            && let Some(call) = ast.parent(function)
            && let Some(list) = ast.child(call, Field::Arguments)
        {
            let arguments: Vec<NodeId> = match ast.kind(list) {
                Kind::GeneratorExpression => vec![list],
                _ => ast.children(list).collect(),
            };
            self.generated(&arguments);
        }
        matches!(
            self.result.type_of(object),
            Type::Manager(_) | Type::QuerySet(_) | Type::Instance(_) | Type::Session | Type::Cache
        )
    }

    /// An async generator among the arguments of what iterates over them.
    fn generated(&mut self, arguments: &[NodeId]) {
        let ast = self.ast;
        for &argument in arguments {
            let is_async = ast.kind(argument) == Kind::GeneratorExpression
                && ast
                    .children(argument)
                    .any(|clause| ast.kind(clause) == Kind::ForInClause && ast.is_async(clause));
            if is_async && self.is_async_here() {
                self.half_async(argument, Evidence::Proven, HalfAsync::AsyncGenerator);
            }
        }
    }
}

/// True for functions and classes that are not given coroutines: responses, shortcuts, what prints or iterates.
fn takes_values(path: &str) -> bool {
    evaluates(path) || makes_responses(unblocked_django::canonical(path))
}

/// Functions and classes that give a response, or a part of one, at once.
pub(super) fn makes_responses(path: &str) -> bool {
    matches!(
        path,
        "django.shortcuts.render"
            | "django.shortcuts.redirect"
            | "django.template.response.TemplateResponse"
            | "django.template.loader.render_to_string"
            | "django.urls.reverse"
    ) || path.strip_prefix("django.http.").is_some_and(is_response)
}

/// True for what Django calls its responses.
pub(super) fn is_response(name: &str) -> bool {
    name.starts_with("HttpResponse") || matches!(name, "JsonResponse" | "TemplateResponse")
}

#[cfg(test)]
mod tests {
    #[test]
    fn names_are_sorted() {
        assert!(super::OF_COROUTINES.is_sorted());
    }
}
