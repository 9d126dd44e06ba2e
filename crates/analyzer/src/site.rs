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
    /// A builtin that calls a lambda in which something waits: `sorted(rows, key=lambda row: row.total())`.
    Callback {
        /// The lambda.
        lambda: NodeId,
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
}

impl std::fmt::Display for SyncOnly {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(match self {
            Self::Transaction => "a transaction (`transaction.atomic`)",
            Self::Cursor => "a database cursor",
            Self::Lock => "a lock between threads",
            Self::AsyncToSync => "`async_to_sync`",
            Self::Resource(_) => "a block that waits when it ends",
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
