"""What every law of a varying quantity is, and what a domain follows: a course, which becomes a path."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

from sim.laws.base import Array
from sim.lazy import np

if TYPE_CHECKING:
    from sim.noise import Noise

__all__ = ["BuildVarying", "Course", "Path", "VaryingArgument", "VaryingKind", "VaryingLaw", "ascending"]


@dataclass(frozen=True, eq=False)
class Path:
    """How one quantity goes through an episode: it is `values[i]` from `times[i]` on until the next.

    Args:
        times: (K,) moments of change, ascending [s]; the first is the first moment that was asked for.
        values: (K,) numbers in SI, or words.
    """

    times: Array
    values: np.ndarray

    def at(self, moments: Any) -> Any:
        """Return the value at a moment, or (N,) values at (N,) moments; before the first, the first [s]."""
        found = self.values[np.maximum(np.searchsorted(self.times, moments, side="right") - 1, 0)]
        return found if np.ndim(moments) else found.item()


class VaryingLaw(Protocol):
    """The law of a quantity as a process in time."""

    @property
    def low(self) -> float:
        """The least value it can take; NaN for words."""
        ...

    @property
    def high(self) -> float:
        """The greatest value it can take; NaN for words."""
        ...

    def path(self, times: Array, noise: Noise, entity: str, stream: str, *, since: float = 0.0) -> Path:
        """Return the path of an entity over the span of `times`; see `Course.path`."""
        ...


@dataclass(frozen=True)
class Course:
    """What a domain gets for a field that varies: a law and the name of its noise stream.

    Args:
        law: the process.
        stream: name of the stream, the same for all entities: the path of the leaf inside its item.
    """

    law: VaryingLaw
    stream: str

    def path(self, times: Array, noise: Noise, entity: str, *, since: float = 0.0) -> Path:
        """Return how the quantity goes for an entity, exact in law at all the moments asked for.

        Noise is stamped with the moment it takes effect, so a redraw from t on leaves the path before t alone.
        What jumps does so at its own moments; what drifts is known at the moments asked for and held in
        between, so the same moments must be asked for to get the same path.

        Args:
            times: (T,) ascending moments of the episode [s]; the path spans them.
            noise: of the episode.
            entity: whose noise it is.
            since: the moment at which time 0 of a recorded profile falls [s].
        """
        return self.law.path(ascending(times), noise, entity, self.stream, since=since)


def ascending(times: Array) -> Array:
    """Return moments as an array.

    Raises:
        ValueError: there is none, or they do not ascend.
    """
    asked = np.asarray(times, np.float64)
    if asked.ndim != 1 or not len(asked) or not np.all(np.diff(asked) > 0.0):
        raise ValueError("the moments of a path must be a list that ascends")
    return asked


VaryingArgumentKind = Literal[
    "value", "spread", "seconds", "shift", "column", "file", "word", "dwell", "rates", "jumps", "weights",
    "pattern", "days", "months", "dates", "holiday",
]  # fmt: skip


@dataclass(frozen=True)
class VaryingArgument:
    """One argument of a law of a varying quantity.

    Args:
        name: as written in a scenario.
        kind: how it is read. "value": the quantity's unit; "spread": the same, as a difference; "seconds": a
            time above 0; "shift": any time; "column", "file", "word": texts; "dwell": state -> time; "rates":
            state -> state -> 1/s; "jumps": state -> state -> probability; "weights": a state, or state ->
            probability; "pattern": hours of the day -> factor; "days": weekdays -> factor or pattern; "months":
            months -> factor; "dates": a list of dates; "holiday": a factor, a pattern or a weekday.
        doc: one sentence.
        required: whether it must be there.
        options: the words it may be; any text if there are none.
    """

    name: str
    kind: VaryingArgumentKind
    doc: str
    required: bool = False
    options: tuple[str, ...] = ()


class BuildVarying(Protocol):
    """Makes a law from its arguments in SI."""

    def __call__(self, arguments: Mapping[str, Any], /) -> Any:
        """Return the law.

        Raises:
            LawError: an argument makes it impossible.
        """
        ...


@dataclass(frozen=True)
class VaryingKind:
    """One line of the table.

    Args:
        name: the key in a scenario.
        doc: one sentence.
        example: how it looks.
        arguments: everything that may stand in it; the required ones may be given as a list in this order.
        build: makes the law from arguments in SI, by name. `times` and `plus`, which may stand beside any law
            of numbers, are among them, and `within` beside `ou`.
        words: whether it can be a law of words.
    """

    name: str
    doc: str
    example: str
    arguments: tuple[VaryingArgument, ...]
    build: BuildVarying
    words: bool = False

    def argument(self, name: str) -> VaryingArgument | None:
        """Return the argument of that name, if there is one."""
        return next((one for one in self.arguments if one.name == name), None)
