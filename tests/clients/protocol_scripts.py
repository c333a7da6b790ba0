"""What protocol_test.py plays: scripts of what a client sends and how far it reads in between."""

from __future__ import annotations

import struct
from typing import NamedTuple

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


# Fails at Execute: PostgreSQL's planner computes a bare 1/0 at Bind already.
FAILS_WHEN_RUN = "SELECT 1 / (n - 1) FROM generate_series(1, 1) n"

# After start-up.
SESSIONS: dict[str, Script] = {
    "select": ask(query("SELECT 1 AS one, 'x' AS two")),
    "rows of a table": ask(query("SELECT * FROM proto ORDER BY a")),
    "no rows": ask(query("SELECT * FROM proto WHERE false")),
    "empty query": ask(query("")),
    "only blanks": ask(query("  \n ")),
    "only a semicolon": ask(query(";")),
    "only a comment": ask(query("-- nothing")),
    "several statements": ask(
        query("SELECT 1; SELECT 'a', 2; INSERT INTO proto VALUES (10, 'x'); DELETE FROM proto WHERE a = 10")
    ),
    "semicolons in literals": ask(query("SELECT ';', $$a;b$$; SELECT 2 -- ; three\n; /* ; */ SELECT 4")),
    "empty statements between": ask(query("SELECT 1;;; SELECT 2;")),
    "error in the middle": ask(query("SELECT 1; SELECT nothing; SELECT 3")),
    "syntax error anywhere": ask(query("SELECT 1; SELEC 2; SELECT 3")),
    "implicit transaction rolled back": ask(query("INSERT INTO proto VALUES (11, 'x'); SELECT 1/0"))
    + ask(query("SELECT count(*) FROM proto WHERE a = 11")),
    "BEGIN inside promotes": ask(
        query("INSERT INTO proto VALUES (12, 'x'); BEGIN; INSERT INTO proto VALUES (13, 'y')")
    )
    + ask(query("ROLLBACK"))
    + ask(query("SELECT a FROM proto WHERE a > 10")),
    "COMMIT inside": ask(query("BEGIN; SELECT 1; COMMIT; SELECT 2")),
    "transaction states": ask(query("BEGIN"))
    + ask(query("SELECT 1/0"))
    + ask(query("SELECT 1"))
    + ask(query("COMMIT")),
    "failed, then rollback": ask(query("BEGIN"))
    + ask(query("x"))
    + ask(query("ROLLBACK"))
    + ask(query("SELECT 1")),
    "commit outside warns": ask(query("COMMIT")) + ask(query("ROLLBACK")),
    "begin twice warns": ask(query("BEGIN")) + ask(query("BEGIN")) + ask(query("ROLLBACK")),
    "savepoints": ask(query("BEGIN"))
    + ask(query("SAVEPOINT a"))
    + ask(query("SELECT 1/0"))
    + ask(query("ROLLBACK TO a"))
    + ask(query("RELEASE a"))
    + ask(query("COMMIT")),
    "notice": ask(query("DROP TABLE IF EXISTS nothing_there")),
    "set reports": ask(query("SET application_name = 'x y'"))
    + ask(query("SET TimeZone = 'Europe/Berlin'"))
    + ask(query("RESET TimeZone"))
    + ask(query("SET datestyle = 'SQL, DMY'; SET datestyle = 'ISO, MDY'")),
    "set undone reports": ask(query("BEGIN; SET application_name = 'in'")) + ask(query("ROLLBACK")),
    "unique violation fields": ask(query("INSERT INTO proto VALUES (1, 'dup')")),
    "undefined column position": ask(query("SELECT a, missing FROM proto")),
    "position counts characters": ask(query("SELECT 'äöü', missing FROM proto")),
    "unnamed cycle": ask(
        parse("SELECT a, b FROM proto ORDER BY a"), describe("S"), bind(), describe("P"), execute(), sync()
    ),
    "binary results": ask(
        parse("SELECT 1::int4, 2::int8, 'x'::text, true, NULL::int4, 1.5::float8"),
        bind(result_formats=(1,)),
        describe("P"),
        execute(),
        sync(),
    ),
    "mixed result formats": ask(
        parse("SELECT 7::int4, 7::int4"), bind(result_formats=(0, 1)), describe("P"), execute(), sync()
    ),
    "parameters": ask(
        parse("SELECT $1::int4 + 1, $2::text", types=(INT4, TEXT)),
        describe("S"),
        bind(bound("41", "x")),
        execute(),
        sync(),
    ),
    "inferred parameters": ask(
        parse("SELECT b FROM proto WHERE a = $1"), describe("S"), bind(bound("2")), execute(), sync()
    ),
    "binary parameter": ask(
        parse("SELECT $1::int4"), bind((struct.pack("!i", 99),), formats=(1,)), execute(), sync()
    ),
    "null parameter": ask(parse("SELECT $1::text IS NULL"), bind((None,)), execute(), sync()),
    "named statement reused": ask(parse("SELECT $1::int4 * 2", "twice"), sync())
    + ask(bind(bound("2"), statement="twice"), execute(), sync())
    + ask(
        bind(bound("3"), statement="twice"), execute(), bind(bound("4"), statement="twice"), execute(), sync()
    )
    + ask(close("S", "twice"), sync())
    + ask(bind(bound("5"), statement="twice"), execute(), sync()),
    "named statement twice": ask(parse("SELECT 1", "same"), sync()) + ask(parse("SELECT 2", "same"), sync()),
    "statement without result": ask(
        parse("INSERT INTO proto VALUES (20, 'x')"), describe("S"), bind(), describe("P"), execute(), sync()
    )
    + ask(query("DELETE FROM proto WHERE a = 20")),
    "returning": ask(
        parse("INSERT INTO proto VALUES (21, $1) RETURNING a, b"),
        describe("S"),
        bind(bound("y")),
        describe("P"),
        execute(),
        sync(),
    )
    + ask(parse("DELETE FROM proto WHERE a = 21 RETURNING b"), bind(), execute(), sync()),
    "empty parse": ask(parse(""), describe("S"), bind(), describe("P"), execute(), sync()),
    "semicolon parse": ask(parse(";"), bind(), execute(), sync()),
    "transaction by extended": ask(parse("BEGIN"), bind(), execute(), sync())
    + ask(parse("SELECT 1"), bind(), execute(), sync())
    + ask(parse("COMMIT"), bind(), execute(), sync()),
    "error skips to sync": ask(
        parse("SELECT nothing_here"),
        bind(),
        describe("P"),
        execute(),
        parse("SELECT 1"),
        bind(),
        execute(),
        sync(),
    )
    + ask(query("SELECT 'alive'")),
    "bind error skips": ask(parse("SELECT $1::int4"), bind(bound("abc")), execute(), sync()),
    "execute error skips": ask(
        parse(FAILS_WHEN_RUN), bind(), execute(), parse("SELECT 2"), bind(), execute(), sync()
    ),
    "error in a transaction": ask(query("BEGIN"))
    + ask(parse(FAILS_WHEN_RUN), bind(), execute(), sync())
    + ask(parse("SELECT 1"), bind(), execute(), sync())
    + ask(parse("ROLLBACK"), bind(), execute(), sync()),
    "several commands in a parse": ask(parse("SELECT 1; SELECT 2"), sync()),
    "wrong number of parameters": ask(parse("SELECT $1::int4"), bind(), sync())
    + ask(parse("SELECT 1"), bind(bound("1")), sync()),
    "unknown statement": ask(bind(statement="missing"), sync()) + ask(describe("S", "missing"), sync()),
    "unknown portal": ask(execute("missing"), sync()) + ask(describe("P", "missing"), sync()),
    "close of unknown": ask(close("S", "missing"), close("P", "missing"), sync()),
    "max rows suspends": ask(query("BEGIN"))
    + ask(parse("SELECT a FROM proto ORDER BY a"), bind(portal="p"), execute("p", 2), sync())
    + ask(execute("p", 2), sync())
    + ask(execute("p", 2), sync())
    + ask(close("P", "p"), sync())
    + ask(query("COMMIT")),
    "max rows within one sync": ask(
        parse("SELECT a FROM proto ORDER BY a"),
        bind(),
        execute(max_rows=1),
        execute(max_rows=1),
        execute(),
        sync(),
    ),
    "exactly max rows": ask(
        parse("SELECT a FROM proto ORDER BY a"), bind(), execute(max_rows=3), execute(max_rows=3), sync()
    ),
    "portal gone after sync": ask(parse("SELECT a FROM proto"), bind(portal="q"), execute("q", 1), sync())
    + ask(execute("q", 1), sync()),
    "portal named twice": ask(query("BEGIN"))
    + ask(parse("SELECT 1"), bind(portal="d"), bind(portal="d"), sync())
    + ask(query("ROLLBACK")),
    "insert returning with max rows": ask(
        parse("INSERT INTO proto VALUES (30, 'x'), (31, 'y') RETURNING a"),
        bind(),
        execute(max_rows=1),
        sync(),
    )
    + ask(query("DELETE FROM proto WHERE a >= 30")),
    "re-execute a finished portal": ask(query("BEGIN"))
    + ask(parse("SELECT 1"), bind(portal="f"), execute("f"), execute("f"), sync())
    + ask(query("ROLLBACK")),
    "flush": [
        Send(parse("SELECT $1::int4") + describe("S") + flush()),
        Until("T"),
        Send(bind(bound("5")) + execute() + flush()),
        Until("C"),
        Send(sync()),
        Until("Z"),
    ],
    "flush after an error": [
        Send(parse("SELECT nothing_here") + flush()),
        Until("E"),
        Send(parse("SELECT 1") + bind() + execute() + flush() + sync()),
        Until("Z"),
    ],
    "pipeline of syncs": [
        Send(b"".join(parse(f"SELECT {n}") + bind() + execute() + sync() for n in range(3))),
        Until("Z"),
        Until("Z"),
        Until("Z"),
    ],
    "pipeline with an error": [
        Send(
            b"".join(parse(s) + bind() + execute() + sync() for s in ("SELECT 1", FAILS_WHEN_RUN, "SELECT 3"))
        ),
        Until("Z"),
        Until("Z"),
        Until("Z"),
    ],
    "implicit transaction until sync": ask(
        parse("INSERT INTO proto VALUES (40, 'x')"),
        bind(),
        execute(),
        parse(FAILS_WHEN_RUN),
        bind(),
        execute(),
        sync(),
    )
    + ask(query("SELECT count(*) FROM proto WHERE a = 40")),
    "queries pipelined": [
        Send(query("SELECT 1") + query("SELECT 2") + query("SELECT x")),
        Until("Z"),
        Until("Z"),
        Until("Z"),
    ],
    "sync alone": ask(sync()) + [Send(sync() + sync()), Until("Z"), Until("Z")],
    "query ends an extended error": [
        Send(parse("SELECT nothing_here") + query("SELECT 1") + sync()),
        Until("Z"),
    ],
    "sql cursor described": ask(query("BEGIN; DECLARE c CURSOR FOR SELECT a, b FROM proto ORDER BY a"))
    + ask(describe("P", "c"), sync())
    + ask(execute("c", 1), sync())
    + ask(query("FETCH 1 FROM c"))
    + ask(query("COMMIT")),
    "sql cursor with parameters": ask(query("BEGIN"))
    + ask(
        parse("DECLARE c CURSOR FOR SELECT a, b FROM proto WHERE a > $1 AND b IS DISTINCT FROM $2 ORDER BY a"),
        describe("S"),
        bind(bound("1", "one")),
        describe("P"),
        execute(),
        sync(),
    )
    + ask(query("FETCH ALL FROM c"))
    + ask(
        parse("DECLARE d SCROLL CURSOR FOR SELECT $1 + 1, $2", types=(INT4,)),
        describe("S"),
        bind(bound("6", "x")),
        execute(),
        sync(),
    )
    + ask(query("FETCH LAST FROM d; FETCH FIRST FROM d"))
    + ask(query("ROLLBACK")),
    "sql cursor's parameters are wrong": ask(query("BEGIN"))
    + ask(parse("DECLARE c CURSOR FOR SELECT a FROM proto WHERE a = $1"), bind(), execute(), sync())
    + ask(query("ROLLBACK; BEGIN"))
    + ask(parse("DECLARE c CURSOR FOR SELECT $1::int"), bind(bound("x")), execute(), sync())
    + ask(query("ROLLBACK; BEGIN"))
    + ask(query("DECLARE c CURSOR FOR SELECT $1::int"))
    + ask(query("ROLLBACK"))
    + ask(parse("DECLARE c CURSOR FOR SELECT nothing_here"), bind(), execute(), sync())
    + ask(parse("DECLARE c CURSOR FOR SELECT $1"), describe("S"), bind(bound("x")), execute(), sync()),
    "a pipeline is no block": ask(
        parse("SELECT 1"), bind(), execute(), parse("DECLARE c CURSOR FOR SELECT 1"), bind(), execute(), sync()
    )
    + ask(parse("LOCK TABLE proto"), bind(), execute(), parse("SELECT 1"), bind(), execute(), sync())
    + ask(
        parse("SET LOCAL application_name = 'z'"),
        bind(),
        execute(),
        parse("SHOW application_name"),
        bind(),
        execute(),
        sync(),
    )
    + ask(query("SHOW application_name"))
    + ask(parse("SET CONSTRAINTS ALL DEFERRED"), bind(), execute(), parse("SELECT 1"), bind(), execute(), sync())
    + ask(query("SET CONSTRAINTS ALL DEFERRED"))
    + ask(query("SELECT 1; VACUUM"))
    + ask(query("SELECT 1; DISCARD ALL"))
    + ask(query("VACUUM; SELECT 1"))
    + ask(parse("SELECT 1"), bind(), execute(), parse("VACUUM"), bind(), execute(), sync())
    + ask(query("DECLARE c CURSOR FOR SELECT 1; FETCH 1 FROM c; LOCK TABLE proto; SET LOCAL application_name = 'y'")),
    "explain with parameters": ask(
        parse("EXPLAIN SELECT a FROM proto WHERE a = $1 AND b = $2"), describe("S"), bind(bound("1", "x")), sync()
    )
    + ask(parse("EXPLAIN SELECT nothing_here"), sync())
    + ask(parse("EXPLAIN SELECT $1::int"), bind(), sync())
    + ask(query("EXPLAIN SELECT $1::int")),
    "execute with parameters": ask(query("PREPARE sp AS SELECT $1::int4 + $2::int4"))
    + ask(parse("EXECUTE sp($1, $2)", types=(INT4, INT4)), describe("S"), bind(bound("1", "2")), execute(), sync())
    + ask(parse("EXECUTE sp($1, 7)", types=(TEXT,)), bind(bound("1")), execute(), sync())
    + ask(parse("EXECUTE sp($1 * 2, 7)", types=(INT4,)), bind(bound("4")), execute(), sync())
    + ask(parse("EXECUTE sp($1, 7)"), describe("S"), bind(bound("1")), execute(), sync())
    + ask(parse("EXECUTE sp($1, 7)", types=(0,)), sync())
    + ask(parse("EXECUTE sp($1, $2)", types=(INT4,)), bind(bound("1")), execute(), sync())
    + ask(query("EXECUTE sp($1, 2)"))
    + ask(query("DEALLOCATE sp")),
    "parameters that nothing uses": ask(
        parse("SHOW standard_conforming_strings", types=(INT4,)), describe("S"), bind(bound("1")), execute(), sync()
    )
    + ask(parse("BEGIN", types=(INT4, TEXT)), describe("S"), bind(bound("1", "x")), execute(), sync())
    + ask(parse("ROLLBACK", types=(INT4,)), bind(), execute(), sync())
    + ask(query("ROLLBACK"))
    + ask(parse("SET application_name = 'x'", types=(0,)), sync())
    + ask(parse("COPY (SELECT $1) TO STDOUT", types=(INT4,)), bind(bound("1")), execute(), sync())
    + ask(query("COPY (SELECT $1) TO STDOUT"))
    + ask(parse("PREPARE sp AS SELECT $1::int", types=(INT4,)), bind(bound("1")), execute(), sync())
    + ask(query("EXECUTE sp(3)")),
    "wire portal fetched by sql": ask(query("BEGIN"))
    + ask(parse("SELECT a FROM proto ORDER BY a"), bind(portal="wp"), sync())
    + ask(query("FETCH 2 FROM wp"))
    + ask(query("COMMIT")),
    "prepared by sql": ask(query("PREPARE sp AS SELECT $1::int4 + 1"))
    + ask(describe("S", "sp"), bind(bound("1"), statement="sp"), execute(), sync())
    + ask(query("EXECUTE sp(5); DEALLOCATE sp")),
    "schema changes under a statement": ask(
        query("DROP TABLE IF EXISTS shifting; CREATE TABLE shifting (a int)")
    )
    + ask(parse("SELECT * FROM shifting", "st"), describe("S", "st"), sync())
    + ask(query("ALTER TABLE shifting ADD COLUMN b text"))
    + ask(bind(statement="st"), execute(), sync())
    + ask(query("DROP TABLE shifting")),
    "show": ask(query("SHOW standard_conforming_strings"))
    + ask(parse("SHOW transaction isolation level"), describe("S"), bind(), execute(), sync()),
    "utility described": ask(parse("BEGIN"), describe("S"), sync())
    + ask(parse("SET application_name = 'z'"), describe("S"), bind(), execute(), sync()),
    "unknown message type": [Send(frame("y", b"")), Closed()],
    "bad length": [Send(b"Q" + struct.pack("!i", 2)), Closed()],
    "query without terminator": [Send(frame("Q", b"SELECT 1")), Until("ZE")],
    "bind with bad counts": ask(
        parse("SELECT $1::int4")[:], frame("B", b"\0\0" + struct.pack("!hh5ih", 0, 5, -1, -1, -1, -1, -1, 0)), sync()
    ),
    "describe of a bad kind": ask(frame("D", b"Xname\0"), sync()),
    "terminate": [Send(wire.terminate()), Closed()],
    "invalid utf-8": ask(query(b"SELECT '\xff'")),
    "invalid utf-8 parameter": ask(parse("SELECT $1::text"), bind((b"\xc3",)), execute(), sync()),
    "nul in a parameter": ask(parse("SELECT $1::text"), bind((b"a\0b",)), execute(), sync()),
    "too short binary int": ask(parse("SELECT $1::int4"), bind((b"\0\0",), formats=(1,)), execute(), sync()),
    "bad format code": ask(parse("SELECT $1::int4"), bind(bound("1"), formats=(7,)), execute(), sync()),
    "function result types": ask(
        parse("SELECT count(*), now() IS NULL, current_schema(), version() IS NULL FROM proto"),
        describe("S"),
        sync(),
    ),
    "typmods described": ask(
        parse("SELECT 'a'::varchar(7), 1.5::numeric(10,2), now()::timestamp(3)"), describe("S"), sync()
    ),
    "psycopg2 opening": ask(query("BEGIN"))
    + ask(
        query(
            "SELECT t.oid, typarray FROM pg_type t JOIN pg_namespace ns ON typnamespace = ns.oid WHERE typname = 'hstore'"
        )
    )
    + ask(query("ROLLBACK")),
    "sqlalchemy opening": ask(query("select current_schema()"))
    + ask(query("show transaction isolation level"))
    + ask(query("show standard_conforming_strings")),
    "asyncpg reset": ask(query("SELECT pg_advisory_unlock_all();\nCLOSE ALL;\nUNLISTEN *;\nRESET ALL;")),
    "listen": ask(query("LISTEN own"))
    + ask(query("NOTIFY own, 'one'; NOTIFY own, 'two'; NOTIFY own, 'one'; NOTIFY other, 'three'"))
    + ask(query("SELECT pg_notify('own', NULL), pg_notify('own', 'from a query')"))
    + ask(query("NOTIFY own; NOTIFY own, ''; LISTEN other; NOTIFY other, 'own commit'"))
    + ask(query("SELECT * FROM pg_listening_channels()"))
    + ask(query("UNLISTEN own; NOTIFY own; NOTIFY other"))
    + ask(query("SELECT pg_notify('other', 'before'), 1 / 0"))
    + ask(query("NOTIFY other, 'rolled back'; LISTEN third; SELECT 1 / 0"))
    + ask(query("UNLISTEN *"))
    + ask(query("NOTIFY other; SELECT pg_listening_channels()")),
    "listen in blocks": ask(query("BEGIN"))
    + ask(query("LISTEN a"))
    + ask(query("NOTIFY a, 'held'"))
    + ask(query("SAVEPOINT s"))
    + ask(query("NOTIFY a, 'undone'; NOTIFY a, 'held'; LISTEN b; NOTIFY b, 'undone, too'"))
    + ask(query("ROLLBACK TO s"))
    + ask(query("NOTIFY b, 'heard by nobody'; NOTIFY a, 'undone'"))
    + ask(query("SELECT * FROM pg_listening_channels()"))
    + ask(query("COMMIT"))
    + ask(query("BEGIN; NOTIFY a, 'x'; ROLLBACK"))
    + ask(query("BEGIN; UNLISTEN a; ROLLBACK; NOTIFY a, 'still'"))
    + ask(query("BEGIN; UNLISTEN a; NOTIFY a, 'not any more'; COMMIT"))
    + ask(query("BEGIN READ ONLY; LISTEN c; NOTIFY c, 'read only'; COMMIT"))
    + ask(query("DISCARD ALL"))
    + ask(query("NOTIFY c")),
    "discard all": ask(query("SET application_name = 'q'")) + ask(query("DISCARD ALL")),
}


def packet(protocol: int = wire.PROTOCOL_3_0, **more: str) -> bytes:
    return wire.startup(protocol, **{"user": "mem0", "database": "mem0", **more})


def request(code: int) -> Send:
    return Send(wire.untyped_frame(struct.pack("!i", code)))


OPTION = {"_pq_.unheard_of": "1"}
STARTUPS: dict[str, Script] = {
    "plain": [Send(packet()), Until("ZE")],
    "with settings": [
        Send(
            packet(
                application_name="a b",
                client_encoding="'utf-8'",
                TimeZone="Europe/Berlin",
                DateStyle="SQL, DMY",
                extra_float_digits="2",
            )
        ),
        Until("ZE"),
    ],
    "options": [
        Send(packet(options="-c datestyle=German --application_name=o\\ p -c TimeZone=UTC")),
        Until("ZE"),
    ],
    "ssl first": [request(wire.SSL_REQUEST), Raw(1), Send(packet()), Until("ZE")],
    "gss first": [request(wire.GSSENC_REQUEST), Raw(1), Send(packet()), Until("ZE")],
    "ssl, then gss": [
        request(wire.SSL_REQUEST),
        Raw(1),
        request(wire.GSSENC_REQUEST),
        Raw(1),
        Send(packet()),
        Until("ZE"),
    ],
    "gss, then ssl": [
        request(wire.GSSENC_REQUEST),
        Raw(1),
        request(wire.SSL_REQUEST),
        Raw(1),
        Send(packet()),
        Until("ZE"),
    ],
    "unknown option": [Send(packet(**OPTION)), Until("ZE")],
    "no user": [Send(wire.startup(database="mem0")), Closed()],
    "bad setting": [Send(packet(DateStyle="nonsense")), Closed()],
    "unknown setting": [Send(packet(no_such_setting="1")), Closed()],
    "protocol 4": [Send(packet(4 << 16)), Closed()],
    "no terminator": [
        Send(wire.untyped_frame(struct.pack("!i", wire.PROTOCOL_3_0) + b"user\0mem0\0")),
        Closed(),
    ],
    "too long": [Send(struct.pack("!i", 1 << 20) + b"x" * 100), Closed()],
    "too short": [Send(struct.pack("!i", 4)), Closed()],
}
