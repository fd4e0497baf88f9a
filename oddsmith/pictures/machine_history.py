"""What became of a line over time: states of machines, readings and wear, trends of signals, jobs, alarms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from oddsmith.pictures.figures import INK, bare

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = [
    "Scale",
    "Trend",
    "TrendOf",
    "draw_jobs",
    "draw_reading",
    "draw_states",
    "draw_stocks",
    "draw_trend",
    "scale_of",
]

STATES = {
    "working": "#6aa67b",
    "starved": "#f0dfa6",
    "blocked": "#e3a857",
    "waiting": "#cfc3dc",
    "off": "#dfe3e8",
    "setup": "#8d6a9f",
    "maintenance": "#3d84a8",
    "down": "#c8374a",
}
"""Colours as on the light towers of machines: green works, yellow waits, blue is served, red is down."""

_HALTS = ("setup", "maintenance", "down")
_JOBS = {"repair": STATES["down"], "service": STATES["maintenance"]}
_SEEN, _TRUE, _BOUND = "#3d84a8", "#2b2d42", "#c8374a"
_QUIET = "#5c6b73"
_FREEZING = 273.15
"""0 °C [K]."""


@dataclass(frozen=True)
class Scale:
    """The unit in which time is written."""

    name: str
    seconds: float


def scale_of(span: float) -> Scale:
    """Return the unit that suits a span [s]."""
    for name, seconds in (("d", 86_400.0), ("h", 3600.0), ("min", 60.0)):
        if span >= 3.0 * seconds:
            return Scale(name, seconds)
    return Scale("s", 1.0)


@dataclass(frozen=True)
class Trend:
    """What one reading said over time, and what was true.

    Args:
        times: (N,) seconds.
        values: (N,) what it said, NaN for nothing.
        wear: (N,) true wear of its component.
        is_faulty: (N,) whether its sensor had a fault.
        alarm: bound of its alarm, None for none.
        service: bound above which the component is replaced, None for none.
    """

    name: str
    label: str
    component: str
    times: np.ndarray
    values: np.ndarray
    wear: np.ndarray
    is_faulty: np.ndarray
    alarm: float | None
    service: float | None

    @classmethod
    def of(
        cls,
        name: str,
        rows: Sequence[Mapping[str, Any]],
        items: Mapping[str, Mapping[str, Any]],
        alarms: Mapping[str, float],
        bounds: Mapping[str, float],
    ) -> Trend:
        """Return the trend of a reading.

        Args:
            name: of the reading.
            rows: of the table of process values.
            items: reading as declared -> its settings.
            alarms: reading as declared -> bound of its alarm.
            bounds: reading as declared -> where its component is replaced.
        """
        declared = name if name in items else name.rpartition("_")[0]
        item = items.get(declared, {})
        watched = str(item.get("of", ""))
        return cls(
            name=name,
            label=str(item.get("label") or name),
            component=watched if name in items else f"{watched}_{name.rpartition('_')[2]}",
            times=np.array([row["t"] for row in rows]),
            values=np.array([row["value"] for row in rows], np.float64),
            wear=np.array([row["wear"] for row in rows]),
            is_faulty=np.array([bool(row["sensor_fault"]) for row in rows]),
            alarm=alarms.get(declared),
            service=bounds.get(declared),
        )


@dataclass(frozen=True)
class TrendOf:
    """One number per window of a signal: its root mean square if it swings about 0, else its mean."""

    name: str
    what: str
    times: np.ndarray
    values: np.ndarray
    is_rms: bool

    @classmethod
    def of(cls, name: str, frames: Sequence[Mapping[str, Any]], units: Mapping[str, str]) -> TrendOf:
        """Return the trend of a sensor's windows."""
        unit = units.get("scale") or units.get("signal") or ""
        windows = [np.asarray(one["signal"], np.float64) * float(one.get("scale", 1.0)) for one in frames]
        if unit == "K":  # what plants read temperatures in
            unit, windows = "°C", [one - _FREEZING for one in windows]
        swings = all(abs(one.mean()) < one.std() for one in windows)
        values = [one.std() if swings else one.mean() for one in windows]
        what = f"{name}\n{'rms' if swings else 'mean'} [{unit}]" if unit else name
        return cls(name, what, np.array([one["true_t"] for one in frames]), np.array(values), swings)


def draw_states(axes: Axes, rows: Sequence[Mapping[str, Any]], machines: Sequence[str], scale: Scale) -> None:
    """Draw a strip per machine; short stops are widened so that they can be seen."""
    from matplotlib.patches import Patch

    for place, machine in enumerate(machines):
        own = [row for row in rows if row["machine"] == machine]
        for state, colour in STATES.items():
            spans = [
                (row["t"] / scale.seconds, (row["until"] - row["t"]) / scale.seconds)
                for row in own
                if row["state"] == state
            ]
            is_halt = state in _HALTS
            axes.broken_barh(
                spans, (place - 0.38, 0.76), facecolor=colour, edgecolor=colour,
                linewidth=0.7 if is_halt else 0.0, zorder=3 if is_halt else 2,
            )  # fmt: skip
    axes.set_yticks(range(len(machines)), machines)
    axes.set_ylim(len(machines) - 0.45, -0.55)
    seen = [state for state in STATES if any(row["state"] == state for row in rows)]
    handles = [Patch(color=STATES[state], label=state) for state in seen]
    axes.legend(
        handles=handles, loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=8, fontsize=8, frameon=False,
        handlelength=1.0, columnspacing=1.2, borderaxespad=0.1,
    )  # fmt: skip
    bare(axes)
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0)


def draw_reading(axes: Axes, trend: Trend, scale: Scale) -> None:
    """Draw what a reading said over the true wear, with the bounds of alarm and replacement."""
    t = trend.times / scale.seconds
    axes.plot(t, trend.wear, color=_TRUE, linewidth=1.3, label="true wear", zorder=3)
    axes.plot(t, trend.values, ".", color=_SEEN, markersize=2.5, label=f"{trend.label} as read", zorder=2)
    if trend.is_faulty.any():
        axes.fill_between(
            t, 0.0, 1.0, where=trend.is_faulty, transform=axes.get_xaxis_transform(), color="#edae49",
            alpha=0.22, linewidth=0.0, label="sensor faulty", zorder=1,
        )  # fmt: skip
    for bound, style, label in ((trend.alarm, "--", "alarm"), (trend.service, "-", "replacement")):
        if bound is not None:
            axes.axhline(bound, color=_BOUND, linewidth=0.9, linestyle=style, label=f"{label} above")
    axes.set_ylim(bottom=min(0.0, float(np.nanmin(trend.values, initial=0.0))))
    axes.set_ylabel(trend.component, fontsize=8, color=INK)
    axes.legend(
        loc="lower left", bbox_to_anchor=(0.0, 1.0), fontsize=7, frameon=False, ncols=5, borderaxespad=0.1
    )
    bare(axes)


def draw_trend(axes: Axes, trend: TrendOf, scale: Scale, shown: Sequence[float]) -> None:
    """Draw one number per window of a signal; the windows that are shown themselves are ringed."""
    axes.plot(trend.times / scale.seconds, trend.values, "o-", color=_QUIET, markersize=2.5, linewidth=0.8)
    is_shown = np.isin(trend.times, shown)
    axes.plot(
        trend.times[is_shown] / scale.seconds,
        trend.values[is_shown],
        "o",
        markersize=7,
        markeredgecolor=_BOUND,
        markerfacecolor="none",
    )
    axes.set_ylim(bottom=min(0.0, float(trend.values.min())) if trend.is_rms else None)
    axes.set_ylabel(trend.what, fontsize=8, color=INK)
    bare(axes)


def draw_stocks(axes: Axes, rows: Sequence[Mapping[str, Any]], begun: Mapping[str, int], scale: Scale) -> None:
    """Draw how many spare parts there are, red where there is none.

    Args:
        axes: whose end in time is known already.
        rows: of the table of stocks.
        begun: spare -> how many there were at first.
        scale: of time.
    """
    from matplotlib.ticker import MaxNLocator

    end = axes.get_xlim()[1]
    for spare, first in begun.items():
        own = [row for row in rows if row["spare"] == spare]
        t = [0.0, *(row["t"] / scale.seconds for row in own), end]
        stock = np.array([first, *(row["stock"] for row in own)])
        axes.stairs(stock, t, baseline=None, linewidth=1.2, label=spare)
        is_out = np.repeat(stock == 0, 2)
        axes.fill_between(
            np.repeat(t, 2)[1:-1], 0.0, 1.0, where=is_out, transform=axes.get_xaxis_transform(), color=_BOUND,
            alpha=0.25, linewidth=0.0,
        )  # fmt: skip
    axes.set_ylim(bottom=0.0)
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_ylabel("in stock", fontsize=8, color=INK)
    axes.legend(
        loc="lower left", bbox_to_anchor=(0.0, 1.0), fontsize=7, frameon=False, ncols=5, borderaxespad=0.1
    )
    bare(axes)


def draw_jobs(
    axes: Axes, jobs: Sequence[Mapping[str, Any]], alarms: Sequence[Mapping[str, Any]], scale: Scale
) -> None:
    """Draw alarms as marks, and jobs from the moment they are asked for: pale while they wait, then full."""
    names = list(dict.fromkeys([*(row["alarm"] for row in alarms), *(row["component"] for row in jobs)]))
    for row in alarms:
        mark, colour = ("^", _BOUND) if row["change"] == "raised" else ("v", _QUIET)
        axes.plot(row["t"] / scale.seconds, names.index(row["alarm"]), mark, color=colour, markersize=4)
    end = max((float(v) for row in jobs for v in (row["t"], row["ended"]) if np.isfinite(v)), default=0.0)
    for row in jobs:
        place, colour = names.index(row["component"]), _JOBS[row["kind"]]
        begun = row["begun"] if np.isfinite(row["begun"]) else end
        ended = row["ended"] if np.isfinite(row["ended"]) else max(end, begun)
        for start, stop, alpha in ((row["t"], begun, 0.3), (begun, ended, 1.0)):
            span = (start / scale.seconds, (stop - start) / scale.seconds)
            axes.broken_barh([span], (place - 0.3, 0.6), facecolor=colour, edgecolor=colour, alpha=alpha)
        axes.plot(row["t"] / scale.seconds, place, "|", color=INK, markersize=9)
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(max(len(names), 1) - 0.4, -0.6)
    axes.set_title(
        "▲ alarm raised   ▼ cleared   | job asked for, pale until begun: red a repair, blue a replacement",
        fontsize=7, loc="left", color=_QUIET, pad=3,
    )  # fmt: skip
    bare(axes)
    axes.tick_params(axis="y", length=0)
