"""Addressed draws for entities that are numbered, and the identities they are known by.

The address of number `index` of a kind is a bijection of the index mixed with a hash of kind and stream, so
that customers can be counted in millions without hashing a name for each. Adding a customer leaves the draws
of all others alone.
"""

from __future__ import annotations

import math
from typing import Any, TypeAlias

import numpy as np

from sim.domains.fraud.compiling import folded, leaf
from sim.noise import hash64
from sim.noise_kernels import normal_quantile, uniform_at, uniforms_at

__all__ = [
    "ENTITIES",
    "NoiseArrays",
    "charged",
    "identities",
    "identity",
    "lognormal",
    "mixed",
    "poisson",
    "rare",
    "stream",
    "uniform",
    "uniforms",
]

NoiseArrays: TypeAlias = tuple[Any, ...]
"""The arrays of `sim.noise.Noise`."""

ENTITIES = {
    name: np.uint64(hash64("fraud identity", name))
    for name in ("account", "customer", "merchant", "terminal", "company", "outsider", "card", "device",
                 "entry", "payment", "household", "ring", "alert", "login")
}  # fmt: skip
"""Kind of entity -> what its identities are mixed with."""


def stream(name: str) -> np.uint64:
    """Return the half address of a stream, to be mixed with the number of an entity."""
    return np.uint64(hash64("fraud stream", name))


@folded
def mixed(x: np.uint64) -> np.uint64:
    """Return a bijective mix of 64 bits.

    Source: Steele, Lea, Flood (2014), SplitMix64, with the constants of Stafford's variant 13.
    """
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


@folded
def uniform(noise: NoiseArrays, half: np.uint64, entity: int, index: int, t: float) -> float:
    """Return the uniform of one stream of a numbered entity; t is the moment of its use [s]."""
    where = half ^ mixed(np.uint64(entity) + np.uint64(0x9E3779B97F4A7C15))
    return uniform_at(noise[0], noise[1], noise[2], noise[3], noise[4], where, where, index, t)


@leaf
def rare(noise: NoiseArrays, half: np.uint64, entity: int, index: int, t: float) -> float:
    """Return `uniform`, compiled once: for draws so seldom that copies would only take long to compile."""
    return uniform(noise, half, entity, index, t)


@folded
def uniforms(
    noise: NoiseArrays, half: np.uint64, entity: int, index: int, t: float
) -> tuple[float, float, float, float]:  # fmt: skip
    """Return four uniforms of 32 bits for the price of one; the streams of `uniform` are others."""
    where = half ^ mixed(np.uint64(entity) + np.uint64(0x9E3779B97F4A7C15))
    return uniforms_at(noise[0], noise[1], noise[2], noise[3], noise[4], where, where, index, t)


@folded
def identity(key: np.uint64, kind: np.uint64, index: int) -> np.uint64:
    """Return the identity of a numbered entity in an episode; it tells nothing about the number."""
    return mixed(mixed(key ^ kind) + np.uint64(index) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(1))


@leaf
def identities(key: np.uint64, kind: np.uint64, first: int, out: np.ndarray) -> None:
    """Fill (n,) uint64 with the identities of the entities from `first` on."""
    for i in range(out.shape[0]):
        out[i] = identity(key, kind, first + i)


@folded
def poisson(u: float, mean: float) -> int:
    """Return the Poisson quantile of u by summing; meant for means of a few."""
    p = math.exp(-mean)
    total = p
    n = 0
    while u > total and n < 60:
        n += 1
        p *= mean / n
        total += p
    return n


@folded
def lognormal(u: float, log_median: float, sigma: float) -> float:
    """Return the lognormal quantile of u."""
    return math.exp(log_median + sigma * normal_quantile(u))


@folded
def charged(amount: float, atom: float, whole: float, charm: float, minor: int) -> int:
    """Return an amount [minor units] as it is charged: whole, ending in .99 or .95, or to the cent.

    Args:
        amount: before rounding [minor units].
        atom: uniform that decides how it is rounded.
        whole: share of whole amounts, of which those of some size are multiples of 5.
        charm: share of amounts that end just below a whole one.
        minor: minor units of one unit of the currency.
    """
    if atom < whole:
        step = minor * (5 if amount >= 20 * minor and atom < 0.6 * whole else 1)
        return max(int(amount / step + 0.5), 1) * step
    if atom < whole + charm:
        below = minor // 100 if atom < whole + 0.8 * charm else minor // 20
        return max(int(amount / minor + 0.5), 1) * minor - below
    return max(int(amount + 0.5), max(minor // 20, 1))
