"""Scripts of transactions that arrive whole: pipelines and strings of several statements that write.

Each begins and ends with the rows 1, 2, 3 of `proto`. The suite plays them in one piece and byte by byte,
so a server that treats the two differently is found out.
"""

from __future__ import annotations

from protocol_scripts import Script, Send, Until, ask, bound
from wire import bind, close, describe, execute, flush, parse, query, sync


def step(sql: str, *values: str | None, name: str = "", described: bool = False) -> bytes:
    return (
        parse(sql, name)
        + bind(bound(*values), statement=name)
        + (describe("P") if described else b"")
        + execute()
    )


def again(name: str, *values: str | None) -> bytes:
    return bind(bound(*values), statement=name) + execute()


RESTORE = ask(
    query(
        "DELETE FROM proto; INSERT INTO proto VALUES (1, 'one'), (2, 'two'), (3, NULL); SELECT a, b FROM proto ORDER BY a"
    )
)
UPDATE = "UPDATE proto SET b = $2::text WHERE a = $1::int4"
INSERT = "INSERT INTO proto VALUES ($1::int4, $2)"
SHORT = "INSERT INTO proto_short (t) VALUES ($1)"
FAILS = "UPDATE proto SET a = a / (a - 1) WHERE a = 1"
LOOK = "SELECT a, b FROM proto ORDER BY a"

PIPELINES: dict[str, Script] = {
    f"pipeline: {name}": script + ask(query(LOOK)) + RESTORE
    for name, script in {
        "updates": ask(step(UPDATE, "1", "x"), step(UPDATE, "2", "y"), step(UPDATE, "9", "z"), sync()),
        "with begin and commit": ask(
            step("BEGIN"), step(UPDATE, "1", "x"), step("DELETE FROM proto WHERE a = 2"), step("COMMIT"), sync()
        ),
        "inserts, then evict": ask(
            step("BEGIN"),
            *(step("INSERT INTO proto VALUES ($1::int4, $2)", str(n), f"m{n}") for n in range(20, 26)),
            step("DELETE FROM proto WHERE a NOT IN (SELECT a FROM proto ORDER BY a DESC LIMIT 3)"),
            step("COMMIT"),
            sync(),
        ),
        "returning and describe": ask(
            step("UPDATE proto SET b = upper(b) WHERE a = 2 RETURNING a, b", described=True),
            step("DELETE FROM proto WHERE a = 3 RETURNING a", described=True),
            step(LOOK, described=True),
            sync(),
        ),
        "reads what it wrote": ask(
            step("UPDATE proto SET b = 'new' WHERE a = 3"), step(LOOK), step("SELECT count(*) FROM proto"), sync()
        ),
        "error in the middle": ask(
            step(UPDATE, "1", "lost"), step(FAILS), step(UPDATE, "2", "skipped"), sync()
        ),
        "error in the middle of a block": ask(
            step("BEGIN"),
            step(UPDATE, "1", "lost"),
            step(FAILS),
            step(UPDATE, "2", "skipped"),
            step("COMMIT"),
            sync(),
        )
        + ask(query("SELECT 1"))
        + ask(query("COMMIT")),
        "error of the last": ask(
            step(UPDATE, "1", "lost"), step(FAILS), sync()
        ),
        "syntax error behind writes": ask(
            step(UPDATE, "1", "lost"), step("SELEC"), step(UPDATE, "2", "skipped"), sync()
        ),
        "bad value behind writes": ask(step(UPDATE, "1", "lost"), step(UPDATE, "no number", "x"), sync()),
        "statements named after the error are not there": ask(
            step(UPDATE, "1", "lost", name="before"),
            step(FAILS),
            step("SELECT 5", name="after"),
            sync(),
        )
        + ask(again("before", "2", "kept"), sync())
        + ask(again("after"), sync()),
        "statements named before the error stay": ask(
            step(UPDATE, "1", "lost", name="first"),
            parse("SELECT 6", "second"),
            step(FAILS),
            sync(),
        )
        + ask(again("second"), sync()),
        "one statement many times": ask(
            parse(UPDATE, "u"), *(again("u", "1", f"v{n}") for n in range(30)), close("S", "u"), sync()
        ),
        "flush in between": [
            Send(step(UPDATE, "1", "x") + flush()),
            Until("C"),
            Send(step(UPDATE, "2", "y") + sync()),
            Until("Z"),
        ],
        "block left open": ask(step("BEGIN"), step(UPDATE, "1", "x"), step(UPDATE, "2", "y"), sync())
        + ask(step(LOOK), sync())
        + ask(query("ROLLBACK")),
        "rolled back in the pipeline": ask(step("BEGIN"), step(UPDATE, "1", "x"), step("ROLLBACK"), sync()),
        "savepoint in the pipeline": ask(
            step("BEGIN"),
            step(UPDATE, "1", "x"),
            step("SAVEPOINT s"),
            step(UPDATE, "2", "undone"),
            step("ROLLBACK TO s"),
            step(UPDATE, "3", "z"),
            step("COMMIT"),
            sync(),
        ),
        "row limit": ask(
            step(UPDATE, "1", "x"),
            parse("UPDATE proto SET b = 'all' RETURNING b"),
            bind(),
            execute(max_rows=2),
            execute(max_rows=2),
            sync(),
        ),
        "two blocks in one pipeline": ask(
            step("BEGIN"),
            step(UPDATE, "1", "x"),
            step("COMMIT"),
            step("BEGIN"),
            step(UPDATE, "2", "y"),
            step("COMMIT"),
            sync(),
        ),
        "commit and chain": ask(
            step("BEGIN"), step(UPDATE, "1", "x"), step("COMMIT AND CHAIN"), step(UPDATE, "2", "y"), sync()
        )
        + ask(query("ROLLBACK")),
        "chain outside a block": ask(step(UPDATE, "1", "x"), step("COMMIT AND CHAIN"), sync()),
        "commit without begin warns": ask(step(UPDATE, "1", "x"), step("COMMIT"), step(UPDATE, "2", "y"), sync()),
        "begin behind a write": ask(step(UPDATE, "1", "x"), step("BEGIN"), step(UPDATE, "2", "y"), sync())
        + ask(query("ROLLBACK")),
        "read only": ask(step("BEGIN READ ONLY"), step(UPDATE, "1", "x"), step("COMMIT"), sync())
        + ask(query("ROLLBACK")),
        "settings in between": ask(
            step("BEGIN"),
            step(UPDATE, "1", "x"),
            step("SET LOCAL DateStyle = 'German'"),
            step("UPDATE proto SET b = '2026-11-25'::date::text WHERE a = 2 RETURNING b"),
            step("COMMIT"),
            sync(),
        ),
        "held cursor": ask(
            step("BEGIN"),
            step("DECLARE c CURSOR WITH HOLD FOR SELECT a, b FROM proto ORDER BY a"),
            step(UPDATE, "1", "later"),
            step("COMMIT"),
            sync(),
        )
        + ask(query("CLOSE c")),
        "schema in between": ask(
            step("BEGIN"),
            step(UPDATE, "1", "x"),
            step("ALTER TABLE proto ADD COLUMN c int DEFAULT 7"),
            step("UPDATE proto SET c = a WHERE a = 3 RETURNING a, c"),
            step("ROLLBACK"),
            sync(),
        ),
        "string of writes": ask(
            query(
                "UPDATE proto SET b = 'x' WHERE a = 1; UPDATE proto SET b = b || a WHERE a = 1 RETURNING a, b; DELETE FROM proto WHERE a = 2; SELECT count(*) FROM proto"
            )
        ),
        "string that fails": ask(
            query(
                "UPDATE proto SET b = 'lost' WHERE a = 1; UPDATE proto SET a = a / (a - 1) WHERE a = 1; UPDATE proto SET b = 'skipped'"
            )
        ),
        "string that fails at its end": ask(query("UPDATE proto SET b = 'lost'; SELECT nothing")),
        "string with a block": ask(
            query("BEGIN; UPDATE proto SET b = 'x' WHERE a = 1; DELETE FROM proto WHERE a = 3; COMMIT; SELECT 1")
        ),
        "string that leaves a block open": ask(query("BEGIN; UPDATE proto SET b = 'x'; DELETE FROM proto WHERE a = 3"))
        + ask(query("ROLLBACK")),
        "prepared by sql": ask(query("PREPARE pu AS UPDATE proto SET b = $2 WHERE a = $1"))
        + ask(query("BEGIN; EXECUTE pu (1, 'x'); EXECUTE pu (2, 'y'); COMMIT"))
        + ask(query("DEALLOCATE pu")),
        "inserts": ask(
            step(INSERT, "20", "x"), step(f"{INSERT} RETURNING b, a", "21", "y", described=True), step(LOOK), sync()
        ),
        "insert of a key that is there": ask(
            step("BEGIN"),
            step(INSERT, "20", "lost"),
            step(f"{INSERT} RETURNING a", "2", "twice"),
            step(INSERT, "21", "skipped"),
            step("COMMIT"),
            sync(),
        ),
        "insert of a key of the pipeline's own": ask(
            step(INSERT, "20", "lost"), step(UPDATE, "1", "lost"), step(INSERT, "20", "twice"), sync()
        ),
        "inserts, then a look elsewhere": ask(
            step("BEGIN"), step(INSERT, "20", "x"), step("SELECT 1"), step(INSERT, "21", "y"), step("COMMIT"), sync()
        ),
        "inserts in a block left open": ask(
            step("BEGIN"), step(INSERT, "20", "x"), step(INSERT, "21", "y"), step(INSERT, "21", "twice"), sync()
        )
        + ask(query("COMMIT")),
        "inserts rolled back in the pipeline": ask(
            step("BEGIN"), step(INSERT, "20", "x"), step("ROLLBACK"), step(INSERT, "20", "y"), sync()
        ),
        "savepoint between inserts": ask(
            step("BEGIN"),
            step(INSERT, "20", "x"),
            step("SAVEPOINT s"),
            step(INSERT, "21", "undone"),
            step("ROLLBACK TO s"),
            step(INSERT, "21", "y"),
            step("COMMIT"),
            sync(),
        ),
        "insert of what the column refuses": ask(query("CREATE TABLE proto_short (n serial, t varchar(3) NOT NULL)"))
        + ask(step(SHORT, "abc"), step(SHORT, None), step(SHORT, "x"), sync())
        + ask(step(SHORT, "abc"), step("SELECT currval('proto_short_n_seq') = max(n) FROM proto_short"), sync())
        + ask(query("SELECT t FROM proto_short; DROP TABLE proto_short")),
        "string of inserts": ask(
            query("INSERT INTO proto VALUES (20, 'x'); INSERT INTO proto VALUES (21, 'y') RETURNING a; SELECT count(*) FROM proto")
        ),
        "string of inserts that fails": ask(
            query("INSERT INTO proto VALUES (20, 'lost'); INSERT INTO proto VALUES (1, 'twice'); INSERT INTO proto VALUES (21, 'z')")
        ),
        "queries one behind another": [
            Send(
                query("UPDATE proto SET b = 'x' WHERE a = 1")
                + query("BEGIN")
                + query("DELETE FROM proto WHERE a = 3")
                + query("COMMIT")
            ),
            *([Until("Z")] * 4),
        ],
    }.items()
}
