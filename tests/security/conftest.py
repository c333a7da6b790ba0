"""Fixtures: certificates, users, daemons that ask who is there."""

from __future__ import annotations

import getpass
import pathlib
from collections.abc import Iterator

import certificates
import pytest
from guarded import PASSWORDS, Begin, Guarded, add_user, starter


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> certificates.Authority:
    return certificates.Authority(tmp_path_factory.mktemp("ca"))


@pytest.fixture(scope="session")
def server_certificate(authority: certificates.Authority) -> tuple[pathlib.Path, pathlib.Path]:
    return authority.issue("server", "localhost")


@pytest.fixture(scope="session")
def user_file(binary: str, tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    file = tmp_path_factory.mktemp("users") / "users.txt"
    for name, password in PASSWORDS.items():
        add_user(binary, file, name, password)
    return file


@pytest.fixture
def begin(binary: str, tmp_path: pathlib.Path, user_file: pathlib.Path) -> Iterator[Begin]:
    """begin(rules, tables, user_map): a daemon in tmp_path."""
    running: list[Guarded] = []
    yield starter(binary, tmp_path, user_file, running)
    for daemon in running:
        daemon.end()


@pytest.fixture(scope="session")
def tls(
    server_certificate: tuple[pathlib.Path, pathlib.Path], authority: certificates.Authority
) -> dict[str, object]:
    certificate, key = server_certificate
    return {
        "certificate_file": str(certificate),
        "key_file": str(key),
        "client_ca_file": str(authority.root),
    }


@pytest.fixture(scope="module")
def secured(
    binary: str,
    tmp_path_factory: pytest.TempPathFactory,
    user_file: pathlib.Path,
    tls: dict[str, object],
) -> Iterator[Guarded]:
    """TLS and SCRAM: what most tests need. Users cert and mapped prove themselves by certificate."""
    running: list[Guarded] = []
    begin = starter(binary, tmp_path_factory.mktemp("secured"), user_file, running)
    rules = [
        {"type": "hostssl", "user": "bound", "method": "scram-sha-256-plus"},
        {"type": "hostssl", "user": ["cert"], "method": "cert"},
        {"type": "hostssl", "user": ["mapped"], "method": "cert", "map": "people"},
        {"type": "host", "user": "banned", "method": "reject"},
        {"type": "hostssl", "method": "scram-sha-256"},
        {"type": "local", "user": ["me"], "method": "peer", "map": "people"},
        {"type": "local", "method": "peer"},
    ]
    people = [
        {"map": "people", "system_user": "some one", "user": "mapped"},
        {"map": "people", "system_user": getpass.getuser(), "user": "me"},
    ]
    yield begin(rules, {"tls": tls, "auth": {"failures_per_address_max": 0}}, people)
    for daemon in running:
        daemon.end()
