"""Clients that write history as mem0 does and remember what they were told."""

from __future__ import annotations

import datetime
import decimal
import hashlib
import json
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable

import psycopg2
import psycopg2.errors

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
WHOLE = "INSERT INTO history VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
NOTE = "INSERT INTO notes VALUES (%s, %s, '{\"a\": [1, null]}', '\\x00ff', 1.5)"

# Table, id, the row with all its columns; None when it is deleted.
Change = tuple[str, str, tuple | None]


class Writer(threading.Thread):
    """Writes until told to stop, or `limit` transactions, through the daemon's restarts.

    `known` are the rows of each table as far as the writer was answered; each transaction that
    was not answered is in `unanswered`, the row it inserts first.
    """

    def __init__(self, url: str, number: int, prefix: str = "", limit: int | None = None):
        super().__init__(daemon=True)
        self.url, self.number, self.prefix, self.limit = url, number, prefix, limit
        self.known: dict[str, dict[str, tuple]] = {table: {} for table in ORDERED}
        self.unanswered: list[list[Change]] = []
        self.acknowledged = 0
        self.refused = 0  # by a full disk
        self.stopping = threading.Event()
        self.unexpected: list[str] = []

    def run(self) -> None:
        sequence = 0
        while not self.done():
            try:
                connection = psycopg2.connect(self.url, connect_timeout=5)
            except psycopg2.OperationalError:
                self.stopping.wait(0.02)  # The daemon is being restarted.
                continue
            try:
                connection.autocommit = True
                with connection.cursor() as c:
                    while not self.done():
                        sequence += 1
                        self.write(c, sequence)
            except psycopg2.errors.DiskFull:
                self.unanswered.pop()  # Answered: it did not happen.
                self.refused += 1
            except psycopg2.OperationalError:
                pass
            except psycopg2.Error as failure:
                self.unexpected.append(str(failure))
                return
            finally:
                connection.close()

    def done(self) -> bool:
        return self.stopping.is_set() or (self.limit is not None and self.acknowledged >= self.limit)

    def write(self, c, sequence: int) -> None:
        key, now = f"{self.prefix}{self.number}-{sequence}", datetime.datetime.now(datetime.timezone.utc)
        row = (key, f"m{sequence % 7}", None, f"memory {sequence}", "ADD")
        row += (now, now.replace(tzinfo=None), 0, None, "user")
        changes: list[Change] = [("history", key, row)]
        statement, values = WHOLE, [*row]
        earlier = f"{self.prefix}{self.number}-{sequence - 3}"
        before = self.known["history"].get(earlier)
        if sequence % 5 == 0 and before:
            changes.append(("history", earlier, (*before[:3], f"changed {sequence}", *before[4:])))
            statement = f"BEGIN; {WHOLE}; UPDATE history SET new_memory = %s WHERE id = %s; COMMIT"
            values += [f"changed {sequence}", earlier]
        elif sequence % 7 == 0 and before:
            changes.append(("history", earlier, None))
            statement = f"BEGIN; {WHOLE}; DELETE FROM history WHERE id = %s; COMMIT"
            values += [earlier]
        elif sequence % 3 == 0:
            note = (key, sequence, {"a": [1, None]}, b"\x00\xff", decimal.Decimal("1.500"))
            changes.append(("notes", key, note))
            statement = f"BEGIN; {WHOLE}; {NOTE}; COMMIT"
            values += [key, sequence]
        self.unanswered.append(changes)
        c.execute(statement, values)
        apply(self.unanswered.pop(), self.known)
        self.acknowledged += 1

    def stop(self) -> None:
        self.stopping.set()
        self.join(60)
        assert not self.is_alive(), "a writer hangs"
        assert not self.unexpected, self.unexpected[0]


def apply(changes: list[Change], tables: dict[str, dict[str, tuple]]) -> None:
    for table, key, row in changes:
        if row is None:
            del tables[table][key]
        else:
            tables[table][key] = row


class Crowd:
    """Several writers at once."""

    def __init__(self, url: str, count: int = 8, prefix: str = "", limit: int | None = None):
        self.writers = [Writer(url, n, prefix, limit) for n in range(count)]
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


def check_told(crowds: Iterable[Crowd], query: Callable[[str], list[tuple]]) -> None:
    """The rows are what the clients were told, in all columns; of a transaction that was not
    answered there is all or nothing."""
    found = {table: query(ordered) for table, ordered in ORDERED.items()}
    ids = {table: {row[0] for row in rows} for table, rows in found.items()}
    told: dict[str, dict[str, tuple]] = {table: {} for table in ORDERED}
    for writer in (w for crowd in crowds for w in crowd.writers):
        for table, rows in writer.known.items():
            told[table].update(rows)
        for changes in writer.unanswered:
            table, inserted, _ = changes[0]
            if inserted in ids[table]:
                apply(changes, told)
    for table, rows in found.items():
        compare(table, rows, [told[table][key] for key in sorted(told[table])])


def checksum(rows: Iterable[tuple]) -> str:
    digest, count = hashlib.sha256(), 0
    for row in rows:
        count += 1
        digest.update(repr(tuple(bytes(v) if isinstance(v, memoryview) else v for v in row)).encode())
    return f"{count} rows, {digest.hexdigest()[:16]}"


def compare(what: str, found: list[tuple], expected: list[tuple]) -> None:
    """Both in order, all columns."""
    lost = {r[0] for r in expected} - {r[0] for r in found}
    more = {r[0] for r in found} - {r[0] for r in expected}
    assert not lost and not more, f"{what}: lost {sorted(lost)[:5]}, more {sorted(more)[:5]}"
    assert checksum(found) == checksum(expected), [p for p in zip(found, expected) if p[0] != p[1]][:3]


def rows_of(url: str, query: str) -> list[tuple]:
    connection = psycopg2.connect(url)
    try:
        with connection.cursor() as c:
            c.execute(query)
            return c.fetchall()
    finally:
        connection.close()


def execute(daemon, *statements: str) -> None:
    """Each in a transaction of its own."""
    connection = psycopg2.connect(daemon.target.url())
    connection.autocommit = True
    with connection.cursor() as c:
        for statement in statements:
            c.execute(statement)
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
    """The outbox has no event to wait for from outside. Something has to come there within `seconds`."""
    deadline, before = time.monotonic() + seconds, None
    while (position := outbox_position(daemon.storage))[0] != position[1]:
        if position[1] != before:
            deadline, before = time.monotonic() + seconds, position[1]
        assert time.monotonic() < deadline, f"{position}\n{daemon.log_tail()}"
        time.sleep(0.02)


def same_everywhere(daemon, cluster, tables: Iterable[str] = tuple(ORDERED)) -> None:
    for table in tables:
        same_rows(daemon, cluster, ORDERED[table])


def same_rows(daemon, cluster, query: str) -> list[tuple]:
    """Rows in PostgreSQL = rows historyd serves = rows in the SQLite file, all columns, in order."""
    there = cluster.rows(query)
    compare(query, there, rows_of(daemon.target.url(), query))
    with sqlite3.connect(f"file:{daemon.storage}?mode=ro", uri=True, timeout=20) as file:
        in_file = file.execute(query).fetchall()
    assert len(in_file) == len(there)
    compare(query, there, [as_read(row, like) for row, like in zip(in_file, there)])
    return there


def as_read(row: tuple, like: tuple) -> tuple:
    """What SQLite has stored, as the value that a driver makes of PostgreSQL's."""
    return tuple(value if value is None else value_like(value, other) for value, other in zip(row, like))


def value_like(stored, other):
    if isinstance(other, datetime.datetime):
        moment = datetime.datetime.fromisoformat(stored)
        if other.tzinfo is None:
            return moment
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=datetime.timezone.utc)
        return moment.astimezone(datetime.timezone.utc)
    if isinstance(other, (dict, list)):
        return json.loads(stored)
    return decimal.Decimal(stored) if isinstance(other, decimal.Decimal) else stored
