//! What passes at the same time.

pub(crate) mod gather;
