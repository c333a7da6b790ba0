"""Measures the contenders under the loads, interleaved, and writes bench/results/DATE.json as it goes.

A run that was stopped goes on where it was: what the file has already is not measured again.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import pathlib
import platform
import shutil
import sys
import tempfile

ROOT = pathlib.Path(__file__).parents[2]
sys.path.append(str(ROOT / "tests/fault"))

import contenders  # noqa: E402
import disk  # noqa: E402
import loads  # noqa: E402
import measure  # noqa: E402
import report  # noqa: E402

SLOW_US = 2000


def words(text: str) -> list[str]:
    return text.split(",")


def arguments() -> argparse.Namespace:
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--loads", type=words, default=words("a,b,c,d,e10k,e1m,f,g0,g"), help="of " + ",".join(loads.LOADS))
    p.add_argument("--clients", type=words, default=words("1,2,8,32,128,512"))
    p.add_argument("--contenders", type=words, default=[c.name for c in contenders.ALL])
    p.add_argument("--repetitions", type=int, default=5)
    p.add_argument("--seconds", type=int, default=5)
    p.add_argument("--disks", type=words, default=words("fast,slow"), help="slow: every fsync takes 2 ms longer")
    p.add_argument("--output", type=pathlib.Path, default=ROOT / f"bench/results/{datetime.date.today()}.json")
    return p.parse_args()


def machine() -> dict[str, object]:
    lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
    processor = next((line.split(": ")[1] for line in lines if line.startswith("model name")), "?")
    cores = len(os.sched_getaffinity(0))
    return {"processor": processor.strip(), "cores": cores, "kernel": platform.release()}


class Results:
    """The file, one entry a measurement."""

    def __init__(self, path: pathlib.Path):
        self.path = path
        empty: dict = {"machine": machine(), "missing": {}, "measured": []}
        self.data = json.loads(path.read_text()) if path.exists() else empty
        self.data["missing"] |= contenders.MISSING

    def has(self, key: dict[str, object]) -> bool:
        return any(all(m[k] == v for k, v in key.items()) for m in self.data["measured"])

    def add(self, entry: dict[str, object]) -> None:
        self.data["measured"].append(entry)
        self.save()

    def miss(self, name: str, why: str) -> None:
        self.data["missing"][name] = why
        self.save()

    def save(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_text(json.dumps(self.data, indent=1) + "\n")


def measure_on(
    kind: type[contenders.Contender],
    load_name: str,
    todo: list[tuple[int, str]],
    seconds: int,
    results: Results,
    repetition: int,
) -> None:
    """One repetition of a load on a contender of its own, for each number of clients and disk."""
    load = loads.LOADS[load_name]
    folder = pathlib.Path(tempfile.mkdtemp(prefix="bench-"))
    folder.chmod(0o755)
    device = disk.FaultyDisk(folder)
    (folder / "orders").chmod(0o666)
    contender = kind(folder, device.environment, ROOT)
    try:
        contender.start()
        variables = measure.prepare(contender, load)
        for clients, speed in todo:
            device.set(disk.SYNC_DELAY, SLOW_US if speed == "slow" else 0)
            measured = measure.run(contender, load, clients, seconds, variables, lambda: device.get(disk.SYNCS))
            device.set(disk.SYNC_DELAY, 0)
            key = {"load": load_name, "contender": kind.name, "clients": clients, "disk": speed}
            results.add(key | {"repetition": repetition} | measured)
            print(
                f"{repetition + 1} {load_name:>4} {kind.name:<24} {clients:>4} clients {speed}:"
                f" {measured['tps']:>9.0f}/s  p50 {measured['p50_ms']:.2f}  p99 {measured['p99_ms']:.2f} ms"
                f"  {measured['fsyncs_per_commit']:.3f} fsyncs",
                flush=True,
            )
    except contenders.Missing as why:
        results.miss(kind.name, str(why).splitlines()[0])
        print(f"missing: {why}", flush=True)
    except RuntimeError as failure:
        results.miss(f"{kind.name}, load {load_name}", str(failure)[-300:])
        print(f"failed: {failure}", flush=True)
    finally:
        contender.stop()
        shutil.rmtree(folder, ignore_errors=True)


def main() -> None:
    options = arguments()
    results = Results(options.output)
    kinds = [c for c in contenders.ALL if c.name in options.contenders]
    for repetition in range(options.repetitions):
        for load_name in options.loads:
            disks = options.disks if loads.LOADS[load_name].writes else ["fast"]
            for kind in kinds:  # interleaved: what disturbs the machine for a while disturbs all
                if kind.name in results.data["missing"]:
                    continue
                key = {"load": load_name, "contender": kind.name, "repetition": repetition}
                todo = [
                    (int(clients), speed)
                    for clients in options.clients
                    for speed in disks
                    if not results.has(key | {"clients": int(clients), "disk": speed})
                ]
                if todo:
                    measure_on(kind, load_name, todo, options.seconds, results, repetition)
    report.write(options.output)


if __name__ == "__main__":
    main()
