//! Versions of Django and Python, and which go together.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A Django feature release: `5.2` is `DjangoVersion { major: 5, minor: 2 }`.
///
/// The order is the order of release, so that `version >= DjangoVersion::new(5, 0)` is a version gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct DjangoVersion {
    major: u8,
    minor: u8,
}

/// A Python feature release: `3.12` is `PythonVersion { major: 3, minor: 12 }`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct PythonVersion {
    major: u8,
    minor: u8,
}

/// A version text that names no release the product knows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VersionError {
    /// Not of the form `5.2` or `5.2.1`.
    #[error("`{0}` is not a version: write it like `5.2`")]
    Malformed(String),
    /// A version of Django outside [`DjangoVersion::SUPPORTED`].
    #[error("Django {0} is not supported: choose one of {supported}", supported = supported_list())]
    Unsupported(String),
}

fn supported_list() -> String {
    DjangoVersion::SUPPORTED
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(", ")
}

impl DjangoVersion {
    /// The releases that a migration can target, oldest first.
    pub const SUPPORTED: [Self; 6] = [
        Self::new(4, 2),
        Self::new(5, 0),
        Self::new(5, 1),
        Self::new(5, 2),
        Self::new(6, 0),
        Self::new(6, 1),
    ];

    /// The release `major.minor`.
    #[must_use]
    pub const fn new(major: u8, minor: u8) -> Self {
        Self { major, minor }
    }

    /// The oldest Python that this Django runs on (its `Requires-Python`).
    #[must_use]
    pub const fn oldest_python(self) -> PythonVersion {
        match self.major {
            0..=4 => PythonVersion::new(3, 8),
            5 => PythonVersion::new(3, 10),
            _ => PythonVersion::new(3, 12),
        }
    }
}

impl Default for DjangoVersion {
    /// The long-term support release.
    fn default() -> Self {
        Self::new(5, 2)
    }
}

impl PythonVersion {
    /// The release `major.minor`.
    #[must_use]
    pub const fn new(major: u8, minor: u8) -> Self {
        Self { major, minor }
    }
}

/// The two leading numbers of `text`; a patch number after them is accepted and dropped.
fn numbers(text: &str) -> Result<(u8, u8), VersionError> {
    let malformed = || VersionError::Malformed(text.to_owned());
    let mut parts = text.trim().split('.');
    let mut number = || parts.next()?.parse::<u8>().ok();
    let pair = number().zip(number()).ok_or_else(malformed)?;
    match (parts.next().map(str::parse::<u8>), parts.next()) {
        (None | Some(Ok(_)), None) => Ok(pair),
        _ => Err(malformed()),
    }
}

impl FromStr for DjangoVersion {
    type Err = VersionError;

    fn from_str(text: &str) -> Result<Self, VersionError> {
        let (major, minor) = numbers(text)?;
        let version = Self::new(major, minor);
        if Self::SUPPORTED.contains(&version) {
            Ok(version)
        } else {
            Err(VersionError::Unsupported(text.to_owned()))
        }
    }
}

impl FromStr for PythonVersion {
    type Err = VersionError;

    fn from_str(text: &str) -> Result<Self, VersionError> {
        let (major, minor) = numbers(text)?;
        Ok(Self::new(major, minor))
    }
}

impl fmt::Display for DjangoVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

impl fmt::Display for PythonVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

impl From<DjangoVersion> for String {
    fn from(version: DjangoVersion) -> Self {
        version.to_string()
    }
}

impl From<PythonVersion> for String {
    fn from(version: PythonVersion) -> Self {
        version.to_string()
    }
}

impl TryFrom<String> for DjangoVersion {
    type Error = VersionError;

    fn try_from(text: String) -> Result<Self, VersionError> {
        text.parse()
    }
}

impl TryFrom<String> for PythonVersion {
    type Error = VersionError;

    fn try_from(text: String) -> Result<Self, VersionError> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_feature_and_patch_releases() {
        assert_eq!("5.2".parse(), Ok(DjangoVersion::new(5, 2)));
        assert_eq!("4.2.30".parse(), Ok(DjangoVersion::new(4, 2)));
        assert_eq!("3.13".parse(), Ok(PythonVersion::new(3, 13)));
    }

    #[test]
    fn refuses_what_is_no_supported_release() {
        for text in ["", "5", "five.two", "5.2.1.1", "5.2rc1"] {
            assert_eq!(
                text.parse::<DjangoVersion>(),
                Err(VersionError::Malformed(text.to_owned()))
            );
        }
        let error = "3.2".parse::<DjangoVersion>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "Django 3.2 is not supported: choose one of 4.2, 5.0, 5.1, 5.2, 6.0, 6.1"
        );
    }

    #[test]
    fn versions_order_by_release_not_by_text() {
        assert!(PythonVersion::new(3, 8) < PythonVersion::new(3, 10));
    }
}
