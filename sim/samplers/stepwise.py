"""Samplers written as one course of events: a generator that yields requests and is sent answers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar, Literal

import numpy as np

from sim.noise import hash64
from sim.recording import Outcome
from sim.samplers.base import Call, Conditioning, Population, Role, Settings, Weights
from sim.samplers.nominal import GROUPS
from sim.samplers.points import Answer, Request, nominal_points

__all__ = ["Course", "Stepwise"]

Course = Generator[Request, Answer, None]
"""What a sampler does: yields requests, is sent their answers."""

_BATCH = 512
"""Calls asked for at once: a killed hunt loses no more than a batch."""
_BLOCK = 2048
_LEAST_CALLS = 500
"""Calls below which pilots, fits and trials would leave nothing."""


class Stepwise(ABC):
    """Turns a course into `ask` and `tell`, and collects the weights."""

    name: ClassVar[str]
    exports: Literal["population", "events"] = "population"
    wants_running: bool = False

    def __init__(self, population: Population, settings: Settings) -> None:
        """Begin the course; nothing is asked yet.

        Raises:
            ValueError: the population names no event to look for.
        """
        if population.target is None:
            raise ValueError("there is no event to look for: name one under event:")
        self.planned_calls = settings.calls
        self._population = population
        self._settings = settings
        self._target = population.target
        self._facts: dict[str, Any] = {"method": self.name}
        self._weights: list[tuple[np.ndarray, np.ndarray]] = []
        self._calls = {"pilot": 0, "main": 0, "audit": 0}
        self._asked = 0
        self._course = self._hunt() if self._can_search else self._naturally(self._too_few)
        self._request: Request | None = None
        self._first = self._given = self._taken = 0
        self._answers: list[Outcome] = []
        self._is_over = False

    # -- what a method fills in ----------------------------------------------------------------------------

    @abstractmethod
    def _hunt(self) -> Course:
        """Yield all requests of the hunt, in order."""

    @abstractmethod
    def frozen(self) -> Mapping[str, Any] | None:
        """Return what was frozen as plain data."""

    def _weigh(self, weight: np.ndarray, log_lr: np.ndarray | None = None) -> None:
        """Note the weights of the calls that come next in the order of asking."""
        self._weights.append((weight, np.full(len(weight), np.nan) if log_lr is None else log_lr))

    # -- what methods share --------------------------------------------------------------------------------

    @property
    def _left(self) -> int:
        """Calls that may still be made, those kept for the audit left aside."""
        return max(self._budget - self._asked, 1)

    @property
    def _audit_calls(self) -> int:
        return min(round(self._settings.audit_share * self._settings.calls), self._settings.calls - 1)

    @property
    def _budget(self) -> int:
        """Calls that are not kept for the audit."""
        return self._settings.calls - self._audit_calls

    @property
    def _can_search(self) -> bool:
        return self._settings.frozen is not None or self._budget >= _LEAST_CALLS

    @property
    def _too_few(self) -> str:
        return f"{self._budget} calls are too few for a search, which takes {_LEAST_CALLS} at least"

    def _pilot_is_over(self) -> None:
        """Note that all calls so far carry no weight."""
        self._weigh(np.full(self._asked - sum(len(weight) for weight, _ in self._weights), np.nan))

    def _naturally(self, reason: str) -> Course:
        """Spend what is left on natural draws: with no way to the event, they bound its rate from above."""
        n = self._left + self._audit_calls
        self._facts |= {"method": "nominal", "warnings": [reason]}
        yield from self._natural(n, "main", "natural")
        self._weigh(np.full(n, 1.0 / n), np.zeros(n))

    def _audit(self) -> Course:
        """Make the natural draws that check the estimate."""
        n = self._audit_calls
        if n:
            yield from self._natural(n, "audit", "audit")
            self._weigh(np.full(n, 1.0 / n), np.zeros(n))

    def _natural(self, n: int, role: Role, name: str) -> Course:
        seed = hash64(name, self._settings.seed, self._settings.part)
        for start in range(0, n, _BLOCK):
            stop = min(start + _BLOCK, n)
            found = nominal_points(self._population, seed, start, stop)
            yield replace(found, role=role, groups=np.arange(start, stop) % GROUPS)

    def _conditioned(self, proposal: Conditioning | None) -> dict[str, Any]:
        """Return how probable the constraints are, and what not knowing it better adds to a rate's variance.

        Args:
            proposal: their probability under the proposal; None where states are moved under the constraints.
        """
        if not self._population.is_conditioned:
            return {"acceptance": None, "conditioning_relative_variance": 0.0}
        natural = self._population.acceptance(self._settings.seed)
        found = {"natural": _estimate(natural)}
        if proposal is None:
            return {"acceptance": found, "conditioning_relative_variance": 0.0}
        found["proposal"] = _estimate(proposal)
        total = sum(one["relative_variance"] for one in found.values())
        return {"acceptance": found, "conditioning_relative_variance": total}

    # -- the seam ------------------------------------------------------------------------------------------

    def ask(self) -> Sequence[Call]:
        """Return the next batch of calls."""
        while self._request is None or self._taken == len(self._request):
            if not self._advance():
                return ()
        request, start = self._request, self._given
        if start != self._taken:
            raise ValueError("the batch asked for last was not told yet")
        self._given = stop = min(start + _BATCH, len(request))
        draws = _part(request, start, stop).made()
        groups = np.zeros(len(request), int) if request.groups is None else request.groups
        numbers = np.arange(self._first, self._first + len(request))
        roots = numbers if request.roots is None else request.roots
        rows = zip(numbers[start:stop], draws, groups[start:stop], roots[start:stop], strict=True)
        return [Call(int(i), draw, request.role, int(g), int(root)) for i, draw, g, root in rows]

    def tell(self, outcomes: Sequence[Outcome]) -> None:
        """Take the outcomes of the batch last asked for."""
        if self._request is None or len(outcomes) != self._given - self._taken:
            raise ValueError(f"told {len(outcomes)} outcomes of {self._given - self._taken} calls")
        self._answers.extend(outcomes)
        self._taken = self._given

    def _advance(self) -> bool:
        """Go on to the next request that asks for something; return whether there is one."""
        while not self._is_over:
            try:
                if self._request is None:
                    found = next(self._course)
                else:
                    found = self._course.send(self._answer(self._request))
            except StopIteration:
                self._is_over = True
                break
            self._begin(found)
            if len(found):
                return True
        return False

    def _begin(self, request: Request) -> None:
        self._request = request
        self._first = self._asked
        self._asked += len(request)
        self._calls[request.role] += len(request)
        self._given = self._taken = 0
        self._answers = []

    def _answer(self, request: Request) -> Answer:
        target, told = self._target, self._answers
        return Answer(
            np.array([one.scores[target] for one in told], np.float64),
            [one.mode for one in told],
            [one.running.get(target) for one in told] if self.wants_running else None,
            np.arange(self._first, self._first + len(request)),
        )

    def run(self, evaluate: Callable[[Request], Answer]) -> None:
        """Make the whole hunt at once, without the detour over draws and outcomes.

        Args:
            evaluate: takes a request and answers it; the numbers of the calls are filled in.
        """
        request = next(self._course, None)
        while request is not None:
            self._begin(request)
            calls = np.arange(self._first, self._asked)
            empty = Answer(np.empty(0), [], [], calls)
            answer = replace(evaluate(request), calls=calls) if len(request) else empty
            try:
                request = self._course.send(answer)
            except StopIteration:
                request = None
        self._request = None
        self._is_over = True

    def weights(self) -> Weights:
        """Return the weights of all calls.

        Raises:
            ValueError: the hunt is not over.
        """
        if not self._is_over:
            raise ValueError(f"{self._asked} calls were asked so far: weights are not known yet")
        weight, log_lr = (np.concatenate([np.empty(0), *parts]) for parts in zip(*self._weights, strict=True))
        return Weights(weight, log_lr)

    def about(self) -> Mapping[str, Any]:
        """Return plain facts about the hunt."""
        return self._facts | {f"{role}_calls": count for role, count in self._calls.items()}


def _estimate(found: Conditioning) -> dict[str, float]:
    return {"p": found.p, "n": found.n, "relative_variance": (1.0 - found.p) / (found.p * found.n)}


def _part(request: Request, start: int, stop: int) -> Request:
    return Request(
        request.z[start:stop],
        request.keys[start:stop],
        request.role,
        request.lineages and request.lineages[start:stop],
        draws=request.draws and request.draws[start:stop],
    )
