"""What historyd is meant to reach, and whether a run shows it."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import forwarding
import plan
from results import Figures, Key

H, PG = plan.HISTORYD, plan.POSTGRES


class Target(NamedTuple):
    """`figure` of `key`, as a multiple of `against`'s when there is one, is to be at least or at most `limit`."""

    what: str
    key: Key
    limit: float
    at_most: bool = False
    figure: str = "tps"
    against: Key | None = None
    against_figure: str = "tps"

    def reached(self, found: Figures) -> float | None:
        """None when the run did not measure it."""
        if self.against is None:
            return found.get(self.key, {}).get(self.figure)
        return found.ratio(self.key, self.against, self.figure, self.against_figure)

    def met(self, value: float) -> bool:
        return value <= self.limit if self.at_most else value >= self.limit


def times(
    load: str, clients: int, limit: float, against: str = PG, disk: str = "fast", other_load: str | None = None
) -> Target:
    slow = ", slow disk" if disk == "slow" else ""
    return Target(
        f"({load}) {clients} client{'s' if clients > 1 else ''}{slow}, against {against}",
        (load, H, clients, disk),
        limit,
        against=(other_load or load, against, clients, disk),
    )


FORWARDING = ("fwd", forwarding.Forwarding.name, 32, "fast")
TARGETS = [
    *(times("a", n, limit) for n, limit in ((1, 0.95), (8, 1.05), (32, 1.6), (128, 3.5))),
    times("a", 32, 0.5, plan.CEILING),
    *(times("a", n, limit, disk="slow") for n, limit in ((32, 1.5), (128, 1.8))),
    times("b", 32, 1.8),
    *(times("c", n, limit) for n, limit in ((32, 2.5), (128, 3.5))),
    times("ip", 8, 10.0, plan.MEM0),
    Target('(ip) 8 processes: "database is locked"', ("ip", H, 8, "fast"), 0.0, at_most=True, figure="locked"),
    Target("(ip) 8 processes: rows lost", ("ip", H, 8, "fast"), 0.0, at_most=True, figure="lost"),
    *(times(load, n, 4.0, plan.PGLITE) for load in "abcd" for n in (8, 32)),
    *(times("e1m", n, 1000.0, plan.MEM0) for n in (1, 8)),
    *(times(load, 8, 1.2) for load in ("e10k", "e1m", "e10m")),
    *(
        Target(
            f"(g) {n} writers' p99, against the same undisturbed (g0)",
            ("g", H, n, "fast"),
            2.0,
            at_most=True,
            figure="p99_ms",
            against=("g0", H, n, "fast"),
            against_figure="p99_ms",
        )
        for n in (8, 32)
    ),
    Target(
        "(h) KiB an idle connection",
        ("h", H, 10_000, "fast"),
        12.0,
        at_most=True,
        figure="kib_per_connection",
    ),
    Target(
        "(fwd) 32 clients, forwarded a second, against embedded",
        FORWARDING,
        0.5,
        figure="forwarded_per_s",
        against=("fwd", H, 32, "fast"),
    ),
    Target(
        "(fwd) 32 clients, forwarded a second, against writing to that PostgreSQL",
        FORWARDING,
        1.0,
        figure="forwarded_per_s",
        against=("fwd", PG, 32, "fast"),
    ),
    Target(
        "(fwd) 32 clients, p99 with the backend down, against embedded",
        ("fwd", forwarding.NoBackend.name, 32, "fast"),
        1.2,
        at_most=True,
        figure="p99_ms",
        against=("fwd", H, 32, "fast"),
        against_figure="p99_ms",
    ),
    Target(
        "(drain) queued rows, against 32 clients that write to that PostgreSQL",
        ("drain", forwarding.Forwarding.name, 32, "fast"),
        3.0,
        against=("drain", PG, 32, "fast"),
    ),
]


def judged(found: Figures, number: Callable[[float], str]) -> list[tuple[Target, str, str]]:
    """Each target that was measured: what it asks for, what was reached."""
    rows = []
    for target in TARGETS:
        value = target.reached(found)
        if value is not None:
            unit = "×" if target.against else ""
            sign = "≤" if target.at_most else "≥"
            rows.append((target, f"{sign} {number(target.limit)}{unit}", f"{number(value)}{unit}"))
    return rows
