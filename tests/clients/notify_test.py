"""LISTEN and NOTIFY between connections: what drivers tell their users, and when."""

from __future__ import annotations

import asyncio
import select
from collections.abc import Iterator

import psycopg2
import psycopg2.extensions
import pytest
import servers
import wire

psycopg = pytest.importorskip("psycopg")


def wait_for(connection: psycopg2.extensions.connection, count: int) -> list[tuple[int, str, str]]:
    """The next notifications. The connection is idle: nothing is asked."""
    while len(connection.notifies) < count:
        assert select.select([connection], [], [], 30)[0], f"only {connection.notifies}"
        connection.poll()
    told = [(n.pid, n.channel, n.payload) for n in connection.notifies]
    connection.notifies.clear()
    return told


def connections_to(url: str) -> Iterator:
    made = []

    def connection() -> psycopg2.extensions.connection:
        made.append(psycopg2.connect(url))
        made[-1].autocommit = True
        return made[-1]

    yield connection
    for c in made:
        c.close()


@pytest.fixture
def connect(url: str) -> Iterator:
    yield from connections_to(url)


@pytest.fixture
def connect_historyd(shared_historyd: servers.Historyd) -> Iterator:
    yield from connections_to(shared_historyd.target.url())


def ask(connection: psycopg2.extensions.connection, *statements: str) -> list:
    rows = []
    with connection.cursor() as c:
        for statement in statements:
            c.execute(statement)
            rows = c.fetchall() if c.description else []
    return rows


def test_an_idle_listener_is_told(connect) -> None:
    listener, sender = connect(), connect()
    ask(listener, "LISTEN news", 'LISTEN "Old News"')
    pid = sender.info.backend_pid
    ask(sender, "NOTIFY news", "NOTIFY nobody, 'x'", "SELECT pg_notify('Old News', 'stale'), pg_notify('news', 'é')")
    assert wait_for(listener, 3) == [(pid, "news", ""), (pid, "Old News", "stale"), (pid, "news", "é")]
    ask(sender, "NOTIFY news, 'again'")
    assert wait_for(listener, 1) == [(pid, "news", "again")]
    ask(listener, "UNLISTEN news")
    ask(sender, "NOTIFY news, 'unheard'", "NOTIFY \"Old News\", 'heard'")
    assert wait_for(listener, 1) == [(pid, "Old News", "heard")]


def test_all_listeners_are_told_in_the_order_of_commits(connect) -> None:
    listeners, senders = [connect() for _ in range(5)], [connect() for _ in range(2)]
    for listener in listeners:
        ask(listener, "LISTEN many")
    ask(senders[0], "BEGIN", "NOTIFY many, '0'", "NOTIFY many, '1'")
    ask(senders[1], *(f"NOTIFY many, '{n}'" for n in range(2, 20)))
    ask(senders[0], "COMMIT")
    expected = [str(n) for n in [*range(2, 20), 0, 1]]
    for listener in listeners:
        assert [payload for _, _, payload in wait_for(listener, 20)] == expected


def test_with_the_rows_it_tells_of(connect) -> None:
    """Who is told finds the row; who sends it with RETURNING need not say it twice."""
    listener, sender = connect(), connect()
    ask(listener, "LISTEN row_made")
    ask(sender, "CREATE TABLE notified (id int PRIMARY KEY, v text)")
    try:
        ask(sender, "INSERT INTO notified VALUES (1, 'a') RETURNING pg_notify('row_made', id || v)")
        assert wait_for(listener, 1)[0][2] == "1a"
        assert ask(listener, "SELECT v FROM notified WHERE id = 1") == [("a",)]
        ask(sender, "BEGIN", "INSERT INTO notified VALUES (2, 'b') RETURNING pg_notify('row_made', id || v)")
        ask(sender, "INSERT INTO notified VALUES (3, 'c')", "SELECT pg_notify('row_made', v) FROM notified ORDER BY id")
        assert ask(listener, "SELECT count(*) FROM notified") == [(1,)]
        assert not listener.notifies
        ask(sender, "COMMIT")
        assert [payload for _, _, payload in wait_for(listener, 4)] == ["2b", "a", "b", "c"]
        ask(sender, "BEGIN", "INSERT INTO notified VALUES (4, 'd') RETURNING pg_notify('row_made', 'no')", "ROLLBACK")
        ask(sender, "NOTIFY row_made, 'last'")
        assert [payload for _, _, payload in wait_for(listener, 1)] == ["last"]
    finally:
        ask(sender, "DROP TABLE notified")


def test_not_inside_a_transaction(connect) -> None:
    listener, sender = connect(), connect()
    ask(listener, "LISTEN later", "BEGIN", "SELECT 1")
    ask(sender, "NOTIFY later, 'x'")
    ask(listener, "SELECT 2")
    assert not listener.notifies
    ask(listener, "COMMIT")
    assert [payload for _, _, payload in wait_for(listener, 1)] == ["x"]


def test_all_pages_of_a_cursor_notify(connect) -> None:
    listener, sender = connect(), connect()
    ask(listener, "LISTEN pages")
    ask(sender, "BEGIN", "DECLARE c CURSOR FOR SELECT pg_notify('pages', n::text) FROM generate_series(1, 300) AS n")
    ask(sender, "FETCH 100 FROM c", "FETCH 200 FROM c", "COMMIT")
    assert [payload for _, _, payload in wait_for(listener, 300)] == [str(n) for n in range(1, 301)]


def test_psycopg(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as listener, psycopg.connect(url) as sender:
        listener.execute("LISTEN three")
        with sender.transaction():
            sender.execute("SELECT pg_notify(%s, %s)", ("three", "bound"))
        told = next(iter(listener.notifies()))
        assert (told.pid, told.channel, told.payload) == (sender.info.backend_pid, "three", "bound")


def test_asyncpg(url: str) -> None:
    asyncpg = pytest.importorskip("asyncpg")

    async def run() -> list:
        listener, sender = await asyncpg.connect(url), await asyncpg.connect(url)
        told: asyncio.Queue = asyncio.Queue()
        await listener.add_listener("four", lambda _, pid, channel, payload: told.put_nowait((channel, payload)))
        for n in range(3):
            await sender.execute("SELECT pg_notify('four', $1)", str(n))
        got = [await asyncio.wait_for(told.get(), 30) for _ in range(3)]
        await listener.close()
        await sender.close()
        return got

    assert asyncio.run(run()) == [("four", str(n)) for n in range(3)]


@pytest.mark.parametrize("in_transaction", [True, False])
def test_who_does_not_read_is_ended(in_transaction, connect_historyd, shared_historyd: servers.Historyd) -> None:
    """PostgreSQL keeps 8 GB of them, and then nobody can send."""
    deaf, listener, sender = wire.Connection(shared_historyd.target), connect_historyd(), connect_historyd()
    for statement in ("LISTEN loud", "BEGIN" if in_transaction else "SELECT 1"):
        deaf.simple(statement)
    ask(listener, "LISTEN loud")
    for n in range(8):
        numbers = f"generate_series({n * 500}, {n * 500 + 499})"
        ask(sender, f"SELECT pg_notify('loud', repeat('x', 7900) || n) FROM {numbers} AS n")
        assert len(wait_for(listener, 500)) == 500
    kinds = []
    with pytest.raises(wire.Disconnected):
        while True:
            kinds.append(deaf.read_message())
    if in_transaction:
        [said] = kinds
        assert wire.error_fields(said.body)["C"] == "53400"
    else:
        assert {m.type for m in kinds} == {"A"}
    ask(sender, "NOTIFY loud, 'on'")
    assert [payload for _, _, payload in wait_for(listener, 1)] == ["on"]
