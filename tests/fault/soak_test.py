"""Everything that goes on in a long life, at once: many clients, reloads, disconnects, cancels. Nothing may leak.

HISTORYD_TEST_SOAK_SECONDS sets how long; what must stay flat is measured over the second half.
"""

from __future__ import annotations

import os
import pathlib
import random
import signal
import socket
import struct
import threading
import time

import psycopg
import pytest
import wire

SECONDS = float(os.environ.get("HISTORYD_TEST_SOAK_SECONDS", "20"))
CLIENTS = 64
# Allowed growth over the second half. A session that leaked its buffers and statements would cost
# tens of kilobytes, and thousands come and go in the shortest run.
RESIDENT_GROWTH_MAX = 24 << 20


def resident_bytes(pid: int) -> int:
    pages = int(pathlib.Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGESIZE")


def open_files(pid: int) -> list[str]:
    names = []
    for fd in pathlib.Path(f"/proc/{pid}/fd").iterdir():
        try:
            names.append(os.readlink(fd))
        except FileNotFoundError:
            pass
    return names


class Client(threading.Thread):
    """Comes, does a few things, leaves in one way or another, comes again."""

    # What a client brings about itself: cancelled (57014), and a serialization failure or a lock
    # that took too long, which PostgreSQL asks to retry.
    EXPECTED = {"57014", "40001", "55P03"}

    def __init__(self, number: int, target: wire.Target, stop: threading.Event):
        super().__init__(daemon=True)  # a test that fails does not wait for it
        self.number, self.target, self.stop = number, target, stop
        self.random = random.Random(number)
        self.unexpected: list[str] = []
        self.acknowledged = self.sessions = self.cancelled = 0

    def run(self) -> None:
        while not self.stop.is_set():
            try:
                self.visit()
            except psycopg.Error as failure:
                if failure.sqlstate in self.EXPECTED:
                    self.cancelled += 1
                else:
                    self.unexpected.append(f"{failure.sqlstate} {failure}")
            except Exception as failure:  # noqa: BLE001: reported by the test
                self.unexpected.append(repr(failure))

    def visit(self) -> None:
        self.sessions += 1
        way = self.random.randrange(6)
        if way == 0:
            return self.vanish()
        with psycopg.connect(self.target.url(), autocommit=True) as c:
            for _ in range(self.random.randrange(1, 12)):
                if self.stop.is_set():
                    return
                self.do_something(c)
            if way == 1:
                self.cancel(c)

    def do_something(self, c: psycopg.Connection) -> None:
        what = self.random.randrange(6)
        if what < 2:
            c.execute("INSERT INTO t (client, text) VALUES (%s, %s)", (self.number, "x" * self.random.randrange(500)))
            self.acknowledged += 1
        elif what == 2:
            c.execute("SELECT count(*) FROM t WHERE client = %s", (self.number,)).fetchone()
        elif what == 3:
            with c.transaction():
                c.execute("INSERT INTO t (client, text) VALUES (%s, 'a')", (self.number,))
                c.execute("SELECT id FROM t ORDER BY id DESC LIMIT 5").fetchall()
                c.execute("INSERT INTO t (client, text) VALUES (%s, 'b')", (self.number,))
            self.acknowledged += 2
        elif what == 4:
            with c.transaction(), c.cursor("cursor") as cursor:
                cursor.execute("SELECT * FROM t ORDER BY id LIMIT 300")
                cursor.fetchmany(10)
        else:
            try:
                c.execute("SELECT 1 / (SELECT 0)")
            except psycopg.errors.DivisionByZero:
                pass

    def cancel(self, c: psycopg.Connection) -> None:
        timer = threading.Timer(self.random.uniform(0, 0.05), c.cancel)
        timer.start()
        try:
            c.execute("SELECT pg_sleep(5)")
        finally:
            timer.join()

    def vanish(self) -> None:
        """Leaves without a word: in the middle of a message, a result, a transaction."""
        c = wire.Connection(self.target)
        c.send(
            self.random.choice(
                [
                    b"Q\x00\x00",
                    wire.query("SELECT repeat('x', 100000) FROM generate_series(1, 100)"),
                    wire.query("BEGIN; INSERT INTO t (client, text) VALUES (-1, 'never')"),
                    wire.parse("SELECT 1", "s"),
                ]
            )
        )
        if self.random.randrange(2):  # a reset rather than an end
            c.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        c.socket.close()


@pytest.mark.timeout(SECONDS + 240)
def test_soak(start, tmp_path: pathlib.Path) -> None:
    file = tmp_path / "historyd.toml"
    file.write_text("")
    daemon = start(options=("--config", str(file)))
    pid = daemon.process.pid
    with wire.Connection(daemon.target) as c:
        c.rows("CREATE TABLE t (id serial PRIMARY KEY, client int, text text); SELECT 1")
        c.rows("CREATE INDEX t_client ON t (client); SELECT 1")
    files_before = open_files(pid)
    stop = threading.Event()
    clients = [Client(n, daemon.target, stop) for n in range(CLIENTS)]
    for client in clients:
        client.start()
    began, samples, reloads = time.monotonic(), [], 0
    while time.monotonic() < began + SECONDS:
        time.sleep(1)
        reloads += 1
        file.write_text(f"limits.portals_max = {1000 + reloads}\n")
        daemon.process.send_signal(signal.SIGHUP)
        samples.append(resident_bytes(pid))
    stop.set()
    for client in clients:
        client.join(60)
        assert not client.is_alive()
    unexpected = [u for client in clients for u in client.unexpected]
    assert not unexpected, (len(unexpected), unexpected[:5])
    log = daemon.log.read_text()
    assert log.count("1 settings changed, 0 need a restart") >= reloads - 1
    assert " error " not in log and " critical " not in log, daemon.log_tail()

    with wire.Connection(daemon.target) as c:
        deadline = time.monotonic() + 15
        while c.rows("SELECT count(*) FROM pg_stat_activity") != [("1",)]:
            assert time.monotonic() < deadline, c.rows("SHOW sessions")
            time.sleep(0.05)
        counted = int(c.rows("SELECT count(*) FROM t")[0][0])
        held = dict((p[0], p[4]) for p in c.rows("SHOW pools"))
        lost = c.rows("SELECT count(*) FROM t WHERE client = -1")
    acknowledged = sum(client.acknowledged for client in clients)
    assert acknowledged <= counted <= acknowledged + CLIENTS * 2, "acknowledged rows are there, no others"
    assert held["reader"] == "0" and lost == [("0",)]
    assert sum(client.sessions for client in clients) > CLIENTS and any(client.cancelled for client in clients)

    # Sockets of clients are closed; reader connections to the file may have been opened.
    deadline = time.monotonic() + 10
    while (sockets := sum("socket:" in f for f in open_files(pid))) > sum("socket:" in f for f in files_before):
        assert time.monotonic() < deadline, f"{sockets} sockets are open"
        time.sleep(0.05)
    half = samples[len(samples) // 2 :]
    growth = sum(half[-3:]) / len(half[-3:]) - sum(half[:3]) / len(half[:3])
    print(
        f"\nsoak: {sum(c.sessions for c in clients)} sessions, {acknowledged} rows, "
        f"resident {half[0] >> 20} -> {half[-1] >> 20} MiB"
    )
    assert growth < RESIDENT_GROWTH_MAX, [s >> 20 for s in samples]
    daemon.stop()
