"""SIGHUP and who may come in: rules, maps and databases change, doors stay shut."""

from __future__ import annotations

import getpass
import pathlib
import signal
import time

import pytest
from guarded import PASSWORDS, Begin, Guarded, config_text, starter

ME = getpass.getuser()
SCRAM = {"type": "host", "method": "scram-sha-256"}


def reload(daemon: Guarded, text: str) -> str:
    """Returns what the log says about it."""
    before = len(daemon.log.read_text())
    (daemon.socket_dir / "historyd.toml").write_text(text)
    daemon.process.send_signal(signal.SIGHUP)
    deadline = time.monotonic() + 30
    while True:
        said = daemon.log.read_text()[before:]
        if "need a restart\n" in said or "nothing was changed" in said:
            return said
        assert time.monotonic() < deadline, daemon.log_tail()
        time.sleep(0.01)


def test_rules(begin: Begin, user_file: pathlib.Path) -> None:
    auth = {"auth": {"user_file": str(user_file), "failure_delay_ms": 1}}
    daemon = begin([{"type": "host", "user": "app", "method": "reject"}, SCRAM], auth)
    assert "rejects connection" in daemon.psql("app", PASSWORDS["app"]).stderr
    said = reload(daemon, config_text([SCRAM], auth))
    assert "auth.rules: 1 entries (were 2)" in said and "1 settings changed, 0 need a restart" in said
    assert daemon.psql("app", PASSWORDS["app"]).stdout == "app\n"
    # The same rules further down in the file are no change.
    assert " 0 settings changed" in reload(daemon, "\n\n" + config_text([SCRAM], auth))
    # And shut again: for those who come, not for who is there.
    said = reload(daemon, config_text([{"type": "host", "method": "reject"}], auth))
    assert "1 settings changed" in said
    assert "rejects connection" in daemon.psql("app", PASSWORDS["app"]).stderr


def test_user_map(begin: Begin, user_file: pathlib.Path) -> None:
    auth = {"auth": {"user_file": str(user_file), "failure_delay_ms": 1}}
    rules = [{"type": "local", "method": "peer", "map": "people"}]
    daemon = begin(rules, auth, [{"map": "people", "system_user": ME, "user": "one"}])
    folder = str(daemon.socket_dir)
    assert daemon.psql("one", host=folder).stdout == "one\n"
    said = reload(daemon, config_text(rules, auth, [{"map": "people", "system_user": ME, "user": "two"}]))
    assert "auth.user_map: 1 entries (were 1)" in said
    assert daemon.psql("two", host=folder).stdout == "two\n"
    assert "Peer authentication failed" in daemon.psql("one", host=folder).stderr


def test_who_may_connect_to_a_database(begin: Begin, user_file: pathlib.Path) -> None:
    auth = {"auth": {"user_file": str(user_file), "failure_delay_ms": 1}}
    rules = [{"type": "host", "address": "127.0.0.1", "method": "trust"}]

    def tables(users: list[str], **more: object) -> dict[str, dict[str, object]]:
        return {**auth, "databases.a": {"path": "a.db", "users": users, **more}, "databases.b": {"path": "b.db"}}

    daemon = begin(rules, tables(["ann"]))
    assert daemon.psql("ann", database="a", host="127.0.0.1").stdout == "ann\n"
    assert "permission denied" in daemon.psql("bob", database="a", host="127.0.0.1").stderr
    said = reload(daemon, config_text(rules, tables(["bob"])))
    assert "databases.a: who may connect" in said and "1 settings changed, 0 need a restart" in said
    assert daemon.psql("bob", database="a", host="127.0.0.1").stdout == "bob\n"
    assert "permission denied" in daemon.psql("ann", database="a", host="127.0.0.1").stderr
    # Files do not come and go while it serves; that is said, and the rest is done.
    other = {**auth, "databases.a": {"path": "other.db", "users": ["bob"]}, "databases.c": {"path": "c.db"}}
    said = reload(daemon, config_text(rules, other))
    assert "databases.a: another path or mode (needs a restart)" in said
    assert "databases.b: removed, but served until then (needs a restart)" in said
    assert "databases.c: new (needs a restart)" in said
    assert "0 settings changed, 3 need a restart" in said
    assert daemon.psql("ann", database="b", host="127.0.0.1").stdout == "ann\n"
    assert "does not exist" in daemon.psql("ann", database="c", host="127.0.0.1").stderr


@pytest.fixture
def everywhere(binary: str, tmp_path: pathlib.Path, user_file: pathlib.Path, tls: dict[str, object]):
    """A daemon that other machines reach."""
    running: list[Guarded] = []
    rules = [{"type": "hostssl", "method": "scram-sha-256"}]
    tables = {"tls": tls, "auth": {"user_file": str(user_file), "failure_delay_ms": 1}}

    class Everywhere(Guarded):
        def start(self) -> None:
            at = self.command.index("--listen") + 1
            self.command[at] = f"0.0.0.0:{self.target.port}"
            super().start()

    file = tmp_path / "historyd.toml"
    file.write_text(config_text(rules, tables))
    running.append(Everywhere(binary, tmp_path, options=("--config", str(file))))
    yield running[0], rules, tables
    running[0].kill()


@pytest.mark.parametrize(
    ("rules", "without_tls", "words"),
    [
        ([{"type": "host", "method": "trust"}], False, "trusts other machines"),
        ([], False, "no rule says how they prove"),
        (None, True, "there is no TLS"),
    ],
)
def test_a_reload_opens_no_door(everywhere, rules, without_tls: bool, words: str) -> None:
    daemon, first_rules, tables = everywhere
    if without_tls:
        tables = {"auth": tables["auth"]}
    text = "limits.portals_max = 77\n" + config_text(first_rules if rules is None else rules, tables)
    said = reload(daemon, text)
    assert words in said and "nothing was changed" in said
    root = tables.get("tls", {}).get("client_ca_file", "system")
    assert "no pg_hba.conf entry" in daemon.psql("app", PASSWORDS["app"], sslmode="disable").stderr
    if not without_tls:
        done = daemon.psql("app", PASSWORDS["app"], sslmode="verify-full", sslrootcert=root, sql="SHOW config")
        assert "limits.portals_max|1000|default" in done.stdout, done.stderr
