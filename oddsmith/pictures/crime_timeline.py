"""One campaign over time: every ring from its beginning, entry by entry, and how the money adds up."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from oddsmith.pictures.crimes import Crime, is_moment, payments_of, sent
from oddsmith.pictures.figures import CRIME, HONEST, INK, PALETTE, bare, duration, figure_of, save

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["draw_timeline", "largest_campaign"]

_DAY = 86_400.0
_MOST_RINGS = 30
_LEAST = 60.0
"""Earliest moment since a ring began that can be told apart [s]."""

_TICKS = (60.0, 600.0, 3600.0, 6 * 3600.0, _DAY, 3 * _DAY, 10 * _DAY, 30 * _DAY, 100 * _DAY)
_KNOWN = (("t_detected", "v", -0.27, "detected"), ("t_reported", "^", 0.27, "reported"))
"""Columns of labels that say when a crime became known, how that is marked, how far below the line [rows], and
what it is called. Both are often at one moment."""


def largest_campaign(crimes: Sequence[Crime]) -> tuple[str, list[Crime]]:
    """Return the campaign with most rings, of several that with most entries; its rings as they began."""
    size: dict[str, tuple[int, int]] = {}
    for crime in crimes:
        rings, entries = size.get(crime.ring["campaign"], (0, 0))
        size[crime.ring["campaign"]] = (rings + 1, entries + len(crime.entries))
    name = max(sorted(size), key=lambda one: size[one])
    own = [crime for crime in crimes if crime.ring["campaign"] == name]
    return name, sorted(own, key=lambda crime: crime.ring["began"])


def draw_timeline(crimes: Sequence[Crime], file: Path, *, heading: str, currency: str, days: float) -> Path:
    """Draw the crimes of one campaign as PNG; return the file.

    Args:
        crimes: in the order they began; of more than thirty the first are drawn.
        file: where it goes.
        heading: what it is of.
        currency: of amounts.
        days: length of the episode.
    """
    shown = crimes[:_MOST_RINGS]
    figure = figure_of(9.5, 3.4 + 0.26 * len(shown))
    grid = figure.add_gridspec(2, 1, height_ratios=(1.0 + 0.26 * len(shown), 1.5))
    _lines(figure.add_subplot(grid[0, 0]), shown)
    _sums(figure.add_subplot(grid[1, 0]), crimes, currency, days)
    more = f"; the first {len(shown)} of {len(crimes)} rings" if len(shown) < len(crimes) else ""
    figure.suptitle(heading + more, fontsize=12, color=INK)
    return save(figure, file)


def _lines(axes: Axes, crimes: Sequence[Crime]) -> None:
    """Draw a line per ring, over the time since it began, and a dot of the amount's size per payment."""
    roles = list(dict.fromkeys(row["role"] for crime in crimes for row in sent(crime.entries)))
    colour = {role: PALETTE[k % len(PALETTE)] for k, role in enumerate(roles)}
    for k, crime in enumerate(crimes):
        rows, began = sent(crime.entries), crime.ring["began"]
        t = np.maximum([row["t"] - began for row in rows], _LEAST)
        sizes = [8.0 + 2.2 * abs(row["amount"]) ** 0.4 for row in rows]
        ink = [colour[row["role"]] for row in rows]
        fill = ["white" if row.get("status") == "declined" else colour[row["role"]] for row in rows]
        axes.plot([_LEAST, t.max()], [k, k], color=HONEST, linewidth=0.8, zorder=1)
        axes.scatter(t, np.full(len(t), k), s=sizes, c=fill, edgecolors=ink, linewidths=0.9, zorder=3)
        for column, marker, off, _ in _KNOWN:
            known = [row[column] - began for row in crime.entries if is_moment(row.get(column))]
            axes.plot(known, [k + off] * len(known), marker, color=INK, markersize=4, linestyle="", zorder=4)
    names = [f"{crime.ring['ring_id'][:6]}, day {crime.ring['began'] / _DAY:.1f}" for crime in crimes]
    axes.set_yticks(range(len(crimes)), names, fontsize=7)
    axes.set_xscale("log")
    axes.set_xlim(_LEAST * 0.8, None)
    ticks = [tick for tick in _TICKS if axes.get_xlim()[0] <= tick <= axes.get_xlim()[1]]
    axes.set_xticks(ticks, [duration(tick) for tick in ticks])
    axes.minorticks_off()
    axes.set_xlabel("since the ring began", fontsize=8, color=INK)
    axes.set_ylim(len(crimes) - 0.4, -0.6)
    axes.spines["left"].set_visible(False)
    bare(axes)
    axes.tick_params(axis="y", length=0)
    rows = [row for crime in crimes for row in crime.entries]
    _legend(axes, colour, [column for column, *_ in _KNOWN if any(is_moment(row.get(column)) for row in rows)])


def _legend(axes: Axes, colour: dict[str, str], known: Sequence[str]) -> None:
    from matplotlib.lines import Line2D

    handles = [
        Line2D([], [], marker="o", linestyle="", color=ink, markersize=6, label=role)
        for role, ink in colour.items()
    ]
    handles.append(
        Line2D([], [], marker="o", linestyle="", color="white", markeredgecolor=INK, label="refused")
    )
    for column, marker, _, label in _KNOWN:
        if column in known:
            handles.append(Line2D([], [], marker=marker, linestyle="", color=INK, markersize=5, label=label))
    axes.legend(
        handles=handles, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=8, fontsize=8, frameon=False
    )


def _sums(axes: Axes, crimes: Sequence[Crime], currency: str, days: float) -> None:
    """Draw the money that has moved by each moment."""
    paid = sorted(
        (one.t / _DAY, one.amount)
        for crime in crimes
        for one in payments_of(crime.entries)
        if not one.is_refused
    )
    t = np.array([0.0, *(moment for moment, _ in paid), days])
    total = np.cumsum([0.0, *(amount for _, amount in paid)])
    axes.step(t, [*total, total[-1]], where="post", color=CRIME, linewidth=1.4)
    for crime in crimes:
        axes.axvline(crime.ring["began"] / _DAY, 0.0, 0.06, color=INK, linewidth=0.8)
    axes.set_xlim(0.0, days)
    axes.set_ylim(bottom=0.0)
    axes.set_ylabel(f"moved so far [{currency}]", fontsize=8, color=INK)
    axes.set_xlabel("day of the episode, with a mark where a ring began", fontsize=8, color=INK)
    axes.yaxis.set_major_formatter("{x:,.0f}")
    axes.grid(axis="y", color="#e5e8eb", linewidth=0.6)
    bare(axes)
