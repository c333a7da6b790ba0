"""Query strings that differ in their constants only: the third one on, historyd takes them apart without parsing.

Each family is sent in order, so that its later texts go that way; all answers must be PostgreSQL's.
"""

from __future__ import annotations

import pytest
import wire

SCHEMA = """CREATE TABLE constants (a int, b text, c varchar(5), d timestamptz, e numeric(6,2), f jsonb,
    g bool, h bytea, i uuid, j date, k int[], l float8, m bigint)"""
UUID = "c5d7fd5c-33b6-4d51-9d1b-3a8f5b5e2a5"

# A text with {} and what stands there, one after the other.
FAMILIES: dict[str, tuple[str, list[str]]] = {
    "texts": (
        "INSERT INTO constants (b) VALUES ({}) RETURNING b",
        ["'x'", "'it''s'", "''", "'ä; -- ;'", "'$1'", "'\"'"],
    ),
    "escape strings": (
        "INSERT INTO constants (b) VALUES ({}) RETURNING b",
        ["'a'", "'b'", r"E'a\nb'", r"'a\nb'", "'c' 'd'"],
    ),
    "numbers": (
        "INSERT INTO constants (a) VALUES ({}) RETURNING a",
        ["1", "2", "3", "-4", "5.5", "999999999", "2147483647", "2147483648", "1e3", "'7'", "'x'", "NULL"],
    ),
    "numbers of other columns": (
        "INSERT INTO constants (m, l, e, b) VALUES ({0}, {0}, {0}, {0}) RETURNING m, l, e, b",
        ["1", "2", "3", "'4'", "123456", "5"],
    ),
    "too long": (
        "INSERT INTO constants (c) VALUES ({}) RETURNING c",
        ["'a'", "'b'", "'abcde'", "'abcdef'", "'abc   '"],
    ),
    "instants": (
        "INSERT INTO constants (d) VALUES ({}) RETURNING d = now(), d",
        [f"'2026-11-25 10:00:0{n}+02'" for n in range(4)]
        + ["'infinity'", "'2026-13-01'", "'x'", "'2026-11-25T10:00Z'"],
    ),
    "now": (
        "INSERT INTO constants (d) VALUES ({}) RETURNING d = now()",
        ["'2026-01-01'"] * 3 + ["'now'", "'today'", "'epoch'"],
    ),
    "casts": (
        "INSERT INTO constants (d, j, f, i) VALUES ({0}::timestamptz, {0}::date, '{{}}'::jsonb, NULL) RETURNING d, j",
        ["'2026-11-25'", "'2026-11-26'", "'2026-11-27'", "'no date'", "'2026-11-28'"],
    ),
    "typed constants": ("SELECT date {}, interval '1 day' * {}", ["'2026-11-25'", "'2'", "'3'"]),
    "json, bool, bytea": (
        "INSERT INTO constants (f, g, h) VALUES ({}) RETURNING f, g, h",
        [f"'{{\"n\": {n}}}', 'yes', '\\x0{n}'" for n in range(4)] + ["'{', 'no', '\\x'", "'1', 'maybe', '\\x'"],
    ),
    "uuids": ("INSERT INTO constants (i) VALUES ({}) RETURNING i", [f"'{UUID}{n}'" for n in range(4)] + ["'no uuid'"]),
    "arrays": ("INSERT INTO constants (k) VALUES ({}) RETURNING k", ["'{1,2}'", "'{3}'", "'{}'", "'{x}'", "'{4}'"]),
    "where": (
        "SELECT count(*), min(b) FROM constants WHERE a = {} AND b <> 'nothing'",
        ["1", "2", "3", "'3'", "'x'", "4.0", "5"],
    ),
    "where with a column on the right": ("SELECT count(*) FROM constants WHERE {} < a", ["1", "2", "3", "'1'"]),
    "no such operator": ("SELECT count(*) FROM constants WHERE b = {}", ["'a'", "'b'", "'c'", "1", "2", "3"]),
    "update": (
        "UPDATE constants SET b = {0}, e = {1} WHERE c = 'a' RETURNING b, e",
        ["'x'|1", "'y'|2", "'z'|'3.456'", "'w'|12345", "'v'|'NaN'"],
    ),
    "delete": ("DELETE FROM constants WHERE c = {}", ["'q'", "'abcde'", "'a'", "'b'"]),
    "result columns": ("SELECT {}, {} AS n, 'x' || {}", ["1", "2", "3"]),
    "positions": (
        "SELECT a, b FROM constants WHERE a > 0 AND b IS NULL GROUP BY 1, 2 ORDER BY {} LIMIT 2",
        ["1", "2", "1", "2", "3"],
    ),
    "limits": ("SELECT a FROM constants WHERE a > 0 ORDER BY a LIMIT {}", ["1", "2", "3", "'1'", "0"]),
    "length of a type": ("SELECT 'abcdef'::varchar({})", ["1", "2", "3", "4"]),
    "default kept apart": ("INSERT INTO constants (a, b) VALUES ({}, DEFAULT) RETURNING a, b", ["1", "2", "3"]),
    "on conflict": (
        "INSERT INTO constants_key VALUES ({}, 'x') ON CONFLICT (a) DO UPDATE SET b = 'y' RETURNING a, b",
        ["1", "2", "1", "2", "3"],
    ),
    "duplicate": ("INSERT INTO constants_key VALUES ({}, 'x')", ["11", "12", "13", "13", "11", "14"]),
}


@pytest.fixture(scope="module")
def connections(both: tuple[wire.Target, wire.Target]):
    opened = [wire.Connection(target) for target in both]
    for c in opened:
        for sql in (SCHEMA, "CREATE TABLE constants_key (a int PRIMARY KEY, b text)"):
            assert c.simple(sql).error is None
    yield opened
    for c in opened:
        c.close()


def answer(c: wire.Connection, sql: str) -> object:
    r = c.simple(sql)
    if r.error is not None:
        return {k: v for k, v in r.error.items() if k in "SCMDP"}
    return [([(x.name, x.type_oid, x.typmod) for x in s.columns or []], s.rows, s.tag) for s in r.results]


@pytest.mark.parametrize("name", FAMILIES)
def test_answered_alike(name: str, connections: list[wire.Connection]) -> None:
    template, values = FAMILIES[name]
    count = template.count("{}")
    for value in values * 2:
        parts = value.split("|") if "|" in value else [value] * max(1, count)
        sql = template.format(*parts)
        postgres, historyd = (answer(c, sql) for c in connections)
        assert historyd == postgres, sql


def test_a_table_that_changes_meanwhile(connections: list[wire.Connection]) -> None:
    for step in (
        "CREATE TABLE changing (a int, b text)",
        "ALTER TABLE changing ALTER COLUMN a TYPE text",
        "ALTER TABLE changing RENAME COLUMN b TO c",
        "DROP TABLE changing",
    ):
        assert all(c.simple(step).error is None for c in connections)
        for n in range(4):
            sql = f"INSERT INTO changing (a, b) VALUES ({n}, 'b{n}') RETURNING a"
            postgres, historyd = (answer(c, sql) for c in connections)
            assert historyd == postgres, step
