//! Which functions of the project are middleware, and which of them can have an async form.

use unblocked_analyzer::{Analysis, Base, ClassRef, FileFacts, FunctionRef};
use unblocked_django::BaseKind;
use unblocked_syntax::{Field, Kind, NodeId};

use super::{ASYNC_CALL, HOOKS, Middleware, async_hook, locals};
use crate::because::Because;
use crate::draft::Cannot;
use crate::plan::decoration::{Decoration, Wrapper, decoration};

/// The hooks that Django calls itself, and awaits when they are async.
const AWAITED: [&str; 2] = ["process_view", "process_template_response"];

/// A function of middleware that has a synchronous form alone.
pub(in crate::plan) struct Found {
    pub(in crate::plan) kind: Middleware,
    pub(in crate::plan) function: FunctionRef,
    /// What wraps the response; `None` for what becomes async itself. Or what keeps it as it is.
    pub(in crate::plan) wrapper: Result<Option<Wrapper>, Cannot>,
}

/// All middleware of the project that has a synchronous form alone.
pub(in crate::plan) fn find(analysis: &Analysis<'_>) -> Vec<Found> {
    let mut found = Vec::new();
    for (file, facts) in analysis.world.files.iter().enumerate() {
        let text = facts.text();
        let is_telling = ["get_response", "def process_", "def __call__"];
        if !is_telling.iter().any(|word| text.contains(word)) {
            continue;
        }
        for (index, function) in facts.functions.iter().enumerate() {
            let is_maker = function.class.is_none()
                && function.parent.is_none()
                && function.decorators.is_empty()
                && matches!(&*function.params, [only] if only.name == "get_response");
            if !is_maker {
                continue;
            }
            let maker = FunctionRef { file, index };
            if let Ok(Decoration::Wraps(wrapper)) = decoration(analysis, maker, false) {
                found.push(Found {
                    kind: Middleware::Function(maker),
                    function: wrapper.function,
                    wrapper: check(analysis, file, &[maker]).map(|()| Some(wrapper)),
                });
            }
        }
        for index in 0..facts.classes.len() {
            of_class(analysis, facts, ClassRef { file, index }, &mut found);
        }
    }
    found
}

/// A thread-local that is set in middleware is not seen by an async view: the thread is another one then.
fn check(analysis: &Analysis<'_>, file: usize, functions: &[FunctionRef]) -> Result<(), Cannot> {
    if locals::has(analysis, file) {
        return Err(Cannot::of(
            Because::MiddlewareForm,
            "its module uses `threading.local`, which code on the event loop shares between requests (use a `ContextVar`)",
        ));
    }
    if let Some(function) = locals::reached(analysis, functions) {
        let name = analysis
            .world
            .function(function)
            .map_or("", |one| &one.name);
        return Err(Cannot::of(
            Because::MiddlewareForm,
            format!(
                "`{name}` uses a `threading.local`, which code on the event loop shares between requests (use a `ContextVar`)"
            ),
        ));
    }
    Ok(())
}

/// What a class has of middleware.
fn of_class(analysis: &Analysis<'_>, facts: &FileFacts, class: ClassRef, found: &mut Vec<Found>) {
    let Some(definition) = facts.classes.get(class.index) else {
        return;
    };
    let is_mixin = analysis
        .world
        .base_kinds(class)
        .any(|kind| kind == BaseKind::Middleware);
    let own = |name: &str| {
        let index = *definition.methods.get(name)?;
        let function = FunctionRef {
            file: class.file,
            index,
        };
        facts
            .functions
            .get(index)
            .filter(|method| !method.is_async)
            .map(|_| function)
    };
    let check = || {
        check(
            analysis,
            class.file,
            &locals::methods(&analysis.world, class),
        )
    };
    let mut is_known = is_mixin;
    if let Some((keeps, call)) = answers(facts, class, is_mixin) {
        is_known = true;
        let wrapper = check()
            .and_then(|()| overrides_none(analysis, class))
            .and(keeps)
            .and_then(|keeps| Ok((keeps, followed(facts, class, keeps, call)?)));
        let kept = wrapper.as_ref().map_or(None, |(keeps, _)| *keeps);
        found.push(Found {
            kind: Middleware::Class(class, kept),
            function: FunctionRef {
                file: class.file,
                index: call,
            },
            wrapper: wrapper.map(|(_, wrapper)| Some(wrapper)),
        });
    } else if is_mixin && !definition.methods.contains_key(ASYNC_CALL) {
        for function in HOOKS.iter().filter_map(|name| own(name)) {
            let wrapper = check().and_then(|()| hook(analysis, class, function));
            found.push(Found {
                kind: Middleware::Hook(class),
                function,
                wrapper: wrapper.map(Some),
            });
        }
    }
    if is_known {
        for function in AWAITED.iter().filter_map(|name| own(name)) {
            found.push(Found {
                kind: Middleware::Awaited,
                function,
                wrapper: check()
                    .and_then(|()| plain(facts, function))
                    .and_then(|()| is_djangos_alone(analysis, class, function))
                    .map(|()| None),
            });
        }
    }
}

/// A `__call__` that is no other one's in the project: `super().__acall__` would go past that, were it left as it is.
fn overrides_none(analysis: &Analysis<'_>, class: ClassRef) -> Result<(), Cannot> {
    let world = &analysis.world;
    let overridden = world
        .project_ancestors(class)
        .filter_map(|base| world.class(base))
        .find(|base| base.methods.contains_key("__call__"));
    if let Some(base) = overridden {
        return Err(Cannot::of(
            Because::MiddlewareForm,
            format!("`{}` has a `__call__` as well", base.name),
        ));
    }
    // It would say of itself that it answers both ways, as it inherits that.
    let mut heirs = world.descendants(class).iter();
    let heir = heirs.find_map(|&heir| {
        let heir = world.class(heir)?;
        let mut own = ["__call__", "__init__", ASYNC_CALL].into_iter();
        let own = own.find(|name| heir.methods.contains_key(*name))?;
        Some((&heir.name, own))
    });
    match heir {
        Some((heir, own)) => Err(Cannot::of(
            Because::MiddlewareForm,
            format!("`{heir}` derives from it, and has a synchronous `{own}` of its own"),
        )),
        None => Ok(()),
    }
}

/// A method that nothing calls but Django as it handles a request, which awaits it.
fn is_djangos_alone(
    analysis: &Analysis<'_>,
    class: ClassRef,
    function: FunctionRef,
) -> Result<(), Cannot> {
    let world = &analysis.world;
    let Some(method) = world.function(function) else {
        return Err(Cannot::of(Because::NotAtHand, "it is not at hand"));
    };
    let kin = world.kin(class);
    let other = kin
        .iter()
        .filter(|&&one| one != class)
        .filter_map(|&one| world.class(one))
        .find(|other| other.methods.contains_key(&*method.name));
    if let Some(other) = other {
        return Err(Cannot::of(
            Because::MiddlewareForm,
            format!("`{}` has a `{}` as well", other.name, method.name),
        ));
    }
    let is_called = analysis
        .files
        .iter()
        .any(|found| found.calls.iter().any(|call| call.callee == function));
    if is_called {
        return Err(Cannot::of(
            Because::MiddlewareForm,
            "code of the project calls it as well, synchronously",
        ));
    }
    // The decorator that is made of it calls it synchronously.
    let is_decorator = kin.iter().filter_map(|&one| world.class(one)).any(|one| {
        world
            .files
            .iter()
            .any(|facts| makes_decorator(facts, &one.name))
    });
    match is_decorator {
        true => Err(Cannot::of(
            Because::MiddlewareForm,
            "a decorator is made of its class, which calls it synchronously",
        )),
        false => Ok(()),
    }
}

/// True when a file makes a decorator of a middleware class of that name.
fn makes_decorator(facts: &FileFacts, class: &str) -> bool {
    let ast = facts.ast();
    facts.text().contains("decorator_from_middleware")
        && ast.ids().any(|node| {
            let called = ast
                .child(node, Field::Function)
                .filter(|_| ast.kind(node) == Kind::Call)
                .map_or("", |function| facts.source(function));
            called.contains("decorator_from_middleware")
                && ast
                    .child(node, Field::Arguments)
                    .into_iter()
                    .flat_map(|arguments| ast.children(arguments))
                    .any(|given| facts.source(given).rsplit('.').next() == Some(class))
        })
}

/// A method that Django calls by its name.
fn plain(facts: &FileFacts, function: FunctionRef) -> Result<(), Cannot> {
    match facts.functions.get(function.index) {
        Some(method) if method.decorators.is_empty() => Ok(()),
        Some(method) => Err(Cannot::of(
            Because::SyncDecorator,
            format!(
                "its decorator `{}` wraps a synchronous function",
                method
                    .decorators
                    .first()
                    .map_or("", |&decorator| facts.source(decorator))
            ),
        )),
        None => Err(Cannot::of(Because::NotAtHand, "it is not at hand")),
    }
}

/// A hook that the async form of its class can await: no other class has one that it would go past.
fn hook(
    analysis: &Analysis<'_>,
    class: ClassRef,
    function: FunctionRef,
) -> Result<Wrapper, Cannot> {
    let world = &analysis.world;
    let (Some(facts), Some(method)) = (world.file(function.file), world.function(function)) else {
        return Err(Cannot::of(Because::NotAtHand, "it is not at hand"));
    };
    plain(facts, function)?;
    let is_known = |base: &Base| match base {
        Base::Project(_) => true,
        Base::External(path) => {
            &**path == "object" || unblocked_django::base_class(path) == Some(BaseKind::Middleware)
        }
        Base::Missing(_) => false,
    };
    if !world.ancestors(class).iter().all(is_known) {
        return Err(Cannot::of(
            Because::NotAtHand,
            "its class inherits from another that is not at hand",
        ));
    }
    let kin = || {
        world
            .project_ancestors(class)
            .chain(world.descendants(class).iter().copied())
    };
    let taken = HOOKS.iter().map(|hook| async_hook(hook));
    let taken: Vec<String> = taken
        .chain(["__call__".to_owned(), ASYNC_CALL.to_owned()])
        .collect();
    for other in kin() {
        let Some(other) = world.class(other) else {
            continue;
        };
        let in_the_way = other
            .methods
            .keys()
            .find(|name| HOOKS.contains(&&***name) || taken.iter().any(|one| **one == ***name));
        if let Some(name) = in_the_way {
            return Err(Cannot::of(
                Because::MiddlewareForm,
                format!(
                    "`{}` has a `{name}`, which its async form would go past",
                    other.name
                ),
            ));
        }
    }
    let is_taken = world
        .class(class)
        .is_some_and(|own| own.methods.contains_key(&*async_hook(&method.name)));
    if is_taken {
        return Err(Cannot::of(
            Because::MiddlewareForm,
            format!("its class has a method `{}`", async_hook(&method.name)),
        ));
    }
    let ast = facts.ast();
    let answers = ast
        .subtree(method.body)
        .any(|node| ast.kind(node) == Kind::Attribute && facts.source(node) == "self.get_response");
    if answers {
        return Err(Cannot::of(
            Because::MiddlewareForm,
            "it calls what answers the request itself",
        ));
    }
    Ok(Wrapper {
        function,
        view: "self".to_owned(),
        calls: Vec::new(),
        ending: Vec::new(),
        instance: None,
    })
}

/// The `__call__` of a class that is middleware and no more, and the statement that keeps `get_response`: none where
/// `MiddlewareMixin` does. What keeps it as it is, is known of the latter.
fn answers(
    facts: &FileFacts,
    class: ClassRef,
    is_mixin: bool,
) -> Option<(Result<Option<NodeId>, Cannot>, usize)> {
    let definition = facts.classes.get(class.index)?;
    let ast = facts.ast();
    let call = *definition.methods.get("__call__")?;
    let is_aware = ast
        .subtree(definition.body)
        .any(|node| match ast.kind(node) {
            Kind::FunctionDef => {
                ast.is_async(node)
                    && !AWAITED.iter().any(|name| {
                        ast.child(node, Field::Name)
                            .is_some_and(|own| facts.source(own) == *name)
                    })
            }
            Kind::Identifier => matches!(
                facts.source(node),
                "sync_capable"
                    | "async_capable"
                    | "async_mode"
                    | "iscoroutinefunction"
                    | "markcoroutinefunction"
            ),
            _ => false,
        });
    if is_aware {
        return None;
    }
    let init = definition
        .methods
        .get("__init__")
        .and_then(|&init| facts.functions.get(init));
    let Some(init) = init else {
        return is_mixin.then_some((Ok(None), call));
    };
    let keeps = ast
        .children(init.body)
        .filter(|&statement| ast.kind(statement) == Kind::ExpressionStatement)
        .find(|&statement| {
            ast.first_child(statement).is_some_and(|assignment| {
                let part = |field| ast.child(assignment, field).map(|part| facts.source(part));
                ast.kind(assignment) == Kind::Assignment
                    && part(Field::Right) == Some("get_response")
                    && part(Field::Left).is_some_and(|left| left.starts_with("self."))
            })
        });
    let takes_response = init
        .params
        .get(1)
        .is_some_and(|param| param.name == "get_response");
    if !is_mixin {
        let is_plain = definition.bases.iter().all(|base| base == "object");
        return (is_plain && takes_response).then_some((Ok(Some(keeps?)), call));
    }
    let inherits = ast.subtree(init.body).any(|node| {
        ast.kind(node) == Kind::Attribute
            && ast
                .child(node, Field::Attribute)
                .is_some_and(|name| facts.source(name) == "__init__")
    });
    let keeps = match keeps.filter(|_| takes_response) {
        _ if inherits => Ok(None),
        Some(keeps) => Ok(Some(keeps)),
        None => Err(Cannot::of(
            Because::MiddlewareForm,
            "its `__init__` does not call `MiddlewareMixin`'s",
        )),
    };
    Some((keeps, call))
}

/// The calls of `self.get_response` and of `super().__call__` in `__call__`, when that is all that becomes of them.
fn followed(
    facts: &FileFacts,
    class: ClassRef,
    keeps: Option<NodeId>,
    call: usize,
) -> Result<Wrapper, Cannot> {
    let ast = facts.ast();
    let (Some(definition), Some(function)) =
        (facts.classes.get(class.index), facts.functions.get(call))
    else {
        return Err(Cannot::of(Because::NotAtHand, "it is not at hand"));
    };
    let kept = keeps
        .and_then(|keeps| ast.first_child(keeps))
        .and_then(|assignment| ast.child(assignment, Field::Left));
    let name = kept.map_or("self.get_response", |kept| facts.source(kept));
    if function.params.len() < 2 || !function.decorators.is_empty() {
        return Err(Cannot::of(
            Because::MiddlewareForm,
            "its `__call__` is not called as Django does",
        ));
    }
    let mut calls = Vec::new();
    for node in ast.subtree(definition.body) {
        if ast.kind(node) != Kind::Attribute
            || !(facts.source(node) == name || facts.source(node) == "super().__call__")
            || keeps.is_some_and(|keeps| ast.contains(keeps, node))
        {
            continue;
        }
        let is_called = ast.field(node) == Some(Field::Function);
        match ast
            .parent(node)
            .filter(|_| is_called && facts.owner(node) == Some(call))
        {
            Some(parent) => calls.push(parent),
            None => {
                return Err(Cannot::of(
                    Because::MiddlewareForm,
                    format!(
                        "more is done with `{}` than to call it in `__call__`",
                        facts.source(node)
                    ),
                ));
            }
        }
    }
    Ok(Wrapper {
        function: FunctionRef {
            file: class.file,
            index: call,
        },
        view: "self".to_owned(),
        calls,
        ending: Vec::new(),
        instance: None,
    })
}
