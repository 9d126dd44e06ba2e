//! Compound statements around statements.

use unblocked_syntax::{NodeId, Span};

use super::{Renderer, Task};
use crate::indent::indentation;
use crate::rewrites::Enclosure;

impl<'r> Renderer<'r> {
    /// Where an enclosure ends in the source: before its footer come comments that belong to its last statement.
    pub(super) fn enclosure_end(&self, enclosure: &Enclosure) -> u32 {
        let end = self.ast.span(enclosure.last).end;
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
                let is_followed = lines.get(index + 1).is_some_and(Vec::is_empty);
                tasks.extend([
                    Task::Text(if is_followed { "\n\n" } else { "\n" }),
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
        if enclosure.replaces_first {
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
}
