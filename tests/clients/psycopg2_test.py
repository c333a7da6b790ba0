"""psycopg2: simple queries with literals inlined, as SQLAlchemy and the mem0 patch use it."""

from __future__ import annotations

import concurrent.futures
import datetime
import decimal
import io
import threading
import uuid
from collections.abc import Iterator

import psycopg2
import psycopg2.errors
import psycopg2.extensions
import psycopg2.extras
import pytest

UTC = datetime.timezone.utc


@pytest.fixture
def connection(url: str) -> Iterator[psycopg2.extensions.connection]:
    c = psycopg2.connect(url)
    with c.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS p2")
        cursor.execute("CREATE TABLE p2 (id int PRIMARY KEY, name text, at timestamptz DEFAULT now())")
    c.commit()
    yield c
    c.close()


VALUES = [
    (True, "bool"),
    (42, "int4"),
    (2**40, "int8"),
    (1.5, "float8"),
    (float("inf"), "float8"),
    (decimal.Decimal("1.10"), "numeric"),
    ('it\'s; "quoted" \\ ünï\n', "text"),
    (datetime.date(2024, 2, 29), "date"),
    (datetime.time(1, 2, 3, 456789), "time"),
    (datetime.datetime(2024, 1, 2, 3, 4, 5, 678901), "timestamp"),
    (datetime.datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC), "timestamptz"),
    (datetime.timedelta(days=3, seconds=5, microseconds=7), "interval"),
    ([1, 2, None], "int4[]"),
    (["a", "b c", 'd"e', None, ""], "text[]"),
    (None, "text"),
    ({"a": [1, None, "x"]}, "jsonb"),
]


@pytest.mark.parametrize(("value", "type_name"), VALUES)
def test_value_round_trip(connection, value, type_name) -> None:
    sent = psycopg2.extras.Json(value) if isinstance(value, dict) else value
    with connection.cursor() as c:
        c.execute(f"SELECT %s::{type_name}", (sent,))
        assert c.fetchone() == (value,)


def test_bytes_and_uuid(connection) -> None:
    psycopg2.extras.register_uuid(conn_or_curs=connection)
    data, key = bytes(range(256)), uuid.uuid4()
    with connection.cursor() as c:
        c.execute("SELECT %s::bytea, %s::uuid", (data, key))
        got, got_key = c.fetchone()
    assert bytes(got) == data and got_key == key


def test_description(connection) -> None:
    with connection.cursor() as c:
        c.execute("SELECT id, name, at, 1.5::numeric(6,2) AS n FROM p2")
        assert [(d.name, d.type_code) for d in c.description] == [
            ("id", 23),
            ("name", 25),
            ("at", 1184),
            ("n", 1700),
        ]
        assert (c.description[3].precision, c.description[3].scale) == (6, 2)


def test_server_parameters(connection) -> None:
    assert connection.server_version // 10000 == 15
    assert connection.get_parameter_status("server_encoding") == "UTF8"
    assert connection.get_parameter_status("standard_conforming_strings") == "on"
    assert connection.encoding == "UTF8"


def test_insert_returning_and_rowcount(connection) -> None:
    with connection, connection.cursor() as c:
        c.execute("INSERT INTO p2 (id, name) VALUES (%s, %s) RETURNING id, at", (1, "x"))
        key, at = c.fetchone()
        assert key == 1 and at.tzinfo is not None
        c.executemany("INSERT INTO p2 (id, name) VALUES (%s, %s)", [(n, f"n{n}") for n in range(2, 12)])
        c.execute("UPDATE p2 SET name = upper(name) WHERE id > 5")
        assert c.rowcount == 6 and c.statusmessage == "UPDATE 6"
        c.execute("SELECT count(*) FROM p2")
        assert c.fetchone() == (11,)


def test_execute_values_and_batch(connection) -> None:
    with connection.cursor() as c:
        rows = [(n, f"v{n}") for n in range(500)]
        got = psycopg2.extras.execute_values(
            c, "INSERT INTO p2 (id, name) VALUES %s RETURNING id", rows, fetch=True
        )
        assert sorted(got) == [(n,) for n in range(500)]
        psycopg2.extras.execute_batch(
            c, "UPDATE p2 SET name = %s WHERE id = %s", [("b", n) for n in range(0, 500, 5)]
        )
        c.execute("SELECT count(*) FROM p2 WHERE name = 'b'")
        assert c.fetchone() == (100,)
    connection.commit()


def test_dict_cursor(connection) -> None:
    with connection.cursor(cursor_factory=psycopg2.extras.RealDictCursor) as c:
        c.execute("SELECT 1 AS a, 'x' AS b")
        assert c.fetchone() == {"a": 1, "b": "x"}


def test_commit_rollback_are_seen(connection, url) -> None:
    with connection.cursor() as c, psycopg2.connect(url) as other, other.cursor() as seen:
        other.autocommit = True
        c.execute("INSERT INTO p2 (id) VALUES (1)")
        seen.execute("SELECT count(*) FROM p2")
        assert seen.fetchone() == (0,)
        connection.commit()
        seen.execute("SELECT count(*) FROM p2")
        assert seen.fetchone() == (1,)
        c.execute("DELETE FROM p2")
        connection.rollback()
        seen.execute("SELECT count(*) FROM p2")
        assert seen.fetchone() == (1,)


ERRORS = [
    ("SELECT * FROM nowhere", psycopg2.errors.UndefinedTable),
    ("SELECT nothing FROM p2", psycopg2.errors.UndefinedColumn),
    ("SELEC 1", psycopg2.errors.SyntaxError),
    ("SELECT 1/0", psycopg2.errors.DivisionByZero),
    ("SELECT 'x'::int", psycopg2.errors.InvalidTextRepresentation),
    ("INSERT INTO p2 (id) VALUES (7), (7)", psycopg2.errors.UniqueViolation),
    ("INSERT INTO p2 (name) VALUES ('x')", psycopg2.errors.NotNullViolation),
    ("SELECT no_such_function()", psycopg2.errors.UndefinedFunction),
    ("SELECT 2147483647 + 1", psycopg2.errors.NumericValueOutOfRange),
]


@pytest.mark.parametrize(("sql", "error"), ERRORS)
def test_error_class_and_failed_transaction(connection, sql, error) -> None:
    with connection.cursor() as c:
        with pytest.raises(error):
            c.execute(sql)
        assert connection.info.transaction_status == psycopg2.extensions.TRANSACTION_STATUS_INERROR
        with pytest.raises(psycopg2.errors.InFailedSqlTransaction):
            c.execute("SELECT 1")
        connection.rollback()
        c.execute("SELECT 1")
        assert c.fetchone() == (1,)


def test_error_diagnostics(connection) -> None:
    with connection.cursor() as c:
        c.execute("INSERT INTO p2 (id) VALUES (1)")
        with pytest.raises(psycopg2.errors.UniqueViolation) as caught:
            c.execute("INSERT INTO p2 (id) VALUES (1)")
    d = caught.value.diag
    assert (d.schema_name, d.table_name, d.constraint_name) == ("public", "p2", "p2_pkey")
    assert d.message_detail == "Key (id)=(1) already exists." and d.severity == "ERROR"


def test_notices(connection) -> None:
    with connection.cursor() as c:
        c.execute("DROP TABLE IF EXISTS never_was")
    assert connection.notices[-1] == 'NOTICE:  table "never_was" does not exist, skipping\n'


def test_named_cursor(connection) -> None:
    with connection.cursor() as c:
        c.execute("INSERT INTO p2 (id) SELECT n FROM generate_series(1, 300) n")
    with connection.cursor("server side") as c:
        c.itersize = 50
        c.execute("SELECT id FROM p2 ORDER BY id")
        assert c.fetchone() == (1,) and c.fetchmany(3) == [(2,), (3,), (4,)]
        assert [row[0] for row in c] == list(range(5, 301))
    with connection.cursor("scrolling", scrollable=True) as c:
        c.execute("SELECT id FROM p2 ORDER BY id")
        c.scroll(10)
        assert c.fetchone() == (11,)
        c.scroll(-5)
        assert c.fetchone() == (7,)


def test_autocommit_and_multi_statements(connection) -> None:
    connection.autocommit = True
    with connection.cursor() as c:
        c.execute("INSERT INTO p2 (id) VALUES (1); INSERT INTO p2 (id) VALUES (2); SELECT count(*) FROM p2")
        assert c.fetchone() == (2,)
        with pytest.raises(psycopg2.errors.UniqueViolation):
            c.execute("INSERT INTO p2 (id) VALUES (3); INSERT INTO p2 (id) VALUES (1)")
        c.execute("SELECT count(*) FROM p2")
        assert c.fetchone() == (2,)


def test_savepoints(connection) -> None:
    with connection, connection.cursor() as c:
        c.execute("INSERT INTO p2 (id) VALUES (1)")
        c.execute("SAVEPOINT s")
        with pytest.raises(psycopg2.errors.UniqueViolation):
            c.execute("INSERT INTO p2 (id) VALUES (1)")
        c.execute("ROLLBACK TO SAVEPOINT s")
        c.execute("INSERT INTO p2 (id) VALUES (2)")
    with connection.cursor() as c:
        c.execute("SELECT array_agg(id ORDER BY id) FROM p2")
        assert c.fetchone() == ([1, 2],)


def test_isolation_levels(connection) -> None:
    connection.set_session(isolation_level="REPEATABLE READ", readonly=True)
    with connection.cursor() as c:
        c.execute("SHOW transaction_isolation")
        assert c.fetchone() == ("repeatable read",)
        with pytest.raises(psycopg2.errors.ReadOnlySqlTransaction):
            c.execute("INSERT INTO p2 (id) VALUES (1)")


def test_cancel(connection) -> None:
    with connection.cursor() as c:
        timer = threading.Timer(0.2, connection.cancel)
        timer.start()
        with pytest.raises(psycopg2.errors.QueryCanceled):
            c.execute("SELECT pg_sleep(30)")
        timer.join()
        connection.rollback()
        c.execute("SELECT 1")
        assert c.fetchone() == (1,)


def test_copy(connection) -> None:
    with connection.cursor() as c:
        c.copy_expert("COPY p2 (id, name) FROM STDIN", io.StringIO("1\ta\\tb\n2\t\\N\n"))
        assert c.rowcount == 2
        out = io.StringIO()
        c.copy_expert("COPY (SELECT id, name FROM p2 ORDER BY id) TO STDOUT WITH (FORMAT csv)", out)
        assert out.getvalue() == "1,a\tb\n2,\n"


def test_time_zone(connection) -> None:
    with connection.cursor() as c:
        c.execute("SET TIME ZONE 'America/New_York'")
        c.execute("SELECT timestamptz '2024-07-01 12:00+00'")
        at = c.fetchone()[0]
    assert at == datetime.datetime(2024, 7, 1, 12, tzinfo=UTC) and at.utcoffset() == datetime.timedelta(
        hours=-4
    )
    assert connection.get_parameter_status("TimeZone") == "America/New_York"


def test_threads_writing(connection, url) -> None:
    def write(thread: int) -> None:
        with psycopg2.connect(url) as c, c.cursor() as cursor:
            for n in range(25):
                cursor.execute("INSERT INTO p2 (id, name) VALUES (%s, %s)", (thread * 1000 + n, "t"))
                c.commit()

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        list(pool.map(write, range(16)))
    with connection.cursor() as c:
        c.execute("SELECT count(*), count(DISTINCT id) FROM p2")
        assert c.fetchone() == (400, 400)


def test_readers_do_not_wait_for_a_writer(connection, url) -> None:
    with connection.cursor() as c, psycopg2.connect(url) as other, other.cursor() as reader:
        c.execute("INSERT INTO p2 (id) VALUES (1)")
        c.execute("UPDATE p2 SET name = 'held'")
        reader.execute("SET statement_timeout = '5s'")
        reader.execute("SELECT count(*) FROM p2")
        assert reader.fetchone() == (0,)
        connection.commit()
        reader.execute("SELECT name FROM p2")
        assert reader.fetchone() == ("held",)
