"""Those who watch: /metrics, /healthz, /readyz, SHOW, pg_stat_activity, `historyd status`; and those who step in."""

from __future__ import annotations

import http.client
import json
import pathlib
import re
import shutil
import signal
import sqlite3
import subprocess
import threading
import time

import psycopg
import pytest
import servers
import wire

CONF = pathlib.Path(__file__).parents[2] / "conf"


@pytest.fixture
def watched(start, tmp_path: pathlib.Path):
    """A daemon with a metrics listener; `get` asks it."""
    port = servers.free_port()
    file = tmp_path / "historyd.toml"
    file.write_text(f'operators = ["boss"]\nmetrics.listen = ["127.0.0.1:{port}"]\n')
    daemon = start(options=("--config", str(file)))

    def get(path: str, method: str = "GET") -> tuple[int, str]:
        c = http.client.HTTPConnection("127.0.0.1", port, timeout=15)
        c.request(method, path)
        answer = c.getresponse()
        text = answer.read().decode()
        c.close()
        return answer.status, text

    daemon.get = get
    return daemon


def samples(text: str) -> dict[str, float]:
    """'name{labels}' to its value."""
    return {
        line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1])
        for line in text.splitlines()
        if line and not line.startswith("#")
    }


def wait_for(condition, seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.01)


def test_metrics_count_what_happened(watched) -> None:
    with wire.Connection(watched.target) as c:
        c.rows("CREATE TABLE t (id int PRIMARY KEY); SELECT 1")
        before = samples(watched.get("/metrics")[1])
        for n in range(5):
            c.simple(f"INSERT INTO t VALUES ({n})")
        assert c.simple("INSERT INTO t VALUES (0)").error["C"] == "23505"
        assert c.simple("SELEC").error["C"] == "42601"
        for _ in range(3):
            c.rows("SELECT * FROM t")
        # A pipeline is counted when it is carried out.
        c.send(wire.parse("INSERT INTO t VALUES (100)"), wire.bind(), wire.execute())
        c.send(wire.parse("INSERT INTO t VALUES (100)"), wire.bind(), wire.execute(), wire.sync())
        assert c.reply().error["C"] == "23505"
        status, text = watched.get("/metrics")
    assert status == 200
    after = samples(text)

    def grown(name: str) -> float:
        return after[name] - before.get(name, 0)

    assert grown('historyd_statements_total{kind="select",sqlstate="00000"}') == 3
    assert grown('historyd_statements_total{kind="insert",sqlstate="23505"}') >= 1
    assert grown('historyd_statements_total{kind="other",sqlstate="42601"}') == 1
    inserts = grown('historyd_statements_total{kind="insert",sqlstate="00000"}')
    assert 5 <= inserts <= 6
    assert grown('historyd_statement_duration_seconds_count{kind="insert"}') == inserts
    assert grown('historyd_statement_duration_seconds_bucket{kind="insert",le="+Inf"}') == inserts
    assert grown("historyd_commits_total") >= 5
    assert grown("historyd_commit_duration_seconds_count") >= 5
    assert grown("historyd_sync_duration_seconds_count") >= 5
    assert grown("historyd_sync_duration_seconds_sum") > 0
    assert grown("historyd_writer_queue_wait_seconds_count") >= 5
    assert after['historyd_sessions{state="idle"}'] == 1
    assert after["historyd_wal_bytes"] > 0 and after["historyd_disk_free_bytes"] > 0
    assert after["process_resident_memory_bytes"] > 1e6 and after["process_open_fds"] > 5
    assert grown("historyd_plan_cache_hits_total") > 0 and grown("historyd_plan_cache_misses_total") > 0


def test_requests_over_http_are_counted_too(start, tmp_path: pathlib.Path) -> None:
    metrics, rest = servers.free_port(), servers.free_port()
    daemon = start(
        environment={
            "HISTORYD_METRICS_LISTEN": f"127.0.0.1:{metrics}",
            "HISTORYD_REST_LISTEN": f"127.0.0.1:{rest}",
            "HISTORYD_REST_KEY": "abc",
        }
    )
    with wire.Connection(daemon.target) as c:
        c.rows("CREATE TABLE t (id int PRIMARY KEY); SELECT 1")

    def ask(port: int, method: str, path: str, body: str | None = None, key: str = "abc") -> tuple[int, str]:
        c = http.client.HTTPConnection("127.0.0.1", port, timeout=15)
        c.request(method, path, body, {"apikey": key, "content-type": "application/json"})
        answer = c.getresponse()
        said = answer.read().decode()
        c.close()
        return answer.status, said

    before = samples(ask(metrics, "GET", "/metrics")[1])
    assert ask(rest, "POST", "/rest/v1/t", '{"id": 1}')[0] == 201
    assert ask(rest, "POST", "/rest/v1/t", '{"id": 1}')[0] == 409
    assert ask(rest, "GET", "/rest/v1/t")[1] == '[{"id":1}]'
    assert ask(rest, "GET", "/rest/v1/t", key="wrong")[0] == 401
    after = samples(ask(metrics, "GET", "/metrics")[1])

    def grown(name: str) -> float:
        return after[name] - before.get(name, 0)

    for status in ("200", "201", "401", "409"):
        assert grown(f'historyd_rest_requests_total{{status="{status}"}}') == 1
    assert grown("historyd_rest_request_duration_seconds_count") == 4
    assert "historyd_rest_connections" in after
    assert grown('historyd_statements_total{kind="select",sqlstate="00000"}') == 1
    assert grown('historyd_statements_total{kind="insert",sqlstate="00000"}') == 1
    assert grown('historyd_statements_total{kind="insert",sqlstate="23505"}') == 1
    with wire.Connection(daemon.target) as c:
        stats = dict(c.rows("SHOW stats"))
    assert stats["rest_requests"] == "4" and int(stats["statements_insert"]) == 1


def test_metrics_are_as_prometheus_wants_them(watched) -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not installed")
    text = watched.get("/metrics")[1]
    run = subprocess.run([promtool, "check", "metrics"], input=text, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr
    rules = subprocess.run([promtool, "check", "rules", str(CONF / "alerts.yml")], capture_output=True, text=True)
    assert rules.returncode == 0, rules.stdout + rules.stderr


# Of a backend, which this daemon does not have.
BACKEND_METRICS = re.compile(r"historyd_(backend|outbox)_\w+")


@pytest.mark.parametrize("file", ["alerts.yml", "grafana.json"])
def test_dashboard_and_alerts_ask_for_what_there_is(watched, file: str) -> None:
    text = (CONF / file).read_text()
    if file.endswith(".json"):
        json.loads(text)
    exported = {re.split(r"[{ ]", line)[0] for line in samples(watched.get("/metrics")[1])}
    page = "\n".join((CONF.parent / "proxy/metrics_page.cpp").read_text().splitlines())
    asked = set(re.findall(r"\b(?:historyd|process)_[a-z_]+\b", text)) - {"historyd_node"}
    assert asked, "asks for nothing"
    for name in sorted(asked):
        if BACKEND_METRICS.fullmatch(name):
            assert f'"{name}"' in page, name
        else:
            assert name in exported, name


def test_health(watched) -> None:
    assert watched.get("/healthz") == (200, "ok\n")
    assert watched.get("/readyz") == (200, "ready\n")
    assert watched.get("/")[0] == 404
    assert watched.get("/metrics", "POST")[0] == 405
    assert watched.get("/metrics", "HEAD") == (200, "")


def test_a_daemon_that_drains_is_not_ready(watched) -> None:
    with wire.Connection(watched.target) as c:
        c.rows("SELECT 1")
        c.send(wire.query("SELECT pg_sleep(1.5)"))
        time.sleep(0.2)  # The statement has no event that says it has begun.
        watched.process.send_signal(signal.SIGTERM)
        wait_for(lambda: watched.get("/readyz")[0] == 503)
        assert watched.get("/healthz")[0] == 200
        c.read_until("C")
    assert watched.process.wait(15) == 0


def test_show(watched) -> None:
    with wire.Connection(watched.target, application_name="show test") as c:
        c.rows("CREATE TABLE t (a int); INSERT INTO t VALUES (1); SELECT 1")
        stats = dict(c.rows("SHOW stats"))
        assert int(stats["sessions"]) == 1 and int(stats["commits"]) >= 1 and stats["writer_state"] == "working"
        sessions = c.rows("SHOW sessions")
        assert [(s[1], s[2], s[3], s[5], s[8]) for s in sessions] == [
            ("mem0", "mem0", "show test", "active", "SHOW sessions")
        ]
        pools = {p[0]: p[1:] for p in c.rows("SHOW POOLS")}
        assert pools["writer"][2] == "16384" and pools["reader"][0] == "4"
        assert c.rows("SHOW outbox") == [("mode", "embedded")]
        assert dict(c.rows("SHOW version")).keys() >= {"historyd", "SQLite"}
        config = {r[0]: r[1:] for r in c.rows("SHOW config")}
        assert config["storage"] == (f'"{watched.storage}"', "--storage")
        # Extended, described before it runs; a setting keeps its SHOW.
        reply = c.extended("SHOW version")
        assert reply.error is None and len(reply.results[0].rows) >= 4
        assert c.rows("SHOW server_version")[0][0].startswith("15")
    psql = "/usr/lib/postgresql/15/bin/psql"
    run = subprocess.run([psql, "-XA", watched.target.url(), "-c", "SHOW pools"], capture_output=True, text=True)
    assert run.stdout.splitlines()[0] == "pool|threads|waiting|waiting_max|held|held_max", run.stderr


def test_activity(watched) -> None:
    url = watched.target.url()
    with psycopg.connect(url, application_name="one") as one, psycopg.connect(url, autocommit=True) as two:
        one.execute("SELECT 42")
        rows = two.execute(
            "SELECT pid, state, query, application_name, usename, datname, xact_start IS NOT NULL,"
            " query_start <= now(), client_port > 0, backend_type FROM pg_stat_activity ORDER BY pid"
        ).fetchall()
        assert [r[0] for r in rows] == [one.info.backend_pid, two.info.backend_pid]
        assert rows[0][1:] == (
            "idle in transaction",
            "SELECT 42",
            "one",
            "mem0",
            "mem0",
            True,
            True,
            True,
            "client backend",
        )
        assert rows[1][1] == "active" and rows[1][2].startswith("SELECT pid")
        one.rollback()
        state = two.execute("SELECT state FROM pg_stat_activity WHERE application_name = 'one'").fetchone()
        assert state == ("idle",)


def test_terminate_and_cancel(watched) -> None:
    with wire.Connection(watched.target) as idle, psycopg.connect(watched.target.url(), autocommit=True) as c:
        pid = c.execute("SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()").fetchone()[0]
        assert c.execute("SELECT pg_terminate_backend(%s)", (pid,)).fetchone() == (True,)
        fields = wire.error_fields(idle.read_message().body)
        assert (fields["S"], fields["C"]) == ("FATAL", "57P01")
        assert fields["M"] == "terminating connection due to administrator command"
        with pytest.raises(wire.Disconnected):
            idle.read_message()
        notices: list[str] = []
        c.add_notice_handler(lambda n: notices.append(n.message_primary))
        assert c.execute("SELECT pg_terminate_backend(%s)", (pid,)).fetchone() == (False,)
        assert notices == [f"PID {pid} is not a PostgreSQL server process"]

        busy = psycopg.connect(watched.target.url(), autocommit=True)
        ended: list[BaseException] = []

        def sleep() -> None:
            try:
                busy.execute("SELECT pg_sleep(60)")
            except psycopg.Error as failure:
                ended.append(failure)

        for function, sqlstate in (("pg_cancel_backend", "57014"), ("pg_terminate_backend", "57P01")):
            ended.clear()
            thread = threading.Thread(target=sleep)
            thread.start()
            active = "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%pg_sleep(60)'"
            wait_for(lambda: c.execute(active).fetchone() == (1,))
            assert c.execute(f"SELECT {function}({busy.info.backend_pid})").fetchone() == (True,)
            thread.join(10)
            assert not thread.is_alive() and ended[0].sqlstate == sqlstate
        assert busy.closed


def test_a_client_that_does_not_read_can_be_terminated(watched) -> None:
    with wire.Connection(watched.target) as deaf, psycopg.connect(watched.target.url(), autocommit=True) as c:
        deaf.send(wire.query("SELECT repeat('x', 1000000) FROM generate_series(1, 1000)"))
        time.sleep(0.5)  # Until the socket's buffers are full; nothing tells.
        pid = c.execute("SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()").fetchone()[0]
        assert c.execute("SELECT pg_terminate_backend(%s)", (pid,)).fetchone() == (True,)
        count = "SELECT count(*) FROM pg_stat_activity"
        wait_for(lambda: c.execute(count).fetchone() == (1,))


def test_who_may(watched) -> None:
    url = watched.target.url()
    as_user = lambda name: psycopg.connect(url, user=name, autocommit=True)  # noqa: E731
    with as_user("victim") as victim, as_user("other") as other, as_user("boss") as boss:
        victim.execute("SELECT 'secret'")
        pid = victim.info.backend_pid
        query = f"SELECT query, state FROM pg_stat_activity WHERE pid = {pid}"
        assert other.execute(query).fetchone() == ("<insufficient privilege>", None)
        assert boss.execute(query).fetchone() == ("SELECT 'secret'", "idle")
        for function in ("pg_cancel_backend", "pg_terminate_backend"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                other.execute(f"SELECT {function}({pid})")
        assert boss.execute(f"SELECT pg_terminate_backend({pid})").fetchone() == (True,)
        with pytest.raises(psycopg.OperationalError):
            victim.execute("SELECT 1")
    assert re.search(r"victim@mem0: terminated by \[\d+\] boss@mem0", watched.log.read_text())


def test_status(watched, binary: str) -> None:
    where = ("--listen", f"127.0.0.1:{watched.target.port}")

    def status(*options: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([binary, "status", *options], capture_output=True, text=True, timeout=30)

    with wire.Connection(watched.target) as c:
        c.rows("CREATE TABLE t (a int); INSERT INTO t VALUES (1); SELECT 1")
        screen = status(*where)
        assert screen.returncode == 0, screen.stderr
        lines = {line.split()[0]: line for line in screen.stdout.splitlines()}
        assert "embedded" in lines["mode"] and "working" in lines["writer"]
        assert re.search(r"sessions +2: 1 active, 1 idle", lines["sessions"])
        machine = json.loads(status("--json", *where).stdout)
    assert machine["ok"] is True and machine["outbox"]["mode"] == "embedded"
    assert machine["stats"]["commits"] >= 1 and machine["sessions"]["idle"] == 1
    assert status("--socket-dir", str(watched.socket_dir), *where).returncode == 0
    watched.stop()
    gone = status(*where)
    assert gone.returncode == 1 and gone.stderr.startswith("historyd: ")


def test_backup_under_load(start, binary: str, tmp_path: pathlib.Path) -> None:
    daemon = start()
    with wire.Connection(daemon.target) as c:
        c.rows("CREATE TABLE t (id serial PRIMARY KEY, text text); SELECT 1")
    written, stop = [0], threading.Event()

    def write() -> None:
        with psycopg.connect(daemon.target.url(), autocommit=True) as c:
            while not stop.is_set():
                c.execute("INSERT INTO t (text) VALUES (repeat('x', 1000))")
                written[0] += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        wait_for(lambda: written[0] > 50)
        least = written[0]
        copy = tmp_path / "backup.db"
        command = [binary, "backup", "--storage", str(daemon.storage), str(copy)]
        run = subprocess.run(command, capture_output=True, text=True, timeout=60)
        assert run.returncode == 0 and "checked" in run.stdout, run.stderr
        most = written[0]
        again = subprocess.run(command, capture_output=True, text=True, timeout=60)
        assert again.returncode == 1 and "is there already" in again.stderr
        wait_for(lambda: written[0] > most)
    finally:
        stop.set()
        writer.join(10)
    with sqlite3.connect(copy) as db:
        (count,) = db.execute("SELECT count(*) FROM t").fetchone()
    assert least <= count <= most + 1
    # Restored: another daemon serves it and goes on where it was.
    restored = start(storage=copy)
    with wire.Connection(restored.target) as c:
        assert c.rows("SELECT count(*), max(id) FROM t") == [(str(count), str(count))]
        c.rows("INSERT INTO t (text) VALUES ('after') RETURNING id")
    missing = subprocess.run([binary, "backup", "--storage", str(tmp_path / "no.db"), str(tmp_path / "x")],
                             capture_output=True, text=True)
    assert missing.returncode == 1 and not (tmp_path / "no.db").exists()
