"""An OpenAI-compatible server that says what the tests need: chat completions and embeddings, on 127.0.0.1."""

from __future__ import annotations

import hashlib
import http.server
import json
import re
import threading

DIMENSIONS = 8


def vector_of(text: str, dimensions: int) -> list[float]:
    return [byte / 255 + 0.01 for byte in hashlib.shake_128(text.encode()).digest(dimensions)]


class OpenaiStub(http.server.ThreadingHTTPServer):
    """Every conversation's newest "fact N" is the one memory in it. `prompts` has what it was asked."""

    daemon_threads = True

    def __init__(self, dimensions: int = DIMENSIONS) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.dimensions = dimensions
        self.prompts: list[str] = []
        self.url = f"http://127.0.0.1:{self.server_address[1]}/v1"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def chat(self, request: dict) -> dict:
        prompt = "\n".join(str(message["content"]) for message in request["messages"])
        self.prompts.append(prompt)
        newest = max((int(n) for n in re.findall(r"fact (\d+)", prompt)), default=0)
        # What 0.1 and 1.x ask in two conversations and 2.x in one, in one answer.
        said = {"facts": [f"fact {newest}"], "memory": [{"id": "0", "text": f"fact {newest}", "event": "ADD"}]}
        message = {"role": "assistant", "content": json.dumps(said)}
        return {
            "id": "c",
            "object": "chat.completion",
            "created": 0,
            "model": request["model"],
            "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
        }

    def embeddings(self, request: dict) -> dict:
        texts = request["input"] if isinstance(request["input"], list) else [request["input"]]
        vectors = [vector_of(text, self.dimensions) for text in texts]
        data = [{"object": "embedding", "index": n, "embedding": vector} for n, vector in enumerate(vectors)]
        return {"object": "list", "data": data, "model": request["model"], "usage": {"total_tokens": 1}}


class Answer(http.server.BaseHTTPRequestHandler):
    server: OpenaiStub
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        answer = self.server.chat if self.path.endswith("/chat/completions") else self.server.embeddings
        body = json.dumps(answer(request)).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        pass
