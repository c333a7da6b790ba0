"""Several databases behind one daemon, each forwarded to a backend of its own; what is told of each."""

from __future__ import annotations

import json
import pathlib
import sqlite3
import subprocess
import urllib.request

import psycopg2
import pytest
import servers
import writers


def url_of(daemon, database: str) -> str:
    return daemon.target._replace(database=database).url()


def there_of(cluster, database: str) -> str:
    return cluster.url().removesuffix("/mem0") + "/" + database


def configuration(folder: pathlib.Path, text: str) -> tuple[str, ...]:
    file = folder / "historyd.toml"
    file.write_text(text)
    return ("--config", str(file))


def run(url: str, statement: str) -> None:
    connection = psycopg2.connect(url)
    connection.autocommit = True
    with connection.cursor() as c:
        c.execute(statement)
    connection.close()


def test_each_has_its_own_backend(start, cluster, binary: str, tmp_path: pathlib.Path) -> None:
    cluster.run("CREATE DATABASE second")
    metrics = servers.free_port()
    text = f"""
metrics.listen = ["127.0.0.1:{metrics}"]
[backend]
url = "{cluster.url()}"
[databases.mem0]
path = "mem0.db"
[databases.notes]
path = "notes.db"
backend = "{there_of(cluster, 'second')}"
"""
    daemon = start(options=configuration(tmp_path, text))
    for database in ("mem0", "notes"):
        run(url_of(daemon, database), f"CREATE TABLE t (id int PRIMARY KEY, of text); "
                                      f"INSERT INTO t VALUES (1, '{database}')")  # fmt: skip
    for database, file, there in (("mem0", "mem0.db", "mem0"), ("notes", "notes.db", "second")):
        daemon.storage = tmp_path / file
        writers.wait_until_forwarded(daemon)
        connection = psycopg2.connect(there_of(cluster, there))
        with connection.cursor() as c:
            c.execute("SELECT id, of FROM t")
            assert c.fetchall() == [(1, database)]
        connection.close()
        outbox = dict(writers.rows_of(url_of(daemon, database), "SHOW outbox"))
        assert outbox["state"] == "online" and outbox["rows"] == "0", outbox
        assert outbox["backend"].endswith(f"/{there}") and int(outbox["applied_seq"]) >= 2
        status = subprocess.run(
            [binary, "status", "--json", "--url", url_of(daemon, database)], capture_output=True, text=True, timeout=30
        )
        assert status.returncode == 0, status.stderr
        assert json.loads(status.stdout)["outbox"]["backend"].endswith(f"/{there}")
        readable = subprocess.run(
            [binary, "status", "--url", url_of(daemon, database)], capture_output=True, text=True, timeout=30
        )
        assert "forwarding to" in readable.stdout and "online" in readable.stdout
    page = urllib.request.urlopen(f"http://127.0.0.1:{metrics}/metrics", timeout=20).read().decode()
    for database in ("mem0", "notes"):
        assert f'historyd_backend_state{{database="{database}",state="online"}} 1' in page
        assert f'historyd_outbox_rows{{database="{database}"}} 0' in page
        assert f'historyd_outbox_parked_rows{{database="{database}"}} 0' in page
    # One backend halts; the other's work goes on.
    run(cluster.url(), "ALTER TABLE t ADD CHECK (id < 100)")
    run(url_of(daemon, "mem0"), "INSERT INTO t VALUES (100, 'refused there')")
    run(url_of(daemon, "notes"), "INSERT INTO t VALUES (2, 'taken')")
    daemon.storage = tmp_path / "notes.db"
    writers.wait_until_forwarded(daemon)
    with sqlite3.connect(tmp_path / "mem0.db") as file:
        assert file.execute("SELECT count(*) FROM t").fetchone() == (2,)
    assert dict(writers.rows_of(url_of(daemon, "notes"), "SHOW outbox"))["state"] == "online"


@pytest.mark.parametrize(
    ("backends", "why"),
    [(("", ""), "their tables would mix"), (("mem0", "mem0"), "have the same backend")],
)
def test_two_files_do_not_share_a_backend(start, cluster, tmp_path: pathlib.Path, backends, why: str) -> None:
    text = f'[backend]\nurl = "{cluster.url()}"\n'
    for name, backend in zip(("a", "b"), backends, strict=True):
        text += f'[databases.{name}]\npath = "{name}.db"\n'
        text += f'backend = "{cluster.url()}"\n' if backend else ""
    with pytest.raises(servers.DidNotStart, match=why):
        start(options=configuration(tmp_path, text))
