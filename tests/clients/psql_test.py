"""psql: what it prints must not tell the two servers apart."""

from __future__ import annotations

import subprocess

import pytest
import wire

SCHEMA = """
DROP TABLE IF EXISTS history, author, book, wide CASCADE;
DROP SEQUENCE IF EXISTS counter;
CREATE TABLE history (id VARCHAR NOT NULL, memory_id TEXT, old_memory TEXT, new_memory TEXT, event TEXT,
    created_at TIMESTAMP WITHOUT TIME ZONE DEFAULT now(), is_deleted INTEGER, PRIMARY KEY (id));
CREATE INDEX ix_history_memory_id ON history (memory_id);
CREATE TABLE author (id serial PRIMARY KEY, name varchar(50) NOT NULL UNIQUE,
    CONSTRAINT named CHECK (length(name) > 0));
CREATE TABLE book (isbn text PRIMARY KEY, author_id int NOT NULL REFERENCES author ON DELETE CASCADE,
    price numeric(10,2) DEFAULT 1.5, tags text[], at timestamptz(3), n bigint GENERATED ALWAYS AS IDENTITY);
CREATE UNIQUE INDEX book_price ON book (price DESC, lower(isbn)) WHERE price > 0;
CREATE VIEW cheap AS SELECT isbn, price FROM book WHERE price < 5;
CREATE SEQUENCE counter START 5;
COMMENT ON TABLE book IS 'books of authors';
COMMENT ON COLUMN book.price IS 'in euro';
INSERT INTO author (name) VALUES ('Ann'), ('Bob'), ('Zoë');
INSERT INTO book (isbn, author_id, price, tags) VALUES ('b1', 1, 3.50, '{a,"b c"}'), ('b2', 2, NULL, NULL);
"""

# Each is fed to psql as a script.
SCRIPTS = {
    "select": "SELECT * FROM author ORDER BY id;",
    "expanded": "\\x\nSELECT * FROM book ORDER BY isbn;",
    "null shown": "\\pset null (null)\nSELECT price FROM book ORDER BY isbn;",
    "unaligned": "\\a\n\\t\nSELECT * FROM author ORDER BY 1;",
    "csv": "\\pset format csv\nSELECT * FROM book ORDER BY isbn;",
    "insert update delete": "INSERT INTO author (name) VALUES ('Tmp');\nUPDATE author SET name = 'Tmp2' WHERE name = 'Tmp' RETURNING name;\nDELETE FROM author WHERE name = 'Tmp2';",
    "transaction": "BEGIN;\nINSERT INTO author (id, name) VALUES (100, 'T');\nSAVEPOINT s;\nSELECT 1/0;\nROLLBACK TO s;\nSELECT count(*) FROM author;\nROLLBACK;",
    "error with a caret": "SELECT nothing FROM author;\nSELECT * FORM author;\nSELECT * FROM nowhere;",
    "verbose errors": "\\set VERBOSITY verbose\nINSERT INTO author (id, name) VALUES (1, 'x');",
    "sqlstate only": "\\set VERBOSITY sqlstate\nSELECT 1/0;\n\\echo :SQLSTATE :ERROR :ROW_COUNT",
    "errors rolled back": "\\set ON_ERROR_ROLLBACK on\nBEGIN;\nSELECT 1/0;\nSELECT 'still here';\nCOMMIT;",
    "notice": "DROP TABLE IF EXISTS never_was;\nCREATE TABLE IF NOT EXISTS author (a int);",
    "gdesc": "SELECT id, name, now() AS n, 1.5::numeric(6,2) AS x, ARRAY[1] AS a FROM author \\gdesc",
    "gdesc of nothing": "CREATE TABLE t (a int) \\gdesc",
    "gset": "SELECT 5 AS five, 'x' AS letter \\gset\n\\echo :five :letter\nSELECT :five + 1, :'letter';",
    "gexec": "SELECT format('SELECT %s AS v', n) FROM generate_series(1, 2) n \\gexec",
    "crosstab": "SELECT a.name, b.isbn, b.price FROM author a JOIN book b ON a.id = b.author_id ORDER BY 1 \\crosstabview",
    "fetch count": "\\set FETCH_COUNT 2\nSELECT * FROM author ORDER BY id;\nSELECT n FROM generate_series(1, 7) n;",
    "fetch count error": "\\set FETCH_COUNT 2\nSELECT 1 / (n - 3) FROM generate_series(1, 5) n;",
    "several on a line": "SELECT 1; SELECT 2\\; SELECT 3;",
    "if": "SELECT true AS yes \\gset\n\\if :yes\n\\echo was true\n\\endif",
    "copy out": "COPY author TO STDOUT;\nCOPY (SELECT 1, NULL, 'a b') TO STDOUT WITH (FORMAT csv, HEADER);",
    "copy in": "BEGIN;\nCOPY author (id, name) FROM STDIN;\n50\tCopied\n51\tTab\\tbed\n\\.\nSELECT * FROM author WHERE id >= 50 ORDER BY id;\nROLLBACK;",
    "copy in error": "COPY author (id, name) FROM STDIN;\nabc\tx\n\\.\nSELECT count(*) FROM author;",
    "d": "\\d",
    "dt": "\\dt",
    "dt pattern": "\\dt h*\n\\dt nothing*\n\\dt public.*",
    "di": "\\di",
    "dv": "\\dv",
    "ds": "\\ds",
    "dn": "\\dn",
    "dn plus": "\\dn+",
    "dF nothing": "\\dF zz*\n\\dFd zz*\n\\dFp zz*\n\\dFt zz*",
    "dp": "\\dp author",
    "d history": "\\d history",
    "d author": "\\d author",
    "d book": "\\d book",
    "d plus book": "\\d+ book",
    "d view": "\\d cheap",
    "d plus view": "\\d+ cheap",
    "d index": "\\d book_price",
    "d sequence": "\\d counter",
    "d pattern": "\\d author*",
    "d nothing": "\\d nothing",
    "dT pattern": "\\dT int4",
    "df pattern": "\\df pg_catalog.upper",
    "sf missing": "\\sv cheap",
    "encoding": "\\encoding\nSHOW client_encoding;",
    "password less session": "SELECT current_user, session_user;",
    "prepared": "PREPARE p AS SELECT $1::int + 1;\nEXECUTE p(4);\nDEALLOCATE p;",
    "cursor": "BEGIN;\nDECLARE c CURSOR FOR SELECT name FROM author ORDER BY name;\nFETCH 2 FROM c;\nFETCH ALL FROM c;\nCLOSE c;\nCOMMIT;",
    "unicode": "SELECT 'Zoë', length('日本語'), U&'\\0041';",
    "wide table": "SELECT n, repeat('x', n) FROM generate_series(1, 5) n;",
    "timing off": "\\timing off\nSELECT 'x';",
    "errverbose": "SELECT nothing;\n\\errverbose",
}


def psql(target: wire.Target, script: str, *options: str) -> tuple[str, str, int]:
    command = [
        "psql",
        "-X",
        "-h",
        target.host,
        "-p",
        str(target.port),
        "-U",
        target.user,
        "-d",
        target.database,
    ]
    done = subprocess.run([*command, *options], input=script, capture_output=True, text=True, timeout=60)
    # The line of PostgreSQL's source an error came from.
    errors = "\n".join(line for line in done.stderr.splitlines() if not line.startswith("LOCATION:"))
    return done.stdout, errors, done.returncode


@pytest.fixture(scope="module")
def prepared(both: tuple[wire.Target, wire.Target]) -> tuple[wire.Target, wire.Target]:
    for target in dict.fromkeys(both):
        _, errors, code = psql(target, SCHEMA, "-q", "-v", "ON_ERROR_STOP=1")
        assert code == 0, errors
    return both


# Where historyd prints something else, and why.
DIFFERENT = {
    "d plus view": "a view's text is shown as it was written, not rebuilt from the tree",
    "sf missing": "a view's text is shown as it was written, not rebuilt from the tree",
    "d index": "an expression in an index is called expr, not after its function",
    "dT pattern": "types have no descriptions: PostgreSQL's texts are its own",
}


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(n, marks=pytest.mark.xfail(strict=True, reason=DIFFERENT[n])) if n in DIFFERENT else n
        for n in SCRIPTS
    ],
)
def test_prints_the_same(name: str, prepared: tuple[wire.Target, wire.Target]) -> None:
    postgres, historyd = (psql(t, SCRIPTS[name]) for t in prepared)
    assert historyd == postgres


def test_one_command(target: wire.Target) -> None:
    out, errors, code = psql(target, "", "-Atc", "SELECT 1; SELECT 'two'")
    assert (out, errors, code) == ("1\ntwo\n", "", 0)


def test_exit_code_of_an_error(target: wire.Target) -> None:
    assert psql(target, "SELECT 1/0;", "-v", "ON_ERROR_STOP=1")[2] == 3
    assert psql(target, "", "-c", "SELECT nothing")[2] == 1


def test_single_transaction(target: wire.Target) -> None:
    script = "CREATE TABLE psql_one (a int);\nINSERT INTO psql_one VALUES (1);\nSELECT 1/0;\n"
    assert psql(target, script, "-1", "-v", "ON_ERROR_STOP=1")[2] == 3
    out, errors, _ = psql(target, "SELECT * FROM psql_one;")
    assert 'relation "psql_one" does not exist' in errors and out == ""


def test_unix_socket(sockets: tuple[wire.Target, wire.Target]) -> None:
    for target in sockets:
        assert psql(target, "", "-Atc", "SELECT 'over a socket'")[0] == "over a socket\n"


def test_url_and_password(target: wire.Target) -> None:
    url = (
        f"postgresql://mem0:ignored@{target.host}:{target.port}/mem0?application_name=by%20url&sslmode=prefer"
    )
    done = subprocess.run(
        ["psql", "-XAtc", "SHOW application_name", url], capture_output=True, text=True, timeout=60
    )
    assert done.stdout == "by url\n", done.stderr
