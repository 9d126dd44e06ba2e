"""Runs the `unblocked` command."""
import json
import os
import shutil
import subprocess
import tempfile

CLIENTS = ("aiohttp", "httpx", "httpx2", "requests")
# A crate that panics ends with 101; a signal is negative here.
CRASHED = 101


class Failed(Exception):
    """The command did not do what it was asked."""


class Engine:
    def __init__(self, binary):
        self.binary = os.path.abspath(binary)
        self._texts = {}

    def run(self, *arguments, input=None, cwd=None, allowed=(0,), timeout=120):
        """Runs the command; returns what it wrote."""
        command = [self.binary, *map(str, arguments)]
        try:
            done = subprocess.run(command, input=input, capture_output=True, cwd=cwd, timeout=timeout)
        except subprocess.TimeoutExpired:
            raise Failed("no end after %d s: %s" % (timeout, " ".join(command[1:])))
        if done.returncode not in allowed:
            words = "crashed" if done.returncode == CRASHED or done.returncode < 0 else "ended"
            raise Failed(
                "%s with status %s: %s\n%s"
                % (words, done.returncode, " ".join(command[1:]), done.stderr.decode("utf-8", "replace")[-2000:])
            )
        return done.stdout

    def rules(self):
        """What every rule says of itself."""
        return json.loads(self.run("rules", "--output-format", "json"))

    def migrate(self, folder, *options):
        """Migrates a folder in place."""
        return self.run("migrate", *options, "--write", folder)

    def paste(self, text, *options):
        """The text after a migration, read as the page reads what is pasted."""
        key = (text, options)
        if key not in self._texts:
            self._texts[key] = self.run("migrate", *options, "-", input=text.encode()).decode()
        return self._texts[key]


def options(version, client="aiohttp"):
    return ("--target-version", version, "--http-client", client)


def after_folder(engine, source, *opts):
    """A migrated copy of an app, in a project folder of its own (its parent), which the caller removes."""
    parent = tempfile.mkdtemp(prefix="unblocked-after-")
    target = os.path.join(parent, os.path.basename(source))
    shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", "after"))
    engine.migrate(parent, *opts)
    return target


def with_fresh_tests(engine, source, urls, *opts):
    """A migrated copy of an app with the tests that the guide makes for it, and their texts."""
    target = after_folder(engine, source, *opts)
    project, made = tempfile.mkdtemp(prefix="unblocked-before-"), tempfile.mkdtemp(prefix="unblocked-guide-")
    name, texts = os.path.basename(source), []
    try:
        shutil.copytree(source, os.path.join(project, name), ignore=shutil.ignore_patterns("__pycache__", "after"))
        root = "%s.urls" % name if urls is None else "root_urls"
        if urls is not None:
            _write(os.path.join(project, "root_urls.py"), urls)
        _write(os.path.join(project, "settings.py"), "ROOT_URLCONF = %r\nINSTALLED_APPS = [%r]\n" % (root, name))
        engine.run("guide", project, "--files", made, *opts[:2])
        for base, _, names in os.walk(os.path.join(made, name)):
            for found in names:
                if found == "test_async_views.py":
                    path = os.path.join(base, found)
                    with open(path, encoding="utf-8") as file:
                        texts.append(file.read())
                    shutil.copy(path, os.path.join(target, os.path.relpath(path, os.path.join(made, name))))
    finally:
        shutil.rmtree(project)
        shutil.rmtree(made)
    if not texts:
        raise Failed("the guide makes no tests for %s" % name)
    return target, texts


def _write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def python_files(folder):
    """The Python files below a folder: relative path → bytes."""
    found = {}
    for base, folders, names in os.walk(folder):
        folders[:] = sorted(f for f in folders if f not in ("__pycache__", "after"))
        for name in sorted(names):
            if name.endswith(".py"):
                path = os.path.join(base, name)
                with open(path, "rb") as file:
                    found[os.path.relpath(path, folder).replace(os.sep, "/")] = file.read()
    return found
