"""A quantity that is always the same: a number, a word, or true and false."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sim.laws.base import Argument, LawError, LawKind
from sim.laws.elementary import SCALARS, where
from sim.lazy import np

__all__ = ["KIND", "Constant"]


@dataclass(frozen=True)
class Constant:
    """All probability on one value."""

    value: float | str | bool

    def __post_init__(self) -> None:
        """Refuse what is neither a finite number nor a word."""
        if not isinstance(self.value, str | bool) and not (
            isinstance(self.value, int | float) and math.isfinite(self.value)
        ):
            raise LawError("value", f"expected a finite number or a word, got {self.value!r}")

    @property
    def is_numeric(self) -> bool:
        """Whether the value is a number."""
        return not isinstance(self.value, str)

    @property
    def is_discrete(self) -> bool:
        """True: all probability sits on one value."""
        return True

    @property
    def mean(self) -> float:
        """The value; NaN for a word."""
        return math.nan if isinstance(self.value, str) else float(self.value)

    @property
    def variance(self) -> float:
        """0; NaN for a word."""
        return 0.0 if self.is_numeric else math.nan

    @property
    def low(self) -> float:
        """The value; NaN for a word."""
        return self.mean

    @property
    def high(self) -> float:
        """The value; NaN for a word."""
        return self.mean

    def ppf(self, u: Any) -> Any:
        """Return the value, whatever u."""
        return self.value if isinstance(u, SCALARS) else np.full(u.shape, self.value)

    def isf(self, q: Any) -> Any:
        """Return the value, whatever q."""
        return self.ppf(q)

    def cdf(self, x: Any) -> Any:
        """Return 1 from the value on; for a word, 1 where x is it."""
        return where(x >= self.value if self.is_numeric else x == self.value, 1.0, 0.0)

    def sf(self, x: Any) -> Any:
        """Return 1 below the value."""
        return 1.0 - self.cdf(x)

    def below(self, x: Any) -> Any:
        """Return 1 above the value."""
        return where(x > self.value, 1.0, 0.0)

    def reach(self, x: Any) -> Any:
        """Return 1 up to the value."""
        return 1.0 - self.below(x)

    def next_atom(self, x: float) -> float:
        """Return the value if it is above x, else inf."""
        return self.low if x < self.low else math.inf

    def last_atom(self, x: float) -> float:
        """Return the value unless it is above x, else -inf."""
        return self.low if x >= self.low else -math.inf

    def log_prob(self, x: Any) -> Any:
        """Return 0 at the value, -inf elsewhere."""
        return where(x == self.value, 0.0, -math.inf)

    def to_data(self) -> float | str | bool:
        """Return the bare value."""
        return self.value


def _build(arguments: Mapping[str, Any]) -> Constant:
    return Constant(arguments["value"])


KIND = LawKind(
    name="constant",
    doc="Always the same; a bare value means the same.",
    example="{constant: 5 m}",
    arguments=(Argument("value", "value", "the value"),),
    build=_build,
)
