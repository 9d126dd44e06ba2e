//! Test suites: what the migration of the code under test means for them.

pub(crate) mod patched_request;
