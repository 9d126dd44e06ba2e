//! Test suites: what the migration of the code under test means for them.

pub(crate) mod async_client;
pub(crate) mod direct_call;
pub(crate) mod patched_function;
pub(crate) mod patched_request;
pub(crate) mod request_session;
pub(crate) mod request_user;
