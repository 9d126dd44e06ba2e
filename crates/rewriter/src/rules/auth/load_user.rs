//! # auth/load-user
//!
//! `request.user` is loaded before its first use, on the paths that use it.
//!
//! `request.user` is a lazy object: using it loads the session and the user from the database, which raises
//! `SynchronousOnlyOperation` in async code, for visitors with a session only, so that anonymous tests pass.
//! `await request.auser()` (Django 5.0) gives the user but leaves `request.user` as it was; assigning it makes every
//! later use safe, in templates, forms and helpers too. `@login_required` does not load it.
//!
//! Safe when the settings at hand show that only Django's own middleware sets `request.user`, for review without them.
//! Where another middleware may replace or decorate the user (one-time passwords, impersonation, one of the project),
//! [`auth/wrap-user`] loads the lazy object in place instead, as it does where no line can be put before the use alone.
//!
//! Loading the session adds `Vary: Cookie` to the response, so nothing is loaded where a path skips the use: after `and`
//! or `or`, in a branch of a conditional expression, the user itself becomes `await request.auser()`.
//!
//! ```python before
//! def profile(request):
//!     if request.user.is_authenticated:
//!         return HttpResponse(request.user.username)
//!     return HttpResponse("who are you?")
//! ```
//! ```python after
//! async def profile(request):
//!     request.user = await request.auser()
//!     if request.user.is_authenticated:
//!         return HttpResponse(request.user.username)
//!     return HttpResponse("who are you?")
//! ```

use unblocked_analyzer::{Evidence, FunctionRef, Site, SiteKind, UserMiddleware};
use unblocked_django::{DjangoVersion, topics};
use unblocked_syntax::{Field, Kind, NodeId};

use crate::draft::{Cannot, Draft, Outcome};
use crate::rewrites::template;

pub(crate) fn rewrite(draft: &mut Draft<'_>, site: &Site) -> Option<Outcome> {
    let SiteKind::RequestUser { request } = site.kind else {
        return None;
    };
    match place(draft, site) {
        Ok(Place::Loaded) => Some(Ok(())),
        _ if is_replaced(draft) => None,
        Ok(Place::Read(_)) => None,
        Ok(Place::Within) => (draft.target() >= NATIVE).then(|| await_user(draft, site, request)),
        // `get_user` asks every time that it is called, the lazy object once.
        Ok(Place::Before(statement)) if draft.target() < NATIVE && repeats(draft, statement) => {
            None
        }
        Ok(Place::Before(statement)) => Some(load(draft, site, request, statement)),
        Err(cannot) => Some(Err(cannot)),
    }
}

/// The first Django with `auser`.
const NATIVE: DjangoVersion = DjangoVersion::new(5, 0);

/// True when other middleware may have put something else there, which has to stay; or a test, whose requests have no
/// session to find the user by. Where Django has `auser`, tests give their requests one.
fn is_replaced(draft: &Draft<'_>) -> bool {
    let middleware = draft.analysis.world.user_middleware();
    let file = draft.file_index;
    let by_test = draft.target() < NATIVE
        && draft
            .function
            .is_some_and(|index| draft.suites.gives_user(FunctionRef { file, index }));
    by_test || matches!(middleware, UserMiddleware::Other(_))
}

/// True for a statement that may run several times.
fn repeats(draft: &Draft<'_>, statement: NodeId) -> bool {
    let ast = draft.ast();
    ast.ancestors(statement)
        .take_while(|&up| ast.kind(up) != Kind::FunctionDef)
        .any(|up| matches!(ast.kind(up), Kind::For | Kind::While))
}

/// Where the user is loaded for a use.
pub(super) enum Place {
    /// Elsewhere, before it.
    Loaded,
    /// Where this attribute of it is read.
    Read(NodeId),
    /// Where it is used.
    Within,
    /// Before this statement.
    Before(NodeId),
}

pub(super) fn place(draft: &Draft<'_>, site: &Site) -> Result<Place, Cannot> {
    let covered = draft
        .sites
        .iter()
        .take_while(|earlier| earlier.node < site.node)
        .filter(|earlier| matches!(earlier.kind, SiteKind::RequestUser { .. }))
        .any(|earlier| match read_in_place(draft, earlier.node) {
            Some(_) => leads_to(draft, earlier.node, site.node),
            None if is_used_within(draft, earlier.node) => false,
            None => draft
                .line_statement(earlier.node)
                .is_ok_and(|statement| covers(draft, statement, site.node)),
        });
    if covered {
        return Ok(Place::Loaded);
    }
    match read_in_place(draft, site.node) {
        Some(read) => Ok(Place::Read(read)),
        None if is_used_within(draft, site.node) => Ok(Place::Within),
        None => draft.line_statement(site.node).map(Place::Before),
    }
}

/// `request.user.name` in a part of a statement that other paths skip.
fn read_in_place(draft: &Draft<'_>, user: NodeId) -> Option<NodeId> {
    let ast = draft.ast();
    let read = ast
        .parent(user)
        .filter(|&up| ast.kind(up) == Kind::Attribute)?;
    let is_called = ast.field(read) == Some(Field::Function);
    (!is_called && is_skipped(draft, read)).then_some(read)
}

/// True for `request.user` itself in a part of a statement that other paths skip.
fn is_used_within(draft: &Draft<'_>, user: NodeId) -> bool {
    draft.ast().kind(user) == Kind::Attribute && is_skipped(draft, user)
}

/// True for what a path may skip that runs the statement around it: after `and` and `or`, in the branches of a
/// conditional expression, in the condition of an `elif`, for each row of a comprehension.
fn is_skipped(draft: &Draft<'_>, node: NodeId) -> bool {
    let ast = draft.ast();
    let mut child = node;
    for up in ast.ancestors(node) {
        match ast.kind(up) {
            Kind::BooleanOperator if ast.field(child) == Some(Field::Right) => return true,
            Kind::Conditional if ast.children(up).nth(1) != Some(child) => return true,
            Kind::Elif => return ast.field(child) == Some(Field::Condition),
            // The first iterable is evaluated in any case.
            kind if kind.is_comprehension() => {
                let first = ast.child_of_kind(up, Kind::ForInClause);
                let is_first = first == Some(child)
                    && ast
                        .child(child, Field::Right)
                        .is_some_and(|right| ast.contains(right, node));
                if !is_first {
                    return true;
                }
            }
            kind if kind.is_statement() => return false,
            Kind::Lambda => return false,
            _ => {}
        }
        child = up;
    }
    false
}

/// True when `node` runs only where `read` was evaluated to true before: `… and request.user.name and node`, or in the
/// block that follows such a condition.
fn leads_to(draft: &Draft<'_>, read: NodeId, node: NodeId) -> bool {
    let ast = draft.ast();
    let mut child = read;
    for up in ast.ancestors(read) {
        match ast.kind(up) {
            Kind::BooleanOperator => {
                let is_and = ast
                    .child(up, Field::Operator)
                    .is_some_and(|operator| draft.text(operator) == "and");
                if ast.contains(up, node) || !is_and {
                    return is_and && ast.field(child) == Some(Field::Left);
                }
            }
            Kind::If | Kind::Elif => {
                return ast.field(child) == Some(Field::Condition)
                    && ast
                        .child(up, Field::Consequence)
                        .is_some_and(|block| ast.contains(block, node));
            }
            kind if kind.is_statement() => return false,
            Kind::Attribute | Kind::Parenthesized => {}
            Kind::Comparison | Kind::NotOperator => {}
            _ => return false,
        }
        child = up;
    }
    false
}

/// True when what is loaded before `statement` is loaded wherever `node` runs.
fn covers(draft: &Draft<'_>, statement: NodeId, node: NodeId) -> bool {
    let ast = draft.ast();
    statement < node
        && ast
            .parent(statement)
            .is_some_and(|block| ast.contains(block, node))
}

fn load(draft: &mut Draft<'_>, site: &Site, request: NodeId, statement: NodeId) -> Outcome {
    let line = if draft.target() >= NATIVE {
        template![request, ".user = await ", request, ".auser()"]
    } else {
        let adapter = draft.need("asgiref.sync", "sync_to_async")?;
        let get_user = draft.need("django.contrib.auth", "get_user")?;
        template![
            request,
            format!(".user = await {adapter}({get_user})("),
            request,
            ")"
        ]
    };
    draft.rewrites.line_before(statement, line);
    changed(
        draft,
        site,
        match draft.target() >= NATIVE {
            true => {
                "loaded once before its first use by `auser()`, which Django has since 5.0, so that every later use is safe"
            }
            false => "loaded once before its first use, so that every later use is safe",
        },
    );
    Ok(())
}

/// `request.user` → `await request.auser()`
fn await_user(draft: &mut Draft<'_>, site: &Site, request: NodeId) -> Outcome {
    draft.replace_awaited(site.node, template![request, ".auser()"])?;
    changed(
        draft,
        site,
        "`await request.auser()`, which Django has since 5.0, only on the paths that use it",
    );
    Ok(())
}

fn changed(draft: &mut Draft<'_>, site: &Site, done: &str) {
    let (evidence, help) = match draft.analysis.world.user_middleware() {
        UserMiddleware::Django => (Evidence::Proven, done.to_owned()),
        _ => (
            Evidence::Evident,
            format!(
                "{done}; right where only Django's own middleware sets `request.user`, which the settings would tell"
            ),
        ),
    };
    draft.changed(
        "auth/load-user",
        site.node,
        evidence,
        "using `request.user` loads the session and the user",
        help,
        topics::AUTH,
    );
}

#[cfg(test)]
mod tests {
    use unblocked_analyzer::Workspace;

    use crate::rules::testing::{check, check_unchanged, check_with, target};
    use crate::{Applicability, Options, migrate};

    #[test]
    fn on_the_paths_that_use_it_only() {
        check(
            "def view(request):\n    if request.method == 'POST':\n        Order.objects.create(user=request.user)\n        send(request.user.email)\n    return HttpResponse(Order.objects.count())\n",
            "async def view(request):\n    if request.method == 'POST':\n        request.user = await request.auser()\n        await Order.objects.acreate(user=request.user)\n        send(request.user.email)\n    return HttpResponse(await Order.objects.acount())\n",
        );
    }

    #[test]
    fn below_5_0_through_get_user() {
        check_with(
            &target("4.2"),
            "def view(request):\n    return HttpResponse(request.user.username)\n",
            "from asgiref.sync import sync_to_async\nfrom django.contrib.auth import get_user\n\n\nasync def view(request):\n    request.user = await sync_to_async(get_user)(request)\n    return HttpResponse(request.user.username)\n",
        );
    }

    #[test]
    fn safe_only_loads_the_lazy_object() {
        check_with(
            &Options {
                safe_only: true,
                ..Options::for_paste()
            },
            "def view(request):\n    return HttpResponse(request.user.username)\n",
            "from asgiref.sync import sync_to_async\n\n\nasync def view(request):\n    await sync_to_async(bool)(request.user)\n    return HttpResponse(request.user.username)\n",
        );
    }

    #[test]
    fn a_relation_of_the_user() {
        check(
            "def view(request):\n    phone = request.user.profile.phone\n    return HttpResponse(phone)\n",
            "from asgiref.sync import sync_to_async\n\n\nasync def view(request):\n    request.user = await request.auser()\n    phone = (await sync_to_async(getattr)(request.user, \"profile\")).phone\n    return HttpResponse(phone)\n",
        );
    }

    #[test]
    fn what_is_not_read_there_is_awaited() {
        let before = "def view(request):\n    if request.GET and request.user.has_perm('a.b'):\n        return HttpResponse(Order.objects.count())\n    owner = request.user if request.POST else None\n    return HttpResponse(owner)\n";
        check(
            before,
            "async def view(request):\n    if request.GET and await (await request.auser()).ahas_perm('a.b'):\n        return HttpResponse(await Order.objects.acount())\n    owner = await request.auser() if request.POST else None\n    return HttpResponse(owner)\n",
        );
        check_with(
            &target("4.2"),
            before,
            "from asgiref.sync import sync_to_async\n\n\nasync def view(request):\n    if request.GET and await sync_to_async((await sync_to_async(bool)(request.user) and request.user).has_perm)('a.b'):\n        return HttpResponse(await Order.objects.acount())\n    owner = (await sync_to_async(bool)(request.user) and request.user) if request.POST else None\n    return HttpResponse(owner)\n",
        );
    }

    #[test]
    fn a_comprehension_without_rows_does_not_load_it() {
        check(
            "def view(request):\n    names = [request.user.email for row in Order.objects.all()]\n    mine = [row for row in Order.objects.filter(user=request.user)]\n    return JsonResponse(names + [request.user.pk], safe=False)\n",
            "from asgiref.sync import sync_to_async\n\n\nasync def view(request):\n    names = [await sync_to_async(getattr)(request.user, \"email\") async for row in Order.objects.all()]\n    request.user = await request.auser()\n    mine = [row async for row in Order.objects.filter(user=request.user)]\n    return JsonResponse(names + [request.user.pk], safe=False)\n",
        );
    }

    #[test]
    fn a_branch_that_loads_it_covers_itself_only() {
        check(
            "async def view(request):\n    if request.GET:\n        request.user = await request.auser()\n    return HttpResponse(request.user.email)\n",
            "async def view(request):\n    if request.GET:\n        request.user = await request.auser()\n    request.user = await request.auser()\n    return HttpResponse(request.user.email)\n",
        );
    }

    #[test]
    fn logging_in_loads_it() {
        check(
            "from django.contrib.auth import login\n\ndef view(request, pk):\n    login(request, User.objects.get(pk=pk))\n    return HttpResponse(request.user.email)\n",
            "from django.contrib.auth import alogin\n\nasync def view(request, pk):\n    await alogin(request, await User.objects.aget(pk=pk))\n    return HttpResponse(request.user.email)\n",
        );
    }

    const VIEW: &str = "def view(request):\n    return HttpResponse(request.user.email)\n";

    /// What the view becomes beside other files, and how sure the change is.
    fn beside(files: &[(&str, &str)]) -> (String, Applicability) {
        let mut workspace = Workspace::new();
        workspace.set_file("shop/views.py", VIEW);
        for (path, text) in files {
            workspace.set_file(path, text);
        }
        let report = migrate(&workspace, &Options::default());
        let file = report
            .files
            .into_iter()
            .find(|file| file.path == "shop/views.py");
        let file = file.expect("the views are reported");
        (file.after, file.findings[0].applicability)
    }

    const OWN: &str = "async def view(request):\n    request.user = await request.auser()\n    return HttpResponse(request.user.email)\n";
    const IN_PLACE: &str = "from asgiref.sync import sync_to_async\n\n\nasync def view(request):\n    await sync_to_async(bool)(request.user)\n    return HttpResponse(request.user.email)\n";

    #[test]
    fn settings_tell_who_sets_the_user() {
        let django = "MIDDLEWARE = [\n    'django.contrib.auth.middleware.AuthenticationMiddleware',\n    'whitenoise.middleware.WhiteNoiseMiddleware',\n]\n";
        assert_eq!(
            beside(&[("shop/settings.py", django)]),
            (OWN.to_owned(), Applicability::Safe)
        );
        assert_eq!(beside(&[]), (OWN.to_owned(), Applicability::Review));
        for other in [
            "django_otp.middleware.OTPMiddleware",
            "shop.tenants.Missing",
        ] {
            let settings = format!("from .base import *\nMIDDLEWARE += ['{other}']\n");
            assert_eq!(
                beside(&[("shop/settings.py", django), ("shop/local.py", &settings)]),
                (IN_PLACE.to_owned(), Applicability::Safe),
                "{other}"
            );
        }
    }

    #[test]
    fn middleware_of_the_project_is_read() {
        let settings = "MIDDLEWARE = ['shop.middleware.Own']\n";
        let middleware = |body: &str| {
            format!(
                "class Own:\n    def __init__(self, get_response):\n        self.get_response = get_response\n\n    def __call__(self, request):\n        {body}\n        return self.get_response(request)\n"
            )
        };
        let setting = middleware("request.user = decorate(request.user)");
        let keeping = middleware("request.tenant = tenant_of(request.user)");
        let with =
            |text: &str| beside(&[("shop/settings.py", settings), ("shop/middleware.py", text)]);
        assert_eq!(with(&setting).0, IN_PLACE);
        assert_eq!(with(&keeping), (OWN.to_owned(), Applicability::Safe));
        assert_eq!(beside(&[("shop/middleware.py", &setting)]).0, IN_PLACE);
    }

    #[test]
    fn other_users_stay() {
        check_unchanged("def view(message):\n    return HttpResponse(message.user.name)\n");
    }
}
