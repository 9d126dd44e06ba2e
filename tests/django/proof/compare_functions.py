"""Runs the functions of a module before and after, and tells which differ. Reads both texts from standard input."""
import asyncio
import contextlib
import json
import sys

ARGUMENTS = range(4)


class Manager:
    def count(self):
        return 7

    async def acount(self):
        return 7


class Product:
    objects = Manager()


class Transaction:
    """Django's module, as far as the functions use it."""

    @staticmethod
    @contextlib.contextmanager
    def atomic():
        with contextlib.suppress(RuntimeError):
            asyncio.get_running_loop()
            raise SystemExit("a transaction on the event loop")
        yield


class HttpResponse:
    def __init__(self, log):
        self.log = log


STAND_INS = {"transaction": Transaction, "Product": Product, "HttpResponse": HttpResponse}


def load(text):
    """The names of a module in which stand-ins take the place of what it imports from the project and from Django."""
    names = {}
    kept = [line for line in text.split("\n") if not line.startswith(("from .", "from django"))]
    exec(compile("\n".join(kept), "views", "exec"), names)
    names.update(STAND_INS)
    return names


def outcome(function, argument):
    log = []
    try:
        if asyncio.iscoroutinefunction(function):
            result = asyncio.run(function(None, argument, log))
        else:
            result = function(None, argument, log)
        ended = "log" if result is log else "response" if isinstance(result, HttpResponse) else repr(result)
    except Exception as error:
        ended = "%s: %s" % (type(error).__name__, error if not isinstance(error, NameError) else "")
    events = [type(event).__name__ if isinstance(event, BaseException) else repr(event) for event in log]
    # An unbound variable is a free one in an inner function.
    return ("%s -> %s" % (events, ended)).replace("UnboundLocalError", "NameError")


def functions(text):
    """The text of each function, by name."""
    parts = {}
    for part in text.split("\n\n\n"):
        line = part.lstrip("\n").split("\n", 1)[0]
        if line.startswith(("def ", "async def ")):
            parts[line.split("(")[0].split()[-1]] = part
    return parts


def main():
    before, after = json.load(sys.stdin)
    old, new = load(before), load(after)
    texts, rewritten = functions(before), functions(after)
    different, moved = [], 0
    for name in texts:
        moved += "async def" in rewritten[name] and "def in_transaction" in rewritten[name]
        for argument in ARGUMENTS:
            wanted, got = outcome(old[name], argument), outcome(new[name], argument)
            if wanted != got:
                parts = (texts[name], rewritten[name], argument, wanted, got)
                different.append("%s\n--- after\n%s\nx = %d\nbefore: %s\nafter:  %s" % parts)
                break
    json.dump({"different": different, "moved": moved}, sys.stdout)


if __name__ == "__main__":
    main()
