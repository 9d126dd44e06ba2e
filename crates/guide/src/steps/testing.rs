//! Step 7: tests. Those that exist keep working; new ones await.

use unblocked_django::DjangoVersion;

use super::{Parts, count, made};
use crate::content::examples;
use crate::data::{Block, Place, State, Step};
use crate::files::suite;

pub(super) fn step(parts: &Parts<'_, '_>) -> Step {
    let context = parts.context;
    let existing: Vec<Place> = context
        .analysis
        .world
        .files
        .iter()
        .filter(|facts| is_test(&facts.path))
        .flat_map(|facts| {
            facts
                .functions
                .iter()
                .filter(|function| function.name.starts_with("test"))
                .map(move |function| {
                    Place::new(
                        &facts.path,
                        facts.text(),
                        facts.ast().span(function.node).into(),
                    )
                })
        })
        .collect();
    let with = |signs: &[&str]| -> Vec<Place> {
        let has_one = |place: &&Place| {
            let text = context.text(&place.file);
            let code = text
                .get(place.range.start..place.range.end)
                .unwrap_or_default();
            signs.iter().any(|sign| code.contains(sign))
        };
        existing.iter().filter(has_one).cloned().collect()
    };
    let direct = with(&["RequestFactory(", "self.factory.", "rf.get(", "rf.post("]);
    let patched = with(&[
        "requests.get",
        "requests.post",
        "responses.add",
        "requests_mock",
    ]);
    let (rules, places, _) = parts.rules_of("testing");
    let mut blocks = vec![parts.said("Existing tests with Django's `TestCase` and its synchronous client go on working: the client runs async views too, in the test's transaction. Change only tests that call a view directly, or that patch `requests`. For new async tests, `self.async_client` in a `TestCase` sees the test's rows and is rolled back like any other.", "3.1", "topics/testing/tools/#async-tests")];
    if !direct.is_empty() {
        blocks.push(Block::Places {
            title: "Tests that call views through a request factory: where the view becomes async, `async_to_sync(view)(request)` calls it"
                .to_owned(),
            places: direct.clone(),
        });
    }
    if !patched.is_empty() {
        blocks.push(Block::Places {
            title:
                "Tests that replace `requests`: patch the new client instead, once the view has it"
                    .to_owned(),
            places: patched.clone(),
        });
    }
    blocks.extend(rules);
    for example in examples::TESTING {
        blocks.extend(example.blocks(context));
    }
    let force_login = if context.target >= DjangoVersion::new(5, 0) {
        "        await self.async_client.aforce_login(self.user)\n"
    } else {
        "        await sync_to_async(self.async_client.force_login)(self.user)\n"
    };
    let import = if context.target >= DjangoVersion::new(5, 0) {
        ""
    } else {
        "from asgiref.sync import sync_to_async\n"
    };
    blocks.push(parts.said("With Django's own runner. Test as somebody who is logged in too: `request.user` in a template fails only then.", "4.2", "topics/testing/tools/#async-tests"));
    blocks.push(Block::Code {
        language: "python".to_owned(),
        text: format!(
            "{import}from django.contrib.auth import get_user_model\nfrom django.test import TestCase\n\n\nclass AsyncViewTests(TestCase):\n    @classmethod\n    def setUpTestData(cls):\n        cls.user = get_user_model().objects.create_user(\"ada\", password=\"secret\")\n\n    async def test_anonymous(self):\n        response = await self.async_client.get(\"/async-url/\")\n        self.assertEqual(response.status_code, 200)\n\n    async def test_logged_in(self):\n{force_login}        response = await self.async_client.get(\"/async-url/\")\n        self.assertEqual(response.status_code, 200)\n"
        ),
    });
    let mut fresh = parts.files_of(suite::STEP).peekable();
    if fresh.peek().is_some() {
        blocks.push(parts.said("For the migrated views of this project, with what their code says: that they are async, where they send who is not logged in, what they refuse, and what they answer while the database is empty. Add rows, and what is answered then.", "4.2", "topics/testing/tools/#async-tests"));
        blocks.extend(fresh);
    }
    blocks.push(parts.said("With pytest (pytest-django and pytest-asyncio). `transaction=True` matters: without it rows that the test makes stay in the database, and rows of fixtures are not seen.", "4.2", "topics/testing/tools/#async-tests"));
    blocks.push(Block::Code {
        language: "python".to_owned(),
        text: "import pytest\nfrom django.test import AsyncClient\n\n\n@pytest.mark.asyncio\n@pytest.mark.django_db(transaction=True)\nasync def test_async_view():\n    client = AsyncClient()\n    response = await client.get(\"/async-url/\")\n    assert response.status_code == 200\n".to_owned(),
    });
    blocks.push(parts.said("In async tests these are different: `assertNumQueries` raises, `captureOnCommitCallbacks` records nothing, `assertRedirects` needs `fetch_redirect_response=False`, `asyncSetUp` never runs. Turn warnings about forgotten awaits into errors: `python -W error::RuntimeWarning manage.py test`.", "4.2", "topics/testing/tools/#async-tests"));
    blocks.extend(parts.claims_of("testing"));
    let broken = direct.len() + patched.len() + places;
    let (state, summary) = match (existing.len(), broken) {
        (0, _) if !parts.needs_asgi => (
            State::NotNeeded,
            "Nothing becomes async: nothing to test anew.".to_owned(),
        ),
        (0, _) => (
            State::ToDo,
            "No tests are at hand: test each migrated view, as a visitor and logged in.".to_owned(),
        ),
        (tests, 0) => (
            State::NotNeeded,
            format!(
                "{} at hand: they keep working.",
                count(tests, "test is", "tests are")
            ),
        ),
        (tests, broken) => (
            State::ToDo,
            format!("{broken} of {} to look at.", count(tests, "test", "tests")),
        ),
    };
    made("testing", summary, state, broken, blocks)
}

fn is_test(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.starts_with("test") || name.ends_with("_test.py") || path.contains("/tests/")
}
