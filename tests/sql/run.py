"""Runs the case files on PostgreSQL and on historyd and reports where they differ (README.md)."""

from __future__ import annotations

import argparse
import dataclasses
import pathlib
import re
import shutil
import sys
import tempfile
import time

import compare
import random_cases
import random_names
import random_writes
import servers
import slt
import wire

HERE = pathlib.Path(__file__).parent
SESSION = {"application_name": "cases", "client_encoding": "UTF8"}


@dataclasses.dataclass
class Counts:
    passed: int = 0
    failed: int = 0
    skipped: int = 0


class Side:
    """One server and its connections by name; a lost connection is opened again."""

    def __init__(self, name: str, target: wire.Target):
        self.name, self.target = name, target
        self.connections: dict[str, wire.Connection] = {}

    def run(self, record: slt.Record, extended: bool) -> compare.Outcome:
        try:
            if record.connection not in self.connections:
                self.connections[record.connection] = wire.Connection(self.target, **SESSION)
        except (OSError, wire.Disconnected) as failure:
            return compare.Outcome(broken=f"cannot connect: {failure}")
        outcome = compare.run(self.connections[record.connection], record, extended)
        if outcome.broken:
            self.connections.pop(record.connection).socket.close()
        return outcome

    def close(self) -> None:
        for c in self.connections.values():
            c.close()


class Runner:
    def __init__(self, arguments: argparse.Namespace):
        self.postgres_url: str = arguments.postgres
        self.binary: str | None = None if arguments.self else arguments.binary
        self.url: str | None = arguments.historyd
        self.shown_max: int = arguments.show
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="historyd-sql-"))
        self.differences = set(
            re.findall(r"^## (\S+)", (HERE / "deliberate_differences.md").read_text(), re.M)
        )
        self.total = Counts()
        self.failing: dict[str, int] = {}

    def other_side(self, name: str) -> tuple[Side, servers.Historyd | None]:
        if self.url:
            return Side("historyd", wire.Target.of_url(self.url)), None
        if self.binary:
            daemon = servers.Historyd(self.binary, self.folder / name)
            return Side("historyd", daemon.target._replace(database="cases")), daemon
        return Side("historyd", servers.fresh_database(self.postgres_url, "cases_self")), None

    def judge(self, record: slt.Record, postgres: Side, historyd: Side, extended: bool) -> list[str]:
        if "postgres" in record.skip:
            outcome = historyd.run(record, extended)
            wrong = compare.unexpected(record, outcome)
            return [f"historyd {wrong}"] if wrong else []
        theirs = postgres.run(record, extended)
        wrong = compare.unexpected(record, theirs)
        if "historyd" in record.skip:
            return [f"postgres {wrong}"] if wrong else []
        found = compare.compare(record, theirs, historyd.run(record, extended))
        if wrong:
            found.insert(0, f"postgres {wrong}")
        elif record.deliberate:
            if record.deliberate not in self.differences:
                return [f"'{record.deliberate}' is not in deliberate_differences.md"]
            if found or not (self.binary or self.url):
                return []
            return [f"marked deliberate ({record.deliberate}), but the two agree"]
        return found

    def run_records(self, name: str, records: list[slt.Record], extended: bool) -> None:
        mode = "extended" if extended else "simple"
        postgres = Side("postgres", servers.fresh_database(self.postgres_url, "cases"))
        counts, daemon = Counts(), None
        try:
            historyd, daemon = self.other_side(f"{name}-{mode}")
            for record in records:
                found = self.judge(record, postgres, historyd, extended)
                if not found:
                    counts.passed += 1
                    continue
                counts.failed += 1
                if counts.failed <= self.shown_max:
                    self.show(record, mode, found)
                if daemon and not daemon.alive():
                    counts.failed += len(records) - counts.passed - counts.failed
                    break
            historyd.close()
        except servers.DidNotStart as failure:
            print(f"{name}: historyd did not start: {failure}")
            counts.failed = len(records)
        finally:
            postgres.close()
            if daemon and not self.ended_in_order(name, daemon):
                counts.failed += 1
        if counts.failed:
            print(f"{name} [{mode}]: {counts.passed} passed, {counts.failed} failed")
            self.failing[f"{name} [{mode}]"] = counts.failed
        self.total.passed += counts.passed
        self.total.failed += counts.failed

    @staticmethod
    def ended_in_order(name: str, daemon: servers.Historyd) -> bool:
        try:
            daemon.stop()
        except AssertionError as failure:
            print(f"{name}: {failure}")
            return False
        return True

    @staticmethod
    def show(record: slt.Record, mode: str, found: list[str]) -> None:
        sql = record.sql if len(record.sql) < 600 else record.sql[:600] + " ..."
        print(f"{record.file}:{record.line} [{mode}]")
        print("  " + sql.replace("\n", "\n  "))
        for difference in found:
            print("  - " + difference)
        print()

    def run(self, cases: dict[str, list[slt.Record]], modes: list[bool]) -> int:
        started = time.monotonic()
        try:
            for name, records in cases.items():
                for extended in modes:
                    self.run_records(name, records, extended)
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)
        if self.failing:
            print("failing: " + ", ".join(f"{name} {n}" for name, n in self.failing.items()))
        print(f"{len(cases)} files in {time.monotonic() - started:.1f} s")
        t = self.total
        print(f"suite sql: {t.passed} passed, {t.failed} failed, {t.skipped} skipped")
        return 1 if t.failed else 0


def main() -> int:
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("words", nargs="*", help="run the files whose name contains one of these")
    p.add_argument("--postgres", required=True, help="URL of a PostgreSQL superuser")
    p.add_argument("--binary", help="historyd, started afresh for each file")
    p.add_argument("--historyd", help="URL of a running historyd to use instead")
    p.add_argument("--self", action="store_true", help="compare PostgreSQL with itself")
    p.add_argument("--mode", choices=["simple", "extended", "both"], default="both")
    p.add_argument("--seed", type=int, default=1, help="of the random cases")
    p.add_argument("--random", type=int, default=3000, help="how many random cases")
    p.add_argument("--show", type=int, default=1000, help="differences shown per file")
    arguments = p.parse_args()
    if not (arguments.self or arguments.binary or arguments.historyd):
        p.error("one of --binary, --historyd and --self is needed")
    modes = {"simple": [False], "extended": [True], "both": [False, True]}[arguments.mode]
    try:
        cases = {path.stem: slt.read(path) for path in sorted((HERE / "cases").glob("*.slt"))}
        cases["random"] = random_cases.records(arguments.seed, arguments.random)
        cases["random_writes"] = random_writes.records(arguments.seed, arguments.random)
        cases |= dict(random_names.records(arguments.seed, arguments.random // 5))
        if arguments.words:
            cases = {name: c for name, c in cases.items() if any(w in name for w in arguments.words)}
        if not cases:
            p.error("no case file has such a name")
        return Runner(arguments).run(cases, modes)
    except slt.BadCase as wrong:
        print(f"suite sql: {wrong}")
        return 2


if __name__ == "__main__":
    sys.exit(main())
