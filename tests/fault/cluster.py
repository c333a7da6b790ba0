"""PostgreSQL clusters of a test's own: started, stopped, frozen, restored."""

from __future__ import annotations

import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time

import psycopg2
import servers

BIN = pathlib.Path("/usr/lib/postgresql/15/bin")
CONFIGURATION = """
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
fsync = off
timezone = 'UTC'
max_connections = 100
autovacuum = off
log_min_messages = warning
"""


def as_postgres(*command: str | pathlib.Path, **options) -> subprocess.CompletedProcess:
    """PostgreSQL does not run as root."""
    prefix = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    return subprocess.run(
        [*prefix, *map(str, command)], check=True, stdout=subprocess.DEVNULL, **options
    )


class Template:
    """An initialised data directory, copied for each cluster: initdb is the slow part."""

    def __init__(self) -> None:
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="cluster-template."))
        os.chmod(self.folder, 0o755)
        if os.geteuid() == 0:
            shutil.chown(self.folder, "postgres")
        as_postgres(BIN / "initdb", "-D", self.folder / "data", "-U", "postgres", "-A", "trust",
                    "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")  # fmt: skip

    def remove(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


class Cluster:
    """One server with an empty database "mem0"; superuser mem0, trusted unless told otherwise."""

    def __init__(self, template: Template, settings: str = ""):
        self.make_folder()
        self.copy(template.folder / "data", self.data)
        self.configure(CONFIGURATION + f"port = {self.port}\n" + settings)
        self.start()
        self.run("CREATE ROLE mem0 SUPERUSER LOGIN", "CREATE DATABASE mem0 OWNER mem0", database="postgres")

    def make_folder(self) -> None:
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="cluster."))
        os.chmod(self.folder, 0o755)
        if os.geteuid() == 0:
            shutil.chown(self.folder, "postgres")
        self.data, self.port = self.folder / "data", servers.free_port()

    def configure(self, settings: str) -> None:
        """The last word on a setting counts."""
        with (self.data / "postgresql.conf").open("a") as f:
            f.write(settings)

    def url(self, user: str = "mem0", port: int | None = None, password: str = "") -> str:
        login = f"{user}:{password}" if password else user
        return f"postgresql://{login}@127.0.0.1:{port or self.port}/mem0"

    def copy(self, source: pathlib.Path, to: pathlib.Path) -> None:
        as_postgres("cp", "-a", source, to)

    def start(self) -> None:
        as_postgres(BIN / "pg_ctl", "-D", self.data, "-l", self.folder / "log", "-s", "-w", "start")

    def stop(self, mode: str = "immediate") -> None:
        if (self.data / "postmaster.pid").exists():
            self.resume()
            as_postgres(BIN / "pg_ctl", "-D", self.data, "-s", "-w", "-m", mode, "stop")

    def restart(self) -> None:
        self.stop()
        self.start()

    def processes(self) -> list[int]:
        postmaster = int((self.data / "postmaster.pid").read_text().split()[0])
        found = [postmaster]
        for entry in pathlib.Path("/proc").glob("[0-9]*/stat"):
            try:
                if int(entry.read_text().rsplit(")", 1)[1].split()[1]) == postmaster:
                    found.append(int(entry.parent.name))
            except (OSError, IndexError):
                pass  # It has just ended.
        return found

    def send(self, number: int) -> None:
        for pid in self.processes():
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                pass

    def freeze(self) -> None:
        self.send(signal.SIGSTOP)

    def resume(self) -> None:
        self.send(signal.SIGCONT)

    def back_up(self) -> pathlib.Path:
        """A copy of a cleanly stopped server; it runs again afterwards."""
        copy = self.folder / f"backup-{time.monotonic_ns()}"
        self.stop("fast")
        self.copy(self.data, copy)
        self.start()
        return copy

    def restore(self, backup: pathlib.Path) -> None:
        self.stop()
        shutil.rmtree(self.data)
        self.copy(backup, self.data)
        self.start()

    def run(self, *statements: str, database: str = "mem0", user: str = "postgres") -> None:
        connection = psycopg2.connect(host="127.0.0.1", port=self.port, user=user, dbname=database)
        connection.autocommit = True
        with connection.cursor() as c:
            for statement in statements:
                c.execute(statement)
        connection.close()

    def rows(self, query: str) -> list[tuple]:
        connection = psycopg2.connect(host="127.0.0.1", port=self.port, user="postgres", dbname="mem0")
        try:
            with connection.cursor() as c:
                c.execute(query)
                return c.fetchall()
        finally:
            connection.close()

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


class Standby(Cluster):
    """Follows another server, asynchronously, at the address of a relay to it."""

    def __init__(self, primary: Cluster, through: int):
        self.make_folder()
        as_postgres(BIN / "pg_basebackup", "-h", "127.0.0.1", "-p", str(primary.port), "-U", "postgres",
                    "-D", self.data, "-c", "fast", "--no-sync")  # fmt: skip
        follow = f"primary_conninfo = 'host=127.0.0.1 port={through} user=postgres'\n"
        self.configure(f"port = {self.port}\n{follow}")
        (self.data / "standby.signal").touch()
        self.start()

    def promote(self) -> None:
        as_postgres(BIN / "pg_ctl", "-D", self.data, "-s", "-w", "promote")
