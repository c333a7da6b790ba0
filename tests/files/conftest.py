"""Fixtures of the suite: history files of every mem0, a daemon for each, the command line."""

from __future__ import annotations

import pathlib
import subprocess
from collections.abc import Callable, Iterator

import mem0_files
import pytest
import servers


@pytest.fixture
def make(root: pathlib.Path, tmp_path: pathlib.Path) -> Callable[..., pathlib.Path]:
    """A file of that version of mem0's."""

    def made(version: str, name: str = "history.db") -> pathlib.Path:
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        {**mem0_files.PYTHON, "node": mem0_files.node}[version](root, file)
        return file

    return made


@pytest.fixture
def serve(binary: str, tmp_path: pathlib.Path) -> Iterator[Callable[..., servers.Historyd]]:
    """Starts daemons that end, without an error, with the test."""
    running: list[servers.Historyd] = []

    def start(storage: pathlib.Path | None = None) -> servers.Historyd:
        folder = tmp_path / f"daemon{len(running)}"
        running.append(servers.Historyd(binary, folder, storage=storage))
        return running[-1]

    yield start
    for daemon in running:
        daemon.end()


@pytest.fixture
def historyd(binary: str, tmp_path: pathlib.Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs `historyd ...` to its end; `ends` is the exit code it must have."""

    def run(*arguments: object, ends: int = 0) -> subprocess.CompletedProcess[str]:
        command = [binary, *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=110, cwd=tmp_path)
        assert done.returncode == ends, done.stdout + done.stderr
        return done

    return run


@pytest.fixture
def fresh_postgres(postgres_url: str) -> str:
    """The URL of an empty database of the test PostgreSQL."""
    return servers.fresh_database(postgres_url, "moved").url()
