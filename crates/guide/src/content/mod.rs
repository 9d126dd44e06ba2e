//! What the guide says whatever the code is: each claim with its version and Django's documentation.

pub(crate) mod claims;
pub(crate) mod examples;
pub(crate) mod servers;
