"""A PostgreSQL of our own, on a private socket, for as long as the proof runs."""
import glob
import os
import pwd
import shutil
import subprocess
import tempfile

PORT = 54330


class Cluster:
    def __init__(self, folder, tool, user):
        self.folder, self.tool, self.user = folder, tool, user
        # A folder as the host makes it a socket in that folder.
        self.address = {"host": folder, "port": str(PORT)}


def _tools():
    """The folder of initdb and pg_ctl, which Debian keeps off the PATH."""
    folders = sorted(glob.glob("/usr/lib/postgresql/*/bin"), reverse=True)
    on_path = shutil.which("initdb")
    return ([os.path.dirname(on_path)] if on_path else []) + folders


def _run(user, *command):
    def become():
        if user:
            entry = pwd.getpwnam(user)
            os.setgroups([])
            os.setgid(entry.pw_gid)
            os.setuid(entry.pw_uid)

    done = subprocess.run(command, preexec_fn=become, cwd="/", stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode:
        raise SystemExit("%s failed:\n%s" % (command[0], done.stdout.decode("utf-8", "replace")))


def start():
    tools = _tools()
    if not tools:
        raise SystemExit("PostgreSQL is missing: install it, so that `initdb` is on the PATH (Debian: apt-get install postgresql)")
    tool = tools[0]
    # PostgreSQL refuses to run as root.
    user = "postgres" if os.geteuid() == 0 else None
    # In memory where the system offers that: every flow gets a database of its own.
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    folder = tempfile.mkdtemp(prefix="unblocked-pg-", dir=memory)
    if user:
        shutil.chown(folder, user)
    data = os.path.join(folder, "data")
    _run(user, os.path.join(tool, "initdb"), "-D", data, "-U", "postgres", "-A", "trust", "--no-sync", "-E", "UTF8")
    options = "-c listen_addresses='' -c unix_socket_directories='%s' -c port=%d -c fsync=off -c full_page_writes=off -c autovacuum=off -c wal_level=minimal -c max_wal_senders=0 -c max_connections=60" % (folder, PORT)
    _run(user, os.path.join(tool, "pg_ctl"), "-D", data, "-w", "-s", "-l", os.path.join(folder, "log"), "-o", options, "start")
    return Cluster(folder, tool, user)


def stop(cluster):
    _run(cluster.user, os.path.join(cluster.tool, "pg_ctl"), "-D", os.path.join(cluster.folder, "data"), "-m", "immediate", "stop")
    shutil.rmtree(cluster.folder, ignore_errors=True)
