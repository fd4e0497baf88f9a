"""Who pays whom in a ring: accounts from left to right in the order the money reaches them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from oddsmith.pictures.crimes import CASH, Crime, Payment, payments_of
from oddsmith.pictures.figures import CRIME, INK, PALETTE, duration, figure_of, money, save

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

__all__ = ["Diagram", "diagram_of", "draw_rings", "varied"]

_OUTSIDE, _SHOP, _HERE = "outside", "merchant", "customer, got nothing"
_FILL = {_HERE: "#c6ccd3", _OUTSIDE: "white", _SHOP: "#dfe3e8", CASH: "#b7d7b0"}
_SQUARE = (_SHOP, CASH)
_SUSPECTED = " \N{BLACK UP-POINTING TRIANGLE}"
_LABEL_AT = 0.42
"""Where on an arrow its amount stands: not in the middle, where arrows cross."""

_ROUND, _OFF = 1.6, 0.2
"""How far payments back go round the others, and how far from the middle of an account they end [rows]."""

_MOST_ABREAST = 14
"""Accounts of one column that are drawn; of larger rings the rest is counted."""


@dataclass
class Arrow:
    """All payments from one to another.

    Args:
        first: number of the first of them within the ring.
        amount: all together, refused ones too if all are.
        detected: those that the bank took for fraud, then or later.
    """

    first: int
    count: int = 0
    amount: float = 0.0
    refused: int = 0
    detected: int = 0


@dataclass
class Diagram:
    """A ring as it is drawn.

    Args:
        column: who -> how many steps the money takes to get there.
        part: who -> role, `merchant`, `outside`, `cash`, or a customer on whose account nothing arrived.
        arrows: (from, to) -> payments.
        span: from the first to the last payment [s].
    """

    column: dict[str, int] = field(default_factory=dict)
    part: dict[str, str] = field(default_factory=dict)
    arrows: dict[tuple[str, str], Arrow] = field(default_factory=dict)
    span: float = 0.0


def diagram_of(crime: Crime) -> Diagram:
    """Return who stands where and who pays whom."""
    made, payments = Diagram(), list(payments_of(crime.entries))
    roles = {row["account_id"]: row["role"] for row in reversed(crime.entries)}
    for number, one in enumerate(payments, start=1):
        column = made.column
        if one.source not in column:
            column[one.source] = column[one.target] - 1 if one.target in column else 0
        column.setdefault(one.target, column[one.source] + 1)
        for who in (one.source, one.target):
            made.part.setdefault(who, roles.get(who) or _part(who, one, crime))
        arrow = made.arrows.setdefault((one.source, one.target), Arrow(number))
        arrow.count += 1
        arrow.refused += one.is_refused
        arrow.amount += 0.0 if one.is_refused else one.amount
        arrow.detected += one.is_detected
    made.span = payments[-1].t - payments[0].t
    return made


def _part(who: str, payment: Payment, crime: Crime) -> str:
    """Return what somebody is on whose account the crime left no entry."""
    if who == CASH:
        return CASH
    return _SHOP if payment.is_shop else _HERE if who in crime.here else _OUTSIDE


def varied(crimes: Sequence[Crime], count: int) -> list[Crime]:
    """Return up to `count` crimes, of as many kinds as there are, the largest of each kind first."""
    seen: dict[str, int] = {}
    turns = []
    for crime in crimes:
        kind = crime.ring["typology"]
        turns.append((seen.setdefault(kind, 0), crime))
        seen[kind] += 1
    return [crime for _, crime in sorted(turns, key=lambda turn: turn[0])[:count]]


def draw_rings(crimes: Sequence[Crime], file: Path, *, heading: str, currency: str) -> Path:
    """Draw a panel per crime as PNG; return the file."""
    diagrams = [diagram_of(crime) for crime in crimes]
    heights = [0.75 + 0.42 * (_abreast(one) + _goes_back(one)) for one in diagrams]
    figure = figure_of(9.5, 0.9 + sum(heights))
    grid = figure.add_gridspec(len(diagrams), 1, height_ratios=heights)
    parts = list(dict.fromkeys(part for one in diagrams for part in one.part.values()))
    colours = _colours(parts)
    for k, (crime, diagram) in enumerate(zip(crimes, diagrams, strict=True)):
        _panel(figure.add_subplot(grid[k, 0]), crime, diagram, colours, currency)
    figure.suptitle(heading, fontsize=12, color=INK)
    handles = _handles(colours)
    if any(arrow.detected for one in diagrams for arrow in one.arrows.values()):
        handles.append(_detection())
    figure.legend(handles=handles, loc="outside lower center", ncols=8, fontsize=8, frameon=False)
    return save(figure, file)


def _abreast(diagram: Diagram) -> int:
    columns = list(diagram.column.values())
    return min(_MOST_ABREAST, max(columns.count(one) for one in columns))


def _goes_back(diagram: Diagram) -> bool:
    return any(diagram.column[target] <= diagram.column[source] for source, target in diagram.arrows)


def _colours(parts: Sequence[str]) -> dict[str, str]:
    own = [part for part in parts if part not in _FILL]
    colours = {part: PALETTE[k % len(PALETTE)] for k, part in enumerate(own)}
    return colours | {part: fill for part, fill in _FILL.items() if part in parts}


def _handles(colours: dict[str, str]) -> list[Artist]:
    from matplotlib.lines import Line2D

    return [
        Line2D(
            [], [], marker="s" if part in _SQUARE else "o", linestyle="", markersize=8, color=colour,
            markeredgecolor=INK, label=part,
        )
        for part, colour in colours.items()
    ]  # fmt: skip


def _detection() -> Artist:
    from matplotlib.lines import Line2D

    return Line2D(
        [], [], marker="^", linestyle="", color=INK, markersize=5, label="taken for fraud, then or later"
    )


def _panel(axes: Axes, crime: Crime, diagram: Diagram, colours: dict[str, str], currency: str) -> None:
    place = _places(diagram)
    for (source, target), arrow in diagram.arrows.items():
        if source in place and target in place:
            _draw_arrow(axes, place[source], place[target], arrow)
    for who, (x, y) in place.items():
        part = diagram.part[who]
        axes.plot(
            x, y, "s" if part in _SQUARE else "o", markersize=11, color=colours[part], markeredgecolor=INK,
            markeredgewidth=0.8, zorder=4,
        )  # fmt: skip
    payments = sum(arrow.count for arrow in diagram.arrows.values())
    hidden = len(diagram.part) - len(place)
    more = f", {hidden} accounts not drawn" if hidden else ""
    axes.set_title(
        f"{crime.name}: {money(crime.ring['moved'])} {currency} in {payments} payments over"
        f" {duration(diagram.span)}, weight {crime.ring['ring_weight']:.3g}{more}",
        fontsize=9, color=INK, loc="left",
    )  # fmt: skip
    last = max(diagram.column.values()) - min(diagram.column.values())
    axes.set_xlim(-0.25, max(last, 1) + 0.25)
    half = 0.5 * _abreast(diagram) + 0.2
    axes.set_ylim(-half, half + (_ROUND / 2 if _goes_back(diagram) else 0.0))
    axes.set_axis_off()


def _places(diagram: Diagram) -> dict[str, tuple[float, float]]:
    """Return where each stands: columns from left to right, in each from top to bottom as they come up."""
    least = min(diagram.column.values())
    columns: dict[int, list[str]] = {}
    for who, column in diagram.column.items():
        columns.setdefault(column - least, []).append(who)
    places = {}
    for column, people in columns.items():
        shown = people[:_MOST_ABREAST]
        for k, who in enumerate(shown):
            places[who] = (float(column), (len(shown) - 1) / 2 - k)
    return places


def _draw_arrow(axes: Axes, start: tuple[float, float], end: tuple[float, float], arrow: Arrow) -> None:
    """Draw the payments from one to another; back and within a column they go round the others."""
    from matplotlib.patches import FancyArrowPatch
    from matplotlib.path import Path as Curve

    is_refused = arrow.refused == arrow.count
    ink = CRIME if is_refused else INK
    style: dict[str, Any] = {"arrowstyle": "-|>", "mutation_scale": 10.0, "color": ink, "linewidth": 0.9}
    if end[0] > start[0]:
        drawn = FancyArrowPatch(start, end, shrinkA=8, shrinkB=8, **style)
        x, y = (a + _LABEL_AT * (b - a) for a, b in zip(start, end, strict=True))
    else:
        top = max(start[1], end[1]) + _ROUND
        x, y = (start[0] + end[0]) / 2, (start[1] + end[1]) / 4 + top / 2 + _OFF
        points = [(start[0], start[1] + _OFF), ((start[0] + end[0]) / 2, top + _OFF), (end[0], end[1] + _OFF)]
        drawn = FancyArrowPatch(path=Curve(points, [Curve.MOVETO, Curve.CURVE3, Curve.CURVE3]), **style)
    drawn.set_linestyle((0, (3, 2)) if is_refused else "solid")
    axes.add_patch(drawn)
    several = arrow.count > 1
    text = f"{money(arrow.amount)} in {arrow.count}" if several else money(arrow.amount)
    if is_refused:
        text = f"{arrow.count} refused" if several else "refused"
    known = _SUSPECTED if arrow.detected else ""
    axes.text(
        x, y, f"{arrow.first}.  {text}{known}", fontsize=6.5, color=ink, ha="center", va="center",
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6}, zorder=3,
    )  # fmt: skip
