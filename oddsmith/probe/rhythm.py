"""P8: fraud must come in every month, and the hour must not give it away."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from oddsmith.probe.findings import Measured
from oddsmith.probe.ranking import areas_by_group, target_means, upward
from oddsmith.probe.sample import Group, Sample

__all__ = ["rhythm"]

Array = NDArray[np.float64]

_HOUR, _DAY, _MONTH = 3600.0, 86_400.0, 30.0 * 86_400.0
_LIMIT = 0.65
_UNEVEN = 1.5
"""Ratio of what was found to what was expected in a month, either way."""

_LEAST_MONTHS = 3
_LEAST_STARTS = 10


def rhythm(sample: Sample) -> Iterator[Measured]:
    """Yield what the moment of a row tells: hour, day of the week, and how evenly rings start over months."""
    if sample.t is None:
        return
    t = np.nan_to_num(sample.t)
    span = float(t.max() - t.min())
    for name, unit, count in (("hour", _HOUR, 24), ("weekday", _DAY, 7)):
        if span >= 2 * unit * count:
            codes = (np.floor(t / unit) % count).astype(np.int64)
            yield from upward("P8", name, areas_by_group(sample, target_means(sample, codes)), _LIMIT)
    if span >= _LEAST_MONTHS * _MONTH:
        for group in sample.groups:
            yield from _months(sample, group, t)


def _months(sample: Sample, group: Group, t: Array) -> Iterator[Measured]:
    """Yield the month in which most too many or too few rings start, honest rows being what is expected.

    Given their number, starts in a month are binomial with the month's share of honest rows. Months are of
    30 days; what is left at the end belongs to the last.
    """
    from scipy.special import bdtr, bdtrc

    first = t.min()
    months = max(int((t.max() - first) // _MONTH), 1)
    month = np.minimum(((t - first) // _MONTH).astype(np.int64), months - 1)
    starts = _starts(sample, group, t, month, months)
    total = int(starts.sum())
    honest = np.bincount(month[group.negatives], weights=sample.weight[group.negatives], minlength=months)
    if total < _LEAST_STARTS or not honest.any():
        return
    share = honest / honest.sum()
    few, many = bdtr(starts, total, share), np.where(starts > 0, bdtrc(starts - 1, total, share), 1.0)
    p = np.minimum(1.0, 2.0 * months * np.minimum(few, many))
    worst = int(p.argmin())
    ratio = (starts[worst] + 0.5) / (total * share[worst] + 0.5)
    note = f"{starts[worst]} starts in month {worst + 1}, expected {total * share[worst]:.1f}"
    chance = float(p[worst])
    yield Measured(
        "P8",
        group.name,
        "month",
        float(max(ratio, 1.0 / ratio)),
        _UNEVEN,
        lambda _: chance,
        note,
        shares=group.shares,
        unit="times",
    )


def _starts(sample: Sample, group: Group, t: Array, month: NDArray[np.int64], months: int) -> NDArray[np.int64]:
    """Return (m,) in how many clusters the first positive row falls into each month."""
    rows = np.flatnonzero(group.positives)
    rows = rows[np.argsort(t[rows], kind="stable")]
    _, where = np.unique(sample.cluster[rows], return_index=True)
    return np.bincount(month[rows[where]], minlength=months)
