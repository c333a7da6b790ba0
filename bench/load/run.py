"""Measures the contenders under the loads, interleaved, and writes bench/results/DATE.json as it goes.

A run that was stopped goes on where it was: what the file has already is not measured again.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime
import json
import os
import pathlib
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator

ROOT = pathlib.Path(__file__).parents[2]
sys.path.append(str(ROOT / "tests/fault"))

import connections  # noqa: E402
import contenders  # noqa: E402
import disk  # noqa: E402
import forwarding  # noqa: E402
import in_process  # noqa: E402
import loads  # noqa: E402
import pgbench  # noqa: E402
import plan  # noqa: E402
import python_load  # noqa: E402
import report  # noqa: E402

SLOW_US = 2000


def words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",")]


def arguments() -> argparse.Namespace:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--quick", action="store_true", help="the most telling part, five times, in half an hour")
    p.add_argument("--loads", type=words, help="only these, of " + ",".join(loads.LOADS))
    p.add_argument("--clients", type=words, help="only these numbers of clients")
    p.add_argument("--contenders", type=words, help="only these, by their names in the tables")
    p.add_argument("--disks", type=words, help="fast, or slow: every fsync takes 2 ms longer")
    p.add_argument("--repetitions", type=int, default=5)
    p.add_argument("--seconds", type=float, help="of one measurement; 1.5 with --quick, else 5")
    p.add_argument("--output", type=pathlib.Path, default=ROOT / f"bench/results/{datetime.date.today()}.json")
    p.add_argument("--forecast", action="store_true", help="say how long it would take, and measure nothing")
    options = p.parse_args()
    options.seconds = options.seconds or (1.5 if options.quick else 5.0)
    return options


def chosen(options: argparse.Namespace) -> list[plan.Cell]:
    found = plan.QUICK if options.quick else plan.FULL
    for field in ("load", "clients", "contender", "disk"):
        wanted = getattr(options, field if field == "clients" else field + "s")
        if wanted is not None:
            found = [cell for cell in found if str(getattr(cell, field)) in wanted]
    if not found:
        sys.exit("nothing of the plan is left: see bench/load/plan.py for what it has")
    return found


def machine() -> dict[str, object]:
    lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
    processor = next((line.split(": ")[1] for line in lines if line.startswith("model name")), "?")
    cores = len(os.sched_getaffinity(0))
    return {"processor": processor.strip(), "cores": cores, "kernel": platform.release()}


class Results:
    """The file, one entry a measurement."""

    def __init__(self, path: pathlib.Path, seconds: float):
        self.path = path
        empty: dict = {"machine": machine(), "seconds": seconds, "missing": {}, "measured": []}
        self.data = json.loads(path.read_text()) if path.exists() else empty
        self.data["missing"] |= plan.MISSING

    def has(self, cell: plan.Cell, repetition: int) -> bool:
        key = cell._asdict() | {"repetition": repetition}
        return any(all(m[k] == v for k, v in key.items()) for m in self.data["measured"])

    def add(self, cell: plan.Cell, repetition: int, figures: dict[str, float]) -> None:
        self.data["measured"].append(cell._asdict() | {"repetition": repetition} | figures)
        self.data["missing"].pop(self.name_of(cell, repetition), None)
        self.save()

    def miss(self, name: str, why: str) -> None:
        self.data["missing"][name] = why
        self.save()

    def fail(self, cell: plan.Cell, repetition: int, why: Exception) -> None:
        name = self.name_of(cell, repetition)
        self.miss(name, str(why)[-300:])
        print(f"failed: {name}: {why}", flush=True)

    @staticmethod
    def name_of(cell: plan.Cell, repetition: int) -> str:
        return f"{cell.contender}, load {cell.load}, {cell.clients} clients, {cell.disk}, repetition {repetition + 1}"

    def save(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_text(json.dumps(self.data, indent=1) + "\n")


def faulty_disk(folder: pathlib.Path) -> disk.FaultyDisk:
    made = disk.FaultyDisk(folder)
    (folder / "orders").chmod(0o666)  # PostgreSQL runs as somebody else.
    return made


def read_through(folder: pathlib.Path) -> None:
    """So that it is in memory, for all contenders alike: a virtual machine may give back (DAMON) within minutes what
    nobody reads, and then the first to be measured would be measured on its disk."""
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb", buffering=0) as file:
                while file.read(1 << 20):
                    pass


class Folders:
    """Folders for contenders to start on; those with rows are made once, and copied for loads that write."""

    def __init__(self, work: pathlib.Path):
        self.work = work
        self.made: dict[tuple[type[contenders.Contender], int], pathlib.Path] = {}

    def fresh(self) -> pathlib.Path:
        folder = pathlib.Path(tempfile.mkdtemp(dir=self.work))
        folder.chmod(0o755)
        return folder

    def source(self, kind: type[contenders.Contender], load: loads.Load) -> pathlib.Path | None:
        postgres = issubclass(kind, contenders.Postgres)
        key = (contenders.Postgres if postgres else kind, load.rows)
        if not load.rows and not postgres:
            return None
        if key not in self.made:
            folder = self.fresh()
            print(f"  {key[0].name}: " + (f"loading {load.rows:,} rows" if load.rows else "initdb"), flush=True)
            contender = key[0](folder, faulty_disk(folder).environment, ROOT)
            if load.rows and isinstance(contender, in_process.Mem0):
                contender.fill(load.rows)
            else:
                try:
                    contender.start()
                    if load.rows:
                        pgbench.prepare(contender, load)
                finally:
                    contender.stop()
            self.made[key] = folder
        return self.made[key]

    @contextlib.contextmanager
    def folder(self, kind: type[contenders.Contender], load: loads.Load) -> Iterator[pathlib.Path]:
        source = self.source(kind, load)
        if source and load.rows and not load.writes:
            read_through(source)
            yield source
            return
        folder = self.fresh()
        try:
            if source:
                subprocess.run(["cp", "-a", "--reflink=auto", f"{source}/.", str(folder)], check=True)
                os.sync()  # Else it is written while something is measured.
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


Measure = Callable[[plan.Cell, float, Callable[[], int]], dict[str, float]]


@contextlib.contextmanager
def measuring(contender: contenders.Contender, load: loads.Load) -> Iterator[Measure]:
    """The contender has been started and has its rows; yields what measures one cell."""
    if load.kind == "python" or isinstance(contender, in_process.Mem0):
        client = python_load.Client(contender)
        try:
            yield lambda cell, seconds, syncs: python_load.run(
                client,
                1 if load.processes else cell.clients,
                cell.clients if load.processes else 1,
                seconds,
                load.rows // 10,
                syncs,
            )
        finally:
            client.close()
    elif isinstance(contender, in_process.Ceiling):
        yield lambda cell, seconds, syncs: contender.measure(cell.clients, seconds, syncs)
    elif load.kind == "idle":
        yield lambda cell, seconds, syncs: connections.run(contender, cell.clients)
    else:
        if not load.rows and load.schema:
            pgbench.prepare(contender, load)
        if isinstance(contender, forwarding.Forwarding):
            contender.wait_until_forwarded()
            contender.disturb()
        if load.kind == "drain":
            yield lambda cell, seconds, syncs: pgbench.drain(contender, load, cell.clients)
        else:
            yield lambda cell, seconds, syncs: pgbench.run(contender, load, cell.clients, seconds, syncs)


def line(cell: plan.Cell, repetition: int, figures: dict[str, float]) -> str:
    shown = {
        "tps": "{:.0f}/s",
        "p50_ms": "p50 {:.2f}",
        "p99_ms": "p99 {:.2f} ms",
        "fsyncs_per_commit": "{:.3f} fsyncs",
        "kib_per_connection": "{:.1f} KiB a connection",
        "forwarded_per_s": "{:.0f}/s forwarded",
        "outbox_rows": "{:.0f} in the outbox",
        "locked": "{:.0f} locked",
        "lost": "{:.0f} lost",
    }
    text = "  ".join(form.format(figures[name]) for name, form in shown.items() if name in figures)
    return f"{repetition + 1} {cell.load:>5} {cell.contender:<29} {cell.clients:>5} {cell.disk}: {text}"


def measure_on(
    kind: type[contenders.Contender],
    todo: list[plan.Cell],
    seconds: float,
    results: Results,
    repetition: int,
    folders: Folders,
) -> None:
    """One repetition of a load on a contender of its own, for each number of clients and disk."""
    load = loads.LOADS[todo[0].load]
    seconds *= plan.MEM0_READS_TIMES if kind is in_process.Mem0 and load.rows else load.times_seconds
    try:
        with folders.folder(kind, load) as folder:
            device = faulty_disk(folder)
            contender = kind(folder, device.environment, ROOT)
            try:
                contender.start()
                with measuring(contender, load) as measure:
                    for cell in todo:
                        device.set(disk.SYNC_DELAY, SLOW_US if cell.disk == "slow" else 0)
                        try:
                            figures = measure(cell, seconds, lambda: device.get(disk.SYNCS))
                        except RuntimeError as failure:
                            results.fail(cell, repetition, failure)
                        else:
                            results.add(cell, repetition, figures)
                            print(line(cell, repetition, figures), flush=True)
                        device.set(disk.SYNC_DELAY, 0)
            finally:
                device.set(disk.SYNC_DELAY, 0)
                contender.stop()
    except contenders.Missing as why:
        results.miss(kind.name, str(why).splitlines()[0])
        print(f"missing: {why}", flush=True)
    except (RuntimeError, OSError, subprocess.SubprocessError) as failure:
        results.fail(todo[0], repetition, failure)


def in_turns(cells: list[plan.Cell]) -> list[list[plan.Cell]]:
    """Cells of one load and contender together; the contenders take turns load by load."""
    groups: dict[tuple[int, int], list[plan.Cell]] = {}
    order, kinds = list(loads.LOADS), list(plan.KINDS)
    for cell in cells:
        groups.setdefault((order.index(cell.load), kinds.index(cell.contender)), []).append(cell)
    return [groups[at] for at in sorted(groups)]


def main() -> None:
    options = arguments()
    cells, began = chosen(options), time.monotonic()
    results = Results(options.output, options.seconds)
    left = [(c, r) for r in range(options.repetitions) for c in cells if not results.has(c, r)]
    forecast = plan.forecast_seconds(left, options.seconds)
    print(f"{len(left)} measurements, about {forecast / 60:.0f} minutes; {options.output}", flush=True)
    if options.forecast:
        return
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # So that what was started is ended.
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        pathlib.Path(name).chmod(0o755)
        folders = Folders(pathlib.Path(name))
        for repetition in range(options.repetitions):
            for group in in_turns([cell for cell, r in left if r == repetition]):
                if group[0].contender not in results.data["missing"]:
                    measure_on(plan.KINDS[group[0].contender], group, options.seconds, results, repetition, folders)
            print(f"repetition {repetition + 1} done after {(time.monotonic() - began) / 60:.1f} minutes", flush=True)
    report.write(options.output)


if __name__ == "__main__":
    main()
