//! Decides how a block becomes a function: what that function takes from around it and what it gives back.
//!
//! It must be exact: a variable that is read after the block, or by a handler of its exceptions, has the value that it had
//! before; otherwise the reason is given, and the whole function stays synchronous.

use unblocked_analyzer::{Analysis, FileFacts, SyncOnly, Type};
use unblocked_syntax::{Ast, Field, Kind, NodeId};

use super::Region;
use super::exits::{Exits, Jump, exits};
use super::flow::{Bound, Flow};
use super::names::{Mention, Names};

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
    let types = analysis.files.get(file);
    let swallows = |with: NodeId| {
        let ast = facts.ast();
        let Some(clause) = ast.child_of_kind(with, Kind::WithClause) else {
            return true;
        };
        !ast.children(clause).all(|item| {
            let mut manager = ast.child(item, Field::Value).unwrap_or(item);
            if ast.kind(manager) == Kind::AsPattern {
                manager = ast.first_child(manager).unwrap_or(manager);
            }
            let function = ast.child(manager, Field::Function).unwrap_or(manager);
            let keeps = |kind: &Type| match kind {
                Type::Path(path) | Type::External(path) => {
                    let path = unblocked_django::canonical(path);
                    path.starts_with("django.db.")
                        || path.starts_with("threading.")
                        || path.starts_with("multiprocessing.")
                }
                Type::Builtin(name) => &**name == "open",
                _ => false,
            };
            types.is_some_and(|types| {
                keeps(types.type_of(function)) || keeps(types.type_of(manager))
            })
        })
    };
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
        SyncOnly::AsyncToSync => "in_thread",
    }
}

/// One block and its surroundings.
struct Block<'a, S> {
    facts: &'a FileFacts,
    /// The function's body.
    root: NodeId,
    statement: NodeId,
    /// All blocks of the function.
    others: &'a [(NodeId, SyncOnly)],
    flow: &'a Flow,
    swallows: &'a S,
}

impl<S: Fn(NodeId) -> bool> Block<'_, S> {
    fn ast(&self) -> &Ast {
        self.facts.ast()
    }

    fn contains(&self, node: NodeId) -> bool {
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
    fn catchers(&self) -> Vec<NodeId> {
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
    fn loops(&self) -> impl Iterator<Item = NodeId> + '_ {
        let ast = self.ast();
        ast.ancestors(self.statement)
            .take_while(|&up| up != self.root)
            .filter(|&up| matches!(ast.kind(up), Kind::For | Kind::While))
    }

    /// The innermost loop around the block and a node.
    fn common_loop(&self, node: NodeId) -> Option<NodeId> {
        self.loops()
            .find(|&around| self.ast().contains(around, node))
    }
}

/// Where a variable that the block binds lives.
enum Place {
    /// In the new function alone.
    Inside,
    /// In the function around it, by `nonlocal`.
    Shared,
    /// In both: the new function returns it.
    Result,
}

/// A variable that the block binds.
struct Variable<'n> {
    name: &'n str,
    /// It is bound outside of all blocks as well.
    is_bound_outside: bool,
    /// The block may see a value from outside.
    reads_outer: bool,
    /// Its value may be seen after the block.
    is_read_after: bool,
    /// Its value may be seen after the block ended by an exception.
    is_seen_on_failure: bool,
    /// It is bound whenever the block reaches its end.
    is_certain: bool,
    mentions: &'n [Mention],
}

impl<'n> Variable<'n> {
    fn new<S: Fn(NodeId) -> bool>(
        block: &Block<'_, S>,
        names: &'n Names<'_>,
        name: &'n str,
    ) -> Self {
        let ast = block.ast();
        let mentions = names.of(name);
        let outside = || {
            mentions
                .iter()
                .filter(|mention| !block.contains(mention.node))
        };
        let in_loop = block.loops().next().is_some();
        let after = |mention: &Mention| mention.node > block.statement;
        let in_other_block = |mention: &Mention| {
            block
                .others
                .iter()
                .any(|&(other, _)| ast.contains(other, mention.node))
        };
        let is_bound_outside = names.is_parameter(name)
            || outside().any(|mention| mention.binds && !in_other_block(mention));
        let binds = |node: NodeId| {
            mentions
                .iter()
                .any(|mention| mention.node == node && mention.binds)
        };
        let bound = block.flow.binding(ast, block.root, binds, block.swallows);
        let is_deleted = mentions.iter().any(|mention| {
            block.contains(mention.node)
                && mention.binds
                && ast
                    .ancestors(mention.node)
                    .take(2)
                    .any(|up| ast.kind(up) == Kind::Delete)
        });
        // An exception's name is deleted at the end of its clause.
        let is_exception = mentions.iter().any(|mention| {
            block.contains(mention.node)
                && mention.binds
                && ast
                    .ancestors(mention.node)
                    .take_while(|&up| ast.kind(up) != Kind::Block)
                    .any(|up| ast.kind(up) == Kind::Except)
        });
        let has_closure = outside().any(|mention| !mention.is_own);
        // In a loop, the block itself may have bound it in an earlier round.
        let may_be_bound_before = in_loop
            || names.is_parameter(name)
            || outside().any(|mention| mention.binds && !after(mention));
        // Uses outside that may see what the block leaves.
        let seen = || {
            outside().filter(|mention| {
                if after(mention) {
                    return is_exposed(block, &bound, mention, |binding| binding > block.statement);
                }
                // Only the next round of a loop comes to what stands before.
                block.common_loop(mention.node).is_some_and(|around| {
                    is_exposed(block, &bound, mention, |binding| {
                        ast.contains(around, binding)
                    })
                })
            })
        };
        let reads_outer = (may_be_bound_before || has_closure)
            && (has_closure
                || is_deleted
                || mentions
                    .iter()
                    .filter(|mention| block.contains(mention.node))
                    .any(|mention| {
                        is_exposed(block, &bound, mention, |binding| block.contains(binding))
                    }));
        let is_seen_on_failure = block.catchers().into_iter().any(|catcher| {
            let falls_through = ast.kind(catcher) == Kind::With
                || ast
                    .children(catcher)
                    .filter(|&clause| ast.kind(clause) == Kind::Except)
                    .any(|clause| block.flow.completes(clause));
            seen().any(|mention| {
                let inside = ast.children(catcher).any(|part| {
                    (ast.field(part) == Some(Field::Body) || ast.kind(part) == Kind::Else)
                        && ast.contains(part, mention.node)
                });
                let within = ast.contains(catcher, mention.node);
                (within && !inside) || (!within && after(mention) && falls_through)
            })
        });
        Self {
            name,
            is_bound_outside,
            reads_outer,
            is_read_after: has_closure || seen().any(|mention| after(mention) || in_loop),
            is_seen_on_failure,
            is_certain: bound.after(block.statement) && !is_deleted && !is_exception,
            mentions,
        }
    }

    fn place(&self, exits: &Exits) -> Result<Place, String> {
        if !self.reads_outer && !self.is_read_after && !self.is_seen_on_failure {
            return Ok(Place::Inside);
        }
        let leaves_loop = matches!(exits, Exits::Flag { jumps, .. } if jumps
            .iter()
            .any(|(_, jump)| !matches!(jump, Jump::Return(_))));
        let can_be_returned =
            self.is_certain && !self.reads_outer && !self.is_seen_on_failure && !leaves_loop;
        if can_be_returned && *exits == Exits::Return {
            // The block never reaches its end, so nothing comes after it.
            return Ok(Place::Inside);
        }
        if can_be_returned {
            return Ok(Place::Result);
        }
        if self.is_bound_outside {
            return Ok(Place::Shared);
        }
        Err(format!(
            "`{}` is bound in it on some paths only and used outside of it",
            self.name
        ))
    }

    fn is_annotated<S: Fn(NodeId) -> bool>(&self, block: &Block<'_, S>) -> bool {
        let ast = block.ast();
        self.mentions
            .iter()
            .filter(|mention| mention.binds && block.contains(mention.node))
            .any(|mention| {
                ast.parent(mention.node).is_some_and(|up| {
                    ast.kind(up) == Kind::Assignment && ast.child(up, Field::Type).is_some()
                })
            })
    }
}

/// True for a use that no binding, of those that `counts`, comes before on every way to it.
fn is_exposed<S: Fn(NodeId) -> bool>(
    block: &Block<'_, S>,
    bound: &Bound,
    mention: &Mention,
    counts: impl Fn(NodeId) -> bool,
) -> bool {
    let ast = block.ast();
    if mention.binds && !is_updated(ast, mention.node) {
        return false;
    }
    let holds = |binding: NodeId| bound.after(binding) && counts(binding);
    let mut child = mention.node;
    for up in ast.ancestors(mention.node) {
        let earlier = match ast.kind(up) {
            Kind::Block | Kind::Module => ast
                .children(up)
                .take_while(|&sibling| sibling != child)
                .any(holds),
            // What a header binds holds in the body.
            Kind::For if ast.field(child) == Some(Field::Body) => ast
                .child(up, Field::Left)
                .is_some_and(|left| ast.subtree(left).any(holds)),
            Kind::With if ast.field(child) == Some(Field::Body) => {
                ast.child_of_kind(up, Kind::WithClause).is_some_and(holds)
            }
            Kind::If | Kind::While if ast.field(child) != Some(Field::Condition) => {
                ast.child(up, Field::Condition).is_some_and(holds)
            }
            Kind::Except if ast.kind(child) == Kind::Block => ast
                .children(up)
                .take_while(|&part| part != child)
                .any(holds),
            Kind::Try if ast.kind(child) == Kind::Else => {
                ast.child(up, Field::Body).is_some_and(holds)
            }
            _ => false,
        };
        if earlier {
            return false;
        }
        if up == block.root {
            break;
        }
        child = up;
    }
    true
}

/// True for the variable of `total += 1`, and of `del total`.
fn is_updated(ast: &Ast, node: NodeId) -> bool {
    ast.ancestors(node)
        .take_while(|&up| ast.kind(up) != Kind::Block)
        .any(|up| match ast.kind(up) {
            Kind::AugmentedAssignment => ast.child(up, Field::Left) == Some(node),
            Kind::Delete => true,
            _ => false,
        })
}
