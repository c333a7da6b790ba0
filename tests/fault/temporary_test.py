"""Temporary tables go with their session, however it ends, and no backend hears of them."""

from __future__ import annotations

import os
import pathlib
import socket
import sqlite3
import time

import psycopg2
import pytest
import servers
import writers

ARE_THERE = "SELECT count(*) FROM pg_class WHERE relpersistence = 't'"
IN_THE_FILE = "SELECT name FROM sqlite_schema WHERE name LIKE 'pg~_temp~_%' ESCAPE '~'"


def connect(daemon: servers.Historyd):
    connection = psycopg2.connect(daemon.target.url())
    connection.autocommit = True
    return connection


def make_some(connection) -> None:
    with connection.cursor() as c:
        c.execute("CREATE TEMP TABLE parent (id serial PRIMARY KEY, child int)")
        c.execute("CREATE TEMP TABLE child (id int PRIMARY KEY, parent int REFERENCES parent)")
        c.execute("ALTER TABLE parent ADD FOREIGN KEY (child) REFERENCES child")
        c.execute("CREATE TEMP VIEW both_of AS SELECT c.* FROM child c JOIN parent p ON p.id = c.parent")
        c.execute("CREATE TEMP SEQUENCE counter")
        c.execute("INSERT INTO parent DEFAULT VALUES")
        c.execute("INSERT INTO child VALUES (1, 1)")
        c.execute("UPDATE parent SET child = 1")


def count(daemon: servers.Historyd) -> int:
    return int(writers.rows_of(daemon.target.url(), ARE_THERE)[0][0])


@pytest.mark.parametrize("end", ["close", "break", "inside a transaction", "terminated"])
def test_they_go_with_their_session(start, end: str) -> None:
    daemon = start()
    connection = connect(daemon)
    make_some(connection)
    assert count(daemon) > 0
    pid = connection.get_backend_pid()
    if end == "inside a transaction":
        connection.autocommit = False
        with connection.cursor() as c:
            c.execute("INSERT INTO parent DEFAULT VALUES")
            c.execute("CREATE TEMP TABLE more (a int) ON COMMIT DROP")
        connection.close()
    elif end == "terminated":
        writers.execute(daemon, f"SELECT pg_terminate_backend({pid})")
    elif end == "break":
        with socket.socket(fileno=os.dup(connection.fileno())) as line:
            line.shutdown(socket.SHUT_RDWR)
    else:
        connection.close()
    deadline = time.monotonic() + 30
    while count(daemon) > 0 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert count(daemon) == 0


def test_a_start_drops_what_a_killed_daemon_had(start, tmp_path: pathlib.Path) -> None:
    daemon = start()
    connections = [connect(daemon) for _ in range(3)]
    for connection in connections:
        make_some(connection)
    daemon.kill()
    file = sqlite3.connect(tmp_path / "history.db")
    assert len(file.execute(IN_THE_FILE).fetchall()) == 9  # two tables and a view of each
    daemon = start()
    assert count(daemon) == 0
    assert file.execute(IN_THE_FILE).fetchall() == []
    file.close()
    # Numbers of sessions begin anew: none sees what one before it had.
    connection = connect(daemon)
    make_some(connection)
    assert count(daemon) > 0


def test_no_backend_hears_of_them(forwarding, cluster) -> None:
    daemon = forwarding(cluster.url())
    writers.execute(daemon, "CREATE TABLE kept (id int PRIMARY KEY, v text)")
    connection = connect(daemon)
    make_some(connection)
    with connection.cursor() as c:
        # Without a key, hiding a table that is forwarded, and with what the hook cannot follow.
        c.execute("CREATE TEMP TABLE kept (v text, w text GENERATED ALWAYS AS (v || '!') STORED)")
        c.execute("INSERT INTO kept SELECT 'row ' || n FROM generate_series(1, 100) n")
        c.execute("CREATE INDEX ON kept (v)")
        c.execute("INSERT INTO public.kept SELECT row_number() OVER (ORDER BY v), w FROM kept")
        c.execute("BEGIN; CREATE TEMP TABLE short (a int) ON COMMIT DROP; INSERT INTO short VALUES (1); COMMIT")
        c.execute("TRUNCATE kept")
        c.execute("DROP TABLE kept")
        c.execute("INSERT INTO kept VALUES (1000, 'after')")
    connection.close()
    writers.wait_until_forwarded(daemon)
    query = "SELECT * FROM kept ORDER BY id"
    writers.compare(query, cluster.rows(query), writers.rows_of(daemon.target.url(), query))
    assert len(cluster.rows(query)) == 101
    assert cluster.rows("SELECT relname::text FROM pg_class WHERE relname IN ('parent', 'child', 'both_of', 'short')") == []
