"""Ramps: their geometry by hand, who merges and who leaves, and that nobody touches in random traffic."""

from __future__ import annotations

import math
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from sim.domains.driving import layout as c
from sim.domains.driving.exchange.road_files import road_text
from sim.domains.driving.scenery.stretches import pieces
from sim.noise import Noise

START, WIDTH = 100.0, 3.5
ROAD = {"highway": {"lanes": 2, "entry": {"at": 200.0}, "exit": {"at": 700.0}}}
EXTRA, FIRST, SECOND = -2.5 * WIDTH, -1.5 * WIDTH, -0.5 * WIDTH  # middles of the lanes 1, 2 and 3


def vehicle(name, driver="idm", **settings):
    return {
        "id": name,
        "vehicle": "sedan",
        "speed": 25.0,
        "driver": {driver: {"desired_speed": 28.0}},
        **settings,
    }


def states(world, duration):
    world.clock.run(duration)
    return world.history()[1]


def test_the_extra_lane_is_there_between_its_ends_only(driving):
    road = driving.world(road=ROAD, ego={"vehicle": "sedan", "lane": 2}, actors=[]).road
    assert road.lane_centres == pytest.approx((EXTRA, FIRST, SECOND))
    assert [road.room_ahead(0, START + s) for s in (199.0, 200.0, 300.0, 450.0, 700.0, 960.0)] == pytest.approx(
        [0.0, 250.0, 150.0, 0.0, 250.0, 0.0]
    )
    assert road.end_ahead(0, START + 100.0) == road.end_ahead(0, START + 300.0) == START + 450.0
    assert road.end_ahead(0, START + 500.0) == START + 950.0
    assert math.isinf(road.end_ahead(1, START))


def test_ramps_meet_the_lane_in_place_slope_and_bend(driving):
    road = driving.world(road=ROAD, ego={"vehicle": "sedan", "lane": 2}, actors=[]).road
    entry, leaving = road.ramps["entry"], road.ramps["exit"]
    assert entry.middle(START + 200.0) == pytest.approx(EXTRA)
    assert entry.middle(START + 120.0) == pytest.approx(EXTRA - 6.5)  # half way, by symmetry
    assert entry.middle(START) == pytest.approx(EXTRA - 13.0)
    assert entry.slope(START + 200.0) == entry.slope(START + 40.0) == 0.0
    assert entry.slope(START + 120.0) == pytest.approx(1.875 * 13.0 / 160.0)
    assert leaving.middle(START + 950.0) == pytest.approx(EXTRA)
    assert leaving.middle(START + 1110.0) == pytest.approx(EXTRA - 13.0)


def test_stretches_cover_the_road_and_its_course(driving):
    bent = {"highway": {**ROAD["highway"], "alignment": [{"arc": {"length": 600.0, "curvature": 1 / 900.0}}]}}
    road = driving.world(road=bent, ego={"vehicle": "sedan", "lane": 2, "speed": 30.0}, actors=[]).road
    assert road.stretches[0].begins == 0.0
    assert road.stretches[-1].ends == road.length
    assert all(a.ends == b.begins for a, b in zip(road.stretches, road.stretches[1:], strict=False))
    for stretch, (_, piece) in zip(road.stretches, pieces(road), strict=True):
        for share in (0.0, 0.37, 1.0):
            way = share * (stretch.ends - stretch.begins)
            assert piece.pose(way, -3.0) == pytest.approx(road.pose(stretch.begins + way, -3.0), abs=1e-6)


def test_who_comes_by_the_ramp_follows_it_and_merges(driving):
    world = driving.world(duration=30.0, road=ROAD, ego={"vehicle": "sedan", "lane": 3, "speed": 30.0},
                          actors=[vehicle("m", on="entry_ramp", ahead=0.0, speed=20.0)])  # fmt: skip
    rows = states(world, 30.0)[:, 1]
    on_ramp = rows[rows[:, c.S] < START + 195.0]
    ramp = world.road.ramps["entry"]
    assert max(abs(row[c.D] - ramp.middle(row[c.S])) for row in on_ramp) < 0.35
    moved = rows[np.argmax(rows[:, c.D] > EXTRA + 0.1), c.S]
    assert START + 200.0 <= moved <= START + 450.0
    assert rows[-1, c.D] == pytest.approx(FIRST, abs=0.1)


def test_who_is_told_to_leaves_by_the_ramp_at_its_speed(driving):
    ego = {
        "vehicle": "sedan",
        "lane": 3,
        "speed": 28.0,
        "driver": {"mobil": {}},
        "do": [{"at": 0.0, "take_exit": {}}],
    }
    rows = states(driving.world(duration=52.0, road=ROAD, ego=ego, actors=[]), 52.0)[:, 0]
    s, d = rows[:, c.S], rows[:, c.D]
    assert np.all(
        d[s < START + 700.0] > FIRST - 0.3
    )  # not before its lane begins: the one of the entry is not for it
    beyond = s > START + 1120.0
    assert d[beyond] == pytest.approx(EXTRA - 13.0, abs=0.3)
    assert rows[beyond, c.V].max() < 70 / 3.6 + 0.5
    assert rows[:, c.A].min() > -2.5


def test_who_cannot_get_over_stays_on_the_motorway(driving):
    ego = {
        "vehicle": "sedan",
        "lane": 3,
        "speed": 28.0,
        "driver": {"idm": {}},
        "do": [{"at": 33.0, "take_exit": {}}],
    }
    rows = states(driving.world(duration=45.0, road=ROAD, ego=ego, actors=[]), 45.0)[:, 0]
    assert np.all(rows[rows[:, c.S] > START + 950.0, c.D] > FIRST - 0.3)


@pytest.mark.parametrize("kind", ["human", "mobil"])
def test_nobody_touches_in_random_traffic(driving, kind):
    merged = 0
    for seed in range(6):
        rng, actors = np.random.default_rng(seed), []
        for lane in (2, 3):
            for k in range(4):
                wish, headway = float(rng.uniform(24.0, 33.0)), float(rng.uniform(0.8, 2.0))
                place = {"of": f"v{lane}{k - 1}"} if k else {}
                place["behind"] = (
                    3.0 + (headway * 27.0 if k or lane == 2 else 0.0) + float(rng.uniform(0.0, 30.0))
                )
                driver = {kind: {"desired_speed": wish, "headway": headway}}
                told = [{"at": 0.0, "take_exit": {}}] if rng.uniform() < 0.3 else []
                actors.append(vehicle(f"v{lane}{k}", lane=lane, do=told, **place) | {"driver": driver})
        for k in range(3):
            place = {"of": f"m{k - 1}", "behind": float(rng.uniform(25.0, 45.0))} if k else {"behind": 10.0}
            kinds = str(rng.choice(["sedan", "truck", "hatchback"]))
            actors.append(vehicle(f"m{k}", kind, on="entry_ramp", **place) | {"vehicle": kinds, "speed": 20.0})
        ego = {"vehicle": "sedan", "lane": 2, "speed": 27.0, "driver": {kind: {}}}
        world = driving.world(duration=45.0, noise=Noise(seed), road=ROAD, ego=ego, actors=actors)
        rows = states(world, 45.0)
        assert world.touching is None, (seed, world.touching)
        last = rows[-1, [world.index[f"m{k}"] for k in range(3)]]
        assert np.all((last[:, c.D] > EXTRA + 2.0) | (last[:, c.S] < START + 450.0))
        merged += int(np.sum(last[:, c.D] > EXTRA + 2.0))
    assert merged >= 12


def test_the_file_has_the_lane_where_it_is(driving):
    road = driving.world(road=ROAD, ego={"vehicle": "sedan", "lane": 2, "speed": 30.0}, actors=[]).road
    sections = ET.fromstring(road_text(road, None)).findall(".//laneSection")
    assert [float(one.get("s")) for one in sections] == [one.begins for one in road.stretches]
    for one, stretch in zip(sections, road.stretches, strict=True):
        driven = [lane for lane in one.findall("right/lane") if lane.get("type") == "driving"]
        assert len(driven) == len(stretch.lanes)
    first, last = sections[0].find("right/lane[@id='-1']/link"), sections[-1].find("right/lane[@id='-1']/link")
    assert [one.tag for one in first] == ["successor"]
    assert [one.tag for one in last] == ["predecessor"]
