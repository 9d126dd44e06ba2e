//! Python text to syntax tree and back. Knows Python, not Django.
//!
//! [`Parse`] keeps a text and its [`Ast`] together; an edit re-parses incrementally. The tree is a flat, owned array
//! (see [`Ast`]): nothing of the parser survives in it. [`LineIndex`] turns byte offsets into lines and columns,
//! [`UnitIndex`] into UTF-16 code units, [`Edits`] turn one text into another.

mod ast;
mod comments;
mod edits;
mod kind;
mod lines;
mod parse;
mod small_sort;
mod span;
mod units;
pub mod view;

pub use ast::{Ast, NodeId};
pub use edits::{Bias, EditError, Edits, TextEdit};
pub use kind::{Field, Kind};
pub use lines::{LineIndex, Position};
pub use parse::{MAX_BYTES, Parse};
pub use small_sort::SmallSort;
pub use span::Span;
pub use units::{Unit, UnitIndex};
