//! Which variables statements read and write.

use std::collections::BTreeSet;

use unblocked_analyzer::FileFacts;
use unblocked_syntax::{Ast, Field, Kind, NodeId, SmallSort};

use crate::evaluation::Order;

/// The variables of a run of statements.
#[derive(Debug, Clone, Default)]
pub(super) struct Names<'a> {
    /// Those that are read before they are written there.
    pub(super) reads: BTreeSet<&'a str>,
    /// Those that are written.
    pub(super) writes: BTreeSet<&'a str>,
}

/// What is done with an occurrence of a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Occurrence {
    /// Its value is used.
    Read,
    /// It is given a value.
    Write,
    /// Both: `x += 1`.
    Both,
}

impl<'a> Names<'a> {
    /// The variables of a statement or expression.
    pub(super) fn of(facts: &'a FileFacts, node: NodeId) -> Self {
        let order = Order::new(facts, node);
        let mut found: Vec<(u32, &'a str, Occurrence)> = occurrences(facts, node)
            .map(|(id, what)| (order.of(id), facts.source(id), what))
            .collect();
        found.small_sort_by_key(|&(at, ..)| at);
        let mut names = Self::default();
        for (_, name, what) in found {
            if what != Occurrence::Write && !names.writes.contains(name) {
                names.reads.insert(name);
            }
            if what != Occurrence::Read {
                names.writes.insert(name);
            }
        }
        names
    }

    /// Adds what a later statement does.
    pub(super) fn then(&mut self, later: &Self) {
        self.reads.extend(
            later
                .reads
                .difference(&self.writes)
                .copied()
                .collect::<Vec<_>>(),
        );
        self.writes.extend(&later.writes);
    }
}

/// The variables that occur below a node. Those of comprehensions and lambdas are their own.
pub(super) fn occurrences(
    facts: &FileFacts,
    root: NodeId,
) -> impl Iterator<Item = (NodeId, Occurrence)> + '_ {
    let ast = facts.ast();
    ast.subtree(root)
        .filter(move |&id| ast.kind(id) == Kind::Identifier)
        .filter_map(move |id| Some((id, occurrence(ast, id)?)))
        .filter(move |&(id, _)| !is_bound_within(facts, root, id))
}

fn occurrence(ast: &Ast, id: NodeId) -> Option<Occurrence> {
    let parent = ast.parent(id)?;
    let field = ast.field(id);
    Some(match ast.kind(parent) {
        Kind::Attribute if field == Some(Field::Attribute) => return None,
        Kind::KeywordArgument if field == Some(Field::Name) => return None,
        Kind::Parameters | Kind::LambdaParameters => return None,
        Kind::DefaultParameter | Kind::TypedParameter | Kind::TypedDefaultParameter
            if field != Some(Field::Value) =>
        {
            return None;
        }
        Kind::Assignment | Kind::For | Kind::ForInClause if field == Some(Field::Left) => {
            Occurrence::Write
        }
        Kind::AugmentedAssignment if field == Some(Field::Left) => Occurrence::Both,
        Kind::NamedExpression if field == Some(Field::Name) => Occurrence::Write,
        Kind::PatternList
        | Kind::TuplePattern
        | Kind::ListPattern
        | Kind::ListSplatPattern
        | Kind::AsPatternTarget => Occurrence::Write,
        _ => Occurrence::Read,
    })
}

/// True for a variable of a comprehension or lambda below `root`.
fn is_bound_within(facts: &FileFacts, root: NodeId, id: NodeId) -> bool {
    let ast = facts.ast();
    let name = facts.source(id);
    ast.ancestors(id)
        .take_while(|&up| up == root || ast.contains(root, up))
        .any(|up| {
            let bound: Vec<NodeId> = match ast.kind(up) {
                Kind::Lambda => ast.child(up, Field::Parameters).into_iter().collect(),
                kind if kind.is_comprehension() => ast
                    .children(up)
                    .filter(|&clause| ast.kind(clause) == Kind::ForInClause)
                    .filter_map(|clause| ast.child(clause, Field::Left))
                    .collect(),
                _ => return false,
            };
            bound.into_iter().any(|target| {
                ast.subtree(target)
                    .any(|one| ast.kind(one) == Kind::Identifier && facts.source(one) == name)
            })
        })
}

#[cfg(test)]
mod tests {
    use unblocked_syntax::Parse;

    use super::*;

    /// Reads and writes of all statements together.
    fn names(text: &str) -> (String, String) {
        let facts = FileFacts::new("f.py", Parse::new(text.to_owned()));
        let mut all = Names::default();
        for statement in facts.ast().children(NodeId::ROOT) {
            all.then(&Names::of(&facts, statement));
        }
        let joined = |set: &BTreeSet<&str>| set.iter().copied().collect::<Vec<_>>().join(" ");
        (joined(&all.reads), joined(&all.writes))
    }

    #[test]
    fn what_is_written_first_is_not_read_from_outside() {
        let of = |text| names(text);
        assert_eq!(
            of("a = f(b)\nc = a.d(e=g)\n"),
            ("b f g".into(), "a c".into())
        );
        assert_eq!(of("a = a + 1\n"), ("a".into(), "a".into()));
        assert_eq!(of("a += b\n"), ("a b".into(), "a".into()));
        assert_eq!(of("a, (b, *c) = d\n"), ("d".into(), "a b c".into()));
    }

    #[test]
    fn variables_of_comprehensions_and_lambdas_are_their_own() {
        assert_eq!(names("a = [x for x in b if x]\n"), ("b".into(), "a".into()));
        assert_eq!(
            names("a = sorted(b, key=lambda x: x + y)\n"),
            ("b sorted y".into(), "a".into())
        );
    }

    #[test]
    fn handlers_count_as_well() {
        assert_eq!(
            names("try:\n    r = get(u)\n    v = r.json()\nexcept E as e:\n    v = str(e)\n"),
            ("E get str u".into(), "e r v".into())
        );
    }
}
