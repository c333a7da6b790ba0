"""What processes cost: CPU time and memory, from /proc."""

from __future__ import annotations

import os
import pathlib
import re

TICKS = os.sysconf("SC_CLK_TCK")


def stat_fields(process: int) -> list[str]:
    """Those after the name; [] when the process has ended."""
    try:
        return pathlib.Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return []


def tree(roots: list[int]) -> list[int]:
    """The processes and all below them."""
    children: dict[int, list[int]] = {}
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit() and (fields := stat_fields(int(entry.name))):
            children.setdefault(int(fields[1]), []).append(int(entry.name))
    found, waiting = [], list(roots)
    while waiting:
        at = waiting.pop()
        found.append(at)
        waiting += children.get(at, [])
    return found


def cpu_seconds(processes: list[int]) -> float:
    """Their own and their ended children's, user and system."""
    return sum(sum(map(int, stat_fields(p)[11:15])) for p in processes) / TICKS


def memory_bytes(processes: list[int]) -> int:
    """Proportional set size: shared pages are counted once among those that share them."""
    total = 0
    for process in processes:
        try:
            text = pathlib.Path(f"/proc/{process}/smaps_rollup").read_text()
        except OSError:
            continue
        total += int(re.search(r"^Pss:\s+(\d+)", text, re.MULTILINE)[1]) * 1024
    return total
