"""What a probe measured, the limit it is held against, and the verdict; declared tells raise limits."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from statistics import median
from typing import Any, Literal

__all__ = ["DOC", "NEAR_CHANCE", "Finding", "Measured", "Tells", "Word", "judged"]

Word = Literal["leak", "unsure", "chance", "told", "pass"]

DOC: dict[str, str] = {
    "P1": "single columns",
    "P2": "tree of depth 2",
    "P3": "tree of depth 3",
    "P4": "arithmetic",
    "P5": "ids and order",
    "P6": "formats",
    "P7": "entities",
    "P8": "time",
    "P9": "scale",
    "P10": "learnable",
    "P11": "counterfactual",
    "late": "known later",
}
"""Each probe in a word or two, in the order of the table."""

NEAR_CHANCE = frozenset({"P5", "P6", "P7", "P8"})
"""Probes whose limit lies so near to chance that the number of tests must be reckoned with."""

_CHANCE = 1e-3
"""Probability with which chance alone may pass one limit of the other probes for a leak."""

_FAMILY = 1e-2
"""The same for all tests of a probe near chance together (Bonferroni)."""

_DOUBT = 0.05
"""Above the limit and less probable than this by chance, but not beyond it, is worth a second look."""


@dataclass(frozen=True)
class Measured:
    """One number of one probe.

    Args:
        probe: P1 … P11 or late.
        group: "" for all rows, or which, such as "typology cycle".
        name: the column or derived feature, as tells and the table name it.
        value: what was found, of the quantity that the limit is in.
        limit: what it may be at most.
        chance: takes a limit and returns how probable such a value is by chance where the truth is the limit.
        note: what to know about it, "" for nothing.
        shares: typology -> its share of the positives of the group, for tells.
        is_whole: whether no tell can excuse it.
        parts: names of the features it is the median of; its limit is the median of theirs.
        unit: what the value is: "AUC", "AP", "recall" and so on.
        is_least: whether the limit is the least it may be, not the most.
    """

    probe: str
    group: str
    name: str
    value: float
    limit: float
    chance: Callable[[float], float] = field(repr=False, compare=False)
    note: str = ""
    shares: Mapping[str, float] = field(default_factory=dict, repr=False)
    is_whole: bool = False
    parts: tuple[str, ...] = ()
    unit: str = "AUC"
    is_least: bool = False


@dataclass(frozen=True)
class Finding:
    """A number with its verdict.

    Args:
        limit: with declared tells.
        p: probability of such a value by chance where the truth is the limit.
        verdict: "leak" above the limit beyond chance, "unsure" above it and hardly by chance, "chance" above
            it as so few positives often are, "told" passed by a declared tell alone, or "pass".
    """

    probe: str
    group: str
    name: str
    value: float
    unit: str
    limit: float
    p: float
    verdict: Word
    note: str = ""
    is_least: bool = False

    def to_data(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return asdict(self)


@dataclass(frozen=True)
class Tells:
    """What is declared to give a typology away: (typology, feature) -> the highest value it may show.

    The typology "" stands for all. "tree" is what a small tree over all columns may show: the highest of a
    typology's tells, if it declares none.
    """

    highest: Mapping[tuple[str, str], float] = field(default_factory=dict)

    def limit(self, name: str, limit: float, shares: Mapping[str, float]) -> float:
        """Return the limit of a feature for a mixture of typologies.

        An area is an average over its positives, so the limit of a mixture is that of its parts by their
        shares.

        Args:
            name: of the feature; "tree" takes the highest of all tells.
            limit: without tells.
            shares: typology -> its share of the positives; if nothing is known of them, any tell will do.
        """
        if not shares:
            return max([limit, *(high for (_, what), high in self.highest.items() if what == name)])
        limit = max(limit, self.highest.get(("", name), limit))
        return sum(share * max(limit, self._of(one, name)) for one, share in shares.items())

    def _of(self, typology: str, name: str) -> float:
        of_it = {feature: highest for (who, feature), highest in self.highest.items() if who == typology}
        if name == "tree" and typology:
            return of_it.get(name, max(of_it.values(), default=0.0))
        return of_it.get(name, 0.0)

    def with_more(self, more: Mapping[tuple[str, str], float]) -> Tells:
        """Return these tells and more, the later ones winning."""
        return Tells({**self.highest, **more})


def judged(measured: Iterable[Measured], tells: Tells) -> list[Finding]:
    """Return a finding per number, in their order."""
    all_of_them: Sequence[Measured] = list(measured)
    counts: dict[str, int] = {}
    for one in all_of_them:
        counts[one.probe] = counts.get(one.probe, 0) + 1
    return [_judged(one, tells, counts[one.probe]) for one in all_of_them]


def _judged(one: Measured, tells: Tells, tests: int) -> Finding:
    limit = one.limit
    if one.parts:
        limit = median(tells.limit(part, one.limit, one.shares) for part in one.parts)
    elif not one.is_whole:
        limit = tells.limit(one.name, one.limit, one.shares)
    is_over = one.value < limit if one.is_least else one.value > limit
    p = one.chance(limit) if is_over else 1.0
    level = _FAMILY / tests if one.probe in NEAR_CHANCE else _CHANCE
    verdict: Word = "pass"
    if is_over:
        verdict = "leak" if p < level else "unsure" if p < _DOUBT else "chance"
    elif not one.is_least and one.value > one.limit:
        verdict = "told"
    return Finding(
        one.probe, one.group, one.name, one.value, one.unit, limit, p, verdict, one.note, one.is_least
    )
