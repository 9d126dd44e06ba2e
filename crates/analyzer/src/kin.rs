//! Classes that share methods: what a class inherits, what inherits from it, and what stands beside it there.
//!
//! `self.load()` in a mixin means a method of the class that the mixin is mixed into, and `super().get()` one of the class
//! that follows there, so both are looked for among all of these.

use std::collections::{HashMap, HashSet};

use unblocked_django::BaseKind;

use crate::types::{ClassRef, FunctionRef};
use crate::world::{Base, Links, Symbol};

/// How many classes that share methods with one are looked at.
const MAX_KIN: usize = 400;

/// Inheritance, seen from above.
#[derive(Default)]
pub(crate) struct Kin {
    /// The classes that inherit from a class, in order of place.
    descendants: HashMap<ClassRef, Vec<ClassRef>>,
    /// Classes that are views of Django's kind, or that views inherit from.
    view_parts: HashSet<ClassRef>,
}

impl Kin {
    pub(crate) fn new(links: &Links) -> Self {
        let mut kin = Self::default();
        for class in links.all_classes() {
            let is_view = links.is_view_class(class);
            if is_view {
                kin.view_parts.insert(class);
            }
            for base in links.project_ancestors(class) {
                kin.descendants.entry(base).or_default().push(class);
                if is_view {
                    kin.view_parts.insert(base);
                }
            }
        }
        kin
    }
}

/// A base of a class that tells nothing of what it brings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UnknownBase {
    /// A class of a project module that is not at hand, by its path.
    Missing(String),
    /// A library's class.
    External(String),
    /// No class, as far as the code tells.
    Expression(String),
}

impl Links {
    /// The classes of the project that a class inherits from, nearest first.
    pub fn project_ancestors(&self, class: ClassRef) -> impl Iterator<Item = ClassRef> + '_ {
        self.ancestors(class).iter().filter_map(|base| match base {
            Base::Project(base) => Some(*base),
            _ => None,
        })
    }

    /// The classes of the project that inherit from a class.
    #[must_use]
    pub fn descendants(&self, class: ClassRef) -> &[ClassRef] {
        self.kin.descendants.get(&class).map_or(&[], Vec::as_slice)
    }

    /// True for a class that derives from `View` or from one of Django's classes that do.
    #[must_use]
    pub fn is_view_class(&self, class: ClassRef) -> bool {
        self.base_kinds(class).any(|kind| {
            matches!(
                kind,
                BaseKind::View | BaseKind::GenericView(_) | BaseKind::AuthView
            )
        })
    }

    /// True for a class-based view, and for a class that one inherits from.
    #[must_use]
    pub fn is_view_part(&self, class: ClassRef) -> bool {
        self.kin.view_parts.contains(&class)
    }

    /// All classes that share methods with a class: itself, what it inherits from, what inherits from it, and what that
    /// inherits from.
    #[must_use]
    pub fn kin(&self, class: ClassRef) -> Vec<ClassRef> {
        let mut kin = vec![class];
        kin.extend(self.project_ancestors(class));
        let mut seen: HashSet<ClassRef> = kin.iter().copied().collect();
        for &below in self.descendants(class) {
            for one in std::iter::once(below).chain(self.project_ancestors(below)) {
                if kin.len() < MAX_KIN && seen.insert(one) {
                    kin.push(one);
                }
            }
        }
        kin
    }

    fn own_method(&self, class: ClassRef, name: &str) -> Option<FunctionRef> {
        let index = *self.class(class)?.methods.get(name)?;
        Some(FunctionRef {
            file: class.file,
            index,
        })
    }

    /// A method that `self.name` may mean in a method of a class-based view: its own or an inherited one, else one of the
    /// classes that it is mixed into.
    #[must_use]
    pub fn view_method(&self, class: ClassRef, name: &str) -> Option<FunctionRef> {
        self.method(class, name).or_else(|| {
            let kin = self.is_view_part(class).then(|| self.kin(class))?;
            kin.into_iter()
                .find_map(|class| self.own_method(class, name))
        })
    }

    /// A method that `super().name` may mean in a method of the class.
    #[must_use]
    pub fn super_method(&self, class: ClassRef, name: &str) -> Option<FunctionRef> {
        let inherited = self
            .project_ancestors(class)
            .find_map(|base| self.own_method(base, name));
        inherited.or_else(|| {
            // What stands beside it in the classes that it is mixed into; what those define themselves comes before it.
            let below = self.is_view_part(class).then(|| self.descendants(class))?;
            let mut beside = below
                .iter()
                .flat_map(|&below| self.project_ancestors(below));
            beside.find_map(|other| {
                let is_beside = other != class && !self.descendants(class).contains(&other);
                is_beside.then(|| self.own_method(other, name)).flatten()
            })
        })
    }

    /// What a class derives from itself, as it is written and what that is.
    pub fn own_bases(&self, class: ClassRef) -> impl Iterator<Item = (&str, Base)> + '_ {
        let bases = self.class(class).map_or(&[][..], |outline| &outline.bases);
        bases.iter().filter_map(move |dotted| {
            let base = match self.base(class.file, dotted)? {
                Symbol::Class(class) => Base::Project(class),
                Symbol::External(path) => Base::External(path),
                Symbol::Missing(path) => Base::Missing(path),
                _ => return None,
            };
            Some((dotted.as_str(), base))
        })
    }

    /// True when a class has a mixin of `django.contrib.auth` behind it.
    #[must_use]
    pub fn is_guarded(&self, base: &Base) -> bool {
        match base {
            Base::External(path) => unblocked_django::base_class(path) == Some(BaseKind::AuthMixin),
            Base::Project(class) => self
                .base_kinds(*class)
                .any(|kind| kind == BaseKind::AuthMixin),
            Base::Missing(_) => false,
        }
    }

    /// True when a mixin of `django.contrib.auth` has asked for the user before a handler of the class runs.
    #[must_use]
    pub fn loads_user(&self, class: ClassRef) -> bool {
        for base in self.ancestors(class) {
            let Base::External(path) = base else { continue };
            match unblocked_django::canonical(path) {
                "django.contrib.auth.mixins.LoginRequiredMixin" => return true,
                "django.contrib.auth.mixins.PermissionRequiredMixin"
                    if self.method(class, "has_permission").is_none() =>
                {
                    return true;
                }
                // What comes after it is never asked.
                path if matches!(
                    unblocked_django::base_class(path),
                    Some(BaseKind::View | BaseKind::GenericView(_))
                ) =>
                {
                    return false;
                }
                _ => {}
            }
        }
        false
    }

    /// The first base of a class, or of one that it inherits from, that tells nothing of what it brings.
    #[must_use]
    pub fn unknown_base(&self, class: ClassRef) -> Option<UnknownBase> {
        std::iter::once(class)
            .chain(self.project_ancestors(class))
            .find_map(|class| {
                let outline = self.class(class)?;
                outline
                    .bases
                    .iter()
                    .find_map(|dotted| self.unknown(class, dotted))
            })
    }

    fn unknown(&self, class: ClassRef, dotted: &str) -> Option<UnknownBase> {
        match self.base(class.file, dotted)? {
            Symbol::Class(_) => None,
            Symbol::External(path) => (unblocked_django::base_class(&path).is_none()
                && !is_harmless(&path))
            .then(|| UnknownBase::External(path.to_string())),
            Symbol::Missing(path) if is_harmless(&path) => None,
            Symbol::Missing(path) => Some(UnknownBase::Missing(path.to_string())),
            _ => Some(UnknownBase::Expression(dotted.to_owned())),
        }
    }
}

/// Bases that bring no method of a view.
fn is_harmless(path: &str) -> bool {
    matches!(
        path,
        "object"
            | "abc.ABC"
            | "ABC"
            | "typing.Generic"
            | "Generic"
            | "typing.Protocol"
            | "Protocol"
    )
}
