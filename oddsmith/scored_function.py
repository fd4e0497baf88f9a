"""A user's function of noise as the samplers see it: a population without addressed noise, and its scores.

Draws for which the function raises or gives NaN are a counted stratum: the event does not occur in them, they
keep their weight, and how much of the population they stand for is told.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.errors import RunError, UsageError
from sim.geometry import Array
from sim.noise import Draw, address, hash64, uniforms
from sim.recording import Outcome
from sim.samplers import Sampler
from sim.samplers.points import Answer, Request, scores_of

__all__ = ["TARGET", "FunctionPopulation", "ScoredFunction", "drive"]

TARGET = "event"
"""Name of the event score >= 0."""

_BATCH = 4096
"""Most rows the function is given at once, so that what it makes of them fits into memory."""

_HOPELESS = 20
"""If the function fails for so many draws before it succeeds once, it is the function and not the draws."""


@dataclass(frozen=True)
class _Certain:
    """The probability of constraints where there are none."""

    p: float = 1.0
    n: int = 1


@dataclass(frozen=True)
class FunctionPopulation:
    """Independent standard normals, some of which stand for choices.

    Args:
        dimension: how many.
        choices: coordinate -> probabilities of the categories into which Phi of it is cut, in this order.
    """

    dimension: int
    choices: Mapping[int, tuple[float, ...]] = field(default_factory=dict)
    target = TARGET
    is_clocked = True
    is_conditioned = False

    def __post_init__(self) -> None:
        """Refuse an empty space and choices that are none."""
        if self.dimension < 1:
            raise UsageError(f"dimension must be at least 1, got {self.dimension}")
        for coordinate, shares in self.choices.items():
            if not 0 <= coordinate < self.dimension:
                raise UsageError(f"choices: there is no coordinate {coordinate}; 0 to {self.dimension - 1} are")
            if min(shares, default=0.0) <= 0.0 or not math.isclose(math.fsum(shares), 1.0, rel_tol=1e-9):
                raise UsageError(
                    f"choices of coordinate {coordinate} must be positive and sum to 1, got {list(shares)}"
                )

    @property
    def entities(self) -> tuple[str, ...]:
        """Nobody reads addressed noise."""
        return ()

    def nominal_batch(self, seed: int, start: int, stop: int) -> list[Draw]:
        """Return the nominal draws start, …, stop - 1 of a root seed."""
        indices = np.arange(start, stop, dtype=np.uint64)
        places = np.array([address("function", str(i)) for i in range(self.dimension)], np.uint64)
        u = uniforms(np.uint64(hash64("function", seed)), places[None, :], indices[:, None])
        return [Draw(hash64(seed, start + i), tuple(row)) for i, row in enumerate(u.tolist())]

    def meets_constraints(self, u: Array) -> np.ndarray:
        """Return that all points are allowed."""
        return np.ones(len(u), bool)

    def acceptance(self, seed: int, n: int = 1) -> _Certain:
        """Return certainty."""
        return _Certain()


@dataclass(eq=False)
class ScoredFunction:
    """Answers requests of a sampler by calling a function, and keeps what it was asked and answered.

    Args:
        score: (n, d) standard normals -> (n,) scores.
        modes: (n, d) noise of events -> (n,) names of their failure modes; None where they have none.
    """

    score: Callable[[Array], Any]
    modes: Callable[[Array], Sequence[Any]] | None = None
    failures: int = 0
    first_failure: str = ""
    _points: list[Array] = field(default_factory=list)
    _scores: list[Array] = field(default_factory=list)
    _modes: list[list[str]] = field(default_factory=list)
    _roles: list[tuple[str, int]] = field(default_factory=list)
    _groups: list[NDArray[np.intp]] = field(default_factory=list)
    _has_succeeded: bool = False

    def answer(self, request: Request) -> Answer:
        """Return scores and modes of the requested points.

        Raises:
            UsageError: the function does not give one number per row.
            RunError: it fails for every draw.
        """
        n = len(request)
        parts = [self._evaluated(request.z[i : i + _BATCH]) for i in range(0, n, _BATCH)]
        scores = np.concatenate([np.empty(0), *parts])
        modes = self._named(request.z, scores)
        self._points.append(request.z)
        self._scores.append(scores)
        self._modes.append(modes)
        self._roles.append((request.role, n))
        self._groups.append(np.zeros(n, np.intp) if request.groups is None else request.groups)
        told = np.where(np.isnan(scores), -np.inf, scores)
        return Answer(told, modes, None, np.empty(0, np.intp))

    # -- what was asked and answered -----------------------------------------------------------------------

    @property
    def points(self) -> Array:
        """(n, d) noise of all calls."""
        return np.concatenate(self._points)

    @property
    def scores(self) -> Array:
        """(n,) scores of all calls; NaN where the function failed."""
        return np.concatenate(self._scores)

    @property
    def mode_names(self) -> NDArray[np.object_]:
        """(n,) failure mode per call, "" where there is none."""
        return np.array([name for names in self._modes for name in names], object)

    @property
    def roles(self) -> NDArray[np.object_]:
        """(n,) role per call."""
        return np.repeat(np.array([role for role, _ in self._roles], object), [n for _, n in self._roles])

    @property
    def groups(self) -> NDArray[np.intp]:
        """(n,) group per call."""
        return np.concatenate(self._groups)

    # -- evaluation ----------------------------------------------------------------------------------------

    def _evaluated(self, z: Array) -> Array:
        """Return scores, NaN where the function failed: a batch that raises is halved until single draws do."""
        try:
            found = self.score(z.copy())
        except Exception as error:
            if len(z) > 1:
                half = len(z) // 2
                return np.concatenate([self._evaluated(z[:half]), self._evaluated(z[half:])])
            self._fail(f"{type(error).__name__}: {error}", 1, error)
            return np.array([np.nan])
        scores = _checked(found, len(z))
        is_nan = np.isnan(scores)
        self._has_succeeded |= not is_nan.all()
        if is_nan.any():
            self._fail("it is NaN", int(is_nan.sum()), None)
        return scores

    def _fail(self, reason: str, draws: int, error: Exception | None) -> None:
        self.first_failure = self.first_failure or reason
        self.failures += draws
        if not self._has_succeeded and self.failures >= _HOPELESS:
            raise RunError(f"score failed for each of the first {self.failures} draws: {reason}") from error

    def _named(self, z: Array, scores: Array) -> list[str]:
        hits = np.flatnonzero(scores >= 0.0)
        names = [""] * len(z)
        if self.modes is None or not len(hits):
            return names
        found = list(self.modes(z[hits]))
        if len(found) != len(hits):
            raise UsageError(f"modes gave {len(found)} names for {len(hits)} draws: it must give one per row")
        for i, name in zip(hits.tolist(), found, strict=True):
            names[i] = str(name)
        return names


def _checked(found: Any, n: int) -> Array:
    """Return (n,) floats, or say what came instead."""
    scores = np.asarray(found)
    if scores.shape != (n,):
        raise UsageError(
            f"score gave shape {scores.shape} for {n} rows of noise: it must give one number per row, ({n},)"
        )
    if scores.dtype == bool:
        raise UsageError(
            "score gave true and false, but the event is score >= 0 and both are: give a margin that "
            "grows towards the event, or np.where(hit, 0.0, -1.0) if there is none"
        )
    if not (np.issubdtype(scores.dtype, np.floating) or np.issubdtype(scores.dtype, np.integer)):
        raise UsageError(f"score gave {scores.dtype} values: it must give real numbers")
    return scores.astype(np.float64)


def drive(sampler: Sampler, function: ScoredFunction) -> None:
    """Make a whole hunt on a function; at once where the sampler can be given arrays."""
    if hasattr(sampler, "run"):
        sampler.run(function.answer)
        return
    while calls := sampler.ask():
        u = np.array([call.draw.u for call in calls])
        keys = np.array([call.draw.key for call in calls], np.uint64)
        groups = np.array([call.group for call in calls], np.intp)
        answer = function.answer(Request(scores_of(u), keys, calls[0].role, groups=groups))
        modes = answer.modes or [""] * len(calls)
        sampler.tell(
            [
                Outcome({TARGET: score}, {TARGET: math.nan}, {TARGET: math.nan}, {}, mode)
                for score, mode in zip(answer.scores.tolist(), modes, strict=True)
            ]
        )
