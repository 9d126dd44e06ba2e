//! The engine, in a worker: what page and worker say to each other, and both ends.

pub(crate) mod client;
mod ledger;
pub(crate) mod protocol;
pub(crate) mod worker;
