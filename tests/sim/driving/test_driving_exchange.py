"""Episodes as OpenSCENARIO and OpenDRIVE files: valid by the standards' schemas, and read back as they were."""

from __future__ import annotations

import math
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest
import schemas  # of scenariogeneration, which carries those that ASAM published
from lxml import etree
from scenariogeneration import xosc
from scipy.spatial.transform import Rotation

from oddsmith import load_scenario
from sim.domains.driving.maps.curves import line_of, sampled
from sim.domains.driving.maps.map_network import map_network
from sim.domains.driving.right_of_way import AMBER, GREEN, RED, RED_AMBER, signal_state
from sim.domains.driving.roads import pose_at
from sim.domains.driving.world import World
from sim.episode import record
from sim.errors import RunError
from sim.noise import Draw
from sim.recording import Recording

SCHEMAS = Path(next(iter(schemas.__path__)))
KINDS = {"episode.xosc": "OpenSCENARIO_1_2.xsd", "road.xodr": "opendrive_17_core.xsd"}
SCENARIOS = ("cut_in", "braking_in_curve", "occluded_child", "deer", "left_turn_across_path",
             "straight_crossing_paths", "map_lead_brake", "roundabout_entry")  # fmt: skip


@pytest.fixture(scope="module")
def validators() -> dict[str, etree.XMLSchema]:
    return {name: etree.XMLSchema(etree.parse(str(SCHEMAS / file))) for name, file in KINDS.items()}


def recorded(name: str, key: int = 7, u: float = 0.5, **overrides: str) -> Recording:
    scenario = load_scenario(f"driving/{name}", overrides)
    return record(scenario, Draw(key, (u,) * scenario.dimension))


@pytest.mark.parametrize("name", SCENARIOS)
def test_files_are_valid_by_the_schemas_of_the_standards(name: str, validators) -> None:
    documents = recorded(name, duration="4 s").documents
    assert set(documents) == set(KINDS)
    for file, text in documents.items():
        validators[file].assertValid(etree.fromstring(text().encode()))
        assert text() == text()


@pytest.mark.parametrize("name", ["cut_in", "deer", "left_turn_across_path"])
@pytest.mark.parametrize("u", [0.5, 0.9])
def test_places_at_their_times_are_those_of_the_recording(name: str, u: float) -> None:
    recording = recorded(name, u=u)
    root = ET.fromstring(recording.documents["episode.xosc"]())
    centres = {
        one.get("name"): np.array([float(one.find(".//Center").get(axis)) for axis in "xyz"])
        for one in root.iter("ScenarioObject")
    }
    trajectories = {one.get("name"): list(one.iter("Vertex")) for one in root.iter("Trajectory")}
    assert trajectories
    for body, vertices in trajectories.items():
        size = recording.scene[body].shape.size
        times = [float(vertex.get("time")) for vertex in vertices]
        assert times == list(recording.tracks[0].times)
        places = [{key: float(value) for key, value in one[0][0].attrib.items()} for one in vertices]
        turned = Rotation.from_euler("ZYX", [[p["h"], p["p"], p["r"]] for p in places])
        middle = turned.apply(centres[body]) + [[p["x"], p["y"], p["z"]] for p in places]
        truth = recording.path_of(body, np.array(times))
        upright = Rotation.from_quat(truth[:, 3:])
        assert (upright.inv() * turned).magnitude() == pytest.approx(0.0, abs=1e-7)
        expected = truth[:, :3] + upright.apply([0.0, 0.0, size[2] / 2])
        assert np.max(np.abs(middle - expected)) < 1e-9
        headings = np.array([p["h"] for p in places])
        assert np.max(np.abs(np.diff(headings))) < math.pi


def test_a_vehicle_is_where_its_rear_axle_is() -> None:
    root = ET.fromstring(recorded("cut_in").documents["episode.xosc"]())
    ego = next(one for one in root.iter("ScenarioObject") if one.get("name") == "ego")
    axles = {name: ego.find(f".//{name}").attrib for name in ("FrontAxle", "RearAxle")}
    assert float(axles["RearAxle"]["positionX"]) == 0.0
    assert float(axles["FrontAxle"]["positionX"]) > 2.0
    box = ego.find(".//Center").attrib, ego.find(".//Dimensions").attrib
    front = float(box[0]["x"]) + float(box[1]["length"]) / 2
    assert 0.5 < front - float(axles["FrontAxle"]["positionX"]) < 1.2  # overhang of a car


def test_an_independent_reader_takes_the_file(tmp_path: Path) -> None:
    path = tmp_path / "episode.xosc"
    recording = recorded("cut_in", duration="1 s")
    path.write_text(recording.documents["episode.xosc"](), "utf-8")
    read = xosc.ParseOpenScenario(str(path))
    assert tuple(one.name for one in read.entities.scenario_objects) == recording.tracks[0].bodies
    assert read.roadnetwork.road_file == "road.xodr"
    follow = read.storyboard.stories[0].acts[0].maneuvergroup[0].maneuvers[0].events[0].action[0].action
    assert isinstance(follow, xosc.FollowTrajectoryAction)
    assert follow.timeref.get_attributes() == {
        "domainAbsoluteRelative": "absolute", "scale": "1.0", "offset": "0.0",
    }  # fmt: skip


def built(name: str, u: float = 0.5) -> World:
    from sim.domains.base import Setup

    scenario = load_scenario(f"driving/{name}")
    draw = Draw(7, (u,) * scenario.dimension)
    values = scenario.resolve(draw)
    return World(Setup(scenario.duration, values.world, draw.noise, clock=scenario.clock))


@pytest.mark.parametrize("name", ["cut_in", "braking_in_curve", "occluded_child", "oncoming_drift"])
def test_lanes_of_a_road_lie_where_they_did(name: str, tmp_path: Path) -> None:
    world = built(name)
    path = tmp_path / "road.xodr"
    path.write_text(recorded(name).documents["road.xodr"](), "utf-8")
    lanes = map_network(path)
    section = lanes.map.roads["1"].sections[0]
    driven = sorted(k for k, one in section.lanes.items() if one.type == "driving")
    assert len(driven) == len(world.road.lane_centres)
    # forward lanes from the rightmost, then oncoming ones: -n … -1, 1 … m
    for lane, d, side in zip(driven, world.road.lane_centres, world.road.directions, strict=True):
        line = line_of(lanes.segments(("1", 0, lane)))
        _, points = sampled(line, 0.0, float(line[-1, 0]) + 50.0, 7.0)
        back = np.array([world.road.place(x, y, 100.0 + 7.0 * k) for k, (x, y, _) in enumerate(points)])
        assert math.copysign(1.0, -lane) == side
        if side > 0:
            assert np.max(np.abs(back[:, 1] - d)) < 2e-3


@pytest.mark.parametrize("name", ["left_turn_across_path", "straight_crossing_paths", "roundabout_entry"])
def test_ways_through_a_junction_are_the_routes(name: str, tmp_path: Path) -> None:
    world = built(name)
    path = tmp_path / "road.xodr"
    path.write_text(recorded(name).documents["road.xodr"](), "utf-8")
    lanes = map_network(path)
    arms = {arm: str(k + 1) for k, arm in enumerate(world.layout.network.names)}
    for route in dict.fromkeys(world.layout.routes):
        origin, goal = (arms[end.partition("/")[0]] for end in (route.origin, route.goal))
        inwards = [k for k, one in lanes.map.roads[origin].sections[0].lanes.items()
                   if k > 0 and one.type == "driving"]  # fmt: skip
        outwards = [k for k, one in lanes.map.roads[goal].sections[0].lanes.items()
                    if k < 0 and one.type == "driving"]  # fmt: skip
        best = math.inf
        for first in inwards:
            for last in outwards:
                try:
                    found = lanes.route((f"{origin}:{first}", f"{goal}:{last}"))
                except RunError:  # a lane for another turn
                    continue
                if abs(found.length - route.length) > 1e-6:
                    continue
                ways = np.linspace(0.0, route.length, 200)
                apart = [
                    np.hypot(*np.subtract(pose_at(found.line, s, 0.0)[:2], pose_at(route.line, s, 0.0)[:2]))
                    for s in ways
                ]
                best = min(best, float(np.max(apart)))
        assert best < 1e-6, route.name


def test_lights_show_what_the_timetable_says() -> None:
    world = built("left_turn_across_path")
    network = world.layout.network
    root = ET.fromstring(recorded("left_turn_across_path").documents["episode.xosc"]())
    shown = {"on;off;off": RED, "on;on;off": RED_AMBER, "off;off;on": GREEN, "off;on;off": AMBER}
    t = 0.0
    rows = {post.name: np.array(network.timetable[post.signal]) for post in network.posts}
    for phase in root.iter("Phase"):
        lasts = float(phase.get("duration"))
        for share in (0.01, 0.5, 0.99):
            for state in phase:
                row = rows[state.get("trafficSignalId")]
                assert shown[state.get("state")] == signal_state(row, t + share * lasts)
        t += lasts
    assert t == pytest.approx(world.setup.duration)
