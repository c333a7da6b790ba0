"""A backlog of many batches: while one is on its way the next is read, and what is read ahead must not outlive what it was read for."""

from __future__ import annotations

import time

import pytest
import writers
from forwarding_outage_test import create_tables, relay  # noqa: F401

BATCH = 20
SMALL = {"HISTORYD_BACKEND_BATCH_ROWS_MAX": str(BATCH)}
ROWS = 50 * BATCH


def notes(first: int, count: int, more: str = "") -> list[str]:
    """A transaction each."""
    return [f"INSERT INTO notes VALUES ('{n:05}', {n}, '[]', NULL, 0.5{more})" for n in range(first, first + count)]


@pytest.fixture
def slow(forwarding, cluster, relay):  # noqa: F811
    """A daemon whose batches are small and each take a while."""
    daemon = forwarding(cluster.url(port=relay.port), environment=SMALL)
    create_tables(daemon)
    writers.wait_until_forwarded(daemon)
    relay.delay = 0.02
    return daemon


def wait_for_notes(cluster, count: int) -> None:
    deadline = time.monotonic() + 30
    while cluster.rows("SELECT count(*) FROM notes")[0][0] < count:
        assert time.monotonic() < deadline, "nothing is forwarded"
        time.sleep(0.01)


def test_schema_changes_in_the_middle(slow, cluster) -> None:
    cluster.stop()
    writers.execute(slow, *notes(0, 5 * BATCH), "ALTER TABLE notes ADD COLUMN extra text DEFAULT 'x'")
    writers.execute(slow, *notes(1000, 5 * BATCH, ", 'y'"), "ALTER TABLE notes DROP COLUMN extra")
    writers.execute(slow, *notes(2000, 5 * BATCH), "ALTER TABLE notes ADD COLUMN extra integer")
    writers.execute(slow, *notes(3000, 5 * BATCH, ", 7"))
    cluster.start()
    writers.wait_until_forwarded(slow)
    assert len(writers.same_rows(slow, cluster, writers.ORDERED["notes"])) == 20 * BATCH


def test_backend_restored_in_the_middle(slow, cluster) -> None:
    backup = cluster.back_up()
    cluster.stop()
    writers.execute(slow, *notes(0, ROWS))
    cluster.start()
    wait_for_notes(cluster, 10 * BATCH)
    cluster.restore(backup)
    assert cluster.rows("SELECT count(*) < %d FROM notes" % ROWS) == [(True,)]
    slow.wait_for_log("restored to an older state")
    writers.wait_until_forwarded(slow)
    assert len(writers.same_rows(slow, cluster, writers.ORDERED["notes"])) == ROWS


def test_stopped_in_the_middle(slow, cluster) -> None:
    cluster.stop()
    writers.execute(slow, *notes(0, ROWS))
    cluster.start()
    for part in (1, 2, 3):
        wait_for_notes(cluster, part * 10 * BATCH)
        cluster.restart()
    writers.wait_until_forwarded(slow)
    assert len(writers.same_rows(slow, cluster, writers.ORDERED["notes"])) == ROWS


def test_rows_that_are_there_already(slow, cluster) -> None:
    """Equal ones are no trouble, wherever they are in a batch."""
    cluster.run(*notes(3 * BATCH - 5, 10), user="mem0")
    cluster.stop()
    writers.execute(slow, *notes(0, 5 * BATCH))
    cluster.start()
    writers.wait_until_forwarded(slow)
    assert len(writers.same_rows(slow, cluster, writers.ORDERED["notes"])) == 5 * BATCH


def test_a_row_that_the_backend_leaves_out_is_noticed(slow, cluster) -> None:
    cluster.run(
        "CREATE FUNCTION leave_out() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
        "CREATE TRIGGER leave_out BEFORE INSERT ON notes FOR EACH ROW WHEN (NEW.n = 7) EXECUTE FUNCTION leave_out()",
        user="mem0",
    )
    writers.execute(slow, *notes(0, 2 * BATCH))
    slow.wait_for_log("the backend has this row with other values")
    cluster.run("DROP TRIGGER leave_out ON notes", user="mem0")
    writers.wait_until_forwarded(slow)
    assert len(writers.same_rows(slow, cluster, writers.ORDERED["notes"])) == 2 * BATCH
