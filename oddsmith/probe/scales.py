"""P9: rates must hold at every size: campaigns belong to customers and years, not to worlds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from oddsmith.dataset import Dataset
from oddsmith.parquet_tables import count_rows
from oddsmith.probe.asking import Question
from oddsmith.probe.findings import Measured
from oddsmith.probe.positives import Positives, read_positives

__all__ = ["EXPECTED", "expected_campaigns", "other_scales"]

EXPECTED = "campaigns_expected"
"""Table with a row per typology and episode: typology, expected, realised, dropped."""

_LIMIT = 1.25
"""Ratio between two rates; 20 % either way."""

_TYPOLOGY = "typology"


def expected_campaigns(dataset: Dataset) -> Iterator[Measured]:
    """Yield how far each typology's campaigns are from what its intensity asks for; those dropped count.

    Raises:
        DatasetError: the table has not the columns it should have.
    """
    if EXPECTED not in dataset.tables:
        return
    rows = dataset.to_arrow(EXPECTED, columns=[_TYPOLOGY, "expected", "realised", "dropped"]).to_pylist()
    for name in sorted({row[_TYPOLOGY] for row in rows}):
        own = [row for row in rows if row[_TYPOLOGY] == name]
        expected = sum(float(row["expected"]) for row in own)
        found = sum(int(row["realised"]) + int(row["dropped"]) for row in own)
        dropped = sum(int(row["dropped"]) for row in own)
        note = f"{found} campaigns, expected {expected:.1f}" + (f"; {dropped} dropped" if dropped else "")
        yield Measured(
            "P9",
            f"{_TYPOLOGY} {name}",
            "campaigns",
            _apart(found + 0.5, expected + 0.5),
            _LIMIT,
            _poisson(found, expected),
            note,
            is_whole=True,
            unit="times",
        )


def other_scales(dataset: Dataset, question: Question, others: Sequence[Dataset]) -> Iterator[Measured]:
    """Yield how far the rate of campaigns per honest row is from that in runs of other sizes.

    Raises:
        DatasetError: a run has not the same tables.
    """
    own, own_rows = _campaigns(dataset, question)
    for other in others:
        count, rows = _campaigns(other, question)
        value = _apart((own + 0.5) / own_rows, (count + 0.5) / rows)
        note = f"{own} in {own_rows:,} rows; {count} in {rows:,} of {other.folder.path.name}"
        chance = _two_rates((own, own_rows), (count, rows))
        yield Measured("P9", "", "campaigns per row", value, _LIMIT, chance, note, is_whole=True, unit="times")


def _apart(one: float, other: float) -> float:
    return max(one / other, other / one)


def _poisson(found: int, expected: float) -> Callable[[float], float]:
    from scipy.special import pdtr, pdtrc

    def chance(limit: float) -> float:
        few = float(pdtr(found, expected / limit))
        many = float(pdtrc(found - 1, expected * limit)) if found else 1.0
        return min(few, many)

    return chance


def _campaigns(dataset: Dataset, question: Question) -> tuple[int, int]:
    """Return the number of campaigns (of positive rows, without rings) and of honest rows."""
    positives = read_positives(dataset, question)
    rows = sum(count_rows(file) for file in dataset.folder.files(question.table))
    return _clusters(positives, question), max(rows - positives.rows, 1)


def _clusters(positives: Positives, question: Question) -> int:
    if question.cluster is None or question.cluster not in positives.told:
        return positives.rows
    return len(positives.told[question.cluster].unique().drop_null()) if positives.rows else 0


def _two_rates(one: tuple[int, int], other: tuple[int, int]) -> Callable[[float], float]:
    """Return what tells how probable two counts are where their rates are a limit apart.

    Given their sum, the first is binomial (Przyborowski & Wilenski, 1940).
    """
    from scipy.special import bdtr, bdtrc

    (a, n), (b, m) = one, other

    def chance(limit: float) -> float:
        high, low = n * limit / (n * limit + m), n / (n + m * limit)
        many = float(bdtrc(a - 1, a + b, high)) if a else 1.0
        return float(np.minimum(many, bdtr(a, a + b, low)))

    return chance
