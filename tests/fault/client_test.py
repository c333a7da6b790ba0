"""Clients that vanish, stall, or hold what others wait for."""

from __future__ import annotations

import os
import socket
import struct
import threading
import time

import pytest
import wire


@pytest.fixture
def daemon(start):
    d = start()
    with wire.Connection(d.target) as c:
        c.rows(
            "CREATE TABLE t (a int PRIMARY KEY, b int); INSERT INTO t SELECT n, 0 FROM generate_series(1, 100) n; SELECT 1"
        )
    return d


def reset(c: wire.Connection) -> None:
    """Closes with RST, as a crashed client's machine does."""
    c.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    c.socket.close()


def test_vanished_client_gives_the_writer_back(daemon) -> None:
    for _ in range(10):
        held = wire.Connection(daemon.target)
        held.rows("BEGIN; UPDATE t SET b = b + 1; SELECT 1")
        reset(held)
        with wire.Connection(daemon.target, timeout=10) as c:
            assert c.rows("UPDATE t SET b = b WHERE a = 1 RETURNING b") == [("0",)]


def test_idle_transaction_times_out(daemon) -> None:
    held = wire.Connection(daemon.target)
    held.rows("SET idle_in_transaction_session_timeout = '300ms'; SELECT 1")
    held.rows("BEGIN; UPDATE t SET b = 5 WHERE a = 1; SELECT 1")
    with wire.Connection(daemon.target, timeout=10) as c:
        assert c.rows("UPDATE t SET b = b + 1 WHERE a = 1 RETURNING b") == [("1",)]
    fields = wire.error_fields(held.read_message().body)
    assert (fields["S"], fields["C"]) == ("FATAL", "25P03")


def test_a_statement_longer_than_the_idle_timeouts(daemon) -> None:
    begun = {"idle_session_timeout": "SELECT 1", "idle_in_transaction_session_timeout": "BEGIN; SELECT 1"}
    clients = [wire.Connection(daemon.target, timeout=10) for _ in begun]
    for c, (setting, first) in zip(clients, begun.items()):
        c.rows(f"SET {setting} = '1s'; SELECT 1")
        c.rows(first)
        c.send(wire.query("SELECT pg_sleep(1.5)"))
    for c in clients:
        c.read_until_ready()
        assert c.rows("SELECT 1") == [("1",)]


def test_half_a_message_then_gone(daemon) -> None:
    whole = wire.parse("INSERT INTO t VALUES (1000, 1)") + wire.bind() + wire.execute() + wire.sync()
    for cut in range(1, len(whole)):
        c = wire.Connection(daemon.target)
        c.send(whole[:cut])
        reset(c)
    with wire.Connection(daemon.target) as c:
        # A statement whose Execute arrived whole but whose Sync did not is not committed.
        assert c.rows("SELECT count(*) FROM t") == [("100",)]


def test_client_gone_before_its_answer(daemon) -> None:
    for n in range(50):
        c = wire.Connection(daemon.target)
        c.send(wire.query(f"INSERT INTO t VALUES ({2000 + n}, 1)"))
        reset(c)
    with wire.Connection(daemon.target) as c:
        assert c.rows("INSERT INTO t VALUES (5000, 1) RETURNING a") == [("5000",)]
        assert c.rows("SELECT count(*) - count(DISTINCT a) FROM t") == [("0",)]


def kilobytes(n: int) -> str:
    return f"SELECT n, repeat('x', 1000) FROM generate_series(1, {n}) n"


def stall(daemon, sql: str) -> wire.Connection:
    """A client that has asked and reads nothing of the answer."""
    stalled = wire.Connection(daemon.target)
    stalled.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    stalled.send(wire.query(sql))
    return stalled


def wait_until_alone(c: wire.Connection) -> None:
    deadline = time.monotonic() + 10
    while (others := c.rows("SELECT query FROM pg_stat_activity WHERE pid <> pg_backend_pid()")) != []:
        assert time.monotonic() < deadline, others


def test_client_that_does_not_read(daemon) -> None:
    """Its result is paused; others are served, memory is not filled."""
    stalled = stall(daemon, kilobytes(500_000))
    with wire.Connection(daemon.target) as c:
        for n in range(50):
            c.rows(f"UPDATE t SET b = {n} WHERE a = 2 RETURNING b")
        with open(f"/proc/{daemon.process.pid}/statm") as f:
            resident = int(f.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        assert resident < 400 << 20, f"{resident >> 20} MiB"
        reset(stalled)
        wait_until_alone(c)


@pytest.mark.parametrize("before", ["", "BEGIN; UPDATE t SET b = b + 1; "], ids=["read", "transaction"])
def test_client_that_leaves_in_its_answer_gives_everything_back(daemon, before: str) -> None:
    stalled = stall(daemon, before + kilobytes(20_000))
    stalled.read_until("T")
    stalled.socket.close()  # With unread input: the kernel sends RST.
    with wire.Connection(daemon.target, timeout=10) as c:
        assert c.rows("UPDATE t SET b = b WHERE a = 1 RETURNING b") == [("0",)]
        wait_until_alone(c)


def test_sessions_come_and_go_without_leaving_descriptors(daemon) -> None:
    def descriptors() -> int:
        return len(os.listdir(f"/proc/{daemon.process.pid}/fd"))

    def come_and_go() -> None:
        for n in range(40):
            c = wire.Connection(daemon.target)
            c.rows("SELECT count(*) FROM t")
            c.close() if n % 2 else reset(c)

    come_and_go()
    before = descriptors()
    threads = [threading.Thread(target=come_and_go) for _ in range(8)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    with wire.Connection(daemon.target) as c:
        for _ in range(1000):  # The last ones are closed when the daemon gets to it.
            c.rows("SELECT 1")
            if descriptors() <= before + 10:
                break
    assert descriptors() <= before + 10


def test_concurrent_counters_are_exact(daemon) -> None:
    def add() -> None:
        with wire.Connection(daemon.target, timeout=60) as c:
            for _ in range(25):
                c.rows("UPDATE t SET b = b + 1 WHERE a = 3 RETURNING b")
                c.simple(
                    "BEGIN; UPDATE t SET b = b + 1 WHERE a = 4; UPDATE t SET b = b + 1 WHERE a = 5; COMMIT"
                )
                c.simple("BEGIN")
                c.simple("UPDATE t SET b = b + 1 WHERE a = 6")
                c.simple("COMMIT")

    threads = [threading.Thread(target=add) for _ in range(16)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    with wire.Connection(daemon.target) as c:
        assert c.rows("SELECT b FROM t WHERE a BETWEEN 3 AND 6 ORDER BY a") == [("400",)] * 4


def test_many_sessions(daemon) -> None:
    sessions = [wire.Connection(daemon.target) for _ in range(200)]
    for n, c in enumerate(sessions):
        c.send(wire.query(f"INSERT INTO t VALUES ({10000 + n}, 0)"))
    for c in sessions:
        assert c.reply().error is None
    assert sessions[0].rows("SELECT count(*) FROM t WHERE a >= 10000") == [("200",)]
    for c in sessions:
        c.close()
