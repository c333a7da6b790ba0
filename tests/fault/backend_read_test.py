"""read = "backend": SELECTs are answered by PostgreSQL, with what others wrote there, and by the file when it is away."""

from __future__ import annotations

import pathlib
import time

import psycopg
import psycopg2
import pytest
import wire
import writers

FILLED = {"HISTORYD_BACKEND_HYDRATE": "auto"}
READ = {"HISTORYD_BACKEND_READ": "backend", "HISTORYD_BACKEND_READ_PATIENCE_MS": "30000"}  # A busy machine.
TYPES = """
CREATE TABLE kinds (
    id int PRIMARY KEY, b boolean, i2 smallint, i8 bigint, f4 real, f8 double precision, n numeric(12,4), m numeric,
    t text, v varchar(9), c char(5), d date, ts timestamp, tz timestamptz, ti time, iv interval,
    u uuid, j json,
    jb jsonb, by bytea, ta text[], ia int[]);
INSERT INTO kinds VALUES
  (1, true, -2, 9007199254740993, 1.5, 0.1, 12.5, '1.10', 'Grüße, "x"', 'var', 'ab', '2025-01-02',
   '2025-01-02 03:04:05.678901', '2025-01-02 03:04:05.6+02', '23:59:59.5', '1 mon 2 days 03:04:05',
   'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11', '{"a" : 1}',
  '{"b": [1, null], "a": 2}', '\\x00ff', '{a,"b c",NULL}', '{1,2}'),
  (2, false, 0, 0, 'NaN', 'Infinity', 0, 'NaN', '', '', '', '0001-01-01', 'infinity', '-infinity', '00:00', '0',
   NULL, 'null', 'null', '', '{}', '{}'),
  (3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
   NULL, NULL);
"""
QUESTIONS = (
    "SELECT * FROM kinds ORDER BY id",
    "SELECT count(*), sum(i8), avg(n), max(t), bool_or(b), array_agg(id ORDER BY id) FROM kinds",
    "SELECT id, tz::text, ts::date, n * 3, t || '!' FROM kinds WHERE id < 3 ORDER BY id",
    "SELECT k.id, (SELECT count(*) FROM kinds WHERE id <= k.id) FROM kinds k ORDER BY k.id DESC LIMIT 2",
    "WITH w AS (SELECT id, row_number() OVER (ORDER BY id) AS r FROM kinds) SELECT * FROM w WHERE r > 1 ORDER BY 1",
)


def ask(daemon, *statements: str) -> list[tuple]:
    with psycopg2.connect(daemon.target.url()) as connection, connection.cursor() as c:
        for statement in statements:
            c.execute(statement)
        return c.fetchall()


def start_with_a_row(forwarding, cluster, environment: dict[str, str]):
    daemon = forwarding(cluster.url(), environment=environment)
    connection = psycopg2.connect(daemon.target.url())
    connection.autocommit = True
    with connection.cursor() as c:
        c.execute(writers.SCHEMA)
        c.execute("INSERT INTO notes VALUES ('own', 1)")
    connection.close()
    writers.wait_until_forwarded(daemon)
    return daemon


@pytest.fixture
def served(forwarding, cluster):
    return start_with_a_row(forwarding, cluster, READ)


@pytest.fixture
def impatient(forwarding, cluster):
    return start_with_a_row(forwarding, cluster, {**READ, "HISTORYD_BACKEND_READ_PATIENCE_MS": "200"})


def test_what_others_wrote_is_seen(served, cluster) -> None:
    cluster.run("INSERT INTO notes VALUES ('elsewhere', 2)", "UPDATE notes SET n = 7 WHERE id = 'own'")
    assert ask(served, "SELECT id, n FROM notes ORDER BY id") == [("elsewhere", 2), ("own", 7)]
    # Inside a transaction that has not written, too; once it has, from the file.
    assert ask(served, "SELECT 1", "SELECT count(*) FROM notes") == [(2,)]
    assert ask(served, "UPDATE notes SET n = 8 WHERE id = 'own'", "SELECT id, n FROM notes") == [("own", 8)]
    assert ask(served, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ", "SELECT count(*) FROM notes") == [(1,)]
    # Who and where the session is, is asked here.
    assert ask(served, "SELECT current_user, current_database(), count(*) FROM notes GROUP BY 1") == [("mem0", "mem0", 1)]
    assert ask(served, "SELECT tableoid FROM notes") == ask(served, "SELECT 'notes'::regclass::oid")


def test_two_nodes(forwarding, cluster, served, tmp_path: pathlib.Path) -> None:
    other = forwarding(cluster.url(), environment={**READ, **FILLED}, storage=tmp_path / "other.db")
    for n in range(20):
        writer, reader = (served, other) if n % 2 else (other, served)
        with psycopg2.connect(writer.target.url()) as connection, connection.cursor() as c:
            c.execute("INSERT INTO notes VALUES (%s, %s)", (f"n{n}", n))
            # The writer's next statement waits for it to be there; from then on everyone sees it.
            connection.commit()
            c.execute("SELECT n FROM notes WHERE id = %s", (f"n{n}",))
            assert c.fetchall() == [(n,)]
        assert ask(reader, f"SELECT n FROM notes WHERE id = 'n{n}'") == [(n,)]


def test_dates_are_read_as_the_session_reads_them(served, cluster) -> None:
    cluster.run("ALTER DATABASE mem0 SET DateStyle = 'SQL, MDY'")
    writers.execute(served, "CREATE TABLE dated (id int PRIMARY KEY, d date)")
    writers.wait_until_forwarded(served)
    cluster.run("INSERT INTO dated VALUES (1, '2024-01-02')")
    found = "SELECT id, d::text FROM dated WHERE d = '02/01/2024'"
    assert ask(served, "SET DateStyle = 'ISO, DMY'", found) == [(1, "2024-01-02")]
    assert ask(served, "SET DateStyle = 'ISO, MDY'", found) == []


def test_own_writes_are_seen_at_once(served, cluster) -> None:
    cluster.run("INSERT INTO notes VALUES ('elsewhere', 2)")
    connection = psycopg2.connect(served.target.url())
    connection.autocommit = True
    with connection.cursor() as c:
        for n in range(50):
            c.execute("INSERT INTO notes VALUES (%s, %s)", (f"n{n}", n))
            c.execute("SELECT count(*) FROM notes")
            assert c.fetchone() == (n + 3,)  # All of its own, and the other's: it came from there.
    connection.close()


def test_backend_away(impatient, cluster) -> None:
    cluster.run("INSERT INTO notes VALUES ('elsewhere', 2)")
    connection = psycopg2.connect(impatient.target.url())
    connection.autocommit = True
    with connection.cursor() as c:
        c.execute("SELECT count(*) FROM notes")
        assert c.fetchone() == (2,)
        cluster.stop()
        for n in range(20):
            c.execute("INSERT INTO notes VALUES (%s, %s)", (f"n{n}", n))
            c.execute("SELECT count(*) FROM notes")
            assert c.fetchone() == (n + 2,)  # From the file: own writes, not the other's.
        cluster.start()
        writers.wait_until_forwarded(impatient)
        deadline = time.monotonic() + 20
        while True:  # Reads are back some time after the backend is.
            c.execute("SELECT count(*) FROM notes")
            if c.fetchone() == (22,):
                break
            assert time.monotonic() < deadline, impatient.log_tail()
            time.sleep(0.05)
    connection.close()


def test_a_frozen_backend(impatient, cluster) -> None:
    cluster.freeze()
    try:
        began = time.monotonic()
        assert ask(impatient, "SELECT id FROM notes") == [("own",)]
        assert time.monotonic() - began < 30  # reply_timeout_ms of these tests, and a busy machine.
    finally:
        cluster.resume()


def answers(daemon) -> list:
    found = []
    for zone in ("UTC", "America/New_York"):
        with psycopg.connect(daemon.target.url(), options=f"-c TimeZone={zone}") as connection:
            for question in QUESTIONS:
                for binary in (False, True):
                    r = connection.execute(question, binary=binary).pgresult
                    columns = [(r.fname(i), r.ftype(i), r.fmod(i), r.fformat(i)) for i in range(r.nfields)]
                    rows = [[r.get_value(row, i) for i in range(r.nfields)] for row in range(r.ntuples)]
                    found.append((question, zone, columns, rows))
    return found


def test_types_and_values_are_the_same(forwarding, cluster) -> None:
    daemon = forwarding(cluster.url())
    with wire.Connection(daemon.target) as c:
        assert not c.simple(TYPES).error
    writers.wait_until_forwarded(daemon)
    local = answers(daemon)
    daemon.stop()
    daemon = forwarding(cluster.url(), environment=READ)
    for here, there in zip(local, answers(daemon), strict=True):
        assert here[:3] == there[:3]
        for row, same in zip(here[3], there[3], strict=True):
            for column, value, other in zip(here[2], row, same, strict=True):
                assert value == other, (here[:2], column)
    # Each of them came from there.
    cluster.run("UPDATE kinds SET id = id + 10, i8 = i8 + 1, t = t || '+', n = n + 1, tz = now()")
    for here, there in zip(local, answers(daemon), strict=True):
        assert here[:3] == there[:3] and here[3] != there[3], here[0]


def test_large_results_and_limits(served, cluster) -> None:
    cluster.run("INSERT INTO notes SELECT 'x' || n, n FROM generate_series(1, 20000) n")
    connection = psycopg.connect(served.target.url(), autocommit=True)
    rows = connection.execute("SELECT id, n, repeat('y', 300) FROM notes ORDER BY n, id").fetchall()
    assert len(rows) == 20001 and rows[0][1] == 1 and rows[-1][1] == 20000
    with connection.transaction(), connection.cursor(name="some") as c:
        c.itersize = 700
        c.execute("SELECT n FROM notes WHERE id LIKE 'x%' ORDER BY n")
        assert [r[0] for r in c] == list(range(1, 20001))
    # An abandoned one leaves the session as it was.
    with connection.transaction(), connection.cursor(name="other") as c:
        c.execute("SELECT n FROM notes ORDER BY n")
        assert c.fetchmany(3)[0] == (1,)
    assert connection.execute("SELECT count(*) FROM notes").fetchone() == (20001,)
    connection.close()


def test_errors_and_cancel(served) -> None:
    with psycopg.connect(served.target.url(), autocommit=True) as connection:
        with pytest.raises(psycopg.errors.DivisionByZero):
            connection.execute("SELECT 1 / (n - 1) FROM notes")
        connection.execute("SET statement_timeout = '300ms'")
        slow = "SELECT count(*) FROM notes, generate_series(1, 100000000) g"
        with pytest.raises(psycopg.errors.QueryCanceled):
            connection.execute(slow)
        connection.execute("SET statement_timeout = 0")
        assert connection.execute("SELECT n FROM notes").fetchall() == [(1,)]
