"""Workers as gunicorn forks them: mem0's history store is made before the fork, and used by threads after it.

    python load_client.py HISTORY PROCESSES THREADS RECORDS

RECORDS in all, each with a text of its own. mem0's own storage cannot be shared over a fork: there each process
makes its own. Prints what went wrong, as JSON: exception texts and their counts.
"""

from __future__ import annotations

import collections
import json
import multiprocessing
import sys
import threading

import storage_only  # noqa: F401
from mem0.memory.storage import SQLiteManager

BATCH = 5


def work(db: SQLiteManager, name: str, records: int, failures: collections.Counter) -> None:
    written = 0
    while written < records:
        # Most of what mem0 does is one record a time; 2.x adds what it extracted in one batch.
        size = min(BATCH, records - written) if hasattr(db, "batch_add_history") and written % 3 == 0 else 1
        texts = [f"{name} {n}" for n in range(written, written + size)]
        written += size
        try:
            if size > 1:
                db.batch_add_history([{"memory_id": name, "new_memory": text, "event": "ADD"} for text in texts])
            else:
                db.add_history(name, None, texts[0], "ADD")
        except Exception as failure:
            failures[f"{type(failure).__name__}: {failure}"] += 1


def worker(history: str, shared: SQLiteManager | None, number: int, threads: int, records: int, results) -> None:
    failures: collections.Counter = collections.Counter()
    try:
        db = shared or SQLiteManager(history)
    except Exception as failure:
        results.put({f"{type(failure).__name__}: {failure}": threads * records})
        return
    running = [
        threading.Thread(target=work, args=(db, f"{number}-{n}", records, failures)) for n in range(threads)
    ]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    results.put(dict(failures))


def main() -> None:
    history, processes, threads, records = sys.argv[1], *map(int, sys.argv[2:])
    shared = None
    if history.startswith("postgresql"):
        shared = SQLiteManager(history)
        shared.get_history("opens a connection")
    fork = multiprocessing.get_context("fork")
    results = fork.SimpleQueue()
    share = records // (processes * threads)
    arguments = [(history, shared, n, threads, share, results) for n in range(processes)]
    running = [fork.Process(target=worker, args=these) for these in arguments]
    for process in running:
        process.start()
    failures: collections.Counter = collections.Counter()
    for _ in running:
        failures.update(results.get())
    for process in running:
        process.join()
        if process.exitcode:
            failures[f"exit code {process.exitcode}"] += 1
    if shared is not None:  # The parent's connection is still its own.
        shared.get_history("0-0")
    print(json.dumps(failures))


if __name__ == "__main__":
    main()
