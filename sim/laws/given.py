"""A law that depends on the outcome of a choice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sim.errors import did_you_mean
from sim.laws.base import Argument, Law, LawError, LawKind

__all__ = ["KIND", "Given"]


@dataclass(frozen=True)
class Given:
    """One law per option of another quantity.

    It has no quantile function of its own: `case(option)` has, once the other quantity is known. That keeps a
    draw a point of the unit cube (a Rosenblatt map).

    Args:
        on: name of the quantity it depends on.
        cases: (option, law) pairs; the law may depend on a further quantity.
    """

    on: str
    cases: tuple[tuple[str, Law | Given], ...]

    def __post_init__(self) -> None:
        """Refuse a law without cases or with one option twice."""
        if not isinstance(self.on, str):
            raise LawError("given", f"expected the name of a choice, got {self.on!r}")
        if not self.cases:
            raise LawError("given", f"no case for any option of '{self.on}'")
        if len({option for option, _ in self.cases}) != len(self.cases):
            raise LawError("given", "an option stands twice")

    @property
    def options(self) -> tuple[str, ...]:
        """The options that have a law."""
        return tuple(option for option, _ in self.cases)

    def case(self, option: str) -> Law | Given:
        """Return the law for an option.

        Raises:
            LawError: it has none.
        """
        for name, law in self.cases:
            if name == option:
                return law
        near = did_you_mean(option, self.options)
        raise LawError(
            "given", f"no law for '{option}' of '{self.on}'" + (f"; did you mean '{near}'?" if near else "")
        )

    def to_data(self) -> Any:
        """Return {given: name, option: law}."""
        return {"given": self.on} | {option: law.to_data() for option, law in self.cases}


def _build(arguments: Mapping[str, Any]) -> Given:
    return Given(arguments["given"], tuple(arguments["cases"].items()))


KIND = LawKind(
    name="given",
    doc="A law for each option of a choice made elsewhere.",
    example="{given: weather, clear: dry, rain: wet, fog: {choice: {dry: 0.6, wet: 0.4}}}",
    arguments=(
        Argument("given", "word", "the name of the choice"),
        Argument("cases", "laws", "beside the name, each option with its law or value"),
    ),
    build=_build,
    body="cases",
)
