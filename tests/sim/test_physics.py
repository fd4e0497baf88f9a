"""Truth of impacts: closed forms of momentum and energy, sliding, and the same bytes after every rebuild."""

from __future__ import annotations

import itertools
import math
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.domains.driving.footprints import place_polygon, polygon_distance
from sim.domains.driving.vehicles import PEDESTRIANS, STATICS, VEHICLES, BodyClass
from sim.worlds.physics import GRAVITY, PhysicsWorld, Planar, Touch

CAR, TRUCK = VEHICLES["hatchback"], VEHICLES["truck"]


def rectangle(length: float, width: float) -> tuple[tuple[float, float], ...]:
    a, b = length / 2, width / 2
    return ((a, -b), (a, b), (-a, b), (-a, -b))


def add_car(
    world: PhysicsWorld,
    state: Planar,
    body: BodyClass = CAR,
    *,
    restitution: float = 0.0,
    friction: float = 0.0,
) -> int:
    return world.add(
        body.footprint,
        height=body.size[2],
        mass=body.mass,
        yaw_inertia=body.yaw_inertia,
        state=state,
        restitution=math.sqrt(restitution),
        friction=math.sqrt(friction),
    )


def momenta(bodies: list[tuple[BodyClass, Planar]]) -> np.ndarray:
    """Linear momentum x, y, and angular momentum about the origin."""
    rows = [
        (
            b.mass * s.vx,
            b.mass * s.vy,
            b.yaw_inertia * s.yaw_rate + b.mass * (s.x * s.vy - s.y * s.vx),
        )
        for b, s in bodies
    ]
    return np.sum(rows, axis=0)


def energy(bodies: list[tuple[BodyClass, Planar]]) -> float:
    return sum(0.5 * (b.mass * (s.vx**2 + s.vy**2) + b.yaw_inertia * s.yaw_rate**2) for b, s in bodies)


@pytest.mark.parametrize("restitution", [0.0, 0.1, 0.3, 1.0])
@pytest.mark.parametrize("other", [CAR, TRUCK])
def test_central_impact_follows_the_closed_form(restitution: float, other: BodyClass) -> None:
    v, w = 20.0, 5.0
    world = PhysicsWorld(dt=1e-3)
    a = add_car(world, Planar(0, 0, 0, v), restitution=restitution)
    b = add_car(world, Planar((CAR.size[0] + other.size[0]) / 2, 0, 0, w), other, restitution=restitution)
    for _ in range(50):
        world.step()
    total = CAR.mass + other.mass
    common = (CAR.mass * v + other.mass * w) / total
    expected_a = common - restitution * other.mass / total * (v - w)
    expected_b = common + restitution * CAR.mass / total * (v - w)
    assert world.state(a).vx == pytest.approx(expected_a, abs=1e-3)
    assert world.state(b).vx == pytest.approx(expected_b, abs=1e-3)
    assert abs(world.state(a).yaw_rate) < 1e-3
    after = energy([(CAR, world.state(a)), (other, world.state(b))])
    lost = 0.5 * CAR.mass * other.mass / total * (1 - restitution**2) * (v - w) ** 2
    assert 0.5 * (CAR.mass * v**2 + other.mass * w**2) - after == pytest.approx(lost, rel=1e-3, abs=30)


def test_boxes_collide_exactly() -> None:
    world = PhysicsWorld(dt=1e-3)
    a = world.add(rectangle(4, 2), height=1.5, mass=1000, state=Planar(0, 0, 0, 10), restitution=1.0)
    b = world.add(rectangle(4, 2), height=1.5, mass=3000, state=Planar(4, 0, 0, -2), restitution=1.0)
    for _ in range(20):
        world.step()
    assert world.state(a).vx == pytest.approx(-8.0, abs=1e-3)
    assert world.state(b).vx == pytest.approx(4.0, abs=1e-3)


@pytest.mark.parametrize("restitution", [0.0, 0.4, 1.0])
@pytest.mark.parametrize("offset", [-0.7, 0.2, 0.85])
def test_corner_impact_follows_the_closed_form(restitution: float, offset: float) -> None:
    """A corner hits a flat front without friction: one point, one normal, so the impulse is known."""
    turn, u = math.radians(30), 12.0
    corner = (
        -2.0 * math.cos(turn) - 0.9 * math.sin(turn),
        -2.0 * math.sin(turn) + 0.9 * math.cos(turn),
    )
    a_mass, a_yaw, b_mass, b_yaw = 1500.0, 2600.0, 1100.0, 1700.0
    world = PhysicsWorld(dt=1e-3)
    a = world.add(
        rectangle(4.4, 1.8), height=1.5, mass=a_mass, yaw_inertia=a_yaw, restitution=math.sqrt(restitution),
        state=Planar(0, 0, 0, u),
    )  # fmt: skip
    b = world.add(
        rectangle(4.0, 1.8), height=1.5, mass=b_mass, yaw_inertia=b_yaw, restitution=math.sqrt(restitution),
        state=Planar(2.2 - corner[0], offset - corner[1], turn),
    )  # fmt: skip
    touches = world.step()
    arm_a, arm_b = offset, corner[1]  # of an impulse along x about each centre
    flexibility = 1 / a_mass + 1 / b_mass + arm_a**2 / a_yaw + arm_b**2 / b_yaw
    impulse = (1 + restitution) * u / flexibility
    assert touches[0].impulse[0] == pytest.approx(impulse, rel=0.002)
    assert touches[0].point[:2] == pytest.approx((2.2, offset), abs=1e-3)
    assert touches[0].normal == pytest.approx((1, 0, 0), abs=1e-6)
    assert world.state(a).vx == pytest.approx(u - impulse / a_mass, rel=0.005)
    assert world.state(b).yaw_rate == pytest.approx(-arm_b * impulse / b_yaw, rel=0.005)


# Newton's law of restitution, which PyBullet follows, gains energy of itself in some blows with friction where
# bodies bounce nearly fully (Kane and Levinson 1985); pairs here bounce up to 0.49, cars at most 0.3.
@settings(max_examples=40, deadline=None)
@given(
    yaw=st.floats(-3.1, 3.1),
    bearing=st.floats(-3.1, 3.1),
    speed=st.floats(2.0, 40.0),
    restitution=st.floats(0.0, 0.7),
    friction=st.floats(0.0, 0.9),
    other=st.sampled_from(["hatchback", "van", "truck"]),
)
def test_oblique_impacts_conserve_momenta_and_never_gain_energy(
    yaw: float, bearing: float, speed: float, restitution: float, friction: float, other: str
) -> None:
    body = VEHICLES[other]
    reach = touching_distance(CAR, body, bearing, yaw)
    world = PhysicsWorld(dt=1e-3)
    start = [
        (CAR, Planar(0, 0, 0, speed * math.cos(bearing), speed * math.sin(bearing), 0.3)),
        (body, Planar(reach * math.cos(bearing), reach * math.sin(bearing), yaw, 1.0, -2.0, -0.2)),
    ]
    handles = [add_car(world, state, kind, restitution=restitution, friction=friction) for kind, state in start]
    given_to_b = np.zeros(3)
    for _ in range(60):
        for touch in world.step():
            given_to_b += touch.impulse
    end = [(kind, world.state(h)) for (kind, _), h in zip(start, handles, strict=True)]
    scale = sum(kind.mass for kind, _ in start) * speed
    assert np.abs(momenta(end) - momenta(start))[:2].max() < 1e-9 * scale
    # friction acts at points a penetration apart: the couple is small but not nil
    assert abs(momenta(end) - momenta(start))[2] < 3e-3 * scale
    assert energy(end) <= energy(start) * 1.003
    change = np.array(end[1][1][3:5]) - np.array(start[1][1][3:5])
    assert given_to_b[:2] == pytest.approx(body.mass * change, abs=1e-6 * scale)


@pytest.mark.parametrize("heading", [0.0, 0.3, 0.8, 1.2, 2.5])
def test_a_box_slides_to_rest_as_coulomb_says(heading: float) -> None:
    own, ground, speed = 0.8, 0.9, 10.0
    world = PhysicsWorld(dt=1e-3, ground_friction=ground)
    state = Planar(0, 0, 0, speed * math.cos(heading), speed * math.sin(heading))
    box = world.add(rectangle(1.7, 0.5), height=0.3, mass=75, state=state, friction=own, is_planar=False)
    for _ in range(2500):
        world.push(box, (0, 0, -75 * GRAVITY))
        world.step()
    end = world.state(box)
    assert max(world.speed(box)) < 1e-3
    assert math.hypot(end.x, end.y) == pytest.approx(speed**2 / (2 * own * ground * GRAVITY), rel=0.003)
    assert math.atan2(end.y, end.x) == pytest.approx(heading, abs=1e-3)


def test_a_pushed_body_obeys_newton() -> None:
    world = PhysicsWorld(dt=1e-3)
    car = add_car(world, Planar(3, 4, 1.0))
    for _ in range(1000):
        world.push(car, (2700.0, -1350.0, 0.0), 500.0)
        world.step()
    end = world.state(car)
    assert (end.vx, end.vy) == pytest.approx((2700 / CAR.mass, -1350 / CAR.mass), rel=1e-6)
    assert end.yaw_rate == pytest.approx(500 / CAR.yaw_inertia, rel=1e-6)
    assert world.pose(car)[2] == pytest.approx(0.0, abs=1e-9)


def test_stacked_boxes_rest_without_sinking() -> None:
    world = PhysicsWorld(dt=1e-3, ground_friction=0.8)
    boxes = [
        world.add(rectangle(0.6, 0.6), height=0.6, mass=8, state=Planar(0, 0, 0), friction=0.8, is_planar=False)
        for _ in range(3)
    ]
    for level, box in enumerate(boxes):
        world.place(box, Planar(0, 0, 0), z=0.6 * level)
    for _ in range(1500):
        for box in boxes:
            world.push(box, (0, 0, -8 * GRAVITY))
        world.step()
    heights = [world.pose(box)[2] for box in boxes]
    assert heights == pytest.approx([0.0, 0.6, 1.2], abs=0.004)
    assert max(max(world.speed(box)) for box in boxes) < 0.01


def test_a_car_pressed_against_a_wall_does_not_enter_it() -> None:
    world = PhysicsWorld(dt=1e-3)
    car = add_car(world, Planar(0, 0, 0, 15.0))
    wall = world.add(rectangle(0.4, 8), height=3, mass=0, state=Planar(CAR.size[0] / 2 + 0.7, 0, 0))
    for _ in range(1000):
        world.push(car, (20_000.0, 0.0, 0.0))
        world.step()
    assert -0.02 < world.nearest(car, wall)[2] < 0.002
    assert abs(world.state(car).vx) < 0.05


def place(body: BodyClass, x: float, y: float, yaw: float) -> np.ndarray:
    out = np.empty((len(body.footprint), 2))
    place_polygon(body.corners, len(body.footprint), x, y, yaw, out)
    return out


def touching_distance(a: BodyClass, b: BodyClass, bearing: float, yaw: float) -> float:
    """Centre distance at which the kernel's prisms touch, by bisection."""

    def gap(way: float) -> float:
        pa, pb = place(a, 0, 0, 0), place(b, way * math.cos(bearing), way * math.sin(bearing), yaw)
        return float(polygon_distance(pa, len(pa), pb, len(pb)))

    low, high = 0.0, 30.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if gap(middle) < 0 else (low, middle)
    return high


def test_what_the_kernel_calls_touching_pushes_in_bullet() -> None:
    """Bodies at kernel distance 0 that close in exchange an impulse within 2 ms."""
    kinds = [*VEHICLES.values(), *PEDESTRIANS.values(), STATICS["cone"]]
    rng = np.random.default_rng(1)
    for _ in range(80):
        a, b = (kinds[i] for i in rng.integers(len(kinds), size=2))
        bearing, yaw = rng.uniform(-math.pi, math.pi, size=2)
        reach = touching_distance(a, b, bearing, yaw)
        world = PhysicsWorld(dt=1e-3, ground_friction=0.8)
        c, s = math.cos(bearing), math.sin(bearing)
        handles = [
            world.add(
                body.footprint, height=body.size[2], mass=body.mass, state=state,
                is_planar=body.kind == "vehicle", yaw_inertia=body.yaw_inertia,
            )
            for body, state in ((a, Planar(0, 0, 0, 8 * c, 8 * s)), (b, Planar(reach * c, reach * s, yaw)))
        ]  # fmt: skip
        assert abs(world.nearest(*handles)[2]) < 1e-3
        pushes = [touch for _ in range(2) for touch in world.step() if any(touch.impulse)]
        assert pushes, f"{a.style} and {b.style} at {bearing:.3f}, {yaw:.3f} do not push each other"


def test_bodies_apart_do_not_push() -> None:
    world = PhysicsWorld(dt=1e-3)
    add_car(world, Planar(0, 0, 0, 10.0))
    add_car(world, Planar(CAR.size[0] + 0.03, 0, 0, 10.0))
    assert all(not world.step() for _ in range(20))


def test_fixed_bodies_may_overlap_in_silence() -> None:
    world = PhysicsWorld(dt=1e-3)
    for k in range(5):
        world.add(rectangle(8.2, 0.3), height=0.75, mass=0, state=Planar(8.0 * k, 0))
    assert world.step() == []


def pile_up(seed: int) -> list[tuple[float, ...]]:
    """Poses through a crash of several bodies, as raw floats."""
    rng = np.random.default_rng(seed)
    world = PhysicsWorld(dt=2e-3, ground_friction=0.7)
    handles = []
    for k in range(4):
        state = Planar(4.6 * k, float(rng.uniform(-0.6, 0.6)), float(rng.uniform(-0.2, 0.2)), 15.0 - 5 * k)
        handles.append(add_car(world, state, restitution=0.2, friction=0.5))
    handles.append(
        world.add(
            rectangle(0.4, 0.5), height=1.7, mass=75, state=Planar(22, 0, 0), friction=0.8, is_planar=False
        )
    )
    rows = []
    for _ in range(300):
        world.push(handles[-1], (0, 0, -75 * GRAVITY))
        touches = world.step()
        rows += [world.pose(h) for h in handles] + [t.point + t.impulse for t in touches]
    return rows


def test_rebuilt_worlds_repeat_bit_for_bit_in_any_order() -> None:
    first = {seed: pile_up(seed) for seed in range(3)}
    for order in itertools.islice(itertools.permutations(range(3)), 1, 4):
        for seed in order:
            assert pile_up(seed) == first[seed]


def test_the_engine_prints_nothing() -> None:
    code = (
        "from sim.worlds.physics import PhysicsWorld, Planar\n"
        "print('before')\n"
        "w = PhysicsWorld(dt=1e-3)\n"
        "w.add(((1, -1), (1, 1), (-1, 1), (-1, -1)), height=1, mass=1, state=Planar(0, 0, 0))\n"
        "w.step()\n"
        "print('after')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("before\nafter\n", "")


def test_touches_name_the_pair_in_order() -> None:
    world = PhysicsWorld(dt=1e-3)
    add_car(world, Planar(CAR.size[0], 0, 0, -3.0))
    add_car(world, Planar(0, 0, 0, 3.0))
    (touch,) = world.step()
    assert isinstance(touch, Touch)
    assert (touch.a, touch.b) == (0, 1)
    assert touch.normal[0] == pytest.approx(-1)
    assert touch.impulse[0] < 0
