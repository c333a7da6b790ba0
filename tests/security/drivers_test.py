"""Every authentication method with every driver: the README's table, cell by cell."""

from __future__ import annotations

import asyncio
import getpass
import json
import os
import pathlib
import shutil
import ssl
import subprocess
from collections.abc import Callable, Iterator
from typing import NamedTuple

import certificates
import pytest
from guarded import PASSWORDS, Guarded, add_user, starter

BOUND = "plus only"

# What a login comes to: the user that the server says it is, or the error.
REJECTED = "rejected"
FAILED = "failed"


class Doors(NamedTuple):
    daemon: Guarded
    root: pathlib.Path
    certificate: pathlib.Path  # of the user "cert"
    key: pathlib.Path

    @property
    def port(self) -> int:
        return self.daemon.target.port

    @property
    def folder(self) -> str:
        return str(self.daemon.socket_dir)


@pytest.fixture(scope="module")
def doors(
    binary: str,
    tmp_path_factory: pytest.TempPathFactory,
    tls: dict[str, object],
    authority: certificates.Authority,
) -> Iterator[Doors]:
    folder = tmp_path_factory.mktemp("doors")
    users = folder / "users.txt"
    for name, password in (("app", PASSWORDS["app"]), ("bound", BOUND)):
        add_user(binary, users, name, password)
    rules = [
        {"type": "hostssl", "user": "bound", "method": "scram-sha-256-plus"},
        {"type": "hostssl", "user": "cert", "method": "cert"},
        {"type": "host", "user": "banned", "method": "reject"},
        {"type": "host", "user": "trusted", "address": "127.0.0.1", "method": "trust"},
        {"type": "hostssl", "method": "scram-sha-256"},
        {"type": "local", "method": "peer"},
    ]
    running: list[Guarded] = []
    daemon = starter(binary, folder, users, running)(
        rules, {"tls": tls, "auth": {"failures_per_address_max": 0}}
    )
    certificate, key = authority.issue("client-driver", "cert", server=False)
    yield Doors(daemon, authority.root, certificate, key)
    daemon.end()


# Each driver: method to outcome; a method that it has no way to ask for is left out.
Outcomes = dict[str, str]


def libpq_outcomes(d: Doors, login: Callable[..., str]) -> Outcomes:
    """login(user, password, **libpq's parameters)"""
    full = {"host": "localhost", "sslmode": "verify-full", "sslrootcert": str(d.root)}
    plain = {"host": "127.0.0.1", "sslmode": "disable"}
    return {
        "scram-sha-256": login("app", PASSWORDS["app"], channel_binding="disable", **full),
        "channel binding": login("app", PASSWORDS["app"], channel_binding="require", **full),
        "scram-sha-256-plus": login("bound", BOUND, **full),
        "cert": login("cert", None, sslcert=str(d.certificate), sslkey=str(d.key), **full),
        "peer": login(getpass.getuser(), None, host=d.folder),
        "trust": login("trusted", None, **plain),
        "reject": login("banned", None, **plain),
    }


def outcome_of(message: str) -> str:
    return REJECTED if "pg_hba.conf rejects connection" in message else FAILED


def with_psql(d: Doors, root: pathlib.Path) -> Outcomes:
    def login(user: str, password: str | None, **options: str) -> str:
        done = d.daemon.psql(user, password, **options)
        return done.stdout.strip() if done.returncode == 0 else outcome_of(done.stderr)

    return libpq_outcomes(d, login)


def with_psycopg2(d: Doors, root: pathlib.Path) -> Outcomes:
    psycopg2 = pytest.importorskip("psycopg2")

    def login(user: str, password: str | None, **options: str) -> str:
        try:
            c = psycopg2.connect(user=user, password=password, dbname="mem0", port=d.port, **options)
        except psycopg2.OperationalError as e:
            return outcome_of(str(e))
        with c.cursor() as cursor:
            cursor.execute("SELECT current_user")
            name = cursor.fetchone()[0]
        c.close()
        return name

    return libpq_outcomes(d, login)


def with_psycopg(d: Doors, root: pathlib.Path) -> Outcomes:
    psycopg = pytest.importorskip("psycopg")

    def login(user: str, password: str | None, **options: str) -> str:
        try:
            with psycopg.connect(user=user, password=password, dbname="mem0", port=d.port, **options) as c:
                return c.execute("SELECT current_user").fetchone()[0]
        except psycopg.OperationalError as e:
            return outcome_of(str(e))

    return libpq_outcomes(d, login)


def with_asyncpg(d: Doors, root: pathlib.Path) -> Outcomes:
    asyncpg = pytest.importorskip("asyncpg")
    context = ssl.create_default_context(cafile=str(d.root))
    with_certificate = ssl.create_default_context(cafile=str(d.root))
    with_certificate.load_cert_chain(d.certificate, d.key)

    async def connect(**options: object) -> str:
        try:
            c = await asyncpg.connect(port=d.port, database="mem0", timeout=30, **options)
        except asyncpg.InvalidAuthorizationSpecificationError as e:
            return outcome_of(str(e))
        except Exception:  # noqa: BLE001: of its own kind when it cannot do what it is asked to
            return FAILED
        try:
            return await c.fetchval("SELECT current_user")
        finally:
            await c.close()

    def login(user: str, **options: object) -> str:
        return asyncio.run(connect(user=user, **options))

    return {
        "scram-sha-256": login("app", password=PASSWORDS["app"], host="localhost", ssl=context),
        "scram-sha-256-plus": login("bound", password=BOUND, host="localhost", ssl=context),
        "cert": login("cert", host="localhost", ssl=with_certificate),
        "peer": login(getpass.getuser(), host=d.folder),
        "trust": login("trusted", host="127.0.0.1", ssl=False),
        "reject": login("banned", host="127.0.0.1", ssl=False),
    }


NODE = """
const { Client } = require('pg');
(async () => {
    for (const options of JSON.parse(process.argv[1])) {
        const client = new Client({ database: 'mem0', ...options });
        client.on('error', () => {});
        try {
            await client.connect();
            console.log((await client.query('SELECT current_user AS who')).rows[0].who);
            await client.end();
        } catch (e) {
            console.log(e.code === '28000' ? 'rejected' : 'failed');
        }
    }
})();
"""


def with_node(d: Doors, root: pathlib.Path) -> Outcomes:
    modules = root / "build/node/node_modules"
    if not shutil.which("node") or not (modules / "pg").is_dir():
        pytest.skip("node-postgres is not installed")
    tls = {"host": "localhost", "ssl": {"ca": d.root.read_text()}}
    own = {"cert": d.certificate.read_text(), "key": d.key.read_text()}
    app = {"user": "app", "password": PASSWORDS["app"]}
    asked = {
        "scram-sha-256": {**app, **tls},
        "channel binding": {**app, **tls, "enableChannelBinding": True},
        "scram-sha-256-plus": {"user": "bound", "password": BOUND, **tls, "enableChannelBinding": True},
        "cert": {"user": "cert", "host": "localhost", "ssl": {**tls["ssl"], **own}},
        "peer": {"user": getpass.getuser(), "host": d.folder},
        "trust": {"user": "trusted", "host": "127.0.0.1"},
        "reject": {"user": "banned", "host": "127.0.0.1"},
    }
    options = [{"port": d.port, **one} for one in asked.values()]
    done = subprocess.run(
        ["node", "-e", NODE, json.dumps(options)],
        capture_output=True,
        text=True,
        env={**os.environ, "NODE_PATH": str(modules)},
        timeout=100,
    )
    return dict(zip(asked, done.stdout.split(), strict=True))


def with_pgjdbc(d: Doors, root: pathlib.Path) -> Outcomes:
    jar = pathlib.Path("/usr/share/java/postgresql.jar")
    if not shutil.which("java") or not jar.exists():
        pytest.skip("no Java, or no libpostgresql-jdbc-java")
    # The form in which it reads keys.
    key = d.key.with_suffix(".pk8")
    subprocess.run(
        ["openssl", "pkcs8", "-topk8", "-outform", "DER", "-nocrypt", "-in", d.key, "-out", key], check=True
    )
    full = f"jdbc:postgresql://localhost:{d.port}/mem0?sslmode=verify-full&sslrootcert={d.root}"
    plain = f"jdbc:postgresql://127.0.0.1:{d.port}/mem0?sslmode=disable"
    asked = {
        "scram-sha-256": (full, "app", PASSWORDS["app"]),
        "scram-sha-256-plus": (full, "bound", BOUND),
        "cert": (f"{full}&sslcert={d.certificate}&sslkey={key}", "cert", ""),
        "trust": (plain, "trusted", ""),
        "reject": (plain, "banned", ""),
    }
    command = ["java", "-cp", str(jar), str(root / "tests/security/Login.java")]
    command += [word for login in asked.values() for word in login]
    said = subprocess.run(command, capture_output=True, text=True, timeout=110).stdout.splitlines()
    told = {"error 28000": REJECTED}
    return {
        method: told.get(line, FAILED if line.startswith("error") else line)
        for method, line in zip(asked, said, strict=True)
    }


DRIVERS = {
    "psql": with_psql,
    "psycopg2": with_psycopg2,
    "psycopg 3": with_psycopg,
    "asyncpg": with_asyncpg,
    "node-postgres": with_node,
    "pgjdbc": with_pgjdbc,
}
ALLOWED = {
    "scram-sha-256": "app",
    "channel binding": "app",
    "scram-sha-256-plus": "bound",
    "cert": "cert",
    "peer": getpass.getuser(),
    "trust": "trusted",
    "reject": REJECTED,
}


def column_of_the_readme(root: pathlib.Path, driver: str) -> dict[str, bool]:
    lines = [line for line in (root / "README.md").read_text().splitlines() if line.startswith("|")]
    first = next(i for i, line in enumerate(lines) if line.startswith("| method | psql |"))
    names = [name.strip() for name in lines[first].strip("|").split("|")]
    column = {}
    for line in lines[first + 2 : first + 2 + len(ALLOWED)]:
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        method = "channel binding" if "channel binding" in cells[0] else cells[0].split("`")[1]
        assert cells[names.index(driver)] in ("yes", "no")
        column[method] = cells[names.index(driver)] == "yes"
    return column


@pytest.mark.parametrize("driver", DRIVERS)
def test_the_readme_tells_which_methods_work(driver: str, doors: Doors, root: pathlib.Path) -> None:
    found = DRIVERS[driver](doors, root)
    works = {method: found.get(method) == outcome for method, outcome in ALLOWED.items()}
    assert works == column_of_the_readme(root, driver), found
