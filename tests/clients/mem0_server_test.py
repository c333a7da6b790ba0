"""mem0's server (SQLAlchemy on psycopg 3): the messages of its migrations and of its requests, as it sent them.

mem0_server/*.log has both directions, recorded on PostgreSQL 15. They are sent again, one exchange after the other;
what comes back is what PostgreSQL answers here and now, and what it answered when it was recorded.
"""

from __future__ import annotations

import json
import pathlib
import re
from typing import Any

import pytest
import servers
import wire

LOGS = [pathlib.Path(__file__).parent / "mem0_server" / f"{name}.log" for name in ("migrations", "requests")]
# Fields of an error that say where in PostgreSQL's source it was raised.
SOURCE_FIELDS = "FLRV"
TABLES = ("users", "api_keys", "request_logs", "settings", "refresh_token_jtis", "alembic_version")
VERSION = re.compile(r"PostgreSQL 15\.\d+.*")


def parameter_of(value: str | None) -> bytes | None:
    """As the log has it: text, or bytes in hexadecimal after \\x."""
    if value is None:
        return None
    return bytes.fromhex(value[2:]) if value.startswith("\\x") else value.encode()


def message_of(kind: str, body: dict[str, Any]) -> bytes:
    if kind == "Query":
        return wire.query(body["sql"])
    if kind == "Parse":
        return wire.parse(body["sql"], body["stmt"], tuple(body["param_oids"]))
    if kind == "Bind":
        values = tuple(map(parameter_of, body["params"]))
        formats = tuple(body["pfmts"]), tuple(body["rfmts"])
        return wire.bind(values, body["portal"], body["stmt"], *formats)
    if kind == "Describe":
        return wire.describe(body["kind"], body["name"])
    if kind == "Execute":
        return wire.execute(body["portal"], body["max_rows"])
    assert kind == "Sync", kind
    return wire.sync()


def text_of(value: bytes | None) -> str | None:
    return None if value is None else VERSION.sub("PostgreSQL 15", value.decode())


def answer_of(m: wire.Message) -> tuple:
    """What a client could tell, without what is each server's own: table OIDs, places in source code."""
    if m.type == "T":
        columns = wire.columns_of(m.body)
        return "RowDescription", [(c.name, c.type_oid, c.typlen, c.typmod, c.format, c.attnum) for c in columns]
    if m.type == "D":
        return "DataRow", [text_of(v) for v in wire.row_of(m.body)]
    if m.type in "EN":
        fields = wire.error_fields(m.body)
        return "ErrorResponse", {k: v for k, v in fields.items() if k not in SOURCE_FIELDS}
    names = {"C": "CommandComplete", "Z": "ReadyForQuery", "1": "ParseComplete", "2": "BindComplete"}
    names |= {"n": "NoData", "I": "EmptyQueryResponse"}
    return names[m.type], m.body.rstrip(b"\0").decode()


def exchanges() -> list[tuple[bytes, list[tuple[str, str]]]]:
    """What was sent up to each Query or Sync, and what was answered: kinds and what else was recorded."""
    out: list[tuple[bytes, list[tuple[str, str]]]] = []
    sent = b""
    for line in (line for log in LOGS for line in log.read_text().splitlines()):
        direction, kind, *rest = line.split(" ", 2)
        if direction == ">" and kind != "Terminate":
            sent += message_of(kind, json.loads(rest[0]) if rest else {})
            if kind in ("Query", "Sync"):
                out.append((sent, []))
                sent = b""
        elif direction == "<":
            out[-1][1].append((kind, rest[0] if rest else ""))
    return out


def replay(target: wire.Target) -> list[list[tuple]]:
    with wire.Connection(target) as c:
        answers = []
        for sent, _ in exchanges():
            c.send(sent)
            answers.append([answer_of(m) for m in c.read_until_ready()])
        return answers


@pytest.fixture(scope="module")
def recorded() -> list[list[tuple[str, str]]]:
    return [answers for _, answers in exchanges()]


def test_as_postgresql_answers(postgres_url: str, binary: str, tmp_path: pathlib.Path) -> None:
    postgres = servers.fresh_database(postgres_url, "mem0_app")
    expected = replay(postgres)
    daemon = servers.Historyd(binary, tmp_path)
    try:
        got = replay(daemon.target)
        for (sent, _), theirs, ours in zip(exchanges(), expected, got, strict=True):
            assert ours == theirs, sent
        with wire.Connection(postgres) as theirs, wire.Connection(daemon.target) as ours:
            for table in TABLES:
                everything = f"SELECT * FROM {table} ORDER BY 1"
                assert ours.rows(everything) == theirs.rows(everything) != [], table
    finally:
        daemon.stop()


def test_as_it_was_recorded(target: wire.Target, recorded: list, binary: str, side: str, request) -> None:
    """Kinds, tags, transaction status and SQLSTATEs of the time."""
    if side == "historyd":
        daemon = servers.Historyd(binary, request.getfixturevalue("tmp_path"))
        got = replay(daemon.target)
        daemon.stop()
    else:
        got = replay(servers.fresh_database(request.getfixturevalue("postgres_url"), "mem0_app"))
    assert len(got) == len(recorded)
    for theirs, ours in zip(recorded, got, strict=True):
        assert [kind for kind, _ in theirs] == [kind for kind, _ in ours]
        for (kind, detail), (_, body) in zip(theirs, ours, strict=True):
            if kind in ("CommandComplete", "ReadyForQuery"):
                assert list(json.loads(detail).values()) == [body]
            elif kind == "ErrorResponse":
                was = json.loads(detail)
                assert body == {k: v for k, v in was.items() if k not in SOURCE_FIELDS}
