"""The house style as a test: what a reviewer should never have to say twice.

Looks at the files git knows (and new ones it does not ignore). Every function below that returns problems is
one check; each problem is "file:line: what".
"""

from __future__ import annotations

import functools
import pathlib
import re
import shutil
import subprocess
import sys
from collections.abc import Callable

ROOT = pathlib.Path(__file__).resolve().parents[2]
FILE_LINES_MAX = 500
PYTHON_COLUMNS_MAX = 120

# What each layer may include besides itself. A folder belongs to the longest entry it lies under.
BASE = ("storage/base",)
TYPES = (*BASE, "storage/types")
SCHEMA = (*TYPES, "storage/schema", "storage/settings")
SQL = (*SCHEMA, "storage/sql")
SQLITE = (*SCHEMA, "storage/sql", "storage/sqlite")
CATALOG = (*SQLITE, "storage/catalog")
LAYERS: dict[str, tuple[str, ...]] = {
    "storage/base": (),
    "storage/types": BASE,
    "storage/schema": TYPES,
    "storage/settings": TYPES,
    "storage/sql": SCHEMA,
    "storage/sqlite": SQL,
    "storage/catalog": SQLITE,
    "storage/reader": CATALOG,
    "storage/outbox": CATALOG,
    "storage/writer": (*CATALOG, "storage/outbox"),
    "storage/postgres": BASE,
    "storage/replicator": (*CATALOG, "storage/outbox", "storage/writer", "storage/postgres"),
    "storage/transfer": (*TYPES, "storage/sqlite"),
    "storage": (*CATALOG, "storage/reader", "storage/outbox", "storage/writer", "storage/postgres"),
    "conf": BASE,
    "proxy/protocol": TYPES,
    # The session meets the store through the engine and through the values and plans it hands out.
    "proxy/session": (*SQL, "storage", "proxy/protocol"),
    "proxy/auth": ("conf", *TYPES, "proxy/protocol"),
    "proxy/rest": (*SQL, "storage", "proxy/protocol", "proxy/session"),
    "proxy/net": ("conf", "storage/base", "storage", "proxy/protocol", "proxy/auth", "proxy/session"),
    "proxy": (
        *("conf", "storage/base", "storage", "storage/catalog", "storage/outbox", "storage/postgres"),
        *("storage/replicator", "storage/sqlite", "storage/transfer", "storage/types", "storage/writer"),
        *("proxy/protocol", "proxy/auth", "proxy/session", "proxy/rest", "proxy/net"),
    ),
}
# Headers that only these folders may include.
CONFINED = {
    # proxy/app.cpp for its version only.
    r"sqlite3\.h": (
        *("storage/sqlite", "storage/catalog", "storage/outbox", "storage/reader", "storage/writer"),
        *("proxy/app.", "bench", "tests"),
    ),
    r"pg_query\.h": ("storage/sql", "tests"),
    r"libpq-fe\.h": ("storage/postgres", "storage/replicator", "storage/transfer", "tests"),
    r"toml(\+\+|plusplus).*": ("conf", "tests"),
    r"CLI/.*": ("proxy",),
}
# No sockets, clocks or threads where logic is pure.
SANS_IO_FOLDERS = ("proxy/protocol/", "proxy/rest/query/", "storage/sql/")
IMPURE_HEADER = re.compile(
    r"#include <(boost/asio.*|thread|mutex|condition_variable|sys/socket\.h|unistd\.h)>"
)
BANNED_NAME = re.compile(r"(^|[_./-])(utils?|helpers?|managers?|common|misc)([_./-]|$)")
# Left-overs, and paths of one person's machine.
BANNED_TEXT = re.compile(r"\b(TODO|FIXME|HACK)\b|(?<![\w.])/(work|home|Users)/\w")

Problems = list[str]
CHECKS: list[Callable[[], Problems]] = []


def check(f: Callable[[], Problems]) -> Callable[[], Problems]:
    CHECKS.append(f)
    return f


@functools.cache
def tracked() -> tuple[str, ...]:
    listed = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, capture_output=True, check=True, text=True).stdout.split("\0")
    return tuple(sorted(n for n in names if n and (ROOT / n).is_file()))


@functools.cache
def lines_of(name: str) -> tuple[str, ...]:
    try:
        return tuple((ROOT / name).read_text().splitlines())
    except UnicodeDecodeError:
        return ()


def is_script(name: str) -> bool:
    return (
        "." not in pathlib.PurePath(name).name
        and lines_of(name)[:1] != ()
        and lines_of(name)[0].startswith("#!")
    )


def cxx() -> list[str]:
    return [n for n in tracked() if n.endswith((".cpp", ".hpp"))]


def sources() -> list[str]:
    return [n for n in tracked() if n.endswith((".cpp", ".hpp", ".py", ".js")) or is_script(n)]


def layer_of(folder: str) -> str | None:
    return max((layer for layer in LAYERS if f"{folder}/".startswith(layer + "/")), key=len, default=None)


@check
def includes_go_down() -> Problems:
    found = []
    for name in cxx():
        own = layer_of(str(pathlib.PurePath(name).parent))
        for at, line in enumerate(lines_of(name), 1):
            quoted = re.match(r'#include "(.+)/[^/]+"', line)
            if own is None or not quoted:
                continue
            other = layer_of(quoted[1])
            if other is None or other != own and other not in LAYERS[own]:
                found.append(f"{name}:{at}: {own} may not include {quoted[1]}")
    return found


@check
def includes_are_confined() -> Problems:
    found = []
    for name in cxx():
        for at, line in enumerate(lines_of(name), 1):
            header = re.match(r"#include <(.+)>", line)
            for pattern, folders in CONFINED.items():
                if header and re.fullmatch(pattern, header[1]) and not name.startswith(folders):
                    found.append(f"{name}:{at}: <{header[1]}> belongs in {', '.join(folders)}")
    return found


@check
def pure_logic_is_pure() -> Problems:
    return [
        f"{name}:{at}: {line[10:-1]} in sans-io code"
        for name in cxx()
        if name.startswith(SANS_IO_FOLDERS)
        or re.search(r"_fsm\.[ch]pp$", name)
        and not name.startswith("tests/")
        for at, line in enumerate(lines_of(name), 1)
        if IMPURE_HEADER.match(line)
    ]


@check
def files_are_short() -> Problems:
    return [
        f"{name}: {len(lines_of(name))} lines, {FILE_LINES_MAX} at most"
        for name in sources()
        if len(lines_of(name)) > FILE_LINES_MAX
    ]


@check
def python_lines_are_short() -> Problems:
    """C++ lines are clang-format's affair (code_is_formatted)."""
    return [
        f"{name}:{at}: {len(line)} columns"
        for name in tracked()
        if name.endswith(".py") and "/cases/" not in name
        for at, line in enumerate(lines_of(name), 1)
        # Statements of a client and expected answers are not broken up.
        if len(line) > PYTHON_COLUMNS_MAX and not re.search(r'"[^"]{50,}"', line)
    ]


@check
def names_mean_something() -> Problems:
    return [f"{name}: '{found[2]}' says nothing" for name in tracked() if (found := BANNED_NAME.search(name))]


@check
def nothing_is_left_behind() -> Problems:
    return [
        f"{name}:{at}: '{found[0]}'"
        for name in tracked()
        if not name.startswith("tests/tidy/")
        for at, line in enumerate(lines_of(name), 1)
        if (found := BANNED_TEXT.search(line))
    ]


@check
def headers_are_guarded() -> Problems:
    return [
        f"{n}: no #pragma once" for n in cxx() if n.endswith(".hpp") and "#pragma once" not in lines_of(n)
    ]


@check
def white_space_is_clean() -> Problems:
    found = []
    for name in sources():
        raw = (ROOT / name).read_text()
        if raw and (not raw.endswith("\n") or raw.endswith("\n\n")):
            found.append(f"{name}: ends without a newline or with several")
        for at, line in enumerate(lines_of(name), 1):
            if line != line.rstrip() or "\t" in line and not name.endswith((".cpp", ".hpp")):
                found.append(f"{name}:{at}: trailing blank or tab")
    return found


@check
def sources_are_registered() -> Problems:
    """Every .cpp is named in the CMakeLists.txt of its folder or of one above it."""
    found = []
    for name in cxx():
        if not name.endswith(".cpp"):
            continue
        named = False
        for folder in pathlib.PurePath(name).parents:
            listing = ROOT / folder / "CMakeLists.txt"
            relative = str(pathlib.PurePath(name).relative_to(folder))
            words = re.split(r"[\s()]+", listing.read_text()) if listing.is_file() else []
            # Fuzzers are named by their stem: fuzz target NAME is NAME.cpp.
            if relative in words or name.startswith("tests/fuzz/") and relative[:-4] in words:
                named = True
        if not named:
            found.append(f"{name}: in no CMakeLists.txt")
    return found


@check
def sources_are_tested() -> Problems:
    """Every folder with sources has a folder of unit tests, and test files say so in their names."""
    unit = {n.split("/")[2] for n in tracked() if n.startswith("tests/unit/") and n.endswith(".cpp")}
    layers = {n.split("/")[1] for n in cxx() if n.startswith(("proxy/", "storage/")) and n.count("/") > 1}
    found = [f"{layer}: no unit tests in tests/unit/{layer}" for layer in sorted(layers - unit)]
    return found + [
        f"{n}: a test that pytest would not find"
        for n in tracked()
        if re.search(r"^tests/(clients|fault|mem0|security)/test_", n)
    ]


@check
def configuration_is_documented_and_used() -> Problems:
    """Each key of historyd.toml has a comment above it and is read by conf/; none is read but not shown."""
    shipped = "conf/historyd.toml"
    if shipped not in tracked():
        return [f"{shipped}: missing"]
    code = "\n".join("\n".join(lines_of(n)) for n in cxx() if n.startswith("conf/"))
    found, documented = [], False
    for at, line in enumerate(lines_of(shipped), 1):
        key = re.match(r"#?\s?([a-z][a-z0-9_]*)\s*=", line)
        if key:
            if not documented:
                found.append(f"{shipped}:{at}: {key[1]} has no comment")
            if f'"{key[1]}"' not in code and f".{key[1]}" not in code:
                found.append(f"{shipped}:{at}: {key[1]} is read nowhere in conf/")
        elif line.startswith("#"):
            documented = True
        elif not line.strip():
            documented = False
    return found


@check
def deliberate_differences_are_used() -> Problems:
    listing = "tests/sql/deliberate_differences.md"
    named = set(re.findall(r"^## (\S+)", "\n".join(lines_of(listing)), re.M))
    used = {
        line.split()[1]
        for n in tracked()
        if n.endswith(".slt")
        for line in lines_of(n)
        if line.startswith("deliberate ")
    }
    unused = [f"{listing}: no case has '{name}'" for name in sorted(named - used)]
    return unused + [f"{listing}: '{name}' is used but has no reason here" for name in sorted(used - named)]


@check
def code_is_formatted() -> Problems:
    program = shutil.which("clang-format-14") or shutil.which("clang-format")
    if program is None:
        return ["clang-format is not installed"]
    names = [n for n in cxx() if not n.startswith("tests/fuzz/corpus/")]
    pieces = [names[i::2] for i in range(2)]
    running = [
        subprocess.Popen(
            [program, "--dry-run", "-ferror-limit=1", *piece], cwd=ROOT, stderr=subprocess.PIPE, text=True
        )
        for piece in pieces
        if piece
    ]
    reports = "".join(p.communicate()[1] for p in running)
    return sorted({f"{m[1]}: not formatted" for m in re.finditer(r"^(\S+?):\d+:\d+: warning", reports, re.M)})


def main() -> int:
    failed = 0
    for f in CHECKS:
        problems = f()
        failed += bool(problems)
        for problem in problems:
            print(f"{f.__name__}: {problem}")
    print(f"suite tidy: {len(CHECKS) - failed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
