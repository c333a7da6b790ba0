#!/usr/bin/env python3
"""Writes the *.tsv files beside it by asking a PostgreSQL 15 server what is right.

Usage: generate.py [psql options, e.g. -h /tmp/pg -p 5432 -U postgres]

The unit tests read the files; PostgreSQL is needed only to change them. Tab-separated, with \\t, \\n and
\\\\ escaped. An expected error is "!" and its SQLSTATE, followed by message, detail and hint.
"""
import json
import pathlib
import subprocess
import sys

from inputs import ARITHMETIC, CASTS, FORMAT_TYPES, NUMERIC, ORDER, TEXT

HERE = pathlib.Path(__file__).parent

ASK = r"""
CREATE FUNCTION pg_temp.ask(query text, settings json) RETURNS json LANGUAGE plpgsql AS $$
DECLARE answer json; state text; message text; detail text; hint text; s record;
BEGIN
    FOR s IN SELECT * FROM json_each_text(settings) LOOP
        PERFORM set_config(s.key, s.value, true);
    END LOOP;
    EXECUTE query INTO answer;
    RETURN answer;
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT,
        detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
    RETURN json_build_array('!' || state, message, detail, hint);
END $$;
"""

DEFAULTS = {"TimeZone": "UTC", "DateStyle": "ISO, MDY", "IntervalStyle": "postgres",
            "bytea_output": "hex", "extra_float_digits": "1"}


def quote(text):
    return "'" + text.replace("'", "''") + "'"


def escape(text):
    return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n")


def settings_of(text):
    """'TimeZone=UTC;DateStyle=SQL, DMY' as a dictionary over the defaults."""
    given = dict(item.split("=", 1) for item in text.split(";") if item)
    return json.dumps({**DEFAULTS, **given})


def ask(queries):
    """Runs each (query giving a json array, settings). Returns the arrays."""
    script = [ASK, "SET standard_conforming_strings = on;", "BEGIN;"]
    for query, settings in queries:
        script.append(f"SELECT pg_temp.ask({quote(query)}, {quote(settings_of(settings))});")
    done = subprocess.run(["psql", *sys.argv[1:], "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1"],
                          input="\n".join(script), capture_output=True, text=True, check=True)
    answers = [json.loads(line) for line in done.stdout.splitlines() if line]
    assert len(answers) == len(queries), (len(answers), len(queries))
    return answers


def write(name, rows, queries):
    with open(HERE / name, "w", encoding="utf-8") as out:
        for row, answer in zip(rows, ask(queries)):
            cells = [*row, *("NULL" if a is None else a for a in answer)]
            out.write("\t".join(escape(str(c)) for c in cells) + "\n")
    print(f"{name}: {len(rows)} cases")


def typed(value, sql_type):
    return f"{quote(value)}::{sql_type}"


SEND = {"bool": "boolsend", "int2": "int2send", "int4": "int4send", "int8": "int8send",
        "float4": "float4send", "float8": "float8send", "text": "textsend", "varchar": "varcharsend",
        "bpchar": "bpcharsend", "char": "bpcharsend", "name": "namesend", '"char"': "charsend",
        "bytea": "byteasend", "uuid": "uuid_send", "date": "date_send", "time": "time_send",
        "timetz": "timetz_send", "timestamp": "timestamp_send", "timestamptz": "timestamptz_send",
        "interval": "interval_send", "json": "json_send", "jsonb": "jsonb_send", "oid": "oidsend",
        "numeric": "numeric_send", "int2vector": "int2vectorsend", "oidvector": "oidvectorsend",
        "regtype": "regtypesend"}


def text_query(sql_type, value):
    base = sql_type.split("(")[0].split(" ")[0]
    send = "array_send" if sql_type.endswith("[]") else SEND[base]
    out = "bpcharout(v)" if base in ("bpchar", "char") and send != "array_send" else "v"
    return (f"SELECT json_build_array(format('%s', {out}), encode({send}(v), 'hex')) "
            f"FROM (SELECT {typed(value, sql_type)} AS v) AS t")


def main():
    rows = [(t, s, v) for t, s, values in TEXT for v in values]
    write("text.tsv", rows, [(text_query(t, v), s) for t, s, v in rows])

    rows = [(f, t, s, v) for f, t, s, values in CASTS for v in values]
    write("cast.tsv", rows,
          [(f"SELECT json_build_array(format('%s', ({typed(v, f)})::{t}))", s)
           for f, t, s, v in rows])

    for name, table in (("numeric.tsv", NUMERIC), ("arithmetic.tsv", ARITHMETIC)):
        calls = [(op, settings, template, arguments) for op, template, settings, all_arguments in table
                 for arguments in all_arguments]
        write(name, [(op, settings, "|".join(arguments)) for op, settings, _, arguments in calls],
              [("SELECT json_build_array((" + template.format(*arguments) + ")::text)", settings)
               for _, settings, template, arguments in calls])

    rows = [(t, a, b) for t, values in ORDER for a in values for b in values]
    write("order.tsv", rows,
          [(f"SELECT json_build_array(CASE WHEN a < b THEN '-1' WHEN a > b THEN '1' ELSE '0' END) "
            f"FROM (SELECT {typed(a, t)} AS a, {typed(b, t)} AS b) AS t", "") for t, a, b in rows])

    rows = [(t, m) for t, m in FORMAT_TYPES]
    write("format_type.tsv", rows,
          [(f"SELECT json_build_array(({quote(t)}::regtype::oid)::text, "
            f"format_type({quote(t)}::regtype, {m}))", "") for t, m in rows])


if __name__ == "__main__":
    main()
