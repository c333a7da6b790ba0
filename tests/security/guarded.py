"""A daemon with rules and users of a test's own, and what tests ask of it."""

from __future__ import annotations

import json
import os
import pathlib
import socket
import subprocess
import time
from collections.abc import Callable
from typing import Any

import servers
import wire

PASSWORDS = {"app": "open sesame", "reader": "nur lesen", "weird": "Pässwörd¼ №1", "other": "something"}


class Guarded(servers.Historyd):
    """Ready when it accepts: who may log in is what the tests are about."""

    def wait_until_ready(self, seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        while "history_db_path" not in self.log.read_text(errors="replace"):
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.put_down()
                raise servers.DidNotStart(self.log_tail())
            time.sleep(0.01)

    def url(self, user: str, database: str = "mem0", **options: object) -> str:
        pairs = "&".join(f"{k}={v}" for k, v in options.items())
        return f"postgresql://{user}@localhost:{self.target.port}/{database}?{pairs}"

    def psql(
        self,
        user: str,
        password: str | None = None,
        database: str = "mem0",
        sql: str = "SELECT current_user",
        **options: object,
    ) -> subprocess.CompletedProcess[str]:
        host = options.pop("host", "localhost")
        pairs = {"host": host, "port": self.target.port, "user": user, "dbname": database, **options}
        text = " ".join(f"{k}='{v}'" for k, v in pairs.items())
        environment = {k: v for k, v in os.environ.items() if not k.startswith("PG")}
        if password is not None:
            environment["PGPASSWORD"] = password
        return subprocess.run(
            ["psql", "-XwAtq", "-v", "ON_ERROR_STOP=1", "-v", "VERBOSITY=verbose", "-c", sql, text],
            capture_output=True,
            text=True,
            env=environment,
            timeout=60,
        )


def toml(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def config_text(
    rules: list[dict[str, object]],
    tables: dict[str, dict[str, object]] | None = None,
    user_map: list[dict[str, object]] | None = None,
) -> str:
    text = ""
    for name, table in (tables or {}).items():
        text += f"[{name}]\n" + "".join(f"{k} = {toml(v)}\n" for k, v in table.items())
    for name, entries in (("auth.rules", rules), ("auth.user_map", user_map or [])):
        for entry in entries:
            text += f"[[{name}]]\n" + "".join(f"{k} = {toml(v)}\n" for k, v in entry.items())
    return text


def add_user(binary: str, file: pathlib.Path, name: str, password: str) -> str:
    done = subprocess.run(
        [binary, "user", "add", name, "--user-file", str(file)],
        input=password + "\n",
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


Begin = Callable[..., Guarded]


def starter(binary: str, folder: pathlib.Path, users: pathlib.Path, running: list[Guarded]) -> Begin:
    def begin(
        rules: list[dict[str, object]],
        tables: dict[str, dict[str, object]] | None = None,
        user_map: list[dict[str, object]] | None = None,
        **more: Any,
    ) -> Guarded:
        tables = {name: dict(table) for name, table in (tables or {}).items()}
        auth = tables.setdefault("auth", {})
        auth.setdefault("user_file", str(users))
        auth.setdefault("failure_delay_ms", 1)
        file = folder / "historyd.toml"
        file.write_text(config_text(rules, tables, user_map))
        running.append(Guarded(binary, folder, options=("--config", str(file)), **more))
        return running[-1]

    return begin


def connect(daemon: servers.Historyd, timeout: float = 15) -> wire.Connection:
    return wire.Connection(daemon.target, timeout=timeout, start=False)


def closed(connection: socket.socket) -> bool:
    try:
        return connection.recv(1) == b""
    except OSError:
        return True
