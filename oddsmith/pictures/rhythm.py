"""When customers pay and how much, crimes beside it, and the preset's sources where they have numbers."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from oddsmith.pictures.figures import CRIME, HONEST, INK, bare, figure_of, save
from oddsmith.pictures.references import QUANTILES, Reference

if TYPE_CHECKING:
    import pyarrow as pa
    from matplotlib.axes import Axes

__all__ = ["Rhythm", "draw_rhythm", "quantiles_of"]

_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_STEPS = 12
"""Bins of an amount per power of ten."""

_DECADES = 8
_OPERATIONS = ("card payments", "cash out", "cash in", "transfers out", "transfers in")
_CASH = ("cash",)
_PHONE = "mobile_money"
_CARDS = ("card_present", "card_not_present", _PHONE)
_MONTH = 365.25 / 12
_FEW = 8
"""Amounts below which an operation has no quantiles worth drawing."""

_FEW_MOMENTS = 30
"""Entries of crimes below which their hours and days are chance, and not drawn."""


def _zeros(*shape: int) -> NDArray[np.int64]:
    return np.zeros(shape, np.int64)


@dataclass
class Rhythm:
    """Counts of entries; index 0 of the first axis is honest, 1 is crime.

    Args:
        zone: time zone of the bank's calendar.
        hours: (2, 24) payments that people and machines of shops make, not what falls due by itself.
        weekdays: (2, 7) Monday to Sunday.
        month_days: (2, 31).
        amounts: operation -> (bins,) of log10 of the amount.
        sums: operation -> sum of the amounts.
        crimes: (bins,) of the amounts of crimes, whatever they are.
        entries: accepted ones.
        paid: those of them that are payments.
        by_phone: whether some of them went by mobile money.
        last: moment of the last of all [s].
    """

    zone: str
    hours: NDArray[np.int64] = field(default_factory=lambda: _zeros(2, 24))
    weekdays: NDArray[np.int64] = field(default_factory=lambda: _zeros(2, 7))
    month_days: NDArray[np.int64] = field(default_factory=lambda: _zeros(2, 31))
    amounts: dict[str, NDArray[np.int64]] = field(default_factory=dict)
    sums: dict[str, float] = field(default_factory=dict)
    crimes: NDArray[np.int64] = field(default_factory=lambda: _zeros(_STEPS * _DECADES))
    entries: int = 0
    paid: int = 0
    by_phone: bool = False
    last: float = 0.0

    def add(self, entries: pa.RecordBatch, is_fraud: NDArray[np.bool_]) -> None:
        """Count entries: their moments, channels, amounts, and whether a crime made them."""
        import pyarrow as pa
        import pyarrow.compute as pc

        kept = np.ones(entries.num_rows, np.bool_)
        if "status" in entries.schema.names:
            status = entries["status"].cast(pa.string())
            kept = np.asarray(pc.equal(status, "accepted").to_numpy(zero_copy_only=False), np.bool_)
        local = entries["time"].cast(pa.timestamp("ms", self.zone))
        crime = is_fraud.astype(np.int64)
        for counts, at in (
            (self.weekdays, pc.day_of_week(local)),
            (self.month_days, pc.subtract(pc.day(local), 1)),
        ):
            np.add.at(counts, (crime[kept], at.to_numpy()[kept]), 1)
        channel = np.asarray(entries["channel"].cast(pa.string()).to_numpy(zero_copy_only=False), np.str_)
        amounts = entries["amount"].to_numpy()
        of_people = kept & np.isin(channel, (*_CARDS, *_CASH, "instant"))
        np.add.at(self.hours, (crime[of_people], pc.hour(local).to_numpy()[of_people]), 1)
        self.last = max(self.last, float(entries["t"].to_numpy().max()))
        self.entries += int(kept.sum())
        self.paid += int((kept & (amounts < 0)).sum())
        kind = np.full(len(amounts), "")
        if "type" in entries.schema.names:
            kind = np.asarray(entries["type"].cast(pa.string()).to_numpy(zero_copy_only=False), np.str_)
        self.by_phone |= bool((channel == _PHONE).any())
        self._add_amounts(amounts, channel, kind, kept, is_fraud)

    def _add_amounts(
        self,
        amounts: NDArray[np.float64],
        channel: NDArray[np.str_],
        kind: NDArray[np.str_],
        kept: NDArray[np.bool_],
        is_fraud: NDArray[np.bool_],
    ) -> None:
        size = np.maximum(np.abs(amounts), 0.01)
        bins = np.clip(np.floor((np.log10(size) + 2.0) * _STEPS), 0, _STEPS * _DECADES - 1).astype(np.int64)
        # By telephone people do all of it, and only the type of an entry says what.
        is_out, by_phone = amounts < 0, channel == _PHONE
        is_cash = np.isin(channel, _CASH) | (by_phone & np.isin(kind, ("withdrawal", "deposit")))
        is_transfer = np.isin(channel, ("transfer", "instant")) | (by_phone & (kind == "credit_transfer"))
        is_card = np.isin(channel, _CARDS) & ~is_cash & ~is_transfer
        places = (
            is_card & is_out,
            is_cash & is_out,
            is_cash & ~is_out,
            is_transfer & is_out,
            is_transfer & ~is_out,
        )
        for name, is_here in zip(_OPERATIONS, places, strict=True):
            counts = self.amounts.setdefault(name, np.zeros_like(self.crimes))
            of_it = kept & is_here & ~is_fraud
            np.add.at(counts, bins[of_it], 1)
            self.sums[name] = self.sums.get(name, 0.0) + float(size[of_it].sum())
        np.add.at(self.crimes, bins[kept & is_fraud & is_out], 1)


def draw_rhythm(
    rhythm: Rhythm,
    file: Path,
    *,
    heading: str,
    currency: str,
    customers: int,
    days: float,
    known: Reference | None,
) -> Path:
    """Draw hours, weekdays, days of the month and amounts as PNG; return the file."""
    figure = figure_of(9.5, 7.4)
    grid = figure.add_gridspec(3, 2, height_ratios=(1.0, 1.0, 1.7))
    hours = figure.add_subplot(grid[0, 0])
    _bars(hours, rhythm.hours, "hour of the day (cards, cash, instant payments)", [str(k) for k in range(24)])
    weekdays = figure.add_subplot(grid[0, 1])
    _bars(weekdays, rhythm.weekdays, "weekday", list(_WEEKDAYS))
    months = figure.add_subplot(grid[1, :])
    _bars(months, rhythm.month_days, "day of the month", [str(k) for k in range(1, 32)])
    if known is not None:
        weekdays.plot(
            range(len(known.weekdays)), known.weekdays, "_", color=INK, markersize=16, markeredgewidth=2
        )
        at = [day - 1 for day in known.month_days]
        months.plot(at, list(known.month_days.values()), "_", color=INK, markersize=9, markeredgewidth=2)
    _amounts(figure.add_subplot(grid[2, :]), rhythm, currency, known)
    each = rhythm.paid / max(customers, 1) / max(days / _MONTH, 1e-9)
    told = f"{rhythm.entries:,} entries; {each:.3g} payments of a customer a month"
    if known is not None:
        told += f" ({known.payments})"
    figure.suptitle(f"{heading}\n{told}", fontsize=10, color=INK)
    _legend(figure, known)
    return save(figure, file)


def _bars(axes: Axes, counts: NDArray[np.int64], title: str, names: list[str]) -> None:
    """Draw shares: honest entries as bars, crimes as a line."""
    honest, crime = (row / max(row.sum(), 1) for row in counts)
    axes.bar(range(len(names)), honest, 0.82, color=HONEST)
    if counts[1].sum() >= _FEW_MOMENTS:
        axes.step(range(len(names)), crime, where="mid", color=CRIME, linewidth=1.3)
    step = 1 if len(names) < 10 else 3
    axes.set_xticks(range(0, len(names), step), names[::step])
    axes.set_title(title, fontsize=9, color=INK, loc="left")
    axes.yaxis.set_major_formatter(lambda share, _: f"{100 * share:g} %")
    bare(axes)


def _amounts(axes: Axes, rhythm: Rhythm, currency: str, known: Reference | None) -> None:
    """Draw a box of quantiles per operation, 5 to 95 % and the middle half, and those of the source above."""
    rows = [(name, rhythm.amounts.get(name)) for name in _OPERATIONS] + [("crimes, out", rhythm.crimes)]
    shown = [(name, counts) for name, counts in rows if counts is not None and counts.sum() >= _FEW]
    for k, (name, counts) in enumerate(shown):
        q05, q25, q50, q75, q95 = quantiles_of(counts)
        colour = CRIME if name.startswith("crimes") else HONEST
        axes.plot([q05, q95], [k, k], color=colour, linewidth=1.6)
        axes.plot([q25, q75], [k, k], color=colour, linewidth=11, solid_capstyle="butt")
        axes.plot([q50, q50], [k - 0.3, k + 0.3], color="white", linewidth=2)
        if known is not None and name in known.amounts:
            axes.plot(
                known.amounts[name], [k] * len(QUANTILES), "|", color=INK, markersize=15, markeredgewidth=1.8
            )
        if known is not None and name in known.means:
            mean = rhythm.sums[name] / counts.sum()
            axes.plot([mean], [k], "D", color="white", markersize=5, markeredgecolor=INK, zorder=5)
            axes.plot([known.means[name]], [k], "D", color=INK, markersize=5, zorder=5)
    axes.set_xscale("log")
    told = {"card payments": "paid by card or phone"} if rhythm.by_phone else {}
    axes.set_yticks(range(len(shown)), [f"{told.get(name, name)} ({counts.sum():,})" for name, counts in shown])
    axes.set_ylim(len(shown) - 0.4, -0.6)
    axes.set_title(f"amounts [{currency}]: 5 to 95 %, middle half, median", fontsize=9, color=INK, loc="left")
    axes.xaxis.set_major_formatter(lambda amount, _: f"{amount:,.0f}" if amount >= 1 else f"{amount:g}")
    axes.grid(axis="x", color="#e5e8eb", linewidth=0.6)
    axes.set_axisbelow(True)
    bare(axes)
    axes.tick_params(axis="y", length=0)


def quantiles_of(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return amounts at `QUANTILES`, within bins as if their logarithms were even.

    Args:
        counts: (bins,) of amounts, as `Rhythm` has them.
    """
    total = np.concatenate(([0.0], np.cumsum(counts) / counts.sum()))
    edges = np.arange(len(total)) / _STEPS - 2.0
    rises = np.diff(total) > 0.0
    ends = np.concatenate((rises, [False])) | np.concatenate(([False], rises))  # of bins that hold something
    return np.asarray(10.0 ** np.interp(QUANTILES, total[ends], edges[ends]), np.float64)


def _legend(figure: Any, known: Reference | None) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    handles: list[Any] = [
        Patch(color=HONEST, label="honest entries"),
        Line2D([], [], color=CRIME, label="entries that crimes made"),
    ]
    if known is not None and known.is_drawn:
        theirs = Line2D([], [], color=INK, linestyle="", markeredgewidth=1.8, label=known.source)
        theirs.set_marker("D" if known.means else "|")
        theirs.set_markersize(5 if known.means else 10)
        handles.append(theirs)
    if known is not None and known.means:
        here = Line2D([], [], marker="D", color="white", markeredgecolor=INK, linestyle="", markersize=5)
        here.set_label("the same here")
        handles.append(here)
    figure.legend(handles=handles, loc="outside lower center", ncols=4, fontsize=8, frameon=False)
