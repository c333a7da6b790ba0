"""Environments with real mem0 versions (requirements.txt), each with the package that is tested."""

from __future__ import annotations

import collections
import os
import pathlib
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest
import servers

FOLDER = pathlib.Path(__file__).parent
# The store by itself is tested in this process; with mem0, in the environments.
sys.path.insert(0, str(FOLDER.parents[1] / "conf/mem0/python"))


def listed() -> list[tuple[str, str]]:
    lines = (line.split() for line in (FOLDER / "requirements.txt").read_text().splitlines())
    return [(words[1], words[0]) for words in lines if words and words[0] != "#"]


class Mem0(NamedTuple):
    """A mem0 as an application has it. Its folder of its own keeps it out of the home directory."""

    version: str
    python: pathlib.Path
    home: pathlib.Path

    @property
    def packages(self) -> pathlib.Path:
        return next(self.python.parents[1].glob("lib/python*/site-packages"))

    def environment(self, **more: str) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "PG", "MEM0_"))}
        return {**kept, "MEM0_DIR": str(self.home), "MEM0_TELEMETRY": "False", "PYTHONDONTWRITEBYTECODE": "1", **more}

    def start(self, *command: object, **more: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [str(self.python), *map(str, command)],
            env=self.environment(**more),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=servers.die_with_parent,
        )

    def run(self, *command: object, **more: str) -> str:
        """Returns: what it printed. Fails with its standard error."""
        process = self.start(*command, **more)
        out, err = process.communicate(timeout=110)
        assert process.returncode == 0, f"{out[-3000:]}\n{err[-3000:]}"
        return out

    def python_code(self, code: str, *arguments: object, **more: str) -> str:
        return self.run("-c", textwrap.dedent(code), *arguments, **more).strip()

    def storage_code(self, code: str, *arguments: object, **more: str) -> str:
        """With mem0's storage and nothing else of it."""
        first = f"import sys; sys.path.append({str(FOLDER)!r}); import storage_only"
        return self.python_code(f"{first}\n{textwrap.dedent(code)}", *arguments, **more)


def mem0_named(name: str, root: pathlib.Path, home: pathlib.Path) -> Mem0:
    python = root / "build/mem0" / name / "bin/python"
    if not (root / "build/mem0" / name / "complete").exists():
        assert dict(listed())[name] == "optional", f"mem0 {name} could not be installed"
        pytest.skip(f"mem0 {name} could not be installed")
    return Mem0(name, python, home)


def mem0_of_test(name: str, request: pytest.FixtureRequest) -> Mem0:
    request.node.user_properties.append(("mem0", name))
    root, tmp_path = (request.getfixturevalue(fixture) for fixture in ("root", "tmp_path"))
    return mem0_named(name, root, tmp_path / "mem0")


@pytest.fixture(params=[name for name, _ in listed()])
def mem0(request: pytest.FixtureRequest) -> Mem0:
    return mem0_of_test(request.param, request)


@pytest.fixture
def latest(request: pytest.FixtureRequest) -> Mem0:
    return mem0_of_test(listed()[-1][0], request)


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


@pytest.fixture
def quick_folder(tmp_path: pathlib.Path) -> Iterator[pathlib.Path]:
    """For files that need not survive anything: in memory, where mem0's own storage is not slow."""
    memory = pathlib.Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else tmp_path) as folder:
        yield pathlib.Path(folder)


@pytest.fixture
def daemon(start: Callable[..., servers.Historyd]) -> servers.Historyd:
    return start()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The table of versions: which mem0 was really there, and what passed with it."""
    counts: dict[str, collections.Counter[str]] = {name: collections.Counter() for name, _ in listed()}
    for outcome in ("passed", "failed", "error", "skipped"):
        for report in terminalreporter.stats.get(outcome, []):
            name = dict(getattr(report, "user_properties", [])).get("mem0")
            if name and (report.when == "call" or outcome != "passed"):
                counts[name][outcome] += 1
    root = pathlib.Path(os.environ.get("HISTORYD_TEST_ROOT", FOLDER.parents[1]))
    for name, count in counts.items():
        found = (root / "build/mem0" / name).glob("lib/*/*/mem0ai-*.dist-info")
        installed = [folder.name.split("-")[1].removesuffix(".dist") for folder in found]
        said = ", ".join(f"{n} {outcome}" for outcome, n in count.items())
        terminalreporter.write_line(f"mem0 {' '.join(installed) or name + ' (not installed)'}: {said or 'not run'}")
