//! `request.session`.

pub(super) mod await_item;
pub(super) mod await_method;
mod item;
pub(super) mod wrap_item;
