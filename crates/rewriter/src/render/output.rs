//! Writing: what is new, and what is kept of the source.

use unblocked_syntax::{Span, TextEdit};

use super::Renderer;

impl Renderer<'_> {
    /// New text: line breaks get the indentation of the statement.
    pub(super) fn text(&mut self, text: &str) {
        let mut lines = text.split('\n');
        if let Some(first) = lines.next() {
            self.fresh(first);
        }
        while let Some(line) = lines.next() {
            if line.is_empty() && lines.clone().next().is_some() {
                self.fresh(self.newline);
                continue;
            }
            let indent = format!("{}{}", self.base, self.unit.repeat(self.depth));
            self.trim_line();
            self.fresh(self.newline);
            self.fresh(&indent);
            self.fresh(line);
        }
    }

    /// Takes back the white space of a new line on which nothing was written.
    fn trim_line(&mut self) {
        let Some(pending) = &mut self.pending else {
            return;
        };
        let line = pending.text.rsplit_once('\n').map_or("", |(_, line)| line);
        if line.is_empty() || !line.trim_matches([' ', '\t']).is_empty() {
            return;
        }
        let length = line.len();
        pending.text.truncate(pending.text.len() - length);
        self.out.truncate(self.out.len() - length);
    }

    /// Copies a range of the source, indented deeper where that is asked for.
    pub(super) fn keep(&mut self, span: Span) {
        if span.is_empty() {
            return;
        }
        self.kept.push(span);
        if self.depth == 0 {
            self.copy(span);
            return;
        }
        let indent = self.unit.repeat(self.depth);
        let text = span.of(self.source);
        let mut start = span.start;
        for (at, _) in text.match_indices('\n') {
            let after = span.start + u32::try_from(at).unwrap_or(0) + 1;
            let rest = self.source.get(after as usize..).unwrap_or_default();
            let is_blank = rest.is_empty() || rest.starts_with(['\n', '\r']);
            if is_blank || self.in_string(after) {
                continue;
            }
            self.copy(Span::new(start, after));
            self.fresh(&indent);
            start = after;
        }
        self.copy(Span::new(start, span.end));
    }

    pub(super) fn in_string(&self, offset: u32) -> bool {
        let at = self.strings.partition_point(|string| string.start < offset);
        // F-strings nest, so more than the last one may reach this far.
        self.strings
            .get(..at)
            .unwrap_or_default()
            .iter()
            .rev()
            .take(8)
            .any(|string| offset < string.end)
    }

    pub(super) fn copy(&mut self, span: Span) {
        let text = span.of(self.source);
        if self.moved > 0 || span.start < self.cursor {
            self.fresh(text);
            return;
        }
        if span.start > self.cursor {
            // What lies between was dropped.
            self.fresh("");
        }
        self.flush(span.start);
        self.out.push_str(text);
        self.cursor = span.end;
    }

    pub(super) fn fresh(&mut self, text: &str) {
        self.out.push_str(text);
        let cursor = self.cursor;
        self.pending
            .get_or_insert_with(|| TextEdit::insert(cursor, ""))
            .text
            .push_str(text);
    }

    pub(super) fn flush(&mut self, upto: u32) {
        if let Some(mut edit) = self.pending.take() {
            edit.range.end = upto;
            if edit.range.of(self.source) != edit.text {
                self.edits.push(edit);
            }
        }
        self.cursor = upto;
    }
}
