"""The storage class of mem0-history-db-patch, as it comes from PyPI, under many threads.

    python mem0_patch_client.py URL FIRST THREADS ROWS      PYTHONPATH has the patch

Thread n writes ROWS history entries of memory "m<FIRST + n>" and reads them back. Ends with an error if any
call fails or any answer is wrong.
"""

from __future__ import annotations

import sys
import threading
import traceback

from mem0.memory.storage import SQLiteManager


def work(db: SQLiteManager, memory: str, rows: int) -> None:
    for n in range(rows):
        db.add_history(
            memory,
            None if n == 0 else f"old {n}",
            f"new {n}",
            "ADD" if n == 0 else "UPDATE",
            actor_id="a'b",
            role="user",
        )
    got = db.get_history(memory)
    assert len(got) == rows, f"{memory}: {len(got)} of {rows} rows"
    assert len({r["id"] for r in got}) == rows
    assert {r["new_memory"] for r in got} == {f"new {n}" for n in range(rows)}
    assert all(
        r["created_at"] is not None and r["is_deleted"] is False and r["actor_id"] == "a'b" for r in got
    )


def main() -> int:
    url, first, threads, rows = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    db, failures = SQLiteManager(db_url=url), []

    def guarded(n: int) -> None:
        try:
            work(db, f"m{first + n}", rows)
        except BaseException:
            failures.append(traceback.format_exc())

    running = [threading.Thread(target=guarded, args=(n,)) for n in range(threads)]
    for t in running:
        t.start()
    for t in running:
        t.join()
    db.close()
    print("\n".join(failures), file=sys.stderr)
    return len(failures)


if __name__ == "__main__":
    sys.exit(main())
