"""Catches what must never happen while async code runs, also where somebody swallows the exception.

Each finding is a pair (kind, detail). Installed once per forked process, after Django is imported.
"""
import asyncio
import concurrent.futures
import gc
import os
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import traceback
import warnings
import weakref

findings = []
_roots = []
_wrappers = weakref.WeakSet()
_patched = False


def _frames(frame):
    while frame is not None:
        yield frame
        frame = frame.f_back


def _ours(filename):
    return any(filename.startswith(root) for root in _roots)


def _plumbing(filename):
    parts = filename.replace(os.sep, "/").split("/")
    return "asyncio" in parts or "asgiref" in parts


def _stack(limit=6):
    """The frames of the code under test, innermost last."""
    frames = [f for f in traceback.extract_stack() if _ours(f.filename)]
    return " < ".join("%s:%d %s" % (os.path.basename(f.filename), f.lineno, f.line) for f in reversed(frames[-limit:]))


def blocked(what):
    """Notes `what` if it is the code under test that calls it on the thread of a running event loop."""
    if asyncio._get_running_loop() is None:
        return
    # asyncio and asgiref call the same functions for themselves (non-blocking, or on purpose).
    for frame in _frames(sys._getframe(2)):
        filename = frame.f_code.co_filename
        if _ours(filename):
            findings.append(("blocking", "%s on the event loop's thread: %s" % (what, _stack())))
            return
        if _plumbing(filename):
            return


def _guard(owner, name, what, when=None):
    original = getattr(owner, name)

    def guarded(*args, **kwargs):
        if when is None or when(*args, **kwargs):
            blocked(what)
        return original(*args, **kwargs)

    guarded.__name__ = name
    setattr(owner, name, guarded)


def _starting():
    """Whether this wait is the moment in which `Thread.start` waits for the new thread."""
    return sys._getframe(3).f_code is threading.Thread.start.__code__


def _patch_blocking():
    def blocking_socket(sock, *args, **kwargs):
        return sock.gettimeout() != 0

    for name in ("connect", "connect_ex", "recv", "recv_into", "recvfrom", "send", "sendall", "accept"):
        _guard(socket.socket, name, "socket.%s()" % name, blocking_socket)
    for name in ("getaddrinfo", "gethostbyname"):
        _guard(socket, name, "socket.%s()" % name)
    _guard(time, "sleep", "time.sleep()")
    for name in ("wait", "communicate"):
        _guard(subprocess.Popen, name, "subprocess.Popen.%s()" % name)
    _guard(os, "system", "os.system()")
    _guard(sqlite3, "connect", "sqlite3.connect()")
    _guard(sqlite3.dbapi2, "connect", "sqlite3.connect()")
    _guard(threading.Thread, "join", "Thread.join()", lambda thread, *a, **k: thread.is_alive())
    _guard(threading.Event, "wait", "Event.wait()", lambda event, *a, **k: not event.is_set() and not _starting())
    _guard(concurrent.futures.Future, "result", "Future.result()", lambda future, *a, **k: not future.done())

    from django.core.mail.backends.locmem import EmailBackend

    _guard(EmailBackend, "send_messages", "sending mail")


def _patch_sync_only():
    from django.core.exceptions import SynchronousOnlyOperation

    original = SynchronousOnlyOperation.__init__

    def __init__(self, *args):
        original(self, *args)
        findings.append(("sync-only", "SynchronousOnlyOperation: %s" % (_stack() or traceback.format_stack()[-3].strip())))

    SynchronousOnlyOperation.__init__ = __init__


def _patch_connections():
    from django.db.backends.base.base import BaseDatabaseWrapper

    original = BaseDatabaseWrapper.connect

    def connect(self, *args, **kwargs):
        result = original(self, *args, **kwargs)
        # Django renders its own error pages in a thread that it shares between requests, and leaves a connection there.
        if not any(f.f_code.co_name == "response_for_exception" for f in _frames(sys._getframe(1))):
            _wrappers.add(self)
        return result

    BaseDatabaseWrapper.connect = connect


def install(*roots, streams=False):
    """Starts watching; `roots` are the folders of the code under test. `streams`: what is streamed must come part by part."""
    global _patched
    _roots[:] = [os.path.realpath(r) + os.sep for r in roots]
    if not _patched:
        _patched = True
        _patch_blocking()
        _patch_sync_only()
        _patch_connections()
    warnings.resetwarnings()
    warnings.simplefilter("ignore")
    warnings.filterwarnings("always", message=".*was never awaited", category=RuntimeWarning)
    warnings.filterwarnings("always", message="Unclosed (client|conn|response)", category=ResourceWarning)
    if streams:
        warnings.filterwarnings("always", message="StreamingHttpResponse must consume")
    warnings.showwarning = _warned


def _warned(message, category, filename, lineno, file=None, line=None):
    text = str(message)
    kind = "never-awaited" if "never awaited" in text else "not-streamed" if "must consume" in text else "unclosed"
    findings.append((kind, text[:300]))


def loop_error(loop, context):
    """For `loop.set_exception_handler`."""
    text = context.get("message", "")
    error = context.get("exception")
    if error is not None:
        text += ": %s: %s" % (type(error).__name__, error)
    # A client or a response that is dropped open says so here and as a ResourceWarning; one of the two is enough.
    findings.append(("unclosed" if text.startswith("Unclosed") else "loop-error", text[:500]))


def open_connections():
    """How many database connections are still open."""
    return sum(1 for wrapper in list(_wrappers) if wrapper.connection is not None)


def collect():
    """What was found since the last call."""
    gc.collect()
    found = list(dict.fromkeys(findings))
    del findings[:]
    return found
