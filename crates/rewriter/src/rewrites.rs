//! What is to change in a file, attached to nodes: templates whose holes are child nodes.
//!
//! Rules write here; [`crate::render`] lowers it to text and edits. The text of a child is never copied by a rule, so
//! what nests composes.

use std::collections::BTreeMap;

use unblocked_syntax::{NodeId, Span};

/// A part of a [`Template`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Piece {
    /// New text. A line break in it gets the indentation of the statement that it stands in.
    Text(String),
    /// A node, with whatever is to change in it.
    Node(NodeId),
    /// A range of the source, with whatever is to change in the nodes within. It lies in the node that the template
    /// replaces.
    Source(Span),
    /// A range of enclosed statements on lines of their own, one level deeper; only in a header that stands for all.
    Block {
        /// The range.
        span: Span,
        /// The statement whose indentation it has.
        base: NodeId,
        /// Lines after it, on the same level, each starting with its line break.
        after: Option<String>,
    },
}

/// What takes the place of a node.
pub(crate) type Template = Vec<Piece>;

/// Makes a template: `template!["[x async for x in ", node, "]"]`.
macro_rules! template {
    ($($piece:expr),* $(,)?) => {
        vec![$($crate::rewrites::Piece::from($piece)),*]
    };
}
pub(crate) use template;

impl From<&str> for Piece {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Piece {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<NodeId> for Piece {
    fn from(node: NodeId) -> Self {
        Self::Node(node)
    }
}

impl From<Span> for Piece {
    fn from(span: Span) -> Self {
        Self::Source(span)
    }
}

/// A compound statement put around neighbouring statements of a block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Enclosure {
    /// The first statement.
    pub(crate) first: NodeId,
    /// The last one: `first` or a later sibling.
    pub(crate) last: NodeId,
    /// The header line, with its colon.
    pub(crate) header: Template,
    /// What of the statements the header stands for.
    pub(crate) extent: Extent,
    /// What follows the statements.
    pub(crate) footer: Option<Footer>,
    /// An empty line comes before it, unless it is the first of its block.
    pub(crate) is_set_off: bool,
    /// The finding whose outcome all of it is.
    pub(crate) finding: Option<usize>,
}

/// What of the enclosed statements a header takes the place of, and holds the parts of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    /// Nothing: it stands around them.
    None,
    /// The first.
    First,
    /// All: there is nothing below it.
    All,
}

/// Lines after enclosed statements, each starting with its line break.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Footer {
    /// The last lines within.
    pub(crate) inner: Template,
    /// The lines after it.
    pub(crate) outer: Template,
}

/// What changes in one node.
#[derive(Debug, Clone, Default)]
pub(crate) struct NodeRewrite {
    /// What takes its place.
    pub(crate) replace: Option<Template>,
    /// Text right before and right after it, outermost last.
    pub(crate) wraps: Vec<(String, String)>,
    /// The same, around all of `wraps`.
    pub(crate) outer_wraps: Vec<(String, String)>,
    /// Lines before it; it is a statement that stands first on its line.
    pub(crate) lines_before: Vec<Template>,
    /// The findings whose outcome it is.
    pub(crate) findings: Vec<usize>,
}

/// What is to change in a file, or in a twin of one of its functions.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rewrites {
    pub(crate) nodes: BTreeMap<NodeId, NodeRewrite>,
    pub(crate) enclosures: Vec<Enclosure>,
}

impl NodeRewrite {
    /// The text before the node, when that is all that is new.
    pub(crate) fn prefix(&self) -> Option<&str> {
        match (&self.replace, &*self.wraps) {
            (None, [(before, after)])
                if after.is_empty()
                    && self.outer_wraps.is_empty()
                    && self.lines_before.is_empty()
                    && self.findings.is_empty() =>
            {
                Some(before)
            }
            _ => None,
        }
    }
}

impl Rewrites {
    fn node(&mut self, node: NodeId) -> &mut NodeRewrite {
        self.nodes.entry(node).or_default()
    }

    /// Replaces a node.
    pub(crate) fn replace(&mut self, node: NodeId, template: Template) {
        self.node(node).replace = Some(template);
    }

    /// Puts text around a node.
    pub(crate) fn wrap(&mut self, node: NodeId, before: &str, after: &str) {
        debug_assert!(!before.contains('\n') && !after.contains('\n'));
        self.node(node)
            .wraps
            .push((before.to_owned(), after.to_owned()));
    }

    /// Puts text around whatever becomes of a node: what consumes its value.
    pub(crate) fn wrap_value(&mut self, node: NodeId, before: &str, after: &str) {
        self.node(node)
            .outer_wraps
            .push((before.to_owned(), after.to_owned()));
    }

    /// Puts a line before a statement; an empty one is a blank line after another.
    pub(crate) fn line_before(&mut self, statement: NodeId, line: Template) {
        self.node(statement).lines_before.push(line);
    }

    /// Puts a compound statement around statements.
    pub(crate) fn enclose(&mut self, enclosure: Enclosure) {
        self.enclosures.push(enclosure);
    }

    /// Says that a node is the outcome of a finding.
    pub(crate) fn outcome(&mut self, node: NodeId, finding: usize) {
        self.node(node).findings.push(finding);
    }

    /// Takes over what another set changes; its findings are numbered from `first`.
    pub(crate) fn absorb(&mut self, other: Self, first: usize) {
        for (id, rewrite) in other.nodes {
            let own = self.node(id);
            own.replace = rewrite.replace.or(own.replace.take());
            own.wraps.extend(rewrite.wraps);
            own.outer_wraps.extend(rewrite.outer_wraps);
            own.lines_before.extend(rewrite.lines_before);
            own.findings
                .extend(rewrite.findings.into_iter().map(|finding| first + finding));
        }
        self.enclosures
            .extend(other.enclosures.into_iter().map(|enclosure| Enclosure {
                finding: enclosure.finding.map(|finding| first + finding),
                ..enclosure
            }));
    }
}

/// An async form of a function beside it, or of statements that an enclosure makes one.
#[derive(Debug, Clone)]
pub(crate) struct Twin {
    /// The function's definition, with decorators, or the first of the statements.
    pub(crate) statement: NodeId,
    /// The last of the statements.
    pub(crate) last: NodeId,
    /// What changes in the twin; its new name included.
    pub(crate) rewrites: Rewrites,
    /// The branch that it stands in, before the function; after the function when `None`.
    pub(crate) branch: Option<Branch>,
}

/// An `if` statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Branch {
    /// Its line, with the colon.
    pub(crate) header: String,
    /// The last line in it.
    pub(crate) footer: String,
}

/// Everything that changes in a file.
#[derive(Debug, Clone, Default)]
pub(crate) struct FileRewrites {
    pub(crate) main: Rewrites,
    pub(crate) twins: Vec<Twin>,
}
