"""Reads .slt case files. README.md beside this file describes the format."""

from __future__ import annotations

import dataclasses
import pathlib


class BadCase(Exception):
    """The file itself is wrong: its name, line and what is expected there."""


@dataclasses.dataclass
class Record:
    """One statement (or query, or script) and what is expected of it."""

    file: str
    line: int
    kind: str  # statement, query, script
    expect: str = "ok"  # ok, error; of random cases any
    sqlstate: str | None = None
    options: frozenset[str] = frozenset()
    types: tuple[int, ...] = ()
    connection: str = "main"
    deliberate: str | None = None
    skip: frozenset[str] = frozenset()
    sql: str = ""
    bindings: list[tuple[bytes | None, ...]] = dataclasses.field(default_factory=list)


QUERY_OPTIONS = {"sort", "shape", "plain"}
ERROR_OPTIONS = {"code-only", "plain"}
PLURALS = {"statements": "statement", "queries": "query"}


def parse_binding(text: str) -> tuple[bytes | None, ...]:
    """`1 | abc | NULL`: values in text form, blanks around them dropped, NULL for null."""
    values = [v.strip() for v in text.split("|")]
    return tuple(None if v == "NULL" else v.encode() for v in values)


def parse_header(words: list[str], at: str) -> Record:
    file, line = at.rsplit(":", 1)
    record = Record(file, int(line), words[0])
    rest = words[1:]
    if record.kind in ("statement", "script"):
        if not rest or rest[0] not in ("ok", "error"):
            raise BadCase(f"{at}: expected 'ok' or 'error' after '{record.kind}'")
        record.expect = rest.pop(0)
        if record.expect == "error" and rest and len(rest[0]) == 5 and rest[0] == rest[0].upper():
            record.sqlstate = rest.pop(0)
    options = set()
    for word in rest:
        if word.startswith("types="):
            record.types = tuple(int(t) for t in word[6:].split(","))
        elif word in QUERY_OPTIONS | ERROR_OPTIONS:
            options.add(word)
        else:
            raise BadCase(f"{at}: unknown option '{word}'")
    record.options = frozenset(options)
    return record


def read(path: pathlib.Path) -> list[Record]:
    records: list[Record] = []
    connection, deliberate, skip = "main", None, set()
    lines = path.read_text().splitlines()
    i = 0
    while i < len(lines):
        text, at = lines[i].strip(), f"{path.name}:{i + 1}"
        i += 1
        if not text or text.startswith("#"):
            continue
        words = text.split()
        if words[0] == "halt":
            break
        if words[0] in ("connection", "deliberate", "skipif"):
            if len(words) != 2:
                raise BadCase(f"{at}: '{words[0]}' takes one name")
            if words[0] == "connection":
                connection = words[1]
            elif words[0] == "deliberate":
                deliberate = words[1]
            else:
                skip.add(words[1])
            continue
        plural = words[0] in PLURALS
        words[0] = PLURALS.get(words[0], words[0])
        if words[0] not in ("statement", "query", "script"):
            raise BadCase(f"{at}: unknown directive '{words[0]}'")
        record = parse_header(words, at)
        record.connection, record.deliberate, record.skip = connection, deliberate, frozenset(skip)
        deliberate, skip = None, set()
        body = []
        while i < len(lines) and lines[i].strip():
            if lines[i].startswith("bind "):
                record.bindings.append(parse_binding(lines[i][5:]))
            else:
                body.append(lines[i])
            i += 1
        if plural:
            first = i - len(body) + 1
            records += [dataclasses.replace(record, line=first + n, sql=sql) for n, sql in enumerate(body)]
        else:
            record.sql = "\n".join(body)
            records.append(record)
    return records
