"""mem0's own storage on a file and historyd's store, driven with the same calls: every answer must be the same.

    python differential_client.py URL FILE SEED CALLS     with the python of an environment that has both

Ids and the clock are made equal on both sides, so that answers are compared as they are. Ends with an error at the
first difference, else prints how many calls of each kind were compared.
"""

from __future__ import annotations

import collections
import datetime
import inspect
import random
import sys
import types
import uuid

import storage_only  # noqa: F401

import historyd_mem0.store
import mem0.memory.storage
from mem0.memory.storage import SQLiteManager

UTC = datetime.timezone.utc
HAS_ACTORS = "actor_id" in inspect.signature(SQLiteManager.add_history).parameters
HAS_MESSAGES = hasattr(SQLiteManager, "save_messages")
# Not before 0.1.50.
HAS_RESET = hasattr(SQLiteManager, "reset")
CLOSES = hasattr(SQLiteManager, "close")

TEXTS = [None, "", "likes tea", "it's \"tea\"; -- %s ? $1", "ünïcode 茶 🍵", "two\nlines\\", "x" * 5000, 7, 2.5, True]
SCOPES = [f"user_id=u{n}" for n in range(6)]


class Clock(datetime.datetime):
    """Stands still during a call, and between some of them."""

    reading = datetime.datetime(2026, 1, 2, 3, 4, 5, 678901, UTC)

    @classmethod
    def now(cls, tz=None):
        return cls.reading.astimezone(tz)


def style_of(memory: int):
    """How timestamps of one memory are written: mem0 sorts the texts, so one memory keeps to one offset."""
    fixed = datetime.timezone(datetime.timedelta(minutes=[-420, 330, -480, 0][memory % 4]))
    return [
        lambda at: at.isoformat(),
        lambda at: at.astimezone(fixed).isoformat(),
        lambda at: at.astimezone(fixed).isoformat(timespec="milliseconds"),
        lambda at: at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        lambda at: at.replace(tzinfo=None).isoformat(),
        lambda at: at.isoformat(" "),
        lambda at: at.date().isoformat(),
        lambda at: f"some day in {at.year}",
    ][memory % 8]


class Calls:
    def __init__(self, seed: int):
        self.dice = random.Random(seed)

    def time(self, memory: int) -> str | None:
        at = datetime.datetime(2024, 3, 1, tzinfo=UTC) + datetime.timedelta(hours=20 * self.dice.randrange(3))
        at += datetime.timedelta(seconds=self.dice.choice([0, 0, 1]), microseconds=self.dice.choice([0, 1, 500000]))
        return self.dice.choice([None, style_of(memory)(at), style_of(memory)(at)])

    def record(self, memory: int) -> dict:
        fields = {"old_memory": self.dice.choice(TEXTS), "new_memory": self.dice.choice(TEXTS)}
        fields["event"] = self.dice.choice(["ADD", "UPDATE", "DELETE", None])
        fields |= {"created_at": self.time(memory), "updated_at": self.time(memory)}
        fields["is_deleted"] = self.dice.choice([0, 0, 1, True, False, None, 2])
        if HAS_ACTORS:
            fields |= {"actor_id": self.dice.choice([None, "ann", "a'b"]), "role": self.dice.choice([None, "user"])}
        return fields

    def next(self) -> tuple[str, tuple, dict]:
        memory = self.dice.randrange(40)
        kinds = ["add_history"] * 10 + ["get_history"] * 6 + ["bad"]
        if HAS_MESSAGES:
            kinds += ["batch_add_history"] * 3 + ["save_messages"] * 5 + ["get_last_messages"] * 4
        kind = self.dice.choice(kinds)
        if self.dice.random() < 0.003:
            return "reset", (), {}
        if kind == "add_history":
            fields = self.record(memory)
            first = [fields.pop(name) for name in ("old_memory", "new_memory", "event")]
            if HAS_ACTORS:
                return kind, (memory_id(memory), *first), fields
            return kind, (memory_id(memory), *first, *fields.values()), {}
        if kind == "get_history":
            return kind, (self.dice.choice([memory_id(memory), memory_id(memory), "nobody", None]),), {}
        if kind == "bad":
            return "add_history", (memory_id(memory), None, self.dice.choice([{}, [1], object()]), "ADD"), {}
        if kind == "batch_add_history":
            return kind, (self.batch(memory),), {}
        if kind == "save_messages":
            said = [{"role": "user", "content": f"{n} {self.dice.random()}"} for n in range(self.dice.randrange(14))]
            said = [{**m, **self.dice.choice([{}, {"name": "ann"}])} for m in said]
            return kind, (said, self.dice.choice(SCOPES)), {}
        return kind, (self.dice.choice(SCOPES),), self.dice.choice([{}, {"limit": self.dice.randrange(-1, 13)}])

    def batch(self, memory: int) -> list[dict]:
        records = [{"memory_id": memory_id(memory), **self.record(memory)} for _ in range(self.dice.randrange(6))]
        for record in records:
            if self.dice.random() < 0.2:
                del record[self.dice.choice(sorted(record.keys() - {"memory_id"}))]
        return records


def memory_id(memory: int) -> object:
    return memory if memory == 39 else f"m{memory}"


def reset_as_mem0_does(db: SQLiteManager, path: str) -> SQLiteManager:
    if not CLOSES:
        if HAS_RESET:
            db.reset()
        else:
            db.connection.execute("DROP TABLE IF EXISTS history")
            db.connection.close()
            db = SQLiteManager(path)
    elif HAS_MESSAGES:
        db.reset()
        db.close()
        db = SQLiteManager(path)
    else:
        assert db.connection
        db.connection.execute("DROP TABLE IF EXISTS history")
        db.connection.close()
        db = SQLiteManager(path)
    return db


def answer_of(db: SQLiteManager, number: int, kind: str, positional: tuple, named: dict) -> object:
    ids = random.Random(number)
    uuid.uuid4 = lambda: uuid.UUID(int=ids.getrandbits(128), version=4)
    try:
        return getattr(db, kind)(*positional, **named)
    except Exception as failure:
        return type(failure)


def main() -> int:
    url, path, seed, count = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    mem0.memory.storage.datetime = Clock
    historyd_mem0.store.datetime = types.SimpleNamespace(datetime=Clock, timezone=datetime.timezone)
    theirs, ours = SQLiteManager(path), SQLiteManager(url)
    assert type(theirs) is SQLiteManager and isinstance(ours, historyd_mem0.HistoryStore)
    calls, compared = Calls(seed), collections.Counter()
    for number in range(count):
        Clock.reading += datetime.timedelta(microseconds=calls.dice.choice([0, 0, 1, 1_000_000]))
        kind, positional, named = calls.next()
        if kind == "reset":
            theirs, ours = reset_as_mem0_does(theirs, path), reset_as_mem0_does(ours, url)
            compared[kind] += 1
            continue
        expected = answer_of(theirs, number, kind, positional, named)
        got = answer_of(ours, number, kind, positional, named)
        if expected != got or repr(expected) != repr(got):
            print(f"seed {seed}, call {number}: {kind}{positional}{named}\nmem0:     {expected}\nhistoryd: {got}")
            return 1
        compared["refused" if isinstance(expected, type) else kind] += 1
    print(" ".join(f"{kind}={n}" for kind, n in sorted(compared.items())), f"all={sum(compared.values())}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
