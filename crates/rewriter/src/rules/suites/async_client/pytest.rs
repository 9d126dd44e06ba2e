//! Tests that pytest runs: what their fixtures give, which marks they have, and what an async one needs.
//!
//! pytest-asyncio runs an async test on a loop of its own, whose queries have a thread and a connection of their own: what a
//! fixture has written in a transaction is not there, and what the test writes is not rolled back. `django_db(transaction=True)`
//! commits, and empties the tables after the test. Fixtures stay synchronous: they run before the loop does.

mod given;

use std::collections::BTreeSet;

use unblocked_analyzer::{Analysis, Evidence, FileFacts, Function, FunctionRef};
use unblocked_syntax::{Field, Kind, NodeId};

use given::{Given, marks, other_parameters};

use super::{LOGIN_SINCE, asks, refusal};
use crate::draft::{Cannot, Draft, Outcome};
use crate::rewrites::template;
use crate::suites::is_suite;

/// Fixtures of pytest-django that give a synchronous client.
pub(super) const CLIENTS: &[&str] = &["client", "admin_client"];

/// Fixtures that give what works in async tests as it is.
const HARMLESS: &[&str] = &[
    "admin_user",
    "async_client",
    "async_rf",
    "caplog",
    "capfd",
    "capsys",
    "db",
    "django_user_model",
    "django_username_field",
    "faker",
    "mailoutbox",
    "mocker",
    "monkeypatch",
    "pytestconfig",
    "recwarn",
    "rf",
    "settings",
    "subtests",
    "tmp_path",
    "tmp_path_factory",
    "tmpdir",
    "tmpdir_factory",
    "transactional_db",
];

/// What of them has methods that ask nothing.
pub(super) const TOOLS: &[&str] = &[
    "caplog",
    "capfd",
    "capsys",
    "faker",
    "mailoutbox",
    "mocker",
    "monkeypatch",
    "recwarn",
    "settings",
    "subtests",
    "tmp_path",
    "tmpdir",
];

/// Fixtures that work in synchronous tests only.
const SYNC_ONLY: &[&str] = &[
    "django_assert_max_num_queries",
    "django_assert_num_queries",
    "django_capture_on_commit_callbacks",
    "live_server",
];

/// True for a function that pytest takes for a test. `is_plain`: a class has no bases.
pub(super) fn is_test(
    facts: &FileFacts,
    definition: &Function,
    is_plain: impl Fn(usize) -> bool,
) -> bool {
    let of_class = |index: usize| {
        facts
            .classes
            .get(index)
            .is_some_and(|class| class.name.starts_with("Test") && class.outer.is_none())
            && is_plain(index)
    };
    is_suite(&facts.path) && definition.parent.is_none() && definition.class.is_none_or(of_class)
}

/// True for a use of what a fixture gives by that name.
pub(super) fn is_given(draft: &Draft<'_>, node: NodeId) -> bool {
    let ast = draft.ast();
    let name = draft.text(node);
    ast.kind(node) == Kind::Identifier
        && !matches!(ast.field(node), Some(Field::Attribute | Field::Name))
        && draft
            .definition()
            .is_some_and(|definition| definition.params.iter().any(|param| param.name == name))
}

/// What an async test needs of the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Needs {
    /// No database, or what it has.
    Nothing,
    /// A mark of its own.
    Mark,
    /// More in the mark that it has: the decorator.
    Argument(NodeId),
}

/// What a test needs to be async; what keeps it synchronous.
pub(super) fn needs(analysis: &Analysis<'_>, function: FunctionRef) -> Result<Needs, Cannot> {
    let world = &analysis.world;
    let (Some(facts), Some(definition)) = (world.file(function.file), world.function(function))
    else {
        return Err(refusal("it is not at hand"));
    };
    let by_anyio = world
        .files
        .iter()
        .filter(|facts| is_suite(&facts.path))
        .any(|facts| facts.text().contains("mark.anyio"));
    if by_anyio {
        return Err(refusal("other async tests of the project run by anyio"));
    }
    let mut given = Given {
        analysis,
        file: function.file,
        class: definition.class,
        opened: BTreeSet::new(),
        uses_client: false,
        is_filled_once: false,
    };
    let others = other_parameters(facts, definition);
    for param in definition.params.iter() {
        if param.name == "self" && definition.class.is_some() || others.contains(&*param.name) {
            continue;
        }
        given.parameter(&param.name)?;
    }
    for fixture in given.automatic() {
        given.follow(fixture, 0);
    }
    if given.uses_client {
        return Err(refusal("one of its fixtures uses the synchronous client"));
    }
    let marks = marks(facts, definition);
    let opens = !marks.is_empty() || !given.opened.is_empty();
    let nearest = marks.first();
    let is_transactional = given.opened.contains("transactional_db")
        || nearest.is_some_and(|mark| mark.arguments.replace(' ', "").contains("transaction=True"));
    if !opens || is_transactional {
        return Ok(Needs::Nothing);
    }
    if given.is_filled_once {
        return Err(refusal(
            "a fixture fills the database once for several tests, and a test in which async code writes empties it",
        ));
    }
    match nearest {
        Some(mark) if mark.arguments.contains("transaction") => Err(refusal(
            "its mark `django_db` refuses transactions that are committed",
        )),
        Some(mark) if mark.is_own => Ok(Needs::Argument(mark.node)),
        Some(mark) if !mark.arguments.trim().is_empty() => Err(refusal(
            "the mark `django_db` of its class or module has arguments",
        )),
        _ => Ok(Needs::Mark),
    }
}

/// True when the project has async tests that need no mark: `asyncio_mode = auto`.
fn is_automatic(analysis: &Analysis<'_>) -> bool {
    let suites = analysis
        .world
        .files
        .iter()
        .filter(|facts| is_suite(&facts.path));
    suites
        .filter(|facts| !facts.text().contains("mark.asyncio"))
        .any(|facts| {
            facts.functions.iter().any(|it| {
                it.is_async
                    && it.name.starts_with("test")
                    && is_test(facts, it, |class| {
                        facts
                            .classes
                            .get(class)
                            .is_some_and(|it| it.bases.is_empty())
                    })
            })
        })
}

/// Gives a test the marks and fixtures of an async one: how sure that is, and what is to be known of it.
pub(super) fn dress(
    draft: &mut Draft<'_>,
    nodes: &[NodeId],
) -> Result<(Evidence, Option<String>), Cannot> {
    let cannot = || refusal("it is not at hand");
    let definition = draft.definition().ok_or_else(cannot)?;
    let index = draft.function.ok_or_else(cannot)?;
    let function = FunctionRef {
        file: draft.file_index,
        index,
    };
    let needs = needs(draft.analysis, function)?;
    fixtures(draft, definition, nodes)?;
    let statement = definition.statement;
    if !is_automatic(draft.analysis) {
        let pytest = draft.need_module("pytest")?;
        let mark = template![format!("@{pytest}.mark.asyncio")];
        draft.rewrites.line_before(statement, mark);
    }
    match needs {
        Needs::Nothing => return Ok((Evidence::Proven, None)),
        Needs::Mark => {
            let pytest = draft.need_module("pytest")?;
            let mark = format!("@{pytest}.mark.django_db(transaction=True)");
            draft.rewrites.line_before(statement, template![mark]);
        }
        Needs::Argument(mark_node) => {
            let ast = draft.ast();
            let arguments = ast.child(mark_node, Field::Arguments);
            match arguments.and_then(|arguments| ast.first_child(arguments)) {
                Some(first) => draft.rewrites.wrap(first, "transaction=True, ", ""),
                None => {
                    let name = draft.text(mark_node).trim_end_matches(['(', ')', ' ']);
                    let mark = format!("{name}(transaction=True)");
                    draft.rewrites.replace(mark_node, template![mark]);
                }
            }
        }
    }
    Ok((
        Evidence::Evident,
        Some(
            "its queries have a connection of their own, so that rows are committed and the tables emptied afterwards: where tests need what migrations wrote, add `serialized_rollback=True`"
                .to_owned(),
        ),
    ))
}

/// Takes the async fixtures in place of the others.
fn fixtures(draft: &mut Draft<'_>, definition: &Function, nodes: &[NodeId]) -> Outcome {
    let ast = draft.ast();
    let has = |name: &str| definition.params.iter().any(|param| param.name == name);
    if CLIENTS.iter().filter(|name| has(name)).count() + usize::from(has("async_client")) > 1 {
        return Err(refusal("it has several clients"));
    }
    let parameters = ast.child_of_kind(definition.node, Kind::Parameters);
    let parameters: Vec<NodeId> = parameters
        .into_iter()
        .flat_map(|parameters| ast.children(parameters))
        .collect();
    for parameter in parameters {
        let is_plain = ast.kind(parameter) == Kind::Identifier;
        let name = match is_plain {
            true => Some(parameter),
            false => ast.first_child(parameter),
        };
        match name.map_or("", |name| draft.text(name)) {
            "client" => take_client(draft, parameter, "")?,
            "admin_client" => {
                let user = if has("admin_user") {
                    ""
                } else {
                    ", admin_user"
                };
                take_client(draft, parameter, user)?;
                log_admin_in(draft, definition)?;
            }
            "rf" if is_plain && !has("async_rf") => {
                let uses = nodes.iter().copied();
                let uses = uses.filter(|&node| draft.text(node) == "rf" && is_given(draft, node));
                let asked: Result<Vec<_>, Cannot> =
                    uses.map(|used| asks::factory(draft, used)).collect();
                // What is done with it otherwise is done with requests of WSGI as well.
                let Ok(asked) = asked else { continue };
                for one in asked {
                    one.through_factory(draft, Some("async_rf"));
                }
                draft.rewrites.replace(parameter, template!["async_rf"]);
            }
            _ => {}
        }
    }
    Ok(())
}

/// `client`, `client: Client` → `async_client`
fn take_client(draft: &mut Draft<'_>, parameter: NodeId, beside: &str) -> Outcome {
    let written = match draft.ast().kind(parameter) {
        Kind::Identifier => format!("async_client{beside}"),
        Kind::TypedParameter if draft.text(parameter).ends_with("Client") => {
            let class = draft.need("django.test", "AsyncClient")?;
            format!("async_client: {class}{beside}")
        }
        _ => {
            return Err(refusal("its client has a type of its own, or a default"));
        }
    };
    draft.rewrites.replace(parameter, template![written]);
    Ok(())
}

/// `admin_client` is logged in, and has no async form.
fn log_admin_in(draft: &mut Draft<'_>, definition: &Function) -> Outcome {
    let ast = draft.ast();
    let is_docstring = |&statement: &NodeId| {
        ast.kind(statement) == Kind::ExpressionStatement
            && ast
                .first_child(statement)
                .is_some_and(|only| ast.kind(only) == Kind::String)
    };
    let first = ast.children(definition.body).find(|it| !is_docstring(it));
    let first = first.ok_or_else(|| refusal("it does nothing"))?;
    let login = if draft.target() >= LOGIN_SINCE {
        "await async_client.aforce_login(admin_user)".to_owned()
    } else {
        let adapter = draft.need("asgiref.sync", "sync_to_async")?;
        format!("await {adapter}(async_client.force_login)(admin_user)")
    };
    draft.rewrites.line_before(first, template![login]);
    Ok(())
}

#[cfg(test)]
mod tests;
