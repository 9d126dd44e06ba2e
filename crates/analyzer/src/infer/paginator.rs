//! Paginators and their pages: lazy until a page is asked for, and its rows until they are iterated over.

use std::sync::Arc;

use unblocked_django::{Effect, Owner, canonical, is_lazy_builder, method_effect};
use unblocked_syntax::NodeId;
use unblocked_syntax::view::KeywordArgument;

use super::Inference;
use super::call::queryset_of;
use crate::site::SiteKind;
use crate::types::{Evidence, Model, Type};
use crate::world::Base;

/// The class of paginators, by its canonical name.
pub(super) const PAGINATOR: &str = "django.core.paginator.Paginator";

impl<'w> Inference<'w, '_> {
    /// What `Paginator(list, …)` gives.
    pub(super) fn paginator_of(&self, arguments: &[NodeId]) -> Type {
        let list = arguments.iter().find_map(|&argument| {
            match KeywordArgument::cast(self.ast, argument) {
                Some(keyword) if self.text(keyword.name) != "object_list" => None,
                Some(keyword) => Some(keyword.value),
                None => Some(argument),
            }
        });
        let list = list.map(|list| self.type_at(list)).unwrap_or_default();
        Type::Paginator(Arc::new(list))
    }

    /// What a value paginates, when it is a paginator: one of Django's or of a class of the project.
    pub(super) fn paginated(&self, of: &Type) -> Option<Type> {
        match of {
            Type::Paginator(list) => Some((**list).clone()),
            Type::Object(class) => {
                let derives = self.world.ancestors(*class).iter().any(
                    |base| matches!(base, Base::External(path) if canonical(path) == PAGINATOR),
                );
                derives.then_some(Type::Unknown)
            }
            _ => None,
        }
    }

    /// `paginator.name(…)`
    pub(super) fn call_paginator(
        &mut self,
        node: NodeId,
        object: NodeId,
        attribute: NodeId,
        list: Type,
    ) -> Type {
        let name = self.text(attribute);
        if method_effect(Owner::Paginator, name).is_none() {
            return Type::Unknown;
        }
        if !is_in_memory(&list) {
            self.owned_call(node, object, attribute, Owner::Paginator, Type::Unknown);
        }
        match name {
            "page" | "get_page" if is_in_memory(&list) => Type::sequence(list.element()),
            "page" | "get_page" => Type::Page(Arc::new(list)),
            _ => Type::Plain,
        }
    }

    /// `paginator.name`
    pub(super) fn paginator_attribute(
        &mut self,
        node: NodeId,
        object: NodeId,
        attribute: NodeId,
        name: &str,
        list: &Type,
    ) -> Type {
        let counts = matches!(name, "count" | "num_pages" | "page_range");
        if !counts {
            return if name == "object_list" {
                list.clone()
            } else {
                Type::Unknown
            };
        }
        if !is_in_memory(list) {
            self.site(
                node,
                Effect::Query,
                Evidence::Proven,
                SiteKind::Attribute {
                    object,
                    attribute,
                    of: "the paginator".into(),
                    is_known: true,
                    load: None,
                    is_generic: false,
                    keys: &[],
                },
            );
        }
        Type::Plain
    }

    /// `page.object_list.name(…)`: the rows are a queryset until they have been iterated over, then a list.
    pub(super) fn call_page(
        &mut self,
        node: NodeId,
        object: NodeId,
        attribute: NodeId,
        list: &Type,
        arguments: &[NodeId],
    ) -> Type {
        let name = self.text(attribute);
        let asks = unblocked_django::async_method(Owner::QuerySet, name).is_some();
        if !is_lazy_builder(Owner::QuerySet, name) {
            if asks {
                self.opaque(node, attribute, "the page");
            }
            return Type::Unknown;
        }
        let queryset = match list {
            Type::QuerySet(queryset) => queryset.clone(),
            _ => queryset_of(Model::Unknown, Evidence::Evident),
        };
        self.call_queryset(node, object, attribute, &queryset, arguments)
    }
}

/// True for what has its rows: counting and slicing it asks nothing.
fn is_in_memory(list: &Type) -> bool {
    matches!(list, Type::Sequence(_) | Type::Tuple(_) | Type::Plain)
}
