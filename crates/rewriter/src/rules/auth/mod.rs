//! The user of the request.

pub(super) mod load_user;
