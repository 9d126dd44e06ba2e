//! Code to start from: the guide's own examples, and whole files.

use crate::state::NewFile;

/// An example.
pub(crate) struct Example {
    /// What to call it.
    pub(crate) title: &'static str,
    /// Paths and texts. By a function: the texts of an example that nobody opens stay out of the first view.
    files: fn() -> &'static [(&'static str, &'static str)],
}

impl Example {
    /// Its files.
    pub(crate) fn files(&self) -> Vec<NewFile> {
        (self.files)()
            .iter()
            .map(|(path, text)| NewFile::new(path, text))
            .collect()
    }
}

macro_rules! guide {
    ($folder:literal) => {
        include_str!(concat!(
            "../../tests/fixtures/guide/",
            $folder,
            "/before.py"
        ))
    };
}

macro_rules! realistic {
    ($path:literal) => {
        include_str!(concat!("../../tests/fixtures/realistic/", $path))
    };
}

/// The guide's examples, in its order. The first is what a visitor sees.
pub(crate) const GUIDE: &[Example] = &[
    Example {
        title: "Function view",
        files: || &[("views.py", guide!("function-view"))],
    },
    Example {
        title: "Class-based list view",
        files: || &[("views.py", guide!("class-view"))],
    },
    Example {
        title: "ORM: reading objects",
        files: || &[("snippet.py", guide!("orm-reading"))],
    },
    Example {
        title: "ORM: creating objects",
        files: || &[("snippet.py", guide!("orm-creating"))],
    },
    Example {
        title: "ORM: filtering",
        files: || &[("snippet.py", guide!("orm-filtering"))],
    },
    Example {
        title: "ORM: foreign keys",
        files: || &[("snippet.py", guide!("orm-foreign-keys"))],
    },
    Example {
        title: "Middleware",
        files: || &[("middleware.py", guide!("middleware"))],
    },
    Example {
        title: "External API call",
        files: || &[("views.py", guide!("external-api"))],
    },
    Example {
        title: "Several external calls",
        files: || &[("views.py", guide!("multiple-calls"))],
    },
    Example {
        title: "Sending e-mail",
        files: || &[("views.py", guide!("email"))],
    },
];

/// Whole files, with the modules that they use.
pub(crate) const FILES: &[Example] = &[
    Example {
        title: "Shop: catalogue, cart and checkout",
        files: || {
            &[
                ("shop/views.py", realistic!("shop/views.py")),
                ("shop/services.py", realistic!("shop/services.py")),
                ("shop/models.py", realistic!("shop/models.py")),
                ("shop/forms.py", realistic!("shop/forms.py")),
                ("shop/urls.py", realistic!("shop/urls.py")),
            ]
        },
    },
    Example {
        title: "Newsroom: articles and subscriptions",
        files: || {
            &[
                ("newsroom/views.py", realistic!("newsroom/views.py")),
                ("newsroom/services.py", realistic!("newsroom/services.py")),
                ("newsroom/models.py", realistic!("newsroom/models.py")),
                ("newsroom/forms.py", realistic!("newsroom/forms.py")),
                ("newsroom/urls.py", realistic!("newsroom/urls.py")),
            ]
        },
    },
];

/// All examples, by their number in the list that the page offers.
pub(crate) fn all() -> impl Iterator<Item = &'static Example> {
    GUIDE.iter().chain(FILES)
}
