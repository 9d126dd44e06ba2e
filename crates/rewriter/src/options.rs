//! What a migration is asked to do.

use serde::{Deserialize, Serialize};
use unblocked_django::{DjangoVersion, PythonVersion};

use crate::decisions::UserDecision;

/// The HTTP client that takes the place of `requests`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HttpClient {
    /// `aiohttp.ClientSession`.
    #[default]
    Aiohttp,
    /// `httpx.AsyncClient`.
    Httpx,
    /// `httpx2.AsyncClient`.
    Httpx2,
    /// `requests` stays and runs in threads (`asyncio.to_thread`), which keeps its behaviour to the letter.
    Requests,
}

impl HttpClient {
    /// The package's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Aiohttp => "aiohttp",
            Self::Httpx => "httpx",
            Self::Httpx2 => "httpx2",
            Self::Requests => "requests",
        }
    }
}

/// How long an HTTP client lives that takes the place of `requests`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HttpClientScope {
    /// Each function opens its own, around the statements that need it.
    #[default]
    View,
    /// One for each event loop, shared by all of a module: its connections stay open from one request to the next.
    Application,
}

/// What becomes of `return render(…)` in a view that becomes async.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Templates {
    /// `render` runs in Django's thread, exactly as before.
    #[default]
    Wrap,
    /// An unrendered `TemplateResponse`, which Django renders in its thread.
    Response,
    /// Querysets of the context are fetched before, as lists; `render` runs in Django's thread where it may still ask.
    Evaluate,
}

/// What becomes of tests that go on working as they are: Django's synchronous client drives async views.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tests {
    /// They stay as they are.
    #[default]
    Keep,
    /// Those that ask views become async, where that can be done.
    Convert,
}

/// Whether the files at hand are all the code there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum World {
    /// A folder: every caller is in sight, so a helper changes color when all of them can follow.
    #[default]
    Closed,
    /// A paste: a public function may have callers elsewhere, so it keeps its sync form and gets an async twin.
    Open,
}

/// What a migration is asked to do.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Options {
    /// The Django that the output runs on.
    pub target_version: DjangoVersion,
    /// The oldest Python that the output runs on; the oldest that the target Django supports when `None`.
    pub python_version: Option<PythonVersion>,
    /// The HTTP client that takes the place of `requests`.
    pub http_client: HttpClient,
    /// How long that client lives.
    pub http_client_scope: HttpClientScope,
    /// What becomes of `return render(…)`.
    pub templates: Templates,
    /// What becomes of tests.
    pub tests: Tests,
    /// Withhold changes that are only right under an assumption ([`Applicability::Review`](crate::Applicability)).
    pub safe_only: bool,
    /// Convert views for which it does not pay as well.
    pub all_views: bool,
    /// Let independent waits pass at the same time.
    pub concurrent: bool,
    /// Whether the files at hand are all the code there is.
    pub world: World,
    /// Treat a file of bare statements (no function, no class) as the body of an async view.
    pub bare_statements: bool,
    /// Convert these views only (`module.name`); all when empty.
    pub views: Vec<String>,
    /// Change these files only, by their paths in the workspace, so that functions elsewhere keep their color; all
    /// when empty.
    pub files: Vec<String>,
    /// What was decided about single changes and functions.
    pub decisions: Vec<UserDecision>,
}

impl Options {
    /// What the page uses for pasted code.
    #[must_use]
    pub fn for_paste() -> Self {
        Self {
            world: World::Open,
            bare_statements: true,
            ..Self::default()
        }
    }

    /// True when a file may be changed.
    pub(crate) fn changes(&self, path: &str) -> bool {
        self.files.is_empty() || self.files.iter().any(|file| file == path)
    }

    /// The oldest Python that the output must run on.
    #[must_use]
    pub fn python(&self) -> PythonVersion {
        self.python_version
            .unwrap_or_else(|| self.target_version.oldest_python())
    }
}
