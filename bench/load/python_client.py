"""mem0's history class under threads and processes; run by python_load.py with the packages of the contender.

    python_client.py URL      reads an order a line, answers with a line: JSON both ways

An order: {"threads": 8, "processes": 1, "seconds": 1.5, "read": 0}. Each process has one store, as an application has,
shared by its threads. `read` is the number of memories get_history is asked for; 0: add_history.
"""

from __future__ import annotations

import datetime
import json
import logging
import multiprocessing
import random
import sys
import threading
import time
from typing import Any

from mem0.memory.storage import SQLiteManager

WARM_UP_SECONDS = 0.3
OLD, NEW = "Lives in Lisbon and works from home", "Lives in Porto and works from an office by the river"


class Thread(threading.Thread):
    """One caller; `began` and `ended` are moments of time.monotonic()."""

    def __init__(self, store: SQLiteManager, order: dict[str, Any], began: float, ended: float):
        super().__init__()
        self.store, self.order, self.began, self.ended = store, order, began, ended
        self.latencies_us: list[int] = []
        self.written = self.locked = 0
        self.errors: list[str] = []

    def call(self) -> None:
        memory = f"memory-{random.randint(1, self.order['read'] or 1000)}"
        if self.order["read"]:
            if len(self.store.get_history(memory)) != 10:
                raise AssertionError(f"{memory} has not ten rows")
        else:
            at = datetime.datetime.now(datetime.timezone.utc).isoformat()  # as mem0 does
            self.store.add_history(
                memory, OLD, NEW, "UPDATE", created_at=at, updated_at=at, actor_id="agent-1", role="user"
            )
            self.written += 1

    def run(self) -> None:
        while (at := time.monotonic()) < self.ended:
            try:
                self.call()
            except Exception as error:
                self.locked += "database is locked" in str(error)
                self.errors.append(f"{type(error).__name__}: {error}"[:200])
                continue
            after = time.monotonic()
            if self.began < after <= self.ended:
                self.latencies_us.append(int((after - at) * 1e6))


def work(url: str, order: dict[str, Any], begin: Any, answers: Any) -> None:
    """One process."""
    random.seed()
    store = SQLiteManager(url)
    begin.wait()
    now = time.monotonic() + WARM_UP_SECONDS
    threads = [Thread(store, order, now, now + order["seconds"]) for _ in range(order["threads"])]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    store.close()
    answers.put(
        {
            "latencies_us": [us for t in threads for us in t.latencies_us],
            "written": sum(t.written for t in threads),
            "locked": sum(t.locked for t in threads),
            "errors": [e for t in threads for e in t.errors],
        }
    )


def main() -> None:
    logging.disable(logging.CRITICAL)
    context, url = multiprocessing.get_context("fork"), sys.argv[1]
    # The tables first: eight at once that create them collide.
    maker = context.Process(target=lambda: SQLiteManager(url).close())
    maker.start()
    maker.join()
    print("{}", flush=True)
    for line in sys.stdin:
        order = json.loads(line)
        begin, answers = context.Barrier(order["processes"] + 1), context.Queue()
        workers = [
            context.Process(target=work, args=(url, order, begin, answers)) for _ in range(order["processes"])
        ]
        for w in workers:
            w.start()
        begin.wait(60)
        got = [answers.get(timeout=120) for _ in workers]
        for w in workers:
            w.join()
        answer = {
            "latencies_us": sorted(us for g in got for us in g["latencies_us"]),
            "written": sum(g["written"] for g in got),
            "locked": sum(g["locked"] for g in got),
            "errors": [e for g in got for e in g["errors"]],
        }
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
