"""Python interpreters on this machine, and what they say of a text: `compile()`, which is stricter than parsing."""
import glob
import json
import os
import shutil
import subprocess
import sys

# The oldest Python of each Django.
OLDEST = {"4.2": 8, "5.0": 10, "5.1": 10, "5.2": 10, "6.0": 12, "6.1": 12}
COMPILE = """
import ast, json, sys, warnings
warnings.simplefilter("ignore")
failed = []
for name, text, top in json.load(sys.stdin):
    try:
        # At the top of bare statements an await is meant to be there.
        compile(text, name, "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT if top else 0, True)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        failed.append([name, "%s: %s" % (type(error).__name__, error)])
json.dump(failed, sys.stdout)
"""
COMPILE_FILES = """
import json, sys, warnings
warnings.simplefilter("ignore")
failed = []
for path in json.load(sys.stdin):
    with open(path, "rb") as file:
        data = file.read()
    try:
        compile(data, path, "exec", 0, True)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        failed.append([path, "%s: %s" % (type(error).__name__, error)])
json.dump(failed, sys.stdout)
"""


def minor(python):
    """The minor version of an interpreter, None if it is none."""
    try:
        done = subprocess.run(
            [python, "-c", "import sys; print(*sys.version_info[:2])"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=20
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    words = done.stdout.split()
    return int(words[1]) if done.returncode == 0 and words[:1] == [b"3"] else None


def find(wanted):
    """An interpreter of Python 3.`wanted`."""
    candidates = sorted(glob.glob(os.path.expanduser("~/.pyenv/versions/3.%d.*/bin/python" % wanted)), reverse=True)
    on_path = shutil.which("python3.%d" % wanted)
    candidates += [on_path] if on_path else []
    candidates += sorted(glob.glob("/usr/bin/python3.%d" % wanted)) + [sys.executable]
    return next((python for python in candidates if minor(python) == wanted), None)


def oldest_for(django, latest):
    """The oldest interpreter at hand that this Django supports, up to Python 3.`latest`: (interpreter, minor)."""
    for wanted in range(OLDEST.get(django, 12), latest + 1):
        python = find(wanted)
        if python:
            return python, wanted
    return None, None


def _run(python, script, data):
    done = subprocess.run([python, "-c", script], input=json.dumps(data).encode(), stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout)


def compile_texts(python, texts):
    """[(name, text, whether await may stand at the top)] → [(name, error)]"""
    return _run(python, COMPILE, texts)


def compile_files(python, paths):
    """Paths → {path: error} of those that don't compile."""
    return dict(_run(python, COMPILE_FILES, paths))
