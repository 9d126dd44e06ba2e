//! The engine, in a worker: what page and worker say to each other, and both ends.

mod check;
pub(crate) mod client;
mod ledger;
pub(crate) mod protocol;
pub(crate) mod worker;
