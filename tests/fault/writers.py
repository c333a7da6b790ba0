"""Clients that write history as mem0 does and remember what they were told."""

from __future__ import annotations

import hashlib
import sqlite3
import threading
import time
from collections.abc import Iterable

import psycopg2

SCHEMA = """
CREATE TABLE history (
    id text PRIMARY KEY, memory_id text, old_memory text, new_memory text, event text,
    created_at timestamptz, updated_at timestamp, is_deleted integer, actor_id text, role text);
CREATE TABLE notes (id text PRIMARY KEY, n integer NOT NULL, tags jsonb, data bytea, score numeric(8,3));
"""
ORDERED = {"history": "SELECT * FROM history ORDER BY id", "notes": "SELECT * FROM notes ORDER BY id"}
INSERT = (
    "INSERT INTO history (id, memory_id, new_memory, event, created_at, updated_at, is_deleted)"
    " VALUES (%s, %s, %s, 'ADD', now(), now(), 0)"
)
NOTE = "INSERT INTO notes VALUES (%s, %s, '{\"a\": [1, null]}', '\\x00ff', 1.5)"


class Writer(threading.Thread):
    """Writes until told to stop, through the daemon's restarts.

    `known` maps an id to the text it must have, or None when it must be gone; ids whose last
    change was not answered are in `unsure`.
    """

    def __init__(self, url: str, number: int, prefix: str = ""):
        super().__init__(daemon=True)
        self.url, self.number, self.prefix = url, number, prefix
        self.known: dict[str, str | None] = {}
        self.unsure: set[str] = set()
        self.acknowledged = 0
        self.stopping = threading.Event()
        self.unexpected: list[str] = []

    def run(self) -> None:
        sequence = 0
        while not self.stopping.is_set():
            try:
                connection = psycopg2.connect(self.url, connect_timeout=5)
            except psycopg2.OperationalError:
                self.stopping.wait(0.02)  # The daemon is being restarted.
                continue
            try:
                connection.autocommit = True
                with connection.cursor() as c:
                    while not self.stopping.is_set():
                        sequence += 1
                        self.write(c, sequence)
            except psycopg2.OperationalError:
                pass
            except psycopg2.Error as failure:
                self.unexpected.append(str(failure))
                return
            finally:
                connection.close()

    def write(self, c, sequence: int) -> None:
        key = f"{self.prefix}{self.number}-{sequence}"
        changes: dict[str, str | None] = {key: f"memory {sequence}"}
        statement, values = INSERT, [key, f"m{sequence % 7}", changes[key]]
        earlier = f"{self.prefix}{self.number}-{sequence - 3}"
        if sequence % 5 == 0 and self.known.get(earlier) is not None:
            changes[earlier] = f"changed {sequence}"
            statement = f"BEGIN; {INSERT}; UPDATE history SET new_memory = %s WHERE id = %s; COMMIT"
            values += [changes[earlier], earlier]
        elif sequence % 7 == 0 and self.known.get(earlier) is not None:
            changes[earlier] = None
            statement = f"BEGIN; {INSERT}; DELETE FROM history WHERE id = %s; COMMIT"
            values += [earlier]
        elif sequence % 3 == 0:
            statement = f"BEGIN; {INSERT}; {NOTE}; COMMIT"
            values += [key, sequence]
        self.unsure |= changes.keys()
        c.execute(statement, values)
        self.unsure -= changes.keys()
        self.known.update(changes)
        self.acknowledged += 1

    def stop(self) -> None:
        self.stopping.set()
        self.join(60)
        assert not self.is_alive(), "a writer hangs"
        assert not self.unexpected, self.unexpected[0]


class Crowd:
    """Several writers at once."""

    def __init__(self, url: str, count: int = 8, prefix: str = ""):
        self.writers = [Writer(url, n, prefix) for n in range(count)]
        for w in self.writers:
            w.start()

    @property
    def acknowledged(self) -> int:
        return sum(w.acknowledged for w in self.writers)

    def wait_for(self, more: int, seconds: float = 60) -> None:
        """Until `more` transactions have been acknowledged from now on."""
        goal, deadline = self.acknowledged + more, time.monotonic() + seconds
        while self.acknowledged < goal:
            assert time.monotonic() < deadline, f"{self.acknowledged} of {goal} acknowledged"
            time.sleep(0.005)

    def stop(self) -> None:
        for w in self.writers:
            w.stopping.set()
        for w in self.writers:
            w.stop()

    def check(self, rows: Iterable[tuple]) -> None:
        """The rows (id, new_memory) are what the clients were told."""
        found = dict(rows)
        for w in self.writers:
            for key, text in w.known.items():
                if key not in w.unsure:
                    assert found.get(key) == text, f"{key}: {found.get(key)!r}, acknowledged {text!r}"
        asked = {key for w in self.writers for key in w.known.keys() | w.unsure}
        assert found.keys() <= asked


def checksum(rows: Iterable[tuple]) -> str:
    digest, count = hashlib.sha256(), 0
    for row in rows:
        count += 1
        digest.update(repr(tuple(bytes(v) if isinstance(v, memoryview) else v for v in row)).encode())
    return f"{count} rows, {digest.hexdigest()[:16]}"


def rows_of(url: str, query: str) -> list[tuple]:
    connection = psycopg2.connect(url)
    try:
        with connection.cursor() as c:
            c.execute(query)
            return c.fetchall()
    finally:
        connection.close()


def outbox_position(file) -> tuple[int, int]:
    """The last change in the journal, and the last that is known to be on the backend."""
    connection = sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=20)
    try:
        acked = connection.execute("SELECT acked_seq FROM historyd_state").fetchone()[0]
        last = connection.execute("SELECT max(seq) FROM historyd_outbox").fetchone()[0]
        return max(last or 0, acked), acked
    finally:
        connection.close()


def wait_until_forwarded(daemon, seconds: float = 60) -> None:
    """The outbox has no event to wait for from outside."""
    deadline = time.monotonic() + seconds
    while (position := outbox_position(daemon.storage))[0] != position[1]:
        assert time.monotonic() < deadline, f"{position}\n{daemon.log_tail()}"
        time.sleep(0.02)


def same_everywhere(daemon, cluster, tables: Iterable[str] = ("history", "notes")) -> None:
    """Rows in PostgreSQL = rows historyd serves = rows in the SQLite file, all columns, in order."""
    for table in tables:
        there = cluster.rows(ORDERED[table])
        here = rows_of(daemon.target.url(), ORDERED[table])
        missing = {r[0] for r in here} - {r[0] for r in there}
        added = {r[0] for r in there} - {r[0] for r in here}
        assert not missing and not added, f"{table}: lost {sorted(missing)[:5]}, more {sorted(added)[:5]}"
        assert checksum(there) == checksum(here), [p for p in zip(there, here) if p[0] != p[1]][:3]
        with sqlite3.connect(f"file:{daemon.storage}?mode=ro", uri=True) as file:
            in_file = [r[0] for r in file.execute(f"SELECT id FROM {table} ORDER BY id")]
        assert in_file == sorted(r[0] for r in there)
