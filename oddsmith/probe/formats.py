"""P6: how values are written must not tell: decimals, roundness, nulls, lengths, fractions of a second.

A positive is held against rows of its own channel only: that cash is round and transfers have no merchant gives
no fraud away.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from oddsmith.probe.findings import Measured
from oddsmith.probe.ranking import areas_within_strata, ranked
from oddsmith.probe.sample import Feature, Sample

__all__ = ["decimals", "formats", "roundness"]

Array = NDArray[np.float64]

_LIMIT = 0.60
_MOST_DECIMALS = 9


def formats(sample: Sample) -> Iterator[Measured]:
    """Yield how well each trait of how values are written ranks positives above others."""
    for feature in (*sample.features, *sample.keys):
        for trait, x in _traits(feature):
            if np.unique(x[~np.isnan(x)]).size > 1:
                is_of_word = feature.kind == "word" and trait != "null"
                clusters = feature.values.astype(np.int64) if is_of_word else None
                found = areas_within_strata(sample, x, clusters=clusters)
                yield from ranked("P6", f"{feature.name}.{trait}", found, _LIMIT)
    if sample.t is not None:
        subsecond = np.round((sample.t % 1.0) * 1e6)
        if subsecond.any():
            found = areas_within_strata(sample, decimals(sample.t % 1.0))
            yield from ranked("P6", "moment.decimals", found, _LIMIT)


def _traits(feature: Feature) -> Iterator[tuple[str, Array]]:
    """Yield (name, (n,) value) of what can be seen of how a feature is written."""
    null = feature.is_null
    if null.any():
        yield "null", null.astype(np.float64)
    if feature.kind == "word":
        lengths = np.array([len(word) for word in feature.words] + [0], np.float64)
        yield "length", np.where(null, np.nan, lengths[feature.values])
        capitals = np.array([sum(c.isupper() for c in word) for word in feature.words] + [0], np.float64)
        yield "capitals", np.where(null, np.nan, capitals[feature.values])
        return
    values = feature.values
    yield "decimals", decimals(values % 1.0 if feature.kind == "time" else values)
    if feature.kind == "number" and (values[~null] == np.round(values[~null], 2)).all():
        yield "roundness", roundness(values)


def decimals(values: Array) -> Array:
    """Return (n,) how many decimals each number needs, at most 9; nan for nan."""
    found = np.full(values.shape, float(_MOST_DECIMALS))
    for places in range(_MOST_DECIMALS - 1, -1, -1):
        found[np.abs(values - np.round(values, places)) < 1e-9 * np.maximum(np.abs(values), 1.0)] = places
    return np.where(np.isnan(values), np.nan, found)


def roundness(values: Array) -> Array:
    """Return (n,) how many noughts each number ends in, counted from its second decimal; nan for nan.

    123.45 has none, 123.50 one, 120 three, 5000 five. 0 has none.
    """
    cents = np.round(np.abs(np.nan_to_num(values)) * 100.0)
    found = np.zeros(values.shape)
    for noughts in range(1, 10):
        found[(cents > 0) & (cents % 10.0**noughts == 0)] = noughts
    return np.where(np.isnan(values), np.nan, found)
