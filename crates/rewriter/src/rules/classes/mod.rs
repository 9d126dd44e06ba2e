pub(crate) mod auth_bridge;
pub(crate) mod await_inherited;
pub(crate) mod handlers;
pub(crate) mod inherited_handlers;
pub(crate) mod insert;
pub(crate) mod kept;
pub(crate) mod shape;
pub(crate) mod wrap_inherited;
mod written_out;
