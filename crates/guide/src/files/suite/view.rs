//! What of an async view's answers follows from its code.

use std::collections::BTreeSet;

use unblocked_analyzer::{Analysis, Base, ClassRef, FileFacts, Function, FunctionRef, SiteKind};
use unblocked_rewriter::{Decision, FunctionKind};
use unblocked_syntax::{Field, Kind, NodeId};

use crate::context::Context;
use crate::handlers;
use crate::project::routes::{Route, parameters};

/// What Django calls by the method of a request.
const HANDLERS: [&str; 6] = ["get", "post", "put", "patch", "delete", "head"];

/// Decorators that change nothing of what is tested.
const HARMLESS: &[&str] = &[
    "cache_control",
    "csrf_exempt",
    "csrf_protect",
    "ensure_csrf_cookie",
    "gzip_page",
    "never_cache",
    "non_atomic_requests",
    "requires_csrf_token",
    "sensitive_post_parameters",
    "sensitive_variables",
    "vary_on_cookie",
    "vary_on_headers",
    "xframe_options_deny",
    "xframe_options_exempt",
    "xframe_options_sameorigin",
];

/// What may fail, or answer otherwise, where there are no rows or nothing was sent.
const DOUBTFUL: &[&str] = &[
    ".get(",
    ".first(",
    ".last(",
    ".latest(",
    ".earliest(",
    ".POST",
    ".FILES",
    ".body",
    ".headers",
    "META",
    "COOKIES",
    "raise ",
    "assert ",
    "get_object_or_404",
    "get_list_or_404",
    "redirect(",
    "Redirect",
    "status",
    "NotFound",
    "Forbidden",
    "BadRequest",
    "NotAllowed",
    "next(",
    "int(",
    "float(",
    "json.loads",
    "settings.",
    "environ",
    "open(",
    "max(",
    "min(",
    " / ",
    " % ",
    ".pop(",
    ".index(",
    "resolve(",
    "import ",
];

/// An async view with an address.
pub(super) struct View<'a> {
    pub(super) file: &'a FileFacts,
    /// Its name, or its class's.
    name: String,
    route: Route,
    /// Who is not logged in is sent away.
    pub(super) needs_login: bool,
    /// Of those who are, it lets in who has a permission.
    pub(super) needs_permission: bool,
    /// It uses the user of the request.
    pub(super) asks_for_user: bool,
    /// What is certain; nothing where something around the view is not known.
    pub(super) answers: Option<Answers>,
}

/// What a view certainly answers.
#[derive(Default)]
pub(super) struct Answers {
    /// Methods that it takes; the first is asked by.
    pub(super) allowed: Vec<&'static str>,
    /// One that it does not.
    pub(super) refused: Option<&'static str>,
    /// The status of GET.
    pub(super) get: Option<u16>,
}

impl View<'_> {
    /// Its name as a part of the name of a test.
    pub(super) fn test_name(&self) -> String {
        let mut out = String::new();
        for character in self.name.chars() {
            if character.is_uppercase() && !out.is_empty() && !out.ends_with('_') {
                out.push('_');
            }
            match character {
                '.' => out.push('_'),
                _ => out.extend(character.to_lowercase()),
            }
        }
        out
    }

    /// The expression of its address.
    pub(super) fn url(&self) -> String {
        let known = parameters(&self.route.address).unwrap_or_default();
        match &self.route.name {
            Some(name) if known.is_empty() => format!("reverse(\"{name}\")"),
            Some(name) => {
                let pairs: Vec<String> = known
                    .iter()
                    .map(|(key, value)| format!("\"{key}\": {value}"))
                    .collect();
                format!("reverse(\"{name}\", kwargs={{{}}})", pairs.join(", "))
            }
            None => {
                let mut address = self.route.address.clone();
                for (_, value) in known {
                    if let (Some(start), Some(end)) = (address.find('<'), address.find('>')) {
                        address.replace_range(start..=end, value.trim_matches('"'));
                    }
                }
                format!("\"{address}\"")
            }
        }
    }
}

/// The async views whose addresses are known.
pub(super) fn views<'a>(context: &Context<'a>) -> Vec<View<'a>> {
    let analysis = context.analysis;
    let files = analysis.world.files;
    // It sends everybody to the login.
    let is_closed = files
        .iter()
        .any(|facts| facts.text().contains("LoginRequiredMiddleware"));
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    for report in &context.report.files {
        let Some(file) = files.iter().position(|facts| facts.path == report.path) else {
            continue;
        };
        let Some(facts) = files.get(file) else {
            continue;
        };
        for of in &report.functions {
            let is_async = matches!(of.decision, Decision::Convert | Decision::AlreadyAsync);
            if !is_async
                || of.kind == FunctionKind::Function
                || context.project.home.is_foreign(&facts.path)
            {
                continue;
            }
            let Some(index) = facts
                .functions
                .iter()
                .position(|function| function.qualname == of.name)
            else {
                continue;
            };
            let function = FunctionRef { file, index };
            let name = match of.kind {
                FunctionKind::Handler => of.name.rsplit_once('.').map_or(&*of.name, |it| it.0),
                _ => &of.name,
            };
            let routes = context.project.routes.routes(&facts.path, name);
            let route = routes
                .iter()
                .find(|route| parameters(&route.address).is_some());
            if let Some(route) = route
                && seen.insert((file, name.to_owned()))
                && let Some(mut view) = view(analysis, facts, function, name, route)
            {
                if is_closed {
                    view.answers = None;
                }
                found.push(view);
            }
        }
    }
    found
}

fn view<'a>(
    analysis: &Analysis<'a>,
    facts: &'a FileFacts,
    function: FunctionRef,
    name: &str,
    route: &Route,
) -> Option<View<'a>> {
    if route.is_wrapped {
        return None;
    }
    let definition = facts.functions.get(function.index)?;
    let mut view = View {
        file: facts,
        name: name.to_owned(),
        route: route.clone(),
        needs_login: false,
        needs_permission: false,
        asks_for_user: false,
        answers: None,
    };
    let allowed = match definition.class {
        Some(index) => {
            let class = ClassRef {
                file: function.file,
                index,
            };
            of_class(analysis, &mut view, class)
        }
        None => of_function(&mut view, definition),
    };
    let get = match definition.class {
        Some(index) => {
            let class = ClassRef {
                file: function.file,
                index,
            };
            analysis.world.method(class, "get")
        }
        None => Some(function),
    };
    let certain = get.and_then(|get| status(analysis, get, &route.address));
    view.asks_for_user = facts.source(definition.node).contains("request.user");
    view.answers = allowed.map(|allowed| {
        let takes_get = allowed.is_empty() || allowed.contains(&"get");
        let tried = ["get", "post", "delete", "put"];
        Answers {
            refused: tried
                .into_iter()
                .find(|method| !allowed.is_empty() && !allowed.contains(method)),
            get: certain.filter(|_| takes_get),
            allowed: match allowed.is_empty() {
                true => vec!["get"],
                false => allowed,
            },
        }
    });
    Some(view)
}

/// What the decorators of a function view mean: the methods that it takes, all when none is given. `None`: not known.
fn of_function(view: &mut View<'_>, definition: &Function) -> Option<Vec<&'static str>> {
    let mut allowed = Vec::new();
    for (name, &node) in definition
        .decorator_names
        .iter()
        .zip(&definition.decorators)
    {
        let text = view.file.source(node);
        match name.rsplit('.').next().unwrap_or_default() {
            "login_required" if !text.contains("test_func") => view.needs_login = true,
            "permission_required" | "staff_member_required"
                if !text.contains("raise_exception") =>
            {
                (view.needs_login, view.needs_permission) = (true, true);
            }
            "require_POST" => allowed = vec!["post"],
            "require_GET" => allowed = vec!["get"],
            "require_safe" => allowed = vec!["get", "head"],
            "require_http_methods" => {
                let names = HANDLERS.into_iter().filter(|method| {
                    text.contains(&format!("\"{}\"", method.to_uppercase()))
                        || text.contains(&format!("'{}'", method.to_uppercase()))
                });
                allowed = names.collect();
                if allowed.is_empty() {
                    return None;
                }
            }
            other if HARMLESS.contains(&other) => {}
            _ => return None,
        }
    }
    Some(allowed)
}

/// The methods that a class-based view takes, and who is let in. `None`: not known.
fn of_class(
    analysis: &Analysis<'_>,
    view: &mut View<'_>,
    class: ClassRef,
) -> Option<Vec<&'static str>> {
    let world = &analysis.world;
    for own in std::iter::once(class).chain(world.project_ancestors(class)) {
        let facts = world.files.get(own.file)?;
        let definition = facts.classes.get(own.index)?;
        let text = facts.source(definition.body);
        let ast = facts.ast();
        let is_decorated = ast
            .parent(definition.node)
            .is_some_and(|up| ast.kind(up) == Kind::Decorated);
        let is_plain = !is_decorated
            && ![
                "method_decorator",
                "http_method_names",
                "raise_exception",
                "def dispatch",
                "def test_func",
                "@",
            ]
            .iter()
            .any(|sign| text.contains(sign));
        if !is_plain {
            return None;
        }
    }
    for base in world.ancestors(class) {
        let Base::External(path) = base else {
            continue;
        };
        match path.rsplit('.').next().unwrap_or_default() {
            "LoginRequiredMixin" => view.needs_login = true,
            "PermissionRequiredMixin" => (view.needs_login, view.needs_permission) = (true, true),
            last if last.ends_with("Mixin") && !path.starts_with("django.") => return None,
            "UserPassesTestMixin" => return None,
            _ => {}
        }
    }
    let inherited = handlers::of_django(analysis, class);
    let takes =
        |method: &&'static str| world.method(class, method).is_some() || inherited.contains(method);
    let allowed: Vec<&'static str> = HANDLERS.into_iter().filter(takes).collect();
    (!allowed.is_empty()).then_some(allowed)
}

/// What GET answers with an empty database, where the code tells.
fn status(analysis: &Analysis<'_>, function: FunctionRef, address: &str) -> Option<u16> {
    let facts = analysis.world.files.get(function.file)?;
    let definition = facts.functions.get(function.index)?;
    let ast = facts.ast();
    let known = parameters(address)?;
    let mut statements = ast.children(definition.body).filter(|&statement| {
        let is_text = ast
            .first_child(statement)
            .is_some_and(|only| ast.kind(only) == Kind::String);
        ast.kind(statement) != Kind::Comment && !is_text
    });
    let first = statements.next()?;
    let is_looked_up = |value: NodeId| {
        let function = ast.child(value, Field::Function);
        let arguments = ast.child(value, Field::Arguments);
        ast.kind(value) == Kind::Call
            && function.is_some_and(|it| facts.source(it) == "get_object_or_404")
            && arguments.is_some_and(|list| {
                ast.children(list).skip(1).any(|argument| {
                    let value = ast.child(argument, Field::Value);
                    value.is_some_and(|value| {
                        known.iter().any(|(name, _)| facts.source(value) == *name)
                    })
                })
            })
    };
    // `product = get_object_or_404(Product, pk=pk)`
    if let Some(assignment) = ast.first_child(first)
        && ast.kind(first) == Kind::ExpressionStatement
        && ast.kind(assignment) == Kind::Assignment
        && ast
            .child(assignment, Field::Right)
            .is_some_and(is_looked_up)
    {
        return Some(404);
    }
    let last = ast.children(definition.body).last()?;
    let responds = |node: NodeId| {
        let call = ast.first_child(node)?;
        let called = facts.source(ast.child(call, Field::Function)?);
        let last = called.rsplit('.').next()?;
        (ast.kind(call) == Kind::Call
            && matches!(
                last,
                "HttpResponse" | "JsonResponse" | "TemplateResponse" | "render"
            ))
        .then_some(())
    };
    let all_respond = ast
        .subtree(definition.body)
        .filter(|&node| ast.kind(node) == Kind::Return)
        .all(|node| responds(node).is_some());
    let is_certain = known.is_empty()
        && ast.kind(last) == Kind::Return
        && all_respond
        && is_harmless(analysis, function, &mut BTreeSet::new());
    is_certain.then_some(200)
}

/// True for code that can't fail as far as it is at hand.
fn is_harmless(
    analysis: &Analysis<'_>,
    function: FunctionRef,
    seen: &mut BTreeSet<FunctionRef>,
) -> bool {
    let mut queue = vec![function];
    while let Some(function) = queue.pop() {
        if !seen.insert(function) {
            continue;
        }
        let (Some(facts), Some(found)) = (
            analysis.world.files.get(function.file),
            analysis.files.get(function.file),
        ) else {
            return false;
        };
        let Some(definition) = facts.functions.get(function.index) else {
            return false;
        };
        let text = facts.source(definition.body).replace("GET.get(", "");
        let ast = facts.ast();
        let indexes = ast
            .subtree(definition.body)
            .any(|node| ast.kind(node) == Kind::Subscript);
        let waits_elsewhere = found
            .sites
            .iter()
            .filter(|site| site.function == Some(function.index))
            .any(|site| {
                !matches!(
                    site.effect.as_str(),
                    "query" | "template" | "session" | "cache"
                ) || matches!(
                    site.kind,
                    SiteKind::Missing { .. } | SiteKind::OpaqueMethod { .. }
                )
            });
        if indexes || waits_elsewhere || DOUBTFUL.iter().any(|sign| text.contains(sign)) {
            return false;
        }
        let calls = found.calls.iter();
        let own = calls.filter(|call| call.function == Some(function.index));
        queue.extend(own.map(|call| call.callee));
    }
    true
}
