"""The .deb: what is in it, that its parts are well-formed, and (asked for) installed, serving, purged.

HISTORYD_TEST_PACKAGE=1 builds it in release mode and installs it into a fresh Debian made by debootstrap (root,
network, some minutes), where it also runs under systemd when there is systemd-nspawn (package systemd-container).
"""

from __future__ import annotations

import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable

import pytest
import servers


def needs_time(test: Callable[..., None]) -> Callable[..., None]:
    why = "HISTORYD_TEST_PACKAGE is not 1: it takes minutes"
    skip = pytest.mark.skipif(os.environ.get("HISTORYD_TEST_PACKAGE") != "1", reason=why)
    return pytest.mark.timeout(3600)(skip(test))


def run(*command: str, **options) -> str:
    done = subprocess.run(command, capture_output=True, text=True, **options)
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout


def program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def test_unit_is_valid(root: pathlib.Path, binary: str, tmp_path: pathlib.Path) -> None:
    analyze = program("systemd-analyze")
    # Its program and its user need not be installed here.
    unit = (root / "conf/historyd.service").read_text().replace("/usr/bin/historyd", binary)
    unit = unit.replace("User=historyd", "User=root").replace("Group=historyd", "Group=root")
    unit = "".join(line for line in unit.splitlines(True) if not line.startswith("Documentation="))
    (tmp_path / "historyd.service").write_text(unit)
    shutil.copy(root / "conf/historyd.socket", tmp_path)
    units = [str(tmp_path / name) for name in ("historyd.service", "historyd.socket")]
    done = subprocess.run([analyze, "verify", *units], capture_output=True, text=True)
    said = [line for line in done.stderr.splitlines() if "historyd" in line]
    assert not said, said
    service = str(root / "conf/historyd.service")
    score = run(analyze, "security", "--offline=true", "--no-pager", "--threshold=25", service)
    assert "OK" in score.splitlines()[-1], score.splitlines()[-1]


def test_image_may_listen_in_its_folder(root: pathlib.Path, binary: str) -> None:
    """historyd refuses to start where other users would reach its socket unasked."""
    image = (root / "conf/Containerfile").read_text()
    ((mode, folders),) = re.findall(r"install -d -m (\d+) -o historyd -g historyd (.*/run/historyd.*)", image)
    assert "/var/lib/historyd" in folders
    with tempfile.TemporaryDirectory(dir="/tmp") as sockets:  # pytest's own folders are private
        os.chmod(sockets, int(mode, 8))
        daemon = servers.Historyd(binary, pathlib.Path(sockets))
        try:
            daemon.wait_until_ready()
        finally:
            daemon.end()


def test_man_pages_are_well_formed(root: pathlib.Path) -> None:
    mandoc = program("mandoc")
    run(mandoc, "-T", "lint", "-W", "warning", *map(str, (root / "conf/man").iterdir()))


def test_man_page_and_completion_know_every_option(root: pathlib.Path, binary: str) -> None:
    page = (root / "conf/man/historyd.1").read_text().replace("\\-", "-")
    completion = (root / "conf/historyd.bash-completion").read_text()
    for command in ("serve", "check", "status", "backup"):
        for word in run(binary, command, "--help").split():
            option = word.rstrip(",")
            if option.startswith("--"):
                assert option in completion, option
                assert option == "--help" or f"Fl -{option[2:]}" in page, option


ENVIRONMENT = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
PSQL = "/usr/lib/postgresql/15/bin/psql"


@pytest.fixture(scope="module")
def system(root: pathlib.Path, tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """A fresh Debian with the package in it."""
    debootstrap = program("debootstrap")
    if os.geteuid() != 0:
        pytest.skip("not root")
    build = root / "build/release"
    if not (build / "build.ninja").exists():
        run("cmake", "--preset", "release", cwd=root)
    run("cmake", "--build", str(build), "--target", "package", cwd=root)
    deb = max(build.glob("historyd_*.deb"), key=lambda f: f.stat().st_mtime)
    listing = run("dpkg-deb", "--contents", str(deb))
    for file in ("usr/bin/historyd", "lib/systemd/system/historyd.service", "lib/systemd/system/historyd.socket",
                 "etc/historyd/historyd.toml", "man1/historyd.1.gz", "man5/historyd.toml.5.gz",
                 "completions/historyd", "share/historyd/alerts.yml"):
        assert file in listing, file
    folder = tmp_path_factory.mktemp("package") / "system"
    run(debootstrap, "--variant=minbase", "--include=systemd,systemd-sysv,dbus", "bookworm", str(folder))
    shutil.copy(deb, folder / "historyd.deb")
    install = ("apt-get", "-qq", "-y", "--no-install-recommends", "install", "/historyd.deb")
    run("chroot", str(folder), *install, env=ENVIRONMENT)
    return folder


@needs_time
def test_installed_it_serves(system: pathlib.Path) -> None:
    inside = ("chroot", str(system))
    assert "historyd" in run(*inside, "id", "historyd")
    run(*inside, "historyd", "check", "--config", "/etc/historyd/historyd.toml")
    command = ["setpriv", "--reuid=historyd", "--regid=historyd", "--clear-groups", "sh", "-c"]
    serve = "cd /var/lib/historyd && exec historyd serve --listen 127.0.0.1:0 --socket-dir /var/lib/historyd"
    with subprocess.Popen([*inside, *command, serve], stdout=subprocess.PIPE, text=True) as daemon:
        try:
            assert "listens on" in daemon.stdout.readline()
            sockets = list((system / "var/lib/historyd").glob(".s.PGSQL.*[0-9]"))
            statements = ("CREATE TABLE t (a int)", "INSERT INTO t VALUES (42)", "SELECT a FROM t")
            asked = [word for s in statements for word in ("-c", s)]
            where = f"host={system}/var/lib/historyd port={sockets[0].name.rsplit('.', 1)[1]} dbname=mem0 user=mem0"
            assert run(PSQL, "-XAtq", where, *asked).strip() == "42"
        finally:
            daemon.terminate()
        assert daemon.wait(30) == 0


class Booted:
    """The system in a container of its own, with systemd as its first process."""

    def __init__(self, folder: pathlib.Path, log: pathlib.Path):
        command = ["systemd-nspawn", "--register=no", "--keep-unit", "--quiet", "--private-network", "--boot"]
        with log.open("wb") as out:
            self.process = subprocess.Popen(
                [*command, "-D", str(folder)], stdin=subprocess.DEVNULL, stdout=out, stderr=out
            )
        self.first = ""
        self.wait(self.find_first, "no container")
        is_up = ("is-active", "--quiet", "multi-user.target")
        self.wait(lambda: self.ask("systemctl", *is_up).returncode == 0, "it does not boot")

    def find_first(self) -> str:
        """The child that is process 1 of its own namespace."""
        children = pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        for child in children.read_text().split():
            status = pathlib.Path(f"/proc/{child}/status").read_text()
            if status.split("NSpid:")[1].splitlines()[0].split()[-1] == "1":
                self.first = child
        return self.first

    def wait(self, condition: Callable[[], object], why: str) -> None:
        deadline = time.monotonic() + 120
        while not condition():
            assert time.monotonic() < deadline and self.process.poll() is None, why
            time.sleep(0.1)

    def ask(self, *command: str) -> subprocess.CompletedProcess[str]:
        inside = ("nsenter", "--target", self.first, "--mount", "--uts", "--ipc", "--net", "--pid", "--")
        return subprocess.run([*inside, *command], capture_output=True, text=True, env=ENVIRONMENT)

    def run(self, *command: str) -> str:
        done = self.ask(*command)
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done.stdout

    def psql(self, sql: str) -> str:
        """From outside, over the container's loopback address."""
        where = "host=127.0.0.1 port=5499 dbname=mem0 user=mem0"
        return run("nsenter", "--target", self.first, "--net", "--", PSQL, "-XAtq", where, "-c", sql).strip()

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)  # powers it off
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()


class Coming:
    """Clients that come, ask and leave, one after the other."""

    def __init__(self, booted: Booted):
        self.booted, self.stop, self.answered = booted, threading.Event(), 0
        self.refused: list[str] = []
        self.thread = threading.Thread(target=self.come_and_go, daemon=True)

    def come_and_go(self) -> None:
        while not self.stop.is_set():
            try:
                assert self.booted.psql("SELECT count(*) FROM s") == "1"
                self.answered += 1
            except AssertionError as failure:
                self.refused.append(str(failure))

    def wait_for_one(self) -> None:
        least = self.answered + 2  # one that began after this
        self.booted.wait(lambda: self.answered >= least or self.refused, "nobody is answered")

    def __enter__(self) -> Coming:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        self.thread.join()


@needs_time
def test_under_systemd(system: pathlib.Path, tmp_path: pathlib.Path) -> None:
    program("systemd-nspawn")
    booted = Booted(system, tmp_path / "console.log")
    try:
        booted.run("systemctl", "enable", "--now", "historyd.socket", "historyd.service")
        shown = booted.run("systemctl", "show", "historyd", "-p", "ActiveState,MainPID,StatusText,User")
        state = dict(line.split("=", 1) for line in shown.splitlines())
        assert state["ActiveState"] == "active" and "sessions" in state["StatusText"] and state["User"] == "historyd"
        booted.psql("CREATE TABLE s (a int); INSERT INTO s VALUES (1)")
        # It serves under the filter of system calls, without privileges.
        status = booted.run("cat", f"/proc/{state['MainPID']}/status")
        facts = dict(line.split(":", 1) for line in status.splitlines())
        assert facts["Seccomp"].strip() == "2" and facts["NoNewPrivs"].strip() == "1"
        assert int(facts["CapBnd"], 16) == 0
        # Every path through the daemon that may make another system call.
        copy = "/var/lib/historyd/copy.db"
        booted.run("runuser", "-u", "historyd", "--", "historyd", "backup", "--storage",
                   "/var/lib/historyd/history.db", copy)
        assert "mode" in booted.run("historyd", "status")
        booted.psql("SELECT count(*) FROM pg_stat_activity")
        booted.run("systemctl", "reload", "historyd")
        before = state["MainPID"]
        with Coming(booted) as clients:
            clients.wait_for_one()
            booted.run("systemctl", "restart", "historyd")
            clients.wait_for_one()
        assert not clients.refused, clients.refused
        assert booted.run("systemctl", "show", "historyd", "-p", "MainPID", "--value").strip() != before
        journal = booted.run("journalctl", "--no-pager", "-u", "historyd")
        assert "reload: certificate and users are read again" in journal and "SIGSYS" not in journal
        score = booted.run("systemd-analyze", "security", "--no-pager", "historyd").splitlines()[-1]
        assert float(re.findall(r"[0-9.]+", score)[-1]) <= 1.2, score
        booted.run("systemctl", "stop", "historyd.socket", "historyd.service")
        result = booted.run("systemctl", "show", "historyd", "-p", "Result", "--value")
        assert result.strip() == "success"
    finally:
        booted.stop()


@needs_time
def test_purged(system: pathlib.Path) -> None:
    purge = ("chroot", str(system), "apt-get", "-qq", "-y", "purge", "historyd")
    done = subprocess.run(purge, capture_output=True, text=True, env=ENVIRONMENT)
    assert done.returncode == 0, done.stderr
    assert "holds history and was kept" in done.stdout + done.stderr
    left = {str(f.relative_to(system)) for f in system.rglob("*historyd*") if "/proc/" not in str(f)}
    left -= {"historyd.deb"}
    kept = {f for f in left if f.startswith("var/lib/historyd")}
    assert "var/lib/historyd" in kept and (system / "var/lib/historyd/history.db").exists()
    # apt's and dpkg's own memory aside.
    assert not {f for f in left - kept if not f.startswith(("var/log/", "var/cache/", "var/lib/dpkg"))}, left


@needs_time
def test_the_image(root: pathlib.Path, binary: str, tmp_path: pathlib.Path) -> None:
    """The last stage of conf/Containerfile, step by step in a fresh Debian: no engine for images is needed."""
    debootstrap = program("debootstrap")
    if os.geteuid() != 0:
        pytest.skip("not root")
    text = (root / "conf/Containerfile").read_text()
    stage = text[text.rindex("FROM ") :]
    (step,) = re.findall(r"^RUN (.*?[^\\])\n", stage, re.S | re.M)
    (settings,) = re.findall(r"^ENV (.*)\n", stage, re.M)
    (checked,) = re.findall(r"^HEALTHCHECK .* CMD (.*)\n", stage, re.M)
    folder = tmp_path / "image"
    run(debootstrap, "--variant=minbase", "bookworm", str(folder))
    run("chroot", str(folder), "sh", "-c", step, env=ENVIRONMENT)
    shutil.copy(binary, folder / "usr/bin/historyd")
    (folder / "etc/historyd").mkdir()
    shutil.copy(root / "conf/historyd.toml", folder / "etc/historyd")
    environment = {**ENVIRONMENT, **dict(pair.split("=", 1) for pair in settings.split())}
    environment["HISTORYD_LISTEN"] = f"127.0.0.1:{servers.free_port()}"
    inside = ("chroot", "--userspec=historyd:historyd", str(folder))
    command = [*inside, "sh", "-c", "cd /var/lib/historyd && exec historyd serve"]
    with (tmp_path / "log").open("wb") as log, subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=log, text=True
    ) as daemon:
        try:
            assert "listens on" in daemon.stdout.readline()
            assert "mode" in run(*inside, *json.loads(checked), env=environment)
        finally:
            daemon.terminate()
        assert daemon.wait(30) == 0
    for line in (tmp_path / "log").read_text().splitlines():
        assert json.loads(line)["level"] in ("info", "warning")
