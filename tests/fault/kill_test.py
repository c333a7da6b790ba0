"""kill -9 at random moments: what was acknowledged is there, whole, once."""

from __future__ import annotations

import pathlib
import random
import sqlite3
import threading
import time

import psycopg2
import pytest
import servers

ROUNDS = 100
WRITERS = 8


class Writer(threading.Thread):
    """Writes until the daemon dies. Each transaction is two rows of one id, the way clients differ."""

    def __init__(self, url: str, round_number: int, number: int):
        super().__init__()
        self.url, self.round, self.number = url, round_number, number
        self.acknowledged: list[str] = []
        self.attempted = 0

    def run(self) -> None:
        try:
            connection = psycopg2.connect(self.url)
            connection.autocommit = self.number % 2 == 0
            with connection.cursor() as c:
                while True:
                    self.write(connection, c, f"{self.round}-{self.number}-{self.attempted}")
        except psycopg2.Error:
            pass  # The daemon is gone; what was not acknowledged may or may not be there.

    def write(self, connection, c, key: str) -> None:
        self.attempted += 1
        insert = "INSERT INTO acks (id, part) VALUES (%s, %s)"
        if self.number % 4 == 0:
            c.execute("INSERT INTO acks (id, part) VALUES (%s, 1), (%s, 2)", (key, key))
        elif self.number % 4 == 2:
            c.execute(f"BEGIN; {insert}; {insert}; COMMIT", (key, 1, key, 2))
        else:
            c.execute(insert, (key, 1))
            if self.number % 4 == 3:  # Has to take the writer in the middle of its transaction.
                c.execute("UPDATE totals SET n = n + 1 WHERE writer = %s", (self.number,))
            c.execute(insert, (key, 2))
            connection.commit()
        self.acknowledged.append(key)


def count_parts(daemon: servers.Historyd, round_number: int) -> dict[str, list[int]]:
    with psycopg2.connect(daemon.target.url()) as connection, connection.cursor() as c:
        c.execute(
            "SELECT id, array_agg(part ORDER BY part) FROM acks WHERE id LIKE %s GROUP BY id",
            (f"{round_number}-%",),
        )
        return dict(c.fetchall())


@pytest.mark.timeout(600)
def test_acknowledged_rows_survive(start, tmp_path: pathlib.Path) -> None:
    dice = random.Random(20240229)
    daemon = start()
    with psycopg2.connect(daemon.target.url()) as connection, connection.cursor() as c:
        c.execute("CREATE TABLE acks (id text NOT NULL, part int NOT NULL)")
        c.execute("CREATE TABLE totals (writer int PRIMARY KEY, n int NOT NULL)")
        c.execute("INSERT INTO totals SELECT n, 0 FROM generate_series(0, 31) n")
    connection.close()
    acknowledged: dict[int, int] = {n: 0 for n in range(WRITERS)}
    total = 0
    for round_number in range(ROUNDS):
        writers = [Writer(daemon.target.url(), round_number, n) for n in range(WRITERS)]
        for w in writers:
            w.start()
        while not any(w.acknowledged for w in writers) and daemon.alive():
            time.sleep(0.001)
        time.sleep(dice.uniform(0, 0.15))
        daemon.kill()
        for w in writers:
            w.join(30)
            assert not w.is_alive(), "a writer hangs on a dead daemon"
            acknowledged[w.number] += len(w.acknowledged)
        daemon = start()
        found = count_parts(daemon, round_number)
        total += sum(len(w.acknowledged) for w in writers)
        for w in writers:
            lost = [key for key in w.acknowledged if key not in found]
            assert not lost, f"round {round_number}, writer {w.number}: acknowledged and lost: {lost[:5]}"
        assert all(parts == [1, 2] for parts in found.values()), "half a transaction, or a doubled one"
        known = {f"{round_number}-{w.number}-{n}" for w in writers for n in range(w.attempted)}
        assert found.keys() <= known
    assert total > ROUNDS
    with psycopg2.connect(daemon.target.url()) as connection, connection.cursor() as c:
        c.execute("SELECT n FROM totals WHERE writer = 3")
        # At most one unacknowledged commit a round.
        assert acknowledged[3] <= c.fetchone()[0] <= acknowledged[3] + ROUNDS
        c.execute("SELECT count(*) FROM (SELECT id FROM acks GROUP BY id HAVING count(*) <> 2) AS torn")
        assert c.fetchone() == (0,)
    connection.close()
    daemon.stop()
    with sqlite3.connect(tmp_path / "history.db") as file:
        assert file.execute("PRAGMA integrity_check").fetchone() == ("ok",)
