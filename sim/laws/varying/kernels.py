"""The paths of random processes, compiled: they read the addressed noise in the order of time."""

from __future__ import annotations

import math
from pathlib import Path

import numba as nb
import numpy as np

from sim.kernel_cache import drop_stale_kernels

_HERE = Path(__file__)
drop_stale_kernels([_HERE, *_HERE.parents[2].glob("noise*.py")], _HERE.parent / "__pycache__")

from sim.noise_kernels import normal_at, uniform_at  # noqa: E402  the stale ones must be gone first

__all__ = ["markov_path", "ou_path"]

_CELL = 2**20
"""Numbers kept for the jumps between two moments; nobody jumps so often."""


@nb.njit(cache=True, nogil=True)
def ou_path(
    times: np.ndarray, time_constant: float, start: float, key: np.uint64, edit_keys: np.ndarray,
    edit_entities: np.ndarray, edit_times: np.ndarray, edit_betas: np.ndarray, where: np.uint64,
    entity: np.uint64, out: np.ndarray,
) -> None:  # fmt: skip
    """Write the standardised Ornstein-Uhlenbeck process at ascending times: mean 0, stationary variance 1.

    `start` is its value at the first time; NaN draws it from the stationary law.
    """
    z = start
    if math.isnan(start):
        z = normal_at(key, edit_keys, edit_entities, edit_times, edit_betas, where, entity, 0, times[0])
    out[0] = z
    for k in range(1, times.shape[0]):
        way = (times[k] - times[k - 1]) / time_constant
        fresh = math.sqrt(-math.expm1(-2.0 * way))
        xi = normal_at(key, edit_keys, edit_entities, edit_times, edit_betas, where, entity, k, times[k])
        z = math.exp(-way) * z + fresh * xi
        out[k] = z


@nb.njit(cache=True, nogil=True)
def _pick(cumulative: np.ndarray, u: float) -> int:
    for i in range(cumulative.shape[0]):
        if u <= cumulative[i]:
            return i
    return cumulative.shape[0] - 1


@nb.njit(cache=True, nogil=True)
def markov_path(
    times: np.ndarray, rates: np.ndarray, jumps: np.ndarray, start: np.ndarray, key: np.uint64,
    edit_keys: np.ndarray, edit_entities: np.ndarray, edit_times: np.ndarray, edit_betas: np.ndarray,
    where: np.uint64, entity: np.uint64, moments: np.ndarray, states: np.ndarray,
) -> int:  # fmt: skip
    """Write the moments of change of a continuous-time chain and its states; return how many, -1 for no room.

    A dwelling time has no memory, so what is left of it is drawn anew at every one of `times`: then noise that
    is redrawn from t on can move a jump that an earlier number put far away. The numbers between two of `times`
    have addresses of their own and count as used at the first, so that no jump shifts the moment of another's.

    `times` (T,) ascend. `rates` (n,) are 1 / mean dwelling time of each state, 0 where it is never left;
    `jumps` (n, n) the cumulative probabilities of the state after each, `start` (n,) those of the first state.
    `moments` and `states` (m,) are written.
    """
    t = times[0]
    s = _pick(start, uniform_at(key, edit_keys, edit_entities, edit_times, edit_betas, where, entity, 0, t))
    moments[0], states[0] = t, s
    count = 1
    for cell in range(times.shape[0] - 1):
        since, end = times[cell], times[cell + 1]
        t, index = since, 1 + cell * _CELL
        while rates[s] > 0.0:
            u = uniform_at(key, edit_keys, edit_entities, edit_times, edit_betas, where, entity, index, since)
            t -= math.log(u) / rates[s]
            index += 1
            if t >= end:
                break
            u = uniform_at(key, edit_keys, edit_entities, edit_times, edit_betas, where, entity, index, since)
            index += 1
            s = _pick(jumps[s], u)
            if count == moments.shape[0]:
                return -1
            moments[count], states[count] = t, s
            count += 1
    return count
