"""The test's side of faulty_disk.c."""

from __future__ import annotations

import mmap
import os
import pathlib
import shutil
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


class SmallDisk:
    """A file system of its own with little room, which can be taken away and given back. Needs root."""

    def __init__(self, folder: pathlib.Path, mebibytes: int, owner: str | None = None):
        self.folder = folder / "disk"
        self.ballast = self.folder / "ballast"
        self.folder.mkdir()
        mount = ["mount", "-t", "tmpfs", "-o", f"size={mebibytes}m", "tmpfs", str(self.folder)]
        done = subprocess.run(mount, capture_output=True, text=True)
        if done.returncode:
            raise OSError(done.stderr.strip())
        if owner:
            shutil.chown(self.folder, owner, owner)

    def fill(self) -> None:
        with self.ballast.open("ab", buffering=0) as f:
            for size in (1 << 20, 4096):
                try:
                    while f.write(bytes(size)) == size:
                        pass
                except OSError:
                    pass
        assert os.statvfs(self.folder).f_bavail == 0

    def free(self) -> None:
        self.ballast.unlink(missing_ok=True)

    def remove(self) -> None:
        subprocess.run(["umount", "-l", str(self.folder)], check=True)
