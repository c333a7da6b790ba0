"""Several applications share one daemon; some may only read."""

from __future__ import annotations

import pathlib

import pytest
import wire
from guarded import Begin, Guarded

TRUST = [{"type": "host", "address": "127.0.0.1", "method": "trust"}]
READER = [{"type": "host", "user": "reader", "method": "trust", "access": "read-only"}, *TRUST]


def session(daemon: Guarded, user: str = "app", database: str = "mem0") -> wire.Connection:
    return wire.Connection(daemon.target._replace(user=user, database=database))


def refused(daemon: Guarded, user: str, database: str) -> dict[str, str]:
    c = wire.Connection(daemon.target, start=False)
    c.send(wire.startup(user=user, database=database))
    messages = c.read_until_ready()
    return next(wire.error_fields(m.body) for m in messages if m.type == "E")


@pytest.fixture
def two(begin: Begin, tmp_path: pathlib.Path) -> Guarded:
    return begin(
        TRUST,
        {
            "databases.one": {"path": str(tmp_path / "one.db")},
            "databases.two": {"path": str(tmp_path / "two.db"), "users": ["ann", "bob"]},
        },
    )


def test_each_has_its_file(two: Guarded, tmp_path: pathlib.Path) -> None:
    with session(two, database="one") as one, session(two, "ann", "two") as other:
        assert not one.simple("CREATE TABLE t (a int); INSERT INTO t VALUES (1)").error
        assert other.simple("SELECT * FROM t").error["C"] == "42P01"
        assert one.simple("SELECT * FROM two.public.t").error["C"] == "0A000"
        for c, name in ((one, "one"), (other, "two")):
            assert c.rows("SELECT current_database(), current_catalog") == [(name, name)]
            assert c.rows("SELECT datname FROM pg_database ORDER BY 1") == [("one",), ("two",)]
            assert c.rows(
                "SELECT count(*) FROM pg_database WHERE datname = current_database() AND oid = "
                "(SELECT oid FROM pg_database WHERE datname = current_database())"
            ) == [("1",)]
    assert (tmp_path / "one.db").exists() and (tmp_path / "two.db").exists()
    assert not two.storage.exists()


def test_unknown_and_forbidden_ones(two: Guarded) -> None:
    unknown = refused(two, "app", "three")
    assert (unknown["S"], unknown["C"], unknown["M"]) == ("FATAL", "3D000", 'database "three" does not exist')
    forbidden = refused(two, "app", "two")
    assert (forbidden["C"], forbidden["M"]) == ("42501", 'permission denied for database "two"')
    session(two, "bob", "two").close()


def test_without_any_every_name_is_the_file(begin: Begin) -> None:
    daemon = begin(TRUST)
    with session(daemon, database="a") as a, session(daemon, database="b") as b:
        assert not a.simple("CREATE TABLE t (x int)").error
        assert b.rows("SELECT count(*) FROM t") == [("0",)]
        assert b.rows("SELECT datname FROM pg_database") == [("b",)]


WRITES = [
    "INSERT INTO t VALUES (2, 'b')",
    "UPDATE t SET b = 'c'",
    "DELETE FROM t",
    "TRUNCATE t",
    "CREATE TABLE u (a int)",
    "CREATE INDEX i ON t (b)",
    "ALTER TABLE t ADD COLUMN c int",
    "DROP TABLE t",
    "COPY t FROM STDIN",
    "INSERT INTO t VALUES (3, 'x') RETURNING a",
    "INSERT INTO t VALUES (1, 'x') ON CONFLICT (a) DO NOTHING",
    "SELECT nextval('s')",
    "SELECT setval('s', 5)",
    "SELECT * FROM t FOR UPDATE",
    "COMMENT ON TABLE t IS 'x'",
    "CREATE VIEW v AS SELECT 1",
    "BEGIN; LOCK TABLE t; COMMIT",
]


@pytest.fixture
def reader(begin: Begin) -> wire.Connection:
    daemon = begin(READER)
    with session(daemon) as c:
        created = c.simple(
            "CREATE TABLE t (a int PRIMARY KEY, b text); INSERT INTO t VALUES (1, 'a'); CREATE SEQUENCE s"
        )
        assert not created.error
    return session(daemon, "reader")


def test_a_reader_reads_and_nothing_else(reader: wire.Connection) -> None:
    for attempt in (
        "SELECT 1",
        "SET default_transaction_read_only = off",
        "BEGIN; SET TRANSACTION READ WRITE",
        "ROLLBACK; BEGIN READ WRITE",
        "ROLLBACK; SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE",
        "SELECT set_config('transaction_read_only', 'off', false)",
    ):
        reader.simple(attempt)
        for sql in WRITES:
            error = reader.simple(sql).error
            assert error and error["C"] in ("25006", "25P02"), (attempt, sql, error)
            reader.simple("ROLLBACK")
    error = reader.simple("DELETE FROM t").error
    assert error["M"] == "cannot execute DELETE in a read-only transaction"
    assert '"reader" may only read' in error["H"]
    for sql in WRITES[:6]:
        assert reader.extended(sql).error["C"] == "25006"
    assert reader.rows("SELECT a, b FROM t") == [("1", "a")]


def test_a_reader_is_told_so_at_once(reader: wire.Connection) -> None:
    said = dict(
        m.body[:-1].decode().split("\0") for m in reader.startup_messages if m.type == "S"
    )
    assert said["default_transaction_read_only"] == "on"


def test_read_only_transactions_copy_nothing_in(begin: Begin) -> None:
    with session(begin(TRUST)) as c:
        c.simple("CREATE TABLE t (a int)")
        c.simple("BEGIN READ ONLY")
        assert c.simple("COPY t FROM STDIN").error["M"] == (
            "cannot execute COPY FROM in a read-only transaction"
        )
