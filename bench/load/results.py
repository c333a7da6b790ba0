"""What a results file says."""

from __future__ import annotations

import statistics
from collections import defaultdict

Key = tuple[str, str, int, str]  # load, contender, clients, disk


class Figures(dict[Key, dict[str, float]]):
    """The medians over the repetitions, and what each repetition found."""

    def __init__(self, runs: dict[Key, list[dict]]):
        super().__init__()
        self.runs = runs

    def ratio(self, key: Key, against: Key, figure: str = "tps", against_figure: str = "tps") -> float | None:
        """The median of what one is of the other in each repetition; None when none has both.

        Taken within a repetition, since a machine may be slower for minutes, and so for neighbours alike."""
        others = {r["repetition"]: r.get(against_figure) for r in self.runs.get(against, [])}
        pairs = ((r.get(figure), others.get(r["repetition"])) for r in self.runs.get(key, []))
        ratios = [one / other for one, other in pairs if one is not None and other]
        return statistics.median(ratios) if ratios else None


def medians(data: dict) -> Figures:
    """The median of each figure over the repetitions, and the spread of the rate: (most - least) / median."""
    grouped: dict[Key, list[dict]] = defaultdict(list)
    for m in data["measured"]:
        grouped[m["load"], m["contender"], m["clients"], m["disk"]].append(m)
    found = Figures(dict(grouped))
    for key, runs in grouped.items():
        figures = [name for name, v in runs[0].items() if isinstance(v, float)]
        found[key] = {name: statistics.median(r[name] for r in runs) for name in figures}
        found[key]["repetitions"] = len(runs)
        if found[key].get("tps"):
            rates = [r["tps"] for r in runs]
            found[key]["spread"] = (max(rates) - min(rates)) / found[key]["tps"]
    return found
