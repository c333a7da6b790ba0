"""PostgREST's interface over plain HTTP: recorded requests, bodies byte for byte, statuses and headers."""

from __future__ import annotations

import concurrent.futures
import http.client
import json
import pathlib
import re
from collections.abc import Iterator
from typing import Any

import pytest
import rest
import servers
import wire

RECORDING = pathlib.Path(__file__).with_name("supabase_history_http.log")

# One column of each type there is JSON for, and values that print in their own ways.
TYPES_TABLE = """CREATE TABLE types (id int PRIMARY KEY, b bool, i2 int2, i8 int8, f4 float4, f8 float8,
  n numeric, n2 numeric(10,2), t text, v varchar(8), c char(5), d date, ts timestamp, tz timestamptz, ti time,
  iv interval, u uuid, y bytea, j json, jb jsonb, ta text[], ia int[], ba bool[], tza timestamptz[])"""
TYPES_ROWS = [
    {"id": 1, "b": True, "i2": -32768, "i8": 9223372036854775807, "f4": 0.1, "f8": 1e300, "n": 1.10,
     "n2": 3, "t": "a \"b\"\\ \n\t ü 日本 \u0001", "v": "12345678", "c": "ab", "d": "2024-02-29",
     "ts": "2024-02-29T12:34:56.7", "tz": "2024-02-29T12:34:56.789+02:00", "ti": "01:02:03",
     "iv": "1 day 02:00", "u": "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11", "y": "\\x00ff",
     "j": {"k": [1, None, "x"]}, "jb": {"zz": 1.50, "a": {"b": []}}, "ta": ["a", None, "b,c\"d\\", ""],
     "ia": [[1, 2], [3, 4]], "ba": [True, False], "tza": ["2024-01-01T00:00:00Z"]},
    {"id": 2, "b": None, "i2": None, "i8": None, "f4": None, "f8": None, "n": None, "n2": None, "t": None,
     "v": None, "c": None, "d": None, "ts": None, "tz": None, "ti": None, "iv": None, "u": None, "y": None,
     "j": None, "jb": None, "ta": None, "ia": None, "ba": None, "tza": None},
    {"id": 3, "b": False, "i2": 0, "i8": 0, "f4": "NaN", "f8": "-Infinity", "n": "NaN", "n2": "1e3", "t": "",
     "v": " ", "c": "", "d": "infinity", "ts": "-infinity", "tz": "0001-01-01T00:00:00Z", "ti": "24:00",
     "iv": "-1 mon", "u": "00000000-0000-0000-0000-000000000000", "y": "", "j": "text", "jb": "text",
     "ta": [], "ia": [], "ba": [], "tza": []},
]  # fmt: skip


@pytest.fixture(scope="module")
def server(binary: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[rest.Rest]:
    running = rest.Rest(binary, tmp_path_factory.mktemp("rest"))
    with wire.Connection(running.historyd.target) as c:
        c.simple("CREATE TABLE items (id int PRIMARY KEY, name text, n int DEFAULT 7)")
    yield running
    running.stop()


@pytest.fixture
def items(server: rest.Rest) -> rest.Rest:
    with wire.Connection(server.historyd.target) as c:
        c.simple("DELETE FROM items; INSERT INTO items VALUES (1, 'one', 10), (2, 'two', NULL), (3, 'three', 30)")
    return server


def recorded() -> Iterator[tuple[str, str, dict[str, str], str, int, str]]:
    for exchange in RECORDING.read_text().strip().split("\n\n"):
        lines = exchange.split("\n")
        method, path, _ = lines[0].removeprefix("> ").split(" ")
        fields = [line.removeprefix(">").strip() for line in lines[1:] if line.startswith(">")]
        body = "".join(f.removeprefix("BODY ") for f in fields if f.startswith("BODY "))
        headers = dict(f.split(": ", 1) for f in fields if not f.startswith("BODY "))
        status, _, answer = lines[-1].removeprefix("< ").partition(" ")
        yield method, path, headers, body, int(status), answer


def test_recorded_requests_of_mem0(server: rest.Rest) -> None:
    """What mem0 and supabase-js sent to PostgREST, header for header; the answers but for the rows' ids."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    asked = list(recorded())
    assert len(asked) == 6
    for method, path, headers, body, status, answer in asked:
        connection.request(method, path, body or None, {**headers, "host": f"127.0.0.1:{server.port}"})
        response = connection.getresponse()
        got = response.read().decode()
        assert response.status == status, got
        if "memory_id=eq.m1" in path:
            rows, kept = json.loads(got), json.loads(answer)
            assert [list(row) for row in rows] == [list(kept[0])] * 2
            assert rows[1] == {"id": "de9c3762-2d7e-48d3-8cb9-dbea156fa5f1", "memory_id": "m1",
                               "previous_value": "v", "new_value": None, "action": "DELETE", "is_deleted": 1,
                               "created_at": "2026-01-01T00:00:00+00:00",
                               "updated_at": "2026-01-02T00:00:00+00:00"}  # fmt: skip
        elif method == "GET" and status == 404:
            assert json.loads(got) == json.loads(answer)
        else:
            assert got == answer
    connection.close()


def test_the_table_is_as_mem0_asks_for_it(server: rest.Rest) -> None:
    assert server.ask("GET", "memory_history?select=id&limit=1").body == "[]"
    with wire.Connection(server.historyd.target) as c:
        columns = c.rows(
            "SELECT column_name, data_type, is_nullable FROM information_schema.columns "
            "WHERE table_name = 'memory_history' ORDER BY ordinal_position"
        )
        indexes = c.rows("SELECT indexname FROM pg_indexes WHERE tablename = 'memory_history' ORDER BY 1")
    assert columns == [
        ("id", "text", "NO"), ("memory_id", "text", "NO"), ("previous_value", "text", "YES"),
        ("new_value", "text", "YES"), ("action", "text", "NO"), ("created_at", "timestamp with time zone", "YES"),
        ("updated_at", "timestamp with time zone", "YES"), ("is_deleted", "integer", "YES"),
    ]  # fmt: skip
    assert indexes == [("memory_history_memory_id_idx",), ("memory_history_pkey",)]


@pytest.fixture(scope="module")
def types_of_both(server: rest.Rest, postgres_url: str) -> Iterator[tuple[rest.Rest, wire.Connection]]:
    """The same JSON in both: by a POST here, as PostgREST's SQL does it there."""
    database = servers.fresh_database(postgres_url, "rest_types")
    with wire.Connection(server.historyd.target) as c:
        c.simple(TYPES_TABLE)
    with wire.Connection(database) as c:
        assert c.simple(TYPES_TABLE).error is None
        body = json.dumps(TYPES_ROWS).replace("'", "''")
        inserted = c.simple(f"INSERT INTO types SELECT * FROM json_populate_recordset(NULL::types, '{body}')")
        assert inserted.error is None, inserted.error
        posted = server.ask("POST", "types", TYPES_ROWS)
        assert (posted.status, posted.body) == (201, "")
        yield server, c


def test_json_is_what_postgresql_makes_of_the_rows(types_of_both: tuple[rest.Rest, wire.Connection]) -> None:
    server, postgres = types_of_both
    expected = postgres.rows("SELECT coalesce(json_agg(x), '[]') FROM (SELECT * FROM types ORDER BY id) x")[0][0]
    # json is kept as it was sent, but for blanks between its parts.
    assert server.ask("GET", "types?order=id").body == expected.replace('{"k": [1, null, "x"]}', '{"k":[1,null,"x"]}')


def test_csv_is_what_postgresql_makes_of_the_rows(types_of_both: tuple[rest.Rest, wire.Connection]) -> None:
    server, postgres = types_of_both
    row = "substring(x::text, 2, length(x::text) - 2)"
    lines = postgres.rows(f"SELECT string_agg({row}, E'\\n') FROM (SELECT * FROM types ORDER BY id) x")[0][0]
    expected = ",".join(TYPES_ROWS[0]) + "\n" + lines
    expected = expected.replace('{""k"": [1, null, ""x""]}', '{""k"":[1,null,""x""]}')
    assert server.ask("GET", "types?order=id", accept="text/csv").body == expected


@pytest.mark.parametrize(
    "filters",
    ["b=is.true", "i8=gt.0", "f8=lt.0", "n=eq.1.1", "n2=gte.3", "t=eq.", "c=eq.ab", "d=gt.2024-01-01",
     "tz=lt.2024-02-29T10:34:57Z", "ti=eq.24:00", "u=eq.a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "y=eq.\\x00ff",
     "jb=cs.{\"a\":{}}", "jb->>zz=eq.1.50", "jb->a->b=eq.[]", "ta=cs.{a}", "ia=eq.{{1,2},{3,4}}", "ta=ov.{x}",
     "ba=cd.{t,f}", "iv=gt.0", "i2=in.(0,-32768)", "v=like.1*8"],
)  # fmt: skip
def test_filters_find_what_postgresql_finds(
    filters: str, types_of_both: tuple[rest.Rest, wire.Connection]
) -> None:
    server, postgres = types_of_both
    column, operator, value = re.fullmatch(r"(.+?)=(\w+)\.(.*)", filters).groups()
    symbols = {"is": "IS", "gt": ">", "lt": "<", "eq": "=", "gte": ">=", "cs": "@>", "ov": "&&", "cd": "<@",
               "in": "IN", "like": "LIKE"}  # fmt: skip
    steps = re.split("->", re.sub(r"->(>?)(\w+)", r"->\1'\2'", column))
    right = value if operator in ("is", "in") else "'" + value.replace("*", "%") + "'"
    where = "->".join(steps) + f" {symbols[operator]} {right}"
    expected = [int(row[0]) for row in postgres.rows(f"SELECT id FROM types WHERE {where} ORDER BY id")]
    got = server.ask("GET", "types?select=id&order=id&" + filters.replace("{", "%7B").replace('"', "%22"))
    assert [row["id"] for row in got.json()] == expected, got.body


def test_ranges_and_counts(items: rest.Rest) -> None:
    ask = items.ask
    answers = [
        (ask("GET", "items"), 200, "0-2/*", 3),
        (ask("GET", "items", prefer="count=exact"), 200, "0-2/3", 3),
        (ask("GET", "items?limit=2", prefer="count=exact"), 206, "0-1/3", 2),
        (ask("GET", "items?offset=2", prefer="count=planned"), 206, "2-2/3", 1),
        (ask("GET", "items", range="1-1", range_unit="items"), 200, "1-1/*", 1),
        (ask("GET", "items", range="1-", prefer="count=exact"), 206, "1-2/3", 2),
        (ask("GET", "items?limit=0", prefer="count=exact"), 206, "*/3", 0),
        (ask("GET", "items?id=gt.9", prefer="count=exact"), 200, "*/0", 0),
        (ask("GET", "items?id=gt.9"), 200, "*/*", 0),
        (ask("GET", "items?offset=9"), 200, "*/*", 0),
    ]
    for answer, status, content_range, rows in answers:
        assert (answer.status, answer.content_range, len(answer.json())) == (status, content_range, rows)
    beyond = ask("GET", "items?offset=9", prefer="count=exact")
    assert (beyond.status, beyond.json()["code"]) == (416, "PGRST103")


def test_head_is_get_without_a_body(items: rest.Rest) -> None:
    get, head = (items.ask(method, "items?limit=1", prefer="count=exact") for method in ("GET", "HEAD"))
    assert head.body == "" and head.status == get.status == 206
    for name in ("content-range", "content-type", "content-length", "preference-applied"):
        assert head.headers[name] == get.headers[name]


def test_what_an_insert_returns(items: rest.Rest) -> None:
    ask = items.ask
    plain = ask("POST", "items", {"id": 4})
    assert (plain.status, plain.body, plain.content_range) == (201, "", "*/*")
    assert "content-type" not in plain.headers and "location" not in plain.headers
    headers = ask("POST", "items", {"id": 5, "name": "a b"}, prefer="return=headers-only,count=exact")
    assert (headers.body, headers.headers["location"], headers.content_range) == ("", "/items?id=eq.5", "*/1")
    assert headers.headers["preference-applied"] == "return=headers-only, count=exact"
    full = ask("POST", "items?select=id,n&order=id.desc", [{"id": 6}, {"id": 7}], prefer="return=representation")
    assert full.body == '[{"id":7,"n":7}, \n {"id":6,"n":7}]'
    lines = ask("POST", "items", "id,name\n8,eight\n9,NULL\n", content_type="text/csv", accept="text/csv",
                prefer="return=representation")  # fmt: skip
    assert (lines.status, lines.body) == (201, "id,name,n\n8,eight,7\n9,,7")
    profile = ask("POST", "items", {"id": 10}, prefer="return=representation", content_profile="public")
    assert profile.headers["content-profile"] == "public"


def test_upserts(items: rest.Rest) -> None:
    merge = "resolution=merge-duplicates,return=representation"
    updated = items.ask("POST", "items", [{"id": 1, "name": "uno"}, {"id": 2, "name": "due"}], prefer=merge)
    assert (updated.status, [row["name"] for row in updated.json()]) == (200, ["uno", "due"])
    assert items.ask("POST", "items", [{"id": 1, "n": 0}, {"id": 20, "n": 0}], prefer=merge).status == 201
    ignored = items.ask("POST", "items", {"id": 1, "n": 5}, prefer="resolution=ignore-duplicates")
    assert (ignored.status, ignored.headers["preference-applied"]) == (201, "resolution=ignore-duplicates")
    assert items.ask("GET", "items?id=eq.1").json() == [{"id": 1, "name": "uno", "n": 0}]


def test_limited_changes(items: rest.Rest) -> None:
    changed = items.ask("PATCH", "items?order=id.desc&limit=2", {"n": 0}, prefer="return=representation")
    assert [row["id"] for row in changed.json()] == [3, 2]
    assert items.ask("DELETE", "items?order=id&limit=1").status == 204
    assert [row["id"] for row in items.ask("GET", "items?order=id").json()] == [2, 3]
    assert items.ask("DELETE", "items?limit=1").json()["code"] == "PGRST109"


def count(server: rest.Rest) -> int:
    return int(server.ask("HEAD", "items", prefer="count=exact").content_range.split("/")[1])


@pytest.mark.parametrize(
    "method, path, body, headers, code",
    [
        ("POST", "items", [{"id": 4}, {"id": 1}], {}, "23505"),
        ("POST", "items", [{"id": 4}, {"id": 5}], {"accept": "application/vnd.pgrst.object+json"}, "PGRST116"),
        ("POST", "items", [{"id": n} for n in range(4, 20_000)] + [{"id": 1}], {}, "23505"),
        ("DELETE", "items?id=gt.1", None, {"accept": "application/vnd.pgrst.object+json"}, "PGRST116"),
        ("DELETE", "items?id=gt.1", None, {"prefer": "handling=strict,max-affected=1"}, "PGRST124"),
        ("DELETE", "items", None, {}, "21000"),
        ("DELETE", "items?id=1", None, {}, "PGRST100"),
        ("DELETE", "items?idd=eq.1", None, {}, "42703"),
        ("DELETE", "items?id=eq.x", None, {}, "22P02"),
        ("DELETE", "items?or=(id.eq.1", None, {}, "PGRST100"),
        ("DELETE", "items?id=gt.1", None, {"prefer": "tx=rollback"}, None),
        ("DELETE", "items?id=gt.1", None, {"prefer": "handling=strict,nonsense"}, "PGRST122"),
        ("DELETE", "items?id=gt.1", None, {"content_profile": "other"}, "PGRST106"),
        ("DELETE", "items?id=gt.1", None, {"accept": "image/png"}, "PGRST107"),
        ("DELETE", "items?id=gt.1", None, {"apikey": "wrong"}, "PGRST301"),
        ("DELETE", "items?id=gt.1", None, {"apikey": ""}, "PGRST302"),
        ("PUT", "items?id=eq.1", {"id": 1}, {}, "PGRST117"),
    ],
)
def test_what_is_refused_changes_nothing(
    items: rest.Rest, method: str, path: str, body: Any, headers: dict[str, str], code: str | None
) -> None:
    answer = items.ask(method, path, body, **headers)
    assert (answer.json()["code"] if answer.body else None) == code, answer.body
    assert [row["id"] for row in items.ask("GET", "items?order=id").json()] == [1, 2, 3]


def test_a_preferred_time_zone(server: rest.Rest) -> None:
    ask = server.ask
    row = {"id": "z", "memory_id": "zone", "action": "ADD", "created_at": "2026-07-01T00:00:00Z"}
    assert ask("POST", "memory_history", row).status == 201
    query = "memory_history?memory_id=eq.zone&select=created_at"
    vienna = ask("GET", query, prefer="timezone=Europe/Vienna")
    assert vienna.body == '[{"created_at":"2026-07-01T02:00:00+02:00"}]'
    assert vienna.headers["preference-applied"] == "timezone=Europe/Vienna"
    assert "+00:00" in ask("GET", query, prefer="timezone=Nowhere/At-all").body
    assert ask("GET", query, prefer="handling=strict,timezone=Nowhere").json()["code"] == "PGRST122"


def test_many_rows_in_one_request(server: rest.Rest) -> None:
    rows = [{"id": f"bulk{n}", "memory_id": "bulk", "action": "ADD", "new_value": "x" * 20} for n in range(12_000)]
    posted = server.ask("POST", "memory_history", rows, prefer="count=exact")
    assert (posted.status, posted.content_range) == (201, "*/12000")
    assert len(server.ask("GET", "memory_history?memory_id=eq.bulk").json()) == 12_000
    gone = server.ask("DELETE", "memory_history?memory_id=eq.bulk", prefer="count=exact")
    assert gone.content_range == "*/12000"


def test_clients_at_once(server: rest.Rest) -> None:
    def write(client: int) -> list[int]:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        statuses = []
        for n in range(25):
            body = json.dumps({"id": f"c{client}-{n}", "memory_id": "at once", "action": "ADD"})
            headers = {"apikey": rest.KEY, "Content-Type": "application/json"}
            connection.request("POST", "/rest/v1/memory_history", body, headers)
            response = connection.getresponse()
            response.read()
            statuses.append(response.status)
        connection.close()
        return statuses

    with concurrent.futures.ThreadPoolExecutor(16) as clients:
        assert {status for statuses in clients.map(write, range(16)) for status in statuses} == {201}
    found = server.ask("HEAD", "memory_history?memory_id=eq.at%20once", prefer="count=exact")
    assert found.content_range == "0-399/400"


def test_limits(binary: str, tmp_path: pathlib.Path) -> None:
    limits = {"REQUEST_BYTES_MAX": "2000", "RESPONSE_BYTES_MAX": "1024", "CREATE_TABLE": "",
              "STATEMENT_TIMEOUT_MS": "500"}  # fmt: skip
    running = rest.Rest(binary, tmp_path, **{"HISTORYD_REST_" + name: text for name, text in limits.items()})
    try:
        assert running.ask("GET", "memory_history").json()["code"] == "PGRST205"
        with wire.Connection(running.historyd.target) as c:
            c.simple("CREATE TABLE t (v text)")
        assert running.ask("POST", "t", {"v": "x" * 2000}).status == 413
        assert running.ask("POST", "t", [{"v": "x" * 600}, {"v": "y" * 600}]).status == 201
        assert running.ask("GET", "t?limit=1").status == 200
        large = running.ask("GET", "t")
        assert (large.status, large.json()["code"]) == (500, "54000")
        refused = running.ask("PATCH", "t?v=neq.", {"v": "z" * 900}, prefer="return=representation")
        assert refused.json()["code"] == "54000"
        assert running.ask("HEAD", "t?v=like.z*", prefer="count=exact").content_range == "*/0"
        with wire.Connection(running.historyd.target) as c:
            c.simple("CREATE VIEW slow AS SELECT count(*) AS n FROM generate_series(1, 5000) a, generate_series(1, 5000) b, "
                     "generate_series(1, 5000) c")
        slow = running.ask("GET", "slow")
        assert (slow.status, slow.json()["code"]) == (500, "57014")
    finally:
        running.stop()


def test_acknowledged_rows_survive_a_kill(binary: str, tmp_path: pathlib.Path) -> None:
    running = rest.Rest(binary, tmp_path)
    for n in range(20):
        assert running.ask("POST", "memory_history", {"id": str(n), "memory_id": "m", "action": "ADD"}).status == 201
    running.historyd.kill()
    again = rest.Rest(binary, tmp_path)
    try:
        assert len(again.ask("GET", "memory_history?memory_id=eq.m").json()) == 20
    finally:
        again.stop()


def test_the_key_is_needed_and_never_shown(binary: str, tmp_path: pathlib.Path) -> None:
    with pytest.raises(servers.DidNotStart, match="a key is needed, in rest.key or rest.key_file"):
        servers.Historyd(binary, tmp_path, environment={"HISTORYD_REST_LISTEN": "127.0.0.1:0"})
    secret = {"HISTORYD_REST_KEY": "not-to-be-seen", "HISTORYD_REST_LISTEN": "127.0.0.1:0"}
    running = servers.Historyd(binary, tmp_path, environment=secret)
    running.stop()
    assert "not-to-be-seen" not in running.log.read_text()
