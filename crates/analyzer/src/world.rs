//! All files together: what an imported name stands for, what a class inherits.

mod fixtures;

use std::collections::{HashMap, HashSet};
use std::ops::Deref;
use std::sync::Arc;

use unblocked_django::{BaseKind, base_class, is_foreign_model};

use crate::facts::{Definition, Interface, Outline, Signature};
use crate::kin::Kin;
use crate::model::{Attribute, ModelInfo, Models, collect_models};
use crate::stdlib::is_library;
use crate::types::{ClassRef, FunctionRef, Model, Type};

/// What makes a coroutine function of a synchronous one, which it runs in a thread.
const ADAPTERS: [&str; 2] = [
    "asgiref.sync.sync_to_async",
    "channels.db.database_sync_to_async",
];

/// How many imports a name is followed through.
const MAX_HOPS: usize = 16;

/// How many ancestors of a class are looked at.
const MAX_ANCESTORS: usize = 200;

/// What a dotted path stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Symbol {
    /// A module at hand.
    Module(usize),
    /// A function at hand.
    Function(FunctionRef),
    /// A class at hand.
    Class(ClassRef),
    /// A module-level variable: file and name.
    Variable(usize, Arc<str>),
    /// A thing of a library.
    External(Arc<str>),
    /// A thing of a project module that is not at hand.
    Missing(Arc<str>),
}

impl Symbol {
    /// True for a decorator that runs a synchronous function in a thread, and gives a coroutine.
    pub(crate) fn is_adapter(&self) -> bool {
        matches!(self, Self::External(path) if ADAPTERS.contains(&&**path))
    }
}

/// What stands behind a base of a class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Base {
    /// A class at hand.
    Project(ClassRef),
    /// A library's class.
    External(Arc<str>),
    /// Not at hand.
    Missing(Arc<str>),
}

/// What the interfaces of the files say together. Bodies have no part in it, so it stays true until an interface changes
/// or a file comes or goes.
pub struct Links {
    /// In the order of the files' paths.
    interfaces: Vec<Arc<Interface>>,
    modules: HashMap<String, usize>,
    /// What modules end with, after a dot; `None` for what several end with.
    endings: HashMap<String, Option<usize>>,
    packages: HashSet<String>,
    ancestors: HashMap<ClassRef, Vec<Base>>,
    pub(crate) kin: Kin,
    models: Models,
    /// The first class of each name, those within classes not included.
    classes: HashMap<String, ClassRef>,
    /// The class of the auth user, when the project has its own.
    user: Option<ClassRef>,
    /// What is imported from where: dotted paths, and modules whose names are imported wholesale.
    imported: HashSet<String>,
    imported_whole: HashSet<String>,
}

impl Links {
    /// Links the files.
    #[must_use]
    pub fn new(interfaces: Vec<Arc<Interface>>) -> Self {
        let mut links = Self {
            modules: interfaces
                .iter()
                .enumerate()
                .map(|(index, file)| (file.module.clone(), index))
                .collect(),
            endings: endings(&interfaces),
            packages: interfaces
                .iter()
                .filter(|file| file.path.contains('/'))
                .filter_map(|file| file.module.split('.').next())
                .map(str::to_owned)
                .collect(),
            ancestors: HashMap::new(),
            kin: Kin::default(),
            models: Models::default(),
            classes: HashMap::new(),
            user: None,
            imported: interfaces
                .iter()
                .flat_map(|file| &file.imports)
                .map(|import| import.path.clone())
                .collect(),
            imported_whole: interfaces
                .iter()
                .flat_map(|file| &file.star_imports)
                .cloned()
                .collect(),
            interfaces,
        };
        for class in links.all_classes().collect::<Vec<_>>() {
            let bases = links.find_ancestors(class);
            links.ancestors.insert(class, bases);
            if links.user.is_none() && links.base_kinds(class).any(|kind| kind == BaseKind::User) {
                links.user = Some(class);
            }
            if let Some(outline) = links.class(class)
                && outline.outer.is_none()
            {
                let name = outline.name.clone();
                links.classes.entry(name).or_insert(class);
            }
        }
        links.kin = Kin::new(&links);
        links.models = collect_models(&links);
        links
    }

    /// True when it links just these interfaces.
    pub(crate) fn is_of<'i>(
        &self,
        interfaces: impl ExactSizeIterator<Item = &'i Arc<Interface>>,
    ) -> bool {
        interfaces.len() == self.interfaces.len()
            && interfaces
                .zip(&self.interfaces)
                .all(|(new, linked)| Arc::ptr_eq(new, linked) || new == linked)
    }

    /// All classes, by file and place.
    pub(crate) fn all_classes(&self) -> impl Iterator<Item = ClassRef> + '_ {
        self.interfaces
            .iter()
            .enumerate()
            .flat_map(|(file, interface)| {
                (0..interface.classes.len()).map(move |index| ClassRef { file, index })
            })
    }

    /// A function's signature.
    #[must_use]
    pub fn function(&self, function: FunctionRef) -> Option<&Signature> {
        let interface = self.interfaces.get(function.file)?;
        interface.functions.get(function.index).map(Deref::deref)
    }

    /// A class's outline.
    #[must_use]
    pub fn class(&self, class: ClassRef) -> Option<&Outline> {
        let interface = self.interfaces.get(class.file)?;
        interface.classes.get(class.index).map(Deref::deref)
    }

    /// What the module-level name `name` of a file is, in that file.
    pub(crate) fn definition(&self, file: usize, name: &str) -> Option<Definition> {
        self.interfaces.get(file)?.names.get(name).copied()
    }

    /// What is known of a model whose class is at hand.
    #[must_use]
    pub fn model(&self, model: &Model) -> Option<&ModelInfo> {
        match model {
            Model::Known(class) => self.models.by_class.get(class),
            _ => None,
        }
    }

    /// What relations of the project give the auth user, when its class is not at hand.
    #[must_use]
    pub fn user_attribute(&self, name: &str) -> Option<&Attribute> {
        self.models.of_user.get(name)
    }

    /// The app of a model: the folder that its `models` lie in.
    pub(crate) fn app_label(&self, class: ClassRef) -> &str {
        let module = self
            .interfaces
            .get(class.file)
            .map_or("", |interface| &interface.module);
        let app = match module.split_once(".models") {
            Some((app, _)) => app,
            None => module.rsplit_once('.').map_or(module, |(app, _)| app),
        };
        app.rsplit('.').next().unwrap_or(app)
    }

    /// The first class of the name, wherever it is; those within classes not included.
    #[must_use]
    pub fn class_named(&self, name: &str) -> Option<ClassRef> {
        self.classes.get(name).copied()
    }

    /// The auth user's model: the project's own, when it is at hand.
    #[must_use]
    pub fn user_model(&self) -> Model {
        self.user.map_or(Model::User, Model::Known)
    }

    /// The model that Django calls `app_label.ModelName`; the case of the second does not matter.
    #[must_use]
    pub fn model_named(&self, path: &str) -> Option<ClassRef> {
        let (app, name) = path.split_once('.')?;
        let found = self.models.by_class.keys().filter(|&&class| {
            self.class(class)
                .is_some_and(|outline| outline.name.eq_ignore_ascii_case(name))
                && self.app_label(class) == app
        });
        found.min().copied()
    }

    /// True for a model class.
    #[must_use]
    pub fn is_model(&self, class: ClassRef) -> bool {
        self.models.by_class.contains_key(&class)
    }

    /// All models at hand.
    pub fn models(&self) -> impl Iterator<Item = (ClassRef, &ModelInfo)> {
        self.models
            .by_class
            .iter()
            .map(|(&class, info)| (class, info))
    }

    /// The module-level name `name` of a file.
    #[must_use]
    pub fn global(&self, file: usize, name: &str) -> Option<Symbol> {
        let mut at = file;
        let mut name: Arc<str> = name.into();
        for _ in 0..MAX_HOPS {
            match self.definition(at, &name) {
                Some(Definition::Function(index)) => {
                    return Some(Symbol::Function(FunctionRef { file: at, index }));
                }
                Some(Definition::Class(index)) => {
                    return Some(Symbol::Class(ClassRef { file: at, index }));
                }
                Some(Definition::Variable) => return Some(Symbol::Variable(at, name)),
                Some(Definition::Import(index)) => {
                    let import = self.interfaces.get(at)?.imports.get(index)?;
                    match self.step(&import.path, import.is_relative) {
                        Step::Done(symbol) => return Some(symbol),
                        Step::In(file, rest) => {
                            at = file;
                            name = rest;
                        }
                    }
                }
                None => {
                    // `from module import *`
                    let stars = &self.interfaces.get(at)?.star_imports;
                    at = stars.iter().find_map(|module| {
                        let &file = self.modules.get(module)?;
                        (file != at && self.definition(file, &name).is_some()).then_some(file)
                    })?;
                }
            }
        }
        None
    }

    /// What a dotted path, as an import gives it, stands for.
    #[must_use]
    pub fn resolve(&self, path: &str, is_relative: bool) -> Symbol {
        match self.step(path, is_relative) {
            Step::Done(symbol) => symbol,
            Step::In(file, name) => self
                .global(file, &name)
                .unwrap_or_else(|| Symbol::Missing(path.into())),
        }
    }

    fn step(&self, path: &str, is_relative: bool) -> Step {
        if let Some(file) = self.module(path) {
            return Step::Done(Symbol::Module(file));
        }
        if let Some((module, name)) = path.rsplit_once('.')
            && let Some(file) = self.module(module)
        {
            return Step::In(file, name.into());
        }
        Step::Done(if is_relative || self.is_project_path(path) {
            Symbol::Missing(path.into())
        } else {
            Symbol::External(path.into())
        })
    }

    /// The file that a dotted module name means; a source folder (`src/`) before it does not matter.
    fn module(&self, name: &str) -> Option<usize> {
        if let Some(&file) = self.modules.get(name) {
            return Some(file);
        }
        self.endings
            .get(name)
            .copied()
            .flatten()
            .filter(|_| name.contains('.'))
    }

    /// True when some file imports the name from the module.
    #[must_use]
    pub fn is_imported(&self, module: &str, name: &str) -> bool {
        self.imported_whole.contains(module) || self.imported.contains(&*format!("{module}.{name}"))
    }

    /// True for what is neither Python's, nor Django's, nor a well-known package's.
    #[must_use]
    pub fn is_project_path(&self, path: &str) -> bool {
        let top = path.split('.').next().unwrap_or_default();
        self.packages.contains(top) || !is_library(path)
    }

    /// The type of what a symbol names; `None` for a variable, which its module's inference tells.
    #[must_use]
    pub fn type_of(&self, symbol: &Symbol) -> Option<Type> {
        Some(match symbol {
            Symbol::Module(file) => Type::Module(*file),
            Symbol::Function(function) => Type::Function(*function),
            Symbol::Class(class) => self.class_type(*class),
            Symbol::External(path) => external(path),
            Symbol::Missing(path) => Type::Missing(path.clone()),
            Symbol::Variable(..) => return None,
        })
    }

    /// A class as a value.
    #[must_use]
    pub fn class_type(&self, class: ClassRef) -> Type {
        if self.is_model(class) {
            Type::Model(Model::Known(class))
        } else {
            Type::Class(class)
        }
    }

    /// The classes that a class inherits from, nearest first; what is behind a library's class is not listed.
    pub fn ancestors(&self, class: ClassRef) -> &[Base] {
        self.ancestors.get(&class).map_or(&[], Vec::as_slice)
    }

    /// The kinds of Django classes among the ancestors.
    pub fn base_kinds(&self, class: ClassRef) -> impl Iterator<Item = BaseKind> + '_ {
        self.ancestors(class).iter().filter_map(|base| match base {
            Base::External(path) => base_class(path),
            _ => None,
        })
    }

    /// The method that `object.name` means for an instance of `class`.
    #[must_use]
    pub fn method(&self, class: ClassRef, name: &str) -> Option<FunctionRef> {
        let own = |class: ClassRef| {
            let index = *self.class(class)?.methods.get(name)?;
            Some(FunctionRef {
                file: class.file,
                index,
            })
        };
        own(class).or_else(|| {
            self.ancestors(class).iter().find_map(|base| match base {
                Base::Project(class) => own(*class),
                _ => None,
            })
        })
    }

    /// True when a class, or one that it inherits from, is not at hand, so that it may have any method: one of the project,
    /// or a model of a library.
    #[must_use]
    pub fn has_missing_base(&self, class: ClassRef) -> bool {
        self.ancestors(class).iter().any(|base| match base {
            Base::Missing(_) => true,
            Base::External(path) => is_foreign_model(path),
            Base::Project(_) => false,
        })
    }

    fn find_ancestors(&self, class: ClassRef) -> Vec<Base> {
        let mut found: Vec<Base> = Vec::new();
        let mut queue = std::collections::VecDeque::from([class]);
        while let Some(at) = queue.pop_front()
            && found.len() < MAX_ANCESTORS
        {
            let Some(facts) = self.class(at) else {
                continue;
            };
            for dotted in &facts.bases {
                let base = match self.base(at.file, dotted) {
                    Some(Symbol::Class(class)) => Base::Project(class),
                    Some(Symbol::External(path)) => Base::External(path),
                    Some(Symbol::Missing(path)) => Base::Missing(path),
                    _ => continue,
                };
                if found.contains(&base) || base == Base::Project(class) {
                    continue;
                }
                if let Base::Project(project) = base {
                    queue.push_back(project);
                }
                found.push(base);
            }
        }
        found
    }

    /// What a class derives from: one of Django's views when nothing imports or defines a name that is like one.
    pub(crate) fn base(&self, file: usize, dotted: &str) -> Option<Symbol> {
        match self.dotted(file, dotted) {
            Some(Symbol::Missing(name))
                if *name == *dotted && self.interfaces.get(file)?.star_imports.is_empty() =>
            {
                Some(match unblocked_django::usual_view(dotted) {
                    Some(path) if self.global(file, dotted).is_none() => {
                        Symbol::External(path.into())
                    }
                    _ => Symbol::Missing(name),
                })
            }
            other => other,
        }
    }

    /// True for a function that its decorator runs in a thread, as `sync_to_async` does: calls of it are coroutines.
    #[must_use]
    pub fn runs_in_thread(&self, function: FunctionRef) -> bool {
        self.function(function).is_some_and(|signature| {
            let names = signature.decorator_names.iter();
            names
                .filter_map(|name| self.dotted(function.file, name))
                .any(|symbol| symbol.is_adapter())
        })
    }

    /// What `a.b.c` at module level of a file stands for.
    #[must_use]
    pub fn dotted(&self, file: usize, dotted: &str) -> Option<Symbol> {
        let (first, rest) = match dotted.split_once('.') {
            Some((first, rest)) => (first, Some(rest)),
            None => (dotted, None),
        };
        let symbol = match self.global(file, first) {
            Some(symbol) => symbol,
            // Without a definition it is a builtin, or in a paste a name that was left out.
            None => Symbol::Missing(first.into()),
        };
        let Some(rest) = rest else {
            return Some(symbol);
        };
        Some(match symbol {
            Symbol::External(path) => Symbol::External(attribute_path(&path, rest)?),
            Symbol::Missing(path) => Symbol::Missing(attribute_path(&path, rest)?),
            Symbol::Module(file) => {
                let module = &self.interfaces.get(file)?.module;
                self.resolve(&format!("{module}.{rest}"), true)
            }
            _ => return None,
        })
    }
}

/// The longest dotted path that is followed, in bytes: one may grow with every statement.
const MAX_PATH: usize = 400;

/// The path of an attribute of what `path` names; `None` when it gets too long to mean anything.
pub(crate) fn attribute_path(path: &str, name: &str) -> Option<Arc<str>> {
    (path.len() + name.len() < MAX_PATH).then(|| format!("{path}.{name}").into())
}

enum Step {
    Done(Symbol),
    In(usize, Arc<str>),
}

/// A library's name as a value. The auth user's model counts as a model.
pub(crate) fn external(path: &Arc<str>) -> Type {
    match unblocked_django::canonical(path) {
        "django.contrib.auth.models.User" => Type::Model(Model::User),
        "django.core.cache.cache" => Type::Cache,
        "django.contrib.auth.models.Group"
        | "django.contrib.auth.models.Permission"
        | "django.contrib.contenttypes.models.ContentType"
        | "django.contrib.sites.models.Site"
        | "django.contrib.sessions.models.Session"
        | "django.contrib.admin.models.LogEntry"
        | "django.contrib.flatpages.models.FlatPage"
        | "django.contrib.redirects.models.Redirect" => {
            Type::Model(Model::Named(path.rsplit('.').next().unwrap_or(path).into()))
        }
        canonical if unblocked_django::is_signal(canonical) => {
            Type::External("django.dispatch.Signal".into())
        }
        _ => Type::Path(path.clone()),
    }
}

fn endings(files: &[Arc<Interface>]) -> HashMap<String, Option<usize>> {
    let mut endings: HashMap<String, Option<usize>> = HashMap::new();
    for (index, file) in files.iter().enumerate() {
        for (dot, _) in file.module.match_indices('.') {
            let ending = file.module.get(dot + 1..).unwrap_or_default();
            endings
                .entry(ending.to_owned())
                .and_modify(|known| {
                    let same = known.and_then(|at| files.get(at));
                    if same.is_none_or(|same| same.module != file.module) {
                        *known = None;
                    }
                })
                .or_insert(Some(index));
        }
    }
    endings
}
