"""Every limit there is, hit by a client that means harm; the neighbour notices nothing."""

from __future__ import annotations

import pathlib
import socket
import struct
import time
from collections.abc import Iterator

import guarded
import pytest
import wire
from guarded import Begin, Guarded

TRUST = [{"type": "host", "address": "127.0.0.1", "method": "trust"}]


@pytest.fixture
def limited(begin: Begin) -> Iterator[Guarded]:
    tables = {
        "network": {"startup_timeout_ms": 400},
        "limits": {
            "portals_max": 50,
            "prepared_statements_max": 50,
            "message_bytes_max": 1 << 20,
            "statement_memory_bytes_max": 128 << 20,
            "portal_buffer_bytes_max": 1 << 20,
            "statement_timeout_ms": 20_000,
        },
    }
    daemon = begin(TRUST, tables)
    with session(daemon) as neighbour:
        yield daemon
        assert neighbour.rows("SELECT 'well'") == [("well",)]


def session(daemon: Guarded) -> wire.Connection:
    return wire.Connection(daemon.target, timeout=60)


def resident_bytes(daemon: Guarded) -> int:
    status = pathlib.Path(f"/proc/{daemon.process.pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) * 1024


def fatal(c: wire.Connection) -> dict[str, str]:
    message = c.read_message()
    assert message.type == "E"
    return wire.error_fields(message.body)


def test_slow_start_up(limited: Guarded) -> None:
    c = guarded.connect(limited)
    packet = wire.startup(user="app", database="mem0")
    began = time.monotonic()
    closed = False
    for byte in packet * 100:
        try:
            c.socket.sendall(bytes([byte]))
        except OSError:
            closed = True
            break
        time.sleep(0.05)
        if time.monotonic() - began > 20:
            break
    assert closed


def test_huge_start_up_packet(limited: Guarded) -> None:
    for length in (10_005, 1 << 30, 0x7FFFFFFF, 7, 0, 0xFFFFFFFF):
        c = guarded.connect(limited)
        c.send(struct.pack("!I", length) + b"\0" * 16)
        assert fatal(c)["C"] == "08P01"


def test_bind_that_claims_a_gigabyte(limited: Guarded) -> None:
    with session(limited) as c:
        before = resident_bytes(limited)
        c.send(b"B" + struct.pack("!i", 1 << 30) + b"\0\0")
        error = fatal(c)
        assert (error["S"], error["C"]) == ("FATAL", "53400")
        assert "limits.message_bytes_max" in error["H"]
        assert resident_bytes(limited) - before < 32 << 20


def test_value_that_claims_more_than_its_message(limited: Guarded) -> None:
    with session(limited) as c:
        body = b"\0\0" + struct.pack("!hhi", 0, 1, 1 << 30) + b"x"
        c.send(wire.parse("SELECT $1::text"), wire.frame("B", body), wire.sync())
        assert c.reply().error["C"] == "08P01"


def test_portals(limited: Guarded) -> None:
    with session(limited) as c:
        c.send(wire.query("BEGIN"))
        c.reply()
        c.send(wire.parse("SELECT 1"), *[wire.bind(portal=f"p{i}") for i in range(1000)], wire.sync())
        assert c.reply().error["C"] == "53400"
        c.simple("ROLLBACK")
        assert c.rows("SELECT 1") == [("1",)]


def test_prepared_statements(limited: Guarded) -> None:
    with session(limited) as c:
        c.send(*[wire.parse("SELECT 1", f"s{i}") for i in range(1000)], wire.sync())
        assert c.reply().error["C"] == "53400"


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT " + "(" * 20_000 + "1" + ")" * 20_000,
        "SELECT " + "-" * 1 + " - ".join(["1"] * 50_000),
        "SELECT " + "NOT " * 20_000 + "true",
        "SELECT " + "ARRAY[" * 5_000 + "1" + "]" * 5_000,
        "SELECT 1 WHERE " + " OR ".join(["true"] * 30_000),
        "SELECT * FROM " + "(SELECT * FROM " * 3_000 + "(SELECT 1) a" + ") b" * 3_000,
        " UNION ALL ".join(["SELECT 1"] * 20_000),
        "SELECT '" + "[" * 100_000 + "'::json",
        "SELECT '" + '{"a":' * 50_000 + "'::jsonb",
        "SELECT '" + "{" * 50_000 + "'::int[]",
    ],
    ids=lambda sql: sql[:20],
)
def test_deep_nesting(limited: Guarded, sql: str) -> None:
    with session(limited) as c:
        reply = c.simple(sql)
        if reply.error:
            assert reply.error["C"] in ("54001", "54000", "22P02", "42601", "53200", "54011", "57014"), reply.error
        assert c.rows("SELECT 1") == [("1",)]


def test_runaway_recursion_ends_by_time(limited: Guarded) -> None:
    with session(limited) as c:
        c.simple("SET statement_timeout = 300")
        error = c.simple("WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT count(*) FROM r").error
        assert error["C"] == "57014"
        assert c.rows("SHOW statement_timeout") == [("300ms",)]


def test_statement_timeout_of_the_configuration(begin: Begin) -> None:
    with session(begin(TRUST, {"limits": {"statement_timeout_ms": 300}})) as c:
        assert c.rows("SHOW statement_timeout") == [("300ms",)]
        error = c.simple("SELECT count(*) FROM generate_series(1, 1000000000000)").error
        assert error["C"] == "57014"


@pytest.mark.parametrize(
    "sql",
    [
        "WITH RECURSIVE r(s) AS (SELECT 'x' UNION ALL SELECT s || s FROM r) SELECT max(length(s)) FROM r",
        "SELECT length(string_agg(repeat('x', 1000000), '')) FROM generate_series(1, 100000)",
        "SELECT array_length(array_agg(n || repeat('x', 100000)), 1) FROM generate_series(1, 100000) n",
        "SELECT length(repeat('x', 1000000000))",
    ],
)
def test_memory(limited: Guarded, sql: str) -> None:
    with session(limited) as c:
        reply = c.simple(sql)
        assert reply.error and reply.error["C"] in ("53200", "54000", "57014"), reply
        assert c.rows("SELECT 1") == [("1",)]
    assert resident_bytes(limited) < 1 << 30


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT max(length(s)) FROM (SELECT repeat('x', 90000000) || n AS s FROM generate_series(1, 10) n"
        " ORDER BY s LIMIT 5) x",
        "SELECT length(replace(repeat('ab', 10000000), 'a', repeat('c', 30)))",
    ],
    ids=lambda sql: sql[:20],
)
def test_memory_that_sqlite_takes(limited: Guarded, sql: str) -> None:
    with session(limited) as c:
        assert c.simple(sql).error["C"] == "53200"
        assert c.rows("SELECT 1") == [("1",)]


def test_a_result_larger_than_memory_waits_for_its_reader(limited: Guarded) -> None:
    """A client that stops reading stalls itself: its rows do not pile up here."""
    raw = socket.socket()
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
    raw.connect((limited.target.host, limited.target.port))
    raw.sendall(wire.startup(user="app", database="mem0"))
    raw.sendall(wire.query("SELECT repeat('x', 100000) FROM generate_series(1, 20000)"))
    before = resident_bytes(limited)
    with session(limited) as neighbour:
        for _ in range(200):
            assert neighbour.rows("SELECT 1") == [("1",)]
    assert resident_bytes(limited) - before < 64 << 20
    # And when it reads on, all of it comes: two gigabytes, in little memory.
    raw.settimeout(60)
    total, most = 0, 0
    while total < 200_000_000:
        got = len(raw.recv(1 << 20))
        assert got
        total += got
        most = max(most, resident_bytes(limited)) if total % 7 == 0 else most
    assert resident_bytes(limited) - before < 64 << 20
    raw.close()


def test_cursor_that_keeps_too_much(limited: Guarded) -> None:
    with session(limited) as c:
        c.simple("BEGIN")
        sql = "DECLARE c SCROLL CURSOR FOR SELECT repeat('x', 100000) FROM generate_series(1, 1000)"
        error = c.simple(sql).error
        assert error["C"] == "54000" and "limit" in error["H"]


def test_sessions(begin: Begin) -> None:
    daemon = begin(TRUST, {"limits": {"sessions_max": 3}})
    sessions = [session(daemon) for _ in range(3)]
    c = guarded.connect(daemon)
    c.send(wire.startup(user="app", database="mem0"))
    messages = c.read_until_ready()
    error = next(wire.error_fields(m.body) for m in messages if m.type == "E")
    assert (error["C"], error["M"]) == ("53300", "sorry, too many clients already")
    for s in sessions:
        s.close()


def test_sessions_of_one_address(begin: Begin) -> None:
    daemon = begin(TRUST, {"limits": {"sessions_per_address_max": 2}})
    sessions = [session(daemon) for _ in range(2)]
    c = guarded.connect(daemon)
    c.send(wire.startup(user="app", database="mem0"))
    messages = c.read_until_ready()
    assert next(wire.error_fields(m.body) for m in messages if m.type == "E")["C"] == "53300"
    for s in sessions:
        s.close()


def test_connections_that_say_nothing(begin: Begin) -> None:
    daemon = begin(TRUST, {"limits": {"startups_max": 2}, "network": {"startup_timeout_ms": 60_000}})
    silent = []
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        # More than two: one that came while the daemon was being looked for may have been refused.
        silent.append(guarded.connect(daemon))
        c = guarded.connect(daemon)
        c.send(wire.startup(user="app", database="mem0"))
        message = c.read_message()
        if message.type == "E":
            break
        c.close()
    assert wire.error_fields(message.body)["C"] == "53300"
    for s in silent:
        s.socket.close()
