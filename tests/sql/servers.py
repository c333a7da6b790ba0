"""Starts what the suites talk to: historyd on a file of its own, a database of the test PostgreSQL."""

from __future__ import annotations

import ctypes
import os
import pathlib
import signal
import socket
import subprocess
import time

import wire


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def die_with_parent() -> None:
    """In the child: SIGKILL when the test process ends, however it ends (PR_SET_PDEATHSIG)."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


class DidNotStart(Exception):
    """The daemon ended, or did not listen, before it was ready; carries its log."""


class Historyd:
    """A running daemon. `storage` is its file; standard error goes to `log`."""

    def __init__(
        self,
        binary: str,
        folder: pathlib.Path,
        storage: pathlib.Path | None = None,
        options: tuple[str, ...] = (),
        environment: dict[str, str] | None = None,
        port: int | None = None,
    ):
        folder.mkdir(parents=True, exist_ok=True)
        self.storage = storage or folder / "history.db"
        self.log = folder / "historyd.log"
        self.socket_dir = folder
        self.target = wire.Target("127.0.0.1", port or free_port(), "mem0", "mem0")
        self.command = [binary, "serve", "--storage", str(self.storage)]
        self.command += ["--listen", f"127.0.0.1:{self.target.port}", "--socket-dir", str(folder), *options]
        self.environment = {**os.environ, **(environment or {})}
        self.start()

    def start(self) -> None:
        """Also after stop() or kill(): on the same file and port."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                stderr=log,
                stdout=log,
                cwd=self.socket_dir,
                env=self.environment,
                preexec_fn=die_with_parent,
            )
        self.wait_until_ready()

    def wait_until_ready(self, seconds: float = 30) -> None:
        deadline = time.monotonic() + seconds
        while True:
            try:
                wire.Connection(self.target, timeout=5).close()
                return
            except (OSError, wire.Disconnected) as failure:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    self.put_down()
                    raise DidNotStart(f"{failure}\n{self.log_tail()}") from None
            time.sleep(0.01)

    def log_tail(self, lines: int = 20) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def wait_for_log(self, text: str, seconds: float = 30) -> str:
        """Until the log has a line with `text`. Returns: the last such line."""
        deadline = time.monotonic() + seconds
        while True:
            found = [line for line in self.log.read_text(errors="replace").splitlines() if text in line]
            if found:
                return found[-1]
            assert time.monotonic() < deadline, f"{text!r} is not in the log:\n{self.log_tail()}"
            time.sleep(0.01)

    def alive(self) -> bool:
        return self.process.poll() is None

    def kill(self) -> None:
        """SIGKILL. AssertionError: it had ended by itself before, and not in order."""
        self.put_down()
        self.assert_ended_with(0, -signal.SIGKILL)

    def stop(self, seconds: float = 30) -> None:
        """SIGTERM. AssertionError: it ended with another code than 0, or not within `seconds` (and is killed)."""
        if self.alive():
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.put_down()
        self.assert_ended_with(0)

    def end(self) -> None:
        """What a fixture does last: stop(), unless the test has stopped or killed it."""
        if self.alive():
            self.stop()
        self.assert_ended_with(0, -signal.SIGKILL)

    def put_down(self) -> None:
        """SIGKILL, however it may have ended before."""
        if self.alive():
            self.process.kill()
        self.process.wait()

    def assert_ended_with(self, *codes: int) -> None:
        code = self.process.returncode
        assert code in codes, f"historyd ended with {code}:\n{self.log_tail()}"


def fresh_database(url: str, name: str) -> wire.Target:
    """Drops and creates a database on the PostgreSQL at `url`."""
    target = wire.Target.of_url(url)
    with wire.Connection(target._replace(database="postgres")) as c:
        c.simple(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        r = c.simple(f'CREATE DATABASE "{name}"')
        if r.error:
            raise RuntimeError(r.error["M"])
    return target._replace(database=name)
