//! `method_decorator` on classes and methods.

use unblocked_analyzer::{Analysis, ClassRef, FileFacts, Type};
use unblocked_django::{Decorator, canonical, decorator};
use unblocked_syntax::{Field, Kind, NodeId};

use crate::options::Options;
use crate::plan::{Wrapper, check_decorator};

/// `django.utils.decorators.method_decorator`
const METHOD_DECORATOR: &str = "django.utils.decorators.method_decorator";

/// A `@method_decorator(…)`.
pub(crate) struct MethodDecorator {
    /// The decorators that it puts on the method, outermost first.
    pub(crate) decorators: Vec<NodeId>,
    /// `name="dispatch"`
    pub(crate) name: Option<String>,
}

/// Reads a decorator expression; `None` when it is no `method_decorator` that can be followed.
pub(crate) fn method_decorator(
    analysis: &Analysis<'_>,
    file: usize,
    node: NodeId,
) -> Option<MethodDecorator> {
    let facts = analysis.world.file(file)?;
    let types = analysis.files.get(file)?;
    let ast = facts.ast();
    let function = ast.child(node, Field::Function)?;
    let is_it = match types.type_of(function) {
        Type::Path(path) => canonical(path) == METHOD_DECORATOR,
        Type::Undefined(name) => &**name == "method_decorator",
        _ => false,
    };
    if !is_it {
        return None;
    }
    let mut decorators = Vec::new();
    let mut name = None;
    for (position, argument) in ast.children(ast.child(node, Field::Arguments)?).enumerate() {
        let (keyword, value) = match ast.kind(argument) {
            Kind::KeywordArgument => (
                ast.child(argument, Field::Name)
                    .map(|name| facts.source(name)),
                ast.child(argument, Field::Value)?,
            ),
            _ => (None, argument),
        };
        match (keyword, position) {
            (Some("name"), _) | (None, 1) => name = Some(string(facts, value)?),
            (Some("decorator"), _) | (None, 0) => match ast.kind(value) {
                Kind::List | Kind::Tuple => decorators.extend(ast.children(value)),
                _ => decorators.push(value),
            },
            _ => return None,
        }
    }
    Some(MethodDecorator { decorators, name })
}

fn string(facts: &FileFacts, node: NodeId) -> Option<String> {
    let text = facts.source(node);
    let inner = text
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
        .or_else(|| {
            text.strip_prefix('\'')
                .and_then(|rest| rest.strip_suffix('\''))
        })?;
    Some(inner.to_owned())
}

/// The function or class that a decorator expression names, called or not.
pub(crate) fn head(facts: &FileFacts, node: NodeId) -> NodeId {
    let ast = facts.ast();
    let mut head = node;
    while ast.kind(head) == Kind::Call
        && let Some(function) = ast.child(head, Field::Function)
    {
        head = function;
    }
    head
}

/// Decorators that neither look at the response nor answer themselves, so that a coroutine passes through them.
fn passes_through(decorator: &Decorator) -> bool {
    matches!(
        decorator.path,
        "django.views.decorators.csrf.csrf_exempt"
            | "django.db.transaction.non_atomic_requests"
            | "django.contrib.auth.decorators.login_not_required"
            | "django.views.decorators.debug.sensitive_post_parameters"
    )
}

/// The expressions that decorate a class.
fn on_class(facts: &FileFacts, class: ClassRef) -> Vec<NodeId> {
    let ast = facts.ast();
    let decorated = facts
        .classes
        .get(class.index)
        .and_then(|class| ast.parent(class.node))
        .filter(|&parent| ast.kind(parent) == Kind::Decorated);
    decorated
        .into_iter()
        .flat_map(|decorated| ast.children(decorated))
        .filter(|&child| ast.kind(child) == Kind::Decorator)
        .filter_map(|decorator| ast.first_child(decorator))
        .collect()
}

/// What the decorators of a class need for async handlers.
#[derive(Default)]
pub(crate) struct OnClass {
    /// Its `dispatch` has to be async for them.
    pub(crate) needs_dispatch: bool,
    /// What wraps its methods in decorators of the project.
    pub(crate) wrappers: Vec<Wrapper>,
}

/// Checks the decorators of a class against async handlers.
pub(crate) fn of_class(
    analysis: &Analysis<'_>,
    options: &Options,
    class: ClassRef,
) -> Result<OnClass, String> {
    let mut on_class = OnClass::default();
    let (Some(facts), Some(types)) = (
        analysis.world.file(class.file),
        analysis.files.get(class.file),
    ) else {
        return Ok(on_class);
    };
    let name = facts
        .classes
        .get(class.index)
        .map_or("", |class| &*class.name);
    for node in self::on_class(facts, class) {
        let Some(found) = method_decorator(analysis, class.file, node) else {
            return Err(format!(
                "the decorator `{}` of `{name}` may not know async handlers",
                facts.source(head(facts, node))
            ));
        };
        let is_dispatch = found.name.as_deref() == Some("dispatch");
        for decorated in found.decorators {
            let head = head(facts, decorated);
            let passes = match types.type_of(head) {
                Type::Path(path) => decorator(path).is_some_and(passes_through),
                _ => false,
            };
            if is_dispatch && passes {
                continue;
            }
            let wrappers = check_decorator(analysis, options, class.file, decorated, !is_dispatch)
                .map_err(|refusal| {
                    format!(
                        "the decorator `{}` of `{name}` {}",
                        refusal.name, refusal.why
                    )
                })?;
            on_class.wrappers.extend(wrappers);
            on_class.needs_dispatch |= is_dispatch;
        }
    }
    Ok(on_class)
}
