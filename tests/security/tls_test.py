"""TLS as drivers ask for it, and as attackers would like it."""

from __future__ import annotations

import asyncio
import json
import os
import pathlib
import select
import shutil
import signal
import socket
import ssl
import struct
import subprocess
import time
import urllib.parse

import certificates
import guarded
import pytest
import wire
from guarded import PASSWORDS, Begin, Guarded

APP = PASSWORDS["app"]
SSL_REQUEST = wire.untyped_frame(struct.pack("!i", wire.SSL_REQUEST))


def context_for(authority: certificates.Authority, **more: object) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(authority.root))
    for name, value in more.items():
        setattr(context, name, value)
    return context


def handshake(daemon: Guarded, context: ssl.SSLContext, direct: bool = False) -> ssl.SSLSocket:
    raw = socket.create_connection(("localhost", daemon.target.port), 15)
    if not direct:
        raw.sendall(SSL_REQUEST)
        assert raw.recv(1) == b"S"
    return context.wrap_socket(raw, server_hostname="localhost")


# verify-full, driver by driver; each also with a root that did not sign the certificate.


@pytest.fixture(scope="module")
def other_root(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    return certificates.Authority(tmp_path_factory.mktemp("other"), "another root").root


def test_psql(secured: Guarded, authority: certificates.Authority, other_root: pathlib.Path) -> None:
    full = {"sslmode": "verify-full", "sslrootcert": authority.root}
    for binding in ("require", "prefer", "disable"):
        done = secured.psql("app", APP, channel_binding=binding, **full)
        assert done.stdout == "app\n", done.stderr
    assert secured.psql("app", "wrong", **full).returncode == 2
    assert "certificate verify failed" in secured.psql(
        "app", APP, sslmode="verify-full", sslrootcert=other_root
    ).stderr
    assert "does not match host name" in secured.psql(
        "app", APP, host="127.0.0.2", hostaddr="127.0.0.1", **full
    ).stderr
    assert "no pg_hba.conf entry" in secured.psql("app", APP, sslmode="disable").stderr


def test_psql_with_a_client_certificate(secured: Guarded, authority: certificates.Authority) -> None:
    full = {"sslmode": "verify-full", "sslrootcert": authority.root}
    for user, name in (("cert", "cert"), ("mapped", "some one")):
        certificate, key = authority.issue(f"client-{user}", name, server=False)
        given = {"sslcert": certificate, "sslkey": key, **full}
        done = secured.psql(user, **given)
        assert done.stdout == f"{user}\n", done.stderr
    assert 'certificate authentication failed for user "cert"' in secured.psql("cert", **given).stderr
    assert "connection requires a valid client certificate" in secured.psql("cert", **full).stderr


def test_a_client_certificate_of_another_root(
    secured: Guarded, authority: certificates.Authority, tmp_path: pathlib.Path
) -> None:
    certificate, key = certificates.Authority(tmp_path / "ca").issue("client", "cert", server=False)
    done = secured.psql(
        "cert", sslmode="verify-full", sslrootcert=authority.root, sslcert=certificate, sslkey=key
    )
    assert done.returncode == 2 and "alert" in done.stderr.lower()


def test_scram_plus_only(
    begin: Begin, tls: dict[str, object], authority: certificates.Authority
) -> None:
    daemon = begin([{"type": "hostssl", "method": "scram-sha-256-plus"}], {"tls": tls})
    full = {"sslmode": "verify-full", "sslrootcert": authority.root}
    assert daemon.psql("app", APP, channel_binding="require", **full).stdout == "app\n"
    assert daemon.psql("app", APP, channel_binding="disable", **full).returncode == 2


def test_psycopg2(secured: Guarded, authority: certificates.Authority, other_root: pathlib.Path) -> None:
    psycopg2 = pytest.importorskip("psycopg2")
    url = secured.url("app", sslmode="verify-full", channel_binding="require")
    with psycopg2.connect(url, password=APP, sslrootcert=str(authority.root)) as c, c.cursor() as cursor:
        cursor.execute("SELECT current_user")
        assert cursor.fetchone() == ("app",)
    with pytest.raises(psycopg2.OperationalError, match="certificate verify failed"):
        psycopg2.connect(url, password=APP, sslrootcert=str(other_root))
    with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
        psycopg2.connect(url, password="wrong", sslrootcert=str(authority.root))


def test_notifications(secured: Guarded, authority: certificates.Authority) -> None:
    """A listener's waiting read is broken off for each of them, and goes on."""
    psycopg2 = pytest.importorskip("psycopg2")
    url = secured.url("app", sslmode="verify-full")
    listener, sender = (psycopg2.connect(url, password=APP, sslrootcert=str(authority.root)) for _ in range(2))
    listener.autocommit = sender.autocommit = True
    with listener.cursor() as asking, sender.cursor() as sending:
        asking.execute("LISTEN secret")
        for n in range(100):
            sending.execute("SELECT pg_notify('secret', %s)", (str(n),))
            while not listener.notifies:
                assert select.select([listener], [], [], 30)[0]
                listener.poll()
            assert listener.notifies.pop().payload == str(n)
        asking.execute("SELECT 1")
        assert asking.fetchone() == (1,)
    listener.close()
    sender.close()


def test_psycopg(secured: Guarded, authority: certificates.Authority, other_root: pathlib.Path) -> None:
    psycopg = pytest.importorskip("psycopg")
    url = secured.url("app", sslmode="verify-full", channel_binding="require")
    with psycopg.connect(url, password=APP, sslrootcert=str(authority.root)) as c:
        assert c.pgconn.ssl_in_use and c.execute("SELECT current_user").fetchone() == ("app",)
    with pytest.raises(psycopg.OperationalError, match="certificate verify failed"):
        psycopg.connect(url, password=APP, sslrootcert=str(other_root))
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(url, password="wrong", sslrootcert=str(authority.root))


@pytest.mark.parametrize("driver", ["Psycopg", "Psycopg2"])
def test_historyd_mem0(
    driver: str, begin: Begin, tls: dict[str, object], authority: certificates.Authority,
    other_root: pathlib.Path, root: pathlib.Path, monkeypatch: pytest.MonkeyPatch,
) -> None:
    """mem0's history store: everything is in the URL."""
    pytest.importorskip(driver.lower())
    monkeypatch.syspath_prepend(root / "conf/mem0/python")
    import historyd_mem0
    from historyd_mem0 import drivers

    monkeypatch.setattr(drivers, "installed", getattr(drivers, driver))
    daemon = begin([{"type": "hostssl", "method": "scram-sha-256"}], {"tls": tls})
    secret = urllib.parse.quote(APP)

    def store(password: str = secret, **options: object) -> historyd_mem0.HistoryStore:
        return historyd_mem0.HistoryStore(daemon.url(f"app:{password}", **options))

    given = {"sslmode": "verify-full", "sslrootcert": authority.root}
    ours = store(**given)
    ours.add_history("m", None, "over TLS", "ADD")
    assert [entry["new_memory"] for entry in ours.get_history("m")] == ["over TLS"]
    ours.close()
    started = time.monotonic()
    for refused, why in (
        ({**given, "sslrootcert": other_root}, "certificate verify failed"),
        ({**given, "sslrootcert": "/no/such.pem"}, "does not exist"),
        ({**given, "password": "wrong"}, "password authentication failed"),
        ({"sslmode": "disable"}, "no pg_hba.conf entry"),
    ):
        with pytest.raises(historyd_mem0.HistoryError, match=why) as raised:
            store(**refused)
        assert secret not in str(raised.value)
    assert time.monotonic() - started < 25, "what cannot pass is not tried again"


def test_psycopg_without_ssl_request(secured: Guarded, authority: certificates.Authority) -> None:
    psycopg = pytest.importorskip("psycopg")
    if psycopg.pq.version() < 170000:
        pytest.skip("sslnegotiation came with libpq 17")
    url = secured.url("app", sslmode="verify-full", sslnegotiation="direct", channel_binding="require")
    with psycopg.connect(url, password=APP, sslrootcert=str(authority.root)) as c:
        assert c.execute("SELECT current_user").fetchone() == ("app",)


def test_asyncpg(secured: Guarded, authority: certificates.Authority, other_root: pathlib.Path) -> None:
    asyncpg = pytest.importorskip("asyncpg")

    async def user(root: pathlib.Path, password: str, direct: bool = False) -> str:
        c = await asyncpg.connect(
            host="localhost",
            port=secured.target.port,
            user="app",
            database="mem0",
            password=password,
            ssl=ssl.create_default_context(cafile=str(root)),
            direct_tls=direct,
        )
        try:
            return await c.fetchval("SELECT current_user")
        finally:
            await c.close()

    assert asyncio.run(user(authority.root, APP)) == "app"
    with pytest.raises(ssl.SSLCertVerificationError):
        asyncio.run(user(other_root, APP))
    with pytest.raises(asyncpg.InvalidPasswordError):
        asyncio.run(user(authority.root, "wrong"))


NODE = """
const { Client } = require('pg');
const fs = require('fs');
const o = JSON.parse(process.argv[1]);
const client = new Client({ host: 'localhost', port: o.port, user: 'app', database: 'mem0',
    password: o.password, ssl: { ca: fs.readFileSync(o.root, 'utf8') },
    enableChannelBinding: o.binding });
client.connect().then(() => client.query('SELECT current_user AS who'))
    .then(r => { console.log(r.rows[0].who); return client.end(); })
    .catch(e => { console.log('error', e.code); process.exit(1); });
"""


def test_node(
    secured: Guarded, authority: certificates.Authority, other_root: pathlib.Path, root: pathlib.Path
) -> None:
    modules = root / "build/node/node_modules"
    if not shutil.which("node") or not (modules / "pg").is_dir():
        pytest.skip("node-postgres is not installed")

    def run(ca: pathlib.Path, password: str, binding: bool) -> str:
        options = {
            "port": secured.target.port,
            "password": password,
            "root": str(ca),
            "binding": binding,
        }
        done = subprocess.run(
            ["node", "-e", NODE, json.dumps(options)],
            capture_output=True,
            text=True,
            env={**os.environ, "NODE_PATH": str(modules)},
            timeout=60,
        )
        return done.stdout.strip() or done.stderr

    assert run(authority.root, APP, False) == "app"
    assert run(authority.root, APP, True) == "app"
    assert run(authority.root, "wrong", True) == "error 28P01"
    assert "error" in run(other_root, APP, False)


def test_pgjdbc(
    secured: Guarded, authority: certificates.Authority, other_root: pathlib.Path, root: pathlib.Path
) -> None:
    jar = pathlib.Path("/usr/share/java/postgresql.jar")
    if not shutil.which("java") or not jar.exists():
        pytest.skip("no Java, or no libpostgresql-jdbc-java")

    def run(ca: pathlib.Path, password: str) -> str:
        url = f"jdbc:postgresql://localhost:{secured.target.port}/mem0?sslmode=verify-full&sslrootcert={ca}"
        command = ["java", "-cp", str(jar), str(root / "tests/security/Login.java"), url, "app", password]
        return subprocess.run(command, capture_output=True, text=True, timeout=100).stdout.strip()

    assert run(authority.root, APP) == "app"
    assert run(authority.root, "wrong") == "error 28P01"
    assert run(other_root, APP).startswith("error 08")


# The protocol itself.


def test_direct_tls(secured: Guarded, authority: certificates.Authority) -> None:
    context = context_for(authority)
    context.set_alpn_protocols(["postgresql"])
    with handshake(secured, context, direct=True) as s:
        assert s.selected_alpn_protocol() == "postgresql"
        s.sendall(wire.startup(user="app", database="mem0"))
        assert s.recv(100)[:1] == b"R"


def test_direct_tls_without_alpn_is_closed(secured: Guarded, authority: certificates.Authority) -> None:
    with handshake(secured, context_for(authority), direct=True) as s:
        assert guarded.closed(s)


def test_another_protocol_by_alpn_is_refused(secured: Guarded, authority: certificates.Authority) -> None:
    context = context_for(authority)
    context.set_alpn_protocols(["http/1.1"])
    with pytest.raises(ssl.SSLError):
        handshake(secured, context)


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
def test_old_tls_is_refused(secured: Guarded, authority: certificates.Authority) -> None:
    context = context_for(authority)
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    with pytest.raises((ssl.SSLError, OSError)):
        handshake(secured, context)
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        context = context_for(authority)
        context.minimum_version = context.maximum_version = version
        handshake(secured, context).close()


def test_plaintext_behind_ssl_request_is_rejected(secured: Guarded) -> None:
    c = guarded.connect(secured)
    c.send(SSL_REQUEST + wire.startup(user="app", database="mem0"))
    error = wire.error_fields(c.read_message().body)
    assert (error["C"], error["M"]) == ("08P01", "received unencrypted data after SSL request")


def test_gssenc_is_refused_then_tls_goes_on(secured: Guarded, authority: certificates.Authority) -> None:
    raw = socket.create_connection(("localhost", secured.target.port), 15)
    raw.sendall(wire.untyped_frame(struct.pack("!i", wire.GSSENC_REQUEST)))
    assert raw.recv(1) == b"N"
    raw.sendall(SSL_REQUEST)
    assert raw.recv(1) == b"S"
    with context_for(authority).wrap_socket(raw, server_hostname="localhost") as s:
        s.sendall(wire.startup(user="app", database="mem0"))
        assert s.recv(100)[:1] == b"R"


def test_a_handshake_that_never_ends(
    begin: Begin, tls: dict[str, object]
) -> None:
    daemon = begin(
        [{"type": "hostssl", "method": "scram-sha-256"}], {"tls": tls, "network": {"startup_timeout_ms": 300}}
    )
    raw = socket.create_connection(("localhost", daemon.target.port), 15)
    raw.sendall(SSL_REQUEST)
    assert raw.recv(1) == b"S"
    assert guarded.closed(raw)


def read_message(s: ssl.SSLSocket) -> wire.Message:
    def exactly(count: int) -> bytes:
        out = b""
        while len(out) < count:
            more = s.recv(count - len(out))
            assert more, "the server closed the connection"
            out += more
        return out

    head = exactly(5)
    return wire.Message(chr(head[0]), exactly(struct.unpack_from("!i", head, 1)[0] - 4))


def test_cancel_over_tls(secured: Guarded, authority: certificates.Authority) -> None:
    context = context_for(authority)
    certificate, key = authority.issue("client-cancel", "cert", server=False)
    context.load_cert_chain(certificate, key)
    with handshake(secured, context) as s:
        s.sendall(wire.startup(user="cert", database="mem0"))
        secret = b""
        while (message := read_message(s)).type != "Z":
            assert message.type != "E", wire.error_fields(message.body)
            secret = message.body if message.type == "K" else secret
        s.sendall(wire.query("SELECT count(*) FROM generate_series(1, 1000000000000)"))
        # The request may overtake the statement's start: sent until it is heard.
        s.settimeout(0.1)
        kinds = ""
        for _ in range(100):
            with handshake(secured, context) as other:
                other.sendall(wire.untyped_frame(struct.pack("!i", wire.CANCEL_REQUEST) + secret))
                assert guarded.closed(other)
            try:
                kinds = read_message(s).type
                break
            except TimeoutError:
                continue
        s.settimeout(15)
        while kinds != "E":
            kinds = (message := read_message(s)).type
        assert secured.alive()


def test_reload(begin: Begin, tls: dict[str, object], authority: certificates.Authority) -> None:
    folder = authority.folder
    live, live_key = folder / "live.pem", folder / "live.key"

    def install(common_name: str) -> None:
        certificate, key = authority.issue("next", common_name)
        for source, place in ((certificate, live), (key, live_key)):
            shutil.copy2(source, place.with_suffix(".new"))
            place.with_suffix(".new").rename(place)

    def subject(c: ssl.SSLSocket) -> str:
        return dict(pair[0] for pair in c.getpeercert()["subject"])["commonName"]

    install("first")
    daemon = begin(
        [{"type": "hostssl", "method": "scram-sha-256"}],
        {"tls": {"certificate_file": str(live), "key_file": str(live_key)}},
    )
    context = context_for(authority)
    old = handshake(daemon, context)
    assert subject(old) == "first"
    install("second")
    daemon.process.send_signal(signal.SIGHUP)
    deadline = time.monotonic() + 30
    while (now := subject(handshake(daemon, context))) != "second" and time.monotonic() < deadline:
        pass
    assert now == "second"
    # A file that is no certificate changes nothing, and is said.
    live.write_text("nonsense")
    daemon.process.send_signal(signal.SIGHUP)
    while str(live) not in daemon.log.read_text() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert str(live) in daemon.log.read_text()
    assert subject(handshake(daemon, context)) == "second"
    # Who was connected stays so.
    old.sendall(wire.startup(user="app", database="mem0"))
    assert old.recv(100)[:1] == b"R"


def test_large_results_both_ways(secured: Guarded, authority: certificates.Authority) -> None:
    psycopg = pytest.importorskip("psycopg")
    url = secured.url("app", sslmode="verify-full")
    with psycopg.connect(url, password=APP, sslrootcert=str(authority.root)) as c:
        text = "ä" * 3_000_000
        assert c.execute("SELECT %s::text || 'x'", (text,)).fetchone() == (text + "x",)
        rows = c.execute("SELECT n, repeat('y', 1000) FROM generate_series(1, 20000) n").fetchall()
        assert len(rows) == 20000 and rows[-1][0] == 20000
