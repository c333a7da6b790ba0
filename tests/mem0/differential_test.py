"""The same calls on mem0's own storage and on historyd: 2,000 answers compared, for each version of mem0."""

from __future__ import annotations

import pathlib

import pytest

CLIENT = pathlib.Path(__file__).with_name("differential_client.py")
CALLS = 2000


@pytest.mark.parametrize("seed", [20261125])
def test_every_answer_is_the_same(mem0, start, seed, quick_folder: pathlib.Path) -> None:
    daemon = start(storage=quick_folder / "history.db")
    said = mem0.run(CLIENT, daemon.target.url(), quick_folder / "stock.db", seed, CALLS)
    counts = dict(word.split("=") for word in said.split())
    assert int(counts["all"]) == CALLS
    assert int(counts["get_history"]) > 100 and int(counts["reset"]) > 0
