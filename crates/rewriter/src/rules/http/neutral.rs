//! Arguments that say what is so without them: `verify=True`, `proxies=None`.

use unblocked_syntax::{Ast, Kind, NodeId, Span};

use super::arguments::Given;
use super::scope::Scope;
use crate::rewrites::{Piece, Template};

/// What may be `None` where nothing is given.
const OPTIONAL: &[&str] = &[
    "auth", "cert", "cookies", "data", "files", "headers", "hooks", "json", "params", "proxies",
    "verify",
];

/// What may be empty.
const COLLECTIONS: &[&str] = &["cookies", "hooks", "proxies"];

/// True for an argument that `requests` takes as if it were not given.
pub(super) fn is_default(scope: &Scope<'_>, &(name, _, value): &Given<'_>) -> bool {
    let ast = scope.ast();
    match ast.kind(ast.unparenthesized(value)) {
        Kind::None => OPTIONAL.contains(&name),
        Kind::Dictionary => {
            ast.first_child(ast.unparenthesized(value)).is_none() && COLLECTIONS.contains(&name)
        }
        Kind::True => name == "verify",
        Kind::False => name == "stream",
        _ => false,
    }
}

/// A list of arguments without some of them.
pub(super) fn without(ast: &Ast, list: NodeId, left_out: &[NodeId]) -> Template {
    let span = ast.span(list);
    let arguments: Vec<NodeId> = ast.children(list).collect();
    let mut pieces: Template = Vec::new();
    let mut start = span.start;
    let mut keep = |from: u32, to: u32| {
        if from < to {
            pieces.push(Piece::Source(Span::new(from, to)));
        }
    };
    for (index, argument) in arguments.iter().enumerate() {
        if !left_out.contains(argument) {
            continue;
        }
        let own = ast.span(*argument);
        let before = index.checked_sub(1).and_then(|index| arguments.get(index));
        let before = before.map(|before| ast.span(*before).end);
        match before.filter(|&before| before >= start) {
            // With the comma before it.
            Some(before) => {
                keep(start, before);
                start = own.end;
            }
            None => {
                keep(start, own.start);
                let after = arguments.get(index + 1);
                start = after.map_or(own.end, |after| ast.span(*after).start);
            }
        }
    }
    keep(start, span.end);
    pieces
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{migrate_paste, migrate_with};
    use crate::{HttpClient, Options};

    #[track_caller]
    fn check(before: &str, after: &str) {
        let view = format!(
            "import requests\n\ndef view(request):\n    return HttpResponse(requests.post({before}).text)\n"
        );
        let httpx = Options {
            http_client: HttpClient::Httpx,
            ..Options::for_paste()
        };
        for found in [migrate_paste(&view), migrate_with(&view, &httpx)] {
            assert!(found.contains(&format!(".post({after})")), "{found}");
        }
    }

    #[test]
    fn arguments_that_say_what_is_so_are_left_out() {
        for (before, after) in [
            ("URL, verify=True", "URL"),
            ("URL, verify=True, cert=None, proxies={}", "URL"),
            ("verify=True, cert=None, url=URL", "url=URL"),
            ("URL, None, {'a': b}, stream=False", "URL, json={'a': b}"),
            (
                "URL, headers=None, cookies={}, data={'a': 'b'}, verify=(True),",
                "URL, data={'a': 'b'},",
            ),
        ] {
            check(before, after);
        }
    }

    #[test]
    fn comments_stay() {
        let found = migrate_paste(
            "import requests\n\ndef view(request):\n    r = requests.post(\n        URL,\n        verify=True,  # checked\n        data={'a': 'b'},\n    )\n    return HttpResponse(r.text)\n",
        );
        assert!(
            found.contains("            URL,  # checked\n            data={'a': 'b'},\n"),
            "{found}"
        );
    }

    #[test]
    fn what_says_more_stays_in_threads() {
        for argument in [
            "verify=False, cert='c'",
            "verify=check",
            "cert=cert",
            "proxies={'http': 'p'}",
            "cookies=cookies",
        ] {
            let found = migrate_paste(&format!(
                "import requests\n\ndef view(request):\n    return HttpResponse(requests.post(URL, {argument}).text)\n"
            ));
            assert!(
                found.contains(&format!("to_thread(requests.post, URL, {argument})")),
                "{found}"
            );
        }
    }
}
