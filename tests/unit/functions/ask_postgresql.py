#!/usr/bin/env python3
"""Writes PostgreSQL's answers into cases/*.tsv (format: function_case.hpp).

usage: ask_postgresql.py CONNINFO FILE...   (a server in time zone UTC, encoding UTF8)

A line without an expectation gets one; one that has an expectation gets it anew.
"""
import re
import subprocess
import sys

NULL = "\x01"
ROWS_WITH_VALUE_COLUMN = ("json_each", "jsonb_each", "json_array_elements", "jsonb_array_elements")


def unescape(text):
    names = {"n": "\n", "t": "\t", "p": "|"}
    return re.sub(r"\\(.)", lambda m: names.get(m[1], m[1]), text)


def escape(text):
    return (text.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t")
            .replace("|", "\\p"))


def literal(type_name, text):
    if text is None:
        return f"null::{type_name}"
    quoted = text.replace("'", "''").replace("\\", "\\\\")
    return f" E'{quoted}'::{type_name}"


def query_of(fields):
    """The statement that computes a case, and whether it returns rows."""
    name, columns, arguments, polymorphic = fields[0], [], [], []
    for field in fields[1:]:
        type_name, mark, rest = re.match(r"(\w+)([:~*])(.*)", field, re.S).groups()
        if mark == "*":
            parts = rest.split("|") if rest else []
            columns.append([literal(type_name, None if p == "~" else unescape(p)) for p in parts]
                           or [literal(type_name, None)])
            arguments.append(f"c{len(columns)}")
            empty = not parts
        else:
            arguments.append(literal(type_name, None if mark == "~" else unescape(rest)))
    if name.startswith("op "):
        operator = name[3:]
        call = (f"({arguments[0]}) operator(pg_catalog.{operator}) ({arguments[1]})"
                if len(arguments) == 2 else f"operator(pg_catalog.{operator}) ({arguments[0]})")
        return "select " + call, False
    call = f'pg_catalog."{name}"({", ".join(arguments)})'
    if columns:
        rows = ", ".join("(" + ", ".join(row) + ")" for row in zip(*columns))
        names = ", ".join(f"c{i + 1}" for i in range(len(columns)))
        where = " where false" if empty else ""
        return f"select {call} from (values {rows}) v({names}){where}", False
    if name.startswith(ROWS_WITH_VALUE_COLUMN):
        return f"select value from {call}", True
    if name in ("generate_series", "generate_subscripts", "unnest", "string_to_table",
                "regexp_split_to_table", "regexp_matches", "json_object_keys",
                "jsonb_object_keys"):
        return f"select x from {call} x", True
    return "select " + call, False


def answers(conninfo, statements):
    separator, end = "\x02", "\x03"
    script = ["\\set VERBOSITY verbose", f"\\pset null '{NULL}'", f"\\pset recordsep '{separator}'"]
    for statement in statements:
        script += [f"\\echo '{end}'", statement + ";"]
    run = subprocess.run(["psql", "-X", "-q", "-A", "-t", conninfo], input="\n".join(script),
                         text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=True)
    return [part[:-1] if part.endswith("\n") else part
            for part in run.stdout.split(end + "\n")[1:]]


def expectation(answer, is_rows):
    error = re.match(r"ERROR:  (\w{5}): (.*)", answer)
    if error:
        return f"!{error[1]} {escape(error[2])}"
    if is_rows:
        rows = answer.split("\x02") if answer else []
        return "[" + "|".join("~" if r == NULL else escape(r) for r in rows) + "]"
    return "~" if answer == NULL else "=" + escape(answer)


def main():
    conninfo, files = sys.argv[1], sys.argv[2:]
    for path in files:
        with open(path, encoding="utf-8") as f:
            lines = f.read().split("\n")
        cases = {}
        for number, line in enumerate(lines):
            if line and not line.startswith("#"):
                fields = line.split("\t")
                if len(fields) > 1 and fields[-1][:1] in "=~![":
                    fields.pop()
                cases[number] = fields
        queries = {number: query_of(fields) for number, fields in cases.items()}
        given = answers(conninfo, [statement for statement, _ in queries.values()])
        assert len(given) == len(queries), (len(given), len(queries))
        for (number, (_, is_rows)), answer in zip(queries.items(), given):
            lines[number] = "\t".join(cases[number] + [expectation(answer, is_rows)])
        with open(path, "w", encoding="utf-8") as f:
            f.write("\n".join(lines))


if __name__ == "__main__":
    main()
