#!/usr/bin/env python3
"""Writes data/change_cases.expected: what PostgreSQL 15 answers to data/change_cases.sql.

Usage: capture_changes.py CONNECTION (of an empty database)
"""
import pathlib
import subprocess
import sys

here = pathlib.Path(__file__).parent
cases = [c.strip() for c in (here / "data/change_cases.sql").read_text().split("\n\n") if c.strip()]
script = ["\\set VERBOSITY verbose\n"]
for case in cases:
    script.append(f"{case};\n\\echo ====\n\\warn ====\n")
ran = subprocess.run(["psql", "-X", "-At", sys.argv[1]], input="".join(script), text=True,
                     stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)


def messages(text):
    """Errors and notices without where they were raised in the source or the statement."""
    kept, keep = [], False
    for line in text.splitlines():
        if line.startswith(("ERROR:", "NOTICE:", "WARNING:", "DETAIL:", "HINT:")):
            keep = True
        elif line.startswith(("LOCATION:", "LINE ", "SCHEMA NAME:", "TABLE NAME:", "COLUMN NAME:",
                              "CONSTRAINT NAME:", "DATATYPE NAME:", "CONTEXT:")):
            keep = False
        elif line.strip() == "^":
            continue
        if keep:
            kept.append(line)
    return "".join(line + "\n" for line in kept)


outputs = ran.stdout.split("====\n")
errors = ran.stderr.split("====\n")
with open(here / "data/change_cases.expected", "w") as out:
    for case, rows, problems in zip(cases, outputs, errors, strict=False):
        out.write(f"{case}\n----\n{messages(problems)}{rows}====\n")
