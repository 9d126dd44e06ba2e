//! Python text to syntax tree and back. Knows Python, not Django.
//!
//! [`Parse`] keeps a text and its [`Ast`] together; an edit re-parses incrementally. The tree is a flat, owned array
//! ([`ast`]): nothing of the parser survives in it. [`LineIndex`] turns byte offsets into lines and columns,
//! [`TextEdit`]s turn one text into another.

mod ast;
mod kind;
mod parse;
mod span;

pub use ast::{Ast, NodeId};
pub use kind::{Field, Kind};
pub use parse::{MAX_BYTES, Parse};
pub use span::Span;
