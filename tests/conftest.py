"""Fixtures of the suites that drive servers from Python: which servers there are."""

from __future__ import annotations

import os
import pathlib
from collections.abc import Iterator
from typing import NamedTuple

import pytest
import servers
import wire


@pytest.fixture(scope="session")
def root() -> pathlib.Path:
    return pathlib.Path(os.environ.get("HISTORYD_TEST_ROOT", pathlib.Path(__file__).parents[1]))


@pytest.fixture(scope="session")
def binary(root: pathlib.Path) -> str:
    return os.environ.get("HISTORYD_TEST_BINARY", str(root / "build/dev/historyd"))


@pytest.fixture(scope="session")
def postgres_url() -> str:
    return os.environ["HISTORYD_TEST_POSTGRES"]


@pytest.fixture(scope="session")
def shared_historyd(binary: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[servers.Historyd]:
    daemon = servers.Historyd(binary, tmp_path_factory.mktemp("historyd"))
    yield daemon
    daemon.stop()


def only_side() -> list[str]:
    """HISTORYD_TEST_ONLY=postgres checks the tests themselves against the oracle."""
    return os.environ.get("HISTORYD_TEST_ONLY", "postgres historyd").split()


@pytest.fixture(scope="session", params=only_side())
def side(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="session")
def target(side: str, request: pytest.FixtureRequest) -> wire.Target:
    if side == "historyd":
        return request.getfixturevalue("shared_historyd").target
    return wire.Target.of_url(request.getfixturevalue("postgres_url"))


class Pair(NamedTuple):
    """The oracle and the server under test (the oracle again when only it is to be tested)."""

    postgres: wire.Target
    historyd: wire.Target
    socket_dir: pathlib.Path | None


@pytest.fixture(scope="module")
def pair(binary: str, postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """Both of them empty: what lists all objects must not see what another module left on one side."""
    postgres = servers.fresh_database(postgres_url, wire.Target.of_url(postgres_url).database)
    if "historyd" not in only_side():
        yield Pair(postgres, postgres, None)
        return
    daemon = servers.Historyd(binary, tmp_path_factory.mktemp("historyd"))
    yield Pair(postgres, daemon.target, daemon.socket_dir)
    daemon.stop()


@pytest.fixture(scope="module")
def both(pair: Pair) -> tuple[wire.Target, wire.Target]:
    return pair.postgres, pair.historyd


@pytest.fixture(scope="module")
def sockets(pair: Pair) -> tuple[wire.Target, wire.Target]:
    """The same two over their Unix sockets."""
    with wire.Connection(pair.postgres) as c:
        folder = c.rows("SHOW unix_socket_directories")[0][0].split(",")[0].strip()
    postgres = pair.postgres._replace(host=folder)
    if pair.socket_dir is None:
        return postgres, postgres
    return postgres, pair.historyd._replace(host=str(pair.socket_dir))


@pytest.fixture(scope="session")
def url(target: wire.Target) -> str:
    return target.url()
