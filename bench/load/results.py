"""What a results file says."""

from __future__ import annotations

import statistics
from collections import defaultdict

Key = tuple[str, str, int, str]  # load, contender, clients, disk
Figures = dict[Key, dict[str, float]]


def medians(data: dict) -> Figures:
    """The median of each figure over the repetitions, and the spread of the rate: (most - least) / median."""
    grouped: dict[Key, list[dict]] = defaultdict(list)
    for m in data["measured"]:
        grouped[m["load"], m["contender"], m["clients"], m["disk"]].append(m)
    found = {}
    for key, runs in grouped.items():
        figures = [name for name, v in runs[0].items() if isinstance(v, float)]
        found[key] = {name: statistics.median(r[name] for r in runs) for name in figures}
        found[key]["repetitions"] = len(runs)
        if found[key].get("tps"):
            rates = [r["tps"] for r in runs]
            found[key]["spread"] = (max(rates) - min(rates)) / found[key]["tps"]
    return found
