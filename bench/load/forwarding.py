"""historyd with a PostgreSQL behind it, both on this machine, both under the preloaded library."""

from __future__ import annotations

import signal
import time

import contenders
import faulty_network
import psycopg2

DRAIN_SECONDS_MAX = 300


class Forwarding(contenders.Historyd):
    name = "historyd forwarding"
    note = "answers when the row is in its file (acknowledge local), and forwards to PostgreSQL as it comes"

    def start(self) -> None:
        folder = self.folder / "backend"
        folder.mkdir()
        self.backend = contenders.Postgres(folder, self.environment, self.root)
        self.backend.start()
        self.processes += self.backend.processes
        self.stop_signals |= self.backend.stop_signals
        self.environment |= {"HISTORYD_BACKEND_URL": self.backend_url(), "HISTORYD_BACKEND_RETRY_MS_MAX": "100"}
        super().start()

    def backend_url(self) -> str:
        return self.backend.url()

    def disturb(self) -> None:
        """Makes the backend what the contender is named after, once the tables are there."""

    def wait_until_forwarded(self) -> None:
        deadline = time.monotonic() + DRAIN_SECONDS_MAX
        with Outbox(self.url()) as outbox:
            while outbox.figures()["rows"] > 0:
                if time.monotonic() > deadline:
                    raise RuntimeError(f"{self.name}: not forwarded in {DRAIN_SECONDS_MAX} s: {outbox.figures()}")
                time.sleep(0.01)

    def stop_backend(self) -> None:
        postgres = self.backend.processes[0]
        postgres.send_signal(signal.SIGINT)
        postgres.wait(60)

    def start_backend(self) -> None:
        self.processes = [p for p in self.processes if p not in self.backend.processes]
        self.backend.processes.clear()
        self.backend.start()
        self.processes = self.backend.processes + self.processes
        self.stop_signals |= self.backend.stop_signals


class SlowBackend(Forwarding):
    name = "historyd with the backend 100 ms away"
    note = "a relay between historyd and PostgreSQL holds back what either says for 100 ms"

    def backend_url(self) -> str:
        self.relay = faulty_network.Relay(self.backend.port)
        return self.backend.url().replace(f":{self.backend.port}/", f":{self.relay.port}/")

    def disturb(self) -> None:
        self.relay.delay = 0.1

    def stop(self) -> None:
        super().stop()
        self.relay.close()


class NoBackend(Forwarding):
    name = "historyd with the backend down"
    note = "its PostgreSQL is stopped"

    def disturb(self) -> None:
        self.stop_backend()


class Outbox:
    """What SHOW outbox says, as numbers."""

    FIGURES = ("head_seq", "applied_seq", "rows")

    def __init__(self, url: str):
        self.connection = psycopg2.connect(url)
        self.connection.autocommit = True

    def __enter__(self) -> Outbox:
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()

    def figures(self) -> dict[str, int]:
        with self.connection.cursor() as cursor:
            cursor.execute("SHOW outbox")
            shown = dict(cursor.fetchall())
        return {name: int(shown[name]) for name in self.FIGURES}
