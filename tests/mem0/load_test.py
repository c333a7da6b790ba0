"""Eight forked workers of four threads while the daemon is restarted twice, once by kill -9: exact counts, no error.

HISTORYD_TEST_MEM0_RECORDS=20000 is the full length.
"""

from __future__ import annotations

import json
import os
import pathlib
import sqlite3
import subprocess
import time

import historyd_mem0
import psycopg2
import pytest
import servers

CLIENT = pathlib.Path(__file__).with_name("load_client.py")
PROCESSES, THREADS = 8, 4
RECORDS = int(os.environ.get("HISTORYD_TEST_MEM0_RECORDS", 4000)) // 32 * 32


def wait_for_records(daemon: servers.Historyd, wanted: int, load) -> None:
    with psycopg2.connect(daemon.target.url()) as connection, connection.cursor() as c:
        connection.autocommit = True
        while load.poll() is None:
            c.execute("SELECT count(*) FROM history")
            if c.fetchone()[0] >= wanted:
                break
            time.sleep(0.01)
    connection.close()
    assert load.poll() is None, "the load was over before the daemon was restarted"


def outcome(load: subprocess.Popen[str]) -> dict[str, int]:
    """What went wrong, and how often."""
    out, err = load.communicate(timeout=1700)
    assert load.returncode == 0, err[-3000:]
    return json.loads(out)


@pytest.mark.timeout(1800)
def test_restarts_under_load(latest, daemon, tmp_path: pathlib.Path, capsys) -> None:
    historyd_mem0.HistoryStore(daemon.target.url()).close()  # So that there is a table to count in.
    load = latest.start(CLIENT, daemon.target.url(), PROCESSES, THREADS, RECORDS)
    wait_for_records(daemon, RECORDS // 4, load)
    daemon.stop()
    daemon.start()
    wait_for_records(daemon, RECORDS // 2, load)
    daemon.kill()
    daemon.start()
    assert outcome(load) == {}, "errors reached the application"
    with psycopg2.connect(daemon.target.url()) as connection, connection.cursor() as c:
        c.execute("SELECT count(*), count(DISTINCT id), count(DISTINCT new_memory) FROM history")
        assert c.fetchone() == (RECORDS, RECORDS, RECORDS)
    connection.close()

    stock = tmp_path / "stock.db"
    began = time.monotonic()
    failures = outcome(latest.start(CLIENT, stock, PROCESSES, THREADS, RECORDS))
    with sqlite3.connect(stock) as file:
        kept = file.execute("SELECT count(*) FROM history").fetchone()[0]
    locked = sum(n for what, n in failures.items() if "database is locked" in what)
    with capsys.disabled():
        print(
            f"\n{RECORDS} records from {PROCESSES} processes of {THREADS} threads: historyd, restarted twice, has all, "
            f"no error; mem0's own storage has {kept}, {locked} calls said 'database is locked' "
            f"({time.monotonic() - began:.0f} s)"
        )
