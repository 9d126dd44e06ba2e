//! Functions: which change color, and how they are called.

pub(crate) mod async_generator;
pub(crate) mod call_helper;
pub(crate) mod cancelled_write;
#[cfg(test)]
mod chosen_tests;
pub(crate) mod decorator;
#[cfg(test)]
mod loaded_tests;
pub(crate) mod streaming;
pub(crate) mod thread_local;
pub(crate) mod unknown_call;
pub(crate) mod view;
pub(crate) mod wrap_helper;
pub(super) mod wrap_unknown;
