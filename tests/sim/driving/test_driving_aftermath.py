"""What stands beside the road in a crash: it stops whoever is pushed into it, is told of, decides nothing."""

from __future__ import annotations

import dataclasses
import itertools
import math
from functools import cache

import numpy as np
import pytest

from sim.domains.driving.bounce import restitution
from sim.domains.driving.crash import Crash, CrashBody, Planar, follow
from sim.domains.driving.footprints import place_polygon, polygon_distance
from sim.domains.driving.scenery import clear_of, obstacles
from sim.domains.driving.scenery.furniture import Parking
from sim.domains.driving.trace import DrivingTrace
from sim.domains.driving.vehicles import VEHICLES

HATCH = VEHICLES["hatchback"]
TRUCK = {
    "id": "truck", "vehicle": "truck", "lane": 2, "ahead": 60.0, "speed": 14.0,
    "do": [{"at": 0.6, "change_lane": {"to": 1, "lateral_speed": 1.6}}],
}  # fmt: skip


def car(name: str, state: Planar, *, brake: float = 0.0) -> CrashBody:
    front = (1 - HATCH.front_share) * HATCH.wheelbase
    return CrashBody(
        name, "vehicle", HATCH.footprint, HATCH.size[2], HATCH.mass, state, yaw_inertia=HATCH.yaw_inertia,
        wheelbase=HATCH.wheelbase, front_axle=front, track=HATCH.track, brake=brake,
    )  # fmt: skip


def crash_of(*bodies: CrashBody, t_end: float = 4.0) -> Crash:
    first, second = bodies[0].name, bodies[1].name
    return follow(bodies, (first, second), drive=lambda t, seen: {}, friction=0.9, t0=0.0, t_end=t_end)


def gap(a: np.ndarray, b: np.ndarray) -> float:
    """Kernel distance of two hatchbacks at two poses."""
    places = []
    for pose in (a, b):
        out, yaw = np.empty((len(HATCH.footprint), 2)), 2 * math.atan2(pose[5], pose[6])
        place_polygon(np.array(HATCH.footprint), len(out), pose[0], pose[1], yaw, out)
        places.append(out)
    return float(polygon_distance(places[0], len(places[0]), places[1], len(places[1])))


def test_a_pushed_car_stops_at_a_parked_one() -> None:
    """Hit in the flank, a car slides sideways: past where it would come to rest if nobody were parked there."""
    across = HATCH.size[0] / 2 + HATCH.size[1] / 2
    ram = car("ram", Planar(0, 0, 0, 14.0), brake=0.5)
    hit = car("hit", Planar(across, 0, math.pi / 2), brake=0.5)
    parked = car("parked", Planar(across + 3.0, 0.2, math.pi / 2), brake=1.0)
    free, stopped = crash_of(ram, hit), crash_of(ram, hit, parked)
    way = free.poses[-1, 1, 0] - across
    assert way > 3.0, "alone it slides into where the other would stand"
    assert stopped.poses[-1, 1, 0] - across < way - 0.5
    assert min(gap(a, b) for a, b in zip(stopped.poses[:, 1], stopped.poses[:, 2], strict=True)) > -0.03
    told = next(c for c in stopped.contacts if "parked" in (c.a, c.b))
    assert {(told.a, told.side_a), (told.b, told.side_b)} == {("hit", "right"), ("parked", "left")}
    assert stopped.delta_v["parked"] > 0.5
    assert np.any(stopped.poses[-1, 2] != stopped.poses[0, 2])


def test_every_pair_bounces_by_its_own_speed() -> None:
    """A first blow at 12 m/s passes speed on to a second: each leaves with the restitution of its own."""
    length = HATCH.size[0]
    crash = crash_of(
        car("a", Planar(0, 0, 0, 12.0)), car("b", Planar(length, 0)), car("c", Planar(2 * length + 1, 0))
    )
    speeds, first = crash.velocities[:, :, 0], restitution(12.0)
    assert speeds[1, 1] - speeds[1, 0] == pytest.approx(first * 12.0, abs=0.02)
    second = next(contact for contact in crash.contacts if {contact.a, contact.b} == {"b", "c"})
    assert second.speed == pytest.approx(6.0 * (1 + first), abs=0.05)
    row = int(np.searchsorted(crash.times, second.t + 0.005)) + 1
    bounced = speeds[row, 2] - speeds[row, 1]
    assert bounced == pytest.approx(restitution(second.speed) * second.speed, abs=0.03)
    assert restitution(second.speed) > first + 0.05
    momentum = speeds[row].sum() * HATCH.mass
    assert momentum == pytest.approx(12.0 * HATCH.mass, rel=0.01)  # less rolling resistance


def test_what_bodies_stand_in_already_is_left_out() -> None:
    ego, beside = car("ego", Planar(0, 0)), car("beside", Planar(1.0, 1.0))
    rail = dataclasses.replace(beside, name="rail", kind="fixed", state=Planar(30, 0))
    near = dataclasses.replace(beside, name="near", state=Planar(31.0, 0.5))
    free = dataclasses.replace(beside, name="free", state=Planar(60, 0))
    crossing = dataclasses.replace(rail, name="crossing", state=Planar(30, 0, 1.0))
    kept = clear_of((beside, rail, near, crossing, free), (ego,))
    assert [body.name for body in kept] == ["rail", "crossing", "free"]


@cache
def into_the_parked_row(driving) -> DrivingTrace:
    return driving.run(
        duration=9.0,
        through_crash=True,
        road={"street": {}},
        ego={"vehicle": "hatchback", "speed": 14.0},
        actors=[TRUCK],
    )


def test_parked_cars_of_the_scenery_are_hit_told_and_moved(driving) -> None:
    trace = into_the_parked_row(driving)
    truth = trace.truth()
    names = {body.name for body in truth.scene}
    contacts = [o for o in trace.occurrences if o.kind == "secondary_contact"]
    hit = {str(o.fields[key]) for o in contacts for key in "ab"} - {"ego", "truck"}
    assert any(name.startswith("scenery/parked_right") for name in hit)
    assert hit <= names
    actors, scenery = truth.tracks
    assert actors.bodies == ("ego", "truck")
    assert set(scenery.bodies) <= hit
    for column, name in enumerate(scenery.bodies):
        assert scenery.poses[0, column, :2] == pytest.approx(truth.scene[name].pose[:2])
    assert [o.t for o in trace.occurrences] == sorted(o.t for o in trace.occurrences)


def test_parked_cars_stop_who_is_pushed_into_them(driving) -> None:
    trace = into_the_parked_row(driving)
    actors, scenery = trace.truth().tracks
    count = len(scenery.times)
    ego = actors.poses[-count:, 0]
    sizes = {
        body.name: body.shape.details["style"] for body in trace.truth().scene if body.name in scenery.bodies
    }
    for column, name in enumerate(scenery.bodies):
        if sizes[name] == "hatchback":
            assert min(gap(a, b) for a, b in zip(ego, scenery.poses[:, column], strict=True)) > -0.05
    assert set(sizes.values()) & {"hatchback"}


def test_nothing_sinks_or_hovers(driving) -> None:
    """Wheels stand between the carriageway and the top of the kerb, without a jump at the touch."""
    trace = into_the_parked_row(driving)
    touch = trace.times[-1]
    for track in trace.truth().tracks:
        assert track.poses[:, :, 2].min() >= -0.01
        assert track.poses[:, :, 2].max() <= 0.13
        step = np.abs(np.diff(track.poses[:, :, 2], axis=0))
        assert step.max() < 0.05
        at = np.searchsorted(track.times, touch)
        assert np.abs(np.diff(track.poses[max(at - 1, 0) : at + 2, :, 2], axis=0)).max(initial=0.0) < 1e-3


def test_the_same_noise_crashes_bit_for_bit(driving) -> None:
    first = into_the_parked_row(driving)
    again = into_the_parked_row.__wrapped__(driving)
    assert first.occurrences == again.occurrences
    for a, b in itertools.zip_longest(first.truth().tracks, again.truth().tracks):
        assert a.bodies == b.bodies
        assert np.array_equal(a.poses, b.poses)
    for measure in ("delta_v",):
        assert first.measure(measure, ("ego",)) == again.measure(measure, ("ego",))


def test_scenery_decides_nothing_before_the_touch(driving) -> None:
    plain = driving.run(
        duration=9.0, road={"street": {}}, ego={"vehicle": "hatchback", "speed": 14.0}, actors=[TRUCK]
    )
    crashed = into_the_parked_row(driving)
    assert np.array_equal(plain.times, crashed.times)
    assert plain.measure("impact_speed", ("ego", "truck")) == crashed.measure("impact_speed", ("ego", "truck"))
    assert np.array_equal(plain.signal("ttc", ("ego", "truck")), crashed.signal("ttc", ("ego", "truck")))


def test_people_on_a_sidewalk_stay_at_its_height_through_a_crash(driving) -> None:
    bystander = {"id": "bystander", "pedestrian": "adult", "on": "left_sidewalk", "ahead": 10.0}
    trace = driving.run(
        duration=6.0, through_crash=True, road={"street": {}}, ego={"speed": 12.0},
        actors=[{"id": "wall", "static": "gvt", "lane": 1, "ahead": 30.0}, bystander],
    )  # fmt: skip
    track = trace.truth().tracks[0]
    heights = track.poses[:, track.bodies.index("bystander"), 2]
    assert heights == pytest.approx(0.12, abs=1e-6)


def test_obstacles_include_the_cars_that_are_drawn(driving) -> None:
    world = driving.world(road={"street": {}}, ego={"speed": 10.0})
    centre = world.road.pose(200.0, 0.0)[:2]
    arguments = (world.road, world.surroundings, world.setup.noise, world.density)
    cars = [b for b in obstacles(*arguments, parked=Parking(0.55), centre=centre) if b.kind == "vehicle"]
    assert len(cars) > 10
    assert not any(b.kind == "vehicle" for b in obstacles(*arguments, parked=None, centre=centre))


def test_only_drivers_brake_and_only_those_who_are_hit_or_slow_down(driving) -> None:
    trace = driving.run(
        duration=6.0, through_crash=True, road={"street": {}}, ego={"speed": 12.0},
        actors=[{"id": "wall", "static": "gvt", "lane": 1, "ahead": 30.0},
                {"id": "other", "vehicle": "sedan", "lane": 2, "ahead": 150.0, "speed": 10.0}],
    )  # fmt: skip
    truth, touch = trace.truth(), trace.times[-1]
    lit = {ch.body: ch for ch in truth.channels if ch.name == "brake_lights"}
    turned = {ch.body: ch for ch in truth.channels if ch.name == "wheel_angle"}
    assert lit["ego"].at(touch - 0.1) == 0.0
    assert lit["ego"].at(touch + 0.1) == 1.0
    assert not lit["other"].values.any()
    assert "wall" not in lit, "nobody sits in what is parked"
    assert np.ptp(turned["wall"].values) == 0.0, "its wheels are locked"
    assert turned["other"].values[-1] == pytest.approx(60.0 / 0.32, rel=0.05)
