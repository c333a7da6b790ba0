"""PgBouncer between historyd and PostgreSQL, in transaction mode, with SCRAM and TLS: what Supabase has."""

from __future__ import annotations

import os
import pathlib
import shutil
import signal
import socket
import subprocess
import time

import cluster as clusters
import pytest
import servers
import writers
from forwarding_outage_test import create_tables, finish

PGBOUNCER = shutil.which("pgbouncer") or "/usr/sbin/pgbouncer"


class Bouncer:
    def __init__(self, cluster: clusters.Cluster):
        self.cluster, self.port = cluster, servers.free_port()
        self.folder = cluster.folder / "bouncer"
        clusters.as_postgres("mkdir", self.folder)
        clusters.as_postgres(
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"),
            *("-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"),
            *("-keyout", self.folder / "key", "-out", self.folder / "certificate"),
            stderr=subprocess.DEVNULL,
        )
        secret = cluster.rows("SELECT rolpassword FROM pg_authid WHERE rolname = 'owner.ref'")[0][0]
        (self.folder / "users").write_text(f'"owner.ref" "{secret}"\n')
        os.chmod(self.folder / "users", 0o644)
        (self.folder / "ini").write_text(
            f"""[databases]
mem0 = host=127.0.0.1 port={cluster.port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {self.port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = {self.folder}/users
pool_mode = transaction
server_reset_query_always = 1
server_reset_query = DISCARD ALL
default_pool_size = 3
client_tls_sslmode = require
client_tls_key_file = {self.folder}/key
client_tls_cert_file = {self.folder}/certificate
"""
        )
        os.chmod(self.folder / "ini", 0o644)
        self.start()

    def start(self) -> None:
        user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        self.process = subprocess.Popen(
            [*user, PGBOUNCER, "-q", str(self.folder / "ini")],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        deadline = time.monotonic() + 20
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                return
            except OSError:
                assert self.process.poll() is None and time.monotonic() < deadline, "pgbouncer did not start"
                time.sleep(0.02)

    def stop(self) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def url(self, password: str = "pool-secret", **more: str) -> str:
        options = {"sslmode": "verify-full", "sslrootcert": str(self.folder / "certificate"), **more}
        query = "&".join(f"{k}={v}" for k, v in options.items())
        return f"postgresql://owner.ref:{password}@localhost:{self.port}/mem0?{query}"


@pytest.fixture
def bouncer(cluster):
    hba = cluster.data / "pg_hba.conf"
    hba.write_text('host all "owner.ref" 127.0.0.1/32 scram-sha-256\n' + hba.read_text())
    cluster.run("SELECT pg_reload_conf()", "CREATE ROLE \"owner.ref\" LOGIN SUPERUSER PASSWORD 'pool-secret'")
    made = Bouncer(cluster)
    yield made
    made.stop()


@pytest.fixture
def readable(tmp_path: pathlib.Path, bouncer: Bouncer) -> str:
    """The certificate where the daemon may read it."""
    return shutil.copy(bouncer.folder / "certificate", tmp_path / "root.crt")


def test_through_a_pooler_that_is_restarted(forwarding, cluster, bouncer, readable) -> None:
    daemon = forwarding(bouncer.url(sslrootcert=readable))
    create_tables(daemon)
    crowd = writers.Crowd(daemon.target.url())
    for _ in range(3):
        crowd.wait_for(100)
        bouncer.stop()
        crowd.wait_for(50)
        bouncer.start()
    crowd.wait_for(50)
    cluster.restart()  # The pooler's own connections are gone, historyd's is not.
    crowd.wait_for(100)
    finish(crowd, daemon, cluster)


def test_a_wrong_password_and_a_wrong_certificate(forwarding, bouncer, readable, tmp_path) -> None:
    daemon = forwarding(bouncer.url("wrong-secret", sslrootcert=readable))
    daemon.wait_for_log("offline")
    daemon.wait_for_log("authentication failed")
    daemon.stop()
    assert "wrong-secret" not in daemon.log.read_text()
    daemon = forwarding(bouncer.url(sslrootcert=str(tmp_path / "none.crt")))
    daemon.wait_for_log("sslrootcert")
