"""A disk is full, PostgreSQL's or ours, while changes are forwarded: it goes on by itself when there is room."""

from __future__ import annotations

import os
import pathlib
import shutil
import tempfile
import time

import cluster as clusters
import disk
import psycopg2
import pytest
import writers
from forwarding_history_test import wait_for_rows
from forwarding_outage_test import create_tables, finish


@pytest.fixture
def small_disk():
    made = []

    def make(mebibytes: int, owner: str | None = None) -> disk.SmallDisk:
        folder = pathlib.Path(tempfile.mkdtemp(prefix="small-disk."))
        os.chmod(folder, 0o755)
        try:
            made.append(disk.SmallDisk(folder, mebibytes, owner))
        except OSError as failure:
            shutil.rmtree(folder)
            pytest.skip(f"no file system of its own can be mounted: {failure}")
        return made[-1]

    yield make
    for each in made:
        each.remove()
        shutil.rmtree(each.folder.parent)


def test_the_backends_tables_have_no_room(forwarding, cluster, small_disk) -> None:
    room = small_disk(64, "postgres")
    cluster.run(f"CREATE TABLESPACE small LOCATION '{room.folder}'", database="postgres")
    cluster.run("ALTER DATABASE mem0 SET TABLESPACE small", database="postgres")
    daemon = forwarding(cluster.url())
    create_tables(daemon)
    crowd = writers.Crowd(daemon.target.url())
    crowd.wait_for(50)
    wait_for_rows(cluster)
    room.fill()
    daemon.wait_for_log("53100")
    crowd.wait_for(100)  # Clients do not notice.
    room.free()
    crowd.wait_for(50)
    finish(crowd, daemon, cluster)
    cluster.stop("fast")  # Before its files go.


def test_the_backends_log_has_no_room(forwarding, cluster, small_disk) -> None:
    """PostgreSQL ends itself then, and cannot start until there is room."""
    room = small_disk(24, "postgres")
    cluster.stop("fast")
    clusters.as_postgres(clusters.BIN / "pg_resetwal", "--wal-segsize=1", cluster.data)
    clusters.as_postgres("mv", cluster.data / "pg_wal", room.folder)
    clusters.as_postgres("ln", "-s", room.folder / "pg_wal", cluster.data / "pg_wal")
    cluster.configure("min_wal_size = 2MB\nmax_wal_size = 4MB\n")
    cluster.start()
    daemon = forwarding(cluster.url())
    create_tables(daemon)
    crowd = writers.Crowd(daemon.target.url())
    crowd.wait_for(50)
    wait_for_rows(cluster)
    room.fill()
    deadline = time.monotonic() + 60
    try:
        while time.monotonic() < deadline:  # Segments that can be used again come first.
            cluster.run("CREATE TABLE filler AS SELECT generate_series(1, 1000)", "DROP TABLE filler",
                        "SELECT pg_switch_wal()")  # fmt: skip
    except psycopg2.Error:
        pass
    daemon.wait_for_log(": offline")
    crowd.wait_for(100)
    assert "PANIC" in (cluster.folder / "log").read_text()
    room.free()
    cluster.restart()
    crowd.wait_for(50)
    finish(crowd, daemon, cluster)
    cluster.stop("fast")


def test_our_disk_is_full(forwarding, cluster, small_disk) -> None:
    """Writes are refused and leave nothing; what was accepted is forwarded, though no mark can be stored."""
    room = small_disk(48)
    environment = {"HISTORYD_BACKEND_FREE_DISK_BYTES_MIN": "0", "HISTORYD_WRITER_WAL_CHECKPOINT_PAGES": "64"}
    daemon = forwarding(cluster.url(), environment=environment, storage=room.folder / "history.db")
    create_tables(daemon)
    crowd = writers.Crowd(daemon.target.url())
    for _ in range(3):
        crowd.wait_for(60)
        room.fill()
        refused = sum(w.refused for w in crowd.writers)
        deadline = time.monotonic() + 60
        while sum(w.refused for w in crowd.writers) < refused + 30:
            assert time.monotonic() < deadline, daemon.log_tail()
            time.sleep(0.02)
        count = "SELECT count(*) FROM history"
        while cluster.rows(count) != writers.rows_of(daemon.target.url(), count):
            assert time.monotonic() < deadline, daemon.log_tail()
            time.sleep(0.02)
        room.free()
    crowd.wait_for(60)
    finish(crowd, daemon, cluster)
    daemon.stop()


def test_almost_no_room_on_our_disk(forwarding, cluster, small_disk) -> None:
    room = small_disk(48)
    environment = {"HISTORYD_BACKEND_FREE_DISK_BYTES_MIN": str(8 << 20)}
    daemon = forwarding(cluster.url(), environment=environment, storage=room.folder / "history.db")
    create_tables(daemon)
    crowd = writers.Crowd(daemon.target.url(), 4)
    crowd.wait_for(60)
    room.fill()
    deadline = time.monotonic() + 60
    while not all(w.refused for w in crowd.writers):
        assert time.monotonic() < deadline, daemon.log_tail()
        time.sleep(0.02)
    room.free()
    crowd.wait_for(60)
    finish(crowd, daemon, cluster)
    daemon.stop()
