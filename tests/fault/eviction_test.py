"""mem0 keeps the ten newest messages of a scope; which ten, SQLite and PostgreSQL would not agree on."""

from __future__ import annotations

import os

import psycopg2
import writers

ROUNDS = int(os.environ.get("HISTORYD_TEST_EVICTIONS", "120"))
SCHEMA = """CREATE TABLE messages (id text PRIMARY KEY, session_scope text, role text, content text,
                                   name text, created_at timestamptz)"""
EVICT = """DELETE FROM messages WHERE session_scope = %s AND id NOT IN (SELECT id FROM (
               SELECT id FROM messages WHERE session_scope = %s ORDER BY created_at DESC LIMIT 10) AS newest)"""


def test_evictions_through_an_outage_leave_the_same_rows(forwarding, cluster) -> None:
    daemon = forwarding(cluster.url())
    kept: dict[str, list[tuple]] = {}
    connection = psycopg2.connect(daemon.target.url())
    with connection.cursor() as c:
        c.execute(SCHEMA)
        connection.commit()
        for n in range(ROUNDS):
            if n == ROUNDS // 3:
                cluster.stop()
            if n == 2 * ROUNDS // 3:
                cluster.start()
            scope = f"user {n % 3}"
            c.execute("SELECT now()")
            shared = c.fetchone()[0]
            for k in range(4):  # One timestamp for all: ties, as mem0 makes them.
                values = (f"{n}-{(k * 7919) % 4}", scope, "user", f"said {n} {k}", None, shared)
                c.execute("INSERT INTO messages VALUES (%s, %s, %s, %s, %s, %s)", values)
            c.execute(EVICT, (scope, scope))
            c.execute("SELECT * FROM messages WHERE session_scope = %s", (scope,))
            kept[scope] = c.fetchall()
            connection.commit()
    connection.close()
    writers.wait_until_forwarded(daemon)
    there = writers.same_rows(daemon, cluster, "SELECT * FROM messages ORDER BY id")
    assert len(there) == 30
    told = sorted((row for rows in kept.values() for row in rows), key=lambda row: row[0])
    writers.compare("messages", there, told)
