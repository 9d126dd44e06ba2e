//! In which form a call can be written, by where it stands and what is done with its response.

use unblocked_analyzer::{HttpLibrary, Type};
use unblocked_django::PythonVersion;
use unblocked_syntax::{Field, Kind, NodeId};

use super::arguments::Request;
use super::decide::Form;
use super::place::{enclosed, is_first_evaluated, is_in_block};
use super::response::{self, Use};
use super::scope::Scope;
use super::urllib;
use super::variables::Variables;
use crate::options::HttpClient;

type Found = Option<(Form, Vec<(NodeId, Use)>)>;

/// httpx: an expression, wherever `await` can stand.
pub(super) fn httpx(
    scope: &Scope<'_>,
    (call, library): (NodeId, HttpLibrary),
    request: &Request,
    variables: &Variables<'_>,
) -> Found {
    let ast = scope.ast();
    if urllib::entered(scope, call).is_some() {
        return with(scope, call, library, variables);
    }
    let mut comprehensions = 0;
    for up in scope.ancestors(call) {
        match ast.kind(up) {
            Kind::Lambda | Kind::ClassDef | Kind::FunctionDef | Kind::NamedExpression => {
                return None;
            }
            kind if kind.is_comprehension() => comprehensions += 1,
            _ => {}
        }
    }
    if comprehensions > 1 && scope.options.python() < PythonVersion::new(3, 11) {
        return None;
    }
    let uses = match variables.of.get(&call) {
        Some(name) => of_call(scope, variables.uses.get(name)?.as_ref()?, call),
        None => unbound(scope, call, library)?,
    };
    // It raises for redirects as well.
    if !request.follows_redirects && uses.iter().any(|(_, used)| *used == Use::RaiseForStatus) {
        return None;
    }
    Some((Form::Expression, uses))
}

/// What is done with the response of one call, of all that is done with the responses in a variable.
fn of_call(scope: &Scope<'_>, uses: &[(NodeId, Use)], call: NodeId) -> Vec<(NodeId, Use)> {
    let is_of =
        |load: NodeId| matches!(*scope.type_of(load), Type::HttpResponse(of, _) if of == call);
    uses.iter()
        .filter(|(load, _)| is_of(*load))
        .copied()
        .collect()
}

/// What is done with a response that no variable holds: nothing, or one thing.
fn unbound(scope: &Scope<'_>, call: NodeId, library: HttpLibrary) -> Option<Vec<(NodeId, Use)>> {
    let ast = scope.ast();
    if ast
        .parent(call)
        .is_some_and(|up| ast.kind(up) == Kind::ExpressionStatement)
    {
        return Some(Vec::new());
    }
    match response::classify(scope, call, library)? {
        Use::Same
            if ast
                .parent(call)
                .is_some_and(|up| ast.kind(up) == Kind::Comparison) =>
        {
            None
        }
        used => Some(vec![(call, used)]),
    }
}

/// A call whose response a `with` statement closes, in either client.
fn with(scope: &Scope<'_>, call: NodeId, library: HttpLibrary, variables: &Variables<'_>) -> Found {
    let entered = urllib::entered(scope, call).filter(|_| library == HttpLibrary::Urllib)?;
    let ast = scope.ast();
    let uses = match entered.name {
        Some(name) => of_call(scope, variables.uses.get(name)?.as_ref()?, call),
        None => Vec::new(),
    };
    // httpx reads the body on a line of its own.
    let reads = scope.options.http_client == HttpClient::Aiohttp
        || ast
            .child(entered.statement, Field::Body)
            .and_then(|block| ast.first_child(block))
            .is_some_and(|first| scope.has_own_lines(first));
    let within = |load: NodeId| ast.contains(entered.statement, load);
    let fits = reads
        && scope.facts.owner(call) == scope.function
        && scope.has_own_lines(entered.statement)
        && uses.iter().all(|&(load, used)| {
            !used.reads_body()
                || within(load) && !scope.is_deferred(load) && !scope.stays_sync(load)
        });
    let name = match entered.name {
        Some(_) => None,
        None => Some(scope.free_name(&["response", "http_response", "reply"])),
    };
    fits.then_some((
        Form::With {
            statement: entered.statement,
            name,
        },
        uses,
    ))
}

/// aiohttp: an `async with` statement.
pub(super) fn aiohttp(
    scope: &Scope<'_>,
    (call, library): (NodeId, HttpLibrary),
    requests: &[(NodeId, &str)],
    variables: &Variables<'_>,
    reply: &str,
) -> Found {
    let ast = scope.ast();
    let statement = ast.statement(call)?;
    if scope.facts.owner(call) != scope.function
        || scope.is_deferred(call)
        || scope
            .ancestors(call)
            .any(|up| ast.kind(up) == Kind::ClassDef)
        || !scope.has_own_lines(statement)
        || requests.iter().any(|&(other, _)| {
            other != call && ast.contains(statement, other) && !is_in_block(scope, statement, other)
        })
    {
        return None;
    }
    if urllib::entered(scope, call).is_some() {
        return with(scope, call, library, variables);
    }
    if let Some(&name) = variables.of.get(&call) {
        let uses = of_call(scope, variables.uses.get(name)?.as_ref()?, call);
        if uses.iter().any(|&(load, used)| {
            used.reads_body() && (scope.is_deferred(load) || scope.stays_sync(load))
        }) {
            return None;
        }
        let form = match enclosed(scope, statement, &uses) {
            Some(last) if variables.counts.get(name) == Some(&1) => Form::Statement {
                statement,
                last,
                name: name.to_owned(),
            },
            _ => Form::Cached {
                statement,
                name: name.to_owned(),
            },
        };
        return Some((form, uses));
    }
    let uses = unbound(scope, call, library)?;
    if !is_first_evaluated(scope, statement, call) {
        return None;
    }
    let name = reply.to_owned();
    let form = match ast.kind(statement) {
        _ if uses.is_empty() => Form::Cached { statement, name },
        Kind::If | Kind::For => Form::Before { statement, name },
        Kind::ExpressionStatement | Kind::Return | Kind::Raise | Kind::Assert => {
            Form::Around { statement, name }
        }
        _ => return None,
    };
    Some((form, uses))
}
