"""Message sequences, byte for byte, against PostgreSQL.

Each script of protocol_scripts.py and pipeline_scripts.py is played to PostgreSQL and to historyd. What the
two send back must be the same but for what is a server's own: key data, table OIDs, source positions of errors,
the minor version.
"""

from __future__ import annotations

import re
import select
import struct

import pytest
import wire
from pipeline_scripts import PIPELINES
from protocol_scripts import OPTION, SESSIONS, SETUP, STARTUPS, Raw, Script, Send, Until, packet
from wire import query

SCRIPTS = SESSIONS | PIPELINES


def normal(m: wire.Message) -> tuple[str, object]:
    """The message without what is a server's own."""
    if m.type == "K":
        return "K", "key"
    if m.type in "EN":
        fields = wire.error_fields(m.body)
        fields["M"] = fields["M"].replace("3.0 to 3.2", "3.0 to 3.0")  # historyd speaks 3.2 as well
        return m.type, {k: v for k, v in fields.items() if k not in "FLRW"}
    if m.type == "A":
        return "A", m.body[4:]  # without the process ID
    if m.type == "T":
        return "T", [(c.name, c.table != 0, *c[2:]) for c in wire.columns_of(m.body)]
    if m.type == "S":
        name, value = m.body[:-1].decode().split("\0")
        if name == "is_superuser":  # nobody is, on historyd
            value = "off"
        return "S", (name, re.sub(r"^15\.\d+.*", "15.x", value))
    return m.type, m.body


def is_framing_error(m: wire.Message) -> bool:
    """Of a length that makes no sense PostgreSQL tells its log only; historyd tells the client too, then hangs up."""
    return m.type == "E" and wire.error_fields(m.body)["M"].startswith("invalid") and b"length" in m.body


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
        if is_framing_error(message):
            continue
        seen.append(normal(message))
        if message.type in kinds:
            return


def assert_same(postgres: list[object], historyd: list[object]) -> None:
    shown = [
        f"{'same' if a == b else 'DIFF'}\n  postgres {a}\n  historyd {b}" for a, b in zip(postgres, historyd)
    ]
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


@pytest.mark.parametrize("name", SCRIPTS)
def test_session(name: str, prepared: tuple[wire.Target, wire.Target]) -> None:
    postgres, historyd = (play(t, SCRIPTS[name], started=True) for t in prepared)
    assert "silence" not in postgres
    assert_same(postgres, historyd)


@pytest.mark.parametrize("name", STARTUPS)
def test_startup(name: str, sockets: tuple[wire.Target, wire.Target]) -> None:
    postgres, historyd = (play(t, STARTUPS[name], started=False) for t in sockets)
    assert "silence" not in postgres
    assert_same(postgres, historyd)


@pytest.mark.parametrize("name", SCRIPTS)
def test_one_byte_at_a_time(name: str, prepared: tuple[wire.Target, wire.Target]) -> None:
    """The same answers when every message trickles in."""
    _, historyd = prepared
    whole = play(historyd, SCRIPTS[name], started=True)
    trickled = [
        piece
        for step in SCRIPTS[name]
        for piece in (
            [Send(step.data[i : i + 1]) for i in range(len(step.data))] if isinstance(step, Send) else [step]
        )
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
        assert (
            r.error and r.error["C"] == "57014" and r.error["M"] == "canceling statement due to user request"
        )
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
