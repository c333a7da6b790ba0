"""The README's first program, as it is printed there: only the port and the vector store's folder are the test's."""

from __future__ import annotations

import pathlib
import re

import openai_stub


def test_the_first_program(latest, daemon, root: pathlib.Path, tmp_path: pathlib.Path) -> None:
    text = (root / "conf/mem0/README.md").read_text()
    program = re.search(r"```python\n(from mem0 import Memory\n.*?)```", text, re.DOTALL)[1]
    assert program.count("localhost:5499") == 1
    store = {"provider": "qdrant", "config": {"path": str(tmp_path / "qdrant")}}
    program = program.replace("localhost:5499", f"localhost:{daemon.target.port}")
    program = program.replace('{"history_db_path"', f'{{"vector_store": {store}, "history_db_path"')
    stub = openai_stub.OpenaiStub(dimensions=1536)
    said = latest.python_code(program, OPENAI_API_KEY="none", OPENAI_BASE_URL=stub.url)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+\+00:00 ADD fact 0", said)
    stub.shutdown()
