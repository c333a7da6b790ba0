"""The servers that are measured. Each is started on an empty folder, durable as it comes or as noted, and
under the preloaded library that counts its fsyncs and slows them down alike (tests/fault/faulty_disk.c)."""

from __future__ import annotations

import os
import pathlib
import pwd
import shutil
import socket
import subprocess
import time

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

    def __init__(self, folder: pathlib.Path, environment: dict[str, str], root: pathlib.Path):
        self.folder, self.root = folder, root
        self.environment = {**os.environ, **environment}
        self.port = free_port()
        self.processes: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        raise NotImplementedError

    def spawn(self, command: list[str], **options: object) -> None:
        log = (self.folder / f"{self.name}.log").open("ab")
        self.processes.append(
            subprocess.Popen(command, stdout=log, stderr=log, env=self.environment, cwd=self.folder, **options)
        )

    def wait_until_ready(self) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while True:
            done = self.psql("SELECT 1", check=False)
            if done.returncode == 0:
                return
            if self.processes[-1].poll() is not None or time.monotonic() > deadline:
                log = (self.folder / f"{self.name}.log").read_text(errors="replace")[-2000:]
                raise Missing(f"{self.name} did not start: {done.stderr}\n{log}")
            time.sleep(0.05)

    def psql(self, sql: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        command = ["psql", "-qAtX", "-v", "ON_ERROR_STOP=1", *self.options(), self.database, "-c", sql]
        return subprocess.run(command, capture_output=True, text=True, check=check)

    def options(self) -> list[str]:
        return ["-h", "127.0.0.1", "-p", str(self.port), "-U", self.user]

    def url(self) -> str:
        return f"postgresql://{self.user}@127.0.0.1:{self.port}/{self.database}"

    def stop(self) -> None:
        for process in reversed(self.processes):
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


class Historyd(Contender):
    name = "historyd"
    note = "as it comes: WAL, synchronous=FULL"
    settings: tuple[str, ...] = ()

    def start(self) -> None:
        binary = self.root / "build/release/historyd"
        listen = f"127.0.0.1:{self.port}"
        command = [str(binary), "serve", "--storage", str(self.folder / "history.db"), "--listen", listen]
        self.spawn([*command, "--log-level", "warn", *self.settings])
        self.wait_until_ready()


class Postgres(Contender):
    name = "PostgreSQL 15"
    note = "Debian's, as it comes: fsync and synchronous_commit on"

    def start(self) -> None:
        data = self.folder / "data"
        data.mkdir()
        as_user: dict[str, object] = {}
        if os.geteuid() == 0:
            account = pwd.getpwnam("postgres")
            for path in (self.folder, data):
                os.chown(path, account.pw_uid, account.pw_gid)
            as_user = {"user": account.pw_uid, "group": account.pw_gid}
        subprocess.run(
            [POSTGRES_BIN / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=self.folder,
            **as_user,
        )
        self.spawn(
            [
                str(POSTGRES_BIN / "postgres"),
                *("-D", str(data), "-p", str(self.port), "-k", str(self.folder)),
                *("-c", "listen_addresses=127.0.0.1", "-c", "max_connections=1100"),
            ],
            **as_user,
        )
        self.user, self.database = "postgres", "postgres"
        self.wait_until_ready()
        self.psql("CREATE ROLE mem0 SUPERUSER LOGIN")
        self.psql("CREATE DATABASE mem0 OWNER mem0")
        self.user, self.database = "mem0", "mem0"


class PgBouncer(Postgres):
    name = "PgBouncer, PostgreSQL 15"
    note = "transaction pooling, 20 server connections, before the same PostgreSQL; no named statements"
    named_statements = False

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
        account = pwd.getpwnam("postgres") if os.geteuid() == 0 else None
        as_user = {"user": account.pw_uid, "group": account.pw_gid} if account else {}
        self.spawn(["pgbouncer", str(self.folder / "pgbouncer.ini")], **as_user)
        self.wait_until_ready()


class PGlite(Contender):
    name = "PGlite"
    note = "PostgreSQL in WASM behind its socket server, on a folder; it was never seen to fsync, so it is not durable"
    user, database = "postgres", "postgres"

    def start(self) -> None:
        server = self.root / "build/bench/node_modules/.bin/pglite-server"
        if not server.exists():
            raise Missing("@electric-sql/pglite-socket could not be installed")
        data = self.folder / "pglite"
        command = [str(server), f"--db={data}", f"--port={self.port}", "--host=127.0.0.1", "--max-connections=600"]
        self.spawn(command)
        self.wait_until_ready()


ALL: tuple[type[Contender], ...] = (Postgres, Historyd, PgBouncer, PGlite)
# Compared in the project's plans, but not to be had from the package registries it installs from.
MISSING = {"pgsqlite": "not on crates.io", "postlite": "not on the Go module proxy"}
