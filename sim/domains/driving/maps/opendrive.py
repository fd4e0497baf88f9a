"""OpenDRIVE files (ASAM OpenDRIVE 1.4 to 1.8) as roads with their lanes and links.

Read are plan view (line, arc, spiral, paramPoly3, and poly3), lane offsets, lane sections with widths, types,
road marks and links, links of roads, and junctions with their connections. Whatever else stands in the file is
listed in `Map.ignored` with its line, never skipped in silence.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from sim.domains.driving.maps.xml_tree import Element, read_xml
from sim.errors import UsageError

__all__ = [
    "Geometry",
    "Ignored",
    "Junction",
    "LaneData",
    "Link",
    "Map",
    "MapRoad",
    "Poly",
    "Section",
    "read_map",
    "remarks",
]

Poly = tuple[float, float, float, float, float]
"""(s, a, b, c, d): a + b ds + c ds² + d ds³ from s on."""

_KNOWN = {
    "OpenDRIVE": {"header", "road", "junction"},
    "header": {"geoReference", "offset"},
    "road": {"link", "type", "planView", "elevationProfile", "lateralProfile", "lanes"},
    "link": {"predecessor", "successor"},
    "planView": {"geometry"},
    "lanes": {"laneOffset", "laneSection"},
    "laneSection": {"left", "center", "right"},
    "left": {"lane"}, "center": {"lane"}, "right": {"lane"},
    "lane": {"link", "width", "roadMark"},
    "roadMark": set(),
    "junction": {"connection"},
    "connection": {"laneLink"},
}  # fmt: skip
"""Element -> children that are read, or whose absence changes nothing."""
_SHOWN = 5
"""Lines that a remark names."""
_SHAPES = ("line", "arc", "spiral", "paramPoly3", "poly3")


@dataclass(frozen=True)
class Ignored:
    """A record of the file that has no effect here.

    Args:
        line: it stands on.
        what: it is, and of which road.
    """

    line: int
    what: str


@dataclass(frozen=True, slots=True)
class Geometry:
    """A piece of a reference line: its shape and that shape's numbers.

    `numbers` are: arc the curvature; spiral those at its start and end; paramPoly3 aU to dU, aV to dV and the
    range of its parameter; poly3 a to d.
    """

    s: float
    x: float
    y: float
    heading: float
    length: float
    shape: str
    numbers: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class LaneData:
    """A lane of a section: positive ids lie to the left of the reference line."""

    id: int
    type: str
    widths: tuple[Poly, ...]
    mark: str
    predecessor: int | None
    successor: int | None
    line: int


@dataclass(frozen=True, slots=True)
class Section:
    """The lanes from s to the next section, by id."""

    s: float
    lanes: dict[int, LaneData]


@dataclass(frozen=True, slots=True)
class Link:
    """Where a road goes on: in a road, from its "start" or "end", or in a junction."""

    kind: str
    id: str
    contact: str


@dataclass(frozen=True, slots=True)
class MapRoad:
    """A road of a map."""

    id: str
    length: float
    junction: str
    geometry: tuple[Geometry, ...]
    offsets: tuple[Poly, ...]
    sections: tuple[Section, ...]
    predecessor: Link | None
    successor: Link | None
    line: int


@dataclass(frozen=True, slots=True)
class Junction:
    """A junction's connections: (incoming road, connecting road, its contact point, from lane -> to lane)."""

    id: str
    connections: tuple[tuple[str, str, str, dict[int, int]], ...]


@dataclass(frozen=True)
class Map:
    """What stands in a file.

    Args:
        path: of the file.
        roads: by id.
        junctions: by id.
        ignored: what has no effect here, in the order of the file.
    """

    path: Path
    roads: dict[str, MapRoad]
    junctions: dict[str, Junction]
    ignored: tuple[Ignored, ...] = field(default=(), repr=False)


def read_map(path: Path) -> Map:
    """Return what stands in an OpenDRIVE file.

    Raises:
        UsageError: it is none, or a record is not as the standard wants it; the message has file and line.
    """
    stamp = (path.stat().st_mtime_ns, path.stat().st_size) if path.exists() else (0, 0)
    return _read_map(path, stamp)


@lru_cache(maxsize=8)
def _read_map(path: Path, stamp: tuple[int, int]) -> Map:
    """Return what stands in a file as it was at a time."""
    root = read_xml(path)
    if root.tag != "OpenDRIVE":
        raise UsageError(f"{path}:{root.line}  not an OpenDRIVE file: its root is '{root.tag}'")
    reader = _Reader(path)
    roads = [reader.road(element) for element in root.all("road")]
    junctions = [reader.junction(element) for element in root.all("junction")]
    if not roads:
        raise UsageError(f"{path}:{root.line}  there is no road")
    known = {road.id: road for road in roads}
    if len(known) < len(roads):
        twice = next(road for k, road in enumerate(roads) if known[road.id] is not road)
        raise UsageError(f"{path}:{twice.line}  road {twice.id} stands there twice")
    ignored = sorted(_unread(root, ""), key=lambda one: one.line)
    return Map(path, known, {one.id: one for one in junctions}, tuple(ignored))


def remarks(path: Path) -> list[str]:
    """Return what of a file has no effect here: a sentence per kind of record, with the first of its lines.

    Raises:
        UsageError: as `read_map`.
    """
    lines: dict[tuple[str, str], list[int]] = {}
    for one in read_map(path).ignored:
        kind, _, reason = one.what.partition(": ")
        name = " ".join(
            word for word in kind.partition(" of road")[0].split() if not word.lstrip("-").isdigit()
        )
        lines.setdefault((name, f": {reason}" if reason else ""), []).append(one.line)
    return [f"{name} has no effect ({_places(found)}){why}" for (name, why), found in sorted(lines.items())]


def _places(lines: list[int]) -> str:
    shown = ", ".join(map(str, lines[:_SHOWN]))
    if len(lines) > _SHOWN:
        return f"lines {shown} and {len(lines) - _SHOWN} more"
    return f"lines {shown}" if len(lines) > 1 else f"line {shown}"


def _unread(element: Element, road: str) -> Iterator[Ignored]:
    """Yield what of an element's children has no effect."""
    known = _KNOWN.get(element.tag)
    if known is None:
        return
    road = element.attributes.get("id", "?") if element.tag == "road" else road
    of = f" of road {road}" if road else ""
    for child in element.children:
        if child.tag in ("elevationProfile", "lateralProfile"):
            for record in child.children:
                if any(float(record.attributes.get(key, 0.0)) != 0.0 for key in "abcd"):
                    yield Ignored(record.line, f"{record.tag}{of}: roads are taken as flat")
        elif child.tag not in known:
            yield Ignored(child.line, f"{child.tag}{of}")
        else:
            yield from _unread(child, road)
    if element.tag == "lane" and element.first("border") is not None and element.first("width") is None:
        yield Ignored(
            element.line, f"lane {element.attributes.get('id')}{of}: its width, given by borders, is 0"
        )


class _Reader:
    """Reads records and says where one is wrong."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def road(self, element: Element) -> MapRoad:
        """Return a road."""
        view, lanes = self._needed(element, "planView"), self._needed(element, "lanes")
        sections = tuple(
            sorted((self._section(one) for one in lanes.all("laneSection")), key=lambda one: one.s)
        )
        geometry = tuple(sorted((self._geometry(one) for one in view.all("geometry")), key=lambda one: one.s))
        if not sections or not geometry:
            raise self._wrong(element, "a road needs at least one geometry and one laneSection")
        links = element.first("link")
        return MapRoad(
            id=self._text(element, "id"),
            length=self._number(element, "length"),
            junction=element.attributes.get("junction", "-1"),
            geometry=geometry,
            offsets=self._polys(lanes, "laneOffset", "s"),
            sections=sections,
            predecessor=self._link(links, "predecessor"),
            successor=self._link(links, "successor"),
            line=element.line,
        )

    def junction(self, element: Element) -> Junction:
        """Return a junction."""
        found = []
        for one in element.all("connection"):
            if "incomingRoad" not in one.attributes or "connectingRoad" not in one.attributes:
                continue  # virtual and direct connections are listed by their type
            pairs = {int(self._number(k, "from")): int(self._number(k, "to")) for k in one.all("laneLink")}
            ends = one.attributes["incomingRoad"], one.attributes["connectingRoad"]
            found.append((*ends, one.attributes.get("contactPoint", "start"), pairs))
        return Junction(self._text(element, "id"), tuple(found))

    def _geometry(self, element: Element) -> Geometry:
        shape = next((child for child in element.children if child.tag in _SHAPES), None)
        if shape is None:
            raise self._wrong(element, f"a geometry of none of the shapes {', '.join(_SHAPES)}")
        x, y, heading = (self._number(element, key) for key in ("x", "y", "hdg"))
        numbers = self._numbers(shape, self._number(element, "length"))
        s, length = self._number(element, "s"), self._number(element, "length")
        return Geometry(s, x, y, heading, length, shape.tag, numbers)

    def _numbers(self, shape: Element, length: float) -> tuple[float, ...]:
        read: Callable[[str], float] = lambda key: self._number(shape, key)  # noqa: E731
        if shape.tag == "arc":
            return (read("curvature"),)
        if shape.tag == "spiral":
            return read("curvStart"), read("curvEnd")
        if shape.tag == "poly3":
            return tuple(read(key) for key in "abcd")
        if shape.tag == "paramPoly3":
            numbers = tuple(read(f"{key}{axis}") for axis in "UV" for key in "abcd")
            return (*numbers, length if shape.attributes.get("pRange", "normalized") == "arcLength" else 1.0)
        return ()

    def _section(self, element: Element) -> Section:
        lanes = [
            self._lane(lane) for side in element.children if side.tag in _KNOWN for lane in side.all("lane")
        ]
        return Section(self._number(element, "s"), {lane.id: lane for lane in lanes})

    def _lane(self, element: Element) -> LaneData:
        links, mark = element.first("link"), element.first("roadMark")
        return LaneData(
            id=int(self._number(element, "id")),
            type=element.attributes.get("type", "none"),
            widths=self._polys(element, "width", "sOffset"),
            mark="none" if mark is None else mark.attributes.get("type", "none"),
            predecessor=self._lane_link(links, "predecessor"),
            successor=self._lane_link(links, "successor"),
            line=element.line,
        )

    def _lane_link(self, links: Element | None, way: str) -> int | None:
        one = None if links is None else links.first(way)
        return None if one is None else int(self._number(one, "id"))

    def _link(self, links: Element | None, way: str) -> Link | None:
        one = None if links is None else links.first(way)
        if one is None:
            return None
        kind = one.attributes.get("elementType", "road")
        return Link(kind, self._text(one, "elementId"), one.attributes.get("contactPoint", "start"))

    def _polys(self, element: Element, tag: str, start: str) -> tuple[Poly, ...]:
        n = self._number
        rows = [(n(one, start), n(one, "a"), n(one, "b"), n(one, "c"), n(one, "d")) for one in element.all(tag)]
        return tuple(sorted(rows))

    def _needed(self, element: Element, tag: str) -> Element:
        found = element.first(tag)
        if found is None:
            raise self._wrong(element, f"{tag} is missing")
        return found

    def _text(self, element: Element, key: str) -> str:
        if key not in element.attributes:
            raise self._wrong(element, f"attribute {key} is missing")
        return element.attributes[key]

    def _number(self, element: Element, key: str) -> float:
        text = self._text(element, key)
        try:
            value = float(text)
        except ValueError:
            raise self._wrong(element, f'{key}="{text}" is no number') from None
        if not math.isfinite(value):
            raise self._wrong(element, f'{key}="{text}" is not finite')
        return value

    def _wrong(self, element: Element, message: str) -> UsageError:
        return UsageError(f"{self._path}:{element.line}  {element.tag}: {message}")
