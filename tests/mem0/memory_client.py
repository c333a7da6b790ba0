"""An application of mem0: everything that leaves a trace in the history, from the first memory to reset.

    python memory_client.py sync|async|from_config|pickled HISTORY FOLDER

HISTORY goes into the configuration as history_db_path, FOLDER takes the vector store. Prints what the application
saw, as JSON, with ids and times numbered in the order of their appearance.
"""

from __future__ import annotations

import asyncio
import datetime
import inspect
import json
import pathlib
import pickle
import re
import sys

import openai_stub

import mem0
import posthog
import qdrant_client
from mem0.configs.base import MemoryConfig


class OpenClient(qdrant_client.QdrantClient):
    """mem0 0.1 opens the vector store again while it is open, or goes on with it closed; and it copies it."""

    def close(self, *arguments, **named) -> None:
        pass

    def __deepcopy__(self, memo: dict) -> OpenClient:
        return self


def configuration(history: str, folder: pathlib.Path, stub: openai_stub.OpenaiStub) -> dict:
    endpoint = {"openai_base_url": stub.url, "api_key": "none", "model": "stub"}
    store = {"collection_name": "m", "embedding_model_dims": openai_stub.DIMENSIONS, "on_disk": True}
    store["path"] = str(folder / "qdrant")
    if mem0.__version__.startswith("0.1."):
        store["client"] = OpenClient(path=store["path"])
    return {
        "llm": {"provider": "openai", "config": endpoint},
        "embedder": {"provider": "openai", "config": {**endpoint, "embedding_dims": openai_stub.DIMENSIONS}},
        "vector_store": {"provider": "qdrant", "config": store},
        "history_db_path": history,
        "version": "v1.1",
    }


def memory_of(form: str, settings: dict):
    if form == "async":
        return mem0.AsyncMemory(MemoryConfig(**settings))
    if form == "from_config":
        return mem0.Memory.from_config(settings)
    config = MemoryConfig(**settings)
    return mem0.Memory(pickle.loads(pickle.dumps(config)) if form == "pickled" else config)


class Application:
    def __init__(self, memory, stub: openai_stub.OpenaiStub):
        self.memory, self.stub, self.seen = memory, stub, []

    async def call(self, name: str, *positional, **named):
        got = getattr(self.memory, name)(*positional, **named)
        got = await got if inspect.isawaitable(got) else got
        self.seen.append([name, got])
        return got

    async def add(self, text: str) -> str:
        said = [{"role": "user", "content": text}, {"role": "assistant", "content": "I see"}]
        added = await self.call("add", said, user_id="ann")
        return added["results"][0]["id"]

    async def run(self) -> None:
        first = await self.add("This is fact 1, isn't it?")
        second = await self.add("And this is fact 2")
        self.seen.append(["remembered", "This is fact 1, isn't it?" in self.stub.prompts[-1]])
        await self.call("history", first)
        await self.call("update", first, data="fact 1, in other words")
        await self.call("history", first)
        await self.call("delete", first)
        await self.call("history", first)
        await self.call("delete_all", user_id="ann")
        await self.call("history", second)
        third = await self.add("fact 3")
        await self.call("history", third)
        await self.call("reset")
        await self.call("history", third)
        fourth = await self.add("fact 4")
        await self.call("history", fourth)


def numbered(seen: list) -> list:
    """Equal ids and times become equal numbers."""
    numbers: dict[str, str] = {}
    text = json.dumps(seen)
    for pattern, kind in ((r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", "id"), (r"\d{4}-\d\d-\d\dT[^\"]+", "time")):
        for found in re.findall(pattern, text):
            if kind == "time":
                datetime.datetime.fromisoformat(found)
                offset = found[-6:]
            numbers.setdefault(found, f"{kind} {len(numbers)}{offset if kind == 'time' else ''}")
    for found, name in numbers.items():
        text = text.replace(found, name)
    return json.loads(text)


def main() -> None:
    # Old versions send a little although they are told not to.
    posthog.Posthog.capture = lambda *positional, **named: None
    form, history, folder = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])
    stub = openai_stub.OpenaiStub()
    application = Application(memory_of(form, configuration(history, folder, stub)), stub)
    asyncio.run(application.run())
    print(json.dumps({"store": type(application.memory.db).__mro__[1].__name__, "seen": numbered(application.seen)}))


if __name__ == "__main__":
    main()
