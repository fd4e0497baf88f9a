"""P1: no single column may tell fraud from the rest."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from oddsmith.probe.findings import Measured
from oddsmith.probe.ranking import areas_by_group, numeric_view, ranked, target_means, upward
from oddsmith.probe.sample import Feature, Sample

__all__ = ["MEDIAN", "single_columns"]

_LIMIT = 0.80
_MEDIAN_LIMIT = 0.60
_FEW_VALUES = 256
"""A whole number with no more values is looked at as a category too: codes such as an MCC."""

MEDIAN = "median of columns"


def single_columns(sample: Sample) -> Iterator[Measured]:
    """Yield for every feature how well it alone ranks positives above others, and the median over features."""
    best: dict[tuple[str, str], Measured] = {}
    for feature in sample.features:
        for one in _looked_at(sample, feature):
            known = best.get((one.group, one.name))
            if known is None or one.value > known.value:
                best[one.group, one.name] = one
    yield from best.values()
    pooled = [one for one in best.values() if one.group == ""]
    if len(pooled) > 2:
        yield _median(pooled)


def _looked_at(sample: Sample, feature: Feature) -> Iterator[Measured]:
    """Yield a feature by rank, and by category where it is one or may be one."""
    if feature.kind == "word":
        yield from _by_category(sample, feature.name, feature.values.astype(np.int64))
        return
    x = numeric_view(feature)
    yield from ranked("P1", feature.name, areas_by_group(sample, x), _LIMIT)
    known = x[~np.isnan(x)]
    if feature.kind == "number" and (known == np.round(known)).all():
        values, codes = np.unique(x, return_inverse=True)
        if 2 < len(values) <= _FEW_VALUES:
            yield from _by_category(sample, feature.name, codes.astype(np.int64))


def _by_category(sample: Sample, name: str, codes: NDArray[np.int64]) -> Iterator[Measured]:
    """Yield a category by the share of positives that it has in other folds."""
    yield from upward("P1", name, areas_by_group(sample, target_means(sample, codes)), _LIMIT)


def _median(pooled: list[Measured]) -> Measured:
    """Return the median over columns; half of them must be beyond chance for it to be."""
    values = sorted(one.value for one in pooled)
    names = tuple(one.name for one in pooled)

    def chance(limit: float) -> float:
        above = sorted(one.chance(limit) if one.value > limit else 1.0 for one in pooled)
        return above[len(above) // 2]

    return Measured(
        "P1", "", MEDIAN, float(np.median(values)), _MEDIAN_LIMIT, chance, shares=pooled[0].shares, parts=names
    )
