//! The walk: statements and expressions in order of evaluation.

use unblocked_syntax::{Field, Kind, NodeId};

use super::Inference;
use crate::facts::MAX_DEPTH;
use crate::site::{ItemAccess, Used};
use crate::types::Type;

/// A name that no code can use: bound where `request.user` has been loaded.
pub(super) const LOADED_USER: &str = "request.user";

enum Task {
    Visit(NodeId),
    Apply(NodeId),
    /// The queryset-testing condition has its type now.
    Test(NodeId),
    /// The iterable of a `for` or clause has its type now: bind the target.
    BindLoop(NodeId),
    Open,
    /// The end of an alternative, with the block that it ends with.
    Alternative(NodeId),
    Close {
        exhaustive: bool,
    },
    Forget,
    /// A loop begins.
    EnterLoop(NodeId),
}

impl<'w> Inference<'w, '_> {
    /// Walks everything below `root` that runs with it: not the bodies of nested functions.
    pub(super) fn walk(&mut self, root: NodeId) {
        let mut tasks = vec![Task::Visit(root)];
        let mut ahead = Vec::new();
        while let Some(task) = tasks.pop() {
            match task {
                Task::Visit(node) => {
                    self.plan(node, &mut ahead);
                    tasks.extend(ahead.drain(..).rev());
                }
                Task::Apply(node) => self.apply(node),
                Task::Test(node) => self.test(node),
                Task::BindLoop(node) => self.bind_loop(node),
                Task::Open => self.environment.open(),
                Task::Alternative(block) => {
                    let leaves = self.leaves(block);
                    self.environment.alternative(leaves);
                }
                Task::Close { exhaustive } => self.environment.close(exhaustive),
                Task::Forget => self.environment.forget(),
                Task::EnterLoop(node) => self.enter_loop(node),
            }
        }
    }

    /// What visiting a node comes down to, in order.
    fn plan(&self, node: NodeId, out: &mut Vec<Task>) {
        let ast = self.ast;
        if ast.depth(node) > MAX_DEPTH {
            return;
        }
        let visit_all = |out: &mut Vec<Task>| {
            out.extend(ast.children(node).map(Task::Visit));
        };
        match ast.kind(node) {
            Kind::Identifier | Kind::Import | Kind::ImportFrom => out.push(Task::Apply(node)),
            Kind::Type
            | Kind::FutureImport
            | Kind::Global
            | Kind::Nonlocal
            | Kind::TypeAlias
            | Kind::Integer
            | Kind::Float
            | Kind::StringContent
            | Kind::LambdaParameters => {}
            Kind::FunctionDef => {
                if let Some(parameters) = ast.child(node, Field::Parameters) {
                    out.extend(
                        ast.children(parameters)
                            .filter_map(|parameter| ast.child(parameter, Field::Value))
                            .map(Task::Visit),
                    );
                }
                out.push(Task::Apply(node));
            }
            Kind::ClassDef => {
                if let Some(bases) = ast.child(node, Field::Superclasses) {
                    out.push(Task::Visit(bases));
                }
                out.push(Task::Apply(node));
                if let Some(body) = ast.child(node, Field::Body) {
                    out.extend([Task::Open, Task::Visit(body), Task::Forget]);
                }
            }
            Kind::Lambda => {
                if let Some(body) = ast.child(node, Field::Body) {
                    out.extend([
                        Task::Open,
                        Task::Apply(node),
                        Task::Visit(body),
                        Task::Forget,
                    ]);
                }
            }
            kind if kind.is_comprehension() => {
                out.push(Task::Open);
                out.extend(
                    ast.children(node)
                        .filter(|&child| ast.field(child) != Some(Field::Body))
                        .map(Task::Visit),
                );
                out.extend(ast.child(node, Field::Body).map(Task::Visit));
                out.extend([Task::Apply(node), Task::Forget]);
            }
            Kind::ForInClause => {
                out.extend(ast.child(node, Field::Right).map(Task::Visit));
                out.push(Task::BindLoop(node));
            }
            Kind::IfClause => {
                visit_all(out);
                out.extend(ast.first_child(node).map(Task::Test));
            }
            Kind::For => {
                out.extend(ast.child(node, Field::Right).map(Task::Visit));
                out.extend([Task::EnterLoop(node), Task::Open, Task::BindLoop(node)]);
                self.branch(ast.child(node, Field::Body), out);
                out.push(Task::Close { exhaustive: false });
                out.extend(ast.child(node, Field::Alternative).map(Task::Visit));
            }
            Kind::While => {
                out.push(Task::EnterLoop(node));
                if let Some(condition) = ast.child(node, Field::Condition) {
                    out.extend([Task::Visit(condition), Task::Test(condition)]);
                }
                out.push(Task::Open);
                self.branch(ast.child(node, Field::Body), out);
                out.push(Task::Close { exhaustive: false });
                out.extend(ast.child(node, Field::Alternative).map(Task::Visit));
            }
            Kind::If => {
                if let Some(condition) = ast.child(node, Field::Condition) {
                    out.extend([Task::Visit(condition), Task::Test(condition)]);
                }
                out.push(Task::Open);
                self.branch(ast.child(node, Field::Consequence), out);
                let mut exhaustive = false;
                for clause in ast.children(node) {
                    match ast.kind(clause) {
                        Kind::Elif => {
                            if let Some(condition) = ast.child(clause, Field::Condition) {
                                out.extend([Task::Visit(condition), Task::Test(condition)]);
                            }
                            self.branch(ast.child(clause, Field::Consequence), out);
                        }
                        Kind::Else => {
                            exhaustive = true;
                            self.branch(ast.child(clause, Field::Body), out);
                        }
                        _ => {}
                    }
                }
                out.push(Task::Close { exhaustive });
            }
            Kind::Try => {
                out.push(Task::Open);
                self.branch(ast.child(node, Field::Body), out);
                for clause in ast.children(node) {
                    match ast.kind(clause) {
                        Kind::Except => {
                            out.push(Task::Visit(clause));
                            let block = ast.child_of_kind(clause, Kind::Block);
                            out.push(Task::Alternative(block.unwrap_or(clause)));
                        }
                        Kind::Else => {}
                        _ => {}
                    }
                }
                out.push(Task::Close { exhaustive: true });
                out.extend(
                    ast.children(node)
                        .filter(|&clause| matches!(ast.kind(clause), Kind::Else | Kind::Finally))
                        .map(Task::Visit),
                );
            }
            Kind::Match => {
                out.extend(ast.child(node, Field::Subject).map(Task::Visit));
                out.push(Task::Open);
                if let Some(body) = ast.child(node, Field::Body) {
                    for case in ast.children(body) {
                        out.push(Task::Visit(case));
                        let block = ast.child(case, Field::Consequence);
                        out.push(Task::Alternative(block.unwrap_or(case)));
                    }
                }
                out.push(Task::Close { exhaustive: false });
            }
            Kind::CasePattern => {}
            Kind::AsPattern => out.extend(ast.first_child(node).map(Task::Visit)),
            Kind::Conditional => {
                let mut parts = ast.children(node);
                if let (Some(body), Some(condition), Some(other)) =
                    (parts.next(), parts.next(), parts.next())
                {
                    out.extend([
                        Task::Visit(condition),
                        Task::Test(condition),
                        Task::Visit(body),
                        Task::Visit(other),
                    ]);
                }
                out.push(Task::Apply(node));
            }
            Kind::Assignment | Kind::AugmentedAssignment => {
                out.extend(ast.child(node, Field::Right).map(Task::Visit));
                if let Some(left) = ast.child(node, Field::Left) {
                    self.targets(left, out);
                }
                out.push(Task::Apply(node));
            }
            Kind::NamedExpression => {
                out.extend(ast.child(node, Field::Value).map(Task::Visit));
                out.push(Task::Apply(node));
            }
            Kind::KeywordArgument => {
                out.extend(ast.child(node, Field::Value).map(Task::Visit));
            }
            Kind::ArgumentList => {
                // Lambdas run after all arguments are there, and those tell what they are called with.
                let is_lambda = |&argument: &NodeId| {
                    let value = match ast.kind(argument) {
                        Kind::KeywordArgument => ast.child(argument, Field::Value),
                        _ => Some(argument),
                    };
                    value.is_some_and(|value| ast.kind(value) == Kind::Lambda)
                };
                out.extend(
                    ast.children(node)
                        .filter(|a| !is_lambda(a))
                        .map(Task::Visit),
                );
                out.extend(ast.children(node).filter(is_lambda).map(Task::Visit));
            }
            Kind::Attribute => {
                out.extend(ast.child(node, Field::Object).map(Task::Visit));
                out.push(Task::Apply(node));
            }
            _ => {
                visit_all(out);
                out.push(Task::Apply(node));
            }
        }
    }

    fn branch(&self, block: Option<NodeId>, out: &mut Vec<Task>) {
        if let Some(block) = block {
            out.extend([Task::Visit(block), Task::Alternative(block)]);
        }
    }

    /// The parts of an assignment's target that are evaluated: what stands before `.` and in `[…]`.
    fn targets(&self, left: NodeId, out: &mut Vec<Task>) {
        match self.ast.kind(left) {
            Kind::Attribute => out.extend(self.ast.child(left, Field::Object).map(Task::Visit)),
            Kind::Subscript => out.extend(self.ast.children(left).map(Task::Visit)),
            Kind::PatternList | Kind::TuplePattern | Kind::ListPattern => {
                for part in self.ast.children(left) {
                    if matches!(self.ast.kind(part), Kind::Attribute | Kind::Subscript) {
                        out.extend(self.ast.children(part).map(Task::Visit));
                    }
                }
            }
            _ => {}
        }
    }

    /// True when a block does not reach its end.
    fn leaves(&self, block: NodeId) -> bool {
        self.ast.children(block).last().is_some_and(|last| {
            matches!(
                self.ast.kind(last),
                Kind::Return | Kind::Raise | Kind::Continue | Kind::Break
            )
        })
    }

    fn apply(&mut self, node: NodeId) {
        let ast = self.ast;
        match ast.kind(node) {
            Kind::Identifier => {
                let kind = self.lookup(self.text(node));
                self.note_value_use(node, &kind);
                self.set(node, kind);
            }
            Kind::Attribute => self.attribute(node),
            Kind::Call => self.call(node),
            Kind::Subscript => self.subscript(node),
            Kind::Await => self.awaited(node),
            Kind::ExpressionStatement => self.dropped(node),
            Kind::Parenthesized => {
                let inner = ast.first_child(node).map(|inner| self.type_at(inner));
                self.set(node, inner.unwrap_or_default());
            }
            Kind::String | Kind::ConcatenatedString | Kind::True | Kind::False => {
                self.set(node, Type::Plain);
            }
            Kind::Interpolation => {
                if let Some(value) = ast.child(node, Field::Expression) {
                    self.used(value, Used::AsValue);
                    self.printed(value);
                }
            }
            Kind::None => self.set(node, Type::None),
            Kind::Dictionary => self.dictionary(node),
            Kind::List | Kind::Set | Kind::Tuple | Kind::ExpressionList => self.display(node),
            Kind::ListSplat => {
                if let Some(value) = ast.first_child(node) {
                    self.iterated(value, value);
                }
            }
            Kind::BinaryOperator => self.binary(node),
            Kind::BooleanOperator => self.boolean(node),
            Kind::NotOperator => {
                if let Some(argument) = ast.child(node, Field::Argument) {
                    self.test(argument);
                }
                self.set(node, Type::Plain);
            }
            Kind::Comparison => self.comparison(node),
            Kind::Conditional => {
                let parts: Vec<_> = ast.children(node).collect();
                if let [body, _, other] = parts.as_slice() {
                    let joined = self.type_at(*body).join(&self.type_at(*other));
                    self.set(node, joined);
                }
            }
            Kind::Lambda => self.bind_lambda(node),
            Kind::NamedExpression => {
                if let (Some(name), Some(value)) =
                    (ast.child(node, Field::Name), ast.child(node, Field::Value))
                {
                    self.kept(self.text(name), name, value);
                    let kind = self.type_at(value);
                    self.environment.bind(self.text(name), kind.stored());
                    self.set(node, kind);
                }
            }
            kind if kind.is_comprehension() => {
                let element = ast
                    .child(node, Field::Body)
                    .map(|body| self.type_at(body))
                    .unwrap_or_default();
                self.set(
                    node,
                    match kind {
                        Kind::DictionaryComprehension => self.comprehended(node),
                        _ => Type::sequence(element),
                    },
                );
            }
            Kind::Assignment => self.assign(node),
            Kind::AugmentedAssignment => {
                if let Some(left) = ast.child(node, Field::Left) {
                    self.session_item(left, ItemAccess::Update);
                    // `rows += queryset`
                    if let Some(right) = ast.child(node, Field::Right)
                        && ast.kind(left) == Kind::Identifier
                        && !matches!(self.lookup(self.text(left)), Type::QuerySet(_))
                    {
                        self.iterated(right, right);
                    }
                    self.augmented(node, left);
                }
            }
            Kind::Delete => {
                for target in ast.subtree(node) {
                    self.session_item(target, ItemAccess::Delete);
                }
            }
            Kind::Return => {
                self.returned(node);
                let kind = match ast.first_child(node) {
                    Some(value) => self.type_at(value),
                    None => Type::None,
                };
                if !self.is_in_generator() {
                    self.learn_return(&kind);
                }
            }
            Kind::Yield => self.yielded(node),
            Kind::Assert => {
                if let Some(test) = ast.first_child(node) {
                    self.test(test);
                }
            }
            Kind::WithItem => self.with_item(node),
            Kind::Except => self.except(node),
            Kind::FunctionDef => self.define_function(node),
            Kind::ClassDef => self.define_class(node),
            Kind::Import | Kind::ImportFrom => self.import(node),
            _ => {}
        }
    }
}
