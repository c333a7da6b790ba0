"""What is measured without a server: SQLite in the client's own process."""

from __future__ import annotations

import pathlib
import sqlite3
import subprocess
from collections.abc import Callable

import contenders
import loads


class InProcess(contenders.Contender):
    def __init__(self, folder: pathlib.Path, environment: dict[str, str], root: pathlib.Path):
        super().__init__(folder, environment, root)
        self.file = folder / "history.db"

    def start(self) -> None:
        pass

    def python_url(self) -> str:
        return str(self.file)

    def count(self, where: str = "true") -> int:
        connection = sqlite3.connect(self.file)
        try:
            return connection.execute(f"SELECT count(*) FROM history WHERE {where}").fetchone()[0]
        finally:
            connection.close()


class Ceiling(InProcess):
    name = "SQLite alone"
    note = "the ceiling: one process inserts as many rows to a COMMIT as there are clients; WAL, synchronous=FULL"

    def measure(self, batch: int, seconds: float, syncs: Callable[[], int]) -> dict[str, float]:
        self.file.unlink(missing_ok=True)
        command = [str(self.root / "build/release/bench/bench_ceiling"), str(self.file), str(batch), str(seconds)]
        before = syncs()
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, check=True)
        rows_per_s = float(done.stdout)
        return {"tps": rows_per_s, "fsyncs_per_commit": (syncs() - before) / (rows_per_s * seconds)}


class Mem0(InProcess):
    name = "mem0's own storage"
    note = "as it comes: SQLite in its default mode, that is a rollback journal and synchronous=FULL; no index"

    def fill(self, rows: int) -> None:
        connection = sqlite3.connect(self.file)
        connection.execute(
            "CREATE TABLE history (id TEXT PRIMARY KEY, memory_id TEXT, old_memory TEXT, new_memory TEXT, event TEXT,"
            " created_at DATETIME, updated_at DATETIME, is_deleted INTEGER, actor_id TEXT, role TEXT)"
        )
        values = (loads.history_row(n, rows // 10).rstrip("\n").split("\t") for n in range(rows))
        connection.executemany("INSERT INTO history VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", values)
        connection.commit()
        connection.close()


class PatchOnSqlite(InProcess):
    name = "the patch on SQLite"
    note = "mem0-history-db-patch (SQLAlchemy); SQLite in its default mode"
    python = "patch"

    def python_url(self) -> str:
        return f"sqlite:///{self.file}"


class PatchOnPostgres(contenders.Postgres):
    name = "the patch on PostgreSQL"
    note = "mem0-history-db-patch (SQLAlchemy, psycopg2, five to fifteen connections a process), PostgreSQL as above"


class PatchOnHistoryd(contenders.Historyd):
    name = "the patch on historyd"
    note = "the same with historyd's URL"
    python = "patch"

    def python_url(self) -> str:
        return self.url().replace("postgresql:", "postgresql+psycopg2:")
