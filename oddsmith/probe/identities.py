"""P4: no equation between columns may find fraud, as `amount = balance_before` does in PaySim."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from oddsmith.probe.areas import effective_number
from oddsmith.probe.findings import Measured
from oddsmith.probe.learners import lift_limit
from oddsmith.probe.sample import Group, Sample

__all__ = ["identities"]

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

_LEAST_RECALL = 0.20
_CLOSE = 1e-6
_MOST_COLUMNS = 14
"""Columns that take part: 14 make 1,198 equations."""


def identities(sample: Sample) -> Iterator[Measured]:
    """Yield the best equation of every group, and every other that is beyond the limit.

    Equations are a = 0, a = b, a = -b and a = b + c over all numbers among the features.
    """
    columns = {
        feature.name: feature.values.astype(np.float64)
        for feature in sample.features
        if feature.kind == "number" and np.unique(feature.values[~feature.is_null]).size > 2
    }
    columns = dict(list(columns.items())[:_MOST_COLUMNS])
    found: dict[str, list[Measured]] = {}
    for name, holds in _equations(columns, sample.y):
        hits = [g for g in sample.groups if _recall(sample, g, holds) > _LEAST_RECALL]
        if hits:
            everywhere = _holds(columns, name)
            for group in hits:
                found.setdefault(group.name, []).append(_precision(sample, group, name, everywhere))
    for measured in found.values():
        best = max(measured, key=lambda one: one.value)
        yield from (one for one in measured if one is best or one.value > one.limit)


def _equations(columns: dict[str, Array], rows: Flags) -> Iterator[tuple[str, Flags]]:
    """Yield (equation, (n,) where it holds) with False outside the wanted rows."""
    within = {name: values[rows] for name, values in columns.items()}
    for name in _names(list(columns)):
        holds = np.zeros(len(rows), np.bool_)
        holds[rows] = _holds(within, name)
        if holds.any():
            yield name, holds


def _names(columns: list[str]) -> Iterator[str]:
    for a in columns:
        yield f"{a} = 0"
    for a, b in combinations(columns, 2):
        yield f"{a} = {b}"
        yield f"{a} = -{b}"
    for b, c in combinations(columns, 2):
        for a in columns:
            if a not in (b, c):
                yield f"{a} = {b} + {c}"


def _holds(columns: dict[str, Array], equation: str) -> Flags:
    """Return (n,) where an equation holds; nowhere where a number is missing."""
    left, _, right = equation.partition(" = ")
    a = columns[left]
    if right == "0":
        total: Array = np.zeros(len(a))
    elif right in columns:
        total = columns[right]
    elif right.startswith("-") and right[1:] in columns:
        total = -columns[right[1:]]
    else:
        b, _, c = right.partition(" + ")
        total = columns[b] + columns[c]
    return np.abs(a - total) <= _CLOSE * np.maximum(1.0, np.abs(a))


def _recall(sample: Sample, group: Group, holds: Flags) -> float:
    weight = sample.weight[group.positives]
    return float(weight @ holds[group.positives] / weight.sum()) if weight.any() else 0.0


def _precision(sample: Sample, group: Group, name: str, holds: Flags) -> Measured:
    """Return the precision of an equation in a group.

    Chance: where the precision were the limit, the equation would hold for so and so many positives; the
    number it holds for is binomial.
    """
    from scipy.special import bdtrc

    rows, others = group.positives, group.negatives
    of_positives = float(sample.weight[rows] @ holds[rows])
    of_others = float(sample.weight[others] @ holds[others])
    base = float(sample.weight[rows].sum() / (sample.weight[rows].sum() + sample.weight[others].sum()))
    _, code = np.unique(sample.cluster[rows], return_inverse=True)
    worth = effective_number(holds[rows].astype(np.float64), sample.weight[rows], code)
    recall = _recall(sample, group, holds)
    false_share = (float(holds[others].sum()) + 1.0) / (float(others.sum()) + 1.0)

    def chance(limit: float) -> float:
        share = false_share * (limit / (1.0 - limit)) / (base / (1.0 - base))
        hits = int(np.floor(recall * worth))
        if share >= 1.0 or hits < 1:
            return 1.0
        return float(bdtrc(hits - 1, max(int(np.floor(worth)), hits), share))

    return Measured(
        "P4",
        group.name,
        name,
        of_positives / max(of_positives + of_others, 1e-300),
        lift_limit(base),
        chance,
        f"finds {100.0 * recall:.0f} %",
        shares=group.shares,
        unit="precision",
    )
