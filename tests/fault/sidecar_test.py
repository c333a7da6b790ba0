"""Another program writes straight into the file, as an unmodified mem0 does, and historyd forwards it."""

from __future__ import annotations

import pathlib
import signal
import sqlite3
import subprocess
import sys
import time

import writers

# What mem0's SQLiteManager makes and does.
CREATE = """CREATE TABLE IF NOT EXISTS history (
    id TEXT PRIMARY KEY, memory_id TEXT, old_memory TEXT, new_memory TEXT, event TEXT,
    created_at DATETIME, updated_at DATETIME, is_deleted INTEGER, actor_id TEXT, role TEXT)"""
WRITER = """
import itertools, sqlite3, sys
db = sqlite3.connect(sys.argv[1], timeout=30, isolation_level=None)
for n in itertools.count(int(sys.argv[2])):
    db.execute("BEGIN")
    for part in "ab":
        db.execute("INSERT INTO history VALUES (?, 'm', NULL, ?, 'ADD', ?, NULL, 0, NULL, 'user')",
                   (f"{n:06}{part}", f"memory {n}", "2025-11-25T10:00:00.123456-08:00"))
    if n % 3 == 0:
        db.execute("UPDATE history SET new_memory = 'changed' WHERE id = ?", (f"{n - 1:06}a",))
    if n % 5 == 0:
        db.execute("DELETE FROM history WHERE id = ?", (f"{n - 2:06}b",))
    db.execute("COMMIT")
    print(n, flush=True)
"""


def make_file(path: pathlib.Path) -> None:
    with sqlite3.connect(path) as db:
        db.execute(CREATE)
        db.executemany(
            "INSERT INTO history (id, new_memory, created_at) VALUES (?, 'from before', '2024-01-01T00:00:00')",
            [(f"before-{n}",) for n in range(1500)],
        )
    db.close()


def start_writer(path: pathlib.Path, first: int = 1) -> subprocess.Popen:
    command = [sys.executable, "-c", WRITER, str(path), str(first)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def wait_for_line(writer: subprocess.Popen, n: int) -> None:
    for line in writer.stdout:
        if int(line) >= n:
            return
    raise AssertionError("the writer ended")


def in_file(path: pathlib.Path, query: str) -> list[tuple]:
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=20)
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


def wait_until_same(daemon, cluster, seconds: float = 60) -> None:
    """PostgreSQL has the file's rows. There is no event for it: the other program tells nobody."""
    deadline = time.monotonic() + seconds
    query = "SELECT id, new_memory FROM history ORDER BY id"
    while True:
        try:
            there = cluster.rows(query)
        except Exception:  # The table is on its way.
            there = None
        if there == in_file(daemon.storage, query):
            return
        assert time.monotonic() < deadline, daemon.log_tail()
        time.sleep(0.05)


def test_an_unmodified_program_beside_us(forwarding, cluster, tmp_path: pathlib.Path) -> None:
    file = tmp_path / "history.db"
    make_file(file)
    daemon = forwarding(cluster.url())
    writer = start_writer(file)
    try:
        wait_for_line(writer, 50)
        for kills in range(1, 5):
            daemon.kill()
            wait_for_line(writer, 50 + 30 * kills)  # Meanwhile nobody watches.
            daemon = forwarding(cluster.url())
            wait_for_line(writer, 65 + 30 * kills)
        writer.send_signal(signal.SIGKILL)  # In the middle of a transaction, most likely.
        writer.wait()
        wait_until_same(daemon, cluster)
    finally:
        writer.kill()
    assert cluster.rows(
        "SELECT DISTINCT created_at AT TIME ZONE 'UTC' FROM history WHERE id NOT LIKE 'before-%'"
    )[0][0].isoformat() == "2025-11-25T18:00:00.123456"
    writers.same_everywhere(daemon, cluster, ("history",))


def test_mem0s_reset(forwarding, cluster, tmp_path: pathlib.Path) -> None:
    """The tables are dropped and made again, before our eyes and behind our back."""
    file = tmp_path / "history.db"
    make_file(file)
    daemon = forwarding(cluster.url())
    wait_until_same(daemon, cluster)
    for round_number in range(3):
        if round_number == 2:
            daemon.kill()
        with sqlite3.connect(file, timeout=30) as db:
            db.execute("DROP TABLE IF EXISTS history")
        db.close()
        with sqlite3.connect(file, timeout=30) as db:
            db.execute(CREATE)
            db.execute(
                "INSERT INTO history (id, new_memory) VALUES (?, 'after')", (f"reset-{round_number}",)
            )
        db.close()
        if round_number == 2:
            daemon = forwarding(cluster.url())
        wait_until_same(daemon, cluster)
    writers.same_everywhere(daemon, cluster, ("history",))


def test_without_a_backend_the_file_is_the_users(start, forwarding, cluster, tmp_path: pathlib.Path) -> None:
    file = tmp_path / "history.db"
    make_file(file)
    daemon = forwarding(cluster.url())
    wait_until_same(daemon, cluster)
    assert len(in_file(file, "SELECT 1 FROM sqlite_schema WHERE type = 'trigger'")) == 3
    daemon.stop()
    daemon = start()
    assert in_file(file, "SELECT 1 FROM sqlite_schema WHERE type = 'trigger'") == []
    before = in_file(file, "SELECT max(seq) FROM historyd_outbox")
    with sqlite3.connect(file, timeout=30) as db:
        db.execute("INSERT INTO history (id, new_memory) VALUES ('unwatched', 'x')")
    db.close()
    assert in_file(file, "SELECT max(seq) FROM historyd_outbox") == before
    daemon.stop()
    daemon = forwarding(cluster.url())
    wait_until_same(daemon, cluster)


def test_what_another_program_does_to_whole_tables(forwarding, cluster, tmp_path: pathlib.Path) -> None:
    file = tmp_path / "history.db"
    make_file(file)
    daemon = forwarding(cluster.url())
    wait_until_same(daemon, cluster)
    with sqlite3.connect(file, timeout=30) as db:
        db.execute("DELETE FROM history")  # Without triggers SQLite would not look at the rows.
        # By the key a row that is replaced is one that is put.
        db.execute("INSERT INTO history (id, new_memory) VALUES ('one', 'first')")
        db.execute("REPLACE INTO history (id, new_memory) VALUES ('one', 'second')")
        db.execute("UPDATE OR REPLACE history SET new_memory = 'third' WHERE id = 'one'")
    db.close()
    wait_until_same(daemon, cluster)
    assert cluster.rows("SELECT id, new_memory FROM history") == [("one", "third")]


def test_replace_by_another_key_than_the_primary(forwarding, cluster, tmp_path: pathlib.Path) -> None:
    """SQLite fires no trigger for the row that goes: the backend has it still, refuses the new one, and we say so."""
    file = tmp_path / "history.db"
    with sqlite3.connect(file) as db:
        db.execute("CREATE TABLE named (id TEXT PRIMARY KEY, name TEXT UNIQUE)")
        db.execute("INSERT INTO named VALUES ('a', 'same')")
    db.close()
    daemon = forwarding(cluster.url())
    writers.wait_until_forwarded(daemon)
    with sqlite3.connect(file, timeout=30) as db:
        db.execute("INSERT OR REPLACE INTO named VALUES ('b', 'same')")
    db.close()
    deadline = time.monotonic() + 30
    while "halted: " not in daemon.log.read_text():
        assert time.monotonic() < deadline, daemon.log_tail()
        time.sleep(0.02)
    assert "duplicate key value violates unique constraint" in daemon.log.read_text()
    cluster.run("DELETE FROM named WHERE id = 'a'")
    writers.wait_until_forwarded(daemon)
    assert cluster.rows("SELECT * FROM named") == in_file(file, "SELECT * FROM named") == [("b", "same")]


def test_text_with_a_nul(forwarding, cluster, tmp_path: pathlib.Path) -> None:
    """quote() ends at a NUL, and PostgreSQL has none in text: what comes before it is forwarded."""
    file = tmp_path / "history.db"
    make_file(file)
    daemon = forwarding(cluster.url())
    wait_until_same(daemon, cluster)
    with sqlite3.connect(file, timeout=30) as db:
        db.execute("INSERT INTO history (id, new_memory, role) VALUES ('nul', ?, 'user')", ("before\0after",))
    db.close()
    deadline = time.monotonic() + 30
    while not (found := cluster.rows("SELECT new_memory, role FROM history WHERE id = 'nul'")):
        assert time.monotonic() < deadline, daemon.log_tail()
        time.sleep(0.02)
    assert found == [("before", "user")]
