"""The lanes of a road as OpenDRIVE counts them: outwards from the line between the two directions."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from sim.domains.driving.roads import Road

__all__ = ["CrossSection", "FileLane", "cross_section"]

_TYPES = {
    "asphalt": "none",
    "shoulder": "shoulder",
    "median": "median",
    "verge": "none",
    "parking": "parking",
    "sidewalk": "sidewalk",
}
"""Kind of a strip -> type of the lane that stands for it; asphalt that is no lane is not for driving."""
_SAME = 0.02  # a line this near the edge of a lane is on it [m]
_THIN = 1e-6  # narrower than this is nothing [m]


@dataclass(frozen=True)
class FileLane:
    """A lane of a file.

    Args:
        id: negative to the right of the line between the directions.
        type: of OpenDRIVE.
        width: [m].
        height: of its surface above the road's [m].
        mark: (solid or broken, width, colour) of the line on its outer edge, None for none.
        middle: way across of its middle [m].
    """

    id: int
    type: str
    width: float
    height: float
    mark: tuple[str, float, str] | None
    middle: float


@dataclass(frozen=True)
class CrossSection:
    """The lanes of a road.

    Args:
        offset: way across of the line between the directions [m].
        mark: on that line.
        left: lanes from the outermost to it.
        right: lanes from it to the outermost.
    """

    offset: float
    mark: tuple[str, float, str] | None
    left: tuple[FileLane, ...]
    right: tuple[FileLane, ...]

    def lane_at(self, d: float) -> int:
        """Return the id of the lane for driving whose middle is at a way across.

        Raises:
            ValueError: there is none.
        """
        for lane in (*self.left, *self.right):
            if lane.type == "driving" and abs(lane.middle - d) < _SAME:
                return lane.id
        raise ValueError(f"no lane has its middle at {d}")


def cross_section(road: Road) -> CrossSection:
    """Return the lanes of a road: those for driving, and its strips."""
    half = road.lane_width / 2
    lanes = [
        (d - half, d + half, side)
        for row, (d, side) in enumerate(zip(road.lane_centres, road.directions, strict=True))
        if row not in road.hidden
    ]
    oncoming = [right for right, _, side in lanes if side < 0]
    offset = min(oncoming) if oncoming else max(left for _, left, _ in lanes)
    edges = {offset, *(d for lane in lanes for d in lane[:2])}
    edges |= {d for right, left, *_ in road.strips for d in (right, left)}
    inner = sorted({round(d, 9) for d in edges})
    cells = [_cell(road, lanes, a, b, offset) for a, b in pairwise(inner) if b - a > _THIN]
    left = [cell for cell in cells if cell[0] >= offset - _THIN]
    right = [cell for cell in cells if cell[0] < offset - _THIN][::-1]
    return CrossSection(
        offset,
        _mark_at(road, offset),
        tuple(_lane(road, k + 1, cell) for k, cell in reversed(list(enumerate(_merged(left))))),
        tuple(_lane(road, -k - 1, cell) for k, cell in enumerate(_merged(right))),
    )


_Cell = tuple[float, float, str, float, int]
"""Right and left edge, type, height, and which lane it belongs to, -1 for none."""


def _cell(road: Road, lanes: list[tuple[float, float, int]], a: float, b: float, offset: float) -> _Cell:
    middle = (a + b) / 2
    number = next((k for k, (right, left, _) in enumerate(lanes) if right < middle < left), -1)
    if number >= 0:
        return a, b, "driving", 0.0, number
    strip = next((one for one in road.strips if one[0] < middle < one[1]), None)
    return (a, b, "none", 0.0, -1) if strip is None else (a, b, _TYPES[strip[2]], strip[3], -1)


def _merged(cells: list[_Cell]) -> list[_Cell]:
    """Return neighbours that are one lane as one."""
    kept: list[_Cell] = []
    for cell in cells:
        if kept and kept[-1][2:] == cell[2:]:
            last = kept.pop()
            cell = (min(last[0], cell[0]), max(last[1], cell[1]), *cell[2:])
        kept.append(cell)
    return kept


def _lane(road: Road, number: int, cell: _Cell) -> FileLane:
    right, left, kind, height, _ = cell
    outer = left if number > 0 else right
    return FileLane(number, kind, left - right, height, _mark_at(road, outer), (right + left) / 2)


def _mark_at(road: Road, d: float) -> tuple[str, float, str] | None:
    for place, width, style, colour in road.markings:
        if abs(place - d) < _SAME:
            return style, width, colour
    return None
