"""The file: one daemon at a time, mem0's before and after."""

from __future__ import annotations

import contextlib
import datetime
import errno
import importlib.util
import os
import pathlib
import sqlite3
import subprocess
import types

import disk
import psycopg2
import pytest
import servers
import wire

UTC = datetime.timezone.utc


def test_second_daemon_names_the_holder(start, binary: str, tmp_path: pathlib.Path) -> None:
    first = start()
    with pytest.raises(servers.DidNotStart) as caught:
        servers.Historyd(binary, tmp_path / "second", storage=first.storage)
    assert str(first.process.pid) in str(caught.value)
    with wire.Connection(first.target) as c:
        assert c.rows("SELECT 1") == [("1",)]


def test_second_daemon_ends_with_an_error(start, binary: str, tmp_path: pathlib.Path) -> None:
    first = start()
    command = [
        binary,
        "serve",
        "--storage",
        str(first.storage),
        "--listen",
        f"127.0.0.1:{servers.free_port()}",
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=20, cwd=tmp_path)
    assert done.returncode == 1 and str(first.storage) in done.stderr + done.stdout


def test_restart_after_kill(start, binary: str, tmp_path: pathlib.Path) -> None:
    """A lock and a socket file left behind by a dead daemon are not in the way."""
    first = start()
    with wire.Connection(first.target) as c:
        c.rows("CREATE TABLE t (a int); INSERT INTO t VALUES (1); SELECT 1")
    first.kill()
    again = servers.Historyd.__new__(servers.Historyd)
    again.target, again.log = first.target, first.log
    command = [binary, "serve", "--storage", str(first.storage), "--socket-dir", str(tmp_path)]
    command += ["--listen", f"127.0.0.1:{first.target.port}"]
    with first.log.open("ab") as log:
        again.process = subprocess.Popen(
            command, stderr=log, stdout=log, cwd=tmp_path, preexec_fn=servers.die_with_parent
        )
    try:
        again.wait_until_ready()
        with wire.Connection(first.target._replace(host=str(tmp_path))) as c:
            assert c.rows("SELECT * FROM t") == [("1",)]
    finally:
        again.kill()


def test_unwritable_folder_is_a_clear_error(binary: str, tmp_path: pathlib.Path) -> None:
    command = [
        binary,
        "serve",
        "--storage",
        str(tmp_path / "missing" / "history.db"),
        "--listen",
        f"127.0.0.1:{servers.free_port()}",
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=20, cwd=tmp_path)
    assert done.returncode == 1 and "missing/history.db" in done.stderr + done.stdout


def test_read_only_file_system(binary: str, tmp_path: pathlib.Path) -> None:
    """Nothing is served, and the error says what to do; what is there can be exported."""
    if os.geteuid() != 0:
        pytest.skip("mount needs root")
    folder = tmp_path / "there"
    folder.mkdir()
    with contextlib.closing(sqlite3.connect(folder / "history.db")) as db:
        db.execute("CREATE TABLE history (id TEXT PRIMARY KEY, memory_id TEXT, event TEXT)")
    mount = ["mount", "-o", "bind,ro", str(folder), str(folder)]
    if (done := subprocess.run(mount, capture_output=True, text=True)).returncode != 0:
        pytest.skip(done.stderr)
    try:
        serve = [binary, "serve", "--storage", "history.db", "--listen", f"127.0.0.1:{servers.free_port()}"]
        done = subprocess.run(serve, capture_output=True, text=True, timeout=20, cwd=folder)
        assert done.returncode == 1
        (line,) = [l for l in done.stderr.splitlines() if "Read-only file system" in l]
        assert "a folder that can be written to is needed" in line
        export = [binary, "export", "history.db", "--to", str(tmp_path / "out.csv")]
        done = subprocess.run(export, capture_output=True, text=True, timeout=20, cwd=folder)
        assert done.returncode == 0, done.stderr
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def test_file_that_is_no_database(binary: str, tmp_path: pathlib.Path) -> None:
    file = tmp_path / "history.db"
    file.write_bytes(b"this is not a database at all, " * 200)
    command = [binary, "serve", "--storage", str(file), "--listen", f"127.0.0.1:{servers.free_port()}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=20, cwd=tmp_path)
    assert done.returncode == 1 and "history.db" in done.stderr + done.stdout
    assert file.read_bytes() == b"this is not a database at all, " * 200


@pytest.fixture(scope="module")
def mem0(root: pathlib.Path) -> types.ModuleType:
    """The storage module of mem0ai as it comes from PyPI, without what the rest of mem0 imports."""
    source = root / "build/python/mem0/mem0/memory/storage.py"
    if not source.is_file():
        pytest.skip("mem0ai could not be installed")
    spec = importlib.util.spec_from_file_location("mem0_storage", source)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


STAMPS = [
    "2024-05-01T10:00:00.123456+00:00",
    "2024-05-01T02:30:00.000001-07:00",
    "2024-05-01T12:00:00+02:00",
    "2024-05-01T10:00:01",
]


def instant(text: str) -> datetime.datetime:
    at = datetime.datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def fill(mem0: types.ModuleType, file: pathlib.Path) -> None:
    db = mem0.SQLiteManager(str(file))
    for n, stamp in enumerate(STAMPS):
        db.add_history(
            "m1",
            None if n == 0 else f"v{n - 1}",
            f"v{n}",
            "ADD" if n == 0 else "UPDATE",
            created_at=stamp,
            updated_at=stamp,
            actor_id="ann",
            role="user",
        )
    db.add_history("m2", "gone", None, "DELETE", is_deleted=1)
    db.save_messages([{"role": "user", "content": f"says {n}", "name": None} for n in range(14)], "scope")
    db.close()


def test_mem0_file_is_served_in_place(start, mem0: types.ModuleType, tmp_path: pathlib.Path) -> None:
    file = tmp_path / "history.db"
    fill(mem0, file)
    daemon = start()
    with psycopg2.connect(daemon.target.url()) as connection, connection.cursor() as c:
        c.execute(
            "SELECT new_memory, created_at, is_deleted FROM history WHERE memory_id = 'm1' ORDER BY new_memory"
        )
        rows = c.fetchall()
        assert [r[0] for r in rows] == ["v0", "v1", "v2", "v3"] and {r[2] for r in rows} == {0}
        served = [r[1] if r[1].tzinfo else r[1].replace(tzinfo=UTC) for r in rows]
        assert served == [instant(s) for s in STAMPS]
        c.execute("SELECT new_memory FROM history WHERE memory_id = 'm1' ORDER BY created_at, new_memory")
        by_time = sorted(range(4), key=lambda n: (instant(STAMPS[n]), n))
        assert [r[0] for r in c.fetchall()] == [f"v{n}" for n in by_time]
        c.execute("SELECT count(*) FROM history WHERE created_at > '2024-05-01 09:59:59+00'")
        assert c.fetchone() == (3,)
        c.execute("SELECT created_at, updated_at, is_deleted FROM history WHERE memory_id = 'm2'")
        assert c.fetchone() == (None, None, 1)
        c.execute("SELECT count(*), max(content), min(role) FROM messages WHERE session_scope = 'scope'")
        assert c.fetchone() == (10, "says 9", "user")
        c.execute(
            "INSERT INTO history (id, memory_id, new_memory, event, created_at, updated_at, is_deleted) VALUES ('by historyd', 'm1', 'v4', 'UPDATE', now(), '2030-01-01 00:00:00.5+01', 0) RETURNING id"
        )
        assert c.fetchone() == ("by historyd",)
        c.execute("UPDATE history SET new_memory = 'changed' WHERE memory_id = 'm1' AND new_memory = 'v0'")
        assert c.rowcount == 1
        c.execute("DELETE FROM history WHERE new_memory = 'v1'")
        assert c.rowcount == 1
    connection.close()
    daemon.stop()
    db = mem0.SQLiteManager(str(file))
    history = {h["new_memory"]: h for h in db.get_history("m1")}
    assert set(history) == {"changed", "v2", "v3", "v4"}
    assert instant(history["v4"]["updated_at"]) == datetime.datetime(2029, 12, 31, 23, 0, 0, 500000, UTC)
    assert abs(instant(history["v4"]["created_at"]) - datetime.datetime.now(UTC)) < datetime.timedelta(
        minutes=10
    )
    # What nobody touched is as mem0 wrote it.
    assert history["v2"]["created_at"] == STAMPS[2]
    assert len(db.get_last_messages("scope", 10)) == 10
    db.add_history("m1", None, "v5", "ADD", created_at="2031-01-01T00:00:00+00:00")
    db.save_messages([{"role": "user", "content": "new", "name": None}], "scope")
    db.close()
    with sqlite3.connect(file) as raw:
        assert raw.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        indexed = [
            r[0]
            for r in raw.execute(
                "SELECT sql FROM sqlite_master WHERE type = 'index' AND tbl_name = 'history' AND sql IS NOT NULL"
            )
        ]
        assert any("memory_id" in sql for sql in indexed)
    with psycopg2.connect(start().target.url()) as connection, connection.cursor() as c:
        c.execute("SELECT count(*), max(created_at) IS NOT NULL FROM history WHERE memory_id = 'm1'")
        assert c.fetchone() == (5, True)
    connection.close()


def test_new_file_is_mem0s_too(start, mem0: types.ModuleType, tmp_path: pathlib.Path) -> None:
    """What a client created through historyd, stock mem0 opens."""
    daemon = start()
    with psycopg2.connect(daemon.target.url()) as connection, connection.cursor() as c:
        c.execute(
            """CREATE TABLE history (id VARCHAR NOT NULL, memory_id TEXT, old_memory TEXT, new_memory TEXT, event TEXT,
            created_at TIMESTAMP WITHOUT TIME ZONE, updated_at TIMESTAMP WITHOUT TIME ZONE, is_deleted INTEGER,
            actor_id TEXT, role TEXT, PRIMARY KEY (id))"""
        )
        c.execute(
            "INSERT INTO history VALUES ('1', 'm', NULL, 'tea', 'ADD', '2024-05-01 10:00', now(), 0, NULL, 'user')"
        )
    connection.close()
    daemon.stop()
    db = mem0.SQLiteManager(str(tmp_path / "history.db"))
    (row,) = db.get_history("m")
    assert row["new_memory"] == "tea" and instant(row["created_at"]) == datetime.datetime(
        2024, 5, 1, 10, tzinfo=UTC
    )
    db.add_history("m", "tea", "coffee", "UPDATE")
    assert len(db.get_history("m")) == 2
    db.close()


def test_file_is_private(start, tmp_path: pathlib.Path) -> None:
    daemon = start()
    mode = os.stat(daemon.storage).st_mode & 0o777
    assert mode & 0o007 == 0, f"{mode:o}: others can read the history"


@pytest.mark.parametrize("order, value", [("FULL", 1), ("SYNC_ERROR", errno.EIO)])
def test_without_a_copy_there_is_no_first_change(start, order: str, value: int, tmp_path: pathlib.Path) -> None:
    """No room for it, or a disk that cannot sync it."""
    file = tmp_path / "history.db"
    with sqlite3.connect(file) as db:
        db.execute("CREATE TABLE history (id TEXT PRIMARY KEY, memory_id TEXT)")
    before = file.read_bytes()
    faulty = disk.FaultyDisk(tmp_path)
    faulty.set(getattr(disk, order), value)
    with pytest.raises(servers.DidNotStart) as caught:
        start(environment=faulty.environment)
    assert "no copy could be made before the first change" in str(caught.value)
    assert file.read_bytes() == before
    assert not list(tmp_path.glob("*.before-historyd*"))
    faulty.set(getattr(disk, order), 0)
    start(environment=faulty.environment)
    assert (tmp_path / "history.db.before-historyd").is_file()
