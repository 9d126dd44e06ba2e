//! Calls of `render`.

use std::collections::HashMap;

use unblocked_analyzer::{Action, Evidence, Expression, Template, Type};
use unblocked_syntax::{Field, Kind, NodeId};

use super::{Reading, read};
use crate::draft::Draft;
use crate::rules::orm::async_comprehension::can_be_listed;

/// A call of `render(request, name, context)`, as far as it is written out.
pub(crate) struct Rendering {
    /// The template's name.
    pub(crate) name: String,
    /// The values of the context, by key.
    values: Vec<(String, NodeId)>,
    /// What the context holds, if it is not written out.
    other: Option<Type>,
    /// It may hold more.
    is_open: bool,
}

impl Rendering {
    /// Of a call of `django.shortcuts.render`; `None` when it does not name its template.
    pub(crate) fn of(draft: &Draft<'_>, call: NodeId) -> Option<Self> {
        let ast = draft.ast();
        let arguments = draft.arguments(call);
        let argument = |position: usize, wanted: &str| {
            let by_name = arguments
                .iter()
                .find(|(name, _)| *name == Some(wanted))
                .map(|(_, value)| *value);
            let by_position = || {
                arguments
                    .get(position)
                    .filter(|(name, _)| name.is_none())
                    .map(|(_, value)| *value)
            };
            by_name.or_else(by_position)
        };
        let starred = arguments.iter().any(|&(name, value)| {
            name == Some("using")
                || matches!(ast.kind(value), Kind::ListSplat | Kind::DictionarySplat)
        });
        let name = text_of(draft, argument(1, "template_name")?).filter(|_| !starred)?;
        let mut rendering = Self {
            name,
            values: Vec::new(),
            other: None,
            is_open: false,
        };
        let Some(context) = argument(2, "context") else {
            return Some(rendering);
        };
        match ast.kind(context) {
            Kind::Dictionary => {
                for part in ast.children(context) {
                    let pair = ast
                        .child(part, Field::Key)
                        .zip(ast.child(part, Field::Value));
                    match pair.and_then(|(key, value)| Some((text_of(draft, key)?, value))) {
                        Some(pair) => rendering.values.push(pair),
                        None if ast.kind(part) == Kind::Comment => {}
                        None => {
                            // It may stand for what was there before, too.
                            rendering.values.clear();
                            rendering.is_open = true;
                        }
                    }
                }
            }
            Kind::None => {}
            _ => {
                let known = draft.type_of(context);
                let is_closed = is_local(draft, context)
                    && matches!(known, Type::Mapping(mapping) if mapping.rest().is_none());
                rendering.other = Some(known.clone());
                rendering.is_open = !is_closed;
            }
        }
        Some(rendering)
    }

    /// What the template asks, the querysets of `listed` being lists; `None` when it is not at hand.
    pub(crate) fn read(&self, draft: &Draft<'_>, listed: &[NodeId]) -> Option<Reading> {
        let mut context = HashMap::new();
        if let Some(Type::Mapping(mapping)) = &self.other {
            for (name, kind) in mapping.entries() {
                context.insert(name.to_owned(), kind.clone());
            }
        }
        for (key, value) in &self.values {
            let kind = draft.type_of(*value);
            let kind = match listed.contains(value) {
                true => Type::sequence(kind.element()),
                false => kind.clone(),
            };
            context.insert(key.clone(), kind);
        }
        let mut reading = read(draft, &self.name, &context, self.is_open)?;
        // What else changes a dictionary may change what is known of it.
        reading.is_partial |= self.is_open && self.other.is_some();
        Some(reading)
    }

    /// The values that are querysets and may be lists as well, and how sure that is.
    pub(crate) fn querysets(&self, draft: &Draft<'_>) -> (Vec<NodeId>, Evidence) {
        let template = draft.analysis.world.template(&self.name);
        let mut evidence = Evidence::Proven;
        let values = self
            .values
            .iter()
            .filter(|(key, value)| {
                let Type::QuerySet(queryset) = draft.type_of(*value) else {
                    return false;
                };
                let is_taken = !queryset.is_raw
                    && queryset.evidence != Evidence::Possible
                    && can_be_listed(draft, *value)
                    && template.is_none_or(|(_, template)| is_list_like(template, key));
                if is_taken {
                    evidence = evidence.min(queryset.evidence);
                }
                is_taken
            })
            .map(|(_, value)| *value)
            .collect();
        let reaches_out = template.is_none_or(|(_, template)| {
            template.steps.iter().any(|step| {
                matches!(
                    step.action,
                    Action::Extends(_) | Action::Include { .. } | Action::Unknown(_)
                )
            })
        });
        if reaches_out {
            evidence = evidence.min(Evidence::Evident);
        }
        (values, evidence)
    }
}

/// True when a template does nothing with a name but what a list allows as well.
fn is_list_like(template: &Template, name: &str) -> bool {
    let is_name = |path: &[String]| path.first().is_some_and(|first| first == name);
    let reads_more = |expression: &Expression| {
        let arguments = expression.filters.iter().map(|(_, argument)| argument);
        std::iter::once(&expression.path)
            .chain(arguments)
            .any(|path| {
                is_name(path)
                    && path
                        .get(1)
                        .is_some_and(|next| next.parse::<usize>().is_err())
            })
    };
    template.steps.iter().all(|step| match &step.action {
        Action::Print(expression) => {
            // A queryset is printed as `<QuerySet […]>`.
            let shows = expression.filters.first().is_none_or(|(filter, _)| {
                !matches!(
                    filter.as_str(),
                    "length" | "join" | "first" | "last" | "yesno" | "pluralize"
                )
            });
            let is_printed = is_name(&expression.path) && expression.path.len() == 1 && shows;
            !is_printed && !reads_more(expression)
        }
        Action::Read(expression) | Action::For(_, expression) => !reads_more(expression),
        Action::With(pairs) | Action::Include { with: pairs, .. } => pairs
            .iter()
            .all(|(_, expression)| !is_name(&expression.path)),
        _ => true,
    })
}

/// True for a variable of the function that nothing but its own statements changes: it is given to nobody else.
fn is_local(draft: &Draft<'_>, context: NodeId) -> bool {
    let ast = draft.ast();
    let (Some(definition), Kind::Identifier) = (draft.definition(), ast.kind(context)) else {
        return false;
    };
    let name = draft.text(context);
    ast.subtree(definition.statement)
        .filter(|&node| ast.kind(node) == Kind::Identifier && draft.text(node) == name)
        .all(|node| {
            let changes = matches!(
                ast.field(node),
                Some(Field::Left | Field::Object | Field::Value | Field::Attribute | Field::Name)
            );
            let around = ast.parent(node).map(|parent| ast.kind(parent));
            node == context
                || changes
                    && matches!(
                        around,
                        Some(
                            Kind::Assignment
                                | Kind::AugmentedAssignment
                                | Kind::Subscript
                                | Kind::Attribute
                                | Kind::KeywordArgument
                        )
                    )
                    // `other = context`
                    && !(around == Some(Kind::KeywordArgument) && ast.field(node) == Some(Field::Value))
        })
}

fn text_of(draft: &Draft<'_>, node: NodeId) -> Option<String> {
    let ast = draft.ast();
    if ast.kind(node) != Kind::String || ast.child_of_kind(node, Kind::Interpolation).is_some() {
        return None;
    }
    let text = draft.text(node);
    let quote = text.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let inner = text.strip_prefix(quote)?.strip_suffix(quote)?;
    (!inner.contains(['\\', quote])).then(|| inner.to_owned())
}
