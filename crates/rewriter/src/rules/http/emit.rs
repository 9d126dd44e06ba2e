//! Writes what was decided for a call.

use unblocked_analyzer::{HttpLibrary, Site, SiteKind};
use unblocked_syntax::{Field, Kind, NodeId, Span};

use super::arguments::Edit;
use super::client::{client_like, new_client, own_client};
use super::decide::{Body, Form, Native};
use super::neutral;
use super::response::Use;
use super::session::{Place, Setting};
use super::urllib;
use crate::draft::{Cannot, Draft, Outcome};
use crate::options::HttpClient;
use crate::rewrites::{Enclosure, Extent, Piece, Template, template};

/// The decision for a call, with its function's.
pub(super) fn decision(draft: &Draft<'_>, call: NodeId) -> Option<(Body, Native)> {
    let body = draft.http.body(draft.file_index, draft.function)?;
    let native = body.calls.get(&call)?;
    Some((body.clone(), native.clone()))
}

/// The same as it would be for a call that it was decided against.
pub(super) fn wish(draft: &Draft<'_>, call: NodeId) -> Option<(Body, Native)> {
    let body = draft.http.wish(draft.file_index, draft.function)?;
    let native = body.calls.get(&call)?;
    Some((body.clone(), native.clone()))
}

/// The same of the call that a `with` statement enters, which stays synchronous.
pub(super) fn block_wish(draft: &Draft<'_>, site: &Site) -> Option<(NodeId, Body, Native)> {
    if !matches!(site.kind, SiteKind::SyncOnly { .. }) {
        return None;
    }
    let body = draft.http.wish(draft.file_index, draft.function)?;
    let (&call, native) = body.calls.iter().find(
        |(_, native)| matches!(native.form, Form::With { statement, .. } if statement == site.node),
    )?;
    Some((call, body.clone(), native.clone()))
}

/// True for the first of the calls of a function, or of a session: it writes the client.
pub(super) fn is_first(body: &Body, call: NodeId) -> bool {
    let session = body.calls.get(&call).and_then(|native| native.session);
    let mut alike = body
        .calls
        .iter()
        .filter(|(_, native)| native.session == session);
    alike.next().is_some_and(|(&first, _)| first == call)
}

/// Makes the client of a call, when it is the first.
pub(super) fn client(
    draft: &mut Draft<'_>,
    body: &Body,
    native: &Native,
    module: &str,
) -> Result<(), Cannot> {
    let session = native.session.and_then(|index| body.sessions.get(index));
    let made = match session {
        Some((session, _)) if session.factory.is_none() => client_like(draft, session, module)?,
        Some(_) => new_client(draft.options.http_client, module),
        None if body.sharing.is_some() => String::new(),
        None => own_client(draft, body, module)?,
    };
    let header = |name: &str| format!("async with {made} as {name}:");
    let Some(index) = native.session else {
        if body.sharing.is_some() {
            let shared = draft.http.shared(draft.file_index);
            return shared.map_or(Ok(()), |shared| shared.need(draft));
        }
        enclose(draft, body, header(&body.client_name));
        return Ok(());
    };
    let Some((session, span)) = body.sessions.get(index) else {
        return Err(Cannot::new("a session is not known"));
    };
    if let Some(factory) = &session.factory {
        if let Some(home) = &session.home {
            draft.need(home, factory)?;
        }
        let &Some((first, last)) = span else {
            return Ok(());
        };
        draft.rewrites.enclose(Enclosure {
            first,
            last,
            header: template![format!("async with {factory}() as {}:", session.name)],
            extent: Extent::None,
            footer: None,
            is_set_off: false,
            finding: None,
        });
        return Ok(());
    }
    match (session.place, span) {
        (Place::With(statement), _) => {
            draft.allow_await(statement)?;
            draft
                .rewrites
                .replace(session.made, template![made.as_str()]);
            draft.rewrites.wrap(statement, "async ", "");
        }
        (_, &Some((first, last))) => draft.rewrites.enclose(Enclosure {
            first,
            last,
            header: template![header(&session.name)],
            extent: Extent::First,
            footer: None,
            is_set_off: false,
            finding: None,
        }),
        (_, None) => draft
            .rewrites
            .replace(session.made, template![made.as_str()]),
    }
    let is_aiohttp = draft.options.http_client == HttpClient::Aiohttp;
    settings(draft, &session.settings)?;
    for &close in &session.closes {
        draft.await_node(close)?;
        let function = draft
            .ast()
            .child(close, Field::Function)
            .and_then(|function| draft.ast().child(function, Field::Attribute));
        if let Some(name) = function.filter(|_| !is_aiohttp) {
            draft.rewrites.replace(name, template!["aclose"]);
        }
    }
    Ok(())
}

/// Sets on a client what was set on a session.
pub(super) fn settings(draft: &mut Draft<'_>, settings: &[Setting]) -> Result<(), Cannot> {
    for &Setting::Auth(attribute, pair) in settings {
        if draft.options.http_client == HttpClient::Aiohttp {
            let module = draft.need_module("aiohttp")?;
            let object = object_of(draft, attribute)?;
            let quote = draft.quote(attribute)?;
            draft.rewrites.replace(
                attribute,
                template![object, format!(".headers[{quote}Authorization{quote}]")],
            );
            draft
                .rewrites
                .wrap_value(pair, &format!("{module}.BasicAuth"), ".encode()");
        }
    }
    Ok(())
}

/// Puts the client around the statements that use it.
pub(super) fn enclose(draft: &mut Draft<'_>, body: &Body, client: String) {
    let Some((first, last)) = body.client else {
        return;
    };
    draft.rewrites.enclose(Enclosure {
        first,
        last,
        header: template![client],
        extent: Extent::None,
        footer: None,
        is_set_off: false,
        finding: None,
    });
}

/// `session.get(url, …)`, for the place of a call. Its arguments change at their own nodes.
pub(super) fn request(
    draft: &mut Draft<'_>,
    call: NodeId,
    body: &Body,
    native: &Native,
) -> Result<Template, Cannot> {
    let ast = draft.ast();
    let list = ast
        .child(call, Field::Arguments)
        .ok_or_else(|| Cannot::new("a call has no arguments"))?;
    let module = match draft.options.http_client {
        HttpClient::Aiohttp => draft.need_module("aiohttp")?,
        HttpClient::Httpx => draft.need_module("httpx")?,
        HttpClient::Httpx2 => draft.need_module("httpx2")?,
        HttpClient::Requests => return Err(Cannot::new("`requests` stays")),
    };
    let mut left_out = Vec::new();
    for edit in &native.request.edits {
        match *edit {
            Edit::Rename(name, text) => draft.rewrites.replace(name, template![text]),
            Edit::Name(argument, name) => {
                draft.rewrites.wrap_value(argument, &format!("{name}="), "");
            }
            Edit::Timeout(value, limits) => {
                let template = match limits {
                    None => template![format!("{module}.ClientTimeout(total=None)")],
                    Some((connect, read)) => template![
                        format!("{module}.ClientTimeout(sock_connect="),
                        connect,
                        ", sock_read=",
                        read,
                        ")"
                    ],
                };
                draft.rewrites.replace(value, template);
            }
            Edit::BasicAuth(pair) => {
                draft
                    .rewrites
                    .wrap_value(pair, &format!("{module}.BasicAuth"), "");
            }
            Edit::Phases(value, connect, read) => {
                let open = format!("{module}.Timeout(");
                let template = template![open, read, ", connect=", connect, ")"];
                draft.rewrites.replace(value, template);
            }
            Edit::Drop(argument) => left_out.push(argument),
            Edit::Replace(argument, text) => draft.rewrites.replace(argument, template![text]),
            Edit::Method(first, verb) => {
                let quote = draft.quote(call)?;
                draft
                    .rewrites
                    .wrap_value(first, &format!("{quote}{verb}{quote}, "), "");
            }
            Edit::After(argument, text) => draft.rewrites.wrap_value(argument, "", text),
            Edit::Limit(argument, seconds) => {
                let limit = match draft.options.http_client {
                    HttpClient::Aiohttp => format!(
                        ", timeout={module}.ClientTimeout(sock_connect={seconds}, sock_read={seconds})"
                    ),
                    _ => format!(", timeout={seconds}"),
                };
                draft.rewrites.wrap_value(argument, "", &limit);
            }
            Edit::FormType(argument) => {
                let item = urllib::form_type(draft.quote(call)?);
                draft
                    .rewrites
                    .wrap_value(argument, "", &format!(", headers={{{item}}}"));
            }
            Edit::FormTypeBefore(first) => {
                let item = urllib::form_type(draft.quote(call)?);
                draft.rewrites.wrap_value(first, &format!("{item}, "), "");
            }
            Edit::Inline(made, first, last) => {
                let span = Span::new(ast.span(first).start, ast.span(last).end);
                draft.rewrites.replace(made, template![span]);
            }
            Edit::Spread(argument, name) => {
                draft.rewrites.replace(argument, template!["**", name]);
            }
            Edit::Header(add, object, key, value) => {
                let quote = draft.quote(add)?;
                let item = format!("[{quote}headers{quote}][");
                let item = template![object, item, key, "] = ", value];
                draft.rewrites.replace(add, item);
            }
        }
    }
    let streams = matches!(native.form, Form::With { .. })
        && draft.options.http_client != HttpClient::Aiohttp;
    if let Some(first) = ast.first_child(list).filter(|_| streams)
        && let Some(verb) = native.request.verb
    {
        let quote = draft.quote(call)?;
        let before = format!("{quote}{verb}{quote}, ");
        draft.rewrites.wrap_value(first, &before, "");
    }
    let method = if streams {
        "stream"
    } else {
        native.request.method
    };
    let mut written = template![format!("{}.{method}", body.client_of(native))];
    written.extend(neutral::without(ast, list, &left_out));
    Ok(written)
}

/// The uses of a response of aiohttp.
pub(super) fn aiohttp_uses(draft: &mut Draft<'_>, native: &Native) -> Result<(), Cannot> {
    for &(response, used) in &native.uses {
        match used {
            Use::Json(call) => {
                let object = object_of(draft, call)?;
                if native.strict_json {
                    let json = draft.need_module("json")?;
                    draft.allow_await(call)?;
                    let read = if native.is_read_before() {
                        let quote = draft.quote(call)?;
                        format!(".text(errors={quote}replace{quote}))")
                    } else {
                        ".read())".to_owned()
                    };
                    draft.rewrites.replace(
                        call,
                        template![format!("{json}.loads(await "), object, read],
                    );
                } else {
                    draft.replace_awaited(call, template![object, ".json(content_type=None)"])?;
                }
            }
            Use::Text(attribute) => {
                let object = object_of(draft, attribute)?;
                let quote = draft.quote(attribute)?;
                draft.replace_awaited(
                    attribute,
                    template![object, format!(".text(errors={quote}replace{quote})")],
                )?;
            }
            Use::Content(attribute) => {
                let object = object_of(draft, attribute)?;
                draft.replace_awaited(attribute, template![object, ".read()"])?;
            }
            Use::Status(name) => draft.rewrites.replace(name, template!["status"]),
            Use::Url(attribute) => draft.rewrites.wrap_value(attribute, "str(", ")"),
            Use::Truth(_) => draft.rewrites.wrap_value(response, "", ".ok"),
            Use::Ok(_) | Use::Reason(_) | Use::RaiseForStatus | Use::Same => {}
            _ => urllib::written(draft, native, response, used)?,
        }
    }
    Ok(())
}

/// The uses of a response of httpx.
pub(super) fn httpx_uses(draft: &mut Draft<'_>, native: &Native) -> Result<(), Cannot> {
    for &(response, used) in &native.uses {
        match used {
            Use::Ok(attribute) => {
                let object = object_of(draft, attribute)?;
                if let Some(negation) = negation_of(draft, attribute) {
                    draft
                        .rewrites
                        .replace(negation, template![object, ".is_error"]);
                    continue;
                }
                let bare = is_loose(draft, attribute);
                let (open, close) = if bare { ("not ", "") } else { ("(not ", ")") };
                draft.rewrites.replace(
                    attribute,
                    template![open, object, format!(".is_error{close}")],
                );
            }
            Use::Reason(name) => draft.rewrites.replace(name, template!["reason_phrase"]),
            Use::Url(attribute) => draft.rewrites.wrap_value(attribute, "str(", ")"),
            Use::Truth(_) if negation_of(draft, response).is_some() => {
                if let Some(negation) = negation_of(draft, response) {
                    draft
                        .rewrites
                        .replace(negation, template![response, ".is_error"]);
                    if draft.ast().kind(response) == Kind::Call {
                        draft.rewrites.wrap_value(response, "(", ")");
                    }
                }
            }
            Use::Truth(_) if draft.ast().kind(response) == Kind::Identifier => {
                draft.rewrites.wrap_value(response, "not ", ".is_error");
            }
            Use::Truth(_) => draft.rewrites.wrap_value(response, "not (", ").is_error"),
            _ => urllib::written(draft, native, response, used)?,
        }
    }
    Ok(())
}

/// The `not x` that a node is the operand of.
fn negation_of(draft: &Draft<'_>, node: NodeId) -> Option<NodeId> {
    let ast = draft.ast();
    ast.parent(node)
        .filter(|&parent| ast.kind(parent) == Kind::NotOperator)
}

/// True where `not x` needs no parentheses.
fn is_loose(draft: &Draft<'_>, node: NodeId) -> bool {
    let ast = draft.ast();
    ast.parent(node).is_some_and(|parent| {
        matches!(
            ast.kind(parent),
            Kind::If
                | Kind::Elif
                | Kind::While
                | Kind::NotOperator
                | Kind::BooleanOperator
                | Kind::Assignment
                | Kind::Return
                | Kind::ArgumentList
                | Kind::KeywordArgument
                | Kind::Parenthesized
                | Kind::Assert
                | Kind::Pair
                | Kind::List
                | Kind::IfClause
        )
    })
}

/// `response` of `response.text` and `response.json()`.
pub(super) fn object_of(draft: &Draft<'_>, node: NodeId) -> Result<NodeId, Cannot> {
    let ast = draft.ast();
    let attribute = match ast.kind(node) {
        Kind::Call => ast.child(node, Field::Function),
        _ => Some(node),
    };
    attribute
        .and_then(|attribute| ast.child(attribute, Field::Object))
        .ok_or_else(|| Cannot::new("a response is used in a way that has no form"))
}

/// `async with session.get(url) as response:` in its place.
pub(super) fn aiohttp_call(
    draft: &mut Draft<'_>,
    call: NodeId,
    native: &Native,
    request: Template,
) -> Outcome {
    let unit = crate::indent::indent_unit(draft.ast(), draft.facts.text());
    let reading = |name: &str| {
        let reads = match &native.body {
            Some(body) => format!("{body} = await {name}.read()"),
            // Of a body that nobody reads, `urlopen` reads nothing.
            None if native.library == HttpLibrary::Urllib => "pass".to_owned(),
            None => format!("await {name}.read()"),
        };
        format!(" as {name}:\n{unit}{reads}")
    };
    let mut opening = vec![Piece::from("async with ")];
    match &native.form {
        Form::Expression => {}
        Form::Statement {
            statement,
            last,
            name,
        } => {
            draft.rewrites.replace(call, request);
            opening.extend([Piece::Node(call), Piece::Text(format!(" as {name}:"))]);
            draft.rewrites.enclose(Enclosure {
                first: *statement,
                last: *last,
                header: opening,
                extent: Extent::First,
                footer: None,
                is_set_off: false,
                finding: None,
            });
        }
        Form::Cached { statement, name } => {
            draft.rewrites.replace(call, request);
            opening.extend([Piece::Node(call), Piece::Text(reading(name))]);
            draft.rewrites.replace(*statement, opening);
        }
        Form::Around { statement, name } => {
            draft.rewrites.replace(call, template![name.as_str()]);
            opening.extend(request);
            opening.push(Piece::Text(format!(" as {name}:")));
            draft.rewrites.enclose(Enclosure {
                first: *statement,
                last: *statement,
                header: opening,
                extent: Extent::None,
                footer: None,
                is_set_off: false,
                finding: None,
            });
        }
        Form::Before { statement, name } => {
            let stands_in = native.body.as_ref().unwrap_or(name);
            draft.rewrites.replace(call, template![stands_in.as_str()]);
            opening.extend(request);
            opening.push(Piece::Text(reading(name)));
            draft.rewrites.line_before(*statement, opening);
        }
        Form::With { statement, name } => {
            draft.allow_await(*statement)?;
            draft
                .rewrites
                .replace(call, entered(request, name.as_deref()));
            draft.rewrites.wrap(*statement, "async ", "");
        }
    }
    Ok(())
}

/// A request with the name that its response gets, when it has none.
pub(super) fn entered(mut request: Template, name: Option<&str>) -> Template {
    request.extend(name.map(|name| Piece::Text(format!(" as {name}"))));
    request
}
