//! Decides how a block becomes a function: what that function takes from around it and what it gives back.
//!
//! It must be exact: a variable that is read after the block, or by a handler of its exceptions, has the value that it had
//! before; otherwise the reason is given, and the whole function stays synchronous.

use unblocked_analyzer::{Analysis, FileFacts, SyncOnly};
use unblocked_syntax::{Ast, Field, Kind, NodeId};

use super::Region;
use super::exits::{Exits, exits};
use super::flow::Flow;
use super::names::Names;
use super::swallows::swallows;
use super::variable::{Place, Variable};

/// Each variable looks at all of its function: beyond this many nodes in all, the function is left as it is.
const MAX_WORK: usize = 5_000_000;

/// How a block becomes a function of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Extraction {
    /// The function's name.
    pub(crate) name: String,
    /// Lines at its head: `nonlocal total`.
    pub(crate) declarations: Vec<String>,
    /// The variables that it returns.
    pub(crate) results: Vec<String>,
    /// How it is left.
    pub(crate) exits: Exits,
    /// It may reach its end.
    pub(crate) completes: bool,
}

/// Decides for the blocks of a function, which do not overlap and stand in order.
pub(super) fn extract(
    analysis: &Analysis<'_>,
    file: usize,
    function: Option<usize>,
    blocks: &[(NodeId, SyncOnly)],
) -> Vec<Region> {
    let (Some(facts), Some(mut names)) = (
        analysis.world.file(file),
        Names::new(analysis, file, function),
    ) else {
        return Vec::new();
    };
    let root = function
        .and_then(|index| facts.functions.get(index))
        .map_or(NodeId::ROOT, |function| function.body);
    let swallows = |with: NodeId| swallows(analysis, file, with);
    let flow = Flow::new(facts.ast(), root, swallows);
    let looks = looks_at_variables(facts, root, function);
    blocks
        .iter()
        .map(|&(statement, what)| {
            let block = Block {
                facts,
                root,
                statement,
                others: blocks,
                flow: &flow,
                swallows: &swallows,
            };
            let extraction = block.check().and_then(|()| {
                if let Some(name) = looks {
                    return Err(format!(
                        "`{name}()` is called, which sees the variables of its function"
                    ));
                }
                let exits = exits(analysis, file, statement, &flow, &mut names);
                let (declarations, results) = block.variables(&names, &exits)?;
                Ok(Extraction {
                    name: names.fresh(function_name(what)),
                    declarations,
                    results,
                    exits,
                    completes: flow.completes(statement),
                })
            });
            Region {
                statement,
                extraction,
            }
        })
        .collect()
}

/// What a function calls that sees its variables, where they are.
fn looks_at_variables(facts: &FileFacts, root: NodeId, function: Option<usize>) -> Option<&str> {
    let ast = facts.ast();
    ast.subtree(root)
        .filter(|&node| ast.kind(node) == Kind::Call && facts.owner(node) == function)
        .find_map(|call| {
            let name = facts.source(ast.child(call, Field::Function)?);
            let is_bare = ast
                .first_child(ast.child(call, Field::Arguments)?)
                .is_none();
            match name {
                "locals" | "vars" | "dir" => is_bare.then_some(name),
                "exec" | "eval" => Some(name),
                _ => None,
            }
        })
}

/// What the block's function is called.
fn function_name(what: SyncOnly) -> &'static str {
    match what {
        SyncOnly::Transaction => "in_transaction",
        SyncOnly::Cursor => "with_cursor",
        SyncOnly::Lock => "with_lock",
        SyncOnly::AsyncToSync | SyncOnly::Resource(_) | SyncOnly::Manager { .. } => "in_thread",
    }
}

/// One block and its surroundings.
pub(super) struct Block<'a, S> {
    facts: &'a FileFacts,
    /// The function's body.
    pub(super) root: NodeId,
    pub(super) statement: NodeId,
    /// All blocks of the function.
    pub(super) others: &'a [(NodeId, SyncOnly)],
    pub(super) flow: &'a Flow,
    pub(super) swallows: &'a S,
}

impl<S: Fn(NodeId) -> bool> Block<'_, S> {
    pub(super) fn ast(&self) -> &Ast {
        self.facts.ast()
    }

    pub(super) fn contains(&self, node: NodeId) -> bool {
        self.ast().contains(self.statement, node)
    }

    /// What can't stand in a function of its own, whatever its variables are.
    fn check(&self) -> Result<(), String> {
        let ast = self.ast();
        let no = |what: &str| Err(format!("{what} and can't become a function of its own"));
        if !ast.span(self.statement).has_own_lines(self.facts.text()) {
            return no("it shares its line with other statements");
        }
        if ast
            .ancestors(self.statement)
            .take_while(|&up| up != self.root)
            .any(|up| ast.kind(up) == Kind::ClassDef)
        {
            return no("it stands in a class body");
        }
        if ast.is_async(self.statement) {
            return no("it is asynchronous");
        }
        for node in ast.subtree(self.statement) {
            let is_own = self.facts.owner(node) == self.facts.owner(self.statement);
            match ast.kind(node) {
                Kind::Await if is_own => return no("it awaits"),
                Kind::For | Kind::With | Kind::ForInClause if is_own && ast.is_async(node) => {
                    return no("it awaits");
                }
                Kind::Yield if is_own => return no("it yields"),
                Kind::Global | Kind::Nonlocal if is_own => {
                    return no("it declares variables of outer scopes");
                }
                Kind::Call if is_own => {
                    let name = ast
                        .child(node, Field::Function)
                        .map_or("", |function| self.facts.source(function));
                    let bare = ast.child(node, Field::Arguments).is_some_and(|arguments| {
                        ast.kind(arguments) == Kind::ArgumentList
                            && ast.children(arguments).count() == usize::from(name == "next")
                    });
                    match name {
                        "super" if bare => return no("it calls `super()`"),
                        // `StopIteration` can't leave a thread: whoever waits for it would wait for ever.
                        "next" if bare => return no("it calls `next` without a default"),
                        _ => {}
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The function's declarations, and the variables that it returns.
    fn variables(
        &self,
        names: &Names<'_>,
        exits: &Exits,
    ) -> Result<(Vec<String>, Vec<String>), String> {
        let mut global = Vec::new();
        let mut shared = Vec::new();
        let mut results = Vec::new();
        let bound = names.bound_in(self.statement);
        let size = self.ast().after(self.root).index() - self.root.index();
        if bound.len().saturating_mul(size) > MAX_WORK {
            return Err("its function is too large to follow its variables".to_owned());
        }
        for name in bound {
            match names.declaration(name) {
                Some("global") => {
                    global.push(name);
                    continue;
                }
                Some(_) => {
                    shared.push(name);
                    continue;
                }
                None => {}
            }
            let variable = Variable::new(self, names, name);
            match variable.place(exits)? {
                Place::Inside => {}
                Place::Shared if variable.is_annotated(self) => {
                    return Err(format!(
                        "`{name}` is annotated in it and used outside of it"
                    ));
                }
                Place::Shared => shared.push(name),
                Place::Result => results.push(name.to_owned()),
            }
        }
        let declarations = [("global", global), ("nonlocal", shared)]
            .into_iter()
            .filter(|(_, names)| !names.is_empty())
            .map(|(keyword, names)| format!("{keyword} {}", names.join(", ")))
            .collect();
        Ok((declarations, results))
    }

    /// The `try` statements, and the `with` statements that may swallow exceptions, whose body the block stands in.
    pub(super) fn catchers(&self) -> Vec<NodeId> {
        let ast = self.ast();
        let mut child = self.statement;
        let mut found = Vec::new();
        for up in ast.ancestors(self.statement) {
            if child == self.root {
                break;
            }
            let catches = match ast.kind(up) {
                Kind::Try => true,
                Kind::With => (self.swallows)(up),
                _ => false,
            };
            if catches && ast.field(child) == Some(Field::Body) {
                found.push(up);
            }
            child = up;
        }
        found
    }

    /// The loops of the function around the block, innermost first.
    pub(super) fn loops(&self) -> impl Iterator<Item = NodeId> + '_ {
        let ast = self.ast();
        ast.ancestors(self.statement)
            .take_while(|&up| up != self.root)
            .filter(|&up| matches!(ast.kind(up), Kind::For | Kind::While))
    }

    /// The innermost loop around the block and a node.
    pub(super) fn common_loop(&self, node: NodeId) -> Option<NodeId> {
        self.loops()
            .find(|&around| self.ast().contains(around, node))
    }
}
