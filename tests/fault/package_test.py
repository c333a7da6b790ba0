"""The .deb: what is in it, that its parts are well-formed, and (asked for) installed, serving, purged.

HISTORYD_TEST_PACKAGE=1 builds it in release mode and installs it into a fresh Debian made by debootstrap (root,
network, some minutes).
"""

from __future__ import annotations

import os
import pathlib
import re
import shutil
import subprocess
import tempfile

import pytest
import servers

needs_time = pytest.mark.skipif(
    os.environ.get("HISTORYD_TEST_PACKAGE") != "1", reason="HISTORYD_TEST_PACKAGE is not 1: it takes minutes"
)


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
            daemon.kill()


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


@needs_time
def test_installed_and_purged(root: pathlib.Path, tmp_path: pathlib.Path) -> None:
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

    system = tmp_path / "system"
    run(debootstrap, "--variant=minbase", "bookworm", str(system))
    shutil.copy(deb, system / "historyd.deb")
    inside = ("chroot", str(system))
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
    run(*inside, "apt-get", "-qq", "-y", "--no-install-recommends", "install", "/historyd.deb", env=environment)
    assert "historyd" in run(*inside, "id", "historyd")
    run(*inside, "historyd", "check", "--config", "/etc/historyd/historyd.toml")

    command = ["setpriv", "--reuid=historyd", "--regid=historyd", "--clear-groups", "sh", "-c"]
    serve = "cd /var/lib/historyd && exec historyd serve --listen 127.0.0.1:0 --socket-dir /var/lib/historyd"
    with subprocess.Popen([*inside, *command, serve], stdout=subprocess.PIPE, text=True) as daemon:
        try:
            assert "listens on" in daemon.stdout.readline()
            sockets = list((system / "var/lib/historyd").glob(".s.PGSQL.*[0-9]"))
            psql = "/usr/lib/postgresql/15/bin/psql"
            statements = ("CREATE TABLE t (a int)", "INSERT INTO t VALUES (42)", "SELECT a FROM t")
            asked = [word for s in statements for word in ("-c", s)]
            where = f"host={system}/var/lib/historyd port={sockets[0].name.rsplit('.', 1)[1]} dbname=mem0 user=mem0"
            assert run(psql, "-XAtq", where, *asked).strip() == "42"
        finally:
            daemon.terminate()
        assert daemon.wait(30) == 0

    purge = (*inside, "apt-get", "-qq", "-y", "purge", "historyd")
    done = subprocess.run(purge, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    assert "holds history and was kept" in done.stdout + done.stderr
    left = {str(f.relative_to(system)) for f in system.rglob("*historyd*") if "/proc/" not in str(f)}
    left -= {"historyd.deb"}
    kept = {f for f in left if f.startswith("var/lib/historyd")}
    assert "var/lib/historyd" in kept and (system / "var/lib/historyd/history.db").exists()
    # apt's and dpkg's own memory aside.
    assert not {f for f in left - kept if not f.startswith(("var/log/", "var/cache/", "var/lib/dpkg"))}, left
