"""Litestream beside historyd, as the README has it: what clients were told is in the copy, and nothing of its own shows."""

from __future__ import annotations

import pathlib
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import psycopg2
import pytest
import servers

PROGRAM = pathlib.Path(sys.executable).with_name("litestream")
THREADS, ROWS = 4, 400


def connect(daemon: servers.Historyd) -> psycopg2.extensions.connection:
    connection = psycopg2.connect(daemon.target.url())
    connection.autocommit = True
    return connection


@pytest.fixture
def daemon(binary: str, tmp_path: pathlib.Path) -> Iterator[servers.Historyd]:
    # A hundredth of the default: checkpoints, and a log that starts over, while it is being copied.
    made = servers.Historyd(
        binary, tmp_path / "daemon", environment={"HISTORYD_WRITER_WAL_CHECKPOINT_PAGES": "160"}
    )
    with connect(made).cursor() as c:
        c.execute("CREATE TABLE history (id text PRIMARY KEY, new_memory text)")
    yield made
    made.end()


@pytest.fixture
def settings(daemon: servers.Historyd, tmp_path: pathlib.Path) -> Iterator[pathlib.Path]:
    """Of a Litestream that is copying the daemon's file."""
    if not PROGRAM.exists():
        pytest.skip("Litestream could not be installed")
    file = tmp_path / "litestream.yml"
    copy = f"{{type: file, path: {tmp_path / 'copy'}, sync-interval: 100ms}}"
    file.write_text(f"dbs: [{{path: {daemon.storage}, replica: {copy}}}]\n")
    with (tmp_path / "litestream.log").open("wb") as log:
        running = subprocess.Popen(
            [PROGRAM, "replicate", "-config", file], stdout=log, stderr=log, preexec_fn=servers.die_with_parent
        )
    deadline = time.monotonic() + 60
    while not any(f.is_file() for f in (tmp_path / "copy").rglob("*")):
        assert time.monotonic() < deadline, (tmp_path / "litestream.log").read_text()
        time.sleep(0.01)
    yield file
    running.kill()
    running.wait()


def write(daemon: servers.Historyd, thread: int) -> None:
    connection = connect(daemon)
    with connection.cursor() as c:
        for n in range(ROWS):
            c.execute("INSERT INTO history VALUES (%s, %s)", (f"{thread}-{n}", "x" * 100))
    connection.close()


def restored(settings: pathlib.Path, of: pathlib.Path, to: pathlib.Path) -> int:
    """Returns: how many rows the copy has by now."""
    to.unlink(missing_ok=True)
    done = subprocess.run(
        [PROGRAM, "restore", "-config", settings, "-o", to, of], capture_output=True, text=True, timeout=60
    )
    if done.returncode != 0:
        return 0
    db = sqlite3.connect(to)
    try:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        return db.execute("SELECT count(*) FROM history").fetchone()[0]
    finally:
        db.close()


def test_what_clients_were_told_is_in_the_copy(
    daemon: servers.Historyd, settings: pathlib.Path, binary: str, tmp_path: pathlib.Path
) -> None:
    writers = [threading.Thread(target=write, args=(daemon, t)) for t in range(THREADS)]
    for w in writers:
        w.start()
    for w in writers:
        w.join()
    daemon.kill()  # Litestream goes on with the log that is left.

    copy, deadline = tmp_path / "restored.db", time.monotonic() + 60
    while (rows := restored(settings, daemon.storage, copy)) < THREADS * ROWS:
        log = (tmp_path / "litestream.log").read_text()
        assert time.monotonic() < deadline, f"{rows} rows are in the copy\n{log}"
    again = servers.Historyd(binary, tmp_path / "again", storage=copy)
    try:
        with connect(again).cursor() as c:
            c.execute("SELECT id FROM history")
            assert {r[0] for r in c.fetchall()} == {f"{t}-{n}" for t in range(THREADS) for n in range(ROWS)}
            c.execute("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")
            assert c.fetchall() == [("history",)]
    finally:
        again.end()
