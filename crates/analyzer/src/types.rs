//! What a value is, as far as Django is concerned.

use std::sync::Arc;

use unblocked_django::Owner;
use unblocked_syntax::NodeId;

/// A function of the workspace: file and index in [`FileFacts::functions`](crate::FileFacts::functions).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FunctionRef {
    /// Index of the file.
    pub file: usize,
    /// Index of the function in the file.
    pub index: usize,
}

/// A class of the workspace: file and index in [`FileFacts::classes`](crate::FileFacts::classes).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClassRef {
    /// Index of the file.
    pub file: usize,
    /// Index of the class in the file.
    pub index: usize,
}

/// How sure the analysis is of what a name means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Evidence {
    /// Its form says so: `Name.objects.x`.
    Evident,
    /// The definition is at hand.
    Proven,
}

/// A model.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Model {
    /// Its class is at hand.
    Known(ClassRef),
    /// The model of the auth user, wherever it is defined.
    User,
    /// A name that is used as a model.
    Named(Arc<str>),
    /// A queryset's model that nothing tells.
    Unknown,
}

/// What the rows of a queryset are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Rows {
    /// Instances of the model.
    Instances,
    /// `values()`, `values_list()`, `dates()`: plain data.
    Plain,
}

/// A queryset.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct QuerySet {
    /// Whose rows.
    pub model: Model,
    /// What the rows are.
    pub rows: Rows,
    /// How sure it is a queryset.
    pub evidence: Evidence,
    /// Relations that `select_related` and `prefetch_related` load with it.
    pub loaded: Arc<[Arc<str>]>,
    /// Made by `raw()`.
    pub is_raw: bool,
    /// Its class, when it is one of the project.
    pub class: Option<ClassRef>,
}

/// An instance of a model.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Instance {
    /// Its model.
    pub model: Model,
    /// How sure.
    pub evidence: Evidence,
    /// Relations that are loaded with it; paths, as in `select_related`.
    pub loaded: Arc<[Arc<str>]>,
}

/// A manager: `Model.objects`, `author.books`, ….
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Manager {
    /// Whose rows.
    pub model: Model,
    /// Which kind.
    pub owner: Owner,
    /// How sure.
    pub evidence: Evidence,
    /// Its class, when it is one of the project.
    pub class: Option<ClassRef>,
    /// Its rows are loaded already: `all()` and what it evaluates ask no more.
    pub prefetched: bool,
}

/// What a value is.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub enum Type {
    /// Nothing is known.
    #[default]
    Unknown,
    /// A value that is neither lazy nor one of Django's objects: a number, a string, a dictionary.
    Plain,
    /// `None`.
    None,
    /// A list, tuple, set or iterator in memory, of these elements.
    Sequence(Arc<Type>),
    /// A tuple of known parts.
    Tuple(Arc<[Type]>),
    /// A thing of a library, by qualified name: `requests.get`.
    Path(Arc<str>),
    /// An instance of a library's class, or what its function returned: by that class's qualified name.
    External(Arc<str>),
    /// A builtin.
    Builtin(Arc<str>),
    /// A thing of a project module that is not at hand.
    Missing(Arc<str>),
    /// What a class or function of a project module that is not at hand gave.
    MissingObject(Arc<str>),
    /// A name that nothing binds.
    Undefined(Arc<str>),
    /// A module of the project.
    Module(usize),
    /// A function of the project.
    Function(FunctionRef),
    /// A method, bound to its object.
    Method(FunctionRef),
    /// A class of the project that is no model.
    Class(ClassRef),
    /// An instance of it.
    Object(ClassRef),
    /// A model's class.
    Model(Model),
    /// A manager.
    Manager(Manager),
    /// A queryset.
    QuerySet(QuerySet),
    /// What may be a queryset or a list: the result of a manager's method that is not at hand.
    MaybeQuerySet(Model),
    /// An instance.
    Instance(Instance),
    /// An attribute of an instance whose model does not tell what it is: a value, a relation, a manager. With its name.
    Unresolved(Instance, Arc<str>),
    /// What iterating runs queries for, one sync step at a time: `queryset.iterator()`.
    SyncIterator(Arc<Type>),
    /// The request.
    Request,
    /// `request.session`.
    Session,
    /// The cache.
    Cache,
    /// A page of a paginator.
    Page(Arc<Type>),
    /// The response of the `requests` call at this node (of the same file).
    HttpResponse(NodeId),
    /// A coroutine.
    Coroutine(Arc<Type>),
}

/// How deep types nest. What lies deeper is unknown: walks over types are recursive.
const MAX_NESTING: usize = 4;

/// Parts of a tuple that are told apart. A longer one is a sequence.
const MAX_PARTS: usize = 50;

impl Type {
    /// A sequence of such elements.
    #[must_use]
    pub fn sequence(element: Self) -> Self {
        Self::Sequence(Arc::new(element.within(MAX_NESTING)))
    }

    /// A tuple of such parts.
    #[must_use]
    pub fn tuple(parts: Vec<Self>) -> Self {
        if parts.len() > MAX_PARTS {
            return parts
                .into_iter()
                .reduce(|a, b| a.join(&b))
                .map_or(Self::Unknown, Self::sequence);
        }
        Self::Tuple(
            parts
                .into_iter()
                .map(|part| part.within(MAX_NESTING))
                .collect(),
        )
    }

    /// A coroutine that gives such a value.
    #[must_use]
    pub fn coroutine(result: Self) -> Self {
        Self::Coroutine(Arc::new(result.within(MAX_NESTING)))
    }

    fn within(self, levels: usize) -> Self {
        if self.nests_deeper(levels) {
            Self::Unknown
        } else {
            self
        }
    }

    fn nests_deeper(&self, levels: usize) -> bool {
        let Some(levels) = levels.checked_sub(1) else {
            return true;
        };
        match self {
            Self::Sequence(inner)
            | Self::SyncIterator(inner)
            | Self::Page(inner)
            | Self::Coroutine(inner) => inner.nests_deeper(levels),
            Self::Tuple(parts) => parts.iter().any(|part| part.nests_deeper(levels)),
            _ => false,
        }
    }

    /// What it is to other files: nodes mean nothing there.
    #[must_use]
    pub(crate) fn detached(&self) -> Self {
        match self {
            Self::HttpResponse(_) => Self::External("requests.Response".into()),
            Self::Sequence(inner) => Self::Sequence(Arc::new(inner.detached())),
            Self::SyncIterator(inner) => Self::SyncIterator(Arc::new(inner.detached())),
            Self::Page(inner) => Self::Page(Arc::new(inner.detached())),
            Self::Coroutine(inner) => Self::Coroutine(Arc::new(inner.detached())),
            Self::Tuple(parts) => Self::Tuple(parts.iter().map(Self::detached).collect()),
            other => other.clone(),
        }
    }

    /// What a value is that comes from either of two places.
    #[must_use]
    pub fn join(&self, other: &Self) -> Self {
        if self == other {
            return self.clone();
        }
        match (self, other) {
            // `async for` refuses `None`, where a test of its truth does not.
            (Self::None, Self::QuerySet(q)) | (Self::QuerySet(q), Self::None) => {
                Self::MaybeQuerySet(q.model.clone())
            }
            (Self::None, known) | (known, Self::None) => known.clone(),
            (Self::QuerySet(a), Self::QuerySet(b)) => Self::QuerySet(QuerySet {
                model: if a.model == b.model {
                    a.model.clone()
                } else {
                    Model::Unknown
                },
                rows: if a.rows == b.rows {
                    a.rows
                } else {
                    Rows::Plain
                },
                evidence: a.evidence.min(b.evidence),
                loaded: common(&a.loaded, &b.loaded),
                is_raw: a.is_raw || b.is_raw,
                class: if a.class == b.class { a.class } else { None },
            }),
            (Self::Instance(a), Self::Instance(b)) if a.model == b.model => {
                Self::Instance(Instance {
                    model: a.model.clone(),
                    evidence: a.evidence.min(b.evidence),
                    loaded: common(&a.loaded, &b.loaded),
                })
            }
            // A queryset or something that isn't: `qs = []` in one branch.
            (Self::QuerySet(q), Self::Sequence(_)) | (Self::Sequence(_), Self::QuerySet(q)) => {
                Self::MaybeQuerySet(q.model.clone())
            }
            (Self::MaybeQuerySet(m), Self::QuerySet(_) | Self::Sequence(_))
            | (Self::QuerySet(_) | Self::Sequence(_), Self::MaybeQuerySet(m)) => {
                Self::MaybeQuerySet(m.clone())
            }
            (Self::Sequence(a), Self::Sequence(b)) => Self::sequence(a.join(b)),
            _ => Self::Unknown,
        }
    }

    /// What iterating over it gives.
    #[must_use]
    pub fn element(&self) -> Self {
        match self {
            Self::QuerySet(queryset) => queryset.row(),
            Self::MaybeQuerySet(model) => Self::Instance(Instance {
                model: model.clone(),
                evidence: Evidence::Evident,
                loaded: Arc::default(),
            }),
            Self::Sequence(element) | Self::SyncIterator(element) | Self::Page(element) => {
                (**element).clone()
            }
            Self::Tuple(parts) => parts
                .iter()
                .cloned()
                .reduce(|a, b| a.join(&b))
                .unwrap_or_default(),
            Self::Plain => Self::Plain,
            _ => Self::Unknown,
        }
    }

    /// True when evaluating the value runs a query, or may.
    #[must_use]
    pub fn is_lazy(&self) -> bool {
        matches!(
            self,
            Self::QuerySet(_) | Self::MaybeQuerySet(_) | Self::SyncIterator(_) | Self::Page(_)
        )
    }
}

impl QuerySet {
    /// What one row is.
    #[must_use]
    pub fn row(&self) -> Type {
        match self.rows {
            Rows::Plain => Type::Plain,
            Rows::Instances => Type::Instance(Instance {
                model: self.model.clone(),
                evidence: self.evidence,
                loaded: self.loaded.clone(),
            }),
        }
    }
}

fn common(a: &Arc<[Arc<str>]>, b: &Arc<[Arc<str>]>) -> Arc<[Arc<str>]> {
    if a == b {
        return a.clone();
    }
    a.iter().filter(|path| b.contains(path)).cloned().collect()
}
