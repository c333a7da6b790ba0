"""What goes wrong, said as mem0's own storage says it: with an exception of sqlite3."""

from __future__ import annotations

import sqlite3


class HistoryError(sqlite3.OperationalError):
    """historyd refused a statement, or is not there. `sqlstate` has its code, if it answered."""

    def __init__(self, message: str, sqlstate: str | None = None):
        super().__init__(message)
        self.sqlstate = sqlstate


# A restart, a full queue, a lost race: the same statements may be sent again.
_PASSING = {"40001", "40P01", "53300", "55P03", "57P01", "57P02", "57P03"}


def sqlstate_of(error: BaseException) -> str | None:
    return getattr(error, "sqlstate", None) or getattr(error, "pgcode", None)


def is_passing(sqlstate: str) -> bool:
    return sqlstate in _PASSING or sqlstate.startswith("08")
