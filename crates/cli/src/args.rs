//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use serde::Deserialize;
use unblocked_django::{DjangoVersion, PythonVersion};
use unblocked_rewriter::{HttpClient, HttpClientScope, Templates, Tests};

/// Turns Django views async: says what blocks, writes the async code, explains every change.
#[derive(Debug, Parser)]
#[command(name = "unblocked", version, propagate_version = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Report what blocks, or would fail in async code
    #[command(
        after_help = "Exit status: 0 when nothing was found, 1 when something was, 2 when it could not run."
    )]
    Check(CheckArgs),
    /// Turn views async: show the diff, or write the files
    #[command(
        after_help = "Exit status: 0 when nothing would change or the changes were written, 1 when the diff is not \
                      empty, 2 when it could not run."
    )]
    Migrate(MigrateArgs),
    /// Say for each view what it waits for, and whether moving it to async pays
    Assess(AssessArgs),
    /// Write the guide for this project: steps, files, pitfalls and checklist as one Markdown document
    Guide(GuideArgs),
    /// List the rules, or show the documentation of one
    Rules(RulesArgs),
}

/// What the guide is told that the code does not say.
#[derive(Debug, Args)]
pub(crate) struct AnswerArgs {
    /// The Django that the code runs on [default: what the requirements ask for, else 5.2]
    #[arg(long, value_name = "VERSION")]
    pub(crate) target_version: Option<DjangoVersion>,
    /// What takes the place of `requests` [default: aiohttp]
    #[arg(long, value_enum)]
    pub(crate) http_client: Option<Client>,
    /// Milliseconds that one wait takes: `http=450`, `query=8`, or one of them: `shop/views.py:12:requests.get=900`; may
    /// be given several times
    #[arg(long = "latency", value_name = "WAIT=MS")]
    pub(crate) latencies: Vec<String>,
    /// Another answer, by the question's name in `guide --output-format json`: `server=uvicorn`, `traffic=50`; may be
    /// given several times
    #[arg(long = "answer", value_name = "QUESTION=ANSWER")]
    pub(crate) answers: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct AssessArgs {
    /// Files and folders whose views are assessed; the whole project around them is read
    #[arg(default_value = ".")]
    pub(crate) paths: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) answers: AnswerArgs,
    /// How it is shown
    #[arg(long, value_enum, default_value_t)]
    pub(crate) output_format: AssessFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum AssessFormat {
    /// A table of views, with reasons
    #[default]
    Table,
    /// A JSON object
    Json,
}

#[derive(Debug, Args)]
pub(crate) struct GuideArgs {
    /// The project; all of it is read
    #[arg(default_value = ".")]
    pub(crate) paths: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) answers: AnswerArgs,
    /// Write to this file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Write the files that the guide makes (new ones and changed ones, each under its path) into this folder, which
    /// is made
    #[arg(long, value_name = "FOLDER")]
    pub(crate) files: Option<PathBuf>,
    /// How it is written
    #[arg(long, value_enum, default_value_t)]
    pub(crate) output_format: GuideFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum GuideFormat {
    /// One document
    #[default]
    Markdown,
    /// The checklist alone, as Markdown: for an issue
    Checklist,
    /// A JSON object
    Json,
}

#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    /// Files and folders to report on; the whole project around them is read
    #[arg(default_value = ".")]
    pub(crate) paths: Vec<PathBuf>,
    /// The Django that the code runs on [default: 5.2]
    #[arg(long, value_name = "VERSION")]
    pub(crate) target_version: Option<DjangoVersion>,
    /// How findings are shown
    #[arg(long, value_enum, default_value_t)]
    pub(crate) output_format: CheckFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum CheckFormat {
    /// With the source lines
    #[default]
    Full,
    /// One line each
    Concise,
    /// A JSON array
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// Annotations of GitHub Actions
    Github,
}

#[derive(Debug, Args)]
pub(crate) struct MigrateArgs {
    /// Files and folders to change; the whole project around them is read. `-` alone reads a paste from standard
    /// input and writes the code after the migration to standard output. `-` migrates what comes by standard input
    #[arg(default_value = ".")]
    pub(crate) paths: Vec<PathBuf>,
    /// The Django that the output runs on [default: 5.2]
    #[arg(long, value_name = "VERSION")]
    pub(crate) target_version: Option<DjangoVersion>,
    /// The oldest Python that the output runs on [default: the oldest that the target Django supports]
    #[arg(long, value_name = "VERSION")]
    pub(crate) python_version: Option<PythonVersion>,
    /// What takes the place of `requests` [default: aiohttp]
    #[arg(long, value_enum)]
    pub(crate) http_client: Option<Client>,
    /// How long that client lives [default: view]
    #[arg(long, value_enum)]
    pub(crate) http_client_scope: Option<ClientScope>,
    /// What becomes of `return render(…)` [default: wrap]
    #[arg(long, value_enum)]
    pub(crate) templates: Option<TemplateForm>,
    /// What becomes of tests that go on working as they are [default: keep]
    #[arg(long, value_enum)]
    pub(crate) tests: Option<TestForm>,
    /// Print the changes as a unified diff (what happens without --write)
    #[arg(long, conflicts_with = "write")]
    pub(crate) diff: bool,
    /// Write the changes: all files or none
    #[arg(long)]
    pub(crate) write: bool,
    /// Convert this view only; may be given several times
    #[arg(long = "view", value_name = "MODULE.NAME")]
    pub(crate) views: Vec<String>,
    /// Convert views for which it does not pay as well
    #[arg(long)]
    pub(crate) all_views: bool,
    /// Withhold changes that are only right under an assumption
    #[arg(long)]
    pub(crate) safe_only: bool,
    /// Let calls that do not need each other wait at the same time
    #[arg(long)]
    pub(crate) concurrent: bool,
    /// Reject the changes of this rule: what it would change takes its next form, in a thread or not at all; may be
    /// given several times
    #[arg(long, value_name = "RULE")]
    pub(crate) reject: Vec<String>,
    /// Leave this function as it is; may be given several times
    #[arg(long, value_name = "MODULE.NAME")]
    pub(crate) leave: Vec<String>,
    /// How the outcome is shown
    #[arg(long, value_enum, default_value_t)]
    pub(crate) output_format: MigrateFormat,
    /// Say what was decided for each function, and why
    #[arg(short, long)]
    pub(crate) verbose: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum MigrateFormat {
    /// A unified diff, and a summary on standard error
    #[default]
    Text,
    /// A JSON object: files with their diff, findings and functions, and a summary
    Json,
}

#[derive(Debug, Args)]
pub(crate) struct RulesArgs {
    /// The rule to show, such as `orm/await-terminal`
    pub(crate) name: Option<String>,
    /// How rules are shown
    #[arg(long, value_enum, default_value_t)]
    pub(crate) output_format: RulesFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum RulesFormat {
    /// Names and summaries, or Markdown
    #[default]
    Text,
    /// JSON
    Json,
}

/// The engine's [`HttpClient`], as it is spelled on the command line and in pyproject.toml.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Client {
    /// aiohttp.ClientSession
    Aiohttp,
    /// httpx.AsyncClient
    Httpx,
    /// httpx2.AsyncClient
    Httpx2,
    /// requests stays and runs in threads, which keeps its behaviour to the letter
    Requests,
}

impl From<Client> for HttpClient {
    fn from(client: Client) -> Self {
        match client {
            Client::Aiohttp => Self::Aiohttp,
            Client::Httpx => Self::Httpx,
            Client::Httpx2 => Self::Httpx2,
            Client::Requests => Self::Requests,
        }
    }
}

/// The engine's [`HttpClientScope`], as it is spelled on the command line and in pyproject.toml.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ClientScope {
    /// each function opens its own
    View,
    /// one for each event loop, which keeps its connections from one request to the next
    Application,
}

impl From<ClientScope> for HttpClientScope {
    fn from(scope: ClientScope) -> Self {
        match scope {
            ClientScope::View => Self::View,
            ClientScope::Application => Self::Application,
        }
    }
}

/// The engine's [`Templates`], as it is spelled on the command line and in pyproject.toml.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum TemplateForm {
    /// render runs in Django's thread, exactly as before
    Wrap,
    /// an unrendered TemplateResponse, which Django renders in its thread
    Response,
    /// querysets of the context are fetched before, as lists; render runs in Django's thread where it may still ask
    Evaluate,
}

impl From<TemplateForm> for Templates {
    fn from(form: TemplateForm) -> Self {
        match form {
            TemplateForm::Wrap => Self::Wrap,
            TemplateForm::Response => Self::Response,
            TemplateForm::Evaluate => Self::Evaluate,
        }
    }
}

/// The engine's [`Tests`], as it is spelled on the command line and in pyproject.toml.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum TestForm {
    /// they stay: Django's synchronous client drives async views
    Keep,
    /// those that ask views become async, with the async client
    Convert,
}

impl From<TestForm> for Tests {
    fn from(form: TestForm) -> Self {
        match form {
            TestForm::Keep => Self::Keep,
            TestForm::Convert => Self::Convert,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }
}
