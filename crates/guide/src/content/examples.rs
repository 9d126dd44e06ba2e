//! The original guide's examples. What stands after is not written down: the engine makes it, so it can't be wrong.

use unblocked_rewriter::{Options, Workspace, World, migrate};

use crate::context::Context;
use crate::data::Block;

/// An example.
pub(crate) struct Example {
    /// The original guide's heading.
    heading: &'static str,
    path: &'static str,
    before: &'static str,
    note: &'static str,
    /// The Django since when the note holds, and the documentation that says so.
    since: (&'static str, &'static str),
}

macro_rules! example {
    ($heading:literal, $path:literal, $folder:literal) => {
        example!($heading, $path, $folder, "", "", "")
    };
    ($heading:literal, $path:literal, $folder:literal, $note:literal, $since:literal, $docs:literal) => {
        Example {
            heading: $heading,
            path: $path,
            before: include_str!(concat!(
                "../../../../tests/fixtures/guide/",
                $folder,
                "/before.py"
            )),
            note: $note,
            since: ($since, $docs),
        }
    };
}

pub(crate) const VIEWS: &[Example] = &[
    example!("Function-Based View (FBV)", "views.py", "function-view"),
    example!(
        "Class-Based View (CBV)",
        "views.py",
        "class-view",
        "With nothing but the database to wait for, a generic view is best left as it is: it runs under ASGI unchanged. Its hooks (`get_queryset`, `get_context_data`, `form_valid`) are synchronous in every Django. Where a hook asks another service, the handler that Django inherits is written out, async, with that hook awaited.",
        "4.1",
        "topics/class-based-views/#asynchronous-class-based-views"
    ),
];

pub(crate) const ORM: &[Example] = &[
    example!("Reading Objects", "snippet.py", "orm-reading"),
    example!("Creating Objects", "snippet.py", "orm-creating"),
    example!(
        "Filtering",
        "snippet.py",
        "orm-filtering",
        "Building a queryset asks nothing: this stays as it is. Evaluating it is what is awaited.",
        "4.1",
        "topics/db/queries/#asynchronous-queries"
    ),
    example!(
        "Foreign Keys and Related Objects",
        "snippet.py",
        "orm-foreign-keys"
    ),
];

pub(crate) const MIDDLEWARE: &[Example] = &[example!(
    "A middleware",
    "middleware.py",
    "middleware",
    "A synchronous middleware may stay: Django runs it in a thread. One that shall be native says what it is.",
    "3.1",
    "topics/http/middleware/#asynchronous-support"
)];

pub(crate) const PATTERNS: &[Example] = &[
    example!("External API Calls", "views.py", "external-api"),
    example!(
        "Multiple External Calls (Concurrent)",
        "views.py",
        "multiple-calls",
        "Calls that do not depend on each other can overlap; queries of one request never do. `--concurrent` writes this.",
        "4.1",
        "topics/async/#async-safety"
    ),
    example!("Email Sending", "views.py", "email"),
];

/// Tests are none of the original's examples before and after: this is a test that its own async form broke.
pub(crate) const TESTING: &[Example] = &[Example {
    heading: "An async test that uses the ORM",
    path: "tests.py",
    before: "from django.test import TestCase\n\nfrom .models import Product\n\n\nclass ProductTests(TestCase):\n    @classmethod\n    def setUpTestData(cls):\n        Product.objects.create(name=\"Lamp\")\n\n    async def test_products(self):\n        Product.objects.create(name=\"Chair\")\n        response = await self.async_client.get(\"/async-url/\")\n        self.assertEqual(response.status_code, 200)\n        self.assertEqual(Product.objects.count(), 2)\n",
    note: "What Django calls itself, `setUp` and `setUpTestData`, stays synchronous. As it stands before, the test fails with `SynchronousOnlyOperation`.",
    since: ("4.1", "topics/testing/tools/#async-tests"),
}];

impl Example {
    /// The example's heading and code, as the engine migrates it for the reader's options.
    pub(crate) fn blocks(&self, context: &Context<'_>) -> [Block; 2] {
        let mut workspace = Workspace::new();
        workspace.set_file(self.path, self.before);
        let options = Options {
            target_version: context.target,
            python_version: Some(context.python),
            http_client: context.http_client,
            world: World::Open,
            bare_statements: true,
            concurrent: self.heading.ends_with("(Concurrent)"),
            ..Options::default()
        };
        let report = migrate(&workspace, &options);
        let after = report
            .files
            .into_iter()
            .next()
            .map_or_else(|| self.before.to_owned(), |file| file.after);
        [
            Block::Heading(self.heading.to_owned()),
            Block::Example {
                title: self.heading.to_owned(),
                before: self.before.to_owned(),
                after,
                note: match self.note {
                    "" => String::new(),
                    note => context.said(note, self.since.0, self.since.1),
                },
            },
        ]
    }
}
