"""Load i, Python end to end: mem0's class in clients of its own, with or without a server behind it."""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
from collections.abc import Callable

import contenders
import in_process
import processes

CLIENT = pathlib.Path(__file__).with_name("python_client.py")


class Client:
    """python_client.py, started once for a contender: importing mem0 takes seconds."""

    def __init__(self, contender: contenders.Contender):
        self.contender = contender
        bench = contender.root / "build/bench"
        # The patch replaces a module of mem0's, and mem0 itself is not beside it.
        variables = {"MEM0_TELEMETRY": "False", "MEM0_DIR": str(contender.folder / "mem0")}
        if contender.python == "patch":
            variables["PYTHONPATH"] = str(bench / "mem0-patch")
        python = bench / ("venv" if contender.python == "patch" else "mem0") / "bin/python"
        if not python.exists() or contender.python == "patch" and not (bench / "mem0-patch/mem0").is_dir():
            raise contenders.Missing(f"{contender.python} could not be installed")
        # Without a server it is the client who writes: it is what the preloaded library is for.
        inherited = contender.environment if isinstance(contender, in_process.InProcess) else os.environ
        self.process = subprocess.Popen(
            [str(python), str(CLIENT), contender.python_url()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**inherited, **variables},
            cwd=contender.folder,
            text=True,
        )
        self.answer()

    def answer(self) -> dict:
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.contender.name}: the Python client ended with {self.process.wait()}")
        return json.loads(line)

    def order(self, threads: int, of_processes: int, seconds: float, read: int) -> dict:
        order = {"threads": threads, "processes": of_processes, "seconds": seconds, "read": read}
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        return self.answer()

    def close(self) -> None:
        self.process.stdin.close()
        self.process.wait(30)


def run(
    client: Client, threads: int, of_processes: int, seconds: float, read: int, syncs: Callable[[], int]
) -> dict[str, float]:
    """`tps` is of calls that succeeded; `lost` are rows whose add_history succeeded and that are not there."""
    contender = client.contender
    made = contender.processes or [client.process]
    rows = 0 if read else contender.count()
    syncs_before, cpu_before = syncs(), processes.cpu_seconds(processes.tree([p.pid for p in made]))
    got = client.order(threads, of_processes, seconds, read)
    cpu = processes.cpu_seconds(processes.tree([p.pid for p in made])) - cpu_before
    # The warm-up is in `written`, and not in the latencies.
    latency, count = got["latencies_us"], len(got["latencies_us"])
    if got["errors"] and len(got["errors"]) > got["locked"]:
        print("errors other than a locked database:", set(got["errors"]), flush=True)
    at = lambda q: latency[min(count - 1, int(q * count))] / 1000 if count else 0.0  # noqa: E731
    return {
        "tps": count / seconds,
        "p50_ms": at(0.5),
        "p99_ms": at(0.99),
        "p999_ms": at(0.999),
        "fsyncs_per_commit": 0.0 if read else (syncs() - syncs_before) / max(1, got["written"]),
        "cpu_s_per_1000": cpu / max(1, got["written"] or count) * 1000,
        "errors": float(len(got["errors"])),
        "locked": float(got["locked"]),
        "lost": 0.0 if read else float(max(0, got["written"] - (contender.count() - rows))),
    }
