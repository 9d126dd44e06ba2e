//! # tests/async-client
//!
//! With `--tests convert`, a test that asks views becomes async and asks through the async client; so does one that calls what
//! became async.
//!
//! Django's synchronous client drives async views, inside of the test's transaction, so tests go on working as they are and
//! stay so by default. An async test of Django's `TestCase` sees the same rows and is rolled back too. In it the synchronous client
//! and the ORM raise: the client is `self.async_client`, queries are awaited, helpers that query run in Django's thread. `setUp` and
//! `setUpTestData` stay synchronous, as Django never awaits them; who is logged in there is logged in for both clients. Headers lose
//! their `HTTP_`, as `AsyncClient` takes them, and a `RequestFactory()` of the test itself becomes an `AsyncRequestFactory()`.
//!
//! A test that pytest runs takes the fixtures `async_client` and `async_rf` and has the mark `asyncio` (of pytest-asyncio), unless the
//! project's async tests go without. Fixtures stay as they are: they run before the loop. The test's queries have a thread and
//! a connection of their own there, which see nothing of a transaction: it is marked `django_db(transaction=True)`, so that rows are
//! committed and the tables emptied after it. That is slower, and what migrations wrote is gone for tests after it, unless
//! they ask for `serialized_rollback=True`: such a change is to be reviewed.
//!
//! What works in synchronous tests only keeps its test, and the reason is given: `assertNumQueries`, `assertRedirects` (it fetches
//! through the synchronous client, unless `fetch_redirect_response=False`), `captureOnCommitCallbacks` (it records nothing),
//! `client.session`, rows in `response.context`, fixtures that use the synchronous client, `django_assert_num_queries`, `live_server`,
//! data that is made once for many tests, and whatever nobody knows. `aforce_login` and the like came with Django 5.0;
//! `follow=True` works from there on as well.
//!
//! Safe; review where the rows of a test of pytest are committed.
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

mod asks;
mod body;
mod pytest;

use unblocked_analyzer::{
    Analysis, Base, ClassRef, Evidence, FileFacts, Function, FunctionRef, Site,
};
use unblocked_django::{DjangoVersion, canonical};
use unblocked_syntax::{Field, Kind, NodeId};

use crate::because::Because;
use crate::draft::{Cannot, Colors, Draft, Outcome};
use crate::rewrites::template;
use crate::suites::view_made;

const NAME: &str = "tests/async-client";
const DOCS: &str = "topics/testing/tools/#testing-asynchronous-code";

/// The first Django whose client logs in by coroutines, and follows redirects in async tests.
const LOGIN_SINCE: DjangoVersion = DjangoVersion::new(5, 0);

const REQUESTS: &[&str] = &[
    "get", "post", "put", "patch", "delete", "head", "options", "trace",
];
const LOGINS: &[&str] = &["force_login", "login", "logout"];

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

/// What keeps a test synchronous.
fn refusal(reason: impl Into<String>) -> Cannot {
    Cannot::of(Because::TestForm, reason)
}

/// The plan decides about tests; no site is this rule's.
pub(crate) fn rewrite(_draft: &mut Draft<'_>, _site: &Site) -> Option<Outcome> {
    None
}

/// Whose tests they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    /// A method of one of Django's test cases.
    Case,
    /// A function that pytest runs, or a method of a plain class.
    Pytest,
}

impl Style {
    /// Whose test a function is.
    pub(crate) fn of(analysis: &Analysis<'_>, function: FunctionRef) -> Option<Self> {
        let world = &analysis.world;
        let (facts, definition) = (world.file(function.file)?, world.function(function)?);
        if definition.is_async || !definition.name.starts_with("test") {
            return None;
        }
        let class = definition.class.map(|index| ClassRef {
            file: function.file,
            index,
        });
        match class {
            Some(class) if is_of_django(analysis, class) => Some(Self::Case),
            _ => pytest::is_test(facts, definition, |class| {
                world
                    .ancestors(ClassRef {
                        file: function.file,
                        index: class,
                    })
                    .is_empty()
            })
            .then_some(Self::Pytest),
        }
    }

    const fn async_client(self) -> &'static str {
        match self {
            Self::Case => "self.async_client",
            Self::Pytest => "async_client",
        }
    }

    /// True for the client itself.
    fn is_client(self, draft: &Draft<'_>, node: NodeId) -> bool {
        let text = draft.text(node);
        match self {
            Self::Case => text == "self.client",
            Self::Pytest => pytest::CLIENTS.contains(&text) && pytest::is_given(draft, node),
        }
    }

    /// True for what a fixture of pytest or a plugin gives, whose methods ask nothing.
    fn is_tool(self, draft: &Draft<'_>, object: NodeId) -> bool {
        let ast = draft.ast();
        let mut root = object;
        while let Some(outer) = ast.child(root, Field::Object) {
            root = outer;
        }
        self == Self::Pytest
            && pytest::TOOLS.contains(&draft.text(root))
            && pytest::is_given(draft, root)
    }

    /// True when the text of a test asks through the client.
    pub(crate) fn asks(self, facts: &FileFacts, definition: &Function) -> bool {
        match self {
            Self::Case => facts.source(definition.body).contains("self.client."),
            Self::Pytest => {
                let mut params = definition.params.iter();
                params.any(|param| pytest::CLIENTS.contains(&&*param.name))
            }
        }
    }
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
pub(crate) fn check(analysis: &Analysis<'_>, function: FunctionRef, style: Style) -> Outcome {
    let world = &analysis.world;
    let (Some(facts), Some(definition)) = (world.file(function.file), world.function(function))
    else {
        return Err(refusal("it is not at hand"));
    };
    for &decorator in &definition.decorators {
        let text = facts.source(decorator);
        let name = text.split('(').next().unwrap_or_default();
        let last = name.rsplit('.').next().unwrap_or_default();
        let is_known = DECORATORS.contains(&last)
            || name.contains("patch.")
            || (style == Style::Pytest && name.starts_with("pytest.mark."));
        if !is_known {
            return Err(refusal(format!(
                "its decorator `{name}` may not know coroutine functions"
            )));
        }
    }
    if style == Style::Pytest {
        return pytest::needs(analysis, function).map(|_| ());
    }
    let class = definition.class.map(|index| ClassRef {
        file: function.file,
        index,
    });
    let Some(class) = class.filter(|_| style.asks(facts, definition)) else {
        return Ok(());
    };
    for class in std::iter::once(class).chain(world.project_ancestors(class)) {
        let Some((facts, set_up)) = set_up(analysis, class) else {
            continue;
        };
        if uses(facts, set_up).any(|used| logged_in(facts, used).is_none()) {
            return Err(refusal(
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

/// True for a site that calls a view which becomes async: it is awaited, not run in a thread.
pub(crate) fn awaits_view(
    analysis: &Analysis<'_>,
    colors: &Colors,
    file: usize,
    site: &Site,
) -> bool {
    let (Some(facts), Some(found)) = (analysis.world.file(file), analysis.files.get(file)) else {
        return false;
    };
    let called = facts.ast().child(site.node, Field::Function);
    called
        .and_then(|called| view_made(facts, found, called))
        .is_some_and(|class| body::is_async_view(analysis, colors, class))
}

/// Asks through the async client, and refuses what nobody knows.
pub(crate) fn convert(draft: &mut Draft<'_>, style: Style) -> Outcome {
    let Some(definition) = draft.definition() else {
        return Ok(());
    };
    let ast = draft.ast();
    let nodes: Vec<NodeId> = ast.subtree(definition.body).collect();
    let mut asked = Vec::new();
    for &node in &nodes {
        match ast.kind(node) {
            Kind::Attribute | Kind::Identifier if style.is_client(draft, node) => {
                asked.push(asks::client(draft, node)?);
            }
            Kind::Attribute => body::attribute(draft, node)?,
            Kind::Call => {
                body::call(draft, style, node)?;
                asks::own_factory(draft, node)?;
            }
            _ => {}
        }
    }
    body::check_values(draft)?;
    if asked.is_empty() && !draft.is_trial && !body::calls_async(draft) {
        return Err(Cannot::of(
            Because::NothingGained,
            "it calls nothing that is async",
        ));
    }
    let asks = !asked.is_empty();
    for one in asked {
        one.through_client(draft, style)?;
    }
    let (evidence, help) = match style {
        Style::Case => (Evidence::Proven, None),
        Style::Pytest => pytest::dress(draft, &nodes)?,
    };
    let (message, usual) = match asks {
        true => (
            "the test asks views through the synchronous client",
            format!("it is async, and asks through `{}`", style.async_client()),
        ),
        false => (
            "the test calls what is async",
            "it is async, and awaits that".to_owned(),
        ),
    };
    let help = match help {
        Some(more) => format!("{usual}; {more}"),
        None => usual,
    };
    if let Some(name) = ast.child(definition.node, Field::Name) {
        draft.changed(NAME, name, evidence, message, help, DOCS);
    }
    Ok(())
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
