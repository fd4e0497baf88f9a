"""States of chains as arrays, and the moves that leave the natural law above a level as it is.

Every move is reversible with respect to the natural law of noise, so that accepting it only where the score
stays at or above the level leaves the conditional law invariant (Papaioannou et al. 2015, "MCMC algorithms for
subset simulation"): a pCN step of the normal scores of u, a redraw of some coordinates of u, a pCN step of all
addressed noise, a redraw of one entity's noise, and, where the score is a running maximum, a redraw of all
noise after the level was reached.

The last leaves old numbers before a moment and new ones after it. If u moves later and with it the moment at
which a number is used, an old one takes the place of a new one, though it was old because of what it did; then
chains drift away from the conditional law. So where parameters move too, this move is made only if the noise
is clocked.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from sim.geometry import Array
from sim.noise import Draw, Edit
from sim.samplers.base import Population, Role
from sim.samplers.points import Answer, Curve, Keys, Lineage, Request, Stream, uniforms_of
from sim.samplers.running import first_reached

__all__ = ["MOVES", "Schedule", "Swarm", "joined", "propose", "schedule_of"]

MOVES = ("pcn", "block", "suffix", "entity", "noise")
"""Kinds of moves; the first two act on u, the others on addressed noise."""

_NOISE_STEPS = 64
"""Most pCN steps of addressed noise that one lineage may hold: each is applied at every draw."""

_MANY = 20
"""Coordinates of u above which redraws are part of its steps."""

Indices = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Swarm:
    """n states of chains.

    Args:
        z: (n, d) normal scores of u.
        keys: (n,) noise keys.
        lineages: (n,) edits of the noise.
        scores: (n,) of the target.
        curves: (n,) running maxima of the score, None where none are told.
        calls: (n,) the calls that evaluated the states.
        roots: (n,) first ancestors.
        groups: (n,) independent groups.
    """

    z: Array
    keys: Keys
    lineages: tuple[Lineage, ...]
    scores: Array
    curves: tuple[Curve | None, ...]
    calls: Indices
    roots: Indices
    groups: Indices

    def __len__(self) -> int:
        """Return the number of states."""
        return len(self.scores)

    @classmethod
    def of(cls, request: Request, answer: Answer) -> Swarm:
        """Return evaluated episodes as states."""
        n = len(request)
        return cls(
            request.z,
            request.keys,
            tuple(request.lineages or ((),) * n),
            answer.scores,
            tuple(answer.curves or (None,) * n),
            answer.calls,
            answer.calls if request.roots is None else request.roots,
            np.zeros(n, np.intp) if request.groups is None else request.groups,
        )

    def take(self, index: Indices) -> Swarm:
        """Return some of the states."""
        which = index.tolist()
        return Swarm(
            self.z[index],
            self.keys[index],
            tuple(self.lineages[i] for i in which),
            self.scores[index],
            tuple(self.curves[i] for i in which),
            self.calls[index],
            self.roots[index],
            self.groups[index],
        )

    def updated(self, index: Indices, other: Swarm) -> Swarm:
        """Return these states with those at `index` replaced."""
        source = np.arange(len(self))
        source[index] = len(self) + np.arange(len(other))
        return joined([self, other]).take(source)


def joined(swarms: Sequence[Swarm]) -> Swarm:
    """Return all states of some swarms, in order."""
    if len(swarms) == 1:
        return swarms[0]
    return Swarm(
        np.concatenate([one.z for one in swarms]),
        np.concatenate([one.keys for one in swarms]),
        tuple(chain.from_iterable(one.lineages for one in swarms)),
        np.concatenate([one.scores for one in swarms]),
        tuple(chain.from_iterable(one.curves for one in swarms)),
        np.concatenate([one.calls for one in swarms]),
        np.concatenate([one.roots for one in swarms]),
        np.concatenate([one.groups for one in swarms]),
    )


@dataclass(frozen=True)
class Schedule:
    """Which move is made when; never chosen from a chain's own history.

    Args:
        cycle: moves of successive sweeps.
        noise_levels: levels, from the first on, on which pCN steps of addressed noise may be made.
    """

    cycle: tuple[str, ...]
    noise_levels: int = 0

    def move(self, level: int, sweep: int) -> str:
        """Return the move of a sweep on a level."""
        move = self.cycle[sweep % len(self.cycle)]
        if move == "noise" and level >= self.noise_levels:
            return "entity"
        return move


def schedule_of(population: Population, *, is_noisy: bool, has_curves: bool, sweeps: int) -> Schedule:
    """Return the moves for a population.

    Args:
        population: whose episodes are moved.
        is_noisy: whether addressed noise matters to the score.
        has_curves: whether the score is told as a running maximum.
        sweeps: moves per level.
    """
    own = _own_moves(population.dimension)
    if not is_noisy:
        return Schedule(own)
    if has_curves and (population.is_clocked or not own):
        return Schedule(tuple(move for one in own for move in ("suffix", one)) or ("suffix",))
    # what an entity did to come so far is mostly lost where all of its noise is redrawn: more small steps
    noisy = ("noise", "noise", "entity") if population.entities else ("noise",)
    cycle = tuple(move for one in own for move in (one, *noisy)) or noisy
    each = sum(cycle[sweep % len(cycle)] == "noise" for sweep in range(sweeps))
    return Schedule(cycle, noise_levels=_NOISE_STEPS // max(each, 1))


def _own_moves(dimension: int) -> tuple[str, ...]:
    """Return the moves of u; redraws jump between categories, and in many dimensions the steps make them."""
    if dimension <= 1 or dimension > _MANY:
        return ("pcn",) * min(dimension, 1)
    return ("pcn", "pcn", "block")


def propose(
    swarm: Swarm,
    move: str,
    *,
    level: float,
    scale: float,
    population: Population,
    stream: Stream,
    role: Role = "pilot",
) -> tuple[Request, Indices]:
    """Return where a move would take the states, and which of them it would take anywhere.

    Args:
        swarm: the states, all at or above the level.
        move: one of MOVES.
        level: the score below which nothing is accepted.
        scale: size of the move, in (0, 1].
        population: says which proposals break constraints: those are not evaluated but rejected.
        stream: the randomness of this sweep.
        role: of the calls.

    Returns:
        A request with the proposals, and the states' indices they belong to.
    """
    z, lineages = swarm.z, swarm.lineages
    if move == "pcn":
        z = _stepped(z, scale, stream)
    elif move == "block":
        z = np.where(_blocks(z, scale, stream), stream.normals(*z.shape), z)
    else:
        lineages = _edited(swarm, move, level, scale, population.entities, stream)
    index = np.arange(len(swarm))
    if population.is_conditioned and move in ("pcn", "block"):
        index = np.flatnonzero(population.meets_constraints(uniforms_of(z)))
    kept = [lineages[i] for i in index.tolist()]
    request = Request(z[index], swarm.keys[index], role, kept, swarm.groups[index], swarm.roots[index])
    return request, index


def _stepped(z: Array, scale: float, stream: Stream) -> Array:
    """Return (n, d) pCN steps; of many coordinates each step also redraws one or so.

    A sweep of redraws alone would move the score less than a step does, and cost as much; one coordinate
    among many hardly changes whether the step is accepted.
    """
    n, d = z.shape
    kept: float | Array = math.sqrt(1.0 - scale * scale)
    fresh: float | Array = scale
    if d > _MANY:
        redrawn = stream.uniforms(n, d) * d < 1.0
        kept, fresh = np.where(redrawn, 0.0, kept), np.where(redrawn, 1.0, fresh)
    return kept * z + fresh * stream.normals(n, d)


def _blocks(z: Array, scale: float, stream: Stream) -> NDArray[np.bool_]:
    """Return (n, d) which coordinates are redrawn: each with probability `scale`, at least one per state."""
    n, d = z.shape
    chosen = stream.uniforms(n, d) < scale
    sure = np.minimum((stream.uniforms(n) * d).astype(np.intp), d - 1)
    chosen[np.arange(n), sure] = True
    return np.asarray(chosen, np.bool_)


def _edited(
    swarm: Swarm, move: str, level: float, scale: float, entities: Sequence[str], stream: Stream
) -> tuple[Lineage, ...]:
    keys = stream.keys(len(swarm)).tolist()
    if move == "noise":
        edits = [Edit(key, None, 0.0, scale) for key in keys]
    elif move == "entity":
        names = entities or (None,)
        which = stream.categories(np.ones(len(names)), len(swarm)).tolist()
        edits = [Edit(key, names[i]) for key, i in zip(keys, which, strict=True)]
    else:
        times = [None if curve is None else first_reached(curve, level) for curve in swarm.curves]
        edits = [Edit(key, None, t or 0.0) for key, t in zip(keys, times, strict=True)]
    pairs = zip(swarm.lineages, edits, strict=True)
    return tuple(Draw(0, (), lineage).edited(edit).lineage for lineage, edit in pairs)
