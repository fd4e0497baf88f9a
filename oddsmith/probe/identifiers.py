"""P5: ids and the order of rows must carry nothing: neither numbers nor prefixes, runs nor places."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from oddsmith.probe.findings import Measured
from oddsmith.probe.ranking import areas_within_strata, ranked, target_means, upward
from oddsmith.probe.reading import Reading
from oddsmith.probe.sample import Feature, Sample, folds

__all__ = ["as_ordered", "identifiers"]

Array = NDArray[np.float64]

_LIMIT = 0.55
_PREFIXES = (1, 2, 4)
_REPEATS = 0.0
_LEAST_TIES = 30


def identifiers(reading: Reading) -> Iterator[Measured]:
    """Yield what ids, their parts and the order of rows tell."""
    sample = reading.sample
    for key in sample.keys:
        is_own = key.name == sample.row_id
        if is_own:
            yield _repeats(key)
            yield _runs(sample, key)
        codes = _codes(key)
        found = areas_within_strata(sample, as_ordered(key), clusters=codes)
        yield from ranked("P5", f"{key.name}.order", found, _LIMIT)
        if key.kind == "word":
            yield from _prefixes(sample, key, codes)
    if sample.t is None or not reading.is_in_time_order:
        x = sample.position.astype(np.float64)
        yield from ranked("P5", "row order", areas_within_strata(sample, x), _LIMIT)
    if reading.ties.moments >= _LEAST_TIES:
        yield _within_moments(reading)


def as_ordered(key: Feature) -> Array:
    """Return (n,) ids as numbers: digits by value, hexadecimal too, other words by the alphabet."""
    if key.kind != "word":
        return np.where(key.is_null, np.nan, key.values.astype(np.float64))
    for base in (10, 16):
        try:
            numbers = np.array([float(int(word, base)) for word in key.words] + [np.nan])
        except ValueError:
            continue
        return numbers[key.values]
    return np.where(key.is_null, np.nan, key.values.astype(np.float64))


def _codes(key: Feature) -> NDArray[np.int64]:
    """Return (n,) a number per id, -1 for null: rows of one id are no independent evidence about ids."""
    if key.kind == "word":
        return key.values.astype(np.int64)
    _, codes = np.unique(key.values, return_inverse=True)
    return np.where(key.is_null, -1, codes)


def _repeats(key: Feature) -> Measured:
    """Return the share of rows whose id an earlier row has."""
    known = key.values[~key.is_null]
    share = 1.0 - len(np.unique(known)) / max(len(known), 1)
    return Measured("P5", "", f"{key.name}.repeats", share, _REPEATS, lambda _: 0.0, unit="share")


def _runs(sample: Sample, key: Feature) -> Measured:
    """Return how much oftener positives are neighbours in the order of ids than spread at random.

    Among n rows in random order, p positives have p (p - 1) / n neighbouring pairs on average, about Poisson.
    Limit 2: rows of one ring may not be neighbours either.
    """
    from scipy.special import pdtrc

    order = np.argsort(as_ordered(key), kind="stable")
    y = sample.y[order]
    pairs, positives = int((y[1:] & y[:-1]).sum()), int(y.sum())
    expected = positives * (positives - 1) / len(y)

    def chance(limit: float) -> float:
        return float(pdtrc(pairs - 1, limit * expected)) if pairs else 1.0

    ratio = pairs / expected if expected > 0.0 else 0.0
    return Measured(
        "P5", "", f"{key.name}.runs", ratio, 2.0, chance, "positives stand side by side", unit="times"
    )


def _prefixes(sample: Sample, key: Feature, clusters: NDArray[np.int64]) -> Iterator[Measured]:
    """Yield what the first letters and the length of ids tell."""
    lengths = np.array([len(word) for word in key.words] + [0], np.float64)
    if np.unique(lengths[:-1]).size > 1:
        x = np.where(key.is_null, np.nan, lengths[key.values])
        found = areas_within_strata(sample, x, clusters=clusters)
        yield from ranked("P5", f"{key.name}.length", found, _LIMIT)
    best: dict[str, Measured] = {}
    for letters in _PREFIXES:
        heads = [word[:letters] for word in key.words]
        known = {head: k for k, head in enumerate(dict.fromkeys(heads))}
        if not 1 < len(known) <= len(key.words) // 2:
            continue
        codes = np.array([known[head] for head in heads] + [-1], np.int64)[key.values]
        x = np.where(key.is_null, np.nan, target_means(sample, codes, fold=folds(clusters)))
        found = areas_within_strata(sample, x, clusters=clusters)
        for one in upward("P5", f"{key.name}.prefix", found, _LIMIT):
            if one.group not in best or one.value > best[one.group].value:
                best[one.group] = one
    yield from best.values()


def _within_moments(reading: Reading) -> Measured:
    """Return the share of ties in which a positive is written after another row; one moment is one throw."""
    from scipy.special import ndtr

    ties = reading.ties
    value = max(ties.share, 1.0 - ties.share)

    def chance(limit: float) -> float:
        spread = np.sqrt(limit * (1.0 - limit) / ties.moments)
        return float(2.0 * ndtr(-(value - limit) / spread))

    note = "positives are written first" if ties.share < 0.5 else "positives are written last"
    return Measured("P5", "", "order within a moment", value, _LIMIT, chance, note)
