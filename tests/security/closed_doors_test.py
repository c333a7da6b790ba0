"""SQL does not reach outside its database: every way PostgreSQL or SQLite has is tried."""

from __future__ import annotations

import pathlib

import pytest
import wire

ATTEMPTS = [
    # SQLite's
    "ATTACH '{file}' AS other",
    "ATTACH DATABASE '{file}' AS other",
    "DETACH main",
    "VACUUM INTO '{file}'",
    "PRAGMA journal_mode = off",
    "PRAGMA writable_schema = on",
    "PRAGMA temp_store_directory = '{file}'",
    "SELECT load_extension('{file}')",
    "SELECT load_extension('{file}', 'entry')",
    "SELECT readfile('{secret}')",
    "SELECT writefile('{file}', 'x')",
    "SELECT edit('{secret}')",
    "SELECT * FROM fsdir('/')",
    "SELECT * FROM pragma_database_list",
    "SELECT * FROM pragma_journal_mode('delete')",
    "SELECT * FROM pragma_function_list",
    "SELECT fts3_tokenizer('simple', x'00')",
    "SELECT sqlite_compileoption_get(0)",
    "CREATE VIRTUAL TABLE v USING csv(filename='{secret}')",
    "CREATE VIRTUAL TABLE v USING fts5(a)",
    "SELECT * FROM sqlite_dbpage",
    "UPDATE sqlite_master SET sql = ''",
    "DELETE FROM sqlite_schema",
    "SELECT * FROM historyd_meta",
    "DROP TABLE historyd_relation",
    # PostgreSQL's
    "COPY t FROM '{secret}'",
    "COPY t TO '{file}'",
    "COPY (SELECT 1) TO '{file}'",
    "COPY t FROM PROGRAM 'touch {file}'",
    "COPY t TO PROGRAM 'tee {file}'",
    "SELECT pg_read_file('{secret}')",
    "SELECT pg_read_binary_file('{secret}')",
    "SELECT pg_ls_dir('/')",
    "SELECT * FROM pg_stat_file('{secret}')",
    "SELECT lo_import('{secret}')",
    "SELECT lo_export(1, '{file}')",
    "SELECT pg_file_write('{file}', 'x', false)",
    "CREATE EXTENSION adminpack",
    "CREATE EXTENSION dblink",
    "SELECT * FROM dblink('host=127.0.0.1', 'SELECT 1') AS t(a int)",
    "CREATE SERVER s FOREIGN DATA WRAPPER file_fdw",
    "CREATE FOREIGN TABLE f (a text) SERVER s OPTIONS (filename '{secret}')",
    "CREATE FUNCTION f() RETURNS int LANGUAGE c AS '{file}', 'f'",
    "CREATE FUNCTION f() RETURNS int LANGUAGE plpython3u AS 'import os'",
    "DO LANGUAGE plpgsql 'BEGIN PERFORM 1; END'",
    "CREATE TABLESPACE s LOCATION '/tmp'",
    "LOAD '{file}'",
    "ALTER SYSTEM SET archive_command = 'touch {file}'",
    "SELECT pg_reload_conf()",
    "SELECT pg_rotate_logfile()",
    "SELECT rolpassword FROM pg_authid",
    "SELECT passwd FROM pg_shadow",
]


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_closed(shared_historyd, tmp_path: pathlib.Path, attempt: str) -> None:
    file, secret = tmp_path / "made", tmp_path / "secret"
    secret.write_text("a secret of somebody's")
    sql = attempt.format(file=file, secret=secret)
    with wire.Connection(shared_historyd.target) as c:
        c.simple("CREATE TABLE IF NOT EXISTS t (a text)")
        for reply in (c.simple(sql), c.extended(sql, binary=False)):
            if not reply.error:
                # Answered: then with nothing in it (a view of PostgreSQL's that is empty here).
                assert not any(r.rows for r in reply.results), (sql, reply.results)
                assert "pg_authid" in sql or "pg_shadow" in sql, sql
        assert not c.rows("SELECT a FROM t")
        assert c.rows("SELECT 1") == [("1",)]
    assert not file.exists()
