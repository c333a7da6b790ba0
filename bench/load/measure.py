"""One measurement: a load against a running contender, and what it cost the server."""

from __future__ import annotations

import array
import os
import pathlib
import re
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import contenders
import loads
import psycopg2

PGBENCH = str(contenders.POSTGRES_BIN / "pgbench")
TICKS = os.sysconf("SC_CLK_TCK")
WARM_UP_SECONDS = 1


def tree(root: int) -> list[int]:
    """The process and all below it."""
    parents: dict[int, list[int]] = {}
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue
            parents.setdefault(int(fields[1]), []).append(int(entry.name))
    found, waiting = [], [root]
    while waiting:
        at = waiting.pop()
        found.append(at)
        waiting += parents.get(at, [])
    return found


def cpu_seconds(processes: list[int]) -> float:
    total = 0
    for process in processes:
        try:
            fields = pathlib.Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        total += sum(map(int, fields[11:15]))  # its own and its ended children's, user and system
    return total / TICKS


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


def prepare(contender: contenders.Contender, load: loads.Load) -> dict[str, str]:
    """Schema and rows. Returns pgbench's variables."""
    for statement in load.schema.split(";"):
        contender.psql(statement)
    if not load.rows:
        return {}
    memories = load.rows // 10
    copy = f"COPY history ({loads.COLUMNS}) FROM STDIN"
    command = ["psql", "-qX", *contender.options(), contender.database, "-c", copy]
    with subprocess.Popen(command, stdin=subprocess.PIPE, text=True) as psql:
        for n in range(load.rows):
            psql.stdin.write(loads.history_row(n, memories))
        psql.stdin.close()
        if psql.wait() != 0:
            raise RuntimeError(f"COPY into {contender.name} failed")
    contender.psql("ANALYZE")
    return {"memories": str(memories)}


@contextmanager
def disturbance(contender: contenders.Contender, wanted: bool) -> Iterator[None]:
    """One client idle in a transaction that has written, another that scans the table."""
    if not wanted:
        yield
        return
    idler = psycopg2.connect(contender.url())
    with idler.cursor() as cursor:
        cursor.execute("INSERT INTO history (id) VALUES ('idler')")
    ended = threading.Event()

    def scan() -> None:
        scanner = psycopg2.connect(contender.url())
        scanner.autocommit = True
        with scanner.cursor() as c:
            while not ended.is_set():
                c.execute("SELECT count(*) FROM history WHERE new_memory LIKE '%nowhere%'")
        scanner.close()

    scanning = threading.Thread(target=scan)
    scanning.start()
    try:
        yield
    finally:
        ended.set()
        scanning.join()
        idler.rollback()
        idler.close()


def latencies_us(folder: pathlib.Path) -> array.array[int]:
    """Of all transactions, sorted; pgbench logs: client, number, microseconds, script, epoch, us."""
    found = array.array("Q")
    for log in folder.glob("log.*"):
        with log.open() as lines:
            found.extend(int(line.split(" ", 3)[2]) for line in lines if " skipped " not in line)
    return array.array("Q", sorted(found))


def pgbench(
    contender: contenders.Contender, load: loads.Load, clients: int, seconds: int, variables: dict[str, str], log: bool
) -> tuple[str, array.array[int]]:
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        mode = load.mode if contender.named_statements or load.mode == "simple" else "extended"
        command = [PGBENCH, "-n", "-M", mode, "-c", str(clients), "-j", str(min(2, clients))]
        command += ["-T", str(seconds), *contender.options()]
        for i, (script, weight) in enumerate(load.scripts):
            path = folder / f"{i}.sql"
            path.write_text(script)
            command += ["-f", f"{path}@{weight}"]
        for key, value in variables.items():
            command += ["-D", f"{key}={value}"]
        if log:
            command += ["-l", "--log-prefix", str(folder / "log")]
        done = subprocess.run([*command, contender.database], capture_output=True, text=True)
        if done.returncode != 0 or re.search(r"number of failed transactions: [^0]", done.stdout):
            raise RuntimeError(f"pgbench against {contender.name}: {done.stdout}{done.stderr}")
        return done.stdout, latencies_us(folder)


def run(
    contender: contenders.Contender,
    load: loads.Load,
    clients: int,
    seconds: int,
    variables: dict[str, str],
    syncs: object,
) -> dict[str, float]:
    """Transactions a second, latency in milliseconds, fsyncs a commit, CPU seconds and memory of the server."""
    with disturbance(contender, load.disturbed):
        pgbench(contender, load, clients, WARM_UP_SECONDS, variables, log=False)
        processes = [p for spawned in contender.processes for p in tree(spawned.pid)]
        cpu_before, syncs_before, began = cpu_seconds(processes), syncs(), time.monotonic()
        output, latency = pgbench(contender, load, clients, seconds, variables, log=True)
        elapsed = time.monotonic() - began
        after = [p for spawned in contender.processes for p in tree(spawned.pid)]
    count = len(latency)
    at = lambda q: latency[min(count - 1, int(q * count))] / 1000  # noqa: E731
    return {
        "tps": float(re.search(r"tps = ([\d.]+)", output)[1]),
        "p50_ms": at(0.5),
        "p99_ms": at(0.99),
        "p999_ms": at(0.999),
        "fsyncs_per_commit": (syncs() - syncs_before) / count if load.writes else 0.0,
        "cpu_s_per_1000": (cpu_seconds(after) - cpu_before) / count * 1000,
        "memory_mb": memory_bytes(after) / 1e6,
        "seconds": elapsed,
    }
