//! # tests/patched-function
//!
//! A test that patches a function which async code no longer calls, or awaits now.
//!
//! A helper that synchronous code needs too gets an async twin, and views call that: a patch of the helper does nothing to
//! them, and patches the twin instead where no synchronous code calls the helper by that name. A helper that became a coroutine
//! function is awaited: `mock.patch` makes an `AsyncMock` of it by itself, but what a test puts in its place has to be awaitable
//! as well: `Mock(…)` becomes `AsyncMock(…)`, a function its `side_effect`.
//!
//! A patch of what a module called, and has an async form of Django's in its place now (`shop.views.cache.get`), does nothing: it is told of.
//!
//! Safe; where it is not known what is put in its place, or both forms are called, manual.
//!
//! ```python before
//! from unittest import mock
//!
//!
//! def stock(pk):
//!     return Product.objects.get(pk=pk).stock
//!
//!
//! def show(request, pk):
//!     return HttpResponse(stock(pk))
//!
//!
//! def check(client):
//!     with mock.patch("views.stock", lambda pk: 3):
//!         return client.get("/show/1/")
//! ```
//! ```python after
//! from unittest import mock
//! from unittest.mock import AsyncMock
//!
//!
//! def stock(pk):
//!     return Product.objects.get(pk=pk).stock
//!
//!
//! async def astock(pk):
//!     return (await Product.objects.aget(pk=pk)).stock
//!
//!
//! async def show(request, pk):
//!     return HttpResponse(await astock(pk))
//!
//!
//! def check(client):
//!     with mock.patch("views.astock", AsyncMock(side_effect=lambda pk: 3)):
//!         return client.get("/show/1/")
//! ```

pub(crate) mod replaced;

use unblocked_analyzer::{ClassRef, Evidence, FunctionRef, Site, Symbol, Type};
use unblocked_django::docs_url;
use unblocked_syntax::{Field, Kind, NodeId};

use crate::because::Because;
use crate::draft::{Cannot, Color, Draft, Note, Outcome};
use crate::report::{Applicability, Severity};
use crate::rewrites::template;

const NAME: &str = "tests/patched-function";
const DOCS: &str = "topics/testing/tools/#testing-asynchronous-code";

/// The plan finds the patches; no site is this rule's.
pub(crate) fn rewrite(_draft: &mut Draft<'_>, _site: &Site) -> Option<Outcome> {
    None
}

/// A patch of a function of the project.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patch {
    /// Which.
    pub(crate) function: FunctionRef,
    /// The file of the module in whose names it is patched; of its class when `None`.
    pub(crate) module: Option<usize>,
    /// What names it: the content of a string, a keyword or an attribute.
    content: NodeId,
    /// What takes its place.
    stand_in: Option<StandIn>,
    /// The name serves elsewhere too, or the patch goes on calling the function.
    is_bound: bool,
}

/// What a test puts in the place of a function.
#[derive(Debug, Clone, Copy)]
enum StandIn {
    Value(NodeId),
    /// What makes it: `new_callable=Mock`.
    Made(NodeId),
}

/// The patches in a file.
pub(crate) fn find(draft: &Draft<'_>) -> Vec<Patch> {
    let ast = draft.ast();
    ast.ids()
        .flat_map(|node| match ast.kind(node) {
            Kind::Call => called(draft, node),
            Kind::Assignment => assigned(draft, node).into_iter().collect(),
            _ => Vec::new(),
        })
        .collect()
}

/// Functions of what a path or an expression stands for, by name.
enum Holder {
    Module(usize),
    Class(ClassRef),
}

impl Holder {
    fn of_path(draft: &Draft<'_>, path: &str) -> Option<Self> {
        match draft.analysis.world.resolve(path, false) {
            Symbol::Module(file) => Some(Self::Module(file)),
            Symbol::Class(class) => Some(Self::Class(class)),
            _ => None,
        }
    }

    fn of_value(draft: &Draft<'_>, node: NodeId) -> Option<Self> {
        match draft.type_of(node) {
            Type::Module(file) => Some(Self::Module(*file)),
            Type::Class(class) | Type::Object(class) => Some(Self::Class(*class)),
            _ => None,
        }
    }

    /// What names the function in a patch of it: `content`.
    fn patch(&self, draft: &Draft<'_>, name: &str, content: NodeId) -> Option<Patch> {
        let world = &draft.analysis.world;
        let (function, module) = match *self {
            Self::Module(file) => match world.global(file, name)? {
                Symbol::Function(function) => (function, Some(file)),
                _ => return None,
            },
            Self::Class(class) => (world.method(class, name)?, None),
        };
        Some(Patch {
            function,
            module,
            content,
            stand_in: None,
            is_bound: false,
        })
    }
}

/// The patches that a call makes.
fn called(draft: &Draft<'_>, call: NodeId) -> Vec<Patch> {
    let ast = draft.ast();
    let Some(called) = ast.child(call, Field::Function) else {
        return Vec::new();
    };
    let called = draft.text(called);
    let last = called.rsplit('.').next().unwrap_or_default();
    let is_patch = last == "patch" || called.ends_with("patch.object");
    let is_set = called == "setattr" || called.ends_with("monkeypatch.setattr");
    if called.ends_with("patch.multiple") {
        several(draft, call).unwrap_or_default()
    } else if is_patch || is_set || called.ends_with("mocker.spy") {
        patch(draft, call, is_set).into_iter().collect()
    } else {
        Vec::new()
    }
}

/// `patch("shop.views.stock", …)`, `patch.object(views, "stock", …)`, `monkeypatch.setattr(…)`, `mocker.spy(…)`
fn patch(draft: &Draft<'_>, call: NodeId, is_set: bool) -> Option<Patch> {
    let arguments = draft.arguments(call);
    let mut plain = arguments
        .iter()
        .filter(|(name, _)| name.is_none())
        .map(|&(_, value)| value);
    let content = |node: NodeId| draft.ast().child_of_kind(node, Kind::StringContent);
    let first = plain.next()?;
    let found = match content(first) {
        Some(content) => {
            let (holder, name) = draft.text(content).rsplit_once('.')?;
            Holder::of_path(draft, holder)?.patch(draft, name, content)?
        }
        None => {
            let content = content(plain.next()?)?;
            let holder = Holder::of_value(draft, first)?;
            holder.patch(draft, draft.text(content), content)?
        }
    };
    let named = |wanted: &str| {
        let mut named = arguments.iter().filter(|(name, _)| *name == Some(wanted));
        named.next().map(|&(_, value)| value)
    };
    let stand_in = plain
        .next()
        .or_else(|| named(if is_set { "value" } else { "new" }))
        .filter(|&value| !is_default(draft, value))
        .map(StandIn::Value)
        .or_else(|| named("new_callable").map(StandIn::Made));
    Some(Patch {
        stand_in,
        is_bound: named("wraps").is_some(),
        ..found
    })
}

/// `patch.multiple("shop.views", stock=Mock(…), price=DEFAULT)`
fn several(draft: &Draft<'_>, call: NodeId) -> Option<Vec<Patch>> {
    let ast = draft.ast();
    let arguments = draft.arguments(call);
    let (name, first) = arguments.first()?;
    let holder = match (name, ast.child_of_kind(*first, Kind::StringContent)) {
        (None, Some(content)) => Holder::of_path(draft, draft.text(content))?,
        (None, None) => Holder::of_value(draft, *first)?,
        _ => return None,
    };
    let found = arguments.iter().filter_map(|&(name, value)| {
        let keyword = ast.child(ast.parent(value)?, Field::Name)?;
        let found = holder.patch(draft, name?, keyword)?;
        let is_default = is_default(draft, value);
        Some(Patch {
            stand_in: (!is_default).then_some(StandIn::Value(value)),
            // The mock that it makes is looked up by this name.
            is_bound: is_default,
            ..found
        })
    });
    Some(found.collect())
}

/// `views.stock = lambda pk: 3`, in tests.
fn assigned(draft: &Draft<'_>, assignment: NodeId) -> Option<Patch> {
    let ast = draft.ast();
    let target = ast.child(assignment, Field::Left)?;
    let object = ast.child(target, Field::Object)?;
    let name = ast.child(target, Field::Attribute)?;
    let value = ast.child(assignment, Field::Right)?;
    let owner = draft.facts.owner(assignment);
    if !draft.suites.holds(draft.facts, draft.file_index, owner)
        || matches!(draft.type_of(object), Type::Object(_))
    {
        return None;
    }
    let found = Holder::of_value(draft, object)?.patch(draft, draft.text(name), name)?;
    Some(Patch {
        stand_in: Some(StandIn::Value(value)),
        ..found
    })
}

/// `DEFAULT`: `patch` makes a mock by itself.
fn is_default(draft: &Draft<'_>, value: NodeId) -> bool {
    draft.text(value).rsplit('.').next() == Some("DEFAULT")
}

/// Patches the twin, which async code calls.
pub(crate) fn rename(draft: &mut Draft<'_>, patch: &Patch, twin: &str) -> Outcome {
    let path = draft.text(patch.content);
    let name = match path.rsplit_once('.') {
        Some((module, _)) => format!("{module}.{twin}"),
        None => twin.to_owned(),
    };
    if patch.is_bound {
        return Err(Cannot::of(Because::TestForm, "the patch needs its name"));
    }
    make_awaitable(draft, patch)?;
    draft.rewrites.replace(patch.content, template![name]);
    draft.changed(
        NAME,
        patch.content,
        Evidence::Proven,
        format!("`{path}` is patched, and async code calls its async twin now"),
        format!("the twin `{twin}` is patched"),
        DOCS,
    );
    Ok(())
}

/// Makes what takes the place of a coroutine function awaitable.
pub(crate) fn stand_in(draft: &mut Draft<'_>, patch: &Patch) -> Outcome {
    if !make_awaitable(draft, patch)? {
        return Ok(());
    }
    let path = draft.text(patch.content);
    draft.changed(
        NAME,
        patch.content,
        Evidence::Proven,
        format!("`{path}` is a coroutine function now, and awaited: what is put in its place has to be awaitable"),
        "`AsyncMock` takes its place",
        DOCS,
    );
    Ok(())
}

/// What is to be done where both forms are called, or where it is not known what takes the place of one.
pub(crate) fn report(draft: &mut Draft<'_>, patch: &Patch, twin: Option<&str>) {
    let path = draft.text(patch.content);
    let (message, help) = match twin {
        Some(twin) => (
            format!(
                "`{path}` is patched, and async code calls its async twin now: the patch does nothing to that"
            ),
            format!(
                "patch the twin (`{twin}`) as well: `mock.patch` makes an `AsyncMock` of it"
            ),
        ),
        None => (
            format!(
                "`{path}` is a coroutine function now, and awaited: what is put in its place has to be awaitable"
            ),
            "leave the replacement to `mock.patch`, which makes an `AsyncMock`, or give it an `async def`"
                .to_owned(),
        ),
    };
    let docs = docs_url(draft.target(), DOCS);
    draft.note(Note {
        rule: NAME,
        node: patch.content,
        severity: Severity::Warning,
        applicability: Applicability::Manual,
        message,
        help: Some(help),
        docs_url: Some(docs),
    });
}

/// Gives true when something had to change.
fn make_awaitable(draft: &mut Draft<'_>, patch: &Patch) -> Result<bool, Cannot> {
    match patch.stand_in {
        None => Ok(false),
        Some(StandIn::Made(class)) => renamed(draft, class),
        Some(StandIn::Value(value)) => awaitable(draft, value),
    }
}

fn awaitable(draft: &mut Draft<'_>, value: NodeId) -> Result<bool, Cannot> {
    let ast = draft.ast();
    let unknown = || Cannot::of(Because::TestForm, "nothing tells what takes its place");
    match (ast.kind(value), draft.type_of(value)) {
        (Kind::Call, _) => {
            let function = ast.child(value, Field::Function).ok_or_else(unknown)?;
            if draft.text(function).ends_with("create_autospec") {
                let arguments = draft.arguments(value);
                let spec = arguments.first().map(|&(_, spec)| spec);
                return match spec.is_some_and(|spec| is_coroutine_function(draft, spec)) {
                    true => Ok(false),
                    false => Err(unknown()),
                };
            }
            renamed(draft, function)
        }
        (_, Type::Function(_) | Type::Method(_)) => {
            let is_async = is_coroutine_function(draft, value);
            if !is_async {
                as_side_effect(draft, value)?;
            }
            Ok(!is_async)
        }
        (Kind::Lambda, _) => {
            as_side_effect(draft, value)?;
            Ok(true)
        }
        (kind @ (Kind::Identifier | Kind::Attribute), _) => {
            // `fake = Mock(…)`, once in the same function; `self.original = views.stock`, once.
            let owner = draft.facts.owner(value);
            let name = draft.text(value);
            let mut made = ast.ids().filter(|&node| {
                ast.kind(node) == Kind::Assignment
                    && (kind == Kind::Attribute || draft.facts.owner(node) == owner)
                    && ast
                        .child(node, Field::Left)
                        .is_some_and(|left| draft.text(left) == name)
            });
            match (made.next(), made.next()) {
                (Some(only), None) => {
                    let right = ast.child(only, Field::Right).ok_or_else(unknown)?;
                    match ast.kind(right) {
                        Kind::Call | Kind::Lambda => awaitable(draft, right),
                        _ if is_coroutine_function(draft, right) => Ok(false),
                        _ => Err(unknown()),
                    }
                }
                _ => Err(unknown()),
            }
        }
        _ => Err(unknown()),
    }
}

/// True for a function of the project that is async, or becomes so.
fn is_coroutine_function(draft: &Draft<'_>, value: NodeId) -> bool {
    match draft.type_of(value) {
        Type::Function(function) | Type::Method(function) => {
            draft.colors.get(function) == Some(&Color::Convert)
                || draft
                    .analysis
                    .world
                    .function(*function)
                    .is_some_and(|function| function.is_async)
        }
        _ => false,
    }
}

fn as_side_effect(draft: &mut Draft<'_>, value: NodeId) -> Outcome {
    let mock = draft.need("unittest.mock", "AsyncMock")?;
    draft
        .rewrites
        .wrap(value, &format!("{mock}(side_effect="), ")");
    Ok(())
}

/// `Mock`, `mock.MagicMock` → `AsyncMock`, `mock.AsyncMock`
fn renamed(draft: &mut Draft<'_>, class: NodeId) -> Result<bool, Cannot> {
    let ast = draft.ast();
    let text = draft.text(class);
    match text.rsplit('.').next().unwrap_or_default() {
        "AsyncMock" => return Ok(false),
        "Mock" | "MagicMock" | "NonCallableMock" => {}
        _ => {
            return Err(Cannot::of(
                Because::TestForm,
                "nothing tells what takes its place",
            ));
        }
    }
    match ast.child(class, Field::Attribute) {
        Some(name) => draft.rewrites.replace(name, template!["AsyncMock"]),
        None => {
            let name = draft.need("unittest.mock", "AsyncMock")?;
            draft.rewrites.replace(class, template![name]);
        }
    }
    Ok(true)
}

#[cfg(test)]
mod tests;
