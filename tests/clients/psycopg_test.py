"""psycopg 3: extended queries, automatic preparation, pipelines, binary, server cursors, COPY, asyncio."""

from __future__ import annotations

import asyncio
import datetime
import decimal
import uuid
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator

import pytest

psycopg = pytest.importorskip("psycopg", reason="psycopg 3 could not be installed")
from psycopg.rows import dict_row  # noqa: E402
from psycopg.types.json import Jsonb  # noqa: E402

UTC = datetime.timezone.utc


@pytest.fixture
def connection(url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(url) as c:
        c.execute("DROP TABLE IF EXISTS p3")
        c.execute("CREATE TABLE p3 (id int PRIMARY KEY, name text, at timestamptz DEFAULT now(), data jsonb)")
        c.commit()
        yield c


VALUES = [
    (True, "bool"),
    (7, "int2"),
    (42, "int4"),
    (2**40, "int8"),
    (1.5, "float8"),
    (0.5, "float4"),
    (decimal.Decimal("12345.67890"), "numeric"),
    (decimal.Decimal("-0.00010"), "numeric"),
    ("ünï \\ 'q'", "text"),
    ("abc", "varchar"),
    (b"\x00\xff\\", "bytea"),
    (uuid.UUID("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"), "uuid"),
    (datetime.date(2024, 2, 29), "date"),
    (datetime.time(1, 2, 3, 456789), "time"),
    (datetime.datetime(2024, 1, 2, 3, 4, 5, 678901), "timestamp"),
    (datetime.datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC), "timestamptz"),
    (datetime.timedelta(days=3, seconds=5, microseconds=7), "interval"),
    ([1, 2, None], "int4[]"),
    (["a", "b c", 'd"e', None, ""], "text[]"),
    ([datetime.date(2024, 1, 1)], "date[]"),
    ([decimal.Decimal("1.50")], "numeric[]"),
    ({"a": [1, None, "x"]}, "jsonb"),
    ({"a": 1}, "json"),
    (None, "text"),
]


@pytest.mark.parametrize("as_binary", [False, True], ids=["text", "binary"])
@pytest.mark.parametrize(("value", "type_name"), VALUES)
def test_value_round_trip(connection, value, type_name, as_binary) -> None:
    sent = Jsonb(value) if isinstance(value, dict) else value
    style = "%b" if as_binary and not isinstance(value, dict) else "%s"
    got = connection.execute(f"SELECT {style}::{type_name}", (sent,), binary=as_binary).fetchone()
    assert got == (value,)


def test_values_stored_in_a_table(connection) -> None:
    columns = ", ".join(f"c{i} {t}" for i, (_, t) in enumerate(VALUES))
    connection.execute(f"DROP TABLE IF EXISTS kinds; CREATE TABLE kinds ({columns})")
    row = tuple(Jsonb(v) if isinstance(v, dict) else v for v, _ in VALUES)
    connection.execute(f"INSERT INTO kinds VALUES ({', '.join(['%s'] * len(row))})", row)
    for binary in (False, True):
        assert connection.execute("SELECT * FROM kinds", binary=binary).fetchone() == tuple(
            v for v, _ in VALUES
        )


def test_automatic_preparation(connection) -> None:
    for n in range(12):
        connection.execute("INSERT INTO p3 (id, name) VALUES (%s, %s)", (n, f"n{n}"))
        assert connection.execute("SELECT name FROM p3 WHERE id = %s", (n,)).fetchone() == (f"n{n}",)
    connection.commit()
    assert connection.execute("SELECT count(*) FROM p3").fetchone() == (12,)


def test_prepared_after_a_schema_change(connection) -> None:
    for n in range(8):
        connection.execute("SELECT id FROM p3 WHERE id = %s", (n,))
    connection.execute("ALTER TABLE p3 ADD COLUMN extra int DEFAULT 5")
    assert connection.execute("SELECT id FROM p3 WHERE id = %s", (1,)).fetchone() is None
    connection.execute("INSERT INTO p3 (id) VALUES (1)")
    assert connection.execute("SELECT extra FROM p3").fetchone() == (5,)


def test_pipeline(connection) -> None:
    with connection.pipeline() as pipeline:
        for n in range(50):
            connection.execute("INSERT INTO p3 (id, name) VALUES (%s, %s)", (n, "p"))
        middle = connection.execute("SELECT count(*) FROM p3")
        pipeline.sync()
        assert middle.fetchone() == (50,)
        last = connection.execute("SELECT max(id) FROM p3")
    assert last.fetchone() == (49,)
    connection.commit()


def test_pipeline_results_before_sync(connection) -> None:
    with connection.pipeline():
        assert connection.execute("SELECT 1").fetchone() == (1,)
        assert connection.execute("SELECT 2").fetchone() == (2,)


def test_pipeline_error(connection) -> None:
    connection.autocommit = True
    with pytest.raises(psycopg.errors.DivisionByZero), connection.pipeline() as pipeline:
        connection.execute("INSERT INTO p3 (id) VALUES (1)")
        pipeline.sync()
        connection.execute("INSERT INTO p3 (id) VALUES (2)")
        connection.execute("SELECT 1/0")
        connection.execute("INSERT INTO p3 (id) VALUES (3)")
        pipeline.sync()
    assert connection.execute("SELECT array_agg(id) FROM p3").fetchone() == ([1],)


def test_executemany_and_returning(connection) -> None:
    with connection.cursor() as c:
        c.executemany(
            "INSERT INTO p3 (id, name) VALUES (%s, %s) RETURNING id",
            [(n, "m") for n in range(40)],
            returning=True,
        )
        got = []
        while True:
            got += c.fetchall()
            if not c.nextset():
                break
        assert got == [(n,) for n in range(40)]


def test_transactions_nest(connection) -> None:
    with connection.transaction():
        connection.execute("INSERT INTO p3 (id) VALUES (1)")
        with pytest.raises(psycopg.errors.UniqueViolation), connection.transaction():
            connection.execute("INSERT INTO p3 (id) VALUES (1)")
        with connection.transaction(force_rollback=True):
            connection.execute("INSERT INTO p3 (id) VALUES (2)")
        connection.execute("INSERT INTO p3 (id) VALUES (3)")
    assert connection.execute("SELECT array_agg(id ORDER BY id) FROM p3").fetchone() == ([1, 3],)


def test_server_cursor(connection) -> None:
    connection.execute("INSERT INTO p3 (id) SELECT n FROM generate_series(1, 250) n")
    with connection.cursor("srv") as c:
        c.itersize = 40
        c.execute("SELECT id, name FROM p3 ORDER BY id")
        assert [d.name for d in c.description] == ["id", "name"]
        assert c.fetchone() == (1, None) and len(c.fetchmany(9)) == 9
        assert [row[0] for row in c] == list(range(11, 251))
    with connection.cursor("scroll", scrollable=True, row_factory=dict_row) as c:
        c.execute("SELECT id FROM p3 ORDER BY id")
        c.scroll(100)
        assert c.fetchone() == {"id": 101}
        c.scroll(0, mode="absolute")
        assert c.fetchone() == {"id": 1}


def test_server_cursor_with_parameters(connection) -> None:
    connection.execute("INSERT INTO p3 (id, name) SELECT n, 'n' || n FROM generate_series(1, 50) n")
    with connection.cursor("srv") as c:
        c.execute("SELECT id, %s || name FROM p3 WHERE id > %s AND name LIKE %s ORDER BY id", ("-", 47, "n%"))
        assert c.fetchall() == [(48, "-n48"), (49, "-n49"), (50, "-n50")]
    connection.commit()
    with connection.cursor("held", withhold=True) as c:
        c.execute("SELECT id FROM p3 WHERE id = ANY(%s) ORDER BY id", ([3, 1, 2],))
        connection.commit()
        assert [row[0] for row in c] == [1, 2, 3]


def test_explain_with_parameters(connection) -> None:
    plan = connection.execute("EXPLAIN ANALYZE SELECT name FROM p3 WHERE id = %s", (1,)).fetchall()
    assert "p3" in plan[0][0] and plan[-1][0].startswith("Execution Time: ")


def test_explain_as_data(connection) -> None:
    """As pgAdmin and Django ask: json is read by the driver, a tree of nodes below one."""
    asked = "SELECT name FROM p3 WHERE id = 1 UNION SELECT name FROM p3 WHERE name < 'a\"<'"
    plan = connection.execute(f"EXPLAIN (FORMAT JSON, ANALYZE) {asked}").fetchone()[0][0]
    assert plan["Execution Time"] >= 0 and "p3" in str(plan["Plan"]["Plans"][0]["Plans"])
    text = connection.execute(f"EXPLAIN (FORMAT XML) {asked}").fetchone()[0]
    name = "{http://www.postgresql.org/2009/explain}"
    top = ElementTree.fromstring(text).find(f"{name}Query/{name}Plan")
    assert top.find(f"{name}Node-Type").text == plan["Plan"]["Node Type"]
    assert len(top.find(f"{name}Plans")) == len(plan["Plan"]["Plans"])


def test_binary_server_cursor(connection) -> None:
    with connection.cursor("bin", binary=True) as c:
        c.execute("SELECT 1::int8, 'x'::text, 1.5::numeric, now()::timestamptz IS NOT NULL")
        assert c.fetchone() == (1, "x", decimal.Decimal("1.5"), True)


def test_stream(connection) -> None:
    with connection.cursor() as c:
        assert [n for (n,) in c.stream("SELECT n FROM generate_series(1, 1000) n")] == list(range(1, 1001))


@pytest.mark.parametrize(
    ("sql", "name"),
    [
        ("SELECT * FROM nowhere", "UndefinedTable"),
        ("SELECT nothing FROM p3", "UndefinedColumn"),
        ("SELECT 1/0", "DivisionByZero"),
        ("INSERT INTO p3 (name) VALUES ('x')", "NotNullViolation"),
        ("SELECT 'x'::int", "InvalidTextRepresentation"),
    ],
)
def test_error_classes(connection, sql, name) -> None:
    with pytest.raises(getattr(psycopg.errors, name)):
        connection.execute(sql)
    assert connection.info.transaction_status == psycopg.pq.TransactionStatus.INERROR
    connection.rollback()
    assert connection.execute("SELECT %s::int", (1,)).fetchone() == (1,)


def test_notices_and_status(connection) -> None:
    heard = []
    connection.add_notice_handler(lambda d: heard.append((d.severity, d.sqlstate, d.message_primary)))
    connection.execute("DROP TABLE IF EXISTS never_was")
    assert heard == [("NOTICE", "00000", 'table "never_was" does not exist, skipping')]
    assert connection.info.server_version // 10000 == 15
    assert connection.info.encoding == "utf-8"


def test_copy(connection) -> None:
    with connection.cursor() as c:
        with c.copy("COPY p3 (id, name) FROM STDIN") as copy:
            for n in range(100):
                copy.write_row((n, None if n % 10 == 0 else f"c\t{n}"))
        assert c.rowcount == 100
        with c.copy("COPY (SELECT id, name FROM p3 ORDER BY id LIMIT 2) TO STDOUT") as copy:
            assert list(copy.rows()) == [("0", None), ("1", "c\t1")]


def test_type_information(connection) -> None:
    info = psycopg.types.TypeInfo.fetch(connection, "jsonb")
    assert (info.name, info.oid, info.array_oid) == ("jsonb", 3802, 3807)
    assert psycopg.types.TypeInfo.fetch(connection, "hstore") is None


def test_cancel(connection) -> None:
    async def sleep_and_cancel() -> None:
        async with await psycopg.AsyncConnection.connect(connection_string(connection)) as c:
            task = asyncio.create_task(c.execute("SELECT pg_sleep(30)"))
            await asyncio.sleep(0.2)
            await asyncio.to_thread(c.cancel)
            with pytest.raises(psycopg.errors.QueryCanceled):
                await task
            await c.rollback()
            cursor = await c.execute("SELECT 1")
            assert await cursor.fetchone() == (1,)

    asyncio.run(sleep_and_cancel())


def connection_string(connection) -> str:
    info = connection.info
    return f"postgresql://{info.user}@{info.host}:{info.port}/{info.dbname}"


def test_async_sessions(connection) -> None:
    async def write(n: int) -> None:
        async with await psycopg.AsyncConnection.connect(connection_string(connection), autocommit=True) as c:
            for k in range(10):
                await c.execute("INSERT INTO p3 (id, name) VALUES (%s, %s)", (n * 100 + k, "a"))

    async def all_of_them() -> None:
        await asyncio.gather(*(write(n) for n in range(20)))

    asyncio.run(all_of_them())
    assert connection.execute("SELECT count(*), count(DISTINCT id) FROM p3").fetchone() == (200, 200)
