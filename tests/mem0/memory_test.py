"""Whole applications, with a model, an embedder and a vector store: what they see is what they see on a file."""

from __future__ import annotations

import json
import pathlib

import pytest

CLIENT = pathlib.Path(__file__).with_name("memory_client.py")


def run(mem0, form: str, history: str, folder: pathlib.Path) -> dict:
    folder.mkdir()
    return json.loads(mem0.run(CLIENT, form, history, folder).splitlines()[-1])


@pytest.mark.parametrize("form", ["sync", "async", "from_config", "pickled"])
def test_memory(mem0, form, daemon, tmp_path: pathlib.Path) -> None:
    if form == "async" and mem0.version == "0.1.29":
        pytest.skip("mem0 0.1.29 has no AsyncMemory")
    if form == "pickled" and mem0.version.startswith("0.1."):
        pytest.skip("the vector store of mem0 0.1 needs a client in its configuration here, which cannot be pickled")
    on_file = run(mem0, form, str(tmp_path / "stock.db"), tmp_path / "file")
    on_historyd = run(mem0, form, daemon.target.url(), tmp_path / "historyd")
    assert on_file["store"] == "object" and on_historyd["store"].startswith("HistoryStore")
    assert on_historyd["seen"] == on_file["seen"]
    histories = [len(got) for name, got in on_historyd["seen"] if name == "history"]
    assert histories == [1, 2, 3, 2, 1, 0, 1]
    assert not (tmp_path / "mem0/history.db").exists()
