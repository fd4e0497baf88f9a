"""The hunt: ask the sampler, score, tell, until it has asked for everything; then weigh.

Every batch's outcomes are kept on disk before the sampler is told, and a sampler is a pure function of what it
is told; so a hunt that was killed tells it the kept batches again and goes on where it stopped. Batches do not
depend on the number of workers. Of a call only some twenty bytes stay in memory: what selection needs.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from oddsmith.backends import Backend
from oddsmith.calls import ScoredCall, pack, unpack
from oddsmith.disk import disk_faults, write_file
from oddsmith.layout import Layout
from oddsmith.selection import Candidates, Stratum, stratum_of
from oddsmith.tasks import ScoreTask
from sim.errors import RunError
from sim.geometry import Array
from sim.samplers import Call, Role, Sampler, Weights

__all__ = ["ROLES", "Hopeless", "Hunt", "HuntProgress", "hunt", "relabelled"]

_CHUNK = 32
"""Calls per task at most: small enough that workers end a batch together."""

_TASKS = 16
"""Tasks that a batch is cut into at least, where it has as many calls."""

_HOPELESS = 16
"""Calls that fail from the first on before a hunt is given up."""

ROLES: tuple[Role, ...] = get_args(Role)

HuntProgress = Callable[[int, int, Role], None]
"""Takes calls done, target events found so far, and the role of the last call."""


class Hopeless(RunError):
    """A hunt that would come to the same end if it were begun again."""


@dataclass(frozen=True, eq=False)
class Hunt:
    """All calls of a finished hunt, in the order they were asked for.

    Args:
        batches: how many batches stand on disk.
        weights: per call.
        strata: all classes of outcomes that came up.
        stratum: (n,) places in `strata`.
        role: (n,) places in `ROLES`.
        score: (n,) of the target event; 0 where there is no target.
        failed: (n,) whether the call could not be simulated.
        measures: names of all measures that any outcome carries.
    """

    layout: Layout
    batches: int
    weights: Weights
    strata: tuple[Stratum, ...]
    stratum: NDArray[np.int64]
    role: NDArray[np.int8]
    score: Array
    failed: NDArray[np.bool_]
    measures: tuple[str, ...]

    def __len__(self) -> int:
        """Return the number of calls."""
        return len(self.score)

    def count(self, role: Role) -> int:
        """Return how many calls have a role."""
        return int(np.count_nonzero(self.role == ROLES.index(role)))

    def scored(self) -> Iterator[ScoredCall]:
        """Yield all calls again, from disk, one batch in memory at a time."""
        for number in range(self.batches):
            yield from unpack(self.layout.batch(number).read_bytes())

    def candidates(self, exports: str) -> Candidates:
        """Return the calls that may become episodes: main calls that stand for something and did not fail.

        Where no main call has a weight, because the design is no sample of the population, all are.

        Args:
            exports: "population", or "events" if only the target's stratum is exported.
        """
        may = (self.role == ROLES.index("main")) & ~self.failed
        weight = self.weights.weight
        is_weighted = not bool(np.all(np.isnan(weight[may]))) if may.any() else True
        if is_weighted:
            may &= np.nan_to_num(weight) > 0.0
        if exports == "events":
            may &= np.array([one.kind == "event" for one in self.strata])[self.stratum]
        call = np.flatnonzero(may)
        return Candidates(
            call,
            weight[call] if is_weighted else np.ones(len(call)),
            self.strata,
            self.stratum[call],
            self.score[call],
            is_weighted,
        )


@dataclass
class _Notes:
    """What is kept of each call while the hunt goes on."""

    target: str | None
    places: dict[Stratum, int] = field(default_factory=dict)
    stratum: array[int] = field(default_factory=lambda: array("h"))
    role: array[int] = field(default_factory=lambda: array("b"))
    score: array[float] = field(default_factory=lambda: array("d"))
    failed: array[int] = field(default_factory=lambda: array("b"))
    measures: set[str] = field(default_factory=set)
    events: int = 0
    failures: int = 0

    def add(self, one: ScoredCall) -> None:
        stratum = stratum_of(one.outcome, self.target)
        self.stratum.append(self.places.setdefault(stratum, len(self.places)))
        self.role.append(ROLES.index(one.call.role))
        self.score.append(one.outcome.scores[self.target] if self.target else 0.0)
        self.failed.append(one.failure is not None)
        self.measures.update(one.outcome.measures)
        self.events += stratum.kind == "event"
        self.failures += one.failure is not None

    def hunt(self, layout: Layout, batches: int, weights: Weights) -> Hunt:
        return Hunt(
            layout,
            batches,
            weights,
            tuple(self.places),
            _array(self.stratum, np.int64),
            _array(self.role, np.int8),
            _array(self.score, np.float64),
            _array(self.failed, np.bool_),
            tuple(sorted(self.measures)),
        )


def _array(values: array[Any], kind: Any) -> NDArray[Any]:
    return np.array(values, kind)


def hunt(
    sampler: Sampler, backend: Backend, layout: Layout, *, target: str | None, report: HuntProgress
) -> Hunt:
    """Run or go on with a hunt.

    Raises:
        Hopeless: every call failed, or the sampler cannot work with what the scores are.
        RunError: the disk refused, or a kept batch is of another run.
    """
    notes = _Notes(target)
    running = target if sampler.wants_running else None
    number = 0
    while asked := _ask(sampler):
        scored = _kept(layout, number, asked) or _evaluated(layout, number, asked, backend, running)
        for one in scored:
            notes.add(one)
        _check_alive(notes, scored)
        _tell(sampler, scored)
        number += 1
        report(len(notes.score), notes.events, asked[-1].role)
    return notes.hunt(layout, number, sampler.weights())


def _ask(sampler: Sampler) -> Sequence[Call]:
    try:
        return sampler.ask()
    except RunError as fault:
        raise Hopeless(str(fault)) from fault


def _tell(sampler: Sampler, scored: Sequence[ScoredCall]) -> None:
    try:
        sampler.tell([one.outcome for one in scored])
    except RunError as fault:
        raise Hopeless(str(fault)) from fault


def _check_alive(notes: _Notes, scored: Sequence[ScoredCall]) -> None:
    """Give up where nothing could be simulated from the first call on."""
    n = len(notes.score)
    if notes.failures == n >= _HOPELESS:
        raise Hopeless(f"all of the first {n} episodes failed; the last because {scored[-1].failure}")


def _kept(layout: Layout, number: int, asked: Sequence[Call]) -> list[ScoredCall] | None:
    """Return the outcomes of a batch that was evaluated before, or None."""
    path = layout.batch(number)
    if not path.is_file():
        return None
    scored = unpack(path.read_bytes())
    if [one.call for one in scored] != list(asked):
        raise RunError(f"{path} holds other calls than this run asks for: start again in a new folder")
    return scored


def _evaluated(
    layout: Layout, number: int, asked: Sequence[Call], backend: Backend, running: str | None
) -> list[ScoredCall]:
    """Return the outcomes of a batch after keeping them on disk."""
    size = max(1, min(_CHUNK, len(asked) // _TASKS))
    tasks = [ScoreTask(tuple(asked[i : i + size]), running) for i in range(0, len(asked), size)]
    results = dict(backend.run(tasks))
    scored = [one for position in range(len(tasks)) for one in results[position]]
    with disk_faults(layout.root):
        write_file(layout.batch(number), pack(scored))
    return scored


def relabelled(found: Hunt, strata: tuple[Stratum, ...], stratum: NDArray[np.int64]) -> Hunt:
    """Return the same hunt with its calls in other strata."""
    return replace(found, strata=strata, stratum=stratum)
