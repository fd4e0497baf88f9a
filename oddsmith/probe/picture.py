"""A picture of the gate: every column's AUC as a bar, dots for its typologies and channels, limits as lines."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from oddsmith.probe.findings import Finding
from oddsmith.probe.gate import ProbeReport

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["draw_probe"]

_INK, _LIMIT = "#2b2d42", "#2b2d42"
_COLOUR = {"pass": "#9aa5b1", "chance": "#9aa5b1", "told": "#3d84a8", "unsure": "#edae49", "leak": "#d1495b"}
_SEVERITY = {"pass": 0, "chance": 0, "told": 1, "unsure": 2, "leak": 3}
_DPI = 130
_MOST_BARS = 40
_AREAS = (
    ("P1", "P1  single columns"),
    ("P2", "P2  tree of depth 2"),
    ("P5", "P5  ids and order"),
    ("P6", "P6  formats"),
    ("P8", "P8  time"),
    ("P10", "P10  boosted trees, to be learnable"),
)


def draw_probe(report: ProbeReport, file: Path) -> Path:
    """Draw every area that was measured, a panel per probe, as PNG; return the file.

    Bars are for all rows, dots for single typologies and channels.

    Args:
        report: what was found.
        file: where it goes; its folder is made if need be.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    panels = []
    for probe, title in _AREAS:
        names = _names([f for f in report.of_probe(probe) if f.unit == "AUC"])
        if names:
            panels.append((title, names))
    heights = [len(names) + 1.2 for _, names in panels] or [1.0]
    figure = Figure(figsize=(8.6, 1.3 + 0.24 * sum(heights)), layout="constrained")
    FigureCanvasAgg(figure)
    grid = figure.add_gridspec(len(heights), 1, height_ratios=heights)
    for k, (title, names) in enumerate(panels):
        _panel(figure.add_subplot(grid[k, 0]), title, names, is_last=k == len(panels) - 1)
    word = "passed" if report.is_passed else f"failed, {len(report.leaks)} leaks"
    question = report.question
    figure.suptitle(
        f"{question.table} probed for {question.label}: {word}\n"
        f"{report.positives:,} of {report.rows:,} rows positive",
        fontsize=11,
        color=_INK,
    )
    _legend(figure)
    file.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(file, dpi=_DPI, metadata={"Software": None})
    return file


def _names(found: list[Finding]) -> dict[str, list[Finding]]:
    """Return name -> its findings, the highest for all rows first; only so many as can be read."""
    names: dict[str, list[Finding]] = {}
    for one in found:
        names.setdefault(one.name, []).append(one)
    order = sorted(names, key=lambda name: -max(_SEVERITY[f.verdict] + f.value for f in names[name]))
    return {name: names[name] for name in order[:_MOST_BARS]}


def _panel(axes: Axes, title: str, names: dict[str, list[Finding]], *, is_last: bool) -> None:
    for k, found in enumerate(names.values()):
        for one in found:
            colour = _COLOUR[one.verdict]
            if one.group == "":
                axes.barh(k, one.value - 0.5, 0.62, left=0.5, color=colour, alpha=0.85)
                axes.plot([one.limit] * 2, [k - 0.42, k + 0.42], color=_LIMIT, linewidth=1.4)
            else:
                axes.plot(
                    one.value,
                    k,
                    "o",
                    markersize=3.2,
                    color=colour,
                    markeredgecolor="white",
                    markeredgewidth=0.4,
                    zorder=3,
                )
    axes.set_yticks(range(len(names)), list(names), fontsize=8)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.set_xlim(0.48, 1.01)
    axes.set_title(title, fontsize=9, color=_INK, loc="left")
    axes.grid(axis="x", color="#e5e8eb", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(labelsize=8, colors=_INK, length=0)
    if is_last:
        axes.set_xlabel("AUC, 0.5 being chance", fontsize=9, color=_INK)
    else:
        axes.set_xticklabels([])


def _legend(figure: Figure) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    words = {"pass": "passes", "told": "a declared tell", "unsure": "unsure", "leak": "leak"}
    handles: list[Artist] = [Patch(color=_COLOUR[verdict], label=word) for verdict, word in words.items()]
    handles.append(Line2D([], [], color=_LIMIT, linewidth=1.4, label="limit"))
    handles.append(
        Line2D(
            [],
            [],
            marker="o",
            linestyle="",
            color=_COLOUR["pass"],
            markersize=4,
            label="one typology or channel",
        )
    )
    figure.legend(handles=handles, loc="outside lower center", ncols=6, fontsize=7.5, frameon=False)
