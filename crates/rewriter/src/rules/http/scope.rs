//! What deciding about `requests` looks at: one function, or a file's bare statements.

use std::collections::HashSet;

use unblocked_analyzer::{Analysis, FileAnalysis, FileFacts, FunctionRef, Type};
use unblocked_syntax::{Ast, Field, Kind, NodeId};

use crate::decisions::{Choice, Decided};
use crate::effects::Effects;
use crate::imports::Imports;
use crate::options::{HttpClientScope, Options};

/// Why requests share the client of their event loop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Sharing {
    /// That was asked for.
    Asked,
    /// This function calls theirs in a loop.
    Loop(String),
}

/// A function and its surroundings.
#[derive(Clone, Copy)]
pub(super) struct Scope<'a> {
    pub(super) analysis: &'a Analysis<'a>,
    pub(super) effects: &'a Effects<'a>,
    pub(super) options: &'a Options,
    pub(super) decided: &'a Decided<'a>,
    pub(super) facts: &'a FileFacts,
    pub(super) types: &'a FileAnalysis,
    pub(super) file: usize,
    pub(super) function: Option<usize>,
    /// As if nothing had been rejected.
    is_undecided: bool,
}

impl<'a> Scope<'a> {
    pub(super) fn new(
        analysis: &'a Analysis<'a>,
        effects: &'a Effects<'a>,
        options: &'a Options,
        decided: &'a Decided<'a>,
        file: usize,
        function: Option<usize>,
    ) -> Option<Self> {
        Some(Self {
            analysis,
            effects,
            options,
            decided,
            facts: analysis.world.file(file)?,
            types: analysis.files.get(file)?,
            file,
            function,
            is_undecided: false,
        })
    }

    /// The same as if nothing had been rejected.
    pub(super) fn undecided(&self) -> Self {
        Self {
            is_undecided: true,
            ..*self
        }
    }

    /// That of another function of the file.
    pub(super) fn of(&self, function: Option<usize>) -> Self {
        Self { function, ..*self }
    }

    /// That of another file.
    pub(super) fn of_file(&self, file: usize) -> Option<Self> {
        Some(Self {
            file,
            facts: self.analysis.world.file(file)?,
            types: self.analysis.files.get(file)?,
            ..*self
        })
    }

    /// True when a rule's change of a node was rejected.
    pub(super) fn rejects(&self, rule: &str, node: NodeId) -> bool {
        if self.is_undecided {
            return false;
        }
        let span = self.ast().span(node);
        let decision = self.decided.change(self.file, self.function, rule, span);
        matches!(decision, Some((Choice::Reject, _)))
    }

    /// True when a rule's change of a node, which rests on an assumption, is not made.
    pub(super) fn is_against(&self, rule: &str, node: NodeId) -> bool {
        let span = self.ast().span(node);
        self.decided
            .against(self.file, self.function, rule, span, true)
            .is_some()
    }

    pub(super) fn ast(&self) -> &'a Ast {
        self.facts.ast()
    }

    pub(super) fn text(&self, node: NodeId) -> &'a str {
        self.facts.source(node)
    }

    pub(super) fn type_of(&self, node: NodeId) -> &'a Type {
        self.types.type_of(node)
    }

    /// The function's body.
    pub(super) fn root(&self) -> NodeId {
        self.function
            .and_then(|index| self.facts.functions.get(index))
            .map_or(NodeId::ROOT, |function| function.body)
    }

    /// The function's body with its header.
    pub(super) fn whole(&self) -> NodeId {
        self.function
            .and_then(|index| self.facts.functions.get(index))
            .map_or(NodeId::ROOT, |function| function.statement)
    }

    /// True when the file can import a module under its own name.
    pub(super) fn can_import(&self, module: &str) -> bool {
        Imports::default().need(self.facts, module, None).is_some()
    }

    /// The nodes around one, up to the function's body.
    pub(super) fn ancestors(&self, node: NodeId) -> impl Iterator<Item = NodeId> + 'a {
        let root = self.root();
        let ast = self.ast();
        let start = (node != root).then(|| ast.parent(node)).flatten();
        std::iter::successors(start, move |&up| {
            (up != root).then(|| ast.parent(up)).flatten()
        })
    }

    /// True when a statement stands first on its line and ends its line.
    pub(super) fn has_own_lines(&self, statement: NodeId) -> bool {
        self.ast().span(statement).has_own_lines(self.facts.text())
    }

    /// Occurrences of a variable in the function, its header included.
    pub(super) fn occurrences(&self, name: &'a str) -> impl Iterator<Item = NodeId> + 'a {
        let scope = *self;
        let ast = self.ast();
        ast.subtree(self.whole()).filter(move |&id| {
            ast.kind(id) == Kind::Identifier
                && scope.text(id) == name
                && ast.field(id) != Some(Field::Attribute)
                && !(ast.field(id) == Some(Field::Name)
                    && ast
                        .parent(id)
                        .is_some_and(|parent| ast.kind(parent) == Kind::KeywordArgument))
        })
    }

    /// The first of these names that means nothing in the function or its module.
    pub(super) fn free_name(&self, wanted: &[&'static str]) -> String {
        let is_free = |name: &str| {
            let ast = self.ast();
            self.analysis.world.global(self.file, name).is_none()
                && !ast.subtree(self.whole()).any(|id| {
                    ast.kind(id) == Kind::Identifier
                        && self.text(id) == name
                        && ast.field(id) != Some(Field::Attribute)
                })
        };
        if let Some(name) = wanted.iter().find(|name| is_free(name)) {
            return (*name).to_owned();
        }
        let base = wanted.first().copied().unwrap_or("value");
        (2..)
            .map(|number| format!("{base}_{number}"))
            .find(|name| is_free(name))
            .unwrap_or_else(|| base.to_owned())
    }

    /// A name that means nothing in the module.
    pub(super) fn unused_name(&self, wanted: &str) -> String {
        let is_free = |name: &str| !self.facts.text().contains(name);
        std::iter::once(wanted.to_owned())
            .chain((2..).map(|number| format!("{wanted}_{number}")))
            .find(|name| is_free(name))
            .unwrap_or_else(|| wanted.to_owned())
    }

    /// What a name was given, when it is bound once: by an assignment of the function, or of the module.
    pub(super) fn resolve(&self, node: NodeId) -> NodeId {
        let ast = self.ast();
        let node = ast.unparenthesized(node);
        if ast.kind(node) != Kind::Identifier {
            return node;
        }
        let name = self.text(node);
        let is_loaded = |id: NodeId| {
            ast.parent(id).is_some_and(|parent| {
                !matches!(
                    ast.field(id),
                    Some(Field::Left | Field::Name | Field::Alias)
                ) && !matches!(
                    ast.kind(parent),
                    Kind::PatternList
                        | Kind::TuplePattern
                        | Kind::ListPattern
                        | Kind::AsPatternTarget
                        | Kind::Parameters
                        | Kind::TypedParameter
                        | Kind::Global
                        | Kind::Nonlocal
                        | Kind::Delete
                )
            })
        };
        let mut bound = self.occurrences(name).filter(|&id| !is_loaded(id));
        let value = |id: NodeId| {
            let parent = ast.parent(id)?;
            (ast.kind(parent) == Kind::Assignment && ast.field(id) == Some(Field::Left))
                .then(|| ast.child(parent, Field::Right))
                .flatten()
        };
        match (bound.next(), bound.next()) {
            (Some(one), None) => return value(one).unwrap_or(node),
            (Some(_), Some(_)) => return node,
            (None, _) => {}
        }
        let mut global = ast
            .children(NodeId::ROOT)
            .filter_map(|statement| ast.first_child(statement))
            .filter(|&id| ast.kind(id) == Kind::Assignment)
            .filter(|&id| {
                ast.child(id, Field::Left)
                    .is_some_and(|left| self.text(left) == name)
            });
        match (global.next(), global.next()) {
            (Some(one), None) => ast.child(one, Field::Right).unwrap_or(node),
            _ => node,
        }
    }

    /// The `try` statements whose body a node stands in, innermost first; `with` statements that swallow exceptions
    /// count as well.
    pub(super) fn tries(&self, node: NodeId) -> Vec<NodeId> {
        let ast = self.ast();
        let mut child = node;
        let mut found = Vec::new();
        for up in self.ancestors(node) {
            match ast.kind(up) {
                Kind::Try if ast.field(child) == Some(Field::Body) => found.push(up),
                Kind::With
                    if ast.field(child) == Some(Field::Body)
                        && ast
                            .child_of_kind(up, Kind::WithClause)
                            .is_some_and(|clause| self.text(clause).contains("suppress")) =>
                {
                    found.push(up);
                }
                _ => {}
            }
            child = up;
        }
        found
    }

    /// The outermost loop of the function around a node.
    pub(super) fn outer_loop(&self, node: NodeId) -> Option<NodeId> {
        let ast = self.ast();
        self.ancestors(node)
            .filter(|&up| matches!(ast.kind(up), Kind::For | Kind::While))
            .last()
    }

    /// The name of a function that calls this one in a loop, or calls in a loop what calls it.
    pub(super) fn looping_caller(&self) -> Option<String> {
        let index = self.function?;
        let own = FunctionRef {
            file: self.file,
            index,
        };
        let mut queue = vec![own];
        let mut seen: HashSet<FunctionRef> = HashSet::from([own]);
        while let Some(callee) = queue.pop() {
            for caller in self.effects.callers_of(callee) {
                if let Some(name) = self.loops(caller.file, caller.function, callee) {
                    return Some(name);
                }
                let outer = caller.function.map(|index| FunctionRef {
                    file: caller.file,
                    index,
                });
                queue.extend(outer.filter(|&outer| seen.insert(outer)));
            }
        }
        None
    }

    /// The name of a function that calls another in a loop.
    fn loops(&self, file: usize, function: Option<usize>, callee: FunctionRef) -> Option<String> {
        let facts = self.analysis.world.file(file)?;
        let caller = facts.functions.get(function?)?;
        let ast = facts.ast();
        let mut calls = self.effects.calls_of(file, function);
        let loops = calls.any(|call| {
            call.callee == callee
                && ast
                    .ancestors(call.node)
                    .take_while(|&up| up != caller.body)
                    .any(|up| {
                        let kind = ast.kind(up);
                        matches!(kind, Kind::For | Kind::While) || kind.is_comprehension()
                    })
        });
        loops.then(|| caller.name.to_string())
    }

    /// Why the requests of the function share the client of their event loop.
    pub(super) fn shares(&self) -> Option<Sharing> {
        if self.options.http_client_scope == HttpClientScope::Application {
            return Some(Sharing::Asked);
        }
        self.looping_caller().map(Sharing::Loop)
    }

    /// True when a node stands in a comprehension other than as its first iterable, or in a lambda.
    pub(super) fn is_deferred(&self, node: NodeId) -> bool {
        let ast = self.ast();
        let mut child = node;
        for up in self.ancestors(node) {
            let kind = ast.kind(up);
            if kind.is_statement() {
                return false;
            }
            if kind == Kind::Lambda {
                return true;
            }
            if kind.is_comprehension() {
                let first = ast.child_of_kind(up, Kind::ForInClause);
                let is_first = first == Some(child)
                    && first
                        .and_then(|first| ast.child(first, Field::Right))
                        .is_some_and(|right| ast.contains(right, node));
                if !is_first {
                    return true;
                }
            }
            child = up;
        }
        false
    }

    /// True for a node in a block that stays synchronous.
    pub(super) fn stays_sync(&self, node: NodeId) -> bool {
        self.effects
            .regions()
            .moves(self.ast(), self.file, self.function, node)
    }

    /// True when evaluating the node does nothing that could be noticed.
    pub(super) fn is_inert(&self, node: NodeId) -> bool {
        let ast = self.ast();
        ast.subtree(node).all(|id| {
            !matches!(
                ast.kind(id),
                Kind::Call | Kind::Await | Kind::Yield | Kind::NamedExpression
            ) && !ast.kind(id).is_comprehension()
        }) && !self
            .effects
            .sites_of(self.file, self.function)
            .any(|site| ast.contains(node, site.node))
    }
}
