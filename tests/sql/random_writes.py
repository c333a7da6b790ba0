"""Random writes to three tables with keys, checks, references and a generated column, made anew from a seed.

Each round is a transaction that is rolled back: some writes with what they return, then what each table holds.
"""

from __future__ import annotations

import random

import random_cases
import slt

SETUP = f"""{random_cases.SETUP}
ALTER TABLE t ADD UNIQUE (i), ADD UNIQUE (s, v), ADD CHECK (b <> 77), ADD CHECK (n < 1000000000);
ALTER TABLE t ALTER o SET DEFAULT true, ALTER d SET DEFAULT '2024-02-29', ALTER j SET DEFAULT '{{"d": 1}}';
CREATE UNIQUE INDEX ON t (lower(s)) WHERE NOT o;
CREATE TABLE r (id int PRIMARY KEY DEFAULT 9, a int REFERENCES t ON DELETE CASCADE ON UPDATE CASCADE,
  k int REFERENCES t (i) ON DELETE SET NULL ON UPDATE SET NULL, s varchar(12) NOT NULL DEFAULT 'none',
  e text GENERATED ALWAYS AS (s || '/') STORED, n numeric(6,2) CHECK (n IS DISTINCT FROM 7), c char(3) DEFAULT 'x',
  tz timestamptz DEFAULT '2024-01-01 00:00:00+00', UNIQUE (a, s));
INSERT INTO r (id, a, k, s, n, c) VALUES (1, 1, 5, 'one', 1.5, 'x'), (2, 1, NULL, 'two', NULL, 'ab'),
  (3, 3, 100, 'hello', -1, NULL);
CREATE TABLE q (id int PRIMARY KEY, a int REFERENCES r DEFERRABLE INITIALLY DEFERRED,
  k int REFERENCES q ON DELETE CASCADE, s text UNIQUE CHECK (length(s) < 20));
INSERT INTO q VALUES (1, 1, NULL, 'root'), (2, NULL, 1, 'leaf'), (3, 3, 2, 'leaf of leaf'), (4, NULL, NULL, NULL);
"""

# By table: its columns that may be written, and the type of each.
COLUMNS = {
    "t": "id:int i:int b:big n:num f:flt s:txt v:txt c:chr o:bool d:date ts:ts tz:tz iv:iv j:js ia:ia ta:ta u:uuid",
    "r": "id:int a:int k:int s:txt n:num c:chr tz:tz",
    "q": "id:int a:int k:int s:txt",
}
# By table: the columns of its keys, and what an ON CONFLICT may name.
KEYS = {"t": "id i s v o", "r": "id a s", "q": "id s"}
TARGETS = {
    "t": ["(id)", "(i)", "(s, v)", "on constraint t_pkey", "(lower(s)) where not o"],
    "r": ["(id)", "(a, s)", "on constraint r_pkey"],
    "q": ["(id)", "(s)", "on constraint q_s_key"],
}
# By type: values of parameters in text form, between bars.
PARAMETERS = {
    "int": "1|2|5|6|7|9|100|-7|NULL",
    "big": "4000000000|-1|77|NULL",
    "num": "1.25|-0.0004|7|1e3|NaN|NULL",
    "flt": "1.5|NaN|-Infinity|1e300|NULL",
    "txt": "a||hello|O'Neil|ß \\|{\"j\": 1}|longer than twelve|NULL",
    "chr": "ab |x|  |NULL",
    "bool": "t|false|on|NULL",
    "date": "2024-02-29|epoch|infinity|NULL",
    "ts": "2024-02-29 12:34:56.7891|2024-03-10T02:30|NULL",
    "tz": "2024-06-01 12:00+02|2024-06-01 12:00 Europe/Paris|NULL",
    "iv": "1 mon -2 days|36:15|P1Y|NULL",
    "js": '{"b": 1, "a": [2.50]}|null|"s"|NULL',
    "ia": "{1,NULL,3}|{}|{{1,2},{3,4}}|NULL",
    "ta": '{"a b",NULL,""}|{}|NULL',
    "uuid": "00000000-0000-0000-0000-00000000000A|{11111111-1111-1111-1111-111111111111}|NULL",
}
TABLES = {
    table: dict(column.split(":") for column in columns.split()) for table, columns in COLUMNS.items()
}


def columns_of(*names: tuple[str, str]) -> dict[str, str]:
    """By type, the columns of tables (each with the name that it goes by); without a modifier, as random_cases has them."""
    found: dict[str, str] = {}
    for table, name in names:
        for column, kind in TABLES[table].items():
            bare = {"num": f"({name}.{column}+0)", "txt": f"{name}.{column}::text"}.get(kind, f"{name}.{column}")
            found[kind] = f"{found.get(kind, '')} {bare}"
    return found


class Writes:
    def __init__(self, seed: int):
        self.random = random.Random(seed)
        self.constants = self.over()
        self.of = {table: self.over((table, table)) for table in TABLES}

    def over(self, *names: tuple[str, str]) -> random_cases.Expressions:
        made = random_cases.Expressions(self.random, columns_of(*names))
        made.leaves["flt"].remove("'-0'::float8")  # no column keeps it (deliberate_differences.md)
        return made

    def depth(self) -> int:
        return self.random.choice([0, 0, 1, 1, 2])

    def few(self, names: list[str]) -> list[str]:
        return self.random.sample(names, self.random.randint(1, min(4, len(names))))

    def lookup(self, kind: str, row: str = "") -> str:
        """A subquery of a table, the changed one too; of what goes before `row` where there is one."""
        source = self.random.choice(list(TABLES))
        where = f" where y.id {self.random.choice(['<', '<=', '>'])} {row}.id" if row else ""
        value = {
            "txt": "string_agg(left(y.s, 3), ',' order by y.id)",
            "int": self.random.choice(["count(*)::int", "max(y.id)", "sum(y.id)::int"]),
        }[kind]
        return f"(select {value} from {source} as y{where})"

    def value(self, made: random_cases.Expressions, table: str, column: str, row: str = "") -> str:
        if self.random.random() < 0.1:
            return self.random.choice(["default", "null"])
        if row and TABLES[table][column] in ("int", "txt") and column != "id" and self.random.random() < 0.1:
            return self.lookup(TABLES[table][column], row)
        if column in ("id", "a", "k") and self.random.random() < 0.8:
            return str(self.random.randint(1, 12))
        return made.expression(TABLES[table][column], self.depth())

    def assignments(self, made: random_cases.Expressions, table: str, columns: list[str], row: str = "") -> str:
        if len(columns) > 1 and self.random.random() < 0.2:
            values = ", ".join(self.value(made, table, column, row) for column in columns)
            return f"({', '.join(columns)}) = row({values})"
        return ", ".join(f"{column} = {self.value(made, table, column, row)}" for column in columns)

    def returning(self, table: str, made: random_cases.Expressions | None = None, row: str = "") -> str:
        """Of the table, or of all that `made` sees."""
        shape = self.random.randrange(5)
        if shape == 0:
            return ""
        if shape == 1:
            return " returning *"
        kinds = self.random.choices(list(random_cases.FORMS), k=2)
        items = [f"{(made or self.of[table]).expression(kind, self.depth())} as c{n}" for n, kind in enumerate(kinds)]
        if shape == 2:
            items.append(self.lookup(self.random.choice(["int", "txt"]), row if self.random.random() < 0.5 else ""))
        return f" returning {table}.id, {', '.join(items)}"

    def conflict(self, table: str) -> str:
        if self.random.random() < 0.3:
            return " on conflict do nothing"
        target = self.random.choice(TARGETS[table])
        if self.random.random() < 0.3:
            return f" on conflict {target} do nothing"
        made = self.over((table, table), (table, "excluded"))
        where = f" where {made.expression('bool', self.depth())}" if self.random.random() < 0.8 else ""
        sets = self.assignments(made, table, self.few([c for c in TABLES[table] if c != "id"]))
        if self.random.random() < 0.1:
            sets = f"s = {self.lookup('txt')}"
        return f" on conflict {target} do update set {sets}{where}"

    def insert(self, table: str) -> str:
        columns = self.few([c for c in TABLES[table] if c != "id"])
        if table == "r" and "s" not in columns and self.random.random() < 0.5:
            columns.append("s")
        columns.insert(0, "id")
        if self.random.random() < 0.4:
            source = self.random.choice(list(TABLES))
            made = self.of[source]
            values = [f"{source}.id + {self.random.choice([0, 1, 4, 6, 10, 20])}"]
            values += [made.expression(TABLES[table][column], self.depth()) for column in columns[1:]]
            where = made.expression("bool", self.depth())
            rows = f"select {', '.join(values)} from {source} where {where} order by {source}.id"
        else:
            count = self.random.choice([1, 1, 2, 3])
            rows = "values " + ", ".join(
                f"({', '.join(self.value(self.constants, table, column) for column in columns)})" for _ in range(count)
            )
        conflict = self.conflict(table) if self.random.random() < 0.5 else ""
        return f"insert into {table} ({', '.join(columns)}) {rows}{conflict}{self.returning(table)}"

    def other(self, table: str) -> tuple[str, str, str]:
        """A table to join, under the name z: it, a WITH before the statement, and the FROM item."""
        name = self.random.choice(list(TABLES))
        shape = self.random.random()
        if shape < 0.4:
            return name, "", f"{name} as z"
        if shape < 0.6:
            third = self.random.choice(list(TABLES))
            where = f"y.id = z.id and {self.over((third, 'y')).expression('bool', self.depth())}"
            row = f"lateral (select y.s as l from {third} as y where {where} limit 1) as x"
            return name, "", f"{name} as z{self.random.choice([', ', ' cross join '])}{row}"
        where = self.of[name].expression("bool", self.depth())
        return name, f"with z as (select * from {name} where {where}) ", "z"

    def one_row(self, table: str) -> str:
        return f"{table}.id = {self.random.randint(1, 6)}"

    def update(self, table: str) -> str:
        columns = self.few(list(TABLES[table]))
        # Whether a key that moves meets one that has yet to move depends on the order of the rows.
        one = bool(set(columns) & set(KEYS[table].split())) or self.random.random() < 0.3
        if self.random.random() < 0.25:
            other, cte, item = self.other(table)
            made = self.over((table, table), (other, "z"))
            where = f"z.id = {table}.id and {self.one_row(table) if one else made.expression('bool', self.depth())}"
            # What SQLite calls the row would be another one's.
            returning = self.returning(table, made) if "id" not in columns else ""
            sets = self.assignments(made, table, columns, table)
            return f"{cte}update {table} set {sets} from {item} where {where}{returning}"
        made = self.of[table]
        where = self.one_row(table) if one else made.expression("bool", self.depth())
        return f"update {table} set {self.assignments(made, table, columns, table)} where {where}{self.returning(table)}"

    def delete(self, table: str) -> str:
        if self.random.random() < 0.25:
            other, cte, item = self.other(table)
            made = self.over((table, table), (other, "z"))
            where = f"z.id = {table}.id and {made.expression('bool', self.depth())}"
            return f"{cte}delete from {table} using {item} where {where}{self.returning(table, made, table)}"
        made = self.of[table]
        where = self.one_row(table) if self.random.random() < 0.4 else made.expression("bool", self.depth())
        return f"delete from {table} where {where}{self.returning(table, None, table)}"

    def together(self) -> str:
        """WITH that changes rows: new ones from those it took, or added, elsewhere."""
        into = self.random.choice(list(TABLES))
        if self.random.random() < 0.5:
            where = self.of["q"].expression("bool", self.depth())
            first = f"delete from q where {where} returning id, s"
            into = self.random.choice(["t", "r"])
        else:
            start = self.random.randint(5, 30)
            first = f"insert into t (id, s) values ({start}, {self.constants.expression('txt', 1)}) returning id, s"
        item = f"taken as ({first})"
        if self.random.random() < 0.3:
            item += ", x as (select id + 1 as id, s from taken)"
        source = "x" if "x as" in item else "taken"
        if self.random.random() < 0.3:
            return f"with {item} select id, s, (select count(*) from {source}) from {source}"
        rows = f"select id + {self.random.choice([0, 3, 10])}, s from {source}"
        returning = self.returning(into)
        if " as y" in returning:  # it reads what the first item changes
            returning = " returning *"
        return f"with {item} insert into {into} (id, s) {rows}{returning}"

    def parameter(self, kind: str) -> bytes | None:
        value = self.random.choice(PARAMETERS[kind].split("|"))
        return None if value == "NULL" else value.encode()

    def bound(self, table: str) -> tuple[str, tuple[bytes | None, ...]]:
        """A write whose values are parameters."""
        columns = self.few([c for c in TABLES[table] if c != "id"])
        values = [self.parameter(TABLES[table][column]) for column in columns]
        key = str(self.random.randint(1, 12)).encode()
        shape = self.random.randrange(4)
        if shape == 0:
            sets = ", ".join(f"{column} = ${n}" for n, column in enumerate(columns, 2))
            return f"update {table} set {sets} where id = $1{self.returning(table)}", (key, *values)
        if shape == 1:
            where = f"{table}.id = $1 or {table}.{columns[0]} = $2"
            return f"delete from {table} where {where}{self.returning(table)}", (key, values[0])
        rows, width = [], len(columns) + 1
        for row in range(self.random.choice([1, 1, 2])):
            rows.append("(" + ", ".join(f"${row * width + n + 1}" for n in range(width)) + ")")
            values[row * width : row * width] = [str(self.random.randint(1, 20)).encode()]
            if row == 1:
                values += [self.parameter(TABLES[table][column]) for column in columns]
        conflict = self.conflict(table) if self.random.random() < 0.3 else ""
        into = f"insert into {table} (id, {', '.join(columns)}) values {', '.join(rows)}"
        return f"{into}{conflict}{self.returning(table)}", tuple(values)

    def beside(self) -> str:
        """Savepoints, and cursors that see what was there when they were declared; the names may not be there."""
        name = self.random.choice("ab")
        table = self.random.choice(list(TABLES))
        where = self.of[table].expression("bool", self.depth())
        scroll = self.random.choice(["scroll ", "no scroll "])  # without either it depends on the plan
        steps = ["", "2", "all", "forward 1", "prior", "first", "absolute 2", "relative 1", "backward 1"]
        step = self.random.choice(steps)
        return self.random.choice(
            [
                f"savepoint {name}",
                f"savepoint {name}",
                f"rollback to {name}",
                f"release {name}",
                f"declare {name} {scroll}cursor for select * from {table} where {where} order by id",
                f"declare {name} {scroll}cursor for select count(*), max(id), min(s) from {table}",
                f"fetch {step} from {name}",
                f"fetch {step} from {name}",
                f"move {step} from {name}",
                f"close {name}",
            ]
        )

    def write(self) -> str:
        table = self.random.choice(list(TABLES))
        if self.random.random() < 0.1:
            return self.together()
        return self.random.choice([self.insert, self.insert, self.update, self.update, self.delete])(table)


def records(seed: int, count: int) -> list[slt.Record]:
    writes = Writes(seed)
    options = frozenset({"data-errors", "sort"})
    made = [slt.Record("random_writes", 0, "script", sql=SETUP)]

    def add(sql: str, *bindings: tuple[bytes | None, ...]) -> None:
        record = slt.Record("random_writes", len(made), "query", "any", options=options, sql=sql)
        record.bindings += bindings
        made.append(record)

    while len(made) < count:
        add("begin")
        for _ in range(writes.random.randint(1, 3)):
            if writes.random.random() < 0.3:
                add("savepoint a")
            while writes.random.random() < 0.5:
                add(writes.beside())
            if writes.random.random() < 0.3:
                add(*writes.bound(writes.random.choice(list(TABLES))))
            else:
                add(writes.write())
        if writes.random.random() < 0.5:
            add("rollback to a")
            add("fetch all from a")
        add("set constraints all immediate")
        for table in TABLES:
            add(f"select * from {table}")
        add("rollback")
    return made
