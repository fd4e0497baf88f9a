"""The addressed noise of `sim.noise`, compiled: what kernels and running processes call."""

from __future__ import annotations

import math

import numba as nb
import numpy as np

from sim import noise

__all__ = ["keyed_uniform", "normal_at", "normal_cdf", "normal_quantile", "philox", "uniform_at", "uniforms_at"]

philox = nb.njit(noise.philox, inline="always")


@nb.njit(cache=True, nogil=True)
def normal_quantile(p: float) -> float:
    """Return the standard normal quantile, relative error about 1e-16.

    Source: Wichura (1988), algorithm AS 241, PPND16.
    """
    q = p - 0.5
    if abs(q) <= 0.425:
        r = 0.180625 - q * q
        top = (
            (
                (
                    (
                        ((2509.0809287301226727 * r + 33430.575583588128105) * r + 67265.770927008700853) * r
                        + 45921.953931549871457
                    )
                    * r
                    + 13731.693765509461125
                )
                * r
                + 1971.5909503065514427
            )
            * r
            + 133.14166789178437745
        ) * r + 3.387132872796366608
        low = (
            (
                (
                    (
                        ((5226.495278852545925 * r + 28729.085735721942674) * r + 39307.89580009271061) * r
                        + 21213.794301586595867
                    )
                    * r
                    + 5394.1960214247511077
                )
                * r
                + 687.1870074920579083
            )
            * r
            + 42.313330701600911252
        ) * r + 1.0
        return q * top / low
    r = math.sqrt(-math.log(p if q < 0.0 else 1.0 - p))
    if r <= 5.0:
        r -= 1.6
        top = (
            (
                (
                    (
                        ((7.7454501427834140764e-4 * r + 0.0227238449892691845833) * r + 0.24178072517745061177)
                        * r
                        + 1.27045825245236838258
                    )
                    * r
                    + 3.64784832476320460504
                )
                * r
                + 5.7694972214606914055
            )
            * r
            + 4.6303378461565452959
        ) * r + 1.42343711074968357734
        low = (
            (
                (
                    (
                        (
                            (1.05075007164441684324e-9 * r + 5.475938084995344946e-4) * r
                            + 0.0151986665636164571966
                        )
                        * r
                        + 0.14810397642748007459
                    )
                    * r
                    + 0.68976733498510000455
                )
                * r
                + 1.6763848301838038494
            )
            * r
            + 2.05319162663775882187
        ) * r + 1.0
    else:
        r -= 5.0
        top = (
            (
                (
                    (
                        (
                            (2.01033439929228813265e-7 * r + 2.71155556874348757815e-5) * r
                            + 0.0012426609473880784386
                        )
                        * r
                        + 0.026532189526576123093
                    )
                    * r
                    + 0.29656057182850489123
                )
                * r
                + 1.7848265399172913358
            )
            * r
            + 5.4637849111641143699
        ) * r + 6.6579046435011037772
        low = (
            (
                (
                    (
                        (
                            (2.04426310338993978564e-15 * r + 1.4215117583164458887e-7) * r
                            + 1.8463183175100546818e-5
                        )
                        * r
                        + 7.868691311456132591e-4
                    )
                    * r
                    + 0.0148753612908506148525
                )
                * r
                + 0.13692988092273580531
            )
            * r
            + 0.59983220655588793769
        ) * r + 1.0
    return -top / low if q < 0.0 else top / low


@nb.njit(cache=True, nogil=True)
def normal_cdf(z: float) -> float:
    """Return the standard normal distribution function."""
    return 0.5 * math.erfc(-z / math.sqrt(2.0))


@nb.njit(cache=True, nogil=True)
def keyed_uniform(key: np.uint64, where: np.uint64, index: int) -> float:
    """Return the uniform that a key gives an address."""
    w0, w1, _, _ = philox(key, where, np.uint64(index))
    bits = (w0 << np.uint64(32) | w1) >> np.uint64(11)
    return min((np.float64(bits) + 0.5) * 2.0**-53, 1.0 - 2.0**-53)


@nb.njit(cache=True, nogil=True, inline="always")
def _applies(edit_entities: np.ndarray, edit_times: np.ndarray, i: int, entity: np.uint64, t: float) -> bool:
    """Return whether an edit reaches an entity at a moment."""
    return t >= edit_times[i] and (edit_entities[i] == np.uint64(0) or edit_entities[i] == entity)


@nb.njit(cache=True, nogil=True, inline="always")
def _redrawn(
    key: np.uint64, edit_keys: np.ndarray, edit_entities: np.ndarray, edit_times: np.ndarray,
    edit_betas: np.ndarray, entity: np.uint64, t: float,
) -> tuple[np.uint64, int]:  # fmt: skip
    """Return the key of the last redraw that applies, the first unless any does, and the edit after it."""
    base, first = key, 0
    for i in range(edit_keys.shape[0]):
        if edit_betas[i] == 1.0 and _applies(edit_entities, edit_times, i, entity, t):
            base, first = edit_keys[i], i + 1
    return base, first


@nb.njit(cache=True, nogil=True)
def normal_at(
    key: np.uint64, edit_keys: np.ndarray, edit_entities: np.ndarray, edit_times: np.ndarray,
    edit_betas: np.ndarray, where: np.uint64, entity: np.uint64, index: int, t: float,
) -> float:  # fmt: skip
    """Return the standard normal at an address after all edits that apply to (entity, t).

    The last redraw that applies wins; the pCN steps after it act on its value in order.
    """
    base, first = _redrawn(key, edit_keys, edit_entities, edit_times, edit_betas, entity, t)
    z = normal_quantile(keyed_uniform(base, where, index))
    for i in range(first, edit_keys.shape[0]):
        if _applies(edit_entities, edit_times, i, entity, t):
            beta = edit_betas[i]
            fresh = normal_quantile(keyed_uniform(edit_keys[i], where, index))
            z = math.sqrt(1.0 - beta * beta) * z + beta * fresh
    return z


@nb.njit(cache=True, nogil=True)
def uniform_at(
    key: np.uint64, edit_keys: np.ndarray, edit_entities: np.ndarray, edit_times: np.ndarray,
    edit_betas: np.ndarray, where: np.uint64, entity: np.uint64, index: int, t: float,
) -> float:  # fmt: skip
    """Return the uniform at an address: untouched, or the CDF of the edited normal."""
    base, first = _redrawn(key, edit_keys, edit_entities, edit_times, edit_betas, entity, t)
    for i in range(first, edit_keys.shape[0]):
        if _applies(edit_entities, edit_times, i, entity, t):
            at = normal_at(key, edit_keys, edit_entities, edit_times, edit_betas, where, entity, index, t)
            return normal_cdf(at)
    return keyed_uniform(base, where, index)


@nb.njit(cache=True, nogil=True)
def _keyed_uniforms(key: np.uint64, where: np.uint64, index: int) -> tuple[float, float, float, float]:
    w0, w1, w2, w3 = philox(key, where, np.uint64(index))
    return (
        (np.float64(w0) + 0.5) * 2.0**-32,
        (np.float64(w1) + 0.5) * 2.0**-32,
        (np.float64(w2) + 0.5) * 2.0**-32,
        (np.float64(w3) + 0.5) * 2.0**-32,
    )


@nb.njit(cache=True, nogil=True)
def _step(u: float, fresh: float, beta: float) -> float:
    """Return where a pCN step towards a fresh uniform takes one."""
    z = math.sqrt(1.0 - beta * beta) * normal_quantile(u) + beta * normal_quantile(fresh)
    return min(max(normal_cdf(z), 2.0**-54), 1.0 - 2.0**-53)


@nb.njit(cache=True, nogil=True)
def uniforms_at(
    key: np.uint64, edit_keys: np.ndarray, edit_entities: np.ndarray, edit_times: np.ndarray,
    edit_betas: np.ndarray, where: np.uint64, entity: np.uint64, index: int, t: float,
) -> tuple[float, float, float, float]:  # fmt: skip
    """Return the four uniforms of the block at an address, each after the edits of `uniform_at`.

    They have 32 bits each, so none lies below 1.2e-10: enough to choose, to time and to price by, not for a
    law whose tail matters beyond that. A block shares its words with `uniform_at` at the same address: a stream
    is read either by one or by four.
    """
    base, first = _redrawn(key, edit_keys, edit_entities, edit_times, edit_betas, entity, t)
    u0, u1, u2, u3 = _keyed_uniforms(base, where, index)
    for i in range(first, edit_keys.shape[0]):
        if _applies(edit_entities, edit_times, i, entity, t):
            f0, f1, f2, f3 = _keyed_uniforms(edit_keys[i], where, index)
            beta = edit_betas[i]
            u0, u1, u2, u3 = _step(u0, f0, beta), _step(u1, f1, beta), _step(u2, f2, beta), _step(u3, f3, beta)
    return u0, u1, u2, u3
