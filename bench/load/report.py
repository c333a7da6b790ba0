"""Makes the table and the plots of a results file, beside it and in the README."""

from __future__ import annotations

import json
import pathlib
import statistics
import sys
from collections import defaultdict

import loads

ROOT = pathlib.Path(__file__).parents[2]
REFERENCE = "PostgreSQL 15"
BEGIN, END = "<!-- bench -->", "<!-- /bench -->"
README_LOADS = ("a", "b", "c", "d", "e1m")

Key = tuple[str, str, int, str]  # load, contender, clients, disk


def medians(data: dict) -> dict[Key, dict[str, float]]:
    """The median of each figure over the repetitions, and the spread of the rate: (most - least) / median."""
    grouped: dict[Key, list[dict]] = defaultdict(list)
    for m in data["measured"]:
        grouped[m["load"], m["contender"], m["clients"], m["disk"]].append(m)
    found = {}
    for key, runs in grouped.items():
        figures = [name for name, v in runs[0].items() if isinstance(v, float)]
        found[key] = {name: statistics.median(r[name] for r in runs) for name in figures}
        rates = [r["tps"] for r in runs]
        found[key] |= {"spread": (max(rates) - min(rates)) / found[key]["tps"], "repetitions": len(runs)}
    return found


def ratio(found: dict[Key, dict[str, float]], key: Key) -> float | None:
    reference = found.get((key[0], REFERENCE, *key[2:]))
    return found[key]["tps"] / reference["tps"] if reference else None


def table(found: dict[Key, dict[str, float]], only: tuple[str, ...] | None = None) -> str:
    lines = []
    names = sorted({k[1] for k in found}, key=lambda n: (n != "historyd", n != REFERENCE, n))
    for load in [name for name in loads.LOADS if (only is None or name in only) and any(k[0] == name for k in found)]:
        for disk in [d for d in ("fast", "slow") if any(k[0] == load and k[3] == d for k in found)]:
            slow = ", every fsync 2 ms slower" if disk == "slow" else ""
            lines += [f"**{loads.LOADS[load].title}{slow}**", ""]
            lines += ["| clients | " + " | ".join(names) + " |", "|---:|" + "---:|" * len(names)]
            for clients in sorted({k[2] for k in found if k[0] == load and k[3] == disk}):
                cells = []
                for name in names:
                    key = (load, name, clients, disk)
                    if key not in found:
                        cells.append("–")
                        continue
                    times = ratio(found, key)
                    beside = f" ({times:.2f}×)" if times and name != REFERENCE else ""
                    cells.append(f"{found[key]['tps']:,.0f}{beside}")
                lines.append(f"| {clients} | " + " | ".join(cells) + " |")
            lines.append("")
    return "\n".join(lines)


def details(found: dict[Key, dict[str, float]]) -> str:
    lines = ["| load | server | clients | disk | a second | spread | p50 ms | p99 ms | p999 ms | fsyncs a commit | CPU s per 1000 | MB |"]
    lines.append("|---|---|---:|---|---:|---:|---:|---:|---:|---:|---:|---:|")
    order = list(loads.LOADS)
    for key, f in sorted(found.items(), key=lambda kv: (order.index(kv[0][0]), kv[0][3], kv[0][2], kv[0][1])):
        load, name, clients, disk = key
        lines.append(
            f"| {load} | {name} | {clients} | {disk} | {f['tps']:,.0f} | {f['spread']:.0%} | {f['p50_ms']:.2f} | {f['p99_ms']:.2f} |"
            f" {f['p999_ms']:.2f} | {f['fsyncs_per_commit']:.3f} | {f['cpu_s_per_1000']:.3f} | {f['memory_mb']:.0f} |"
        )
    return "\n".join(lines) + "\n"


def plot(found: dict[Key, dict[str, float]], path: pathlib.Path) -> None:
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    panels = [
        (load, disk)
        for load in ("a", "b", "c", "d")
        for disk in ("fast", "slow")
        if any(k[0] == load and k[3] == disk for k in found)
    ]
    if not panels:
        return
    rows = (len(panels) + 1) // 2
    figure, axes = plt.subplots(rows, 2, figsize=(11, 3.4 * rows), squeeze=False, layout="constrained")
    for axis in axes.flat[len(panels) :]:
        axis.set_visible(False)
    for axis, (load, disk) in zip(axes.flat, panels):
        for name in sorted({k[1] for k in found if k[0] == load and k[3] == disk}):
            points = sorted((k[2], f["tps"]) for k, f in found.items() if (k[0], k[1], k[3]) == (load, name, disk))
            axis.plot(*zip(*points), marker="o", label=name)
        axis.set(xscale="log", yscale="log", xlabel="clients", ylabel="transactions a second")
        axis.set_xticks(ticks := sorted({k[2] for k in found}), [str(t) for t in ticks])
        axis.set_title(loads.LOADS[load].title + (", slow disk" if disk == "slow" else ""), fontsize=9)
        axis.grid(alpha=0.3)
    axes.flat[0].legend(fontsize=8)
    for suffix in ("png", "svg"):
        figure.savefig(path.with_suffix("." + suffix), dpi=110)
    plt.close(figure)


def write(path: pathlib.Path) -> None:
    data = json.loads(path.read_text())
    found = medians(data)
    if not found:
        return
    machine = data["machine"]
    missing = "".join(f"- {name}: {why}\n" for name, why in sorted(data["missing"].items()))
    repetitions = min(int(f["repetitions"]) for f in found.values())
    head = (
        f"{machine['processor']}, {machine['cores']} cores shared with the load generator, Linux {machine['kernel']}; medians of"
        f" {repetitions} interleaved repetitions; in brackets the ratio to {REFERENCE} in the same run.\n\n"
    )
    path.with_suffix(".md").write_text(
        f"# {path.stem}\n\n{head}{table(found)}\n## All figures\n\n{details(found)}\n## Not measured\n\n{missing}"
    )
    plot(found, path)
    readme = ROOT / "README.md"
    text = readme.read_text()
    if BEGIN in text:
        before, rest = text.split(BEGIN, 1)
        after = rest.split(END, 1)[1]
        picture = f"![Transactions a second over clients](bench/results/{path.stem}.svg)"
        readme.write_text(f"{before}{BEGIN}\n{head}{table(found, README_LOADS)}\n{picture}\n{END}{after}")


if __name__ == "__main__":
    write(pathlib.Path(sys.argv[1]))
