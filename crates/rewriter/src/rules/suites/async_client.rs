//! # tests/async-client
//!
//! With `--tests convert`, a test that asks views becomes async and asks through `self.async_client`.
//!
//! Django's synchronous client drives async views, inside of the test's transaction, so tests go on working as they are and
//! stay so by default. An async test sees the same rows and is rolled back too. In it the synchronous client and the ORM
//! raise: the client is `async_client`, queries are awaited, helpers that query run in Django's thread. `setUp` and
//! `setUpTestData` stay synchronous, as Django never awaits them; who is logged in there is logged in for both clients.
//!
//! What works in synchronous tests only keeps its test: `assertNumQueries`, `assertRedirects` (it fetches through the
//! synchronous client), `captureOnCommitCallbacks` (it records nothing), `client.session`, rows in `response.context`, and whatever nobody
//! knows. `aforce_login` and the like came with Django 5.0; `follow=True` works from there on as well.
//!
//! Safe.
//!
//! ```python before convert-tests
//! from django.test import TestCase
//!
//!
//! def show(request, pk):
//!     return JsonResponse({"name": get_object_or_404(Product, pk=pk).name})
//!
//!
//! class ShowTests(TestCase):
//!     def test_show(self):
//!         product = Product.objects.create(name="Saw", price=1)
//!         response = self.client.get(f"/products/{product.pk}/")
//!         self.assertEqual(response.json(), {"name": "Saw"})
//! ```
//! ```python after
//! from django.shortcuts import aget_object_or_404
//! from django.test import TestCase
//!
//!
//! async def show(request, pk):
//!     return JsonResponse({"name": (await aget_object_or_404(Product, pk=pk)).name})
//!
//!
//! class ShowTests(TestCase):
//!     async def test_show(self):
//!         product = await Product.objects.acreate(name="Saw", price=1)
//!         response = await self.async_client.get(f"/products/{product.pk}/")
//!         self.assertEqual(response.json(), {"name": "Saw"})
//! ```

use unblocked_analyzer::{
    Analysis, Base, ClassRef, Evidence, FileFacts, Function, FunctionRef, Site, Type,
};
use unblocked_django::{DjangoVersion, canonical};
use unblocked_syntax::{Field, Kind, NodeId};

use crate::because::Because;
use crate::draft::{Cannot, Draft, Outcome};
use crate::rewrites::template;

const NAME: &str = "tests/async-client";
const DOCS: &str = "topics/testing/tools/#testing-asynchronous-code";

/// The first Django whose client logs in by coroutines, and follows redirects in async tests.
const LOGIN_SINCE: DjangoVersion = DjangoVersion::new(5, 0);

const REQUESTS: &[&str] = &[
    "get", "post", "put", "patch", "delete", "head", "options", "trace",
];
const LOGINS: &[&str] = &["force_login", "login", "logout"];

/// Assertions that work in synchronous tests only, or evaluate what they are given.
const SYNC_ONLY: &[&str] = &[
    "assertFormError",
    "assertFormSetError",
    "assertFormsetError",
    "assertNumQueries",
    "assertQuerySetEqual",
    "assertQuerysetEqual",
    "assertRedirects",
    "captureOnCommitCallbacks",
    "fail_unless",
];

/// Methods of what nobody knows that ask nothing, by their names.
const HARMLESS: &[&str] = &[
    "append",
    "decode",
    "encode",
    "endswith",
    "has_header",
    "isoformat",
    "join",
    "json",
    "lower",
    "replace",
    "split",
    "startswith",
    "strip",
    "upper",
];

/// Decorators of tests that work on coroutine functions.
const DECORATORS: &[&str] = &[
    "modify_settings",
    "override_settings",
    "patch",
    "skip",
    "skipIf",
    "skipUnless",
    "tag",
];

/// The plan decides about tests; no site is this rule's.
pub(crate) fn rewrite(_draft: &mut Draft<'_>, _site: &Site) -> Option<Outcome> {
    None
}

/// True for a synchronous test of one of Django's test cases that asks views through its client.
pub(crate) fn is_test(analysis: &Analysis<'_>, function: FunctionRef) -> bool {
    let world = &analysis.world;
    let (Some(facts), Some(definition)) = (world.file(function.file), world.function(function))
    else {
        return false;
    };
    let Some(index) = definition.class else {
        return false;
    };
    let class = ClassRef {
        file: function.file,
        index,
    };
    !definition.is_async
        && definition.name.starts_with("test")
        && facts.source(definition.body).contains("self.client.")
        && is_of_django(analysis, class)
}

/// True for a test case of Django's whose tests may be coroutines, and that has an async client.
fn is_of_django(analysis: &Analysis<'_>, class: ClassRef) -> bool {
    let mut is_of_django = false;
    for base in analysis.world.ancestors(class) {
        match base {
            Base::Project(_) => {}
            Base::External(path) => match canonical(path) {
                "django.test.TestCase"
                | "django.test.SimpleTestCase"
                | "django.test.TransactionTestCase" => is_of_django = true,
                _ => return false,
            },
            Base::Missing(_) => return false,
        }
    }
    is_of_django
}

/// What keeps a test synchronous, as far as its definition and its class tell.
pub(crate) fn check(analysis: &Analysis<'_>, function: FunctionRef) -> Outcome {
    let world = &analysis.world;
    let (Some(facts), Some(definition)) = (world.file(function.file), world.function(function))
    else {
        return Err(Cannot::of(Because::TestForm, "it is not at hand"));
    };
    for &decorator in &definition.decorators {
        let text = facts.source(decorator);
        let name = text.split('(').next().unwrap_or_default();
        let last = name.rsplit('.').next().unwrap_or_default();
        let is_known = DECORATORS.contains(&last) || name.contains("patch.");
        if !is_known {
            return Err(Cannot::of(
                Because::TestForm,
                format!("its decorator `{name}` may not know coroutine functions"),
            ));
        }
    }
    let Some(index) = definition.class else {
        return Ok(());
    };
    let class = ClassRef {
        file: function.file,
        index,
    };
    for class in std::iter::once(class).chain(world.project_ancestors(class)) {
        let Some((facts, set_up)) = set_up(analysis, class) else {
            continue;
        };
        if uses(facts, set_up).any(|used| logged_in(facts, used).is_none()) {
            return Err(Cannot::of(
                Because::TestForm,
                "its `setUp` does more with the client than to log in",
            ));
        }
    }
    Ok(())
}

fn set_up<'f>(analysis: &Analysis<'f>, class: ClassRef) -> Option<(&'f FileFacts, &'f Function)> {
    let facts = analysis.world.files.get(class.file)?;
    let index = *analysis.world.class(class)?.methods.get("setUp")?;
    Some((facts, facts.functions.get(index)?))
}

/// Where a method uses `self.client`.
fn uses<'f>(
    facts: &'f FileFacts,
    function: &'f Function,
) -> impl Iterator<Item = NodeId> + use<'f> {
    let ast = facts.ast();
    ast.subtree(function.body).filter(move |&node| {
        ast.kind(node) == Kind::Attribute && facts.source(node) == "self.client"
    })
}

/// The statement that logs in through a use of the client, and does nothing else.
fn logged_in(facts: &FileFacts, used: NodeId) -> Option<NodeId> {
    let ast = facts.ast();
    let method = ast.parent(used)?;
    let name = ast.child(method, Field::Attribute)?;
    let call = ast.parent(method)?;
    let statement = ast.parent(call)?;
    let is_login = ast.kind(call) == Kind::Call
        && ast.field(method) == Some(Field::Function)
        && LOGINS.contains(&facts.source(name));
    let is_alone = ast.kind(statement) == Kind::ExpressionStatement
        && ast.span(statement).has_own_lines(facts.text())
        && !facts.source(statement).contains('\n');
    (is_login && is_alone).then_some(statement)
}

/// Asks through the async client, and refuses what nobody knows.
pub(crate) fn convert(draft: &mut Draft<'_>) -> Outcome {
    let Some(definition) = draft.definition() else {
        return Ok(());
    };
    let ast = draft.ast();
    let nodes: Vec<NodeId> = ast.subtree(definition.body).collect();
    let mut asked = Vec::new();
    for node in nodes {
        match ast.kind(node) {
            Kind::Attribute if draft.text(node) == "self.client" => {
                asked.push(asks(draft, node)?);
            }
            Kind::Attribute => attribute(draft, node)?,
            Kind::Call => call(draft, node)?,
            _ => {}
        }
    }
    for (used, call, method) in asked {
        let client = "self.async_client";
        if REQUESTS.contains(&method) {
            draft.rewrites.replace(used, template![client]);
            draft.await_node(call)?;
        } else if draft.target() >= LOGIN_SINCE {
            draft.rewrites.replace(used, template![client]);
            let name = ast
                .parent(used)
                .and_then(|attribute| ast.child(attribute, Field::Attribute))
                .ok_or_else(|| Cannot::of(Because::TestForm, "a method has no name"))?;
            draft
                .rewrites
                .replace(name, template![format!("a{method}")]);
            draft.await_node(call)?;
        } else {
            draft.rewrites.replace(used, template![client]);
            draft.wrap_call(call)?;
        }
    }
    if let Some(name) = ast.child(definition.node, Field::Name) {
        draft.changed(
            NAME,
            name,
            Evidence::Proven,
            "the test asks views through the synchronous client",
            "it is async, and asks through `self.async_client`",
            DOCS,
        );
    }
    Ok(())
}

/// A use of `self.client`: its node, the call, and the method that is called.
fn asks<'d>(draft: &Draft<'d>, used: NodeId) -> Result<(NodeId, NodeId, &'d str), Cannot> {
    let ast = draft.ast();
    let cannot = || {
        Cannot::of(
            Because::TestForm,
            "it does something with its client that the async one does otherwise",
        )
    };
    let method = ast.parent(used).ok_or_else(cannot)?;
    let call = ast.parent(method).ok_or_else(cannot)?;
    let name = ast
        .child(method, Field::Attribute)
        .map(|name| draft.text(name))
        .filter(|name| REQUESTS.contains(name) || LOGINS.contains(name))
        .filter(|_| ast.kind(call) == Kind::Call && ast.field(method) == Some(Field::Function))
        .ok_or_else(cannot)?;
    for (keyword, _) in draft.arguments(call) {
        let Some(keyword) = keyword else { continue };
        if keyword.chars().all(|c| !c.is_lowercase()) {
            return Err(Cannot::of(
                Because::TestForm,
                format!(
                    "its client is given `{keyword}`, which the async one takes for another header"
                ),
            ));
        }
        if keyword == "follow" && draft.target() < LOGIN_SINCE {
            return Err(Cannot::of(
                Because::TestForm,
                "its client follows redirects, which the async one does from Django 5.0 on",
            ));
        }
    }
    Ok((used, call, name))
}

/// What is read of something that nobody knows may be a relation.
fn attribute(draft: &Draft<'_>, node: NodeId) -> Outcome {
    let ast = draft.ast();
    let (Some(object), Some(name)) = (
        ast.child(node, Field::Object),
        ast.child(node, Field::Attribute),
    ) else {
        return Ok(());
    };
    let name = draft.text(name);
    if matches!(name, "context" | "context_data") {
        return Err(Cannot::of(
            Because::TestForm,
            format!(
                "it reads `{}`, whose rows may be fetched where they are used",
                draft.excerpt(node)
            ),
        ));
    }
    let is_unknown = *draft.type_of(object) == Type::Unknown
        && ast.kind(object) == Kind::Attribute
        && draft.text(object).starts_with("self.")
        && draft.text(object) != "self.client";
    let is_called = ast.field(node) == Some(Field::Function);
    if is_unknown && !is_called && !matches!(name, "pk" | "id") && !name.ends_with("_id") {
        return Err(Cannot::of(
            Because::TestForm,
            format!("nothing tells what `{}` is", draft.excerpt(object)),
        ));
    }
    Ok(())
}

/// What is called must be known not to ask, or be made right already.
fn call(draft: &mut Draft<'_>, call: NodeId) -> Outcome {
    let ast = draft.ast();
    let Some(function) = ast.child(call, Field::Function) else {
        return Ok(());
    };
    let unknown = |draft: &Draft<'_>| {
        Err(Cannot::of(
            Because::TestForm,
            format!("nothing tells what `{}` asks", draft.excerpt(call)),
        ))
    };
    let name = ast
        .child(function, Field::Attribute)
        .map_or("", |name| draft.text(name));
    let object = ast.child(function, Field::Object);
    if object.is_some_and(|object| draft.text(object) == "self.client") {
        return Ok(());
    }
    if object.is_some_and(|object| draft.text(object) == "self") && name.starts_with("assert") {
        return assertion(draft, call, name);
    }
    if is_factory(draft, function) {
        return draft.wrap_call(call);
    }
    if draft.has_own_site(call) {
        return Ok(());
    }
    match draft.type_of(function) {
        Type::Path(path) if path.starts_with("model_bakery") || path.starts_with("mixer") => {
            draft.wrap_call(call)
        }
        Type::Path(_) | Type::Builtin(_) | Type::Model(_) => Ok(()),
        Type::Function(callee) | Type::Method(callee) => {
            let world = &draft.analysis.world;
            let uses_client = world
                .file(callee.file)
                .zip(world.function(*callee))
                .is_none_or(|(facts, callee)| {
                    let body = facts
                        .functions
                        .iter()
                        .find(|f| f.qualname == callee.qualname);
                    body.is_none_or(|body| facts.source(body.body).contains("client"))
                });
            if uses_client {
                return Err(Cannot::of(
                    Because::TestForm,
                    format!(
                        "`{}` may use the synchronous client",
                        draft.excerpt(function)
                    ),
                ));
            }
            Ok(())
        }
        Type::Class(_) => Ok(()),
        _ => match object.map(|object| draft.type_of(object)) {
            Some(Type::Unknown | Type::Opaque) | None => {
                let is_own = object.is_some_and(|object| draft.text(object) == "self");
                let is_harmless = HARMLESS.contains(&name)
                    || (is_own && matches!(name, "subTest" | "settings" | "modify_settings"))
                    || draft.text(function) == "reverse";
                match is_harmless {
                    true => Ok(()),
                    false => unknown(draft),
                }
            }
            Some(Type::Manager(_) | Type::QuerySet(_) | Type::MaybeQuerySet(_)) => Ok(()),
            Some(Type::Object(_) | Type::Unresolved(..) | Type::Missing(_)) => unknown(draft),
            Some(_) => Ok(()),
        },
    }
}

fn assertion(draft: &Draft<'_>, call: NodeId, name: &str) -> Outcome {
    if SYNC_ONLY.contains(&name) {
        return Err(Cannot::of(
            Because::TestForm,
            format!("`{name}` works in synchronous tests only"),
        ));
    }
    let arguments = draft.arguments(call);
    if name.starts_with("assertRaises") && arguments.len() > 1 {
        return Err(Cannot::of(
            Because::TestForm,
            format!("`{name}` calls what it is given, and does not await it"),
        ));
    }
    for (_, value) in arguments {
        if matches!(
            draft.type_of(value),
            Type::Manager(_) | Type::QuerySet(_) | Type::MaybeQuerySet(_) | Type::Page(_)
        ) {
            return Err(Cannot::of(
                Because::TestForm,
                format!("`{name}` fetches the rows of `{}`", draft.excerpt(value)),
            ));
        }
    }
    Ok(())
}

/// True for a class of factory_boy, and for a method of one.
fn is_factory(draft: &Draft<'_>, function: NodeId) -> bool {
    let of = |node: NodeId| match draft.type_of(node) {
        Type::Class(class) => draft
            .analysis
            .world
            .ancestors(*class)
            .iter()
            .any(|base| matches!(base, Base::External(path) if path.starts_with("factory."))),
        _ => false,
    };
    of(function) || draft.ast().child(function, Field::Object).is_some_and(of)
}

/// Logs the async client in as well, where `setUp` of a class does so. `only`: no test uses the other one any more.
pub(crate) fn log_in(draft: &mut Draft<'_>, set_up: &Function, only: bool) -> Outcome {
    let facts = draft.facts;
    if facts.source(set_up.body).contains("self.async_client.") {
        return Ok(());
    }
    let statements: Vec<NodeId> = uses(facts, set_up)
        .filter_map(|used| logged_in(facts, used))
        .collect();
    for statement in statements {
        let text = facts
            .source(statement)
            .replacen("self.client.", "self.async_client.", 1);
        let written = match only {
            true => template![text],
            false => template![statement, format!("\n{text}")],
        };
        draft.rewrites.replace(statement, written);
        draft.changed(
            NAME,
            statement,
            Evidence::Proven,
            "async tests have a client of their own",
            "it is logged in as well; `setUp` stays synchronous",
            DOCS,
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests;
