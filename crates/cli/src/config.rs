//! `[tool.unblocked]` in pyproject.toml, and how it combines with the command line.

use std::fs;
use std::path::Path;

use serde::Deserialize;
use unblocked_django::{DjangoVersion, PythonVersion};
use unblocked_rewriter::{
    Choice, HttpClient, HttpClientScope, Options, Templates, Tests, UserDecision, rules,
};

use crate::args::{
    AnswerArgs, CheckArgs, Client, ClientScope, MigrateArgs, TemplateForm, TestForm,
};
use crate::error::Error;

/// `[tool.unblocked]`: the options of `migrate` under the same names.
#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Config {
    target_version: Option<DjangoVersion>,
    python_version: Option<PythonVersion>,
    http_client: Option<Client>,
    http_client_scope: Option<ClientScope>,
    templates: Option<TemplateForm>,
    tests: Option<TestForm>,
    safe_only: bool,
    all_views: bool,
    concurrent: bool,
    views: Vec<String>,
    reject: Vec<String>,
    leave: Vec<String>,
}

#[derive(Deserialize)]
struct PyProject {
    tool: Option<Tool>,
}

#[derive(Deserialize)]
struct Tool {
    unblocked: Option<Config>,
}

impl Config {
    /// Reads the nearest pyproject.toml at or above `path` that has the table.
    pub(crate) fn find(path: &Path) -> Result<Self, Error> {
        for folder in path.ancestors() {
            let file = folder.join("pyproject.toml");
            // An unreadable file above the project is no business of ours.
            let Ok(text) = fs::read_to_string(&file) else {
                continue;
            };
            let parsed = Self::parse(&text).map_err(|message| Error::Config {
                path: file,
                message,
            })?;
            if let Some(config) = parsed {
                return Ok(config);
            }
        }
        Ok(Self::default())
    }

    fn parse(text: &str) -> Result<Option<Self>, String> {
        let parsed: PyProject =
            toml::from_str(text).map_err(|error| error.to_string().trim_end().to_owned())?;
        Ok(parsed.tool.and_then(|tool| tool.unblocked))
    }

    fn options(self) -> Options {
        Options {
            target_version: self.target_version.unwrap_or_default(),
            python_version: self.python_version,
            http_client: self.http_client.map(HttpClient::from).unwrap_or_default(),
            http_client_scope: self
                .http_client_scope
                .map(HttpClientScope::from)
                .unwrap_or_default(),
            templates: self.templates.map(Templates::from).unwrap_or_default(),
            tests: self.tests.map(Tests::from).unwrap_or_default(),
            safe_only: self.safe_only,
            all_views: self.all_views,
            concurrent: self.concurrent,
            views: self.views,
            decisions: decisions(self.reject, self.leave),
            ..Options::default()
        }
    }

    /// The options of `check`: the command line wins.
    pub(crate) fn for_check(self, args: &CheckArgs) -> Result<Options, Error> {
        let mut options = self.options();
        // Every view is reported on, and everything that could be changed counts.
        options.views = Vec::new();
        options.safe_only = false;
        options.concurrent = false;
        if let Some(version) = args.target_version {
            options.target_version = version;
            // A Python that was chosen for another Django must not make the command refuse to run.
            options.python_version = options
                .python_version
                .map(|python| python.max(version.oldest_python()));
        }
        validated(options)
    }

    /// The options of `assess` and `guide`; whether the target was chosen.
    pub(crate) fn for_guide(self, args: &AnswerArgs) -> Result<(Options, bool), Error> {
        let is_chosen = args.target_version.or(self.target_version).is_some();
        let mut options = self.options();
        if let Some(version) = args.target_version {
            options.target_version = version;
            options.python_version = options
                .python_version
                .map(|python| python.max(version.oldest_python()));
        }
        if let Some(client) = args.http_client {
            options.http_client = client.into();
        }
        Ok((validated(options)?, is_chosen))
    }

    /// The options of `migrate`: the command line wins; flags add up.
    pub(crate) fn for_migrate(self, args: &MigrateArgs) -> Result<Options, Error> {
        let mut options = self.options();
        if let Some(version) = args.target_version {
            options.target_version = version;
        }
        if args.python_version.is_some() {
            options.python_version = args.python_version;
        }
        if let Some(client) = args.http_client {
            options.http_client = client.into();
        }
        if let Some(scope) = args.http_client_scope {
            options.http_client_scope = scope.into();
        }
        if let Some(templates) = args.templates {
            options.templates = templates.into();
        }
        if let Some(tests) = args.tests {
            options.tests = tests.into();
        }
        options.safe_only |= args.safe_only;
        options.all_views |= args.all_views;
        options.concurrent |= args.concurrent;
        if !args.views.is_empty() {
            options.views.clone_from(&args.views);
        }
        let more = decisions(args.reject.clone(), args.leave.clone());
        options.decisions.extend(more);
        validated(options)
    }
}

/// What is decided by rule and by function.
fn decisions(reject: Vec<String>, leave: Vec<String>) -> Vec<UserDecision> {
    let rejected = reject.into_iter().map(|rule| UserDecision {
        rule: Some(rule),
        ..UserDecision::new(Choice::Reject)
    });
    let left = leave.into_iter().map(|function| UserDecision {
        function: Some(function),
        ..UserDecision::new(Choice::Leave)
    });
    rejected.chain(left).collect()
}

fn validated(options: Options) -> Result<Options, Error> {
    let oldest = options.target_version.oldest_python();
    if let Some(python) = options.python_version
        && python < oldest
    {
        return Err(Error::PythonTooOld {
            django: options.target_version,
            oldest,
            python,
        });
    }
    let known = rules();
    let mut named = options
        .decisions
        .iter()
        .filter_map(|decision| decision.rule.as_ref());
    if let Some(unknown) = named.find(|rule| !known.iter().any(|one| one.name == **rule)) {
        return Err(Error::NoSuchRule(unknown.clone()));
    }
    Ok(options)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_its_table_and_nothing_else() {
        let config = Config::parse(
            "[project]\nname = 'shop'\n[tool.ruff]\nline-length = 120\n\
             [tool.unblocked]\ntarget-version = '6.0'\nhttp-client = 'httpx'\nhttp-client-scope = 'application'\nall-views = true\nconcurrent = true\n",
        );
        let options = config.unwrap().unwrap().options();
        assert_eq!(options.target_version, DjangoVersion::new(6, 0));
        assert_eq!(options.http_client, HttpClient::Httpx);
        assert_eq!(options.http_client_scope, HttpClientScope::Application);
        assert!(options.all_views && options.concurrent && !options.safe_only);
        assert_eq!(Config::parse("[project]\nname = 'shop'\n"), Ok(None));
    }

    #[test]
    fn reads_decisions_and_knows_the_rules() {
        let read = |table: &str| {
            let config = Config::parse(&format!("[tool.unblocked]\n{table}\n"));
            validated(config.unwrap().unwrap().options())
        };
        let options = read("reject = ['http/aiohttp']\nleave = ['shop.views.checkout']").unwrap();
        let [reject, leave] = &options.decisions[..] else {
            panic!("{:?}", options.decisions);
        };
        assert_eq!(reject.rule.as_deref(), Some("http/aiohttp"));
        assert_eq!(leave.choice, Choice::Leave);
        let error = read("reject = ['http/curl']").unwrap_err();
        assert!(error.to_string().contains("there is no rule `http/curl`"));
    }

    #[test]
    fn says_what_is_wrong() {
        for (table, part) in [
            ("target-version = '3.2'", "Django 3.2 is not supported"),
            ("http-client = 'curl'", "unknown variant `curl`"),
            ("http-client-scope = 'process'", "unknown variant `process`"),
            ("targetversion = '5.2'", "unknown field `targetversion`"),
        ] {
            let error = Config::parse(&format!("[tool.unblocked]\n{table}\n")).unwrap_err();
            assert!(error.contains(part), "{error}");
            assert!(error.contains("line 2"), "{error}");
        }
    }
}
