"""Signal receivers, template tags, management commands and Celery tasks that share a helper with views keep working.

    PYTHON -m proof.sharing FOLDER

plays the project in FOLDER (`cases/sharing.py`) and prints what it saw, as JSON; run by an interpreter that has Celery.
`check` migrates it and compares.
"""
import json
import os
import subprocess
import sys
import tempfile

NAME = "sharing: receivers, tags, commands and tasks"


def check(engine, python):
    """The failures, as [[name, [(kind, detail)]]]."""
    from cases.sharing import FILES, KEPT

    failures = []
    with tempfile.TemporaryDirectory() as before, tempfile.TemporaryDirectory() as after:
        for folder in (before, after):
            for path, text in FILES.items():
                os.makedirs(os.path.dirname(os.path.join(folder, path)) or folder, exist_ok=True)
                with open(os.path.join(folder, path), "w", encoding="utf-8") as file:
                    file.write(text.lstrip("\n") if path.endswith("manage.py") else text)
        engine.migrate(after)
        for path, marks in KEPT.items():
            with open(os.path.join(after, path), encoding="utf-8") as file:
                text = file.read()
            failures += [("kept", "%s: `%s` is gone:\n%s" % (path, mark, text)) for mark in marks if mark not in text]
        seen = [_played(python, folder) for folder in (before, after)]
    if seen[1].pop("async", None) != ["later", "page", "stock"]:
        failures.append(("not-converted", "%s" % seen[1]))
    seen[0].pop("async", None)
    failures += [
        ("values", "%s: %s before, %s after" % (name, seen[0][name], seen[1].get(name))) for name in seen[0] if seen[0][name] != seen[1].get(name)
    ]
    return [[NAME, failures]]


def _played(python, folder):
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "shop.settings", "PYTHONDONTWRITEBYTECODE": "1"}
    here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    done = subprocess.run(
        [python, "-W", "error::RuntimeWarning", os.path.join(here, "proof", "sharing.py"), folder], cwd=folder, env=environment, capture_output=True, text=True
    )
    if done.returncode:
        return {"failed": done.stderr[-2000:]}
    return json.loads(done.stdout)


async def _answers():
    from django.test import AsyncClient

    client = AsyncClient()
    return [(await client.get(path)).content.decode() for path in ("/stock/", "/page/", "/later/")]


def play(folder):
    """What everything that uses the helper gives."""
    import asyncio
    import io

    sys.path.insert(0, folder)
    import django

    django.setup()
    from asgiref.sync import iscoroutinefunction
    from django.core.management import call_command
    from django.db import connection
    from shop import models, receivers, tasks, views

    assert receivers
    with connection.schema_editor() as editor:
        editor.create_model(models.Item)
        editor.create_model(models.Note)
    models.Item.objects.create(name="apple")
    models.Item.objects.create(name="pear")
    printed = io.StringIO()
    call_command("report", stdout=printed)
    seen = {
        "command": printed.getvalue(),
        "applied": tasks.count.apply(args=["p"]).get(),
        "delayed": tasks.list_all.delay("+ ").get(),
        "called": tasks.count("a"),
        "views": asyncio.run(_answers()),
        "async": sorted(name for name in ("stock", "page", "later") if iscoroutinefunction(getattr(views, name))),
    }
    seen["notes"] = list(models.Note.objects.order_by("pk").values_list("text", flat=True))
    return seen


if __name__ == "__main__":
    # The folder of this file is no place to import from.
    sys.path[:] = [one for one in sys.path if os.path.abspath(one) != os.path.dirname(os.path.abspath(__file__))]
    print(json.dumps(play(sys.argv[1])))
