//! The rules: one kind of site or finding each, one file each.
//!
//! A rule's module documentation is its page: what it does, why Django needs it, since when, how sure it is, and
//! examples, which `tests/django` runs. Below it stand one short function and its tests, as before and after text.

pub(crate) mod asynchronous;
mod auth;
mod blocking;
mod cache;
pub(crate) mod classes;
mod concurrent;
mod forms;
pub(crate) mod http;
pub(crate) mod middleware;
#[cfg(test)]
mod mistakes;
pub(crate) mod orm;
pub(crate) mod plan;
mod session;
mod shortcuts;
mod signals;
pub(crate) mod suites;
pub(crate) mod syntax;
mod table;
#[cfg(test)]
pub(crate) mod testing;

use unblocked_analyzer::Site;

use crate::draft::{Cannot, Draft, Outcome};
use crate::options::{HttpClient, Templates, Tests};
use crate::report::{RuleExample, RuleInfo};

use table::DOCS;
pub(crate) use table::RULES;

/// How what a rule writes runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// On the event loop. When it is not wanted, another rule may have another form.
    Native,
    /// The same code as before, in a thread. When that is not wanted, nothing is left but to stay synchronous.
    Thread,
    /// It changes no site.
    Report,
}

/// A rule.
pub(crate) struct Rule {
    /// Group and kebab-case name.
    pub(crate) name: &'static str,
    /// How what it writes runs.
    form: Form,
    /// Makes a site right; `None` when the site is another rule's.
    rewrite: fn(&mut Draft<'_>, &Site) -> Option<Outcome>,
}

/// True for the name of a rule.
pub(crate) fn is_rule(name: &str) -> bool {
    RULES.iter().any(|rule| rule.name == name)
}

/// True when what a rule writes runs the same code in a thread.
pub(crate) fn runs_in_thread(name: &str) -> bool {
    RULES
        .iter()
        .any(|rule| rule.name == name && rule.form == Form::Thread)
}

/// Makes a site right by the first rule that takes it and whose change was not decided against.
pub(crate) fn rewrite(draft: &mut Draft<'_>, site: &Site) -> Outcome {
    let uncovered = || Err(Cannot::new("it waits for something that no rule covers"));
    if draft.decided.takes_all() {
        return RULES
            .iter()
            .find_map(|rule| (rule.rewrite)(draft, site))
            .unwrap_or_else(uncovered);
    }
    let mut against: Option<Cannot> = None;
    for rule in RULES {
        let before = draft.checkpoint();
        match (rule.rewrite)(draft, site) {
            None => draft.accept(before),
            Some(Err(cannot)) => {
                draft.accept(before);
                return Err(match against {
                    Some(first) => first.said(|reason| format!("{reason}, and {}", cannot.reason)),
                    None => cannot,
                });
            }
            Some(Ok(())) => match draft.settle(before) {
                None => return Ok(()),
                Some(cannot) => {
                    if rule.form == Form::Thread {
                        return Err(cannot);
                    }
                    against = Some(cannot);
                }
            },
        }
    }
    against.map_or_else(uncovered, Err)
}

/// What every rule says of itself, by name.
#[must_use]
pub fn rules() -> Vec<RuleInfo> {
    let mut rules: Vec<RuleInfo> = DOCS.iter().map(|(name, docs)| info(name, docs)).collect();
    rules.sort_by(|a, b| a.name.cmp(&b.name));
    rules
}

fn info(name: &str, docs: &str) -> RuleInfo {
    let summary = docs
        .lines()
        .skip_while(|line| line.starts_with('#') || line.trim().is_empty())
        .take_while(|line| !line.trim().is_empty())
        .collect::<Vec<_>>()
        .join(" ");
    RuleInfo {
        name: name.to_owned(),
        summary,
        examples: examples(docs),
        docs: docs.to_owned(),
    }
}

/// The pairs of `python before` and `python after` blocks.
fn examples(docs: &str) -> Vec<RuleExample> {
    // `python before httpx`: an example of that client. `safe-only`: of safe changes alone. `response`,
    // `evaluate`, `concurrent`, `convert-tests`: of that option.
    let block = |text: &str, label: &str| -> Option<(String, String, usize)> {
        let fence = format!("```python {label}");
        let start = text.find(&fence)? + fence.len();
        let line = text.get(start..)?.find('\n')?;
        let extra = text.get(start..start + line)?.trim().to_owned();
        let start = start + line + 1;
        let length = text.get(start..)?.find("```")?;
        Some((
            text.get(start..start + length)?.to_owned(),
            extra,
            start + length,
        ))
    };
    let mut found = Vec::new();
    let mut rest = docs;
    while let Some((before, label, end)) = block(rest, "before") {
        // What code that fails was meant to do stands before it.
        let meant = block(rest, "meant").filter(|&(.., meant)| meant < end);
        rest = rest.get(end..).unwrap_or_default();
        let Some((after, _, end)) = block(rest, "after") else {
            break;
        };
        rest = rest.get(end..).unwrap_or_default();
        let has = |word: &str| label.split_whitespace().any(|one| one == word);
        found.push(RuleExample {
            before,
            after,
            meant: meant.map(|(text, ..)| text),
            http_client: if has("httpx") {
                HttpClient::Httpx
            } else if has("httpx2") {
                HttpClient::Httpx2
            } else if has("requests") {
                HttpClient::Requests
            } else {
                HttpClient::Aiohttp
            },
            safe_only: has("safe-only"),
            tests: if has("convert-tests") {
                Tests::Convert
            } else {
                Tests::Keep
            },
            concurrent: has("concurrent"),
            templates: match (has("response"), has("evaluate")) {
                (true, _) => Templates::Response,
                (_, true) => Templates::Evaluate,
                _ => Templates::Wrap,
            },
        });
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Options;
    use crate::rules::testing::{migrate_with, report_with};

    fn documented(name: &str) -> RuleInfo {
        rules().into_iter().find(|rule| rule.name == name).unwrap()
    }

    #[test]
    fn every_documented_example_is_what_the_rule_does() {
        for info in rules() {
            assert!(!info.examples.is_empty(), "{} has no example", info.name);
            for example in info.examples {
                let options = Options {
                    http_client: example.http_client,
                    safe_only: example.safe_only,
                    tests: example.tests,
                    concurrent: example.concurrent,
                    templates: example.templates,
                    ..Options::for_paste()
                };
                let after = migrate_with(&example.before, &options);
                assert_eq!(after, example.after, "{}:\n{}", info.name, example.before);
            }
        }
    }

    #[test]
    fn every_finding_says_what_why_and_where_to_read_more() {
        for rule in RULES {
            let mut found = 0;
            for example in documented(rule.name).examples {
                let options = Options {
                    http_client: example.http_client,
                    safe_only: example.safe_only,
                    tests: example.tests,
                    concurrent: example.concurrent,
                    templates: example.templates,
                    ..Options::for_paste()
                };
                for finding in report_with(&example.before, &options).findings {
                    found += usize::from(finding.rule == rule.name);
                    let named = format!("{}: {finding:?}", rule.name);
                    assert!(!finding.message.is_empty(), "{named}");
                    assert!(finding.help.is_some_and(|help| !help.is_empty()), "{named}");
                    let page = finding.docs_url.expect(&named);
                    assert!(page.starts_with("https://"), "{named}");
                    if page.contains("djangoproject.com") {
                        assert!(
                            page.starts_with("https://docs.djangoproject.com/en/5.2/"),
                            "{named}"
                        );
                    }
                }
            }
            // What only reports may need other files than an example has.
            let may_need_more = rule.form == Form::Report;
            assert!(
                found > 0 || may_need_more,
                "no example of {} shows its finding",
                rule.name
            );
        }
    }

    /// Rules whose form depends on the Django say since which one there is it.
    #[test]
    fn native_forms_of_django_name_the_version_that_brought_them() {
        let of_django = [
            "orm/",
            "session/",
            "cache/",
            "signals/",
            "auth/",
            "shortcuts/await",
        ];
        let native = RULES.iter().filter(|rule| {
            // Loading relations is as old as Django.
            let is_old = matches!(
                rule.name,
                "orm/foreign-key-id" | "orm/select-related" | "orm/prefetch-related"
            );
            rule.form == Form::Native
                && !is_old
                && of_django.iter().any(|group| rule.name.starts_with(group))
        });
        for rule in native {
            let docs = documented(rule.name);
            let mut texts = Vec::new();
            for example in docs.examples {
                let findings = report_with(&example.before, &Options::for_paste()).findings;
                texts.extend(
                    findings
                        .into_iter()
                        .filter(|finding| finding.rule == rule.name)
                        .map(|finding| {
                            format!("{} {}", finding.message, finding.help.unwrap_or_default())
                        }),
                );
            }
            let names_one = |text: &String| {
                (4..7).any(|major| (0..3).any(|minor| text.contains(&format!("{major}.{minor}"))))
            };
            assert!(texts.iter().any(names_one), "{}: {texts:#?}", rule.name);
        }
    }

    #[test]
    fn every_rule_is_documented_under_its_name() {
        for info in rules() {
            assert!(
                info.docs.starts_with(&format!("# {}\n", info.name)),
                "{}: {}",
                info.name,
                info.docs
            );
            assert!(!info.summary.is_empty(), "{}", info.name);
        }
    }
}
