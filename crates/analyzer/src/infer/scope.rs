//! What names stand for at one point of the walk.

use std::collections::HashMap;
use std::sync::Arc;

use unblocked_django::BaseKind;
use unblocked_syntax::{Field, Kind, NodeId};

use super::Inference;
use crate::model::user_model;
use crate::types::{ClassRef, Evidence, FunctionRef, Instance, Type};
use crate::world::Symbol;

type Names<'w> = HashMap<&'w str, Type>;

/// Names and their types, with branches that join again. A branch costs what it binds, not what is bound around it.
#[derive(Default)]
pub(crate) struct Environment<'w> {
    names: Names<'w>,
    /// What names stood for before they were bound, oldest first.
    undo: Vec<(&'w str, Option<Type>)>,
    branches: Vec<Branch<'w>>,
}

struct Branch<'w> {
    /// Length of `undo` when it began.
    mark: usize,
    /// What the alternatives so far bind, joined; `None` before the first one that reaches its end.
    joined: Option<Names<'w>>,
}

impl<'w> Environment<'w> {
    pub(crate) fn names(&self) -> impl Iterator<Item = (&'w str, &Type)> {
        self.names.iter().map(|(&name, kind)| (name, kind))
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Type> {
        self.names.get(name)
    }

    pub(crate) fn bind(&mut self, name: &'w str, kind: Type) {
        let before = self.names.insert(name, kind);
        if !self.branches.is_empty() {
            self.undo.push((name, before));
        }
    }

    /// Alternatives begin.
    pub(crate) fn open(&mut self) {
        self.branches.push(Branch {
            mark: self.undo.len(),
            joined: None,
        });
    }

    /// Takes back what was bound since the mark; gives it.
    fn rewind(&mut self, mark: usize) -> Names<'w> {
        let mut bound = Names::new();
        while self.undo.len() > mark
            && let Some((name, before)) = self.undo.pop()
        {
            let now = match before {
                Some(before) => self.names.insert(name, before),
                None => self.names.remove(name),
            };
            if let Some(now) = now {
                // The last binding is undone first, and stays.
                bound.entry(name).or_insert(now);
            }
        }
        bound
    }

    /// One alternative is over. One that leaves the block (`return`, `raise`) does not join.
    pub(crate) fn alternative(&mut self, leaves: bool) {
        let Some(mark) = self.branches.last().map(|branch| branch.mark) else {
            return;
        };
        let bound = self.rewind(mark);
        if leaves {
            return;
        }
        let Some(branch) = self.branches.last_mut() else {
            return;
        };
        branch.joined = Some(match branch.joined.take() {
            None => bound,
            Some(mut joined) => {
                for (&name, kind) in &mut joined {
                    if !bound.contains_key(name)
                        && let Some(before) = self.names.get(name)
                    {
                        *kind = kind.join(before);
                    }
                }
                for (name, kind) in bound {
                    let other = joined.get(name).or_else(|| self.names.get(name));
                    let kind = other.map_or_else(|| kind.clone(), |other| other.join(&kind));
                    joined.insert(name, kind);
                }
                joined
            }
        });
    }

    /// All alternatives are over; unless they are exhaustive, none of them is one more. A name that only one side binds
    /// keeps its type: where it is read, that side was taken.
    pub(crate) fn close(&mut self, exhaustive: bool) {
        let Some(branch) = self.branches.pop() else {
            return;
        };
        for (name, kind) in branch.joined.unwrap_or_default() {
            let kind = match self.names.get(name) {
                Some(before) if !exhaustive => before.join(&kind),
                _ => kind,
            };
            self.bind(name, kind);
        }
        if self.branches.is_empty() {
            self.undo.clear();
        }
    }

    /// Forgets what was bound since [`Environment::open`].
    pub(crate) fn forget(&mut self) {
        if let Some(branch) = self.branches.pop() {
            self.rewind(branch.mark);
        }
    }
}

const BUILTINS: &[&str] = &[
    "abs",
    "all",
    "any",
    "bool",
    "bytes",
    "callable",
    "dict",
    "enumerate",
    "filter",
    "float",
    "format",
    "frozenset",
    "getattr",
    "hasattr",
    "hash",
    "id",
    "input",
    "int",
    "isinstance",
    "iter",
    "len",
    "list",
    "map",
    "max",
    "min",
    "next",
    "object",
    "open",
    "print",
    "range",
    "repr",
    "reversed",
    "round",
    "set",
    "setattr",
    "sorted",
    "str",
    "sum",
    "super",
    "tuple",
    "type",
    "vars",
    "zip",
];

impl<'w> Inference<'w, '_> {
    /// What a name stands for.
    pub(super) fn lookup(&self, name: &'w str) -> Type {
        if let Some(kind) = self.environment.get(name) {
            return kind.clone();
        }
        let mut outer = self
            .function
            .and_then(|index| self.facts.functions.get(index)?.parent);
        while let Some(index) = outer {
            if let Some(kind) = self.closures.get(&index).and_then(|names| names.get(name)) {
                return kind.clone();
            }
            outer = self.facts.functions.get(index).and_then(|f| f.parent);
        }
        if self.function.is_some()
            && let Some(kind) = self.result.globals.get(name)
        {
            return kind.clone();
        }
        match self.world.global(self.file, name) {
            Some(Symbol::Variable(file, name)) => self.global_variable(file, &name),
            Some(symbol) => self.world.type_of(&symbol).unwrap_or_default(),
            None if BUILTINS.contains(&name) => Type::Builtin(name.into()),
            None => Type::Undefined(name.into()),
        }
    }

    /// The type of a module-level variable of a file.
    pub(super) fn global_variable(&self, file: usize, name: &str) -> Type {
        self.knowledge
            .globals
            .get(file)
            .and_then(|globals| globals.get(name))
            .cloned()
            .unwrap_or_default()
    }

    /// Binds the parameters of a function: by annotation, by what they are for Django, by what calls pass.
    pub(super) fn bind_parameters(&mut self, index: usize) {
        let Some(function) = self.facts.functions.get(index) else {
            return;
        };
        let reference = FunctionRef {
            file: self.file,
            index,
        };
        let passed = self.knowledge.arguments.get(&reference);
        for (position, param) in function.params.iter().enumerate() {
            let annotated = param
                .annotation
                .map(|node| self.annotation(node))
                .filter(|kind| *kind != Type::Unknown);
            let first_of_method = position == 0 && function.class.is_some();
            let kind = if let Some(class) = function.class.filter(|_| first_of_method) {
                self.receiver(class, &param.name)
            } else if let Some(kind) = annotated {
                kind
            } else if param.name == "request" {
                Type::Request
            } else {
                passed
                    .and_then(|types| types.get(position)?.clone())
                    .unwrap_or_default()
            };
            self.environment.bind(&param.name, kind);
        }
    }

    fn receiver(&self, class: usize, name: &str) -> Type {
        let class = ClassRef {
            file: self.file,
            index: class,
        };
        if name != "self" {
            return self.world.class_type(class);
        }
        self.own_instance(class, Some(class))
    }

    /// What `self` is in a method of `class`; with no `of`, what `super()` is: Django's own part of it.
    pub(super) fn own_instance(&self, class: ClassRef, of: Option<ClassRef>) -> Type {
        let is_manager = self
            .world
            .base_kinds(class)
            .any(|kind| matches!(kind, BaseKind::Manager | BaseKind::UserManager));
        if is_manager {
            return Type::Manager(crate::types::Manager {
                model: crate::types::Model::Unknown,
                owner: unblocked_django::Owner::Manager,
                evidence: Evidence::Proven,
                class: of,
                prefetched: false,
            });
        }
        match self.instance_of(&self.world.class_type(class)) {
            Some(Type::QuerySet(queryset)) => Type::QuerySet(crate::types::QuerySet {
                class: of,
                ..queryset
            }),
            Some(Type::Object(_)) if of.is_none() => Type::Unknown,
            other => other.unwrap_or_default(),
        }
    }

    /// What calling a class gives.
    pub(super) fn instance_of(&self, class: &Type) -> Option<Type> {
        Some(match class {
            Type::Model(model) => Type::Instance(Instance {
                model: model.clone(),
                evidence: Evidence::Proven,
                loaded: Arc::default(),
            }),
            Type::Class(class) => {
                let is_queryset = self
                    .world
                    .base_kinds(*class)
                    .any(|kind| matches!(kind, BaseKind::QuerySet));
                if is_queryset {
                    return Some(Type::QuerySet(super::call::queryset_of(
                        crate::types::Model::Unknown,
                        Evidence::Proven,
                    )));
                }
                Type::Object(*class)
            }
            _ => return None,
        })
    }

    /// The type that an annotation names: `Product`, `"Product"`, `Product | None`, `QuerySet[Product]`, `list[Product]`.
    pub(super) fn annotation(&self, node: NodeId) -> Type {
        self.annotation_within(node, 4)
    }

    /// `levels`: how many nested brackets are looked into.
    fn annotation_within(&self, mut node: NodeId, levels: usize) -> Type {
        let Some(levels) = levels.checked_sub(1) else {
            return Type::Unknown;
        };
        loop {
            match self.ast.kind(node) {
                Kind::Type | Kind::Parenthesized => match self.ast.first_child(node) {
                    Some(inner) => node = inner,
                    None => return Type::Unknown,
                },
                Kind::BinaryOperator => match self.ast.child(node, Field::Left) {
                    Some(left) => node = left,
                    None => return Type::Unknown,
                },
                Kind::UnionType => match self.ast.first_child(node) {
                    Some(left) => node = left,
                    None => return Type::Unknown,
                },
                _ => break,
            }
        }
        let (head, argument) = match self.ast.kind(node) {
            Kind::GenericType | Kind::Subscript => {
                let mut children = self.ast.children(node);
                let head = children.next();
                let argument = children.next().map(|argument| {
                    match self.ast.kind(argument) {
                        Kind::TypeParameter => self.ast.first_child(argument),
                        _ => None,
                    }
                    .unwrap_or(argument)
                });
                (head, argument)
            }
            _ => (Some(node), None),
        };
        let Some(head) = head else {
            return Type::Unknown;
        };
        let name = match self.ast.kind(head) {
            Kind::String => crate::model::string_value(self.text(head)),
            _ => self.facts.dotted(head),
        };
        let Some(name) = name else {
            return Type::Unknown;
        };
        let of = |inference: &Self| argument.map(|node| inference.annotation_within(node, levels));
        match &*name {
            "list" | "List" | "tuple" | "set" | "Iterable" | "Sequence" | "typing.List" => {
                return Type::sequence(of(self).unwrap_or_default());
            }
            "Optional" | "typing.Optional" | "Annotated" => return of(self).unwrap_or_default(),
            "str" | "int" | "float" | "bool" | "dict" | "Decimal" | "bytes" => return Type::Plain,
            _ => {}
        }
        let symbol = self.world.dotted(self.file, &name);
        match symbol {
            Some(Symbol::External(path)) => match &*path {
                "django.http.HttpRequest" | "django.http.request.HttpRequest" => Type::Request,
                "django.db.models.QuerySet" | "django.db.models.query.QuerySet" => {
                    let model = match of(self) {
                        Some(Type::Instance(instance)) => instance.model,
                        _ => crate::types::Model::Unknown,
                    };
                    Type::QuerySet(super::call::queryset_of(model, Evidence::Proven))
                }
                "django.contrib.auth.models.User"
                | "django.contrib.auth.models.AbstractBaseUser" => self
                    .instance_of(&Type::Model(user_model(self.world)))
                    .unwrap_or_default(),
                _ => Type::Unknown,
            },
            Some(Symbol::Class(class)) => self
                .instance_of(&self.world.class_type(class))
                .unwrap_or_default(),
            _ => Type::Unknown,
        }
    }
}
