"""Files that mem0's own storage made, or will open again: served in place, both ways, with nothing lost or moved."""

from __future__ import annotations

import datetime
import json
import pathlib
import sqlite3

import psycopg2
import pytest

CLIENT = pathlib.Path(__file__).with_name("file_client.py")
MADE = "2025-03-01T17:00:00.250000+00:00"


def tell(mem0, path: object, name: str = "", offset: int = 0, minutes: int = 0) -> dict:
    return json.loads(mem0.run(CLIENT, path, name, offset, MADE, minutes))


def texts(said: dict) -> list[str]:
    return [r["new_memory"] for r in said["history"]] + [m["content"] for m in said["messages"]]


def instants(said: dict) -> list[tuple]:
    def of(text: str | None) -> datetime.datetime | None:
        return None if text is None else datetime.datetime.fromisoformat(text)

    return [(r["id"], of(r["created_at"]), of(r["updated_at"])) for r in said["history"]]


def columns(path: pathlib.Path, table: str = "history") -> list[tuple]:
    with sqlite3.connect(path) as file:
        return sorted((c[1], c[2]) for c in file.execute(f"PRAGMA table_info({table})"))


# The Pacific time of mem0 before 1.0.8, and UTC since.
def own_offset(mem0) -> int:
    return -8 if mem0.version.startswith("0.") else 0


def has_messages(mem0) -> bool:
    return mem0.version.startswith("2.")


def expected(*names: str, messages: bool) -> list[str]:
    every = [f"{name} {n}" for name in names for n in range(4)]
    return every + ([f"{name} {n}" for name in names for n in range(3)] if messages else [])


def test_a_file_of_mem0_is_served_in_place(mem0, start, tmp_path: pathlib.Path) -> None:
    path = tmp_path / "history.db"
    before = tell(mem0, path, "stock", own_offset(mem0))
    made = columns(path)
    daemon = start(storage=path)
    served = tell(mem0, daemon.target.url())
    assert instants(served) == instants(before) and texts(served) == texts(before)
    after = tell(mem0, daemon.target.url(), "ours", 0, 10)
    assert texts(after) == expected("stock", "ours", messages=has_messages(mem0))
    daemon.stop()
    assert columns(path) == made
    again = tell(mem0, path)
    # In one offset mem0's order, which compares texts, is that of the instants.
    if own_offset(mem0) == 0:
        assert texts(again) == texts(after)
    assert sorted(instants(again)) == sorted(instants(after))


def test_mem0_opens_what_was_made_here(mem0, start, tmp_path: pathlib.Path) -> None:
    """And goes on with it, and historyd after it."""
    path = tmp_path / "history.db"
    daemon = start(storage=path)
    ours = tell(mem0, daemon.target.url(), "ours")
    daemon.stop()
    stock_columns = tmp_path / "stock.db"
    tell(mem0, stock_columns)
    assert columns(path) == columns(stock_columns)
    stock = tell(mem0, path, "stock", 0, 10)
    assert texts(stock) == expected("ours", "stock", messages=has_messages(mem0))
    assert instants(stock)[:4] == instants(ours)
    daemon = start(storage=path)
    again = tell(mem0, daemon.target.url(), "again", own_offset(mem0), 20)
    assert texts(again) == expected("ours", "stock", "again", messages=has_messages(mem0))
    assert instants(again)[:8] == instants(stock)
    with psycopg2.connect(daemon.target.url()) as connection, connection.cursor() as c:
        c.execute("SELECT count(*) FROM history WHERE created_at = %s AND updated_at > created_at", (MADE,))
        # The first of each name was updated when it was made, plus the minutes of its turn.
        assert c.fetchone() == (11,)
    connection.close()


def test_a_file_of_an_old_mem0_opened_by_a_new_one(latest, start, tmp_path: pathlib.Path) -> None:
    path = tmp_path / "history.db"
    with sqlite3.connect(path) as file:  # As 0.1.29 makes it.
        file.execute(
            "CREATE TABLE history (id TEXT PRIMARY KEY, memory_id TEXT, old_memory TEXT, new_memory TEXT,"
            " new_value TEXT, event TEXT, created_at DATETIME, updated_at DATETIME, is_deleted INTEGER)"
        )
        file.execute("INSERT INTO history VALUES ('1','m',NULL,'a',NULL,'ADD','2024-09-01T10:00:00.5-07:00',NULL,0)")
        file.execute("INSERT INTO history VALUES ('2','m','a',NULL,NULL,'DELETE',NULL,NULL,1)")
    daemon = start(storage=path)
    said = tell(latest, daemon.target.url(), "new", 0, 10)["history"]
    assert [r["id"] for r in said[:2]] == ["2", "1"] and len(said) == 6
    assert said[1] == {
        "id": "1",
        "memory_id": "m",
        "old_memory": None,
        "new_memory": "a",
        "event": "ADD",
        "created_at": "2024-09-01T17:00:00.500000+00:00",
        "updated_at": None,
        "is_deleted": False,
        "actor_id": None,
        "role": None,
    }
    assert said[0]["is_deleted"] is True
    daemon.stop()
    assert len(tell(latest, path)["history"]) == 6


def test_a_file_of_the_first_mem0(latest, start, tmp_path: pathlib.Path) -> None:
    path = tmp_path / "history.db"
    with sqlite3.connect(path) as file:  # July 2024.
        file.execute(
            "CREATE TABLE history (id TEXT PRIMARY KEY, memory_id TEXT, prev_value TEXT, new_value TEXT,"
            " event TEXT, timestamp DATETIME, is_deleted INTEGER)"
        )
        file.execute("INSERT INTO history VALUES ('1','m',NULL,'a','ADD','2024-07-01T10:00:00.5-07:00',0)")
        file.execute("INSERT INTO history VALUES ('2','m','a','b','UPDATE','2024-07-02T10:00:00-07:00',0)")
    daemon = start(storage=path)
    said = tell(latest, daemon.target.url())["history"]
    assert [(r["old_memory"], r["new_memory"], r["created_at"], r["updated_at"]) for r in said] == [
        (None, "a", *["2024-07-01T17:00:00.500000+00:00"] * 2),
        ("a", "b", *["2024-07-02T17:00:00+00:00"] * 2),
    ]
    daemon.stop()
    assert [r["new_memory"] for r in tell(latest, path)["history"]] == ["a", "b"]


def test_history_of_the_old_patch(latest, daemon) -> None:
    """Its columns are timestamps without time zone, filled by now()."""
    with psycopg2.connect(daemon.target.url()) as connection, connection.cursor() as c:
        c.execute(
            "CREATE TABLE history (id VARCHAR NOT NULL, memory_id TEXT, old_memory TEXT, new_memory TEXT, event TEXT,"
            " created_at TIMESTAMP WITHOUT TIME ZONE, updated_at TIMESTAMP WITHOUT TIME ZONE, is_deleted INTEGER,"
            " actor_id TEXT, role TEXT, PRIMARY KEY (id))"
        )
        c.execute(
            "INSERT INTO history (id, memory_id, new_memory, event, created_at, updated_at, is_deleted)"
            " VALUES ('1', 'm', 'patch', 'ADD', now(), now(), 0) RETURNING created_at"
        )
        at = c.fetchone()[0].replace(tzinfo=datetime.timezone.utc)
    connection.close()
    said = tell(latest, daemon.target.url(), "ours")["history"]
    assert [r["new_memory"] for r in said] == ["ours 0", "ours 1", "ours 2", "ours 3", "patch"]
    assert said[-1]["created_at"] == said[-1]["updated_at"] == at.isoformat()
    assert said[0]["created_at"] == MADE


@pytest.mark.parametrize("text", ["soon", ""])
def test_a_time_that_is_none_is_reported(latest, start, tmp_path: pathlib.Path, text) -> None:
    """mem0 stores whatever it is given; historyd serves the column as timestamptz and says what it cannot read."""
    path = tmp_path / "history.db"
    latest.python_code(
        "import sys; from mem0.memory.storage import SQLiteManager;"
        "SQLiteManager(sys.argv[1]).add_history('m', None, 'x', 'ADD', created_at=sys.argv[2])",
        path,
        text,
    )
    daemon = start(storage=path)
    with pytest.raises(AssertionError, match="HistoryError"):
        tell(latest, daemon.target.url())
