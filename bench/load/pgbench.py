"""Loads whose client is pgbench, and the rows they begin with."""

from __future__ import annotations

import array
import contextlib
import pathlib
import re
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator

import contenders
import forwarding
import loads
import processes
import psycopg2

PGBENCH = str(contenders.POSTGRES_BIN / "pgbench")
WARM_UP_SECONDS = 0.4
CONNECT_SECONDS_MAX = 20.0
# pgbench's log of transactions is not to share the disk with what is measured.
LOGS = "/dev/shm" if pathlib.Path("/dev/shm").is_dir() else None


def prepare(contender: contenders.Contender, load: loads.Load) -> None:
    """Schema and rows."""
    for statement in load.schema.split(";"):
        contender.psql(statement)
    if load.rows:
        copy = f"COPY history ({loads.COLUMNS}) FROM STDIN"
        command = ["psql", "-qX", *contender.options(), contender.database, "-c", copy]
        with subprocess.Popen(command, stdin=subprocess.PIPE, text=True) as psql:
            for n in range(load.rows):
                psql.stdin.write(loads.history_row(n, load.rows // 10))
            psql.stdin.close()
            if psql.wait() != 0:
                raise RuntimeError(f"COPY into {contender.name} failed")
        contender.psql("ANALYZE")


@contextlib.contextmanager
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


class Outlook:
    """Reads how far forwarding is while the clients write; nothing for a contender that does not forward."""

    def __init__(self, contender: contenders.Contender):
        self.outbox = forwarding.Outbox(contender.url()) if isinstance(contender, forwarding.Forwarding) else None

    def look(self) -> dict[str, int]:
        return self.outbox.figures() if self.outbox else {}

    def figures(self, before: dict[str, int], after: dict[str, int], seconds: float) -> dict[str, float]:
        if self.outbox is None:
            return {}
        self.outbox.connection.close()
        return {
            "forwarded_per_s": (after["applied_seq"] - before["applied_seq"]) / seconds,
            "outbox_rows": float(after["rows"]),
            "outbox_growth_per_s": (after["rows"] - before["rows"]) / seconds,
        }


def command(contender: contenders.Contender, load: loads.Load, clients: int, folder: pathlib.Path) -> list[str]:
    mode = load.mode if contender.named_statements or load.mode == "simple" else "extended"
    words = [PGBENCH, "-n", "-M", mode, "-c", str(clients), "-j", str(min(2, clients)), *contender.options()]
    for i, (script, weight) in enumerate(load.scripts):
        path = folder / f"{i}.sql"
        path.write_text(script)
        words += ["-f", f"{path}@{weight}"]
    words += ["-D", f"memories={load.rows // 10}"] if load.rows else []
    return words + (["-C"] if load.reconnect else [])


def checked(contender: contenders.Contender, bench: subprocess.Popen[str]) -> None:
    output, errors = bench.communicate()
    if bench.returncode != 0 or re.search(r"number of failed transactions: [^0]", output):
        raise RuntimeError(f"pgbench against {contender.name}: {output}{errors}")


def latencies_us(folder: pathlib.Path, began: float, ended: float) -> array.array[int]:
    """Of the transactions that ended between the two moments, sorted.

    pgbench logs: client, number, microseconds, script, the moment it ended as seconds and microseconds."""
    found = array.array("Q")
    for log in folder.glob("log.*"):
        with log.open() as lines:
            for line in lines:
                fields = line.split(" ")
                if began < int(fields[4]) + int(fields[5]) / 1e6 <= ended:
                    found.append(int(fields[2]))
    return array.array("Q", sorted(found))


def run(
    contender: contenders.Contender, load: loads.Load, clients: int, seconds: float, syncs: Callable[[], int]
) -> dict[str, float]:
    """Transactions a second, latency in milliseconds, fsyncs a commit, CPU seconds and memory of the server."""
    outlook = Outlook(contender)
    roots = [p.pid for p in contender.processes]
    with disturbance(contender, load.disturbed), tempfile.TemporaryDirectory(dir=LOGS) as name:
        folder = pathlib.Path(name)
        words = command(contender, load, clients, folder)
        words += ["-T", str(int(seconds) + 60), "-l", "--log-prefix", str(folder / "log"), contender.database]
        bench = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        deadline = time.monotonic() + CONNECT_SECONDS_MAX
        # The first lines are in the log when all are connected and at work.
        while bench.poll() is None and time.monotonic() < deadline and not any(
            log.stat().st_size for log in folder.glob("log.*")
        ):
            time.sleep(0.01)
        time.sleep(WARM_UP_SECONDS)
        running = processes.tree(roots)
        cpu_before, syncs_before, outbox_before = processes.cpu_seconds(running), syncs(), outlook.look()
        began = time.time()
        time.sleep(seconds)
        ended, syncs_after, outbox_after = time.time(), syncs(), outlook.look()
        running = processes.tree(roots)
        cpu, memory = processes.cpu_seconds(running) - cpu_before, processes.memory_bytes(running)
        if bench.poll() is None:
            bench.send_signal(signal.SIGALRM)  # The signal that -T ends with.
        checked(contender, bench)
        latency = latencies_us(folder, began, ended)
    count = len(latency)
    if count == 0:
        raise RuntimeError(f"{contender.name} completed nothing in {seconds} s")
    at = lambda q: latency[min(count - 1, int(q * count))] / 1000  # noqa: E731
    return {
        "tps": count / (ended - began),
        "p50_ms": at(0.5),
        "p99_ms": at(0.99),
        "p999_ms": at(0.999),
        "fsyncs_per_commit": (syncs_after - syncs_before) / count if load.writes else 0.0,
        "cpu_s_per_1000": cpu / count * 1000,
        "memory_mb": memory / 1e6,
        **outlook.figures(outbox_before, outbox_after, ended - began),
    }


def insert(contender: contenders.Contender, load: loads.Load, clients: int, rows: int) -> float:
    """`rows` transactions of the load. Returns: the seconds they took."""
    with tempfile.TemporaryDirectory(dir=LOGS) as name:
        words = command(contender, load, clients, pathlib.Path(name))
        words += ["-t", str(rows // clients), contender.database]
        began = time.monotonic()
        checked(contender, subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True))
        return time.monotonic() - began


def drain(contender: contenders.Contender, load: loads.Load, clients: int) -> dict[str, float]:
    """Rows a second into PostgreSQL: what was queued while it was away, or what clients write to it directly."""
    rows = loads.DRAINED_ROWS // clients * clients
    if not isinstance(contender, forwarding.Forwarding):
        seconds = insert(contender, load, clients, rows)
    else:
        contender.stop_backend()
        insert(contender, load, 4 * clients, rows)
        with forwarding.Outbox(contender.url()) as outbox:
            rows = outbox.figures()["rows"]
        contender.start_backend()
        began = time.monotonic()
        contender.wait_until_forwarded()
        seconds = time.monotonic() - began
    return {"tps": rows / seconds, "rows": float(rows), "drain_s": seconds}
