"""Batches of episodes as arrays: normal scores of `u`, noise keys, lineages; and the sampler's own randomness.

Samplers work on z = Phi^-1(u), in which the natural law is N(0, 1) in every coordinate.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import starmap

import numpy as np
from numpy.typing import NDArray

from sim.geometry import Array
from sim.noise import Draw, Edit, address, hash64, philox, uniforms
from sim.samplers.base import Population, Role

__all__ = ["Answer", "Keys", "Lineage", "Request", "Stream", "nominal_points", "scores_of", "uniforms_of"]

Keys = NDArray[np.uint64]
Lineage = tuple[Edit, ...]
Curve = tuple[tuple[float, ...], tuple[float, ...]]

_MOST = 1.0 - 2.0**-53
_LEAST = 2.0**-1000
_WHERE = address("sampler", "own")


def scores_of(u: Array) -> Array:
    """Return the normal scores of uniforms."""
    from scipy.special import ndtri

    return np.asarray(ndtri(u), np.float64)


def uniforms_of(z: Array) -> Array:
    """Return the uniforms of normal scores, inside the open unit interval."""
    from scipy.special import ndtr

    return np.clip(ndtr(z), _LEAST, _MOST)


class Stream:
    """A named sequence of random numbers of a sampler's own: same name, same numbers."""

    def __init__(self, *name: str | int) -> None:
        """Begin the stream of this name."""
        self._key = np.uint64(hash64("sampler", *name))
        self._next = 0

    def _indices(self, count: int) -> Keys:
        self._next += count
        return np.arange(self._next - count, self._next, dtype=np.uint64)

    def uniforms(self, *shape: int) -> Array:
        """Return uniforms in (0, 1)."""
        return uniforms(self._key, _WHERE, self._indices(int(np.prod(shape)))).reshape(shape)

    def normals(self, *shape: int) -> Array:
        """Return standard normals."""
        return scores_of(self.uniforms(*shape))

    def keys(self, count: int) -> Keys:
        """Return 64-bit keys of noise."""
        with np.errstate(over="ignore"):
            w0, w1, _, _ = philox(self._key, np.uint64(_WHERE ^ 1), self._indices(count))
        return np.asarray(w0 << np.uint64(32) | w1, np.uint64)

    def order(self, count: int) -> NDArray[np.intp]:
        """Return a random permutation of 0, …, count - 1."""
        return np.argsort(self.uniforms(count), kind="stable")

    def categories(self, probabilities: Array, count: int) -> NDArray[np.intp]:
        """Return draws from a discrete law."""
        ends = np.cumsum(probabilities)
        found = np.searchsorted(ends, self.uniforms(count) * ends[-1], side="right")
        return np.minimum(found, len(probabilities) - 1)


@dataclass(frozen=True, eq=False)
class Request:
    """Episodes a sampler wants evaluated.

    Args:
        z: (n, d) normal scores of `u`.
        keys: (n,) noise keys.
        lineages: edits of the noise per episode; None where there are none.
        groups: (n,) independent groups; zeros if None.
        roots: (n,) ancestry; the calls' own numbers if None.
        draws: the draws themselves where they are known already.
    """

    z: Array
    keys: Keys
    role: Role = "pilot"
    lineages: Sequence[Lineage] | None = None
    groups: NDArray[np.intp] | None = None
    roots: NDArray[np.intp] | None = None
    draws: Sequence[Draw] | None = None

    def __len__(self) -> int:
        """Return the number of episodes."""
        return len(self.z)

    @property
    def by_score(self) -> Request:
        """The same points, to be made from their normal scores like all that they move to.

        Else a state and the same state with other noise would differ in the last digit of u.
        """
        return replace(self, draws=None)

    def made(self) -> list[Draw]:
        """Return the episodes' draws."""
        if self.draws is not None:
            return list(self.draws)
        rows = map(tuple, uniforms_of(self.z).tolist())
        lineages = self.lineages or [()] * len(self.z)
        return list(starmap(Draw, zip(self.keys.tolist(), rows, lineages, strict=True)))


@dataclass(frozen=True, eq=False)
class Answer:
    """What requested episodes came to.

    Args:
        scores: (n,) of the target; -inf where an episode could not be simulated.
        modes: failure modes; None where none are told.
        curves: running maxima of the target's score; None where none are told.
        calls: (n,) numbers of the calls.
    """

    scores: Array
    modes: Sequence[str] | None
    curves: Sequence[Curve | None] | None
    calls: NDArray[np.intp]


def nominal_points(population: Population, seed: int, start: int, stop: int) -> Request:
    """Return nominal draws start, …, stop - 1 of a root seed as a request of pilot calls."""
    draws = population.nominal_batch(seed, start, stop)
    u = np.array([draw.u for draw in draws], np.float64).reshape(len(draws), population.dimension)
    return Request(scores_of(u), np.array([draw.key for draw in draws], np.uint64), draws=draws)
