"""What the leakage gate found as people read it: a row per probe, then each leak with what to do about it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from io import StringIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.table import Table

    from oddsmith.probe import Finding, ProbeReport

__all__ = ["all_text", "probe_text"]

_WIDTH = 112
_SHOWN = 12
"""Leaks of one probe that are shown; JSON has all."""

_OTHERS = 2
_NAME_WIDTH = 37

_SEVERITY = {"leak": 0, "unsure": 1, "chance": 2, "told": 3, "pass": 4}
_COLOUR = {"leak": "bold red", "unsure": "yellow", "chance": "green", "told": "cyan", "pass": "green"}

_ADVICE = {
    "P1": "give fraud the same law as honest rows of its kind, or declare the tell with its highest AUC",
    "P2": "two columns together give fraud away: let honest rows share that corner (hard negatives)",
    "P3": "a rule of three conditions is nearly always right: let honest rows fall under it too",
    "P4": "fraud obeys an equation that honest rows do not: leave a remainder, or let honest rows do so too",
    "P5": "make ids from a hash of (entity, index), and write rows in time order alone",
    "P6": "write fraud's values the way honest rows of the same channel are written",
    "P7": "let fraud happen at entities that have honest rows too, and before it",
    "P8": "let campaigns begin at a rate per customer and year, at hours when honest people are awake too",
    "P9": "give campaigns a rate per customer or per row, not a number per world",
    "P10": "the label is close to noise for a good model: leave traces in the past of accounts and pairs",
    "P11": "draw honest noise by entity and index, so that fraud shifts nobody else's",
    "late": "drop the column: at the row's own moment nobody knows it",
}


def probe_text(report: ProbeReport, *, is_colourful: bool) -> str:
    """Return the head, the table and the leaks.

    Args:
        report: what was found.
        is_colourful: whether the text goes to a terminal.
    """
    from oddsmith.probe.findings import DOC

    rows = [_row(probe, doc, found) for probe, doc in DOC.items() if (found := report.of_probe(probe))]
    head = ("probe", "looks at", "tests", "nearest to its limit", "value", "limit", "verdict")
    table = _table(head, rows)
    return "\n".join([*_head(report), "", _printed(table, is_colourful), *_leaks(report), *_tail(report)])


def all_text(report: ProbeReport, *, is_colourful: bool) -> str:
    """Return the table of every single number."""
    head = ("probe", "of", "name", "value", "limit", "chance", "verdict", "note")
    rows = [
        (f.probe, f.group or "all", f.name, _value(f), _limit(f), f"{f.p:.1g}", f.verdict, f.note)
        for f in report.findings
    ]
    return _printed(_table(head, rows), is_colourful)


def _head(report: ProbeReport) -> Iterator[str]:
    question = report.question
    yield (
        f"{question.table} probed for {question.label_table}.{question.label}: {report.rows:,} rows,"
        f" {report.positives:,} positive ({100.0 * report.base:.3g} % of the population)"
    )
    if report.looked_at < report.rows:
        yield f"looked at {report.looked_at:,} rows, each weighed by what it stands for"


def _row(probe: str, doc: str, found: Sequence[Finding]) -> tuple[str, ...]:
    worst = min(found, key=lambda one: (_SEVERITY[one.verdict], -_closeness(one)))
    name = f"{worst.name} ({worst.group})" if worst.group else worst.name
    name = name if len(name) <= _NAME_WIDTH else f"{name[: _NAME_WIDTH - 1]}…"
    return probe, doc, f"{len(found)}", name, _value(worst), _limit(worst), worst.verdict


def _closeness(one: Finding) -> float:
    """Return how near a number is to its limit, from its harmless side; more than 1 is beyond."""
    if one.is_least:
        return one.limit / max(one.value, 1e-12)
    floor = 0.5 if one.unit == "AUC" else 0.0
    return (one.value - floor) / max(one.limit - floor, 1e-12)


def _value(one: Finding) -> str:
    return f"{one.unit} {one.value:.3f}"


def _limit(one: Finding) -> str:
    return f"{'≥' if one.is_least else '≤'} {one.limit:.3g}"


def _leaks(report: ProbeReport) -> Iterator[str]:
    """Yield the leaks of each probe, the worst first, and what to do."""
    for probe in dict.fromkeys(one.probe for one in report.leaks):
        by_name: dict[str, list[Finding]] = {}
        for one in report.of_probe(probe):
            if one.verdict == "leak":
                by_name.setdefault(one.name, []).append(one)
        yield f"{probe} leaks:"
        ordered = sorted(by_name.values(), key=lambda found: max(map(_closeness, found)), reverse=True)
        for found in ordered[:_SHOWN]:
            yield f"  {_leak(found)}"
        if len(ordered) > _SHOWN:
            yield f"  and {len(ordered) - _SHOWN} more (--all)"
        yield f"  try: {_ADVICE[probe]}"
        yield ""


def _leak(found: Sequence[Finding]) -> str:
    """Return one leaking feature: the worst of its groups, and which others leak too."""
    worst = max(found, key=_closeness)
    of = f" of {worst.group}" if worst.group else ""
    others = [one.group or "all rows" for one in found if one is not worst]
    also = f"; also {', '.join(others[:_OTHERS])}" if others else ""
    also += " …" if len(others) > _OTHERS else ""
    note = f" ({worst.note})" if worst.note else ""
    return f"{worst.name}{of}: {_value(worst)}, limit {_limit(worst)}{note}{also}"


def _tail(report: ProbeReport) -> Iterator[str]:
    unsure = [one for one in report.findings if one.verdict == "unsure"]
    if unsure:
        names = ", ".join(dict.fromkeys(f"{one.probe} {one.name}" for one in unsure))
        yield f"unsure, above a limit but not beyond chance for so few positives: {names}"
    for note in report.notes:
        yield f"note: {note}"
    leaks = len(report.leaks)
    yield (
        "passed: nothing gives the label away" if not leaks else f"failed: {leaks} numbers beyond their limits"
    )


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for name in head:
        is_number = name in ("tests", "value", "limit", "chance")
        table.add_column(name, justify="right" if is_number else "left", no_wrap=name != "note")
    for row in rows:
        table.add_row(*(Text(cell, style=_COLOUR.get(cell, "")) for cell in row))
    return table


def _printed(table: Table, is_colourful: bool) -> str:
    from rich.console import Console

    out = StringIO()
    console = Console(
        file=out, width=_WIDTH, force_terminal=is_colourful, no_color=not is_colourful, highlight=False
    )
    console.print(table)
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"
