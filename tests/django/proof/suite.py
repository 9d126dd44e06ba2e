"""Runs an app's own tests, as `manage.py test` does, and says which failed."""
import unittest

from . import watch


def exists(files):
    """Whether an app, given as the paths of its files, has tests of its own."""
    return any(path == "tests.py" or path.startswith("tests/test") for path in files)


def run(app):
    """Runs the tests below `app`, on an empty database, in this process, where Django is set up."""
    from django.test.runner import DiscoverRunner

    runner = DiscoverRunner(verbosity=0, interactive=False)
    runner.setup_test_environment()
    tests = runner.build_suite([app])
    databases = runner.setup_databases()
    result = _Result()
    try:
        tests.run(result)
    finally:
        runner.teardown_databases(databases)
        runner.teardown_test_environment()
    failed = [[test.id(), text.strip()] for test, text in result.failures + result.errors]
    failed += [[test.id(), "an unexpected success"] for test in result.unexpectedSuccesses]
    return {"ran": sorted(result.ran), "failed": failed, "findings": watch.collect()}


class _Result(unittest.TestResult):
    def __init__(self):
        super().__init__()
        self.ran = []

    def startTest(self, test):
        super().startTest(test)
        self.ran.append(test.id())


def judge(before, after, added=None):
    """What is wrong, as (kind, detail) pairs. `added`: the module of tests that there are afterwards alone."""
    if "broken" in before:
        return [("fixture", "the app's tests do not run before the migration: %s" % before["broken"][1])]
    if before["failed"] or not before["ran"]:
        what = "%s: %s" % tuple(before["failed"][0]) if before["failed"] else "there are none"
        return [("fixture", "the app's tests fail before the migration: %s" % what)]
    if "broken" in after:
        return [tuple(after["broken"])]
    failures = [("suite", "%s fails after the migration: %s" % (name, text[-1500:])) for name, text in after["failed"]]
    lost = sorted(set(before["ran"]) - set(after["ran"]))
    if lost:
        failures.append(("suite", "not run any more: %s" % ", ".join(lost)))
    if added and not any(".%s." % added in name for name in after["ran"]):
        failures.append(("suite", "no test of %s was run" % added))
    return failures + [(kind, "in the app's tests: %s" % detail) for kind, detail in after["findings"]]
