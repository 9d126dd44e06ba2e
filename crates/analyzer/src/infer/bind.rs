//! What statements bind: assignments, loops, imports, definitions.

use unblocked_django::Effect;
use unblocked_syntax::view::{Attribute, Loop, Subscript};
use unblocked_syntax::{Field, Kind, NodeId};

use super::flow::LOADED_USER;
use super::{Inference, Key};
use crate::site::{ItemAccess, SiteKind, Used};
use crate::types::{ClassRef, Evidence, FunctionRef, Type};

impl<'w> Inference<'w, '_> {
    pub(super) fn define_function(&mut self, node: NodeId) {
        let found = self.facts.function_at(node);
        if let (Some(index), Some(name)) = (found, self.ast.child(node, Field::Name)) {
            let function = FunctionRef {
                file: self.file,
                index,
            };
            self.environment
                .bind(self.text(name), Type::Function(function));
            self.decorate(function);
        }
    }

    pub(super) fn define_class(&mut self, node: NodeId) {
        let found = self.facts.class_at(node);
        if let (Some(index), Some(name)) = (found, self.ast.child(node, Field::Name)) {
            let class = ClassRef {
                file: self.file,
                index,
            };
            self.annotated_attributes(node, class);
            let class = self.world.class_type(class);
            self.environment.bind(self.text(name), class);
        }
    }

    /// `item: Item` in the body of a class: of a dataclass, a `NamedTuple`, or of any other that says what its instances hold.
    fn annotated_attributes(&mut self, node: NodeId, class: ClassRef) {
        let ast = self.ast;
        let statements = ast.child(node, Field::Body).map(|body| ast.children(body));
        for statement in statements.into_iter().flatten() {
            let Some(assignment) = ast
                .first_child(statement)
                .filter(|&first| ast.kind(first) == Kind::Assignment)
            else {
                continue;
            };
            if let Some(left) = ast.child(assignment, Field::Left)
                && let Some(annotation) = ast.child(assignment, Field::Type)
            {
                let kind = self.annotation(annotation);
                if kind != Type::Unknown {
                    let key = Key::Attribute(class, self.text(left).to_owned());
                    self.exchange.learn(key, &kind);
                }
            }
        }
    }

    pub(super) fn import(&mut self, node: NodeId) {
        for import in self.facts.imports_of(node) {
            let symbol = self.world.resolve(&import.path, import.is_relative);
            let kind = match &symbol {
                crate::world::Symbol::Variable(file, name) => self.global_variable(*file, name),
                symbol => self.world.type_of(symbol).unwrap_or_default(),
            };
            self.environment.bind(&import.name, kind);
        }
    }

    pub(super) fn assign(&mut self, node: NodeId) {
        let ast = self.ast;
        let Some(left) = ast.child(node, Field::Left) else {
            return;
        };
        let annotated = ast
            .child(node, Field::Type)
            .map(|annotation| self.annotation(annotation))
            .filter(|kind| *kind != Type::Unknown);
        if let Some(right) = ast.child(node, Field::Right) {
            match ast.kind(left) {
                Kind::Identifier => self.kept(self.text(left), left, right),
                // `request.user = request.auser()`
                Kind::Attribute => self.used_in_attribute(left, right),
                Kind::Subscript => self.used_in_item(left, right),
                Kind::PatternList | Kind::TuplePattern | Kind::ListPattern => {
                    self.used(right, Used::AsValue);
                }
                _ => {}
            }
        }
        let assigned = ast
            .child(node, Field::Right)
            .map(|right| self.type_at(right));
        let kind = match (assigned, annotated) {
            (Some(Type::Unknown | Type::None) | None, Some(annotated)) => annotated,
            (Some(assigned), _) => assigned,
            (None, None) => return,
        };
        self.class_attribute_assigned(left, &kind);
        // `a = b = value`
        self.set(node, kind.clone());
        self.bind_target(left, &kind, ast.child(node, Field::Right));
    }

    /// Binds a target of an assignment, a loop or a `with`.
    pub(super) fn bind_target(&mut self, target: NodeId, kind: &Type, value: Option<NodeId>) {
        let ast = self.ast;
        let mut target = target;
        while matches!(
            ast.kind(target),
            Kind::AsPatternTarget | Kind::Parenthesized
        ) && let Some(inner) = ast.first_child(target)
        {
            target = inner;
        }
        match ast.kind(target) {
            Kind::Identifier => {
                if value.is_some_and(|value| self.is_prefetched(value)) {
                    // What is sliced of it is a list.
                    self.evaluated.insert(self.text(target));
                }
                self.view_attribute_assigned(target, kind);
                self.learn_kept(self.text(target), kind);
                self.environment.bind(self.text(target), kind.stored());
            }
            Kind::PatternList | Kind::TuplePattern | Kind::ListPattern | Kind::Tuple => {
                if let Some(value) = value
                    && kind.is_lazy()
                    && *kind != Type::Opaque
                {
                    self.iterated(value, value);
                }
                let is_rest = |part: &NodeId| ast.kind(*part) == Kind::ListSplatPattern;
                let rest = ast.children(target).position(|part| is_rest(&part));
                for (position, part) in ast.children(target).enumerate() {
                    let element = match kind {
                        Type::Tuple(parts) if rest.is_none_or(|rest| position < rest) => {
                            parts.get(position).cloned().unwrap_or_default()
                        }
                        other => other.element(),
                    };
                    // `first, *others = rows`: a list of what is left.
                    let (part, element) = match is_rest(&part) {
                        true => (
                            ast.first_child(part).unwrap_or(part),
                            Type::sequence(element),
                        ),
                        false => (part, element),
                    };
                    if ast.kind(part) == Kind::Identifier {
                        self.environment.bind(self.text(part), element.stored());
                    }
                }
            }
            Kind::Attribute => {
                if let Some(Attribute { object, name }) = Attribute::cast(ast, target) {
                    let name = self.text(name);
                    self.relation_assigned(object, name);
                    if self.type_at(object) == Type::Request {
                        match name {
                            "user" => self.environment.bind(LOADED_USER, Type::Plain),
                            _ => {
                                let key = Key::OfRequest(name.to_owned());
                                self.exchange.learn(key, &kind.stored());
                            }
                        }
                    }
                    let class = match self.type_at(object) {
                        Type::Object(class) => Some(class),
                        // `cls.user = …` in `setUpTestData`
                        Type::Class(class) if self.is_test_case(class) => Some(class),
                        _ => None,
                    };
                    if let Some(class) = class {
                        let key = Key::Attribute(class, name.to_owned());
                        self.exchange.learn(key, &kind.stored());
                    }
                }
            }
            Kind::Subscript => {
                self.session_item(target, ItemAccess::Write);
                self.item_assigned(target, kind);
            }
            _ => {}
        }
    }

    /// A use of `request.session[…]`.
    pub(super) fn session_item(&mut self, node: NodeId, access: ItemAccess) {
        if let Some(Subscript { value: session, .. }) = Subscript::cast(self.ast, node)
            && self.type_at(session) == Type::Session
        {
            self.site(
                node,
                Effect::Session,
                Evidence::Proven,
                SiteKind::SessionItem { session, access },
            );
        }
    }

    pub(super) fn bind_loop(&mut self, node: NodeId) {
        let Some(Loop { target, iterable }) = Loop::cast(self.ast, node) else {
            return;
        };
        self.looped(node, iterable);
        let element = self.element_of(&self.type_at(iterable));
        self.bind_target(target, &element, None);
        self.carry(node, target);
        self.bind_kept(node);
    }

    pub(super) fn with_item(&mut self, node: NodeId) {
        let Some(value) = self.ast.child(node, Field::Value) else {
            return;
        };
        if self.ast.kind(value) == Kind::AsPattern {
            let mut parts = self.ast.children(value);
            if let (Some(manager), Some(alias)) = (parts.next(), parts.next()) {
                let kind = self.entered(manager);
                self.bind_target(alias, &kind, None);
            }
        } else {
            self.entered(value);
        }
    }

    pub(super) fn except(&mut self, node: NodeId) {
        for id in self.ast.subtree(node) {
            if self.ast.kind(id) == Kind::AsPatternTarget
                && let Some(name) = self.ast.first_child(id)
            {
                self.environment.bind(self.text(name), Type::Plain);
            }
            if self.ast.kind(id) == Kind::Block {
                break;
            }
        }
    }

    pub(super) fn yielded(&mut self, node: NodeId) {
        let Some(value) = self.ast.first_child(node) else {
            return;
        };
        let element = if self.facts.yields_from(node) {
            self.iterated(value, value);
            self.type_at(value).element()
        } else {
            self.type_at(value)
        };
        self.learn_return(&Type::sequence(element));
    }

    pub(super) fn display(&mut self, node: NodeId) {
        let parts: Vec<Type> = self
            .ast
            .children(node)
            .map(|child| match self.ast.kind(child) {
                Kind::ListSplat => self
                    .ast
                    .first_child(child)
                    .map(|inner| self.type_at(inner).element())
                    .unwrap_or_default(),
                _ => self.type_at(child),
            })
            .collect();
        self.set(
            node,
            match self.ast.kind(node) {
                Kind::Tuple | Kind::ExpressionList => Type::tuple(parts),
                // Nothing is in an empty list: what comes into it tells what it holds.
                _ => Type::sequence(
                    parts
                        .into_iter()
                        .map(|part| part.stored())
                        .reduce(|a, b| a.join(&b))
                        .unwrap_or(Type::None),
                ),
            },
        );
    }
}
