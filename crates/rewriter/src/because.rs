//! Why something was decided for a function, by name.

use serde::{Deserialize, Serialize};

/// Why that was decided for a function, by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Because {
    /// A view waits.
    ViewWaits,
    /// A handler of its class waits.
    ClassWaits,
    /// Handlers that are written out await it.
    HandlersAwait,
    /// Every caller is async.
    CallersAwait,
    /// A test whose conversion was asked for.
    TestAskedFor,
    /// Synchronous code calls it, or may.
    SyncCallers,
    /// It is middleware, which works both ways.
    Middleware,
    /// It wraps views, of either kind.
    Decorator,
    /// It keeps its form, which async callers run in a thread.
    KeepsForm,
    /// Async gains nothing.
    NothingGained,
    /// It is not among what was asked for.
    NotAskedFor,
    /// No async code calls it.
    NoAsyncCaller,
    /// It is a method, and stays with its class.
    StaysWithClass,
    /// A library, or a framework's own machinery, calls it, synchronously.
    LibraryCalls,
    /// Django calls it, synchronously.
    DjangoCalls,
    /// It was async before.
    WasAsync,
    /// The reader decided so.
    Decided,
    /// What decides about it is in a file that was not given.
    NotAtHand,
    /// Its file is not among those to change.
    NotToChange,
    /// It contains a syntax error, or nests too deep.
    SyntaxError,
    /// It is a generator that has no async form.
    Generator,
    /// It opens a block that works in synchronous code only.
    SyncBlock,
    /// `ATOMIC_REQUESTS` refuses async views.
    AtomicRequests,
    /// A decorator around it makes a synchronous function of it.
    SyncDecorator,
    /// It is passed on, and what calls it may be synchronous.
    UsedAsValue,
    /// A function in it waits and can't follow.
    InnerFunction,
    /// A name that its async form needs means something else.
    NameTaken,
    /// Its class has a form in which not all handlers can change.
    ClassForm,
    /// It is middleware of a form that can't be followed.
    MiddlewareForm,
    /// It is a test, and something that it does works in synchronous tests only.
    TestForm,
    /// Something in it waits where Python allows no `await`.
    AwaitPosition,
    /// Nothing tells what something in it is.
    UnknownValue,
    /// Something that it waits for has no async form, and can't run in a thread either.
    NoAsyncForm,
}

impl Because {
    /// All of them.
    pub const ALL: [Self; 33] = [
        Self::ViewWaits,
        Self::ClassWaits,
        Self::HandlersAwait,
        Self::CallersAwait,
        Self::TestAskedFor,
        Self::SyncCallers,
        Self::Middleware,
        Self::Decorator,
        Self::KeepsForm,
        Self::NothingGained,
        Self::NotAskedFor,
        Self::NoAsyncCaller,
        Self::StaysWithClass,
        Self::LibraryCalls,
        Self::DjangoCalls,
        Self::WasAsync,
        Self::Decided,
        Self::NotAtHand,
        Self::NotToChange,
        Self::SyntaxError,
        Self::Generator,
        Self::SyncBlock,
        Self::AtomicRequests,
        Self::SyncDecorator,
        Self::UsedAsValue,
        Self::InnerFunction,
        Self::NameTaken,
        Self::ClassForm,
        Self::MiddlewareForm,
        Self::TestForm,
        Self::AwaitPosition,
        Self::UnknownValue,
        Self::NoAsyncForm,
    ];

    /// The name, as in reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ViewWaits => "view-waits",
            Self::ClassWaits => "class-waits",
            Self::HandlersAwait => "handlers-await",
            Self::CallersAwait => "callers-await",
            Self::TestAskedFor => "test-asked-for",
            Self::SyncCallers => "sync-callers",
            Self::Middleware => "middleware",
            Self::Decorator => "decorator",
            Self::KeepsForm => "keeps-form",
            Self::NothingGained => "nothing-gained",
            Self::NotAskedFor => "not-asked-for",
            Self::NoAsyncCaller => "no-async-caller",
            Self::StaysWithClass => "stays-with-class",
            Self::LibraryCalls => "library-calls",
            Self::DjangoCalls => "django-calls",
            Self::WasAsync => "was-async",
            Self::Decided => "decided",
            Self::NotAtHand => "not-at-hand",
            Self::NotToChange => "not-to-change",
            Self::SyntaxError => "syntax-error",
            Self::Generator => "generator",
            Self::SyncBlock => "sync-block",
            Self::AtomicRequests => "atomic-requests",
            Self::SyncDecorator => "sync-decorator",
            Self::UsedAsValue => "used-as-value",
            Self::InnerFunction => "inner-function",
            Self::NameTaken => "name-taken",
            Self::ClassForm => "class-form",
            Self::MiddlewareForm => "middleware-form",
            Self::TestForm => "test-form",
            Self::AwaitPosition => "await-position",
            Self::UnknownValue => "unknown-value",
            Self::NoAsyncForm => "no-async-form",
        }
    }

    /// What it means, in a sentence.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::ViewWaits => "It is a view that waits.",
            Self::ClassWaits => {
                "It is a handler of a class-based view of which a handler waits; Django wants all handlers of one kind."
            }
            Self::HandlersAwait => {
                "Django calls it from handlers that are written out in the project now, and these await it."
            }
            Self::CallersAwait => "All code that calls it is async.",
            Self::TestAskedFor => "It is a test that asks views, and tests were to be converted.",
            Self::SyncCallers => {
                "Synchronous code calls it, or may: it keeps its synchronous form, with an async twin beside it where one can be."
            }
            Self::Middleware => {
                "It is middleware: Django uses its async form before async code, and its synchronous form else."
            }
            Self::Decorator => "It wraps views, and async ones get an async variant of it.",
            Self::KeepsForm => {
                "An async form of it would gain nothing, or can't be: async callers run it in a thread."
            }
            Self::NothingGained => {
                "It waits for nothing that an async form would wait for otherwise."
            }
            Self::NotAskedFor => "Other views were asked for, or other kinds of view.",
            Self::NoAsyncCaller => "Nothing async calls it, so nothing needs an async form.",
            Self::StaysWithClass => {
                "It is a method, and others of its class that have to change with it can't."
            }
            Self::LibraryCalls => {
                "A library calls it (Celery, an admin, a serializer, a signal …), and does not await it."
            }
            Self::DjangoCalls => "Django calls it by its name, and does not await it.",
            Self::WasAsync => "It was async before.",
            Self::Decided => "You decided about it, or about a change in it.",
            Self::NotAtHand => {
                "What decides about it (a base class, a decorator) is in a file that was not given."
            }
            Self::NotToChange => "Its file is outside of the paths that were to be changed.",
            Self::SyntaxError => "It contains a syntax error, or nests deeper than is looked at.",
            Self::Generator => {
                "It is a generator, and an async generator in its place would not do the same for who takes its values."
            }
            Self::SyncBlock => {
                "It opens a block that works in synchronous code only (a transaction, a cursor, a lock), which can't become a function of its own."
            }
            Self::AtomicRequests => "`ATOMIC_REQUESTS` is on, and Django refuses async views then.",
            Self::SyncDecorator => {
                "A decorator around it calls it synchronously on the target Django, or is not known to await it."
            }
            Self::UsedAsValue => {
                "It is passed on as a value, or may be reached by a name that is not followed: what calls it may be synchronous."
            }
            Self::InnerFunction => {
                "A function that is defined in it waits, and can't become async with it."
            }
            Self::NameTaken => {
                "A name that is needed (of its async twin, of an import) means something else already."
            }
            Self::ClassForm => {
                "Its class does something of its own with handlers or instances (`as_view`, an assigned handler, a `setup` that waits)."
            }
            Self::MiddlewareForm => {
                "It is middleware that does more with `get_response` than an async form can be written for."
            }
            Self::TestForm => {
                "It is a test that does something with its client, its fixtures or its class that async tests do otherwise."
            }
            Self::AwaitPosition => {
                "Something in it waits where Python allows no `await`: a lambda, a class body, a nested function."
            }
            Self::UnknownValue => {
                "Nothing tells what something in it is, which may ask the database where it is used."
            }
            Self::NoAsyncForm => {
                "Something that it waits for is used in a way that has no async form, and can't be run in a thread as it stands."
            }
        }
    }

    /// What can be done about it.
    #[must_use]
    pub const fn what_to_do(self) -> &'static str {
        match self {
            Self::ViewWaits
            | Self::ClassWaits
            | Self::HandlersAwait
            | Self::CallersAwait
            | Self::TestAskedFor
            | Self::Middleware
            | Self::Decorator
            | Self::WasAsync
            | Self::NoAsyncCaller => NOTHING,
            Self::SyncCallers => {
                "Convert what calls it as well; the synchronous form can go when nothing uses it any more."
            }
            Self::KeepsForm => {
                "Nothing; `convert` or `twin` as a decision about it asks for an async form."
            }
            Self::NothingGained => "Nothing; `--all-views` takes such views all the same.",
            Self::NotAskedFor => "Name it with `--view`, or use `--all-views`.",
            Self::StaysWithClass => {
                "See why the other method can't change; moving what waits to a function of its own frees it."
            }
            Self::LibraryCalls => {
                "Nothing, while the library is synchronous; where it has async classes of its own, move to those."
            }
            Self::DjangoCalls => {
                "Wait in a handler instead (`async def get`), and hand the result on."
            }
            Self::Decided => "Take the decision back.",
            Self::NotAtHand => "Add the file.",
            Self::NotToChange => "Give its path as well.",
            Self::SyntaxError => "Correct the code.",
            Self::Generator => {
                "Take its values with a plain `for`, yield outside of `try` and `with`, or return a list instead of yielding."
            }
            Self::SyncBlock => {
                "Move the block to a function of its own, and call that through `sync_to_async`."
            }
            Self::AtomicRequests => {
                "Take `ATOMIC_REQUESTS` out and open transactions where they are needed, or put `transaction.non_atomic_requests` on the view."
            }
            Self::SyncDecorator => {
                "Give the decorator an async branch, take another one, or raise the target Django."
            }
            Self::UsedAsValue => {
                "Let the code that calls it await it, or pass `async_to_sync(…)` of it there, by hand."
            }
            Self::InnerFunction => {
                "Move the inner function out, or call it in the function's own statements only."
            }
            Self::NameTaken => "Rename the other one.",
            Self::ClassForm => {
                "Write the handlers as plain methods, and move what waits out of `setup` and `__init__`."
            }
            Self::MiddlewareForm => {
                "Call `get_response` once in `__call__` and only return what it gives, or write the async form by hand."
            }
            Self::TestForm => "Nothing: Django's synchronous client asks async views as well.",
            Self::AwaitPosition => {
                "Fetch the value in a statement before, and use it there; make the lambda a function."
            }
            Self::UnknownValue => "Add the file that defines it, or annotate it.",
            Self::NoAsyncForm => {
                "Write what the reason names in a plainer form, or run the function that holds it through `sync_to_async`."
            }
        }
    }

    /// True when there is something to do.
    #[must_use]
    pub fn asks_for_something(self) -> bool {
        !self.what_to_do().starts_with("Nothing")
    }
}

const NOTHING: &str = "Nothing.";

impl std::fmt::Display for Because {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(self.as_str())
    }
}
