"""kill -9 of historyd, with the backend there or not: exactly once, in the end."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import sqlite3
import time

import fatal_call
import faulty_network
import psycopg2
import pytest
import servers
import writers
from forwarding_outage_test import create_tables, finish
from forwarding_refusal_test import POISON

KILLS = int(os.environ.get("HISTORYD_TEST_KILLS", "12"))


@pytest.mark.timeout(100 + 20 * KILLS)
def test_killed_at_random(forwarding, cluster) -> None:
    dice = random.Random(20260229)
    port = servers.free_port()
    daemon = forwarding(cluster.url(), port=port)
    create_tables(daemon)
    crowd = writers.Crowd(daemon.target.url())
    down = False
    for _ in range(KILLS):
        crowd.wait_for(40)
        time.sleep(dice.uniform(0, 0.1))
        if dice.random() < 0.3:
            cluster.start() if down else cluster.stop()
            down = not down
        daemon.kill()
        daemon = forwarding(cluster.url(), port=port)
    if down:
        cluster.start()
    crowd.wait_for(40)
    finish(crowd, daemon, cluster)


@pytest.mark.timeout(100 + 20 * KILLS)
@pytest.mark.parametrize("point", fatal_call.POINTS)
def test_killed_at_every_point(forwarding, cluster, tmp_path, point: str) -> None:
    dice = random.Random(point)
    killer = fatal_call.FatalCall(tmp_path, cluster.port)
    environment = {**killer.environment, "HISTORYD_WRITER_WAL_CHECKPOINT_PAGES": "64"}
    daemon = forwarding(cluster.url(), environment=environment)
    create_tables(daemon)
    crowd = writers.Crowd(daemon.target.url(), 4)
    for _ in range(max(2, KILLS // 4)):
        crowd.wait_for(20)
        killer.arm(fatal_call.POINTS[point], dice.randint(1, 12))
        assert daemon.process.wait(60) == -signal.SIGKILL
        killer.disarm()
        daemon.start()
    crowd.wait_for(20)
    finish(crowd, daemon, cluster)


@pytest.fixture
def relay(cluster):
    made = faulty_network.Relay(cluster.port)
    yield made
    made.close()


@contextlib.contextmanager
def nothing_is_stored(daemon):
    """Another program holds the file's lock: the replicator comes as far as it can without storing anything."""
    with contextlib.closing(sqlite3.connect(daemon.storage, timeout=30, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


def wait_for(cluster, query: str, seconds: float = 30) -> list[tuple]:
    """Until the query has rows."""
    deadline = time.monotonic() + seconds
    while True:
        with contextlib.suppress(psycopg2.Error):  # The schema is on its way.
            if rows := cluster.rows(query):
                return rows
        assert time.monotonic() < deadline, query
        time.sleep(0.02)


def test_killed_before_the_claim_is_noted(forwarding, cluster, relay) -> None:
    relay.set("refuse")
    daemon = forwarding(cluster.url(port=relay.port))
    create_tables(daemon)
    crowd = writers.Crowd(daemon.target.url(), 2)
    crowd.wait_for(30)
    crowd.stop()
    with nothing_is_stored(daemon):
        relay.set("pass")
        wait_for(cluster, "SELECT FROM historyd.replica WHERE claim = 1 AND applied_seq = 0")
        daemon.kill()
    assert stored(daemon, "SELECT backend_uuid FROM historyd_meta") == [("",)]
    daemon.start()
    finish(crowd, daemon, cluster)


def stored(daemon, query: str) -> list[tuple]:
    with contextlib.closing(sqlite3.connect(f"file:{daemon.storage}?mode=ro", uri=True, timeout=20)) as file:
        return file.execute(query).fetchall()


def test_killed_before_the_mark_is_stored(forwarding, cluster, relay) -> None:
    daemon = forwarding(cluster.url(port=relay.port))
    create_tables(daemon)
    writers.wait_until_forwarded(daemon)
    relay.set("refuse")
    relay.cut()
    crowd = writers.Crowd(daemon.target.url(), 4)
    crowd.wait_for(100)
    crowd.stop()
    last, acked = writers.outbox_position(daemon.storage)
    with nothing_is_stored(daemon):
        relay.set("pass")
        wait_for(cluster, f"SELECT FROM historyd.replica WHERE applied_seq = {last}")
        daemon.kill()
    assert writers.outbox_position(daemon.storage) == (last, acked)
    daemon.start()
    finish(crowd, daemon, cluster)


def test_killed_before_the_file_knows_what_is_parked(forwarding, cluster, relay) -> None:
    cluster.run(writers.SCHEMA, "ALTER TABLE notes ADD CONSTRAINT positive CHECK (n >= 0)", user="mem0")
    daemon = forwarding(cluster.url(port=relay.port), environment={"HISTORYD_BACKEND_ON_POISON": "park"})
    create_tables(daemon)
    writers.wait_until_forwarded(daemon)
    relay.set("refuse")
    relay.cut()
    note = "INSERT INTO notes (id, n) VALUES ('{}', 1)"
    writers.execute(daemon, note.format("a"), POISON, note.format("b"))
    last, _ = writers.outbox_position(daemon.storage)
    with nothing_is_stored(daemon):
        relay.set("pass")
        wait_for(cluster, f"SELECT FROM historyd.replica WHERE applied_seq = {last}")
        daemon.kill()
    assert stored(daemon, "SELECT seq FROM historyd_dead") == []
    daemon.start()
    writers.wait_until_forwarded(daemon)
    parked = cluster.rows("SELECT seq, sqlstate FROM historyd.dead")
    assert parked == [(last - 1, "23514")]
    assert stored(daemon, "SELECT seq, sqlstate FROM historyd_dead") == parked
    assert cluster.rows("SELECT id FROM notes ORDER BY id") == [("a",), ("b",)]


def test_killed_before_the_mark_goes_back(forwarding, cluster, relay) -> None:
    """The backend was restored; what the file says of it is ahead, and pruning goes by that."""
    daemon = forwarding(cluster.url(port=relay.port))
    create_tables(daemon)
    crowd = writers.Crowd(daemon.target.url(), 4)
    crowd.wait_for(50)
    wait_for(cluster, "SELECT FROM history")
    backup = cluster.back_up()
    crowd.wait_for(50)
    crowd.stop()
    writers.wait_until_forwarded(daemon)
    last, acked = writers.outbox_position(daemon.storage)
    daemon.stop()
    cluster.restore(backup)
    claim = cluster.rows("SELECT claim FROM historyd.replica")[0][0]
    relay.set("refuse")
    daemon.start()
    with nothing_is_stored(daemon):
        relay.set("pass")
        wait_for(cluster, f"SELECT FROM historyd.replica WHERE claim > {claim}")
        daemon.kill()
    assert writers.outbox_position(daemon.storage) == (last, acked)
    daemon.start()
    daemon.wait_for_log("restored to an older state")
    finish(crowd, daemon, cluster)


def test_both_killed_at_once(forwarding, cluster) -> None:
    port = servers.free_port()
    daemon = forwarding(cluster.url(), port=port)
    create_tables(daemon)
    crowd = writers.Crowd(daemon.target.url())
    for _ in range(3):
        crowd.wait_for(80)
        cluster.stop("immediate")
        daemon.kill()
        daemon = forwarding(cluster.url(), port=port)
        crowd.wait_for(40)
        cluster.start()
    finish(crowd, daemon, cluster)


def test_stopped_in_order_while_the_backend_is_away(forwarding, cluster) -> None:
    daemon = forwarding(cluster.url())
    create_tables(daemon)
    crowd = writers.Crowd(daemon.target.url(), 4)
    crowd.wait_for(50)
    cluster.freeze()
    crowd.wait_for(50)
    crowd.stop()
    daemon.stop(20)
    cluster.resume()
    daemon = forwarding(cluster.url(), port=daemon.target.port)
    finish(crowd, daemon, cluster)
