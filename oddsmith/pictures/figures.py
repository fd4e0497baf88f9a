"""What drawn pictures share: a figure without a window, its colours, and how money and time are written."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["CRIME", "HONEST", "INK", "PALETTE", "bare", "duration", "figure_of", "money", "save"]

INK, HONEST, CRIME = "#2b2d42", "#9aa5b1", "#d1495b"
PALETTE = ("#d1495b", "#edae49", "#3d84a8", "#66a182", "#8d6a9f", "#e08e45", "#5c6b73", "#b56576")
"""Of parts in a crime, in the order in which they come up."""

_DPI = 130
_DAY = 86_400.0


def figure_of(width: float, height: float) -> Figure:
    """Return an empty figure that no window knows of [inches]."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def save(figure: Figure, file: Path) -> Path:
    """Write a figure as PNG; the same figure gives the same bytes."""
    figure.savefig(file, dpi=_DPI, metadata={"Software": None})
    return file


def bare(axes: Axes) -> None:
    """Take away what frames a panel without telling anything."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=8, colors=INK)


def money(amount: float) -> str:
    """Return an amount as people write it: whole from a hundred on."""
    return f"{amount:,.0f}" if abs(amount) >= 100 else f"{amount:,.2f}"


def duration(seconds: float) -> str:
    """Return a length of time in its largest fitting unit."""
    for unit, length in (("d", _DAY), ("h", 3600.0), ("min", 60.0)):
        if seconds >= length:
            return (
                f"{seconds / length:.2g} {unit}" if seconds < 10 * length else f"{seconds / length:.0f} {unit}"
            )
    return f"{seconds:.0f} s"
