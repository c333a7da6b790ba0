"""The servers that are measured. Each is started on an empty folder, durable as it comes or as noted, and
under the preloaded library that counts its fsyncs and slows them down alike (tests/fault/faulty_disk.c)."""

from __future__ import annotations

import os
import pathlib
import pwd
import shutil
import signal
import socket
import subprocess
import time
from typing import Any

POSTGRES_BIN = pathlib.Path("/usr/lib/postgresql/15/bin")
READY_SECONDS = 60


class Missing(Exception):
    """A contender that cannot be installed here; says why."""


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Contender:
    """A server that speaks PostgreSQL's protocol. `environment` is that of the preloaded library."""

    name = ""
    note = ""  # what makes it durable, and what is unlike the others
    user, database = "mem0", "mem0"
    named_statements = True  # else -M extended stands for -M prepared
    idle_connections = 10_000  # in load h
    python = "mem0"  # the package of load i, build/bench/NAME

    def __init__(self, folder: pathlib.Path, environment: dict[str, str], root: pathlib.Path):
        self.folder, self.root = folder, root
        self.environment = {**os.environ, **environment}
        self.port = free_port()
        self.processes: list[subprocess.Popen[bytes]] = []
        self.stop_signals: dict[int, int] = {}

    def start(self) -> None:
        raise NotImplementedError

    def spawn(self, command: list[str], stop_signal: int = signal.SIGTERM, **options: Any) -> None:
        with (self.folder / "log").open("ab") as log:
            where: dict[str, Any] = {"stdout": log, "stderr": log, "cwd": self.folder}
            process = subprocess.Popen(command, env=self.environment, **where, **options)
        self.processes.append(process)
        self.stop_signals[process.pid] = stop_signal

    def wait_until_ready(self) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while True:
            done = self.psql("SELECT 1", check=False)
            if done.returncode == 0:
                return
            if self.processes[-1].poll() is not None or time.monotonic() > deadline:
                log = (self.folder / "log").read_text(errors="replace")[-2000:]
                raise Missing(f"{self.name} did not start: {done.stderr}\n{log}")
            time.sleep(0.05)

    def psql(self, sql: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        command = ["psql", "-qAtX", "-v", "ON_ERROR_STOP=1", *self.options(), self.database, "-c", sql]
        return subprocess.run(command, capture_output=True, text=True, check=check)

    def options(self) -> list[str]:
        return ["-h", "127.0.0.1", "-p", str(self.port), "-U", self.user]

    def url(self) -> str:
        return f"postgresql://{self.user}@127.0.0.1:{self.port}/{self.database}"

    def python_url(self) -> str:
        return self.url()

    def count(self, where: str = "true") -> int:
        return int(self.psql(f"SELECT count(*) FROM history WHERE {where}").stdout)

    def stop(self) -> None:
        for process in reversed(self.processes):
            process.send_signal(self.stop_signals[process.pid])
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.processes.clear()


class Historyd(Contender):
    name = "historyd"
    note = "as it comes: WAL, synchronous=FULL"
    # Load h has more sessions than are let in as it comes.
    settings = {"HISTORYD_LIMITS_SESSIONS_MAX": "12000", "HISTORYD_LIMITS_SESSIONS_PER_ADDRESS_MAX": "12000"}

    def start(self) -> None:
        self.environment |= self.settings
        binary = self.root / "build/release/historyd"
        listen = f"127.0.0.1:{self.port}"
        command = [str(binary), "serve", "--storage", str(self.folder / "history.db"), "--listen", listen]
        self.spawn([*command, "--log-level", "warn"])
        self.wait_until_ready()


class Postgres(Contender):
    name = "PostgreSQL 15"
    note = "Debian's, as it comes: fsync and synchronous_commit on"
    idle_connections = 500
    python = "patch"

    def start(self) -> None:
        data, as_user = self.folder / "data", self.account()
        if not data.exists():
            data.mkdir()
            if as_user:
                for path in (self.folder, data):
                    os.chown(path, as_user["user"], as_user["group"])
            command = [POSTGRES_BIN / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8"]
            command += ["--locale=C.UTF-8", "--no-sync"]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=self.folder, **as_user)
        command = [str(POSTGRES_BIN / "postgres"), "-D", str(data), "-p", str(self.port), "-k", str(self.folder)]
        command += ["-c", "listen_addresses=127.0.0.1", "-c", "max_connections=1100"]
        self.spawn(command, stop_signal=signal.SIGINT, **as_user)  # SIGTERM would wait for clients.
        self.user, self.database = "postgres", "postgres"
        self.wait_until_ready()
        if self.psql("SELECT 1 FROM pg_roles WHERE rolname = 'mem0'").stdout == "":
            self.psql("CREATE ROLE mem0 SUPERUSER LOGIN")
            self.psql("CREATE DATABASE mem0 OWNER mem0")
        self.user, self.database = "mem0", "mem0"

    def account(self) -> dict[str, Any]:
        """PostgreSQL and PgBouncer do not run as root."""
        if os.geteuid() != 0:
            return {}
        account = pwd.getpwnam("postgres")
        return {"user": account.pw_uid, "group": account.pw_gid}

    def python_url(self) -> str:
        return self.url().replace("postgresql:", "postgresql+psycopg2:")


class PgBouncer(Postgres):
    name = "PgBouncer"
    note = "transaction pooling, 20 server connections, before the same PostgreSQL; no named statements"
    named_statements = False
    idle_connections = 10_000

    def start(self) -> None:
        if not shutil.which("pgbouncer"):
            raise Missing("pgbouncer is not installed")
        super().start()
        behind, self.port = self.port, free_port()
        (self.folder / "users").write_text('"mem0" ""\n')
        (self.folder / "pgbouncer.ini").write_text(
            f"[databases]\n* = host=127.0.0.1 port={behind} user=mem0\n[pgbouncer]\nlisten_addr = 127.0.0.1\n"
            f"listen_port = {self.port}\nauth_type = trust\nauth_file = {self.folder}/users\npool_mode = transaction\n"
            "max_client_conn = 12000\ndefault_pool_size = 20\nunix_socket_dir =\n"
        )
        self.spawn(["pgbouncer", str(self.folder / "pgbouncer.ini")], **self.account())
        self.wait_until_ready()


class PGlite(Contender):
    name = "PGlite"
    note = (
        "PostgreSQL in WASM behind its socket server, on a folder; its file system has no fsync, so a preloaded library"
        " (sync_wal.c) syncs each write to its log"
    )
    user, database = "postgres", "postgres"

    def start(self) -> None:
        server = self.root / "build/bench/node_modules/.bin/pglite-server"
        if not server.exists():
            raise Missing("@electric-sql/pglite-socket could not be installed")
        library, source = self.folder / "sync_wal.so", pathlib.Path(__file__).with_name("sync_wal.c")
        subprocess.run(["gcc", "-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"], check=True)
        self.environment["LD_PRELOAD"] += f":{library}"
        data = self.folder / "pglite"
        command = [str(server), f"--db={data}", f"--port={self.port}", "--host=127.0.0.1", "--max-connections=600"]
        self.spawn(command)
        self.wait_until_ready()
