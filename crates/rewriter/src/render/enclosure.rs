//! Compound statements around statements.

use unblocked_syntax::{NodeId, Span};

use super::{Renderer, Task};
use crate::indent::indentation;
use crate::rewrites::{Enclosure, Extent, Piece};

impl<'r> Renderer<'r> {
    /// Where an enclosure ends in the source: before its footer come comments that belong to its last statement.
    pub(super) fn enclosure_end(&self, enclosure: &Enclosure) -> u32 {
        let end = self.ast.span(enclosure.last).end;
        if enclosure.extent == Extent::All {
            // A comment on the last line belongs to what it stands for.
            return match self.source.get(end as usize..self.line_end(end) as usize) {
                Some(tail) if !tail.trim().is_empty() => self.line_end(end),
                _ => end,
            };
        }
        if enclosure.footer.is_none() {
            return end;
        }
        let indent = self.indentation(enclosure.first).len();
        let mut end = self.line_end(end);
        let lines = self.lines.line(end as usize) + 1..self.lines.line_count();
        for start in lines.map(|line| self.lines.line_start(line)) {
            let rest = self.source.get(start..).unwrap_or_default();
            let line = rest.split(['\r', '\n']).next().unwrap_or_default();
            if line.trim().is_empty() {
                continue;
            }
            if !line.trim_start().starts_with('#') || indentation(line).len() <= indent {
                break;
            }
            end = u32::try_from(start + line.trim_end().len()).unwrap_or(end);
        }
        end
    }

    /// Where the line before an enclosure ends that an empty line is to set off, when that is in a range.
    pub(super) fn break_before(&self, enclosure: &Enclosure, span: Span) -> Option<u32> {
        if !enclosure.is_set_off {
            return None;
        }
        let start = self.ast.span(enclosure.first).start;
        let parent = self.ast.parent(enclosure.first)?;
        let is_first = self.ast.first_child(parent) == Some(enclosure.first);
        let before = self.source.get(span.start as usize..start as usize)?;
        let (above, indent) = before.rsplit_once('\n')?;
        let above = above.strip_suffix('\r').unwrap_or(above);
        let line = above.rsplit('\n').next().unwrap_or(above).trim();
        let reaches = above.contains('\n') || !line.is_empty() || above.is_empty();
        let is_set_off = line.is_empty() && above.contains('\n') || line.starts_with('#');
        (!is_first && indent.trim().is_empty() && reaches && !is_set_off)
            .then(|| span.start + u32::try_from(above.len()).unwrap_or(0))
    }

    /// The outermost enclosure that starts with this statement and is not being written yet.
    pub(super) fn enclosure_at(&self, node: NodeId) -> Option<(usize, &'r Enclosure)> {
        let set = self.sets.get(self.current)?;
        let from = set.enclosures.partition_point(|one| one.first < node);
        set.enclosures
            .iter()
            .enumerate()
            .skip(from)
            .take_while(|(_, enclosure)| enclosure.first == node)
            .find(|(index, _)| !self.entered.contains(&(self.current, *index)))
            .map(|(index, enclosure)| (index, *enclosure))
    }

    /// A node with the lines before it and the enclosures that start with it.
    pub(super) fn node(&mut self, node: NodeId, tasks: &mut Vec<Task<'r>>) {
        let Some((index, enclosure)) = self.enclosure_at(node) else {
            let lines = self
                .sets
                .get(self.current)
                .and_then(|set| set.rewrites.nodes.get(&node))
                .map_or(&[][..], |rewrite| &rewrite.lines_before);
            if lines.is_empty() {
                tasks.push(Task::Bare(node));
                return;
            }
            self.base = self.indentation(node);
            tasks.push(Task::Bare(node));
            for (index, line) in lines.iter().enumerate().rev() {
                if line.is_empty() {
                    // A blank line after the one before.
                    continue;
                }
                let after = lines.get(index + 1..).unwrap_or_default();
                let blank = after.iter().take_while(|line| line.is_empty()).count();
                tasks.extend([
                    Task::Text(match blank {
                        0 => "\n",
                        1 => "\n\n",
                        _ => "\n\n\n",
                    }),
                    Task::Moved(false),
                    Task::Pieces { node, pieces: line },
                    Task::Moved(true),
                ]);
            }
            return;
        };
        self.entered.push((self.current, index));
        self.base = self.indentation(node);
        let span = Span::new(
            self.ast.span(enclosure.first).start,
            self.ast.span(enclosure.last).end,
        );
        if let Some(finding) = enclosure.finding {
            tasks.push(Task::End(finding));
        }
        if enclosure.extent == Extent::All {
            self.instead(index, enclosure, tasks);
            tasks.extend(enclosure.finding.map(Task::Begin));
            return;
        }
        if enclosure.extent == Extent::First {
            tasks.extend([
                Task::Enclosed { enclosure: index },
                Task::Dedent,
                Task::Source {
                    span: Span::new(self.ast.span(enclosure.first).end, span.end),
                    nodes: (
                        self.ast.after(enclosure.first),
                        self.ast.after(enclosure.last),
                    ),
                },
                Task::Indent,
                Task::Pieces {
                    node,
                    pieces: &enclosure.header,
                },
            ]);
            return;
        }
        let inner = if enclosure.first == enclosure.last {
            Task::Node(node)
        } else {
            Task::Source {
                span,
                nodes: (enclosure.first, self.ast.after(enclosure.last)),
            }
        };
        let footer = enclosure.footer.as_ref();
        tasks.extend(footer.map(|footer| Task::Pieces {
            node,
            pieces: &footer.outer,
        }));
        tasks.extend([Task::Enclosed { enclosure: index }, Task::Dedent]);
        if let Some(footer) = footer {
            let after = self.ast.after(enclosure.last);
            let end = self.enclosure_end(enclosure).min(self.limit);
            tasks.extend([
                Task::Pieces {
                    node,
                    pieces: &footer.inner,
                },
                Task::Source {
                    span: Span::new(span.end, end.max(span.end)),
                    nodes: (after, after),
                },
            ]);
        }
        tasks.extend([
            inner,
            Task::Text("\n"),
            Task::Indent,
            Task::Moved(false),
            Task::Pieces {
                node,
                pieces: &enclosure.header,
            },
            Task::Moved(true),
        ]);
    }

    /// A header in the place of all its statements, of which it holds what is kept.
    fn instead(&self, index: usize, enclosure: &'r Enclosure, tasks: &mut Vec<Task<'r>>) {
        let node = enclosure.first;
        let nodes = (node, self.ast.after(enclosure.last));
        tasks.extend([Task::Enclosed { enclosure: index }, Task::Moved(false)]);
        for piece in enclosure.header.iter().rev() {
            match piece {
                Piece::Text(text) => tasks.push(Task::Text(text)),
                Piece::Node(child) => tasks.push(Task::Node(*child)),
                Piece::Source(span) => tasks.push(Task::Source { span: *span, nodes }),
                Piece::Block { span, base, after } => {
                    tasks.push(Task::Dedent);
                    if let Some(after) = after {
                        tasks.extend([Task::Text(after), Task::Based(*base)]);
                    }
                    tasks.extend([
                        Task::Source { span: *span, nodes },
                        Task::Text("\n"),
                        Task::Based(*base),
                        Task::Indent,
                    ]);
                    continue;
                }
            }
            tasks.push(Task::Based(node));
        }
        tasks.push(Task::Moved(true));
    }
}
