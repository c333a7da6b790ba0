"""What is open to others needs authentication and TLS, or historyd does not start."""

from __future__ import annotations

import pathlib
import subprocess
import tempfile
from collections.abc import Iterator

import pytest
from guarded import Guarded, config_text, starter

EVERYWHERE = "0.0.0.0:0"


def refusal(binary: str, folder: pathlib.Path, text: str, *options: str) -> str:
    file = folder / "historyd.toml"
    file.write_text(text)
    command = [binary, "serve", "--storage", str(folder / "h.db"), "--config", str(file), *options]
    try:
        done = subprocess.run(command, capture_output=True, text=True, cwd=folder, timeout=20)
    except subprocess.TimeoutExpired:
        pytest.fail("it serves")
    assert done.returncode == 1
    return done.stderr.strip()


SCRAM = {"type": "hostssl", "method": "scram-sha-256"}


def test_no_tls(binary: str, tmp_path: pathlib.Path) -> None:
    said = refusal(binary, tmp_path, config_text([SCRAM]), "--listen", EVERYWHERE)
    assert "tls.certificate_file" in said and "127.0.0.1" in said


def test_no_rules(binary: str, tmp_path: pathlib.Path, tls: dict[str, object]) -> None:
    said = refusal(binary, tmp_path, config_text([], {"tls": tls}), "--listen", EVERYWHERE)
    assert "scram-sha-256" in said and "historyd user add" in said


def test_trust(binary: str, tmp_path: pathlib.Path, tls: dict[str, object]) -> None:
    rules = [SCRAM, {"type": "host", "address": "10.0.0.0/8", "method": "trust"}]
    said = refusal(binary, tmp_path, config_text(rules, {"tls": tls}), "--listen", EVERYWHERE)
    assert "historyd.toml:" in said and "trusts other machines" in said


@pytest.mark.parametrize("key", ["rest.listen", "metrics.listen"])
@pytest.mark.parametrize("address", [EVERYWHERE, "[::]:0", "*:0"])
def test_http(binary: str, tmp_path: pathlib.Path, tls: dict[str, object], key: str, address: str) -> None:
    """Even with TLS and rules for PostgreSQL's clients: HTTP has neither."""
    text = f'{key} = ["{address}"]\nrest.key = "abc"\n' + config_text([SCRAM], {"tls": tls})
    said = refusal(binary, tmp_path, text, "--listen", "127.0.0.1:0")
    assert f"Set {key} to an address of 127.0.0.1" in said and "HTTP is not encrypted here" in said


@pytest.fixture
def open_folder() -> Iterator[pathlib.Path]:
    """One that every user of the machine reaches; pytest's own are private."""
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        pathlib.Path(name).chmod(0o755)
        yield pathlib.Path(name)


def test_socket_folder_that_is_open(
    binary: str, tmp_path: pathlib.Path, open_folder: pathlib.Path
) -> None:
    options = ("--listen", "127.0.0.1:0", "--socket-dir", str(open_folder))
    said = refusal(binary, tmp_path, "", *options)
    assert f"chmod 700 {open_folder}" in said and "peer" in said


def test_socket_folder_that_is_open_with_a_rule(
    binary: str, open_folder: pathlib.Path, user_file: pathlib.Path
) -> None:
    running: list[Guarded] = []
    begin = starter(binary, open_folder, user_file, running)
    assert begin([{"type": "local", "method": "peer"}]).alive()
    running[0].kill()


@pytest.mark.parametrize(
    "text, words",
    [
        ("[[auth.rules]]\nmethod = 'trust'", "historyd.toml:1:1: a rule needs type"),
        ("[[auth.rules]]\ntype = 'host'\nmethod = 'md5'", "historyd.toml:3:10: method: it is one of trust,"),
        ("[[auth.rules]]\ntype = 'host'\nmethod = 'peer'", 'method = "peer" needs type = "local"'),
        ("[[auth.rules]]\ntype = 'host'\nmethod = 'trust'\nadress = 'x'", 'unknown key "adress"'),
        ("[[auth.rules]]\ntype = 'host'\nmethod = 'trust'\naddress = '10.0.0.0/99'", "the prefix is 0 to 32"),
        ("[tls]\ncertificate_file = 'x'", "tls.certificate_file and tls.key_file go together"),
        ("[tls]\nmin_version = '1.1'", "it is 1.2 or 1.3"),
        ("[databases.a]\nusers = ['x']", "[databases.a] needs a path"),
        ("[databases.a]\nmode = 'relay'", "[databases.a] is a relay and needs a backend"),
        ("[databases.a]\npath = 'x'\n[databases.b]\npath = 'x'", "has that path already"),
    ],
)
def test_mistakes_are_named(binary: str, tmp_path: pathlib.Path, text: str, words: str) -> None:
    assert words in refusal(binary, tmp_path, text, "--listen", "127.0.0.1:0")


def test_keys_and_users_are_private(
    binary: str, tmp_path: pathlib.Path, tls: dict[str, object]
) -> None:
    key = tmp_path / "open.key"
    key.write_bytes(pathlib.Path(str(tls["key_file"])).read_bytes())
    key.chmod(0o644)
    text = config_text([], {"tls": {**tls, "key_file": str(key)}})
    assert f"chmod 600 {key}" in refusal(binary, tmp_path, text, "--listen", "127.0.0.1:0")
    users = tmp_path / "open.txt"
    users.write_text("")
    users.chmod(0o644)
    text = config_text([], {"auth": {"user_file": str(users)}})
    assert f"chmod 600 {users}" in refusal(binary, tmp_path, text, "--listen", "127.0.0.1:0")


def test_check_prints_the_rules(binary: str, tmp_path: pathlib.Path) -> None:
    file = tmp_path / "historyd.toml"
    file.write_text(config_text([{**SCRAM, "user": "app", "access": "read-only"}]))
    done = subprocess.run([binary, "check", "--config", str(file)], capture_output=True, text=True)
    assert done.returncode == 0
    assert 'method = "scram-sha-256"\naccess = "read-only"' in done.stdout
