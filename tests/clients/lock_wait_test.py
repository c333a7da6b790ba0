"""What may not wait behind another transaction: NOWAIT and lock_timeout."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import psycopg2
import psycopg2.errors
import psycopg2.extensions
import pytest

Connection = psycopg2.extensions.connection


@pytest.fixture
def two(url: str) -> Iterator[tuple[Connection, Connection]]:
    """The first holds row 1 of `contended` in an open transaction; the second commits each statement by itself."""
    holder, other = psycopg2.connect(url), psycopg2.connect(url)
    other.autocommit = True
    with other.cursor() as c:
        c.execute("DROP TABLE IF EXISTS contended; CREATE TABLE contended (id int PRIMARY KEY, v int)")
        c.execute("INSERT INTO contended VALUES (1, 0), (2, 0)")
    with holder.cursor() as c:
        c.execute("UPDATE contended SET v = 1 WHERE id = 1")
    yield holder, other
    for connection in (holder, other):
        connection.rollback()
    with other.cursor() as c:
        c.execute("DROP TABLE IF EXISTS contended")
    holder.close()
    other.close()


def refused(connection: Connection, *statements: str) -> str:
    """What the last of them is refused with."""
    with connection.cursor() as c:
        for statement in statements[:-1]:
            c.execute(statement)
        with pytest.raises(psycopg2.errors.LockNotAvailable) as error:
            c.execute(statements[-1])
        c.execute("ROLLBACK")
    return error.value.diag.message_primary


@pytest.mark.parametrize("clause", ["FOR UPDATE", "FOR NO KEY UPDATE", "FOR SHARE"])
def test_rows_nowait(two, clause: str) -> None:
    holder, other = two
    wanted = f"SELECT v FROM contended AS c WHERE id = 1 {clause} NOWAIT"
    assert refused(other, "BEGIN", wanted) == 'could not obtain lock on row in relation "contended"'
    holder.commit()
    with other.cursor() as c:
        c.execute("BEGIN")
        c.execute(wanted)
        assert c.fetchall() == [(1,)]
        c.execute("COMMIT")


def test_table_nowait(two) -> None:
    holder, other = two
    assert (
        refused(other, "BEGIN", "LOCK TABLE contended NOWAIT") == 'could not obtain lock on relation "contended"'
    )
    holder.commit()
    with other.cursor() as c:
        c.execute("BEGIN")
        c.execute("LOCK TABLE contended NOWAIT")
        c.execute("COMMIT")


@pytest.mark.parametrize("end", ["COMMIT", "ROLLBACK"])
def test_the_end_of_a_transaction_lets_go_first(two, end: str) -> None:
    """Who hears that another has ended finds nothing held: PostgreSQL lets go before it answers."""
    holder, other = two
    holder.rollback()
    holder.autocommit = True
    with holder.cursor() as h, other.cursor() as o:
        for _ in range(300):
            h.execute("BEGIN")
            h.execute("UPDATE contended SET v = v + 1 WHERE id = 1")
            h.execute(end)
            o.execute("BEGIN")
            o.execute("SELECT v FROM contended WHERE id = 1 FOR UPDATE NOWAIT")
            o.execute("ROLLBACK")


@pytest.mark.parametrize(
    "statements",
    [
        ("UPDATE contended SET v = 2 WHERE id = 1",),
        ("BEGIN", "UPDATE contended SET v = 2 WHERE id = 1"),
        ("BEGIN", "SELECT v FROM contended WHERE id = 1 FOR UPDATE"),
        ("BEGIN", "LOCK TABLE contended"),
        ("DROP TABLE contended",),
    ],
)
def test_lock_timeout(two, statements: tuple[str, ...]) -> None:
    holder, other = two
    message = refused(other, "SET lock_timeout = '30ms'", *statements)
    assert message == "canceling statement due to lock timeout"
    with other.cursor() as c:
        c.execute("SET lock_timeout = 0")
        holder.commit()
        for statement in statements:
            c.execute(statement)
        if len(statements) > 1:
            c.execute("ROLLBACK")


def test_a_savepoint_asks_for_the_writer(two) -> None:
    """Insert, and if the key is taken go on: another transaction's key is told at the INSERT, not at COMMIT."""
    holder, other = two
    with holder.cursor() as c:
        c.execute("INSERT INTO contended VALUES (3, 0)")
    with other.cursor() as c:
        c.execute("BEGIN")
        c.execute("INSERT INTO contended VALUES (4, 0)")
        c.execute("SAVEPOINT attempt")
        committed = threading.Timer(0.3, holder.commit)
        committed.start()
        with pytest.raises(psycopg2.errors.UniqueViolation):
            c.execute("INSERT INTO contended VALUES (3, 1)")
        committed.join()
        c.execute("ROLLBACK TO attempt")
        c.execute("SELECT v FROM contended WHERE id = 3")
        assert c.fetchall() == [(0,)]
        c.execute("COMMIT")
        c.execute("SELECT id FROM contended ORDER BY id")
        assert c.fetchall() == [(1,), (2,), (3,), (4,)]
