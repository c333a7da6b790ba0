"""The test's side of faulty_disk.c."""

from __future__ import annotations

import mmap
import pathlib
import struct
import subprocess

SYNCS, SYNC_DELAY, SYNC_ERROR, WRITE_ERROR, FULL = range(5)


class FaultyDisk:
    """Counts a daemon's fsyncs; makes them slow, or makes them or its writes fail."""

    def __init__(self, folder: pathlib.Path):
        library, orders = folder / "faulty_disk.so", folder / "orders"
        source = pathlib.Path(__file__).with_name("faulty_disk.c")
        subprocess.run(["gcc", "-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"], check=True)
        orders.write_bytes(bytes(4096))
        with orders.open("r+b") as f:
            self.memory = mmap.mmap(f.fileno(), 4096)
        self.environment = {"LD_PRELOAD": str(library), "FAULTY_DISK": str(orders)}

    def get(self, field: int) -> int:
        return struct.unpack_from("q", self.memory, 8 * field)[0]

    def set(self, field: int, value: int) -> None:
        struct.pack_into("q", self.memory, 8 * field, value)
