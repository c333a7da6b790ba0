"""What clients ask of the catalog (catalog_queries.sql), answered as PostgreSQL answers it.

A query's comment names the client. A second comment tells of a difference: `differs: WHY` compares the
result's columns only, `refused: SQLSTATE WHY` expects that error.
"""

from __future__ import annotations

import pathlib
import re
from typing import NamedTuple

import pytest
import wire

OID, FIRST_USER_OID = 26, 16384
OBJECT_NUMBER_TYPES = {OID, 30, 1028}  # oid, oidvector, oid[]


class Question(NamedTuple):
    client: str
    differs: str
    refused: str
    sql: str


def read() -> tuple[str, list[Question]]:
    text = (pathlib.Path(__file__).parent / "catalog_queries.sql").read_text()
    head, body = text.split("-- end of setup\n")
    questions = []
    for comments, sql in re.findall(r"^((?:-- [^\n]*\n)+)(.*?);\n(?=\n|\Z)", body, re.DOTALL | re.MULTILINE):
        client, *marks = (line.removeprefix("-- ") for line in comments.splitlines())
        marked = dict(mark.split(": ", 1) for mark in marks)
        questions.append(Question(client, marked.get("differs", ""), marked.get("refused", ""), sql))
    return head.split("-- setup\n")[1], questions


SETUP, QUESTIONS = read()


@pytest.fixture(scope="module")
def prepared(both: tuple[wire.Target, wire.Target]) -> tuple[wire.Target, wire.Target]:
    """A schema of its own on each server, which the queries' search path does not need to name."""
    for target in dict.fromkeys(both):
        with wire.Connection(target) as c:
            for sql in (
                "DROP VIEW IF EXISTS recent",
                "DROP TABLE IF EXISTS child, history, numbered",
                "DROP SEQUENCE IF EXISTS counter",
                SETUP,
            ):
                error = c.simple(sql).error
                assert error is None, (sql, error)
    return both


def comparable(result: wire.Result) -> list[tuple[str | None, ...]]:
    """Rows in one order, numbers of the user's objects replaced: each server hands out its own."""
    numbered = [c.type_oid in OBJECT_NUMBER_TYPES for c in result.columns or []]

    def cell(value: bytes | None, is_number: bool) -> str | None:
        if value is None:
            return None
        text = value.decode()
        if is_number:
            return re.sub(r"\d+", lambda m: m[0] if int(m[0]) < FIRST_USER_OID else "N", text)
        # Constraint names made of numbers (2200_16389_1_not_null).
        return re.sub(r"\b2200_\d+_", "2200_N_", text)

    rows = [tuple(cell(v, n) for v, n in zip(row, numbered, strict=True)) for row in result.rows]
    return sorted(rows, key=lambda row: [(v is not None, v or "") for v in row])


@pytest.mark.parametrize(
    "question", QUESTIONS, ids=[f"{i}-{q.client.replace(' ', '-')}" for i, q in enumerate(QUESTIONS)]
)
def test_is_answered_alike(question: Question, prepared: tuple[wire.Target, wire.Target]) -> None:
    replies = []
    for target in prepared:
        # asyncpg turns jit off for its recursive query too: compiling it takes PostgreSQL many seconds.
        with wire.Connection(target, jit="off") as c:
            replies.append(c.simple(question.sql))
    postgres, historyd = replies
    assert postgres.error is None
    if question.refused and prepared[0] != prepared[1]:
        assert historyd.error is not None and historyd.error["C"] == question.refused.split()[0]
        return
    assert historyd.error is None, historyd.error
    (expected,), (given,) = postgres.results, historyd.results

    def described(result: wire.Result) -> list[tuple[str, int, int]]:
        return [(c.name, c.type_oid, c.typmod) for c in result.columns or []]

    assert described(given) == described(expected)
    if not question.differs:
        assert comparable(given) == comparable(expected)
