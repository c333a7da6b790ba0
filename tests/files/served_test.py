"""A file that mem0 wrote is served as it is, kept safe first, written to, and mem0's again afterwards."""

from __future__ import annotations

import contextlib
import datetime
import pathlib
import sqlite3

import mem0_files
import psycopg2
import pytest
from mem0_files import MOVES, UTC
from queries import rows

TIMESTAMPTZ, TEXT, INT4, INT8 = 1184, 25, 23, 20

# What each layout calls memory, old text, new text, event, time, deleted; and its table.
NAMES = {
    "python_v1": ("memory_id", "prev_value", "new_value", "event", "timestamp", "is_deleted", "history"),
    "half_migrated_by_0_1_100": (
        *("memory_id", "old_memory", "new_memory", "event", "created_at", "is_deleted", "history_old"),
    ),
    "half_migrated_to_v2": (
        *("memory_id", "prev_value", "new_value", "event", "timestamp", "is_deleted", "old_history"),
    ),
    "half_migrated_to_v3": (
        *("memory_id", "prev_value", "new_value", "event", "timestamp", "is_deleted", "history_old"),
    ),
    "node": ("memory_id", "previous_value", "new_value", "action", "created_at", "is_deleted", "memory_history"),
}
PRESENT = ("memory_id", "old_memory", "new_memory", "event", "created_at", "is_deleted", "history")
VERSIONS = [*mem0_files.PYTHON, "node"]


def dump(file: pathlib.Path) -> list[str]:
    with contextlib.closing(sqlite3.connect(file)) as db:
        return list(db.iterdump())


def instant_of(value: object) -> datetime.datetime | None:
    return datetime.datetime.fromisoformat(value.replace("Z", "+00:00")) if isinstance(value, str) else value


@pytest.mark.parametrize("version", VERSIONS)
def test_read_through_a_client(version: str, make, serve) -> None:
    file = make(version)
    daemon = serve(file)
    *names, table = NAMES.get(version, PRESENT)
    connection = psycopg2.connect(daemon.target.url())
    with contextlib.closing(connection), connection, connection.cursor() as c:
        c.execute(f"SELECT {', '.join(names)} FROM {table}")
        moves = [(*r[:4], instant_of(r[4]), r[5]) for r in c.fetchall()]
        expected = [m.to_milliseconds() if version == "node" else m for m in MOVES]
        assert moves == [tuple(m) for m in expected]
        types = [d.type_code for d in c.description]
        at = TEXT if version == "node" else TIMESTAMPTZ
        assert types == [TEXT, TEXT, TEXT, TEXT, at, INT4]
        c.execute(f"SELECT pg_typeof(id) FROM {table} LIMIT 1")
        assert c.fetchone() == (("bigint" if version == "node" else "text"),)
        if at == TIMESTAMPTZ:
            c.execute(f"SELECT {names[4]} FROM {table} WHERE memory_id = 'm1' ORDER BY {names[4]}")
            assert [r[0] for r in c.fetchall()] == [m.at for m in MOVES[:4]]
            c.execute(f"SELECT count(*) FROM {table} WHERE {names[4]} >= '2024-11-03 09:00+00'")
            assert c.fetchone() == (2,)
            c.execute(f"SELECT max({names[4]}) - min({names[4]}) FROM {table}")
            assert c.fetchone() == (MOVES[3].at - MOVES[0].at,)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_copy_is_kept_of_what_it_was(version: str, make, serve) -> None:
    file = make(version)
    before, mode = dump(file), file.stat().st_mode
    daemon = serve(file)
    copy = file.with_name("history.db.before-historyd")
    assert f"is kept, verified, in {copy}" in daemon.log.read_text()
    assert dump(copy) == before and copy.stat().st_mode == mode
    daemon.stop()
    again = serve(file)
    assert "is kept" not in again.log.read_text()
    assert [f.name for f in file.parent.glob("*.before-historyd*")] == [copy.name]


def test_an_earlier_copy_is_not_replaced(make, serve) -> None:
    file = make("python_v4")
    earlier = file.with_name("history.db.before-historyd")
    earlier.write_text("of another day")
    serve(file)
    assert earlier.read_text() == "of another day"
    assert dump(file.with_name("history.db.before-historyd.2"))


def test_a_new_file_has_no_copy(serve, tmp_path: pathlib.Path) -> None:
    serve(tmp_path / "new.db")
    assert not list(tmp_path.glob("*.before-historyd*"))


def test_half_a_migration_is_said_in_the_log(make, serve) -> None:
    daemon = serve(make("half_migrated_by_0_1_100"))
    assert f"history_old has {len(MOVES)} rows" in daemon.log.read_text()


WRITES = """
INSERT INTO history (id, memory_id, old_memory, new_memory, event, created_at, updated_at, is_deleted)
    VALUES ('n1', 'm1', '', 'first', 'UPDATE', '2024-11-03 10:30:00.5+00', '2024-11-03 10:30:00.5+00', 0);
UPDATE history SET created_at = '2024-11-03 11:15+01', updated_at = created_at + interval '1 hour' WHERE id = 'n1';
INSERT INTO history (id, memory_id, old_memory, new_memory, event, created_at, updated_at, is_deleted)
    VALUES ('n2', 'm1', 'first', 'second', 'UPDATE', '2024-11-03 10:45+00', now(), 0)
    ON CONFLICT (id) DO UPDATE SET created_at = EXCLUDED.created_at;
DELETE FROM history WHERE memory_id = 'm2'
"""


def stored_messages(file: pathlib.Path) -> list[str]:
    with contextlib.closing(sqlite3.connect(file)) as db:
        return sorted(content for (content,) in db.execute("SELECT content FROM messages"))


@pytest.mark.parametrize("version", ["python_v2", "python_v2_late", "python_v3", "python_v3_1x", "python_v4"])
def test_written_to_and_read_again_by_mem0(version: str, make, serve, root: pathlib.Path) -> None:
    """By the release that made it, and by the latest one, which migrates what is older."""
    file = make(version)
    messages = stored_messages(file) if version == "python_v4" else []
    daemon = serve(file)
    connection = psycopg2.connect(daemon.target.url())
    with contextlib.closing(connection), connection, connection.cursor() as c:
        for statement in WRITES.split(";"):
            c.execute(statement)
    daemon.stop()
    made_by = {"python_v2": "0.1.29", "python_v2_late": "0.1.99", "python_v3": "0.1.118", "python_v3_1x": "1.0.3"}
    for release in (made_by.get(version, "2.0.0"), "2.0.0"):
        module = mem0_files.storage_of(root, release)
        if module is None:
            pytest.skip(f"mem0ai {release} could not be installed")
        db = module.SQLiteManager(str(file))
        got = db.get_history("m1")
        assert {r["new_memory"] for r in got} == {*(m.new for m in MOVES[:4]), "first", "second"}
        at = {r["new_memory"]: datetime.datetime.fromisoformat(r["created_at"]) for r in got}
        at = {k: v if v.tzinfo else v.replace(tzinfo=UTC) for k, v in at.items()}
        assert at["first"] == datetime.datetime(2024, 11, 3, 10, 15, tzinfo=UTC)
        assert [at[m.new] for m in MOVES[:4]] == [m.at for m in MOVES[:4]]
        assert db.get_history("m2") == []
        if version == "python_v4":  # Its own rows are in UTC: mem0's order by the text is that of time.
            assert [r["new_memory"] for r in got] == [*(m.new for m in MOVES[:4]), "first", "second"]
            assert len(messages) == 10
            assert sorted(m["content"] for m in db.get_last_messages("s")) == messages
        db.connection.close()
    with contextlib.closing(sqlite3.connect(file)) as raw:
        assert raw.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_mem0_and_historyd_take_turns(make, serve, root: pathlib.Path) -> None:
    file = make("python_v4")
    module = mem0_files.storage_of(root, "2.0.0")
    if module is None:
        pytest.skip("mem0ai 2.0.0 could not be installed")
    for turn in range(3):
        daemon = serve(file)
        url = daemon.target.url()
        connection = psycopg2.connect(url)
        with contextlib.closing(connection), connection, connection.cursor() as c:
            c.execute("INSERT INTO history (id, memory_id, event) VALUES (%s, 'turns', 'ADD')", (f"h{turn}",))
        assert rows(url, "SELECT count(*) FROM history WHERE memory_id = 'turns'") == [(2 * turn + 1,)]
        daemon.stop()
        db = module.SQLiteManager(str(file))
        db.add_history("turns", None, "x", "ADD")
        assert len(db.get_history("turns")) == 2 * turn + 2
        db.close()
