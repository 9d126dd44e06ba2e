"""Holds crates/django/data/middleware.json against the packages that it speaks of.

    PYTHON proof/middleware.py crates/django/data/middleware.json

Run by an interpreter that has them (requirements/middleware.txt). Their sources are read, not run: most of them want settings. Answers a
list of [name, failures] as JSON.
"""
import ast
import importlib.metadata
import importlib.util
import json
import os
import sys
import sysconfig

# Django's own classes of middleware have no more than hooks, whatever they are called.
HOOKS = ("MiddlewareMixin",)
BOTH = ("sync_and_async_middleware",)


def _source(module):
    """The tree of a module's source, and its file; None when there is none."""
    at = os.path.join(sysconfig.get_paths()["purelib"], *module.split("."))
    for path in (at + ".py", os.path.join(at, "__init__.py")):
        if os.path.isfile(path):
            with open(path, encoding="utf-8") as file:
                return ast.parse(file.read()), path.endswith("__init__.py")
    return None


def _find(module, name, depth=0):
    """What defines a name in a module: its node and its module, through imports."""
    found = _source(module)
    if found is None or depth > 6:
        return None
    tree, is_package = found
    for node in ast.walk(tree):
        if isinstance(node, (ast.ClassDef, ast.FunctionDef)) and node.name == name:
            return node, module
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                if (alias.asname or alias.name) != name:
                    continue
                base = module.split(".")
                up = node.level - (1 if is_package else 0)
                origin = node.module or ""
                if node.level:
                    origin = ".".join(base[: len(base) - up] + ([node.module] if node.module else []))
                return _find(origin, alias.name, depth + 1) or (alias.name, origin)
    return None


def runs(path):
    """How the middleware of a dotted path runs before async views, as far as its source says; None when it is not there."""
    module, _, name = path.rpartition(".")
    found = _find(module, name)
    if found is None or isinstance(found[0], str):
        return None
    node, module = found
    text = ast.unparse(node)
    if isinstance(node, ast.FunctionDef):
        return "both" if any(one in ast.unparse(decorator) for decorator in node.decorator_list for one in BOTH) else "sync"
    if "async_capable = True" in text or "async def __acall__" in text:
        return "both"
    methods = {child.name for child in node.body if isinstance(child, ast.FunctionDef)}
    for base in node.bases:
        base = ast.unparse(base)
        if base.rpartition(".")[2] in HOOKS:
            return "sync" if "__call__" in methods else "hooks"
        inherited = _find(module, base.rpartition(".")[2])
        if inherited is None:
            continue
        if isinstance(inherited[0], str):
            # Of Django: all of its middleware derives from the mixin.
            if inherited[1].startswith("django.") and "Middleware" in inherited[0]:
                return "hooks"
            continue
        of_base = runs("%s.%s" % (inherited[1], inherited[0].name))
        if of_base not in (None, "sync"):
            return of_base
    return "sync"


def check(entry):
    failures = []
    version = importlib.metadata.version(entry["package"])
    if version != entry["version"]:
        failures.append(("version", "%s is installed, not %s" % (version, entry["version"])))
    found = runs(entry["path"])
    if found != entry["runs"]:
        failures.append(("middleware", "its source says %s, not %s" % (found, entry["runs"])))
    return failures


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        entries = json.load(file)
    print(json.dumps([["middleware data: " + entry["path"], check(entry)] for entry in entries]))


if __name__ == "__main__":
    main()
