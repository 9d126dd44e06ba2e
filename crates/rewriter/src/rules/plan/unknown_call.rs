//! # plan/unknown-call
//!
//! A method of an object that nothing is known of is called as it was, on the event loop: if it waits, it holds every
//! request.
//!
//! `channel.publish(…)`, where `channel` comes out of a dictionary or is a parameter, may send something or set a number.
//! Nothing tells, so it is neither awaited nor run in a thread. For each function that becomes async, such calls are
//! named, all in one finding. Not among them: methods that strings, numbers, dates, lists, dictionaries, loggers and
//! requests have, what only builds a queryset, and classes that make an object. An annotation (`channel: Channel`) or the file that defines it
//! tells what it is, and the question is gone.
//!
//! Manual: nothing is changed.
//!
//! ```python before
//! CHANNELS = {}
//!
//! def announce(request, pk):
//!     product = Product.objects.get(pk=pk)
//!     for name in request.GET.getlist("to"):
//!         channel = CHANNELS[name]
//!         channel.publish(product.name)
//!     return HttpResponse(product.name)
//! ```
//! ```python after
//! CHANNELS = {}
//!
//! async def announce(request, pk):
//!     product = await Product.objects.aget(pk=pk)
//!     for name in request.GET.getlist("to"):
//!         channel = CHANNELS[name]
//!         channel.publish(product.name)
//!     return HttpResponse(product.name)
//! ```

use std::collections::HashSet;

use unblocked_analyzer::{FileAnalysis, FileFacts, FunctionRef, Site, Type};
use unblocked_django::{Owner, docs_url, is_lazy_builder, topics};
use unblocked_syntax::{Field, Kind, NodeId};

use crate::draft::{Draft, Note, Outcome, excerpt};
use crate::plan::Planner;
use crate::report::{Applicability, Severity};

const NAME: &str = "plan/unknown-call";

/// How many calls a finding names.
const NAMED: usize = 3;

/// Methods that strings, numbers, dates, containers, matches, loggers, requests, responses and forms have, which wait for
/// nothing. Sorted.
#[rustfmt::skip]
const PLAIN_METHODS: &[&str] = &[
    "add", "add_error", "append", "appendleft", "as_dict", "as_integer_ratio", "as_tuple", "as_view", "asdict",
    "astimezone", "build_absolute_uri", "capitalize", "casefold", "center", "clear", "copy", "count", "critical",
    "ctime", "date", "debug", "decode", "deepcopy", "default_factory", "delete_cookie", "dict", "difference",
    "discard", "elements", "encode", "endswith", "error", "exception", "expandtabs", "extend", "find", "findall",
    "finditer", "format", "format_map", "from_bytes", "fromisoformat", "fromkeys", "fullmatch", "get",
    "get_full_path", "get_host", "getlist", "group", "groupdict", "groups", "has_header", "hex", "index", "info",
    "insert", "intersection", "is_ajax", "is_integer", "is_multipart", "is_secure", "isalnum", "isalpha", "isascii",
    "isdecimal", "isdigit", "isdisjoint", "isidentifier", "islower", "isnumeric", "isocalendar", "isoformat",
    "isoweekday", "isspace", "issubset", "issuperset", "istitle", "isupper", "items", "join", "joinpath", "keys",
    "ljust", "localize", "log", "lower", "lstrip", "maketrans", "match", "model_dump", "most_common", "normalize",
    "partition", "pop", "popitem", "popleft", "quantize", "remove", "removeprefix", "removesuffix", "replace",
    "reverse", "rfind", "rindex", "rjust", "rotate", "rpartition", "rsplit", "rstrip", "search", "serialize",
    "setLevel", "set_cookie", "setdefault", "setlist", "sort", "split", "splitlines", "startswith", "strftime",
    "strip", "strptime", "sub", "swapcase", "symmetric_difference", "time", "timestamp", "timetuple", "title",
    "to_dict", "to_integral_value", "to_json", "today", "tolist", "total_seconds", "translate", "tzname", "union",
    "update", "upper", "urlencode", "utcoffset", "values", "warn", "warning", "weekday", "with_suffix", "zfill",
];

/// No site is this rule's: functions are looked at as they are written.
pub(crate) fn rewrite(_draft: &mut Draft<'_>, _site: &Site) -> Option<Outcome> {
    None
}

/// The finding of a function that becomes async.
pub(crate) fn find(planner: &Planner<'_>, function: FunctionRef) -> Option<Note> {
    let facts = planner.analysis.world.file(function.file)?;
    let types = planner.analysis.files.get(function.file)?;
    let calls = unknown_calls(planner, facts, types, function);
    let &first = calls.first()?;
    let mut names: Vec<String> = Vec::new();
    for call in calls {
        let callee = facts.ast().child(call, Field::Function).unwrap_or(call);
        let name = format!("`{}`", excerpt(facts.source(callee)));
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let example = names.first().cloned().unwrap_or_default();
    let example = example.trim_matches('`');
    let more = names.len().saturating_sub(NAMED);
    names.truncate(NAMED);
    let what = match (names.split_last(), more) {
        (Some((last, rest)), 0) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        (_, 0) => names.concat(),
        _ => format!("{} and {more} more", names.join(", ")),
    };
    let (is, stays) = match names.len() + more {
        1 => ("it", "is called"),
        _ => ("one of them", "are called"),
    };
    Some(Note {
        rule: NAME,
        node: first,
        severity: Severity::Info,
        applicability: Applicability::Manual,
        message: format!(
            "nothing is known of {what}, which {stays} as before, on the event loop: if {is} waits, every request waits with it"
        ),
        help: Some(format!(
            "if {is} waits, call it in Django's thread: `await sync_to_async({example})(…)`; an annotation, or the file that defines it, tells what it is"
        )),
        docs_url: Some(docs_url(
            planner.options.target_version,
            topics::SYNC_TO_ASYNC,
        )),
    })
}

/// The calls of a function's own statements that nothing is known of, in order of place.
fn unknown_calls(
    planner: &Planner<'_>,
    facts: &FileFacts,
    types: &FileAnalysis,
    function: FunctionRef,
) -> Vec<NodeId> {
    let Some(definition) = facts.functions.get(function.index) else {
        return Vec::new();
    };
    let (file, owner) = (function.file, Some(function.index));
    let ast = facts.ast();
    let sites: HashSet<NodeId> = planner
        .effects
        .all_sites_of(file, owner)
        .map(|site| site.node)
        .collect();
    let mut found: Vec<NodeId> = Vec::new();
    // What such a call gave is no further question.
    let mut given: HashSet<&str> = HashSet::new();
    for call in ast.subtree(definition.body) {
        if ast.kind(call) != Kind::Call || facts.owner(call) != owner {
            continue;
        }
        // Of one variable's responses, on several paths, no type is told; what they have waits for nothing.
        if matches!(types.type_of(call), Type::HttpResponse(..)) {
            given.extend(bound(facts, call, definition.body));
        }
        if sites.contains(&call) {
            continue;
        }
        let Some(callee) = ast.child(call, Field::Function) else {
            continue;
        };
        let root = root(facts, callee);
        let follows = ast.kind(root) == Kind::Identifier && given.contains(facts.source(root));
        if follows
            || !is_unknown(facts, types, callee)
            || planner.effects.regions().moves(ast, file, owner, call)
            || in_lambda(facts, call, definition.body)
        {
            continue;
        }
        found.push(call);
        given.extend(bound(facts, call, definition.body));
    }
    // Of a chain, what it begins with.
    let starts: HashSet<NodeId> = found.iter().copied().collect();
    found.retain(|&call| {
        let mut inner = ast.child(call, Field::Function);
        loop {
            inner = match inner {
                Some(node) if node != call && starts.contains(&node) => return false,
                Some(node) => receiver(facts, node),
                None => return true,
            };
        }
    });
    found
}

/// What a step of a chain is taken of: `a.b` of `a.b.c`, `a` of `a[0]`, `f` of `f(x)`.
fn receiver(facts: &FileFacts, node: NodeId) -> Option<NodeId> {
    let ast = facts.ast();
    match ast.kind(node) {
        Kind::Attribute => ast.child(node, Field::Object),
        Kind::Subscript => ast.child(node, Field::Value),
        Kind::Call => ast.child(node, Field::Function),
        Kind::Parenthesized | Kind::Await => ast.first_child(node),
        _ => None,
    }
}

/// What a chain begins with.
fn root(facts: &FileFacts, node: NodeId) -> NodeId {
    let chain = std::iter::successors(Some(node), |&at| receiver(facts, at));
    chain.last().unwrap_or(node)
}

/// True for a callee that may be anything.
fn is_unknown(facts: &FileFacts, types: &FileAnalysis, callee: NodeId) -> bool {
    let ast = facts.ast();
    let is_open = |node: NodeId| matches!(types.type_of(node), Type::Unknown | Type::Undefined(_));
    if !is_open(callee) {
        return false;
    }
    let name = match ast.kind(callee) {
        Kind::Attribute => {
            let Some(object) = ast.child(callee, Field::Object) else {
                return false;
            };
            let is_super = ast.kind(object) == Kind::Call
                && ast
                    .child(object, Field::Function)
                    .is_some_and(|made| facts.source(made) == "super");
            if !is_open(object) || is_super || ast.kind(object) == Kind::String {
                return false;
            }
            let name = ast
                .child(callee, Field::Attribute)
                .map_or("", |name| facts.source(name));
            // What makes another queryset asks nothing; what evaluates it does.
            if is_lazy_builder(Owner::QuerySet, name) {
                return false;
            }
            name
        }
        Kind::Identifier => facts.source(callee),
        Kind::Subscript => return true,
        _ => return false,
    };
    let makes_object = name
        .trim_start_matches('_')
        .starts_with(|first: char| first.is_ascii_uppercase());
    !makes_object && PLAIN_METHODS.binary_search(&name).is_err()
}

/// True for what a lambda calls, whoever calls that.
fn in_lambda(facts: &FileFacts, call: NodeId, body: NodeId) -> bool {
    let ast = facts.ast();
    ast.ancestors(call)
        .take_while(|&up| up != body)
        .any(|up| ast.kind(up) == Kind::Lambda)
}

/// The variable that a call's value is bound to, by itself or at the end of a chain.
fn bound(facts: &FileFacts, call: NodeId, body: NodeId) -> Option<&str> {
    let ast = facts.ast();
    let statement = ast
        .ancestors(call)
        .take_while(|&up| up != body)
        .find(|&up| matches!(ast.kind(up), Kind::Assignment | Kind::AsPattern))?;
    let target = match ast.kind(statement) {
        Kind::Assignment => ast.child(statement, Field::Left)?,
        _ => ast.child(statement, Field::Alias)?,
    };
    Some(facts.source(target))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Options;
    use crate::rules::testing::report_with;

    fn found(body: &str) -> Vec<String> {
        let text = format!(
            "import logging\n\nlogger = logging.getLogger(__name__)\nCHANNELS = {{}}\n\ndef view(request, pk, client):\n    product = Product.objects.get(pk=pk)\n{body}    return HttpResponse(product.name)\n"
        );
        let findings = report_with(&text, &Options::for_paste()).findings;
        let of_rule = findings.into_iter().filter(|one| one.rule == NAME);
        of_rule.map(|one| one.message).collect()
    }

    #[test]
    fn plain_methods_are_sorted() {
        assert!(PLAIN_METHODS.is_sorted());
    }

    #[test]
    fn what_may_be_anything_is_named_in_one_finding() {
        let one = found("    client.fetch(product.name)\n");
        assert!(
            one[0].starts_with("nothing is known of `client.fetch`, which is called as before"),
            "{one:?}"
        );
        let many = found(
            "    CHANNELS[pk].publish(1)\n    client.fetch(1)\n    client.fetch(2)\n    client.ping()\n    client.close()\n",
        );
        assert_eq!(many.len(), 1);
        assert!(
            many[0].contains("`CHANNELS[pk].publish`, `client.fetch`, `client.ping` and 1 more"),
            "{many:?}"
        );
    }

    #[test]
    fn responses_in_one_variable_are_known() {
        let body = "    import requests\n    answer = requests.get(product.url)\n    if answer.status_code == 429:\n        answer = requests.get(product.url)\n    answer.json()\n";
        assert_eq!(found(body), [""; 0]);
    }

    #[test]
    fn what_an_unknown_call_gave_is_no_further_question() {
        for body in [
            "    client.fetch(1).raise_error().parse()\n",
            "    answer = client.fetch(1)\n    answer.raise_error()\n    answer.body.parse()\n",
            "    with client.fetch(1) as answer:\n        answer.parse()\n",
        ] {
            let messages = found(body);
            assert!(
                messages[0].contains("nothing is known of `client.fetch`, which"),
                "{body}: {messages:?}"
            );
        }
    }

    #[test]
    fn what_waits_for_nothing_or_is_known_is_not_named() {
        for body in [
            "    client.strip().lower().split(',')\n",
            "    client.get('key')\n",
            "    Money(client)\n",
            "    logger.info('%s', pk)\n",
            "    request.GET.get('x').lower()\n",
            "    len(client)\n    sorted(client)\n    str(client)\n",
            "    names = [name.upper() for name in request.GET]\n",
            "    product.name.startswith('a')\n",
            "    rows = client.filter(pk=1).order_by('pk')\n",
            "    issubclass(client, int)\n",
            "    show = lambda: client.fetch(1)\n",
            "    with transaction.atomic():\n        client.fetch(1)\n",
        ] {
            assert!(found(body).is_empty(), "{body}: {:?}", found(body));
        }
    }

    #[test]
    fn what_a_queryset_gives_is_asked_of_anything() {
        let messages = found("    client.filter(pk=1).exists()\n    client.order_by('pk')\n");
        assert!(
            messages[0].contains("nothing is known of `client.filter(pk=1).exists`, which"),
            "{messages:?}"
        );
    }

    #[test]
    fn what_stays_synchronous_has_none() {
        let text = "def view(request, client):\n    client.fetch(1)\n    return HttpResponse()\n";
        let findings = report_with(text, &Options::for_paste()).findings;
        assert!(findings.iter().all(|one| one.rule != NAME));
    }
}
