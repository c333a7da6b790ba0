"""Faults of all kinds, one within another, at random: what a table of single faults does not think of."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import sqlite3
import time

import fatal_call
import faulty_network
import pytest
import servers
import writers
from forwarding_history_test import wait_for_rows
from forwarding_outage_test import create_tables, finish

ROUNDS = int(os.environ.get("HISTORYD_TEST_CHAOS_ROUNDS", "12"))
SEED = int(os.environ.get("HISTORYD_TEST_CHAOS_SEED", "1"))


class World:
    """Each fault is a context: it begins, others come within it, it ends."""

    def __init__(self, daemon: servers.Historyd, cluster, relay: faulty_network.Relay, killer: fatal_call.FatalCall):
        self.daemon, self.cluster, self.relay, self.killer = daemon, cluster, relay, killer
        self.dice = random.Random(SEED)
        self.backups = []

    @contextlib.contextmanager
    def cut(self):
        self.relay.cut(self.dice.choice(["reset", "close"]))
        yield

    @contextlib.contextmanager
    def misbehaving_network(self):
        self.relay.set(self.dice.choice(["hold", "refuse", "swallow"]))
        yield
        self.relay.set("pass")

    @contextlib.contextmanager
    def slow_network(self):
        self.relay.delay = 0.01
        yield
        self.relay.delay = 0

    @contextlib.contextmanager
    def killed_daemon(self):
        self.daemon.kill()
        self.daemon.start()
        yield

    @contextlib.contextmanager
    def stopped_daemon(self):
        self.daemon.stop()
        self.daemon.start()
        yield

    @contextlib.contextmanager
    def fatal_call(self):
        self.killer.arm(self.dice.choice(list(fatal_call.POINTS.values())), self.dice.randint(1, 20))
        with contextlib.suppress(Exception):  # It may not come to that.
            self.daemon.process.wait(2)
        self.killer.disarm()
        if not self.daemon.alive():
            assert self.daemon.process.returncode == -signal.SIGKILL
            self.daemon.start()
        yield

    @contextlib.contextmanager
    def stopped_backend(self):
        self.cluster.stop(self.dice.choice(["immediate", "fast"]))
        yield
        self.cluster.start()

    @contextlib.contextmanager
    def frozen_backend(self):
        self.cluster.freeze()
        yield
        self.cluster.resume()

    @contextlib.contextmanager
    def restored_backend(self):
        yield
        if len(self.backups) < 3:
            self.backups.append(self.cluster.back_up())
        else:
            self.cluster.restore(self.dice.choice(self.backups))

    @contextlib.contextmanager
    def locked_file(self):
        with contextlib.closing(sqlite3.connect(self.daemon.storage, timeout=30, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            time.sleep(self.dice.uniform(0, 1))
        yield

    def fault(self):
        of_the_backend = [self.stopped_backend, self.frozen_backend, self.restored_backend]
        others = [self.cut, self.misbehaving_network, self.slow_network, self.killed_daemon, self.stopped_daemon,
                  self.fatal_call, self.locked_file]  # fmt: skip
        return self.dice.choice(of_the_backend), self.dice.sample(others, 2)


@pytest.mark.timeout(120 + 30 * ROUNDS)
def test_faults_within_faults(forwarding, cluster, tmp_path) -> None:
    relay = faulty_network.Relay(cluster.port)
    killer = fatal_call.FatalCall(tmp_path, relay.port)
    environment = {**killer.environment, "HISTORYD_WRITER_WAL_CHECKPOINT_PAGES": "64"}
    world = World(forwarding(cluster.url(port=relay.port), environment=environment), cluster, relay, killer)
    create_tables(world.daemon)
    crowd = writers.Crowd(world.daemon.target.url())
    crowd.wait_for(20)
    wait_for_rows(cluster)
    for n in range(ROUNDS):
        outer, inner = world.fault()
        faults = [outer, *inner][: world.dice.randint(1, 3)]
        world.dice.shuffle(faults)
        print(f"round {n} of seed {SEED}: {', '.join(f.__name__ for f in faults)}", flush=True)
        with contextlib.ExitStack() as within:
            for fault in faults:
                within.enter_context(fault())
                crowd.wait_for(world.dice.randint(1, 60))
            time.sleep(world.dice.choice([0, 0, 0.5, 2.5]))
    relay.set("pass")
    finish_when_it_has_looked(crowd, world)


def finish_when_it_has_looked(crowd, world: World) -> None:
    """A restore shows when the watermark is read again: at once after a new connection."""
    crowd.wait_for(20)
    world.daemon.kill()
    world.daemon.start()
    crowd.wait_for(20)
    finish(crowd, world.daemon, world.cluster)
    world.relay.close()
