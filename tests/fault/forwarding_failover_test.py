"""Two servers behind one address: the primary is lost, and the standby that takes over lacks its last changes."""

from __future__ import annotations

import time
from typing import NamedTuple

import cluster as clusters
import faulty_network
import pytest
import writers
from forwarding_history_test import wait_for_rows
from forwarding_outage_test import create_tables, finish


class Pair(NamedTuple):
    primary: clusters.Cluster
    standby: clusters.Standby
    link: faulty_network.Relay  # what the standby learns of the primary comes over it

    def url(self) -> str:
        hosts = ",".join(f"127.0.0.1:{c.port}" for c in (self.primary, self.standby))
        return f"postgresql://mem0@{hosts}/mem0?target_session_attrs=read-write"


@pytest.fixture
def pair(cluster):
    link = faulty_network.Relay(cluster.port)
    standby = clusters.Standby(cluster, link.port)
    yield Pair(cluster, standby, link)
    link.close()
    standby.remove()


def applied(server: clusters.Cluster) -> int:
    return server.rows("SELECT applied_seq FROM historyd.replica")[0][0]


@pytest.mark.parametrize("how", ["killed", "silent"])
def test_a_lagging_standby_takes_over(forwarding, pair: Pair, how: str) -> None:
    daemon = forwarding(pair.url())
    create_tables(daemon)
    crowd = writers.Crowd(daemon.target.url())
    crowd.wait_for(50)
    wait_for_rows(pair.standby)
    pair.link.set("hold")
    kept = applied(pair.standby)
    deadline = time.monotonic() + 60
    while applied(pair.primary) < kept + 200:
        assert time.monotonic() < deadline, daemon.log_tail()
        time.sleep(0.02)
    if how == "killed":
        pair.primary.stop("immediate")
    else:
        pair.primary.freeze()  # Its machine takes connections and never answers.
    crowd.wait_for(50)
    pair.standby.promote()
    daemon.wait_for_log("restored to an older state", 60)
    crowd.wait_for(50)
    finish(crowd, daemon, pair.standby)
