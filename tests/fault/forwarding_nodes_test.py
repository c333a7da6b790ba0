"""Several nodes with files of their own forward into one database, and are killed while they do."""

from __future__ import annotations

import os
import pathlib
import random
import time

import pytest
import writers
from forwarding_outage_test import create_tables

NODES, WRITERS = 4, 8
ROWS = int(os.environ.get("HISTORYD_TEST_NODE_ROWS", "3200"))


@pytest.mark.timeout(120 + ROWS // 20)
def test_four_nodes_one_database(forwarding, cluster, tmp_path: pathlib.Path) -> None:
    dice = random.Random(20260229)
    nodes = [forwarding(cluster.url(), storage=tmp_path / f"{n}.db") for n in range(NODES)]
    for node in nodes:
        create_tables(node)
    limit = ROWS // (NODES * WRITERS)
    crowds = [writers.Crowd(node.target.url(), WRITERS, f"node{i}-", limit) for i, node in enumerate(nodes)]
    everyone = [w for crowd in crowds for w in crowd.writers]
    kills = 0
    while any(w.is_alive() for w in everyone):
        if sum(crowd.acknowledged for crowd in crowds) >= (kills + 1) * ROWS // 20:
            victim = dice.choice(nodes)
            victim.kill()
            victim.start()
            kills += 1
        time.sleep(0.01)
    for crowd in crowds:
        crowd.stop()
    for node in nodes:
        writers.wait_until_forwarded(node, 120 + ROWS // 200)
    assert kills >= NODES  # More where a node starts again sooner.
    assert sum(crowd.acknowledged for crowd in crowds) == limit * NODES * WRITERS
    for table, query in writers.ORDERED.items():
        here = [row for node in nodes for row in writers.rows_of(node.target.url(), query)]
        print(f"{table}: {writers.checksum(cluster.rows(query))}, {kills} kills")
        writers.compare(table, cluster.rows(query), sorted(here, key=lambda row: row[0]))
    writers.check_told(crowds, cluster.rows)
    assert len(cluster.rows("SELECT FROM historyd.replica")) == NODES
