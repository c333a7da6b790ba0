"""A new file is filled from a backend that has tables already, through kills, and nothing of it is forwarded."""

from __future__ import annotations

import functools
import os
import socket
import sqlite3
import subprocess
import time

import psycopg2
import pytest
import servers
import writers

TABLES = """
CREATE TABLE history (
    id text PRIMARY KEY, memory_id text, old_memory text, new_memory text, event text,
    created_at timestamptz, updated_at timestamp, is_deleted integer, actor_id text, role text);
CREATE TABLE notes (id text PRIMARY KEY, n integer NOT NULL, tags jsonb, data bytea, score numeric(8,3));
CREATE TABLE users (id bigserial PRIMARY KEY, name varchar(40) NOT NULL UNIQUE, joined date DEFAULT '2025-01-01');
CREATE TABLE visits (
    "when at" timestamptz NOT NULL, "user" bigint NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    place uuid, took interval, CHECK (took > '0'), PRIMARY KEY ("user", "when at"));
CREATE INDEX visits_place ON visits (place) WHERE place IS NOT NULL;
CREATE TABLE nameless (n integer);
INSERT INTO history SELECT 'row ' || n, 'm' || n % 100, NULL, 'Grüße, "\\' || chr(9) || repeat('x', n % 50), 'ADD',
    '2025-01-01 00:00:00.123456+00'::timestamptz + n * interval '1 second', '2025-06-01 12:00:00.5', 0, NULL, 'user'
    FROM generate_series(1, ROWS) n;
INSERT INTO notes SELECT 'n' || n, n, '{"a": [1, null, "x"]}', decode('00ff5c', 'hex'), n * 1.125
    FROM generate_series(1, 500) n;
INSERT INTO users (name) SELECT 'user ' || n FROM generate_series(1, 300) n;
INSERT INTO visits SELECT '2025-01-01'::timestamptz + n * interval '1 hour', n % 300 + 1, gen_random_uuid(),
    interval '1 minute' * n FROM generate_series(1, 600) n;
INSERT INTO nameless VALUES (1);
"""
ORDERED = {
    **writers.ORDERED,
    "users": "SELECT * FROM users ORDER BY id",
    "visits": 'SELECT * FROM visits ORDER BY "user", "when at"',
}


def populate(cluster, rows: int) -> None:
    cluster.run(TABLES.replace("ROWS", str(rows)))


def check_same(daemon, cluster) -> None:
    for table, query in ORDERED.items():
        here, there = writers.rows_of(daemon.target.url(), query), cluster.rows(query)
        assert writers.checksum(here) == writers.checksum(there), table


def in_file(daemon, query: str) -> list[tuple]:
    with sqlite3.connect(f"file:{daemon.storage}?mode=ro", uri=True, timeout=20) as file:
        return file.execute(query).fetchall()


def journaled_rows(daemon) -> list[tuple]:
    return in_file(daemon, "SELECT op, tbl, pk FROM historyd_outbox WHERE op NOT IN ('ddl')")


def test_a_new_file_is_filled(filled, cluster) -> None:
    populate(cluster, 2500)
    daemon = filled(cluster.url())
    check_same(daemon, cluster)
    assert journaled_rows(daemon) == []
    log = daemon.log.read_text()
    assert "table public.history: all 2500 rows are here" in log
    assert "nameless of the backend is not taken over" in log
    with psycopg2.connect(daemon.target.url()) as connection, connection.cursor() as c:
        c.execute("SELECT indexdef FROM pg_indexes WHERE indexname = 'visits_place'")
        assert "place IS NOT NULL" in c.fetchone()[0]
        # What is written from now on goes on from there, numbers included, and is forwarded.
        c.execute("INSERT INTO users (name) VALUES ('new') RETURNING id, joined::text")
        assert c.fetchone() == (301, "2025-01-01")
        c.execute("UPDATE history SET new_memory = 'changed' WHERE id = 'row 7'")
        c.execute("DELETE FROM users WHERE id = 3")  # And with it two visits.
    writers.wait_until_forwarded(daemon)
    assert cluster.rows("SELECT new_memory FROM history WHERE id = 'row 7'") == [("changed",)]
    assert cluster.rows("SELECT count(*) FROM visits") == [(598,)]
    check_same(daemon, cluster)
    assert len(journaled_rows(daemon)) == 2 + 1 + 2
    # The file has a history of its own now: it is not filled again.
    daemon.kill()
    cluster.run("INSERT INTO notes VALUES ('elsewhere', 1)")
    daemon = filled(cluster.url())
    assert writers.rows_of(daemon.target.url(), "SELECT id FROM notes WHERE id = 'elsewhere'") == []


def test_a_file_that_litestream_has_seen_is_new(filled, cluster, tmp_path) -> None:
    populate(cluster, 10)
    with sqlite3.connect(tmp_path / "history.db") as file:
        file.execute("CREATE TABLE _litestream_seq (id INTEGER PRIMARY KEY, seq INTEGER)")
    file.close()
    check_same(filled(cluster.url()), cluster)


def begin(forwarding_environment: dict[str, str], binary: str, folder) -> subprocess.Popen:
    port = servers.free_port()
    command = [binary, "serve", "--storage", str(folder / "history.db"), "--listen", f"127.0.0.1:{port}"]
    with (folder / "partly.log").open("ab") as log:
        return subprocess.Popen(
            command, stderr=log, stdout=log, cwd=folder, env=forwarding_environment,
            preexec_fn=servers.die_with_parent,
        )  # fmt: skip


def rows_so_far(folder) -> int:
    """The tables are made first; there is no event for how many rows have come."""
    try:
        with sqlite3.connect(f"file:{folder / 'history.db'}?mode=ro", uri=True, timeout=20) as file:
            return file.execute("SELECT count(*) FROM history").fetchone()[0]
    except sqlite3.OperationalError:
        return 0


def kill_after(process: subprocess.Popen, folder, rows: int) -> int:
    deadline = time.monotonic() + 60
    while rows_so_far(folder) < rows:
        assert time.monotonic() < deadline and process.poll() is None, (folder / "partly.log").read_text()
        time.sleep(0.002)
    process.kill()
    process.wait()
    return rows_so_far(folder)


@pytest.fixture
def filled(forwarding):
    return functools.partial(forwarding, environment={"HISTORYD_BACKEND_HYDRATE": "auto"})


@pytest.fixture
def environment(cluster):
    return {**os.environ, "HISTORYD_BACKEND_URL": cluster.url()}


def test_killed_in_the_middle(filled, cluster, binary, environment, tmp_path) -> None:
    populate(cluster, 30_000)
    reached = [kill_after(begin(environment, binary, tmp_path), tmp_path, rows) for rows in (1, 6_000, 12_000)]
    assert reached == sorted(reached) and reached[-1] < 30_000, reached
    # What is half a history is served to nobody.
    alone = begin({**environment, "HISTORYD_BACKEND_URL": ""}, binary, tmp_path)
    assert alone.wait(20) == 1
    assert "only partly filled" in (tmp_path / "partly.log").read_text()
    daemon = filled(cluster.url())
    check_same(daemon, cluster)
    assert journaled_rows(daemon) == []
    pulled = int(daemon.log.read_text().split("the file is filled: ")[1].split()[0])
    assert pulled < 30_000 + 500 + 300 + 600 - 10_000  # It went on, and did not begin again.


def test_rows_that_changed_between_two_runs(filled, cluster, binary, environment, tmp_path) -> None:
    populate(cluster, 15_000)
    kill_after(begin(environment, binary, tmp_path), tmp_path, 5_000)
    cluster.run(
        "DELETE FROM history WHERE id < 'row 12'",
        "INSERT INTO history (id, new_memory) SELECT 'a' || n, 'early' FROM generate_series(1, 10) n",
        "DELETE FROM users WHERE id < 10",
        "INSERT INTO users VALUES (1000, 'late')",
        "INSERT INTO visits VALUES (now(), 1000, NULL, '1 s')",
    )
    daemon = filled(cluster.url())
    check_same(daemon, cluster)


def test_the_backend_stops_in_the_middle(filled, cluster, binary, environment, tmp_path) -> None:
    populate(cluster, 15_000)
    process = begin(environment, binary, tmp_path)
    deadline = time.monotonic() + 60
    while rows_so_far(tmp_path) < 1000:
        assert time.monotonic() < deadline
        time.sleep(0.002)
    cluster.stop("immediate")
    while "has to wait" not in (tmp_path / "partly.log").read_text():
        assert time.monotonic() < deadline and process.poll() is None
        time.sleep(0.02)
    cluster.start()
    while "the file is filled" not in (tmp_path / "partly.log").read_text():
        assert time.monotonic() < deadline and process.poll() is None
        time.sleep(0.02)
    process.kill()
    process.wait()
    daemon = filled(cluster.url())
    check_same(daemon, cluster)


def test_an_empty_file_and_no_backend_yet(filled, cluster) -> None:
    populate(cluster, 10)
    cluster.stop()
    daemon = filled(cluster.url())
    assert writers.rows_of(daemon.target.url(), "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == [(0,)]
    assert "is not filled from the backend" in daemon.log.read_text()
    daemon.kill()
    cluster.start()
    daemon = filled(cluster.url())
    check_same(daemon, cluster)


def test_a_silent_backend_does_not_keep_an_empty_file_from_being_served(filled) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        daemon = filled(f"postgresql://mem0@127.0.0.1:{silent.getsockname()[1]}/mem0")
        assert writers.rows_of(daemon.target.url(), "SELECT 1") == [(1,)]
        assert "no answer within 900 ms" in daemon.log.read_text()


def test_hydrate_off(forwarding, cluster) -> None:
    populate(cluster, 10)
    daemon = forwarding(cluster.url(), environment={"HISTORYD_BACKEND_HYDRATE": "off"})
    assert writers.rows_of(daemon.target.url(), "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == [(0,)]
