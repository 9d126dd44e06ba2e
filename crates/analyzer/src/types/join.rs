//! What a value is that comes from either of two places.

use std::sync::Arc;

use unblocked_syntax::SmallSort;

use super::prefetch::join as join_prefetched;
use super::{
    ClassRef, Evidence, FunctionRef, Instance, MAX_PARTS, Manager, ManagerClass, Model, QuerySet,
    Rows, Type,
};

impl Type {
    /// What a value is that comes from either of two places.
    #[must_use]
    pub fn join(&self, other: &Self) -> Self {
        if self == other {
            return self.clone();
        }
        match (self, other) {
            // `async for` refuses what is no queryset, where a test of its truth or `for` does not.
            (Self::QuerySet(a), Self::QuerySet(b)) => Self::QuerySet(a.join(b)),
            (
                Self::QuerySet(a) | Self::MaybeQuerySet(a),
                Self::QuerySet(b) | Self::MaybeQuerySet(b),
            ) => Self::MaybeQuerySet(QuerySet {
                origin: None,
                ..a.join(b)
            }),
            (Self::QuerySet(queryset) | Self::MaybeQuerySet(queryset), other)
            | (other, Self::QuerySet(queryset) | Self::MaybeQuerySet(queryset))
                if other.may_hold_anything() =>
            {
                let are_rows = match other {
                    Self::None => true,
                    Self::Sequence(element) => matches!(&**element, Self::Instance(_) | Self::None),
                    _ => false,
                };
                Self::MaybeQuerySet(QuerySet {
                    evidence: if are_rows {
                        queryset.evidence
                    } else {
                        Evidence::Possible
                    },
                    origin: None,
                    ..queryset.clone()
                })
            }
            (Self::None, known) | (known, Self::None) => known.clone(),
            // What a manager's own method gave where elsewhere an instance stands is likely one as well.
            (Self::Instance(_), maybe @ Self::MaybeQuerySet(_))
            | (maybe @ Self::MaybeQuerySet(_), Self::Instance(_)) => maybe.clone(),
            (Self::Instance(a), Self::Instance(b)) => {
                let loaded = common(&a.loaded, &b.loaded);
                let (model, evidence) = match (&a.model, &b.model) {
                    (Model::Unknown, known) | (known, Model::Unknown) if a.model != b.model => {
                        (known.clone(), Evidence::Possible)
                    }
                    _ => (a.model.join(&b.model), a.evidence.min(b.evidence)),
                };
                Self::Instance(Instance {
                    model,
                    evidence,
                    loaded,
                    deferred: either(&a.deferred, &b.deferred),
                    prefetched: join_prefetched(&a.prefetched, &b.prefetched),
                    origin: a.origin.clone().filter(|_| a.origin == b.origin),
                })
            }
            // Of what is unknown nothing is loaded.
            (Self::Instance(instance), Self::Unknown | Self::Plain | Self::Opaque)
            | (Self::Unknown | Self::Plain | Self::Opaque, Self::Instance(instance)) => {
                Self::Instance(Instance {
                    evidence: Evidence::Possible,
                    loaded: Arc::default(),
                    deferred: Arc::default(),
                    prefetched: Arc::default(),
                    origin: None,
                    ..instance.clone()
                })
            }
            (Self::Opaque, Self::Unknown | Self::Plain | Self::Sequence(_))
            | (Self::Unknown | Self::Plain | Self::Sequence(_), Self::Opaque) => Self::Opaque,
            (Self::Sequence(a), Self::Sequence(b)) => match (&**a, &**b) {
                // An empty list.
                (Self::None, known) | (known, Self::None) => Self::sequence(known.clone()),
                (a, b) => Self::sequence(a.join(b)),
            },
            (Self::Mapping(a), Self::Mapping(b)) => Self::mapping(a.join(b)),
            (Self::Mapping(mapping), Self::Unknown) | (Self::Unknown, Self::Mapping(mapping)) => {
                let mut mapping = (**mapping).clone();
                mapping.insert(None, Self::Unknown);
                Self::mapping(mapping)
            }
            (Self::Object(_) | Self::OneOfObjects(_), Self::Object(_) | Self::OneOfObjects(_)) => {
                one_of(self.classes(), other.classes(), Self::OneOfObjects)
            }
            (
                Self::Class(_) | Self::Model(Model::Known(_)) | Self::OneOfClasses(_),
                Self::Class(_) | Self::Model(Model::Known(_)) | Self::OneOfClasses(_),
            ) => one_of(self.classes(), other.classes(), Self::OneOfClasses),
            (Self::Manager(a), Self::Manager(b)) if a.owner == b.owner => Self::Manager(Manager {
                model: a.model.join(&b.model),
                owner: a.owner,
                evidence: a.evidence.min(b.evidence),
                class: if a.class == b.class {
                    a.class
                } else {
                    ManagerClass::NOT_AT_HAND
                },
                prefetched: None,
                back: None,
                load: None,
            }),
            (Self::Manager(manager), Self::Unknown | Self::Opaque)
            | (Self::Unknown | Self::Opaque, Self::Manager(manager)) => {
                Self::MaybeQuerySet(QuerySet {
                    model: manager.model.clone(),
                    rows: Rows::Instances,
                    evidence: Evidence::Possible,
                    loaded: Arc::default(),
                    deferred: Arc::default(),
                    prefetched: Arc::default(),
                    is_raw: false,
                    class: None,
                    origin: None,
                })
            }
            (callable, other) | (other, callable) if callable.callees().is_some() => {
                Self::one_of(callable, other)
            }
            _ => Self::Unknown,
        }
    }

    /// True for a type that leaves open what a value is, and for those that are iterated like a queryset.
    fn may_hold_anything(&self) -> bool {
        matches!(
            self,
            Self::Unknown
                | Self::Opaque
                | Self::Plain
                | Self::None
                | Self::Sequence(_)
                | Self::Tuple(_)
                | Self::Mapping(_)
                | Self::Page(_)
        )
    }

    /// The classes of the project that it is one of, or an instance of one of.
    fn classes(&self) -> &[ClassRef] {
        match self {
            Self::Object(class) | Self::Class(class) | Self::Model(Model::Known(class)) => {
                std::slice::from_ref(class)
            }
            Self::OneOfObjects(classes) | Self::OneOfClasses(classes) => classes,
            _ => &[],
        }
    }

    fn one_of(a: &Self, b: &Self) -> Self {
        let mut functions: Vec<FunctionRef> = [a, b]
            .into_iter()
            .filter_map(Self::callees)
            .flatten()
            .copied()
            .collect();
        functions.small_sort();
        functions.dedup();
        functions.truncate(MAX_PARTS);
        let is_partial = [a, b].into_iter().any(|callable| {
            matches!(
                callable,
                Self::Callable {
                    is_partial: true,
                    ..
                }
            )
        });
        Self::callable(functions, is_partial)
    }
}

fn one_of(a: &[ClassRef], b: &[ClassRef], of: fn(Arc<[ClassRef]>) -> Type) -> Type {
    let classes = either_class(a, b);
    if classes.len() > MAX_CLASSES {
        return Type::Unknown;
    }
    of(classes.into())
}

fn either_class(a: &[ClassRef], b: &[ClassRef]) -> Vec<ClassRef> {
    let mut classes: Vec<ClassRef> = a.iter().chain(b).copied().collect();
    classes.small_sort();
    classes.dedup();
    classes
}

impl Model {
    fn join(&self, other: &Self) -> Self {
        if self == other {
            return self.clone();
        }
        let (Some(a), Some(b)) = (self.classes(), other.classes()) else {
            return Self::Unknown;
        };
        let classes = either_class(a, b);
        if classes.len() > MAX_MODELS {
            return Self::Unknown;
        }
        Self::OneOf(classes.into())
    }

    /// The classes that are at hand of what it may be.
    fn classes(&self) -> Option<&[ClassRef]> {
        match self {
            Self::Known(class) => Some(std::slice::from_ref(class)),
            Self::OneOf(classes) => Some(classes),
            _ => None,
        }
    }
}

/// Models that are told apart where a value may be one of several.
const MAX_MODELS: usize = 4;

/// Classes that are told apart where a value may be an instance of one of several.
const MAX_CLASSES: usize = 8;

impl QuerySet {
    fn join(&self, other: &Self) -> Self {
        Self {
            model: self.model.join(&other.model),
            rows: if self.rows == other.rows {
                self.rows
            } else {
                Rows::Plain
            },
            evidence: self.evidence.min(other.evidence),
            loaded: common(&self.loaded, &other.loaded),
            deferred: either(&self.deferred, &other.deferred),
            prefetched: join_prefetched(&self.prefetched, &other.prefetched),
            is_raw: self.is_raw || other.is_raw,
            class: self.class.filter(|class| other.class == Some(*class)),
            origin: self.origin.clone().filter(|_| self.origin == other.origin),
        }
    }
}

fn common(a: &Arc<[Arc<str>]>, b: &Arc<[Arc<str>]>) -> Arc<[Arc<str>]> {
    if a == b {
        return a.clone();
    }
    a.iter().filter(|path| b.contains(path)).cloned().collect()
}

fn either(a: &Arc<[Arc<str>]>, b: &Arc<[Arc<str>]>) -> Arc<[Arc<str>]> {
    if a == b || b.is_empty() {
        return a.clone();
    }
    let new = b.iter().filter(|name| !a.contains(name));
    a.iter().chain(new).cloned().collect()
}
