"""asyncpg: everything prepared, parameters and results binary, types introspected, Flush instead of Sync."""

from __future__ import annotations

import asyncio
import datetime
import decimal
import ipaddress
import json
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

asyncpg = pytest.importorskip("asyncpg", reason="asyncpg could not be installed")

UTC = datetime.timezone.utc
Body = Callable[[Any], Awaitable[None]]


@pytest.fixture
def session(url: str) -> Callable[[Body], None]:
    """Runs a coroutine with a connection and a fresh table."""

    def run(body: Body) -> None:
        async def connected() -> None:
            c = await asyncpg.connect(url, timeout=15)
            try:
                await c.execute(
                    "DROP TABLE IF EXISTS ap; CREATE TABLE ap (id int PRIMARY KEY, name text, at timestamptz DEFAULT now())"
                )
                await body(c)
            finally:
                await c.close(timeout=15)

        asyncio.run(connected())

    return run


VALUES = [
    (True, "bool"),
    (7, "int2"),
    (42, "int4"),
    (2**40, "int8"),
    (1.5, "float8"),
    (0.5, "float4"),
    (decimal.Decimal("12345.67890"), "numeric"),
    ("ünï \\ 'q'", "text"),
    ("abc", "varchar"),
    (b"\x00\xff\\", "bytea"),
    (uuid.UUID("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"), "uuid"),
    (ipaddress.IPv4Interface("10.1.2.3/8"), "inet"),
    (ipaddress.IPv6Address("2001:db8::1"), "inet"),
    (ipaddress.IPv4Network("10.0.0.0/8"), "cidr"),
    ([ipaddress.IPv4Address("1.2.3.4"), None], "inet[]"),
    (datetime.date(2024, 2, 29), "date"),
    (datetime.time(1, 2, 3, 456789), "time"),
    (datetime.datetime(2024, 1, 2, 3, 4, 5, 678901), "timestamp"),
    (datetime.datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC), "timestamptz"),
    (datetime.timedelta(days=3, seconds=5, microseconds=7), "interval"),
    ([1, 2, None], "int4[]"),
    (["a", "b c", None], "text[]"),
    ([uuid.UUID(int=5)], "uuid[]"),
    ('{"a": [1, null]}', "jsonb"),
    ('{"a":  1}', "json"),
    (None, "int4"),
]


@pytest.mark.parametrize(("value", "type_name"), VALUES)
def test_value_round_trip(session, value, type_name) -> None:
    async def body(c) -> None:
        assert await c.fetchval(f"SELECT $1::{type_name}", value) == value
        await c.execute(f"DROP TABLE IF EXISTS kept; CREATE TABLE kept (v {type_name})")
        await c.execute("INSERT INTO kept VALUES ($1)", value)
        assert await c.fetchval("SELECT v FROM kept") == value

    session(body)


def test_fetch_family(session) -> None:
    async def body(c) -> None:
        assert await c.execute("INSERT INTO ap (id, name) VALUES (1, 'a'), (2, 'b')") == "INSERT 0 2"
        rows = await c.fetch("SELECT id, name FROM ap WHERE id >= $1 ORDER BY id", 1)
        assert [dict(r) for r in rows] == [{"id": 1, "name": "a"}, {"id": 2, "name": "b"}]
        assert (await c.fetchrow("SELECT name, id FROM ap WHERE id = $1", 2))["name"] == "b"
        assert await c.fetchrow("SELECT 1 WHERE false") is None
        assert await c.fetchval("SELECT count(*) FROM ap") == 2
        assert await c.fetchval("INSERT INTO ap (id) VALUES ($1) RETURNING id", 3) == 3
        assert await c.fetchval("INSERT INTO ap (id) VALUES (4), (5) RETURNING id") == 4
        assert await c.fetchval("SELECT count(*) FROM ap") == 5

    session(body)


def test_prepared_statement_describes(session) -> None:
    async def body(c) -> None:
        s = await c.prepare("SELECT id, name, at FROM ap WHERE id = $1 AND name LIKE $2 LIMIT $3")
        assert [t.name for t in s.get_parameters()] == ["int4", "text", "int8"]
        assert [(a.name, a.type.name) for a in s.get_attributes()] == [
            ("id", "int4"),
            ("name", "text"),
            ("at", "timestamptz"),
        ]
        insert = await c.prepare("INSERT INTO ap VALUES ($1, $2, $3) RETURNING id")
        assert [t.name for t in insert.get_parameters()] == ["int4", "text", "timestamptz"]
        assert await insert.fetchval(1, "x", datetime.datetime(2024, 1, 1, tzinfo=UTC)) == 1

    session(body)


def test_executemany(session) -> None:
    async def body(c) -> None:
        await c.executemany("INSERT INTO ap (id, name) VALUES ($1, $2)", [(n, f"n{n}") for n in range(300)])
        assert await c.fetchval("SELECT count(*) FROM ap") == 300
        with pytest.raises(asyncpg.UniqueViolationError):
            await c.executemany("INSERT INTO ap (id) VALUES ($1)", [(1000,), (1001,), (5,)])
        assert await c.fetchval("SELECT count(*) FROM ap WHERE id >= 1000") == 0

    session(body)


def test_transactions_nest(session) -> None:
    async def body(c) -> None:
        async with c.transaction():
            await c.execute("INSERT INTO ap (id) VALUES (1)")
            with pytest.raises(asyncpg.UniqueViolationError):
                async with c.transaction():
                    await c.execute("INSERT INTO ap (id) VALUES (1)")
            await c.execute("INSERT INTO ap (id) VALUES (2)")
        assert await c.fetchval("SELECT array_agg(id ORDER BY id) FROM ap") == [1, 2]
        transaction = c.transaction(isolation="serializable", readonly=True)
        await transaction.start()
        with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
            await c.execute("INSERT INTO ap (id) VALUES (9)")
        await transaction.rollback()

    session(body)


def test_cursor(session) -> None:
    async def body(c) -> None:
        await c.execute("INSERT INTO ap (id) SELECT n FROM generate_series(1, 200) n")
        async with c.transaction():
            got = [r["id"] async for r in c.cursor("SELECT id FROM ap ORDER BY id", prefetch=30)]
            assert got == list(range(1, 201))
            cursor = await c.cursor("SELECT id FROM ap ORDER BY id")
            await cursor.forward(50)
            assert (await cursor.fetchrow())["id"] == 51
            assert [r["id"] for r in await cursor.fetch(2)] == [52, 53]

    session(body)


@pytest.mark.parametrize(
    ("sql", "error"),
    [
        ("SELECT * FROM nowhere", "UndefinedTableError"),
        ("SELECT nothing FROM ap", "UndefinedColumnError"),
        ("SELEC 1", "PostgresSyntaxError"),
        ("SELECT 1/0", "DivisionByZeroError"),
        ("INSERT INTO ap (name) VALUES ('x')", "NotNullViolationError"),
        ("SELECT 2147483647 + 1", "NumericValueOutOfRangeError"),
    ],
)
def test_error_classes(session, sql, error) -> None:
    async def body(c) -> None:
        with pytest.raises(getattr(asyncpg, error)):
            await c.fetch(sql)
        assert await c.fetchval("SELECT 1") == 1

    session(body)


def test_json_codec(session) -> None:
    async def body(c) -> None:
        await c.set_type_codec("jsonb", encoder=json.dumps, decoder=json.loads, schema="pg_catalog")
        assert await c.fetchval("SELECT $1::jsonb", {"a": [1, None]}) == {"a": [1, None]}

    session(body)


def test_pool(url, session) -> None:
    async def body(c) -> None:
        async with asyncpg.create_pool(url, min_size=2, max_size=8) as pool:

            async def write(n: int) -> None:
                async with pool.acquire() as held, held.transaction():
                    await held.execute("INSERT INTO ap (id, name) VALUES ($1, $2)", n, "pool")

            await asyncio.gather(*(write(n) for n in range(100)))
            assert await pool.fetchval("SELECT count(*) FROM ap") == 100

    session(body)


def test_timeout_cancels(session) -> None:
    async def body(c) -> None:
        with pytest.raises(asyncio.TimeoutError):
            await c.fetch("SELECT pg_sleep(30)", timeout=0.3)
        assert await c.fetchval("SELECT 1", timeout=10) == 1

    session(body)


def test_settings_and_versions(url, session) -> None:
    async def body(c) -> None:
        assert c.get_server_version().major == 15
        assert c.get_settings().server_encoding == "UTF8"
        other = await asyncpg.connect(url, server_settings={"application_name": "mine", "jit": "off"})
        assert await other.fetchval("SHOW application_name") == "mine"
        await other.reset()
        await other.close()

    session(body)


def test_schema_change_under_cached_statements(session) -> None:
    async def body(c) -> None:
        await c.execute("INSERT INTO ap (id) VALUES (1)")
        assert len(await c.fetchrow("SELECT * FROM ap")) == 3
        await c.execute("ALTER TABLE ap ADD COLUMN extra int DEFAULT 7")
        assert (await c.fetchrow("SELECT * FROM ap"))["extra"] == 7

    session(body)


def test_copy(session) -> None:
    async def body(c) -> None:
        await c.execute("INSERT INTO ap (id, name) VALUES (1, 'a')")
        chunks: list[bytes] = []

        async def keep(data: bytes) -> None:
            chunks.append(data)

        assert await c.copy_from_query("SELECT id, name FROM ap", output=keep, format="csv") == "COPY 1"
        assert b"".join(chunks) == b"1,a\n"

    session(body)
