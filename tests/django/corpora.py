#!/usr/bin/env python3
"""Migrates code that nobody wrote for us: Django's own sources, applications and Python's standard library.

python3 tests/django/corpora.py --unblocked target/fast/unblocked [--django FOLDER] [--applications PYTHON]

No crash; whatever compiled before compiles afterwards; a second run changes nothing; every file was read.
"""
import argparse
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile

from proof import pythons
from proof.engine import Engine, Failed

# Never entered by the command: installed packages, and what nobody writes by hand.
SKIPPED = {"site-packages", "dist-packages", "__pycache__", "migrations", "node_modules"}


def copy_sources(source, target):
    """Copies the Python files that the command is expected to read; returns their number, and that of those in UTF-8."""
    count = utf8 = 0
    for base, folders, names in os.walk(source):
        folders[:] = [f for f in folders if f not in SKIPPED and not f.startswith(".")]
        for name in names:
            if not name.endswith(".py") or name.startswith("."):
                continue
            path = os.path.join(base, name)
            copy = os.path.join(target, os.path.relpath(path, source))
            os.makedirs(os.path.dirname(copy), exist_ok=True)
            shutil.copyfile(path, copy)
            count += 1
            with open(path, "rb") as file:
                try:
                    file.read().decode()
                    utf8 += 1
                except UnicodeDecodeError:
                    pass
    return count, utf8


def files(folder):
    found = {}
    for base, _, names in os.walk(folder):
        for name in names:
            if name.endswith(".py"):
                path = os.path.join(base, name)
                with open(path, "rb") as file:
                    found[path] = file.read()
    return found


def summary(engine, *arguments):
    answer = json.loads(engine.run("migrate", "--output-format", "json", *arguments, allowed=(0, 1), timeout=300))
    return answer["summary"]


def prove(engine, title, source, python, at_least, options):
    """(name, failures) of one corpus."""
    results = []

    def note(name, *failures):
        results.append(("corpus %s: %s" % (title, name), list(failures)))

    folder = tempfile.mkdtemp(prefix="unblocked-corpus-")
    try:
        corpus = os.path.join(folder, "corpus")
        count, utf8 = copy_sources(source, corpus)
        # So that nothing above it counts as its project.
        with open(os.path.join(corpus, "pyproject.toml"), "w", encoding="utf-8"):
            pass
        before = files(corpus)
        broken = pythons.compile_files(python, sorted(before))
        note("holds %d files, of which %d do not compile as they are" % (count, len(broken)),
             *([] if count > at_least else [("corpus", "only %d files in %s" % (count, source))]))

        findings = json.loads(engine.run("check", "--output-format", "json", *options[:2], corpus, allowed=(0, 1), timeout=300))
        unreadable = sum(1 for finding in findings if finding["rule"] == "file/unreadable")
        note("check ends and reads every file",
             *([] if unreadable == count - utf8 else [("files", "%d unreadable, expected %d" % (unreadable, count - utf8))]))

        first = summary(engine, *options, "--write", corpus)
        read = (first["read"], first["unreadable"])
        note("migrate reads %d files, changes %d" % (first["read"], first["changed"]),
             *([] if read == (utf8, count - utf8) else [("files", "read and unreadable: %s, expected %s" % (read, (utf8, count - utf8)))]))

        after = files(corpus)
        changed = [path for path in after if after[path] != before.get(path)]
        lost = sorted(set(before) ^ set(after))
        note("the files are the same", *([("files", "lost or new: %s" % lost[:5])] if lost else []))
        note("the summary counts what was written",
             *([] if len(changed) == first["changed"] else [("files", "%d changed, %d said" % (len(changed), first["changed"]))]))
        worse = {p: e for p, e in pythons.compile_files(python, sorted(changed)).items() if p not in broken}
        note("%d changed files compile" % len(changed),
             *[("compile", "%s: %s" % (os.path.relpath(p, corpus), e)) for p, e in sorted(worse.items())[:20]])

        second = summary(engine, *options, "--write", corpus)
        again = files(corpus)
        unstable = sorted(os.path.relpath(p, corpus) for p in after if again[p] != after[p])
        note("a second run changes nothing",
             *([("not-idempotent", "%d files: %s" % (len(unstable), ", ".join(unstable[:10])))] if unstable or second["changed"] else []))
    except Failed as error:
        note("the command", ("command", str(error)))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return results


def django_source(python):
    done = subprocess.run([python, "-c", "import django; print(django.__path__[0])"], stdout=subprocess.PIPE, check=True)
    return done.stdout.decode().strip()


# The packages of requirements/applications.txt, each with a number of files that it has more than.
APPLICATIONS = {"cartridge": 25, "cms": 350, "helpdesk": 40, "machina": 100, "mezzanine": 130, "oscar": 300, "todo": 25}


def packages(python):
    """The folder that the packages of an environment are in."""
    done = subprocess.run([python, "-c", "import sysconfig; print(sysconfig.get_paths()['purelib'])"], stdout=subprocess.PIPE, check=True)
    return done.stdout.decode().strip()


def run(engine, django=None, python=sys.executable, applications=None):
    """(name, failures) of all corpora; `django` is a folder of Django's sources, `python` the interpreter for them,
    `applications` the one of the environment that has them."""
    results = []
    wide = ("--target-version", "4.2", "--http-client", "httpx", "--all-views")
    plain = ("--target-version", "5.2", "--http-client", "aiohttp")
    if django:
        results += prove(engine, "Django", django, python, 800, plain)
        results += prove(engine, "Django with all views", django, python, 800, wide)
    folder = packages(applications) if applications else None
    for name, at_least in APPLICATIONS.items() if folder else ():
        source = os.path.join(folder, name)
        results += prove(engine, name, source, python, at_least, plain)
        results += prove(engine, "%s with all views" % name, source, python, at_least, wide)
    library = sysconfig.get_paths()["stdlib"]
    results += prove(engine, "Python's library", library, sys.executable, 500, plain)
    return results


def tell(results):
    """Prints what each came to; ends the program."""
    failed = 0
    for name, failures in results:
        print("%s %s" % ("FAIL" if failures else "ok  ", name))
        for kind, detail in failures:
            print("     %s: %s" % (kind, detail))
        failed += bool(failures)
    sys.exit(failed > 0)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--unblocked", required=True, metavar="BINARY", help="the unblocked command")
    parser.add_argument("--django", metavar="FOLDER", help="Django's sources")
    parser.add_argument("--applications", metavar="PYTHON", help="the interpreter of an environment with applications.txt")
    arguments = parser.parse_args()
    tell(run(Engine(arguments.unblocked), arguments.django, applications=arguments.applications))


if __name__ == "__main__":
    main()
