"""The backend answers and says no: to a row, to a role, to a password."""

from __future__ import annotations

import contextlib
import sqlite3
import subprocess
import time

import psycopg2
import pytest
import writers
from forwarding_outage_test import create_tables, finish

OPERATED = {"HISTORYD_OPERATORS": "mem0"}
POISON = "INSERT INTO notes (id, n) VALUES ('poison', -1)"


@pytest.fixture
def fussy(cluster):
    """A backend that takes less than historyd does: its table has a CHECK of its own."""
    cluster.run(writers.SCHEMA, "ALTER TABLE notes ADD CONSTRAINT positive CHECK (n >= 0)", user="mem0")
    return cluster


def test_a_poisoned_row_halts_until_it_is_taken(forwarding, fussy) -> None:
    daemon = forwarding(fussy.url())
    create_tables(daemon)
    crowd = writers.Crowd(daemon.target.url(), 4)
    crowd.wait_for(50)
    writers.execute(daemon, POISON)
    crowd.wait_for(50)
    daemon.wait_for_log("halted: the backend does not take the transaction")
    assert 'violates check constraint "positive"' in daemon.log.read_text()
    fussy.run("ALTER TABLE notes DROP CONSTRAINT positive")
    crowd.stop()
    writers.wait_until_forwarded(daemon)
    writers.same_everywhere(daemon, fussy)


def test_a_poisoned_row_is_parked(forwarding, fussy, binary: str) -> None:
    daemon = forwarding(fussy.url(), environment={"HISTORYD_BACKEND_ON_POISON": "park", **OPERATED})
    create_tables(daemon)
    crowd = writers.Crowd(daemon.target.url(), 4)
    crowd.wait_for(50)
    writers.execute(daemon, POISON)
    writers.execute(
        daemon, f"BEGIN; INSERT INTO notes (id, n) VALUES ('beside', 1); {POISON[:-14]}('poison 2', -2); COMMIT"
    )
    crowd.wait_for(50)
    crowd.stop()
    writers.wait_until_forwarded(daemon)
    parked = fussy.rows("SELECT seq, sqlstate FROM historyd.dead ORDER BY seq")
    assert [p[1] for p in parked] == ["23514"] * 3, "the transaction is parked whole"
    with sqlite3.connect(f"file:{daemon.storage}?mode=ro", uri=True) as file:
        assert file.execute("SELECT seq, sqlstate FROM historyd_dead ORDER BY seq").fetchall() == parked
    here = writers.rows_of(daemon.target.url(), "SELECT id FROM notes")
    there = fussy.rows("SELECT id FROM notes")
    assert set(here) - set(there) == {("poison",), ("poison 2",), ("beside",)}
    writers.same_everywhere(daemon, fussy, ["history"])

    def command(*words: str) -> subprocess.CompletedProcess:
        full = [binary, "parked", *words, "--storage", str(daemon.storage)]
        if words[0] != "list":
            full += ["--url", daemon.target.url()]
        return subprocess.run(full, capture_output=True, text=True, timeout=60)

    listed = command("list")
    assert len(listed.stdout.splitlines()) == 3 and "poison 2" in listed.stdout, listed
    first, second, third = (str(p[0]) for p in parked)
    shown = writers.rows_of(daemon.target.url(), "SHOW parked")
    assert [row[0] for row in shown] == [first, second, third] and "poison" in shown[0][1], shown
    assert dict(writers.rows_of(daemon.target.url(), "SHOW outbox"))["parked"] == "3"
    # While it runs: for operators, and gone from both sides.
    stranger = daemon.target._replace(user="stranger").url()
    assert writers.rows_of(stranger, "SHOW parked") == []
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        writers.rows_of(stranger, f"SELECT historyd_discard_parked({first})")
    assert command("discard", first).returncode == 0
    assert "no parked change" in command("discard", first).stderr
    wait_for_dead(fussy, [(int(second),), (int(third),)])
    # While nothing serves the file.
    daemon.stop()
    with contextlib.closing(sqlite3.connect(daemon.storage)) as file:
        file.execute("DROP TABLE historyd_former_type")  # as an older historyd leaves it
    assert len(command("list").stdout.splitlines()) == 2
    assert command("retry", second).returncode == 0
    fussy.run("ALTER TABLE notes DROP CONSTRAINT positive")
    daemon = forwarding(fussy.url(), environment=OPERATED)
    wait_for_dead(fussy, [(int(third),)])
    assert command("retry", third).returncode == 0
    writers.wait_until_forwarded(daemon)
    wait_for_dead(fussy, [])
    assert command("list").stdout == ""
    assert set(here) - set(fussy.rows("SELECT id FROM notes")) == {("poison",)}


def wait_for_dead(cluster, expected: list[tuple]) -> None:
    """What is parked there follows what is parked here, when the outbox is empty."""
    deadline = time.monotonic() + 30
    while cluster.rows("SELECT seq FROM historyd.dead ORDER BY seq") != expected:
        assert time.monotonic() < deadline, expected
        time.sleep(0.02)


def test_a_row_that_is_there_with_other_values(forwarding, cluster) -> None:
    cluster.run(writers.SCHEMA, "INSERT INTO notes (id, n) VALUES ('same', 1), ('other', 1)", user="mem0")
    daemon = forwarding(cluster.url())
    create_tables(daemon)
    writers.execute(daemon, "INSERT INTO notes (id, n) VALUES ('same', 1)")
    writers.wait_until_forwarded(daemon)
    writers.execute(daemon, "INSERT INTO notes (id, n) VALUES ('other', 2)")
    daemon.wait_for_log("the backend has this row with other values")
    cluster.run("DELETE FROM notes WHERE id = 'other'")
    writers.wait_until_forwarded(daemon)
    writers.same_everywhere(daemon, cluster)


def test_a_table_that_lacks_a_column_names_both_sides(forwarding, cluster) -> None:
    cluster.run("CREATE TABLE notes (id text PRIMARY KEY, n integer NOT NULL, tags jsonb, score numeric)", user="mem0")
    daemon = forwarding(cluster.url())
    create_tables(daemon)
    writers.execute(daemon, "INSERT INTO notes (id, n) VALUES ('a', 1)")
    daemon.wait_for_log('column "data" of "public"."notes" is in the SQLite file and not on the backend')
    cluster.run("ALTER TABLE notes ADD COLUMN data bytea")
    writers.wait_until_forwarded(daemon)
    writers.same_everywhere(daemon, cluster, ["history"])


def test_history_gets_its_index_on_both_sides(forwarding, cluster) -> None:
    daemon = forwarding(cluster.url())
    create_tables(daemon)
    writers.execute(daemon, "INSERT INTO history (id, memory_id) VALUES ('a', 'm')")
    writers.wait_until_forwarded(daemon)
    query = "SELECT count(*) FROM pg_indexes WHERE tablename = 'history' AND indexdef LIKE '%(memory_id)'"
    assert cluster.rows(query) == [(1,)]
    with sqlite3.connect(f"file:{daemon.storage}?mode=ro", uri=True) as file:
        query = "SELECT count(*) FROM sqlite_schema WHERE type = 'index' AND sql LIKE '%memory_id%'"
        assert file.execute(query).fetchone() == (1,)


def test_a_role_without_rights_halts_and_parks_nothing(forwarding, cluster) -> None:
    cluster.run(writers.SCHEMA, "CREATE ROLE weak LOGIN", "GRANT CREATE ON DATABASE mem0 TO weak", user="mem0")
    daemon = forwarding(cluster.url("weak"), environment={"HISTORYD_BACKEND_ON_POISON": "park"})
    create_tables(daemon)
    writers.execute(daemon, "INSERT INTO notes (id, n) VALUES ('a', 1)")
    daemon.wait_for_log("permission denied for")
    cluster.run("GRANT ALL ON ALL TABLES IN SCHEMA public TO weak")
    writers.wait_until_forwarded(daemon)
    assert cluster.rows("SELECT count(*) FROM historyd.dead") == [(0,)]
    writers.same_everywhere(daemon, cluster)


def test_a_changed_password_is_said_plainly_and_read_again(forwarding, cluster, tmp_path) -> None:
    cluster.run("CREATE ROLE owner LOGIN SUPERUSER PASSWORD 'first-secret'")
    hba = cluster.data / "pg_hba.conf"
    hba.write_text("host all owner 127.0.0.1/32 scram-sha-256\n" + hba.read_text())
    cluster.run("SELECT pg_reload_conf()")
    password = tmp_path / "password"
    password.write_text("first-secret\n")
    environment = {"HISTORYD_BACKEND_PASSWORD_FILE": str(password)}
    daemon = forwarding(cluster.url("owner"), environment=environment)
    create_tables(daemon)
    crowd = writers.Crowd(daemon.target.url(), 4)
    crowd.wait_for(50)
    cluster.run("ALTER ROLE owner PASSWORD 'second-secret'")
    cluster.restart()
    daemon.wait_for_log("password authentication failed")
    assert "backend.password_file" in daemon.log.read_text()
    crowd.wait_for(50)
    password.write_text("second-secret\n")
    finish(crowd, daemon, cluster)
    assert "secret" not in daemon.log.read_text()


def test_drain_is_faster_than_singles(forwarding, cluster) -> None:
    """Not a benchmark: rows that queued up come as batches, not one transaction each."""
    cluster.stop()
    daemon = forwarding(cluster.url())
    create_tables(daemon)
    writers.execute(daemon, "INSERT INTO notes (id, n) SELECT 'row ' || g, g FROM generate_series(1, 20000) g",
           *[f"INSERT INTO notes (id, n) VALUES ('single {n}', {n})" for n in range(500)])  # fmt: skip
    cluster.start()
    writers.wait_until_forwarded(daemon)
    time.sleep(0.6)  # PostgreSQL's statistics are that late.
    commits = cluster.rows("SELECT xact_commit FROM pg_stat_database WHERE datname = 'mem0'")[0][0]
    assert commits < 100, f"{commits} transactions for 502"
    writers.same_everywhere(daemon, cluster)
