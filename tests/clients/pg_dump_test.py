"""pg_dump and pg_restore: what goes from one server to the other and back is the same."""

from __future__ import annotations

import pathlib
import subprocess
import threading
from collections.abc import Iterator

import pytest
import servers
import wire

SCHEMA = r"""
CREATE SCHEMA "Odd Name";
CREATE TABLE history (id text PRIMARY KEY, memory_id text, old_memory text, new_memory text, event text,
    created_at timestamptz, updated_at timestamptz, is_deleted int DEFAULT 0, actor_id text, role text);
CREATE INDEX ON history (memory_id);
CREATE TABLE "Odd Name"."T x" ("Id" uuid PRIMARY KEY DEFAULT gen_random_uuid(), "a b" text[] DEFAULT '{a,"b c"}',
    j jsonb DEFAULT '{"a": 1}' NOT NULL, ts timestamp(3) DEFAULT '2024-01-01 00:00:00', i interval DEFAULT '1 day',
    b bytea DEFAULT '\x01', d date DEFAULT current_date, f float8 DEFAULT 1.5, o bool DEFAULT true,
    c char(3) DEFAULT 'ab', n numeric, r real, s smallint CHECK (s BETWEEN 1 AND 5), t time, tz timetz,
    CONSTRAINT "my check" CHECK ("a b" IS NOT NULL OR j ? 'a'));
CREATE TABLE p (a int, b text,
    c int GENERATED ALWAYS AS IDENTITY (START 10 INCREMENT 5 MINVALUE 1 MAXVALUE 1000 CYCLE),
    CONSTRAINT p_key PRIMARY KEY (a, b), UNIQUE (c));
CREATE TABLE ch (x int, y text, z int DEFAULT 5, g int GENERATED ALWAYS AS (z * 2) STORED,
    FOREIGN KEY (x, y) REFERENCES p (a, b) ON DELETE CASCADE ON UPDATE SET NULL DEFERRABLE INITIALLY DEFERRED);
ALTER TABLE ch ADD CONSTRAINT zz CHECK (z > 0), ALTER z SET NOT NULL;
CREATE INDEX ch_i ON ch (x DESC NULLS LAST, lower(y));
CREATE UNIQUE INDEX ch_u ON ch (y) WHERE z > 3 AND y LIKE 'a%';
CREATE VIEW v1 AS SELECT p.a, count(*) AS n, string_agg(ch.y, ',' ORDER BY ch.z) AS ys
    FROM p LEFT JOIN ch ON p.a = ch.x WHERE p.b ILIKE '%x%' GROUP BY p.a HAVING count(*) > 1;
CREATE VIEW v2 AS SELECT * FROM v1 WHERE n > (SELECT avg(z) FROM ch) ORDER BY a LIMIT 5;
CREATE VIEW "Odd Name".v3 AS WITH p AS (SELECT a, 'p' AS w FROM p), ch AS (SELECT a FROM p)
    SELECT p.a, w, ch.a AS b FROM p JOIN ch USING (a) WHERE a IN (SELECT x FROM public.ch) UNION ALL
    SELECT 0, 'z', 1 FROM "Odd Name"."T x";
CREATE TABLE co (a text COLLATE "C", b varchar(5) COLLATE "POSIX" DEFAULT 'x', c text[] COLLATE "C");
CREATE INDEX co_like ON co (a text_pattern_ops, b COLLATE "C" varchar_pattern_ops DESC);
CREATE SEQUENCE sq AS int INCREMENT 3 START 7;
CREATE TABLE sd (id int DEFAULT nextval('sq'), k bigserial, l smallserial);
ALTER SEQUENCE sq OWNED BY sd.id;
CREATE SEQUENCE "Odd Name"."S""q" MAXVALUE 9;
CREATE SEQUENCE z_last;
CREATE TABLE a_first (k int DEFAULT nextval('z_last'));
CREATE VIEW a_view AS SELECT last_value FROM z_last;
CREATE TABLE "Odd Name".n (k int DEFAULT nextval('"Odd Name"."S""q"'), v text DEFAULT 'nextval(''sq''::regclass)');
COMMENT ON VIEW v1 IS 'it''s';
COMMENT ON INDEX ch_i IS 'an index';
COMMENT ON CONSTRAINT zz ON ch IS 'a check';
COMMENT ON SCHEMA "Odd Name" IS 'odd';
COMMENT ON SEQUENCE sq IS 'a sequence';
COMMENT ON COLUMN sd.id IS 'a column';
SELECT nextval('sq'), setval('sd_k_seq', 55);
INSERT INTO history (id, memory_id, new_memory, created_at) VALUES
    ('1', 'm', E'tab\there', '2024-02-29 12:00:00.123456+00'), ('2', 'm', E'nl\nback\\slash \\N', NULL);
INSERT INTO p VALUES (1, 'x'), (2, 'ÄÖ'), (3, '');
INSERT INTO ch VALUES (1, 'x', 4), (NULL, 'abc', 9), (NULL, NULL, 1);
INSERT INTO "Odd Name"."T x" ("Id", f, n, r, t, tz, ts, d) VALUES
    ('00000000-0000-0000-0000-000000000001', 'NaN', '1.50', 1e10, '12:34:56.7', '01:02:03+04', NULL, '0044-03-15'),
    ('00000000-0000-0000-0000-000000000002', 0.1, NULL, 3.14159274, NULL, NULL, 'infinity', '2024-02-29');
INSERT INTO sd DEFAULT VALUES;
"""


def run(name: str, target: wire.Target, *options: str, script: str | None = None) -> str:
    command = [name, "-h", target.host, "-p", str(target.port), "-U", "postgres", *options]
    done = subprocess.run(command, input=script, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and done.stderr == "", done.stderr
    return done.stdout


def restore(target: wire.Target, script: str) -> None:
    run("psql", target, "-XAtq", "-v", "ON_ERROR_STOP=1", target.database, script=script)


def dump(target: wire.Target, *options: str) -> str:
    """Without what is new in each dump, the server's version and its random key."""
    text = run("pg_dump", target, *options, target.database)
    varying = ("\\restrict", "\\unrestrict", "-- Dumped from")
    return "\n".join(line for line in text.splitlines() if not line.startswith(varying))


@pytest.fixture(scope="module")
def filled(both: tuple[wire.Target, wire.Target]) -> tuple[wire.Target, wire.Target]:
    for target in dict.fromkeys(both):
        restore(target, SCHEMA)
    return both


@pytest.fixture
def empty(binary: str, tmp_path: pathlib.Path, postgres_url: str, pair: object) -> Iterator[wire.Target]:
    """The server under test once more, without anything in it."""
    if pair.socket_dir is None:  # type: ignore[attr-defined]
        yield servers.fresh_database(postgres_url, "dump_empty")
        return
    daemon = servers.Historyd(binary, tmp_path / "empty")
    yield daemon.target
    daemon.stop()


def in_postgresql(postgres_url: str, text: str) -> str:
    """What PostgreSQL dumps after it has read a dump: a view's text in its own words."""
    target = servers.fresh_database(postgres_url, "dump_again")
    restore(target, text)
    return dump(target)


def test_postgresql_reads_the_dump(filled: tuple[wire.Target, wire.Target], postgres_url: str) -> None:
    postgres, historyd = filled
    assert in_postgresql(postgres_url, dump(historyd)) == dump(postgres)


def test_reads_the_dump_of_postgresql(
    filled: tuple[wire.Target, wire.Target], empty: wire.Target, postgres_url: str
) -> None:
    theirs = dump(filled[0])
    restore(empty, theirs)
    assert in_postgresql(postgres_url, dump(empty)) == theirs


@pytest.mark.parametrize("options", [("--inserts",), ("--column-inserts", "--rows-per-insert=2"), ()])
def test_the_same_data(options: tuple[str, ...], filled: tuple[wire.Target, wire.Target]) -> None:
    postgres, historyd = filled
    assert dump(historyd, "--data-only", *options) == dump(postgres, "--data-only", *options)


def test_one_table(filled: tuple[wire.Target, wire.Target]) -> None:
    postgres, historyd = (dump(target, "-t", "sd", "--clean", "--if-exists") for target in filled)
    assert historyd == postgres


def test_an_archive_and_back(filled: tuple[wire.Target, wire.Target], tmp_path: pathlib.Path) -> None:
    _, historyd = filled
    before = dump(historyd)
    archive = str(tmp_path / "history.dump")
    run("pg_dump", historyd, "-Fc", "-f", archive, historyd.database)
    clean = ["--clean", "--if-exists", "--single-transaction", "-d", historyd.database, archive]
    run("pg_restore", historyd, *clean)
    assert dump(historyd) == before


def test_writes_go_on_beside_it(target: wire.Target) -> None:
    """Two tables that grow together are of one moment in the dump, and neither waits for the other."""
    stop, written = threading.Event(), 0
    with wire.Connection(target) as c:
        c.simple("CREATE TABLE twin_a (id int PRIMARY KEY); CREATE TABLE twin_b (id int PRIMARY KEY)")

    def write() -> None:
        nonlocal written
        with wire.Connection(target) as c:
            while not stop.is_set():
                one = f"INSERT INTO twin_a VALUES ({written}); INSERT INTO twin_b VALUES ({written})"
                assert c.simple(f"BEGIN; {one}; COMMIT").error is None
                written += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for _ in range(5):
            before = written
            text = dump(target, "-t", "twin_a", "-t", "twin_b", "--inserts")
            a, b = (text.count(f"INSERT INTO public.{name} ") for name in ("twin_a", "twin_b"))
            assert a == b >= before
    finally:
        stop.set()
        writer.join()
        with wire.Connection(target) as c:
            c.simple("DROP TABLE twin_a, twin_b")
