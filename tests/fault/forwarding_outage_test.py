"""The backend goes away, in every way it can, while clients write; nothing is lost or doubled."""

from __future__ import annotations

import os
import threading
import time

import faulty_network
import psycopg2
import pytest
import writers

FREEZE_SECONDS = float(os.environ.get("HISTORYD_TEST_FREEZE_SECONDS", "2.5"))


@pytest.fixture
def relay(cluster):
    made = faulty_network.Relay(cluster.port)
    yield made
    made.close()


def create_tables(daemon) -> None:
    connection = psycopg2.connect(daemon.target.url())
    connection.autocommit = True
    with connection.cursor() as c:
        c.execute(writers.SCHEMA)
    connection.close()


def finish(crowd: writers.Crowd, daemon, cluster) -> None:
    crowd.stop()
    writers.wait_until_forwarded(daemon)
    writers.same_everywhere(daemon, cluster)
    writers.check_told([crowd], cluster.rows)


def test_immediate_stop_and_restart(forwarding, cluster) -> None:
    daemon = forwarding(cluster.url())
    create_tables(daemon)
    crowd = writers.Crowd(daemon.target.url())
    for _ in range(3):
        crowd.wait_for(150)
        cluster.stop("immediate")
        crowd.wait_for(150)  # Clients do not notice.
        cluster.start()
    finish(crowd, daemon, cluster)


@pytest.mark.timeout(120 + FREEZE_SECONDS)
def test_a_frozen_server(forwarding, cluster) -> None:
    daemon = forwarding(cluster.url())
    create_tables(daemon)
    crowd = writers.Crowd(daemon.target.url())
    crowd.wait_for(100)
    cluster.freeze()
    crowd.wait_for(300)
    time.sleep(FREEZE_SECONDS)  # Longer than reply_timeout_ms: transactions are given up, and come late.
    crowd.wait_for(50)
    cluster.resume()
    finish(crowd, daemon, cluster)


def test_started_with_the_backend_down(forwarding, cluster) -> None:
    cluster.stop()
    began = time.monotonic()
    daemon = forwarding(cluster.url())
    create_tables(daemon)
    assert time.monotonic() - began < 20  # It does not wait for the backend; the machine may be slow.
    crowd = writers.Crowd(daemon.target.url())
    crowd.wait_for(200)
    cluster.start()
    crowd.wait_for(100)
    finish(crowd, daemon, cluster)


@pytest.mark.parametrize("how", ["reset", "close"])
def test_connections_are_cut(forwarding, cluster, relay, how: str) -> None:
    daemon = forwarding(cluster.url(port=relay.port))
    create_tables(daemon)
    crowd = writers.Crowd(daemon.target.url())
    for _ in range(15):
        crowd.wait_for(25)
        relay.cut(how)
    finish(crowd, daemon, cluster)


def test_the_reply_to_a_commit_is_lost(forwarding, cluster, relay) -> None:
    daemon = forwarding(cluster.url(port=relay.port))
    create_tables(daemon)
    crowd = writers.Crowd(daemon.target.url())
    for _ in range(10):
        relay.set("swallow")
        assert relay.swallowed.wait(30), daemon.log_tail()
        crowd.wait_for(20)
    finish(crowd, daemon, cluster)


def test_half_open_connections(forwarding, cluster, relay) -> None:
    """What is held back is delivered long after it was given up: late packets of a dead connection."""
    daemon = forwarding(cluster.url(port=relay.port))
    create_tables(daemon)
    crowd = writers.Crowd(daemon.target.url())
    for _ in range(2):
        crowd.wait_for(50)
        relay.set("hold")
        assert relay.held.wait(10)
        time.sleep(2.5)  # Longer than reply_timeout_ms.
        relay.set("pass")
    finish(crowd, daemon, cluster)


def test_a_transaction_that_is_left_behind(forwarding, cluster, relay) -> None:
    """Its server waits for the rest of a batch for ever, holding the watermark; whoever asks for that would pile up."""
    daemon = forwarding(cluster.url(port=relay.port))
    create_tables(daemon)
    writers.wait_until_forwarded(daemon)
    crowd = writers.Crowd(daemon.target.url())
    crowd.wait_for(50)
    relay.set("stall")
    assert relay.stalled.wait(30)
    crowd.wait_for(50)
    crowd.stop()
    sessions = "SELECT count(*) FROM pg_stat_activity WHERE datname = 'mem0' AND pid <> pg_backend_pid()"
    deadline = time.monotonic() + 30
    while len(set(writers.outbox_position(daemon.storage))) > 1:
        assert cluster.rows(sessions)[0][0] <= 3
        assert time.monotonic() < deadline, daemon.log_tail()
        time.sleep(0.1)
    assert "ended a transaction that an earlier connection left behind" in daemon.log.read_text()
    finish(crowd, daemon, cluster)


def test_a_slow_and_refusing_network(forwarding, cluster, relay) -> None:
    daemon = forwarding(cluster.url(port=relay.port))
    create_tables(daemon)
    relay.delay = 0.02
    crowd = writers.Crowd(daemon.target.url())
    crowd.wait_for(200)
    relay.set("refuse")
    relay.cut()
    crowd.wait_for(200)
    relay.set("pass")
    crowd.wait_for(50)
    relay.delay = 0
    finish(crowd, daemon, cluster)


def test_each_change_of_state_is_logged_once(forwarding, cluster) -> None:
    daemon = forwarding(cluster.url())
    create_tables(daemon)
    writers.wait_until_forwarded(daemon)
    cluster.stop()
    crowd = writers.Crowd(daemon.target.url(), 2)
    crowd.wait_for(100)
    deadline = time.monotonic() + 20
    while ": offline" not in daemon.log.read_text():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    time.sleep(1.5)  # Several attempts.
    cluster.start()
    finish(crowd, daemon, cluster)
    states = [line.split(": ")[1].strip() for line in daemon.log.read_text().splitlines() if " backend " in line]
    assert states in (
        ["draining", "online", "offline", "draining", "online"],
        ["probing", "draining", "online", "offline", "draining", "online"],
    ), states


def test_writers_do_not_wait_for_a_silent_backend(forwarding, cluster, relay) -> None:
    relay.set("hold")
    daemon = forwarding(cluster.url(port=relay.port))
    create_tables(daemon)
    answered = threading.Event()
    crowd = writers.Crowd(daemon.target.url(), 4)
    crowd.wait_for(100, seconds=20)
    answered.set()
    relay.set("pass")
    finish(crowd, daemon, cluster)
