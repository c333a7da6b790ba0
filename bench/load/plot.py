"""Transactions a second over the number of clients, as PNG and SVG."""

from __future__ import annotations

import pathlib

import loads
import matplotlib
import plan
from results import Figures

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402
from matplotlib import ticker  # noqa: E402

PLOTTED = ("a", "b", "c")
COLOURS = {name: f"C{i}" for i, name in enumerate(plan.KINDS)}


def write(found: Figures, path: pathlib.Path) -> None:
    there = {(load, disk) for load, _, _, disk in found}
    columns = [load for load in PLOTTED if (load, "fast") in there or (load, "slow") in there]
    rows = [disk for disk in ("fast", "slow") if any((load, disk) in there for load in columns)]
    if not columns:
        return
    size = (4.3 * len(columns) + 0.4, 3.2 * len(rows) + 0.5)
    figure, axes = plt.subplots(len(rows), len(columns), figsize=size, squeeze=False, layout="constrained")
    shown = {}
    for i, disk in enumerate(rows):
        for j, load in enumerate(columns):
            axis = axes[i][j]
            here = {k: f["tps"] for k, f in found.items() if k[0] == load and k[3] == disk}
            if not here:
                axis.set_visible(False)
                continue
            for name in [n for n in plan.KINDS if any(k[1] == n for k in here)]:
                points = sorted((k[2], tps) for k, tps in here.items() if k[1] == name)
                width = 2.4 if name == plan.HISTORYD else 1.3
                style = ":" if name == plan.CEILING else "-"
                (shown[name],) = axis.plot(
                    *zip(*points), style, marker="o", markersize=4, linewidth=width, color=COLOURS[name], label=name
                )
            axis.set(xscale="log", yscale="log")
            axis.set_xticks(ticks := sorted({k[2] for k in here}), [str(t) for t in ticks])
            axis.yaxis.set_major_locator(ticker.LogLocator(subs=(1, 2, 5)))
            axis.yaxis.set_major_formatter("{x:,.0f}")
            axis.minorticks_off()
            axis.set_title(loads.LOADS[load].title + (",\nfsync 2 ms slower" if disk == "slow" else ""), fontsize=8.5)
            axis.set_xlabel("clients", fontsize=8)
            axis.set_ylabel("transactions a second", fontsize=8)
            axis.tick_params(labelsize=8)
            axis.grid(alpha=0.3)
    figure.legend(shown.values(), shown.keys(), loc="outside lower center", ncols=len(shown), fontsize=8, frameon=False)
    for suffix in ("png", "svg"):
        figure.savefig(path.with_suffix("." + suffix), dpi=110)
    plt.close(figure)
