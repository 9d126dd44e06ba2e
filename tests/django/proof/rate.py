"""How much of what waits in the apps became natively async, how much runs in a thread, and how much was left sync."""
import ast
import json
import os

from .engine import python_files

# Adapters: what they are given runs in a thread.
_ADAPTERS = {"sync_to_async", "to_thread"}
_VIEWS = ("view", "handler")
# Called on an object: what waits in code that was left sync. Dictionaries have some of them as well.
_WAITS = {
    "aggregate", "bulk_create", "bulk_update", "count", "create", "delete", "earliest", "exists", "first", "get_or_create", "in_bulk",
    "last", "latest", "save", "refresh_from_db", "update_or_create", "is_valid", "save_m2m", "get_object_or_404", "render", "get_page",
}  # fmt: skip


class Rate:
    def __init__(self):
        self.native = self.wrapped = self.left = 0
        self.views = self.async_views = 0
        # (app, view, reason)
        self.reasons = []

    def add(self, app, before, after, report):
        """Counts an app: its folders, and what the command says of its migration (JSON)."""
        texts = {path: data.decode() for path, data in python_files(after).items()}
        trees = [ast.parse(text) for path, text in texts.items() if not _is_test(path)]
        own = {node.name for tree in trees for node in ast.walk(tree) if isinstance(node, ast.AsyncFunctionDef)}
        for tree in trees:
            for node in ast.walk(tree):
                self._count(node, own)
        for file in json.loads(report)["files"]:
            path = os.path.relpath(file["path"], app)
            for function in file["functions"]:
                if function["kind"] in _VIEWS and function["effects"]:
                    self.views += 1
                    self.async_views += function["decision"] == "convert"
                    if function["decision"] == "leave":
                        self.left += _waiting(os.path.join(before, path), function["name"])
                        self.reasons.append((app, function["name"], function["reason"]))
            changed = (finding for finding in file["findings"] if not _is_test(path))
            # A view that stays sync is counted by what waits in it.
            self.left += sum(f["applicability"] == "manual" and f["rule"] != "plan/view" for f in changed)

    def _count(self, node, own):
        if isinstance(node, ast.Await) and isinstance(node.value, ast.Call):
            function = node.value.func
            if _name(function) in _ADAPTERS or (isinstance(function, ast.Call) and _name(function.func) in _ADAPTERS):
                self.wrapped += 1
            elif _name(function) not in own:
                self.native += 1
        elif isinstance(node, (ast.AsyncFor, ast.AsyncWith)) or (isinstance(node, ast.comprehension) and node.is_async):
            self.native += 1

    def __str__(self):
        total = self.native + self.wrapped + self.left
        if not total:
            return ""
        shares = ["%.0f %% %s" % (100 * number / total, what) for number, what in (
            (self.native, "native"), (self.wrapped, "wrapped"), (self.left, "left with a reason"))]
        return "of %d sites in the apps %s; %d of %d views async" % (total, ", ".join(shares), self.async_views, self.views)


def _is_test(path):
    return path.startswith("tests")


def _name(function):
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", None)


def _waiting(path, qualified):
    """How many calls that wait a function holds, by their names; at least one."""
    with open(path, encoding="utf-8") as file:
        body = ast.parse(file.read()).body
    node = None
    for name in qualified.split("."):
        node = next((n for n in body if getattr(n, "name", None) == name), None)
        if node is None:
            return 1
        body = node.body
    calls = (n for n in ast.walk(node) if isinstance(n, ast.Call))
    return max(1, sum(_name(call.func) in _WAITS for call in calls))
