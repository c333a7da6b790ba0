"""What a service manager sees: notifications, watchdog, sockets handed over, restart without a refusal."""

from __future__ import annotations

import os
import pathlib
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator

import psycopg
import pytest
import servers
import wire


class Manager:
    """Stands in for systemd's end of NOTIFY_SOCKET."""

    def __init__(self, folder: pathlib.Path):
        self.path = folder / "notify"
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(self.path))
        self.seen: list[dict[str, str]] = []

    def wait(self, key: str, seconds: float = 15) -> dict[str, str]:
        """The next message that has the key; what came before it is in `seen`."""
        deadline = time.monotonic() + seconds
        while True:
            self.socket.settimeout(max(0.01, deadline - time.monotonic()))
            message = self.socket.recv(4096).decode()
            fields = dict(line.split("=", 1) for line in message.splitlines())
            self.seen.append(fields)
            if key in fields:
                return fields


@pytest.fixture
def manager(tmp_path: pathlib.Path) -> Iterator[Manager]:
    m = Manager(tmp_path)
    yield m
    m.socket.close()


def test_ready_reload_stop(start, manager: Manager, tmp_path: pathlib.Path) -> None:
    file = tmp_path / "historyd.toml"
    file.write_text("limits.portals_max = 10\n")
    daemon = start(options=("--config", str(file)), environment={"NOTIFY_SOCKET": str(manager.path)})
    ready = manager.wait("READY")
    assert ready["READY"] == "1" and "sessions" in ready["STATUS"]

    before = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
    daemon.process.send_signal(signal.SIGHUP)
    reloading = manager.wait("RELOADING")
    assert reloading["RELOADING"] == "1"
    assert before <= int(reloading["MONOTONIC_USEC"]) <= time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
    assert manager.wait("READY")["READY"] == "1"

    daemon.process.send_signal(signal.SIGTERM)
    assert manager.wait("STOPPING")["STOPPING"] == "1"
    assert daemon.process.wait(15) == 0
    assert not any("WATCHDOG" in m for m in manager.seen), "nobody asked for a watchdog"


def test_watchdog_is_fed_while_the_threads_answer(start, manager: Manager) -> None:
    environment = {"NOTIFY_SOCKET": str(manager.path), "WATCHDOG_USEC": "400000"}
    daemon = start(environment=environment)
    for _ in range(3):
        manager.wait("WATCHDOG")
    daemon.process.send_signal(signal.SIGSTOP)
    with pytest.raises(TimeoutError):
        while True:
            manager.wait("WATCHDOG", 1)
    daemon.process.send_signal(signal.SIGCONT)
    manager.wait("WATCHDOG")


# Sets LISTEN_PID to its own process, as systemd does between fork and exec, and becomes the daemon.
HAND_OVER = 'export LISTEN_PID=$$ LISTEN_FDS={count}; exec "$@"'


class Handed:
    """Sockets that outlive the daemons which serve them."""

    def __init__(self, binary: str, folder: pathlib.Path):
        self.binary, self.folder = binary, folder
        self.tcp = socket.create_server(("127.0.0.1", 0))
        self.local = socket.socket(socket.AF_UNIX)
        self.local.bind(str(folder / ".s.PGSQL.5499"))
        self.local.listen(128)
        self.target = wire.Target("127.0.0.1", self.tcp.getsockname()[1], "mem0", "mem0")

    def serve(self, manager: Manager) -> subprocess.Popen:
        sockets = (self.tcp.fileno(), self.local.fileno())

        def in_child() -> None:
            servers.die_with_parent()
            # From 3 on, and without the flag that would close them; by way of places that are free.
            for to, fd in enumerate(os.dup(os.dup(fd)) for fd in sockets):
                os.dup2(fd, 3 + to, inheritable=True)

        with (self.folder / "historyd.log").open("ab") as log:
            process = subprocess.Popen(
                ["sh", "-c", HAND_OVER.format(count=2), "sh", self.binary, "serve", "--storage", "history.db"],
                stdout=log,
                stderr=log,
                cwd=self.folder,
                env={**os.environ, "NOTIFY_SOCKET": str(manager.path)},
                preexec_fn=in_child,
                close_fds=False,
            )
        manager.wait("READY")
        return process


def test_restart_refuses_no_connection(binary: str, manager: Manager, tmp_path: pathlib.Path) -> None:
    """Clients that connect, ask and leave, all the while; the daemon is restarted under them."""
    handed = Handed(binary, tmp_path)
    process = handed.serve(manager)
    with wire.Connection(handed.target) as c:
        c.rows("CREATE TABLE t (id int); SELECT 1")
    refused: list[str] = []
    answered = [0] * 6
    stop = threading.Event()

    def come_and_go(n: int) -> None:
        where = {"host": "127.0.0.1", "port": handed.target.port}
        if n % 2:
            where = {"host": str(tmp_path), "port": 5499}
        while not stop.is_set():
            try:
                with psycopg.connect(**where, user="mem0", dbname="mem0", autocommit=True) as c:
                    c.execute("INSERT INTO t VALUES (%s)", (n,))
                answered[n] += 1
            except psycopg.Error as failure:
                refused.append(str(failure))

    clients = [threading.Thread(target=come_and_go, args=(n,)) for n in range(len(answered))]
    for t in clients:
        t.start()
    try:
        for _ in range(4):
            reached = sum(answered)
            deadline = time.monotonic() + 20
            while sum(answered) < reached + 30 and time.monotonic() < deadline and not refused:
                time.sleep(0.01)
            process.send_signal(signal.SIGTERM)
            assert process.wait(20) == 0
            process = handed.serve(manager)
    finally:
        stop.set()
        for t in clients:
            t.join(20)
    assert not refused, refused[:3]
    with wire.Connection(handed.target) as c:
        assert c.rows("SELECT count(*) FROM t") == [(str(sum(answered)),)]
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 0


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("--help",), 0, "serve"),
        (("frobnicate",), 2, "--help"),
        (("serve", "--listen", "nonsense"), 1, "nonsense"),
        (("serve", "--storage", "/nowhere/at/all/history.db"), 1, "/nowhere"),
        (("status", "--url", "host=127.0.0.1 port=1"), 1, "127.0.0.1"),
        (("check",), 0, "storage"),
    ],
)
def test_exit_codes(binary: str, tmp_path: pathlib.Path, arguments: tuple[str, ...], code: int, said: str) -> None:
    run = subprocess.run([binary, *arguments], capture_output=True, text=True, cwd=tmp_path, timeout=30)
    assert run.returncode == code, run.stderr
    assert said in run.stdout + run.stderr
