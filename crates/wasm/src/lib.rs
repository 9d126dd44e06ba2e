//! The engine for JavaScript: one workspace, edited as an editor edits and migrated on demand. `package/` makes it an npm
//! package.
//!
//! JavaScript counts UTF-16 code units, the engine counts bytes. Everything that crosses this crate's border is in
//! UTF-16 code units of the text that was given; nothing here decides anything about Python or Django.

#[cfg(feature = "bindings")]
mod analysis;
#[cfg(feature = "bindings")]
mod bindings;
mod session;
mod utf16;

#[cfg(feature = "bindings")]
pub use analysis::{Analysis, FileAnalysis};
#[cfg(feature = "bindings")]
pub use bindings::Engine;
pub use session::Session;
pub use unblocked_rewriter::Progress;
pub use utf16::Utf16Index;
