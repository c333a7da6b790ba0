"""Whole applications, with a model, an embedder and a vector store: what they see is what they see on a file."""

from __future__ import annotations

import json
import pathlib
import subprocess

import pytest

CLIENT = pathlib.Path(__file__).with_name("memory_client.py")


def outcome(application: subprocess.Popen[str]) -> dict:
    out, err = application.communicate(timeout=110)
    assert application.returncode == 0, err[-3000:]
    return json.loads(out.splitlines()[-1])


@pytest.mark.parametrize("form", ["sync", "async", "from_config", "pickled"])
def test_memory(mem0, form, daemon, tmp_path: pathlib.Path) -> None:
    if form == "async" and mem0.version == "0.1.29":
        pytest.skip("mem0 0.1.29 has no AsyncMemory")
    if form == "pickled" and mem0.version.startswith("0.1."):
        pytest.skip("the vector store of mem0 0.1 needs a client in its configuration here, which cannot be pickled")
    applications = []
    for name, history in (("file", tmp_path / "stock.db"), ("historyd", daemon.target.url())):
        (tmp_path / name).mkdir()
        settings = str(tmp_path / name / "settings")
        applications.append(mem0.start(CLIENT, form, history, tmp_path / name, MEM0_DIR=settings))
    on_file, on_historyd = map(outcome, applications)
    assert on_file["store"] == "object" and on_historyd["store"].startswith("HistoryStore")
    assert on_historyd["seen"] == on_file["seen"]
    histories = [len(got) for name, got in on_historyd["seen"] if name == "history"]
    assert histories == [1, 2, 3, 2, 1, 0, 1]
    assert not list(tmp_path.glob("*/settings/history.db"))
