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
pub(crate) mod orm;
pub(crate) mod plan;
mod session;
mod shortcuts;
mod signals;
pub(crate) mod syntax;
#[cfg(test)]
pub(crate) mod testing;

use unblocked_analyzer::Site;

use crate::draft::{Cannot, Draft, Outcome};
use crate::options::{HttpClient, Templates};
use crate::report::{RuleExample, RuleInfo};

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
    /// Its source file, whose head is its documentation.
    source: &'static str,
    /// Makes a site right; `None` when the site is another rule's.
    rewrite: fn(&mut Draft<'_>, &Site) -> Option<Outcome>,
}

macro_rules! rule {
    ($name:literal, $form:ident, $path:literal, $rewrite:path) => {
        Rule {
            name: $name,
            form: Form::$form,
            source: include_str!($path),
            rewrite: $rewrite,
        }
    };
}

/// All rules. Of two that take a site, the first has it: native forms come before wrapping.
pub(crate) static RULES: &[Rule] = &[
    rule!(
        "async/missing-await",
        Native,
        "asynchronous/missing_await.rs",
        asynchronous::missing_await::rewrite
    ),
    rule!(
        "async/needless-await",
        Native,
        "asynchronous/needless_await.rs",
        asynchronous::needless_await::rewrite
    ),
    rule!(
        "async/iterator",
        Native,
        "asynchronous/async_iterator.rs",
        asynchronous::async_iterator::rewrite
    ),
    rule!(
        "async/early-value",
        Native,
        "asynchronous/early_value.rs",
        asynchronous::early_value::rewrite
    ),
    rule!(
        "async/native-form",
        Native,
        "asynchronous/native_form.rs",
        asynchronous::native_form::rewrite
    ),
    rule!(
        "async/own-thread",
        Thread,
        "asynchronous/own_thread.rs",
        asynchronous::own_thread::rewrite
    ),
    rule!(
        "async/needless-thread",
        Native,
        "asynchronous/needless_thread.rs",
        asynchronous::needless_thread::rewrite
    ),
    rule!(
        "async/own-loop",
        Native,
        "asynchronous/own_loop.rs",
        asynchronous::own_loop::rewrite
    ),
    rule!(
        "async/never-was",
        Native,
        "asynchronous/never_was.rs",
        asynchronous::never_was::rewrite
    ),
    rule!(
        "async/lost-task",
        Report,
        "asynchronous/lost_task.rs",
        asynchronous::lost_task::rewrite
    ),
    rule!(
        "orm/await-terminal",
        Native,
        "orm/await_terminal.rs",
        orm::await_terminal::rewrite
    ),
    rule!(
        "session/await-method",
        Native,
        "session/await_method.rs",
        session::await_method::rewrite
    ),
    rule!(
        "session/await-item",
        Native,
        "session/await_item.rs",
        session::await_item::rewrite
    ),
    rule!(
        "session/wrap-item",
        Thread,
        "session/wrap_item.rs",
        session::wrap_item::rewrite
    ),
    rule!("cache/await-method", Native, "cache.rs", cache::rewrite),
    rule!("signals/await-send", Native, "signals.rs", signals::rewrite),
    rule!("forms/call-in-thread", Thread, "forms.rs", forms::rewrite),
    rule!(
        "orm/wrap-method",
        Thread,
        "orm/wrap_method.rs",
        orm::wrap_method::rewrite
    ),
    rule!(
        "orm/async-for",
        Native,
        "orm/async_for.rs",
        orm::async_for::rewrite
    ),
    rule!(
        "orm/await-exists",
        Native,
        "orm/await_exists.rs",
        orm::await_exists::rewrite
    ),
    rule!(
        "orm/await-count",
        Native,
        "orm/await_count.rs",
        orm::await_count::rewrite
    ),
    rule!(
        "orm/await-index",
        Thread,
        "orm/await_index.rs",
        orm::await_index::rewrite
    ),
    rule!(
        "orm/async-comprehension",
        Native,
        "orm/async_comprehension.rs",
        orm::async_comprehension::rewrite
    ),
    rule!(
        "orm/evaluate-in-thread",
        Thread,
        "orm/evaluate_in_thread.rs",
        orm::evaluate_in_thread::rewrite
    ),
    rule!(
        "orm/await-relation",
        Thread,
        "orm/await_relation.rs",
        orm::await_relation::rewrite
    ),
    rule!(
        "orm/unknown-attribute",
        Report,
        "orm/unknown_attribute.rs",
        orm::unknown_attribute::rewrite
    ),
    rule!(
        "orm/transaction",
        Thread,
        "orm/transaction.rs",
        orm::transaction::rewrite
    ),
    rule!(
        "orm/atomic-requests",
        Report,
        "orm/atomic_requests.rs",
        orm::atomic_requests::rewrite
    ),
    rule!(
        "classes/handlers",
        Report,
        "classes/handlers.rs",
        classes::handlers::rewrite
    ),
    rule!(
        "classes/await-inherited",
        Native,
        "classes/await_inherited.rs",
        classes::await_inherited::rewrite
    ),
    rule!(
        "classes/wrap-inherited",
        Thread,
        "classes/wrap_inherited.rs",
        classes::wrap_inherited::rewrite
    ),
    rule!(
        "classes/async-dispatch",
        Native,
        "classes/shape.rs",
        classes::shape::rewrite
    ),
    rule!(
        "auth/load-user",
        Native,
        "auth/load_user.rs",
        auth::load_user::rewrite
    ),
    rule!(
        "auth/wrap-user",
        Thread,
        "auth/wrap_user.rs",
        auth::wrap_user::rewrite
    ),
    rule!(
        "shortcuts/await-function",
        Native,
        "shortcuts/await_function.rs",
        shortcuts::await_function::rewrite
    ),
    rule!(
        "shortcuts/wrap-function",
        Thread,
        "shortcuts/wrap_function.rs",
        shortcuts::wrap_function::rewrite
    ),
    rule!(
        "shortcuts/template-response",
        Native,
        "shortcuts/template_response.rs",
        shortcuts::template_response::rewrite
    ),
    rule!(
        "shortcuts/wrap-render",
        Thread,
        "shortcuts/wrap_render.rs",
        shortcuts::wrap_render::rewrite
    ),
    rule!(
        "http/exceptions",
        Native,
        "http/exceptions.rs",
        http::exceptions::rewrite
    ),
    rule!(
        "http/aiohttp",
        Native,
        "http/aiohttp.rs",
        http::aiohttp::rewrite
    ),
    rule!("http/httpx", Native, "http/httpx.rs", http::httpx::rewrite),
    rule!(
        "blocking/await-native",
        Native,
        "blocking/await_native.rs",
        blocking::await_native::rewrite
    ),
    rule!(
        "blocking/with-in-thread",
        Thread,
        "blocking/with_in_thread.rs",
        blocking::with_in_thread::rewrite
    ),
    rule!(
        "blocking/cpu-bound",
        Report,
        "blocking/cpu_bound.rs",
        blocking::cpu_bound::rewrite
    ),
    rule!(
        "blocking/call-in-thread",
        Thread,
        "blocking/call_in_thread.rs",
        blocking::call_in_thread::rewrite
    ),
    rule!(
        "plan/call-helper",
        Native,
        "plan/call_helper.rs",
        plan::call_helper::rewrite
    ),
    rule!(
        "plan/wrap-helper",
        Thread,
        "plan/wrap_helper.rs",
        plan::wrap_helper::rewrite
    ),
    rule!(
        "plan/wrap-unknown",
        Thread,
        "plan/wrap_unknown.rs",
        plan::wrap_unknown::rewrite
    ),
    rule!(
        "plan/decorator",
        Native,
        "plan/decorator.rs",
        plan::decorator::rewrite
    ),
    rule!(
        "async/sync-hook",
        Report,
        "asynchronous/sync_hook.rs",
        asynchronous::sync_hook::rewrite
    ),
    rule!(
        "async/handler-name",
        Report,
        "asynchronous/handler_name.rs",
        asynchronous::handler_name::rewrite
    ),
    rule!(
        "async/middleware-class",
        Report,
        "asynchronous/middleware_class.rs",
        asynchronous::middleware_class::rewrite
    ),
    rule!(
        "async/no-such-setting",
        Report,
        "asynchronous/no_such_setting.rs",
        asynchronous::no_such_setting::rewrite
    ),
    rule!(
        "async/no-await",
        Report,
        "asynchronous/no_await.rs",
        asynchronous::no_await::rewrite
    ),
    rule!(
        "async/not-found",
        Report,
        "asynchronous/not_found.rs",
        asynchronous::not_found::rewrite
    ),
    rule!(
        "concurrent/gather",
        Report,
        "concurrent/gather.rs",
        concurrent::gather::rewrite
    ),
    rule!("syntax/error", Report, "syntax.rs", syntax::rewrite),
    rule!("plan/view", Report, "plan/view.rs", plan::view::rewrite),
];

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
                    Some(Cannot(reason)) => Cannot(format!("{reason}, and {}", cannot.0)),
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
    let mut rules: Vec<RuleInfo> = RULES.iter().map(info).collect();
    rules.sort_by(|a, b| a.name.cmp(&b.name));
    rules
}

fn info(rule: &Rule) -> RuleInfo {
    let docs: String = rule
        .source
        .lines()
        .map_while(|line| line.strip_prefix("//!"))
        .map(|line| format!("{}\n", line.strip_prefix(' ').unwrap_or(line)))
        .collect();
    let summary = docs
        .lines()
        .skip_while(|line| line.starts_with('#') || line.trim().is_empty())
        .take_while(|line| !line.trim().is_empty())
        .collect::<Vec<_>>()
        .join(" ");
    RuleInfo {
        name: rule.name.to_owned(),
        summary,
        examples: examples(&docs),
        docs,
    }
}

/// The pairs of `python before` and `python after` blocks.
fn examples(docs: &str) -> Vec<RuleExample> {
    // `python before httpx`: an example of that client. `safe-only`: of safe changes alone. `response`, `concurrent`: of
    // that option.
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
            concurrent: has("concurrent"),
            templates: match has("response") {
                true => Templates::Response,
                false => Templates::Wrap,
            },
        });
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Options;
    use crate::rules::testing::migrate_with;

    #[test]
    fn every_documented_example_is_what_the_rule_does() {
        for info in rules() {
            assert!(!info.examples.is_empty(), "{} has no example", info.name);
            for example in info.examples {
                let options = Options {
                    http_client: example.http_client,
                    safe_only: example.safe_only,
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
