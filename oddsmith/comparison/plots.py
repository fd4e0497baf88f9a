"""A picture of a comparison: the distribution functions of every statistic, and how far noise reaches."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from oddsmith.comparison.counting import Counted
from oddsmith.comparison.distances import Difference

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["draw_comparison"]

_SIMULATED, _RECORDED, _INK = "#d1495b", "#30638e", "#2b2d42"
_DPI = 130
_POINTS = 400  # of a curve


def draw_comparison(
    found: Sequence[Difference], simulated: Counted, recorded: Counted, file: Path, *, title: str
) -> Path:
    """Draw the distribution functions as PNG; return the file.

    Args:
        found: the differences.
        simulated: what the scenario shows.
        recorded: what the file shows.
        file: where it goes; its folder is made if need be.
        title: over all panels.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11.0, 6.4), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(2, 3).ravel()
    for ax, one in zip(axes, found, strict=False):
        _panel(ax, one, simulated, recorded)
    for ax in axes[len(found) :]:
        ax.axis("off")
    handles, labels = axes[0].get_legend_handles_labels()
    axes[len(found)].legend(handles, labels, loc="center", frameon=False, fontsize=10)
    figure.suptitle(title, color=_INK, fontsize=12)
    file.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(file, dpi=_DPI, metadata={"Software": None})
    return file


def _panel(ax: Axes, one: Difference, simulated: Counted, recorded: Counted) -> None:
    """Draw the two distribution functions; the band is what a KS distance as large as noise would allow."""
    name = one.statistic.replace("_", " ")
    if one.verdict == "too few":
        heading = f"{name}: too few samples, {one.samples[0]} and {one.samples[1]}"
    else:
        heading = (
            f"{name}: {one.verdict}\nW {one.wasserstein:.3g} (noise {one.wasserstein_noise:.3g}) {one.unit}"
        )
    ax.set_title(heading, fontsize=10, color=_INK)
    shares = np.linspace(0.0, 1.0, _POINTS)
    for counted, colour, label in ((simulated, _SIMULATED, "simulated"), (recorded, _RECORDED, "recorded")):
        values = np.concatenate(counted.samples[one.statistic])
        if not len(values):
            continue
        curve = np.quantile(values, shares)
        if label == "recorded" and not np.isnan(one.ks_noise):
            low, high = np.clip(shares - one.ks_noise, 0, 1), np.clip(shares + one.ks_noise, 0, 1)
            ax.fill_between(curve, low, high, color=colour, alpha=0.18, lw=0, label="recorded, within noise")
        ax.plot(curve, shares, color=colour, lw=1.6, label=label)
    ax.set_xlabel(f"{name} [{one.unit}]")
    ax.set_ylim(0.0, 1.0)
    ax.grid(alpha=0.25)
