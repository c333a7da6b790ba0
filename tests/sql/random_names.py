"""The random cases with other names for their tables and columns: names that SQLite, or the translation, has a use for.

Both servers get the same text, so whatever a name does to it is the same for both.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import random_cases
import random_writes
import slt

# The names that the random cases use, and for each of the lists below what takes their places.
PLAIN = "t w r q z id i b n s v c o d k a".split()
NAMES = [
    # what the translation itself calls things
    "src proposed value series given rowid numbered _rowid_ k1 key ordinality later place tie v1 o1",
    '"x#" "t#" "z#" t_1 t i id n b v s o c tsx a k',
    # SQLite's functions, its schemas, and its names for a row
    'json_each pragma_table_info "main" "temp" s "c1" c2 u1 path "value" "type" atom parent fullkey root json',
    'historyd_src "1" "?" "t1" "t" "rowid" _rowid_ "oI" "-- x" "t.s" "main" "new" "null" "c d" "/*" ";"',
    # words
    'sqlite pg_series excluded new old last_insert_rowid count max "null" text name char_ "true" "date" rowid "false"',
    'pg_tables_ "current_user" "row" "values" "with" "select" "from" "where" "is" "group" "order" "case" "not" "in"'
    ' "default" "check"',
    # letters
    '"T" "Order" "select" "a.b" "z""q" "ID" "?1" "i D" "%s" "S s" "S" "c?1" "O$1" "ümlaut" ":k" "@a"',
]
TOKEN = re.compile(r"('(?:[^']|'')*')|(::\w+)|(\b(?:on constraint )?[a-z_][a-z_0-9]*\b)")


def listed(names: str) -> list[str]:
    return re.findall(r'(?:"(?:[^"]|"")*")|\S+', names)


def bare(name: str) -> str:
    return name[1:-1].replace('""', '"') if name.startswith('"') else name


def renamed(sql: str, names: dict[str, str]) -> str:
    def word(token: re.Match[str]) -> str:
        text = token[0]
        if token[3] is None:
            return text
        constraint = re.fullmatch(r"on constraint ([a-z])(?:_([a-z]))?_(pkey|key)", text)
        if constraint is None:
            return names.get(text, text)
        parts = [bare(names[part]) for part in constraint.groups()[:2] if part] + [constraint[3]]
        return 'on constraint "' + "_".join(parts).replace('"', '""') + '"'

    return TOKEN.sub(word, sql)


def records(seed: int, count: int) -> Iterator[tuple[str, list[slt.Record]]]:
    """Each list of names as a file of its own: its name, and its records."""
    for number, names in enumerate(NAMES, 1):
        made = random_cases.records(seed + number, count // 2) + random_writes.records(seed + number, count // 2)[1:]
        setup = slt.Record("random_names", 0, "script", sql=random_writes.SETUP)
        made[0] = setup
        by_name = dict(zip(PLAIN, listed(names), strict=True))
        for record in made:
            record.sql = renamed(record.sql, by_name)
        yield f"random_names_{number}", made
