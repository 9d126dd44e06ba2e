//! What is true of Django and of the libraries around it, as data and look-ups. Knows no code of the user's.

mod version;

pub use version::{DjangoVersion, PythonVersion, VersionError};
