"""Ranks rows by one number and tells for every group how far that tells positives from others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from oddsmith.probe.areas import Area, area, placements, stratified_placements
from oddsmith.probe.findings import Measured
from oddsmith.probe.sample import Feature, Group, Sample

__all__ = [
    "areas_by_group",
    "areas_within_strata",
    "means_of",
    "numeric_view",
    "ranked",
    "target_means",
    "upward",
]

Array = NDArray[np.float64]
Codes = NDArray[np.int64]

_PRIOR_ROWS = 20.0
"""Rows of the population's mean that a category's own mean is drawn towards."""


def areas_by_group(sample: Sample, x: Array, *, clusters: Codes | None = None) -> Iterator[tuple[Group, Area]]:
    """Yield the area of a number for every group that has one, over all its rows.

    Args:
        sample: the rows.
        x: (n,) number of each row; nan stands lowest.
        clusters: (n,) code of what the number belongs to, where that is neither the row nor its ring.
    """
    x = np.nan_to_num(x, nan=-np.inf)
    pooled = np.full(len(sample), np.nan)
    pooled[sample.y] = placements(x[sample.y], x[~sample.y], sample.weight[~sample.y])
    for group in sample.groups:
        rows, others = group.positives, group.negatives
        placed = pooled[rows]
        if group.is_part:
            if not sample.weight[others].any():
                continue
            placed = placements(x[rows], x[others], sample.weight[others])
        yield from _area_of(sample, group, placed, x, clusters)


def areas_within_strata(
    sample: Sample, x: Array, *, clusters: Codes | None = None
) -> Iterator[tuple[Group, Area]]:
    """Yield the same, each positive held against rows of its own channel only, and nulls against nothing."""
    placed = np.full(len(sample), np.nan)
    strata = np.where(np.isnan(x), -1, sample.strata)
    placed[sample.y] = stratified_placements(np.nan_to_num(x), sample.y, sample.weight, strata)
    placed[np.isnan(x)] = np.nan
    for group in sample.groups:
        yield from _area_of(sample, group, placed[group.positives], np.nan_to_num(x), clusters)


def _area_of(
    sample: Sample, group: Group, placed: Array, x: Array, clusters: Codes | None
) -> Iterator[tuple[Group, Area]]:
    rows = group.positives
    independent = sample.independent_negatives(group) if clusters is None else _worth(sample, group, clusters)
    own = sample.cluster if clusters is None else clusters
    found = area(placed, x[rows], sample.weight[rows], own[rows], negatives=independent)
    if found is not None:
        yield group, found


def _worth(sample: Sample, group: Group, clusters: Codes) -> float:
    """Return how many independent negatives a group has, those of one cluster being one."""
    sums = np.bincount(clusters[group.negatives] - clusters.min(), weights=sample.weight[group.negatives])
    return float(sums.sum() ** 2 / (sums**2).sum()) if sums.any() else 0.0


def ranked(probe: str, name: str, found: Iterable[tuple[Group, Area]], limit: float) -> Iterator[Measured]:
    """Yield how far a number tells positives from others, read either way round."""
    for group, one in found:
        note = "by low values" if one.value < 0.5 else ""
        yield Measured(probe, group.name, name, one.either_way, limit, one.p_beyond, note, shares=group.shares)


def upward(probe: str, name: str, found: Iterable[tuple[Group, Area]], limit: float) -> Iterator[Measured]:
    """Yield how far a score, of which high means positive, tells positives from others."""
    for group, one in found:
        yield Measured(probe, group.name, name, max(one.value, 0.5), limit, one.p_above, shares=group.shares)


def target_means(sample: Sample, codes: Codes, *, fold: NDArray[np.int8] | None = None) -> Array:
    """Return (n,) the share of positives that a row's category has in the other folds, drawn to the mean.

    Args:
        sample: the rows.
        codes: (n,) category of each, -1 for none.
        fold: (n,) part of cross-validation; the sample's own, which never cuts a ring, if not given.

    Source: target statistics out of fold, Micci-Barreca (2001).
    """
    found = np.empty(len(sample))
    parts = sample.fold if fold is None else fold
    for part in np.unique(parts):
        test = parts == part
        found[test] = means_of(codes[~test], sample.y[~test], sample.weight[~test], codes[test])
    return found


def means_of(codes: Codes, y: NDArray[np.bool_], weight: Array, wanted: Codes) -> Array:
    """Return (m,) the share of positives among the rows of each wanted category, drawn to the mean of all."""
    size = int(max(codes.max(initial=-1), wanted.max(initial=-1))) + 2
    scale = weight.sum() / len(weight) if weight.any() else 1.0
    rows = np.bincount(codes + 1, weights=weight, minlength=size)
    hits = np.bincount(codes + 1, weights=weight * y, minlength=size)
    prior = float(hits.sum() / max(rows.sum(), 1e-300))
    return ((hits + _PRIOR_ROWS * scale * prior) / (rows + _PRIOR_ROWS * scale))[wanted + 1]


def numeric_view(feature: Feature) -> Array:
    """Return (n,) a feature as numbers: words in the order of the alphabet, nan for null."""
    values = feature.values.astype(np.float64)
    return np.where(feature.is_null, np.nan, values)
