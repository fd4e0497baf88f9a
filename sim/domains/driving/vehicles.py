"""What moves or stands on the road: sizes, masses and tyres of cars and trucks, pedestrians and things.

Footprints are convex polygons, counter-clockwise, in the body frame (x forward, y left, origin at the middle).
The same polygon, drawn up to the body's height, is the prism of the distance kernel and of the crash.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from sim.domains.driving import layout as c
from sim.geometry import Array

__all__ = ["CORNER_LIMIT", "PEDESTRIANS", "STATICS", "VEHICLES", "BodyClass"]

CORNER_LIMIT = 8
"""Most corners a footprint may have."""
_KINDS = {"vehicle": c.VEHICLE, "pedestrian": c.PEDESTRIAN, "animal": c.ANIMAL, "static": c.STATIC}


@dataclass(frozen=True)
class BodyClass:
    """A class of bodies.

    Args:
        kind: "vehicle", "pedestrian", "animal" or "static".
        category: semantic class.
        shape: kind of Shape a renderer builds.
        style: which of that kind.
        size: (length, width, height) [m].
        mass: [kg].
        chamfer: (along, across) cut off each corner of the footprint [m].
        wheelbase: [m]; 0 where there are no wheels.
        front_share: share of the weight on the front axle.
        grip: cornering stiffness of (front, rear) axle over the axle's load [1/rad].
        gyration: radius of gyration about the vertical [m].
        power: largest acceleration the drive gives [m/s2].
        track: width between the wheels' middles [m]; 0 for a two-wheeler, which leans.
        rail_grip: friction of wheels on rails at most; 0 for what does not run on rails.
        steer_max: largest angle of the road wheels [rad].
        asset: what a renderer reads of a user's mesh, as pairs; empty for forms of ours.
    """

    kind: str
    category: str
    shape: str
    style: str
    size: tuple[float, float, float]
    mass: float
    chamfer: tuple[float, float]
    wheelbase: float = 0.0
    front_share: float = 0.5
    grip: tuple[float, float] = (0.0, 0.0)
    gyration: float = 0.0
    power: float = 0.0
    track: float = 0.0
    rail_grip: float = 0.0
    steer_max: float = 0.6
    asset: tuple[tuple[str, object], ...] = ()

    @cached_property
    def footprint(self) -> tuple[tuple[float, float], ...]:
        """Corners of the footprint, counter-clockwise [m]."""
        x, y = self.size[0] / 2, self.size[1] / 2
        cx, cy = self.chamfer
        if cx == 0.0 or cy == 0.0:
            return ((x, -y), (x, y), (-x, y), (-x, -y))
        return (
            (x, -y + cy), (x, y - cy), (x - cx, y), (-x + cx, y),
            (-x, y - cy), (-x, -y + cy), (-x + cx, -y), (x - cx, -y),
        )  # fmt: skip

    @cached_property
    def corners(self) -> Array:
        """(CORNER_LIMIT, 2) footprint, the last corner repeated to fill."""
        points = list(self.footprint)
        return np.array(points + points[-1:] * (CORNER_LIMIT - len(points)), np.float64)

    @property
    def leans(self) -> bool:
        """Whether it is a two-wheeler, which leans into its curves."""
        return self.wheelbase > 0.0 and self.track == 0.0

    @cached_property
    def yaw_inertia(self) -> float:
        """Moment of inertia about the vertical axis [kg m2]."""
        radius = self.gyration or math.hypot(self.size[0], self.size[1]) / math.sqrt(12.0)
        return self.mass * radius * radius

    @cached_property
    def row(self) -> Array:
        """(PARAMETERS,) what the kernel knows of a body of this class; direction and friction are filled in."""
        row = np.zeros(c.PARAMETERS)
        length, width, _ = self.size
        row[c.LENGTH], row[c.WIDTH] = length, width
        row[c.MASS], row[c.MASS_OVER_INERTIA] = self.mass, self.mass / self.yaw_inertia
        row[c.KIND] = _KINDS[self.kind]
        row[c.RADIUS] = max(math.hypot(x, y) for x, y in self.footprint)
        row[c.CORNERS] = len(self.footprint)
        row[c.CHAMFER_X], row[c.CHAMFER_Y] = self.chamfer
        row[c.POWER], row[c.DIRECTION], row[c.MU] = self.power, 1.0, 1.0
        row[c.PULLER] = -1.0
        row[c.RAIL] = self.wheelbase if self.rail_grip else 0.0
        if self.wheelbase:
            front = (1.0 - self.front_share) * self.wheelbase
            row[c.FRONT], row[c.REAR] = front, self.wheelbase - front
            row[c.GRIP_FRONT] = self.grip[0] * self.front_share * 9.81
            row[c.GRIP_REAR] = self.grip[1] * (1.0 - self.front_share) * 9.81
            row[c.STEER_MAX], row[c.STEER_RATE] = self.steer_max, 0.8
            # linear tyres: delta = L kappa + (1/grip_front - 1/grip_rear) a_y / g
            row[c.UNDERSTEER] = (1.0 / self.grip[0] - 1.0 / self.grip[1]) / 9.81
            slow, fast = (self.steering_delay(v) for v in (10.0, 30.0))
            row[c.DELAY] = (30.0 * fast - 10.0 * slow) / 800.0
            row[c.LEAD] = 100.0 * row[c.DELAY] - 10.0 * slow
        return row

    def steering_delay(self, v: float) -> float:
        """Return by how much the lateral acceleration lags the steering at speed v [s], in the linear bicycle.

        The first moment of the response: with x' = A x + b steer for x = (sideways speed, yaw rate) and output
        u' + v r, the transfer is v r0 + s (u0 + v r1) + ..., where x0 = -A^-1 b and x1 = A^-1 x0.
        """
        front = (1.0 - self.front_share) * self.wheelbase
        rear = self.wheelbase - front
        cf, cr = self.grip[0] * self.front_share * 9.81, self.grip[1] * (1.0 - self.front_share) * 9.81
        k = self.mass / self.yaw_inertia
        turn = cf * front - cr * rear
        a = np.array(
            [[-(cf + cr) / v, -turn / v - v], [-k * turn / v, -k * (front**2 * cf + rear**2 * cr) / v]]
        )
        x0 = -np.linalg.solve(a, [cf, k * front * cf])
        x1 = np.linalg.solve(a, x0)
        return float(-(x0[0] + v * x1[1]) / (v * x0[1]))


def _vehicle(
    style: str,
    category: str,
    size: tuple[float, float, float],
    mass: float,
    wheelbase: float,
    power: float,
    *,
    front_share: float = 0.55,
    grip: tuple[float, float] = (10.5, 12.0),
    chamfer: tuple[float, float] = (0.25, 0.30),
    shape: str = "vehicle",
    steer_max: float = 0.6,
) -> BodyClass:
    """Return a road vehicle. Cornering stiffness per axle load: 10 to 13 per rad for cars, 6 to 7 for trucks.

    Source: Rajamani (2012), Vehicle Dynamics and Control, table 2.1 (2 x 80 kN/rad at 1573 kg); radius of
    gyration about half the wheelbase, enlarged a little (same table: 2873 kg m2).
    """
    return BodyClass(
        kind="vehicle",
        category=category,
        shape=shape,
        style=style,
        size=size,
        mass=mass,
        chamfer=chamfer,
        wheelbase=wheelbase,
        front_share=front_share,
        grip=grip,
        gyration=0.51 * wheelbase,
        power=power,
        track=size[1] - 0.28,
        steer_max=steer_max,
    )


_TRUCK_GRIP = (6.5, 7.5)
VEHICLES: dict[str, BodyClass] = {
    # size of Euro NCAP's test car in Vector's OSC-NCAP-scenarios: 4.358 x 1.815 m
    "hatchback": _vehicle("hatchback", "car", (4.358, 1.815, 1.46), 1350.0, 2.62, 3.5),
    "sedan": _vehicle("sedan", "car", (4.71, 1.83, 1.44), 1550.0, 2.85, 4.0),
    "suv": _vehicle("suv", "car", (4.65, 1.88, 1.68), 1750.0, 2.68, 3.5),
    "van": _vehicle("van", "car", (5.93, 2.02, 2.5), 2400.0, 3.66, 2.5, grip=(9.0, 10.0)),
    "truck": _vehicle(
        "truck",
        "truck",
        (8.5, 2.5, 3.5),
        12000.0,
        4.8,
        1.2,
        front_share=0.4,
        grip=_TRUCK_GRIP,
        chamfer=(0.1, 0.15),
        steer_max=0.8,  # a turning circle of about 17 m between walls, as usual for 12 t
    ),
    "bus": _vehicle(
        "bus",
        "bus",
        (12.0, 2.55, 3.1),
        13000.0,
        5.9,
        1.2,
        front_share=0.4,
        grip=_TRUCK_GRIP,
        chamfer=(0.15, 0.2),
        steer_max=0.85,  # a turning circle of about 21.5 m between walls, as usual for 12 m
    ),
    # a 4 x 2 tractor of a semi-trailer: 3.7 m between its axles, 7.5 t alone
    "tractor": _vehicle(
        "tractor",
        "truck",
        (6.1, 2.5, 3.7),
        7500.0,
        3.7,
        2.0,
        front_share=0.55,
        grip=_TRUCK_GRIP,
        chamfer=(0.1, 0.15),
    ),
    # an ambulance on a panel van, EN 1789 type C: 3.9 t
    "ambulance": _vehicle("ambulance", "car", (5.93, 2.02, 2.75), 3900.0, 3.66, 2.5, grip=(9.0, 10.0)),
    # a Tatra T3: 14.0 m body, two bogies 6.4 m apart, 16.8 t empty; 2.7 m/s2 in an emergency (BOStrab: 2.73)
    "tram": BodyClass(
        "vehicle",
        "tram",
        "vehicle",
        "tram",
        (14.0, 2.5, 3.06),
        20000.0,
        (0.9, 0.35),
        6.4,
        0.5,
        (20.0, 20.0),
        power=1.2,
        track=1.435,
        rail_grip=0.278,
    ),
    # Global Vehicle Target: 4.023 x 1.712 m, a foam car on a flat robot platform
    "gvt": _vehicle("hatchback", "car", (4.023, 1.712, 1.43), 1350.0, 2.5, 3.5),
}

PEDESTRIANS: dict[str, BodyClass] = {
    # shoulder widths of Euro NCAP's targets: 0.50 m and 0.298 m; the length is that of a walker's stride
    "adult": BodyClass("pedestrian", "person", "person", "adult", (0.75, 0.50, 1.80), 75.0, (0.1, 0.12)),
    "child": BodyClass("pedestrian", "person", "person", "child", (0.50, 0.298, 1.154), 24.0, (0.07, 0.08)),
}


def _parked(body: BodyClass) -> BodyClass:
    return BodyClass(
        "static", body.category, body.shape, body.style, body.size, body.mass, body.chamfer,
        body.wheelbase, body.front_share, body.grip, body.gyration, 0.0, body.track,
    )  # fmt: skip


STATICS: dict[str, BodyClass] = {
    **{name: _parked(body) for name, body in VEHICLES.items() if not body.rail_grip},
    # 750 mm cone of EN 13422: base 0.40 m square, 3 kg
    "cone": BodyClass("static", "static", "cone", "cone", (0.4, 0.4, 0.75), 3.0, (0.0, 0.0)),
    "box": BodyClass("static", "static", "box", "box", (0.6, 0.6, 0.6), 8.0, (0.0, 0.0)),
    # barrier board of 2.5 m on two feet, which stand along the road (sign 600 of RSA 21); 60 kg with its feet
    "barricade": BodyClass("static", "static", "barricade", "barricade", (0.8, 2.5, 1.1), 60.0, (0.0, 0.0)),
}
