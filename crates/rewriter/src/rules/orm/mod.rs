//! Querysets, managers, instances and their relations.

pub(crate) mod async_comprehension;
pub(super) mod async_for;
pub(crate) mod atomic_requests;
pub(super) mod await_count;
pub(super) mod await_exists;
pub(super) mod await_index;
pub(super) mod await_relation;
pub(super) mod await_terminal;
pub(super) mod evaluate_in_thread;
pub(super) mod foreign_key_id;
#[cfg(test)]
mod prefetch_many;
pub(crate) mod prefetch_related;
#[cfg(test)]
mod prefetch_tests;
#[cfg(test)]
mod rows_given;
pub(super) mod select_related;
pub(super) mod transaction;
pub(super) mod unknown_attribute;
pub(super) mod unknown_value;
pub(super) mod wrap_method;
