"""Litestream beside historyd, as the README has it: what clients were told is in the copy, and nothing of its own shows."""

from __future__ import annotations

import pathlib
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator

import pytest
import servers
import writers

PROGRAM = pathlib.Path(sys.executable).with_name("litestream")
THREADS, ROWS, TEXT = 4, 400, "x" * 100


@pytest.fixture
def daemon(start: Callable[..., servers.Historyd]) -> servers.Historyd:
    # A hundredth of the default: checkpoints, and a log that starts over, while it is being copied.
    made = start(environment={"HISTORYD_WRITER_WAL_CHECKPOINT_PAGES": "160"})
    writers.execute(made, "CREATE TABLE history (id text PRIMARY KEY, new_memory text)")
    return made


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
    writers.execute(daemon, *(f"INSERT INTO history VALUES ('{thread}-{n}', '{TEXT}')" for n in range(ROWS)))


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
    start: Callable[..., servers.Historyd], daemon: servers.Historyd, settings: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    threads = [threading.Thread(target=write, args=(daemon, t)) for t in range(THREADS)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    daemon.kill()  # Litestream goes on with the log that is left.

    copy, deadline = tmp_path / "restored.db", time.monotonic() + 60
    while (rows := restored(settings, daemon.storage, copy)) < THREADS * ROWS:
        log = (tmp_path / "litestream.log").read_text()
        assert time.monotonic() < deadline, f"{rows} rows are in the copy\n{log}"
    url = start(storage=copy).target.url()
    told = {(f"{t}-{n}",) for t in range(THREADS) for n in range(ROWS)}
    assert set(writers.rows_of(url, "SELECT id FROM history")) == told
    shown = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
    assert writers.rows_of(url, shown) == [("history",)]
