pub(crate) mod auth_bridge;
pub(crate) mod await_inherited;
pub(crate) mod handlers;
pub(crate) mod shape;
pub(crate) mod wrap_inherited;
