//! An answer that is kept in a variable and read later: `answer = urlopen(url)`, then `answer.read()`.

use unblocked_analyzer::Type;
use unblocked_syntax::{Field, Kind, NodeId};

use crate::draft::{Draft, Outcome};

/// Methods that read from the network.
const READS: &[&str] = &["read", "readline", "readlines"];

/// What is known once the answer is there.
const KNOWN: &[&str] = &[
    "close",
    "code",
    "getcode",
    "getheader",
    "getheaders",
    "geturl",
    "headers",
    "info",
    "msg",
    "reason",
    "status",
    "url",
    "version",
];

/// The calls that read the answer of a call which a variable holds; `None` when it may be read otherwise.
pub(super) fn reads(draft: &Draft<'_>, call: NodeId) -> Option<Vec<NodeId>> {
    let ast = draft.ast();
    let assignment = ast.parent(call)?;
    if ast.kind(assignment) == Kind::ExpressionStatement {
        // Nobody reads it.
        return Some(Vec::new());
    }
    let left = ast.child(assignment, Field::Left)?;
    let is_bound = ast.kind(assignment) == Kind::Assignment
        && ast.field(call) == Some(Field::Right)
        && ast.kind(left) == Kind::Identifier
        && ast.kind(ast.parent(assignment)?) == Kind::ExpressionStatement;
    let function = draft.definition()?;
    if !is_bound {
        return None;
    }
    let name = draft.text(left);
    let mut reads = Vec::new();
    for id in ast.subtree(function.statement) {
        let is_it = ast.kind(id) == Kind::Identifier
            && draft.text(id) == name
            && ast.field(id) != Some(Field::Attribute);
        if !is_it || id == left {
            continue;
        }
        let is_nested = draft.facts.owner(id) != draft.function
            || ast
                .ancestors(id)
                .take_while(|&up| up != function.body)
                .any(|up| matches!(ast.kind(up), Kind::Lambda | Kind::GeneratorExpression));
        if is_nested {
            return None;
        }
        reads.extend(used(draft, id)?);
    }
    Some(reads)
}

/// What reads at one use, if anything does; `None` for a use that can't be followed.
fn used(draft: &Draft<'_>, answer: NodeId) -> Option<Option<NodeId>> {
    let ast = draft.ast();
    let parent = ast.parent(answer)?;
    let outer = ast.parent(parent)?;
    match ast.kind(parent) {
        Kind::Attribute if ast.field(answer) == Some(Field::Object) => {
            let name = draft.text(ast.child(parent, Field::Attribute)?);
            let is_called =
                ast.kind(outer) == Kind::Call && ast.field(parent) == Some(Field::Function);
            if is_called && READS.contains(&name) {
                let list = ast.child(outer, Field::Arguments)?;
                let is_plain = ast
                    .subtree(list)
                    .all(|id| !matches!(ast.kind(id), Kind::Call | Kind::Await | Kind::Yield));
                return is_plain.then_some(Some(outer));
            }
            let is_read = KNOWN.contains(&name) && ast.field(parent) != Some(Field::Left);
            is_read.then_some(None)
        }
        Kind::ArgumentList if ast.children(parent).count() == 1 => {
            let function = ast.child(outer, Field::Function)?;
            let loads =
                matches!(draft.type_of(function), Type::Path(path) if &**path == "json.load");
            loads.then_some(Some(outer))
        }
        _ => None,
    }
}

/// The calls that hand the answer of `getresponse` to a parser, which reads it; what reads it by a method waits by itself. `None`
/// when it may be read otherwise: line by line, or where it is passed on to.
pub(super) fn loads(draft: &Draft<'_>, call: NodeId) -> Option<Vec<NodeId>> {
    let ast = draft.ast();
    let parent = ast.parent(call)?;
    let bound = match ast.kind(parent) {
        Kind::ExpressionStatement | Kind::WithItem => return Some(Vec::new()),
        Kind::Assignment if ast.field(call) == Some(Field::Right) => {
            let left = ast.child(parent, Field::Left)?;
            let is_plain = ast.kind(ast.parent(parent)?) == Kind::ExpressionStatement;
            Some(left).filter(|_| is_plain)?
        }
        Kind::AsPattern => ast.first_child(ast.child_of_kind(parent, Kind::AsPatternTarget)?)?,
        _ => return Some(loaded(draft, call)?.into_iter().collect()),
    };
    if ast.kind(bound) != Kind::Identifier {
        return None;
    }
    let name = draft.text(bound);
    let whole = draft
        .definition()
        .map_or(NodeId::ROOT, |function| function.statement);
    let mut loads = Vec::new();
    for id in ast.subtree(whole) {
        let is_it = ast.kind(id) == Kind::Identifier
            && draft.text(id) == name
            && ast.field(id) != Some(Field::Attribute);
        // Another answer may take its place.
        let is_bound = ast.field(id) == Some(Field::Left)
            || ast
                .parent(id)
                .is_some_and(|up| ast.kind(up) == Kind::AsPatternTarget);
        if is_it && !is_bound {
            let load = loaded(draft, id)?;
            loads.extend(load.filter(|_| draft.facts.owner(id) == draft.function));
        }
    }
    Some(loads)
}

/// The call that loads an answer at one use, if that is it; `None` for a use that can't be followed.
fn loaded(draft: &Draft<'_>, answer: NodeId) -> Option<Option<NodeId>> {
    let ast = draft.ast();
    let parent = ast.parent(answer)?;
    if ast.kind(parent) == Kind::Attribute && ast.field(answer) == Some(Field::Object) {
        let name = draft.text(ast.child(parent, Field::Attribute)?);
        let is_known = READS.contains(&name) || KNOWN.contains(&name) || name == "readinto";
        return (is_known && ast.field(parent) != Some(Field::Left)).then_some(None);
    }
    used(draft, answer)
}

/// Asks, and reads the answer, in threads.
pub(super) fn in_threads(draft: &mut Draft<'_>, call: NodeId, reads: Vec<NodeId>) -> Outcome {
    draft.call_in_thread(call)?;
    reads
        .into_iter()
        .try_for_each(|read| draft.call_in_thread(read))
}

#[cfg(test)]
mod tests {
    use crate::rules::testing::{check, report_with};
    use crate::{Applicability, Options};

    #[test]
    fn an_answer_in_a_variable_is_read_in_threads() {
        check(
            "import json\nfrom urllib.request import urlopen\n\ndef view(request):\n    answer = urlopen(URL, timeout=5)\n    if answer.status != 200:\n        return HttpResponse(answer.reason)\n    text = answer.read().decode(answer.headers.get_content_charset())\n    answer.close()\n    return HttpResponse(text)\n",
            "import asyncio\nimport json\nfrom urllib.request import urlopen\n\nasync def view(request):\n    answer = await asyncio.to_thread(urlopen, URL, timeout=5)\n    if answer.status != 200:\n        return HttpResponse(answer.reason)\n    text = (await asyncio.to_thread(answer.read)).decode(answer.headers.get_content_charset())\n    answer.close()\n    return HttpResponse(text)\n",
        );
        check(
            "import json\nfrom urllib.request import urlopen\n\ndef view(request):\n    answer = urlopen(URL)\n    return JsonResponse(json.load(answer))\n",
            "import asyncio\nimport json\nfrom urllib.request import urlopen\n\nasync def view(request):\n    answer = await asyncio.to_thread(urlopen, URL)\n    return JsonResponse(await asyncio.to_thread(json.load, answer))\n",
        );
    }

    #[test]
    fn one_that_nobody_reads_is_asked_for_in_a_thread() {
        check(
            "from urllib.request import urlopen\n\ndef view(request):\n    urlopen(URL)\n    return HttpResponse()\n",
            "import asyncio\nfrom urllib.request import urlopen\n\nasync def view(request):\n    await asyncio.to_thread(urlopen, URL)\n    return HttpResponse()\n",
        );
    }

    #[test]
    fn one_that_goes_elsewhere_is_named() {
        for used in [
            "load(answer)",
            "list(answer)",
            "[line for line in answer]",
            "f = lambda: answer.read()",
            "answer.fp.read()",
            "answer.read(size())",
            "answers.append(answer)",
        ] {
            let before = format!(
                "from urllib.request import urlopen\n\ndef view(request):\n    Product.objects.count()\n    answer = urlopen(URL)\n    {used}\n    return HttpResponse()\n"
            );
            let report = report_with(&before, &Options::for_paste());
            assert!(
                !report.after.contains("to_thread(urlopen"),
                "{}",
                report.after
            );
            let is_named = |finding: &crate::Finding| {
                finding.message.contains("urlopen")
                    && finding.applicability == Applicability::Manual
            };
            assert!(
                report.findings.iter().any(is_named),
                "{used}: {}",
                report.after
            );
        }
    }
}
