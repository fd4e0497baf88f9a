"""From nothing known to a proposal: discovery, a subset pilot, a fit, rounds of improvement.

What is seen here may be biased as it likes; only the mixture it ends in is used, and that is frozen before the
first call that counts.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from sim.errors import RunError
from sim.geometry import Array
from sim.samplers.base import Population
from sim.samplers.discovery import discover
from sim.samplers.fitting import basis_of, fit
from sim.samplers.mixture import Frame, Gaussians, Mixture, merged
from sim.samplers.pilot import Pilot, explore
from sim.samplers.points import Answer, Request, Stream, uniforms_of
from sim.samplers.swarm import joined
from sim.weights import effective_size

__all__ = ["Prepared", "drawn", "prepare"]

_T = TypeVar("_T")

_NATURAL = 0.1
_NEAR = 0.1
_KEPT = 0.3
_WIDE_AT_FIRST, _WIDE_LATER = 0.25, 0.03
_SPREAD = 3.0
_TAILS = ((0.5, 1.0), (0.2, 2.0), (0.2, 4.0), (0.1, 8.0))
"""Shares of the copies of a fit, and the factors on their covariances."""

_ROUNDS = 2
_ROUND_SHARE = 0.06
_MATERIAL = 600
_ATTEMPTS, _HANDFUL = 1000, 4096
_MANY = 20
"""Continuous coordinates beyond which noise spread in all of them hardly ever finds an event."""


@dataclass(frozen=True, eq=False)
class Prepared:
    """What is known before anything is frozen.

    Args:
        mixture: the proposal; None where no event was found to fit one to.
        pilot: the subset pilot.
        modes: failure modes of the events seen, sorted.
    """

    mixture: Mixture | None
    pilot: Pilot
    modes: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class _Round:
    """Draws of a proposal and what they came to."""

    mixture: Mixture
    z: Array
    scores: Array


def prepare(population: Population, *, seed: int, calls: int) -> Generator[Request, Answer, Prepared]:
    """Find events and fit a proposal to them.

    Args:
        population: whose rare event is looked for.
        seed: names the randomness.
        calls: of the whole hunt; a share of them is spent here.
    """
    d = population.dimension
    whole = Frame.of(d, population.choices)
    budget = min(1000 if len(whole.continuous) <= _MANY else 400, calls // 8)
    modes: set[str] = set()
    settled = yield from _noting(discover(population, seed=seed, calls=budget), modes)
    pilot = yield from _noting(
        explore(population, seed=seed, size=max(min(300, calls // 60), 50), most=calls // 2, refresh=True),
        modes,
    )
    sources = [one.z for one in (pilot.events, settled) if one is not None and len(one) >= 2]
    if not sources or d == 0:
        return Prepared(None, pilot, tuple(sorted(modes)))
    stream = Stream("fitting", seed)
    frame, core = _fitted(whole, sources, pilot, stream)
    mixture = _proposal(frame, core, wide=_WIDE_AT_FIRST)
    rounds: list[_Round] = []
    for turn in range(_ROUNDS):
        z = drawn(population, mixture, max(round(calls * _ROUND_SHARE), 50), Stream("round", seed, turn))
        request = Request(z, Stream("round keys", seed, turn).keys(len(z)))
        answer = yield request
        _note(answer, modes)
        rounds.append(_Round(mixture, z, answer.scores))
        frame, core = _refitted(frame, core, rounds, stream)
        mixture = _proposal(frame, core, wide=_WIDE_LATER)
    return Prepared(mixture, pilot, tuple(sorted(modes)))


def drawn(population: Population, mixture: Mixture, n: int, stream: Stream) -> Array:
    """Return (n, d) draws of a proposal that meet the constraints; rejected ones are replaced.

    Raises:
        RunError: the constraints are met too rarely.
    """
    d = population.dimension
    if not population.is_conditioned:
        return mixture.draw(n, d, stream)
    z, have = np.empty((n, d)), 0
    for _ in range(_ATTEMPTS):
        fresh = mixture.draw(max(n - have, _HANDFUL), d, stream)
        fresh = fresh[population.meets_constraints(uniforms_of(fresh))][: n - have]
        z[have : have + len(fresh)] = fresh
        have += len(fresh)
        if have == n:
            return z
    raise RunError(f"the constraints were met by {have} of {_ATTEMPTS * _HANDFUL} draws of the proposal or so")


def _noting(course: Generator[Request, Answer, _T], modes: set[str]) -> Generator[Request, Answer, _T]:
    """Run a course and note the modes of the events on its way."""
    try:
        request = next(course)
        while True:
            answer = yield request
            _note(answer, modes)
            request = course.send(answer)
    except StopIteration as stop:
        found: _T = stop.value
        return found


def _note(answer: Answer, modes: set[str]) -> None:
    if answer.modes is not None:
        hits = (answer.scores >= 0.0).tolist()
        modes.update(mode for mode, hit in zip(answer.modes, hits, strict=True) if hit and mode)


def _proposal(frame: Frame, core: Gaussians, *, wide: float) -> Mixture:
    """Return a proposal with heavier tails than the fit, a wide component and the natural law.

    Events that a fit has hardly seen would come up seldom and with enormous weights. Copies of the components
    spread two, four and eight times as far in variance come near a multivariate t (West 1993), and
    keep the ratio small there for a modest price elsewhere.
    """
    copies = [
        (share, Gaussians(core.shares, core.means, factor * core.covariances, core.categories))
        for share, factor in _TAILS
    ]
    return Mixture(frame, merged([*copies, (wide, _wide(frame))]), _NATURAL)


def _fitted(whole: Frame, sources: Sequence[Array], pilot: Pilot, stream: Stream) -> tuple[Frame, Gaussians]:
    """Return the first fit: the events of each source, and those just below."""
    material = [_some(z, _MATERIAL, stream) for z in sources]
    events = np.concatenate(material)
    even = np.concatenate([np.full(len(z), 1.0 / len(z) / len(material)) for z in material])
    places = list(whole.continuous)
    states = joined(pilot.shells[-3:])
    known = np.isfinite(states.scores)
    # states of chains hang together: they count as a quarter
    near = states.z[known][:, places], states.scores[known]
    frame = whole.along(basis_of(events[:, places], even, size=len(events) / 4.0, near=near))
    parts = [(1.0 / len(material), fit(frame, z, np.ones(len(z)), stream)) for z in material]
    if len(pilot.shells) > 1 and len(pilot.shells[-2]) >= 40:
        below = _some(pilot.shells[-2].z, _MATERIAL // 2, stream)
        parts.append((_NEAR, fit(frame, below, np.ones(len(below)), stream, most=3)))
    return frame, merged(parts)


def _some(z: Array, most: int, stream: Stream) -> Array:
    return z if len(z) <= most else z[np.sort(stream.order(len(z))[:most])]


def _wide(frame: Frame) -> Gaussians:
    """Return one component, spread wide along the frame's directions: it finds modes the fit has missed."""
    r = frame.basis.shape[1]
    possible = [np.asarray(law)[None, :] > 0.0 for law in frame.choices.values()]
    tables = tuple(one / one.sum() for one in possible)
    return Gaussians(np.ones(1), np.zeros((1, r)), _SPREAD**2 * np.eye(r)[None], tables)


def _refitted(
    frame: Frame, core: Gaussians, rounds: Sequence[_Round], stream: Stream
) -> tuple[Frame, Gaussians]:
    """Return a fit to the weighted events of all rounds, with some of the last one kept."""
    z = np.concatenate([one.z[one.scores >= 0.0] for one in rounds])
    if len(z) < 30:
        return frame, core
    weights = _weights(z, rounds)
    places = list(frame.continuous)
    points = np.concatenate([one.z[:, places] for one in rounds])
    scores = np.concatenate([one.scores for one in rounds])
    near = points[np.isfinite(scores)], scores[np.isfinite(scores)]
    basis = basis_of(z[:, places], weights, size=effective_size(weights), near=near)
    parts = [(_KEPT, core)] if np.array_equal(basis, frame.basis) else []
    frame = frame.along(basis)
    return frame, merged([*parts, (1.0 - _KEPT, fit(frame, z, weights, stream))])


def _weights(z: Array, rounds: Sequence[_Round]) -> Array:
    """Return weights of events towards the natural law, the largest cut, summing to 1.

    The rounds together are draws from the mixture of their proposals (Cornuet et al. 2012, AMIS).
    """
    shares = np.array([len(one.z) for one in rounds]) / sum(len(one.z) for one in rounds)
    densities = [np.log(share) - one.mixture.log_lr(z) for share, one in zip(shares, rounds, strict=True)]
    log_weights = -np.logaddexp.reduce(densities)
    weights = np.exp(log_weights - log_weights.max())
    weights /= weights.sum()
    weights = np.minimum(weights, max(5.0 / len(weights), float(np.sort(weights)[-max(1, len(weights) // 50)])))
    return np.asarray(weights / weights.sum(), np.float64)
