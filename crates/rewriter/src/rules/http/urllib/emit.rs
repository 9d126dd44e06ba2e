//! Writes what is urllib's own of what was decided for a call.

use unblocked_analyzer::HttpLibrary;
use unblocked_syntax::{Field, Kind, NodeId};

use crate::draft::{Cannot, Draft, Outcome};
use crate::options::HttpClient;
use crate::rewrites::{Piece, Template, template};
use crate::rules::http::decide::{Form, Native};
use crate::rules::http::emit::{entered, object_of};
use crate::rules::http::response::Use;

/// The item of a dictionary of headers that says what `urlopen` says of a body.
pub(in crate::rules::http) fn form_type(quote: char) -> String {
    format!("{quote}Content-Type{quote}: {quote}application/x-www-form-urlencoded{quote}")
}

/// A use of a response of `urlopen`.
pub(in crate::rules::http) fn written(
    draft: &mut Draft<'_>,
    native: &Native,
    response: NodeId,
    used: Use,
) -> Outcome {
    let is_aiohttp = draft.options.http_client == HttpClient::Aiohttp;
    match used {
        Use::Bytes(call) => {
            if let Some(body) = &native.body {
                draft.rewrites.replace(call, template![body.as_str()]);
                return Ok(());
            }
            let object = object_of(draft, call)?;
            if is_aiohttp {
                draft.replace_awaited(call, template![object, ".read()"])?;
            } else {
                draft.rewrites.replace(call, template![object, ".content"]);
            }
        }
        Use::Load(call) => {
            let ast = draft.ast();
            let function = draft.callee(call)?;
            match ast.child(function, Field::Attribute) {
                Some(name) => draft.rewrites.replace(name, template!["loads"]),
                None => {
                    let loads = draft.need("json", "loads")?;
                    draft.rewrites.replace(function, template![loads]);
                }
            }
            match &native.body {
                Some(body) => draft.rewrites.replace(response, template![body.as_str()]),
                None if is_aiohttp => {
                    draft.allow_await(response)?;
                    draft.rewrites.wrap_value(response, "await ", ".read()");
                }
                None => draft.rewrites.wrap_value(response, "", ".content"),
            }
        }
        Use::Code(node) => {
            let object = object_of(draft, node)?;
            let name = if is_aiohttp {
                ".status"
            } else {
                ".status_code"
            };
            draft.rewrites.replace(node, template![object, name]);
        }
        Use::UrlCall(call) => {
            let object = object_of(draft, call)?;
            draft
                .rewrites
                .replace(call, template!["str(", object, ".url)"]);
        }
        Use::HeaderItem(subscript) => header_item(draft, subscript)?,
        Use::HeaderCall(name) => draft.rewrites.replace(name, template!["headers.get"]),
        Use::Info(call, item) => {
            let object = object_of(draft, call)?;
            draft.rewrites.replace(call, template![object, ".headers"]);
            if let Some(item) = item {
                header_item(draft, item)?;
            }
        }
        Use::Close(call) if !is_aiohttp => {
            let object = object_of(draft, call)?;
            draft.replace_awaited(call, template![object, ".aclose()"])?;
        }
        _ => {}
    }
    Ok(())
}

/// `headers["X"]` → `headers.get("X")`
fn header_item(draft: &mut Draft<'_>, subscript: NodeId) -> Outcome {
    let parts: Vec<NodeId> = draft.ast().children(subscript).collect();
    let [headers, key] = parts[..] else {
        return Err(Cannot::new("a header is read in a way that has no form"));
    };
    draft
        .rewrites
        .replace(subscript, template![headers, ".get(", key, ")"]);
    Ok(())
}

/// The request of httpx in its place.
pub(in crate::rules::http) fn httpx_call(
    draft: &mut Draft<'_>,
    call: NodeId,
    native: &Native,
    request: Template,
) -> Outcome {
    if let Form::With { statement, name } = &native.form {
        let ast = draft.ast();
        let block = ast.child(*statement, Field::Body);
        let first = block
            .and_then(|block| ast.first_child(block))
            .ok_or_else(|| Cannot::new("a block is empty"))?;
        let name_node = ast
            .parent(call)
            .and_then(|pattern| ast.child_of_kind(pattern, Kind::AsPatternTarget));
        let response = match (name, name_node) {
            (Some(name), _) => name.clone(),
            (None, Some(node)) => draft.text(node).to_owned(),
            (None, None) => return Err(Cannot::new("a response has no name")),
        };
        draft.allow_await(*statement)?;
        draft
            .rewrites
            .replace(call, entered(request, name.as_deref()));
        draft.rewrites.wrap(*statement, "async ", "");
        // The exception for a status has the body.
        draft
            .rewrites
            .line_before(first, template![format!("await {response}.aread()")]);
        draft
            .rewrites
            .line_before(first, template![format!("{response}.raise_for_status()")]);
        return Ok(());
    }
    if native.library != HttpLibrary::Urllib {
        return draft.replace_awaited(call, request);
    }
    draft.allow_await(call)?;
    let mut raising = template!["(await "];
    raising.extend(request);
    raising.push(Piece::from(").raise_for_status()"));
    draft.rewrites.replace(call, raising);
    Ok(())
}
