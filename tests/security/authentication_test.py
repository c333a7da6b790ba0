"""Who gets in, and what those hear who do not."""

from __future__ import annotations

import getpass
import pathlib
import re
import subprocess

import guarded
import pytest
import servers
import wire
from guarded import PASSWORDS, Begin, Guarded, add_user

SCRAM = [{"type": "host", "method": "scram-sha-256"}]


def sqlstate(done: subprocess.CompletedProcess[str]) -> str:
    """Of a refused connection: psql's libpq says the message only, so look for its words."""
    assert done.returncode == 2, (done.stdout, done.stderr)
    return re.sub(r"^.*FATAL:\s+", "", done.stderr.splitlines()[0])


def refusal(daemon: servers.Historyd, **parameters: str) -> dict[str, str]:
    c = guarded.connect(daemon)
    c.send(wire.startup(**{"user": "app", "database": "mem0", **parameters}))
    message = c.read_message()
    assert message.type == "E"
    return wire.error_fields(message.body)


@pytest.mark.parametrize("user", ["app", "weird"])
def test_password(begin: Begin, user: str) -> None:
    daemon = begin(SCRAM)
    done = daemon.psql(user, PASSWORDS[user])
    assert done.stdout == f"{user}\n", done.stderr


def test_wrong_password_and_no_such_user_hear_the_same(begin: Begin) -> None:
    daemon = begin(SCRAM)
    for user in ("app", "nobody"):
        assert sqlstate(daemon.psql(user, "wrong")) == f'password authentication failed for user "{user}"'
    # Salt and iterations of somebody who does not exist are the same when he asks again.
    assert challenge(daemon, "nobody") == challenge(daemon, "nobody")
    assert challenge(daemon, "nobody") != challenge(daemon, "someone")


def challenge(daemon: servers.Historyd, user: str) -> bytes:
    c = guarded.connect(daemon)
    c.send(wire.startup(user=user, database="mem0"))
    assert c.read_message().body[:4] == b"\0\0\0\x0a"
    first = b"n,,n=,r=abc"
    c.send(wire.frame("p", b"SCRAM-SHA-256\0" + len(first).to_bytes(4, "big") + first))
    return c.read_message().body[4:].split(b",", 1)[1]


def test_error_codes(begin: Begin) -> None:
    daemon = begin(
        [
            {"type": "host", "user": "banned", "method": "reject"},
            {"type": "host", "user": "app", "database": "mem0", "method": "scram-sha-256"},
        ]
    )
    banned = refusal(daemon, user="banned")
    assert (banned["S"], banned["C"]) == ("FATAL", "28000")
    assert banned["M"] == (
        'pg_hba.conf rejects connection for host "127.0.0.1", user "banned", database "mem0", no encryption'
    )
    unknown = refusal(daemon, user="app", database="other")
    assert unknown["C"] == "28000"
    assert unknown["M"] == (
        'no pg_hba.conf entry for host "127.0.0.1", user "app", database "other", no encryption'
    )
    psycopg = pytest.importorskip("psycopg")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(daemon.url("app"), password="wrong")


def test_wording_is_that_of_postgresql(begin: Begin, postgres_url: str, tmp_path: pathlib.Path) -> None:
    target = wire.Target.of_url(postgres_url)
    with wire.Connection(target) as c:
        hba = pathlib.Path(c.rows("SHOW hba_file")[0][0])
        before = hba.read_text()
        c.simple("CREATE ROLE app LOGIN PASSWORD 'open sesame'")
        lines = "host all banned all reject\nhost mem0 app all scram-sha-256\nhost all mem0 all trust\nlocal all all trust\n"
        hba.write_text(lines)
        c.simple("SELECT pg_reload_conf()")
        try:
            daemon = begin(
                [
                    {"type": "host", "user": "banned", "method": "reject"},
                    {"type": "host", "user": "app", "database": "mem0", "method": "scram-sha-256"},
                ]
            )
            for user, database in (("banned", "mem0"), ("app", "x"), ("app", "mem0"), ("nobody", "mem0")):
                said = []
                for port in (target.port, daemon.target.port):
                    done = daemon.psql(user, "wrong", database, host="127.0.0.1", port=port)
                    said.append(re.sub(r"port \d+|HINT:.*", "", done.stderr).strip())
                assert said[0] == said[1]
        finally:
            hba.write_text(before)
            c.simple("SELECT pg_reload_conf()")
            c.simple("DROP ROLE app")


def test_verifiers_are_postgresqls(
    begin: Begin, postgres_url: str, binary: str, tmp_path: pathlib.Path
) -> None:
    """What PostgreSQL keeps lets in here, and what `user add` writes lets in there."""
    users = tmp_path / "own users.txt"
    password = PASSWORDS["weird"]
    with wire.Connection(wire.Target.of_url(postgres_url)) as c:
        c.simple(f"CREATE ROLE theirs LOGIN PASSWORD '{password}'")
        try:
            kept = c.rows("SELECT rolpassword FROM pg_authid WHERE rolname = 'theirs'")[0][0]
            add_user(binary, users, "ours", password)
            users.write_text(users.read_text() + f'"theirs" "{kept}"\n')
            ours = re.search(r'"ours" "(SCRAM[^"]+)"', users.read_text())
            assert ours
            daemon = begin(SCRAM, {"auth": {"user_file": str(users)}})
            for user in ("ours", "theirs"):
                assert daemon.psql(user, password).stdout == f"{user}\n"
            assert not c.simple(f"ALTER ROLE theirs PASSWORD '{ours[1]}'").error
            assert c.rows("SELECT rolpassword FROM pg_authid WHERE rolname = 'theirs'")[0][0] == ours[1]
        finally:
            c.simple("DROP ROLE theirs")


def test_peer(secured: Guarded) -> None:
    me, folder = getpass.getuser(), str(secured.socket_dir)
    assert secured.psql(me, host=folder).stdout == f"{me}\n"
    assert secured.psql("me", host=folder).stdout == "me\n"
    assert sqlstate(secured.psql("app", host=folder)) == 'Peer authentication failed for user "app"'


def test_too_many_failures(begin: Begin) -> None:
    daemon = begin(SCRAM, {"auth": {"failures_per_address_max": 2, "failure_window_s": 600}})
    for _ in range(2):
        assert "password authentication failed" in sqlstate(daemon.psql("app", "wrong"))
    # The right password is not even asked for.
    assert sqlstate(daemon.psql("app", PASSWORDS["app"])) == "too many failed logins from this address"
    # Nobody else is kept out.
    assert "Peer" not in daemon.log.read_text()


def test_clients_do_not_fill_the_log(begin: Begin) -> None:
    trusted = {"type": "host", "user": "mem0", "address": "127.0.0.1", "method": "trust"}
    auth = {"failures_per_address_max": 4, "failure_window_s": 600}
    daemon = begin([trusted, *SCRAM], {"log": {"client_lines_max": 3}, "auth": auth})
    for _ in range(5):
        c = wire.Connection(daemon.target)
        c.send(b"!\0\0\0\4")
        assert wire.error_fields(c.read_message().body)["C"] == "08P01"
    for _ in range(4):
        assert "password authentication failed" in sqlstate(daemon.psql("app", "wrong"))
    for _ in range(8):
        assert refusal(daemon)["M"] == "too many failed logins from this address"
    log = daemon.log.read_text()
    assert log.count("session ended") == log.count("login as") == 3 and "not heard" not in log
    for kind in ("session", "login"):
        assert log.count(f'further lines of the kind "{kind}" are only counted') == 1
    daemon.stop()
    log = daemon.log.read_text()
    assert '2 more lines of the kind "session" were left out' in log
    assert '9 more lines of the kind "login" were left out' in log


def test_failures_take_their_time(begin: Begin) -> None:
    import time

    daemon = begin(SCRAM, {"auth": {"failure_delay_ms": 700}})
    began = time.monotonic()
    assert "password authentication failed" in sqlstate(daemon.psql("app", "wrong"))
    assert time.monotonic() - began >= 0.7


def test_nobody_sends_much_before_he_is_known(begin: Begin) -> None:
    daemon = begin(SCRAM)
    c = guarded.connect(daemon)
    c.send(wire.startup(user="app", database="mem0"))
    assert c.read_message().type == "R"
    c.send(b"p" + (60_000).to_bytes(4, "big"))
    assert wire.error_fields(c.read_message().body)["C"] == "53400"


def test_a_query_is_no_password(begin: Begin) -> None:
    daemon = begin(SCRAM)
    c = guarded.connect(daemon)
    c.send(wire.startup(user="app", database="mem0"))
    assert c.read_message().type == "R"
    c.send(wire.query("SELECT 1"))
    assert wire.error_fields(c.read_message().body)["C"] == "08P01"


def test_user_add(binary: str, tmp_path: pathlib.Path) -> None:
    users = tmp_path / "users.txt"
    assert "added" in add_user(binary, users, "ann", "one")
    assert "replaced" in add_user(binary, users, "ann", "two")
    text = users.read_text()
    assert text.count("ann") == 1 and "two" not in text
    assert users.stat().st_mode & 0o777 == 0o600
    empty = subprocess.run(
        [binary, "user", "add", "bob", "--user-file", str(users)], input="\n", capture_output=True, text=True
    )
    assert (empty.returncode, empty.stderr) == (1, "historyd: the password is empty\n")


def test_user_add_on_a_terminal_shows_nothing(binary: str, tmp_path: pathlib.Path) -> None:
    import os
    import pty

    users, shown = tmp_path / "users.txt", b""
    pid, terminal = pty.fork()
    if pid == 0:
        os.execv(binary, [binary, "user", "add", "ann", "--user-file", str(users)])
    for prompt in (b"Password for ann: ", b"Again: "):
        while not shown.endswith(prompt):
            shown += os.read(terminal, 100)
        # Typed when the terminal is quiet: the prompt comes first, then ECHO goes (TCSAFLUSH drops
        # what was typed in between).
        import termios

        while termios.tcgetattr(terminal)[3] & termios.ECHO:
            pass
        os.write(terminal, b"secret\n")
    try:
        while more := os.read(terminal, 100):
            shown += more
    except OSError:
        pass
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert b"secret" not in shown and b"ann added" in shown


def test_users_are_read_again(begin: Begin, binary: str, tmp_path: pathlib.Path) -> None:
    import signal
    import time

    users = tmp_path / "changing.txt"
    daemon = begin(SCRAM, {"auth": {"user_file": str(users)}})
    add_user(binary, users, "late", "comer")
    assert "password authentication failed" in sqlstate(daemon.psql("late", "comer"))
    daemon.process.send_signal(signal.SIGHUP)
    deadline = time.monotonic() + 30
    while (done := daemon.psql("late", "comer")).returncode and time.monotonic() < deadline:
        pass
    assert done.stdout == "late\n", done.stderr
