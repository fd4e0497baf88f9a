"""A part's surface while its defects and distractors are put on it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from renderers.inspection.flaws import Col, area_of, line, stack
from renderers.inspection.solids import Part
from sim.geometry import Array

__all__ = ["Canvas", "Instance", "strokes"]


@dataclass(frozen=True)
class Instance:
    """One defect, or one thing that is none, in the frame of the part.

    Args:
        number: in the label image.
        kind: what it is.
        x: of its middle [m].
        y: of its middle [m].
        size: as its kind means it [m].
        area: of the surface it covers [m2].
        depth: how far the surface lies from where it should, at most [m].
    """

    number: int
    kind: str
    x: float
    y: float
    size: float
    area: float
    depth: float


@dataclass
class Canvas:
    """What stands on a part so far.

    Args:
        half: half width and height of what is seen [m].
        surface: word of the surface.
        mean: radiance of the good surface, by which what glows is scaled.
    """

    half: tuple[float, float]
    surface: str
    mean: float
    defects: list[Instance] = field(default_factory=list)
    negatives: list[Instance] = field(default_factory=list)
    solids: list[Array] = field(default_factory=list)
    whole: int = 0
    _rows: list[Array] = field(default_factory=list)
    _segments: list[Array] = field(default_factory=list)
    _count: int = 0

    @property
    def flaws(self) -> Array:
        """(N, 34) forms."""
        return stack(self._rows)

    @property
    def segments(self) -> Array:
        """(S, 6) segments of lines."""
        return np.concatenate(self._segments) if self._segments else np.empty((0, 6))

    def line(self, segments: Array, *, depth: float = 0.0, lip: float = 0.0) -> Array:
        """Return a row of a line whose segments stand in the canvas's table."""
        row = line(segments, first=self._count, depth=depth, lip=lip)
        self._segments.append(segments)
        self._count += len(segments)
        return row

    def add_defect(self, kind: str, rows: Sequence[Array], *, size: float) -> None:
        """Add a defect made of forms."""
        number = len(self.defects) + 1
        self.defects.append(self._instance(kind, rows, number, size))
        self._put(rows, number, is_negative=False)

    def add_solid_defect(self, kind: str, solid: Array, *, size: float) -> None:
        """Add a defect that stands on the surface."""
        number = len(self.defects) + 1
        solid[Part.ID] = number
        self.solids.append(solid)
        area, depth = math.pi * solid[Part.HY] ** 2, float(solid[Part.TOP])
        x, y = float(solid[Part.X]), float(solid[Part.Y])
        self.defects.append(Instance(number, kind, x, y, size, float(area), depth))

    def add_negative(self, kind: str, rows: Sequence[Array]) -> None:
        """Add something that is no defect."""
        number = len(self.negatives) + 1
        size = max(float(row[Col.RIGHT] - row[Col.LEFT]) for row in rows)
        self.negatives.append(self._instance(kind, rows, number, size))
        self._put(rows, number, is_negative=True)

    def add_whole(self, kind: str, *, size: float) -> None:
        """Add a defect that is all over the part."""
        self.whole = len(self.defects) + 1
        area = 4.0 * self.half[0] * self.half[1]
        self.defects.append(Instance(self.whole, kind, 0.0, 0.0, size, area, size))

    def _instance(self, kind: str, rows: Sequence[Array], number: int, size: float) -> Instance:
        segments = self.segments
        area = sum(area_of(row, segments) for row in rows)
        depth = max(abs(float(row[Col.DEPTH])) for row in rows)
        return Instance(number, kind, float(rows[0][Col.X]), float(rows[0][Col.Y]), size, area, depth)

    def _put(self, rows: Sequence[Array], number: int, *, is_negative: bool) -> None:
        for row in rows:
            row[Col.ID], row[Col.IS_NEGATIVE] = number, float(is_negative)
            self._rows.append(row)


def strokes(points: Array, half_widths: Array) -> Array:
    """Return (P - 1, 6) segments of a line through (P, 2) points [m] with (P,) half widths [m]."""
    return np.concatenate([points[:-1], points[1:], half_widths[:-1, None], half_widths[1:, None]], axis=1)
