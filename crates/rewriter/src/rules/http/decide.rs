//! Which `requests` calls of a function another client can make, and where its `async with` statements go.

use std::collections::{BTreeMap, HashSet};

use unblocked_analyzer::{SiteKind, Type};
use unblocked_django::PythonVersion;
use unblocked_syntax::{Field, Kind, NodeId};

use super::arguments::{self, Request};
use super::response::{self, Use};
use super::scope::Scope;
use super::variables::Variables;
use crate::options::HttpClient;

/// Each request looks at all of its function: beyond this many nodes in all, they are left to threads.
const MAX_WORK: usize = 5_000_000;

/// What becomes of a function's `requests` calls: those that are not here run in threads.
#[derive(Debug, Clone)]
pub(crate) struct Body {
    pub(super) calls: BTreeMap<NodeId, Native>,
    /// The statements that the client stands around.
    pub(super) client: (NodeId, NodeId),
    pub(super) client_name: String,
}

/// One call.
#[derive(Debug, Clone)]
pub(super) struct Native {
    pub(super) request: Request,
    pub(super) form: Form,
    /// What is done with the response: the expression that is the response, and its use.
    pub(super) uses: Vec<(NodeId, Use)>,
    /// Something catches that a body is not JSON.
    pub(super) strict_json: bool,
}

impl Native {
    /// True when aiohttp reads JSON of it, and an empty body would be `None`.
    pub(super) fn reads_empty_as_none(&self) -> bool {
        self.form != Form::Expression
            && !self.strict_json
            && self
                .uses
                .iter()
                .any(|(_, used)| matches!(used, Use::Json(_)))
    }
}

/// How a call is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Form {
    /// `await client.get(url)`
    Expression,
    /// `async with session.get(url) as name:` takes the place of the statement and stands around those up to `last`.
    Statement {
        statement: NodeId,
        last: NodeId,
        name: String,
    },
    /// The same around the body's reading alone; the response is used later.
    Cached { statement: NodeId, name: String },
    /// `async with session.get(url) as name:` around the statement, in which the name takes the place of the call.
    Around { statement: NodeId, name: String },
    /// The same around the body's reading, before the statement.
    Before { statement: NodeId, name: String },
}

impl Form {
    fn span(&self, scope: &Scope<'_>, call: NodeId) -> Option<(NodeId, NodeId)> {
        Some(match self {
            Self::Expression => {
                let statement = scope.ast().statement(call)?;
                (statement, statement)
            }
            Self::Statement {
                statement, last, ..
            } => (*statement, *last),
            Self::Cached { statement, .. }
            | Self::Around { statement, .. }
            | Self::Before { statement, .. } => (*statement, *statement),
        })
    }
}

/// The functions of `requests` that send a request: their names.
pub(super) fn function_name(path: &str) -> Option<&str> {
    path.strip_prefix("requests.").filter(|name| {
        matches!(
            *name,
            "get" | "post" | "put" | "patch" | "delete" | "head" | "options" | "request"
        )
    })
}

/// The `requests` calls of a function, in order of place.
pub(super) fn request_calls<'a>(scope: &Scope<'a>) -> Vec<(NodeId, &'a str)> {
    let mut calls: Vec<(NodeId, &str)> = scope
        .effects
        .sites_of(scope.file, scope.function)
        .filter_map(|site| match &site.kind {
            SiteKind::Function { path } => Some((site.node, function_name(path)?)),
            _ => None,
        })
        .collect();
    calls.sort_unstable();
    calls.dedup();
    calls
}

/// Decides for all calls of a function. `kept`: the calls that have to stay in threads whatever they are.
pub(super) fn decide(
    scope: &Scope<'_>,
    kept: &HashSet<NodeId>,
    strict_json: &HashSet<NodeId>,
) -> Option<Body> {
    let client = scope.options.http_client;
    let modules: &[&str] = match client {
        HttpClient::Aiohttp => &["aiohttp", "asyncio", "json"],
        HttpClient::Httpx => &["httpx", "json"],
        HttpClient::Httpx2 => &["httpx2", "json"],
        HttpClient::Requests => return None,
    };
    if !modules.iter().all(|module| scope.can_import(module)) {
        return None;
    }
    let mut calls: BTreeMap<NodeId, Native> = BTreeMap::new();
    let requests = request_calls(scope);
    let size = scope.ast().subtree(scope.root()).count();
    if requests.len().saturating_mul(size) > MAX_WORK {
        return None;
    }
    let reply = scope.free_name(&["response", "http_response", "reply"]);
    let variables = Variables::new(scope, &requests, kept);
    for &(call, name) in &requests {
        if kept.contains(&call)
            || scope
                .ast()
                .parent(call)
                .is_none_or(|up| scope.ast().kind(up) == Kind::Await)
        {
            continue;
        }
        let Some(request) = arguments::map(scope, call, name, client) else {
            continue;
        };
        let found = match client {
            HttpClient::Aiohttp => aiohttp(scope, call, &requests, &variables, &reply),
            _ => httpx(scope, call, &request, &variables),
        };
        if let Some((form, uses)) = found {
            let strict_json = strict_json.contains(&call)
                || uses.iter().any(|(node, _)| strict_json.contains(node));
            calls.insert(
                call,
                Native {
                    request,
                    form,
                    uses,
                    strict_json,
                },
            );
        }
    }
    // A variable is native or it isn't: all that it is bound to.
    loop {
        let torn: Vec<NodeId> = calls
            .keys()
            .copied()
            .filter(|call| {
                variables.of.get(call).is_some_and(|name| {
                    variables
                        .of
                        .iter()
                        .any(|(other, at)| at == name && !calls.contains_key(other))
                })
            })
            .collect();
        if torn.is_empty() {
            break;
        }
        for call in torn {
            calls.remove(&call);
        }
    }
    let client = client_span(scope, &calls)?;
    let names: &[&str] = match scope.options.http_client {
        HttpClient::Aiohttp => &["session", "http_session", "client_session"],
        _ => &["client", "http_client", "async_client"],
    };
    Some(Body {
        calls,
        client,
        client_name: scope.free_name(names),
    })
}

type Found = Option<(Form, Vec<(NodeId, Use)>)>;

/// httpx: an expression, wherever `await` can stand.
fn httpx(scope: &Scope<'_>, call: NodeId, request: &Request, variables: &Variables<'_>) -> Found {
    let ast = scope.ast();
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
        None => unbound(scope, call)?,
    };
    // It raises for redirects as well.
    if !request.follows_redirects && uses.iter().any(|(_, used)| *used == Use::RaiseForStatus) {
        return None;
    }
    Some((Form::Expression, uses))
}

/// What is done with the response of one call, of all that is done with the responses in a variable.
fn of_call(scope: &Scope<'_>, uses: &[(NodeId, Use)], call: NodeId) -> Vec<(NodeId, Use)> {
    let is_of = |load: NodeId| *scope.type_of(load) == Type::HttpResponse(call);
    uses.iter()
        .filter(|(load, _)| is_of(*load))
        .copied()
        .collect()
}

/// What is done with a response that no variable holds: nothing, or one thing.
fn unbound(scope: &Scope<'_>, call: NodeId) -> Option<Vec<(NodeId, Use)>> {
    let ast = scope.ast();
    if ast
        .parent(call)
        .is_some_and(|up| ast.kind(up) == Kind::ExpressionStatement)
    {
        return Some(Vec::new());
    }
    match response::classify(scope, call)? {
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

/// aiohttp: an `async with` statement.
fn aiohttp(
    scope: &Scope<'_>,
    call: NodeId,
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
    let uses = unbound(scope, call)?;
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

/// True when a node stands in a block of the statement, not in its header.
fn is_in_block(scope: &Scope<'_>, statement: NodeId, node: NodeId) -> bool {
    let ast = scope.ast();
    ast.ancestors(node)
        .take_while(|&up| up != statement)
        .any(|up| ast.kind(up) == Kind::Block)
}

/// The last of the statements that follow and use the response, when all uses are there and nothing else waits in them.
fn enclosed(scope: &Scope<'_>, statement: NodeId, uses: &[(NodeId, Use)]) -> Option<NodeId> {
    let ast = scope.ast();
    let block = ast.parent(statement)?;
    let mut left = uses.len();
    let mut last = None;
    for next in ast.children(block).skip_while(|&id| id <= statement) {
        if left == 0 {
            break;
        }
        let within = uses
            .iter()
            .filter(|(load, _)| ast.contains(next, *load))
            .count();
        let waits = scope
            .effects
            .sites_of(scope.file, scope.function)
            .any(|site| ast.contains(next, site.node))
            || scope
                .effects
                .calls_of(scope.file, scope.function)
                .any(|call| ast.contains(next, call.node) && scope.effects.waits(call.callee));
        let tries = ast
            .subtree(next)
            .any(|id| matches!(ast.kind(id), Kind::Try | Kind::FunctionDef | Kind::ClassDef));
        if within == 0 || waits || tries || !scope.has_own_lines(next) {
            return None;
        }
        left -= within;
        last = Some(next);
    }
    last.filter(|_| left == 0)
}

/// True when the call is evaluated whenever its statement is, once, and before anything else that could be noticed.
fn is_first_evaluated(scope: &Scope<'_>, statement: NodeId, call: NodeId) -> bool {
    let ast = scope.ast();
    let mut child = call;
    for up in scope.ancestors(call) {
        let before: Vec<NodeId> = ast.children(up).take_while(|&id| id != child).collect();
        let inert = || {
            before
                .iter()
                .all(|&id| ast.kind(id) == Kind::Other || scope.is_inert(id))
        };
        let fits = match ast.kind(up) {
            Kind::Attribute | Kind::Parenthesized | Kind::ExpressionStatement | Kind::Return | Kind::UnaryOperator
            | Kind::NotOperator | Kind::ListComprehension | Kind::SetComprehension | Kind::DictionaryComprehension
            | Kind::GeneratorExpression => true,
            Kind::Call => ast.field(child) == Some(Field::Function) || inert(),
            Kind::Subscript | Kind::ArgumentList | Kind::KeywordArgument | Kind::List | Kind::Tuple | Kind::Set
            | Kind::ExpressionList | Kind::Dictionary | Kind::Pair | Kind::ListSplat | Kind::DictionarySplat
            | Kind::BinaryOperator | Kind::Interpolation | Kind::String | Kind::ConcatenatedString | Kind::Raise
            // `a < b < c` stops at the first that is false.
            | Kind::Comparison
                if ast.kind(up) != Kind::Comparison || ast.children(up).count() == 3 =>
            {
                inert()
            }
            Kind::Assignment => ast.field(child) == Some(Field::Right),
            Kind::AugmentedAssignment => before
                .first()
                .is_some_and(|&left| ast.kind(left) == Kind::Identifier),
            Kind::BooleanOperator => ast.field(child) == Some(Field::Left),
            Kind::Conditional => ast.children(up).nth(1) == Some(child),
            Kind::ForInClause => ast.field(child) == Some(Field::Right),
            Kind::If => ast.field(child) == Some(Field::Condition),
            Kind::For => ast.field(child) == Some(Field::Right),
            Kind::Assert => ast.first_child(up) == Some(child),
            _ => false,
        };
        if !fits {
            return false;
        }
        if up == statement {
            return true;
        }
        child = up;
    }
    false
}

/// The smallest run of statements that holds all calls, out of loops.
pub(super) fn client_span(
    scope: &Scope<'_>,
    calls: &BTreeMap<NodeId, Native>,
) -> Option<(NodeId, NodeId)> {
    let ast = scope.ast();
    let mut span: Option<(NodeId, NodeId)> = None;
    for (&call, native) in calls {
        let own = native.form.span(scope, call)?;
        span = Some(match span {
            None => own,
            Some(all) => common(scope, all, own)?,
        });
    }
    let (mut first, mut last) = span?;
    if let Some(outer) = scope.outer_loop(first) {
        (first, last) = (outer, outer);
    }
    // Statements that share their line with others stay with them.
    while !scope.has_own_lines(first) || !scope.has_own_lines(last) {
        let outer = scope
            .ancestors(first)
            .find(|&up| ast.kind(up).is_statement())?;
        (first, last) = (outer, outer);
    }
    // An import's own edits stay apart from those of moved lines.
    let is_fit = ast.children(ast.parent(first)?).any(|id| id == last)
        && (first.index()..ast.after(last).index()).len() < ast.len()
        && !ast
            .subtree(ast.parent(first)?)
            .filter(|&id| id >= first && id < ast.after(last))
            .any(|id| {
                matches!(
                    ast.kind(id),
                    Kind::Import | Kind::ImportFrom | Kind::FutureImport | Kind::Yield
                )
            });
    is_fit.then_some((first, last))
}

/// The smallest run of siblings that holds two runs.
fn common(scope: &Scope<'_>, a: (NodeId, NodeId), b: (NodeId, NodeId)) -> Option<(NodeId, NodeId)> {
    let ast = scope.ast();
    let block = scope
        .ancestors(a.0)
        .find(|&up| matches!(ast.kind(up), Kind::Block | Kind::Module) && ast.contains(up, b.0))?;
    let child_of = |node: NodeId| ast.children(block).find(|&child| ast.contains(child, node));
    let first = child_of(a.0)?.min(child_of(b.0)?);
    let last = child_of(a.1)?.max(child_of(b.1)?);
    Some((first, last))
}
