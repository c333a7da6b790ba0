"""Advisory locks that have to be waited for."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import psycopg2
import psycopg2.errors
import pytest

WAITING = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"


class Client(threading.Thread):
    """Runs statements one after another, on a connection of its own."""

    def __init__(self, url: str, *statements: str):
        super().__init__()
        self.connection = psycopg2.connect(url)
        self.connection.autocommit = True
        self.statements = statements
        self.error: psycopg2.Error | None = None

    def run(self) -> None:
        try:
            with self.connection.cursor() as c:
                for statement in self.statements:
                    c.execute(statement)
        except psycopg2.Error as error:
            self.error = error

    def ask(self, query: str):
        with self.connection.cursor() as c:
            c.execute(query)
            return c.fetchone()[0]


@pytest.fixture
def clients(url: str) -> Iterator:
    made: list[Client] = []

    def client(*statements: str) -> Client:
        made.append(Client(url, *statements))
        return made[-1]

    yield client
    for c in made:
        if c.is_alive():
            c.connection.cancel()
            c.join()
        c.connection.close()


def wait_until(client: Client, number: int) -> None:
    """So many wait for a lock."""
    while client.ask(WAITING) != number:
        pass


@pytest.mark.parametrize("end", ["unlock", "close", "commit", "rollback"])
def test_who_waits_gets_it(clients, end: str) -> None:
    holder, watcher = clients(), clients()
    kind = "pg_advisory_lock" if end in ("unlock", "close") else "pg_advisory_xact_lock"
    with holder.connection.cursor() as c:
        if kind == "pg_advisory_xact_lock":
            c.execute("BEGIN")
        c.execute(f"SELECT {kind}(1)")
        waiters = [clients("SELECT pg_advisory_lock(1)", "SELECT pg_advisory_unlock(1)") for _ in range(4)]
        for w in waiters:
            w.start()
        wait_until(watcher, len(waiters))
        if end == "close":
            holder.connection.close()
        else:
            c.execute({"unlock": "SELECT pg_advisory_unlock(1)"}.get(end, end))
    for w in waiters:
        w.join(30)
        assert not w.is_alive() and w.error is None
    assert watcher.ask("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'") == 0


def test_one_at_a_time(clients) -> None:
    """A counter that is read and written by many, which the lock alone keeps right."""
    main = clients()
    with main.connection.cursor() as c:
        c.execute("CREATE TABLE counter (n int)")
        c.execute("INSERT INTO counter VALUES (0)")

    class Counter(Client):
        def run(self) -> None:
            for _ in range(25):
                self.ask("SELECT pg_advisory_lock(7)")
                n = self.ask("SELECT n FROM counter")
                with self.connection.cursor() as c:
                    c.execute("UPDATE counter SET n = %s", (n + 1,))
                self.ask("SELECT pg_advisory_unlock(7)")

    counters = [Counter(main.connection.dsn) for _ in range(8)]
    for counter in counters:
        counter.start()
    for counter in counters:
        counter.join(60)
        counter.connection.close()
    assert main.ask("SELECT n FROM counter") == 200
    with main.connection.cursor() as c:
        c.execute("DROP TABLE counter")


def test_a_waiter_can_be_cancelled(clients) -> None:
    holder = clients()
    assert holder.ask("SELECT pg_try_advisory_lock(1)")
    waiter = clients("SELECT pg_advisory_lock(1)")
    waiter.start()
    wait_until(holder, 1)
    waiter.connection.cancel()
    waiter.join(30)
    assert isinstance(waiter.error, psycopg2.errors.QueryCanceled)
    assert holder.ask(WAITING) == 0


def test_a_circle_is_found(clients) -> None:
    first, second = clients("SELECT pg_advisory_lock(2)"), clients("SELECT pg_advisory_lock(1)")
    assert first.ask("SELECT pg_try_advisory_lock(1)") and second.ask("SELECT pg_try_advisory_lock(2)")
    watcher = clients()
    first.start()
    wait_until(watcher, 1)
    second.start()
    # PostgreSQL ends one of the two, here it is the one that closes the circle.
    while first.error is None and second.error is None:
        first.join(0.01)
    victim, other = (first, second) if first.error else (second, first)
    assert isinstance(victim.error, psycopg2.errors.DeadlockDetected)
    victim.connection.close()
    other.join(30)
    assert not other.is_alive() and other.error is None
