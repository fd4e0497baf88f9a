"""The roads of an episode as an OpenDRIVE 1.7 file: reference lines, lanes, junctions with their ways, signals.

Lanes and ways through junctions are exact: what is a straight, an arc or a clothoid here is one in the file.
Surfaces beside lanes (corners, islands) are not written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from xml.etree import ElementTree as ET

from sim.domains.driving.exchange.cross_sections import CrossSection, FileLane, cross_section
from sim.domains.driving.maps.curves import Segment
from sim.domains.driving.maps.network import Crossing, Network
from sim.domains.driving.roads import Road
from sim.domains.driving.scenery.stretches import pieces

__all__ = ["CONTROLLER", "road_text", "text_of"]

CONTROLLER = "cycle"
"""Name of the controller of all signals of a junction."""
_JUNCTION = "1000"
_FIRST_WAY = 101  # id of the first road through the junction; arms count from 1
_SIGNAL = {"country": "OpenDRIVE", "type": "1000001", "subtype": "-1"}  # a light of three colours
_YIELD = {"country": "DE", "type": "205", "subtype": "-1"}  # StVO sign 205
_SIGNAL_HEIGHT, _SIGN_HEIGHT = 2.4, 2.1  # of the lower edge above the ground [m]


def road_text(road: Road, network: Network | None) -> str:
    """Return the file of a single road, or of roads that meet at a junction.

    Args:
        road: that everybody is on, where there is no network.
        network: of the roads that meet; one that was read from a map is written as that file was.
    """
    if network is not None and network.source is not None:
        return network.source.read_text("utf-8")
    root = ET.Element("OpenDRIVE")
    ET.SubElement(root, "header", revMajor="1", revMinor="7", name="oddsmith", version="1.00")
    if network is None:
        _road(root, "1", road, cross_section(road), {})
        return text_of(root)
    sections = {name: cross_section(arm) for name, arm in zip(network.names, network.arms, strict=True)}
    ids = {name: str(k + 1) for k, name in enumerate(network.names)}
    for name, arm in zip(network.names, network.arms, strict=True):
        made = _road(root, ids[name], arm, sections[name], {"predecessor": ("junction", _JUNCTION, "")}, name)
        _signals(made, name, arm, network)
    for k, way in enumerate(network.crossings):
        _way(root, str(_FIRST_WAY + k), way, ids, sections, network.lane_width)
    _control(root, network)
    _junction(root, network, ids, sections)
    return text_of(root)


def text_of(root: ET.Element) -> str:
    """Return a document with its declaration, a line per element."""
    ET.indent(root, " ")
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _number(value: float) -> str:
    return repr(float(value) + 0.0)  # no negative zero


def _road(
    root: ET.Element, number: str, road: Road, section: CrossSection,
    links: Mapping[str, tuple[str, str, str]], name: str = "",
) -> ET.Element:  # fmt: skip
    made = _course(root, number, road.segments, links, junction="-1", name=name)
    lanes = _lanes(made, section.offset)
    if not road.stretches:
        _section(lanes, 0.0, section, [])
    parts = [cross_section(piece) for _, piece in pieces(road)]
    for k, (stretch, part) in enumerate(zip(road.stretches, parts, strict=True)):
        beside = {"predecessor": parts[k - 1 : k], "successor": parts[k + 1 : k + 2]}
        _section(lanes, stretch.begins, part, [(way, one) for way, others in beside.items() for one in others])
    _crosswalks(made, road)
    return made


def _section(
    lanes: ET.Element, s: float, section: CrossSection, beside: Sequence[tuple[str, CrossSection]]
) -> None:
    """Add the lanes from s on, those for driving linked to those of the sections before and after."""
    inside = ET.SubElement(lanes, "laneSection", s=_number(s))

    def add(side: ET.Element, lane: FileLane) -> None:
        links = {
            way: lane.id
            for way, one in beside
            if any(
                lane.id == other.id and lane.type == other.type == "driving"
                for other in (*one.left, *one.right)
            )
        }
        _lane(side, lane, links)

    if section.left:
        side = ET.SubElement(inside, "left")
        for lane in section.left:
            add(side, lane)
    centre = ET.SubElement(ET.SubElement(inside, "center"), "lane", id="0", type="none", level="false")
    _mark(centre, section.mark)
    side = ET.SubElement(inside, "right")
    for lane in section.right:
        add(side, lane)


def _course(
    root: ET.Element, number: str, segments: Sequence[Segment], links: Mapping[str, tuple[str, str, str]],
    *, junction: str, name: str = "",
) -> ET.Element:  # fmt: skip
    """Add a road with its links and its reference line."""
    length = _number(sum(segment[0] for segment in segments))
    road = ET.SubElement(root, "road", name=name, length=length, id=number, junction=junction, rule="RHT")
    if links:
        link = ET.SubElement(road, "link")
        for end, (kind, other, contact) in links.items():
            more = {"contactPoint": contact} if contact else {}
            ET.SubElement(link, end, {"elementType": kind, "elementId": other, **more})
    view, s = ET.SubElement(road, "planView"), 0.0
    for way, x, y, heading, k0, k1 in segments:
        places = {"s": s, "x": x, "y": y, "hdg": heading, "length": way}
        piece = ET.SubElement(view, "geometry", {key: _number(value) for key, value in places.items()})
        if k0 != k1:
            ET.SubElement(piece, "spiral", curvStart=_number(k0), curvEnd=_number(k1))
        elif k0:
            ET.SubElement(piece, "arc", curvature=_number(k0))
        else:
            ET.SubElement(piece, "line")
        s += way
    return road


def _lanes(road: ET.Element, offset: float) -> ET.Element:
    lanes = ET.SubElement(road, "lanes")
    if offset:
        ET.SubElement(lanes, "laneOffset", s="0.0", a=_number(offset), b="0.0", c="0.0", d="0.0")
    return lanes


def _lane(side: ET.Element, lane: FileLane, links: Mapping[str, int] | None = None) -> None:
    one = ET.SubElement(side, "lane", id=str(lane.id), type=lane.type, level="false")
    if links:
        link = ET.SubElement(one, "link")
        for way, other in links.items():
            ET.SubElement(link, way, id=str(other))
    ET.SubElement(one, "width", sOffset="0.0", a=_number(lane.width), b="0.0", c="0.0", d="0.0")
    _mark(one, lane.mark)
    if lane.height:
        ET.SubElement(one, "height", sOffset="0.0", inner=_number(lane.height), outer=_number(lane.height))


def _mark(lane: ET.Element, mark: tuple[str, float, str] | None) -> None:
    if mark is None:
        ET.SubElement(lane, "roadMark", sOffset="0.0", type="none", weight="standard", color="standard")
        return
    style, width, colour = mark
    change = "none" if style == "solid" else "both"
    ET.SubElement(
        lane, "roadMark", sOffset="0.0", type=style, weight="standard", color=colour, width=_number(width),
        laneChange=change,
    )  # fmt: skip


def _crosswalks(made: ET.Element, road: Road) -> None:
    if not road.crosswalks:
        return
    objects = ET.SubElement(made, "objects")
    for k, (s, length, right, left) in enumerate(road.crosswalks):
        numbers = {
            "s": s, "t": (right + left) / 2, "zOffset": 0.0, "hdg": 0.0, "pitch": 0.0, "roll": 0.0,
            "length": length, "width": left - right, "height": 0.0,
        }  # fmt: skip
        told = {key: _number(value) for key, value in numbers.items()}
        ET.SubElement(objects, "object", {"type": "crosswalk", "id": f"{made.get('id')}{k}", **told})


def _way(
    root: ET.Element, number: str, way: Crossing, ids: Mapping[str, str],
    sections: Mapping[str, CrossSection], width: float,
) -> None:  # fmt: skip
    """Add the road of one way through the junction, whose only lane has the way in its middle."""
    links = {
        "predecessor": ("road", ids[way.origin], "start"),
        "successor": ("road", ids[way.goal], "start"),
    }
    road = _course(root, number, way.segments, links, junction=_JUNCTION, name=f"{way.origin} to {way.goal}")
    inside = ET.SubElement(_lanes(road, width / 2), "laneSection", s="0.0")
    _mark(ET.SubElement(ET.SubElement(inside, "center"), "lane", id="0", type="none", level="false"), None)
    ends = {
        "predecessor": sections[way.origin].lane_at(way.enter),
        "successor": sections[way.goal].lane_at(way.leave),
    }
    _lane(ET.SubElement(inside, "right"), FileLane(-1, "driving", width, 0.0, None, 0.0), ends)


def _junction(
    root: ET.Element, network: Network, ids: Mapping[str, str], sections: Mapping[str, CrossSection]
) -> None:
    junction = ET.SubElement(root, "junction", name=network.kind, id=_JUNCTION)
    for k, way in enumerate(network.crossings):
        one = ET.SubElement(
            junction, "connection", id=str(k), incomingRoad=ids[way.origin],
            connectingRoad=str(_FIRST_WAY + k), contactPoint="start",
        )  # fmt: skip
        lane = sections[way.origin].lane_at(way.enter)
        ET.SubElement(one, "laneLink", {"from": str(lane), "to": "-1"})


def _signals(made: ET.Element, name: str, arm: Road, network: Network) -> None:
    """Add the signals and signs that stand at an arm, for its traffic towards the junction."""
    posts = [(one.name, one.x, one.y, True) for one in network.posts if one.arm == name]
    posts += [(one, x, y, False) for one, _, x, y, _ in network.signs if one == f"yield_{name}"]
    if not posts:
        return
    signals = ET.SubElement(made, "signals")
    for one, x, y, is_dynamic in posts:
        s, d = arm.place(x, y, 0.0)
        kind, height = (_SIGNAL, _SIGNAL_HEIGHT) if is_dynamic else (_YIELD, _SIGN_HEIGHT)
        told = {key: _number(value) for key, value in {"s": s, "t": d, "zOffset": height}.items()}
        told |= {"id": one, "name": one, "dynamic": "yes" if is_dynamic else "no", "orientation": "-", **kind}
        ET.SubElement(signals, "signal", told)


def _control(root: ET.Element, network: Network) -> None:
    if network.posts:
        controller = ET.SubElement(root, "controller", id="1", name=CONTROLLER)
        for post in network.posts:
            ET.SubElement(controller, "control", signalId=post.name, type="0")
