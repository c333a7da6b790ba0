"""Group commit, and a disk that is slow, full or broken."""

from __future__ import annotations

import errno
import pathlib
import subprocess

import disk
import psycopg2
import psycopg2.errors
import pytest
import wire

PGBENCH = "/usr/lib/postgresql/15/bin/pgbench"


@pytest.fixture
def faulty(tmp_path: pathlib.Path) -> disk.FaultyDisk:
    return disk.FaultyDisk(tmp_path)


def load(target: wire.Target, clients: int, transactions: int, script: pathlib.Path) -> None:
    command = [
        PGBENCH,
        "-n",
        "-M",
        "prepared",
        "-c",
        str(clients),
        "-j",
        "2",
        "-t",
        str(transactions),
        "-f",
        str(script),
    ]
    command += ["-h", target.host, "-p", str(target.port), "-U", target.user, target.database]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0 and "number of failed transactions: 0" in done.stdout, (
        done.stdout + done.stderr
    )


UPDATE = "UPDATE history SET new_memory = 'moved' WHERE memory_id = 'memory-' || :memory;\n"


@pytest.mark.parametrize("shape", ["single", "transaction", "pipeline"])
def test_32_writers_share_fsyncs(
    start, faulty: disk.FaultyDisk, root: pathlib.Path, tmp_path: pathlib.Path, shape: str
) -> None:
    daemon = start(environment=faulty.environment)
    script = root / "bench/history_insert.sql"
    insert = script.read_text()
    if shape == "transaction":
        script = tmp_path / "transaction.sql"
        script.write_text(f"BEGIN;\n{insert}COMMIT;\n")
    elif shape == "pipeline":
        # Whole transactions that would each hold the writer, were they not carried as one unit.
        script = tmp_path / "pipeline.sql"
        script.write_text(f"\\startpipeline\nBEGIN;\n{insert}{UPDATE}COMMIT;\n\\endpipeline\n")
    with wire.Connection(daemon.target) as c:
        c.rows((root / "bench/history_schema.sql").read_text() + "; SELECT 1")
        # A disk that takes five milliseconds; on one that takes none there is nothing to share.
        faulty.set(disk.SYNC_DELAY, 5000)
        before = faulty.get(disk.SYNCS)
        load(daemon.target, clients=32, transactions=60, script=script)
        syncs = faulty.get(disk.SYNCS) - before
        assert c.rows("SELECT count(*) FROM history") == [("1920",)]
    assert 0 < syncs <= 1920 / 10, f"{syncs} fsyncs for 1920 commits"


def test_each_commit_of_one_client_is_synced(start, faulty: disk.FaultyDisk, root: pathlib.Path) -> None:
    """The count above is worth something only if no commit goes without."""
    daemon = start(environment=faulty.environment)
    with wire.Connection(daemon.target) as c:
        c.rows((root / "bench/history_schema.sql").read_text() + "; SELECT 1")
        for n in range(20):
            before = faulty.get(disk.SYNCS)
            c.rows(f"INSERT INTO history (id) VALUES ('{n}') RETURNING id")
            assert faulty.get(disk.SYNCS) > before
        before = faulty.get(disk.SYNCS)
        c.rows("SELECT count(*) FROM history")
        assert faulty.get(disk.SYNCS) == before


def test_readers_go_on_while_a_commit_waits_for_the_disk(start, faulty: disk.FaultyDisk) -> None:
    daemon = start(environment=faulty.environment)
    with wire.Connection(daemon.target) as writer, wire.Connection(daemon.target, timeout=1) as reader:
        writer.rows("CREATE TABLE t (a int); INSERT INTO t VALUES (1); SELECT 1")
        faulty.set(disk.SYNC_DELAY, 3_000_000)
        writer.send(wire.query("INSERT INTO t VALUES (2)"))
        for _ in range(20):
            assert reader.rows("SELECT count(*) FROM t")[0][0] in ("1", "2")
        assert writer.reply().error is None
        faulty.set(disk.SYNC_DELAY, 0)


def test_full_disk(start, faulty: disk.FaultyDisk, tmp_path: pathlib.Path) -> None:
    daemon = start(environment=faulty.environment)
    connection = psycopg2.connect(daemon.target.url())
    connection.autocommit = True
    with connection.cursor() as c:
        c.execute("CREATE TABLE t (a int, b text); INSERT INTO t VALUES (1, 'before')")
        faulty.set(disk.WRITE_ERROR, errno.ENOSPC)
        for _ in range(3):
            with pytest.raises(psycopg2.errors.DiskFull):
                c.execute("INSERT INTO t VALUES (2, repeat('x', 100000))")
        c.execute("SELECT * FROM t")
        assert c.fetchall() == [(1, "before")]
        faulty.set(disk.WRITE_ERROR, 0)
        c.execute("INSERT INTO t VALUES (3, 'after') RETURNING a")
        assert c.fetchone() == (3,)
    connection.close()
    daemon.kill()
    again = start()
    with wire.Connection(again.target) as c:
        assert c.rows("SELECT a FROM t ORDER BY a") == [("1",), ("3",)]


def test_failed_fsync_stops_writes_until_restart(start, faulty: disk.FaultyDisk) -> None:
    daemon = start(environment=faulty.environment)
    connection = psycopg2.connect(daemon.target.url())
    connection.autocommit = True
    with connection.cursor() as c:
        c.execute("CREATE TABLE t (a int)")
        c.execute("INSERT INTO t VALUES (1)")
        faulty.set(disk.SYNC_ERROR, errno.EIO)
        with pytest.raises(psycopg2.Error) as caught:
            c.execute("INSERT INTO t VALUES (2)")
        assert caught.value.pgcode in ("58030", "XX001", "57P03"), caught.value.pgcode
        faulty.set(disk.SYNC_ERROR, 0)
        with pytest.raises(psycopg2.Error):  # The disk says it is well again; it is not believed.
            c.execute("INSERT INTO t VALUES (3)")
        c.execute("SELECT count(*) FROM t WHERE a = 1")
        assert c.fetchone() == (1,)
    connection.close()
    daemon.kill()
    again = start()
    with wire.Connection(again.target) as c:
        assert c.rows("SELECT count(*) FROM t WHERE a = 1") == [("1",)]
        assert c.rows("INSERT INTO t VALUES (4) RETURNING a") == [("4",)]
