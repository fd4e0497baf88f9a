"""What every law is: its quantile function, its probabilities and log-density, its moments, its own spelling.

Quantiles and probabilities take a float or an array and give the same back, bit for bit the same: a law drawn
alone equals a law drawn in a batch. Upper tails are first-class (`sf`, `isf`), because rare events live there
and 1 - cdf(x) would lose every digit.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol, TypeAlias, TypeVar

from sim.laws.elementary import SCALARS, floor, where
from sim.lazy import np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "Argument",
    "Array",
    "IntegerLaw",
    "Law",
    "LawError",
    "LawKind",
    "NumericLaw",
    "Real",
    "clamp",
    "special",
]

Array: TypeAlias = "NDArray[np.float64]"
Real = TypeVar("Real", float, "Array")


class LawError(ValueError):
    """A law that cannot be: `argument` names the one at fault, None if none alone is."""

    def __init__(self, argument: str | None, message: str) -> None:
        super().__init__(f"{argument}: {message}" if argument else message)
        self.argument = argument
        self.message = message


class Law(Protocol):
    """The law of one quantity. Values are numbers, or words where `is_numeric` is false."""

    def ppf(self, u: Any) -> Any:
        """Return the value at probability u in (0, 1): the smallest x with cdf(x) >= u."""
        ...

    def cdf(self, x: Any) -> Any:
        """Return P(X <= x); of words, in the order of the options."""
        ...

    def log_prob(self, x: Any) -> Any:
        """Return the log of the density at x, or of the mass where a single value has some."""
        ...

    @property
    def mean(self) -> float:
        """The expectation; inf if it diverges, NaN for words."""
        ...

    @property
    def variance(self) -> float:
        """The variance; inf if it diverges, NaN for words."""
        ...

    @property
    def low(self) -> float:
        """The lower end of the support; NaN for words."""
        ...

    @property
    def high(self) -> float:
        """The upper end of the support; NaN for words."""
        ...

    @property
    def is_discrete(self) -> bool:
        """Whether all its probability sits on single values."""
        ...

    @property
    def is_numeric(self) -> bool:
        """Whether its values are numbers."""
        ...

    def to_data(self) -> Any:
        """Return plain YAML data in SI from which `sim.laws.from_data` builds an equal law."""
        ...


class NumericLaw(ABC):
    """A law of numbers. A family gives formulas that hold inside its support; the edges are seen to here."""

    is_numeric: ClassVar[bool] = True

    @property
    def is_discrete(self) -> bool:
        """Whether all its probability sits on single values."""
        return False

    @property
    @abstractmethod
    def mean(self) -> float:
        """The expectation; inf if it diverges."""

    @property
    @abstractmethod
    def variance(self) -> float:
        """The variance; inf if it diverges."""

    @property
    @abstractmethod
    def low(self) -> float:
        """The lower end of the support."""

    @property
    @abstractmethod
    def high(self) -> float:
        """The upper end of the support."""

    @abstractmethod
    def to_data(self) -> Any:
        """Return plain YAML data in SI from which `sim.laws.from_data` builds an equal law."""

    @abstractmethod
    def _ppf(self, u: Any) -> Any: ...

    @abstractmethod
    def _isf(self, q: Any) -> Any: ...

    @abstractmethod
    def _cdf(self, x: Any) -> Any: ...

    @abstractmethod
    def _sf(self, x: Any) -> Any: ...

    @abstractmethod
    def _log_prob(self, x: Any) -> Any: ...

    def ppf(self, u: Real) -> Real:
        """Return the value at probability u in (0, 1): the smallest x with cdf(x) >= u."""
        x: Any = self._ppf(u)
        return _like(u, x)

    def isf(self, q: Real) -> Real:
        """Return the value that is exceeded with probability q in (0, 1): the smallest x with sf(x) <= q."""
        x: Any = self._isf(q)
        return _like(q, x)

    def cdf(self, x: Real) -> Real:
        """Return P(X <= x)."""
        if isinstance(x, SCALARS):
            return 0.0 if x < self.low else float(self._cdf(clamp(x, self.low, self.high)))
        with np.errstate(all="ignore"):
            return np.where(x < self.low, 0.0, self._cdf(clamp(x, self.low, self.high)))

    def sf(self, x: Real) -> Real:
        """Return P(X > x), to full relative precision in the upper tail."""
        if isinstance(x, SCALARS):
            return 1.0 if x < self.low else float(self._sf(clamp(x, self.low, self.high)))
        with np.errstate(all="ignore"):
            return np.where(x < self.low, 1.0, self._sf(clamp(x, self.low, self.high)))

    def below(self, x: Real) -> Real:
        """Return P(X < x)."""
        return self.cdf(x)

    def reach(self, x: Real) -> Real:
        """Return P(X >= x)."""
        return self.sf(x)

    def next_atom(self, x: float) -> float:
        """Return the least value above x that may have mass; inf if there is none."""
        return math.inf

    def last_atom(self, x: float) -> float:
        """Return the greatest value up to x that may have mass; -inf if there is none."""
        return -math.inf

    def log_prob(self, x: Real) -> Real:
        """Return the log of the density at x, or of the mass where one value has some; -inf off the support."""
        if isinstance(x, SCALARS):
            is_inside = self.low <= x <= self.high and not math.isinf(x)
            return float(self._log_prob(x)) if is_inside else -math.inf
        with np.errstate(all="ignore"):
            inside = self._log_prob(clamp(x, self.low, self.high))
            return np.where((self.low <= x) & (x <= self.high) & ~np.isinf(x), inside, -math.inf)


class IntegerLaw(NumericLaw):
    """A law of whole numbers, given as floats. A family's `_cdf` and `_sf` get whole numbers only."""

    @property
    def is_discrete(self) -> bool:
        """Whether all its probability sits on single values."""
        return True

    @abstractmethod
    def _log_mass(self, k: Any) -> Any: ...

    def _log_prob(self, x: Any) -> Any:
        k = floor(x)
        return where(k == x, self._log_mass(k), -math.inf)

    def cdf(self, x: Real) -> Real:
        """Return P(X <= x)."""
        whole: Real = floor(x)
        return super().cdf(whole)

    def sf(self, x: Real) -> Real:
        """Return P(X > x), to full relative precision in the upper tail."""
        whole: Real = floor(x)
        return super().sf(whole)

    def below(self, x: Real) -> Real:
        """Return P(X < x)."""
        before: Real = -floor(-x) - 1.0
        return self.cdf(before)

    def reach(self, x: Real) -> Real:
        """Return P(X >= x)."""
        before: Real = -floor(-x) - 1.0
        return self.sf(before)

    def next_atom(self, x: float) -> float:
        """Return the least whole number above x in the support; inf if there is none."""
        k: float = max(floor(x) + 1.0, self.low)
        return k if k <= self.high else math.inf

    def last_atom(self, x: float) -> float:
        """Return the greatest whole number up to x in the support; -inf if there is none."""
        k: float = min(floor(x), self.high)
        return k if k >= self.low else -math.inf


def _like(given: Real, result: Any) -> Real:
    """Return the result as a float where a number was given."""
    typed: Real = float(result) if isinstance(given, SCALARS) else result
    return typed


def clamp(x: Any, low: float, high: float) -> Any:
    """Return x limited to [low, high]; a float stays a float."""
    if isinstance(x, SCALARS):
        return low if x < low else high if x > high else x
    return np.clip(x, low, high)


@cache
def special() -> ModuleType:
    """Return scipy.special, imported at the first call because a check or a help text needs none of it."""
    import scipy.special

    return scipy.special


ArgumentKind = Literal[
    "value", "spread", "pure", "rate", "integer", "weights", "options", "values", "laws", "word", "file"
]


@dataclass(frozen=True)
class Argument:
    """One argument of a law.

    Args:
        name: as written in a scenario.
        kind: how units apply. "value": the quantity's unit; "spread": the same, as a difference (no offset);
            "rate": one over it; "pure": no unit; "integer": a whole number; "weights": a list of pure numbers;
            "values": a list of values; "options": a mapping word -> weight or a list of words;
            "laws": a list of laws or constants of the same quantity; "word": a name; "file": a path.
        doc: one sentence.
        default: value when absent; None if it must be given wherever a form of the law lists it.
    """

    name: str
    kind: ArgumentKind
    doc: str
    default: float | None = None


@dataclass(frozen=True)
class LawKind:
    """One line of the table of laws.

    Args:
        name: the key in a scenario.
        doc: one sentence.
        example: how it looks.
        arguments: everything that may stand in it.
        build: makes the law from arguments in SI, by name.
        forms: which arguments stand together; the first form is also the order of the positional list. Empty:
            all of them.
        body: "arguments": a mapping by name, a positional list, or a scalar for a first argument;
            "options": the body is the one argument of kind "options";
            "cases": the options stand beside the key.
    """

    name: str
    doc: str
    example: str
    arguments: tuple[Argument, ...]
    build: BuildLaw
    forms: tuple[tuple[str, ...], ...] = ()
    body: Literal["arguments", "options", "cases"] = "arguments"

    @property
    def alternatives(self) -> tuple[tuple[str, ...], ...]:
        """The sets of argument names that may stand together."""
        return self.forms or (tuple(argument.name for argument in self.arguments),)

    def argument(self, name: str) -> Argument | None:
        """Return the argument of that name, if there is one."""
        return next((argument for argument in self.arguments if argument.name == name), None)


class BuildLaw(Protocol):
    """Makes a law from its arguments in SI, defaults filled in."""

    def __call__(self, arguments: Mapping[str, Any], /) -> Any:
        """Return the law.

        Raises:
            LawError: an argument makes it impossible.
        """
        ...
