"""Daemons of a test's own, ended with it."""

from __future__ import annotations

import pathlib
from collections.abc import Callable, Iterator
from typing import Any

import cluster as clusters
import pytest
import servers


@pytest.fixture
def start(binary: str, tmp_path: pathlib.Path) -> Iterator[Callable[..., servers.Historyd]]:
    """start(**options of servers.Historyd): by default on tmp_path/history.db."""
    running: list[servers.Historyd] = []

    def begin(**options: Any) -> servers.Historyd:
        running.append(servers.Historyd(binary, tmp_path, **options))
        return running[-1]

    yield begin
    for daemon in running:
        daemon.end()


@pytest.fixture(scope="session")
def template() -> Iterator[clusters.Template]:
    made = clusters.Template()
    yield made
    made.remove()


@pytest.fixture
def cluster(template: clusters.Template) -> Iterator[clusters.Cluster]:
    made = clusters.Cluster(template)
    yield made
    made.remove()


# The defaults suit a backend that is away for hours; a test that waits for them would take as long.
QUICK = {
    "HISTORYD_BACKEND_CONNECT_TIMEOUT_MS": "2000",
    "HISTORYD_BACKEND_REPLY_TIMEOUT_MS": "2000",
    "HISTORYD_BACKEND_RETRY_MS_MAX": "300",
    "HISTORYD_BACKEND_REFUSED_RETRY_MS": "200",
    "HISTORYD_BACKEND_HALTED_RETRY_MS": "300",
    "HISTORYD_BACKEND_HYDRATE": "off",
}


@pytest.fixture
def forwarding(start: Callable[..., servers.Historyd]) -> Callable[..., servers.Historyd]:
    """forwarding(url, **options of servers.Historyd): a daemon with that backend."""

    def begin(url: str, environment: dict[str, str] | None = None, **options: Any) -> servers.Historyd:
        backend = {**QUICK, "HISTORYD_BACKEND_URL": url, **(environment or {})}
        return start(environment=backend, **options)

    return begin
