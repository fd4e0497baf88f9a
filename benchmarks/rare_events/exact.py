"""The exact probabilities of `problems.py` and `queues.py`, derived again without sampling.

    python benchmarks/rare_events/exact.py

prints every value beside the one the benchmarks use.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.polynomial.hermite_e import hermegauss
from numpy.polynomial.legendre import leggauss
from numpy.typing import NDArray
from scipy.sparse import lil_matrix
from scipy.sparse.linalg import spsolve
from scipy.special import gammainc, gammaincc, log_ndtr, ndtr
from scipy.stats import ncx2

__all__ = ["EXACT"]

Array = NDArray[np.float64]


def _density(x: Array) -> Array:
    return np.exp(-0.5 * x * x) / math.sqrt(2.0 * math.pi)


def _nodes(low: float, high: float, panels: int, order: int = 20) -> tuple[Array, Array]:
    """Return nodes and weights of composite Gauss-Legendre quadrature."""
    x, w = leggauss(order)
    edges = np.linspace(low, high, panels + 1)
    half = 0.5 * (edges[1:] - edges[:-1])
    middle = 0.5 * (edges[1:] + edges[:-1])
    return (middle[:, None] + half[:, None] * x).ravel(), (half[:, None] * w).ravel()


def four_branch() -> float:
    """Integrate over v the probability of |u| above its parabola; all u where |v| is above 3.5."""
    v, w = _nodes(-3.5, 3.5, 20)
    return float(w @ (_density(v) * 2.0 * ndtr(-3.0 - 0.2 * v * v)) + 2.0 * ndtr(-3.5))


def metaball(panels: int = 400) -> float:
    """Integrate over x2 the probability of the x1 intervals in which the score is not negative.

    The ends of the intervals are found by bisection in a grid of x1 that is finer than either lobe. Nearly
    all of the probability lies where they move smoothly with x2; the other order has a kink there.
    """
    from problems import metaball as score

    b, w = _nodes(-14.0, 14.0, panels, 8)
    grid = np.linspace(-9.0, 9.0, 901)
    points = np.stack(np.broadcast_arrays(grid, b[:, None]), -1).reshape(-1, 2)
    event = score(points).reshape(len(b), -1) >= 0
    rows, cells = np.nonzero(event[:, 1:] != event[:, :-1])
    low, high = grid[cells], grid[cells + 1]
    rises = event[rows, cells + 1]
    for _ in range(60):
        middle = 0.5 * (low + high)
        inside = score(np.stack([middle, b[rows]], 1)) >= 0
        low, high = np.where(inside == rises, low, middle), np.where(inside == rises, middle, high)
    inner = np.where(event[:, -1], 1.0, 0.0)
    np.add.at(inner, rows, np.where(rises, -ndtr(low), ndtr(low)))
    return float(w @ (_density(b) * inner))


def two_mode() -> float:
    """Two disjoint half-spaces."""
    return float(ndtr(-4.0) + ndtr(-4.3))


def autoregression(level: float = 5.0) -> float:
    """Carry the density of y_t below the level through 100 steps, summing what crosses."""
    y, w = _nodes(-10.0, level, 60, 10)
    step = math.sqrt(1.0 - 0.81)
    move = _density((y[:, None] - 0.9 * y[None, :]) / step) / step * w[None, :]
    lost, alive = float(ndtr(-level)), _density(y)
    for _ in range(99):
        lost += float((w * alive) @ ndtr((0.9 * y - level) / step))
        alive = move @ alive
    return lost


def random_walk(level: float = 25.0) -> float:
    """Carry the density of S_k below the level through 100 steps, summing what crosses."""
    y, w = _nodes(-75.0, level, 120, 10)
    move = _density(y[:, None] - y[None, :] + 0.2) * w[None, :]
    lost, alive = float(ndtr(-level - 0.2)), _density(y + 0.2)
    for _ in range(99):
        lost += float((w * alive) @ ndtr(y - 0.2 - level))
        alive = move @ alive
    return lost


def cutin_mixed() -> float:
    """Integrate over speed, reaction and braking the probability of a gap that is too short, per road."""
    from problems import DRY, ICE, WET

    x, w = _nodes(-3.0, 9.0, 24, 10)
    t, wt = hermegauss(40)
    wt = wt / math.sqrt(2.0 * math.pi)
    speed = (6.0 + 2.0 * x)[:, None, None]
    reaction = 0.9 * np.exp(0.25 * t)[None, :, None]
    total = 0.0
    for share, a in ((DRY, 7.5), (WET, 5.0), (ICE, 1.5)):
        braking = a * np.exp(0.08 * t)[None, None, :]
        stopping = np.maximum(speed * reaction + speed**2 / (2.0 * braking), 1e-6)
        inner = ndtr(np.log(stopping / 70.0) / 0.30) @ wt @ wt
        total += share * float(w @ (_density(x) * inner))
    return total


def longest_run(n: int = 60, run: int = 4, q: float = 0.02) -> float:
    """Carry the law of the present run of failures through the row; `run` of them absorb."""
    state = np.zeros(run)
    state[0] = 1.0
    reached = 0.0
    for _ in range(n):
        reached += q * state[-1]
        state = np.concatenate(([(1.0 - q) * state.sum()], q * state[:-1]))
    return reached


def mm1(level: int, arrival: float = 0.3, service: float = 0.7) -> float:
    """Reach `level` before empty from 1 customer: the gambler's ruin."""
    r = service / arrival
    return (r - 1.0) / (r**level - 1.0)


def tandem(kind: str, level: int, arrival: float, first: float, second: float, cut: int = 60) -> float:
    """Solve the first-step equations of two queues in tandem, from 1 customer at the first.

    Args:
        kind: "total" for n1 + n2 reaching the level, "second" for n2.
        level: of customers.
        arrival: rate at the first queue.
        first: rate of the first server.
        second: rate of the second server.
        cut: for "second", arrivals are turned away beyond this many at the first queue; the probability of
            ever being there is far below the last digit that is compared.
    """
    top = level if kind == "total" else cut
    inside = [(i, j) for i in range(top + 1) for j in range(level) if i + j > 0]
    states = [(i, j) for i, j in inside if kind != "total" or i + j < level]
    place = {state: k for k, state in enumerate(states)}
    a = lil_matrix((len(states), len(states)))
    b = np.zeros(len(states))
    for (i, j), k in place.items():
        moves = [(arrival, i + 1, j)] if i < top else []
        moves += [(first, i - 1, j + 1)] if i else []
        moves += [(second, i, j - 1)] if j else []
        rate = sum(move[0] for move in moves)
        a[k, k] = 1.0
        for share, i2, j2 in moves:
            if (i2 + j2 if kind == "total" else j2) >= level:
                b[k] += share / rate
            elif (i2, j2) in place:
                a[k, place[i2, j2]] -= share / rate
    return float(spsolve(a.tocsr(), b)[place[1, 0]])


def mixed_lifetime() -> float:
    """Sum over makers of share times Weibull distribution function."""
    from problems import LIVES, MAKERS

    return float(-np.expm1(-((0.3 / LIVES) ** 3)) @ np.array(MAKERS))


EXACT = {
    "four_branch_7": four_branch,
    "linear_d100_b3.5": lambda: float(ndtr(-3.5)),
    "linear_d100_b4.5": lambda: float(ndtr(-4.5)),
    "metaball": metaball,
    "two_mode_d50": two_mode,
    "ar1_d100": autoregression,
    "rw_d100": random_walk,
    "cutin_mixed": cutin_mixed,
    "consec4_n60": longest_run,
    "mm1_K15": lambda: mm1(15),
    "tandem_total_20": lambda: tandem("total", 20, 0.2, 0.4, 0.4),
    "tandem_second_10": lambda: tandem("second", 10, 0.1, 0.55, 0.35),
    "shifted_sphere_d4": lambda: float(ncx2.sf(36.0, 4, 1.0)),
    "gamma_sum_d10": lambda: float(gammaincc(10.0, 28.0)),
    "series_d6": lambda: -math.expm1(6.0 * float(log_ndtr(4.4))),
    "small_ball_d10": lambda: float(gammainc(5.0, 0.5 * 0.75**2)),
    "mixed_lifetime": mixed_lifetime,
}
"""Problem -> a function that derives its probability."""


def main() -> None:
    from problems import PROBLEMS
    from queues import QUEUES

    known = {**{n: q.p for n, q in QUEUES.items()}, **{n: p.p for n, p in PROBLEMS.items()}}
    for name, derive in EXACT.items():
        value = derive()
        print(f"{name:18} {value:.15e}  {known[name]:.15e}  {value / known[name] - 1.0:+.1e}")


if __name__ == "__main__":
    main()
