"""What is measured: which contenders under which load, with how many clients, on which disk; and how long it takes."""

from __future__ import annotations

from typing import NamedTuple

import contenders
import forwarding
import in_process
import loads
import pgbench

POSTGRES, HISTORYD, BOUNCER, PGLITE = (
    kind.name for kind in (contenders.Postgres, contenders.Historyd, contenders.PgBouncer, contenders.PGlite)
)
CEILING, MEM0 = in_process.Ceiling.name, in_process.Mem0.name
PATCHES = (in_process.PatchOnPostgres.name, in_process.PatchOnSqlite.name, in_process.PatchOnHistoryd.name)
FORWARDING = (forwarding.Forwarding.name, forwarding.SlowBackend.name, forwarding.NoBackend.name)
KINDS: dict[str, type[contenders.Contender]] = {
    kind.name: kind
    for kind in (
        *(contenders.Postgres, contenders.Historyd, contenders.PgBouncer, contenders.PGlite),
        *(in_process.Ceiling, in_process.Mem0),
        *(in_process.PatchOnPostgres, in_process.PatchOnSqlite, in_process.PatchOnHistoryd),
        *(forwarding.Forwarding, forwarding.SlowBackend, forwarding.NoBackend),
    )
}
# Compared in the project's plans, but not to be had from the package registries that ./bench/run installs from.
MISSING = {
    "pgsqlite": "crates.io has no such crate, npm and Debian no such package; PyPI's is another program",
    "postlite": "the Go module proxy does not serve github.com/benbjohnson/postlite; no other registry has it",
}


# One of mem0's scans of a million rows takes a good part of a second.
MEM0_READS_TIMES = 4


class Cell(NamedTuple):
    load: str
    contender: str
    clients: int
    disk: str


def cells(names: str, among: tuple[str, ...], clients: tuple[int, ...], *disks: str) -> list[Cell]:
    wanted = [(load, disk) for load in names.split() for disk in disks or ("fast",)]
    return [Cell(load, name, n, disk) for load, disk in wanted for name in among for n in clients]


BOTH = (POSTGRES, HISTORYD)
# What costs much and tells little comes with fewer clients, or only in the full run. PGlite works for one connection at
# a time, and does not know COPY: it has only loads that write and begin with no rows.
QUICK = [
    *cells("a b c d e1m f", BOTH, (1, 8, 32, 128)),
    *cells("a", BOTH, (512,)),
    *cells("a b c", BOTH, (8, 32, 128), "slow"),
    *cells("g0 g", BOTH, (8, 32)),
    *cells("a", (CEILING,), (1, 8, 32, 128)),
    *cells("a", (CEILING,), (8, 32, 128), "slow"),
    *cells("a", (BOUNCER,), (32, 128)),
    *cells("b c f", (BOUNCER,), (32,)),
    *cells("a b c d", (PGLITE,), (8, 32)),
    *cells("e1m", (MEM0,), (1, 8)),
    *cells("h", (HISTORYD, BOUNCER), (10_000,)),
    *cells("h", (POSTGRES,), (500,)),
    *cells("storm", (*BOTH, BOUNCER), (32,)),
    *cells("i", (PATCHES[0], HISTORYD, MEM0, PATCHES[1]), (1, 8, 32)),
    *cells("ip", (PATCHES[0], HISTORYD, MEM0, PATCHES[1]), (8,)),
    *cells("fwd", (*BOTH, BOUNCER, *FORWARDING), (32,)),
    *cells("drain", (POSTGRES, FORWARDING[0]), (32,)),
]
FULL = [
    *cells("a b c d", (*BOTH, BOUNCER, PGLITE), (1, 2, 8, 32, 128, 512)),
    *cells("e10k e1m e10m f g0 g", (*BOTH, BOUNCER), (1, 2, 8, 32, 128, 512)),
    *cells("a b c d f g0 g", (*BOTH, BOUNCER), (1, 8, 32, 128, 512), "slow"),
    *cells("a", (CEILING,), (1, 2, 8, 32, 128, 512)),
    *cells("a", (CEILING,), (1, 8, 32, 128, 512), "slow"),
    *cells("e10k e1m e10m", (MEM0,), (1, 8)),
    *cells("h", (HISTORYD, BOUNCER), (10_000,)),
    *cells("h", (POSTGRES,), (500,)),
    *cells("storm", (*BOTH, BOUNCER), (1, 8, 32, 128)),
    *cells("i", (*PATCHES, HISTORYD, MEM0), (1, 8, 32), "fast", "slow"),
    *cells("ip", (*PATCHES, HISTORYD, MEM0), (8,), "fast", "slow"),
    *cells("fwd", (*BOTH, BOUNCER, *FORWARDING), (8, 32, 128)),
    *cells("drain", (POSTGRES, FORWARDING[0]), (32,)),
]

# Measured on two cores; only for the forecast.
START_SECONDS = {POSTGRES: 1.5, BOUNCER: 2.0, PGLITE: 5.0, MEM0: 0.1, CEILING: 0.1}
FILL_ROWS_PER_SECOND = 60_000
IMPORT_SECONDS = 2.0  # of mem0
FIXED_SECONDS = {"idle": 8.0, "drain": 12.0}


def forecast_seconds(left: list[tuple[Cell, int]], seconds: float) -> float:
    """What measuring these cells, each in its repetition, takes, about."""
    total, started, filled = 0.0, set(), set()
    for cell, repetition in left:
        load = loads.LOADS[cell.load]
        if load.kind in FIXED_SECONDS:
            total += FIXED_SECONDS[load.kind]
        else:
            times = MEM0_READS_TIMES if cell.contender == MEM0 and load.rows else load.times_seconds
            total += seconds * times + pgbench.WARM_UP_SECONDS + 0.3 + cell.clients / 400
        if (cell.load, cell.contender, repetition) not in started:
            started.add((cell.load, cell.contender, repetition))
            total += START_SECONDS.get(cell.contender, 1.0)
            total += IMPORT_SECONDS if load.kind == "python" else 0.0
        if load.rows and (load.rows, cell.contender) not in filled:
            filled.add((load.rows, cell.contender))
            total += load.rows / FILL_ROWS_PER_SECOND
    return total
