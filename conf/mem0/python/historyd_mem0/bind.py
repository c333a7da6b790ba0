"""Parameters as SQLite would take them: numbers become text in a text column, what it cannot bind is refused."""

from __future__ import annotations

import datetime
import sqlite3
import sys
import typing

# What sqlite3 raises for it.
_NotSupported = sqlite3.ProgrammingError if sys.version_info >= (3, 11) else sqlite3.InterfaceError


def text(value: typing.Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, str):
        if "\0" in value:
            raise sqlite3.DataError("Text with a NUL character cannot be stored in historyd, nor in PostgreSQL.")
        return str.__str__(value)
    if isinstance(value, (bool, int)):
        return str(int(value))
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, datetime.datetime):
        return value.isoformat(" ")
    if isinstance(value, datetime.date):
        return value.isoformat()
    raise _NotSupported(f"Error binding parameter: type '{type(value).__name__}' is not supported")


def number(value: typing.Any) -> str | None:
    """For is_deleted, of which mem0 asks no more than whether it is 0."""
    return None if value is None else str(int(value))
