"""What a client is told, and when, with the backend there and away; what happens when too much waits for it."""

from __future__ import annotations

import threading
import time

import psycopg2
import pytest
import writers

BACKEND = {"HISTORYD_BACKEND_ACKNOWLEDGE": "backend", "HISTORYD_BACKEND_ACKNOWLEDGE_TIMEOUT_MS": "1500"}


@pytest.fixture
def connect():
    opened = []

    def begin(daemon):
        connection = psycopg2.connect(daemon.target.url())
        connection.autocommit = True
        opened.append(connection)
        return connection

    yield begin
    for connection in opened:
        connection.close()


def test_answered_when_the_backend_has_it(forwarding, cluster, connect) -> None:
    daemon = forwarding(cluster.url(), environment={**BACKEND, "HISTORYD_BACKEND_ACKNOWLEDGE_TIMEOUT_MS": "60000"})
    connection = connect(daemon)
    with connection.cursor() as c:
        c.execute(writers.SCHEMA)
        for n in range(20):
            c.execute(writers.INSERT, (f"a{n}", "m", "x"))
            assert cluster.rows(f"SELECT new_memory FROM history WHERE id = 'a{n}'") == [("x",)]
        c.execute("BEGIN; UPDATE history SET new_memory = 'y'; SELECT count(*) FROM history")
        c.execute("COMMIT")  # Of a transaction that held the writer.
        assert cluster.rows("SELECT DISTINCT new_memory FROM history") == [("y",)]
    assert connection.notices == []


def test_a_warning_when_it_takes_too_long(forwarding, cluster, connect) -> None:
    daemon = forwarding(cluster.url(), environment=BACKEND)
    connection = connect(daemon)
    with connection.cursor() as c:
        c.execute(writers.SCHEMA)
        cluster.stop()
        c.execute(writers.INSERT, ("a", "m", "x"))
        last, _ = writers.outbox_position(daemon.storage)
        assert len(connection.notices) == 1
        assert connection.notices[0].startswith("WARNING:  the backend has not confirmed")
        assert f"queued up to change {last}." in connection.notices[0]
        c.execute("SELECT count(*) FROM history")
        assert c.fetchone() == (1,)
    cluster.start()
    writers.wait_until_forwarded(daemon)
    writers.same_everywhere(daemon, cluster)


def test_a_cancelled_wait_is_no_error(forwarding, cluster, connect) -> None:
    environment = {**BACKEND, "HISTORYD_BACKEND_ACKNOWLEDGE_TIMEOUT_MS": "120000"}
    daemon = forwarding(cluster.url(), environment=environment)
    connection = connect(daemon)
    with connection.cursor() as c:
        c.execute(writers.SCHEMA)
        cluster.stop()

        def cancel_when_committed() -> None:
            while writers.rows_of(daemon.target.url(), "SELECT count(*) FROM history") == [(0,)]:
                time.sleep(0.01)
            connection.cancel()

        canceller = threading.Thread(target=cancel_when_committed)
        canceller.start()
        c.execute(writers.INSERT, ("a", "m", "x"))
        canceller.join()
        assert len(connection.notices) == 1
        assert c.rowcount == 1


def test_too_much_waits_for_the_backend(forwarding, cluster, connect) -> None:
    daemon = forwarding(cluster.url(), environment={"HISTORYD_BACKEND_OUTBOX_ROWS_MAX": "20"})
    connection = connect(daemon)
    with connection.cursor() as c:
        c.execute(writers.SCHEMA)
        writers.wait_until_forwarded(daemon)
        cluster.stop()
        with pytest.raises(psycopg2.Error) as refused:
            for n in range(100):
                c.execute(writers.INSERT, (f"a{n}", "m", "x"))
        assert refused.value.pgcode == "53400"
        assert "outbox_rows_max" in refused.value.diag.message_hint
        c.execute("SELECT count(*) FROM history")
        assert c.fetchone() == (20,)
        cluster.start()
        writers.wait_until_forwarded(daemon)
        c.execute(writers.INSERT, ("more", "m", "x"))
    writers.wait_until_forwarded(daemon)
    writers.same_everywhere(daemon, cluster)
