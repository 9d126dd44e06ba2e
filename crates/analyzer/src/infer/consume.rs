//! What evaluates a queryset: iteration, truth, membership, subscripts.

use unblocked_django::Effect;
use unblocked_syntax::view::{Attribute, Binary, Call, Subscript};
use unblocked_syntax::{Field, Kind, NodeId};

use super::Inference;
use crate::site::{Consumer, ItemAccess, SiteKind, SyncOnly, Used};
use crate::types::{Evidence, Instance, Model, Type};

impl Inference<'_, '_> {
    pub(super) fn evaluate(&mut self, node: NodeId, source: NodeId, by: Consumer) {
        let kind = self.type_at(source);
        let (is_queryset, evidence) = match &kind {
            Type::QuerySet(queryset) => {
                (queryset.evidence != Evidence::Possible, queryset.evidence)
            }
            // Whether it is empty, how it looks and what is in it is asked of numbers and strings too.
            Type::Opaque
                if matches!(by, Consumer::Truth | Consumer::Format | Consumer::Contains) =>
            {
                if !self.asks_of_many(self.ast.unparenthesized(source), by) {
                    return;
                }
                (false, Evidence::Evident)
            }
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
        self.used(right, Used::AsValue);
        if self.ast.is_async(node) {
            self.looped_async(right);
        }
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
        self.used(source, Used::AsValue);
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
        self.used(node, Used::AsTruth);
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
        for &child in &children {
            self.used(child, Used::AsValue);
        }
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
        self.used(left, Used::AsValue);
        self.used(right, Used::AsValue);
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
        self.used(value, Used::AsValue);
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
            Type::Path(_) | Type::External(_) => {
                let known = self.external_attribute(&of, "[]");
                known.unwrap_or_else(|| self.element_of(&of))
            }
            // A slice of a queryset that has been evaluated is a list.
            Type::QuerySet(_) if self.is_lazy_slice(index) && self.is_prefetched(value) => {
                Type::sequence(of.element())
            }
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
            other => self.element_of(other),
        };
        self.set(node, kind);
    }

    /// `[a:b]` makes another queryset; a step evaluates.
    fn is_lazy_slice(&self, index: NodeId) -> bool {
        self.ast.kind(index) == Kind::Slice && self.text(index).matches(':').count() == 1
    }

    /// True for `order.items.all()` where the rows were prefetched.
    pub(super) fn is_prefetched(&self, node: NodeId) -> bool {
        let node = self.ast.unparenthesized(node);
        let Some(Attribute { object, name }) =
            Call::cast(self.ast, node).and_then(|call| Attribute::cast(self.ast, call.function))
        else {
            return false;
        };
        self.text(name) == "all"
            && matches!(self.type_at(object), Type::Manager(manager) if manager.prefetched.is_some())
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
        let entered = match self.type_at(manager) {
            Type::HttpResponse(_, library) => library.response(),
            other => other,
        };
        if let Type::External(path) = entered {
            let statement = self.ast.statement(manager).unwrap_or(manager);
            if let Some((effect, _)) = unblocked_django::waits_at_exit(&path) {
                self.site(
                    statement,
                    effect,
                    Evidence::Proven,
                    SiteKind::SyncOnly {
                        what: SyncOnly::Resource(effect),
                    },
                );
            } else if path.starts_with("threading.") || path.starts_with("multiprocessing.") {
                // The loop's only thread would wait for itself: a lock is not held across an `await`.
                self.site(
                    statement,
                    Effect::Lock,
                    Evidence::Proven,
                    SiteKind::SyncOnly {
                        what: SyncOnly::Lock,
                    },
                );
            }
        }
        if let Some(yielded) = self.entered_generator(manager) {
            return yielded;
        }
        match self.type_at(manager) {
            // `with open(…) as file`, `with requests.Session() as session`
            kind @ (Type::External(_) | Type::HttpResponse(..)) => kind,
            Type::Object(class) => self.entered_object(manager, class),
            // `async with session.get(url) as response`
            Type::Coroutine(result) if matches!(*result, Type::External(_)) => (*result).clone(),
            _ => Type::Unknown,
        }
    }
}
