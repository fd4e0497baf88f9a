"""Columns of calls made by hand: importance sampling of a Gaussian tail, and groups of splitting."""

import numpy as np
import pytest

from oddsmith.odds import CallColumns


@pytest.fixture
def importance():
    """Return what makes the calls of an importance hunt for P(Z > level)."""
    return _importance


@pytest.fixture
def splitting():
    """Return what makes the calls of a splitting hunt from the rates of its groups."""
    return _splitting


def _importance(n=4000, *, shift=3.0, level=3.0, seed=1, audit=0):
    """P(Z > level) from draws of 90 % N(shift, 1) and 10 % N(0, 1), with exact likelihood ratios."""
    rng = np.random.default_rng(seed)
    z = rng.standard_normal(n) + shift * (rng.random(n) < 0.9)
    ratio = 1.0 / (0.1 + 0.9 * np.exp(shift * z - shift**2 / 2))
    nominal = rng.standard_normal(audit)
    return CallColumns.of(
        role=["main"] * n + ["audit"] * audit,
        weight=np.concatenate([ratio / n, np.full(audit, 1.0 / max(audit, 1))]),
        log_lr=np.concatenate([np.log(ratio), np.zeros(audit)]),
        events={"far": np.concatenate([z, nominal]) > level},
    )


def _splitting(per_group, *, size=10):
    """Groups of `size` calls whose first one is the event with the whole weight of the group's rate."""
    groups = len(per_group)
    weight = np.zeros((groups, size))
    weight[:, 0] = np.asarray(per_group) / groups
    weight[:, 1:] = (1.0 / groups - weight[:, :1]) / (size - 1)
    hit = np.zeros((groups, size), bool)
    hit[:, 0] = np.asarray(per_group) > 0.0
    return CallColumns.of(
        role=["main"] * (groups * size),
        weight=weight.ravel(),
        log_lr=np.full(groups * size, np.nan),
        group=np.repeat(np.arange(groups), size),
        events={"far": hit.ravel()},
    )
