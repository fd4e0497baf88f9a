"""Finding the modes: inflated noise and forced categories first, then chains that settle what was found.

A search that climbs the score finds the mode the score leads to, which need not be the one that matters; so
discovery looks without the score: normal scores are spread by factors up to 3, and each category of each choice
is tried as often as the others. What it finds is used for fitting a proposal and for nothing else.
"""

from __future__ import annotations

from collections.abc import Generator

import numpy as np

from sim.geometry import Array
from sim.samplers.base import Population
from sim.samplers.mixture import Frame
from sim.samplers.pilot import sweep
from sim.samplers.points import Answer, Request, Stream, uniforms_of
from sim.samplers.swarm import Swarm, joined

__all__ = ["discover"]

_SPREADS = (1.5, 2.0, 3.0)
_BLOCK = 10
_CHAINS = 30
_SWEEPS = 12
_STEP = 0.35


def discover(population: Population, *, seed: int, calls: int) -> Generator[Request, Answer, Swarm | None]:
    """Look for events far and wide.

    Args:
        population: whose rare event is looked for.
        seed: names the randomness.
        calls: how many to make at most.

    Returns:
        States of chains that started from a spread-out choice of the events found and have settled within the
        event; None where there are none.
    """
    stream = Stream("discovery", seed)
    chains = min(_CHAINS, calls // 2 // _SWEEPS)
    z = _inflated(population, calls - chains * _SWEEPS, stream)
    if population.is_conditioned:
        z = z[population.meets_constraints(uniforms_of(z))]
    request = Request(z, stream.keys(len(z)))
    found = Swarm.of(request, (yield request))
    found = found.take(np.flatnonzero(found.scores >= 0.0))
    if not len(found):
        return None
    chain = [found.take(_spread_out(found.z, chains))]
    for turn in range(_SWEEPS):
        move = "block" if turn % 4 == 3 and population.dimension > 1 else "pcn"
        if population.dimension == 0:
            break
        state, _, _ = yield from sweep(
            chain[-1],
            move,
            level=0.0,
            scale=_STEP,
            population=population,
            stream=Stream("settling", seed, turn),
        )
        chain.append(state)
    return joined(chain[-(_SWEEPS // 2) :])


def _inflated(population: Population, n: int, stream: Stream) -> Array:
    """Return (n, d) normal scores spread wide, all categories of choices equally often."""
    d = population.dimension
    z = stream.normals(n, d)
    frame = Frame.of(d, population.choices)
    places = np.array(frame.continuous, np.intp)
    spread = np.array(_SPREADS)[stream.categories(np.ones(len(_SPREADS)), n)]
    if len(places):
        chosen = np.ones((n, len(places)), bool)
        if len(places) > _BLOCK:
            few = stream.uniforms(n, len(places)) < _BLOCK / len(places)
            chosen = few | (stream.uniforms(n) < 0.5 * (len(places) <= 2 * _BLOCK))[:, None]
        z[:, places] *= np.where(chosen, spread[:, None], 1.0)
    if frame.choices:
        categories = frame.categories(z)
        for j, law in enumerate(frame.choices.values()):
            forced = stream.categories(np.sign(law), n)
            categories[:, j] = np.where(stream.uniforms(n) < 0.75, forced, categories[:, j])
        z = frame.with_categories(z, categories, stream)
    return z


def _spread_out(z: Array, count: int) -> np.ndarray:
    """Return the indices of states far from one another, the likeliest first (Gonzalez 1985)."""
    if len(z) <= count:
        return np.arange(len(z))
    chosen = [int(np.argmin(np.sum(z * z, axis=1)))]
    distance = np.sum((z - z[chosen[0]]) ** 2, axis=1)
    while len(chosen) < count:
        chosen.append(int(np.argmax(distance)))
        distance = np.minimum(distance, np.sum((z - z[chosen[-1]]) ** 2, axis=1))
    return np.array(chosen)
