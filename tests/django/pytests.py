"""Runs suites of pytest-django (tests/fixtures/pytest) before and after a migration: as many tests run, and pass.

pytest and its plugins come from the folder of servers (`requirements/servers.txt`), which is made for each Python.
"""
import os
import shutil
import subprocess
import tempfile
import xml.etree.ElementTree

ALL = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "fixtures")
FIXTURES = os.path.join(ALL, "pytest")
TIME_LIMIT = 300


def names():
    return sorted(os.listdir(FIXTURES))


def _copy(name, folder):
    """A project with its apps, which are those of tests/fixtures/suites with other tests."""
    project = os.path.join(FIXTURES, name)
    shutil.copytree(project, folder, ignore=shutil.ignore_patterns("__pycache__"))
    for app in next(os.walk(project))[1]:
        ignored = shutil.ignore_patterns("__pycache__", "tests")
        shutil.copytree(os.path.join(ALL, "suites", app), os.path.join(folder, app), ignore=ignored, dirs_exist_ok=True)


def label(name, form):
    return "pytest: %s [%s]" % (name, form)


def run(engine, python, overlay, version, wanted, count):
    """Migrates each suite, its tests kept and converted."""
    for name in names():
        forms = [form for form in ("keep", "convert") if wanted(label(name, form))]
        before = None
        for form in forms:
            with tempfile.TemporaryDirectory(prefix="unblocked-pytest-") as parent:
                folder = os.path.join(parent, "project")
                _copy(name, folder)
                before = before or _run(python, overlay, folder)
                options = ("--target-version", version, "--tests", form)
                engine.migrate(folder, *options)
                again = engine.run("migrate", *options, folder, allowed=(0, 1))
                failures = _judge(before, _run(python, overlay, folder))
                if again.strip():
                    failures.append(("not-idempotent", again.decode("utf-8", "replace")[:1500]))
                count(label(name, form), failures, version)


def _run(python, overlay, folder):
    """The tests that ran, each with what it failed with, or None."""
    report = os.path.join(os.path.dirname(folder), "report.xml")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([overlay, folder]), "PYTHONDONTWRITEBYTECODE": "1"}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    command = [python, "-W", "error::RuntimeWarning", "-m", "pytest", "-q", "-p", "no:cacheprovider", "--junitxml", report]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, timeout=TIME_LIMIT)
    if not os.path.exists(report):
        return {"": done.stdout.decode("utf-8", "replace") + done.stderr.decode("utf-8", "replace")}
    found = {}
    for case in xml.etree.ElementTree.parse(report).iter("testcase"):
        failed = [child for child in case if child.tag in ("failure", "error", "skipped")]
        found[case.get("name")] = (failed[0].text or failed[0].get("message")) if failed else None
    os.remove(report)
    return found


def _judge(before, after):
    wrong = [(name, text) for name, text in before.items() if text is not None]
    if wrong or not before:
        return [("fixture", "%s: %s" % (wrong[0] if wrong else ("the suite", "it has no tests")))]
    failures = [("suite", "%s fails after the migration: %s" % (name, text[-1500:])) for name, text in after.items() if text is not None]
    lost = sorted(_plain(before) - _plain(after))
    if lost or len(after) < len(before):
        failures.append(("suite", "not run any more: %s" % ", ".join(lost)))
    return failures


def _plain(tests):
    """Their names without what pytest calls their parameters by."""
    return {name.split("[")[0] for name in tests}
