//! `urllib.request.urlopen` in other clients: what its arguments and its responses are there.
//!
//! It raises for every status that is no success, sends what it is given as a form unless told otherwise, and opens URLs of
//! other kinds than http and https: a call becomes another client's only where all of that is known.

mod emit;
pub(super) mod evidence;
pub(super) mod inside;
mod made;
mod response;
#[cfg(test)]
mod tests;

use unblocked_analyzer::{Analysis, HttpLibrary, Type};
use unblocked_django::canonical;
use unblocked_syntax::{Field, Kind, NodeId};

use super::arguments::{self, Edit, Given, Request};
use super::decide::Form;
use super::response::Use;
use super::scope::Scope;
use crate::options::HttpClient;

use made::Added;

pub(super) use emit::{form_type, httpx_call, written};
pub(super) use response::{classify, is_known, is_read_once};

/// The function that is looked for, and how its calls are named among those of `requests`.
pub(super) const OPEN: &str = "urllib.request.urlopen";
pub(super) const FUNCTION: &str = "urlopen";

/// What is set for all calls of a project.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Project {
    /// `install_opener` is used.
    has_opener: bool,
    /// `socket.setdefaulttimeout` is used.
    has_timeout: bool,
}

impl Project {
    pub(super) fn new(analysis: &Analysis<'_>) -> Self {
        let names = |name: &str| {
            let mut files = analysis.world.files.iter();
            files.any(|file| file.text().contains(name))
        };
        // Nothing of it matters where nothing is opened.
        if !names(FUNCTION) {
            return Self::default();
        }
        Self {
            has_opener: names("install_opener"),
            has_timeout: names("setdefaulttimeout"),
        }
    }
}

/// A `with` statement of one item.
pub(super) struct Entered<'a> {
    pub(super) statement: NodeId,
    pub(super) name: Option<&'a str>,
}

/// The `with` statement whose one item a call is.
pub(super) fn entered<'a>(scope: &Scope<'a>, call: NodeId) -> Option<Entered<'a>> {
    let ast = scope.ast();
    let parent = ast.parent(call)?;
    let (item, target) = if ast.kind(parent) == Kind::AsPattern {
        (
            ast.parent(parent)?,
            Some(ast.child_of_kind(parent, Kind::AsPatternTarget)?),
        )
    } else {
        (parent, None)
    };
    let clause = ast.parent(item)?;
    let statement = ast.parent(clause)?;
    let fits = ast.kind(item) == Kind::WithItem
        && ast.kind(clause) == Kind::WithClause
        && ast.children(clause).count() == 1
        && ast.kind(statement) == Kind::With
        && !scope.text(statement).starts_with("async");
    if !fits {
        return None;
    }
    let name = match target {
        Some(target) => {
            let name = ast.first_child(target)?;
            if ast.kind(name) != Kind::Identifier {
                return None;
            }
            Some(scope.text(name))
        }
        None => None,
    };
    Some(Entered { statement, name })
}

/// The variable of `with urlopen(…) as name:`.
pub(super) fn entered_as<'a>(scope: &Scope<'a>, call: NodeId) -> Option<&'a str> {
    entered(scope, call)?.name
}

/// The variable for a body that is read before it is used.
pub(super) fn body_name(
    scope: &Scope<'_>,
    library: HttpLibrary,
    form: &Form,
    uses: &[(NodeId, Use)],
) -> Option<String> {
    let reads = uses.iter().any(|(_, used)| used.reads_body());
    match form {
        Form::Cached { name, .. } | Form::Before { name, .. }
            if reads && library != HttpLibrary::Requests =>
        {
            Some(scope.unused_name(&format!("{name}_body")))
        }
        _ => None,
    }
}

/// The same call for another client, or why it has no like there.
pub(super) fn map(scope: &Scope<'_>, call: NodeId, project: &Project) -> Result<Request, String> {
    let ast = scope.ast();
    let odd = || "the arguments of `urlopen` are given in a way that can't be followed".to_owned();
    if project.has_opener {
        return Err("`install_opener` sets for all calls how URLs are opened".to_owned());
    }
    let function = ast.child(call, Field::Function).ok_or_else(odd)?;
    if !matches!(scope.type_of(function), Type::Path(path) if canonical(path) == OPEN) {
        return Err(odd());
    }
    let outer = arguments::given(scope, call, &["url", "data", "timeout"]).ok_or_else(odd)?;
    let is_aiohttp = scope.options.http_client == HttpClient::Aiohttp;
    let mut mapped = Mapped {
        scope,
        is_aiohttp,
        verb: None,
        data: None,
        headers: None,
        added: Vec::new(),
        is_kept: false,
        request: Request {
            method: "get",
            edits: Vec::new(),
            assumptions: Vec::new(),
            follows_redirects: true,
            has_timeout: false,
            verb: Some("GET"),
        },
    };
    let url = value_of(&outer, "url").ok_or_else(odd)?;
    let inner = mapped.inline(url)?;
    for &one in inner.iter().flatten().chain(&outer) {
        if inner.is_some() && one.0 == "url" && one.2 == url {
            continue;
        }
        mapped.argument(one)?;
    }
    let address = match &inner {
        Some(inner) => value_of(inner, "url").ok_or_else(odd)?,
        None => url,
    };
    if !evidence::is_web(scope, address) {
        return Err(
            "its URL is not evidently one of http or https: `urlopen` opens `file:`, `ftp:` and `data:` URLs as well"
                .to_owned(),
        );
    }
    if project.has_timeout && value_of(&outer, "timeout").is_none() {
        return Err("`setdefaulttimeout` limits how long it waits".to_owned());
    }
    if let Some(word) = evidence::unpacks(scope) {
        return Err(format!(
            "{} unpacks what a server has compressed, as `{word}` may do here",
            scope.options.http_client.name()
        ));
    }
    let of_request = inner.as_ref().unwrap_or(&outer);
    mapped.finish(
        address,
        (
            of_request.first().map(|one| one.1),
            of_request.last().map(|one| one.1),
        ),
        outer.last().map(|one| one.1),
    )
}

fn value_of(given: &[Given<'_>], wanted: &str) -> Option<NodeId> {
    given
        .iter()
        .find(|(name, ..)| *name == wanted)
        .map(|&(.., value)| value)
}

const STRINGS: &str = "`headers` holds strings";

const UNTYPED: &str =
    "nothing here tells whether `headers` has a `Content-Type`, without which a form is sent";

/// A call on its way to another client.
struct Mapped<'s, 'a> {
    scope: &'s Scope<'a>,
    is_aiohttp: bool,
    /// `method="PUT"`
    verb: Option<NodeId>,
    /// The argument of the body.
    data: Option<NodeId>,
    headers: Option<Given<'a>>,
    /// What is added to the headers.
    added: Vec<Added>,
    /// The `Request` is in a variable, which becomes a dictionary of arguments.
    is_kept: bool,
    request: Request,
}

impl<'a> Mapped<'_, 'a> {
    /// The arguments of `Request(…)` in `urlopen(Request(…))`, or of the one in a variable.
    fn inline(&mut self, url: NodeId) -> Result<Option<Vec<Given<'a>>>, String> {
        let ast = self.scope.ast();
        let made = self.scope.resolve(url);
        let is_request = ast.kind(made) == Kind::Call
            && ast.child(made, Field::Function).is_some_and(|class| {
                matches!(self.scope.type_of(class), Type::Path(path)
                    if canonical(path) == "urllib.request.Request")
            });
        if !is_request {
            return Ok(None);
        }
        let odd =
            || "the arguments of `Request` are given in a way that can't be followed".to_owned();
        let given =
            arguments::given(self.scope, made, &["url", "data", "headers"]).ok_or_else(odd)?;
        let (Some(first), Some(last)) = (given.first(), given.last()) else {
            return Err(odd());
        };
        if made == url {
            let edit = Edit::Inline(made, first.1, last.1);
            self.request.edits.push(edit);
        } else {
            self.keep(made, url)?;
        }
        Ok(Some(given))
    }

    /// `request = Request(…)` becomes `request = dict(…)`.
    fn keep(&mut self, made: NodeId, used: NodeId) -> Result<(), String> {
        let ast = self.scope.ast();
        self.added = made::added(self.scope, made, used)?;
        self.is_kept = true;
        let class = ast.child(made, Field::Function);
        let argument = ast
            .parent(used)
            .filter(|&up| ast.kind(up) == Kind::KeywordArgument)
            .unwrap_or(used);
        let Some(class) = class.filter(|_| !made::binds_dict(self.scope)) else {
            return Err("`dict` is another thing here".to_owned());
        };
        if let Some(key) = made::own(self.scope, &self.added, self.is_aiohttp) {
            let client = self.scope.options.http_client.name();
            return Err(format!("{client} treats the header `{key}` in its own way"));
        }
        let edits = &mut self.request.edits;
        edits.push(Edit::Replace(class, "dict"));
        edits.push(Edit::Spread(argument, used));
        let added = self.added.iter();
        edits.extend(added.map(|one| Edit::Header(one.call, one.object, one.key, one.value)));
        if self
            .added
            .iter()
            .any(|one| ast.kind(one.value) != Kind::String)
        {
            self.request.assumptions.push(STRINGS);
        }
        Ok(())
    }

    fn argument(&mut self, (name, argument, value): Given<'a>) -> Result<(), String> {
        let ast = self.scope.ast();
        let is_positional = argument == value;
        let client = self.scope.options.http_client.name();
        let mut target = is_positional.then_some(name);
        match name {
            "url" => target = None,
            "data" if ast.kind(value) == Kind::None => {
                if !self.is_aiohttp {
                    target = Some("content");
                }
            }
            "data" => {
                if !evidence::is_bytes(self.scope, value) {
                    return Err(
                        "its `data` is not evidently bytes, which are sent as they are".to_owned(),
                    );
                }
                if self.data.replace(argument).is_some() {
                    return Err("`data` is given twice".to_owned());
                }
                if !self.is_aiohttp {
                    target = Some("content");
                }
            }
            "headers" => {
                arguments::strings(self.scope, value, STRINGS, &mut self.request).ok_or_else(
                    || format!("`headers` as it is given here has no like in {client}"),
                )?;
                if let Some(key) = evidence::own_header(self.scope, value, self.is_aiohttp) {
                    return Err(format!("{client} treats the header `{key}` in its own way"));
                }
                self.headers = Some((name, argument, value));
            }
            "timeout" => {
                let is_plain = ast.kind(self.scope.resolve(value)) != Kind::Tuple
                    && !self.scope.text(value).contains("_GLOBAL_DEFAULT_TIMEOUT");
                let mapped = is_plain.then(|| {
                    arguments::timeout(self.scope, value, self.is_aiohttp, &mut self.request)
                });
                mapped.flatten().ok_or_else(|| {
                    format!("`timeout` as it is given here has no like in {client}")
                })?;
            }
            "method" if ast.kind(value) == Kind::String && !is_positional => {
                self.verb = Some(value);
            }
            _ => return Err(format!("`{name}` has no like in {client}")),
        }
        let names = ["data", "content", "headers", "timeout"];
        if let Some(target) = names.into_iter().find(|name| target == Some(*name)) {
            self.request.edits.push(if is_positional {
                Edit::Name(argument, target)
            } else {
                let keyword = ast.child(argument, Field::Name);
                Edit::Rename(keyword.unwrap_or(argument), target)
            });
        }
        Ok(())
    }

    /// What hangs on all arguments: the verb, and the type of a body.
    fn finish(
        mut self,
        url: NodeId,
        (first, inner_last): (Option<NodeId>, Option<NodeId>),
        last: Option<NodeId>,
    ) -> Result<Request, String> {
        let ast = self.scope.ast();
        let odd =
            || "the arguments of `urlopen` are given in a way that can't be followed".to_owned();
        let edits = &mut self.request.edits;
        if self.verb.is_some() {
            self.request.method = "request";
            self.request.verb = None;
        } else if self.data.is_some() {
            self.request.method = "post";
            self.request.verb = Some("POST");
        }
        if first == Some(url) && (self.verb.is_some() || self.is_kept) {
            edits.push(Edit::Name(url, "url"));
        }
        let names_type = |one: &Added| {
            self.scope
                .text(one.key)
                .trim_matches(['"', '\''])
                .eq_ignore_ascii_case("content-type")
        };
        let is_typed = self
            .added
            .iter()
            .any(|one| one.is_always && names_type(one));
        if !self.added.is_empty() {
            let headers = self.headers.map(|(.., value)| value);
            if made::names(self.scope, headers, &self.added).is_none() {
                return Err("what is added to its headers has no like".to_owned());
            }
        }
        if !is_typed && self.data.is_some() && self.added.iter().any(names_type) {
            return Err(UNTYPED.to_owned());
        }
        let gets_type = self.data.is_some() && !is_typed;
        if self.headers.is_none() && !self.added.is_empty() && !gets_type {
            edits.push(Edit::After(inner_last.ok_or_else(odd)?, ", headers={}"));
        }
        if let Some(data) = self.data.filter(|_| gets_type) {
            match self.headers {
                None => edits.push(Edit::FormType(data)),
                Some((.., value)) => match evidence::content_type(self.scope, value) {
                    Some(true) => {}
                    Some(false) if ast.kind(value) == Kind::Dictionary => {
                        let item = ast.first_child(value).ok_or_else(odd)?;
                        edits.push(Edit::FormTypeBefore(item));
                    }
                    _ => {
                        return Err(UNTYPED.to_owned());
                    }
                },
            }
        }
        if self.is_aiohttp {
            edits.push(Edit::After(
                last.ok_or_else(odd)?,
                ", raise_for_status=True",
            ));
        }
        if self.data.is_some() || self.verb.is_some() {
            self.request
                .assumptions
                .push("nothing redirects it in a way that `urlopen` refuses to follow");
        }
        Ok(self.request)
    }
}
