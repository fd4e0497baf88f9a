"""Fitting proposals to weighted events: EM for Gaussians times categories, and the directions worth fitting."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from sim.geometry import Array
from sim.samplers.mixture import Frame, Gaussians
from sim.samplers.points import Stream
from sim.weights import effective_size

__all__ = ["basis_of", "fit"]

_COUNTS = (1, 2, 3, 4, 6, 8)
_ITERATIONS = 40
_FLOOR = 1e-3
_FEW = 6
_MOST = 10
"""Up to so many continuous coordinates all are fitted; beyond, directions are chosen."""


def basis_of(x: Array, weights: Array, *, size: float, near: tuple[Array, Array] | None = None) -> Array:
    """Return (d, r) directions along which weighted events differ from N(0, I) by more than chance.

    Few dimensions are taken whole. Otherwise first single coordinates are tried, whose Kullback-Leibler
    divergence from N(0, 1) stands out. If they are too many, the mean's direction and the principal directions
    of the second moment above the edge of pure noise (Marchenko and Pastur 1967), and the slope of the score
    within each cluster of them, where it explains the score.

    Args:
        x: (n, d) continuous coordinates of events.
        weights: (n,) summing to 1.
        size: how many independent events that is, about.
        near: (m, d) coordinates and (m,) finite scores of episodes near the event, or None.
    """
    d = x.shape[1]
    if d <= _FEW:
        return np.eye(d)
    mean = weights @ x
    variance = np.maximum(weights @ (x - mean) ** 2, 1e-6)
    divergence = 0.5 * (mean**2 + variance - 1.0 - np.log(variance))
    notable = divergence > 4.0 / size
    if 0 < notable.sum() <= _MOST and _moments(np.where(notable, 0.0, x), weights, size) is None:
        return np.eye(d)[:, notable]
    main = _moments(x, weights, size)
    if main is None:
        main = np.linalg.eigh((x * weights[:, None]).T @ x)[1][:, -1:]
    slopes = [] if near is None else _slopes(*near, main[:, 0])
    if not slopes:
        return main
    basis = _orthonormal(slopes)
    # a direction beyond the slopes must be sure: a shift along noise makes the ratios wild
    more = _moments(x - (x @ basis) @ basis.T, weights, size / 3.0) if size > 2.0 * d else None
    return basis if more is None else _orthonormal([*basis.T, *more.T])[:, :_MOST]


def _moments(x: Array, weights: Array, size: float) -> Array | None:
    """Return the directions that first and second moments show; None if they show none."""
    d = x.shape[1]
    mean = weights @ x
    values, vectors = np.linalg.eigh((x * weights[:, None]).T @ x)
    edge = 1.15 * (1.0 + math.sqrt(d / size)) ** 2
    found = [vectors[:, i] for i in range(d - 1, max(d - 1 - _MOST, -1), -1) if values[i] > edge]
    if mean @ mean > 2.0 * d / size:
        found.append(mean)
    return _orthonormal(found)[:, :_MOST] if found else None


def _orthonormal(directions: list[Array]) -> Array:
    """Return an orthonormal basis of directions, those that add next to nothing left out."""
    units = [one / np.linalg.norm(one) for one in directions]
    q, r = np.linalg.qr(np.array(units).T)
    return np.asarray(q[:, np.abs(np.diag(r)) > 0.1], np.float64)


def _slopes(x: Array, scores: Array, main: Array) -> list[Array]:
    """Return the directions of least-squares slopes of the score in the halves that a main direction makes."""
    side = x @ main >= 0.0
    found = []
    for half in (side, ~side):
        n, d = int(half.sum()), x.shape[1]
        if n < 2 * d + 10:
            continue
        here, there = x[half] - x[half].mean(axis=0), scores[half] - scores[half].mean()
        slope, *_ = np.linalg.lstsq(here, there, rcond=None)
        left = there - here @ slope
        explained = 1.0 - (left @ left / (n - d - 1)) / max(there @ there / (n - 1), 1e-300)
        if explained > 0.5 and slope @ slope > 0.0:
            found.append(slope)
    return found


def fit(frame: Frame, z: Array, weights: Array, stream: Stream, *, most: int = 8) -> Gaussians:
    """Return the components that describe weighted events best, their number by the BIC.

    Args:
        frame: what to fit in.
        z: (n, d) events.
        weights: (n,) positive.
        stream: randomness of the starts.
        most: components at most.
    """
    weights = weights / weights.sum()
    y, categories = frame.reduced(z), frame.categories(z)
    laws = [np.asarray(law) for law in frame.choices.values()]
    size = effective_size(weights)
    r = y.shape[1]
    best: tuple[float, Gaussians] | None = None
    for count in _COUNTS:
        if count > most or (count > 1 and size < 3 * count * (r + 1)):
            break
        found, likelihood = _em(y, categories, laws, weights, count, stream)
        free = count * (1 + r + r * (r + 1) / 2 + sum(len(law) - 1 for law in laws))
        bic = free * math.log(size) - 2.0 * size * likelihood
        if best is not None and bic > best[0]:
            break
        if best is None or bic < best[0]:
            best = bic, found
    assert best is not None
    return best[1]


def _em(
    y: Array, categories: NDArray[np.intp], laws: list[Array], weights: Array, count: int, stream: Stream
) -> tuple[Gaussians, float]:
    """Return components after expectation maximisation from k-means++ seeds, and the mean log-likelihood."""
    owner = _seeded(y, categories, weights, count, stream)
    part = np.eye(count)[owner]
    last = -math.inf
    for _ in range(_ITERATIONS):
        found = _maximised(y, categories, laws, weights, part)
        ratios = found.log_ratios(y, categories, laws)
        top = ratios.max(axis=1)
        each = np.exp(ratios - top[:, None])
        total = each.sum(axis=1)
        part = each / total[:, None]
        likelihood = float(weights @ (top + np.log(total)))
        if likelihood - last < 1e-4:
            break
        last = likelihood
    return found, likelihood


def _seeded(
    y: Array, categories: NDArray[np.intp], weights: Array, count: int, stream: Stream
) -> NDArray[np.intp]:
    """Return the nearest of `count` seeds spread by k-means++ (Arthur and Vassilvitskii 2007)."""
    first = int(stream.categories(weights, 1)[0])
    distances = [_distance(y, categories, first)]
    for _ in range(count - 1):
        mass = np.min(distances, axis=0) * weights
        seed = int(stream.categories(mass, 1)[0]) if mass.sum() > 0 else first
        distances.append(_distance(y, categories, seed))
    return np.argmin(distances, axis=0)


def _distance(y: Array, categories: NDArray[np.intp], seed: int) -> Array:
    apart = np.sum(categories != categories[seed], axis=1)
    return np.asarray(np.sum((y - y[seed]) ** 2, axis=1) + 4.0 * apart, np.float64)


def _maximised(
    y: Array, categories: NDArray[np.intp], laws: list[Array], weights: Array, part: Array
) -> Gaussians:
    """Return the components of given memberships, shrunk towards their diagonals where events are few."""
    r = y.shape[1]
    mass = part * weights[:, None]
    totals = mass.sum(axis=0) + 1e-300
    means = (mass.T @ y) / totals[:, None]
    covariances = np.empty((len(totals), r, r))
    tables = [np.empty((len(totals), len(law))) for law in laws]
    for k, total in enumerate(totals):
        own = mass[:, k]
        size = max(total**2 / max(float(np.sum(own**2)), 1e-300), 1e-9)
        away = y - means[k]
        full = (own[:, None] * away).T @ away / total
        shrink = min(1.0, 0.05 + 0.5 * r / size)
        covariances[k] = (1.0 - shrink) * full + shrink * np.diag(np.maximum(np.diag(full), _FLOOR))
        covariances[k] += _FLOOR * np.eye(r)
        for j, law in enumerate(laws):
            counted = np.bincount(categories[:, j], weights=own, minlength=len(law)) / total
            tables[j][k] = (size * counted + 2.0 * law) / (size + 2.0)  # two events' worth of the natural law
    return Gaussians(totals / totals.sum(), means, covariances, tuple(tables))
