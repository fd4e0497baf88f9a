"""For training on event-rich data whose weights give back the population: loss weights and calibration.

`docs/training.md` says when to use which.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim.errors import UsageError

__all__ = ["Calibration", "calibrate", "loss_weights"]

Array = NDArray[np.float64]

_STEPS = 100
_TOLERANCE = 1e-10
_RIDGE = 1e-6
"""Keeps the slope finite where a score parts events from the rest without a fault."""


def loss_weights(weights: ArrayLike, *, largest: float = 20.0) -> Array:
    """Return weights for the terms of a loss: mean 1, the largest ones cut off.

    Cutting off trades a bias of the loss for a steadier gradient. It is for training alone: rates and
    calibration take the weights as they are.

    Args:
        weights: (n,) population weights; NaN, an episode without odds, gives 0.
        largest: multiple of the mean above which a weight is cut off.

    Raises:
        UsageError: a weight is negative, or none is positive.
    """
    found = np.asarray(weights, np.float64)
    known = np.nan_to_num(found, nan=0.0)
    if (known < 0.0).any() or not known.any():
        raise UsageError("weights must not be negative, and one at least must be positive")
    relative = known / known[known > 0.0].mean()
    clipped = np.minimum(relative, largest)
    return np.asarray(clipped / clipped[clipped > 0.0].mean(), np.float64)


@dataclass(frozen=True)
class Calibration:
    """Turns a model's logits into probabilities of the population.

    Args:
        slope: and
        intercept: of the line through the logits whose logistic function is the probability.
    """

    slope: float
    intercept: float

    def __call__(self, logits: ArrayLike) -> Array:
        """Return (n,) probabilities."""
        return _logistic(self.slope * np.asarray(logits, np.float64) + self.intercept)


def calibrate(logits: ArrayLike, labels: ArrayLike, weights: ArrayLike) -> Calibration:
    """Return the map from logits to probabilities that fits held-out data best in the population's eyes.

    Weighted maximum likelihood of a line through the logits. At its optimum the weighted mean of the
    probabilities is the weighted share of events, so the calibrated model's mean is the population's rate.

    Args:
        logits: (n,) of a model on episodes it was not trained on, split by group.
        labels: (n,) whether the event occurred.
        weights: (n,) population weights, uncut; episodes whose weight is NaN are left out.

    Raises:
        UsageError: the arrays differ in length, or either class is missing.

    Source: Platt (1999), probabilistic outputs for support vector machines, with importance weights.
    """
    x, y, w = (np.asarray(one, np.float64) for one in (logits, labels, weights))
    if not x.shape == y.shape == w.shape or x.ndim != 1:
        raise UsageError(f"logits, labels and weights must be (n,) alike, got {x.shape}, {y.shape}, {w.shape}")
    known = np.isfinite(w)
    x, y, w = x[known], y[known], w[known]
    positive, negative = float(w @ (y > 0.5)), float(w @ (y <= 0.5))
    if not (positive > 0.0 and negative > 0.0):
        raise UsageError("to calibrate takes weighted episodes with the event and without it")
    center, spread = float(x.mean()), float(x.std()) or 1.0
    slope, intercept = _fitted((x - center) / spread, y, w / w.sum(), np.log(positive / negative))
    return Calibration(slope / spread, intercept - slope * center / spread)


def _fitted(x: Array, y: Array, w: Array, intercept: float) -> tuple[float, float]:
    """Return slope and intercept by Newton's method with halved steps, from a flat start at the rate."""
    design = np.stack([x, np.ones_like(x)], axis=1)
    ridge = _RIDGE * float(w @ y) * np.array([1.0, 0.0])
    beta = np.array([0.0, intercept])

    def loss(at: Array) -> float:
        z = design @ at
        return float(w @ (np.logaddexp(0.0, z) - y * z)) + 0.5 * float(ridge @ at**2)

    now = loss(beta)
    for _ in range(_STEPS):
        p = _logistic(design @ beta)
        gradient = design.T @ (w * (p - y)) + ridge * beta
        curvature = (design * (w * p * (1.0 - p))[:, None]).T @ design + np.diag(ridge)
        step = np.linalg.solve(curvature + 1e-300 * np.eye(2), gradient)
        size = 1.0
        while loss(beta - size * step) > now and size > 1e-8:
            size *= 0.5
        beta = beta - size * step
        before, now = now, loss(beta)
        if abs(before - now) <= _TOLERANCE * abs(now):
            break
    return float(beta[0]), float(beta[1])


def _logistic(z: Array) -> Array:
    return np.exp(-np.logaddexp(0.0, -z))
