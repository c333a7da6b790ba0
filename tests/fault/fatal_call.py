"""The test's side of fatal_call.c."""

from __future__ import annotations

import mmap
import pathlib
import struct
import subprocess
from typing import NamedTuple

NONE, WRITE_WAL, SYNC_WAL, WRITE_FILE, SYNC_FILE, SEND, RECEIVE = range(7)
BEFORE, HALFWAY, AFTER = range(3)


class Point(NamedTuple):
    call: int
    when: int


# The crash points of storage/DESIGN.md.
POINTS = {
    "before the WAL is written": Point(WRITE_WAL, BEFORE),
    "WAL partly written": Point(WRITE_WAL, HALFWAY),
    "WAL written, not synced": Point(SYNC_WAL, BEFORE),
    "WAL synced, nobody answered": Point(SYNC_WAL, AFTER),
    "in a checkpoint": Point(WRITE_FILE, HALFWAY),
    "checkpoint written, not synced": Point(SYNC_FILE, BEFORE),
    "checkpoint synced, WAL not reset": Point(SYNC_FILE, AFTER),
    "before a batch is sent": Point(SEND, BEFORE),
    "batch partly sent": Point(SEND, HALFWAY),
    "batch sent": Point(SEND, AFTER),
    "committed, reply not read": Point(RECEIVE, BEFORE),
}


class FatalCall:
    """Ends a daemon, as kill -9 does, at a system call on its file or its backend."""

    def __init__(self, folder: pathlib.Path, backend_port: int):
        library, orders = folder / "fatal_call.so", folder / "fatal_orders"
        source = pathlib.Path(__file__).with_name("fatal_call.c")
        subprocess.run(["gcc", "-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"], check=True)
        orders.write_bytes(bytes(4096))
        with orders.open("r+b") as f:
            self.memory = mmap.mmap(f.fileno(), 4096)
        self.port = backend_port
        self.environment = {"LD_PRELOAD": str(library), "FATAL_CALL": str(orders)}

    def arm(self, point: Point, count: int) -> None:
        """The call is fatal when it is made the `count`th time from now on."""
        self.disarm()
        struct.pack_into("qqq", self.memory, 8, point.when, count, self.port)
        struct.pack_into("q", self.memory, 0, point.call)

    def disarm(self) -> None:
        struct.pack_into("q", self.memory, 0, NONE)
