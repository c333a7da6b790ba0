"""SIGHUP, and the log it writes to."""

from __future__ import annotations

import json
import pathlib
import signal
import subprocess

import psycopg
import pytest
import wire


def test_reload_changes_what_can_be_changed(start, tmp_path: pathlib.Path) -> None:
    file = tmp_path / "historyd.toml"
    file.write_text("limits.portals_max = 1000\n")
    daemon = start(options=("--config", str(file)))
    file.write_text("limits.portals_max = 1\nlimits.sessions_max = 2\nreader.threads = 9\n")
    daemon.process.send_signal(signal.SIGHUP)
    daemon.wait_for_log("2 settings changed, 1 need a restart", 10)
    assert "(was 1000)" in daemon.wait_for_log("reload: limits.portals_max = 1", 10)
    assert "needs a restart; 4 stays in force" in daemon.wait_for_log("reload: reader.threads = 9", 10)
    with wire.Connection(daemon.target) as c:
        c.rows("BEGIN; DECLARE a CURSOR FOR SELECT 1; SELECT 1")
        assert c.simple("DECLARE b CURSOR FOR SELECT 1").error["C"] == "53400"
        c.simple("ROLLBACK")
        config = {name: (value, origin) for name, value, origin in c.rows("SHOW config")}
        assert config["limits.portals_max"] == ("1", f"{file}:1:8")
        assert config["reader.threads"] == ("4", "default")
        with wire.Connection(daemon.target), pytest.raises(psycopg.OperationalError, match="too many clients"):
            psycopg.connect(daemon.target.url())


def wire_rows(daemon, statement: str):
    with wire.Connection(daemon.target) as c:
        return c.rows(statement)


def test_a_wrong_file_changes_nothing(start, tmp_path: pathlib.Path) -> None:
    file = tmp_path / "historyd.toml"
    file.write_text("limits.portals_max = 5\n")
    daemon = start(options=("--config", str(file)))
    file.write_text("limits.portals_max = 7\nlimits.portal_max = 8\n")
    daemon.process.send_signal(signal.SIGHUP)
    line = daemon.wait_for_log("nothing was changed", 10)
    assert 'did you mean "limits.portals_max"' in line and "historyd.toml:2:" in line
    config = {row[0]: row[1] for row in wire_rows(daemon, "SHOW config")}
    assert config["limits.portals_max"] == "5"


def test_check_names_where_values_come_from(binary: str, tmp_path: pathlib.Path) -> None:
    file = tmp_path / "historyd.toml"
    file.write_text('storage = "a.db"\n[log]\nmin_duration_ms = 100\n')
    run = subprocess.run(
        [binary, "check", "--config", str(file), "--log-level", "debug"],
        capture_output=True,
        text=True,
        env={"HISTORYD_LIMITS_PORTALS_MAX": "3"},
        check=True,
    )
    lines = dict(line.split(" # ", 1) for line in run.stdout.splitlines() if " # " in line)
    shown = {k.strip(): v.strip() for k, v in lines.items()}
    assert shown['storage = "a.db"'] == f"{file}:1:1"
    assert shown['log.level = "debug"'] == "--log-level"
    assert shown["log.min_duration_ms = 100"] == f"{file}:3:1"
    assert shown["limits.portals_max = 3"] == "HISTORYD_LIMITS_PORTALS_MAX"
    assert shown["writer.queue_max = 16384"] == "default"


def test_slow_statements_are_logged(start, tmp_path: pathlib.Path) -> None:
    file = tmp_path / "historyd.toml"
    file.write_text("log.min_duration_ms = 200\n")
    daemon = start(options=("--config", str(file)))
    with wire.Connection(daemon.target) as c:
        c.rows("SET application_name = 'report'; SELECT 1")
        c.rows("SELECT pg_sleep(0.25), 'slow one'")
        c.rows("SELECT 'quick one'")
        line = daemon.wait_for_log("slow one", 10)
        assert "mem0@mem0 (report): duration: 2" in line and "ms  statement: SELECT pg_sleep(0.25)" in line
        assert "quick one" not in daemon.log.read_text()
        file.write_text("log.min_duration_ms = 0\n")
        daemon.process.send_signal(signal.SIGHUP)
        daemon.wait_for_log("1 settings changed", 10)
        c.rows("SELECT 'quick one'")
        daemon.wait_for_log("quick one", 10)


def test_log_as_json(start, tmp_path: pathlib.Path) -> None:
    file = tmp_path / "historyd.toml"
    file.write_text('[log]\nformat = "json"\nmin_duration_ms = 0\n')
    daemon = start(options=("--config", str(file)))
    with wire.Connection(daemon.target) as c:
        c.rows("SELECT 'quoted \"text\"\twith a \\ and a\nnew line'")
    line = json.loads(daemon.wait_for_log("new line", 10))
    assert line["level"] == "warning" and line["time"].endswith("Z")
    assert "'quoted \"text\"\twith a \\ and a\nnew line'" in line["message"]
    daemon.stop()
    for text in daemon.log.read_text().splitlines():
        if text.startswith("{"):
            json.loads(text)
