"""Rare-event problems with exact probabilities, written as functions of independent standard normals.

Every score takes (n, d) noise and gives (n,) numbers; the event is score >= 0. The probabilities are derived
again, by quadrature, dynamic programming or in closed form, by `exact.py`. Those under `FRESH` were chosen
after the samplers were made and were never tuned on.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr, ndtr

__all__ = ["FRESH", "KNOWN", "PROBLEMS", "Array", "Problem"]

Array = NDArray[np.float64]

DRY, WET, ICE = 0.90, 0.09, 0.01
"""Shares of the roads in `cutin_mixed`."""


@dataclass(frozen=True)
class Problem:
    """A score of noise with a known probability of being >= 0.

    Args:
        score: (n, d) standard normals -> (n,) scores.
        p: the exact probability of the event.
        derivation: where p comes from: a function of `exact.py`, or a closed form in words.
        modes: names of the failure modes, () where they are not told apart.
        mode: (n, d) noise of events -> (n,) index of the mode of each.
        choices: coordinate -> probabilities of the categories that its distribution function is cut into.
    """

    name: str
    dimension: int
    score: Callable[[Array], Array]
    p: float
    derivation: str
    modes: tuple[str, ...] = ()
    mode: Callable[[Array], NDArray[np.intp]] | None = None
    choices: Mapping[int, tuple[float, ...]] = field(default_factory=dict)

    def named_modes(self, x: Array) -> list[str]:
        """Return the names of the modes of (n, d) noise of events, "" where they are not told apart."""
        return [self.modes[i] for i in self.mode(x)] if self.mode is not None else [""] * len(x)

    @property
    def crude(self) -> float:
        """Calls times relative mean squared error of crude Monte Carlo."""
        return (1.0 - self.p) / self.p


def _turned(x: Array) -> tuple[Array, Array]:
    return (x[:, 0] + x[:, 1]) / math.sqrt(2.0), (x[:, 0] - x[:, 1]) / math.sqrt(2.0)


def four_branch(x: Array) -> Array:
    """Four branches: two parabolas along u and two half-planes along v."""
    u, v = _turned(x)
    return np.maximum(np.abs(u) - 3.0 - 0.2 * v * v, np.abs(v) - 3.5)


def four_branch_mode(x: Array) -> NDArray[np.intp]:
    """Which of the two scores is the larger, and the sign of its axis."""
    u, v = _turned(x)
    along_u = np.abs(u) - 3.0 - 0.2 * v * v >= np.abs(v) - 3.5
    return np.where(along_u, (u < 0).astype(np.intp), 2 + (v < 0).astype(np.intp))


def linear(threshold: float) -> Callable[[Array], Array]:
    """Return the score sum(x) / sqrt(d) - threshold."""

    def score(x: Array) -> Array:
        return x.sum(axis=1) / math.sqrt(x.shape[1]) - threshold

    return score


def metaball(x: Array) -> Array:
    """Two lobes; a path that climbs the score leads to the minor one."""
    a, b = x[:, 0], x[:, 1]
    first = (4.0 * (a + 2.0) ** 2 / 9.0 + b**2 / 25.0) ** 2 + 1.0
    second = ((a - 2.5) ** 2 / 4.0 + (b - 0.5) ** 2 / 25.0) ** 2 + 1.0
    return 5.0 - 30.0 / first - 20.0 / second


def two_mode(x: Array) -> Array:
    """A half-space on either side, the nearer one six times likelier or so."""
    z = x.sum(axis=1) / math.sqrt(x.shape[1])
    return np.maximum(z - 4.0, -z - 4.3)


def autoregression(x: Array) -> Array:
    """Maximum of a stationary AR(1) with coefficient 0.9 above 5."""
    y = x[:, 0].copy()
    best = y.copy()
    step = math.sqrt(1.0 - 0.81)
    for t in range(1, x.shape[1]):
        y = 0.9 * y + step * x[:, t]
        np.maximum(best, y, out=best)
    return best - 5.0


def random_walk(x: Array) -> Array:
    """Maximum of a walk with drift -0.2 above 25."""
    return np.cumsum(x - 0.2, axis=1).max(axis=1) - 25.0


def road(x: Array) -> NDArray[np.intp]:
    """Road of `cutin_mixed`: 0 dry, 1 wet, 2 ice."""
    return np.searchsorted([DRY, DRY + WET], ndtr(x[:, 4]), side="right")


def cutin_mixed(x: Array) -> Array:
    """Log of the stopping distance over the gap: a cut-in whose road is drawn too."""
    speed = np.maximum(6.0 + 2.0 * x[:, 0], 0.0)  # [m/s]
    gap = 70.0 * np.exp(0.30 * x[:, 1])  # [m]
    reaction = 0.9 * np.exp(0.25 * x[:, 2])  # [s]
    braking = np.array([7.5, 5.0, 1.5])[road(x)] * np.exp(0.08 * x[:, 3])  # [m/s²]
    stopping = speed * reaction + speed**2 / (2.0 * braking)
    return np.log(np.maximum(stopping, 1e-6)) - np.log(gap)


def longest_run(x: Array) -> Array:
    """Longest run of failed components of a row, minus 4: whole numbers, so scores tie."""
    failed = x > 2.0537489106318225  # the 0.98 quantile of N(0, 1)
    run = np.zeros(len(x))
    best = np.zeros(len(x))
    for t in range(x.shape[1]):
        run = np.where(failed[:, t], run + 1.0, 0.0)
        np.maximum(best, run, out=best)
    return best - 4.0


def _sign(x: Array) -> NDArray[np.intp]:
    return (x[:, 0] > 0).astype(np.intp)


KNOWN: tuple[Problem, ...] = (
    Problem(
        "four_branch_7", 2, four_branch, 0.0022227950661944853, "exact.four_branch",
        ("u+", "u-", "v+", "v-"), four_branch_mode,
    ),
    Problem("linear_d100_b3.5", 100, linear(3.5), 0.00023262907903552502, "Phi(-3.5)"),
    Problem("linear_d100_b4.5", 100, linear(4.5), 3.3976731247300535e-06, "Phi(-4.5)"),
    Problem("metaball", 2, metaball, 1.1285583981609407e-05, "exact.metaball", ("left", "right"), _sign),
    Problem(
        "two_mode_d50", 50, two_mode, 4.0211147304111656e-05, "Phi(-4) + Phi(-4.3)",
        ("minus", "plus"), lambda x: (x.sum(axis=1) > 0).astype(np.intp),
    ),
    Problem("ar1_d100", 100, autoregression, 2.1039746565015578e-05, "exact.autoregression"),
    Problem("rw_d100", 100, random_walk, 1.3037358328285623e-05, "exact.random_walk"),
    Problem(
        "cutin_mixed", 5, cutin_mixed, 5.062205972926044e-05, "exact.cutin_mixed",
        ("dry", "wet", "ice"), road, {4: (DRY, WET, ICE)},
    ),
    Problem("consec4_n60", 60, longest_run, 8.94076609414087e-06, "exact.longest_run"),
)  # fmt: skip
"""Problems that methods have been compared on before."""


def shifted_sphere(x: Array) -> Array:
    """Distance from a point beside the origin above 6: a crescent."""
    return np.sqrt(((x + 0.5) ** 2).sum(axis=1)) - 6.0


def gamma_sum(x: Array) -> Array:
    """Sum of ten unit exponentials above 28."""
    return -log_ndtr(-x).sum(axis=1) - 28.0


def series_system(x: Array) -> Array:
    """Any of six components above 4.4: six modes."""
    return x.max(axis=1) - 4.4


def small_ball(x: Array) -> Array:
    """All ten within a ball of radius 0.75: the event lies inside, where inflated noise never looks."""
    return 0.75 - np.sqrt((x * x).sum(axis=1))


MAKERS = (0.94, 0.055, 0.005)
"""Shares of the makers in `mixed_lifetime`."""
LIVES = np.array([60.0, 12.0, 3.0])
"""Their Weibull scales [year]; the shape is 3."""


def maker(x: Array) -> NDArray[np.intp]:
    """Which maker built the part."""
    return np.searchsorted(np.cumsum(MAKERS)[:-1], ndtr(x[:, 1]), side="right")


def mixed_lifetime(x: Array) -> Array:
    """A Weibull life below 0.3 years; the two rarer makers carry most of the risk."""
    life = LIVES[maker(x)] * (-log_ndtr(-x[:, 0])) ** (1.0 / 3.0)
    return np.log(0.3) - np.log(life)


FRESH: tuple[Problem, ...] = (
    Problem("shifted_sphere_d4", 4, shifted_sphere, 4.128796822166168e-06, "noncentral chi-square"),
    Problem("gamma_sum_d10", 10, gamma_sum, 2.906886303552502e-05, "gamma(10) above 28"),
    Problem(
        "series_d6", 6, series_system, 3.2474824014921016e-05, "1 - Phi(4.4)^6",
        tuple(f"component {i}" for i in range(6)), lambda x: x.argmax(axis=1),
    ),
    Problem("small_ball_d10", 10, small_ball, 1.1610203339951206e-05, "chi-square(10) below 0.5625"),
    Problem(
        "mixed_lifetime", 2, mixed_lifetime, 5.974369111949072e-06, "sum of Weibull probabilities",
        ("first", "second", "third"), maker, {1: MAKERS},
    ),
)  # fmt: skip
"""Problems of our own with closed forms, on which nothing was tuned."""

PROBLEMS: dict[str, Problem] = {one.name: one for one in (*KNOWN, *FRESH)}
"""All of them by name."""
