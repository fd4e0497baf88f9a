"""Addressed randomness: every random number of an episode has an address and nothing has a state.

Philox4x32-10 (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3") maps a 64-bit key and a
128-bit counter to four 32-bit words. The key names the episode (a hash of root seed and episode key); the
counter is 64 bits of *address*, a hash of entity and stream, and 64 bits of *index* within the stream. From
that follow replay, parallel work in any order, and that adding an actor leaves every other actor's draws alone.

A `Draw` names an episode: the parameter vector `u`, the key, and a lineage of `Edit`s. An edit redraws noise
(from a time on, of one entity or all) under a new key, or takes a pCN step towards it (Cotter et al. 2013,
"MCMC methods for functions"): z' = sqrt(1 - beta^2) z + beta xi. Both leave N(0, 1) invariant.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from hashlib import blake2b
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "EVERY_ENTITY",
    "Draw",
    "Edit",
    "Noise",
    "address",
    "entity_hash",
    "hash64",
    "philox",
    "uniforms",
]

EVERY_ENTITY = 0
"""The entity hash that stands for all entities in an edit."""

_MOST = 1.0 - 2.0**-53
"""The centre of the uppermost cell has no float of its own: without this bound it would round to 1."""

_MASK = np.uint64(0xFFFFFFFF)
_SHIFT = np.uint64(32)
_M0 = np.uint64(0xD2511F53)
_M1 = np.uint64(0xCD9E8D57)
_W0 = np.uint64(0x9E3779B9)
_W1 = np.uint64(0xBB67AE85)


def philox(key: Any, high: Any, low: Any) -> tuple[Any, Any, Any, Any]:
    """Return the four 32-bit words of Philox4x32-10, each in a uint64.

    The one implementation: NumPy calls it on uint64 arrays, Numba compiles it for kernels.

    Args:
        key: uint64, scalar or array; its low half is k0.
        high: uint64 counter words c2 (low half) and c3 (high half): the address.
        low: uint64 counter words c0 (low half) and c1 (high half): the index.

    Source: Salmon, Moraes, Dror, Shaw (2011); checked against the Random123 known answers.
    """
    k0, k1 = key & _MASK, key >> _SHIFT
    c0, c1 = low & _MASK, low >> _SHIFT
    c2, c3 = high & _MASK, high >> _SHIFT
    for _ in range(10):
        p0 = _M0 * c0
        p1 = _M1 * c2
        c0, c1, c2, c3 = (p1 >> _SHIFT) ^ c1 ^ k0, p1 & _MASK, (p0 >> _SHIFT) ^ c3 ^ k1, p0 & _MASK
        k0 = (k0 + _W0) & _MASK
        k1 = (k1 + _W1) & _MASK
    return c0, c1, c2, c3


def uniforms(key: Any, addresses: Any, indices: Any) -> NDArray[np.float64]:
    """Return numbers in the open interval (0, 1), one per broadcast (key, address, index).

    53 random bits at the centre of their cell, so neither 0 nor 1 occurs and an inverse CDF is always finite.
    """
    with np.errstate(over="ignore"):
        w0, w1, _, _ = philox(
            np.asarray(key, np.uint64), np.asarray(addresses, np.uint64), np.asarray(indices, np.uint64)
        )
        bits = (w0 << _SHIFT | w1) >> np.uint64(11)
    return np.minimum((bits.astype(np.float64) + 0.5) * 2.0**-53, _MOST)


def hash64(*parts: str | int | bytes) -> int:
    """Return a 64-bit hash of the parts; their types and boundaries count."""
    pieces = [
        _of_text(part)
        if type(part) is str
        else _SMALL[part]
        if type(part) is int and 0 <= part < _MANY
        else _encoded(part, type(part))
        for part in parts
    ]
    return int.from_bytes(blake2b(b"".join(pieces), digest_size=8).digest(), "little")


def _encoded(part: str | int | bytes, kind: type) -> bytes:
    raw = part if type(part) is bytes else str(part).encode()
    return b"%b:%d:%b" % (kind.__name__.encode(), len(raw), raw)


@lru_cache(maxsize=1 << 12)
def _of_text(text: str) -> bytes:
    """Return a text encoded: names of entities and streams come again and again."""
    return _encoded(text, str)


_MANY = 256
_SMALL = [_encoded(number, int) for number in range(_MANY)]
"""Small numbers, encoded once: `hash64` is called for most draws of a process."""


@lru_cache(maxsize=1 << 14)
def entity_hash(entity: str) -> int:
    """Return the hash by which edits name an entity; never 0, which means all."""
    return hash64("entity", entity) or 1


@lru_cache(maxsize=1 << 16)
def address(entity: str, stream: str) -> int:
    """Return the 64-bit counter half that belongs to one stream of one entity."""
    return hash64("address", entity, stream)


@lru_cache(maxsize=1 << 16)
def _place(entity: str, stream: str) -> tuple[np.uint64, np.uint64]:
    """Return `address` and `entity_hash` as kernels take them."""
    return np.uint64(address(entity, stream)), np.uint64(entity_hash(entity))


@cache
def _kernels() -> ModuleType:
    """Return the compiled twins of this module, which take a while to import."""
    from sim import noise_kernels

    return noise_kernels


@dataclass(frozen=True)
class Edit:
    """A change of noise: draws of `entity` (None: all) at times >= `t` take `key`, wholly or by a pCN step.

    Args:
        key: 64-bit key that supplies the new noise.
        entity: whose draws change; None for every entity.
        t: first changed moment of the episode [s].
        beta: in (0, 1]; 1 is a redraw, less is a pCN step.
    """

    key: int
    entity: str | None = None
    t: float = 0.0
    beta: float = 1.0

    def __post_init__(self) -> None:
        """Refuse a step size outside (0, 1]."""
        if not 0.0 < self.beta <= 1.0:
            raise ValueError(f"beta must lie in (0, 1], got {self.beta}")

    def covers(self, other: Edit) -> bool:
        """Return whether this edit, made later, redraws everything that another one changed."""
        return self.beta == 1.0 and self.t <= other.t and self.entity in (None, other.entity)


@dataclass(frozen=True)
class Draw:
    """The name of one episode; everything that happens in it is a pure function of this value.

    Args:
        key: 64-bit noise key, a hash of root seed and episode key.
        u: (d,) uniforms of the once-per-episode parameters, in the scenario's order.
        lineage: edits, oldest first.
    """

    key: int
    u: tuple[float, ...]
    lineage: tuple[Edit, ...] = ()

    def edited(self, *edits: Edit) -> Draw:
        """Return this draw with further edits of its addressed noise.

        Edits that a later redraw covers wholly are dropped: they no longer change any number.
        """
        lineage = self.lineage
        for edit in edits:
            lineage = (*(one for one in lineage if not edit.covers(one)), edit)
        return Draw(self.key, self.u, lineage)

    @property
    def noise(self) -> Noise:
        """The addressed noise of this episode."""
        return Noise(self.key, self.lineage)


@dataclass(frozen=True)
class Noise:
    """All noise of one episode, read by address. Kernels read the same numbers through `arrays`."""

    key: int
    lineage: tuple[Edit, ...] = ()

    def uniform(self, entity: str, stream: str, index: int = 0, t: float = 0.0) -> float:
        """Return the uniform at this address; `t` is the moment of the episode at which it is used."""
        where, whose = _place(entity, stream)
        if not self.lineage:
            return float(_kernels().keyed_uniform(self.arrays[0], where, index))
        return float(_kernels().uniform_at(*self.arrays, where, whose, index, t))

    def normal(self, entity: str, stream: str, index: int = 0, t: float = 0.0) -> float:
        """Return the standard normal at this address: the normal quantile of `uniform`."""
        return float(_kernels().normal_at(*self.arrays, *_place(entity, stream), index, t))

    @cached_property
    def arrays(
        self,
    ) -> tuple[np.uint64, NDArray[np.uint64], NDArray[np.uint64], NDArray[np.float64], NDArray[np.float64]]:
        """(key, edit keys, edit entities, edit times, edit betas) as kernels take them."""
        edits = self.lineage
        return (
            np.uint64(self.key),
            np.array([edit.key for edit in edits], np.uint64),
            np.array([EVERY_ENTITY if e.entity is None else entity_hash(e.entity) for e in edits], np.uint64),
            np.array([edit.t for edit in edits], np.float64),
            np.array([edit.beta for edit in edits], np.float64),
        )
