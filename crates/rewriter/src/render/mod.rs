//! Lowers [`FileRewrites`] to text: one pass with an explicit stack, which copies what stays and writes what is new.

mod enclosure;
mod output;
mod twin;

use crate::indent::{indent_unit, indentation};
use unblocked_syntax::{Ast, Edits, Kind, LineIndex, NodeId, SmallSort, Span, TextEdit};

use crate::rewrites::{Enclosure, FileRewrites, NodeRewrite, Piece, Rewrites, Twin};

/// The rendered file.
pub(crate) struct Rendered {
    pub(crate) edits: Edits,
    /// Where the outcome of each finding stands in the text: finding and range.
    pub(crate) outcomes: Vec<(usize, Span)>,
    /// The ranges of the source that the text still contains, in any place.
    pub(crate) kept: Vec<Span>,
}

enum Task<'r> {
    /// Source from one offset to another, with the rewrites of the nodes `from..to` (pre-order) in it.
    Source {
        span: Span,
        nodes: (NodeId, NodeId),
    },
    Node(NodeId),
    /// A node without its `lines_before` and the enclosures that start with it, up to a depth.
    Bare(NodeId),
    Pieces {
        node: NodeId,
        pieces: &'r [Piece],
    },
    Text(&'r str),
    Enclosed {
        enclosure: usize,
    },
    Indent,
    Dedent,
    /// Text from here on stands elsewhere than in the source.
    Moved(bool),
    Begin(usize),
    End(usize),
    Use(usize),
    /// New lines are indented like this statement from here on.
    Based(NodeId),
    TwinEnd,
}

/// Writes the file with its changes.
pub(crate) fn render(ast: &Ast, source: &str, rewrites: &FileRewrites) -> Rendered {
    let mut sets: Vec<Set<'_>> = vec![Set::new(ast, &rewrites.main)];
    sets.extend(
        rewrites
            .twins
            .iter()
            .map(|twin| Set::new(ast, &twin.rewrites)),
    );
    let mut renderer = Renderer {
        ast,
        source,
        lines: LineIndex::new(source),
        sets,
        twins: &rewrites.twins,
        next_twin: 0,
        current: 0,
        newline: if source
            .find('\n')
            .and_then(|at| source.get(..at))
            .is_some_and(|line| line.ends_with('\r'))
        {
            "\r\n"
        } else {
            "\n"
        },
        unit: indent_unit(ast, source),
        strings: ast
            .ids()
            .filter(|&id| ast.kind(id) == Kind::String)
            .map(|id| ast.span(id))
            .collect(),
        depth: 0,
        limit: 0,
        moved: 0,
        base: String::new(),
        out: String::with_capacity(source.len() + source.len() / 8),
        cursor: 0,
        pending: None,
        edits: Vec::new(),
        outcomes: Vec::new(),
        open: Vec::new(),
        kept: Vec::new(),
        entered: Vec::new(),
    };
    renderer.run();
    Rendered {
        // Written in order, so they can't overlap.
        edits: Edits::new(renderer.edits).unwrap_or_default(),
        outcomes: renderer.outcomes,
        kept: renderer.kept,
    }
}

/// One set of rewrites, with its nodes in order.
struct Set<'r> {
    rewrites: &'r Rewrites,
    /// Nodes with something to do, enclosures' first statements included, in pre-order.
    nodes: Vec<NodeId>,
    /// Enclosures, outermost first for each first statement.
    enclosures: Vec<&'r Enclosure>,
}

impl<'r> Set<'r> {
    fn new(ast: &Ast, rewrites: &'r Rewrites) -> Self {
        let mut enclosures: Vec<&Enclosure> = rewrites.enclosures.iter().collect();
        // Stable: of two that enclose the same statements, the one that was asked for first is the outer one.
        enclosures.small_sort_by_key(|e| (e.first, std::cmp::Reverse(ast.span(e.last).end)));
        let mut nodes: Vec<NodeId> = rewrites
            .nodes
            .keys()
            .copied()
            .chain(enclosures.iter().map(|e| e.first))
            .collect();
        nodes.small_sort();
        nodes.dedup();
        Self {
            rewrites,
            nodes,
            enclosures,
        }
    }
}

impl Set<'_> {
    /// True when something stands around statements of which this is the first.
    fn encloses(&self, statement: NodeId) -> bool {
        self.enclosures.iter().any(|one| one.first == statement)
    }
}

struct Renderer<'r> {
    ast: &'r Ast,
    source: &'r str,
    lines: LineIndex<'r>,
    /// The file's own rewrites, then those of each twin.
    sets: Vec<Set<'r>>,
    /// In order of place.
    twins: &'r [Twin],
    next_twin: usize,
    current: usize,
    newline: &'static str,
    unit: String,
    strings: Vec<Span>,
    /// How many levels deeper than in the source the text stands.
    depth: usize,
    /// Where the range ends in which the node that is about to be written stands.
    limit: u32,
    /// Above zero while the text stands elsewhere than in the source.
    moved: usize,
    /// The indentation, in the source, of the statement that is being written.
    base: String,
    out: String,
    /// How far the source has been copied or replaced, for edits.
    cursor: u32,
    pending: Option<TextEdit>,
    edits: Vec<TextEdit>,
    outcomes: Vec<(usize, Span)>,
    open: Vec<(usize, u32)>,
    kept: Vec<Span>,
    /// Enclosures that are being written: set and index.
    entered: Vec<(usize, usize)>,
}

impl<'r> Renderer<'r> {
    fn run(&mut self) {
        let end = u32::try_from(self.source.len()).unwrap_or(u32::MAX);
        let mut tasks = vec![Task::Source {
            span: Span::new(0, end),
            nodes: (NodeId::ROOT, self.ast.after(NodeId::ROOT)),
        }];
        while let Some(task) = tasks.pop() {
            self.step(task, &mut tasks);
        }
        if self.cursor < end {
            self.fresh("");
        }
        self.flush(end);
    }

    fn step(&mut self, task: Task<'r>, tasks: &mut Vec<Task<'r>>) {
        match task {
            Task::Source { span, nodes } => self.source_range(span, nodes, tasks),
            Task::Node(node) => self.node(node, tasks),
            Task::Bare(node) => self.bare(node, tasks),
            Task::Pieces { node, pieces } => self.pieces(node, pieces, tasks),
            Task::Text(text) => self.text(text),
            Task::Enclosed { enclosure } => {
                self.entered
                    .retain(|&entered| entered != (self.current, enclosure));
            }
            Task::Indent => self.depth += 1,
            Task::Dedent => self.depth = self.depth.saturating_sub(1),
            Task::Moved(true) => self.moved += 1,
            Task::Moved(false) => self.moved = self.moved.saturating_sub(1),
            Task::Begin(finding) => self.open.push((finding, self.written())),
            Task::End(finding) => {
                if let Some(at) = self.open.iter().rposition(|&(open, _)| open == finding) {
                    let (_, start) = self.open.remove(at);
                    self.outcomes
                        .push((finding, Span::new(start, self.written())));
                }
            }
            Task::Use(set) => self.current = set,
            Task::Based(statement) => self.base = self.indentation(statement),
            Task::TwinEnd => self.base.clear(),
        }
    }

    /// How much has been written.
    fn written(&self) -> u32 {
        u32::try_from(self.out.len()).unwrap_or(u32::MAX)
    }

    /// The topmost node to do something about in a range of the source.
    fn next_in(&self, span: Span, nodes: (NodeId, NodeId)) -> Option<NodeId> {
        let set = self.sets.get(self.current)?;
        let from = set.nodes.partition_point(|&node| node < nodes.0);
        set.nodes
            .get(from..)?
            .iter()
            .copied()
            .take_while(|&node| node < nodes.1)
            .find(|&node| span.contains(self.ast.span(node)))
    }

    fn source_range(&mut self, span: Span, nodes: (NodeId, NodeId), tasks: &mut Vec<Task<'r>>) {
        let next = self.next_in(span, nodes);
        // Twins come in the file's own pass, after the statement that they double.
        let twin = (self.current == 0)
            .then_some(self.next_twin)
            .filter(|&index| {
                self.twins.get(index).is_some_and(|twin| {
                    if twin.branch.is_some() {
                        let at = self.ast.span(twin.statement).start;
                        return twin.statement >= nodes.0
                            && twin.statement < nodes.1
                            && span.start <= at
                            && at < span.end
                            && next.is_none_or(|next| next >= twin.statement);
                    }
                    let end = self.line_end(self.ast.span(twin.last).end);
                    // Something in its last part may have been written already.
                    self.ast.after(twin.last) >= nodes.0
                        && twin.statement < nodes.1
                        && span.start < end
                        && end <= span.end
                        && next.is_none_or(|next| self.ast.span(next).start >= end)
                })
            });
        if let Some(index) = twin
            && let Some(twin) = self.twins.get(index)
        {
            self.next_twin += 1;
            if let Some(branch) = &twin.branch {
                let at = self.ast.span(twin.statement).start;
                self.keep(Span::new(span.start, at));
                tasks.push(Task::Source {
                    span: Span::new(at, span.end),
                    nodes: (twin.statement, nodes.1),
                });
                self.start_branch(index, twin.statement, branch, tasks);
                return;
            }
            let end = self.line_end(self.ast.span(twin.last).end);
            self.keep(Span::new(span.start, end));
            tasks.push(Task::Source {
                span: Span::new(end, span.end),
                nodes: (self.ast.after(twin.last), nodes.1),
            });
            self.start_twin(index, twin.statement, tasks);
            return;
        }
        let Some(node) = next else {
            self.keep(span);
            return;
        };
        let at = self.ast.span(node);
        let enclosure = self.enclosure_at(node);
        match enclosure.and_then(|(_, one)| self.break_before(one, span)) {
            Some(line_end) => {
                self.keep(Span::new(span.start, line_end));
                self.fresh(self.newline);
                self.keep(Span::new(line_end, at.start));
            }
            None => self.keep(Span::new(span.start, at.start)),
        }
        let rewrite = self
            .sets
            .get(self.current)
            .and_then(|set| set.rewrites.nodes.get(&node));
        if enclosure.is_none()
            && let Some(prefix) = rewrite.and_then(NodeRewrite::prefix)
            && let Some(first) = self.ast.children(node).next()
        {
            // What follows the node on its last line stays in reach of what is in it.
            tasks.push(Task::Source {
                span: Span::new(at.start, span.end),
                nodes: (first, nodes.1),
            });
            tasks.push(Task::Text(prefix));
            return;
        }
        let (end, after) = enclosure.map_or((at.end, self.ast.after(node)), |(_, enclosure)| {
            (
                self.enclosure_end(enclosure).min(span.end),
                self.ast.after(enclosure.last),
            )
        });
        self.limit = span.end;
        tasks.push(Task::Source {
            span: Span::new(end, span.end),
            nodes: (after, nodes.1),
        });
        tasks.push(Task::Node(node));
    }

    fn bare(&mut self, node: NodeId, tasks: &mut Vec<Task<'r>>) {
        let Some(rewrite) = self
            .sets
            .get(self.current)
            .and_then(|set| set.rewrites.nodes.get(&node))
        else {
            self.inside(node, tasks);
            return;
        };
        tasks.extend(rewrite.findings.iter().map(|&finding| Task::End(finding)));
        let wraps = || rewrite.wraps.iter().chain(&rewrite.outer_wraps);
        let mut after: Vec<Task<'r>> = wraps().map(|(_, after)| Task::Text(after)).collect();
        after.reverse();
        tasks.extend(after);
        match &rewrite.replace {
            Some(pieces) => tasks.push(Task::Pieces { node, pieces }),
            None => self.inside(node, tasks),
        }
        tasks.extend(wraps().map(|(before, _)| Task::Text(before)));
        tasks.extend(
            rewrite
                .findings
                .iter()
                .rev()
                .map(|&finding| Task::Begin(finding)),
        );
    }

    fn inside(&self, node: NodeId, tasks: &mut Vec<Task<'r>>) {
        let first = self.ast.children(node).next();
        let nodes = first.map_or((self.ast.after(node), self.ast.after(node)), |first| {
            (first, self.ast.after(node))
        });
        tasks.push(Task::Source {
            span: self.ast.span(node),
            nodes,
        });
    }

    fn pieces(&mut self, node: NodeId, pieces: &'r [Piece], tasks: &mut Vec<Task<'r>>) {
        if let Some(statement) = self.ast.statement(node) {
            self.base = self.indentation(statement);
        }
        // Holes in source order stay where they are; otherwise what comes too early has moved.
        let span_of = |piece: &Piece| match piece {
            Piece::Text(_) | Piece::Block { .. } => None,
            Piece::Node(node) => Some(self.ast.span(*node)),
            Piece::Source(span) => Some(*span),
        };
        let in_order = pieces
            .iter()
            .filter_map(span_of)
            .collect::<Vec<_>>()
            .windows(2)
            .all(|pair| matches!(pair, [a, b] if a.end <= b.start));
        if !in_order {
            tasks.push(Task::Moved(false));
        }
        for piece in pieces.iter().rev() {
            tasks.push(match piece {
                Piece::Text(text) => Task::Text(text),
                Piece::Node(child) => Task::Node(*child),
                Piece::Source(span) => Task::Source {
                    span: *span,
                    nodes: (node, self.ast.after(node)),
                },
                // Headers that stand for all of their statements are written elsewhere.
                Piece::Block { .. } => continue,
            });
            // The node itself within its own template: only what is below it.
            if let Some(last) = tasks.last_mut() {
                if matches!(last, Task::Node(child) if *child == node) {
                    self.inside_into(node, last);
                } else if let Task::Source { nodes, .. } = last
                    && let Some(first) = self.ast.children(node).next()
                {
                    nodes.0 = first;
                }
            }
        }
        if !in_order {
            tasks.push(Task::Moved(true));
        }
    }

    fn inside_into(&self, node: NodeId, task: &mut Task<'r>) {
        let mut one = Vec::with_capacity(1);
        self.inside(node, &mut one);
        if let Some(inner) = one.pop() {
            *task = inner;
        }
    }

    /// The end of the line, when nothing but white space or a comment follows.
    fn line_end(&self, offset: u32) -> u32 {
        let rest = self.source.get(offset as usize..).unwrap_or_default();
        let line = rest.split(['\r', '\n']).next().unwrap_or_default();
        let tail = line.trim_start();
        if tail.is_empty() || tail.starts_with('#') {
            offset + u32::try_from(line.len()).unwrap_or(0)
        } else {
            offset
        }
    }

    /// The white space before a statement on its line.
    fn indentation(&self, node: NodeId) -> String {
        let start = self.ast.span(node).start as usize;
        let line = self.lines.line_start(self.lines.line(start));
        indentation(self.source.get(line..start).unwrap_or_default()).to_owned()
    }
}
