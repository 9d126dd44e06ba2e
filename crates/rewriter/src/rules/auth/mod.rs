//! The user of the request.

pub(super) mod load_user;
pub(super) mod wrap_user;
