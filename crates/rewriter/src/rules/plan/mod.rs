//! Functions: which change color, and how they are called.

pub(super) mod call_helper;
pub(crate) mod decorator;
pub(crate) mod view;
pub(super) mod wrap_unknown;
