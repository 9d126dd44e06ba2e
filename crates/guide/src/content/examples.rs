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
}

macro_rules! example {
    ($heading:literal, $path:literal, $folder:literal, $note:literal) => {
        Example {
            heading: $heading,
            path: $path,
            before: include_str!(concat!(
                "../../../../tests/fixtures/guide/",
                $folder,
                "/before.py"
            )),
            note: $note,
        }
    };
}

pub(crate) const VIEWS: &[Example] = &[
    example!("Function-Based View (FBV)", "views.py", "function-view", ""),
    example!(
        "Class-Based View (CBV)",
        "views.py",
        "class-view",
        "With nothing but the database to wait for, a generic view is best left as it is: it runs under ASGI unchanged. Its hooks (`get_queryset`, `get_context_data`, `form_valid`) are synchronous in every Django. When a hook has to fetch something, write an async handler that fetches, then delegate: `return await sync_to_async(super().get)(request, *args, **kwargs)`."
    ),
];

pub(crate) const ORM: &[Example] = &[
    example!("Reading Objects", "snippet.py", "orm-reading", ""),
    example!("Creating Objects", "snippet.py", "orm-creating", ""),
    example!(
        "Filtering",
        "snippet.py",
        "orm-filtering",
        "Building a queryset asks nothing: this stays as it is. Evaluating it is what is awaited."
    ),
    example!(
        "Foreign Keys and Related Objects",
        "snippet.py",
        "orm-foreign-keys",
        ""
    ),
];

pub(crate) const MIDDLEWARE: &[Example] = &[example!(
    "A middleware",
    "middleware.py",
    "middleware",
    "A synchronous middleware may stay: Django runs it in a thread. One that shall be native says what it is."
)];

pub(crate) const PATTERNS: &[Example] = &[
    example!("External API Calls", "views.py", "external-api", ""),
    example!(
        "Multiple External Calls (Concurrent)",
        "views.py",
        "multiple-calls",
        "Calls that do not depend on each other can overlap; queries of one request never do."
    ),
    example!("Email Sending", "views.py", "email", ""),
];

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
                note: self.note.to_owned(),
            },
        ]
    }
}
