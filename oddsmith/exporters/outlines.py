"""The outline of a mask as one polygon along the borders of its pixels: exact, holes and pieces included."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["outline"]

Point = tuple[int, int]

_RIGHT_OF = {(1, 0): (0, 1), (0, 1): (-1, 0), (-1, 0): (0, -1), (0, -1): (1, 0)}


def outline(mask: NDArray[np.bool_]) -> list[Point]:
    """Return a closed polygon (the last corner is not repeated) whose even-odd inside is the mask.

    Pieces and holes are loops of their own, joined to the first by lines that are walked there and back, which
    enclose nothing; formats with one polygon per object do it the same way.

    Args:
        mask: (H, W).

    Returns:
        Corners (x, y) in pixels from the image's upper left corner: pixel (row, column) reaches from column to
        column + 1. Empty for an empty mask.
    """
    loops = _loops(_borders(mask))
    if not loops:
        return []
    polygon = [*loops[0]]
    for loop in loops[1:]:
        polygon += [loops[0][0], *loop, loop[0]]
    return polygon


def _borders(mask: NDArray[np.bool_]) -> dict[Point, list[Point]]:
    """Return the unit borders of the mask, corner -> corners they lead to, the inside on their right."""
    padded = np.pad(np.asarray(mask, np.int8), 1)
    down = np.diff(padded, axis=0)[:, 1:-1]  # between a row and the one above it
    across = np.diff(padded, axis=1)[1:-1]
    borders: dict[Point, list[Point]] = {}

    def add(places: NDArray[Any], start: Point, end: Point) -> None:
        for y, x in np.argwhere(places).tolist():
            borders.setdefault((x + start[0], y + start[1]), []).append((x + end[0], y + end[1]))

    add(down == 1, (0, 0), (1, 0))
    add(down == -1, (1, 0), (0, 0))
    add(across == 1, (0, 1), (0, 0))
    add(across == -1, (0, 0), (0, 1))
    return borders


def _loops(borders: dict[Point, list[Point]]) -> list[list[Point]]:
    """Return the corners of closed walks along all borders; pixels that touch by a corner stay apart."""
    loops = []
    for start in sorted(borders):
        while borders[start]:
            loop = []
            here, ahead = start, borders[start].pop()
            heading = (0, 0)
            while True:
                turned = (ahead[0] - here[0], ahead[1] - here[1])
                if turned != heading:
                    loop.append(here)
                    heading = turned
                here = ahead
                if here == start:
                    break
                ahead = _next(borders[here], here, heading)
            loops.append(loop)
    return loops


def _next(ways: list[Point], here: Point, heading: Point) -> Point:
    """Take and return the border that goes on from a corner: where two pixels meet there, to the right."""
    right = _RIGHT_OF[heading]
    wanted = (here[0] + right[0], here[1] + right[1])
    if len(ways) > 1 and wanted in ways:
        ways.remove(wanted)
        return wanted
    return ways.pop()
