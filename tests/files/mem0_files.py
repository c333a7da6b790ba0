"""History files as each release of mem0 leaves them.

Made by the storage class of the real release where it is installed (build/mem0_files/VERSION), else from the schema
that release creates. Every file holds the same history: MOVES of two memories, in the order they happened.
"""

from __future__ import annotations

import datetime
import importlib.util
import pathlib
import sqlite3
import subprocess
import sys
import time
import types
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

UTC = datetime.timezone.utc
PACIFIC = ZoneInfo("US/Pacific")


class Move(NamedTuple):
    memory: str
    old: str | None
    new: str | None
    event: str
    at: datetime.datetime | None
    deleted: int = 0

    def to_milliseconds(self) -> Move:
        """As JavaScript's dates have it."""
        if self.at is None:
            return self
        return self._replace(at=self.at.replace(microsecond=self.at.microsecond // 1000 * 1000))


def _at(hour: int, minute: int, microsecond: int = 0) -> datetime.datetime:
    return datetime.datetime(2024, 11, 3, hour, minute, 0, microsecond, UTC)


# Over the night in which US/Pacific leaves daylight saving time: by their text the later ones come first.
MOVES = [
    Move("m1", None, "likes tea", "ADD", _at(8, 30, 250000)),
    Move("m1", "likes tea", "likes tea, 'black'\tand \"hot\"\n", "UPDATE", _at(8, 59, 1)),
    Move("m1", "likes tea, 'black'\tand \"hot\"\n", "liebt Tee ☕", "UPDATE", _at(9, 5)),
    Move("m1", "liebt Tee ☕", "", "UPDATE", _at(10, 0)),
    Move("m2", None, "is in Lisbon", "ADD", None),
    Move("m2", "is in Lisbon", None, "DELETE", None, 1),
]
MESSAGES = [{"role": "user" if n % 2 else "assistant", "content": f"says {n}", "name": None} for n in range(14)]

V1 = """CREATE TABLE history (id TEXT PRIMARY KEY, memory_id TEXT, prev_value TEXT, new_value TEXT, event TEXT,
    timestamp DATETIME, is_deleted INTEGER)"""
V2 = """CREATE TABLE history (id TEXT PRIMARY KEY, memory_id TEXT, old_memory TEXT, new_memory TEXT, new_value TEXT,
    event TEXT, created_at DATETIME, updated_at DATETIME, is_deleted INTEGER)"""
V3 = """CREATE TABLE history (id TEXT PRIMARY KEY, memory_id TEXT, old_memory TEXT, new_memory TEXT, event TEXT,
    created_at DATETIME, updated_at DATETIME, is_deleted INTEGER, actor_id TEXT, role TEXT)"""
MESSAGES_TABLE = """CREATE TABLE messages (id TEXT PRIMARY KEY, session_scope TEXT, role TEXT, content TEXT, name TEXT,
    created_at DATETIME)"""
NODE = """CREATE TABLE memory_history (id INTEGER PRIMARY KEY AUTOINCREMENT, memory_id TEXT NOT NULL,
    previous_value TEXT, new_value TEXT, action TEXT NOT NULL, created_at TEXT, updated_at TEXT,
    is_deleted INTEGER DEFAULT 0)"""


def storage_of(root: pathlib.Path, version: str) -> types.ModuleType | None:
    """mem0/memory/storage.py of that release, without what the rest of mem0 imports."""
    source = root / "build/mem0_files" / version / "mem0/memory/storage.py"
    if not source.is_file():
        return None
    spec = importlib.util.spec_from_file_location(f"mem0_storage_{version.replace('.', '_')}", source)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _iso(at: datetime.datetime | None, zone: datetime.tzinfo) -> str | None:
    return at.astimezone(zone).isoformat() if at else None


def _insert(file: pathlib.Path, create: str, row_of: Any) -> None:
    with sqlite3.connect(file) as db:
        db.execute(create)
        table = create.split()[2]
        for n, move in enumerate(MOVES):
            row = row_of(n, move)
            names, marks = ", ".join(row), ", ".join("?" * len(row))
            db.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", list(row.values()))
    db.close()


def _v1_row(n: int, m: Move) -> dict[str, Any]:
    at = m.at.replace(tzinfo=None).isoformat(" ") if m.at else None
    values = {"prev_value": m.old, "new_value": m.new, "event": m.event, "timestamp": at}
    return {"id": f"id-{n}", "memory_id": m.memory, **values, "is_deleted": m.deleted}


def _v2_row(n: int, m: Move) -> dict[str, Any]:
    at = _iso(m.at, PACIFIC)
    values = {"old_memory": m.old, "new_memory": m.new, "event": m.event, "created_at": at, "updated_at": at}
    return {"id": f"id-{n}", "memory_id": m.memory, **values, "is_deleted": m.deleted}


def python_v1(root: pathlib.Path, file: pathlib.Path) -> None:
    module = storage_of(root, "0.0.9")
    if module is None:
        return _insert(file, V1, _v1_row)
    db = module.SQLiteManager(str(file))
    for m in MOVES:
        db.add_history(m.memory, m.old, m.new, m.event, m.deleted)
    with db.connection:  # It took the time of the call.
        for n, m in enumerate(MOVES):
            at = m.at.replace(tzinfo=None) if m.at else None
            db.connection.execute("UPDATE history SET timestamp = ? WHERE rowid = ?", (at, n + 1))
    db.connection.close()


def _by_release(root: pathlib.Path, file: pathlib.Path, version: str, zone: datetime.tzinfo, create: str) -> None:
    module = storage_of(root, version)
    if module is None:
        _insert(file, create, _v2_row)
        if create == V3 and version.startswith("2."):
            with sqlite3.connect(file) as raw:
                raw.execute(MESSAGES_TABLE)
                rows = [(str(n), m["role"], m["content"]) for n, m in enumerate(MESSAGES[-10:])]
                raw.executemany("INSERT INTO messages (id, session_scope, role, content) VALUES (?, 's', ?, ?)", rows)
            raw.close()
        return
    db = module.SQLiteManager(str(file))
    for m in MOVES:
        at = _iso(m.at, zone)
        db.add_history(m.memory, m.old, m.new, m.event, created_at=at, updated_at=at, is_deleted=m.deleted)
    if hasattr(db, "save_messages"):
        db.save_messages(MESSAGES, "s")
    db.connection.close()


def python_v2(root: pathlib.Path, file: pathlib.Path) -> None:
    _by_release(root, file, "0.1.29", PACIFIC, V2)


def python_v2_late(root: pathlib.Path, file: pathlib.Path) -> None:
    """A file of 0.0.9 that 0.1.99 has migrated: new_memory and new_value both."""
    _insert(file, V1, _v1_row)
    module = storage_of(root, "0.1.99")
    if module is not None:
        module.SQLiteManager(str(file)).connection.close()
        return
    with sqlite3.connect(file) as db:
        db.executescript("ALTER TABLE history RENAME TO old_history;" + V2)
        columns = "id, memory_id, old_memory, new_memory, new_value, event, created_at, updated_at, is_deleted"
        values = "id, memory_id, prev_value, new_value, new_value, event, timestamp, timestamp, is_deleted"
        db.executescript(f"INSERT INTO history ({columns}) SELECT {values} FROM old_history; DROP TABLE old_history")
    db.close()


def python_v3(root: pathlib.Path, file: pathlib.Path) -> None:
    _by_release(root, file, "0.1.118", PACIFIC, V3)


def python_v3_1x(root: pathlib.Path, file: pathlib.Path) -> None:
    _by_release(root, file, "1.0.3", UTC, V3)


def python_v4(root: pathlib.Path, file: pathlib.Path) -> None:
    _by_release(root, file, "2.0.0", UTC, V3)


def node(_: pathlib.Path, file: pathlib.Path) -> None:
    def row(_: int, m: Move) -> dict[str, Any]:
        at = m.at.isoformat(timespec="milliseconds").replace("+00:00", "Z") if m.at else None
        values = {"previous_value": m.old, "new_value": m.new, "action": m.event, "created_at": at, "updated_at": None}
        return {"memory_id": m.memory, **values, "is_deleted": m.deleted}

    _insert(file, NODE, row)


def half_migrated_by_0_1_100(root: pathlib.Path, file: pathlib.Path) -> None:
    """0.1.100 locks itself out halfway: history is history_old by then, and there is no other."""
    python_v2(root, file)
    source = root / "build/mem0_files/0.1.100/mem0/memory/storage.py"
    if not source.is_file():
        with sqlite3.connect(file) as db:
            db.execute("ALTER TABLE history RENAME TO history_old")
        return db.close()
    program = "import sys, runpy; runpy.run_path(sys.argv[1])['SQLiteManager'](sys.argv[2])"
    process = subprocess.Popen([sys.executable, "-c", program, str(source), str(file)])
    try:
        db = sqlite3.connect(file)
        deadline = time.monotonic() + 60
        names: list[str] = []
        while "history_old" not in names and time.monotonic() < deadline:
            time.sleep(0.02)
            names = [n for (n,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        db.close()
        assert names == ["history_old"], names
    finally:
        process.kill()
        process.wait()


def half_migrated_to_v2(_: pathlib.Path, file: pathlib.Path) -> None:
    """Ended between the copy's CREATE and its INSERT: an empty history beside old_history."""
    _insert(file, V1, _v1_row)
    with sqlite3.connect(file) as db:
        db.executescript("ALTER TABLE history RENAME TO old_history;" + V2)
    db.close()


def half_migrated_to_v3(_: pathlib.Path, file: pathlib.Path) -> None:
    """Ended before history_old was dropped: its rows are in history too, without what V3 has no column for."""
    _insert(file, V1, _v1_row)
    with sqlite3.connect(file) as db:
        columns = "id, memory_id, event, is_deleted"
        db.executescript("ALTER TABLE history RENAME TO history_old;" + V3)
        db.execute(f"INSERT INTO history ({columns}) SELECT {columns} FROM history_old")
    db.close()


WHOLE = {f.__name__: f for f in (python_v1, python_v2, python_v2_late, python_v3, python_v3_1x, python_v4)}
HALF = {f.__name__: f for f in (half_migrated_by_0_1_100, half_migrated_to_v2, half_migrated_to_v3)}
PYTHON = {**WHOLE, **HALF}
