//! Where instances come from, so that relations can be loaded with them.

use std::sync::Arc;

use unblocked_django::{Owner, is_lazy_builder};
use unblocked_syntax::{Field, Kind, NodeId};

use super::{Inference, Key};
use crate::types::{Evidence, FunctionRef, Instance, Manager, Model, Origin, QuerySet, Type};

/// Builders after which, or with which, `select_related` means something else, or is refused.
const CLOSING: &[&str] = &[
    "dates",
    "datetimes",
    "defer",
    "difference",
    "extra",
    "fetch_mode",
    "intersection",
    "only",
    "raw",
    "select_for_update",
    "union",
];

impl<'w> Inference<'w, '_> {
    /// Where the queryset begins that a manager's method makes.
    pub(super) fn begun_at(&self, object: NodeId, manager: &Manager, name: &str) -> Option<Origin> {
        let is_of_queryset = is_lazy_builder(Owner::QuerySet, name)
            || matches!(
                name,
                "get" | "first" | "last" | "earliest" | "latest" | "in_bulk"
            );
        let overrides = manager
            .class
            .own
            .is_some_and(|class| self.world.method(class, "get_queryset").is_some());
        let is_plain = !overrides && !manager.class.is_partial;
        (is_of_queryset
            && is_plain
            && manager.prefetched.is_none()
            && manager.evidence == Evidence::Proven
            && self.world.model(&manager.model).is_some())
        .then(|| Origin {
            node: object,
            path: Arc::default(),
        })
    }

    /// An instance that a function fetches which is given the model.
    pub(super) fn fetched(&self, argument: Option<NodeId>, model: &Model) -> Type {
        let has_objects = self.world.model(model).is_some_and(|info| {
            let mut managers = info.managers.iter();
            let first = managers.next();
            !info.is_partial
                && managers.next().is_none()
                && first.is_some_and(|(name, class)| {
                    name == "objects" && class.own.is_none() && !class.is_partial
                })
        });
        Type::Instance(Instance {
            model: model.clone(),
            evidence: Evidence::Proven,
            loaded: Arc::default(),
            deferred: Arc::default(),
            prefetched: Arc::default(),
            origin: argument.filter(|_| has_objects).map(|node| Origin {
                node,
                path: Arc::default(),
            }),
        })
    }

    /// Some builders don't go with `select_related`: nothing is loaded where their querysets begin.
    pub(super) fn close_origins(&mut self, queryset: &QuerySet, name: &str, arguments: &[NodeId]) {
        let takes_back = match name {
            "select_related" => !arguments
                .iter()
                .all(|&argument| self.ast.kind(argument) == Kind::String),
            "prefetch_related" => arguments
                .iter()
                .any(|&argument| self.ast.kind(argument) == Kind::None),
            _ => false,
        };
        let takes_all = name == "select_related" && arguments.is_empty();
        // Rows that come in parts need the size of them, and a lookup can't be named before it gets a queryset of its own.
        let is_own = || {
            let mut arguments = arguments.iter();
            arguments.any(|&argument| self.ast.kind(argument) != Kind::String)
        };
        if matches!(name, "iterator" | "aiterator") || (name == "prefetch_related" && is_own()) {
            let node = queryset.origin.iter().map(|origin| origin.node);
            self.result.not_prefetched.extend(node);
        }
        if !(takes_back || takes_all || CLOSING.binary_search(&name).is_ok()) {
            return;
        }
        let mut closed: Vec<NodeId> = queryset.origin.iter().map(|origin| origin.node).collect();
        closed.extend(arguments.iter().filter_map(
            |&argument| match self.result.type_of(argument) {
                Type::QuerySet(queryset) => queryset.origin.as_ref().map(|origin| origin.node),
                _ => None,
            },
        ));
        self.result.closed_origins.extend(closed);
    }

    /// What is `None` before a loop that keeps a row in it (`best = order`) is that row from the second turn on.
    pub(super) fn carry(&mut self, node: NodeId, target: NodeId) {
        let ast = self.ast;
        let Some(body) = ast.child(node, Field::Body) else {
            return;
        };
        let rows: Vec<&str> = ast
            .subtree(target)
            .filter(|&id| ast.kind(id) == Kind::Identifier)
            .map(|id| self.text(id))
            .collect();
        let assigned: Vec<(&'w str, NodeId)> = ast
            .subtree(body)
            .filter(|&id| ast.kind(id) == Kind::Assignment)
            .filter_map(|id| Some((ast.child(id, Field::Left)?, ast.child(id, Field::Right)?)))
            .filter(|&(left, _)| ast.kind(left) == Kind::Identifier)
            .map(|(left, right)| (self.text(left), right))
            .collect();
        for &(name, value) in &assigned {
            let row = self.text(value);
            if self.environment.get(name) != Some(&Type::None) || !rows.contains(&row) {
                continue;
            }
            let Some(Type::Instance(instance)) = self.environment.get(row).cloned() else {
                continue;
            };
            let is_only = assigned
                .iter()
                .all(|&(other, value)| other != name || self.text(value) == row);
            let kept = match is_only {
                true => instance,
                false => Instance {
                    loaded: Arc::default(),
                    deferred: Arc::default(),
                    prefetched: Arc::default(),
                    origin: None,
                    ..instance
                },
            };
            self.environment.bind(name, Type::Instance(kept));
        }
    }

    /// What is `None` before a loop is from the second turn on whatever the body gave it, as the round before found out.
    pub(super) fn bind_kept(&mut self, node: NodeId) {
        let ast = self.ast;
        let (Some(body), Some(index)) = (ast.child(node, Field::Body), self.function) else {
            return;
        };
        let function = FunctionRef {
            file: self.file,
            index,
        };
        for id in ast.subtree(body) {
            let Some(target) = (ast.kind(id) == Kind::Assignment)
                .then(|| ast.child(id, Field::Left))
                .flatten()
                .filter(|&target| ast.kind(target) == Kind::Identifier)
            else {
                continue;
            };
            let name = self.text(target);
            if self.environment.get(name) != Some(&Type::None) {
                continue;
            }
            self.none_before_loop.insert(name);
            if let Some(kind) = self.exchange.known(Key::Kept(function, name.to_owned())) {
                self.environment.bind(name, kind);
            }
        }
    }

    /// Tells the next round what a loop keeps in a variable.
    pub(super) fn learn_kept(&mut self, name: &'w str, kind: &Type) {
        if let Some(index) = self.function
            && self.none_before_loop.contains(name)
            && *kind != Type::None
        {
            let function = FunctionRef {
                file: self.file,
                index,
            };
            let key = Key::Kept(function, name.to_owned());
            self.exchange.learn(key, &kind.stored());
        }
    }

    /// In a loop, a variable that its body assigns holds at the beginning what it held before, or what the body gave it:
    /// what was loaded with the one need not be with the other.
    pub(super) fn enter_loop(&mut self, node: NodeId) {
        let ast = self.ast;
        if ast.kind(node) == Kind::While {
            self.bind_kept(node);
        }
        for id in ast.subtree(node) {
            let target = match ast.kind(id) {
                Kind::Assignment => ast.child(id, Field::Left),
                Kind::NamedExpression => ast.child(id, Field::Name),
                _ => None,
            };
            let Some(target) = target else { continue };
            let names = match ast.kind(target) {
                Kind::Identifier => vec![target],
                Kind::PatternList | Kind::TuplePattern => ast.children(target).collect(),
                _ => continue,
            };
            for name in names {
                if ast.kind(name) != Kind::Identifier {
                    continue;
                }
                let name = self.text(name);
                if let Some(Type::Instance(instance)) = self.environment.get(name)
                    && (instance.origin.is_some() || !instance.loaded.is_empty())
                {
                    let weaker = Instance {
                        loaded: Arc::default(),
                        deferred: Arc::default(),
                        prefetched: Arc::default(),
                        origin: None,
                        ..instance.clone()
                    };
                    self.environment.bind(name, Type::Instance(weaker));
                }
            }
        }
    }
}
