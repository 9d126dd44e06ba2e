//! What a template at hand asks the database, given what a view gives it.
//!
//! Exact where it says that nothing asks: what it does not know of, it names as unknown.

mod call;
mod lookup;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use unblocked_analyzer::{Action, Expression, Processors, Symbol, Template, Type};

use crate::draft::Draft;
pub(crate) use call::Rendering;
use lookup::Found;

/// How many templates one rendering may take.
const MOST_TEMPLATES: usize = 40;

/// How many places are named.
const MOST_NAMED: usize = 20;

/// What rendering does, as far as it is known.
#[derive(Debug, Default)]
pub(crate) struct Reading {
    /// What asks the database, and where: `order.customer` and `shop/templates/order.html:3`.
    pub(crate) asks: Vec<(String, String)>,
    /// Something may ask that nothing at hand tells.
    pub(crate) is_partial: bool,
}

impl Reading {
    /// True when rendering asks nothing.
    pub(crate) fn is_free(&self) -> bool {
        self.asks.is_empty() && !self.is_partial
    }

    fn ask(&mut self, what: &str, place: &str) {
        let is_new = !self
            .asks
            .iter()
            .any(|(known, at)| known == what && at == place);
        if is_new && self.asks.len() < MOST_NAMED {
            self.asks.push((what.to_owned(), place.to_owned()));
        }
        self.is_partial |= self.asks.len() == MOST_NAMED;
    }
}

/// The names that a template sees, in scopes.
#[derive(Clone)]
struct Names {
    /// The innermost one last.
    scopes: Vec<HashMap<String, Type>>,
    /// Names that are not among them may stand for anything.
    is_open: bool,
}

impl Names {
    fn get(&self, name: &str) -> Option<&Type> {
        self.scopes.iter().rev().find_map(|scope| scope.get(name))
    }

    fn bind(&mut self, name: &str, kind: Type) {
        if let Some(scope) = self.scopes.last_mut() {
            scope.insert(name.to_owned(), kind);
        }
    }
}

/// Reads the template that `render(request, name, context)` renders; `None` when it is not at hand. `context` is what
/// the keys of the context stand for.
fn read(
    draft: &Draft<'_>,
    name: &str,
    context: &HashMap<String, Type>,
    is_open: bool,
) -> Option<Reading> {
    draft.analysis.world.template(name)?;
    let mut reading = Reading::default();
    let mut names = Names {
        scopes: vec![HashMap::new(), context.clone()],
        is_open,
    };
    add_processed(draft, &mut names, &mut reading);
    let mut work = vec![(name.to_owned(), names)];
    let mut done = 0;
    while let Some((name, names)) = work.pop() {
        done += 1;
        let Some((path, template)) = draft.analysis.world.template(&name) else {
            reading.is_partial = true;
            continue;
        };
        if done > MOST_TEMPLATES {
            reading.is_partial = true;
            break;
        }
        read_one(draft, path, template, names, &mut reading, &mut work);
    }
    Some(reading)
}

/// What context processors add.
fn add_processed(draft: &Draft<'_>, names: &mut Names, reading: &mut Reading) {
    let world = &draft.analysis.world;
    let Processors::Known(paths) = world.context_processors() else {
        names.is_open = true;
        reading.is_partial = true;
        return;
    };
    let Some(scope) = names.scopes.first_mut() else {
        return;
    };
    scope.insert("csrf_token".to_owned(), Type::Plain);
    for path in paths {
        let added: &[(&str, Type)] = match path.as_str() {
            "django.contrib.auth.context_processors.auth" => {
                &[("user", Type::Opaque), ("perms", Type::Opaque)]
            }
            "django.contrib.messages.context_processors.messages" => &[
                ("messages", Type::Opaque),
                ("DEFAULT_MESSAGE_LEVELS", Type::Plain),
            ],
            "django.template.context_processors.request" => &[("request", Type::Request)],
            "django.template.context_processors.debug"
            | "django.template.context_processors.i18n"
            | "django.template.context_processors.media"
            | "django.template.context_processors.static"
            | "django.template.context_processors.tz"
            | "django.template.context_processors.csrf" => &[],
            path => {
                let Symbol::Function(function) = world.resolve(path, false) else {
                    reading.is_partial = true;
                    continue;
                };
                let returned = draft.analysis.files.get(function.file);
                let waits = draft.colors.contains_key(&function)
                    || world.function(function).is_none_or(|facts| facts.is_async);
                match returned.map(|file| file.returned_by(function.index)) {
                    Some(Type::Mapping(mapping)) if !waits && mapping.rest().is_none() => {
                        for (name, kind) in mapping.entries() {
                            scope.insert(name.to_owned(), kind.clone());
                        }
                    }
                    _ => reading.is_partial = true,
                }
                continue;
            }
        };
        for (name, kind) in added {
            scope.insert((*name).to_owned(), kind.clone());
        }
    }
}

fn read_one(
    draft: &Draft<'_>,
    path: &str,
    template: &Template,
    mut names: Names,
    reading: &mut Reading,
    work: &mut Vec<(String, Names)>,
) {
    // A block of a template that extends another may stand in a loop there, whose names it sees.
    let extends = template
        .steps
        .iter()
        .any(|step| matches!(step.action, Action::Extends(_)));
    names.is_open |= extends && has_loops_around(draft, template);
    for step in &template.steps {
        let place = format!("{path}:{}", step.line);
        match &step.action {
            Action::Print(expression) => {
                let found = evaluate(draft, expression, &names, &place, reading);
                print(draft, &found, expression, &place, reading);
            }
            Action::Read(expression) => {
                evaluate(draft, expression, &names, &place, reading);
            }
            Action::For(targets, over) => {
                let rows = evaluate(draft, over, &names, &place, reading);
                let element = rows.element();
                names.scopes.push(HashMap::new());
                names.bind("forloop", Type::Plain);
                match (targets.as_slice(), &element) {
                    ([only], _) => names.bind(only, element),
                    (many, Type::Tuple(parts)) => {
                        for (name, part) in many.iter().zip(parts.iter()) {
                            names.bind(name, part.clone());
                        }
                    }
                    (many, _) => {
                        for name in many {
                            names.bind(name, element.element());
                        }
                    }
                }
            }
            Action::With(pairs) => {
                let scope = pairs
                    .iter()
                    .map(|(name, value)| {
                        (
                            name.clone(),
                            evaluate(draft, value, &names, &place, reading),
                        )
                    })
                    .collect();
                names.scopes.push(scope);
            }
            Action::Close => {
                if names.scopes.len() > 2 {
                    names.scopes.pop();
                }
            }
            Action::Name(name) => names.bind(name, Type::Plain),
            Action::Extends(Some(parent)) => work.push((parent.clone(), names.clone())),
            Action::Include {
                name: Some(name),
                with,
                only,
            } => {
                let given = with
                    .iter()
                    .map(|(name, value)| {
                        (
                            name.clone(),
                            evaluate(draft, value, &names, &place, reading),
                        )
                    })
                    .collect();
                let mut seen = names.clone();
                if *only {
                    seen.scopes.truncate(1);
                }
                seen.scopes.push(given);
                work.push((name.clone(), seen));
            }
            Action::Extends(None) | Action::Include { name: None, .. } | Action::Unknown(_) => {
                reading.is_partial = true;
            }
        }
    }
}

/// True when what a template extends binds names, or is not at hand.
fn has_loops_around(draft: &Draft<'_>, template: &Template) -> bool {
    let mut template = template;
    for _ in 0..MOST_TEMPLATES {
        let parent = template.steps.iter().find_map(|step| match &step.action {
            Action::Extends(name) => Some(name.as_ref()),
            _ => None,
        });
        let Some(parent) = parent else {
            return false;
        };
        let Some((_, found)) = parent.and_then(|name| draft.analysis.world.template(name)) else {
            return true;
        };
        if found.bound().next().is_some() {
            return true;
        }
        template = found;
    }
    true
}

/// What an expression stands for; what it asks is noted.
fn evaluate(
    draft: &Draft<'_>,
    expression: &Expression,
    names: &Names,
    place: &str,
    reading: &mut Reading,
) -> Type {
    let mut kind = walk(draft, &expression.path, names, place, reading);
    for (filter, argument) in &expression.filters {
        let other = walk(draft, argument, names, place, reading);
        kind = match lookup::filtered(filter, &kind, &other) {
            Some(kind) => kind,
            None => {
                if lookup::is_builtin_filter(filter) {
                    print(draft, &kind, expression, place, reading);
                    Type::Plain
                } else {
                    reading.is_partial = true;
                    Type::Unknown
                }
            }
        };
    }
    kind
}

/// What a path of names stands for. A queryset is evaluated wherever a template reads one.
fn walk(
    draft: &Draft<'_>,
    path: &[String],
    names: &Names,
    place: &str,
    reading: &mut Reading,
) -> Type {
    let Some((first, rest)) = path.split_first() else {
        return Type::Plain;
    };
    let mut read = first.clone();
    let mut kind = match names.get(first) {
        Some(kind) => kind.clone(),
        None if matches!(first.as_str(), "block" | "forloop") => Type::Plain,
        None if names.is_open => {
            reading.is_partial = true;
            return Type::Unknown;
        }
        // Django's templates take a name that stands for nothing as an empty text.
        None => return Type::Plain,
    };
    if kind == Type::Opaque {
        // What the context processors of Django bring is lazy.
        reading.ask(first, place);
        return Type::Plain;
    }
    for name in rest {
        read = format!("{read}.{name}");
        match lookup::attribute(draft, &kind, name) {
            Found::Is(next) => kind = next,
            Found::Asks(next) => {
                reading.ask(&read, place);
                kind = next;
            }
            Found::Unknown => {
                reading.is_partial = true;
                return Type::Unknown;
            }
        }
    }
    match &kind {
        Type::QuerySet(_) | Type::MaybeQuerySet(_) | Type::Page(_) | Type::SyncIterator(_) => {
            reading.ask(&read, place);
            Type::sequence(kind.element())
        }
        Type::Unknown | Type::Opaque => {
            reading.is_partial = true;
            Type::Unknown
        }
        _ => kind,
    }
}

/// A value is printed.
fn print(
    draft: &Draft<'_>,
    kind: &Type,
    expression: &Expression,
    place: &str,
    reading: &mut Reading,
) {
    match lookup::printed(draft, kind) {
        Found::Is(_) => {}
        Found::Asks(_) => reading.ask(&expression.path.join("."), place),
        Found::Unknown => reading.is_partial = true,
    }
}
