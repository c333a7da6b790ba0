"""Random SELECTs over one small table: expressions of every type in every clause, made anew from a seed.

What a statement answers is compared as any case's is; that an error of class 22 (division by zero, out of range) is
met at all depends on what a planner evaluates first, so a statement that meets one on either side is passed over.
"""

from __future__ import annotations

import random
import re

import slt

SETUP = """
CREATE TABLE t (id int PRIMARY KEY, i int, b bigint, n numeric(12,3), f float8, s text, v varchar(20), c char(4),
  o boolean, d date, ts timestamp, tz timestamptz, iv interval, j jsonb, ia int[], ta text[], u uuid);
INSERT INTO t VALUES
  (1, 5, 5000000000, 12.500, 1.5, 'hello', 'World', 'a b', true, '2024-02-29', '2024-02-29 12:34:56.789',
   '2024-02-29 12:34:56+00', '1 day 02:03:04', '{"a": 1, "b": [1, 2, {"c": null}], "s": "x"}', '{1,2,3}', '{a,b,NULL}',
   '00000000-0000-0000-0000-000000000001'),
  (2, -7, -3, -0.125, -2.25, '', 'a b', 'x', false, '1999-12-31', '1999-12-31 23:59:59', '1999-12-31 23:59:59+00',
   '-3 months 5 days', '[1, "two", null]', '{}', '{}', 'ffffffff-0000-0000-0000-000000000002'),
  (3, 0, 0, 0, 0, 'ÄÖü ß', '%_x\\y', '', NULL, '2000-01-01', '2000-01-01', '2000-01-01 00:00:00+00', '0', '{}',
   '{5,NULL,5}', '{x,"y z"}', NULL),
  (4, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
  (5, 2147483647, 9223372036854775807, 999999999.999, 1e20, 'hello', 'hello', 'hell', true, '2031-12-31',
   '2024-03-31 01:30:00', '2024-03-31 01:30:00+00', '01:00:00', '"str"', '{2,1}', '{b}',
   '00000000-0000-0000-0000-000000000001'),
  (6, 100, 100, 100.000, 0.1, 'Hello World', 'x', 'z', false, '2024-01-31', '2024-01-31 10:00:00',
   '2024-10-27 01:30:00+00', '1 year 2 mons', '{"a": {"b": 2.50}, "z": true}', '{7,8,9,10}', '{q,q}',
   '00000000-0000-0000-0000-000000000003');
CREATE INDEX ON t (s); CREATE INDEX ON t (n); CREATE INDEX ON t (c); CREATE INDEX ON t (i, d DESC);
CREATE INDEX ON t (lower(s)); CREATE INDEX ON t (iv);
CREATE INDEX ON t (j); CREATE INDEX ON t (tz) WHERE o; CREATE INDEX ON t (v, f);
CREATE TABLE w (id int, k int, s text);
INSERT INTO w VALUES (1, 1, 'a'), (2, 1, 'b'), (3, 2, NULL), (4, 2, 'a'), (5, NULL, 'c'), (6, 3, 'hello');
"""

# By type: the columns of t, and constants, between blanks. Nothing with a modifier: PostgreSQL's planner, which takes
# the branch of a CASE that it knows, then tells a client of that branch's own.
COLUMNS = {
    "int": "i id",
    "big": "b",
    "num": "(n+0)",
    "flt": "f",
    "txt": "s v::text",
    "chr": "c",
    "bool": "o",
    "date": "d",
    "ts": "ts",
    "tz": "tz",
    "iv": "iv",
    "js": "j",
    "ia": "ia",
    "ta": "ta",
    "uuid": "u",
}
CONSTANTS = {
    "int": "0 1 -1 3 7 100",
    "big": "4000000000 2::bigint",
    "num": "0.5 1.25 -2.5 10.00 3::numeric",
    "flt": "0.5::float8 2::float8 1e10::float8 '-0'::float8",
    "txt": "'a' '' 'hello' '%l%' 'ß' '12'",
    "chr": "'ab'::bpchar",
    "bool": "true false null::bool",
    "date": "'2024-01-31'::date '2000-02-29'::date",
    "ts": "'2024-03-10T02:30:00'::timestamp '2001-01-01'::timestamp",
    "tz": "'2024-06-01T12:00+02'::timestamptz",
    "iv": "'1mon'::interval '1day'::interval '-36:15:00'::interval",
    "js": "'{\"a\":1}'::jsonb '[1,2]'::jsonb 'null'::jsonb",
    "ia": "array[1,2] '{}'::int[] array[3,null]",
    "ta": "array['a','b']",
    "uuid": "'00000000-0000-0000-0000-000000000001'::uuid",
}

# By type: what makes one of others, a line each; <int> stands for any expression of that type.
FORMS = {
    "int": """
        (<int> + <int>); (<int> - <int>); (<int> * <int>); (<int> / <int>); (<int> % <int>); abs(<int>); -<int>
        length(<txt>); length(<chr>); position(<txt> in <txt>); ascii(<txt>); octet_length(<txt>); strpos(<txt>, <txt>)
        coalesce(<int>, <int>); nullif(<int>, <int>); greatest(<int>, <int>); least(<int>, <int>, <int>)
        case when <bool> then <int> else <int> end; case <txt> when <txt> then <int> end; <bool>::int; <num>::int
        array_length(<ia>, 1); cardinality(<ia>); (<ia>)[<int>]; array_position(<ia>, <int>); jsonb_array_length(<js>)
        (<date> - <date>); (<int> & <int>); (<int> | <int>); (<int> # <int>); (~<int>); (<int> << 2); gcd(<int>, <int>)
        width_bucket(<flt>, 0, 10, 5); (select max(k) from w where w.id < <int>)""",
    "big": "(<big> + <int>); (<big> - <big>); (<big> / <int>); <int>::bigint; (select count(*) from w where w.s = <txt>)",
    "num": """
        (<num> + <num>); (<num> - <int>); (<num> * <num>); (<num> / <num>); (<num> % <num>); round(<num>); ceil(<num>)
        round(<num>, 1); trunc(<num>, 1); floor(<num>); abs(<num>); <int>::numeric; <flt>::numeric; sign(<num>)
        extract(epoch from <ts>); extract(dow from <date>); extract(week from <ts>); extract(isoyear from <date>)
        extract(epoch from <iv>); extract(month from <iv>); extract(quarter from <tz>); sqrt(abs(<num>))
        case when <bool> then <num> end; (<num>::numeric(10,1) + 0); div(<num>, <num>); trim_scale(<num>)""",
    "flt": """
        (<flt> + <flt>); (<flt> * <flt>); (<flt> / <flt>); round(<flt>); floor(<flt>); <int>::float8; <num>::float8
        sqrt(abs(<flt>)); date_part('hour', <ts>); cbrt(<flt>); degrees(<flt>); atan2(<flt>, <flt>); sin(<flt>)""",
    "txt": """
        (<txt> || <txt>); (<txt> || <int>); upper(<txt>); lower(<txt>); initcap(<txt>); substring(<txt> from <int>)
        left(<txt>, 3); right(<txt>, 2); trim(<txt>); ltrim(<txt>, 'h'); replace(<txt>, <txt>, '-'); reverse(<txt>)
        lpad(<txt>, 5, '*'); split_part(<txt>, ' ', 1); md5(<txt>); concat(<txt>, <int>, <bool>); <int>::text
        concat_ws(',', <txt>, <num>); <num>::text; <flt>::text; <bool>::text; <date>::text; <ts>::text; <tz>::text
        <iv>::text; <js>::text; <ia>::text; <chr>::text; (<js> ->> 'a'); (<js> ->> 0); (<js> #>> '{a,b}')
        to_char(<ts>, 'YYYY-MM-DD HH24:MI:SS.MS Day DDD Q IW'); to_char(<num>, '999,990.00'); to_char(<int>, 'FM0009')
        translate(<txt>, 'lo', '01'); regexp_replace(<txt>, '[aeiou]', '#', 'g'); array_to_string(<ta>, ',', 'N')
        quote_literal(<txt>); overlay(<txt> placing 'ZZ' from 2 for 1); coalesce(<txt>, <txt>); jsonb_typeof(<js>)
        case when <bool> then <txt> else <txt> end; substring(<txt> from '[a-z]+'); <txt>::varchar(3)::text
        to_hex(<int>)
        (select string_agg(w.s, <txt> order by w.id) from w where w.k > <int>)""",
    "chr": "<txt>::char(4); <txt>::char(2)",
    "bool": """
        (<int> = <int>); (<int> < <num>); (<num> >= <flt>); (<txt> = <txt>); (<txt> < <txt>); (<txt> like <txt>)
        (<txt> ilike '%L%'); (<txt> ~ 'l+'); (<txt> !~* 'HE'); (<txt> similar to '%(a|l)%'); (<bool> and <bool>)
        (<bool> or <bool>); (not <bool>); (<int> is null); (<bool> is not true); (<int> in (1, 5, null))
        (<txt> in ('a', <txt>)); (<int> between <int> and <int>); (<int> is distinct from <int>); (<date> < <ts>)
        (<tz> > <ts>); (<iv> > <iv>); (<iv> = <iv>); (<js> @> <js>); (<js> ? 'a'); (<js> = <js>); (<js> < <js>)
        (<int> = any(<ia>)); (<int> > all(<ia>)); (<ia> && <ia>); (<ia> @> <ia>); (<ia> < <ia>); (<uuid> > <uuid>)
        exists(select 1 from w where w.id = <int>); (<txt> in (select w.s from w where w.id > <int>))
        ((<int>, <txt>) < (<int>, <txt>)); (<num> = <int>); (<chr> = <chr>); (<chr> < <txt>); (<bool> = <bool>)
        (<txt> is distinct from <txt>); (<num> in (<num>, <num>))""",
    "date": """
        (<date> + 10); (<date> - 3); <ts>::date; <tz>::date; greatest(<date>, <date>)
        case when <bool> then <date> end""",
    "ts": """
        (<ts> + <iv>); (<ts> - <iv>); (<date> + <iv>); date_trunc('month', <ts>); date_trunc('week', <ts>)
        (<tz> at time zone 'Europe/Paris'); <date>::timestamp; date_bin('15 min', <ts>, timestamp '2001-01-01')""",
    "tz": """
        (<tz> + <iv>); (<ts> at time zone 'America/New_York'); date_trunc('day', <tz>); <ts>::timestamptz
        date_trunc('hour', <tz>, 'Asia/Kolkata')""",
    "iv": """
        (<iv> + <iv>); (<iv> * 2); (<iv> / 3); (<ts> - <ts>); age(<ts>, <ts>); -<iv>; justify_days(<iv>); (<tz> - <tz>)
        justify_interval(<iv>); date_trunc('hour', <iv>)""",
    "js": """
        (<js> -> 'a'); (<js> -> 0); (<js> #> '{b,2}'); (<js> || <js>); to_jsonb(<int>); to_jsonb(<num>); to_jsonb(<ts>)
        to_jsonb(<ia>); jsonb_build_object('k', <int>, 'v', <num>); jsonb_build_array(<num>, <bool>, null)
        jsonb_strip_nulls(<js>); case when <bool> then <js> end""",
    "ia": """
        (<ia> || <int>); (<ia> || <ia>); array_append(<ia>, <int>); array_remove(<ia>, 5); array[<int>, <int>]
        array(select k from w where w.id > <int> order by id)""",
    "ta": "string_to_array(<txt>, ' '); (<ta> || <txt>); array_cat(<ta>, <ta>)",
    "uuid": "coalesce(<uuid>, <uuid>)",
}
AGGREGATES = """
    count(*); count(<int>); count(distinct <txt>); count(distinct <num>); sum(<int>); sum(<num>); sum(<flt>); avg(<int>)
    avg(<num>); avg(<flt>); min(<txt>); max(<txt>); max(<date>); max(<iv>); min(<num>); min(<chr>); bool_and(<bool>)
    string_agg(<txt>, ',' order by id); array_agg(<int> order by id desc); jsonb_agg(<int> order by id); stddev(<int>)
    sum(<big>); bit_or(<int>); count(*) filter (where <bool>); mode() within group (order by <int>)"""
WINDOWS = "row_number() rank() dense_rank() sum(i) lag(s) first_value(n) ntile(2) count(*) last_value(d) percent_rank()"


def forms_of(text: str) -> list[str]:
    return [form for line in text.splitlines() for form in line.strip().split("; ") if form]


class Expressions:
    """Makes expressions of columns (by type, between blanks) and of constants."""

    def __init__(self, chance: random.Random, columns: dict[str, str]):
        self.random = chance
        self.forms = {kind: forms_of(text) for kind, text in FORMS.items()}
        self.leaves = {kind: columns.get(kind, "").split() + CONSTANTS[kind].split() for kind in CONSTANTS}

    def fill(self, form: str, depth: int) -> str:
        return re.sub(r"<(\w+)>", lambda hole: self.expression(hole[1], depth), form)

    def expression(self, kind: str, depth: int) -> str:
        if depth == 0 or self.random.random() < 0.25:
            return self.random.choice(self.leaves[kind])
        return self.fill(self.random.choice(self.forms[kind]), depth - 1)


class Selects(Expressions):
    def __init__(self, seed: int):
        super().__init__(random.Random(seed), COLUMNS)
        self.aggregates = forms_of(AGGREGATES)

    def some(self, *kinds: str, depth: int = 1) -> str:
        return self.expression(self.random.choice(kinds), depth)

    def items(self) -> str:
        kinds = self.random.choices(list(FORMS), k=2)
        return ", ".join(f"{self.expression(k, self.random.randint(1, 3))} as c{n}" for n, k in enumerate(kinds))

    def join(self) -> str:
        kind = self.random.choice(["int", "txt", "num", "date", "bool", "chr", "iv", "js"])
        left, right = (self.expression(kind, 2) for _ in range(2))
        word = self.random.choice(["join", "left join", "right join", "full join"])
        return (
            f"select a, b, x = y as c0, y from (select id as a, {left} as x from t) l"
            f" {word} (select id as b, {right} as y from t) r on x = y order by 1, 2"
        )

    def grouping_sets(self, first: str, second: str, where: str, order: str) -> str:
        """By keys that are NULL in some of the sets, and by what is made of them."""
        sets = self.random.choice(
            "rollup (k, m)|cube (k, m)|grouping sets (k, m, ())|grouping sets ((k, m), m)|k, rollup (m)"
            "|distinct cube (k, m), k|rollup ((k, m), o)|rollup (k is null, k)|cube (k, m, o)".split("|")
        )
        keys = [name for name in ("k is null", "k", "m", "o") if re.search(rf"\b{name}\b", sets)]
        named = ", ".join(keys)
        having = self.random.choice(
            ["", "", " having count(*) > 1", f" having ({keys[0]}) is not null", " having max(id) < 3"]
        )
        return (
            f"with q as (select id, {first} as k, {second} as m, id % 2 as o from t where {where}) select {named},"
            f" coalesce(({keys[0]})::text, 'all') as c0, count(*) as n, max(id) as x, grouping({named}) as g"
            f" from q group by {sets}{having} order by g, 1{order}, {named}"
        )

    def nested(self) -> str:
        where = self.expression("bool", 2)
        first, second = self.some("int", "txt", "num"), self.some("bool", "chr", "date", "iv", "js", depth=2)
        order = self.random.choice(["", " desc", " nulls first", " desc nulls last"])
        shape = self.random.randrange(6)
        if shape == 0:
            return self.join()
        if shape == 5:
            return self.grouping_sets(first, second, where, order)
        if shape == 1:
            return (
                f"with q as (select id, {first} as k, {second} as m from t where {where})"
                f" select k, m, count(*), min(id) from q group by k, m order by 1{order}, 2, 4"
            )
        if shape == 2:
            limit = f"limit {self.random.randint(1, 5)} offset {self.random.randint(0, 2)}"
            return f"select distinct {first} as k, {second} as m from t order by 1{order}, 2 {limit}"
        if shape == 3:
            join = self.random.choice(["cross join lateral ({}) l", "left join lateral ({}) l on t.id > 1"])
            rows = f"select {first} as z, n, {second} from generate_series(1, 3) n where {where} order by n desc limit 2"
            return f"select t.id, l.* from t {join.format(rows)} order by id, n"
        return (
            f"select id, e from t cross join unnest({self.expression('ia', 2)}) e"
            f" where e = id or {where} order by {second}{order}, 1, 2"
        )

    def statement(self) -> str:
        if self.random.random() < 0.4:
            return self.nested()
        aggregate = self.fill(self.random.choice(self.aggregates), 1)
        key = self.some("int", "txt", "bool", "date", "num", "chr")
        shape = self.random.randrange(9)
        if shape < 3:
            return f"select id, {self.items()} from t order by id"
        if shape == 3:
            return f"select id from t where {self.expression('bool', 3)} order by id"
        if shape == 4:
            return f"select {aggregate} as c0 from t where {self.expression('bool', 1)}"
        if shape == 5:
            return f"select {key} as k, {aggregate} as c0 from t group by 1 order by 1, 2"
        if shape == 6:
            parts = self.random.choice(["", "partition by " + self.some("bool", "txt") + " "])
            over = f"{parts}order by {key}, id"
            return f"select id, {self.random.choice(WINDOWS.split())} over ({over}) from t order by id"
        if shape == 7:
            outer = self.random.choice(["k", "k desc", "k nulls first"])
            return f"select k, id from (select id, {key} as k from t) q where k = k or k is null order by {outer}, id"
        word = self.random.choice(["union", "union all", "intersect", "except", "except all"])
        return f"select {self.some('int', depth=2)} as k from t {word} select {self.some('int')} from t order by 1"


def records(seed: int, count: int) -> list[slt.Record]:
    generator = Selects(seed)
    made = [slt.Record("random", 0, "script", sql=SETUP)]
    options = frozenset({"data-errors"})
    for n in range(count):
        made.append(slt.Record("random", n + 1, "query", "any", options=options, sql=generator.statement()))
    return made
