//! Which variables statements read and write.

use std::collections::{BTreeSet, HashMap};

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
            .into_iter()
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

/// The variables that occur below a node. Those of comprehensions and lambdas are their own. One walk, however deep they nest.
pub(super) fn occurrences(facts: &FileFacts, root: NodeId) -> Vec<(NodeId, Occurrence)> {
    let ast = facts.ast();
    let mut found = Vec::new();
    // The comprehensions and lambdas around, each with where it ends and what it binds.
    let mut around: Vec<(NodeId, Vec<&str>)> = Vec::new();
    let mut bound: HashMap<&str, usize> = HashMap::new();
    for id in ast.subtree(root) {
        while let Some((_, names)) = around.pop_if(|(after, _)| *after <= id) {
            for name in names {
                if let Some(count) = bound.get_mut(name) {
                    *count -= 1;
                }
            }
        }
        if ast.kind(id) == Kind::Identifier {
            let is_own = bound.get(facts.source(id)).is_some_and(|&count| count > 0);
            if let Some(what) = occurrence(ast, id).filter(|_| !is_own) {
                found.push((id, what));
            }
            continue;
        }
        let names = bound_by(facts, id);
        if !names.is_empty() {
            for &name in &names {
                *bound.entry(name).or_default() += 1;
            }
            around.push((ast.after(id), names));
        }
    }
    found
}

/// What a comprehension or lambda binds.
fn bound_by(facts: &FileFacts, node: NodeId) -> Vec<&str> {
    let ast = facts.ast();
    let targets: Vec<NodeId> = match ast.kind(node) {
        // What a parameter is by default is read outside.
        Kind::Lambda => ast
            .child(node, Field::Parameters)
            .into_iter()
            .flat_map(|parameters| ast.children(parameters))
            .filter_map(|parameter| match ast.kind(parameter) {
                Kind::DefaultParameter => ast.child(parameter, Field::Name),
                _ => Some(parameter),
            })
            .collect(),
        kind if kind.is_comprehension() => ast
            .children(node)
            .filter(|&clause| ast.kind(clause) == Kind::ForInClause)
            .filter_map(|clause| ast.child(clause, Field::Left))
            .collect(),
        _ => return Vec::new(),
    };
    targets
        .into_iter()
        .flat_map(|target| ast.subtree(target))
        .filter(|&one| ast.kind(one) == Kind::Identifier)
        .map(|one| facts.source(one))
        .collect()
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
        assert_eq!(
            names(
                "a = [[x for x in x] for y in x]\nb = lambda c, d=e, *f: (c, d, e, f, [e for e in c])\n"
            ),
            ("e x".into(), "a b".into())
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
