//! What Python code means to Django: names, types, effects, calls, views.
//!
//! [`FileFacts`] is what one file says by itself: an [`Interface`], which others see, and what belongs to its parse
//! alone. [`Links`] is what the interfaces say together; inference (one walk per function, in order of evaluation) gives
//! every expression a [`Type`] and collects [`Site`]s: the places that wait. A [`Workspace`] keeps all of it, and an edit
//! repeats only what it changes.

mod facts;
mod infer;
mod kin;
mod lookup;
mod middleware;
mod model;
mod resource;
mod settings;
mod site;
mod stdlib;
mod template;
mod types;
mod workspace;
mod world;

pub use facts::{
    Binding, Class, FileFacts, Function, Import, Interface, MAX_DEPTH, Outline, Param, ParamKind,
    Signature,
};
pub use infer::{DJANGO_METHOD, FileAnalysis, LAZY_OBJECT, fetched};
pub use kin::UnknownBase;
pub use lookup::{Meaning, Spot};
pub use middleware::UserMiddleware;
pub use model::{Attribute, ModelInfo};
pub use resource::{ResourceKind, resource_kind};
pub use site::{
    Call, Consumer, FormPart, HalfAsync, InThread, ItemAccess, Misawaited, NeverWas, Site,
    SiteKind, SyncOnly, Threaded, Used, ValueUse,
};
pub use template::{Action, Expression, Processors, Step, Template};
pub use types::{
    ClassRef, Evidence, Fetched, FunctionRef, Held, HttpLibrary, Instance, Manager, ManagerClass,
    Mapping, Model, Origin, Prefetch, Prefetched, QuerySet, Rows, Type,
};
pub use workspace::{Analysis, Progress, Workspace, World};
pub use world::{Base, Links, Symbol};
