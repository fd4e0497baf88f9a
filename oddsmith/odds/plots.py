"""Pictures of the odds: where events lie in parameter space, what they weigh, how levels were climbed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from oddsmith.odds.columns import CallColumns
from oddsmith.odds.reports import EventOdds, OddsReport
from oddsmith.odds.shifts import Shift, shifts_of
from sim.weights import effective_size

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["draw_odds"]

_POPULATION, _EVENTS, _INK = "#9aa5b1", "#d1495b", "#2b2d42"
_BINS = 40
_POINTS = 3000
"""Points of a cloud: more only cover each other."""

_PANELS, _LEAST_PANELS = 4, 2
_DPI = 130


def draw_odds(
    report: OddsReport,
    columns: CallColumns,
    parameters: Mapping[str, NDArray[Any]],
    out: Path,
    *,
    units: Mapping[str, str],
) -> list[Path]:
    """Draw what there is to draw of every event as PNG; return the files.

    Args:
        report: the odds.
        columns: all calls.
        parameters: parameter -> (n,) its values in the calls.
        out: folder for the files, made if need be.
        units: parameter -> SI unit.
    """
    out.mkdir(parents=True, exist_ok=True)
    written = []
    for odds in report.events:
        if odds.estimate.rate is None:  # nothing was found, or it speaks of what is boosted
            continue
        shifts = shifts_of(columns, parameters, odds.event)
        shown = [one for k, one in enumerate(shifts) if k < _LEAST_PANELS or one.is_clear][:_PANELS]
        if shown:
            written.append(_saved(_where(odds, shown, units), out / f"{odds.event}_where.png"))
        if odds.estimate.hits and odds.estimate.spread in ("calls", "groups"):
            written.append(_saved(_weights(odds, columns.arm("main")), out / f"{odds.event}_weights.png"))
    if report.hunt.get("levels") and report.hunt.get("fractions"):
        written.append(_saved(_levels(report), out / "levels.png"))
    return written


def _figure(width: float, height: float) -> Figure:
    """Return an empty figure that no window knows of."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def _saved(figure: Figure, file: Path) -> Path:
    figure.savefig(file, dpi=_DPI, metadata={"Software": None})
    return file


def _bare(axes: Axes) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=8, colors=_INK)


# -- where events lie --------------------------------------------------------------------------------------


def _where(odds: EventOdds, shifts: Sequence[Shift], units: Mapping[str, str]) -> Figure:
    """Return a panel per shifted parameter, and a cloud of the two most shifted numbers."""
    from matplotlib.patches import Patch

    numbers = [one for one in shifts if one.is_numeric][:2]
    has_cloud = len(numbers) == 2
    figure = _figure(9.5, 5.6 if has_cloud else 2.9)
    grid = figure.add_gridspec(
        2 if has_cloud else 1, len(shifts), height_ratios=(1.0, 1.3) if has_cloud else None
    )
    for k, one in enumerate(shifts):
        _panel(figure.add_subplot(grid[0, k]), one, units.get(one.name, ""))
    if has_cloud:
        _cloud(figure.add_subplot(grid[1, :]), numbers, units)
    often = _frequency(odds.estimate.rate or 1.0)
    figure.suptitle(f"Where {odds.event} happens: {often}", fontsize=12, color=_INK)
    handles = [
        Patch(color=_POPULATION, label="all episodes, as they are"),
        Patch(color=_EVENTS, label=f"episodes with {odds.event}"),
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=2, fontsize=8, frameon=False)
    return figure


def _frequency(rate: float) -> str:
    if rate > 0.1:
        return f"{100.0 * rate:.0f} % of all episodes"
    return f"one episode in {float(f'{1.0 / rate:.3g}'):,.0f}"


def _panel(axes: Axes, one: Shift, unit: str) -> None:
    """Draw one parameter's law in the population and given the event."""
    if one.is_numeric:
        for weights, colour in ((one.population, _POPULATION), (one.events, _EVENTS)):
            low, high = _ends(one, of_events=weights is one.events)
            edges = np.linspace(low, high, _bins(weights) + 1)
            heights, _ = np.histogram(one.values, edges, weights=weights, density=True)
            axes.stairs(heights, edges, color=colour, fill=True, alpha=0.45)
            axes.stairs(heights, edges, color=colour, linewidth=1.2)
        natural, given = one.quantile(0.5), one.quantile(0.5, of_events=True)
        axes.set_xlabel(f"median {natural:.3g} → {given:.3g} {unit}".rstrip(), fontsize=8, color=_INK)
        axes.set_yticks([])
        axes.spines["left"].set_visible(False)
    else:
        words = sorted(set(one.values))
        places = np.arange(len(words))
        for shift, weights, colour in ((-0.2, one.population, _POPULATION), (0.2, one.events, _EVENTS)):
            shares = [100.0 * weights[one.values == word].sum() for word in words]
            axes.bar(places + shift, shares, 0.4, color=colour, alpha=0.85)
        axes.set_xticks(places, words)
        axes.yaxis.set_major_formatter("{x:.0f} %")
    axes.set_title(_short(one.name), fontsize=9, color=_INK)
    _bare(axes)


def _bins(weights: NDArray[np.float64]) -> int:
    """Return how many bins weights are worth: twice the cube root of their effective number (Rice)."""
    return int(np.clip(2.0 * np.cbrt(effective_size(weights)), 5, _BINS))


def _cloud(axes: Axes, pair: Sequence[Shift], units: Mapping[str, str]) -> None:
    """Draw events over the population: both resampled by weight, so that dense means probable."""
    first, second = pair
    for weights, colour, size in ((first.population, _POPULATION, 5.0), (first.events, _EVENTS, 9.0)):
        chosen = _resampled(weights)
        axes.scatter(
            first.values[chosen],
            second.values[chosen],
            s=size,
            color=colour,
            alpha=0.5,
            linewidths=0,
            rasterized=True,
        )
    axes.set_xlim(*_range(first))
    axes.set_ylim(*_range(second))
    axes.set_xlabel(_labelled(first.name, units), fontsize=9, color=_INK)
    axes.set_ylabel(_labelled(second.name, units), fontsize=9, color=_INK)
    _bare(axes)


def _range(one: Shift) -> tuple[float, float]:
    """Return what both laws span, with a little air."""
    ends = np.array([_ends(one, of_events=False), _ends(one, of_events=True)])
    low, high = float(ends[:, 0].min()), float(ends[:, 1].max())
    air = 0.03 * (high - low) or 0.5
    return low - air, high + air


def _ends(one: Shift, *, of_events: bool) -> tuple[float, float]:
    """Return what a law spans but for two thousandths at either end."""
    low, high = (one.quantile(share, of_events=of_events) for share in (0.002, 0.998))
    return (low, high) if low < high else (low - 0.5, high + 0.5)


def _resampled(weights: NDArray[np.float64]) -> NDArray[np.intp]:
    """Return a systematic sample in proportion to weights, each call once at most."""
    summed = np.cumsum(weights)
    marks = (np.arange(_POINTS) + 0.5) / _POINTS * summed[-1]
    return np.unique(np.minimum(np.searchsorted(summed, marks), len(weights) - 1))


def _short(name: str) -> str:
    """Return the last two parts of a path."""
    return ".".join(name.split(".")[-2:])


def _labelled(name: str, units: Mapping[str, str]) -> str:
    unit = units.get(name, "")
    return f"{_short(name)} [{unit}]" if unit else _short(name)


# -- weights and levels ------------------------------------------------------------------------------------


def _weights(odds: EventOdds, main: CallColumns) -> Figure:
    """Return how calls spread over weights, and how much of the rate each weight carries."""
    known = main.weight > 0.0
    factor = main.weight[known] * len(main)
    hit = main.events[odds.event][known]
    logs = np.log10(factor)
    edges = np.linspace(np.floor(logs.min() * 4) / 4, np.ceil(logs.max() * 4) / 4 + 1e-9, _BINS + 1)
    figure = _figure(6.4, 4.6)
    counts, shares = figure.subplots(2, 1, sharex=True)
    counts.stairs(
        np.histogram(logs, edges)[0], edges, color=_POPULATION, fill=True, alpha=0.6, label="all calls"
    )
    counts.stairs(
        np.histogram(logs[hit], edges)[0], edges, color=_EVENTS, fill=True, alpha=0.6, label=odds.event
    )
    counts.set_yscale("symlog", linthresh=1.0)
    counts.set_ylabel("calls", fontsize=9, color=_INK)
    counts.legend(fontsize=8, frameon=False)
    part, _ = np.histogram(logs[hit], edges, weights=factor[hit] / factor[hit].sum())
    shares.stairs(100 * part, edges, color=_EVENTS, fill=True, alpha=0.6)
    shares.set_ylabel("% of the rate", fontsize=9, color=_INK)
    shares.set_xlabel("log10 of the weight, a plain draw's being 0", fontsize=9, color=_INK)
    for axes in (counts, shares):
        _bare(axes)
    found = odds.estimate
    tail = "" if found.pareto_k is None else f", Pareto k {found.pareto_k:.2f}"
    share = f"the heaviest makes {100 * float(factor[hit].max() / factor[hit].sum()):.2g} % of the rate"
    figure.suptitle(f"Weights of {odds.event}: {share}{tail}", fontsize=11, color=_INK)
    return figure


def _levels(report: OddsReport) -> Figure:
    """Return how splitting climbed: what each level let pass in each group, and the probability left."""
    levels = [float(level) for level in report.hunt["levels"]]
    per_level = _per_level(report.hunt["fractions"], len(levels))
    steps = np.arange(1, len(per_level) + 1)
    means = np.array([row.mean() for row in per_level])
    figure = _figure(6.4, 4.8)
    left, passed = figure.subplots(2, 1, sharex=True)
    left.plot([0, *steps], [1.0, *np.cumprod(means)], color=_EVENTS, linewidth=2.0, marker="o", markersize=4)
    left.set_yscale("log")
    left.set_ylabel("probability left", fontsize=9, color=_INK)
    for step, row in zip(steps, per_level, strict=True):
        passed.scatter(np.full(len(row), step), row, s=10, color=_POPULATION, alpha=0.6, linewidths=0)
    passed.scatter(steps, means, s=26, color=_EVENTS, zorder=3)
    passed.set_ylim(0.0, min(1.02, 1.3 * max(float(row.max()) for row in per_level)))
    passed.set_ylabel("share that passed", fontsize=9, color=_INK)
    every = -(-len(steps) // 12)
    shown = [0, *steps[::every]]
    passed.set_xticks(shown, ["start" if k == 0 else f"{levels[k - 1]:.3g}" for k in shown])
    passed.set_xlabel(f"score of {report.target} at least (an event from 0 on)", fontsize=9, color=_INK)
    for axes in (left, passed):
        axes.grid(axis="y", color="#e5e8eb", linewidth=0.6)
        _bare(axes)
    groups = ": red is the mean, grey are groups" if any(len(row) > 1 for row in per_level) else ""
    figure.suptitle(f"How the search climbed to {report.target}{groups}", fontsize=11, color=_INK)
    return figure


def _per_level(fractions: Sequence[Any], count: int) -> list[NDArray[np.float64]]:
    """Return the shares that passed each level, one per group; groups that had died out are not among them."""
    rows = fractions[0] if len(fractions) == 1 and count > 1 else fractions
    return [np.atleast_1d(np.asarray(row, np.float64)) for row in rows][:count]
