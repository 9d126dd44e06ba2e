//! Calls of Python's builtins, and of library functions that evaluate what they are given.

use unblocked_django::{Effect, evaluates};
use unblocked_syntax::{Field, Kind, NodeId};

use super::Inference;
use super::bound::{DJANGO_METHOD, is_method};
use crate::site::{Consumer, SiteKind};
use crate::types::{Evidence, Type};

/// Builtins that iterate over their arguments, or print them.
const ITERATING: &[&str] = &[
    "all",
    "any",
    "dict",
    "enumerate",
    "filter",
    "frozenset",
    "iter",
    "map",
    "max",
    "min",
    "print",
    "repr",
    "reversed",
    "set",
    "sorted",
    "str",
    "sum",
    "tuple",
    "zip",
];

impl Inference<'_, '_> {
    pub(super) fn call_builtin(&mut self, node: NodeId, name: &str, arguments: &[NodeId]) -> Type {
        let first = arguments.first().copied();
        let kind = first.map(|first| self.type_at(first)).unwrap_or_default();
        match name {
            "list" => {
                if let Some(first) = first
                    && arguments.len() == 1
                {
                    if self.is_prefetched(first) {
                    } else if kind.is_lazy() {
                        self.evaluate(node, first, Consumer::List);
                    }
                }
                Type::sequence(self.element_of(&kind))
            }
            "len" => {
                if let Some(first) = first
                    && !self.is_prefetched(first)
                {
                    self.form_value(first, "list");
                    self.evaluate(node, first, Consumer::Length);
                }
                Type::Plain
            }
            "bool" => {
                if let Some(first) = first {
                    self.test(first);
                }
                Type::Plain
            }
            "open" | "input" => {
                if unblocked_django::blocking(&format!("builtins.{name}")).is_some() {
                    self.site(
                        node,
                        if name == "open" {
                            Effect::File
                        } else {
                            Effect::Input
                        },
                        Evidence::Proven,
                        SiteKind::Function {
                            path: format!("builtins.{name}").into(),
                        },
                    );
                }
                Type::External(format!("builtins.{name}").into())
            }
            "getattr" | "hasattr" => {
                self.read_by_name(node, arguments);
                match (self.result.type_of(node), name) {
                    (_, "hasattr") => Type::Plain,
                    (known, _) => known.clone(),
                }
            }
            "super" => {
                let class = self
                    .function
                    .and_then(|index| self.facts.functions.get(index)?.class)
                    .map(|index| crate::types::ClassRef {
                        file: self.file,
                        index,
                    });
                class.map_or(Type::Unknown, |class| {
                    self.super_form(class)
                        .unwrap_or_else(|| self.own_instance(class, None))
                })
            }
            _ if ITERATING.binary_search(&name).is_ok() => {
                let by_value = matches!(name, "map" | "filter");
                let positional = arguments
                    .iter()
                    .filter(|&&argument| self.ast.kind(argument) != Kind::KeywordArgument);
                // `max(a, b)` compares its arguments.
                let compares = matches!(name, "min" | "max") && positional.count() > 1;
                for (position, &argument) in arguments.iter().enumerate() {
                    if by_value && position == 0 || compares {
                        continue;
                    }
                    let value = match self.ast.kind(argument) {
                        Kind::KeywordArgument | Kind::ListSplat | Kind::DictionarySplat => continue,
                        _ => argument,
                    };
                    if matches!(name, "print" | "repr" | "str") {
                        self.printed(value);
                    } else if name == "dict" {
                        self.iterated_as_rows(value);
                    } else {
                        self.iterated(value, value);
                    }
                }
                match name {
                    "dict" => self.made_by_dict(arguments),
                    "sorted" | "set" | "frozenset" | "tuple" | "reversed" | "iter" => {
                        Type::sequence(kind.element())
                    }
                    "min" | "max" if compares => Type::Unknown,
                    "min" | "max" => kind.element(),
                    "enumerate" => {
                        let element = self.element_of(&kind);
                        Type::sequence(Type::tuple(vec![Type::Plain, element]))
                    }
                    "zip" => Type::sequence(Type::tuple(
                        arguments
                            .iter()
                            .map(|&argument| self.type_at(argument).element())
                            .collect(),
                    )),
                    _ => Type::Plain,
                }
            }
            "next" => kind.element(),
            "int" | "float" | "abs" | "round" | "isinstance" | "range" | "id" | "hash"
            | "format" => Type::Plain,
            _ => Type::Unknown,
        }
    }

    /// `getattr(row, name)`: it may be a relation, a property, or a method that is called next.
    fn read_by_any_name(&mut self, node: NodeId, object: NodeId, name: NodeId) {
        let of = self.type_at(object);
        if matches!(of, Type::Manager(_) | Type::QuerySet(_)) {
            self.set(node, Type::Missing(DJANGO_METHOD.into()));
        }
        if let Type::Instance(instance) = of {
            // What is called is a method: to read that is free.
            if !self.is_called(node) && !self.is_adapted(node) {
                let of = self.describe(&instance.model);
                self.site(
                    node,
                    Effect::Query,
                    Evidence::Evident,
                    SiteKind::OpaqueMethod { of, name },
                );
            }
            self.set(node, Type::Missing(self.text(name).into()));
        }
    }

    /// `getattr(object, "name")`, `hasattr(object, "name")`
    fn read_by_name(&mut self, node: NodeId, arguments: &[NodeId]) {
        let [object, name, ref other @ ..] = *arguments else {
            return;
        };
        if let Type::Object(class) = self.type_at(object)
            && let Some(computes) = self.world.method(class, "__getattr__")
        {
            let callees = [computes].into();
            self.site(
                node,
                Effect::Query,
                Evidence::Proven,
                SiteKind::Value { callees },
            );
        }
        let Some(attribute) = crate::facts::string_value(self.text(name)) else {
            self.read_by_any_name(node, object, name);
            return;
        };
        if attribute == "errors" && self.form(&self.type_at(object)).is_some() {
            self.validated(object);
        }
        match self.type_at(object) {
            Type::Request if attribute == "user" => {
                if self.environment.get(super::flow::LOADED_USER).is_none() {
                    self.site(
                        node,
                        Effect::Query,
                        Evidence::Proven,
                        SiteKind::RequestUser { request: object },
                    );
                }
                let user = Type::Model(self.world.user_model());
                let user = self.instance_of(&user).unwrap_or_default();
                self.set(node, user);
            }
            Type::Object(class) => {
                let read = match self.world.view_method(class, &attribute) {
                    Some(property) if self.is_property(property) => self.returned_by(property),
                    Some(method) => Type::Method(method),
                    None => self.attribute_of_kin(class, &attribute),
                };
                self.set(node, read);
            }
            Type::Unresolved(instance, read) => self.learn_relation(&instance, &read),
            Type::Instance(instance) => {
                let known = self.world.model(&instance.model);
                let read = match known.and_then(|info| info.attributes.get(&attribute)) {
                    Some(known) => self.kind_of_attribute(&instance, &attribute, known.clone()),
                    None => self.method_by_name(&instance, &attribute),
                };
                let may_ask = match known.and_then(|info| info.attributes.get(&attribute)) {
                    Some(crate::model::Attribute::Relation { .. }) => true,
                    Some(_) => false,
                    None => known.is_none_or(|info| info.is_partial || info.is_user),
                } && !is_method(&Type::Instance(instance.clone()), &attribute);
                if may_ask && !instance.loaded.iter().any(|path| **path == *attribute) {
                    let of = self.describe(&instance.model);
                    self.site(
                        node,
                        Effect::Query,
                        instance.evidence,
                        SiteKind::OpaqueMethod { of, name },
                    );
                }
                let otherwise = other.iter().map(|&other| self.type_at(other));
                let read = otherwise.fold(read, |read, other| read.join(&other));
                self.set(node, read);
            }
            of @ (Type::Manager(_) | Type::QuerySet(_)) if is_method(&of, &attribute) => {
                self.set(node, Type::Missing(DJANGO_METHOD.into()));
            }
            _ => {}
        }
    }

    /// A library's function that iterates over or prints what it is given.
    pub(super) fn evaluate_arguments(&mut self, path: &str, arguments: &[NodeId]) {
        if !evaluates(path) {
            return;
        }
        for &argument in arguments {
            let value = match self.ast.kind(argument) {
                Kind::KeywordArgument => self.ast.child(argument, Field::Value),
                Kind::ListSplat | Kind::DictionarySplat => None,
                _ => Some(argument),
            };
            if let Some(value) = value {
                self.iterated_as_rows(value);
            }
        }
    }

    /// Something takes rows, or a dictionary, which is no list of its keys.
    pub(super) fn iterated_as_rows(&mut self, value: NodeId) {
        let kind = self.result.type_of(value);
        if !kind.may_be_anything() && !matches!(kind, Type::MaybeQuerySet(_)) {
            self.iterated(value, value);
        }
    }
}
