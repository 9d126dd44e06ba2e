//! Models: their fields, managers and the relations between them.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use unblocked_django::{BaseKind, FieldKind, Owner, model_field};

use crate::facts::Target;
use crate::types::{ClassRef, ManagerClass, Model};
use crate::world::{Base, Links, Symbol};

/// What reading an attribute of an instance gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attribute {
    /// A plain value.
    Value,
    /// A file: reading its name or URL is free.
    File,
    /// The instance at the other end of a foreign key or one-to-one relation; reading it asks the database unless it
    /// is loaded.
    Relation {
        /// The other end.
        model: Model,
        /// The attributes of the other end that the column of the relation holds as well.
        keys: &'static [&'static str],
        /// It may be `None`.
        is_null: bool,
        /// A generic one, to rows of several models.
        is_generic: bool,
        /// The relation of the other end that leads back: whoever fetches this one knows it.
        back: Option<Arc<str>>,
    },
    /// A manager of related rows.
    Manager {
        /// Whose rows.
        model: Model,
        /// Which kind.
        owner: Owner,
        /// The relation of the rows that leads back: each of them knows it.
        back: Option<Arc<str>>,
    },
}

/// What is known of a model.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ModelInfo {
    /// Attributes of an instance, inherited and reverse ones included.
    pub attributes: HashMap<String, Attribute>,
    /// Managers, by the name of the class attribute.
    pub managers: BTreeMap<String, ManagerClass>,
    /// The name of the default manager: the first one, those of the class itself before inherited ones.
    default_manager: Option<String>,
    /// It is the auth user's model, or inherits from it.
    pub is_user: bool,
    /// A class that it inherits from is not at hand, so it may have more attributes than are known.
    pub is_partial: bool,
}

impl ModelInfo {
    /// The class of the default manager, which related managers derive from.
    #[must_use]
    pub fn default_manager(&self) -> ManagerClass {
        self.default_manager
            .as_ref()
            .and_then(|name| self.managers.get(name))
            .copied()
            .unwrap_or(ManagerClass {
                is_partial: self.is_partial,
                ..ManagerClass::default()
            })
    }
}

/// The attribute's name, and the manager's class.
type RawManager = (String, ManagerClass);

struct RawField {
    name: String,
    kind: FieldKind,
    target: Option<Model>,
    related_name: Option<String>,
    is_primary_key: bool,
    is_plain_key: bool,
    is_null: bool,
    /// Its class is one of a model's fields: forms and serializers have fields, too.
    is_of_models: bool,
}

/// Finds the models of all files and links them.
pub(crate) fn collect_models(world: &Links) -> Models {
    // In order: of two reverse relations of one name, the first counts.
    let mut raw: BTreeMap<ClassRef, (Vec<RawField>, Vec<RawManager>)> = BTreeMap::new();
    for class in world.all_classes() {
        let fields = read_fields(world, class);
        let is_model = world
            .base_kinds(class)
            .any(|kind| matches!(kind, BaseKind::Model | BaseKind::User))
            || (world.has_missing_base(class) && fields.iter().any(|field| field.is_of_models));
        if is_model {
            raw.insert(class, (fields, read_managers(world, class)));
        } else if is_mixin(world, class) {
            // Django sees no fields there.
            raw.insert(class, (Vec::new(), read_managers(world, class)));
        }
    }
    // The primary key of a model without one of its own is `id`.
    let has_id = |model: &Model| match model {
        Model::User => true,
        Model::Known(class) => {
            let bases = world
                .ancestors(*class)
                .iter()
                .filter_map(|base| match base {
                    Base::Project(class) => Some(class),
                    _ => None,
                });
            !world.has_missing_base(*class)
                && std::iter::once(class)
                    .chain(bases)
                    .filter_map(|class| raw.get(class))
                    .flat_map(|(fields, _)| fields)
                    .all(|field| !field.is_primary_key)
        }
        Model::OneOf(_) | Model::Named(_) | Model::Unknown => false,
    };
    let mut models: HashMap<ClassRef, ModelInfo> = HashMap::new();
    for &class in raw.keys() {
        let mut info = ModelInfo {
            is_user: world.base_kinds(class).any(|kind| kind == BaseKind::User),
            is_partial: world.has_missing_base(class),
            ..ModelInfo::default()
        };
        let family = std::iter::once(class).chain(world.ancestors(class).iter().filter_map(
            |base| match base {
                Base::Project(class) => Some(*class),
                _ => None,
            },
        ));
        for member in family {
            let Some((fields, managers)) = raw.get(&member) else {
                continue;
            };
            for field in fields {
                for (name, attribute) in forward(field, class, &has_id) {
                    info.attributes.entry(name).or_insert(attribute);
                }
            }
            for (name, manager) in managers {
                info.default_manager.get_or_insert_with(|| name.clone());
                info.managers.entry(name.clone()).or_insert(*manager);
            }
        }
        if info.managers.is_empty() {
            let manager = info.default_manager();
            info.managers.insert("objects".to_owned(), manager);
        }
        models.insert(class, info);
    }
    let mut of_user = HashMap::new();
    let is_abstract = |class| {
        is_mixin(world, class)
            || world
                .class(class)
                .is_some_and(|outline| outline.is_abstract)
    };
    for &class in raw.keys() {
        if is_abstract(class) {
            continue;
        }
        // The relations of abstract bases are those of each model that inherits from them.
        let bases = world.ancestors(class).iter().filter_map(|base| match base {
            Base::Project(base) if is_abstract(*base) => Some(*base),
            _ => None,
        });
        for field in std::iter::once(class)
            .chain(bases)
            .filter_map(|member| raw.get(&member))
            .flat_map(|(fields, _)| fields)
        {
            let Some((name, attribute)) = reverse(world, class, field) else {
                continue;
            };
            let attributes = match resolve_self(field.target.as_ref(), class) {
                Some(Model::Known(target)) => {
                    models.get_mut(&target).map(|info| &mut info.attributes)
                }
                Some(Model::User) => Some(&mut of_user),
                _ => None,
            };
            if let Some(attributes) = attributes {
                attributes.entry(name).or_insert(attribute);
            }
        }
    }
    for &class in raw.keys().filter(|&&class| is_abstract(class)) {
        let heirs = world
            .descendants(class)
            .iter()
            .filter(|&&heir| !is_abstract(heir));
        let had: Vec<(String, Attribute)> = heirs
            .filter_map(|heir| models.get(heir))
            .flat_map(|heir| heir.attributes.clone())
            .collect();
        if let Some(info) = models.get_mut(&class) {
            take_from_heirs(info, had);
        }
    }
    Models {
        by_class: models,
        of_user,
    }
}

/// True for a class without bases of Django's that only models are made with: its methods run on their instances.
fn is_mixin(world: &Links, class: ClassRef) -> bool {
    let is_model = |class: &ClassRef| {
        world
            .base_kinds(*class)
            .any(|kind| matches!(kind, BaseKind::Model | BaseKind::User))
    };
    let mut last = world
        .descendants(class)
        .iter()
        .filter(|&&heir| world.descendants(heir).is_empty())
        .peekable();
    last.peek().is_some()
        && last.all(is_model)
        && world.base_kinds(class).next().is_none()
        && !world.has_missing_base(class)
}

/// An instance of an abstract model is one of a model that inherits from it, and has what that has. Where the heirs differ,
/// what asks the database counts.
fn take_from_heirs(info: &mut ModelInfo, had: Vec<(String, Attribute)>) {
    let asks = |attribute: &Attribute| !matches!(attribute, Attribute::Value | Attribute::File);
    let mut taken: HashMap<String, Attribute> = HashMap::new();
    for (name, attribute) in had {
        let is_better = taken
            .get(&name)
            .is_none_or(|other| asks(&attribute) && !asks(other));
        if is_better {
            taken.insert(name, attribute);
        }
    }
    for (name, attribute) in taken {
        info.attributes.entry(name).or_insert(attribute);
    }
}

/// What is known of models.
#[derive(Default)]
pub(crate) struct Models {
    pub(crate) by_class: HashMap<ClassRef, ModelInfo>,
    /// The attributes that relations to the auth user give it, when its class is not at hand.
    pub(crate) of_user: HashMap<String, Attribute>,
}

fn resolve_self(target: Option<&Model>, class: ClassRef) -> Option<Model> {
    match target {
        Some(Model::Named(name)) if &**name == "self" => Some(Model::Known(class)),
        target => target.cloned(),
    }
}

fn forward(
    field: &RawField,
    class: ClassRef,
    has_id: &dyn Fn(&Model) -> bool,
) -> Vec<(String, Attribute)> {
    let target = resolve_self(field.target.as_ref(), class).unwrap_or(Model::Unknown);
    let name = field.name.clone();
    match field.kind {
        FieldKind::ForeignKey | FieldKind::OneToOne => vec![
            (format!("{name}_id"), Attribute::Value),
            (
                name,
                Attribute::Relation {
                    keys: match field.is_plain_key {
                        true if has_id(&target) => &["pk", "id"],
                        true => &["pk"],
                        false => &[],
                    },
                    model: target,
                    is_null: field.is_null,
                    is_generic: false,
                    back: None,
                },
            ),
        ],
        FieldKind::GenericForeignKey => vec![(
            name,
            Attribute::Relation {
                model: Model::Unknown,
                keys: &[],
                is_null: true,
                is_generic: true,
                back: None,
            },
        )],
        FieldKind::ManyToMany => vec![(
            name,
            Attribute::Manager {
                model: target,
                owner: Owner::ManyRelatedManager,
                back: None,
            },
        )],
        FieldKind::GenericRelation => vec![(
            name,
            Attribute::Manager {
                model: target,
                owner: Owner::GenericRelatedManager,
                back: None,
            },
        )],
        FieldKind::File => vec![(name, Attribute::File)],
        FieldKind::Plain => vec![
            (format!("get_{name}_display"), Attribute::Value),
            (name, Attribute::Value),
        ],
    }
}

fn reverse(world: &Links, class: ClassRef, field: &RawField) -> Option<(String, Attribute)> {
    let model_name = world.class(class)?.name.to_lowercase();
    let model = Model::Known(class);
    let app = world.app_label(class);
    let named = field.related_name.as_ref().map(|name| {
        name.replace("%(class)s", &model_name)
            .replace("%(app_label)s", app)
    });
    if named.as_ref().is_some_and(|name| name.ends_with('+')) {
        return None;
    }
    Some(match field.kind {
        FieldKind::ForeignKey => (
            named.unwrap_or_else(|| format!("{model_name}_set")),
            Attribute::Manager {
                model,
                owner: Owner::RelatedManager,
                back: Some(field.name.as_str().into()),
            },
        ),
        FieldKind::OneToOne => (
            named.unwrap_or(model_name),
            Attribute::Relation {
                model,
                keys: &[],
                is_null: true,
                is_generic: false,
                back: Some(field.name.as_str().into()),
            },
        ),
        FieldKind::ManyToMany => (
            named.unwrap_or_else(|| format!("{model_name}_set")),
            Attribute::Manager {
                model,
                owner: Owner::ManyRelatedManager,
                back: None,
            },
        ),
        _ => return None,
    })
}

fn read_fields(world: &Links, class: ClassRef) -> Vec<RawField> {
    let Some(outline) = world.class(class) else {
        return Vec::new();
    };
    let mut fields = Vec::new();
    for made in &outline.made {
        let Some(Symbol::External(path) | Symbol::Missing(path)) = made
            .field
            .as_ref()
            .and_then(|dotted| world.dotted(class.file, dotted))
        else {
            continue;
        };
        // A field class of the project or of a package that isn't known (`MoneyField`): a plain value.
        let kind = match model_field(&path) {
            Some(kind) => kind,
            None if path.ends_with("Field") => FieldKind::Plain,
            None => continue,
        };
        fields.push(RawField {
            name: made.name.clone(),
            kind,
            target: made
                .target
                .as_ref()
                .map(|target| target_model(world, class.file, target)),
            related_name: made.related_name.clone(),
            is_primary_key: made.is_primary_key,
            is_plain_key: made.is_plain_key,
            is_null: made.is_null,
            is_of_models: model_field(&path).is_some() || path.contains("models."),
        });
    }
    fields
}

fn target_model(world: &Links, file: usize, target: &Target) -> Model {
    match target {
        Target::AuthUser => world.user_model(),
        Target::Text(name) if name == "self" => Model::Named("self".into()),
        Target::Text(name) if name == "auth.User" => Model::User,
        Target::Text(name) => {
            let class = name.rsplit('.').next().unwrap_or(name);
            // The same file first, then whichever model bears the name.
            let found = match world.global(file, class) {
                Some(Symbol::Class(found)) => Some(found),
                _ => world.class_named(class),
            };
            found.map_or_else(|| Model::Named(class.into()), Model::Known)
        }
        Target::Dotted(dotted) => match world.dotted(file, dotted) {
            Some(Symbol::Class(class)) => Model::Known(class),
            Some(Symbol::External(path)) if &*path == "django.contrib.auth.models.User" => {
                Model::User
            }
            Some(Symbol::External(path) | Symbol::Missing(path)) => {
                Model::Named(Arc::from(path.rsplit('.').next().unwrap_or(&path)))
            }
            _ => Model::Unknown,
        },
        Target::Other => Model::Unknown,
    }
}

fn read_managers(world: &Links, class: ClassRef) -> Vec<RawManager> {
    let Some(outline) = world.class(class) else {
        return Vec::new();
    };
    let mut managers = Vec::new();
    for made in &outline.made {
        let Some(dotted) = &made.manager else {
            continue;
        };
        let queryset = made
            .queryset
            .as_ref()
            .map(|queryset| manager_class(world, class.file, queryset));
        let manager = manager_class(world, class.file, dotted).map(|manager| match queryset {
            None => manager,
            Some(queryset) => ManagerClass {
                queryset: queryset.and_then(|queryset| queryset.own),
                is_partial: manager.is_partial || queryset.is_none_or(|found| found.is_partial),
                ..manager
            },
        });
        managers.extend(manager.map(|manager| (made.name.clone(), manager)));
    }
    managers
}

/// What `dotted` is as a manager or queryset class; `None` when it is none.
fn manager_class(world: &Links, file: usize, dotted: &str) -> Option<ManagerClass> {
    match world.dotted(file, dotted)? {
        Symbol::Class(class) => world
            .base_kinds(class)
            .any(|kind| {
                matches!(
                    kind,
                    BaseKind::Manager | BaseKind::QuerySet | BaseKind::UserManager
                )
            })
            .then(|| ManagerClass {
                is_partial: world.has_missing_base(class),
                ..ManagerClass::of(Some(class))
            }),
        Symbol::External(path) => matches!(
            unblocked_django::base_class(&path),
            Some(BaseKind::Manager | BaseKind::QuerySet | BaseKind::UserManager)
        )
        .then(ManagerClass::default),
        // A manager whose class is not at hand: known to be one, not what it does.
        Symbol::Missing(path) => (path.contains("Manager") || path.contains("QuerySet"))
            .then_some(ManagerClass::NOT_AT_HAND),
        _ => None,
    }
}
