//! # tests/direct-call
//!
//! A test that calls itself what became async goes through `async_to_sync`.
//!
//! `show(request)` gives a coroutine once the view is async: with a `RequestFactory`, for a helper, a method, and for
//! `Show.as_view()`, the test would fail, or pass as a coroutine is true. `async_to_sync(show)(request)` runs it to its end,
//! on the test's own connection and in its transaction, so that the test stays as it is otherwise. In tests that are async,
//! or that `--tests convert` makes so, the call is awaited instead.
//!
//! A test is no reason to leave a helper synchronous, or to keep its synchronous form beside an async one.
//!
//! Safe.
//!
//! ```python before
//! from django.test import RequestFactory, TestCase
//!
//!
//! def show(request, pk):
//!     return JsonResponse({"name": get_object_or_404(Product, pk=pk).name})
//!
//!
//! class ShowTests(TestCase):
//!     def test_show(self):
//!         response = show(RequestFactory().get("/products/1/"), pk=1)
//!         self.assertEqual(response.status_code, 200)
//! ```
//! ```python after
//! from asgiref.sync import async_to_sync
//! from django.shortcuts import aget_object_or_404
//! from django.test import RequestFactory, TestCase
//!
//!
//! async def show(request, pk):
//!     return JsonResponse({"name": (await aget_object_or_404(Product, pk=pk)).name})
//!
//!
//! class ShowTests(TestCase):
//!     def test_show(self):
//!         response = async_to_sync(show)(RequestFactory().get("/products/1/"), pk=1)
//!         self.assertEqual(response.status_code, 200)
//! ```

use unblocked_analyzer::{Evidence, Site};
use unblocked_syntax::{Field, NodeId};

use crate::draft::{Draft, Outcome};

pub(crate) const NAME: &str = "tests/direct-call";
const DOCS: &str = "topics/testing/tools/#testing-asynchronous-code";

const HELP: &str = "the test runs it to its end by `async_to_sync`";

/// The plan finds the calls in tests; no site is this rule's.
pub(crate) fn rewrite(_draft: &mut Draft<'_>, _site: &Site) -> Option<Outcome> {
    None
}

/// Sends what is called through `async_to_sync`. `called`: the expression of it; `place`: what the finding is about.
pub(crate) fn bridge(draft: &mut Draft<'_>, called: NodeId, place: NodeId) -> Outcome {
    let adapter = draft.need("asgiref.sync", "async_to_sync")?;
    draft.rewrites.wrap(called, &format!("{adapter}("), ")");
    let message = message(draft, called);
    draft.changed(NAME, place, Evidence::Proven, message, HELP, DOCS);
    Ok(())
}

/// Says that a call stays as it is, as was decided.
pub(crate) fn keep(draft: &mut Draft<'_>, place: NodeId) {
    let ast = draft.ast();
    let called = ast.child(place, Field::Function).unwrap_or(place);
    let message = message(draft, called);
    draft.unchanged(NAME, place, Evidence::Proven, message, HELP, DOCS);
}

fn message(draft: &Draft<'_>, called: NodeId) -> String {
    let excerpt = draft.excerpt(called);
    format!("`{excerpt}` is async now, and calling it gives a coroutine")
}

#[cfg(test)]
mod tests {
    use unblocked_analyzer::Workspace;

    use crate::{Choice, Options, UserDecision, migrate};

    const VIEWS: &str = "from django.http import HttpResponse\nfrom django.views import View\nfrom shop.models import Product\n\ndef count():\n    return Product.objects.count()\n\ndef show(request):\n    return HttpResponse(count())\n\nclass Show(View):\n    def get(self, request):\n        return HttpResponse(count())\n";
    const MODELS: &str = "from django.db import models\n\nclass Product(models.Model):\n    pass\n";
    const HEAD: &str = "from shop.views import Show, count, show\n";

    /// A suite after the migration, with the code under test.
    fn migrated(suite: &str, options: &Options) -> (String, String) {
        let text = format!("{HEAD}{suite}");
        let mut files = vec![
            ("shop/models.py".to_owned(), MODELS.to_owned()),
            ("shop/views.py".to_owned(), VIEWS.to_owned()),
            ("shop/tests.py".to_owned(), text),
        ];
        for turn in 0..2 {
            let mut workspace = Workspace::new();
            for (path, text) in &files {
                workspace.set_file(path, text);
            }
            for file in migrate(&workspace, options).files {
                if let Some((_, text)) = files.iter_mut().find(|(path, _)| *path == file.path) {
                    assert!(
                        turn == 0 || *text == file.after,
                        "a second run changes nothing"
                    );
                    *text = file.after;
                }
            }
        }
        let suite = files.remove(2).1;
        (suite, files.remove(1).1)
    }

    #[track_caller]
    fn check(before: &str, after: &str) {
        let (suite, views) = migrated(before, &Options::default());
        let bridged = after.contains("async_to_sync(");
        let head = if bridged {
            "from asgiref.sync import async_to_sync\n\n"
        } else {
            ""
        };
        assert_eq!(suite, format!("{head}{HEAD}{after}"));
        assert!(views.contains("async def show"), "{views}");
    }

    #[test]
    fn calls_in_tests_are_bridged() {
        check(
            "def test_show(rf):\n    assert show(rf.get('/')).status_code == 200\n",
            "def test_show(rf):\n    assert async_to_sync(show)(rf.get('/')).status_code == 200\n",
        );
        check("COUNT = count()\n", "COUNT = async_to_sync(count)()\n");
        check(
            "def test_count():\n    assert [count() for _ in 'ab'] == sorted([0], key=lambda n: count())\n",
            "def test_count():\n    assert [async_to_sync(count)() for _ in 'ab'] == sorted([0], key=lambda n: async_to_sync(count)())\n",
        );
    }

    #[test]
    fn views_of_classes_are() {
        check(
            "def test_show(rf):\n    Show.as_view()(rf.get('/'))\n",
            "def test_show(rf):\n    async_to_sync(Show.as_view())(rf.get('/'))\n",
        );
        check(
            "def test_show(rf):\n    view = Show.as_view()\n    view(rf.get('/'))\n",
            "def test_show(rf):\n    view = async_to_sync(Show.as_view())\n    view(rf.get('/'))\n",
        );
    }

    #[test]
    fn values_are_where_they_are_called() {
        check(
            "def test_show(rf):\n    call(show, rf.get('/'))\n",
            "def test_show(rf):\n    call(async_to_sync(show), rf.get('/'))\n",
        );
        check(
            "def test_show(rf):\n    view = show\n    view(rf.get('/'))\n",
            "def test_show(rf):\n    view = async_to_sync(show)\n    view(rf.get('/'))\n",
        );
        for same in [
            "def test_show():\n    assert resolve('/').func is show\n",
            "def test_show(self):\n    self.assertEqual(resolve('/').func, show)\n",
            "def test_show():\n    assert show.__name__\n",
            "urlpatterns = [path('', show), path('show/', Show.as_view())]\n",
        ] {
            check(same, same);
        }
    }

    #[test]
    fn async_tests_await() {
        check(
            "async def test_show(rf):\n    show(rf.get('/'))\n",
            "async def test_show(rf):\n    await show(rf.get('/'))\n",
        );
    }

    #[test]
    fn what_may_not_be_changed_keeps_the_code_synchronous() {
        let suite = "def test_show(rf):\n    show(rf.get('/'))\n    Show.as_view()(rf.get('/'))\n";
        let rejected = Options {
            decisions: vec![UserDecision {
                rule: Some(super::NAME.to_owned()),
                ..UserDecision::new(Choice::Reject)
            }],
            ..Options::default()
        };
        let apart = Options {
            files: vec!["shop/views.py".to_owned()],
            ..Options::default()
        };
        for options in [rejected, apart] {
            let (after, views) = migrated(suite, &options);
            assert_eq!(after, format!("{HEAD}{suite}"));
            assert!(!views.contains("async def show"), "{views}");
            assert!(!views.contains("async def get"), "{views}");
        }
        // The name means something else there.
        let taken = format!("async_to_sync = None\n{suite}");
        let (after, views) = migrated(&taken, &Options::default());
        assert_eq!(after, format!("{HEAD}{taken}"));
        assert!(!views.contains("async def show"), "{views}");
    }
}
