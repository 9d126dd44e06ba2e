//! What other files can see of a file. It holds no nodes and no spans, so that an edit within a function's body leaves
//! it as it is, and what was linked with it stays true.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// How a parameter takes its argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ParamKind {
    /// By position or name.
    Plain,
    /// By name only.
    KeywordOnly,
    /// `*args` or `**kwargs`.
    Rest,
}

/// A parameter of a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Param {
    /// Its name, without stars.
    pub name: String,
    /// How it takes its argument.
    pub kind: ParamKind,
}

/// What the line of a `def` says, and whether it yields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// Its name.
    pub name: String,
    /// Dotted name within the file: `ProductView.get`.
    pub qualname: String,
    /// The function around it, by index.
    pub parent: Option<usize>,
    /// The class whose body it stands in, by index.
    pub class: Option<usize>,
    /// `async def`.
    pub is_async: bool,
    /// Contains `yield`.
    pub is_generator: bool,
    /// Its parameters.
    pub params: Vec<Param>,
    /// Dotted names of its decorators, or of what makes them: `shared_task` of `@shared_task(bind=True)`.
    pub decorator_names: Vec<String>,
}

/// What a class is to others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outline {
    /// Its name.
    pub name: String,
    /// Dotted name within the file.
    pub qualname: String,
    /// Dotted names of its bases; of `Manager.from_queryset(Custom)`, both.
    pub bases: Vec<String>,
    /// Its methods, by name: indexes of functions.
    pub methods: BTreeMap<String, usize>,
    /// The attributes that its body assigns a call to, in order: fields and managers are among them.
    pub(crate) made: Vec<Made>,
    /// The fields that code in it makes, its methods included: dotted names of what is called.
    pub(crate) fields: BTreeSet<String>,
    /// Names that stand among the arguments of these fields: `validators=[check]`.
    pub(crate) given: BTreeSet<String>,
    /// What its `Meta` says of a form.
    pub(crate) meta: Meta,
    /// The class that encloses it (`Meta`), by index.
    pub outer: Option<usize>,
    /// Its `Meta` says `abstract = True`.
    pub is_abstract: bool,
}

/// `class Meta` of a form over a model.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Meta {
    /// The model, as a dotted name.
    pub(crate) model: Option<String>,
    /// The names of the fields, when they are written out.
    pub(crate) fields: Option<Vec<String>>,
}

/// `name = function(target, related_name="…")` in the body of a class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Made {
    pub(crate) name: String,
    /// What is called, as a field.
    pub(crate) field: Option<String>,
    /// The model that the field points to.
    pub(crate) target: Option<Target>,
    pub(crate) related_name: Option<String>,
    /// The model whose rows a field of a form chooses among, as a dotted name.
    pub(crate) chosen: Option<String>,
    /// What is called, as a manager: in `Manager.from_queryset(Custom)()` it is `Manager`.
    pub(crate) manager: Option<String>,
    /// The queryset class whose methods the manager is given: `Custom`.
    pub(crate) queryset: Option<String>,
    /// A field that is the primary key.
    pub(crate) is_primary_key: bool,
    /// A relation that holds the primary key of its target, and is never null.
    pub(crate) is_plain_key: bool,
    /// `null=…` with anything but `False`.
    pub(crate) is_null: bool,
}

/// The model that a field points to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    /// `settings.AUTH_USER_MODEL`, `get_user_model()`
    AuthUser,
    /// `"Customer"`, `"shop.Customer"`, `"self"`
    Text(String),
    /// `Customer`, `models.Customer`
    Dotted(String),
    /// Some other expression.
    Other,
}

/// A name that an import binds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    /// The local name.
    pub name: String,
    /// What it stands for: an absolute dotted path.
    pub path: String,
    /// `from . import …`: certainly of the project.
    pub is_relative: bool,
}

/// What a module-level name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Definition {
    /// By index.
    Function(usize),
    /// By index.
    Class(usize),
    /// By index.
    Import(usize),
    Variable,
}

/// What other files can see of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Interface {
    /// Path, with `/`, relative to the project's root.
    pub path: String,
    /// Dotted name of the module.
    pub module: String,
    /// Functions, in order of place.
    pub functions: Vec<Arc<Signature>>,
    /// Classes, in order of place.
    pub classes: Vec<Arc<Outline>>,
    /// Imports, in order of place.
    pub imports: Vec<Arc<Binding>>,
    /// Modules whose names are imported wholesale (`from x import *`).
    pub star_imports: Vec<String>,
    /// What module-level names stand for.
    pub(crate) names: HashMap<String, Definition>,
}
