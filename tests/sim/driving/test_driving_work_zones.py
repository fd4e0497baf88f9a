"""Road works: their layout by hand, who merges when, and that nobody touches in random traffic."""

from __future__ import annotations

import numpy as np
import pytest

from sim.domains.driving import layout as c
from sim.domains.driving.work_zones import closed_stretch, devices, taper_length
from sim.noise import Noise

MPH = 0.44704
START = 100.0  # where ego begins
ROAD = {"highway": {"lanes": 2, "work_zone": {"at": 600.0}}}
BEGINS = START + 600.0


def traffic(seed, kind, *, lanes, side="right", per_lane=6, **driver):
    """Return random traffic that comes up to road works, each with the headway its driver keeps."""
    rng, actors = np.random.default_rng(seed), []
    for lane in range(1, lanes + 1):
        for k in range(per_lane):
            vehicle = str(rng.choice(["sedan", "truck", "van", "hatchback", "motorcycle"]))
            wish = 23.0 if vehicle == "truck" else float(rng.uniform(21.0, 31.0))
            headway = float(rng.uniform(0.8, 2.0))
            place = {"of": f"v{lane}{k - 1}"} if k else {}
            place["behind"] = 3.0 + (headway * 26.0 if k or lane == 1 else 0.0) + float(rng.uniform(0.0, 25.0))
            place |= {"vehicle": vehicle, "lane": lane, "speed": min(wish, 25.0)}
            settings = {"desired_speed": wish, "headway": headway, **driver}
            actors.append({"id": f"v{lane}{k}", "driver": {kind: settings}, **place})
    road = {"highway": {"lanes": lanes, "work_zone": {"at": 500.0, "side": side}}}
    ego = {"vehicle": "sedan", "lane": 1, "speed": 25.0, "driver": {kind: {**driver}}}
    return {"duration": 40.0, "noise": Noise(seed), "road": road, "ego": ego, "actors": actors}


@pytest.mark.parametrize(
    ("feet", "mph", "expected"), [(12, 60, 720), (12, 45, 540), (12, 40, 320), (10, 30, 150)]
)
def test_tapers_are_those_of_the_table(feet, mph, expected):
    """MUTCD table 6C-4: L = W S, and W S² / 60 up to 40 mph."""
    assert taper_length(feet * 0.3048, mph * MPH) == pytest.approx(expected * 0.3048, rel=1e-9)


@pytest.mark.parametrize(
    ("side", "outer", "inner"), [("right", -7.0 + 0.4, -3.5 - 0.4), ("left", -0.4, -3.5 + 0.4)]
)
def test_cones_lead_from_the_outer_edge_to_the_lane_line(side, outer, inner):
    zone = {"at": 50.0, "side": side, "taper": 100.0, "length": 60.0, "limit": 30 * MPH, "announced": 100.0}
    assert closed_stretch(zone, width=3.5, origin=START) == (150.0, 250.0, 310.0)
    *cones, barrier = devices(zone, lanes=2, width=3.5, origin=START)
    taper = [(one["s"], one["d"]) for one in cones if one["s"] <= 250.0]
    rest = [(one["s"], one["d"]) for one in cones if one["s"] > 250.0]
    assert taper[0] == (150.0, outer)
    assert taper[-1] == pytest.approx((250.0, inner))
    assert np.all(np.diff([s for s, _ in taper + rest]) <= 30 * 0.3048 + 1e-9)  # feet as many as mph
    assert all(d == pytest.approx(outer + (s - 150.0) / 100.0 * (inner - outer)) for s, d in taper)
    assert all(d == pytest.approx(inner) for _, d in rest)
    assert rest[-1][0] == pytest.approx(310.0)
    assert barrier["d"] == pytest.approx(-5.25 if side == "right" else -1.75)


def test_one_alone_merges_within_its_foresight_and_passes_at_the_limit(driving):
    ego = {"vehicle": "sedan", "lane": 1, "speed": 30.0, "driver": {"idm": {"foresight": 250.0}}}
    world = driving.world(duration=45.0, road=ROAD, ego=ego, actors=[])
    world.clock.run(45.0)
    _, rows = world.history()
    s, d, v = rows[:, 0, c.S], rows[:, 0, c.D], rows[:, 0, c.V]
    moves = s[np.argmax(d > -5.24)]
    assert BEGINS - 250.0 <= moves <= BEGINS - 250.0 + 30.0 * 0.6  # one look at the lanes later at most
    assert d[-1] == pytest.approx(-1.75, abs=0.05)
    inside = (s > BEGINS) & (s < BEGINS + 200.0)
    assert v[inside].max() < 80 / 3.6 + 0.3
    assert rows[:, 0, c.A].min() > -1.6
    assert v[0] == 30.0


def test_who_finds_no_gap_stops_before_the_first_cone_and_merges_behind(driving):
    """Ten who make no room pass; then the lorry goes."""
    row = [
        {"id": f"c{k}", "vehicle": "sedan", "lane": 2, "speed": 20.0, "of": f"c{k - 1}" if k else "ego",
         "behind": 22.0 if k else -40.0, "driver": {"idm": {"courtesy": 0.0, "headway": 1.0}}}
        for k in range(10)
    ]  # fmt: skip
    road = {"highway": {"lanes": 2, "work_zone": {"at": 120.0, "limit": 20.0}}}
    ego = {
        "vehicle": "truck",
        "lane": 1,
        "speed": 20.0,
        "driver": {"idm": {"foresight": 60.0, "safe_deceleration": 1.0}},
    }
    world = driving.world(duration=60.0, road=road, ego=ego, actors=row)
    world.clock.run(60.0)
    _, rows = world.history()
    front = rows[:, 0, c.S] + 0.5 * world.P[0, c.LENGTH]
    stands = rows[:, 0, c.V] == 0.0
    assert stands.any()
    assert front[stands].max() < START + 120.0
    assert front[stands].max() > START + 95.0
    assert world.touching is None
    assert rows[-1, 0, c.D] == pytest.approx(-1.75, abs=0.1)
    assert rows[-1, 0, c.S] < rows[-1, 1:11, c.S].min()


@pytest.mark.parametrize("courtesy", [0.0, 1.0])
def test_the_courteous_let_somebody_in(driving, courtesy):
    """Beside a lane that ends the one behind makes room, or not, before the change begins."""
    road = {"highway": {"lanes": 2, "work_zone": {"at": 200.0, "limit": 20.0}}}
    beside = {"id": "beside", "vehicle": "sedan", "lane": 2, "behind": -2.0, "speed": 19.0,
              "driver": {"idm": {"desired_speed": 20.0, "courtesy": courtesy}}}  # fmt: skip
    ego = {"vehicle": "sedan", "lane": 1, "speed": 20.0, "driver": {"idm": {"safe_deceleration": 0.5}}}
    world = driving.world(duration=4.0, road=road, ego=ego, actors=[beside])
    world.clock.run(4.0)
    merged = [o.t for o in world.occurrences if o.fields.get("kind") == "merge"]
    _, rows = world.history()
    before = rows[: int(100 * (merged[0] if merged else 4.0)), 1, c.A]
    assert (before.min() < -0.3) == (courtesy == 1.0)


@pytest.mark.parametrize(
    ("kind", "lanes", "side"), [("human", 2, "right"), ("mobil", 3, "left"), ("idm", 2, "left")]
)
def test_nobody_touches_and_all_pass_in_random_traffic(driving, kind, lanes, side):
    closed = 0 if side == "right" else lanes - 1
    for seed in range(8):
        scene = traffic(seed, kind, lanes=lanes, side=side)
        world = driving.world(**scene)
        world.clock.run(40.0)
        assert world.touching is None, (seed, world.touching)
        _, rows = world.history()
        vehicles = [world.index[name] for name in world.bodies if world.kind(name) == "vehicle"]
        begins, _, ends = closed_stretch(
            scene["road"]["highway"]["work_zone"] | {"taper": None, "limit": 80 / 3.6, "length": 120.0},
            width=3.5, origin=START,
        )  # fmt: skip
        inside = (rows[:, vehicles, c.S] > begins + 40.0) & (rows[:, vehicles, c.S] < ends)
        off = np.abs(rows[:, vehicles, c.D] - world.lanes[closed])
        assert off[inside].min() > 2.0
        assert inside.any()


def test_same_draw_same_episode_and_cones_are_bodies(driving):
    first, second = (driving.run(**traffic(5, "human", lanes=2)) for _ in range(2))
    assert np.array_equal(first.signal("speed", ("ego",)), second.signal("speed", ("ego",)))
    assert [o.t for o in first.occurrences] == [o.t for o in second.occurrences]
    cones = [name for name in first.entities("static") if "cone" in name]
    assert len(cones) > 10
    assert first.measure("min_distance", ("ego", cones[0])) > 0.0


def test_who_knows_nothing_of_it_hits_the_first_cone(driving):
    ego = {"vehicle": "sedan", "lane": 1, "speed": 25.0, "driver": "constant"}
    trace = driving.run(duration=40.0, road=ROAD, ego=ego, actors=[])
    hit = next(o for o in trace.occurrences if o.kind == "contact")
    cone = next(o for o in (hit.fields["a"], hit.fields["b"]) if o != "ego")
    assert cone.startswith("work_zone_cone")
    front = START + 25.0 * trace.times[-1] + 0.5 * 4.71
    s = next(one["s"] for one in devices(
        {"at": 600.0, "side": "right", "taper": None, "length": 120.0, "limit": 80 / 3.6, "announced": 400.0},
        lanes=2, width=3.5, origin=START) if one["id"] == cone)  # fmt: skip
    assert front == pytest.approx(s - 0.2, abs=0.15)  # its corner is cut off
