//! Where `await` may stand, and what a place asks of what is written there.

use crate::because::Because;
use unblocked_analyzer::{HalfAsync, Misawaited, SiteKind, Type};
use unblocked_django::PythonVersion;
use unblocked_syntax::{Field, Kind, NodeId};

use super::lazily::Taken;
use super::{Cannot, Draft, Outcome};

impl Draft<'_> {
    /// Checks that `await` may stand at a node, and notes the generator expressions that wait with it.
    pub(crate) fn allow_await(&mut self, node: NodeId) -> Outcome {
        let ast = self.ast();
        let body = self
            .definition()
            .map_or(NodeId::ROOT, |function| function.body);
        let mut comprehensions = 0;
        let mut child = node;
        // A clause that becomes `async for`, as what it iterates over waits.
        let mut clause = None;
        for up in ast.ancestors(node) {
            if child == body {
                break;
            }
            match ast.kind(up) {
                Kind::Lambda if ast.field(child) == Some(Field::Body) => {
                    return Err(Cannot::of(
                        Because::AwaitPosition,
                        format!(
                            "`{}` is called in a lambda, which can't await",
                            self.excerpt(node)
                        ),
                    ));
                }
                Kind::ClassDef => {
                    return Err(Cannot::of(
                        Because::AwaitPosition,
                        "a class body in it waits, and class bodies can't await",
                    ));
                }
                Kind::FunctionDef if ast.field(child) == Some(Field::Body) => {
                    return Err(Cannot::of(
                        Because::AwaitPosition,
                        format!("`{}` is called in a nested function", self.excerpt(node)),
                    ));
                }
                kind if kind.is_comprehension() => {
                    // The first iterable is evaluated outside.
                    let first = ast.child_of_kind(up, Kind::ForInClause);
                    let outside = first.is_some_and(|first| {
                        ast.child(first, Field::Right)
                            .is_some_and(|right| ast.contains(right, node))
                    });
                    if !outside || clause == Some(child) {
                        // What it iterates over first is no comprehension within it.
                        comprehensions += usize::from(!outside);
                        if kind == Kind::GeneratorExpression {
                            let taken = self.taken(up, node)?;
                            if let Taken::Loop(by) = taken {
                                clause = Some(by);
                            }
                            self.take(up, taken);
                        }
                    }
                }
                _ => {}
            }
            child = up;
        }
        if comprehensions > 1 && self.options.python() < PythonVersion::new(3, 11) {
            return Err(Cannot::of(
                Because::AwaitPosition,
                format!(
                    "`{}` stands in a comprehension within a comprehension, which can await from Python 3.11 on",
                    self.excerpt(node)
                ),
            ));
        }
        Ok(())
    }

    /// True when the node runs inside a comprehension, other than as its first iterable.
    pub(crate) fn is_in_comprehension(&self, node: NodeId) -> bool {
        self.comprehensions_around(node) > 0
    }

    /// True when the comprehension that a clause belongs to stands in another one.
    pub(crate) fn is_nested_comprehension(&self, clause: NodeId) -> bool {
        self.comprehensions_around(clause) > 1
    }

    fn comprehensions_around(&self, node: NodeId) -> usize {
        let ast = self.ast();
        ast.ancestors(node)
            .take_while(|&up| !ast.kind(up).is_statement())
            .filter(|&up| {
                ast.kind(up).is_comprehension()
                    && !ast
                        .child_of_kind(up, Kind::ForInClause)
                        .and_then(|first| ast.child(first, Field::Right))
                        .is_some_and(|right| ast.contains(right, node))
            })
            .count()
    }

    /// True when comprehensions may await within comprehensions.
    pub(crate) fn allows_nested_async(&self) -> bool {
        self.options.python() >= PythonVersion::new(3, 11)
    }

    /// True when an operand of `and` or `or` gives its value on, rather than only its truth.
    pub(crate) fn is_operand(&self, node: NodeId) -> bool {
        let ast = self.ast();
        let mut at = node;
        let mut is_operand = false;
        for up in ast.ancestors(node) {
            match ast.kind(up) {
                Kind::BooleanOperator => is_operand = true,
                Kind::Parenthesized => {}
                Kind::If | Kind::Elif | Kind::While => {
                    return is_operand && ast.field(at) != Some(Field::Condition);
                }
                Kind::NotOperator | Kind::Assert | Kind::IfClause => return false,
                _ => return is_operand,
            }
            at = up;
        }
        is_operand
    }

    /// A quote that may stand at the node: within an f-string, the one that the f-string does not use.
    pub(crate) fn quote(&self, node: NodeId) -> Result<char, Cannot> {
        let ast = self.ast();
        let mut strings = ast
            .ancestors(node)
            .filter(|&up| ast.kind(up) == Kind::String)
            .filter_map(|string| ast.child_of_kind(string, Kind::StringStart))
            .map(|start| self.text(start));
        match (strings.next(), strings.next()) {
            (None, _) => Ok('"'),
            (Some(start), None) => Ok(if start.ends_with('"') { '\'' } else { '"' }),
            _ => Err(Cannot::new(
                "a query stands in an f-string within an f-string",
            )),
        }
    }

    /// True for an `await` before what is no coroutine, which is taken out.
    pub(crate) fn drops_await(&self, node: NodeId) -> bool {
        let first = self.sites.partition_point(|site| site.node < node);
        self.sites
            .iter()
            .skip(first)
            .take_while(|site| site.node == node)
            .any(|site| {
                matches!(
                    site.kind,
                    SiteKind::HalfAsync(HalfAsync::Misawaited(
                        Misawaited::QuerySet | Misawaited::Sync
                    ))
                )
            })
    }

    /// Makes a generator expression a list.
    pub(crate) fn list_generator(&mut self, generator: NodeId) {
        self.take(generator, Taken::All);
    }

    /// True when the node needs parentheses once it starts with `await`.
    pub(crate) fn needs_parentheses(&self, node: NodeId) -> bool {
        let ast = self.ast();
        let Some(parent) = ast.parent(node) else {
            return false;
        };
        match ast.kind(parent) {
            Kind::Attribute => ast.field(node) == Some(Field::Object),
            Kind::Call => ast.field(node) == Some(Field::Function),
            Kind::Subscript => ast.field(node) == Some(Field::Value),
            Kind::Await => !self.drops_await(parent),
            _ => false,
        }
    }

    /// The statement around a node, when lines can be put before it: it stands first on its line and ends its line.
    pub(crate) fn line_statement(&self, node: NodeId) -> Result<NodeId, Cannot> {
        let statement = self
            .ast()
            .statement(node)
            .ok_or_else(|| Cannot::new("code stands outside of any statement"))?;
        if self.ast().span(statement).has_own_lines(self.facts.text()) {
            Ok(statement)
        } else {
            Err(Cannot::new(format!(
                "`{}` shares its line with other statements",
                self.excerpt(statement)
            )))
        }
    }

    /// True for the content of a `StreamingHttpResponse`.
    pub(super) fn is_streamed(&self, generator: NodeId) -> bool {
        let ast = self.ast();
        let call = ast
            .ancestors(generator)
            .take(2)
            .find(|&up| ast.kind(up) == Kind::Call);
        call.and_then(|call| ast.child(call, Field::Function))
            .is_some_and(|function| match self.type_of(function) {
                Type::Path(path) => path.ends_with(".StreamingHttpResponse"),
                Type::Undefined(name) => &**name == "StreamingHttpResponse",
                _ => false,
            })
    }

    /// True when the consumer of a generator expression is known to take a list as well.
    pub(super) fn takes_any_iterable(&self, generator: NodeId) -> bool {
        let ast = self.ast();
        let call = ast
            .ancestors(generator)
            .take(2)
            .find(|&up| ast.kind(up) == Kind::Call);
        let Some(function) = call.and_then(|call| ast.child(call, Field::Function)) else {
            return matches!(
                ast.parent(generator).map(|parent| ast.kind(parent)),
                Some(Kind::For | Kind::ForInClause | Kind::ListSplat)
            );
        };
        match self.type_of(function) {
            Type::Builtin(name) => &**name != "next" && &**name != "iter",
            _ => ast.child(function, Field::Attribute).is_some_and(|name| {
                matches!(
                    self.text(name),
                    "join"
                        | "extend"
                        | "update"
                        | "filter"
                        | "exclude"
                        | "bulk_create"
                        | "set"
                        | "add"
                )
            }),
        }
    }
}
