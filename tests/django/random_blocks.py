#!/usr/bin/env python3
"""Random functions with transactions in loops, branches and handlers do after their migration what they did before.

python3 tests/django/random_blocks.py --unblocked target/fast/unblocked --python VENV/bin/python [--first SEED] [--count N]

What is compared is what Python itself does: the order of events, the values, what is returned or raised, for four
arguments each. No database is asked: transactions are context managers that refuse to run on the event loop.
"""
import argparse
import json
import os
import random
import subprocess
import sys
import tempfile

from proof.engine import Engine, Failed

COUNT = 1200
SHOWN = 3
VARIABLES = ("a", "b", "c", "d")
HEAD = "from django.db import transaction\nfrom django.http import HttpResponse\n\nfrom .models import Product\n\n\n"
MODELS = "from django.db import models\n\n\nclass Product(models.Model):\n    name = models.TextField()\n"


class Writer:
    """Writes one function."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.left = 14
        self.lines = []

    def function(self, name):
        self.lines = ["def %s(request, x, log):" % name, "    log.append(Product.objects.count())"]
        if self.random.random() < 0.6:
            self.lines.append("    a = b = 0")
        for _ in range(self.random.randint(2, 4)):
            self.statement(1, loop=False)
        self.lines.append("    return HttpResponse(log)")
        return "\n".join(self.lines) + "\n"

    def variable(self):
        return self.random.choice(VARIABLES)

    def expression(self):
        return self.random.choice(["x", "1", "2", "x + 1", "len(log)", self.variable(), self.variable() + " + 1"])

    def condition(self):
        of = self.random
        return of.choice(["x == %d" % of.randrange(3), "x > 1", "len(log) %% %d == 0" % of.choice([2, 3]), self.variable() + " == 1"])

    def add(self, depth, text):
        self.lines.append("    " * depth + text)

    def block(self, depth, header, loop):
        self.add(depth, header)
        for _ in range(self.random.randint(1, 3)):
            self.statement(depth + 1, loop)

    def statement(self, depth, loop):
        of = self.random
        self.left -= 1
        kinds = [self.assign, self.assign, self.event, self.event, self.update]
        if depth < 5 and self.left > 0:
            kinds += [self.branch, self.loop, self.handler, self.transaction, self.transaction]
        if of.random() < 0.18:
            kinds += [self.leave, self.fail] + [self.jump] * (4 if loop else 0)
        of.choice(kinds)(depth, loop)

    def assign(self, depth, loop):
        self.add(depth, "%s = %s" % (self.variable(), self.expression()))

    def update(self, depth, loop):
        self.add(depth, "%s += 1" % self.variable())

    def event(self, depth, loop):
        self.add(depth, "log.append(%s)" % self.expression())

    def leave(self, depth, loop):
        value = self.variable()
        self.add(depth, self.random.choice(["return", "return log", "return None", "return " + value, "return %s, 1" % value]))

    def fail(self, depth, loop):
        self.add(depth, self.random.choice(["raise ValueError(len(log))", "raise KeyError(1)"]))

    def jump(self, depth, loop):
        self.add(depth, self.random.choice(["break", "continue"]))

    def branch(self, depth, loop):
        self.block(depth, "if %s:" % self.condition(), loop)
        if self.random.random() < 0.5:
            self.block(depth, "else:", loop)

    def loop(self, depth, loop):
        if self.random.random() < 0.7:
            self.block(depth, "for %s in range(3):" % self.variable(), True)
        else:
            self.block(depth, "while len(log) < %d and not log.append('w'):" % self.random.randrange(4, 9), True)
        if self.random.random() < 0.2:
            self.block(depth, "else:", loop)

    def handler(self, depth, loop):
        self.block(depth, "try:", loop)
        if self.random.random() < 0.8:
            caught = ["except ValueError:", "except KeyError as error:", "except Exception as %s:" % self.variable()]
            self.block(depth, self.random.choice(caught), loop)
            if self.random.random() < 0.8:
                return
        self.add(depth, "finally:")
        self.add(depth + 1, "log.append(%s)" % self.random.choice(("'f'",) + VARIABLES))

    def transaction(self, depth, loop):
        self.block(depth, "with transaction.atomic():", loop)


def migrate(engine, texts):
    """The module after a migration, which a second one leaves as it is."""
    routes = "".join("    path('%d', views.view_%d),\n" % (number, number) for number in range(len(texts)))
    files = {
        "__init__.py": "",
        "models.py": MODELS,
        "views.py": HEAD + "\n\n".join(texts),
        "urls.py": "from django.urls import path\n\nfrom . import views\n\nurlpatterns = [\n%s]\n" % routes,
    }
    with tempfile.TemporaryDirectory() as folder:
        app = os.path.join(folder, "app")
        os.makedirs(app)
        for name, text in files.items():
            with open(os.path.join(app, name), "w", encoding="utf-8") as file:
                file.write(text)
        path = os.path.join(app, "views.py")
        engine.run("migrate", "--write", folder)
        with open(path, encoding="utf-8") as file:
            after = file.read()
        engine.run("migrate", "--write", folder)
        with open(path, encoding="utf-8") as file:
            if file.read() != after:
                raise Failed("a second run changes the random functions")
    return files["views.py"], after


def run(engine, python, first=0, count=COUNT):
    """Gives the outcome as a case: name and failures."""
    name = "random blocks %d to %d" % (first, first + count - 1)
    texts = [Writer(first + number).function("view_%d" % number) for number in range(count)]
    try:
        before, after = migrate(engine, texts)
    except Failed as failed:
        return [(name, [("crash", str(failed))])]
    here = os.path.dirname(os.path.abspath(__file__))
    done = subprocess.run(
        [python, "-m", "proof.compare_functions"], cwd=here, input=json.dumps([before, after]), capture_output=True, text=True
    )
    if done.returncode:
        return [(name, [("crash", done.stderr[-2000:])])]
    answer = json.loads(done.stdout)
    failures = [("different", text) for text in answer["different"]]
    # Most have to be converted, and most of those with a block of their own, or nothing is shown.
    if answer["moved"] < count // 2:
        failures.append(("not-converted", "%d of %d functions have a block that moved" % (answer["moved"], count)))
    return [(name, failures)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--unblocked", required=True, metavar="BINARY", help="the unblocked command")
    parser.add_argument("--python", required=True, help="an interpreter that has Django")
    parser.add_argument("--first", type=int, default=0, metavar="SEED", help="the first function's seed")
    parser.add_argument("--count", type=int, default=COUNT, metavar="N", help="how many functions")
    arguments = parser.parse_args()
    bad = 0
    for name, failures in run(Engine(arguments.unblocked), arguments.python, arguments.first, arguments.count):
        print("%s: %s" % (name, "different" if failures else "the same"))
        bad += len(failures)
        for kind, text in failures[:SHOWN]:
            print("%s:\n%s" % (kind, text))
    sys.exit(bool(bad))


if __name__ == "__main__":
    main()
