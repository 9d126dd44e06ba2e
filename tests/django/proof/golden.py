"""The golden files: what the command makes of the guide's and the realistic befores under the default options.

The page's tests compare with them in a browser; that the code in them is right is proved here, on real Django.
"""
import os
import shutil

from . import engine as engines
from . import apps, plan
from .engine import Failed


def _guide(name):
    return os.path.join(apps.FIXTURES, "guide", name, "after.py")


def _app(name):
    return os.path.join(apps.FIXTURES, "realistic", name, "after")


def _shown():
    """The apps that the page shows: those with golden files."""
    return [name for name in apps.realistic() if os.path.isdir(_app(name))]


def produce(engine):
    """Path of each golden file → its bytes."""
    files = {}
    for name, (before, _) in plan.guide().items():
        files[_guide(name)] = engine.paste(before, *apps.DEFAULT).encode()
    for name in _shown():
        source = os.path.join(apps.FIXTURES, "realistic", name)
        target = engines.after_folder(engine, source, *apps.DEFAULT)
        try:
            before = engines.python_files(source)
            for path, data in engines.python_files(target).items():
                if data != before.get(path):
                    files[os.path.join(_app(name), *path.split("/"))] = data
        finally:
            shutil.rmtree(os.path.dirname(target), ignore_errors=True)
    return files


def present():
    """The golden files that are there."""
    files = {}
    for name in plan.guide():
        if os.path.exists(_guide(name)):
            files[_guide(name)] = _bytes(_guide(name))
    for name in _shown():
        for base, _, names in os.walk(_app(name)):
            for file in names:
                if file.endswith(".py"):
                    path = os.path.join(base, file)
                    files[path] = _bytes(path)
    return files


def check(engine):
    """(name, failures) of each golden file."""
    try:
        made, there = produce(engine), present()
    except Failed as error:
        return [("golden files", [("command", str(error))])]
    results = []
    for path in sorted(set(made) | set(there)):
        name = "golden " + os.path.relpath(path, apps.FIXTURES)
        hint = "run tests/django/update_golden.py and look at the difference"
        if path not in there:
            results.append((name, [("golden", "the file is missing: " + hint)]))
        elif path not in made:
            results.append((name, [("golden", "the command does not change this file any more: " + hint)]))
        else:
            results.append((name, [] if made[path] == there[path] else [("golden", "the command's output differs: " + hint)]))
    return results


def update(engine):
    """Writes the golden files; returns the paths that changed."""
    made, there = produce(engine), present()
    changed = []
    for path in sorted(set(there) - set(made)):
        os.unlink(path)
        changed.append(path)
    for path, data in sorted(made.items()):
        if there.get(path) != data:
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as file:
                file.write(data)
            changed.append(path)
    return changed


def _bytes(path):
    with open(path, "rb") as file:
        return file.read()
