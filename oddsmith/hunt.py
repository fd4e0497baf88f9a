"""The hunt: ask the sampler, score, tell, until it has asked for everything; then weigh.

Every batch's outcomes are kept on disk before the sampler is told, and a sampler is a pure function of what it
is told; so a hunt that was killed tells it the kept batches again and goes on where it stopped. Batches do not
depend on the number of workers. Nothing of a call stays in memory but what selection needs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from oddsmith.backends import Backend
from oddsmith.calls import ScoredCall, pack, unpack
from oddsmith.disk import disk_faults, write_file
from oddsmith.layout import Layout
from oddsmith.selection import Candidate, Stratum, stratum_of
from oddsmith.tasks import ScoreTask
from sim.errors import RunError
from sim.samplers import Call, CallWeight, Sampler

__all__ = ["Hunt", "HuntProgress", "hunt"]

_CHUNK = 32
"""Calls per task: small enough that workers end a batch together."""

HuntProgress = Callable[[int, int], None]
"""Takes calls done and target events found so far."""


@dataclass(frozen=True)
class Hunt:
    """All calls of a finished hunt, in the order they were asked for.

    Args:
        batches: how many batches stand on disk.
        weights: per call.
        strata: per call.
        scores: of the target event, per call; 0 where there is no target.
        failed: per call, whether it could not be simulated.
        measures: names of all measures that any outcome carries.
    """

    layout: Layout
    batches: int
    weights: Sequence[CallWeight]
    strata: Sequence[Stratum]
    scores: Sequence[float]
    failed: Sequence[bool]
    measures: tuple[str, ...]

    def scored(self) -> Iterator[ScoredCall]:
        """Yield all calls again, from disk, one batch in memory at a time."""
        for number in range(self.batches):
            yield from unpack(self.layout.batch(number).read_bytes())

    def candidates(self, exports: str) -> list[Candidate]:
        """Return the calls that may become episodes.

        Args:
            exports: "population", or "events" if only the target's stratum is exported.
        """
        return [
            Candidate(call, weight.weight, stratum, score)
            for call, (weight, stratum, score, failed) in enumerate(
                zip(self.weights, self.strata, self.scores, self.failed, strict=True)
            )
            if weight.weight and not failed and (exports == "population" or stratum.kind == "event")
        ]


def hunt(
    sampler: Sampler, backend: Backend, layout: Layout, *, target: str | None, report: HuntProgress
) -> Hunt:
    """Run or go on with a hunt.

    Raises:
        RunError: every call of a batch failed, the disk refused, or a kept batch is of another run.
    """
    strata: list[Stratum] = []
    scores: list[float] = []
    failed: list[bool] = []
    measures: set[str] = set()
    number = events = 0
    while asked := sampler.ask():
        scored = _kept(layout, number, asked) or _evaluated(layout, number, asked, backend)
        sampler.tell([one.outcome for one in scored])
        for one in scored:
            strata.append(stratum_of(one.outcome, target))
            scores.append(one.outcome.scores[target] if target else 0.0)
            failed.append(one.failure is not None)
            measures.update(one.outcome.measures)
            events += strata[-1].kind == "event"
        number += 1
        report(len(strata), events)
    return Hunt(layout, number, sampler.weights(), strata, scores, failed, tuple(sorted(measures)))


def _kept(layout: Layout, number: int, asked: Sequence[Call]) -> list[ScoredCall] | None:
    """Return the outcomes of a batch that was evaluated before, or None."""
    path = layout.batch(number)
    if not path.is_file():
        return None
    scored = unpack(path.read_bytes())
    if [one.call for one in scored] != list(asked):
        raise RunError(f"{path} holds other calls than this run asks for: start again in a new folder")
    return scored


def _evaluated(layout: Layout, number: int, asked: Sequence[Call], backend: Backend) -> list[ScoredCall]:
    """Return the outcomes of a batch after keeping them on disk."""
    tasks = [ScoreTask(tuple(asked[i : i + _CHUNK])) for i in range(0, len(asked), _CHUNK)]
    results = dict(backend.run(tasks))
    scored = [one for position in range(len(tasks)) for one in results[position]]
    if all(one.failure is not None for one in scored):
        raise RunError(f"all {len(scored)} episodes of a batch failed; the first because {scored[0].failure}")
    with disk_faults(layout.root):
        write_file(layout.batch(number), pack(scored))
    return scored
