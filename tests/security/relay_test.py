"""A database that lives on another server, reached through historyd: bytes are passed on as they are."""

from __future__ import annotations

import pathlib
import threading

import pytest
import servers
import wire
from guarded import Begin, Guarded

TRUST = [{"type": "host", "address": "127.0.0.1", "method": "trust"}]


@pytest.fixture
def relayed(begin: Begin, tmp_path: pathlib.Path, postgres_url: str, tls: dict[str, object]) -> Guarded:
    backend = wire.Target.of_url(postgres_url)
    return begin(
        TRUST,
        {
            "tls": tls,
            "databases.notes": {"path": str(tmp_path / "notes.db")},
            "databases.mem0": {"mode": "relay", "backend": f"{backend.host}:{backend.port}"},
            "databases.postgres": {
                "mode": "relay",
                "backend": f"{backend.host}:{backend.port}",
                "users": ["nobody"],
            },
            "databases.gone": {"mode": "relay", "backend": f"127.0.0.1:{servers.free_port()}"},
        },
    )


def test_both_on_one_address(relayed: Guarded) -> None:
    with wire.Connection(relayed.target) as there, wire.Connection(
        relayed.target._replace(database="notes")
    ) as here:
        # What only PostgreSQL itself has.
        assert not there.simple("DO $$ BEGIN PERFORM 1; END $$").error
        assert here.simple("DO $$ BEGIN PERFORM 1; END $$").error["C"] == "0A000"
        text = "x" * 3_000_000
        reply = there.extended("SELECT $1::text", (text.encode(),))
        assert reply.results[0].rows == [(text.encode(),)]
        rows = there.rows("SELECT repeat('y', 1000) FROM generate_series(1, 20000)")
        assert len(rows) == 20_000


def test_what_the_server_refuses_is_heard(relayed: Guarded) -> None:
    c = wire.Connection(relayed.target, start=False)
    c.send(wire.startup(user="no such role", database="mem0", _pq_="x"))
    messages = c.read_until_ready()
    assert any(b'role "no such role" does not exist' in m.body for m in messages if m.type == "E")


def test_over_tls(relayed: Guarded, tls: dict[str, object]) -> None:
    psycopg = pytest.importorskip("psycopg")
    url = relayed.url("mem0", sslmode="verify-full", sslrootcert=tls["client_ca_file"])
    with psycopg.connect(url) as c:
        rows = c.execute("SELECT n, repeat('y', 1000) FROM generate_series(1, 20000) n").fetchall()
        assert len(rows) == 20_000 and c.pgconn.ssl_in_use
        assert c.execute("SELECT inet_server_port()").fetchone() != (relayed.target.port,)


def test_cancel(relayed: Guarded) -> None:
    with wire.Connection(relayed.target) as c:
        c.send(wire.query("SELECT pg_sleep(600)"))
        heard = threading.Event()

        def cancel() -> None:
            while not heard.wait(0.05):
                other = wire.Connection(relayed.target, start=False)
                pid, secret = c.key
                body = wire.CANCEL_REQUEST.to_bytes(4, "big") + pid.to_bytes(4, "big") + secret
                other.send(wire.untyped_frame(body))
                other.socket.recv(1)
                other.socket.close()

        thread = threading.Thread(target=cancel)
        thread.start()
        error = c.reply().error
        heard.set()
        thread.join()
        assert error and error["C"] == "57014"


def test_refusals(relayed: Guarded) -> None:
    def error(database: str) -> dict[str, str]:
        c = wire.Connection(relayed.target, start=False)
        c.send(wire.startup(user="mem0", database=database))
        return next(wire.error_fields(m.body) for m in c.read_until_ready() if m.type == "E")

    assert error("gone")["C"] == "08006"
    assert error("postgres")["C"] == "42501"
    assert error("unheard of")["C"] == "3D000"


def test_a_client_that_vanishes_frees_its_session(relayed: Guarded) -> None:
    with wire.Connection(relayed.target) as watcher:
        c = wire.Connection(relayed.target)
        (pid,) = c.rows("SELECT pg_backend_pid()")[0]
        c.socket.close()
        for _ in range(1000):
            if watcher.rows(f"SELECT count(*) FROM pg_stat_activity WHERE pid = {pid}") == [("0",)]:
                break
            watcher.rows("SELECT pg_sleep(0.01)")
        else:
            pytest.fail("its backend is still there")
    relayed.stop()
