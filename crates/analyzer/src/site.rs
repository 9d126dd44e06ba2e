//! Sites: the places where code waits, or may.

use std::sync::Arc;

use unblocked_django::{Effect, Owner, ViewMethod};
use unblocked_syntax::NodeId;

use crate::types::{ClassRef, Evidence, FunctionRef, Model, Origin};

/// A place that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    /// The expression, clause or statement.
    pub node: NodeId,
    /// The function that runs it, by index; `None` at module level.
    pub function: Option<usize>,
    /// What it waits for.
    pub effect: Effect,
    /// How sure.
    pub evidence: Evidence,
    /// What it is.
    pub kind: SiteKind,
}

/// What kind of place it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SiteKind {
    /// A call of a method of Django's; [`Site::node`] is the call.
    Method {
        /// Whose method.
        owner: Owner,
        /// What it is called on.
        receiver: NodeId,
        /// The method's name, in the call.
        name: NodeId,
        /// The project's own method that overrides Django's on a manager: the async form would bypass it.
        overridden_by: Option<FunctionRef>,
        /// Whose rows.
        model: Model,
    },
    /// A call of a method whose definition is not at hand.
    OpaqueMethod {
        /// What it is called on, in words.
        of: Arc<str>,
        /// The method's name, in the call.
        name: NodeId,
    },
    /// A queryset is evaluated.
    Evaluate {
        /// The queryset.
        source: NodeId,
        /// By what.
        by: Consumer,
        /// Certainly a queryset: otherwise it may be a list.
        is_queryset: bool,
        /// Made on the spot: nothing else sees its result cache.
        is_fresh: bool,
    },
    /// A call of a library's function, by qualified name.
    Function {
        /// The qualified name.
        path: Arc<str>,
    },
    /// A call of a function or method of the project that waits.
    Project {
        /// Which.
        callee: FunctionRef,
        /// A method bound to its object.
        is_method: bool,
    },
    /// A call of a method of a class-based view that Django defines, on `self` or `super()`.
    Inherited {
        /// The class whose code calls it.
        class: ClassRef,
        /// The method's name, in the call.
        name: NodeId,
        /// What it is to Django.
        method: ViewMethod,
        /// `super().name(…)`
        is_super: bool,
    },
    /// A call of a function of the project that is in a variable, where one of these is called.
    Value {
        /// Which it may be.
        callees: Arc<[FunctionRef]>,
    },
    /// A call of what calls a lambda in which something waits, or functions of the project: `sorted(rows, key=lambda row:
    /// row.total())`, `sorted(rows, key=total)`.
    Callback {
        /// The lambda, or what stands for the functions.
        callback: NodeId,
        /// The functions; none for a lambda.
        callees: Arc<[FunctionRef]>,
    },
    /// Reading a property of the project that waits.
    Property {
        /// The object.
        object: NodeId,
        /// The attribute's name.
        attribute: NodeId,
        /// The property.
        callee: FunctionRef,
    },
    /// A method of the project that Python calls by itself: `__str__`, `__iter__`. The site is the object.
    Implicit {
        /// The method.
        callee: FunctionRef,
        /// The builtin that calls it: `str`, `list`.
        function: &'static str,
    },
    /// A call into a project module that is not at hand.
    Missing {
        /// Its dotted path.
        path: Arc<str>,
    },
    /// Reading a relation that may not be loaded, or another attribute that asks the database.
    Attribute {
        /// The object.
        object: NodeId,
        /// The attribute's name.
        attribute: NodeId,
        /// What the object is, in words.
        of: Arc<str>,
        /// The model is at hand and says so.
        is_known: bool,
        /// Where the relation can be loaded with the object, and its path there.
        load: Option<Origin>,
        /// It can be by `prefetch_related` alone: it leads to rows of several models.
        is_generic: bool,
        /// The attributes of the other end that `name_id` holds as well: `pk`, `id`.
        keys: &'static [&'static str],
    },
    /// Reading the manager of a generic relation, which looks its content type up.
    GenericRelation {
        /// The object.
        object: NodeId,
        /// The attribute's name.
        attribute: NodeId,
        /// What the object is, in words.
        of: Arc<str>,
    },
    /// Reading an attribute of an instance whose model is not at hand: it may be a relation.
    UnknownAttribute {
        /// The attribute's name.
        attribute: NodeId,
        /// What the object is, in words.
        of: Arc<str>,
    },
    /// What a function that is not at hand gave is tested, printed or searched: a queryset would ask the database. The site
    /// is the value.
    UnknownValue {
        /// By what.
        by: Consumer,
    },
    /// A part of a form, formset or serializer that validates it, saves it, or fetches rows for it.
    Form {
        /// Which.
        part: FormPart,
        /// The project's methods that run with it.
        callees: Arc<[FunctionRef]>,
        /// It asks by itself, whatever the methods do.
        asks: bool,
    },
    /// `key in cache`
    InCache {
        /// The cache.
        cache: NodeId,
    },
    /// `request.user` is used.
    RequestUser {
        /// The request.
        request: NodeId,
    },
    /// `session[key]` is read, assigned or deleted; `key in session`.
    SessionItem {
        /// The session.
        session: NodeId,
        /// How.
        access: ItemAccess,
    },
    /// A construct that only works in synchronous code.
    SyncOnly {
        /// Which.
        what: SyncOnly,
    },
    /// Code that is async already, and not right, or not the short way.
    HalfAsync(HalfAsync),
}

impl SiteKind {
    /// Where several sites say what one call reaches: the higher, the more careful. `None` for what is no such site.
    #[must_use]
    pub const fn precedence(&self) -> Option<u8> {
        match self {
            Self::OpaqueMethod { .. } => Some(7),
            Self::Form { .. } => Some(6),
            Self::Missing { .. } => Some(5),
            Self::Project { .. } => Some(4),
            Self::Value { .. } => Some(3),
            Self::Inherited { .. } => Some(2),
            Self::Method { .. } => Some(1),
            Self::Function { .. } => Some(0),
            _ => None,
        }
    }
}

/// What is the matter with code that is async already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HalfAsync {
    /// A coroutine that nobody awaits. The site is the call that makes it.
    Unawaited(Used),
    /// `await` before what is no coroutine. The site is the `await`.
    Misawaited(Misawaited),
    /// `async for` over what has no async iterator. The site is what is iterated over.
    NotAsyncIterable {
        /// A manager: its `all()` has one.
        is_manager: bool,
    },
    /// `sum(x async for x in rows)`: the builtin, or `join`, takes no async generator. The site is the generator.
    AsyncGenerator,
    /// `sync_to_async(function)(…)`, `asyncio.to_thread(function, …)`. The site is the call.
    Threaded(Threaded),
    /// `sync_to_async(rows.count())`: what is given to the adapter is evaluated before there is a thread. The site is the
    /// adapter's call.
    Early {
        /// What is evaluated.
        value: NodeId,
    },
    /// `asyncio.run(coroutine)`, `loop.run_until_complete(coroutine)`: a loop within the loop. The site is the call.
    OwnLoop {
        /// The coroutine.
        coroutine: NodeId,
    },
    /// `asyncio.create_task(…)` as a statement: nothing holds the task. The site is the call.
    LostTask,
    /// A name that Django never had: `await orders.afilter(…)`. The site is the call, or the attribute.
    NeverWas(NeverWas),
}

/// What becomes of a coroutine that nobody awaits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Used {
    /// Nothing: it is a statement.
    Dropped,
    /// It is used as if it were its result: an attribute is read, it is counted, printed, given on.
    AsValue,
    /// Its truth is tested, and is always true.
    AsTruth,
    /// It is in a variable that is used as if it were its result, or not at all.
    InVariable,
    /// It is returned.
    Returned,
}

/// What is awaited that is no coroutine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Misawaited {
    /// A queryset.
    QuerySet,
    /// A method, or a function, that is synchronous.
    Sync,
    /// What an adapter made, which nobody called: `await sync_to_async(rows.count)`.
    Adapter,
}

/// A call that is made in a thread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Threaded {
    /// What is called there.
    pub function: NodeId,
    /// The call of `sync_to_async`; `None` for `asyncio.to_thread(function, …)`.
    pub adapter: Option<NodeId>,
    /// In a thread of its own: `asyncio.to_thread`, `thread_sensitive=False`.
    pub is_any_thread: bool,
    /// What it does.
    pub does: InThread,
}

/// What is done in a thread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InThread {
    /// It waits: what the call would be, were it made directly.
    Waits(std::sync::Arc<SiteKind>),
    /// It makes a queryset, which asks nothing.
    Builds,
    /// It calls a function of the project.
    Calls(FunctionRef),
}

/// A name that Django never had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NeverWas {
    /// A method of a manager or queryset that is lazy, with an `a` before it: `aall`, `afilter`, `avalues`.
    Builder {
        /// The name, in the call.
        name: NodeId,
    },
    /// `rows.alist()`
    List {
        /// The queryset or manager.
        rows: NodeId,
    },
    /// `Model.objects.adelete()`: querysets have it, managers don't.
    ManagerDelete {
        /// The manager.
        manager: NodeId,
    },
    /// `order.acustomer`: relations have no async form.
    Relation {
        /// The instance.
        object: NodeId,
        /// The name.
        attribute: NodeId,
    },
    /// `form.ais_valid()`, `form.asave()`
    Form {
        /// The name, in the call.
        name: NodeId,
    },
}

impl SiteKind {
    /// True for what may be awaited as it stands, or stands in an `await` that is wrong itself.
    #[must_use]
    pub const fn is_half_async(&self) -> bool {
        matches!(self, Self::HalfAsync(_))
    }

    /// True when synchronous code that has it waits, or does nothing at all, until it is async.
    #[must_use]
    pub const fn makes_async(&self) -> bool {
        matches!(
            self,
            Self::HalfAsync(HalfAsync::Unawaited(_) | HalfAsync::OwnLoop { .. })
        )
    }
}

/// What only works in synchronous code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SyncOnly {
    /// `with transaction.atomic():`
    Transaction,
    /// `with connection.cursor() as cursor:`
    Cursor,
    /// `with lock:`, a lock between threads.
    Lock,
    /// `async_to_sync(…)`
    AsyncToSync,
    /// `with smtplib.SMTP(host) as smtp:`, an object of a library that waits when the block ends.
    Resource(Effect),
    /// `with locked(name):`, a context manager of the project. It works in synchronous code only when these wait.
    Manager {
        /// Its `__enter__`, or the generator that `@contextmanager` made it of.
        enter: Option<FunctionRef>,
        /// Its `__exit__`.
        exit: Option<FunctionRef>,
    },
}

impl SyncOnly {
    /// The project's functions that the block runs when it begins and ends.
    pub fn callees(self) -> impl Iterator<Item = FunctionRef> {
        let (enter, exit) = match self {
            Self::Manager { enter, exit } => (enter, exit),
            _ => (None, None),
        };
        enter.into_iter().chain(exit)
    }
}

impl std::fmt::Display for SyncOnly {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(match self {
            Self::Transaction => "a transaction (`transaction.atomic`)",
            Self::Cursor => "a database cursor",
            Self::Lock => "a lock between threads",
            Self::AsyncToSync => "`async_to_sync`",
            Self::Resource(_) => "a block that waits when it ends",
            Self::Manager { .. } => "a context manager that waits",
        })
    }
}

/// A part of a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FormPart {
    /// A call of a method, or of its class; the site.
    Call,
    /// An attribute, the site.
    Attribute {
        /// The form.
        object: NodeId,
        /// The attribute's name.
        attribute: NodeId,
    },
    /// The form itself, the site, which this builtin is applied to.
    Value(&'static str),
}

/// How an item is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ItemAccess {
    /// `session[key]`
    Read,
    /// `session[key] = value`
    Write,
    /// `session[key] += value`
    Update,
    /// `del session[key]`
    Delete,
    /// `key in session`
    Contains,
}

/// What evaluates a queryset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Consumer {
    /// A `for` statement, which the site is.
    For,
    /// A clause of a comprehension, which the site is.
    Clause,
    /// `list(queryset)`, the site.
    List,
    /// `len(queryset)`, the site.
    Length,
    /// A test of its truth; the site is the queryset.
    Truth,
    /// `in queryset`; the site is the queryset.
    Contains,
    /// `queryset[0]` or a slice with a step, the site.
    Subscript,
    /// It is printed: `str`, `print`, an f-string. The site is the queryset.
    Format,
    /// Anything else that iterates over it in memory: an argument of `sorted`, `*queryset`, unpacking. The site is the
    /// queryset.
    Iteration,
}

/// A call of a function of the project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The call.
    pub node: NodeId,
    /// The function that calls, by index; `None` at module level.
    pub function: Option<usize>,
    /// What is called.
    pub callee: FunctionRef,
    /// As a method, bound to its object.
    pub is_method: bool,
}

/// A function of the project that is used as a value: it may be called from anywhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValueUse {
    /// Where.
    pub node: NodeId,
    /// Which.
    pub function: FunctionRef,
    /// In a URL pattern.
    pub is_route: bool,
}
