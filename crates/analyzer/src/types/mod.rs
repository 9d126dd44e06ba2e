//! What a value is, as far as Django is concerned.

mod join;
mod mapping;
mod prefetch;

use std::sync::Arc;

use unblocked_django::Owner;
use unblocked_syntax::NodeId;

pub use mapping::Mapping;
pub use prefetch::{Fetched, Held, Prefetch, Prefetched};

/// A function of the workspace: file and index in [`FileFacts::functions`](crate::FileFacts::functions).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FunctionRef {
    /// Index of the file.
    pub file: usize,
    /// Index of the function in the file.
    pub index: usize,
}

/// A library that sends HTTP requests, and waits for their responses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HttpLibrary {
    /// `requests`
    Requests,
    /// `urllib.request`
    Urllib,
    /// urllib3
    Urllib3,
}

impl HttpLibrary {
    /// Its response, where nobody knows the call that it came from.
    pub(crate) fn response(self) -> Type {
        Type::External(match self {
            Self::Requests => "requests.Response".into(),
            Self::Urllib => "urllib.request.urlopen".into(),
            Self::Urllib3 => "urllib3.HTTPResponse".into(),
        })
    }
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
    /// One of several things that come together here; the others are unknown, or something else.
    Possible,
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
    /// One of these, whose classes are at hand. Sorted.
    OneOf(Arc<[ClassRef]>),
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
    /// Fields that `only` and `defer` leave out: each is fetched when it is read.
    pub deferred: Arc<[Arc<str>]>,
    /// What `Prefetch` fetches with a queryset of its own, or into a list.
    pub prefetched: Arc<[Prefetched]>,
    /// Made by `raw()`.
    pub is_raw: bool,
    /// Its class, when it is one of the project.
    pub class: Option<ClassRef>,
    /// Where it begins, if relations can be loaded with it there.
    pub origin: Option<Origin>,
}

/// The expression, in the same function, that a queryset begins with or an instance comes from.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Origin {
    /// A manager, or a model that is given to a function in its place.
    pub node: NodeId,
    /// The relations from its rows to the instance, each with `__` after it.
    pub path: Arc<str>,
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
    /// Fields that may not be loaded.
    pub deferred: Arc<[Arc<str>]>,
    /// What `Prefetch` fetched with a queryset of its own, or into a list.
    pub prefetched: Arc<[Prefetched]>,
    /// Where it comes from, if relations can be loaded with it there.
    pub origin: Option<Origin>,
}

/// The class of a manager.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct ManagerClass {
    /// The project's own manager class, or queryset class behind `as_manager()`; `None` for Django's.
    pub own: Option<ClassRef>,
    /// The project's queryset class that `from_queryset()` adds the methods of.
    pub queryset: Option<ClassRef>,
    /// It, or something that it inherits from, is not at hand, so that any method may be overridden.
    pub is_partial: bool,
}

impl ManagerClass {
    /// A class of the project.
    #[must_use]
    pub const fn of(own: Option<ClassRef>) -> Self {
        Self {
            own,
            queryset: None,
            is_partial: false,
        }
    }

    /// A class that is not at hand.
    pub const NOT_AT_HAND: Self = Self {
        own: None,
        queryset: None,
        is_partial: true,
    };

    /// How sure it is what its methods do.
    #[must_use]
    pub const fn evidence(self) -> Evidence {
        if self.is_partial {
            Evidence::Evident
        } else {
            Evidence::Proven
        }
    }
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
    /// Its class.
    pub class: ManagerClass,
    /// What is loaded with its rows, which are loaded already: `all()` and what it evaluates ask no more.
    pub prefetched: Option<Arc<Fetched>>,
    /// The relation of its rows that leads back to the instance whose manager it is: each row knows it.
    pub back: Option<Arc<str>>,
    /// Where its rows can be fetched with the instance whose manager it is, and the path to them there.
    pub load: Option<Origin>,
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
    /// A dictionary.
    Mapping(Arc<Mapping>),
    /// A thing of a library, by qualified name: `requests.get`.
    Path(Arc<str>),
    /// An instance of a library's class, or what its function returned: by that class's qualified name.
    External(Arc<str>),
    /// A builtin.
    Builtin(Arc<str>),
    /// A thing of a project module that is not at hand.
    Missing(Arc<str>),
    /// What a class of a project module that is not at hand gave.
    MissingObject(Arc<str>),
    /// What a function that is not at hand gave: it may be a queryset, an instance, a list, anything.
    Opaque,
    /// `sync_to_async(function)`, with the function (of the same file).
    Adapted(NodeId),
    /// A name that nothing binds.
    Undefined(Arc<str>),
    /// A module of the project.
    Module(usize),
    /// A function of the project.
    Function(FunctionRef),
    /// A method, bound to its object.
    Method(FunctionRef),
    /// One of these functions or methods, in a variable: `HANDLERS[key]`, `functools.partial(load, pk)`.
    Callable {
        /// Which.
        functions: Arc<[FunctionRef]>,
        /// Arguments may be bound already.
        is_partial: bool,
    },
    /// A class of the project that is no model.
    Class(ClassRef),
    /// One of these classes of the project, models among them. Sorted.
    OneOfClasses(Arc<[ClassRef]>),
    /// An instance of it.
    Object(ClassRef),
    /// An instance of one of these classes. Sorted.
    OneOfObjects(Arc<[ClassRef]>),
    /// A model's class.
    Model(Model),
    /// A manager.
    Manager(Manager),
    /// `Prefetch("items", …)`
    Prefetch(Arc<Prefetch>),
    /// A queryset.
    QuerySet(QuerySet),
    /// What may be such a queryset, or a list or something else: the result of a manager's method that is not at hand.
    MaybeQuerySet(QuerySet),
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
    /// A paginator of such a list or queryset.
    Paginator(Arc<Type>),
    /// A page of it.
    Page(Arc<Type>),
    /// The response of the HTTP call at this node (of the same file).
    HttpResponse(NodeId, HttpLibrary),
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

    /// Such a dictionary.
    #[must_use]
    pub fn mapping(mapping: Mapping) -> Self {
        Self::Mapping(Arc::new(mapping))
    }

    /// One of these functions.
    #[must_use]
    pub fn callable(functions: Vec<FunctionRef>, is_partial: bool) -> Self {
        Self::Callable {
            functions: functions.into(),
            is_partial,
        }
    }

    /// What a variable holds that is given such a value: a function in a variable is one of several that it may hold.
    #[must_use]
    pub fn stored(&self) -> Self {
        match self {
            Self::Function(function) | Self::Method(function) => {
                Self::callable(vec![*function], false)
            }
            other => other.clone(),
        }
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
            | Self::Paginator(inner)
            | Self::Page(inner)
            | Self::Coroutine(inner) => inner.nests_deeper(levels),
            Self::Tuple(parts) => parts.iter().any(|part| part.nests_deeper(levels)),
            Self::Mapping(mapping) => mapping.parts().any(|part| part.nests_deeper(levels)),
            _ => false,
        }
    }

    /// What it is to other functions: nothing can be loaded with it there.
    #[must_use]
    pub(crate) fn without_origin(&self) -> Self {
        let inner = |inner: &Arc<Self>| Arc::new(inner.without_origin());
        match self {
            Self::Instance(instance) => Self::Instance(Instance {
                origin: None,
                prefetched: prefetch::without_origin(&instance.prefetched),
                ..instance.clone()
            }),
            Self::QuerySet(queryset) => Self::QuerySet(queryset.without_origin()),
            Self::MaybeQuerySet(queryset) => Self::MaybeQuerySet(queryset.without_origin()),
            Self::Prefetch(prefetch) => Self::Prefetch(Arc::new(prefetch.without_origin())),
            Self::Manager(manager) => Self::Manager(Manager {
                prefetched: (manager.prefetched.as_ref())
                    .map(|fetched| Arc::new(fetched.without_origin())),
                load: None,
                ..manager.clone()
            }),
            Self::Sequence(element) => Self::Sequence(inner(element)),
            Self::SyncIterator(element) => Self::SyncIterator(inner(element)),
            Self::Page(element) => Self::Page(inner(element)),
            Self::Coroutine(result) => Self::Coroutine(inner(result)),
            Self::Tuple(parts) => Self::Tuple(parts.iter().map(Self::without_origin).collect()),
            Self::Mapping(mapping) => Self::mapping(mapping.map(Self::without_origin)),
            other => other.clone(),
        }
    }

    /// What it is to other files: nodes mean nothing there.
    #[must_use]
    pub(crate) fn detached(&self) -> Self {
        match self {
            Self::HttpResponse(_, library) => library.response(),
            Self::Adapted(_) => Self::Unknown,
            Self::Sequence(inner) => Self::Sequence(Arc::new(inner.detached())),
            Self::SyncIterator(inner) => Self::SyncIterator(Arc::new(inner.detached())),
            Self::Page(inner) => Self::Page(Arc::new(inner.detached())),
            Self::Coroutine(inner) => Self::Coroutine(Arc::new(inner.detached())),
            Self::Tuple(parts) => Self::Tuple(parts.iter().map(Self::detached).collect()),
            Self::Mapping(mapping) => Self::mapping(mapping.map(Self::detached)),
            other => other.clone(),
        }
    }

    /// The functions that calling the value may call.
    #[must_use]
    pub fn callees(&self) -> Option<&[FunctionRef]> {
        match self {
            Self::Function(function) | Self::Method(function) => {
                Some(std::slice::from_ref(function))
            }
            Self::Callable { functions, .. } => Some(functions),
            _ => None,
        }
    }

    /// What iterating over it gives.
    #[must_use]
    pub fn element(&self) -> Self {
        match self {
            Self::QuerySet(queryset) => queryset.row(),
            Self::MaybeQuerySet(queryset) => match queryset.row() {
                Self::Instance(instance) => Self::Instance(Instance {
                    evidence: instance.evidence.min(Evidence::Evident),
                    ..instance
                }),
                row => row,
            },
            Self::Mapping(mapping) => mapping.key.clone(),
            Self::Sequence(element) | Self::SyncIterator(element) => (**element).clone(),
            Self::Page(list) => list.element(),
            Self::Tuple(parts) => parts
                .iter()
                .cloned()
                .reduce(|a, b| a.join(&b))
                .unwrap_or_default(),
            Self::Plain => Self::Plain,
            _ => Self::Unknown,
        }
    }

    /// True for what may be a queryset as well as a number, a string or a dictionary.
    #[must_use]
    pub(crate) fn may_be_anything(&self) -> bool {
        match self {
            Self::QuerySet(queryset) | Self::MaybeQuerySet(queryset) => {
                queryset.evidence == Evidence::Possible
            }
            Self::Opaque => true,
            _ => false,
        }
    }

    /// True when evaluating the value runs a query, or may.
    #[must_use]
    pub fn is_lazy(&self) -> bool {
        matches!(
            self,
            Self::QuerySet(_)
                | Self::MaybeQuerySet(_)
                | Self::Opaque
                | Self::SyncIterator(_)
                | Self::Page(_)
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
                deferred: self.deferred.clone(),
                prefetched: self.prefetched.clone(),
                origin: self.origin.clone(),
            }),
        }
    }

    fn without_origin(&self) -> Self {
        Self {
            origin: None,
            prefetched: prefetch::without_origin(&self.prefetched),
            ..self.clone()
        }
    }
}
