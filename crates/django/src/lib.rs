//! What is true of Django and of the libraries around it, as data and look-ups. Knows no code of the user's.
//!
//! Everything is found by a qualified name (`django.shortcuts.render`), whatever module it was imported from:
//! [`canonical`] knows the re-exports, and every look-up asks it. Methods are found by the kind of object that they
//! belong to, an [`Owner`].

mod blocking;
mod classes;
mod coroutines;
mod decorators;
mod docs;
mod effect;
mod functions;
mod generated;
mod generic;
mod methods;
mod middleware;
mod names;
mod owner;
mod version;
mod views;

pub use blocking::{
    Blocking, Instead, Native, all_blocking, blocking, given, is_given, is_waiting_class,
    leads_to_waiting, waits_at_exit,
};
pub use classes::{BaseKind, FieldKind, base_class, is_foreign_model, model_field};
pub use coroutines::coroutine_method;
pub use decorators::{DECORATORS, Decorator, decorator};
pub use docs::{docs_url, topics};
pub use effect::Effect;
pub use functions::{FunctionForm, async_function, evaluates};
pub use generic::{Generic, forwards_to, generic_view};
pub use methods::{Returns, contrib_manager_method, is_lazy_builder, method_effect, returns};
pub use middleware::{
    LibraryMiddleware, MiddlewareRuns, MiddlewareUser, library_middleware, middleware_user,
};
pub use names::{canonical, is_signal, usual_name};
pub use owner::{AsyncForm, Owner, async_method, is_async_method};
pub use version::{DjangoVersion, PythonVersion, VersionError};
pub use views::{HANDLERS, ViewMethod, usual_view, view_method};
