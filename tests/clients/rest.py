"""A historyd with PostgREST's interface, and a plain HTTP client for it."""

from __future__ import annotations

import http.client
import json
import pathlib
from typing import Any, NamedTuple

import servers

KEY = "KEY.abc"


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: str

    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def content_range(self) -> str:
        return self.headers["content-range"]


class Rest:
    def __init__(self, binary: str, folder: pathlib.Path, **environment: str):
        self.port = servers.free_port()
        key_file = folder / "key"
        key_file.write_text(KEY + "\n")
        variables = {
            "HISTORYD_REST_LISTEN": f"127.0.0.1:{self.port}",
            "HISTORYD_REST_KEY_FILE": str(key_file),
            "HISTORYD_REST_CREATE_TABLE": "memory_history",
        }
        self.historyd = servers.Historyd(binary, folder, environment={**variables, **environment})
        self.url = f"http://127.0.0.1:{self.port}"
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """Headers by keyword: prefer="count=exact", content_type="text/csv". The key is sent unless given."""
        sent = {"apikey": KEY, "content-type": "application/json"}
        sent |= {name.replace("_", "-"): text for name, text in headers.items()}
        text = body if body is None or isinstance(body, (str, bytes)) else json.dumps(body)
        self.connection.request(method, "/rest/v1/" + path, text, {k: v for k, v in sent.items() if v})
        response = self.connection.getresponse()
        names = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, names, response.read().decode())

    def stop(self) -> None:
        self.connection.close()
        self.historyd.stop()
