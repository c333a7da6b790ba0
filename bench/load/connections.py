"""Load h: many connections that do nothing."""

from __future__ import annotations

import resource
import selectors
import socket
import struct
import time

import contenders
import processes

SPARE_DESCRIPTORS = 200
AT_ONCE = 100
READY = b"Z\x00\x00\x00\x05I"
SELECT = b"Q" + struct.pack("!i", 13) + b"SELECT 1\x00"


def startup(contender: contenders.Contender) -> bytes:
    words = ("user", contender.user, "database", contender.database, "")
    body = struct.pack("!i", 196608) + b"".join(w.encode() + b"\x00" for w in words)
    return struct.pack("!i", len(body) + 4) + body


def exchange(sockets: list[socket.socket], message: bytes) -> None:
    """Sends it to all, waits until each is ready for the next query."""
    with selectors.DefaultSelector() as selector:
        received = dict.fromkeys(sockets, b"")
        for s in sockets:
            s.sendall(message)
            selector.register(s, selectors.EVENT_READ)
        while selector.get_map():
            ready = selector.select(timeout=30)
            if not ready:
                raise RuntimeError("a connection is not answered")
            for key, _ in ready:
                received[key.fileobj] += (data := key.fileobj.recv(65536))
                if not data:
                    raise RuntimeError(f"a connection was ended: {received[key.fileobj]!r}")
                if received[key.fileobj].endswith(READY):
                    selector.unregister(key.fileobj)


def run(contender: contenders.Contender, clients: int) -> dict[str, float]:
    """The server's memory for each connection that has asked once and now idles, and for one that never asked."""
    if resource.getrlimit(resource.RLIMIT_NOFILE)[0] < clients + SPARE_DESCRIPTORS:
        raise RuntimeError(f"{clients} connections need a higher limit of open files (ulimit -Hn)")
    roots = [p.pid for p in contender.processes]
    memory = lambda: processes.memory_bytes(processes.tree(roots))  # noqa: E731
    opened: list[socket.socket] = []

    def connect() -> list[socket.socket]:
        fresh = [socket.create_connection(("127.0.0.1", contender.port)) for _ in range(AT_ONCE)]
        opened.extend(fresh)
        exchange(fresh, startup(contender))
        return fresh

    try:
        exchange(connect(), SELECT)  # What the first ones bring with them is not each one's.
        before, began = memory(), time.monotonic()
        idle = [connect() for _ in range(clients // AT_ONCE)]
        unused, seconds = memory(), time.monotonic() - began
        for fresh in idle:
            exchange(fresh, SELECT)
        used = memory()
        return {
            "kib_per_connection": (used - before) / clients / 1024,
            "kib_before_its_first_query": (unused - before) / clients / 1024,
            "memory_mb": used / 1e6,
            "connected_per_s": clients / seconds,
        }
    finally:
        for s in opened:
            s.close()
