"""Numbers read in order from addressed noise: what machines, sources and repairs draw while the line runs.

One compiled function per law gives a number from a uniform, so that a run event by event in SimPy and one in a
compiled kernel draw the same bits.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Protocol

import numpy as np

from sim.domains.factory.compiling import leaf
from sim.laws.affine import Affine
from sim.laws.constant import Constant
from sim.laws.exponential import Exponential
from sim.laws.geometric import Geometric
from sim.laws.lognormal import Lognormal
from sim.laws.normal import Normal
from sim.laws.source import LawSource
from sim.laws.truncated import Truncated
from sim.laws.uniform import Uniform
from sim.laws.weibull import Weibull
from sim.noise import Noise, address, entity_hash
from sim.noise_kernels import normal_cdf, normal_quantile, uniform_at

__all__ = [
    "ANY",
    "SAME",
    "UNIFORM",
    "Numbers",
    "after",
    "changes_of",
    "code_of",
    "fill",
    "normals",
    "numbers",
    "place_of",
    "quantile",
    "survival",
    "uniforms",
    "upper_quantile",
]

ANY, UNIFORM, EXPONENTIAL, WEIBULL, NORMAL, LOGNORMAL, GEOMETRIC, SAME = range(8)
"""Codes of laws with a compiled form, SAME of one number; ANY is every other law, read through its `ppf`."""

_UNSEEN = 2.0**-56
"""Probability outside bounds that no uniform comes near: the least of them is 2^-54."""

_LEAST, _MOST = 8, 256
"""Length of the first block of a stream, and of the longest: short streams waste little, long ones pay once."""


@leaf
def quantile(code: int, a: float, b: float, u: float) -> float:
    """Return the value of a compiled law at probability u.

    Args:
        code: which law.
        a: lower end, mean, scale, mean, mu, log of the chance of failure, the number.
        b: width, unused, 1/shape, standard deviation, sigma, what is added, unused.
        u: in (0, 1).
    """
    if code == EXPONENTIAL:
        return -a * math.log1p(-u)
    if code == WEIBULL:
        return a * (-math.log1p(-u)) ** b
    if code == NORMAL:
        return a + b * normal_quantile(u)
    if code == LOGNORMAL:
        return math.exp(a + b * normal_quantile(u))
    if code == GEOMETRIC:
        k = max(math.ceil(math.log1p(-u) / a), 1.0)
        if k > 1.0 and -math.expm1((k - 1.0) * a) >= u:
            k -= 1.0
        return b + (k + 1.0 if -math.expm1(k * a) < u else k)
    return a if code == SAME else a + b * u


@leaf
def survival(code: int, a: float, b: float, x: float) -> float:
    """Return P(X > x) of a compiled law; `code`, `a` and `b` as in `quantile`."""
    if code == EXPONENTIAL:
        return math.exp(-max(x, 0.0) / a)
    if code == WEIBULL:
        return math.exp(-((max(x, 0.0) / a) ** (1.0 / b)))
    if code == NORMAL:
        return normal_cdf((a - x) / b)
    if code == LOGNORMAL:
        return normal_cdf((a - math.log(x)) / b) if x > 0.0 else 1.0
    if code == GEOMETRIC:
        return math.exp(max(math.floor(x - b), 0.0) * a)
    if code == SAME:
        return 1.0 if x < a else 0.0
    return min(max((a + b - x) / b, 0.0), 1.0)


@leaf
def upper_quantile(code: int, a: float, b: float, q: float) -> float:
    """Return the value that a compiled law exceeds with probability q; `code`, `a` and `b` as in `quantile`."""
    if code == EXPONENTIAL:
        return -a * math.log(q)
    if code == WEIBULL:
        return a * (-math.log(q)) ** b
    if code == NORMAL:
        return a - b * normal_quantile(q)
    if code == LOGNORMAL:
        return math.exp(a - b * normal_quantile(q))
    if code == GEOMETRIC:
        k = max(math.ceil(math.log(q) / a), 1.0)
        if k > 1.0 and math.exp((k - 1.0) * a) <= q:
            k -= 1.0
        return b + (k + 1.0 if math.exp(k * a) > q else k)
    return a if code == SAME else a + b * (1.0 - q)


@leaf
def fill(
    out: np.ndarray, code: int, a: float, b: float, key: np.uint64, edit_keys: np.ndarray,
    edit_entities: np.ndarray, edit_times: np.ndarray, edit_betas: np.ndarray, where: np.uint64,
    entity: np.uint64, start: int, t: float,
) -> None:  # fmt: skip
    """Write the numbers from index `start` on, as they are if used at t."""
    for i in range(out.shape[0]):
        u = uniform_at(
            key, edit_keys, edit_entities, edit_times, edit_betas, where, entity, start + i, t
        )  # fmt: skip
        out[i] = quantile(code, a, b, u)


class Numbers(Protocol):
    """Numbers that are used one after the other."""

    def next(self, t: float) -> float:
        """Return the next number, used at t [s]; moments never go back."""
        ...


class _Same:
    """One number again and again."""

    __slots__ = ("_value",)

    def __init__(self, value: float) -> None:
        self._value = value

    def next(self, t: float) -> float:
        """Return the number."""
        return self._value


class _Stream:
    """The numbers of one stream of one entity, by running index.

    What stands at an index changes only where an edit begins to apply, so numbers are made in blocks, which are
    thrown away at those moments.
    """

    __slots__ = ("_arrays", "_at", "_block", "_changes", "_end", "_form", "_law", "_place", "_until")

    def __init__(self, noise: Noise, entity: str, stream: str, *, law: Any) -> None:
        self._arrays = noise.arrays
        self._place = place_of(entity, stream)
        self._changes = changes_of(noise, entity)
        self._form = code_of(law)
        self._law = law if self._form[0] == ANY else None
        self._at = 0
        self._end = 0
        self._block: Sequence[float] = ()
        self._until = -math.inf

    def next(self, t: float) -> float:
        """Return the next number, used at t [s]; moments never go back."""
        at = self._at
        if at >= self._end or t >= self._until:
            self._refill(t)
        self._at = at + 1
        return self._block[at - self._end]  # counted from the end, which needs no memory of the start

    def _refill(self, t: float) -> None:
        room = np.empty(min(max(_LEAST, len(self._block) * 2), _MOST))
        code, a, b = self._form
        fill(room, UNIFORM if code == ANY else code, a, b, *self._arrays, *self._place, self._at, t)
        values = room if self._law is None else np.asarray(self._law.ppf(room))
        self._block = values.tolist()
        self._end = self._at + len(self._block)
        self._until = after(self._changes, t)


def changes_of(noise: Noise, entity: str) -> Sequence[float]:
    """Return the moments from which an entity's numbers are others, in order [s]."""
    return sorted({edit.t for edit in noise.lineage if edit.entity in (None, entity)})


def after(moments: Sequence[float], t: float) -> float:
    """Return the first of some ordered moments that comes after t; inf if none does."""
    return next((moment for moment in moments if moment > t), math.inf)


def numbers(noise: Noise, entity: str, source: float | LawSource) -> Numbers:
    """Return the numbers that a plain value, or a law drawn at each use, gives an entity."""
    if isinstance(source, LawSource):
        return _Stream(noise, entity, source.stream, law=source.law)
    return _Same(float(source))


def uniforms(noise: Noise, entity: str, stream: str) -> Numbers:
    """Return the uniforms of a stream."""
    return _Stream(noise, entity, stream, law=Uniform(0.0, 1.0))


def normals(noise: Noise, entity: str, stream: str) -> Numbers:
    """Return the standard normals of a stream."""
    return _Stream(noise, entity, stream, law=Normal(0.0, 1.0))


def code_of(law: Any) -> tuple[int, float, float]:
    """Return (code, a, b) of a law as `quantile` takes them; ANY for one without a compiled form."""
    return _code_of(law)


@lru_cache(maxsize=1024)
def _code_of(law: Any) -> tuple[int, float, float]:
    match law:
        case Uniform():
            return UNIFORM, law.a, law.b - law.a
        case Exponential():
            return EXPONENTIAL, law.mean, 0.0
        case Weibull():
            return WEIBULL, law.scale, 1.0 / law.shape
        case Normal():
            return NORMAL, law.mu, law.sigma
        case Lognormal():
            return LOGNORMAL, math.log(law.median), law.sigma
        case Geometric():
            return GEOMETRIC, math.log1p(-law.p), 0.0
        case Affine(law=Geometric(p=p), times=1.0, plus=plus):
            return GEOMETRIC, math.log1p(-p), plus
        case Constant(value=float(value)):
            return SAME, value, 0.0
        case Truncated() if law.law.below(law.a) + law.law.sf(law.b) < _UNSEEN:
            return code_of(law.law)
    return ANY, 0.0, 1.0


@lru_cache(maxsize=4096)
def place_of(entity: str, stream: str) -> tuple[np.uint64, np.uint64]:
    """Return (address, entity hash) of a stream, as kernels take them."""
    return np.uint64(address(entity, stream)), np.uint64(entity_hash(entity))
