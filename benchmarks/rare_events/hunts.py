"""One hunt on one problem: the probability it gives, what it cost, and what its report says of it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from problems import PROBLEMS, Problem
from queues import QUEUES, Queue

from oddsmith.odds.columns import CallColumns
from oddsmith.odds.estimates import estimate
from oddsmith.odds.verdicts import doubt_of, judge
from oddsmith.scored_function import TARGET, FunctionPopulation, ScoredFunction, drive
from sim.noise import hash64
from sim.recording import Outcome
from sim.samplers import TABLE, Sampler, Settings
from sim.samplers.points import Answer, Request

__all__ = ["ALL", "METHODS", "Result", "hunt", "seed_of"]

ALL: dict[str, Problem | Queue] = {**PROBLEMS, **QUEUES}
"""Every problem by name."""

METHODS = tuple(name for name in TABLE if name not in ("event", "coverage"))
"""The methods that give odds, each in its one default configuration."""

AUDIT_SHARE = 0.05
"""As in a scenario that says nothing of it."""


@dataclass(frozen=True)
class Result:
    """What one hunt came to.

    Args:
        p: the estimate, 0 where nothing was found.
        calls: all that were made: discovery, pilot, tuning, diagnosis, main and audit.
        low: lower end of the 95 % interval.
        high: upper end of it, or the upper bound.
        verdict: as the report says it; "" for peers, which say none.
        engine: what did the work; differs from the method for `auto`.
        modes: failure modes found, in the main calls.
        seconds: of the wall.
    """

    p: float
    calls: int
    low: float
    high: float
    verdict: str
    engine: str
    modes: tuple[str, ...]
    seconds: float


def seed_of(seed: int, problem: str, method: str, repetition: int) -> int:
    """Return the root seed of one repetition."""
    return hash64("benchmark", seed, problem, method, repetition)


def hunt(name: str, *, method: str, calls: int, seed: int) -> Result:
    """Hunt with one of our methods."""
    problem = ALL[name]
    start = time.perf_counter()
    settings = Settings(seed, calls, 0.0 if method == "nominal" else AUDIT_SHARE)
    if isinstance(problem, Queue):
        columns, sampler = _queue(problem, method, settings)
    else:
        columns, sampler = _function(problem, method, settings)
    found = estimate(columns, TARGET)
    low, high = found.interval or (0.0, 1.0 if found.upper is None else found.upper)
    return Result(
        p=found.rate or 0.0,
        calls=len(columns),
        low=low,
        high=high,
        verdict=judge(found, doubt=doubt_of(sampler.about())).word,
        engine=str(sampler.about()["method"]),
        modes=tuple(sorted(one.mode for one in found.modes if one.mode)),
        seconds=time.perf_counter() - start,
    )


def _function(problem: Problem, method: str, settings: Settings) -> tuple[CallColumns, Sampler]:
    function = ScoredFunction(problem.score, problem.named_modes)
    sampler = TABLE[method](FunctionPopulation(problem.dimension, problem.choices), settings)
    drive(sampler, function)
    weights = sampler.weights()
    return CallColumns.of(
        role=function.roles,
        weight=weights.weight,
        log_lr=weights.log_lr,
        group=function.groups,
        events={TARGET: function.scores >= 0.0},
        mode=[one or None for one in function.mode_names],
    ), sampler


def _queue(queue: Queue, method: str, settings: Settings) -> tuple[CallColumns, Sampler]:
    sampler = TABLE[method](queue, settings)
    roles: list[str] = []
    groups: list[int] = []
    scores: list[float] = []
    if hasattr(sampler, "run"):

        def answer(request: Request) -> Answer:
            outcomes = [queue.score(draw) for draw in request.made()]
            roles.extend([request.role] * len(request))
            groups.extend([0] * len(request) if request.groups is None else request.groups.tolist())
            scores.extend(_scores(outcomes, queue))
            curves = [one.running[queue.target] for one in outcomes]
            return Answer(np.array(_scores(outcomes, queue)), None, curves, np.empty(0, np.intp))

        sampler.run(answer)
    else:
        while asked := sampler.ask():
            outcomes = [queue.score(call.draw) for call in asked]
            roles.extend(call.role for call in asked)
            groups.extend(call.group for call in asked)
            scores.extend(_scores(outcomes, queue))
            sampler.tell(outcomes)
    weights = sampler.weights()
    hits = {TARGET: np.array(scores) >= 0.0}
    return CallColumns.of(
        role=roles, weight=weights.weight, log_lr=weights.log_lr, group=groups, events=hits
    ), sampler


def _scores(outcomes: Sequence[Outcome], queue: Queue) -> list[float]:
    return [one.scores[queue.target] for one in outcomes]
