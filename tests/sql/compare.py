"""Runs one record on a server, and tells how two outcomes differ."""

from __future__ import annotations

import dataclasses
import struct

import slt
import wire

# Fields of an error that name what it is about; compared whenever the error itself is.
OBJECT_FIELDS = {"s": "schema", "t": "table", "c": "column", "n": "constraint"}
# Errors whose position and detail a client is known to show or to parse.
POSITIONED = {"42601", "42P01", "42703", "42883"}
DETAILED = {"23502", "23503", "23505"}


@dataclasses.dataclass
class Outcome:
    replies: list[wire.Reply] = dataclasses.field(default_factory=list)
    broken: str | None = None  # the connection was lost or the server did not answer

    def error(self) -> dict[str, str] | None:
        return next((r.error for r in self.replies if r.error), None)


def run(connection: wire.Connection, record: slt.Record, extended: bool) -> Outcome:
    outcome = Outcome()
    try:
        if record.kind == "script" or "plain" in record.options or not (extended or record.bindings):
            outcome.replies.append(connection.simple(record.sql))
        else:
            for values in record.bindings or [()]:
                outcome.replies.append(connection.extended(record.sql, values, record.types, extended))
    except wire.Disconnected as failure:
        outcome.broken = str(failure)
    except (TimeoutError, struct.error, ValueError, IndexError) as failure:
        outcome.broken = f"{type(failure).__name__}: {failure}"
    return outcome


def unexpected(record: slt.Record, outcome: Outcome) -> str | None:
    """What PostgreSQL did that the file did not expect; None when all is well."""
    error = outcome.error()
    if outcome.broken:
        return outcome.broken
    if record.expect == "ok" and error:
        return f"refused: {error.get('C')} {error.get('M')}"
    if record.expect == "error" and not error:
        return "accepted, though an error is expected"
    if record.sqlstate and error and error.get("C") != record.sqlstate:
        return f"refused with {error.get('C')} ({error.get('M')}), {record.sqlstate} expected"
    return None


def show_columns(columns: list[wire.Column] | None) -> str:
    if columns is None:
        return "(none)"
    return ", ".join(f"{c.name}:{c.type_oid}/{c.typlen}/{c.typmod}" for c in columns)


def comparable(columns: list[wire.Column] | None) -> list[tuple] | None:
    """A table's OID is its own on each server; that there is one is not."""
    return columns and [(c.name, c.table != 0, c.attnum, *c[3:]) for c in columns]


def compare_columns(what: str, a: list[wire.Column] | None, b: list[wire.Column] | None) -> list[str]:
    if comparable(a) == comparable(b):
        return []
    shown = [show_columns(a), show_columns(b)]
    if shown[0] == shown[1]:
        shown = [str(comparable(a)), str(comparable(b))]
    return [f"{what} differ\n    postgres {shown[0]}\n    historyd {shown[1]}"]


def show_row(row: tuple[bytes | None, ...]) -> str:
    return " | ".join("NULL" if v is None else v.decode("utf-8", "backslashreplace") for v in row)


def compare_rows(a: wire.Result, b: wire.Result, options: frozenset[str]) -> list[str]:
    if len(a.rows) != len(b.rows):
        return [f"rows: postgres {len(a.rows)}, historyd {len(b.rows)}"]
    if "shape" in options:
        return []
    mine, theirs = a.rows, b.rows
    if "sort" in options:
        mine, theirs = sorted(mine, key=repr), sorted(theirs, key=repr)
    different = [
        f"row {i + 1}\n    postgres {show_row(x)}\n    historyd {show_row(y)}"
        for i, (x, y) in enumerate(zip(mine, theirs))
        if x != y
    ]
    return different[:3] + ([f"... and {len(different) - 3} more rows"] if len(different) > 3 else [])


def compare_errors(a: dict[str, str] | None, b: dict[str, str] | None, options: frozenset[str]) -> list[str]:
    if a is None and b is None:
        return []
    if a is None or b is None:
        only, e = ("historyd", b) if a is None else ("postgres", a)
        return [f"only {only} refuses: {e.get('C')} {e.get('M')}" + (f" ({e['H']})" if "H" in e else "")]
    fields = {"S": "severity", "V": "severity", "C": "SQLSTATE"}
    if "code-only" not in options:
        fields |= {"M": "message", **OBJECT_FIELDS}
        if a.get("C") in POSITIONED:
            fields["P"] = "position"
        if a.get("C") in DETAILED:
            fields["D"] = "detail"
    return [
        f"error {name}\n    postgres {a.get(f, '(none)')}\n    historyd {b.get(f, '(none)')}"
        for f, name in fields.items()
        if a.get(f) != b.get(f)
    ]


def compare_notices(a: list[dict[str, str]], b: list[dict[str, str]]) -> list[str]:
    def essence(notices: list[dict[str, str]]) -> list[tuple]:
        return [(n.get("S"), n.get("C"), n.get("M")) for n in notices]

    if essence(a) == essence(b):
        return []
    return [f"notices\n    postgres {essence(a)}\n    historyd {essence(b)}"]


def compare_replies(a: wire.Reply, b: wire.Reply, options: frozenset[str]) -> list[str]:
    found = compare_errors(a.error, b.error, options)
    if found and (a.error is None or b.error is None):
        return found
    if a.error is None:
        if a.parameter_types != b.parameter_types:
            found.append(f"parameter types: postgres {a.parameter_types}, historyd {b.parameter_types}")
        found += compare_columns("described columns", a.described, b.described)
    if [r.tag for r in a.results] != [r.tag for r in b.results]:
        found.append(f"tags: postgres {[r.tag for r in a.results]}, historyd {[r.tag for r in b.results]}")
    for x, y in zip(a.results, b.results):
        found += compare_columns("columns", x.columns, y.columns)
        found += compare_rows(x, y, options)
    found += compare_notices(a.notices, b.notices)
    if sorted(a.settings) != sorted(b.settings):
        found.append(f"ParameterStatus: postgres {sorted(a.settings)}, historyd {sorted(b.settings)}")
    if a.status != b.status:
        found.append(f"transaction status: postgres {a.status}, historyd {b.status}")
    return found


def passed_over(errors: list[dict[str, str]]) -> bool:
    """Of random cases: what depends on the order in which rows and expressions are looked at.

    An error of class 22 is met or not, what comes after it in a transaction is refused or not (25P02, and 3B001 for a
    savepoint that was), and of several violated constraints (class 23, and 21000 for a row that is met twice) any one
    is told.
    """
    if any(e["C"].startswith("22") or e["C"] in ("25P02", "3B001") for e in errors):
        return True
    return len(errors) == 2 and all(e["C"].startswith("23") or e["C"] == "21000" for e in errors)


def compare(record: slt.Record, postgres: Outcome, historyd: Outcome) -> list[str]:
    """Returns the differences, empty when there are none."""
    if historyd.broken:
        return [f"historyd: {historyd.broken}"]
    errors = [e for e in (postgres.error(), historyd.error()) if e]
    if "data-errors" in record.options and passed_over(errors):
        return []
    found: list[str] = []
    for a, b in zip(postgres.replies, historyd.replies):
        found += compare_replies(a, b, record.options)
    return found
