//! What a place is known by, so that a decision about it survives edits elsewhere.
//!
//! A fingerprint holds the tokens of the code and those of the statement around it: white space, comments and places do
//! not matter, and neither does what stands in the blocks of a statement. Where a function holds the same code more than once, the statement tells which, and a number where
//! statements are equal too; code that stands once in its function is found again in another statement as well.

use std::cell::OnceCell;
use std::collections::{HashMap, HashSet};

use unblocked_analyzer::FileFacts;
use unblocked_syntax::{Kind, NodeId, Span};

use super::tokens::Tokens;

/// Some code of a function.
#[derive(Debug, Clone, Copy)]
struct Occurrence {
    span: Span,
    /// The hash of its statement.
    statement: u64,
    /// How many equal ones in equal statements stand before it.
    number: usize,
}

/// What kind of node, and its tokens.
type Code = (Kind, u64);

/// The fingerprints of one file.
pub(crate) struct Fingerprints<'a> {
    facts: &'a FileFacts,
    tokens: OnceCell<Tokens>,
}

impl<'a> Fingerprints<'a> {
    pub(crate) fn new(facts: &'a FileFacts) -> Self {
        Self {
            facts,
            tokens: OnceCell::new(),
        }
    }

    fn hash(&self, span: Span) -> u64 {
        self.tokens
            .get_or_init(|| Tokens::new(self.facts))
            .hash(span)
    }

    /// The hash of a node's code; of a statement without the blocks in it.
    fn code(&self, node: NodeId) -> u64 {
        let ast = self.facts.ast();
        let whole = ast.span(node);
        let end = if ast.kind(node).is_statement() {
            ast.child_of_kind(node, Kind::Block)
                .map_or(whole.end, |block| ast.span(block).start)
        } else {
            whole.end
        };
        self.hash(Span::new(whole.start, end))
    }

    /// Where the functions of a name hold code, in order of place. `None`: bare statements. `code` gives what is wanted
    /// of a node. Looks at each node once, however deep they nest.
    fn occurrences(
        &self,
        function: Option<&str>,
        mut code: impl FnMut(NodeId) -> Option<Code>,
    ) -> HashMap<Code, Vec<Occurrence>> {
        let ast = self.facts.ast();
        let roots: Vec<NodeId> = match function {
            None => vec![NodeId::ROOT],
            Some(name) => self
                .facts
                .functions
                .iter()
                .filter(|function| function.qualname == name)
                .map(|function| function.statement)
                .collect(),
        };
        let mut found: HashMap<Code, Vec<Occurrence>> = HashMap::new();
        let mut numbers: HashMap<(Code, u64), usize> = HashMap::new();
        let mut hashes: HashMap<NodeId, u64> = HashMap::new();
        for root in roots {
            // The statement of each node, by its distance from the root.
            let mut statements: Vec<Option<NodeId>> = Vec::new();
            for id in ast.subtree(root) {
                let above = ast
                    .parent(id)
                    .and_then(|up| up.index().checked_sub(root.index()))
                    .and_then(|at| statements.get(at).copied())
                    .flatten();
                let is_decorated = above.is_some_and(|up| ast.kind(up) == Kind::Decorated)
                    && ast.parent(id) == above;
                let is_statement = ast.kind(id).is_statement() || ast.kind(id) == Kind::Decorated;
                let own = if is_statement && !is_decorated {
                    Some(id)
                } else {
                    above
                };
                statements.push(own);
                let Some(code) = code(id) else {
                    continue;
                };
                let statement = own.map_or(0, |statement| {
                    *hashes
                        .entry(statement)
                        .or_insert_with(|| self.code(statement))
                });
                let number = numbers.entry((code, statement)).or_default();
                found.entry(code).or_default().push(Occurrence {
                    span: ast.span(id),
                    statement,
                    number: *number,
                });
                *number += 1;
            }
        }
        found
    }

    /// The fingerprints of nodes in the functions of a name.
    pub(crate) fn of(&self, function: Option<&str>, nodes: &[NodeId]) -> Vec<String> {
        let ast = self.facts.ast();
        let codes: Vec<Code> = nodes
            .iter()
            .map(|&id| (ast.kind(id), self.code(id)))
            .collect();
        let kinds: HashSet<Kind> = codes.iter().map(|&(kind, _)| kind).collect();
        let wanted: HashSet<Code> = codes.iter().copied().collect();
        let found = self.occurrences(function, |id| {
            let kind = ast.kind(id);
            let code = kinds.contains(&kind).then(|| (kind, self.code(id)))?;
            wanted.contains(&code).then_some(code)
        });
        nodes
            .iter()
            .zip(codes)
            .map(|(&node, code)| {
                let all = found.get(&code).map_or(&[][..], Vec::as_slice);
                let at = all.partition_point(|other| other.span.start < ast.span(node).start);
                let (kind, hash) = code;
                match all.get(at) {
                    None => format!("{kind:?}.{hash:x}.0"),
                    Some(one) if all.len() == 1 => {
                        format!("{kind:?}.{hash:x}.{:x}", one.statement)
                    }
                    Some(one) => {
                        format!("{kind:?}.{hash:x}.{:x}.{}", one.statement, one.number)
                    }
                }
            })
            .collect()
    }

    /// The place that a fingerprint is of.
    pub(crate) fn find(&self, function: Option<&str>, fingerprint: &str) -> Option<Span> {
        let ast = self.facts.ast();
        let mut parts = fingerprint.split('.');
        let name = parts.next()?;
        let mut hash = || u64::from_str_radix(parts.next()?, 16).ok();
        let (wanted, statement) = (hash()?, hash()?);
        let number: Option<usize> = match parts.next() {
            Some(number) => Some(number.parse().ok()?),
            None => None,
        };
        let mut kinds: HashMap<Kind, bool> = HashMap::new();
        let found = self.occurrences(function, |id| {
            let kind = ast.kind(id);
            let is_named = *kinds
                .entry(kind)
                .or_insert_with(|| format!("{kind:?}") == name);
            (is_named && self.code(id) == wanted).then_some((kind, wanted))
        });
        let all = found.values().next()?;
        let equal = all
            .iter()
            .find(|other| other.statement == statement && other.number == number.unwrap_or(0));
        match (equal, number, &all[..]) {
            (Some(found), _, _) => Some(found.span),
            // It stood alone, and does: its statement changed.
            (None, None, [only]) => Some(only.span),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use unblocked_syntax::Parse;

    fn facts(text: &str) -> FileFacts {
        FileFacts::new("views.py", Parse::new(text.to_owned()))
    }

    /// The fingerprints of the calls that are written like this.
    fn prints(text: &str, function: Option<&str>, code: &str) -> Vec<String> {
        let facts = facts(text);
        let ast = facts.ast();
        let nodes: Vec<NodeId> = ast
            .ids()
            .filter(|&id| ast.kind(id) == Kind::Call && facts.source(id) == code)
            .collect();
        assert!(!nodes.is_empty(), "{text}");
        Fingerprints::new(&facts).of(function, &nodes)
    }

    /// What stands where the fingerprint leads, with the line before it.
    fn found(text: &str, function: Option<&str>, print: &str) -> Option<String> {
        let facts = facts(text);
        let span = Fingerprints::new(&facts).find(function, print)?;
        let line = text[..span.start as usize].lines().last().unwrap_or("");
        Some(format!("{}{}", line.trim_start(), span.of(text)))
    }

    const TWICE: &str =
        "def v(r):\n    a = A.get()\n    if c:\n        b = A.get()\n    return B.get(a)\n";

    #[test]
    fn white_space_comments_and_places_do_not_matter() {
        let [print] = &prints(TWICE, Some("v"), "B.get(a)")[..] else {
            panic!()
        };
        for changed in [
            "import x\n\n\ndef w(r):\n    return B.get(a)\n\n\nasync def v(r):\n    return B.get(a)\n",
            "def v(r):\n    new = 1\n    return (B  # all\n        . get( # one\n a))\n",
            "def v(r):\r\n\treturn B. \\\r\n get(a)\r\n",
        ] {
            let place = found(changed, Some("v"), print).expect(changed);
            let code: String = place.split_whitespace().collect();
            assert!(code.contains("B"), "{code}");
        }
    }

    #[test]
    fn equal_code_is_told_apart_by_its_statement() {
        let both = prints(TWICE, Some("v"), "A.get()");
        assert_eq!(both.len(), 2);
        assert_ne!(both[0], both[1]);
        assert_eq!(
            found(TWICE, Some("v"), &both[1]).as_deref(),
            Some("b = A.get()")
        );
        let without_first = TWICE.replace("    a = A.get()\n", "");
        assert_eq!(
            found(&without_first, Some("v"), &both[1]).as_deref(),
            Some("b = A.get()")
        );
        assert_eq!(found(&without_first, Some("v"), &both[0]), None);
    }

    #[test]
    fn the_body_of_a_loop_may_change() {
        let text = "def v(r):\n    for a in A.all():\n        f(a)\n";
        let facts = facts(text);
        let ast = facts.ast();
        let all: Vec<NodeId> = ast.ids().filter(|&id| ast.kind(id) == Kind::For).collect();
        let [print] = &Fingerprints::new(&facts).of(Some("v"), &all)[..] else {
            panic!()
        };
        let changed = text.replace("f(a)", "g(a)\n        h(a)");
        let place = found(&changed, Some("v"), print);
        assert!(place.is_some_and(|place| place.contains("h(a)")));
        assert_eq!(found(&text.replace("all", "none"), Some("v"), print), None);
    }

    #[test]
    fn equal_statements_are_numbered() {
        let text = "def v(r):\n    A.get()\n    if c:\n        A.get()\n";
        let both = prints(text, Some("v"), "A.get()");
        assert_eq!(both.iter().filter(|print| print.ends_with(".0")).count(), 1);
        assert_eq!(both.iter().filter(|print| print.ends_with(".1")).count(), 1);
    }

    #[test]
    fn code_that_stands_alone_is_found_in_another_statement() {
        let prints = prints(TWICE, Some("v"), "B.get(a)");
        let changed = TWICE.replace("return B.get(a)", "x = [B.get(a), 1]");
        assert_eq!(
            found(&changed, Some("v"), &prints[0]).as_deref(),
            Some("x = [B.get(a)")
        );
        let twice = changed.replace("1]", "B.get(a)]");
        assert_eq!(found(&twice, Some("v"), &prints[0]), None);
    }

    #[test]
    fn other_code_is_not_found() {
        let [print] = &prints(TWICE, Some("v"), "B.get(a)")[..] else {
            panic!()
        };
        for changed in [
            TWICE.replace("B.get(a)", "B.get(b)"),
            TWICE.replace("B.get(a)", "B.get('a')"),
            TWICE.replace("B.get(a)", "Bg.et(a)"),
            TWICE.replace("def v", "def w"),
            TWICE.replace("B.get(a)", "None  # B.get(a)"),
            TWICE.replace("B.get(a)", "'B.get(a)'"),
        ] {
            assert_eq!(found(&changed, Some("v"), print), None, "{changed}");
        }
        for broken in [
            "",
            "x",
            "1",
            "1.2.x",
            "..",
            "ffffffffffffffffff.1",
            "1.2.99999999999999999999",
        ] {
            assert_eq!(found(TWICE, Some("v"), broken), None);
        }
    }

    #[test]
    fn strings_count_to_the_letter_and_code_in_them_is_code() {
        assert_ne!(
            prints("f('a  b')\n", None, "f('a  b')"),
            prints("f('a b')\n", None, "f('a b')")
        );
        let print = prints("x = f'{ A.get() } # no'\n", None, "A.get()");
        assert_eq!(print, prints("x = f'{A.get()} # no'\n", None, "A.get()"));
    }

    #[test]
    fn words_do_not_run_together() {
        assert_ne!(
            prints("f(not a)\n", None, "f(not a)"),
            prints("f(nota)\n", None, "f(nota)")
        );
    }
}
