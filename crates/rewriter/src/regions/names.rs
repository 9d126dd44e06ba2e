//! The names of one function: where each is bound and used.

use std::collections::{HashMap, HashSet};

use unblocked_analyzer::{Analysis, FileFacts};
use unblocked_syntax::{Ast, Field, Kind, NodeId, SmallSort};

/// An occurrence of a variable.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mention {
    /// The identifier, or the statement that imports it.
    pub(super) node: NodeId,
    /// It binds the variable, or deletes it.
    pub(super) binds: bool,
    /// It stands in the function itself, not in one nested in it, a lambda or a class.
    pub(super) is_own: bool,
}

/// The variables of a function, or of a file's bare statements.
pub(super) struct Names<'a> {
    analysis: &'a Analysis<'a>,
    facts: &'a FileFacts,
    file: usize,
    function: Option<usize>,
    mentions: HashMap<&'a str, Vec<Mention>>,
    parameters: HashSet<&'a str>,
    /// `global` and `nonlocal` declarations: name and keyword.
    declared: HashMap<&'a str, &'static str>,
    given: HashSet<String>,
}

impl<'a> Names<'a> {
    pub(super) fn new(
        analysis: &'a Analysis<'a>,
        file: usize,
        function: Option<usize>,
    ) -> Option<Self> {
        let facts = analysis.world.file(file)?;
        let definition = function.and_then(|index| facts.functions.get(index));
        let mut names = Self {
            analysis,
            facts,
            file,
            function,
            mentions: HashMap::new(),
            parameters: definition
                .into_iter()
                .flat_map(|definition| &definition.params)
                .map(|param| &*param.name)
                .collect(),
            declared: HashMap::new(),
            given: HashSet::new(),
        };
        names.collect(definition.map_or(NodeId::ROOT, |definition| definition.body));
        Some(names)
    }

    fn collect(&mut self, root: NodeId) {
        let facts = self.facts;
        let ast = facts.ast();
        for node in ast.subtree(root) {
            if ast.kind(node) != Kind::Identifier || ast.field(node) == Some(Field::Attribute) {
                continue;
            }
            let Some(parent) = ast.parent(node) else {
                continue;
            };
            let name = facts.source(node);
            match ast.kind(parent) {
                Kind::KeywordArgument if ast.field(node) == Some(Field::Name) => continue,
                Kind::Global | Kind::Nonlocal => {
                    if self.is_own(node) {
                        let keyword = if ast.kind(parent) == Kind::Global {
                            "global"
                        } else {
                            "nonlocal"
                        };
                        self.declared.insert(name, keyword);
                    }
                    continue;
                }
                _ => {}
            }
            if in_import(ast, node) || is_shadowed(facts, node) {
                continue;
            }
            let is_own = self.is_own(node) && !in_inner_scope(ast, node, root);
            self.mentions.entry(name).or_default().push(Mention {
                node,
                binds: is_own && is_binding(ast, node),
                is_own,
            });
        }
        for import in &facts.imports {
            if import.function == self.function && ast.contains(root, import.statement) {
                self.mentions
                    .entry(&import.name)
                    .or_default()
                    .push(Mention {
                        node: import.statement,
                        binds: true,
                        is_own: true,
                    });
            }
        }
    }

    /// True for a node that the function itself runs.
    pub(super) fn is_own(&self, node: NodeId) -> bool {
        self.facts.owner(node) == self.function
    }

    /// All occurrences of a variable.
    pub(super) fn of(&self, name: &str) -> &[Mention] {
        self.mentions.get(name).map_or(&[], Vec::as_slice)
    }

    /// The variables that are bound below a node, in order of place.
    pub(super) fn bound_in(&self, node: NodeId) -> Vec<&'a str> {
        let ast = self.facts.ast();
        let mut bound: Vec<(NodeId, &str)> = self
            .mentions
            .iter()
            .filter_map(|(&name, mentions)| {
                let first = mentions
                    .iter()
                    .filter(|mention| mention.binds && ast.contains(node, mention.node))
                    .map(|mention| mention.node)
                    .min()?;
                Some((first, name))
            })
            .collect();
        bound.small_sort();
        bound.into_iter().map(|(_, name)| name).collect()
    }

    pub(super) fn is_parameter(&self, name: &str) -> bool {
        self.parameters.contains(name)
    }

    /// The keyword of the name's `global` or `nonlocal` declaration.
    pub(super) fn declaration(&self, name: &str) -> Option<&'static str> {
        self.declared.get(name).copied()
    }

    /// A name that means nothing in the function or its module yet: `wanted`, or `wanted` with a number.
    pub(super) fn fresh(&mut self, wanted: &str) -> String {
        let is_free = |name: &str| {
            !self.mentions.contains_key(name)
                && !self.parameters.contains(name)
                && !self.given.contains(name)
                && self.analysis.world.global(self.file, name).is_none()
        };
        let name = if is_free(wanted) {
            wanted.to_owned()
        } else {
            (2..)
                .map(|number| format!("{wanted}_{number}"))
                .find(|name| is_free(name))
                .unwrap_or_else(|| wanted.to_owned())
        };
        self.given.insert(name.clone());
        name
    }
}

fn in_import(ast: &Ast, node: NodeId) -> bool {
    ast.ancestors(node)
        .take(4)
        .any(|up| matches!(ast.kind(up), Kind::Import | Kind::ImportFrom))
}

/// True for a comprehension's own variable.
fn is_shadowed(facts: &FileFacts, node: NodeId) -> bool {
    let ast = facts.ast();
    let name = facts.source(node);
    ast.ancestors(node)
        .take_while(|&up| !ast.kind(up).is_statement())
        .filter(|&up| ast.kind(up).is_comprehension())
        .any(|comprehension| {
            let clauses = || {
                ast.children(comprehension)
                    .filter(|&clause| ast.kind(clause) == Kind::ForInClause)
            };
            let in_first = clauses().next().is_some_and(|first| {
                ast.child(first, Field::Right)
                    .is_some_and(|right| ast.contains(right, node))
            });
            let binds = |clause: NodeId| {
                ast.child(clause, Field::Left).is_some_and(|left| {
                    ast.subtree(left)
                        .any(|id| ast.kind(id) == Kind::Identifier && facts.source(id) == name)
                })
            };
            !in_first && clauses().any(binds)
        })
}

/// True below a lambda or in a class body.
fn in_inner_scope(ast: &Ast, node: NodeId, root: NodeId) -> bool {
    ast.ancestors(node)
        .take_while(|&up| up != root)
        .any(|up| match ast.kind(up) {
            Kind::Lambda => true,
            Kind::ClassDef => ast
                .child(up, Field::Body)
                .is_some_and(|body| ast.contains(body, node)),
            _ => false,
        })
}

/// True for an identifier that is assigned to, deleted or captured.
fn is_binding(ast: &Ast, node: NodeId) -> bool {
    let mut child = node;
    for up in ast.ancestors(node) {
        match ast.kind(up) {
            Kind::PatternList
            | Kind::TuplePattern
            | Kind::ListPattern
            | Kind::ListSplatPattern
            | Kind::Tuple
            | Kind::List
            | Kind::ListSplat
            | Kind::ExpressionList
            | Kind::Parenthesized => child = up,
            Kind::Assignment | Kind::AugmentedAssignment | Kind::For => {
                return ast.field(child) == Some(Field::Left);
            }
            Kind::NamedExpression | Kind::FunctionDef | Kind::ClassDef => {
                return ast.field(child) == Some(Field::Name);
            }
            Kind::AsPatternTarget | Kind::Delete => return true,
            Kind::AsPattern => return ast.field(child) == Some(Field::Alias),
            _ => {
                return ast
                    .ancestors(node)
                    .take_while(|&up| !ast.kind(up).is_statement())
                    .any(|up| ast.kind(up) == Kind::CasePattern);
            }
        }
    }
    false
}
