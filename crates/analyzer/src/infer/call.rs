//! Calls.

use std::sync::Arc;

use unblocked_django::{Owner, is_async_method};
use unblocked_syntax::view::{Attribute, KeywordArgument};
use unblocked_syntax::{Field, Kind, NodeId};

use super::{Inference, Key};
use crate::facts::ParamKind;
use crate::site::Call;
use crate::types::{Evidence, FunctionRef, Instance, Model, QuerySet, Rows, Type};

/// A queryset of a model, nothing loaded.
pub(super) fn queryset_of(model: Model, evidence: Evidence) -> QuerySet {
    QuerySet {
        model,
        rows: Rows::Instances,
        evidence,
        loaded: Arc::default(),
        deferred: Arc::default(),
        prefetched: Arc::default(),
        is_raw: false,
        class: None,
        origin: None,
    }
}

/// Builders that no other library's object has: what has them is evidently a queryset.
const QUERYSET_ONLY: &[&str] = &[
    "annotate",
    "bulk_create",
    "bulk_update",
    "exclude",
    "get_or_create",
    "prefetch_related",
    "select_for_update",
    "select_related",
    "update_or_create",
    "values_list",
];

/// Methods of containers that keep what they are given as it is, or that [`Inference::consumed_by`] tells.
const KEEPING: &[&str] = &[
    "add",
    "append",
    "difference",
    "extend",
    "get",
    "index",
    "insert",
    "intersection",
    "join",
    "pop",
    "put",
    "setdefault",
    "union",
    "update",
    "writerows",
];

impl<'w> Inference<'w, '_> {
    pub(super) fn call(&mut self, node: NodeId) {
        let Some(function) = self.ast.child(node, Field::Function) else {
            return;
        };
        let arguments: Vec<NodeId> = match self.ast.child(node, Field::Arguments) {
            Some(list) if self.ast.kind(list) == Kind::GeneratorExpression => vec![list],
            Some(list) => self.ast.children(list).collect(),
            None => Vec::new(),
        };
        self.given(function, &arguments);
        let kind = match self.in_executor(function, &arguments) {
            Some((called, rest)) => self.call_adapted(node, called, None, rest),
            None => self.called(node, function, &arguments),
        };
        let kind = self.loaded_by_name(function, &arguments, kind);
        self.set(node, kind);
        self.hands_on(&arguments);
        self.calls_back(node, &arguments);
    }

    /// What calling `function` gives; the places that wait are noted at the call.
    pub(super) fn called(&mut self, node: NodeId, function: NodeId, arguments: &[NodeId]) -> Type {
        match self.type_at(function) {
            Type::Unknown if self.is_view_of_class(function) => {
                // A class whose view is called by hand stays synchronous.
                if let Some(made) = self.ast.child(function, Field::Function)
                    && let Some(Attribute { object, name }) = Attribute::cast(self.ast, made)
                {
                    let class = self.text(object);
                    self.opaque(node, name, class);
                }
                Type::Unknown
            }
            Type::Adapted(inner) => {
                let adapter = Some(function).filter(|&f| self.ast.kind(f) == Kind::Call);
                self.call_adapted(node, inner, adapter, arguments)
            }
            Type::Builtin(name) => self.call_builtin(node, &name, arguments),
            Type::Path(path) => self.call_path(node, &path, arguments),
            // `asyncio.to_thread(orders.count)`: what is run is known.
            Type::Missing(_) if self.is_method_here(function) => {
                self.call_attribute(node, function, arguments)
            }
            Type::Missing(path) => self.call_missing(node, &path),
            Type::Undefined(name) if &*name == "Paginator" => self.paginator_of(arguments),
            Type::Undefined(name) => match super::library::class_like(&name) {
                true => Type::MissingObject(name),
                false => Type::Unknown,
            },
            Type::Function(callee) => self.call_project(node, callee, false, arguments),
            Type::Callable {
                functions,
                is_partial,
            } => self.call_value(node, functions, is_partial, arguments),
            Type::Method(callee) => match self.overrides_waiting(function) {
                // `asave()` calls the override of `save()`.
                true => self.call_attribute(node, function, arguments),
                false => self.call_project(node, callee, true, arguments),
            },
            class @ (Type::Class(_) | Type::Model(_)) => self.call_class(node, &class, arguments),
            Type::OneOfClasses(classes) => self.call_one_of_classes(node, &classes, arguments),
            // Of a content type.
            Type::Unresolved(_, name) if &*name == "model_class" => Type::Model(Model::Unknown),
            Type::Unresolved(_, name) if &*name == "values" && arguments.is_empty() => {
                // Of a dictionary or of a manager.
                Type::MaybeQuerySet(QuerySet {
                    rows: Rows::Plain,
                    ..queryset_of(Model::Unknown, Evidence::Possible)
                })
            }
            Type::Unresolved(instance, _) => {
                if let Some(attribute) = self.ast.child(function, Field::Attribute) {
                    self.call_unresolved(node, attribute, &instance);
                }
                self.call_attribute(node, function, arguments)
            }
            // A class that a call gave: `get_serializer("json")()`.
            Type::External(path) if super::external::is_class(&path) => {
                super::external::made_by(&path).unwrap_or_default()
            }
            _ => match self.ast.kind(function) {
                Kind::Attribute => self.call_attribute(node, function, arguments),
                Kind::Identifier => {
                    self.call_decorated(function, arguments);
                    Type::Unknown
                }
                Kind::Call => self.call_run(function, arguments),
                _ => Type::Unknown,
            },
        }
    }

    /// `async_to_sync(function)(…)`: the function is called with the arguments, and what it gives is awaited.
    fn call_run(&mut self, adapter: NodeId, arguments: &[NodeId]) -> Type {
        let ast = self.ast;
        let made = ast.child(adapter, Field::Function);
        let list = ast.child(adapter, Field::Arguments);
        let (Some(made), Some(run)) = (made, list.and_then(|list| ast.first_child(list))) else {
            return Type::Unknown;
        };
        if !matches!(self.type_at(made), Type::Path(path) if &*path == "asgiref.sync.async_to_sync")
        {
            return Type::Unknown;
        }
        let (callee, is_method) = match self.type_at(run) {
            Type::Function(callee) => (callee, false),
            Type::Method(callee) => (callee, true),
            _ => return Type::Unknown,
        };
        let is_bound = is_method && !self.is_static(callee);
        self.pass(callee, usize::from(is_bound), arguments);
        match self.returned_by(callee) {
            Type::Coroutine(result) => (*result).clone(),
            _ => Type::Unknown,
        }
    }

    /// True for `instance.save`, `instance.delete`: methods whose async form honours an override.
    fn overrides_waiting(&self, function: NodeId) -> bool {
        let Some(Attribute { object, name }) = Attribute::cast(self.ast, function) else {
            return false;
        };
        matches!(self.type_at(object), Type::Instance(_))
            && unblocked_django::async_method(Owner::Model, self.text(name)).is_some()
    }

    /// True for `ProductView.as_view(…)` of a class without async handlers.
    fn is_view_of_class(&self, node: NodeId) -> bool {
        let made = self.ast.child(node, Field::Function);
        let Some(Attribute { object, name }) =
            made.and_then(|made| Attribute::cast(self.ast, made))
        else {
            return false;
        };
        self.text(name) == "as_view"
            && match self.type_at(object) {
                Type::Class(class) => !self.family(class).iter().any(|&member| {
                    self.world.class(member).is_some_and(|outline| {
                        outline.methods.values().any(|&index| {
                            let method = FunctionRef {
                                file: member.file,
                                index,
                            };
                            self.world
                                .function(method)
                                .is_some_and(|method| method.is_async)
                        })
                    })
                }),
                _ => true,
            }
    }

    fn call_class(&mut self, node: NodeId, class: &Type, arguments: &[NodeId]) -> Type {
        if let Type::Class(reference) = class {
            self.form_made(node, *reference, arguments);
        }
        if let Type::Class(reference) = class
            && let Some(init) = self.world.method(*reference, "__init__")
        {
            self.call_project(node, init, true, arguments);
        }
        match self.instance_of(class) {
            Some(Type::Instance(instance)) => self.with_arguments(node, instance),
            other => other.unwrap_or_default(),
        }
    }

    /// An instance made of keyword arguments: the relations among them are loaded.
    pub(super) fn with_arguments(&self, call: NodeId, instance: Instance) -> Type {
        let arguments = self.ast.child(call, Field::Arguments);
        let names = arguments
            .into_iter()
            .flat_map(|list| self.ast.children(list));
        let loaded = names
            .filter(|&argument| self.ast.kind(argument) == Kind::KeywordArgument)
            .filter_map(|argument| self.ast.child(argument, Field::Name))
            .map(|name| Arc::from(self.text(name)))
            .collect();
        Type::Instance(Instance {
            loaded,
            deferred: Arc::default(),
            prefetched: Arc::default(),
            origin: None,
            ..instance
        })
    }

    pub(super) fn call_project(
        &mut self,
        node: NodeId,
        callee: FunctionRef,
        is_method: bool,
        arguments: &[NodeId],
    ) -> Type {
        // `@sync_to_async def load(): …`: it runs in a thread, and what called it goes on.
        let is_adapted = self.runs_in_thread(callee);
        if !is_adapted {
            self.result.calls.push(Call {
                node,
                function: self.function,
                callee,
                is_method,
            });
        }
        let is_bound = is_method && !self.is_static(callee);
        self.pass(callee, usize::from(is_bound), arguments);
        match self.returned_by(callee) {
            returned if is_adapted => Type::coroutine(returned),
            returned => returned,
        }
    }

    /// True for a `@staticmethod`, which gets no `self`.
    pub(super) fn is_static(&self, function: FunctionRef) -> bool {
        self.world.function(function).is_some_and(|function| {
            function
                .decorator_names
                .iter()
                .any(|name| name == "staticmethod")
        })
    }

    /// Learns what a function is called with. `offset`: parameters before the first argument's.
    pub(super) fn pass(&mut self, callee: FunctionRef, offset: usize, arguments: &[NodeId]) {
        let Some(function) = self.world.function(callee) else {
            return;
        };
        for (position, &argument) in arguments.iter().enumerate() {
            let (slot, value) = match self.ast.kind(argument) {
                Kind::KeywordArgument => {
                    let Some(KeywordArgument { name, value }) =
                        KeywordArgument::cast(self.ast, argument)
                    else {
                        continue;
                    };
                    let name = self.text(name);
                    (function.params.iter().position(|p| p.name == name), value)
                }
                Kind::ListSplat | Kind::DictionarySplat => continue,
                _ => (Some(position + offset), argument),
            };
            let kind = self.type_at(value);
            let recursive = callee.file == self.file && Some(callee.index) == self.function;
            if recursive && kind == Type::Unknown {
                // What a function passes to itself is what others pass to it.
                continue;
            }
            if let Some(slot) = slot
                && let Some(param) = function.params.get(slot)
                && param.kind != ParamKind::Rest
            {
                self.exchange.learn(Key::Argument(callee, slot), &kind);
            }
        }
    }

    /// `object.name(…)`.
    fn call_attribute(&mut self, node: NodeId, function: NodeId, arguments: &[NodeId]) -> Type {
        let Some(Attribute {
            object,
            name: attribute,
        }) = Attribute::cast(self.ast, function)
        else {
            return Type::Unknown;
        };
        let name = self.text(attribute);
        if let Some(class) = self.class_of_super(object)
            && let Some(result) = self.call_inherited(node, class, attribute, true)
        {
            return result;
        }
        match self.type_at(object) {
            // What `rows[index]` is written as to run in a thread.
            Type::QuerySet(_) | Type::MaybeQuerySet(_) | Type::Opaque | Type::Sequence(_)
                if name == "__getitem__" =>
            {
                let of = self.type_at(object);
                match arguments {
                    [index] if self.ast.kind(*index) == Kind::Call => Type::sequence(of.element()),
                    _ if of == Type::Opaque => Type::Opaque,
                    _ => self.element_of(&of),
                }
            }
            Type::Manager(manager) => {
                self.call_manager(node, object, attribute, &manager, arguments)
            }
            Type::QuerySet(queryset) => {
                self.call_queryset(node, object, attribute, &queryset, arguments)
            }
            Type::MaybeQuerySet(queryset) => {
                if unblocked_django::is_lazy_builder(Owner::QuerySet, name) {
                    // Lists have none of these, so it is a queryset.
                    let is_possible = queryset.evidence == Evidence::Possible;
                    let queryset = QuerySet {
                        evidence: queryset.evidence.min(Evidence::Evident),
                        ..queryset
                    };
                    let built = self.call_queryset(node, object, attribute, &queryset, arguments);
                    return match built {
                        Type::QuerySet(built) if is_possible => Type::MaybeQuerySet(built),
                        built => built,
                    };
                }
                if unblocked_django::async_method(Owner::QuerySet, name).is_some() {
                    self.opaque(node, attribute, "the queryset");
                    return Type::Unknown;
                }
                if matches!(
                    name,
                    "append"
                        | "extend"
                        | "index"
                        | "sort"
                        | "copy"
                        | "insert"
                        | "pop"
                        | "remove"
                        | "clear"
                        | "reverse"
                ) || is_async_method(Owner::QuerySet, name).is_some()
                {
                    return Type::Unknown;
                }
                self.opaque(node, attribute, "the queryset");
                Type::MaybeQuerySet(queryset)
            }
            Type::Instance(instance) => self.call_instance(node, object, attribute, &instance),
            Type::Function(function) if self.is_task(function) => {
                self.call_task(node, object, attribute)
            }
            Type::Function(function) if self.is_celery_task(function) => {
                self.call_celery_task(node, object, attribute, arguments)
            }
            Type::Opaque => self.call_opaque(node, attribute, name, arguments),
            Type::Unresolved(..) | Type::None => Type::Unknown,
            Type::Mapping(mapping) => self.call_mapping(object, name, &mapping, arguments),
            Type::Sequence(element) => self.call_sequence(object, name, &element, arguments),
            Type::Session => {
                self.owned_call(node, object, attribute, Owner::Session, Type::Unknown)
            }
            Type::Cache => self.owned_call(node, object, attribute, Owner::Cache, Type::Unknown),
            Type::Paginator(list) => self.call_paginator(node, object, attribute, (*list).clone()),
            Type::Page(list) => self.call_page(node, object, attribute, &list, arguments),
            of @ (Type::External(_)
            | Type::Object(_)
            | Type::OneOfObjects(_)
            | Type::MissingObject(_)) => {
                if let Some(form) = self.form(&of)
                    && let Some(kind) = self.call_form(node, object, name, &form, arguments)
                {
                    return kind;
                }
                match of {
                    Type::External(path) => {
                        self.call_external(node, object, attribute, &path, arguments)
                    }
                    Type::Object(class) => self.call_object(node, object, attribute, class),
                    Type::OneOfObjects(classes) => self.call_one_of(node, attribute, &classes),
                    Type::MissingObject(path) => {
                        let class = path.rsplit('.').next().unwrap_or(&path).to_owned();
                        self.opaque(node, attribute, &class);
                        Type::Unknown
                    }
                    _ => Type::Unknown,
                }
            }
            Type::Unknown if name == "is_valid" => {
                // Its form says so: what a helper or a setting chose, and validates, is a form or a serializer.
                let of = match arguments {
                    [] => Type::MissingObject("Form".into()),
                    _ => Type::External("rest_framework.serializers.Serializer".into()),
                };
                if self.ast.kind(object) == Kind::Identifier {
                    self.environment.bind(self.text(object), of.clone());
                }
                self.form(&of)
                    .and_then(|form| self.call_form(node, object, name, &form, arguments))
                    .unwrap_or_default()
            }
            Type::Unknown
                if QUERYSET_ONLY.contains(&name)
                    || matches!(name, "get" | "filter") && self.are_lookups(arguments) =>
            {
                let queryset = queryset_of(Model::Unknown, Evidence::Evident);
                self.call_queryset(node, object, attribute, &queryset, arguments)
            }
            Type::Unknown if self.may_run(name, arguments) => {
                self.opaque(node, attribute, "the object");
                Type::Opaque
            }
            _ => {
                self.consumed_by(name, arguments);
                Type::Unknown
            }
        }
    }

    /// True for a method that is given a queryset, and does not only keep it.
    fn may_run(&self, method: &str, arguments: &[NodeId]) -> bool {
        !KEEPING.contains(&method)
            && arguments.iter().any(|&argument| {
                matches!(self.type_at(argument), Type::QuerySet(_) | Type::Manager(_))
            })
    }

    /// True for keyword arguments of which one can only be a lookup: `name__startswith=…`.
    fn are_lookups(&self, arguments: &[NodeId]) -> bool {
        let keywords = || {
            arguments
                .iter()
                .map(|&argument| KeywordArgument::cast(self.ast, argument))
        };
        keywords().all(|keyword| keyword.is_some())
            && keywords()
                .flatten()
                .any(|keyword| self.text(keyword.name).contains("__"))
    }

    /// Methods of strings, lists, sets, writers that iterate over their arguments.
    pub(super) fn consumed_by(&mut self, method: &str, arguments: &[NodeId]) {
        if method == "join"
            && let [argument] = arguments
        {
            self.iterated(*argument, *argument);
        }
        if matches!(
            method,
            "extend" | "update" | "union" | "intersection" | "difference" | "writerows"
        ) {
            for &argument in arguments {
                match method {
                    "update" => self.iterated_as_rows(argument),
                    _ => self.iterated(argument, argument),
                }
            }
        }
    }
}
