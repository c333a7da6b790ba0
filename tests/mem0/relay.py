"""A relay in front of a server: counts what needs a round trip, and loses answers."""

from __future__ import annotations

import socket
import threading


class Relay:
    """`round_trips` counts the client's Sync and Query messages: what it has to wait for."""

    def __init__(self, host: str, port: int):
        self._target = (host, port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"postgresql://mem0@127.0.0.1:{self._listener.getsockname()[1]}/mem0?sslmode=disable&gssencmode=disable"
        self.round_trips, self.accepted, self.open, self.answers_to_lose = 0, 0, 0, 0
        self._lock = threading.Lock()
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client = self._listener.accept()[0]
            except OSError:
                return
            with self._lock:
                self.accepted += 1
                self.open += 1
            server = socket.create_connection(self._target)
            threading.Thread(target=self._to_server, args=(client, server), daemon=True).start()
            threading.Thread(target=self._to_client, args=(server, client), daemon=True).start()

    def _to_server(self, client: socket.socket, server: socket.socket) -> None:
        started, pending = False, b""
        while data := receive(client):
            pending += data
            while len(pending) >= 5:
                start = 0 if not started else 1
                size = int.from_bytes(pending[start : start + 4], "big") + start
                if len(pending) < size:
                    break
                if started and pending[:1] in (b"S", b"Q"):
                    with self._lock:
                        self.round_trips += 1
                started, pending = True, pending[size:]
            server.sendall(data)
        with self._lock:
            self.open -= 1
        close(server)

    def _to_client(self, server: socket.socket, client: socket.socket) -> None:
        answer = b""
        while data := receive(server):
            with self._lock:
                losing = self.answers_to_lose > 0
            if not losing:
                client.sendall(data)
                continue
            answer += data
            if answer.endswith(b"Z\0\0\0\5I"):  # ReadyForQuery, idle: it is committed.
                with self._lock:
                    self.answers_to_lose -= 1
                break
        close(client)
        close(server)


def receive(s: socket.socket) -> bytes:
    try:
        return s.recv(65536)
    except OSError:
        return b""


def close(s: socket.socket) -> None:
    try:
        s.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
    s.close()
