//! What the guide is made of: plain data, the same for the page, the command and the JavaScript API.

use std::fmt;

use serde::{Deserialize, Serialize};
use unblocked_django::DjangoVersion;
use unblocked_rewriter::Range;

use crate::answers::Question;
use crate::assessment::Assessment;

/// A place in a file at hand.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Place {
    /// The file.
    pub file: String,
    /// The line, counted from one.
    pub line: usize,
    /// The range in the file's text.
    pub range: Range,
    /// What stands there, or what is to be said of it; short.
    pub label: String,
}

impl Place {
    /// A range of a file's text, which its first line is the label of.
    #[must_use]
    pub fn new(file: &str, text: &str, range: Range) -> Self {
        let before = text.get(..range.start).unwrap_or_default();
        let label = text
            .get(range.start..range.end)
            .and_then(|part| part.lines().next())
            .unwrap_or_default()
            .trim();
        let mut short: String = label.chars().take(80).collect();
        if short.len() < label.len() {
            short.push('…');
        }
        Self {
            file: file.to_owned(),
            line: before.matches('\n').count() + 1,
            range,
            label: short,
        }
    }

    /// The same place, with something else to say of it.
    #[must_use]
    pub fn labelled(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }
}

impl fmt::Display for Place {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}", self.file, self.line)
    }
}

/// Where a part of the guide stands for the code at hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// There is something to do.
    ToDo,
    /// The code at hand shows it done, or it was ticked by hand.
    Done,
    /// Nothing at hand needs it.
    NotNeeded,
}

impl State {
    /// The state in words.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ToDo => "to do",
            Self::Done => "done",
            Self::NotNeeded => "not needed",
        }
    }
}

/// What real Django says of a sentence of the original guide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It holds.
    True,
    /// It holds in part.
    Partly,
    /// It does not hold.
    Wrong,
}

/// A sentence or a line of the original guide, and what real Django says of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Claim {
    /// Its name, for links.
    pub id: String,
    /// Where it stands in the guide: a step's name, or `introduction`, `pitfalls`, `checklist`.
    pub part: String,
    /// The guide's words.
    pub original: String,
    /// Whether they hold.
    pub verdict: Verdict,
    /// What holds, in one or two sentences.
    pub explanation: String,
    /// What happens if one follows the original; empty where it holds.
    pub otherwise: String,
    /// The Django since when it is so, where that matters.
    pub since: Option<String>,
    /// The documentation that says so.
    pub docs_url: String,
}

/// The versions that something holds for, in words.
pub(crate) fn versions(since: Option<&str>) -> String {
    let [first, .., last] = DjangoVersion::SUPPORTED;
    match since {
        Some(since) => format!("Django {since} and later"),
        None => format!("Django {first} to {last}"),
    }
}

impl Claim {
    /// The versions that it is about, in words.
    #[must_use]
    pub fn versions(&self) -> String {
        versions(self.since.as_deref())
    }
}

impl Pitfall {
    /// The versions that it is about, in words.
    #[must_use]
    pub fn versions(&self) -> String {
        versions(self.since.as_deref())
    }
}

/// A part of a step, in the order of reading.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind", content = "of")]
pub enum Block {
    /// Markdown.
    Text(String),
    /// A heading within the step, and the name to link to.
    Heading(String),
    /// Places of the code at hand that this is about.
    Places {
        /// What they are.
        title: String,
        /// Where.
        places: Vec<Place>,
    },
    /// Commands or code to copy.
    Code {
        /// The language, as a Markdown fence names it.
        language: String,
        /// The code.
        text: String,
    },
    /// Code before and after, which the editor opens.
    Example {
        /// What it shows.
        title: String,
        /// Before.
        before: String,
        /// After.
        after: String,
        /// What after needs of Django, where that is more than the oldest that is supported.
        note: String,
    },
    /// A table.
    Table {
        /// The columns' names.
        header: Vec<String>,
        /// The rows' cells, as Markdown.
        rows: Vec<Vec<String>>,
    },
    /// A file to write or to change: its path in [`Guide::files`].
    File(String),
    /// What the original guide says here, and what holds: a name in [`Guide::claims`].
    Claim(String),
    /// A rule that applies here, and where it does.
    Rule {
        /// The rule's name.
        rule: String,
        /// What it does, in one sentence.
        summary: String,
        /// Where it changed or found something.
        places: Vec<Place>,
    },
}

/// A step of the guide.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Step {
    /// Its name, for links: `prerequisites`.
    pub id: String,
    /// Its number.
    pub number: u32,
    /// Its title.
    pub title: String,
    /// What it comes to for the code at hand, in one sentence.
    pub summary: String,
    /// Where it stands.
    pub state: State,
    /// How many places or files of the code at hand it is about.
    pub count: usize,
    /// What it says.
    pub blocks: Vec<Block>,
}

/// A pitfall, held against the code at hand.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Pitfall {
    /// Its name, for links.
    pub id: String,
    /// What it is, in a few words.
    pub title: String,
    /// True for one of the original guide.
    pub from_guide: bool,
    /// What goes wrong, and what to do.
    pub explanation: String,
    /// The Django since when it is so, where that matters.
    pub since: Option<String>,
    /// The documentation that says so.
    pub docs_url: String,
    /// What was looked at: "you have 2 of these", or why the code at hand can't tell.
    pub verdict: String,
    /// Where the code at hand has it.
    pub places: Vec<Place>,
    /// Where it had it and the migrated code does not any more.
    pub avoided: Vec<Place>,
}

/// An item of the checklist.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CheckItem {
    /// Its name, by which it is ticked.
    pub id: String,
    /// What to do.
    pub title: String,
    /// More about it: why, or how one sees that it is done.
    pub detail: String,
    /// Where it stands.
    pub state: State,
    /// True when it was ticked by hand, as no code shows it.
    pub by_hand: bool,
    /// True when the code at hand decides, and ticking by hand is not needed.
    pub is_automatic: bool,
    /// The step that it belongs to.
    pub step: String,
    /// The original guide's words, for its seven items.
    pub original: Option<String>,
    /// Places that it is about.
    pub places: Vec<Place>,
}

/// A file that the guide makes, or changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GuideFile {
    /// Where to put it, or the path of the file at hand.
    pub path: String,
    /// Its language, as a Markdown fence names it.
    pub language: String,
    /// What it is for, in one sentence.
    pub purpose: String,
    /// Its whole text.
    pub text: String,
    /// For a file at hand: the change as a unified diff.
    pub patch: Option<String>,
    /// The step that it belongs to.
    pub step: String,
    /// True for one of several to choose from, other than the one that is recommended.
    pub is_alternative: bool,
}

/// The guide for the code at hand.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Guide {
    /// The Django that it is for.
    pub target_version: DjangoVersion,
    /// What the code says of the project: "PostgreSQL with psycopg 3, Gunicorn (WSGI)".
    pub summary: String,
    /// What it asks, and what the code answers.
    pub questions: Vec<Question>,
    /// What moving to async would bring.
    pub assessment: Assessment,
    /// The original guide's claims, all of them.
    pub claims: Vec<Claim>,
    /// The eight steps.
    pub steps: Vec<Step>,
    /// The pitfalls.
    pub pitfalls: Vec<Pitfall>,
    /// The checklist.
    pub checklist: Vec<CheckItem>,
    /// Files to write.
    pub files: Vec<GuideFile>,
}

impl Guide {
    /// Every place of the guide: for turning offsets.
    pub fn places_mut(&mut self) -> impl Iterator<Item = &mut Place> {
        let steps = self
            .steps
            .iter_mut()
            .flat_map(|step| &mut step.blocks)
            .flat_map(|block| match block {
                Block::Places { places, .. } | Block::Rule { places, .. } => &mut places[..],
                _ => &mut [],
            });
        let pitfalls = self
            .pitfalls
            .iter_mut()
            .flat_map(|pitfall| pitfall.places.iter_mut().chain(&mut pitfall.avoided));
        let items = self.checklist.iter_mut().flat_map(|item| &mut item.places);
        let questions = self
            .questions
            .iter_mut()
            .flat_map(|question| &mut question.places);
        let assessment = self.assessment.places_mut();
        steps
            .chain(pitfalls)
            .chain(items)
            .chain(questions)
            .chain(assessment)
    }
}

/// A database engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Engine {
    /// PostgreSQL, `PostGIS` included.
    PostgreSql,
    /// MySQL and MariaDB.
    MySql,
    /// SQLite.
    Sqlite,
    /// Oracle.
    Oracle,
    /// Another backend.
    Other,
    /// Not known.
    Unknown,
}

impl Engine {
    /// The engine of a dotted path, backends around Django's own and misspelled ones included.
    pub(crate) fn from_path(path: &str) -> Self {
        let last = path.rsplit('.').next().unwrap_or(path);
        if last.contains("postgres") || last.contains("postgis") || path.contains("psycopg") {
            Self::PostgreSql
        } else if last.contains("mysql") || path.contains("mysql") {
            Self::MySql
        } else if last.contains("sqlite") || last.contains("spatialite") {
            Self::Sqlite
        } else if last.contains("oracle") {
            Self::Oracle
        } else {
            Self::Other
        }
    }

    /// The engine in words.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PostgreSql => "PostgreSQL",
            Self::MySql => "MySQL",
            Self::Sqlite => "SQLite",
            Self::Oracle => "Oracle",
            Self::Other => "another database",
            Self::Unknown => "not known",
        }
    }
}

/// What serves the site.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Server {
    /// Gunicorn with a synchronous or threaded worker: WSGI.
    GunicornWsgi,
    /// Gunicorn with an ASGI worker.
    GunicornAsgi,
    /// Uvicorn.
    Uvicorn,
    /// Daphne.
    Daphne,
    /// Hypercorn.
    Hypercorn,
    /// Granian.
    Granian,
    /// uWSGI.
    Uwsgi,
    /// Apache's `mod_wsgi`.
    ModWsgi,
    /// Waitress.
    Waitress,
    /// `manage.py runserver`.
    RunServer,
}

impl Server {
    /// Every server.
    pub const ALL: [Self; 10] = [
        Self::GunicornWsgi,
        Self::GunicornAsgi,
        Self::Uvicorn,
        Self::Daphne,
        Self::Hypercorn,
        Self::Granian,
        Self::Uwsgi,
        Self::ModWsgi,
        Self::Waitress,
        Self::RunServer,
    ];

    /// Its name in words.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::GunicornWsgi => "Gunicorn (WSGI)",
            Self::GunicornAsgi => "Gunicorn (ASGI worker)",
            Self::Uvicorn => "Uvicorn",
            Self::Daphne => "Daphne",
            Self::Hypercorn => "Hypercorn",
            Self::Granian => "Granian",
            Self::Uwsgi => "uWSGI",
            Self::ModWsgi => "mod_wsgi",
            Self::Waitress => "Waitress",
            Self::RunServer => "manage.py runserver",
        }
    }

    /// Its name in answers.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::GunicornWsgi => "gunicorn-wsgi",
            Self::GunicornAsgi => "gunicorn-asgi",
            Self::Uvicorn => "uvicorn",
            Self::Daphne => "daphne",
            Self::Hypercorn => "hypercorn",
            Self::Granian => "granian",
            Self::Uwsgi => "uwsgi",
            Self::ModWsgi => "mod-wsgi",
            Self::Waitress => "waitress",
            Self::RunServer => "run-server",
        }
    }

    /// True when it speaks ASGI.
    #[must_use]
    pub const fn is_asgi(self) -> bool {
        matches!(
            self,
            Self::GunicornAsgi | Self::Uvicorn | Self::Daphne | Self::Hypercorn | Self::Granian
        )
    }
}
