"""Runs a piece of code without a project: an example of a rule, a before of the guide.

Views are mounted and requested, middleware is put into a site, bare statements become the body of a view, helpers are
called. Names of the universe are there without an import.
"""
import ast
import builtins
import symtable
import sys
import types

from . import drive, observe, play

HTTP_METHODS = {"get", "post", "put", "patch", "delete", "head", "trace"}
# What a class-based view is asked beside GET, POST and PUT: it may have a handler for it, or answer 405.
METHODS = ("head", "options", "patch", "delete", "trace", "purge")


def _parameters(function):
    args = function.args
    return [a.arg for a in args.posonlyargs + args.args]


def _is_docstring(node):
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


class Shape:
    """What a text holds that can be run."""

    def __init__(self, text):
        self.tree = ast.parse(text)
        self.views, self.classes, self.middleware, self.helpers, self.statements = {}, [], [], {}, False
        handlers_of = {}
        for node in self.tree.body:
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                names = _parameters(node)
                if names[:1] == ["request"]:
                    self.views[node.name] = names[1:]
                elif names == ["get_response"]:
                    self.middleware.append(node.name)
                else:
                    self.helpers[node.name] = names
            elif isinstance(node, ast.ClassDef):
                methods = {n.name: n for n in node.body if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef))}
                bases = [ast.unparse(b) for b in node.bases]
                if "__init__" in methods and _parameters(methods["__init__"])[1:2] == ["get_response"]:
                    self.middleware.append(node.name)
                elif any(b.endswith("MiddlewareMixin") for b in bases):
                    self.middleware.append(node.name)
                else:
                    inherited = [h for b in bases for h in handlers_of.get(b, [])]
                    handlers = [m for n, m in methods.items() if n in HTTP_METHODS] + inherited
                    is_view = any(b.endswith("View") or b in handlers_of for b in bases)
                    if is_view:
                        handlers_of[node.name] = handlers
                    # A class without bases that has handlers is a mixin.
                    if is_view and (handlers or any(b.endswith("View") and b != "View" for b in bases)):
                        self.classes.append((node.name, _parameters(handlers[0])[2:] if handlers else []))
            elif not isinstance(node, (ast.Import, ast.ImportFrom)) and not _is_docstring(node):
                self.statements = True
        if self.views or self.classes or self.middleware:
            self.statements = False

    @property
    def kind(self):
        if self.views or self.classes:
            return "views"
        if self.middleware:
            return "middleware"
        if self.statements:
            return "statements"
        return "helpers" if self.helpers else None


def _module(text, path):
    from universe import names

    module = types.ModuleType("snippet")
    module.__file__ = path
    module.__package__ = "universe"  # `from .models import …` and `from .services import …` lead there
    module.__dict__.update(names.prelude())
    sys.modules["snippet"] = module
    exec(compile(text, path, "exec", dont_inherit=True), module.__dict__)
    return module


def _globals_of(text, path, names):
    """Names that a module's own code reads without ever binding them."""
    found = set()

    def visit(table, bound):
        for symbol in table.get_symbols():
            if symbol.is_referenced() and symbol.is_global() and symbol.get_name() not in bound:
                found.add(symbol.get_name())
        for child in table.get_children():
            visit(child, bound)

    top = symtable.symtable(text, path, "exec")
    bound = {s.get_name() for s in top.get_symbols() if s.is_assigned() or s.is_imported() or s.is_namespace()}
    visit(top, bound)
    for symbol in top.get_symbols():
        if symbol.is_referenced() and symbol.get_name() not in bound:
            found.add(symbol.get_name())
    return {n for n in found if n not in names and not hasattr(builtins, n) and n not in ("request", "__name__", "__file__")}


def _as_view(text, path, asynchronous, collected):
    """Bare statements as the body of a view that keeps the final values of its variables."""
    from django.http import HttpResponse
    from universe import names

    tree = ast.parse(text, path)
    scope = {**names.prelude(), "__name__": "snippet", "__package__": "universe"}
    missing = [n for n in sorted(_globals_of(ast.unparse(_stripped(tree)), path, scope)) if n != "await"]
    kind = "async def" if asynchronous else "def"
    shell = ast.parse("%s body(request):\n    pass\n    return locals()" % kind)
    shell.body[0].body[0:1] = tree.body
    ast.fix_missing_locations(shell)
    exec(compile(shell, path, "exec", dont_inherit=True), scope)
    body = scope["body"]

    def bind():
        for name in missing:
            scope[name] = names.given(name)

    def keep(values):
        plain = (types.FunctionType, types.ModuleType, type)
        # Comprehensions of old Pythons leave hidden names behind.
        collected["names"] = {k: v for k, v in values.items() if k != "request" and k[0] != "." and not isinstance(v, plain)}

    def failed(error):
        collected["names"] = None
        collected["raised"] = observe.exception(error)

    if asynchronous:

        async def view(request):
            try:
                keep(await body(request))
            except Exception as error:
                failed(error)
            return HttpResponse("done")

    else:

        def view(request):
            try:
                keep(body(request))
            except Exception as error:
                failed(error)
            return HttpResponse("done")

    return view, bind


def _stripped(tree):
    """The same names without await and async, which symtable refuses at the top of a module."""

    class Strip(ast.NodeTransformer):
        def visit_Await(self, node):
            return self.generic_visit(node).value

        def visit_AsyncFor(self, node):
            node = self.generic_visit(node)
            return ast.For(target=node.target, iter=node.iter, body=node.body, orelse=node.orelse, type_comment=None)

        def visit_AsyncWith(self, node):
            node = self.generic_visit(node)
            return ast.With(items=node.items, body=node.body, type_comment=None)

        def visit_comprehension(self, node):
            node = self.generic_visit(node)
            node.is_async = 0
            return node

    import copy

    return ast.fix_missing_locations(Strip().visit(copy.deepcopy(tree)))


def _route(names_module, name, parameters):
    converters = ["<%s:%s>" % ("int" if names_module.integer(p) else "str" if p != "url" else "path", p) for p in parameters]
    return "/".join(["run", name] + converters) + "/"


def _path(names_module, name, parameters, exists=True):
    return "/" + "/".join(["run", name] + [str(names_module.parameter(p, exists)) for p in parameters]) + "/"


def _requests(names_module, name, parameters):
    here = _path(names_module, name, parameters)
    named = [
        ("get", [drive.get(here)]),
        ("query", [drive.get(here + "?" + names_module.QUERY)]),
        ("form", [drive.post(here, names_module.FORM)]),
        ("json", [drive.post(here, json={"name": "Posted", "quantity": 2, "price": "12.50", "ids": [1, 2], "text": "Posted"})]),
        ("twice", [drive.get(here), drive.post(here, names_module.FORM), drive.get(here)]),
        ("put", [drive.Request(here, method="PUT", json={"name": "Put"})]),
    ]
    if parameters:
        gone = _path(names_module, name, parameters, exists=False)
        named.append(("missing", [drive.get(gone), drive.post(gone, names_module.FORM)]))
    return named


def run(text, path, asynchronous, shape, databases, brief=False, together=0, best_of=1):
    """Plays everything that `shape` (of the before text) says can be run; `text` is the before or the after text.

    `brief`: a view gets one GET and one POST, when how it is asked makes no difference; "once": one GET of one person. `together`: all views are asked, that
    often, at the same time. `best_of`: each request is asked that often, and the shortest time counts.
    """
    from django.conf import settings
    from django.http import HttpResponse
    from django.template.response import TemplateResponse
    from django.urls import include, path as url
    from universe import names, urls

    collected, setup = {}, None
    # Who asks matters only to what sees the request.
    sees = shape.classes or "request" in ast.unparse(shape.tree).replace("requests", "")
    people = ("anonymous", "visitor", "member") if sees else ("anonymous",)
    mounted, named = [], []
    if shape.kind == "views":
        module = _module(text, path)
        for name, parameters in shape.views.items():
            mounted.append(url(_route(names, name, parameters), getattr(module, name), name=name))
            named += [("%s: %s" % (name, n), r) for n, r in _requests(names, name, parameters)]
        for name, parameters in shape.classes:
            parameters = parameters if parameters and parameters[0] not in ("args", "kwargs") else []
            if not parameters and any(b in ast.unparse(shape.tree) for b in ("DetailView", "UpdateView", "DeleteView")):
                parameters = ["pk"]
            view = getattr(module, name).as_view()
            mounted.append(url(_route(names, name, parameters), view, name=name))
            named += [("%s: %s" % (name, n), r) for n, r in _requests(names, name, parameters)]
            named += [("%s: %s" % (name, m), [drive.Request(_path(names, name, parameters), method=m.upper())]) for m in METHODS]
    elif shape.kind == "middleware":
        _module(text, path)
        settings.MIDDLEWARE = settings.MIDDLEWARE + ["snippet." + name for name in shape.middleware]

        async def awaiting(request):
            return HttpResponse("async")

        def raising(request):
            raise ValueError("raised")

        async def awaiting_raising(request):
            raise ValueError("raised")

        async def templated(request):
            return TemplateResponse(request, "page.html", {"name": "templated"})

        mounted += [url("awaiting/", awaiting), url("raising/", raising), url("awaiting/raising/", awaiting_raising), url("templated/", templated)]
        named = [("sync view", [drive.get("/index/?" + names.QUERY)]), ("async view", [drive.get("/awaiting/")]),
                 ("raises", [drive.get("/raising/")]), ("async raises", [drive.get("/awaiting/raising/")]), ("template", [drive.get("/templated/")]),
                 ("stopped", [drive.get("/awaiting/?q=nothing")]),
                 ("404", [drive.get("/nowhere/")]), ("post", [drive.post("/index/", names.FORM)])]
    else:
        if shape.kind == "helpers":
            text = text + "\n" + _calls(text, shape)
        view, setup = _as_view(text, path, asynchronous, collected)
        mounted.append(url("run/", view))
        named = [("statements", [drive.get("/run/?" + names.QUERY)])]
    if brief == "once":
        named, people = [(name, requests) for name, requests in named if name.endswith(": get")], people[:1]
    elif brief:
        named = [(name, requests) for name, requests in named if name.endswith((": get", ": form"))]
    if together:
        asked = [requests[0] for name, requests in named if name.endswith(": get")]
        named = [("together", [drive.Together(asked * together), asked[0]])]
    urls.urlpatterns[0:0] = mounted
    player = play.Player(databases, asynchronous, collected=collected, best_of=best_of)
    if setup is not None:
        fresh = databases.fresh
        databases.fresh = lambda: (fresh(), setup(), _close())
    return player.play([f for f in play.flows(named, people) if f.who == people[-1] or not _whoever(f.name)])


def _whoever(name):
    """Whether a list of requests shows nothing new when somebody else sends it."""
    return name.split(" as ")[0].endswith((": json", ": put", ": missing", "404", ": query", ": options", ": trace", ": purge"))


def _close():
    from django.db import connections

    connections.close_all()


def _calls(text, shape):
    """Statements that call each helper with values by the names of its parameters."""
    tree = ast.parse(text)
    defined = {n.name: n for n in tree.body if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef))}
    lines = []
    for name, parameters in shape.helpers.items():
        # A helper that sync code may need keeps its form and gets an async twin.
        chosen = next((n for n in ("a" + name, "a_" + name) if isinstance(defined.get(n), ast.AsyncFunctionDef)), name)
        wait = "await " if isinstance(defined.get(chosen), ast.AsyncFunctionDef) else ""
        lines.append("result_%s = %s%s(%s)" % (name, wait, chosen, ", ".join(parameters)))
    return "\n".join(lines)


def coroutine_views(text):
    """How many functions of a text are coroutines: to see that something was converted at all."""
    return [n.name for n in ast.walk(ast.parse(text)) if isinstance(n, ast.AsyncFunctionDef)]
