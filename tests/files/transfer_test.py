"""historyd import and historyd export, between every pair of what they speak."""

from __future__ import annotations

import contextlib
import csv
import datetime
import json
import os
import pathlib
import pty
import resource
import signal
import sqlite3
import subprocess
import sys
import time
import uuid

import mem0_files
import psycopg2
import pytest
import servers
from mem0_files import MOVES, UTC
from queries import rows

HISTORY = "SELECT memory_id, old_memory, new_memory, event, created_at, is_deleted FROM history"
NODE = "SELECT memory_id, previous_value, new_value, action, created_at, is_deleted FROM memory_history"


def in_order(moves: list[tuple]) -> list[tuple]:
    return sorted(moves, key=repr)


EXPECTED = in_order([tuple(m) for m in MOVES])
TO_MILLISECONDS = in_order([tuple(m.to_milliseconds()) for m in MOVES])


def history_in(file: pathlib.Path, sql: str = HISTORY) -> list[tuple]:
    """As mem0 would read it."""

    def instant(text: str | None) -> datetime.datetime | None:
        return datetime.datetime.fromisoformat(text) if text else None

    with contextlib.closing(sqlite3.connect(file)) as db:
        return in_order([(*r[:4], instant(r[4]), r[5]) for r in db.execute(sql)])


def assert_equal(done: subprocess.CompletedProcess[str], table: str, count: int) -> None:
    """The comparison that it printed: as many rows there as here, one checksum."""
    (line,) = [l for l in done.stdout.splitlines() if l.startswith(table + " ")]
    name, source, target, ours, theirs, verdict = line.split()
    assert (source, target, verdict) == (f"{count:,}", f"{count:,}", "equal") and ours == theirs


@pytest.fixture(params=["historyd", "postgres"])
def target(request: pytest.FixtureRequest) -> str:
    if request.param == "postgres":
        return request.getfixturevalue("fresh_postgres")
    return request.getfixturevalue("serve")().target.url()


@pytest.mark.parametrize("version", mem0_files.PYTHON)
def test_every_version_becomes_the_present_one(version: str, make, historyd, target: str) -> None:
    file = make(version)
    before = file.read_bytes()
    done = historyd("import", file, "--into", target)
    assert in_order(rows(target, HISTORY)) == EXPECTED
    assert_equal(done, "history", len(MOVES))
    assert rows(target, "SELECT count(*) FROM history WHERE updated_at IS DISTINCT FROM created_at") == [(0,)]
    messages = 10 if version == "python_v4" else 0
    if messages:
        assert_equal(done, "messages", messages)
    again = historyd("import", file, "--into", target)
    assert f"history: {len(MOVES)} rows read, 0 added, {len(MOVES)} there already" in again.stdout
    assert file.read_bytes() == before


def test_node_becomes_what_the_supabase_provider_reads(make, historyd, target: str) -> None:
    file = make("node")
    assert_equal(historyd("import", file, "--into", target), "memory_history", len(MOVES))
    assert in_order(rows(target, NODE)) == TO_MILLISECONDS
    ids = [id for (id,) in rows(target, "SELECT id FROM memory_history")]
    assert len({uuid.UUID(id) for id in ids}) == len(MOVES)
    other = file.with_name("other.db")
    with contextlib.closing(sqlite3.connect(other)) as db, db:
        db.execute(mem0_files.NODE)
        db.execute("INSERT INTO memory_history (memory_id, action) VALUES ('another', 'ADD')")
    assert_equal(historyd("import", file, other, "--into", target), "memory_history", len(MOVES) + 1)
    assert rows(target, "SELECT count(*) FROM memory_history") == [(len(MOVES) + 1,)]


def test_node_into_a_served_node_file(make, serve, historyd) -> None:
    """There the rows are numbered: a row is known by what it says."""
    file = make("node")
    url = serve(make("node", "served.db")).target.url()
    with contextlib.closing(sqlite3.connect(file)) as db, db:
        db.execute("INSERT INTO memory_history (memory_id, action) VALUES ('another', 'ADD')")
    done = historyd("import", file, "--into", url)
    assert f"memory_history: {len(MOVES) + 1} rows read, 1 added, {len(MOVES)} there already" in done.stdout
    assert rows(url, "SELECT id FROM memory_history ORDER BY id") == [(n + 1,) for n in range(len(MOVES) + 1)]
    back = file.with_name("back.db")
    historyd("export", url, "--to", back)
    with contextlib.closing(sqlite3.connect(back)) as db:
        assert [n for (n,) in db.execute("SELECT id FROM memory_history")] == list(range(1, len(MOVES) + 2))
    assert history_in(back, NODE + " WHERE memory_id <> 'another'") == TO_MILLISECONDS


@pytest.mark.parametrize("form", ["db", "csv", "jsonl", "url"])
def test_there_and_back(form: str, make, serve, historyd, fresh_postgres: str, tmp_path: pathlib.Path) -> None:
    url = serve(make("python_v4")).target.url()
    out = fresh_postgres if form == "url" else str(tmp_path / f"out.{form}")
    exported = historyd("export", url, "--to", out)
    assert_equal(exported, "history", len(MOVES))
    assert_equal(exported, "messages", 10)
    back = serve(tmp_path / "back.db").target.url()
    assert_equal(historyd("import", out, "--into", back), "messages", 10)
    assert in_order(rows(back, HISTORY)) == EXPECTED
    everything = "SELECT * FROM messages ORDER BY id"
    assert rows(back, everything) == rows(url, everything)
    if form != "url":
        assert not list(tmp_path.glob("*.partial"))
    if form in ("csv", "jsonl"):
        assert "is there already" in historyd("export", url, "--to", out, ends=1).stderr


@pytest.mark.parametrize("style", ["German", "SQL, DMY"])
def test_dates_do_not_depend_on_the_server(style: str, make, serve, historyd, fresh_postgres: str) -> None:
    connection = psycopg2.connect(fresh_postgres)
    connection.autocommit = True
    with connection.cursor() as c:
        c.execute(f"ALTER DATABASE moved SET DateStyle = '{style}'")
        c.execute("ALTER DATABASE moved SET TimeZone = 'Asia/Tokyo'")
    connection.close()
    historyd("import", make("python_v4"), "--into", fresh_postgres)
    assert in_order(rows(fresh_postgres, HISTORY)) == EXPECTED
    back = serve().target.url()
    historyd("import", fresh_postgres, "--into", back)
    assert in_order(rows(back, HISTORY)) == EXPECTED


def test_exported_file_is_mem0s(make, serve, historyd, root: pathlib.Path, tmp_path: pathlib.Path) -> None:
    url = serve(make("python_v2")).target.url()
    out = tmp_path / "out.db"
    historyd("export", url, "--to", out)
    module = mem0_files.storage_of(root, "2.0.0")
    if module is None:
        pytest.skip("mem0ai 2.0.0 could not be installed")
    with contextlib.closing(sqlite3.connect(out)) as db:
        made = db.execute("SELECT name, type FROM pragma_table_info('history')").fetchall()
    stock = tmp_path / "stock.db"
    module.SQLiteManager(str(stock)).close()
    with contextlib.closing(sqlite3.connect(stock)) as db:
        assert made == db.execute("SELECT name, type FROM pragma_table_info('history')").fetchall()
    db = module.SQLiteManager(str(out))
    assert [r["new_memory"] for r in db.get_history("m1")] == [m.new for m in MOVES[:4]]
    assert [r["is_deleted"] for r in db.get_history("m2")] in ([False, True], [True, False])
    db.close()


def test_csv_is_what_copy_reads(make, historyd, fresh_postgres: str, tmp_path: pathlib.Path) -> None:
    out = tmp_path / "out.csv"
    historyd("export", make("python_v3"), "--to", out)
    with out.open(newline="") as file:
        assert len(list(csv.reader(file))) == 1 + len(MOVES)
    historyd("import", out, "--into", fresh_postgres)
    rows(fresh_postgres, "DELETE FROM history RETURNING 1")
    copy = ["psql", "-qX", fresh_postgres, "-c", f"\\copy history FROM '{out}' (FORMAT csv, HEADER)"]
    subprocess.run(copy, check=True, timeout=30)
    assert in_order(rows(fresh_postgres, HISTORY)) == EXPECTED


def test_a_folder_is_merged(make, historyd, target: str, tmp_path: pathlib.Path) -> None:
    """Equal rows are one; a different one under an id that is taken is reported, and changes nothing."""
    make("python_v2_late", "pods/1/history.db")
    file = make("python_v2_late", "pods/2/history.db")
    with contextlib.closing(sqlite3.connect(file)) as db, db:
        db.execute("INSERT INTO history (id, memory_id, event) VALUES ('own', 'm9', 'ADD')")
        db.execute("UPDATE history SET new_memory = 'theirs' WHERE id = 'id-0'")
    (tmp_path / "pods/other.db").write_bytes(b"no database")
    done = historyd("import", tmp_path / "pods", "--into", target, ends=1)
    assert rows(target, "SELECT count(*) FROM history") == [(len(MOVES) + 1,)]
    assert rows(target, "SELECT new_memory FROM history WHERE id = 'id-0'") == [(MOVES[0].new,)]
    assert "1 different under the same id" in done.stdout and "DIFFERENT" in done.stdout
    (line,) = (tmp_path / "historyd-differences.jsonl").read_text().splitlines()
    report = json.loads(line)
    assert report["source"] == str(file) and report["reason"] == "a different row has this id"
    assert (report["row"]["new_memory"], report["there"]["new_memory"]) == ("theirs", MOVES[0].new)


def test_what_postgresql_cannot_hold_is_reported(make, historyd, target: str, tmp_path: pathlib.Path) -> None:
    file = make("python_v4")
    with contextlib.closing(sqlite3.connect(file)) as db, db:
        db.execute("INSERT INTO history (id, memory_id, created_at) VALUES ('bad', 'm9', 'about noon')")
        db.execute("INSERT INTO history (id, memory_id, new_memory) VALUES ('nul', 'm9', 'a' || char(0) || 'b')")
    done = historyd("import", file, "--into", target, ends=1)
    assert "2 not storable" in done.stdout
    reasons = [json.loads(l)["reason"] for l in (tmp_path / "historyd-differences.jsonl").read_text().splitlines()]
    assert sorted(reasons) == ["created_at: not a date and time", "new_memory: not UTF-8 text"]
    assert in_order(rows(target, HISTORY)) == EXPECTED
    copy = tmp_path / "copy.db"  # A file takes what a file had.
    assert_equal(historyd("import", file, "--into", copy), "history", len(MOVES) + 2)
    assert_equal(historyd("export", file, "--to", tmp_path / "copy.csv"), "history", len(MOVES) + 2)
    assert "2 not storable" in historyd("export", file, "--to", tmp_path / "copy.jsonl", ends=1).stdout


PATCH = """CREATE TABLE history (id VARCHAR PRIMARY KEY, memory_id TEXT, old_memory TEXT, new_memory TEXT, event TEXT,
    created_at TIMESTAMP DEFAULT now(), updated_at TIMESTAMP DEFAULT now(), is_deleted INTEGER, actor_id TEXT,
    role TEXT)"""


def test_a_table_of_the_sqlalchemy_patch(make, historyd, target: str, tmp_path: pathlib.Path) -> None:
    """It has timestamp columns: they hold UTC."""
    rows(target, PATCH + "; SELECT 1")
    assert_equal(historyd("import", make("python_v2"), "--into", target), "history", len(MOVES))
    at = in_order([(m.at and m.at.replace(tzinfo=None),) for m in MOVES])
    assert in_order(rows(target, "SELECT created_at FROM history")) == at
    out = tmp_path / "out.db"
    assert_equal(historyd("export", target, "--to", out), "history", len(MOVES))
    assert history_in(out) == EXPECTED


def test_columns_that_an_older_table_lacks_are_added(make, historyd, target: str) -> None:
    rows(target, "CREATE TABLE history (id text PRIMARY KEY, memory_id text, new_memory text, event text); SELECT 1")
    assert_equal(historyd("import", make("python_v1"), "--into", target), "history", len(MOVES))
    assert in_order(rows(target, HISTORY)) == EXPECTED


def test_a_table_of_the_first_version_is_no_target(make, historyd, target: str) -> None:
    rows(target, mem0_files.V1.replace("DATETIME", "timestamp") + "; SELECT 1")
    refused = historyd("import", make("python_v4"), "--into", target, ends=1)
    assert "has no column old_memory" in refused.stderr
    assert rows(target, "SELECT count(*) FROM history") == [(0,)]


def test_a_dry_run_changes_nothing(make, historyd, target: str, tmp_path: pathlib.Path) -> None:
    file = make("python_v4")
    done = historyd("import", file, "--into", target, "--dry-run")
    assert f"history: {len(MOVES)} rows read, {len(MOVES)} would be added, 0 there already" in done.stdout
    exists = "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'"
    assert rows(target, exists) == [(0,)]
    historyd("import", file, "--into", target)
    done = historyd("import", file, "--into", target, "--dry-run")
    assert f"0 would be added, {len(MOVES)} there already" in done.stdout
    historyd("export", file, "--to", tmp_path / "none.csv", "--dry-run")
    assert not (tmp_path / "none.csv").exists()


def test_without_into_it_is_the_running_one(make, serve, historyd) -> None:
    daemon = serve()
    listen = f"127.0.0.1:{daemon.target.port}"
    historyd("import", make("python_v1"), "--listen", listen)
    assert in_order(rows(daemon.target.url(), HISTORY)) == EXPECTED


def test_the_file_that_is_served_completes_itself(make, serve, historyd) -> None:
    """What a half-finished migration left comes into the table that clients read."""
    file = make("half_migrated_to_v2")
    daemon = serve(file)
    historyd("import", file, "--listen", f"127.0.0.1:{daemon.target.port}")
    url = daemon.target.url()
    assert in_order(rows(url, HISTORY)) == EXPECTED
    assert rows(url, "SELECT count(*) FROM old_history") == [(len(MOVES),)]


def test_an_existing_target_file_is_kept(make, historyd, tmp_path: pathlib.Path) -> None:
    into = make("python_v4", "into.db")
    with contextlib.closing(sqlite3.connect(into)) as db:
        before = list(db.iterdump())
    historyd("import", make("python_v3"), "--into", into)
    with contextlib.closing(sqlite3.connect(str(into) + ".before-import")) as db:
        assert list(db.iterdump()) == before


def test_a_served_file_is_no_target(make, serve, historyd) -> None:
    daemon = serve(make("python_v4"))
    done = historyd("import", make("python_v3", "other.db"), "--into", daemon.storage, ends=1)
    assert str(daemon.process.pid) in done.stderr


def test_clear_errors(make, serve, historyd, fresh_postgres: str, tmp_path: pathlib.Path) -> None:
    file = make("python_v4")
    assert "there is no" in historyd("import", tmp_path / "missing.db", "--into", fresh_postgres, ends=1).stderr
    nobody = f"postgresql://127.0.0.1:{servers.free_port()}/mem0"
    assert "onnect" in historyd("import", file, "--into", nobody, ends=1).stderr
    assert "none of mem0's tables" in historyd("export", fresh_postgres, "--to", "x.csv", ends=1).stderr
    assert "Rows are merged" in historyd("import", file, file, "--into", "x.csv", ends=1).stderr
    (tmp_path / "note.txt").write_text("hello")
    assert "no SQLite database" in historyd("import", "note.txt", "--into", fresh_postgres, ends=1).stderr
    secret = fresh_postgres.replace("mem0@", "mem0:hunter2@").replace("/moved", "/no_such_database")
    assert "hunter2" not in historyd("import", file, "--into", secret, ends=1).stderr


def big_file(file: pathlib.Path, count: int) -> None:
    start = datetime.datetime(2025, 1, 1, tzinfo=UTC)
    ids = iter(lambda: str(uuid.uuid4()), None)

    def row(n: int) -> tuple:
        at = (start + datetime.timedelta(seconds=n, microseconds=n % 1000)).isoformat()
        text = f"The user likes number {n} and has talked about it more than once"
        old = None if n % 5 == 0 else text
        return next(ids), f"memory-{n // 5}", old, text, "UPDATE" if old else "ADD", at, at, 0, "actor", "user"

    with contextlib.closing(sqlite3.connect(file)) as db, db:
        db.execute(mem0_files.V3)
        marks = ", ".join("?" * 10)
        db.executemany(f"INSERT INTO history VALUES ({marks})", map(row, range(count)))


def test_many_rows_in_little_memory(binary: str, serve, tmp_path: pathlib.Path) -> None:
    """HISTORYD_TEST_IMPORT_ROWS=1000000 for the full size, which then must take less than a minute."""
    count = int(os.environ.get("HISTORYD_TEST_IMPORT_ROWS", "50000"))
    file = tmp_path / "big.db"
    big_file(file, count)
    daemon = serve()
    started = time.monotonic()
    command = [binary, "import", str(file), "--listen", f"127.0.0.1:{daemon.target.port}"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    out, err = process.communicate(timeout=115)
    seconds = time.monotonic() - started
    assert process.returncode == 0, out + err
    assert "DIFFERENT" not in out and f"{count:,} added" in out
    peak_kib = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    print(f"\n{out}{err}{count:,} rows, {seconds:.1f} s, {peak_kib >> 10} MiB", file=sys.stderr)
    lines = [l for l in err.splitlines() if l.startswith("moving ")]
    assert lines and "100%" in lines[-1] and "\r" not in err
    status = pathlib.Path(f"/proc/{daemon.process.pid}/status").read_text()
    (high_water,) = [int(l.split()[1]) for l in status.splitlines() if l.startswith("VmHWM")]
    assert high_water < 400 << 10, f"the daemon took {high_water} KiB"
    if count >= 1_000_000 and "release" in binary:
        assert seconds < 60


def test_an_interrupted_import_goes_on(binary: str, serve, historyd, tmp_path: pathlib.Path) -> None:
    """The daemon is killed in the middle; what it had is skipped the second time."""
    count = 20_000
    file = tmp_path / "big.db"
    big_file(file, count)
    storage = tmp_path / "history.db"
    daemon = serve(storage)
    command = [binary, "import", str(file), "--listen", f"127.0.0.1:{daemon.target.port}"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    there = 0
    while there == 0:
        assert process.poll() is None, process.communicate()
        with contextlib.suppress(Exception):
            ((there,),) = rows(daemon.target.url(), "SELECT count(*) FROM history")
    daemon.process.send_signal(signal.SIGKILL)
    daemon.process.wait()
    _, err = process.communicate(timeout=60)
    assert process.returncode == 1 and "the same command again goes on" in err
    again = serve(storage)
    ((kept,),) = rows(again.target.url(), "SELECT count(*) FROM history")
    assert there <= kept < count
    done = historyd("import", file, "--listen", f"127.0.0.1:{again.target.port}")
    assert f"{count:,} rows read, {count - kept:,} added, {kept:,} there already" in done.stdout
    assert_equal(done, "history", count)


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_an_interrupted_export_goes_on(form: str, binary: str, historyd, tmp_path: pathlib.Path) -> None:
    """It is killed in the middle; what it had written is compared and kept the second time."""
    count = 50_000
    file = tmp_path / "big.db"
    big_file(file, count)
    fresh, out = tmp_path / f"fresh.{form}", tmp_path / f"out.{form}"
    historyd("export", file, "--to", fresh)
    partial = out.with_name(out.name + ".partial")
    process = subprocess.Popen([binary, "export", str(file), "--to", str(out)], stdout=subprocess.DEVNULL)
    while not partial.exists() or partial.stat().st_size < 1 << 20:
        assert process.poll() is None
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not out.exists()
    kept = partial.read_bytes()
    assert len(kept) < fresh.stat().st_size and fresh.read_bytes().startswith(kept)
    rows_kept = kept.count(b"\n") - (form == "csv")
    done = historyd("export", file, "--to", out)
    assert f"{count:,} rows read, {count - rows_kept:,} added, {rows_kept:,} there already" in done.stdout
    assert_equal(done, "history", count)
    assert out.read_bytes() == fresh.read_bytes() and not partial.exists()


def test_a_terminal_shows_a_bar(binary: str, make, tmp_path: pathlib.Path) -> None:
    leader, follower = pty.openpty()
    command = [binary, "export", str(make("python_v4")), "--to", str(tmp_path / "out.db")]
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=follower, timeout=60)
    os.close(follower)
    shown = os.read(leader, 1 << 16).decode()
    os.close(leader)
    assert done.returncode == 0
    assert "[##############################] 100%" in shown and "took 0:00" in shown
