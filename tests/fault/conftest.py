"""Daemons of a test's own, ended with it."""

from __future__ import annotations

import pathlib
from collections.abc import Callable, Iterator
from typing import Any

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
        daemon.kill()
