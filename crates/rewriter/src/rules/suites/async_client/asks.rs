//! What a test does with its client, or with a factory of requests.

use unblocked_analyzer::{Evidence, Type};
use unblocked_syntax::{Field, Kind, NodeId};

use super::{DOCS, LOGIN_SINCE, LOGINS, NAME, REQUESTS, Style, refusal};
use crate::draft::{Cannot, Draft, Outcome};
use crate::rewrites::template;

/// A use of a client, or of a factory.
pub(super) struct Asked<'d> {
    used: NodeId,
    /// The call of a method of it, and the method; `None` where its cookies are read.
    call: Option<(NodeId, &'d str)>,
    /// Keywords that give headers, with the names that the async form takes them by.
    headers: Vec<(NodeId, &'d str)>,
}

/// Looks at a use of a client.
pub(super) fn client<'d>(draft: &Draft<'d>, used: NodeId) -> Result<Asked<'d>, Cannot> {
    let cannot = || refusal("it does something with its client that the async one does otherwise");
    let asked = method(draft, used).ok_or_else(cannot)?;
    let (call, name) = match asked {
        Method::Read("cookies") => {
            return Ok(Asked {
                used,
                call: None,
                headers: Vec::new(),
            });
        }
        Method::Called(call, name) if REQUESTS.contains(&name) || LOGINS.contains(&name) => {
            (call, name)
        }
        _ => return Err(cannot()),
    };
    let follows = draft
        .arguments(call)
        .iter()
        .any(|(keyword, _)| *keyword == Some("follow"));
    if follows && draft.target() < LOGIN_SINCE {
        return Err(refusal(
            "its client follows redirects, which the async one does from Django 5.0 on",
        ));
    }
    Ok(Asked {
        used,
        call: Some((call, name)),
        headers: headers(draft, call, "client")?,
    })
}

/// Looks at a use of a factory of requests.
pub(super) fn factory<'d>(draft: &Draft<'d>, used: NodeId) -> Result<Asked<'d>, Cannot> {
    match method(draft, used) {
        Some(Method::Called(call, name)) if REQUESTS.contains(&name) => Ok(Asked {
            used,
            call: Some((call, name)),
            headers: headers(draft, call, "factory")?,
        }),
        _ => Err(refusal("its factory is used otherwise")),
    }
}

enum Method<'d> {
    Called(NodeId, &'d str),
    Read(&'d str),
}

fn method<'d>(draft: &Draft<'d>, used: NodeId) -> Option<Method<'d>> {
    let ast = draft.ast();
    let method = ast.parent(used)?;
    let call = ast.parent(method)?;
    let name = draft.text(ast.child(method, Field::Attribute)?);
    if ast.field(used) != Some(Field::Object) {
        return None;
    }
    let is_called = ast.kind(call) == Kind::Call && ast.field(method) == Some(Field::Function);
    Some(match is_called {
        true => Method::Called(call, name),
        false => Method::Read(name),
    })
}

/// What of `HTTP_ACCEPT="…"` and the like the async form takes: `ACCEPT="…"`.
fn headers<'d>(
    draft: &Draft<'d>,
    call: NodeId,
    what: &str,
) -> Result<Vec<(NodeId, &'d str)>, Cannot> {
    let ast = draft.ast();
    let mut headers = Vec::new();
    for (keyword, value) in draft.arguments(call) {
        let Some(keyword) = keyword.filter(|it| it.chars().all(|c| !c.is_lowercase())) else {
            if ast.kind(value) == Kind::DictionarySplat {
                return Err(refusal(format!(
                    "its {what} may be given headers by `{}`",
                    draft.excerpt(value)
                )));
            }
            continue;
        };
        let is_text = matches!(ast.kind(value), Kind::String | Kind::ConcatenatedString);
        let name = keyword
            .strip_prefix("HTTP_")
            .filter(|name| is_text && !matches!(*name, "HOST" | "COOKIE" | ""));
        let place = ast
            .parent(value)
            .and_then(|argument| ast.child(argument, Field::Name));
        match name.zip(place) {
            Some((name, place)) => headers.push((place, name)),
            None => {
                return Err(refusal(format!(
                    "its {what} is given `{keyword}`, which the async one takes for another header"
                )));
            }
        }
    }
    Ok(headers)
}

impl Asked<'_> {
    /// Asks through the async client.
    pub(super) fn through_client(self, draft: &mut Draft<'_>, style: Style) -> Outcome {
        let client = style.async_client();
        draft.rewrites.replace(self.used, template![client]);
        let Some((call, method)) = self.call else {
            return Ok(());
        };
        for (place, name) in self.headers {
            draft.rewrites.replace(place, template![name]);
        }
        if REQUESTS.contains(&method) {
            return draft.await_node(call);
        }
        if draft.target() < LOGIN_SINCE {
            return draft.wrap_call(call);
        }
        let ast = draft.ast();
        let name = ast
            .parent(self.used)
            .and_then(|attribute| ast.child(attribute, Field::Attribute))
            .ok_or_else(|| refusal("a method has no name"))?;
        draft
            .rewrites
            .replace(name, template![format!("a{method}")]);
        draft.await_node(call)
    }

    /// Makes the request as ASGI servers give it.
    pub(super) fn through_factory(self, draft: &mut Draft<'_>, name: Option<&str>) {
        if let Some(name) = name {
            draft.rewrites.replace(self.used, template![name]);
        }
        for (place, name) in self.headers {
            draft.rewrites.replace(place, template![name]);
        }
    }
}

/// `RequestFactory()`, made in the test itself: its requests are those of ASGI servers then, as views get them.
pub(super) fn own_factory(draft: &mut Draft<'_>, call: NodeId) -> Outcome {
    let ast = draft.ast();
    let Some(function) = ast.child(call, Field::Function) else {
        return Ok(());
    };
    let is_factory = matches!(draft.type_of(function), Type::Path(path) if is_path(path));
    let parent = ast
        .parent(call)
        .filter(|_| draft.arguments(call).is_empty());
    let (Some(parent), true) = (parent, is_factory) else {
        return Ok(());
    };
    let uses: Vec<NodeId> = match ast.kind(parent) {
        Kind::Attribute => vec![call],
        Kind::Assignment => {
            let kept = ast.child(parent, Field::Left);
            let Some(kept) = kept.filter(|&kept| ast.kind(kept) == Kind::Identifier) else {
                return Ok(());
            };
            let nodes = draft
                .definition()
                .into_iter()
                .flat_map(|it| ast.subtree(it.body));
            nodes
                .filter(|&node| {
                    node != kept
                        && ast.kind(node) == Kind::Identifier
                        && !matches!(ast.field(node), Some(Field::Attribute | Field::Name))
                        && draft.text(node) == draft.text(kept)
                })
                .collect()
        }
        _ => return Ok(()),
    };
    let asked: Result<Vec<Asked<'_>>, Cannot> =
        uses.into_iter().map(|used| factory(draft, used)).collect();
    // What is done with it otherwise is done with a request of WSGI as well.
    let Ok(asked) = asked else { return Ok(()) };
    let Ok(name) = draft.need("django.test", "AsyncRequestFactory") else {
        return Ok(());
    };
    for one in asked {
        one.through_factory(draft, None);
    }
    draft.rewrites.replace(function, template![name]);
    draft.changed(
        NAME,
        function,
        Evidence::Proven,
        "the test makes requests as WSGI servers give them",
        "they are made as ASGI servers give them",
        DOCS,
    );
    Ok(())
}

/// True for a factory of requests.
pub(super) fn is_factory(draft: &Draft<'_>, object: NodeId) -> bool {
    let facts = draft.facts;
    let is_made = |node: NodeId| {
        draft
            .ast()
            .child(node, Field::Function)
            .is_some_and(|made| matches!(draft.type_of(made), Type::Path(path) if is_path(path)))
    };
    let name = draft.text(object);
    let name = name.strip_prefix("self.").unwrap_or(name);
    is_made(object)
        || matches!(name, "rf" | "async_rf")
        || (name.chars().all(|c| c.is_alphanumeric() || c == '_')
            && facts.text().contains(&format!("{name} = RequestFactory(")))
}

fn is_path(path: &str) -> bool {
    matches!(
        path,
        "django.test.RequestFactory"
            | "django.test.client.RequestFactory"
            | "django.test.AsyncRequestFactory"
    )
}
