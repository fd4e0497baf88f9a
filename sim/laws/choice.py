"""A choice among words."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import Any, ClassVar

from sim.laws.base import Argument, LawError, LawKind
from sim.laws.elementary import SCALARS
from sim.laws.empirical import Empirical
from sim.lazy import np

__all__ = ["KIND", "Choice", "checked_weights"]


@dataclass(frozen=True)
class Choice:
    """One of several words, each with its probability; probabilities below the options' order."""

    options: tuple[str, ...]
    weights: tuple[float, ...]

    is_numeric: ClassVar[bool] = False
    is_discrete: ClassVar[bool] = True
    mean: ClassVar[float] = math.nan
    variance: ClassVar[float] = math.nan
    low: ClassVar[float] = math.nan
    high: ClassVar[float] = math.nan

    def __post_init__(self) -> None:
        """Refuse repeated options and weights that are no probabilities."""
        if len(set(self.options)) != len(self.options):
            raise LawError("options", f"an option stands twice among {', '.join(self.options)}")
        if len(self.options) != len(self.weights):
            raise LawError("options", f"{len(self.options)} options but {len(self.weights)} weights")
        checked_weights("options", self.weights)

    @cached_property
    def _cumulative(self) -> tuple[float, ...]:
        total = math.fsum(self.weights)
        return (*(w / total for w in list(accumulate(self.weights))[:-1]), 1.0)

    def index_ppf(self, u: Any) -> Any:
        """Return the index of the option at probability u."""
        if isinstance(u, SCALARS):
            return bisect_left(self._cumulative, u)
        return np.searchsorted(self._cumulative, u, side="left")

    def ppf(self, u: Any) -> Any:
        """Return the option at probability u in (0, 1)."""
        if isinstance(u, SCALARS):
            return self.options[bisect_left(self._cumulative, u)]
        return np.array(self.options)[self.index_ppf(u)]

    def cdf(self, x: Any) -> Any:
        """Return the probability of the options up to and including x.

        Raises:
            ValueError: x is none of them.
        """
        if not isinstance(x, str):
            return np.array([self.cdf(str(word)) for word in x.flat]).reshape(x.shape)
        return self._cumulative[self.options.index(x)]

    def log_prob(self, x: Any) -> Any:
        """Return the log of the probability of option x; -inf if it is none."""
        if not isinstance(x, str):
            return np.array([self.log_prob(str(word)) for word in x.flat]).reshape(x.shape)
        weight = self.weights[self.options.index(x)] if x in self.options else 0.0
        return math.log(weight / math.fsum(self.weights)) if weight else -math.inf

    def to_data(self) -> Any:
        """Return {choice: {option: weight}}."""
        return {"choice": dict(zip(self.options, self.weights, strict=True))}


def checked_weights(argument: str, weights: tuple[float, ...]) -> None:
    """Refuse weights that are negative or do not sum to 1.

    Raises:
        LawError: they do not, beyond 1e-6 of rounding.
    """
    for weight in weights:
        if isinstance(weight, bool) or not isinstance(weight, int | float) or not 0.0 <= weight < math.inf:
            raise LawError(argument, f"a weight must be a number of at least 0, got {weight!r}")
    if not weights or abs(math.fsum(weights) - 1.0) > 1e-6:
        raise LawError(argument, f"the weights must sum to 1, they sum to {math.fsum(weights):.9g}")


def _build(arguments: Mapping[str, Any]) -> Choice | Empirical:
    """Return a Choice, or for options that are numbers the Empirical law of those numbers."""
    options = arguments["options"]
    if not isinstance(options, Mapping):
        if not isinstance(options, list | tuple) or not options:
            raise LawError("options", "expected a mapping option: weight or a list of options")
        if not all(isinstance(option, str | int | float) for option in options):
            raise LawError("options", "options must be all words or all numbers")
        if len(set(options)) != len(options):
            raise LawError("options", "an option stands twice")
        options = {option: 1.0 / len(options) for option in options}
    names, weights = tuple(options), tuple(options.values())
    checked_weights("options", weights)
    if all(isinstance(name, int | float) and not isinstance(name, bool) for name in names):
        return Empirical.of(names, weights)
    if not all(isinstance(name, str) for name in names):
        raise LawError("options", "options must be all words or all numbers")
    return Choice(names, tuple(float(weight) for weight in weights))


KIND = LawKind(
    name="choice",
    doc="One of several words or numbers, each with its probability; a list means equal ones.",
    example="{choice: {clear: 0.80, rain: 0.15, fog: 0.05}}",
    arguments=(Argument("options", "options", "option: weight, or a list of equally likely options"),),
    build=_build,
    body="options",
)
