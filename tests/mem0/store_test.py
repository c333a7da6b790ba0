"""HistoryStore by itself: round trips, lost answers, restarts, connections, refusals."""

from __future__ import annotations

import copy
import importlib.util
import pickle
import sqlite3
import sys
import threading
from collections.abc import Iterator

import historyd_mem0
import psycopg2
import pytest
import relay
import servers
from historyd_mem0 import connection_pool, drivers


@pytest.fixture(params=["psycopg", "psycopg2"], autouse=True)
def driver(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if importlib.util.find_spec(request.param) is None:
        pytest.skip(f"{request.param} could not be installed")
    chosen = drivers.Psycopg if request.param == "psycopg" else drivers.Psycopg2
    monkeypatch.setattr(drivers, "installed", chosen)
    return request.param


@pytest.fixture
def between(daemon: servers.Historyd) -> Iterator[relay.Relay]:
    r = relay.Relay(daemon.target.host, daemon.target.port)
    yield r
    r.close()


def rows(daemon: servers.Historyd, query: str) -> list[tuple]:
    with psycopg2.connect(daemon.target.url()) as connection, connection.cursor() as c:
        c.execute(query)
        found = c.fetchall()
    connection.close()
    return found


def calls_of(store) -> dict:
    given = {"created_at": "2024-07-01T12:00:00-07:00", "updated_at": "never"}
    return {
        "add": lambda: store.add_history("m", None, "x", "ADD"),
        "add as given": lambda: store.add_history("m", None, "x", "ADD", **given),
        "batch": lambda: store.batch_add_history([{"memory_id": "b", "new_memory": str(n), **given} for n in range(7)]),
        "messages": lambda: store.save_messages([{"role": "user", "content": str(n)} for n in range(4)], "s"),
        "history": lambda: store.get_history("m"),
        "last": lambda: store.get_last_messages("s"),
        "reset": store.reset,
    }


def test_a_call_is_one_round_trip(between) -> None:
    store = historyd_mem0.HistoryStore(between.url)
    for _ in range(8):  # More often than psycopg waits before it prepares a statement.
        for name, call in calls_of(store).items():
            before = between.round_trips
            call()
            assert between.round_trips == before + 1, name
    assert between.accepted == 1
    store.close()


def test_a_lost_answer_loses_and_doubles_nothing(daemon, between) -> None:
    store = historyd_mem0.HistoryStore(between.url)
    calls = calls_of(store)
    for name in ("add", "add as given", "batch", "messages"):
        between.answers_to_lose = 1
        calls[name]()
        assert between.answers_to_lose == 0
    assert rows(daemon, "SELECT memory_id, count(*) FROM history GROUP BY 1 ORDER BY 1") == [("b", 7), ("m", 2)]
    assert rows(daemon, "SELECT count(*) FROM history_as_given") == [(8,)]
    assert [m["content"] for m in store.get_last_messages("s")] == ["0", "1", "2", "3"]
    store.close()


def test_nothing_of_a_failed_transaction_is_kept(daemon) -> None:
    store = historyd_mem0.HistoryStore(daemon.target.url())
    with pytest.raises(historyd_mem0.HistoryError) as refused:
        store._run("fail", [*store._statements("m", {}), ("SELECT 1/0", ()), *store._statements("m", {})])
    assert refused.value.sqlstate == "22012"
    assert store.get_history("m") == []
    store.close()


def test_a_restart_is_waited_for(daemon) -> None:
    store = historyd_mem0.HistoryStore(daemon.target.url())
    store.add_history("m", None, "before", "ADD")
    daemon.kill()
    waiting = threading.Thread(target=store.add_history, args=("m", "before", "after", "UPDATE"))
    waiting.start()
    daemon.start()
    waiting.join(30)
    assert [r["new_memory"] for r in store.get_history("m")] == ["before", "after"]
    daemon.stop()
    daemon.start()
    assert len(store.get_history("m")) == 2
    store.close()


def test_a_daemon_that_is_not_there_is_named(caplog) -> None:
    port = servers.free_port()
    url = f"postgresql://ann:secret@127.0.0.1:{port}/mem0"
    with pytest.raises(sqlite3.OperationalError) as failed:
        historyd_mem0.HistoryStore(url, connect_patience_s=0.3)
    assert f"historyd at 127.0.0.1:{port} has not answered for 0.3 s" in str(failed.value)
    assert "refused" in str(failed.value) and "secret" not in str(failed.value) + caplog.text
    assert "trying again" in caplog.text


def test_a_daemon_that_goes_away_is_named(daemon) -> None:
    store = historyd_mem0.HistoryStore(daemon.target.url(), patience_s=0.3)
    daemon.kill()
    with pytest.raises(historyd_mem0.HistoryError, match="has not answered for 0.3 s"):
        store.add_history("m", None, "x", "ADD")
    store.close()


def test_threads_share_few_connections(daemon, between) -> None:
    store = historyd_mem0.HistoryStore(between.url)

    def work(number: int) -> None:
        for n in range(20):
            store.add_history(f"m{number}", None, str(n), "ADD")

    threads = [threading.Thread(target=work, args=(n,)) for n in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert rows(daemon, "SELECT count(*), count(DISTINCT memory_id) FROM history") == [(320, 16)]
    assert between.accepted <= connection_pool.CONNECTIONS_MAX
    store.close()


def test_stores_share_connections_until_the_last_is_closed(between) -> None:
    first, second = historyd_mem0.HistoryStore(between.url), historyd_mem0.HistoryStore(between.url)
    first.add_history("m", None, "x", "ADD")
    first.close()
    first.close()
    assert len(second.get_history("m")) == 1 and between.accepted == 1
    del second
    for _ in range(1000):
        if between.open == 0:
            break
        threading.Event().wait(0.01)
    assert between.open == 0


def test_a_closed_store_says_so(daemon) -> None:
    store = historyd_mem0.HistoryStore(daemon.target.url())
    store.close()
    assert store.connection is None
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        store.get_history("m")
    with pytest.raises(RuntimeError, match="closed"):
        store.reset()


def test_copies_are_stores(daemon) -> None:
    store = historyd_mem0.HistoryStore(daemon.target.url())
    store.add_history("m", None, "x", "ADD")
    for other in (pickle.loads(pickle.dumps(store)), copy.deepcopy(store)):
        assert other.get_history("m") == store.get_history("m")
        other.close()
    store.close()


def test_instants_decide_where_offsets_differ(daemon) -> None:
    """mem0 compares the texts, and has them the other way round."""
    store = historyd_mem0.HistoryStore(daemon.target.url())
    times = ["2025-03-01T09:30:00-08:00", "2025-03-01T17:00:00+00:00", "2025-03-01T18:00:00+00:00"]
    for at in times:
        store.add_history("m", None, None, "ADD", created_at=at)
    assert [r["created_at"] for r in store.get_history("m")] == [times[1], times[0], times[2]]
    held = rows(daemon, "SELECT created_at AT TIME ZONE 'UTC' FROM history ORDER BY created_at")
    assert [str(at) for (at,) in held] == ["2025-03-01 17:00:00", "2025-03-01 17:30:00", "2025-03-01 18:00:00"]
    # A text that is kept beside an instant counts only as long as it names it.
    rows(daemon, "UPDATE history SET created_at = '2025-03-01T20:00:00Z' WHERE created_at::text LIKE '%17:30%' RETURNING 1")
    assert store.get_history("m")[-1]["created_at"] == "2025-03-01T20:00:00+00:00"
    store.close()


def test_tables_that_were_dropped_come_back(daemon) -> None:
    store = historyd_mem0.HistoryStore(daemon.target.url())
    rows(daemon, "DROP TABLE history, messages; SELECT 1")
    store.save_messages([{"role": "user", "content": "x"}], "s")
    store.add_history("m", None, "x", "ADD")
    assert len(store.get_history("m")) == len(store.get_last_messages("s")) == 1
    store.close()


def test_what_cannot_be_kept_is_refused(daemon) -> None:
    store = historyd_mem0.HistoryStore(daemon.target.url())
    with pytest.raises(sqlite3.DataError, match="NUL"):
        store.add_history("m", None, "a\0b", "ADD")
    with pytest.raises(sqlite3.ProgrammingError, match="type 'dict' is not supported"):
        store.save_messages([{"role": "user", "content": {"type": "image"}}], "s")
    with pytest.raises(NotImplementedError, match="PostgreSQL client"):
        store.connection.execute("SELECT * FROM history")
    with pytest.raises(ValueError, match="begins with postgresql://"):
        historyd_mem0.HistoryStore("history.db")
    assert store.get_history("m") == store.get_last_messages("s") == []
    store.close()


def test_without_a_driver_both_are_named(monkeypatch) -> None:
    monkeypatch.undo()
    for name in ("psycopg", "psycopg2"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ImportError, match=r"psycopg: .*psycopg2: .*pip install"):
        historyd_mem0.HistoryStore("postgresql://localhost/no-driver")
