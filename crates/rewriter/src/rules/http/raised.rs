//! What code may raise, once it is async.

use std::collections::HashSet;

use unblocked_analyzer::{FunctionRef, HttpLibrary, SiteKind, Type};
use unblocked_syntax::{Field, Kind, NodeId};

use super::handlers::exception_name;
use super::scope::Scope;
use crate::draft::{Color, Colors, Draft};
use crate::rules::plan::call_helper;

/// What code may raise.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Raised {
    /// The exceptions of the client that took the place of libraries: of these.
    pub(super) native: Libraries,
    /// The exceptions of the libraries themselves.
    pub(super) classic: Libraries,
    /// A body may turn out not to be JSON.
    pub(super) json: bool,
}

/// Libraries whose calls send requests.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Libraries {
    requests: bool,
    urllib: bool,
    urllib3: bool,
}

impl Libraries {
    pub(super) const ALL: [HttpLibrary; 3] = [
        HttpLibrary::Requests,
        HttpLibrary::Urllib,
        HttpLibrary::Urllib3,
    ];

    pub(super) fn has(self, library: HttpLibrary) -> bool {
        match library {
            HttpLibrary::Requests => self.requests,
            HttpLibrary::Urllib => self.urllib,
            HttpLibrary::Urllib3 => self.urllib3,
        }
    }

    fn add(&mut self, library: HttpLibrary) {
        match library {
            HttpLibrary::Requests => self.requests = true,
            HttpLibrary::Urllib => self.urllib = true,
            HttpLibrary::Urllib3 => self.urllib3 = true,
        }
    }
}

/// Libraries that raise nothing of those.
const QUIET: &[&str] = &[
    "asgiref",
    "asyncio",
    "base64",
    "collections",
    "copy",
    "csv",
    "datetime",
    "decimal",
    "django",
    "functools",
    "hashlib",
    "hmac",
    "html",
    "io",
    "itertools",
    "json",
    "logging",
    "math",
    "operator",
    "os",
    "random",
    "re",
    "secrets",
    "string",
    "time",
    "uuid",
    "zoneinfo",
];

/// Methods of Python's own values.
const PLAIN_METHODS: &[&str] = &[
    "add",
    "append",
    "capitalize",
    "clear",
    "copy",
    "count",
    "critical",
    "debug",
    "decode",
    "encode",
    "endswith",
    "error",
    "exception",
    "extend",
    "find",
    "format",
    "get",
    "index",
    "info",
    "insert",
    "isdigit",
    "isoformat",
    "items",
    "join",
    "keys",
    "log",
    "lower",
    "lstrip",
    "partition",
    "pop",
    "remove",
    "replace",
    "reverse",
    "rsplit",
    "rstrip",
    "setdefault",
    "sort",
    "split",
    "splitlines",
    "startswith",
    "strftime",
    "strip",
    "timestamp",
    "title",
    "update",
    "upper",
    "values",
    "warning",
];

impl Raised {
    /// What the code below `root` may raise, in its async form.
    pub(super) fn of(draft: &Draft<'_>, scope: &Scope<'_>, root: NodeId, colors: &Colors) -> Self {
        let mut raised = Self::default();
        let mut seen: HashSet<(FunctionRef, bool)> = HashSet::new();
        let mut queue = vec![(*scope, root, false)];
        while let Some((scope, root, is_sync)) = queue.pop() {
            let body = draft
                .http
                .body(scope.file, scope.function)
                .filter(|_| !is_sync);
            let ast = scope.ast();
            let opaque: HashSet<NodeId> = scope
                .effects
                .sites_of(scope.file, scope.function)
                .filter(|site| {
                    matches!(
                        site.kind,
                        SiteKind::OpaqueMethod { .. } | SiteKind::Missing { .. }
                    )
                })
                .map(|site| site.node)
                .collect();
            for id in ast.subtree(root) {
                if scope.facts.owner(id) != scope.function {
                    continue;
                }
                if let Type::HttpResponse(call, library) = *scope.type_of(id) {
                    if body.is_some_and(|body| body.calls.contains_key(&call)) {
                        raised.native.add(library);
                    } else {
                        raised.classic.add(library);
                    }
                }
                match ast.kind(id) {
                    Kind::Raise => {
                        let named = ast
                            .subtree(id)
                            .filter_map(|id| exception_name(scope.type_of(id)));
                        named.for_each(|(library, _)| raised.classic.add(library));
                    }
                    Kind::Call => raised.call(
                        &scope,
                        id,
                        body.and_then(|body| body.calls.get(&id))
                            .map(|native| native.library),
                        opaque.contains(&id),
                    ),
                    _ => {}
                }
            }
            for (call, in_region) in scope.effects.all_calls_of(scope.file, scope.function) {
                if !ast.contains(root, call.node) {
                    continue;
                }
                let Some(function) = scope.analysis.world.function(call.callee) else {
                    continue;
                };
                let becomes_async = function.is_async
                    || matches!(
                        colors.get(&call.callee),
                        Some(Color::Convert | Color::Twin(_))
                    );
                let is_sync = is_sync
                    || in_region
                    || !becomes_async
                    || scope.rejects(call_helper::NAME, call.node);
                if !seen.insert((call.callee, is_sync)) {
                    continue;
                }
                if let Some(callee) = Scope::new(
                    scope.analysis,
                    scope.effects,
                    scope.options,
                    scope.decided,
                    call.callee.file,
                    Some(call.callee.index),
                ) {
                    queue.push((callee, function.body, is_sync));
                }
            }
        }
        raised
    }

    fn call(
        &mut self,
        scope: &Scope<'_>,
        call: NodeId,
        native: Option<HttpLibrary>,
        is_opaque: bool,
    ) {
        if let Some(library) = native {
            self.native.add(library);
            return;
        }
        for library in Libraries::ALL {
            if is_opaque || is_loud(scope, call, library) {
                self.classic.add(library);
            }
        }
        let ast = scope.ast();
        let function = ast.child(call, Field::Function);
        let part = |field| function.and_then(|function| ast.child(function, field));
        self.json |= part(Field::Attribute).is_some_and(|name| scope.text(name) == "json")
            && part(Field::Object)
                .is_some_and(|object| matches!(scope.type_of(object), Type::HttpResponse(..)));
    }
}

/// True when a call, taken as it stands, may raise the exceptions of a library.
pub(super) fn is_loud(scope: &Scope<'_>, call: NodeId, library: HttpLibrary) -> bool {
    let ast = scope.ast();
    let Some(function) = ast.child(call, Field::Function) else {
        return false;
    };
    let name = ast
        .child(function, Field::Attribute)
        .map_or("", |name| scope.text(name));
    let is_loud = |path: &str| {
        let top = path.split('.').next().unwrap_or(path);
        let is_other = match library {
            HttpLibrary::Requests => matches!(top, "urllib" | "urllib3"),
            HttpLibrary::Urllib3 => {
                matches!(top, "requests" | "urllib") || super::urllib3::is_quiet(path)
            }
            HttpLibrary::Urllib => {
                matches!(top, "requests" | "urllib3")
                    || path.starts_with("urllib.parse.")
                    || path == "urllib.request.Request"
            }
        };
        !is_other && !QUIET.contains(&top) && !path.starts_with("builtins.")
    };
    match scope.type_of(function) {
        Type::Path(path) => is_loud(path),
        Type::Missing(_) => true,
        Type::Builtin(_)
        | Type::Class(_)
        | Type::Model(_)
        | Type::Function(_)
        | Type::Method(_) => false,
        _ => match ast
            .child(function, Field::Object)
            .map(|object| scope.type_of(object))
        {
            Some(Type::External(path) | Type::Path(path)) => {
                is_loud(path) && !PLAIN_METHODS.contains(&name)
            }
            Some(Type::Unknown | Type::Undefined(_) | Type::MissingObject(_)) => {
                !PLAIN_METHODS.contains(&name)
            }
            Some(_) => false,
            // A call of a value of which nothing is known; a class makes an object.
            None => !scope.text(function).starts_with(char::is_uppercase),
        },
    }
}
