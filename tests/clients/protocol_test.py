"""Message sequences, byte for byte, against PostgreSQL.

Each script below is played to PostgreSQL and to historyd. What the two send back must be the same but for
what is a server's own: key data, table OIDs, source positions of errors, the minor version, times.
"""

from __future__ import annotations

import re
import select
import struct
from typing import NamedTuple

import pytest
import wire
from wire import bind, close, describe, execute, flush, frame, parse, query, sync


class Send(NamedTuple):
    data: bytes


class Until(NamedTuple):
    """Read messages up to the first of these types."""

    kinds: str = "Z"


class Raw(NamedTuple):
    """Read bytes that are no message (the answer to SSLRequest)."""

    count: int


class Closed(NamedTuple):
    """Read messages until the server closes."""


Step = Send | Until | Raw | Closed
Script = list[Step]
SETUP = "DROP TABLE IF EXISTS proto; CREATE TABLE proto (a int PRIMARY KEY, b text); INSERT INTO proto VALUES (1, 'one'), (2, 'two'), (3, NULL)"

INT4, TEXT = 23, 25


def ask(*messages: bytes) -> Script:
    return [Send(b"".join(messages)), Until("Z")]


def bound(*texts: str | None) -> tuple[bytes | None, ...]:
    return tuple(None if t is None else t.encode() for t in texts)


# After start-up.
SESSIONS: dict[str, Script] = {
    "select": ask(query("SELECT 1 AS one, 'x' AS two")),
    "rows of a table": ask(query("SELECT * FROM proto ORDER BY a")),
    "no rows": ask(query("SELECT * FROM proto WHERE false")),
    "empty query": ask(query("")),
    "only blanks": ask(query("  \n ")),
    "only a semicolon": ask(query(";")),
    "only a comment": ask(query("-- nothing")),
    "several statements": ask(query("SELECT 1; SELECT 'a', 2; INSERT INTO proto VALUES (10, 'x'); DELETE FROM proto WHERE a = 10")),
    "semicolons in literals": ask(query("SELECT ';', $$a;b$$; SELECT 2 -- ; three\n; /* ; */ SELECT 4")),
    "empty statements between": ask(query("SELECT 1;;; SELECT 2;")),
    "error in the middle": ask(query("SELECT 1; SELECT nothing; SELECT 3")),
    "syntax error anywhere": ask(query("SELECT 1; SELEC 2; SELECT 3")),
    "implicit transaction rolled back": ask(query("INSERT INTO proto VALUES (11, 'x'); SELECT 1/0"))
    + ask(query("SELECT count(*) FROM proto WHERE a = 11")),
    "BEGIN inside promotes": ask(query("INSERT INTO proto VALUES (12, 'x'); BEGIN; INSERT INTO proto VALUES (13, 'y')"))
    + ask(query("ROLLBACK"))
    + ask(query("SELECT a FROM proto WHERE a > 10")),
    "COMMIT inside": ask(query("BEGIN; SELECT 1; COMMIT; SELECT 2")),
    "transaction states": ask(query("BEGIN")) + ask(query("SELECT 1/0")) + ask(query("SELECT 1")) + ask(query("COMMIT")),
    "failed, then rollback": ask(query("BEGIN")) + ask(query("x")) + ask(query("ROLLBACK")) + ask(query("SELECT 1")),
    "commit outside warns": ask(query("COMMIT")) + ask(query("ROLLBACK")),
    "begin twice warns": ask(query("BEGIN")) + ask(query("BEGIN")) + ask(query("ROLLBACK")),
    "savepoints": ask(query("BEGIN")) + ask(query("SAVEPOINT a")) + ask(query("SELECT 1/0")) + ask(query("ROLLBACK TO a"))
    + ask(query("RELEASE a")) + ask(query("COMMIT")),
    "notice": ask(query("DROP TABLE IF EXISTS nothing_there")),
    "set reports": ask(query("SET application_name = 'x y'")) + ask(query("SET TimeZone = 'Europe/Berlin'"))
    + ask(query("RESET TimeZone")) + ask(query("SET datestyle = 'SQL, DMY'; SET datestyle = 'ISO, MDY'")),
    "set undone reports": ask(query("BEGIN; SET application_name = 'in'")) + ask(query("ROLLBACK")),
    "unique violation fields": ask(query("INSERT INTO proto VALUES (1, 'dup')")),
    "undefined column position": ask(query("SELECT a, missing FROM proto")),
    "position counts characters": ask(query("SELECT 'äöü', missing FROM proto")),
    "unnamed cycle": ask(parse("SELECT a, b FROM proto ORDER BY a"), describe("S"), bind(), describe("P"), execute(), sync()),
    "binary results": ask(parse("SELECT 1::int4, 2::int8, 'x'::text, true, NULL::int4, 1.5::float8"), bind(result_formats=(1,)), describe("P"), execute(), sync()),
    "mixed result formats": ask(parse("SELECT 7::int4, 7::int4"), bind(result_formats=(0, 1)), describe("P"), execute(), sync()),
    "parameters": ask(parse("SELECT $1::int4 + 1, $2::text", types=(INT4, TEXT)), describe("S"), bind(bound("41", "x")), execute(), sync()),
    "inferred parameters": ask(parse("SELECT b FROM proto WHERE a = $1"), describe("S"), bind(bound("2")), execute(), sync()),
    "binary parameter": ask(parse("SELECT $1::int4"), bind((struct.pack("!i", 99),), formats=(1,)), execute(), sync()),
    "null parameter": ask(parse("SELECT $1::text IS NULL"), bind((None,)), execute(), sync()),
    "named statement reused": ask(parse("SELECT $1::int4 * 2", "twice"), sync())
    + ask(bind(bound("2"), statement="twice"), execute(), sync())
    + ask(bind(bound("3"), statement="twice"), execute(), bind(bound("4"), statement="twice"), execute(), sync())
    + ask(close("S", "twice"), sync())
    + ask(bind(bound("5"), statement="twice"), execute(), sync()),
    "named statement twice": ask(parse("SELECT 1", "same"), sync()) + ask(parse("SELECT 2", "same"), sync()),
    "statement without result": ask(parse("INSERT INTO proto VALUES (20, 'x')"), describe("S"), bind(), describe("P"), execute(), sync())
    + ask(query("DELETE FROM proto WHERE a = 20")),
    "returning": ask(parse("INSERT INTO proto VALUES (21, $1) RETURNING a, b"), describe("S"), bind(bound("y")), describe("P"), execute(), sync())
    + ask(parse("DELETE FROM proto WHERE a = 21 RETURNING b"), bind(), execute(), sync()),
    "empty parse": ask(parse(""), describe("S"), bind(), describe("P"), execute(), sync()),
    "semicolon parse": ask(parse(";"), bind(), execute(), sync()),
    "transaction by extended": ask(parse("BEGIN"), bind(), execute(), sync()) + ask(parse("SELECT 1"), bind(), execute(), sync())
    + ask(parse("COMMIT"), bind(), execute(), sync()),
    "error skips to sync": ask(parse("SELECT nothing_here"), bind(), describe("P"), execute(), parse("SELECT 1"), bind(), execute(), sync())
    + ask(query("SELECT 'alive'")),
    "bind error skips": ask(parse("SELECT $1::int4"), bind(bound("abc")), execute(), sync()),
    "execute error skips": ask(parse("SELECT 1/$1::int4"), bind(bound("0")), execute(), parse("SELECT 2"), bind(), execute(), sync()),
    "error in a transaction": ask(query("BEGIN")) + ask(parse("SELECT 1/0"), bind(), execute(), sync())
    + ask(parse("SELECT 1"), bind(), execute(), sync()) + ask(parse("ROLLBACK"), bind(), execute(), sync()),
    "several commands in a parse": ask(parse("SELECT 1; SELECT 2"), sync()),
    "wrong number of parameters": ask(parse("SELECT $1::int4"), bind(), sync()) + ask(parse("SELECT 1"), bind(bound("1")), sync()),
    "unknown statement": ask(bind(statement="missing"), sync()) + ask(describe("S", "missing"), sync()),
    "unknown portal": ask(execute("missing"), sync()) + ask(describe("P", "missing"), sync()),
    "close of unknown": ask(close("S", "missing"), close("P", "missing"), sync()),
    "max rows suspends": ask(query("BEGIN"))
    + ask(parse("SELECT a FROM proto ORDER BY a"), bind(portal="p"), execute("p", 2), sync())
    + ask(execute("p", 2), sync()) + ask(execute("p", 2), sync()) + ask(close("P", "p"), sync()) + ask(query("COMMIT")),
    "max rows within one sync": ask(parse("SELECT a FROM proto ORDER BY a"), bind(), execute(max_rows=1), execute(max_rows=1), execute(), sync()),
    "exactly max rows": ask(parse("SELECT a FROM proto ORDER BY a"), bind(), execute(max_rows=3), execute(max_rows=3), sync()),
    "portal gone after sync": ask(parse("SELECT a FROM proto"), bind(portal="q"), execute("q", 1), sync()) + ask(execute("q", 1), sync()),
    "portal named twice": ask(query("BEGIN")) + ask(parse("SELECT 1"), bind(portal="d"), bind(portal="d"), sync()) + ask(query("ROLLBACK")),
    "insert returning with max rows": ask(parse("INSERT INTO proto VALUES (30, 'x'), (31, 'y') RETURNING a"), bind(), execute(max_rows=1), sync())
    + ask(query("DELETE FROM proto WHERE a >= 30")),
    "re-execute a finished portal": ask(query("BEGIN")) + ask(parse("SELECT 1"), bind(portal="f"), execute("f"), execute("f"), sync()) + ask(query("ROLLBACK")),
    "flush": [Send(parse("SELECT $1::int4") + describe("S") + flush()), Until("T"), Send(bind(bound("5")) + execute() + flush()), Until("C"), Send(sync()), Until("Z")],
    "flush after an error": [Send(parse("SELECT nothing_here") + flush()), Until("E"), Send(parse("SELECT 1") + bind() + execute() + flush() + sync()), Until("Z")],
    "pipeline of syncs": [Send(b"".join(parse(f"SELECT {n}") + bind() + execute() + sync() for n in range(3))), Until("Z"), Until("Z"), Until("Z")],
    "pipeline with an error": [
        Send(b"".join(parse(s) + bind() + execute() + sync() for s in ("SELECT 1", "SELECT 1/0", "SELECT 3"))),
        Until("Z"), Until("Z"), Until("Z"),
    ],
    "implicit transaction until sync": ask(
        parse("INSERT INTO proto VALUES (40, 'x')"), bind(), execute(), parse("SELECT 1/0"), bind(), execute(), sync()
    ) + ask(query("SELECT count(*) FROM proto WHERE a = 40")),
    "queries pipelined": [Send(query("SELECT 1") + query("SELECT 2") + query("SELECT x")), Until("Z"), Until("Z"), Until("Z")],
    "sync alone": ask(sync()) + [Send(sync() + sync()), Until("Z"), Until("Z")],
    "query ends an extended error": [Send(parse("SELECT nothing_here") + query("SELECT 1") + sync()), Until("Z")],
    "sql cursor described": ask(query("BEGIN; DECLARE c CURSOR FOR SELECT a, b FROM proto ORDER BY a")) + ask(describe("P", "c"), sync())
    + ask(execute("c", 1), sync()) + ask(query("FETCH 1 FROM c")) + ask(query("COMMIT")),
    "wire portal fetched by sql": ask(query("BEGIN")) + ask(parse("SELECT a FROM proto ORDER BY a"), bind(portal="wp"), sync())
    + ask(query("FETCH 2 FROM wp")) + ask(query("COMMIT")),
    "prepared by sql": ask(query("PREPARE sp AS SELECT $1::int4 + 1")) + ask(describe("S", "sp"), bind(bound("1"), statement="sp"), execute(), sync())
    + ask(query("EXECUTE sp(5); DEALLOCATE sp")),
    "schema changes under a statement": ask(query("DROP TABLE IF EXISTS shifting; CREATE TABLE shifting (a int)"))
    + ask(parse("SELECT * FROM shifting", "st"), describe("S", "st"), sync()) + ask(query("ALTER TABLE shifting ADD COLUMN b text"))
    + ask(bind(statement="st"), execute(), sync()) + ask(query("DROP TABLE shifting")),
    "show": ask(query("SHOW standard_conforming_strings")) + ask(parse("SHOW transaction isolation level"), describe("S"), bind(), execute(), sync()),
    "utility described": ask(parse("BEGIN"), describe("S"), sync()) + ask(parse("SET application_name = 'z'"), describe("S"), bind(), execute(), sync()),
    "unknown message type": [Send(frame("y", b"")), Closed()],
    "bad length": [Send(b"Q" + struct.pack("!i", 2)), Closed()],
    "query without terminator": [Send(frame("Q", b"SELECT 1")), Until("ZE")],
    "bind with bad counts": ask(parse("SELECT $1::int4")[:], frame("B", b"\0\0" + struct.pack("!hh", 0, 5)), sync()),
    "describe of a bad kind": ask(frame("D", b"Xname\0"), sync()),
    "terminate": [Send(wire.terminate()), Closed()],
    "invalid utf-8": ask(query(b"SELECT '\xff'")),
    "invalid utf-8 parameter": ask(parse("SELECT $1::text"), bind((b"\xc3",)), execute(), sync()),
    "nul in a parameter": ask(parse("SELECT $1::text"), bind((b"a\0b",)), execute(), sync()),
    "too short binary int": ask(parse("SELECT $1::int4"), bind((b"\0\0",), formats=(1,)), execute(), sync()),
    "bad format code": ask(parse("SELECT $1::int4"), bind(bound("1"), formats=(7,)), execute(), sync()),
    "function result types": ask(parse("SELECT count(*), now() IS NULL, current_schema(), version() IS NULL FROM proto"), describe("S"), sync()),
    "typmods described": ask(parse("SELECT 'a'::varchar(7), 1.5::numeric(10,2), now()::timestamp(3)"), describe("S"), sync()),
    "psycopg2 opening": ask(query("BEGIN")) + ask(query("SELECT t.oid, typarray FROM pg_type t JOIN pg_namespace ns ON typnamespace = ns.oid WHERE typname = 'hstore'")) + ask(query("ROLLBACK")),
    "sqlalchemy opening": ask(query("select current_schema()")) + ask(query("show transaction isolation level")) + ask(query("show standard_conforming_strings")),
    "asyncpg reset": ask(query("SELECT pg_advisory_unlock_all();\nCLOSE ALL;\nUNLISTEN *;\nRESET ALL;")),
    "discard all": ask(query("SET application_name = 'q'")) + ask(query("DISCARD ALL")),
}


def packet(protocol: int = wire.PROTOCOL_3_0, **more: str) -> bytes:
    return wire.startup(protocol, **{"user": "mem0", "database": "mem0", **more})


def request(code: int) -> Send:
    return Send(wire.untyped_frame(struct.pack("!i", code)))


OPTION = {"_pq_.unheard_of": "1"}
STARTUPS: dict[str, Script] = {
    "plain": [Send(packet()), Until("ZE")],
    "with settings": [Send(packet(application_name="a b", client_encoding="'utf-8'", TimeZone="Europe/Berlin", DateStyle="SQL, DMY", extra_float_digits="2")), Until("ZE")],
    "options": [Send(packet(options="-c datestyle=German --application_name=o\\ p -c TimeZone=UTC")), Until("ZE")],
    "ssl first": [request(wire.SSL_REQUEST), Raw(1), Send(packet()), Until("ZE")],
    "gss first": [request(wire.GSSENC_REQUEST), Raw(1), Send(packet()), Until("ZE")],
    "ssl, then gss": [request(wire.SSL_REQUEST), Raw(1), request(wire.GSSENC_REQUEST), Raw(1), Send(packet()), Until("ZE")],
    "gss, then ssl": [request(wire.GSSENC_REQUEST), Raw(1), request(wire.SSL_REQUEST), Raw(1), Send(packet()), Until("ZE")],
    "unknown option": [Send(packet(**OPTION)), Until("ZE")],
    "no user": [Send(wire.startup(database="mem0")), Closed()],
    "bad setting": [Send(packet(DateStyle="nonsense")), Closed()],
    "unknown setting": [Send(packet(no_such_setting="1")), Closed()],
    "protocol 2": [Send(packet(2 << 16)), Closed()],
    "protocol 4": [Send(packet(4 << 16)), Closed()],
    "no terminator": [Send(wire.untyped_frame(struct.pack("!i", wire.PROTOCOL_3_0) + b"user\0mem0\0")), Closed()],
    "too long": [Send(struct.pack("!i", 1 << 20) + b"x" * 100), Closed()],
    "too short": [Send(struct.pack("!i", 4)), Closed()],
}


def normal(m: wire.Message) -> tuple[str, object]:
    """The message without what is a server's own."""
    if m.type == "K":
        return "K", "key"
    if m.type in "EN":
        fields = wire.error_fields(m.body)
        return m.type, {k: v for k, v in fields.items() if k not in "FLRW"}
    if m.type == "T":
        return "T", [(c.name, c.table != 0, *c[2:]) for c in wire.columns_of(m.body)]
    if m.type == "S":
        name, value = m.body[:-1].decode().split("\0")
        return "S", (name, re.sub(r"^15\.\d+.*", "15.x", value))
    return m.type, m.body


def play(target: wire.Target, script: Script, started: bool) -> list[object]:
    c = wire.Connection(target, timeout=5, start=started)
    seen: list[object] = []
    try:
        for step in script:
            if isinstance(step, Send):
                c.send(step.data)
            elif isinstance(step, Raw):
                seen.append(c.read_bytes(step.count))
            elif isinstance(step, Until):
                read_until(c, step.kinds, seen)
            else:
                read_until(c, "", seen)
    except wire.Disconnected:
        seen.append("closed")
    except TimeoutError:
        seen.append("silence")
    finally:
        c.socket.close()
    return seen


def read_until(c: wire.Connection, kinds: str, seen: list[object]) -> None:
    """Appends each message as it comes, so that what came before a hang-up is kept."""
    while True:
        message = c.read_message()
        seen.append(normal(message))
        if message.type in kinds:
            return


def assert_same(postgres: list[object], historyd: list[object]) -> None:
    shown = [f"{'same' if a == b else 'DIFF'}\n  postgres {a}\n  historyd {b}" for a, b in zip(postgres, historyd)]
    if len(postgres) != len(historyd):
        shown.append(f"postgres sent {len(postgres)} messages, historyd {len(historyd)}")
        shown += [f"only postgres {m}" for m in postgres[len(historyd) :]]
        shown += [f"only historyd {m}" for m in historyd[len(postgres) :]]
    assert postgres == historyd, "\n".join(s for s in shown if not s.startswith("same"))


@pytest.fixture(scope="module")
def prepared(both: tuple[wire.Target, wire.Target]) -> tuple[wire.Target, wire.Target]:
    for target in both:
        with wire.Connection(target) as c:
            c.rows(SETUP + "; SELECT 1")
    return both


@pytest.mark.parametrize("name", SESSIONS)
def test_session(name: str, prepared: tuple[wire.Target, wire.Target]) -> None:
    postgres, historyd = (play(t, SESSIONS[name], started=True) for t in prepared)
    assert "silence" not in postgres
    assert_same(postgres, historyd)


@pytest.mark.parametrize("name", STARTUPS)
def test_startup(name: str, sockets: tuple[wire.Target, wire.Target]) -> None:
    postgres, historyd = (play(t, STARTUPS[name], started=False) for t in sockets)
    assert "silence" not in postgres
    assert_same(postgres, historyd)


@pytest.mark.parametrize("name", SESSIONS)
def test_one_byte_at_a_time(name: str, prepared: tuple[wire.Target, wire.Target]) -> None:
    """The same answers when every message trickles in."""
    _, historyd = prepared
    whole = play(historyd, SESSIONS[name], started=True)
    trickled = [
        piece
        for step in SESSIONS[name]
        for piece in ([Send(step.data[i : i + 1]) for i in range(len(step.data))] if isinstance(step, Send) else [step])
    ]
    assert_same(whole, play(historyd, trickled, started=True))


def test_newer_minor_version_is_negotiated_once(target: wire.Target) -> None:
    c = wire.Connection(target, start=False)
    c.send(packet((3 << 16) + 9999, **OPTION))
    messages = c.read_until_ready()
    negotiations = [m for m in messages if m.type == "v"]
    assert len(negotiations) == 1 and messages[0].type in "vR"
    version, count = struct.unpack_from("!ii", negotiations[0].body)
    assert version & 0xFFFF < 9999 and count == 1
    assert negotiations[0].body[8:] == b"_pq_.unheard_of\0"
    c.send(query("SELECT 1"))
    assert c.reply().error is None


def test_cancel(target: wire.Target) -> None:
    with wire.Connection(target) as c:
        c.send(query("SELECT pg_sleep(30)"))
        cancel_until_answered(c)
        r = c.reply()
        assert r.error and r.error["C"] == "57014" and r.error["M"] == "canceling statement due to user request"
        assert c.rows("SELECT 1") == [("1",)]


def test_cancel_of_a_long_query(target: wire.Target) -> None:
    with wire.Connection(target) as c:
        c.send(query("SELECT count(*) FROM generate_series(1, 100000) a, generate_series(1, 100000) b"))
        cancel_until_answered(c)
        r = c.reply()
        assert r.error and r.error["C"] == "57014"


def test_cancel_with_a_wrong_key_does_nothing(target: wire.Target) -> None:
    with wire.Connection(target) as c:
        process, key = c.key
        c.send(query("SELECT pg_sleep(0.3)"))
        cancel(target, process, bytes(b ^ 0xFF for b in key))
        assert c.reply().error is None


def test_cancel_when_idle_does_nothing(target: wire.Target) -> None:
    with wire.Connection(target) as c:
        cancel(target, *c.key)
        assert c.rows("SELECT 1") == [("1",)]


def cancel_until_answered(c: wire.Connection) -> None:
    """A request that comes before the statement has started does nothing: ask again."""
    for _ in range(50):
        cancel(c.target, *c.key)
        if select.select([c.socket], [], [], 0.2)[0]:
            return
    pytest.fail("the statement was not cancelled")


def cancel(target: wire.Target, process: int, key: bytes) -> None:
    c = wire.Connection(target, start=False)
    c.send(wire.untyped_frame(struct.pack("!ii", wire.CANCEL_REQUEST, process) + key))
    with pytest.raises(wire.Disconnected):  # The server answers by closing, and only after it has acted.
        c.read_message()
    c.socket.close()


def test_many_sessions_have_their_own_keys(target: wire.Target) -> None:
    connections = [wire.Connection(target) for _ in range(20)]
    assert len({c.key for c in connections}) == 20
    for c in connections:
        c.close()


def test_large_values_come_back_whole(target: wire.Target) -> None:
    text = "äx" * 1_000_000
    with wire.Connection(target, timeout=30) as c:
        r = c.extended("SELECT $1::text, length($1::text)", (text.encode(),), binary=False)
        assert r.error is None and r.results[0].rows == [(text.encode(), b"2000000")]


def test_many_rows_arrive_in_order(target: wire.Target) -> None:
    with wire.Connection(target, timeout=30) as c:
        rows = c.rows("SELECT n, 'row ' || n FROM generate_series(1, 50000) n")
        assert rows == [(str(n), f"row {n}") for n in range(1, 50001)]
