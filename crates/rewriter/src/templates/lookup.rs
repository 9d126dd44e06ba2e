//! What a template finds under a name, and what printing it does.

use unblocked_analyzer::{
    Attribute, Evidence, FunctionRef, Held, Instance, Model, ModelInfo, Type,
};
use unblocked_django::Owner;

use crate::draft::Draft;

/// What a template finds.
pub(super) enum Found {
    /// This, without asking.
    Is(Type),
    /// This, with a query.
    Asks(Type),
    /// Nothing tells.
    Unknown,
}

/// Django's filters, but for those that [`filtered`] knows. Sorted.
const FILTERS: &[&str] = &[
    "add",
    "addslashes",
    "apnumber",
    "capfirst",
    "center",
    "cut",
    "date",
    "divisibleby",
    "escape",
    "escapejs",
    "escapeseq",
    "filesizeformat",
    "floatformat",
    "force_escape",
    "get_digit",
    "intcomma",
    "intword",
    "iriencode",
    "join",
    "json_script",
    "linebreaks",
    "linebreaksbr",
    "linenumbers",
    "ljust",
    "localize",
    "localtime",
    "lower",
    "make_list",
    "naturalday",
    "naturaltime",
    "ordinal",
    "phone2numeric",
    "pluralize",
    "rjust",
    "safe",
    "safeseq",
    "slugify",
    "stringformat",
    "striptags",
    "time",
    "timesince",
    "timeuntil",
    "timezone",
    "title",
    "truncatechars",
    "truncatechars_html",
    "truncatewords",
    "truncatewords_html",
    "unlocalize",
    "unordered_list",
    "upper",
    "urlencode",
    "urlize",
    "urlizetrunc",
    "utc",
    "wordcount",
    "wordwrap",
    "yesno",
];

pub(super) fn is_builtin_filter(name: &str) -> bool {
    FILTERS.binary_search(&name).is_ok()
}

/// What a filter gives that does not print what it is given.
pub(super) fn filtered(filter: &str, of: &Type, argument: &Type) -> Option<Type> {
    match filter {
        "length" | "length_is" | "yesno" | "pluralize" => Some(Type::Plain),
        "first" | "last" | "random" => Some(of.element()),
        "slice" | "dictsort" | "dictsortreversed" => Some(of.clone()),
        "default" | "default_if_none" => Some(of.join(argument)),
        _ => None,
    }
}

/// `object.name` in a template: a key, an attribute, which is called, or an index.
pub(super) fn attribute(draft: &Draft<'_>, of: &Type, name: &str) -> Found {
    match of {
        Type::Plain => Found::Is(Type::Plain),
        Type::Request => match name {
            "user" | "session" => Found::Asks(Type::Plain),
            "GET" | "POST" | "path" | "path_info" | "method" | "get_full_path" | "scheme"
            | "get_host" | "is_secure" | "build_absolute_uri" | "resolver_match" | "headers"
            | "META" | "COOKIES" | "LANGUAGE_CODE" => Found::Is(Type::Plain),
            _ => Found::Unknown,
        },
        Type::Mapping(mapping) => match (mapping.get(name), name) {
            (Some(value), _) => Found::Is(value.clone()),
            (None, "items") => Found::Is(Type::sequence(Type::tuple(vec![
                mapping.key.clone(),
                mapping.value(),
            ]))),
            (None, "values") => Found::Is(Type::sequence(mapping.value())),
            (None, _) => Found::Is(Type::Plain),
        },
        Type::Tuple(parts) => match name.parse::<usize>() {
            Ok(index) => parts
                .get(index)
                .map_or(Found::Unknown, |part| Found::Is(part.clone())),
            Err(_) => Found::Unknown,
        },
        Type::Sequence(element) if name.parse::<usize>().is_ok() => Found::Is((**element).clone()),
        Type::QuerySet(_) if name.parse::<usize>().is_ok() => Found::Asks(of.element()),
        Type::QuerySet(_) => manager_method(of.clone(), name),
        Type::Manager(manager) => {
            let rows = || {
                unblocked_analyzer::Fetched::default().row(manager.model.clone(), manager.evidence)
            };
            match (&manager.prefetched, name) {
                (Some(fetched), "all") => Found::Is(Type::sequence(Type::Instance(
                    fetched.row(manager.model.clone(), manager.evidence),
                ))),
                (Some(_), "count" | "exists") => Found::Is(Type::Plain),
                (_, "all") => Found::Asks(Type::sequence(Type::Instance(rows()))),
                (_, "first" | "last") => Found::Asks(Type::Instance(rows())),
                _ => manager_method(Type::Unknown, name),
            }
        }
        Type::Instance(instance) if instance.evidence != Evidence::Possible => {
            of_instance(draft, instance, name)
        }
        _ => Found::Unknown,
    }
}

fn manager_method(queryset: Type, name: &str) -> Found {
    match name {
        "count" | "exists" => Found::Asks(Type::Plain),
        "first" | "last" => Found::Asks(queryset.element()),
        "all" | "none" | "distinct" | "reverse" => match queryset {
            Type::Unknown => Found::Unknown,
            queryset => Found::Is(queryset),
        },
        _ => Found::Unknown,
    }
}

fn of_instance(draft: &Draft<'_>, instance: &Instance, name: &str) -> Found {
    let world = &draft.analysis.world;
    if matches!(name, "pk" | "id") {
        return Found::Is(Type::Plain);
    }
    let rows = instance
        .prefetched
        .iter()
        .find(|rows| *rows.path == *name && rows.held != Held::Relation);
    if let Some(rows) = rows {
        let row = fetched(instance, name).row(rows.model.clone(), rows.evidence);
        return Found::Is(match rows.held {
            Held::List => Type::sequence(Type::Instance(row)),
            _ => Type::Instance(row),
        });
    }
    let info = world.model(&instance.model);
    let known = match &instance.model {
        Model::User => world.user_attribute(name),
        _ => info.and_then(|info| info.attributes.get(name)),
    };
    let is_user = instance.model == Model::User || info.is_some_and(|info| info.is_user);
    if let Some(known) = known {
        return known_attribute(draft, instance, name, known);
    }
    if is_user && is_user_value(name) {
        return Found::Is(Type::Plain);
    }
    if name == "get_absolute_url" || is_user && matches!(name, "groups" | "user_permissions") {
        return match own_method(draft, instance, name) {
            Some(method) => called(draft, method, Type::Plain),
            None => Found::Unknown,
        };
    }
    match own_method(draft, instance, name) {
        Some(method) => {
            let returned = draft
                .analysis
                .files
                .get(method.file)
                .map_or(Type::Unknown, |file| file.returned_by(method.index).clone());
            called(draft, method, returned)
        }
        None => Found::Unknown,
    }
}

fn known_attribute(draft: &Draft<'_>, instance: &Instance, name: &str, known: &Attribute) -> Found {
    let is_loaded = instance.loaded.iter().any(|path| {
        path.strip_prefix(name)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with("__"))
    });
    match known {
        Attribute::Value | Attribute::File => {
            if instance.deferred.iter().any(|field| **field == *name) {
                Found::Asks(Type::Plain)
            } else {
                Found::Is(Type::Plain)
            }
        }
        Attribute::Relation { model, .. } => {
            let other =
                Type::Instance(fetched(instance, name).row(model.clone(), instance.evidence));
            if is_loaded {
                Found::Is(other)
            } else {
                Found::Asks(other)
            }
        }
        Attribute::Manager {
            owner: Owner::GenericRelatedManager,
            ..
        } if !is_loaded => Found::Unknown,
        Attribute::Manager { model, owner, back } => {
            let class = draft
                .analysis
                .world
                .model(model)
                .map(ModelInfo::default_manager);
            let is_plain = class.is_some_and(|class| class.own.is_none() && !class.is_partial);
            if !is_plain && !is_loaded {
                // A manager of the project's own may give anything.
                return Found::Unknown;
            }
            Found::Is(Type::Manager(unblocked_analyzer::Manager {
                model: model.clone(),
                owner: *owner,
                evidence: instance.evidence,
                class: class.unwrap_or(unblocked_analyzer::ManagerClass::NOT_AT_HAND),
                prefetched: is_loaded.then(|| std::sync::Arc::new(fetched(instance, name))),
                back: back.clone(),
                load: None,
            }))
        }
    }
}

/// What is loaded below a relation.
fn fetched(instance: &Instance, name: &str) -> unblocked_analyzer::Fetched {
    unblocked_analyzer::fetched(instance, name).unwrap_or_default()
}

fn own_method(draft: &Draft<'_>, instance: &Instance, name: &str) -> Option<FunctionRef> {
    match instance.model {
        Model::Known(class) => draft.analysis.world.method(class, name),
        _ => None,
    }
}

/// A method or property of the project's that the template calls.
fn called(draft: &Draft<'_>, method: FunctionRef, returned: Type) -> Found {
    match draft.colors.contains_key(&method) {
        true => Found::Asks(match returned {
            Type::QuerySet(_) => Type::sequence(returned.element()),
            other => other,
        }),
        false => Found::Is(returned),
    }
}

fn is_user_value(name: &str) -> bool {
    matches!(
        name,
        "date_joined"
            | "email"
            | "first_name"
            | "get_full_name"
            | "get_short_name"
            | "get_username"
            | "is_active"
            | "is_anonymous"
            | "is_authenticated"
            | "is_staff"
            | "is_superuser"
            | "last_login"
            | "last_name"
            | "username"
    )
}

/// What printing a value does.
pub(super) fn printed(draft: &Draft<'_>, kind: &Type) -> Found {
    let mut kind = kind;
    // A list shows its elements.
    while let Type::Sequence(element) = kind {
        kind = element;
    }
    match kind {
        Type::Plain | Type::None => Found::Is(Type::Plain),
        Type::Tuple(parts)
            if parts
                .iter()
                .all(|part| matches!(part, Type::Plain | Type::None)) =>
        {
            Found::Is(Type::Plain)
        }
        Type::Instance(instance) if instance.evidence == Evidence::Possible => Found::Unknown,
        Type::Instance(instance) => match instance.model {
            Model::User => Found::Is(Type::Plain),
            Model::Known(class) => match draft.analysis.world.method(class, "__str__") {
                Some(method) if draft.colors.contains_key(&method) => Found::Asks(Type::Plain),
                Some(_) => Found::Is(Type::Plain),
                None if draft.analysis.world.has_missing_base(class) => Found::Unknown,
                None => Found::Is(Type::Plain),
            },
            _ => Found::Unknown,
        },
        _ => Found::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_are_sorted() {
        assert!(FILTERS.is_sorted());
    }
}
