"""The machines under riders: frames, bars, wheels and cranks of bicycles, e-scooters and motorcycles.

Frame: x forward, z up, the ground at z = 0, the wheels near x = ±wheelbase/2. What turns is made about its own
middle.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from renderers.assets.forms import Form, box, lathe, loft, merge, prism, sphere, tube
from renderers.assets.materials import BLACK_PLASTIC, CHROME, RUBBER, STEEL, Lamp, Material
from sim.geometry import Array

__all__ = ["CYCLES", "Cycle"]

Point = tuple[float, float, float]
Placed = Iterator[tuple[Form, Material, str]]

BAR, FRONT, REAR, CRANKS = "bar", "wheel_0", "wheel_1", "cranks"
LEATHER = Material("leather", (0.025, 0.022, 0.02), 0.6, 0.03)
HEAD_LIGHT = Material("cycle_lamp", (0.8, 0.8, 0.75), 0.2, 0.06, emission=1.5, lamp=Lamp.HEAD_LIGHTS)
TAIL_LIGHT = Material("cycle_tail", (0.5, 0.01, 0.01), 0.3, 0.05, emission=1.2, lamp=Lamp.BRAKE_LIGHTS)
REFLECTOR = Material("reflector", (0.55, 0.02, 0.02), 0.3, 0.06)
BLINKERS = (
    Material("blinker_left", (0.65, 0.28, 0.01), 0.3, 0.05, emission=1.5, lamp=Lamp.INDICATOR_LEFT),
    Material("blinker_right", (0.65, 0.28, 0.01), 0.3, 0.05, emission=1.5, lamp=Lamp.INDICATOR_RIGHT),
)


@dataclass(frozen=True)
class Cycle:
    """Measures of a two-wheeler and of the one on it; all in its own frame [m].

    Args:
        radius: of the wheels.
        wheelbase: distance of the axles.
        axle: x of the front axle.
        head: two points of the steering axis, low and high.
        grip: (x, y, z) of the left grip.
        hip: (x, z) of the rider's hips.
        lean: forward pitch of the rider's trunk [rad].
        feet: (x, y, z) of the ankles, y to their own side; of pedals where the crank is level.
        feet_pitch: of the left and right foot [rad].
        breadth: of the rider's shoulders.
        helmet: "none", "open", "full", or "some" where two in three wear an open one.
        forms: yields (form, material, part) for a paint.
        bracket: of the cranks.
        crank: their length; 0 for none.
    """

    radius: float
    wheelbase: float
    axle: float
    head: tuple[Point, Point]
    grip: Point
    hip: tuple[float, float]
    lean: float
    feet: tuple[Point, Point]
    breadth: float
    helmet: str
    forms: Callable[[Material], Placed]
    feet_pitch: tuple[float, float] = (0.0, 0.0)
    bracket: Point = (0.0, 0.0, 0.0)
    crank: float = 0.0

    @property
    def parts(self) -> tuple[str, ...]:
        """Names of what moves on its own, in the order of the poses."""
        return ("body", BAR, FRONT, REAR, *((CRANKS,) if self.crank else ()))


def _tube(points: Sequence[Point], radius: float, n: int = 8) -> Form:
    path = np.array(points, np.float64)
    return tube(path, np.full(len(path), radius), n)


def _wheel(radius: float, tyre: float, spokes: int, thickness: float, part: str) -> Placed:
    """Yield a wheel about the origin, its axis along y: a round tyre, a rim, a hub and spokes."""
    angle = np.linspace(0.0, 2.0 * np.pi, 7)
    profile = np.column_stack([radius - tyre + tyre * np.cos(angle), tyre * np.sin(angle)])
    upright = {"roll": math.pi / 2}
    yield lathe(profile, 24).turned(**upright), RUBBER, part
    inner, outer, half = radius - 2.6 * tyre - 0.012, radius - 1.6 * tyre, 0.55 * tyre
    rim = np.array([[inner, -half], [outer, -half], [outer, half], [inner, half], [inner, -half]])
    yield lathe(rim, 24).turned(**upright), STEEL, part
    hub = np.array([[0.0, -0.04], [0.028, -0.04], [0.028, 0.04], [0.0, 0.04]])
    yield lathe(hub, 10).turned(**upright), STEEL, part
    bars = [
        box((-thickness, -thickness, 0.0), (thickness, thickness, outer)).turned(
            pitch=2.0 * math.pi * k / spokes
        )
        for k in range(spokes)
    ]
    yield merge(bars), STEEL, part


def _bicycle(skin: Material) -> Placed:
    """Yield a city bicycle: diamond frame, mudguards, rack, curved bar."""
    bracket, seat, head_low, head_high = (
        (-0.10, 0.0, 0.29),
        (-0.29, 0.0, 0.86),
        (0.40, 0.0, 0.70),
        (0.36, 0.0, 0.86),
    )
    rear = (-0.55, 0.0, 0.35)
    yield _tube([bracket, seat], 0.017), skin, "body"
    yield _tube([(-0.25, 0.0, 0.78), (0.372, 0.0, 0.82)], 0.016), skin, "body"
    yield _tube([bracket, head_low], 0.020), skin, "body"
    yield _tube([head_low, head_high], 0.021), skin, "body"
    for y in (0.055, -0.055):
        axle = (rear[0], y, rear[2])
        yield _tube([bracket, axle], 0.010, 6), skin, "body"
        yield _tube([(-0.26, 0.3 * y, 0.77), axle], 0.009, 6), skin, "body"
    yield _tube([seat, (-0.31, 0.0, 0.95)], 0.013), CHROME, "body"
    saddle = sphere(0.5, n_around=12, n_up=6).scaled(0.27, 0.17, 0.07)
    yield saddle.moved(-0.30, 0.0, 0.965), LEATHER, "body"
    yield _guard(-0.55, 0.35, 0.375, (0.15 * math.pi, 0.95 * math.pi)), BLACK_PLASTIC, "body"
    rack = merge([box((-0.86, y - 0.008, 0.745), (-0.36, y + 0.008, 0.76)) for y in (-0.06, 0.0, 0.06)])
    yield rack, STEEL, "body"
    yield (
        merge([_tube([(-0.74, y, 0.745), (-0.55, y, 0.36)], 0.006, 6) for y in (-0.065, 0.065)]),
        STEEL,
        "body",
    )
    yield box((-0.895, -0.045, 0.66), (-0.86, 0.045, 0.72)), REFLECTOR, "body"
    yield from _bicycle_bar(skin)
    yield from _wheel(0.35, 0.020, 14, 0.0016, FRONT)
    yield from _wheel(0.35, 0.020, 14, 0.0016, REAR)
    ring = np.array([[0.0, 0.045], [0.09, 0.045], [0.09, 0.052], [0.0, 0.052]])
    yield lathe(ring, 20).turned(roll=math.pi / 2), STEEL, CRANKS
    for side in (1.0, -1.0):
        arm = box((0.0, side * 0.075 - 0.008, -0.012), (0.17, side * 0.075 + 0.008, 0.012))
        pedal = box((0.13, side * 0.13 - 0.045, -0.012), (0.21, side * 0.13 + 0.045, 0.012))
        turn = 0.0 if side > 0 else math.pi
        yield merge([arm, pedal]).turned(pitch=turn), BLACK_PLASTIC, CRANKS


def _bicycle_bar(skin: Material) -> Placed:
    """Yield fork, stem, bar, lamp and front mudguard."""
    for y in (0.05, -0.05):
        yield _tube([(0.405, 0.6 * y, 0.69), (0.47, y, 0.55), (0.55, y, 0.35)], 0.012, 6), skin, BAR
    yield _tube([(0.36, 0.0, 0.86), (0.335, 0.0, 1.02)], 0.014), CHROME, BAR
    curve = [(0.19, 0.285, 1.05), (0.28, 0.27, 1.06), (0.335, 0.16, 1.06), (0.335, 0.0, 1.02)]
    curve += [(x, -y, z) for x, y, z in curve[-2::-1]]
    yield _tube(curve, 0.011), CHROME, BAR
    for y in (0.283, -0.283):
        yield _tube([(0.18, y, 1.05), (0.27, y * 0.97, 1.06)], 0.017), BLACK_PLASTIC, BAR
    yield sphere(0.045, n_around=10, n_up=6).moved(0.44, 0.0, 0.80), HEAD_LIGHT, BAR
    yield _guard(0.55, 0.35, 0.375, (0.30 * math.pi, 1.0 * math.pi)), BLACK_PLASTIC, BAR


def _guard(x: float, z: float, radius: float, arc: tuple[float, float]) -> Form:
    """Return a mudguard: a band over a wheel between two angles from straight ahead."""
    angle = np.linspace(*arc, 15)
    outline = [(x + radius * math.cos(a), z + radius * math.sin(a)) for a in angle]
    outline += [(x + (radius + 0.008) * math.cos(a), z + (radius + 0.008) * math.sin(a)) for a in angle[::-1]]
    return _slab(np.array(outline), 0.028)


def _slab(outline: Array, half: float) -> Form:
    """Return an (N, 2) outline of (x, z) drawn out to ±half in y."""
    return prism(np.column_stack([outline[:, 0], outline[:, 1]]), -half, half).turned(roll=math.pi / 2)


def _e_scooter(skin: Material) -> Placed:
    """Yield a rental scooter: a low deck, a stem, a bar."""
    yield box((-0.40, -0.085, 0.085), (0.24, 0.085, 0.155)), skin, "body"
    yield box((-0.37, -0.08, 0.155), (0.20, 0.08, 0.162)), BLACK_PLASTIC, "body"
    yield merge([_tube([(0.20, y, 0.12), (0.37, 0.0, 0.32)], 0.025) for y in (0.04, -0.04)]), skin, "body"
    for y in (0.055, -0.055):
        yield _tube([(-0.38, y, 0.12), (-0.46, y, 0.127)], 0.016), BLACK_PLASTIC, "body"
    yield _guard(-0.46, 0.127, 0.14, (0.12 * math.pi, 0.95 * math.pi)), BLACK_PLASTIC, "body"
    yield box((-0.60, -0.035, 0.165), (-0.575, 0.035, 0.20)), TAIL_LIGHT, "body"
    yield _tube([(0.40, 0.0, 0.30), (0.29, 0.0, 1.12)], 0.026, 10), skin, BAR
    for y in (0.05, -0.05):
        yield _tube([(0.405, 0.5 * y, 0.31), (0.46, y, 0.127)], 0.014), BLACK_PLASTIC, BAR
    yield (
        _tube([(0.25, 0.26, 1.13), (0.285, 0.10, 1.13), (0.285, -0.10, 1.13), (0.25, -0.26, 1.13)], 0.013),
        STEEL,
        BAR,
    )
    for y in (0.215, -0.215):
        yield _tube([(0.262, y - 0.045, 1.13), (0.262, y + 0.045, 1.13)], 0.018), BLACK_PLASTIC, BAR
    yield sphere(0.035, n_around=10, n_up=6).moved(0.325, 0.0, 1.03), HEAD_LIGHT, BAR
    yield _guard(0.46, 0.127, 0.14, (0.05 * math.pi, 0.7 * math.pi)), BLACK_PLASTIC, BAR
    yield from _wheel(0.127, 0.024, 6, 0.008, FRONT)
    yield from _wheel(0.127, 0.024, 6, 0.008, REAR)


def _motorcycle(skin: Material) -> Placed:
    """Yield a roadster: tank, seat and tail over an engine, telescopic fork, one silencer."""
    tank = [(0.34, 0.78), (0.36, 0.90), (0.24, 0.99), (0.02, 0.98), (-0.12, 0.86), (-0.10, 0.78)]
    yield _rounded(tank, 0.15), skin, "body"
    seat = [
        (-0.10, 0.80),
        (-0.16, 0.84),
        (-0.42, 0.83),
        (-0.58, 0.90),
        (-0.84, 0.93),
        (-0.82, 0.87),
        (-0.50, 0.78),
    ]
    yield _rounded(seat, 0.14), LEATHER, "body"
    tail = [(-0.40, 0.70), (-0.30, 0.80), (-0.50, 0.79), (-0.93, 0.88), (-0.90, 0.80)]
    yield _rounded(tail, 0.10), skin, "body"
    engine = [(0.26, 0.28), (0.32, 0.55), (0.20, 0.72), (-0.14, 0.74), (-0.24, 0.50), (-0.20, 0.26)]
    yield _rounded(engine, 0.18), BLACK_PLASTIC, "body"
    for y in (0.185, -0.185):
        cover = np.array([[0.0, 0.0], [0.11, 0.0], [0.095, 0.03], [0.0, 0.035]])
        yield lathe(cover, 16).turned(roll=-math.copysign(math.pi / 2, y)).moved(-0.02, y, 0.42), STEEL, "body"
    yield (
        merge([_tube([(0.36, y, 0.84), (0.10, y, 0.80), (-0.30, y, 0.74)], 0.025) for y in (0.13, -0.13)]),
        STEEL,
        "body",
    )
    for y in (0.10, -0.10):
        yield _tube([(-0.22, y, 0.42), (-0.71, y, 0.31)], 0.03), STEEL, "body"
    yield (
        _tube([(0.28, -0.12, 0.60), (0.30, -0.15, 0.32), (-0.10, -0.19, 0.24), (-0.38, -0.20, 0.30)], 0.024),
        CHROME,
        "body",
    )
    yield _tube([(-0.36, -0.20, 0.30), (-0.80, -0.22, 0.44)], 0.055, 12), CHROME, "body"
    yield _guard(-0.71, 0.31, 0.345, (0.35 * math.pi, 0.9 * math.pi)), BLACK_PLASTIC, "body"
    yield box((-0.955, -0.06, 0.83), (-0.925, 0.06, 0.88)), TAIL_LIGHT, "body"
    yield box((-1.00, -0.08, 0.58), (-0.985, 0.08, 0.72)), BLACK_PLASTIC, "body"
    yield _tube([(-0.90, 0.0, 0.80), (-0.99, 0.0, 0.66)], 0.02), BLACK_PLASTIC, "body"
    for y, lamp in zip((0.15, -0.15), BLINKERS, strict=True):
        yield sphere(0.03, n_around=8, n_up=6).moved(-0.90, y, 0.80), lamp, "body"
    yield from _motorcycle_bar(skin)
    yield from _wheel(0.31, 0.058, 6, 0.018, FRONT)
    yield from _wheel(0.31, 0.070, 6, 0.018, REAR)


def _motorcycle_bar(skin: Material) -> Placed:
    """Yield fork, round lamp, bar, mirrors and front mudguard."""
    for y in (0.10, -0.10):
        yield _tube([(0.43, y, 0.96), (0.60, y, 0.58)], 0.026), CHROME, BAR
        yield _tube([(0.59, y, 0.60), (0.71, y, 0.31)], 0.036), STEEL, BAR
    yield box((0.38, -0.12, 0.90), (0.48, 0.12, 0.95)), BLACK_PLASTIC, BAR
    yield sphere(0.105, n_around=12, n_up=8).scaled(0.8, 1.0, 1.0).moved(0.55, 0.0, 0.88), BLACK_PLASTIC, BAR
    yield sphere(0.095, n_around=14, n_up=6).scaled(0.45, 1.0, 1.0).moved(0.605, 0.0, 0.88), HEAD_LIGHT, BAR
    bar = [
        (0.25, 0.38, 1.03),
        (0.36, 0.25, 1.06),
        (0.42, 0.10, 1.00),
        (0.42, -0.10, 1.00),
        (0.36, -0.25, 1.06),
        (0.25, -0.38, 1.03),
    ]
    yield _tube(bar, 0.014), STEEL, BAR
    for y in (0.34, -0.34):
        yield (
            _tube([(0.25, math.copysign(0.39, y), 1.03), (0.32, math.copysign(0.28, y), 1.05)], 0.02),
            RUBBER,
            BAR,
        )
        yield _tube([(0.34, math.copysign(0.24, y), 1.06), (0.38, y, 1.22)], 0.007, 6), BLACK_PLASTIC, BAR
        yield sphere(0.06, n_around=8, n_up=6).scaled(0.35, 1.0, 0.65).moved(0.38, y, 1.23), BLACK_PLASTIC, BAR
    for y, lamp in zip((0.17, -0.17), BLINKERS, strict=True):
        yield sphere(0.03, n_around=8, n_up=6).moved(0.52, y, 0.80), lamp, BAR
    yield _guard(0.71, 0.31, 0.335, (0.25 * math.pi, 0.85 * math.pi)), skin, BAR


def _rounded(outline: Sequence[tuple[float, float]], half: float) -> Form:
    """Return an outline of (x, z) as a body that narrows towards both of its sides."""
    flat = np.array(outline, np.float64)
    if np.sum(flat[:, 0] * np.roll(flat[:, 1], -1) - np.roll(flat[:, 0], -1) * flat[:, 1]) < 0:
        flat = flat[::-1]
    middle = flat.mean(axis=0)
    rings = []
    for y, share in ((-1.0, 0.55), (-0.85, 0.88), (-0.45, 1.0), (0.45, 1.0), (0.85, 0.88), (1.0, 0.55)):
        ring = middle + share * (flat - middle)
        rings.append(np.column_stack([ring[:, 0], np.full(len(ring), y * half), ring[:, 1]]))
    return loft(np.array(rings)[:, ::-1])


CYCLES: dict[str, Cycle] = {
    "bicycle": Cycle(
        radius=0.35, wheelbase=1.10, axle=0.55, head=((0.40, 0.0, 0.70), (0.36, 0.0, 0.86)),
        grip=(0.225, 0.278, 1.075), hip=(-0.29, 1.03), lean=0.22,
        feet=((-0.205, 0.13, 0.40), (-0.205, 0.13, 0.40)), breadth=0.46, helmet="some", forms=_bicycle,
        bracket=(-0.10, 0.0, 0.29), crank=0.17, feet_pitch=(0.12, 0.12),
    ),
    "e_scooter": Cycle(
        radius=0.127, wheelbase=0.92, axle=0.46, head=((0.40, 0.0, 0.30), (0.29, 0.0, 1.12)),
        grip=(0.255, 0.215, 1.15), hip=(-0.09, 1.06), lean=0.06,
        feet=((0.02, 0.055, 0.245), (-0.26, 0.05, 0.245)), breadth=0.48, helmet="some", forms=_e_scooter,
    ),
    "motorcycle": Cycle(
        radius=0.31, wheelbase=1.42, axle=0.71, head=((0.52, 0.0, 0.80), (0.42, 0.0, 0.98)),
        grip=(0.285, 0.335, 1.06), hip=(-0.27, 0.93), lean=0.30,
        feet=((-0.22, 0.20, 0.40), (-0.22, 0.20, 0.40)), breadth=0.52, helmet="full", forms=_motorcycle,
        feet_pitch=(0.15, 0.15),
    ),
}  # fmt: skip
"""Style -> its measures."""
