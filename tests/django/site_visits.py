#!/usr/bin/env python3
"""Runs sites of real applications before and after their migration: a shop, a forum, a help desk.

python3 tests/django/site_visits.py --unblocked target/fast/unblocked --python PYTHON [--only NAME]

PYTHON is the interpreter of an environment with requirements/sites.txt. Each site (`sites/NAME/`) is visited as written by
Django's test client, and migrated, by ASGI, by someone who is not logged in and then is. Each answer must be the same.
"""
import argparse
import difflib
import json
import os
import shutil
import subprocess
import tempfile

from corpora import packages, tell
from proof.engine import Engine, Failed

HERE = os.path.dirname(os.path.abspath(__file__))
# The package that a site is made of, and how many of its visits must not end as an error does.
SITES = {"oscar": 70, "machina": 38, "helpdesk": 50}
WAYS = {"": (), " with all views": ("--all-views",)}


def visit(python, folder, how):
    done = subprocess.run(
        [python, os.path.join(HERE, "sites", "visit.py"), how], cwd=folder, capture_output=True, timeout=900,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )
    if done.returncode:
        raise Failed("%s visits: %s" % (how, done.stderr.decode("utf-8", "replace")[-2000:]))
    return json.loads(done.stdout), done.stderr.decode("utf-8", "replace")


def differences(before, after):
    """What is not the same, for people."""
    for one, other in zip(before, after):
        name = "%s %s" % tuple(one[:2])
        if one[2:4] != other[2:4]:
            yield ("answer", "%s: %s %s, was %s %s" % (name, other[2], other[3] or "", one[2], one[3] or ""))
        elif one[4] != other[4]:
            lines = difflib.unified_diff(one[4].splitlines(), other[4].splitlines(), "before", "after", n=0, lineterm="")
            yield ("answer", "%s: %s" % (name, "\n".join(list(lines)[:12])[:800]))
    if len(before) != len(after):
        yield ("answer", "%d answers, where there were %d" % (len(after), len(before)))


def prove(engine, name, python):
    results = []
    top = tempfile.mkdtemp(prefix="unblocked-site-")
    try:
        folder = os.path.join(top, "before")
        shutil.copytree(os.path.join(HERE, "sites", name), folder)
        ignored = shutil.ignore_patterns("__pycache__", "node_modules")
        shutil.copytree(os.path.join(packages(python), name), os.path.join(folder, name), ignore=ignored)
        # So that nothing above it counts as its project.
        with open(os.path.join(folder, "pyproject.toml"), "w", encoding="utf-8"):
            pass
        before, _ = visit(python, folder, "sync")
        well = sum(one[2] < 400 for one in before)
        failures = [] if well >= SITES[name] else [("site", "only %d of %d visits end well as it is" % (well, len(before)))]
        results.append(("site %s: %d visits" % (name, len(before)), failures))
        for way, options in WAYS.items():
            copy = os.path.join(top, "after")
            shutil.copytree(folder, copy)
            engine.run("migrate", "--target-version", "5.2", *options, "--write", copy, timeout=300)
            after, told = visit(python, copy, "async")
            failures = list(differences(before, after))
            if "was never awaited" in told:
                failures.append(("never-awaited", told[told.index("was never awaited") - 200 :][:400]))
            results.append(("site %s%s answers as before" % (name, way), failures))
            shutil.rmtree(copy)
    except (Failed, subprocess.TimeoutExpired) as error:
        results.append(("site %s" % name, [("command", str(error))]))
    finally:
        shutil.rmtree(top, ignore_errors=True)
    return results


def run(engine, python, only=""):
    """(name, failures) of each site."""
    return [result for name in SITES if only in name for result in prove(engine, name, python)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--unblocked", required=True, metavar="BINARY", help="the unblocked command")
    parser.add_argument("--python", required=True, help="the interpreter of an environment with sites.txt")
    parser.add_argument("--only", default="", metavar="NAME", help="this site")
    arguments = parser.parse_args()
    tell(run(Engine(arguments.unblocked), arguments.python, arguments.only))


if __name__ == "__main__":
    main()
