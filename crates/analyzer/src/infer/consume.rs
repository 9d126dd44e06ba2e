//! What evaluates a queryset: iteration, truth, membership, subscripts.

use unblocked_django::{Effect, evaluates};
use unblocked_syntax::view::{Attribute, Binary, Call, Subscript};
use unblocked_syntax::{Field, Kind, NodeId};

use super::Inference;
use crate::site::{Consumer, ItemAccess, SiteKind, SyncOnly};
use crate::types::{Evidence, Instance, Model, Type};

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
    fn evaluate(&mut self, node: NodeId, source: NodeId, by: Consumer) {
        let kind = self.type_at(source);
        let (is_queryset, evidence) = match &kind {
            Type::QuerySet(queryset) => {
                (queryset.evidence != Evidence::Possible, queryset.evidence)
            }
            // Whether it is empty, how it looks and what is in it is asked of numbers and strings too.
            Type::Opaque if by == Consumer::Truth => return,
            maybe
                if matches!(by, Consumer::Format | Consumer::Contains)
                    && maybe.may_be_anything() =>
            {
                return;
            }
            Type::MaybeQuerySet(_) | Type::Opaque | Type::Page(_) | Type::SyncIterator(_) => {
                (false, Evidence::Evident)
            }
            _ => return,
        };
        let inner = self.ast.unparenthesized(source);
        if self.ast.kind(inner) == Kind::Identifier {
            self.evaluated.insert(self.text(inner));
        }
        let is_fresh = self.ast.kind(inner) == Kind::Call;
        self.site(
            node,
            Effect::Query,
            evidence,
            SiteKind::Evaluate {
                source,
                by,
                is_queryset,
                is_fresh,
            },
        );
    }

    /// True for a variable whose queryset has been evaluated before, in this function.
    fn was_evaluated(&self, node: NodeId) -> bool {
        self.ast.kind(node) == Kind::Identifier && self.evaluated.contains(self.text(node))
    }

    /// A `for` statement or a clause of a comprehension iterates over `right`.
    pub(super) fn looped(&mut self, node: NodeId, right: NodeId) {
        if !self.ast.is_async(node) {
            self.implicit(right, "__iter__", "list");
            self.form_value(right, "list");
        }
        if self.ast.is_async(node) || self.is_prefetched(right) {
            return;
        }
        let by = match self.ast.kind(node) {
            Kind::For => Consumer::For,
            _ => Consumer::Clause,
        };
        self.evaluate(node, right, by);
    }

    /// Something iterates over `source`, in memory.
    pub(super) fn iterated(&mut self, node: NodeId, source: NodeId) {
        self.implicit(source, "__iter__", "list");
        self.form_value(source, "list");
        if !self.is_prefetched(source) {
            self.evaluate(node, source, Consumer::Iteration);
        }
    }

    /// What Python calls by itself: `__str__` to print, `__iter__` to iterate.
    fn implicit(&mut self, node: NodeId, method: &str, function: &'static str) {
        let class = match self.type_at(node) {
            Type::Instance(Instance {
                model: Model::Known(class),
                ..
            })
            | Type::Object(class) => class,
            _ => return,
        };
        if let Some(callee) = self.world.method(class, method) {
            self.site(
                node,
                Effect::Query,
                Evidence::Proven,
                SiteKind::Implicit { callee, function },
            );
        }
    }

    /// Something prints `source`.
    pub(super) fn printed(&mut self, source: NodeId) {
        self.implicit(source, "__str__", "str");
        self.form_value(source, "str");
        if !self.is_prefetched(source) {
            self.evaluate(source, source, Consumer::Format);
        }
    }

    /// The truth of `node` is tested.
    pub(super) fn test(&mut self, node: NodeId) {
        // `a and b` tests `a`; whether it tests `b` depends on what is around, which is this test.
        let mut node = self.ast.unparenthesized(node);
        while self.ast.kind(node) == Kind::BooleanOperator
            && let Some(right) = self.ast.child(node, Field::Right)
        {
            node = self.ast.unparenthesized(right);
        }
        if !self.is_prefetched(node) && self.type_at(node).is_lazy() {
            self.evaluate(node, node, Consumer::Truth);
        }
    }

    pub(super) fn boolean(&mut self, node: NodeId) {
        let Some(Binary { left, right, .. }) = Binary::cast(self.ast, node) else {
            return;
        };
        self.test(left);
        let joined = self.type_at(left).join(&self.type_at(right));
        self.set(
            node,
            match joined {
                // What was tested has become a list.
                Type::QuerySet(queryset) if self.type_at(left).is_lazy() => {
                    Type::MaybeQuerySet(queryset)
                }
                joined => joined,
            },
        );
    }

    pub(super) fn comparison(&mut self, node: NodeId) {
        self.set(node, Type::Plain);
        let children: Vec<NodeId> = self.ast.children(node).collect();
        for window in children.windows(2) {
            let [operator, right] = window else { continue };
            if self.ast.field(*operator) != Some(Field::Operators)
                || !matches!(self.text(*operator).split_whitespace().last(), Some("in"))
            {
                continue;
            }
            if self.type_at(*right) == Type::Session {
                self.site(
                    node,
                    Effect::Session,
                    Evidence::Proven,
                    SiteKind::SessionItem {
                        session: *right,
                        access: ItemAccess::Contains,
                    },
                );
            } else if self.type_at(*right) == Type::Cache {
                self.site(
                    node,
                    Effect::Cache,
                    Evidence::Proven,
                    SiteKind::InCache { cache: *right },
                );
            } else if !self.is_prefetched(*right) {
                self.evaluate(*right, *right, Consumer::Contains);
            }
        }
    }

    /// `a + b`, `a | b`, `a % b`: `|` and `&` combine querysets lazily, `%` prints.
    pub(super) fn binary(&mut self, node: NodeId) {
        let Some(Binary {
            left,
            operator,
            right,
        }) = Binary::cast(self.ast, node)
        else {
            return;
        };
        let (a, b) = (self.type_at(left), self.type_at(right));
        let kind = match self.text(operator) {
            "|" | "&" | "^" if matches!((&a, &b), (Type::QuerySet(_), Type::QuerySet(_))) => {
                a.join(&b)
            }
            "%" => {
                self.printed(right);
                Type::Plain
            }
            "+" if matches!((&a, &b), (Type::Sequence(_), Type::Sequence(_))) => a.join(&b),
            "|" if matches!((&a, &b), (Type::Mapping(_), Type::Mapping(_))) => a.join(&b),
            _ if a == Type::Plain && b == Type::Plain => Type::Plain,
            _ => Type::Unknown,
        };
        self.set(node, kind);
    }

    pub(super) fn subscript(&mut self, node: NodeId) {
        let Some(Subscript { value, index }) = Subscript::cast(self.ast, node) else {
            return;
        };
        let of = self.type_at(value);
        let is_target = self.ast.parent(node).is_some_and(|parent| {
            self.ast.kind(parent) == Kind::Delete
                || (self.ast.field(node) == Some(Field::Left)
                    && matches!(
                        self.ast.kind(parent),
                        Kind::Assignment | Kind::AugmentedAssignment
                    ))
        });
        if !is_target {
            self.form_value(value, "list");
        }
        let kind = match &of {
            Type::Path(path) if unblocked_django::canonical(path) == "django.core.cache.caches" => {
                Type::Cache
            }
            Type::Session => {
                if !is_target {
                    self.site(
                        node,
                        Effect::Session,
                        Evidence::Proven,
                        SiteKind::SessionItem {
                            session: value,
                            access: ItemAccess::Read,
                        },
                    );
                }
                Type::Unknown
            }
            // `connections["replica"]` is a connection like `connection`.
            Type::Path(path) if unblocked_django::canonical(path) == "django.db.connections" => {
                Type::Path("django.db.connection".into())
            }
            // A slice of a queryset that has been evaluated is a list.
            Type::QuerySet(queryset) if self.is_lazy_slice(index) && self.was_evaluated(value) => {
                Type::MaybeQuerySet(queryset.clone())
            }
            Type::QuerySet(queryset) if self.is_lazy_slice(index) => {
                Type::QuerySet(queryset.clone())
            }
            Type::MaybeQuerySet(_) | Type::Opaque if self.is_lazy_slice(index) => of.clone(),
            Type::Opaque if self.ast.kind(index) == Kind::Integer => {
                self.evaluate(node, value, Consumer::Subscript);
                Type::Opaque
            }
            Type::QuerySet(_) | Type::MaybeQuerySet(_) | Type::Page(_) => {
                if !self.is_prefetched(value) {
                    self.evaluate(node, value, Consumer::Subscript);
                }
                if self.ast.kind(index) == Kind::Slice {
                    Type::sequence(of.element())
                } else {
                    of.element()
                }
            }
            Type::Sequence(_) if self.ast.kind(index) == Kind::Slice => of.clone(),
            Type::Mapping(mapping) => self.under_key(mapping, index),
            Type::Tuple(parts) => self
                .text(index)
                .parse::<usize>()
                .ok()
                .and_then(|index| parts.get(index).cloned())
                .unwrap_or_else(|| of.element()),
            other => other.element(),
        };
        self.set(node, kind);
    }

    /// `[a:b]` makes another queryset; a step evaluates.
    fn is_lazy_slice(&self, index: NodeId) -> bool {
        self.ast.kind(index) == Kind::Slice && self.text(index).matches(':').count() == 1
    }

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
                Type::sequence(kind.element())
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
                    "enumerate" => Type::sequence(Type::tuple(vec![Type::Plain, kind.element()])),
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

    /// `getattr(object, "name")`, `hasattr(object, "name")`
    fn read_by_name(&mut self, node: NodeId, arguments: &[NodeId]) {
        let [object, name, ..] = *arguments else {
            return;
        };
        let Some(attribute) = crate::facts::string_value(self.text(name)) else {
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
            Type::Unresolved(instance, read) => self.learn_relation(&instance, &read),
            Type::Instance(instance) => {
                let known = self.world.model(&instance.model);
                let may_ask = match known.and_then(|info| info.attributes.get(&attribute)) {
                    Some(crate::model::Attribute::Relation { .. }) => true,
                    Some(_) => false,
                    None => known.is_none_or(|info| info.is_partial || info.is_user),
                };
                if may_ask && !instance.loaded.iter().any(|path| **path == *attribute) {
                    let of = self.describe(&instance.model);
                    self.site(
                        node,
                        Effect::Query,
                        instance.evidence,
                        SiteKind::OpaqueMethod { of, name },
                    );
                }
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
        if !self.result.type_of(value).may_be_anything() {
            self.iterated(value, value);
        }
    }

    /// True for `order.items.all()` where the rows were prefetched.
    fn is_prefetched(&self, node: NodeId) -> bool {
        let node = self.ast.unparenthesized(node);
        let Some(Attribute { object, name }) =
            Call::cast(self.ast, node).and_then(|call| Attribute::cast(self.ast, call.function))
        else {
            return false;
        };
        self.text(name) == "all"
            && matches!(self.type_at(object), Type::Manager(manager) if manager.prefetched)
    }

    /// What `with manager as name` binds; transactions are recognised here.
    pub(super) fn entered(&mut self, manager: NodeId) -> Type {
        let call = self.ast.unparenthesized(manager);
        let function = self.ast.child(call, Field::Function).unwrap_or(call);
        if let Type::Path(path) = self.type_at(function) {
            let what = match unblocked_django::canonical(&path) {
                "django.db.transaction.atomic" => Some(SyncOnly::Transaction),
                "django.db.connection.cursor" => Some(SyncOnly::Cursor),
                _ => None,
            };
            if let Some(what) = what {
                let statement = self.ast.statement(manager).unwrap_or(manager);
                self.site(
                    statement,
                    Effect::Query,
                    Evidence::Proven,
                    SiteKind::SyncOnly { what },
                );
            }
        }
        // The loop's only thread would wait for itself: a lock is not held across an `await`.
        if let Type::External(path) = self.type_at(manager)
            && (path.starts_with("threading.") || path.starts_with("multiprocessing."))
        {
            let statement = self.ast.statement(manager).unwrap_or(manager);
            self.site(
                statement,
                Effect::Lock,
                Evidence::Proven,
                SiteKind::SyncOnly {
                    what: SyncOnly::Lock,
                },
            );
        }
        match self.type_at(manager) {
            // `with open(…) as file`, `with requests.Session() as session`
            kind @ (Type::External(_) | Type::HttpResponse(_)) => kind,
            _ => Type::Unknown,
        }
    }
}
