"""The picture of docs/when_it_fails.md: two ways to look for the metaball's event.

python benchmarks/rare_events/pictures.py [--out docs/gallery/metaball.png]
"""

from __future__ import annotations

import argparse
import io
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image
from problems import PROBLEMS

import oddsmith

ROOT = Path(__file__).resolve().parents[2]
PROBLEM = PROBLEMS["metaball"]
INK, EVENT, CALL = "#222222", "#d1495b", "#30638e"


def panel(axes: Any, method: str, title: str, seed: int) -> None:
    """Draw the event's edge, the natural law and what a hunt looked at."""
    x = np.linspace(-7.0, 8.0, 400)
    y = np.linspace(-7.5, 7.5, 400)
    grid = np.stack(np.meshgrid(x, y), axis=-1)
    score = PROBLEM.score(grid.reshape(-1, 2)).reshape(400, 400)
    axes.contourf(x, y, score, levels=[0.0, 100.0], colors=["#f6dfe2"])
    axes.contour(x, y, score, levels=[-7, -5, -3, -1], colors="#aaaaaa", linewidths=0.6)
    axes.contour(x, y, score, levels=[0.0], colors=EVENT, linewidths=1.2)
    for radius in (1, 2, 3, 4, 5):
        turn = np.linspace(0, 2 * np.pi, 100)
        axes.plot(radius * np.cos(turn), radius * np.sin(turn), color=INK, lw=0.4, ls=":")
    found = oddsmith.estimate(PROBLEM.score, dimension=2, calls=20_000, method=method, seed=seed)
    used = np.nan_to_num(found.weights) > 0.0
    used &= np.cumsum(used) % 3 == 0  # a third of them is enough to see
    for which, colour, size in ((used & ~found.hits, CALL, 1.0), (used & found.hits, EVENT, 2.0)):
        axes.scatter(*found.points[which].T, s=size, color=colour, linewidths=0)
    low, high = found.interval
    axes.set_title(
        f"{title}\np = {found.p:.2g}, interval {low:.2g} to {high:.2g}, {found.verdict}", fontsize=10
    )
    axes.set_xlim(x[0], x[-1])
    axes.set_ylim(y[0], y[-1])
    axes.set_aspect("equal")
    axes.set_xlabel("x1", fontsize=9)
    axes.tick_params(labelsize=8)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "gallery" / "metaball.png")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    figure = Figure(figsize=(9.0, 5.0), dpi=90, layout="constrained")
    FigureCanvasAgg(figure)
    left, right = figure.subplots(1, 2, sharey=True)
    panel(left, "splitting", "Climbing the score", options.seed)
    panel(right, "importance", "Looking everywhere first", options.seed)
    left.set_ylabel("x2", fontsize=9)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    drawn = io.BytesIO()
    figure.savefig(drawn, format="png")
    Image.open(drawn).convert("RGB").quantize(32).save(options.out, optimize=True)
    print(f"{options.out}: {options.out.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
