//! The syntax tree as one flat array, owned and free of the parser.
//!
//! Nodes stand in pre-order, so a subtree is a contiguous run, parents come before their children, and every walk is a
//! loop: none can exhaust the native stack, however deep the input nests.

use crate::SmallSort;
use crate::kind::{Field, Kind, NAMES};
use crate::span::Span;

/// A node of one [`Ast`]. Means nothing in the tree of another parse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(u32);

impl NodeId {
    /// The module: the root of every tree.
    pub const ROOT: Self = Self(0);

    /// Position in pre-order.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

#[derive(Debug, Clone, Copy)]
struct Node {
    kind: Kind,
    field: Option<Field>,
    /// Starts with the keyword `async`.
    is_async: bool,
    /// Contains a syntax error.
    has_error: bool,
    depth: u32,
    span: Span,
    parent: u32,
    /// One past the last node of the subtree.
    end: u32,
}

/// Mends what the grammar reads in `[*a.b()]`: a call of an attribute of `*a`, instead of the splat of a call.
#[derive(Default)]
struct Splat {
    /// Where the star stands, and where its operand.
    place: Option<(u32, u32)>,
    /// What the misplaced splat was to its parent: its operand is that.
    field: Option<Field>,
}

impl Splat {
    /// True for the outermost node that the grammar reads around a splat.
    fn begins(&mut self, kind: Kind, span: Span, text: &str) -> bool {
        let around = matches!(
            kind,
            Kind::Attribute | Kind::Call | Kind::Subscript | Kind::BinaryOperator
        );
        if !around || self.place.is_some_and(|(star, _)| star == span.start) {
            return false;
        }
        let Some(rest) = span.of(text).strip_prefix('*') else {
            return false;
        };
        let operand = rest.trim_start_matches([' ', '\t', '\n', '\r', '\\']);
        if operand.is_empty() || operand.starts_with(['*', '#']) {
            return false;
        }
        self.place = Some((span.start, span.end - to_u32(operand.len())));
        true
    }

    fn is_misplaced(&self, kind: Kind, span: Span) -> bool {
        kind == Kind::ListSplat && self.place.is_some_and(|(star, _)| star == span.start)
    }

    /// The node's place without the star.
    fn operand(&self, span: Span) -> Span {
        match self.place {
            Some((star, operand)) if star == span.start => Span::new(operand, span.end),
            _ => span,
        }
    }
}

const NOTHING: Node = Node {
    kind: Kind::Other,
    field: None,
    is_async: false,
    has_error: true,
    depth: 0,
    span: Span::empty(0),
    parent: 0,
    end: 0,
};

/// The syntax tree of one text. Holds the named nodes and operators; comments are kept apart.
#[derive(Debug, Clone, Default)]
pub struct Ast {
    nodes: Vec<Node>,
    comments: Vec<Span>,
    errors: Vec<Span>,
}

impl Ast {
    /// The tree of a text that is not parsed: no nodes, and all of it an error.
    pub(crate) fn unparsed(text: &str) -> Self {
        Self {
            errors: vec![Span::new(0, to_u32(text.len()))],
            ..Self::default()
        }
    }

    /// Copies the tree that the parser made of `text`.
    pub(crate) fn lower(tree: &tree_sitter::Tree, text: &str) -> Self {
        let names = &*NAMES;
        let mut ast = Self::default();
        let mut cursor = tree.walk();
        let mut open: Vec<u32> = Vec::new();
        // How many nodes each level of the cursor opened.
        let mut levels: Vec<u8> = Vec::new();
        let mut splat = Splat::default();
        loop {
            let node = cursor.node();
            let kind = names.kind(node.kind_id());
            let mut field = names.field(cursor.field_id());
            let mut span = Span::new(to_u32(node.start_byte()), to_u32(node.end_byte()));
            let mut entered = false;
            let mut opened = 1;
            if node.is_missing() {
                ast.errors.push(span);
            }
            if node.is_named() {
                match kind {
                    Kind::Comment => ast.comments.push(span),
                    Kind::LineContinuation => {}
                    _ => {
                        if kind == Kind::Error {
                            ast.errors.push(span);
                        }
                        if splat.begins(kind, span, text) {
                            ast.open(Kind::ListSplat, field, span, node.has_error(), &mut open);
                            field = None;
                            opened = 2;
                        }
                        if splat.is_misplaced(kind, span) {
                            // Its operand takes its place.
                            splat.field = field;
                            opened = 0;
                        } else {
                            field = splat.field.take().or(field);
                            span = splat.operand(span);
                            ast.open(kind, field, span, node.has_error(), &mut open);
                            if ast.is_python_2(kind, span, text, &open) {
                                ast.damage(span, &open);
                            }
                        }
                        entered = true;
                    }
                }
            } else if matches!(field, Some(Field::Operator | Field::Operators)) {
                ast.open(Kind::Other, field, span, false, &mut open);
                entered = true;
            } else if node.kind_id() == async_id()
                && let Some(parent) = open.last().and_then(|&p| ast.nodes.get_mut(p as usize))
                && parent.span.start == span.start
            {
                parent.is_async = true;
            }
            if entered && cursor.goto_first_child() {
                levels.push(opened);
                continue;
            }
            if entered {
                ast.close(opened, &mut open);
            }
            loop {
                if cursor.goto_next_sibling() {
                    break;
                }
                if !cursor.goto_parent() {
                    while !open.is_empty() {
                        ast.close(1, &mut open);
                    }
                    return ast;
                }
                ast.close(levels.pop().unwrap_or(1), &mut open);
            }
        }
    }

    /// The strings that stand in no other one, in order.
    pub(crate) fn strings(&self) -> Vec<Span> {
        let mut strings: Vec<Span> = Vec::new();
        for node in self.nodes.iter().filter(|node| node.kind == Kind::String) {
            if strings
                .last()
                .is_none_or(|last| last.end <= node.span.start)
            {
                strings.push(node.span);
            }
        }
        strings
    }

    /// Adds comments that the parser did not see.
    pub(crate) fn add_comments(&mut self, comments: Vec<Span>) {
        self.comments.extend(comments);
        self.comments.small_sort();
    }

    fn open(
        &mut self,
        kind: Kind,
        field: Option<Field>,
        span: Span,
        has_error: bool,
        open: &mut Vec<u32>,
    ) {
        let id = to_u32(self.nodes.len());
        self.nodes.push(Node {
            kind,
            field,
            is_async: false,
            has_error,
            depth: to_u32(open.len()),
            span,
            parent: open.last().copied().unwrap_or(id),
            end: id + 1,
        });
        open.push(id);
    }

    /// True for what the grammar takes, but Python 3 does not: `print x`, `exec x`, backquotes, `raise A, b`.
    fn is_python_2(&self, kind: Kind, span: Span, text: &str, open: &[u32]) -> bool {
        match kind {
            Kind::Print | Kind::Exec => true,
            Kind::StringStart => span.of(text).ends_with('`'),
            Kind::ExpressionList => open
                .iter()
                .nth_back(1)
                .and_then(|&parent| self.nodes.get(parent as usize))
                .is_some_and(|parent| parent.kind == Kind::Raise),
            _ => false,
        }
    }

    /// Marks the open nodes as containing an error.
    fn damage(&mut self, span: Span, open: &[u32]) {
        self.errors.push(span);
        for &id in open.iter().rev() {
            match self.nodes.get_mut(id as usize) {
                // What is around it is marked already.
                Some(node) if node.has_error => break,
                Some(node) => node.has_error = true,
                None => {}
            }
        }
    }

    fn close(&mut self, count: u8, open: &mut Vec<u32>) {
        let end = to_u32(self.nodes.len());
        for _ in 0..count {
            if let Some(node) = open.pop().and_then(|id| self.nodes.get_mut(id as usize)) {
                node.end = end;
            }
        }
    }

    fn node(&self, id: NodeId) -> &Node {
        self.nodes.get(id.index()).unwrap_or(&NOTHING)
    }

    /// How many nodes there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// True for a tree without nodes (that of no parse).
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// Comments, in order.
    #[must_use]
    pub fn comments(&self) -> &[Span] {
        &self.comments
    }

    /// True when a comment lies within `span`.
    #[must_use]
    pub fn has_comment(&self, span: Span) -> bool {
        let first = self.comments.partition_point(|c| c.start < span.start);
        self.comments.get(first).is_some_and(|c| c.end <= span.end)
    }

    /// Where the text is not Python 3, in order; missing tokens are empty spans.
    #[must_use]
    pub fn errors(&self) -> &[Span] {
        &self.errors
    }

    /// What the node is.
    #[must_use]
    pub fn kind(&self, id: NodeId) -> Kind {
        self.node(id).kind
    }

    /// What the node is to its parent.
    #[must_use]
    pub fn field(&self, id: NodeId) -> Option<Field> {
        self.node(id).field
    }

    /// Where the node stands.
    #[must_use]
    pub fn span(&self, id: NodeId) -> Span {
        self.node(id).span
    }

    /// True when the node (function, `for`, `with`, comprehension clause) starts with `async`.
    #[must_use]
    pub fn is_async(&self, id: NodeId) -> bool {
        self.node(id).is_async
    }

    /// True when the node contains a syntax error.
    #[must_use]
    pub fn has_error(&self, id: NodeId) -> bool {
        self.node(id).has_error
    }

    /// How deep the node nests; 0 for the module.
    #[must_use]
    pub fn depth(&self, id: NodeId) -> u32 {
        self.node(id).depth
    }

    /// The node around it; `None` for the module.
    #[must_use]
    pub fn parent(&self, id: NodeId) -> Option<NodeId> {
        let parent = self.node(id).parent;
        (parent != id.0).then_some(NodeId(parent))
    }

    /// The nodes around it, nearest first.
    pub fn ancestors(&self, id: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        std::iter::successors(self.parent(id), |&id| self.parent(id))
    }

    /// Its children, in order.
    pub fn children(&self, id: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        let end = self.node(id).end;
        let first = id.0 + 1;
        std::iter::successors((first < end).then_some(NodeId(first)), move |&child| {
            let next = self.node(child).end;
            (next < end).then_some(NodeId(next))
        })
    }

    /// The first child with this field.
    #[must_use]
    pub fn child(&self, id: NodeId, field: Field) -> Option<NodeId> {
        self.children(id)
            .find(|&child| self.field(child) == Some(field))
    }

    /// The first child of this kind.
    #[must_use]
    pub fn child_of_kind(&self, id: NodeId, kind: Kind) -> Option<NodeId> {
        self.children(id).find(|&child| self.kind(child) == kind)
    }

    /// The only or first child.
    #[must_use]
    pub fn first_child(&self, id: NodeId) -> Option<NodeId> {
        self.children(id).next()
    }

    /// The node and all below it, parents before children, in order of the text.
    pub fn subtree(&self, id: NodeId) -> impl DoubleEndedIterator<Item = NodeId> + use<> {
        (id.0..self.node(id).end.max(id.0)).map(NodeId)
    }

    /// The first node after the subtree, in pre-order: where a walk that skips the subtree goes on.
    #[must_use]
    pub fn after(&self, id: NodeId) -> NodeId {
        NodeId(self.node(id).end.max(id.0 + 1))
    }

    /// All nodes, parents before children.
    pub fn ids(&self) -> impl DoubleEndedIterator<Item = NodeId> + use<> {
        (0..to_u32(self.nodes.len())).map(NodeId)
    }

    /// True when `inner` is `outer` or lies below it.
    #[must_use]
    pub fn contains(&self, outer: NodeId, inner: NodeId) -> bool {
        outer <= inner && inner.0 < self.node(outer).end
    }

    /// The node's text.
    #[must_use]
    pub fn text<'t>(&self, id: NodeId, text: &'t str) -> &'t str {
        self.span(id).of(text)
    }

    /// The dotted name of an expression that is nothing but names and dots.
    #[must_use]
    pub fn dotted(&self, id: NodeId, text: &str) -> Option<String> {
        let mut parts = Vec::new();
        let mut at = id;
        loop {
            match self.kind(at) {
                Kind::Identifier => {
                    parts.push(self.text(at, text));
                    break;
                }
                Kind::Attribute => {
                    parts.push(self.text(self.child(at, Field::Attribute)?, text));
                    at = self.child(at, Field::Object)?;
                }
                _ => return None,
            }
        }
        parts.reverse();
        Some(parts.join("."))
    }

    /// The expression without the parentheses around it.
    #[must_use]
    pub fn unparenthesized(&self, mut id: NodeId) -> NodeId {
        while self.kind(id) == Kind::Parenthesized
            && let Some(inner) = self.first_child(id)
        {
            id = inner;
        }
        id
    }

    /// The nearest statement that is or encloses the node.
    #[must_use]
    pub fn statement(&self, id: NodeId) -> Option<NodeId> {
        std::iter::once(id)
            .chain(self.ancestors(id))
            .find(|&id| self.kind(id).is_statement())
            .map(|id| match self.parent(id) {
                Some(parent) if self.kind(parent) == Kind::Decorated => parent,
                _ => id,
            })
    }
}

fn async_id() -> u16 {
    static ID: std::sync::LazyLock<u16> = std::sync::LazyLock::new(|| {
        tree_sitter::Language::from(tree_sitter_python::LANGUAGE).id_for_node_kind("async", false)
    });
    *ID
}

/// Texts are capped far below 4 GiB by [`crate::Parse`].
fn to_u32(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}
