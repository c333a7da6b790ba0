"""The unmodified mem0-history-db-patch on postgresql+psycopg2://, from threads and from processes."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys

import pytest
import wire

SCRIPT = pathlib.Path(__file__).with_name("mem0_patch_client.py")
ROWS = 12


def start(target: wire.Target, root: pathlib.Path, first: int, threads: int) -> subprocess.Popen[str]:
    packages = root / "build/python/mem0-patch"
    if not packages.is_dir():
        pytest.skip("mem0-history-db-patch could not be installed")
    command = [
        sys.executable,
        str(SCRIPT),
        target.url("postgresql+psycopg2"),
        str(first),
        str(threads),
        str(ROWS),
    ]
    return subprocess.Popen(
        command, env={**os.environ, "PYTHONPATH": str(packages)}, stderr=subprocess.PIPE, text=True
    )


def assert_history(target: wire.Target, memories: int) -> None:
    with wire.Connection(target) as c:
        counts = "SELECT count(*), count(DISTINCT id), count(DISTINCT memory_id) FROM history"
        total = str(memories * ROWS)
        assert c.rows(counts) == [(total, total, str(memories))]


@pytest.fixture(autouse=True)
def no_history(target: wire.Target) -> None:
    with wire.Connection(target) as c:
        c.simple("DROP TABLE IF EXISTS history")


@pytest.mark.parametrize("threads", [1, 8, 32])
def test_threads(threads: int, target: wire.Target, root: pathlib.Path) -> None:
    process = start(target, root, 0, threads)
    errors = process.communicate(timeout=110)[1]
    assert process.returncode == 0, errors
    assert_history(target, threads)


def test_processes(target: wire.Target, root: pathlib.Path) -> None:
    first = start(
        target, root, 0, 1
    )  # Creates the table: CREATE TABLE of eight at once collides in PostgreSQL too.
    errors = first.communicate(timeout=60)[1]
    assert first.returncode == 0, errors
    running = [start(target, root, 100 * n, 4) for n in range(1, 9)]
    for process in running:
        errors = process.communicate(timeout=110)[1]
        assert process.returncode == 0, errors
    assert_history(target, 33)


def test_reset(target: wire.Target, root: pathlib.Path) -> None:
    program = """
import sys
from mem0.memory.storage import SQLiteManager
db = SQLiteManager(db_url=sys.argv[1])
db.add_history("m", None, "x", "ADD")
db.reset()
assert db.get_history("m") == []
db.add_history("m", None, "y", "ADD", is_deleted=1)
assert [r["new_memory"] for r in db.get_history("m")] == ["y"] and db.get_history("m")[0]["is_deleted"] is True
"""
    packages = root / "build/python/mem0-patch"
    if not packages.is_dir():
        pytest.skip("mem0-history-db-patch could not be installed")
    command = [sys.executable, "-c", program, target.url("postgresql+psycopg2")]
    done = subprocess.run(
        command, env={**os.environ, "PYTHONPATH": str(packages)}, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
