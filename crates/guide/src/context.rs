//! What every part of the guide is made from.

use unblocked_analyzer::Analysis;
use unblocked_django::{DjangoVersion, PythonVersion, docs_url};
use unblocked_rewriter::{FileReport, Finding, FindingState, HttpClient, Options, Report};

use crate::answers::Answers;
use crate::assessment::{CONNECTIONS, Serving, USUAL_SLOTS};
use crate::content::servers::successor;
use crate::data::{Engine, Place, Server, versions};
use crate::project::Project;

/// Code, answers and options, and what follows from them.
pub(crate) struct Context<'a> {
    pub(crate) analysis: &'a Analysis<'a>,
    pub(crate) report: &'a Report,
    pub(crate) project: Project<'a>,
    pub(crate) answers: &'a Answers,
    pub(crate) target: DjangoVersion,
    pub(crate) python: PythonVersion,
    /// The reader says which.
    pub(crate) is_python_given: bool,
    pub(crate) http_client: HttpClient,
    pub(crate) engine: Engine,
    /// The driver, as pip calls it.
    pub(crate) driver: Option<String>,
    pub(crate) server: Option<Server>,
    pub(crate) next_server: Server,
    pub(crate) package: String,
    pub(crate) settings_module: String,
    /// Requests that are served at the same time today.
    pub(crate) slots: u32,
    /// The processes that they are in.
    pub(crate) processes: u32,
}

/// Drivers by what pip calls them.
pub(crate) const DRIVERS: [(&str, Engine, &str); 10] = [
    ("psycopg", Engine::PostgreSql, "psycopg 3"),
    ("psycopg2", Engine::PostgreSql, "psycopg2"),
    ("psycopg2-binary", Engine::PostgreSql, "psycopg2"),
    ("asyncpg", Engine::PostgreSql, "asyncpg"),
    ("mysqlclient", Engine::MySql, "mysqlclient"),
    ("pymysql", Engine::MySql, "PyMySQL"),
    ("aiomysql", Engine::MySql, "aiomysql"),
    ("oracledb", Engine::Oracle, "oracledb"),
    ("cx-oracle", Engine::Oracle, "cx_Oracle"),
    ("sqlite3", Engine::Sqlite, "sqlite3 (Python's own)"),
];

impl<'a> Context<'a> {
    pub(crate) fn new(
        analysis: &'a Analysis<'a>,
        report: &'a Report,
        project: Project<'a>,
        answers: &'a Answers,
        options: &Options,
    ) -> Self {
        let engine = answers
            .engine
            .or_else(|| project.engine().map(|(engine, _)| engine))
            .unwrap_or(Engine::Unknown);
        let driver = answers.driver.clone().or_else(|| driver(&project, engine));
        let server = answers
            .server
            .or_else(|| project.server().map(|(server, _)| server));
        let is_asgi = server.is_some_and(Server::is_asgi);
        let slots = answers
            .slots
            .or_else(|| slots(&project))
            .unwrap_or(match is_asgi {
                true => CONNECTIONS,
                false => USUAL_SLOTS,
            });
        let workers = project.command().and_then(|command| command.workers);
        Self {
            analysis,
            report,
            answers,
            target: options.target_version,
            python: options.python(),
            is_python_given: options.python_version.is_some(),
            http_client: options.http_client,
            engine,
            driver,
            server,
            next_server: answers.next_server.unwrap_or_else(|| successor(server)),
            package: project.package(),
            settings_module: project.settings_module(),
            slots,
            processes: workers
                .unwrap_or(if is_asgi { 1 } else { slots })
                .clamp(1, slots),
            project,
        }
    }

    /// How requests are served today.
    pub(crate) fn serving(&self) -> Serving {
        Serving {
            slots: self.slots,
            processes: self.processes,
            is_asgi: self.server.is_some_and(Server::is_asgi),
        }
    }

    /// A page of Django's documentation, for the target.
    pub(crate) fn docs(&self, path: &str) -> String {
        docs_url(self.target, path)
    }

    /// What is said of Django: with the version since when it is so (`""`: in all that are supported), and its documentation.
    pub(crate) fn said(&self, text: &str, since: &str, docs: &str) -> String {
        let versions = versions((!since.is_empty()).then_some(since));
        format!("{text} ({versions}, [documentation]({}))", self.docs(docs))
    }

    /// Findings that stand, with their files.
    pub(crate) fn findings(&self) -> impl Iterator<Item = (&'a FileReport, &'a Finding)> {
        self.report.files.iter().flat_map(|file| {
            file.findings
                .iter()
                .filter(|finding| {
                    matches!(finding.state, FindingState::Applied | FindingState::Open)
                })
                .map(move |finding| (file, finding))
        })
    }

    /// The text before of a file.
    pub(crate) fn text(&self, path: &str) -> &'a str {
        self.analysis
            .world
            .files
            .iter()
            .find(|facts| facts.path == path)
            .map_or("", |facts| facts.text())
    }

    /// Where a finding is.
    pub(crate) fn place(&self, file: &FileReport, finding: &Finding) -> Place {
        Place::new(&file.path, self.text(&file.path), finding.before)
    }

    /// The files after the migration that use what `needle` spells.
    pub(crate) fn after_uses(&self, needle: &str) -> bool {
        self.report
            .files
            .iter()
            .any(|file| !file.edits.is_empty() && file.after.contains(needle))
    }
}

fn driver(project: &Project<'_>, engine: Engine) -> Option<String> {
    if engine == Engine::Sqlite {
        return Some("sqlite3".to_owned());
    }
    let mut of_engine = DRIVERS.iter().filter(|(_, of, _)| *of == engine);
    of_engine
        .find(|(name, ..)| project.requirement(name).is_some())
        .map(|(name, ..)| (*name).to_owned())
}

/// Processes times threads of the command that serves the site. An ASGI server gives each synchronous request a thread.
fn slots(project: &Project<'_>) -> Option<u32> {
    let command = project.command()?;
    if command.server.is_asgi() {
        return Some(
            command
                .workers
                .unwrap_or(1)
                .clamp(1, 1000)
                .saturating_mul(CONNECTIONS),
        );
    }
    if command.workers.is_none() && command.threads.is_none() {
        return None;
    }
    Some(
        command
            .workers
            .unwrap_or(1)
            .saturating_mul(command.threads.unwrap_or(1))
            .max(1),
    )
}
