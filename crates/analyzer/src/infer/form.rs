//! Forms, formsets and serializers: which of their parts ask the database.
//!
//! A plain form asks nothing, unless a field of it chooses among rows or its own methods ask. What is validated keeps
//! its errors and data.

use std::sync::Arc;

use unblocked_django::{BaseKind, Effect, base_class, canonical};
use unblocked_syntax::view::KeywordArgument;
use unblocked_syntax::{Field, Kind, NodeId};

use super::Inference;
use crate::site::{FormPart, HalfAsync, NeverWas, SiteKind};
use crate::types::{ClassRef, Evidence, FunctionRef, Type};
use crate::world::{Base, Symbol};

/// A form, as far as it is at hand.
pub(super) struct Form {
    pub(super) kind: BaseKind,
    pub(super) class: Option<ClassRef>,
    pub(super) evidence: Evidence,
    /// It asks by itself: for rows to choose from, for uniqueness.
    asks: bool,
    /// The project's methods that validating and rendering it call.
    callees: Arc<[FunctionRef]>,
}

/// What validates a form.
const VALIDATING: &[&str] = &[
    "errors",
    "full_clean",
    "has_error",
    "is_valid",
    "non_field_errors",
    "non_form_errors",
    "total_error_count",
];

/// What renders a form, rows to choose from included.
const RENDERING: &[&str] = &[
    "as_div",
    "as_json",
    "as_p",
    "as_table",
    "as_ul",
    "get_context",
    "render",
];

/// Methods that make a formset make its forms, which fetches the rows of one over a model.
const FORMS_METHODS: &[&str] = &[
    "get_queryset",
    "has_changed",
    "initial_form_count",
    "is_multipart",
    "total_form_count",
];

/// Attributes that do.
const FORMS: &[&str] = &[
    "deleted_forms",
    "empty_form",
    "extra_forms",
    "forms",
    "initial_forms",
    "management_form",
    "media",
    "ordered_forms",
];

fn is_form(kind: BaseKind) -> bool {
    matches!(
        kind,
        BaseKind::Form | BaseKind::ModelForm | BaseKind::FormSet | BaseKind::Serializer
    )
}

/// True for the name of a form's or formset's class.
fn is_form_name(path: &str) -> bool {
    path.ends_with("Form") || path.ends_with("FormSet") || path.ends_with("Formset")
}

impl<'w> Inference<'w, '_> {
    /// The form that a value is.
    pub(super) fn form(&self, of: &Type) -> Option<Form> {
        match of {
            Type::Object(class) => self.project_form(*class),
            Type::OneOfObjects(classes) => self.one_of_forms(classes),
            Type::External(path) => {
                let kind = base_class(path).filter(|kind| is_form(*kind))?;
                Some(Form {
                    kind,
                    class: None,
                    evidence: Evidence::Proven,
                    asks: kind != BaseKind::Form,
                    callees: Arc::default(),
                })
            }
            Type::MissingObject(path) if is_form_name(path) => Some(Form {
                kind: if path.ends_with("Form") {
                    BaseKind::ModelForm
                } else {
                    BaseKind::FormSet
                },
                class: None,
                evidence: Evidence::Evident,
                asks: true,
                callees: Arc::default(),
            }),
            _ => None,
        }
    }

    /// One of several forms: what any of them asks.
    fn one_of_forms(&self, classes: &[ClassRef]) -> Option<Form> {
        let mut forms = classes.iter().map(|&class| self.project_form(class));
        forms.next()?.and_then(|first| {
            forms.try_fold(first, |known, form| {
                let form = form?;
                let is_set = |kind| kind == BaseKind::FormSet;
                if is_set(known.kind) != is_set(form.kind) {
                    return None;
                }
                Some(Form {
                    kind: if known.kind == BaseKind::Form {
                        form.kind
                    } else {
                        known.kind
                    },
                    class: None,
                    evidence: known.evidence.min(form.evidence),
                    asks: known.asks || form.asks,
                    callees: known
                        .callees
                        .iter()
                        .chain(form.callees.iter())
                        .copied()
                        .collect(),
                })
            })
        })
    }

    fn project_form(&self, class: ClassRef) -> Option<Form> {
        let kind = self.world.base_kinds(class).find(|kind| is_form(*kind));
        let missing = self.world.ancestors(class).iter().any(|base| match base {
            Base::Missing(path) => kind.is_some() || is_form_name(path),
            _ => false,
        });
        let kind = match kind {
            Some(kind) => kind,
            None if missing => BaseKind::ModelForm,
            None => return None,
        };
        let family = self.family(class);
        let asks = missing
            || kind != BaseKind::Form
            || family.iter().any(|&member| self.has_asking_field(member));
        Some(Form {
            kind,
            class: Some(class),
            evidence: if missing {
                Evidence::Evident
            } else {
                Evidence::Proven
            },
            asks,
            callees: family
                .iter()
                .flat_map(|&member| self.form_callees(member))
                .collect(),
        })
    }

    /// A class and those of the project that it inherits from.
    pub(super) fn family(&self, class: ClassRef) -> Vec<ClassRef> {
        let inherited = self.world.ancestors(class).iter();
        std::iter::once(class)
            .chain(inherited.filter_map(|base| match base {
                Base::Project(class) => Some(*class),
                _ => None,
            }))
            .collect()
    }

    /// True when a field of the form is anything but one of Django's that asks nothing.
    fn has_asking_field(&self, class: ClassRef) -> bool {
        let Some(outline) = self.world.class(class) else {
            return true;
        };
        outline
            .fields
            .iter()
            .any(|dotted| match self.world.dotted(class.file, dotted) {
                Some(Symbol::External(path)) => {
                    let path = canonical(&path);
                    !path.starts_with("django.forms.")
                        || path.ends_with("ModelChoiceField")
                        || path.ends_with("ModelMultipleChoiceField")
                }
                _ => true,
            })
    }

    /// The methods that validating and rendering a form call, and functions that its fields are given.
    fn form_callees(&self, class: ClassRef) -> Vec<FunctionRef> {
        let Some(outline) = self.world.class(class) else {
            return Vec::new();
        };
        let file = class.file;
        let methods = outline
            .methods
            .iter()
            .filter(|(name, _)| !name.starts_with("save") && *name != "__init__")
            .map(|(_, &index)| FunctionRef { file, index });
        let given = outline
            .given
            .iter()
            .filter_map(|name| match self.world.global(file, name) {
                Some(Symbol::Function(function)) => Some(function),
                _ => None,
            });
        methods.chain(given).collect()
    }

    fn form_site(&mut self, node: NodeId, form: &Form, part: FormPart, asks: bool) {
        if asks || !form.callees.is_empty() {
            self.site(
                node,
                Effect::Query,
                form.evidence,
                SiteKind::Form {
                    part,
                    callees: form.callees.clone(),
                    asks,
                },
            );
        }
    }

    /// `form.name(…)`, when it is Django's method; `None` when `name` is none of a form's.
    pub(super) fn call_form(
        &mut self,
        node: NodeId,
        object: NodeId,
        name: &'w str,
        form: &Form,
        arguments: &[NodeId],
    ) -> Option<Type> {
        if let Some(sync) = name.strip_prefix('a')
            && matches!(sync, "is_valid" | "save" | "full_clean")
        {
            return self.form_never_was(node, object, sync, form, arguments);
        }
        let is_set = form.kind == BaseKind::FormSet;
        if VALIDATING.contains(&name) || name == "run_validation" {
            let validates = name == "is_valid" || !self.is_validated(object);
            if validates {
                self.form_site(node, form, FormPart::Call, form.asks);
            }
            self.validated(object);
            return Some(Type::Plain);
        }
        if RENDERING.contains(&name) || (is_set && FORMS_METHODS.contains(&name)) {
            self.form_site(node, form, FormPart::Call, form.asks);
            return Some(Type::Plain);
        }
        match name {
            "save" if form.kind != BaseKind::Form => {
                if !self.is_uncommitted(form, arguments) {
                    self.form_site(node, form, FormPart::Call, true);
                }
                let saved = Type::Instance(self.saved(form));
                Some(if is_set { Type::sequence(saved) } else { saved })
            }
            "save_m2m" | "create" | "update" if form.kind != BaseKind::Form => {
                self.form_site(node, form, FormPart::Call, true);
                Some(Type::Unknown)
            }
            "get_user" => self.instance_of(&Type::Model(self.world.user_model())),
            _ => None,
        }
    }

    /// `form.asave()`: forms have no async methods.
    fn form_never_was(
        &mut self,
        node: NodeId,
        object: NodeId,
        sync: &'w str,
        form: &Form,
        arguments: &[NodeId],
    ) -> Option<Type> {
        let function = self.ast.child(node, Field::Function)?;
        let name = self.ast.child(function, Field::Attribute)?;
        let sites = self.result.sites.len();
        let result = self.call_form(node, object, sync, form, arguments)?;
        self.result.sites.truncate(sites);
        let form = NeverWas::Form { name };
        self.half_async(node, Evidence::Proven, HalfAsync::NeverWas(form));
        Some(self.as_awaited(node, result))
    }

    /// `form.name`, which may validate it; `None` when it is no attribute of Django's forms that does.
    pub(super) fn form_attribute(
        &mut self,
        node: NodeId,
        object: NodeId,
        attribute: NodeId,
        name: &'w str,
        form: &Form,
    ) -> Option<Type> {
        if self.is_called(node) {
            return None;
        }
        if matches!(name, "is_valid" | "full_clean") {
            // `sync_to_async(form.is_valid)()`
            self.validated(object);
            return None;
        }
        let asks = match name {
            "errors" => !self.is_validated(object),
            "data" | "validated_data" => form.kind == BaseKind::Serializer && name == "data",
            "cleaned_data" if form.kind != BaseKind::FormSet => {
                return Some(self.cleaned_data(form));
            }
            "instance" if form.kind == BaseKind::ModelForm => {
                return Some(Type::Instance(self.saved(form)));
            }
            _ => form.kind == BaseKind::FormSet && FORMS.contains(&name),
        };
        if !asks {
            return None;
        }
        let part = FormPart::Attribute { object, attribute };
        self.form_site(node, form, part, form.asks);
        if name == "errors" {
            self.validated(object);
        }
        Some(Type::Unknown)
    }

    /// Printing a form renders it, iterating over a formset or asking for its length makes its forms.
    pub(super) fn form_value(&mut self, node: NodeId, function: &'static str) {
        let Some(form) = self.form(&self.type_at(node)) else {
            return;
        };
        let applies = match form.kind {
            BaseKind::Form | BaseKind::ModelForm => function == "str",
            BaseKind::FormSet => true,
            _ => false,
        };
        if applies {
            self.form_site(node, &form, FormPart::Value(function), form.asks);
        }
    }

    /// Making a form over an instance fetches the rows of its many-to-many fields.
    pub(super) fn form_made(&mut self, node: NodeId, class: ClassRef, arguments: &[NodeId]) {
        let with_instance = arguments.iter().any(|&argument| {
            KeywordArgument::cast(self.ast, argument).is_some_and(|keyword| {
                self.text(keyword.name) == "instance" && self.type_at(keyword.value) != Type::None
            })
        });
        let Some(form) = with_instance.then(|| self.project_form(class)).flatten() else {
            return;
        };
        let over_many = form.kind == BaseKind::ModelForm
            && self
                .family(class)
                .into_iter()
                .find_map(|member| self.chooses_many(member))
                .unwrap_or(true);
        if over_many {
            self.form_site(node, &form, FormPart::Call, true);
        }
    }

    /// True for `save(commit=False)` of a form that does not override it.
    fn is_uncommitted(&self, form: &Form, arguments: &[NodeId]) -> bool {
        form.kind == BaseKind::ModelForm
            && form.evidence == Evidence::Proven
            && arguments.iter().any(|&argument| {
                let value = KeywordArgument::cast(self.ast, argument)
                    .map_or(argument, |keyword| keyword.value);
                self.ast.kind(value) == Kind::False
            })
    }

    fn is_validated(&self, object: NodeId) -> bool {
        self.ast.kind(object) == Kind::Identifier && self.validated.contains(self.text(object))
    }

    pub(super) fn validated(&mut self, object: NodeId) {
        if self.ast.kind(object) == Kind::Identifier {
            self.validated.insert(self.text(object));
        }
    }

    /// What a form factory of Django's gives: a class of forms.
    pub(super) fn form_factory(&self, name: &str, arguments: &[NodeId]) -> Option<Type> {
        let class = match name {
            "django.forms.modelform_factory" => "django.forms.ModelForm",
            "django.forms.formset_factory" => {
                let kind = arguments.first().map(|&form| self.type_at(form));
                if let Some(Type::Class(class)) = kind
                    && arguments.len() == 1 + self.keywords(arguments, "formset", false)
                    && let Some(form) = self.project_form(class)
                    && !form.asks
                    && form.callees.is_empty()
                {
                    return Some(Type::Unknown);
                }
                "django.forms.BaseFormSet"
            }
            "django.forms.modelformset_factory"
            | "django.forms.inlineformset_factory"
            | "django.contrib.contenttypes.forms.generic_inlineformset_factory" => {
                "django.forms.BaseModelFormSet"
            }
            _ => return None,
        };
        Some(Type::Path(class.into()))
    }

    /// How many keyword arguments are (or are not) called `name`.
    fn keywords(&self, arguments: &[NodeId], name: &str, are: bool) -> usize {
        arguments
            .iter()
            .filter_map(|&argument| KeywordArgument::cast(self.ast, argument))
            .filter(|keyword| (self.text(keyword.name) == name) == are)
            .count()
    }

    /// `super()` in a form of the project: Django's own part of it.
    pub(super) fn super_form(&self, class: ClassRef) -> Option<Type> {
        let path = match self.project_form(class)?.kind {
            BaseKind::Form => "django.forms.Form",
            BaseKind::ModelForm => "django.forms.ModelForm",
            BaseKind::FormSet => "django.forms.BaseModelFormSet",
            _ => return None,
        };
        Some(Type::External(path.into()))
    }
}
