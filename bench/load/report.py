"""Makes the tables and the plot of a results file, beside it and in the README.

python report.py RESULTS.json
"""

from __future__ import annotations

import json
import pathlib
import sys

ROOT = pathlib.Path(__file__).parents[2]
sys.path.append(str(ROOT / "tests/fault"))

import loads  # noqa: E402
import plan  # noqa: E402
import plot  # noqa: E402
import targets  # noqa: E402
from results import Figures, Key, medians  # noqa: E402

BEGIN, END = "<!-- bench -->", "<!-- /bench -->"
README_LOADS = ("a", "b", "c", "d", "e1m", "f", "storm", "i", "ip")
DISKS = ("fast", "slow")
# What is slowed down is named only where it is.
SLOW = {"fast": "", "slow": ", fsync 2 ms slower"}
DETAILS = {
    "a second": ("tps", "{:,.0f}"),
    "spread": ("spread", "{:.0%}"),
    "p50 ms": ("p50_ms", "{:.2f}"),
    "p99 ms": ("p99_ms", "{:.2f}"),
    "p999 ms": ("p999_ms", "{:.2f}"),
    "fsyncs a commit": ("fsyncs_per_commit", "{:.3f}"),
    "CPU s per 1000": ("cpu_s_per_1000", "{:.3f}"),
    "MB": ("memory_mb", "{:.0f}"),
}


def number(value: float) -> str:
    """Three digits that count."""
    if value == int(value) or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def ratio(found: Figures, key: Key) -> float | None:
    """The rate as a multiple of the reference's."""
    load, name, clients, disk = key
    reference = loads.LOADS[load].reference
    return found.ratio(key, (load, reference, clients, disk)) if name != reference else None


def measured(found: Figures, only: tuple[str, ...] | None = None) -> list[tuple[str, str]]:
    """Loads and disks with rates, in order."""
    there = {(load, disk) for (load, _, _, disk), figures in found.items() if "tps" in figures}
    return [(load, disk) for load in only or loads.LOADS for disk in DISKS if (load, disk) in there]


def rates(found: Figures) -> str:
    """A table for each load: contenders beside each other."""
    lines = []
    for load, disk in measured(found):
        keys = [k for k in found if k[0] == load and k[3] == disk]
        names = [name for name in plan.KINDS if any(k[1] == name for k in keys)]
        lines += [f"**({load}) {loads.LOADS[load].title}{SLOW[disk]}**", ""]
        lines += ["| clients | " + " | ".join(names) + " |", "|---:|" + "---:|" * len(names)]
        for clients in sorted({k[2] for k in keys}):
            cells = []
            for name in names:
                key = (load, name, clients, disk)
                times = ratio(found, key) if key in found else None
                beside = f" ({number(times)}×)" if times else ""
                cells.append(f"{found[key]['tps']:,.0f}{beside}" if key in found else "–")
            lines.append(f"| {clients} | " + " | ".join(cells) + " |")
        lines.append("")
    return "\n".join(lines)


def details(found: Figures) -> str:
    lines = ["| load | server | clients | disk | " + " | ".join(DETAILS) + " | |"]
    lines.append("|---|---|---:|---|" + "---:|" * len(DETAILS) + "---|")
    order = list(loads.LOADS)
    for key, f in sorted(found.items(), key=lambda kv: (order.index(kv[0][0]), kv[0][3], kv[0][2], kv[0][1])):
        load, name, clients, disk = key
        cells = [form.format(f[figure]) if figure in f else "" for figure, form in DETAILS.values()]
        shown = {figure for figure, _ in DETAILS.values()} | {"repetitions"}
        rest = ", ".join(f"{figure} {number(v)}" for figure, v in f.items() if figure not in shown)
        lines.append(f"| {load} | {name} | {clients} | {disk} | " + " | ".join(cells) + f" | {rest} |")
    return "\n".join(lines) + "\n"


def targets_table(found: Figures) -> str:
    lines = ["| target | asked for | reached | |", "|---|---:|---:|---|"]
    for target, asked, reached in targets.judged(found, number):
        verdict = "met" if target.met(target.reached(found)) else "**missed**"
        lines.append(f"| {target.what} | {asked} | {reached} | {verdict} |")
    return "\n".join(lines) + "\n"


def idle(found: Figures) -> str:
    each = [
        f"{name} {number(figures['kib_per_connection'])} KiB"
        for (load, name, _, _), figures in found.items()
        if load == "h"
    ]
    return "Memory of an idle connection: " + ", ".join(each) + ".\n" if each else ""


def summary(found: Figures) -> str:
    """historyd's rates, and their ratio to PostgreSQL's."""
    chosen = measured(found, README_LOADS)
    keys = [k for k in found if k[1] == plan.HISTORYD and (k[0], k[3]) in chosen]
    numbers = sorted({k[2] for k in keys})
    lines = ["| clients | " + " | ".join(map(str, numbers)) + " |", "|---|" + "---:|" * len(numbers)]
    for load, disk in chosen:
        cells = []
        for clients in numbers:
            key = (load, plan.HISTORYD, clients, disk)
            times = ratio(found, key) if key in found else None
            beside = f" ({number(times)}×)" if times else ""
            cells.append(f"{found[key]['tps']:,.0f}{beside}" if key in found else "")
        lines.append(f"| {loads.LOADS[load].title}{SLOW[disk]} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def readme_block(found: Figures, head: str, path: pathlib.Path) -> str:
    judged = [target.met(target.reached(found)) for target, _, _ in targets.judged(found, number)]
    picture = f"![Transactions a second over clients](bench/results/{path.stem}.svg)"
    return (
        f"historyd's transactions a second, and in brackets what multiple of PostgreSQL's that is ({head}). For mem0 in"
        f" Python it is the multiple of mem0-history-db-patch on PostgreSQL.\n\n{summary(found)}\n{idle(found)}"
        f"Of {len(judged)} targets {sum(judged)} were met; which, and all figures:"
        f" [bench/results/{path.stem}.md](bench/results/{path.stem}.md).\n\n{picture}\n"
    )


def write(path: pathlib.Path) -> None:
    data = json.loads(path.read_text())
    found = medians(data)
    if not found:
        return
    machine, repetitions = data["machine"], min(f["repetitions"] for f in found.values())
    head = (
        f"{machine['processor']}, {machine['cores']} cores shared with the clients, Linux {machine['kernel']},"
        f" medians of {repetitions} interleaved repetitions, and of the multiples within each"
    )
    missing = "".join(f"- {name}: {why}\n" for name, why in sorted(data["missing"].items()))
    notes = "".join(f"- {name}: {k.note}\n" for name, k in plan.KINDS.items() if any(key[1] == name for key in found))
    sections = {
        "Targets": targets_table(found),
        "Transactions a second": f"In brackets the multiple of PostgreSQL's.\n\n{rates(found)}\n{idle(found)}",
        "Contenders": notes,
        "All figures": details(found),
        "Not measured": missing,
    }
    body = "".join(f"\n## {title}\n\n{text}" for title, text in sections.items())
    path.with_suffix(".md").write_text(f"# {path.stem}\n\n{head}.\n{body}")
    plot.write(found, path)
    readme = ROOT / "README.md"
    text = readme.read_text()
    if BEGIN in text and path.resolve().parent == ROOT / "bench/results":
        before, rest = text.split(BEGIN, 1)
        after = rest.split(END, 1)[1]
        readme.write_text(f"{before}{BEGIN}\n{readme_block(found, head, path)}{END}{after}")


if __name__ == "__main__":
    write(pathlib.Path(sys.argv[1]))
