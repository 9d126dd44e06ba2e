//! What Python code means to Django: names, types, effects, calls, views.
//!
//! [`FileFacts`] is what one file says by itself; [`World`] links files; inference (one walk per function, in order of
//! evaluation) gives every expression a [`Type`] and collects [`Site`]s: the places that wait.

mod facts;
mod infer;
mod model;
mod site;
mod stdlib;
mod types;
mod workspace;
mod world;

pub use facts::{Class, FileFacts, Function, Import, MAX_DEPTH, Param, ParamKind};
pub use infer::FileAnalysis;
pub use model::{Attribute, ModelInfo};
pub use site::{Call, Consumer, ItemAccess, Site, SiteKind, ValueUse};
pub use types::{ClassRef, Evidence, FunctionRef, Instance, Manager, Model, QuerySet, Rows, Type};
pub use workspace::{Analysis, Workspace};
pub use world::{Base, Symbol, World};
