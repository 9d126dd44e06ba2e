//! What names stand for at one point of the walk.

use std::collections::HashMap;
use std::sync::Arc;

use unblocked_django::BaseKind;
use unblocked_syntax::{Field, Kind, NodeId};

use super::flow::LOADED_USER;
use super::{Inference, Key};
use crate::facts::Function;
use crate::types::{ClassRef, Evidence, FunctionRef, Instance, Type};
use crate::world::{Base, Symbol};

/// Names and their types, with branches that join again.
///
/// A branch keeps what it changes, not a copy of all names, so that a function of many names and many branches costs no
/// more than what it binds.
#[derive(Default)]
pub(crate) struct Environment<'w> {
    names: HashMap<&'w str, Type>,
    branches: Vec<Branch<'w>>,
}

#[derive(Default)]
struct Branch<'w> {
    /// What the names that the current alternative binds stood for before the branch.
    before: HashMap<&'w str, Option<Type>>,
    /// What the alternatives that reach the end bind, and how many of them do.
    bound: HashMap<&'w str, (Type, usize)>,
    /// How many alternatives reach the end.
    joined: usize,
}

impl<'w> Environment<'w> {
    pub(crate) fn names(&self) -> impl Iterator<Item = (&'w str, &Type)> {
        self.names.iter().map(|(&name, kind)| (name, kind))
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Type> {
        self.names.get(name)
    }

    pub(crate) fn bind(&mut self, name: &'w str, kind: Type) {
        let old = self.names.insert(name, kind);
        if let Some(branch) = self.branches.last_mut() {
            branch.before.entry(name).or_insert(old);
        }
    }

    /// Alternatives begin.
    pub(crate) fn open(&mut self) {
        self.branches.push(Branch::default());
    }

    /// One alternative is over. One that leaves the block (`return`, `raise`) does not join.
    pub(crate) fn alternative(&mut self, leaves: bool) {
        let Some(branch) = self.branches.last_mut() else {
            return;
        };
        branch.joined += usize::from(!leaves);
        for (name, old) in branch.before.drain() {
            let kind = match old {
                Some(old) => self.names.insert(name, old),
                None => self.names.remove(name),
            };
            let Some(kind) = kind.filter(|_| !leaves) else {
                continue;
            };
            match branch.bound.get_mut(name) {
                Some((known, count)) => {
                    *known = known.join(&kind);
                    *count += 1;
                }
                None => {
                    branch.bound.insert(name, (kind, 1));
                }
            }
        }
    }

    /// All alternatives are over; unless they are exhaustive, none of them is one more.
    pub(crate) fn close(&mut self, exhaustive: bool) {
        let joins = self.branches.last().is_some_and(|branch| branch.joined > 0);
        if joins {
            self.alternative(exhaustive);
        }
        let Some(branch) = self.branches.pop() else {
            return;
        };
        if !joins {
            // What the condition bound stays bound.
            if let Some(outer) = self.branches.last_mut() {
                for (name, old) in branch.before {
                    outer.before.entry(name).or_insert(old);
                }
            }
            return;
        }
        for (name, (kind, count)) in branch.bound {
            if name == LOADED_USER && count < branch.joined {
                // Where it was loaded on one side only, it may not be.
                continue;
            }
            // A name that only one side binds keeps its type: where it is read, that side was taken.
            let kind = match self.names.get(name) {
                Some(before) if count < branch.joined => before.join(&kind),
                _ => kind,
            };
            self.bind(name, kind);
        }
    }

    /// Forgets what was bound since [`Environment::open`].
    pub(crate) fn forget(&mut self) {
        self.alternative(true);
        self.branches.pop();
    }
}

#[rustfmt::skip]
const BUILTINS: &[&str] = &[
    "abs", "all", "any", "ascii", "bin", "bool", "bytearray", "bytes", "callable", "chr", "complex", "delattr",
    "dict", "dir", "divmod", "enumerate", "filter", "float", "format", "frozenset", "getattr", "globals", "hasattr",
    "hash", "hex", "id", "input", "int", "isinstance", "issubclass", "iter", "len", "list", "locals", "map", "max",
    "memoryview", "min", "next", "object", "oct", "open", "ord", "pow", "print", "range", "repr", "reversed", "round",
    "set", "setattr", "slice", "sorted", "str", "sum", "super", "tuple", "type", "vars", "zip",
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
            && let Some(kind) = self.globals.get(name)
        {
            return kind.clone();
        }
        match self.world.global(self.file, name) {
            Some(Symbol::Variable(file, name)) => self.global_variable(file, &name),
            Some(symbol) => self.world.type_of(&symbol).unwrap_or_default(),
            None if BUILTINS.contains(&name) => Type::Builtin(name.into()),
            // A paste often lacks its imports.
            None if self.facts.interface().star_imports.is_empty() => {
                match unblocked_django::usual_name(name) {
                    Some(path) => crate::world::external(&path.into()),
                    None => Type::Undefined(name.into()),
                }
            }
            None => Type::Undefined(name.into()),
        }
    }

    /// The type of a module-level variable of a file.
    pub(super) fn global_variable(&self, file: usize, name: &str) -> Type {
        let key = Key::Global(file, name.to_owned());
        self.exchange.known(key).unwrap_or_default()
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
        if let Some(class) = function.class
            && !matches!(&*function.name, "__init__" | "setup" | "dispatch")
            && self.world.loads_user(ClassRef {
                file: self.file,
                index: class,
            })
        {
            self.environment.bind(LOADED_USER, Type::Plain);
        }
        for (position, param) in function.params.iter().enumerate() {
            let beside = function.beside.get(position);
            let annotated = beside
                .and_then(|beside| beside.annotation)
                .map(|node| self.annotation(node))
                .filter(|kind| *kind != Type::Unknown);
            let first_of_method =
                position == 0 && function.class.is_some() && !self.is_static(reference);
            let kind = if let Some(class) = function.class.filter(|_| first_of_method) {
                self.receiver(class, &param.name)
            } else if let Some(kind) = annotated {
                kind
            } else if param.name == "request" {
                Type::Request
            } else {
                let key = Key::Argument(reference, position);
                let default = beside
                    .and_then(|beside| beside.default)
                    .and_then(|default| self.default(default));
                let passed = match (self.exchange.known(key), default) {
                    (Some(passed), Some(default)) => passed.join(&default),
                    (passed, default) => passed.or(default).unwrap_or_default(),
                }
                .stored();
                let hook = |index| {
                    let file = self.file;
                    self.given_to_hook(ClassRef { file, index }, &function.name, position)
                };
                match (function.class.and_then(hook), passed) {
                    (Some(given), Type::Unknown) => given,
                    (None, Type::Unknown) => self.fixture(function, &param.name),
                    (_, passed) => passed,
                }
            };
            self.environment.bind(&param.name, kind);
        }
    }

    /// What pytest gives a test or a fixture for a parameter of this name.
    fn fixture(&self, function: &Function, name: &str) -> Type {
        let is_fixture = |name: &String| name.rsplit('.').next() == Some("fixture");
        let is_taken = function.parent.is_none()
            && (function.name.starts_with("test")
                || function.decorator_names.iter().any(is_fixture));
        if !is_taken {
            return Type::Unknown;
        }
        match self.world.fixture(self.file, function.class, name) {
            Some(fixture) => {
                let is_plain = self
                    .world
                    .function(fixture)
                    .is_some_and(|fixture| !fixture.is_async && !fixture.is_generator);
                let given = self.exchange.known(Key::Return(fixture));
                given.filter(|_| is_plain).unwrap_or_default().stored()
            }
            None if name == "django_user_model" => Type::Model(self.world.user_model()),
            None if name == "admin_user" => self
                .instance_of(&Type::Model(self.world.user_model()))
                .unwrap_or_default(),
            None => Type::Unknown,
        }
    }

    /// What a default value names: `form_class=LoginForm`.
    fn default(&self, node: NodeId) -> Option<Type> {
        let dotted = self.ast.dotted(node, self.facts.text())?;
        let symbol = self.world.dotted(self.file, &dotted)?;
        self.world.type_of(&symbol)
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
                class: crate::types::ManagerClass::of(of),
                prefetched: None,
                back: None,
                load: None,
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
                deferred: Arc::default(),
                prefetched: Arc::default(),
                origin: None,
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
            Kind::String => crate::facts::string_value(self.text(head)),
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
                path if is_request(path) => Type::Request,
                "django.db.models.QuerySet" | "django.db.models.query.QuerySet" => {
                    let model = match of(self) {
                        Some(Type::Instance(instance)) => instance.model,
                        _ => crate::types::Model::Unknown,
                    };
                    Type::QuerySet(super::call::queryset_of(model, Evidence::Proven))
                }
                "django.contrib.auth.models.User"
                | "django.contrib.auth.models.AbstractBaseUser" => self
                    .instance_of(&Type::Model(self.world.user_model()))
                    .unwrap_or_default(),
                class if unblocked_django::is_waiting_class(class) => Type::External(path),
                _ => Type::Unknown,
            },
            // `class AuthenticatedRequest(HttpRequest)`, which says more of what the request has.
            Some(Symbol::Class(class))
                if self
                    .world
                    .ancestors(class)
                    .iter()
                    .any(|base| matches!(base, Base::External(path) if is_request(path))) =>
            {
                Type::Request
            }
            Some(Symbol::Class(class)) => self
                .instance_of(&self.world.class_type(class))
                .unwrap_or_default(),
            _ => Type::Unknown,
        }
    }
}

/// True for Django's classes of requests.
fn is_request(path: &str) -> bool {
    matches!(
        path,
        "django.http.HttpRequest"
            | "django.http.request.HttpRequest"
            | "django.core.handlers.wsgi.WSGIRequest"
            | "django.core.handlers.asgi.ASGIRequest"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind<'e>(environment: &'e Environment<'_>, name: &str) -> Option<&'e Type> {
        environment.get(name)
    }

    #[test]
    fn alternatives_join_with_what_was_before() {
        let mut names = Environment::default();
        names.bind("a", Type::Plain);
        names.bind("b", Type::Plain);
        names.open();
        names.bind("a", Type::Request);
        names.bind("c", Type::Session);
        names.alternative(false);
        assert_eq!(
            kind(&names, "a"),
            Some(&Type::Plain),
            "each alternative starts anew"
        );
        assert_eq!(kind(&names, "c"), None);
        names.bind("b", Type::None);
        names.alternative(false);
        names.close(false);
        assert_eq!(
            kind(&names, "a"),
            Some(&Type::Unknown),
            "a request or a plain value"
        );
        assert_eq!(
            kind(&names, "b"),
            Some(&Type::Plain),
            "a plain value or None"
        );
        assert_eq!(
            kind(&names, "c"),
            Some(&Type::Session),
            "bound on one side only"
        );
    }

    #[test]
    fn exhaustive_alternatives_replace_what_was_before() {
        let mut names = Environment::default();
        names.bind("a", Type::Plain);
        names.open();
        names.bind("a", Type::Request);
        names.alternative(false);
        names.bind("a", Type::Cache);
        names.alternative(true);
        names.close(true);
        assert_eq!(
            kind(&names, "a"),
            Some(&Type::Request),
            "the other one left"
        );
    }

    #[test]
    fn branches_within_branches_are_undone_with_them() {
        let mut names = Environment::default();
        names.bind("a", Type::Plain);
        names.open();
        names.open();
        names.bind("a", Type::Request);
        names.alternative(false);
        names.close(true);
        assert_eq!(kind(&names, "a"), Some(&Type::Request));
        names.open();
        names.bind("b", Type::Cache);
        names.close(false);
        assert_eq!(
            kind(&names, "b"),
            Some(&Type::Cache),
            "a condition's name stays"
        );
        names.forget();
        assert_eq!(kind(&names, "a"), Some(&Type::Plain));
        assert_eq!(kind(&names, "b"), None);
    }
}
