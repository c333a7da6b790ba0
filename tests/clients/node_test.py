"""node-postgres: what a server's Node clients get back."""

from __future__ import annotations

import functools
import json
import os
import pathlib
import shutil
import subprocess
from typing import Any

import pytest
import wire

SCRIPT = pathlib.Path(__file__).with_name("node_client.js")

EXPECTED: dict[str, Any] = {
    "basics": {
        "returning": {"id": "a", "created_at": "2024-05-01T10:00:00.123Z", "is_deleted": 0},
        "command": ["INSERT", 1],
        "all": [
            {"id": "b", "memory_id": "m1", "previous_value": "tea", "new_value": "coffee", "action": "UPDATE",
             "created_at": "2024-05-01T11:00:00.000Z", "updated_at": None, "is_deleted": 0},
            {"id": "a", "memory_id": "m1", "previous_value": None, "new_value": "tea", "action": "ADD",
             "created_at": "2024-05-01T10:00:00.123Z", "updated_at": None, "is_deleted": 0},
        ],
        "fields": [["id", 25], ["memory_id", 25], ["previous_value", 25], ["new_value", 25], ["action", 25],
                   ["created_at", 1184], ["updated_at", 1184], ["is_deleted", 23]],
        "several": [[{"a": 1}], [{"b": 2, "c": "x"}]],
        "updated": 1,
    },
    "types": {
        "i": 1, "big": "9007199254740993", "n": "1.10", "f": 1.5, "b": True, "j": {"k": [1, None]},
        "a": ["x", "y z", None], "y": "00ff", "d": "2024-02-29", "u": "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
        "ia": [1, 2, 3], "nothing": None,
    },
    "prepared": [0, 2, 4, 6, 8],
    "errors": [
        ["42P01", None, "ERROR"], ["42601", None, "ERROR"], ["22012", None, "ERROR"],
        ["23505", "memory_history_pkey", "ERROR"], ["22P02", None, "ERROR"], ["25P02", None, "ERROR"],
    ],
    "cursors": {"sizes": [[1, 2, 3, 4], [5, 6, 7, 8], [9, 10]], "after": "alive"},
    "arrays_of_rows": [[1, 2]],
    "notices": ['table "never_was" does not exist, skipping'],
    "pool": {"n": 100, "ids": 100, "total": 4950},
}  # fmt: skip


@functools.cache
def results(target: wire.Target, modules: pathlib.Path) -> dict[str, Any]:
    if shutil.which("node") is None or not (modules / "pg").is_dir():
        pytest.skip("node-postgres could not be installed")
    environment = {**os.environ, "NODE_PATH": str(modules), "TZ": "UTC"}
    command = ["node", str(SCRIPT), target.url()]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("part", EXPECTED)
def test_node_postgres(part: str, target: wire.Target, root: pathlib.Path) -> None:
    assert results(target, root / "build/node/node_modules").get(part) == EXPECTED[part]
