//! Long runs of comment lines, hidden from the parser.
//!
//! At the end of each line of a run, the grammar's scanner reads all that follow: ten thousand lines of commented-out
//! code would take seconds, a hundred thousand minutes. So what comes after the first lines of a run is shown to the
//! parser as white space, which changes no other node, and put among the tree's comments afterwards.

use crate::span::Span;

/// How many comment lines in a row the parser gets to see.
const SHOWN: usize = 200;

/// A text with comments that the parser does not see.
pub(crate) struct Hidden {
    /// The text with white space in their place.
    pub(crate) text: Vec<u8>,
    /// Where they are, in order.
    pub(crate) comments: Vec<Span>,
}

impl Hidden {
    /// Hides what is too much. `None`: nothing is. `strings`: places in order that don't overlap, where nothing is a
    /// comment.
    pub(crate) fn in_text(text: &str, strings: &[Span]) -> Option<Self> {
        let mut comments = Vec::new();
        let mut run = 0;
        let mut start = 0;
        for line in text.split_inclusive('\n') {
            let content = line.trim_start_matches([' ', '\t', '\r', '\x0c', '\n']);
            // Quotes in a line may be the end of a string that it stands in.
            let is_comment =
                content.starts_with('#') && !line.contains("\"\"\"") && !line.contains("'''");
            if is_comment {
                run += 1;
                let from = start + line.len() - content.len();
                // As the grammar has it, a carriage return belongs to the comment.
                let to = start + line.trim_end_matches('\n').len();
                let span = Span::new(u32::try_from(from).ok()?, u32::try_from(to).ok()?);
                if run > SHOWN && !is_within(strings, span) {
                    comments.push(span);
                }
            } else if !content.is_empty() {
                run = 0;
            }
            start += line.len();
        }
        if comments.is_empty() {
            return None;
        }
        let mut hidden = text.as_bytes().to_vec();
        for comment in &comments {
            if let Some(bytes) = hidden.get_mut(comment.range()) {
                bytes.fill(b' ');
            }
        }
        Some(Self {
            text: hidden,
            comments,
        })
    }
}

/// True when one of `spans` holds `inner`.
fn is_within(spans: &[Span], inner: Span) -> bool {
    spans
        .partition_point(|span| span.start <= inner.start)
        .checked_sub(1)
        .and_then(|last| spans.get(last))
        .is_some_and(|span| span.contains(inner))
}
