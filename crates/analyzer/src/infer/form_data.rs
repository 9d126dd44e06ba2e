//! What forms hold: the model behind them, what they were given, what they save.

use std::collections::HashMap;
use std::sync::Arc;

use unblocked_django::{BaseKind, Owner, canonical};
use unblocked_syntax::SmallSort;

use super::Inference;
use super::call::queryset_of;
use super::form::Form;
use crate::facts::Meta;
use crate::model::Attribute;
use crate::types::{ClassRef, Evidence, Instance, Mapping, Model, Type};
use crate::world::Symbol;

/// The row that a field of a form chooses.
fn chosen_one(model: Model) -> Type {
    queryset_of(model, Evidence::Evident).row()
}

/// The rows: a queryset, which validation has evaluated.
fn chosen_many(model: Model) -> Type {
    Type::QuerySet(queryset_of(model, Evidence::Evident))
}

impl<'w> Inference<'w, '_> {
    /// The `Meta` of a form of the project, and the model that it names.
    pub(super) fn form_model(&self, class: ClassRef) -> Option<(&'w Meta, Model)> {
        let meta = &self.world.class(class)?.meta;
        let model = match self.world.dotted(class.file, meta.model.as_ref()?)? {
            Symbol::Class(model) => Model::Known(model),
            Symbol::External(path) if canonical(&path) == "django.contrib.auth.models.User" => {
                Model::User
            }
            Symbol::External(path) | Symbol::Missing(path) => {
                Model::Named(path.rsplit('.').next().unwrap_or(&path).into())
            }
            _ => Model::Unknown,
        };
        Some((meta, model))
    }

    /// True when a field of the form is a many-to-many one of the model; `None` without a `Meta`.
    pub(super) fn chooses_many(&self, class: ClassRef) -> Option<bool> {
        let (meta, model) = self.form_model(class)?;
        let Some(info) = self.world.model(&model).filter(|info| !info.is_partial) else {
            return Some(true);
        };
        Some(match &meta.fields {
            Some(fields) => fields.iter().any(|name| {
                matches!(
                    info.attributes.get(name),
                    Some(Attribute::Manager { .. }) | None
                )
            }),
            None => info
                .attributes
                .values()
                .any(|attribute| matches!(attribute, Attribute::Manager { .. })),
        })
    }

    /// What a valid form was given, by field: an instance where one row is chosen, a queryset where several are.
    pub(super) fn cleaned_data(&self, form: &Form) -> Type {
        let mut data = Mapping::of(Type::Plain, Type::Unknown);
        let family = form.class.map(|class| self.family(class));
        // What a class declares comes after, and so instead of, what it inherits.
        for member in family.iter().flatten().rev() {
            if let Some((meta, model)) = self.form_model(*member) {
                let attributes = self.world.model(&model).map(|info| &info.attributes);
                let mut names: Vec<&String> = match &meta.fields {
                    Some(fields) => fields.iter().collect(),
                    None => attributes.into_iter().flat_map(HashMap::keys).collect(),
                };
                names.small_sort();
                for name in names {
                    let kind = match attributes.and_then(|attributes| attributes.get(name)) {
                        Some(Attribute::Relation {
                            model, back: None, ..
                        }) => chosen_one(model.clone()),
                        Some(Attribute::Manager { model, owner, .. })
                            if *owner == Owner::ManyRelatedManager =>
                        {
                            chosen_many(model.clone())
                        }
                        Some(Attribute::Value) => Type::Plain,
                        _ => continue,
                    };
                    data.insert(Some(name), kind);
                }
            }
            let made = self
                .world
                .class(*member)
                .into_iter()
                .flat_map(|it| &it.made);
            for field in made {
                let path = field
                    .field
                    .as_ref()
                    .and_then(|dotted| self.world.dotted(member.file, dotted));
                let Some(Symbol::External(path)) = path else {
                    continue;
                };
                let model = field
                    .chosen
                    .as_ref()
                    .and_then(|dotted| self.world.dotted(member.file, dotted))
                    .map_or(Model::Unknown, |symbol| match symbol {
                        Symbol::Class(class) => Model::Known(class),
                        Symbol::External(path) | Symbol::Missing(path) => {
                            Model::Named(path.rsplit('.').next().unwrap_or(&path).into())
                        }
                        _ => Model::Unknown,
                    });
                let kind = match canonical(&path) {
                    "django.forms.ModelChoiceField" => chosen_one(model),
                    "django.forms.ModelMultipleChoiceField" => chosen_many(model),
                    path if path.starts_with("django.forms.") && path.ends_with("Field") => {
                        Type::Plain
                    }
                    _ => Type::Unknown,
                };
                data.insert(Some(&field.name), kind);
            }
        }
        Type::mapping(data)
    }

    /// What iterating over a value gives: of a formset, its forms.
    pub(super) fn element_of(&self, kind: &Type) -> Type {
        match self.form(kind) {
            Some(form) if form.kind == BaseKind::FormSet => {
                Type::External("django.forms.ModelForm".into())
            }
            _ => kind.element(),
        }
    }

    /// What `save()` gives.
    pub(super) fn saved(&self, form: &Form) -> Instance {
        let model = form.class.and_then(|class| {
            let mut family = self.family(class).into_iter();
            family.find_map(|member| self.form_model(member))
        });
        let (model, evidence) = match model {
            Some((_, model @ (Model::Known(_) | Model::User))) => (model, form.evidence),
            Some((_, model)) => (model, Evidence::Evident),
            None => (Model::Unknown, Evidence::Evident),
        };
        Instance {
            model,
            evidence,
            loaded: Arc::default(),
            deferred: Arc::default(),
            prefetched: Arc::default(),
            origin: None,
        }
    }
}
