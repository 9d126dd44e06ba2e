//! The links, as the inference of one file sees them: what it asks is noted, so that it is known what it depends on.

use std::cell::RefCell;
use std::collections::HashMap;

use unblocked_django::BaseKind;
use unblocked_syntax::SmallSort;

use super::knowledge::Differences;
use crate::facts::{Outline, Signature};
use crate::model::{Attribute, ModelInfo};
use crate::types::{ClassRef, FunctionRef, ManagerClass, Model, Type};
use crate::world::{Base, Links, Symbol};

/// What a question is about; the name that it asks for goes with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Subject {
    /// A module-level name of a file.
    Global(usize),
    /// A dotted path at module level of a file.
    Dotted(usize),
    /// A dotted path as an import gives it, relative or not.
    Path(bool),
    /// A method of a class.
    Method(ClassRef),
    /// What `self.name` may mean in a class.
    ViewMethod(ClassRef),
    /// What `super().name` may mean in a class.
    SuperMethod(ClassRef),
    /// The classes that share methods with a class-based view.
    Kin(ClassRef),
    /// A class itself: its outline, what it inherits, its model.
    Class(ClassRef),
    /// A function's signature.
    Function(FunctionRef),
    /// A fixture of pytest, as a function of a file, or of a class in it, gets it.
    Fixture(usize, Option<usize>),
    /// A model, as Django names it.
    NamedModel,
    /// The auth user's model.
    User,
    /// An attribute of the auth user.
    UserAttribute,
}

impl Subject {
    fn differs(self, name: &str, a: &Links, b: &Links) -> bool {
        match self {
            Self::Global(file) => a.global(file, name) != b.global(file, name),
            Self::Dotted(file) => a.dotted(file, name) != b.dotted(file, name),
            Self::Path(is_relative) => a.resolve(name, is_relative) != b.resolve(name, is_relative),
            Self::Method(class) => a.method(class, name) != b.method(class, name),
            Self::ViewMethod(class) => a.view_method(class, name) != b.view_method(class, name),
            Self::SuperMethod(class) => a.super_method(class, name) != b.super_method(class, name),
            Self::Kin(class) => {
                let kin = |links: &Links| links.is_view_part(class).then(|| links.kin(class));
                let is_same_outline = || {
                    let kin = a.kin(class);
                    kin.into_iter()
                        .all(|class| a.ancestors(class) == b.ancestors(class))
                };
                kin(a) != kin(b) || !is_same_outline()
            }
            Self::Class(class) => {
                let model = Model::Known(class);
                a.class(class) != b.class(class)
                    || a.ancestors(class) != b.ancestors(class)
                    || a.model(&model) != b.model(&model)
            }
            Self::Function(function) => a.function(function) != b.function(function),
            Self::Fixture(file, class) => {
                a.fixture(file, class, name) != b.fixture(file, class, name)
            }
            Self::NamedModel => a.model_named(name) != b.model_named(name),
            Self::User => a.user_model() != b.user_model(),
            Self::UserAttribute => a.user_attribute(name) != b.user_attribute(name),
        }
    }
}

/// All questions that were asked, as small numbers.
#[derive(Default)]
pub(super) struct Questions(RefCell<Numbers>);

#[derive(Default)]
struct Numbers {
    ids: HashMap<Subject, HashMap<String, usize>>,
    next: usize,
}

impl Questions {
    fn id(&self, subject: Subject, name: &str) -> usize {
        let numbers = &mut *self.0.borrow_mut();
        let names = numbers.ids.entry(subject).or_default();
        if let Some(&id) = names.get(name) {
            return id;
        }
        let id = numbers.next;
        names.insert(name.to_owned(), id);
        numbers.next += 1;
        id
    }

    /// The questions that the two answer differently.
    pub(super) fn differences(&self, a: &Links, b: &Links) -> Differences {
        let numbers = self.0.borrow();
        let all = numbers
            .ids
            .iter()
            .flat_map(|(&subject, names)| names.iter().map(move |(name, &id)| (subject, name, id)));
        all.filter(|(subject, name, _)| subject.differs(name, a, b))
            .map(|(_, _, id)| id)
            .collect()
    }
}

/// The links, with a note of what was asked.
pub(super) struct Asked<'w> {
    links: &'w Links,
    questions: &'w Questions,
    asked: RefCell<Vec<usize>>,
}

impl<'w> Asked<'w> {
    pub(super) fn new(links: &'w Links, questions: &'w Questions) -> Self {
        Self {
            links,
            questions,
            asked: RefCell::default(),
        }
    }

    fn ask(&self, subject: Subject, name: &str) -> &'w Links {
        let id = self.questions.id(subject, name);
        self.asked.borrow_mut().push(id);
        self.links
    }

    pub(super) fn finish(self) -> Vec<usize> {
        let mut asked = self.asked.into_inner();
        asked.small_sort();
        asked.dedup();
        asked.shrink_to_fit();
        asked
    }

    pub(super) fn global(&self, file: usize, name: &str) -> Option<Symbol> {
        self.ask(Subject::Global(file), name).global(file, name)
    }

    pub(super) fn dotted(&self, file: usize, dotted: &str) -> Option<Symbol> {
        self.ask(Subject::Dotted(file), dotted).dotted(file, dotted)
    }

    pub(super) fn resolve(&self, path: &str, is_relative: bool) -> Symbol {
        self.ask(Subject::Path(is_relative), path)
            .resolve(path, is_relative)
    }

    pub(super) fn method(&self, class: ClassRef, name: &str) -> Option<FunctionRef> {
        self.ask(Subject::Method(class), name).method(class, name)
    }

    pub(super) fn view_method(&self, class: ClassRef, name: &str) -> Option<FunctionRef> {
        self.ask(Subject::ViewMethod(class), name)
            .view_method(class, name)
    }

    pub(super) fn super_method(&self, class: ClassRef, name: &str) -> Option<FunctionRef> {
        self.ask(Subject::SuperMethod(class), name)
            .super_method(class, name)
    }

    /// The classes that share methods with a part of class-based views, and what Django's classes among their bases are.
    pub(super) fn view_kin(&self, class: ClassRef) -> Option<(Vec<ClassRef>, Vec<BaseKind>)> {
        let links = self.ask(Subject::Kin(class), "");
        links.is_view_part(class).then(|| {
            let kin = links.kin(class);
            let kinds = kin.iter().flat_map(|&one| links.base_kinds(one)).collect();
            (kin, kinds)
        })
    }

    pub(super) fn loads_user(&self, class: ClassRef) -> bool {
        self.ask(Subject::Method(class), "has_permission");
        self.ask(Subject::Class(class), "").loads_user(class)
    }

    pub(super) fn class(&self, class: ClassRef) -> Option<&'w Outline> {
        self.ask(Subject::Class(class), "").class(class)
    }

    pub(super) fn class_type(&self, class: ClassRef) -> Type {
        self.ask(Subject::Class(class), "").class_type(class)
    }

    pub(super) fn base_kinds(&self, class: ClassRef) -> impl Iterator<Item = BaseKind> + use<'w> {
        self.ask(Subject::Class(class), "").base_kinds(class)
    }

    pub(super) fn ancestors(&self, class: ClassRef) -> &'w [Base] {
        self.ask(Subject::Class(class), "").ancestors(class)
    }

    pub(super) fn manager_method(&self, class: ManagerClass, name: &str) -> Option<FunctionRef> {
        [class.own, class.queryset]
            .into_iter()
            .flatten()
            .find_map(|class| self.method(class, name))
    }

    pub(super) fn has_missing_base(&self, class: ClassRef) -> bool {
        self.ask(Subject::Class(class), "").has_missing_base(class)
    }

    pub(super) fn model(&self, model: &Model) -> Option<&'w ModelInfo> {
        match model {
            Model::Known(class) => self.ask(Subject::Class(*class), "").model(model),
            _ => None,
        }
    }

    pub(super) fn fixture(
        &self,
        file: usize,
        class: Option<usize>,
        name: &str,
    ) -> Option<FunctionRef> {
        self.ask(Subject::Fixture(file, class), name)
            .fixture(file, class, name)
    }

    pub(super) fn model_named(&self, path: &str) -> Option<ClassRef> {
        self.ask(Subject::NamedModel, path).model_named(path)
    }

    pub(super) fn user_model(&self) -> Model {
        self.ask(Subject::User, "").user_model()
    }

    pub(super) fn user_attribute(&self, name: &str) -> Option<&'w Attribute> {
        self.ask(Subject::UserAttribute, name).user_attribute(name)
    }

    pub(super) fn function(&self, function: FunctionRef) -> Option<&'w Signature> {
        self.ask(Subject::Function(function), "").function(function)
    }

    pub(super) fn type_of(&self, symbol: &Symbol) -> Option<Type> {
        match symbol {
            Symbol::Class(class) => Some(self.class_type(*class)),
            other => self.links.type_of(other),
        }
    }
}
