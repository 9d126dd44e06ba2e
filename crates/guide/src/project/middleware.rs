//! The middleware that the settings list, and how each stands async views.

use unblocked_analyzer::{Analysis, FileFacts, FunctionRef, Symbol};
use unblocked_syntax::{Field, Kind, NodeId};

use super::settings::{Settings, place};
use crate::data::Place;

/// How a middleware stands async views.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Django's own: works in both, hops to a thread for its hooks.
    Django,
    /// Django's own, and natively async from this target on.
    Native,
    /// Says itself that it works in both, rightly.
    Both,
    /// Synchronous: Django runs it in a thread, for the whole request.
    Sync,
    /// Works in async code only.
    AsyncOnly,
    /// It will fail, or misbehave: why.
    Broken(&'static str),
    /// Its code is not at hand.
    Unknown,
}

/// A middleware.
#[derive(Debug, Clone)]
pub(crate) struct Middleware {
    pub(crate) path: String,
    pub(crate) standing: Standing,
    /// Where the settings list it; where it is defined, for code that no settings list.
    pub(crate) listed: Place,
    /// Where it is defined.
    pub(crate) defined: Option<Place>,
}

/// The middleware at hand, in the order of `MIDDLEWARE`.
pub(crate) fn find(
    analysis: &Analysis<'_>,
    settings: &Settings<'_>,
    native_remote_user: bool,
) -> Vec<Middleware> {
    let Some(found) = settings
        .all("MIDDLEWARE")
        .max_by_key(|found| found.item.texts().len())
    else {
        return Vec::new();
    };
    found
        .item
        .texts()
        .into_iter()
        .map(|(path, span)| {
            let (standing, defined) = standing(analysis, path, native_remote_user);
            Middleware {
                path: path.to_owned(),
                standing,
                listed: place(found.file.facts, span),
                defined,
            }
        })
        .collect()
}

fn standing(
    analysis: &Analysis<'_>,
    path: &str,
    native_remote_user: bool,
) -> (Standing, Option<Place>) {
    if path.starts_with("django.") {
        let is_native = native_remote_user && path.contains("RemoteUserMiddleware");
        return (
            if is_native {
                Standing::Native
            } else {
                Standing::Django
            },
            None,
        );
    }
    let world = &analysis.world;
    match world.resolve(path, false) {
        Symbol::Class(class) => {
            let (Some(facts), Some(definition)) = (world.file(class.file), world.class(class))
            else {
                return (Standing::Unknown, None);
            };
            let at = facts
                .ast()
                .child(definition.node, Field::Name)
                .unwrap_or(definition.node);
            (
                class_standing(facts, definition.node),
                Some(place(facts, facts.ast().span(at))),
            )
        }
        Symbol::Function(FunctionRef { file, index }) => {
            let found = world
                .file(file)
                .and_then(|facts| Some((facts, facts.functions.get(index)?)));
            let Some((facts, definition)) = found else {
                return (Standing::Unknown, None);
            };
            let at = facts
                .ast()
                .child(definition.node, Field::Name)
                .unwrap_or(definition.node);
            (
                function_standing(
                    facts,
                    definition.node,
                    &definition.decorators,
                    definition.is_async,
                ),
                Some(place(facts, facts.ast().span(at))),
            )
        }
        _ => (Standing::Unknown, None),
    }
}

/// What a class says of itself: `sync_capable`, `async_capable`, the form of `__call__`, the coroutine mark, its hooks.
pub(crate) fn class_standing(facts: &FileFacts, class: NodeId) -> Standing {
    let ast = facts.ast();
    let mut flags = [None, None];
    let mut is_marked = false;
    let mut has_async_call = false;
    let mut has_async_hook = false;
    for node in ast.subtree(class) {
        match ast.kind(node) {
            Kind::Assignment => {
                let (Some(left), Some(right)) =
                    (ast.child(node, Field::Left), ast.child(node, Field::Right))
                else {
                    continue;
                };
                let names = facts.source(node);
                for (slot, name) in flags.iter_mut().zip(["sync_capable", "async_capable"]) {
                    // `sync_capable = async_capable = True` nests.
                    if facts.source(left) == name {
                        *slot = Some(
                            !names.trim_end().ends_with("False")
                                && !facts.source(right).starts_with("False"),
                        );
                    }
                }
            }
            Kind::Call | Kind::Identifier => {
                is_marked |= facts.source(node).starts_with("markcoroutinefunction")
                    || facts.source(node).starts_with("_is_coroutine");
            }
            Kind::Attribute => is_marked |= facts.source(node).ends_with("._is_coroutine"),
            Kind::FunctionDef if ast.is_async(node) => {
                let name = ast
                    .child(node, Field::Name)
                    .map_or("", |name| facts.source(name));
                has_async_call |= name == "__call__";
                has_async_hook |= matches!(name, "process_request" | "process_response");
            }
            _ => {}
        }
    }
    let is_mixin = ast
        .child(class, Field::Superclasses)
        .is_some_and(|bases| facts.source(bases).contains("MiddlewareMixin"));
    if is_mixin && has_async_hook {
        return Standing::Broken(
            "`async def process_request` or `process_response` under `MiddlewareMixin` raises `TypeError: sync_to_async can only be applied to sync functions.`",
        );
    }
    if is_mixin {
        return Standing::Django;
    }
    let [sync_capable, async_capable] = flags;
    let sync_capable = sync_capable.unwrap_or(true);
    let async_capable = async_capable.unwrap_or(false);
    match (sync_capable, async_capable) {
        (true, false) if has_async_call => Standing::Broken(
            "`async def __call__` without `async_capable = True`, `sync_capable = False` and `markcoroutinefunction(self)`: Django takes it for synchronous code, and every request fails with `AttributeError: 'coroutine' object has no attribute '_resource_closers'`",
        ),
        (false, true) if !is_marked => Standing::Broken(
            "it says that it is async only, but is not marked with `markcoroutinefunction(self)`: exceptions escape it, and middleware outside it gets a coroutine in place of a response",
        ),
        (true, true) if has_async_call => Standing::Broken(
            "it claims `sync_capable`, but its `__call__` is async: it breaks under WSGI and above synchronous middleware",
        ),
        (true, true) => Standing::Both,
        (false, true) => Standing::AsyncOnly,
        _ => Standing::Sync,
    }
}

fn function_standing(
    facts: &FileFacts,
    function: NodeId,
    decorators: &[NodeId],
    is_async: bool,
) -> Standing {
    let ast = facts.ast();
    let decorated = |name: &str| {
        decorators
            .iter()
            .any(|&node| facts.source(node).contains(name))
    };
    if decorated("sync_and_async_middleware") {
        Standing::Both
    } else if decorated("async_only_middleware") {
        Standing::AsyncOnly
    } else if is_async
        || ast
            .subtree(function)
            .skip(1)
            .any(|node| ast.kind(node) == Kind::FunctionDef && ast.is_async(node))
    {
        Standing::Broken(
            "its factory gives an async function, but does not say so: decorate it with `@async_only_middleware` or `@sync_and_async_middleware`",
        )
    } else {
        Standing::Sync
    }
}
