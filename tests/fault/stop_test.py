"""SIGTERM: what runs is finished, what waits is committed, what idles is told, exit 0."""

from __future__ import annotations

import pathlib
import signal
import socket
import threading
import time

import psycopg2
import pytest
import wire


def wait_for(condition, seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.005)


def refuses_connections(target: wire.Target) -> bool:
    try:
        wire.Connection(target, timeout=2).close()
    except (OSError, wire.Disconnected):
        return True
    return False


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_idle_daemon_ends(start, number: int) -> None:
    daemon = start()
    daemon.process.send_signal(number)
    assert daemon.process.wait(10) == 0


def test_idle_session_is_told(start) -> None:
    daemon = start()
    c = wire.Connection(daemon.target)
    daemon.process.send_signal(signal.SIGTERM)
    message = c.read_message()
    fields = wire.error_fields(message.body)
    assert (fields["S"], fields["C"]) == ("FATAL", "57P01")
    assert fields["M"] == "terminating connection due to administrator command"
    with pytest.raises(wire.Disconnected):
        c.read_message()
    assert daemon.process.wait(10) == 0


def test_running_statement_finishes(start) -> None:
    daemon = start()
    c = wire.Connection(daemon.target)
    c.send(wire.query("SELECT pg_sleep(1), 'finished'"))
    time.sleep(0.2)  # The statement has no event that says it has begun.
    daemon.process.send_signal(signal.SIGTERM)
    wait_for(lambda: refuses_connections(daemon.target))
    row = next(m for m in c.read_until("C") if m.type == "D")
    assert wire.row_of(row.body)[1] == b"finished"
    assert daemon.process.wait(10) == 0


def test_second_signal_hurries(start) -> None:
    daemon = start()
    c = wire.Connection(daemon.target)
    c.send(wire.query("SELECT pg_sleep(60)"))
    time.sleep(0.2)
    daemon.process.send_signal(signal.SIGTERM)
    wait_for(lambda: refuses_connections(daemon.target))
    daemon.process.send_signal(signal.SIGTERM)
    assert daemon.process.wait(5) == 0


def test_writers_under_way(start, tmp_path: pathlib.Path) -> None:
    daemon = start()
    with wire.Connection(daemon.target) as c:
        c.rows("CREATE TABLE t (id text PRIMARY KEY); SELECT 1")
    acknowledged: list[str] = []
    unexpected: list[str] = []

    def write(n: int) -> None:
        k = 0
        try:
            connection = psycopg2.connect(daemon.target.url())
            with connection.cursor() as cursor:
                while True:
                    cursor.execute("INSERT INTO t VALUES (%s)", (f"{n}-{k}",))
                    connection.commit()
                    acknowledged.append(f"{n}-{k}")
                    k += 1
        except psycopg2.Error as failure:
            if (
                "administrator command" not in str(failure)
                and "closed" not in str(failure)
                and "refused" not in str(failure)
            ):
                unexpected.append(str(failure))

    writers = [threading.Thread(target=write, args=(n,)) for n in range(16)]
    for w in writers:
        w.start()
    wait_for(lambda: len(acknowledged) > 100)
    daemon.stop(20)
    for w in writers:
        w.join(10)
        assert not w.is_alive()
    assert not unexpected, unexpected[0]
    wal = tmp_path / "history.db-wal"
    assert not wal.exists() or wal.stat().st_size == 0, "stopped without a checkpoint"
    with wire.Connection(start().target) as c:
        kept = {r[0] for r in c.rows("SELECT id FROM t")}
    assert set(acknowledged) <= kept and len(kept) <= len(acknowledged) + 16


def test_open_transaction_does_not_hold_up_the_end(start) -> None:
    daemon = start()
    with wire.Connection(daemon.target) as c:
        c.rows("CREATE TABLE t (a int); INSERT INTO t VALUES (1); SELECT 1")
    held = wire.Connection(daemon.target)
    held.rows("BEGIN; UPDATE t SET a = 2; SELECT 1")
    daemon.stop(40)
    with wire.Connection(start().target) as c:
        assert c.rows("SELECT a FROM t") == [("1",)]
    held.socket.close()


def test_sockets_are_gone_afterwards(start, tmp_path: pathlib.Path) -> None:
    daemon = start()
    name = tmp_path / f".s.PGSQL.{daemon.target.port}"
    assert name.is_socket()
    wire.Connection(daemon.target._replace(host=str(tmp_path))).close()
    daemon.stop()
    assert not name.exists()
    with pytest.raises(OSError):
        socket.create_connection((daemon.target.host, daemon.target.port), 1)
