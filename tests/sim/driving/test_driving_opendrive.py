"""OpenDRIVE files: what is read, where lanes run, which lane leads into which, and what is said of the rest."""

from __future__ import annotations

import math
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim.domains.driving import layout as c
from sim.domains.driving.lines import nearest_on
from sim.domains.driving.maps.curves import along, line_of
from sim.domains.driving.maps.lane_lines import TOLERANCE, at_poly, lane_segments, point_beside, reference_at
from sim.domains.driving.maps.map_network import MapNetwork, map_network
from sim.domains.driving.maps.opendrive import read_map
from sim.errors import RunError, UsageError

ZERO = 'cU="0" dU="0"'
CROSSING = Path(__file__).parents[3] / "scenarios" / "driving" / "maps" / "crossing.xodr"
"""Written by scenariogeneration 0.16.7 (pyoscx), an independent library."""


def lane(
    number: int, widths: str, *, then: int | None = None, before: int | None = None, kind: str = "driving"
) -> str:
    links = "" if then is None else f'<successor id="{then}"/>'
    links += "" if before is None else f'<predecessor id="{before}"/>'
    return f'<lane id="{number}" type="{kind}" level="false"><link>{links}</link>{widths}</lane>'


def width(a: float, b: float = 0.0, c_: float = 0.0, d: float = 0.0, s: float = 0.0) -> str:
    return f'<width sOffset="{s}" a="{a}" b="{b}" c="{c_}" d="{d}"/>'


def road(
    name: str, geometry: str, length: float, lanes: str, *, link: str = "", offset: str = "", more: str = ""
) -> str:
    return (
        f'<road id="{name}" length="{length}" junction="-1"><link>{link}</link><planView>{geometry}</planView>'
        f'{more}<lanes>{offset}<laneSection s="0"><center><lane id="0" type="none"/></center>'
        f"<right>{lanes}</right></laneSection></lanes></road>\n"
    )


def piece(shape: str, length: float, s: float = 0.0, x: float = 0.0, y: float = 0.0, hdg: float = 0.0) -> str:
    return f'<geometry s="{s}" x="{x}" y="{y}" hdg="{hdg}" length="{length}">{shape}</geometry>'


def written(folder: Path, *roads: str) -> Path:
    path = folder / "map.xodr"
    path.write_text('<?xml version="1.0"?>\n<OpenDRIVE>\n' + "".join(roads) + "</OpenDRIVE>\n")
    return path


def test_reference_lines_go_through_points_computed_by_hand(tmp_path: Path) -> None:
    shapes = {
        "line": ("<line/>", 10.0, (3.0 + 10.0 * math.cos(0.5), 4.0 + 10.0 * math.sin(0.5), 0.5)),
        # a quarter of a circle of 10 m: 10 m along and 10 m to the left
        "arc": ('<arc curvature="0.1"/>', 5.0 * math.pi, None),
        "normalized": (f'<paramPoly3 aU="0" bU="8" {ZERO} aV="0" bV="0" cV="0" dV="2"/>',
                       8.5, None),
        "arcLength": (f'<paramPoly3 pRange="arcLength" aU="0" bU="1" {ZERO} aV="0" bV="0" cV="0.01" dV="0"/>',
                      6.0, None),
        "poly3": ('<poly3 a="0" b="0" c="0.05" d="0"/>', 7.0, None),
    }  # fmt: skip
    for name, (shape, length, _) in shapes.items():
        path = written(
            tmp_path, road("1", piece(shape, length, x=3.0, y=4.0, hdg=0.5), length, lane(-1, width(3.0)))
        )
        one = read_map(path).roads["1"]
        x, y, heading, bend, _ = reference_at(one, length)
        u = (x - 3.0) * math.cos(0.5) + (y - 4.0) * math.sin(0.5)
        v = (y - 4.0) * math.cos(0.5) - (x - 3.0) * math.sin(0.5)
        turned = heading - 0.5
        if name == "line":
            assert (u, v, turned, bend) == pytest.approx((10.0, 0.0, 0.0, 0.0), abs=1e-12)
        elif name == "arc":
            assert (u, v, turned, bend) == pytest.approx((10.0, 10.0, math.pi / 2, 0.1), abs=1e-12)
        elif name == "normalized":  # at p = 1: (8, 2), direction (8, 6), second derivative (0, 12)
            assert (u, v, turned) == pytest.approx((8.0, 2.0, math.atan2(6.0, 8.0)), abs=1e-12)
            assert bend == pytest.approx(8.0 * 12.0 / 10.0**3)
        elif name == "arcLength":  # at p = 6: (6, 0.36), direction (1, 0.12)
            assert (u, v, turned) == pytest.approx((6.0, 0.36, math.atan(0.12)), abs=1e-12)
        else:  # v = 0.05 u²: length u/2 sqrt(1 + 0.01 u²) + asinh(0.1 u) / 0.2
            assert v == pytest.approx(0.05 * u * u, abs=1e-9)
            assert u / 2 * math.sqrt(1 + 0.01 * u * u) + math.asinh(0.1 * u) / 0.2 == pytest.approx(
                7.0, abs=1e-6
            )


def test_a_spiral_is_the_fresnel_integral(tmp_path: Path) -> None:
    from scipy.special import fresnel

    shape = '<spiral curvStart="0" curvEnd="0.02"/>'
    one = read_map(written(tmp_path, road("1", piece(shape, 50.0), 50.0, lane(-1, width(3.0))))).roads["1"]
    scale = math.sqrt(math.pi / (0.02 / 50.0))  # heading = rate s² / 2 = pi/2 (s / scale)²
    y, x = fresnel(50.0 / scale)
    assert reference_at(one, 50.0) == pytest.approx((x * scale, y * scale, 0.5, 0.02, 1.0), abs=1e-9)


@pytest.mark.parametrize(
    "shape",
    ["<line/>", '<arc curvature="-0.03"/>', '<spiral curvStart="0.03" curvEnd="-0.02"/>',
     '<paramPoly3 pRange="arcLength" aU="0" bU="1" cU="0" dU="-1e-5" aV="0" bV="0" cV="0.006" dV="-1e-4"/>'],
)  # fmt: skip
@pytest.mark.parametrize("side", [-2, 2])
def test_the_middle_of_a_lane_is_where_its_widths_say(tmp_path: Path, shape: str, side: int) -> None:
    inner = lane(-1, width(3.0, 0.0, 0.002))
    outer = lane(-2, width(3.0, 0.02) + width(3.8, -0.01, s=40.0))
    if side > 0:
        inner, outer = inner.replace('"-1"', '"1"'), outer.replace('"-2"', '"2"')
    text = road(
        "1", piece(shape, 60.0), 60.0, inner + outer, offset='<laneOffset s="0" a="0.5" b="0.01" c="0" d="0"/>'
    )
    one = read_map(written(tmp_path, text)).roads["1"]
    segments = lane_segments(one, 0, side)
    line = line_of(segments)
    ways = np.linspace(0.5, 59.5, 60)
    for s in ways:
        t = 0.5 + 0.01 * s
        outer_width = 3.0 + 0.02 * s if s < 40.0 else 3.8 - 0.01 * (s - 40.0)
        t += math.copysign(3.0 + 0.002 * s * s + outer_width / 2, side)
        x, y, heading, _, _ = reference_at(one, float(s))
        place = (x - t * math.sin(heading), y + t * math.cos(heading))
        assert point_beside(one, one.sections[0], side, float(s), 0.5) == pytest.approx(place, abs=1e-9)
        assert abs(nearest_on(line, *place, 1.0)[1]) < TOLERANCE
    for before, after in pairwise(segments):
        assert along(before, before[0])[:2] == pytest.approx(after[1:3], abs=TOLERANCE)


def test_lanes_beside_straights_and_arcs_stay_straights_and_arcs(tmp_path: Path) -> None:
    text = road("1", piece("<line/>", 60.0) + piece('<arc curvature="0.02"/>', 40.0, s=60.0, x=60.0), 100.0,
                lane(-1, width(3.0)))  # fmt: skip
    segments = lane_segments(read_map(written(tmp_path, text)).roads["1"], 0, -1)
    assert [round(segment[0], 6) for segment in segments] == [60.0, 40.0 * (1.0 + 0.02 * 1.5)]
    assert segments[1][4:] == pytest.approx((0.02 / 1.03,) * 2)


def test_what_has_no_effect_is_listed_with_its_line(tmp_path: Path) -> None:
    more = '<elevationProfile>\n<elevation s="0" a="1.5" b="0" c="0" d="0"/></elevationProfile>'
    text = road("7", piece("<line/>", 9.0), 9.0, lane(-1, width(3.0)), more=more)
    text = text.replace("</road>", '\n<objects/><signals>\n<signal id="1"/></signals></road>')
    found = read_map(written(tmp_path, text)).ignored
    assert [(one.line, one.what) for one in found] == [
        (4, "elevation of road 7: roads are taken as flat"),
        (5, "objects of road 7"),
        (5, "signals of road 7"),
    ]


def test_a_check_tells_what_of_a_map_has_no_effect_and_what_is_wrong_with_it(tmp_path: Path) -> None:
    from oddsmith.catalog import load_scenario
    from sim.errors import ScenarioError

    bends = "".join(f'\n<elevation s="{s}" a="1.5" b="0" c="0" d="0"/>' for s in range(7))
    more = f"<elevationProfile>{bends}</elevationProfile>"
    good = road("7", piece("<line/>", 90.0), 90.0, lane(-1, width(3.0)), more=more)
    good = good.replace("</road>", "\n<objects/></road>")
    written(tmp_path, good).rename(tmp_path / "town.xodr")
    (tmp_path / "mine.yaml").write_text(
        """
scenario: driving/mine
duration: 2 s
world:
  road: {opendrive: {file: town.xodr}}
  ego: {speed: 10 m/s, route: {through: ["7:-1"]}}
  actors:
    - {id: lead, vehicle: sedan, speed: 10 m/s, route: {through: ["7:-1"]}, ahead: 20 m}
event: {crash: "collided(ego, lead)"}
"""
    )
    told = load_scenario(str(tmp_path / "mine.yaml")).warnings
    assert [(fault.code, fault.path, fault.place.line) for fault in told] == [
        ("W202", "world.road.opendrive.file", 5)
    ] * 2
    assert [fault.message for fault in told] == [
        "town.xodr: elevation has no effect (lines 4, 5, 6, 7, 8 and 2 more): roads are taken as flat",
        "town.xodr: objects has no effect (line 11)",
    ]
    text = (tmp_path / "town.xodr").read_text()
    (tmp_path / "town.xodr").write_text(text.replace("planView", "plainView"))
    with pytest.raises(ScenarioError, match=r"mine.yaml:5:(.|\n)*town.xodr:\d+  road: planView is missing"):
        load_scenario(str(tmp_path / "mine.yaml"))


@pytest.mark.parametrize(
    ("was", "becomes", "says"),
    [
        ('curvature="0.1"', 'curvature="bent"', r':3  arc: curvature="bent" is no number'),
        ('curvature="0.1"', 'curvature="nan"', ':3  arc: curvature="nan" is not finite'),
        ('<arc curvature="0.1"/>', "<helix/>", ":3  geometry: a geometry of none of the shapes line, arc"),
        ("planView", "plainView", ":3  road: planView is missing"),
        ("</road>", "</raod>", "mismatched tag"),
        ("<OpenDRIVE>", "<OpenSCENARIO>", "mismatched tag"),
        ('<?xml version="1.0"?>', '<!DOCTYPE a [<!ENTITY b "c">]>', "entities are not allowed"),
    ],
)
def test_a_wrong_file_is_told_with_its_line(tmp_path: Path, was: str, becomes: str, says: str) -> None:
    path = written(tmp_path, road("1", piece('<arc curvature="0.1"/>', 9.0), 9.0, lane(-1, width(3.0))))
    path.write_text(path.read_text().replace(was, becomes))
    with pytest.raises(UsageError) as error:
        read_map(path)
    assert says in str(error.value)


def chain_of_three(folder: Path) -> Path:
    link = '<successor elementType="road" elementId="{}" contactPoint="{}"/>'
    return written(
        folder,
        road("a", piece("<line/>", 50.0), 50.0, lane(-1, width(3.5), then=-1), link=link.format("b", "start")),
        road("b", piece('<arc curvature="0.05"/>', 20.0, x=50.0), 20.0, lane(-1, width(3.5)),
             link='<predecessor elementType="road" elementId="a" contactPoint="end"/>'),
        road("c", piece("<line/>", 50.0, y=90.0), 50.0,
             lane(-1, width(3.5)) + lane(-2, width(2.0), kind="sidewalk")),
    )  # fmt: skip


def test_a_route_that_leads_nowhere_is_told(tmp_path: Path) -> None:
    lanes = map_network(chain_of_three(tmp_path))
    assert lanes.chain(["a:-1", "b:-1"]) == (("a", 0, -1), ("b", 0, -1))
    for through, says in (
        (("a:-1", "c:-1"), "no way leads from a:-1 to c:-1"),
        (("d:-1",), "there is no road 'd'"),
        (("c:-2",), "road c has no lane -2 to drive on, only -1"),
        (("a",), "say road:lane, as in a:-1"),
    ):
        with pytest.raises(RunError, match=says):
            lanes.route(through)


def crossing() -> MapNetwork:
    return map_network(CROSSING)


def test_lanes_of_an_independent_library_s_file_meet_end_to_end() -> None:
    lanes = crossing()
    keys = [
        (road.id, number, lane)
        for road in lanes.map.roads.values()
        for number, section in enumerate(road.sections)
        for lane in section.lanes
        if lane != 0
    ]
    joints = 0
    for key in keys:
        *_, last = lanes.segments(key)
        x, y, heading = along(last, last[0])
        for then in lanes.successors(key):
            first = lanes.segments(then)[0]
            assert (x, y) == pytest.approx(first[1:3], abs=0.02), (key, then)
            assert math.cos(heading - first[3]) > 1.0 - 1e-6
            joints += 1
    assert joints >= 12
    assert all(at_poly(lanes.lane(key).widths, 0.0)[0] > 0.0 for key in keys)


def test_vehicles_drive_over_a_map_follow_each_other_and_stop_where_their_route_ends(driving: Any) -> None:
    road = {"opendrive": {"file": str(CROSSING)}}
    lanes = crossing()
    start, goal = next(
        (f"{a[0]}:{a[2]}", f"{z[0]}:{z[2]}")
        for a in [("0", 0, -1)]
        for b in lanes.successors(a)
        for z in lanes.successors(b)
    )
    through = [start, goal]
    world = driving.world(
        road=road, duration=40.0, dt=0.02,
        ego={"speed": 12.0, "driver": "idm", "route": {"through": through, "along": 10.0}},
        actors=[{"id": "lead", "vehicle": "sedan", "speed": 8.0, "driver": "idm", "ahead": 15.0,
                 "route": {"through": through}}],
    )  # fmt: skip
    world.clock.run(40.0)
    _, rows = world.history()
    route = world.layout.routes[0]
    assert world.touching is None
    assert np.abs(rows[:, :, c.D]).max() < 0.5
    assert rows[-1, :, c.V].max() < 0.3
    assert 0.0 < route.length - rows[-1, 1, c.S] - world.P[1, c.LENGTH] / 2 < 2.5
