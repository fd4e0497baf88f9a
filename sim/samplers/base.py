"""Where to look: a sampler asks for outcomes of draws and says what each call stands for.

The loop is `ask`, evaluate, `tell`, until `ask` gives nothing; then `weights`. A sampler knows no domain and no
scenario: it sees draws and scores. It must be a pure function of what it was constructed with and told, so
that a hunt that was killed is resumed by telling it the stored outcomes again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from sim.noise import Draw
from sim.recording import Outcome

__all__ = ["Call", "CallWeight", "Population", "Role", "Sampler"]

Role = Literal["pilot", "main", "audit"]


class Population(Protocol):
    """The natural law of draws; `Scenario` is one."""

    def nominal_batch(self, seed: int, start: int, stop: int) -> Sequence[Draw]:
        """Return the nominal draws start, …, stop - 1 of a root seed."""
        ...


@dataclass(frozen=True)
class Call:
    """One evaluation of `score` that a sampler wants.

    Args:
        index: 0, 1, … in the order of asking.
        role: pilot calls tune and carry no weight; main and audit calls are what rates come from.
        group: independent group the call belongs to.
        root_id: calls that share ancestry share it; a split never separates them.
    """

    index: int
    draw: Draw
    role: Role = "main"
    group: int = 0
    root_id: int = 0


@dataclass(frozen=True)
class CallWeight:
    """What a call stands for in the population: null for pilot calls. `log_lr` only where it is a ratio."""

    weight: float | None
    log_lr: float | None = None


class Sampler(Protocol):
    """A strategy of looking for rare events.

    Attributes:
        name: key in the table of samplers.
        exports: "population" if every stratum of outcomes is exported, "events" if only those in which the
            target event occurred.
        planned_calls: how many calls `ask` will give in all, for progress.
    """

    name: str
    exports: Literal["population", "events"]
    planned_calls: int

    def ask(self) -> Sequence[Call]:
        """Return the next batch of calls, empty when the hunt is over."""
        ...

    def tell(self, outcomes: Sequence[Outcome]) -> None:
        """Take the outcomes of the batch last asked for, in its order."""
        ...

    def weights(self) -> Sequence[CallWeight]:
        """Return one weight per call asked for, in order; only after `ask` gave nothing."""
        ...
