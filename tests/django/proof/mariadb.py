"""A MariaDB of our own, on a private socket, for as long as the proof runs."""
import os
import pwd
import shutil
import subprocess
import tempfile
import time

PATIENCE = 60


class Server:
    def __init__(self, folder, process):
        self.folder, self.process = folder, process
        # Django takes a path as the host for a socket.
        self.socket = os.path.join(folder, "socket")


def _program(name):
    # Debian keeps the server off the PATH.
    return shutil.which(name) or next((path for path in ("/usr/sbin/" + name,) if os.path.exists(path)), None)


def start():
    server, install = _program("mariadbd"), _program("mariadb-install-db")
    if not server or not install:
        raise SystemExit("MariaDB is missing: install it, so that `mariadbd` is on the PATH (Debian: apt-get install mariadb-server-core)")
    folder = tempfile.mkdtemp(prefix="unblocked-maria-")
    user = pwd.getpwuid(os.geteuid()).pw_name
    data = os.path.join(folder, "data")
    common = ["--no-defaults", "--user=" + user, "--datadir=" + data]
    done = subprocess.run(
        [install, *common, "--auth-root-authentication-method=normal", "--skip-test-db"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    if done.returncode:
        raise SystemExit("mariadb-install-db failed:\n%s" % done.stdout.decode("utf-8", "replace"))
    log = os.path.join(folder, "log")
    with open(log, "wb") as out:
        process = subprocess.Popen(
            [server, *common, "--socket=" + os.path.join(folder, "socket"), "--skip-networking", "--pid-file=" + os.path.join(folder, "pid"), "--innodb-flush-log-at-trx-commit=0"],
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    started = Server(folder, process)
    end = time.monotonic() + PATIENCE
    while not os.path.exists(started.socket):
        if process.poll() is not None or time.monotonic() > end:
            with open(log, encoding="utf-8", errors="replace") as said:
                raise SystemExit("mariadbd did not start:\n%s" % said.read()[-2000:])
        time.sleep(0.05)
    return started


def stop(server):
    server.process.terminate()
    try:
        server.process.wait(20)
    except subprocess.TimeoutExpired:
        server.process.kill()
        server.process.wait()
    shutil.rmtree(server.folder, ignore_errors=True)
