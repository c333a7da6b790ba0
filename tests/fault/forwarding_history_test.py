"""One side's history is not what the other remembers: restored, copied, or another database."""

from __future__ import annotations

import pathlib
import shutil
import time

import cluster as clusters
import writers
from forwarding_outage_test import create_tables, finish


def wait_for_rows(cluster) -> None:
    """Until something of history has come to the backend."""
    deadline = time.monotonic() + 30
    while cluster.rows("SELECT to_regclass('public.history') IS NULL") == [(True,)] or not cluster.rows(
        "SELECT FROM history LIMIT 1"
    ):
        assert time.monotonic() < deadline, "nothing is forwarded"
        time.sleep(0.02)


def copy_file(source: pathlib.Path, to: pathlib.Path) -> None:
    """Of a file nobody has open."""
    for suffix in ("", "-wal"):
        if (part := source.with_name(source.name + suffix)).exists():
            shutil.copy(part, to.with_name(to.name + suffix))


def overwrite_file(backup: pathlib.Path, file: pathlib.Path) -> None:
    """As a restore in place does: the same file, earlier contents."""
    for suffix in ("-wal", "-shm"):
        file.with_name(file.name + suffix).unlink(missing_ok=True)
    with file.open("r+b") as f:
        f.write(backup.read_bytes())
        f.truncate()


def forward_some_and_stop(daemon, prefix: str = "") -> writers.Crowd:
    crowd = writers.Crowd(daemon.target.url(), 2, prefix=prefix)
    crowd.wait_for(50)
    crowd.stop()
    writers.wait_until_forwarded(daemon)
    daemon.stop()
    return crowd


def test_backend_restored_to_an_older_backup(forwarding, cluster) -> None:
    daemon = forwarding(cluster.url())
    create_tables(daemon)
    crowd = writers.Crowd(daemon.target.url())
    crowd.wait_for(100)
    wait_for_rows(cluster)
    backup = cluster.back_up()
    crowd.wait_for(200)
    crowd.stop()
    writers.wait_until_forwarded(daemon)
    cluster.restore(backup)
    more = writers.Crowd(daemon.target.url(), prefix="more-")
    more.wait_for(50)
    more.stop()
    daemon.wait_for_log("restored to an older state")
    writers.wait_until_forwarded(daemon)
    writers.same_everywhere(daemon, cluster)
    writers.check_told([crowd, more], cluster.rows)


def test_backend_restored_while_all_is_quiet(forwarding, cluster) -> None:
    """Nobody writes, so nothing but the daemon's own look finds out."""
    daemon = forwarding(cluster.url())
    create_tables(daemon)
    crowd = writers.Crowd(daemon.target.url(), 4)
    crowd.wait_for(30)
    wait_for_rows(cluster)
    backup = cluster.back_up()
    crowd.wait_for(50)
    crowd.stop()
    writers.wait_until_forwarded(daemon)
    cluster.restore(backup)
    daemon.wait_for_log("restored to an older state")
    writers.wait_until_forwarded(daemon)
    finish(crowd, daemon, cluster)


def test_file_restored_in_place_halts(forwarding, cluster, tmp_path: pathlib.Path) -> None:
    daemon = forwarding(cluster.url())
    create_tables(daemon)
    forward_some_and_stop(daemon)
    backup = tmp_path / "backup.db"
    copy_file(daemon.storage, backup)
    daemon = forwarding(cluster.url())
    forward_some_and_stop(daemon, "later-")
    before = cluster.rows(writers.ORDERED["history"])
    overwrite_file(backup, daemon.storage)
    daemon = forwarding(cluster.url())
    daemon.wait_for_log("older than the backend")
    crowd = writers.Crowd(daemon.target.url(), 2, prefix="after-")
    crowd.wait_for(200)  # Clients are served; the journal grows past the watermark.
    crowd.stop()
    daemon.kill()
    daemon = forwarding(cluster.url())
    daemon.wait_for_log("hold different changes")
    assert cluster.rows(writers.ORDERED["history"]) == before, "it forwarded a history that is not one"


def test_file_replaced_by_its_backup(forwarding, cluster, tmp_path: pathlib.Path) -> None:
    """Another file under the old name is a copy: what the backend has beyond it stays, what is new there follows."""
    daemon = forwarding(cluster.url())
    create_tables(daemon)
    crowds = [forward_some_and_stop(daemon)]
    backup = tmp_path / "backup.db"
    copy_file(daemon.storage, backup)
    daemon = forwarding(cluster.url())
    crowds.append(forward_some_and_stop(daemon, "later-"))
    backup.replace(daemon.storage)
    daemon = forwarding(cluster.url())
    crowds.append(writers.Crowd(daemon.target.url(), 2, prefix="after-"))
    crowds[2].wait_for(50)
    crowds[2].stop()
    writers.wait_until_forwarded(daemon)
    writers.check_told(crowds, cluster.rows)
    writers.check_told([crowds[0], crowds[2]], lambda query: writers.rows_of(daemon.target.url(), query))
    assert len(cluster.rows("SELECT FROM historyd.replica")) == 2


def test_cloned_file(forwarding, cluster, tmp_path: pathlib.Path) -> None:
    """A copy beside its original is a node of its own; both forward, neither what the other has."""
    daemon = forwarding(cluster.url())
    create_tables(daemon)
    crowd = forward_some_and_stop(daemon)
    copy = tmp_path / "copy.db"
    copy_file(daemon.storage, copy)
    original = forwarding(cluster.url())
    clone = forwarding(cluster.url(), storage=copy)
    first = writers.Crowd(original.target.url(), 2, prefix="original-")
    second = writers.Crowd(clone.target.url(), 2, prefix="clone-")
    first.wait_for(50)
    second.wait_for(50)
    first.stop()
    second.stop()
    for d in (original, clone):
        writers.wait_until_forwarded(d)
    assert len(cluster.rows("SELECT FROM historyd.replica")) == 2
    writers.check_told([crowd, first, second], cluster.rows)


def test_another_database_behind_the_address(forwarding, cluster, template) -> None:
    daemon = forwarding(cluster.url())
    create_tables(daemon)
    crowd = writers.Crowd(daemon.target.url(), 2)
    crowd.wait_for(20)
    crowd.stop()
    writers.wait_until_forwarded(daemon)
    daemon.stop()
    other = clusters.Cluster(template)
    try:
        daemon = forwarding(other.url())
        daemon.wait_for_log("another database is behind")
        assert other.rows("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == [(0,)]
    finally:
        other.remove()
