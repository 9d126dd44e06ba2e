//! The order in which the parts of a function are evaluated.

use unblocked_analyzer::FileFacts;
use unblocked_syntax::{Ast, Field, Kind, NodeId, SmallSort};

/// The order in which Python evaluates the nodes below one.
pub(crate) struct Order {
    first: usize,
    places: Vec<u32>,
}

impl Order {
    /// Operands come before what is made of them, a value before its target, what a comprehension iterates over before
    /// what it gives, a loop's iterable (which stands for the loop) before its body.
    pub(crate) fn new(facts: &FileFacts, root: NodeId) -> Self {
        enum Task {
            Enter(NodeId),
            Leave(NodeId),
        }
        let ast = facts.ast();
        let first = root.index();
        let size = ast.after(root).index().saturating_sub(first);
        let mut order = Self {
            first,
            places: vec![0; size],
        };
        let mut count = 0;
        let mut tasks = vec![Task::Enter(root)];
        while let Some(task) = tasks.pop() {
            match task {
                Task::Leave(node) => {
                    if let Some(place) = order.places.get_mut(node.index() - first) {
                        *place = count;
                    }
                    count += 1;
                }
                Task::Enter(node) if is_out_of_order(ast.kind(node)) => {
                    let mut children: Vec<NodeId> = ast.children(node).collect();
                    children.small_sort_by_key(|&child| rank(ast, node, child));
                    // Statements with a body, and clauses, are done with their header.
                    let at = match ast.kind(node) {
                        Kind::For | Kind::With | Kind::ForInClause => children
                            .iter()
                            .position(|&child| {
                                matches!(ast.field(child), Some(Field::Left | Field::Body))
                            })
                            .unwrap_or(children.len()),
                        _ => children.len(),
                    };
                    let (header, rest) = children.split_at(at);
                    tasks.extend(rest.iter().rev().map(|&child| Task::Enter(child)));
                    tasks.push(Task::Leave(node));
                    tasks.extend(header.iter().rev().map(|&child| Task::Enter(child)));
                }
                Task::Enter(node) => {
                    tasks.push(Task::Leave(node));
                    let from = tasks.len();
                    tasks.extend(ast.children(node).map(Task::Enter));
                    if let Some(added) = tasks.get_mut(from..) {
                        added.reverse();
                    }
                }
            }
        }
        order
    }

    /// When a node is evaluated; nodes elsewhere come first.
    pub(crate) fn of(&self, node: NodeId) -> u32 {
        node.index()
            .checked_sub(self.first)
            .and_then(|at| self.places.get(at).copied())
            .unwrap_or(0)
    }
}

fn is_out_of_order(kind: Kind) -> bool {
    kind.is_comprehension()
        || matches!(
            kind,
            Kind::Assignment | Kind::For | Kind::With | Kind::ForInClause | Kind::Conditional
        )
}

fn rank(ast: &Ast, parent: NodeId, child: NodeId) -> u8 {
    match ast.kind(parent) {
        kind if kind.is_comprehension() => u8::from(ast.field(child) == Some(Field::Body)),
        Kind::Assignment => u8::from(ast.field(child) != Some(Field::Right)),
        Kind::For | Kind::ForInClause => match ast.field(child) {
            Some(Field::Right) => 0,
            Some(Field::Left) => 1,
            _ => 2,
        },
        // `value if condition else other`
        Kind::Conditional => match ast.children(parent).position(|one| one == child) {
            Some(1) => 0,
            Some(0) => 1,
            _ => 2,
        },
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use unblocked_syntax::Parse;

    use super::*;

    /// The calls of a function in order.
    fn calls(body: &str) -> Vec<String> {
        let text = format!("def f():\n    {body}\n");
        let facts = FileFacts::new("f.py", Parse::new(text));
        let order = Order::new(&facts, NodeId::ROOT);
        let ast = facts.ast();
        let mut found: Vec<(u32, String)> = ast
            .ids()
            .filter(|&id| ast.kind(id) == Kind::Call)
            .filter_map(|id| {
                let function = ast.child(id, Field::Function)?;
                Some((order.of(id), facts.source(function).to_owned()))
            })
            .collect();
        found.sort();
        found.into_iter().map(|(_, name)| name).collect()
    }

    #[test]
    fn arguments_come_before_calls_and_values_before_targets() {
        assert_eq!(calls("a(b(), c(d()))"), ["b", "d", "c", "a"]);
        assert_eq!(calls("x[a()] = b()"), ["b", "a"]);
        assert_eq!(calls("a() if b() else c()"), ["b", "a", "c"]);
    }

    #[test]
    fn iterables_come_before_what_is_made_of_their_rows() {
        assert_eq!(calls("x = [a(y) for y in b() if c(y)]"), ["b", "c", "a"]);
        assert_eq!(
            calls("for x in a():\n        b(x)\n    else:\n        c()"),
            ["a", "b", "c"]
        );
    }
}
