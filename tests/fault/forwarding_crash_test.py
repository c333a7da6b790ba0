"""kill -9 of historyd, with the backend there or not: exactly once, in the end."""

from __future__ import annotations

import os
import random
import time

import servers
import writers
from forwarding_outage_test import create_tables, finish

ROUNDS = int(os.environ.get("HISTORYD_TEST_KILLS", "15"))


def test_killed_at_random(forwarding, cluster) -> None:
    dice = random.Random(20260229)
    port = servers.free_port()
    daemon = forwarding(cluster.url(), port=port)
    create_tables(daemon)
    crowd = writers.Crowd(daemon.target.url())
    down = False
    for _ in range(ROUNDS):
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
    assert daemon.stop(20) == 0, daemon.log_tail()
    cluster.resume()
    daemon = forwarding(cluster.url(), port=daemon.target.port)
    finish(crowd, daemon, cluster)
