"""The loads: what each client sends again and again, as pgbench scripts."""

from __future__ import annotations

import pathlib
from typing import NamedTuple

FOLDER = pathlib.Path(__file__).parents[1]
SCHEMA = (FOLDER / "history_schema.sql").read_text()
INSERT = (FOLDER / "history_insert.sql").read_text()

MESSAGES = """DROP TABLE IF EXISTS messages;
CREATE TABLE messages (
    id text PRIMARY KEY, session_scope text, role text, content text, name text, created_at timestamptz);
CREATE INDEX messages_scope ON messages (session_scope, created_at)"""

LITERALS = """\\set a random(1, 9000000000000000000)
\\set b random(1, 9000000000000000000)
\\set memory random(1, 1000)
"""
INSERT_LITERALS = """INSERT INTO history (id, memory_id, old_memory, new_memory, event, created_at, updated_at, is_deleted, actor_id, role) VALUES ('id-:a-:b', 'memory-:memory', 'Lives in Lisbon and works from home', 'Lives in Porto and works from an office by the river', 'UPDATE', '2026-11-25T10:00:00.:memory+00:00'::timestamptz, '2026-11-25T10:00:00.:memory+00:00'::timestamptz, 0, 'agent-1', 'user')"""

SAVE_MESSAGES = """\\set scope random(1, 1000)
\\startpipeline
BEGIN;
INSERT INTO messages
VALUES (gen_random_uuid()::text, 'user-' || :scope, 'user', 'Where do I live now?', NULL, now());
INSERT INTO messages
VALUES (gen_random_uuid()::text, 'user-' || :scope, 'assistant', 'You live in Porto.', NULL, now());
DELETE FROM messages WHERE session_scope = 'user-' || :scope AND id NOT IN (
    SELECT id FROM (SELECT id FROM messages WHERE session_scope = 'user-' || :scope
                    ORDER BY created_at DESC LIMIT 10) AS newest);
COMMIT;
\\endpipeline
"""
GET_HISTORY = """\\set memory random(1, :memories)
SELECT id, memory_id, old_memory, new_memory, event, created_at, updated_at, is_deleted, actor_id, role
FROM history WHERE memory_id = 'memory-' || :memory ORDER BY created_at ASC, updated_at ASC;
"""


class Load(NamedTuple):
    """`scripts` are pgbench scripts and their weights; `rows` are there before it starts, ten a memory.

    `kind` is what drives it: pgbench, idle (connections.py), python (python_load.py; `processes` instead of threads)
    or drain."""

    title: str
    scripts: tuple[tuple[str, int], ...] = ()
    kind: str = "pgbench"
    mode: str = "prepared"
    schema: str = SCHEMA
    rows: int = 0
    disturbed: bool = False
    writes: bool = True
    reconnect: bool = False
    processes: bool = False
    reference: str = "PostgreSQL 15"  # what the tables have ratios to
    times_seconds: int = 1  # how much longer it is measured


LOADS = {
    "a": Load("one INSERT, prepared", ((INSERT, 1),)),
    "b": Load("one INSERT, literals in a simple query", ((LITERALS + INSERT_LITERALS + ";", 1),), mode="simple"),
    "c": Load(
        "BEGIN, INSERT RETURNING, COMMIT in three round trips",
        ((LITERALS + "BEGIN;\n" + INSERT_LITERALS + " RETURNING created_at, updated_at;\nCOMMIT;", 1),),
        mode="simple",
    ),
    "d": Load("save_messages: insert two, evict, one pipeline", ((SAVE_MESSAGES, 1),), schema=MESSAGES),
    "e10k": Load("get_history of 10 thousand rows", ((GET_HISTORY, 1),), rows=10_000, writes=False),
    "e1m": Load("get_history of 1 million rows", ((GET_HISTORY, 1),), rows=1_000_000, writes=False),
    "e10m": Load("get_history of 10 million rows", ((GET_HISTORY, 1),), rows=10_000_000, writes=False),
    "f": Load("nine get_history to one INSERT", ((GET_HISTORY, 9), (INSERT, 1)), rows=10_000),
    "g0": Load("one INSERT into 100,000 rows", ((INSERT, 1),), rows=100_000),
    "g": Load("the same, while one idles in a transaction and one scans", ((INSERT, 1),), rows=100_000, disturbed=True),
    "h": Load("idle connections", kind="idle", schema="", writes=False),
    "storm": Load(
        "connect, SELECT 1, disconnect", (("SELECT 1;", 1),), mode="simple", schema="", writes=False, reconnect=True
    ),
    "i": Load("mem0's add_history in Python, threads", kind="python", schema="", reference="the patch on PostgreSQL"),
    "ip": Load(
        "mem0's add_history in Python, processes",
        kind="python",
        schema="",
        processes=True,
        reference="the patch on PostgreSQL",
        times_seconds=4,
    ),
    "fwd": Load("one INSERT, prepared, forwarded to PostgreSQL", ((INSERT, 1),), times_seconds=3),
    "drain": Load("rows into PostgreSQL: queued, or by clients", ((INSERT, 1),), kind="drain"),
}
DRAINED_ROWS = 100_000

# Rows of `get_history`: COPY takes them from the client.
COLUMNS = "id, memory_id, old_memory, new_memory, event, created_at, updated_at, is_deleted, actor_id, role"


def history_row(n: int, memories: int) -> str:
    minute, second = divmod(n % 3600, 60)
    at = f"2026-11-25 10:{minute:02}:{second:02}+00"
    return f"row-{n}\tmemory-{n % memories + 1}\tLives in Lisbon\tLives in Porto, by the river\tUPDATE\t{at}\t{at}\t0\tagent-1\tuser\n"
