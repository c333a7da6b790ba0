"""pgbench: its own tables, its built-in scripts, every query mode; the books must balance afterwards."""

from __future__ import annotations

import os
import pathlib
import subprocess

import pytest
import wire

PGBENCH = "/usr/lib/postgresql/15/bin/pgbench"


def pgbench(target: wire.Target, *options: str) -> str:
    command = [
        PGBENCH,
        "-h",
        target.host,
        "-p",
        str(target.port),
        "-U",
        target.user,
        *options,
        target.database,
    ]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=110, env={**os.environ, "LC_ALL": "C"}
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def initialised(target: wire.Target) -> wire.Target:
    pgbench(target, "-i", "-s", "1", "-q")
    return target


def test_initialises(initialised: wire.Target) -> None:
    with wire.Connection(initialised) as c:
        counts = "SELECT (SELECT count(*) FROM pgbench_accounts), (SELECT count(*) FROM pgbench_tellers), (SELECT count(*) FROM pgbench_branches)"
        assert c.rows(counts) == [("100000", "10", "1")]


def test_initialises_on_the_server_with_foreign_keys(target: wire.Target) -> None:
    pgbench(target, "-i", "-I", "dtGvpf", "-s", "1", "-q")


@pytest.mark.parametrize("mode", ["simple", "extended", "prepared"])
@pytest.mark.parametrize("script", ["select-only", "simple-update", "tpcb-like"])
def test_built_in_script(initialised: wire.Target, script: str, mode: str) -> None:
    out = pgbench(initialised, "-b", script, "-M", mode, "-c", "4", "-j", "2", "-t", "25", "-n")
    assert "number of transactions actually processed: 100/100" in out
    assert "number of failed transactions: 0" in out


def test_books_balance(initialised: wire.Target) -> None:
    with wire.Connection(initialised) as c:
        c.rows(
            "UPDATE pgbench_accounts SET abalance = 0 WHERE abalance <> 0; UPDATE pgbench_tellers SET tbalance = 0; UPDATE pgbench_branches SET bbalance = 0; TRUNCATE pgbench_history; SELECT 1"
        )
        pgbench(initialised, "-M", "prepared", "-c", "8", "-j", "2", "-t", "20", "-n")
        sums = "SELECT (SELECT sum(delta) FROM pgbench_history), (SELECT sum(abalance) FROM pgbench_accounts), (SELECT sum(tbalance) FROM pgbench_tellers), (SELECT sum(bbalance) FROM pgbench_branches), (SELECT count(*) FROM pgbench_history)"
        (row,) = c.rows(sums)
        assert len(set(row[:4])) == 1 and row[4] == "160"


def test_history_inserts(target: wire.Target, root: pathlib.Path) -> None:
    """The script whose figure the README shows, at a small size."""
    with wire.Connection(target) as c:
        c.rows((root / "bench/history_schema.sql").read_text() + "; SELECT 1")
        out = pgbench(
            target,
            "-n",
            "-M",
            "prepared",
            "-c",
            "32",
            "-j",
            "2",
            "-t",
            "10",
            "-f",
            str(root / "bench/history_insert.sql"),
        )
        assert "number of failed transactions: 0" in out
        assert c.rows("SELECT count(*), count(DISTINCT id) FROM history") == [("320", "320")]
        c.rows("DROP TABLE history; SELECT 1")
