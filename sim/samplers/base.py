"""Where to look: a sampler asks for outcomes of draws and says what each call stands for.

The loop is `ask`, evaluate, `tell`, until `ask` gives nothing; then `weights`. A sampler knows no domain and no
scenario: it sees draws and scores. It must be a pure function of what it was constructed with and told, so
that a hunt that was killed is resumed by telling it the stored outcomes again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol, overload

from sim.lazy import np

if TYPE_CHECKING:
    from sim.geometry import Array
    from sim.noise import Draw
    from sim.recording import Outcome

__all__ = [
    "Call",
    "CallWeight",
    "Conditioning",
    "Population",
    "Role",
    "Sampler",
    "Settings",
    "Weights",
]

Role = Literal["pilot", "main", "audit"]


class Conditioning(Protocol):
    """An estimate of the probability of the constraints; `Acceptance` is one."""

    @property
    def p(self) -> float:
        """Share of accepted draws."""
        ...

    @property
    def n(self) -> int:
        """Draws it rests on."""
        ...


class Population(Protocol):
    """The natural law of draws; `Scenario` is one."""

    @property
    def target(self) -> str | None:
        """Name of the event that is looked for."""
        ...

    @property
    def dimension(self) -> int:
        """Length of a draw's `u`."""
        ...

    @property
    def choices(self) -> Mapping[int, tuple[float, ...]]:
        """Coordinate of `u` -> probabilities of its categories, which cut (0, 1) in this order.

        Only coordinates whose cuts depend on nothing else stand here.
        """
        ...

    @property
    def entities(self) -> tuple[str, ...]:
        """Entities whose addressed noise may be redrawn alone; () if nothing reads addressed noise."""
        ...

    @property
    def is_clocked(self) -> bool:
        """Whether each number of addressed noise is used at a moment that nothing can shift.

        The numbers of a driver's n-th tick are; those of the n-th customer are not, for other parameters make
        him come at another time.
        """
        ...

    @property
    def is_conditioned(self) -> bool:
        """Whether there are constraints."""
        ...

    def nominal_batch(self, seed: int, start: int, stop: int) -> Sequence[Draw]:
        """Return the nominal draws start, …, stop - 1 of a root seed, constraints fulfilled."""
        ...

    def meets_constraints(self, u: Array) -> np.ndarray:
        """Return (n,) whether each of (n, d) points of the unit cube meets all constraints."""
        ...

    def acceptance(self, seed: int, n: int = ...) -> Conditioning:
        """Return an estimate of the probability of the constraints under the natural law."""
        ...


@dataclass(frozen=True)
class Settings:
    """What a hunt is told to do.

    Args:
        seed: root seed of the run.
        calls: evaluations in all: discovery, pilot, tuning, diagnosis, main and audit.
        audit_share: share of the calls spent on nominal draws that check the estimate.
        cov: wanted coefficient of variation of the target's rate; the pilot then fixes how many of `calls`
            are made, before the first main call. None to make all of them.
        frozen: what an earlier hunt froze: no pilot is made, all calls are main and audit calls from it.
        part: numbers the continuations of a frozen hunt, so that each has noise of its own.

    Raises:
        ValueError: there is nothing to spend, or a share or CoV is impossible.
    """

    seed: int
    calls: int
    audit_share: float = 0.0
    cov: float | None = None
    frozen: Mapping[str, Any] | None = None
    part: int = 0

    def __post_init__(self) -> None:
        """Refuse an empty budget and impossible shares."""
        if self.calls < 1:
            raise ValueError(f"calls must be at least 1, got {self.calls}")
        if not 0.0 <= self.audit_share < 1.0:
            raise ValueError(f"audit_share must lie in [0, 1), got {self.audit_share:g}")
        if self.cov is not None and not 0.0 < self.cov < 1.0:
            raise ValueError(f"cov must lie in (0, 1), got {self.cov:g}")


@dataclass(frozen=True)
class Call:
    """One evaluation of `score` that a sampler wants.

    Args:
        index: 0, 1, … in the order of asking.
        role: pilot calls tune and carry no weight; main calls are what rates come from; audit calls are
            nominal draws that check them.
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


@dataclass(frozen=True, eq=False)
class Weights(Sequence[CallWeight]):
    """What every call stands for, in the order of asking.

    Args:
        weight: (n,) population weights; NaN where a call has none. Those of the main calls sum to 1 (on
            average, for likelihood ratios), and those of the audit calls on their own do too.
        log_lr: (n,) log likelihood ratios natural / proposal; NaN where there is none.
    """

    weight: Array
    log_lr: Array

    def __len__(self) -> int:
        """Return the number of calls."""
        return len(self.weight)

    @overload
    def __getitem__(self, index: int) -> CallWeight: ...
    @overload
    def __getitem__(self, index: slice) -> Weights: ...
    def __getitem__(self, index: int | slice) -> CallWeight | Weights:
        """Return the weight of one call, or those of some."""
        if isinstance(index, slice):
            return Weights(self.weight[index], self.log_lr[index])
        return CallWeight(_known(self.weight[index]), _known(self.log_lr[index]))

    def __iter__(self) -> Iterator[CallWeight]:
        """Yield the weights one by one."""
        return (CallWeight(_known(w), _known(r)) for w, r in zip(self.weight, self.log_lr, strict=True))


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


class Sampler(Protocol):
    """A strategy of looking for rare events, made from a population and settings.

    Attributes:
        name: key in the table of samplers.
        exports: "population" if every stratum of outcomes is exported, "events" if only those in which the
            target event occurred.
        planned_calls: how many calls `ask` will give at most, for progress.
        wants_running: whether `Outcome.running` of the target must be told, coarsened or not.
    """

    name: str
    exports: Literal["population", "events"]
    planned_calls: int
    wants_running: bool

    def ask(self) -> Sequence[Call]:
        """Return the next batch of calls, empty when the hunt is over."""
        ...

    def tell(self, outcomes: Sequence[Outcome]) -> None:
        """Take the outcomes of the batch last asked for, in its order."""
        ...

    def weights(self) -> Weights:
        """Return the weights of all calls asked for; only after `ask` gave nothing."""
        ...

    def frozen(self) -> Mapping[str, Any] | None:
        """Return what was frozen as plain data, from which a hunt can go on; None where nothing is."""
        ...

    def about(self) -> Mapping[str, Any]:
        """Return plain facts about how the hunt was made, for the report; only after `ask` gave nothing."""
        ...
