"""The tables: mem0's own, column for column, so that mem0 can open the file again, and one beside them.

`history` has the columns of the mem0 that made it. Tables of older versions are brought to what the installed one
needs, as its own storage would do on opening the file, but without copying: columns are added or renamed.
"""

from __future__ import annotations

from historyd_mem0.drivers import Rows, Statement

_TEXT, _INSTANT, _NUMBER = "text", "timestamptz", "integer"
_SHARED = {
    "id": "text PRIMARY KEY",
    "memory_id": _TEXT,
    "old_memory": _TEXT,
    "new_memory": _TEXT,
    "event": _TEXT,
    "created_at": _INSTANT,
    "updated_at": _INSTANT,
    "is_deleted": _NUMBER,
}
# Before 0.1.100.
HISTORY_WITHOUT_ACTORS = {**_SHARED, "new_value": _TEXT}
HISTORY = {**_SHARED, "actor_id": _TEXT, "role": _TEXT}
MESSAGES = {
    "id": "text PRIMARY KEY",
    "session_scope": _TEXT,
    "role": _TEXT,
    "content": _TEXT,
    "name": _TEXT,
    "created_at": _INSTANT,
}
AS_GIVEN = {"id": "text PRIMARY KEY", "created_at": _TEXT, "updated_at": _TEXT}
# The first version's names, July 2024.
_FIRST_NAMES = {"prev_value": "old_memory", "new_value": "new_memory", "timestamp": "created_at"}

WHAT_IS_THERE: Statement = (
    "SELECT table_name, column_name FROM information_schema.columns"
    " WHERE table_schema = current_schema() AND table_name IN ('history', 'messages', 'history_as_given')",
    (),
)


def _create(table: str, columns: dict[str, str]) -> str:
    listed = ", ".join(f"{name} {kind}" for name, kind in columns.items())
    return f"CREATE TABLE IF NOT EXISTS {table} ({listed})"


def _upgrade_history(there: set[str], wanted: dict[str, str]) -> list[str]:
    changes = []
    if "prev_value" in there:
        for old, new in _FIRST_NAMES.items():
            if old in there and new not in there:
                changes.append(f'ALTER TABLE history RENAME COLUMN "{old}" TO {new}')
                there = there - {old} | {new}
    missing = [name for name in wanted if name not in there]
    changes += [f"ALTER TABLE history ADD COLUMN IF NOT EXISTS {name} {wanted[name]}" for name in missing]
    if changes and changes[0].startswith("ALTER TABLE history RENAME"):
        changes.append("UPDATE history SET updated_at = created_at")
    return changes


def changes_to(found: Rows, history: dict[str, str]) -> list[Statement]:
    """What has to be done to tables as WHAT_IS_THERE found them; mostly nothing."""
    there: dict[str, set[str]] = {}
    for table, column in found:
        there.setdefault(table, set()).add(column)
    changes = _upgrade_history(there["history"], history) if "history" in there else [_create("history", history)]
    if "messages" not in there:
        changes.append(_create("messages", MESSAGES))
    if "history_as_given" not in there:
        changes.append(_create("history_as_given", AS_GIVEN))
    return [(change, ()) for change in changes]
