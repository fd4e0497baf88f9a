"""The shell of a vehicle: one loft from bumper to bumper, its cells painted, glazed or lit.

A section has 15 points per side, from the middle of the underbody out, up the side and in to the roof's middle:

    0 1     underbody            4..8    side, up to the belt line       12..14  roof, hood or boot
    2 3     wheel arch           8..12   shoulder, side window, roof rail
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from renderers.assets.curves import smooth_curve
from renderers.assets.forms import Form, grid
from renderers.assets.materials import BLACK_PLASTIC, GLASS, UNDERBODY, Lamp, Material
from renderers.assets.vehicle_styles import Style
from sim.geometry import Array

__all__ = ["HEAD_LAMP", "TAIL_LAMP", "Shell"]

HEAD_LAMP = Material("head_lamp", (0.42, 0.43, 0.44), 0.06, 0.20, emission=3.6, lamp=Lamp.HEAD_LIGHTS)
TAIL_LAMP = Material("tail_lamp", (0.42, 0.004, 0.005), 0.1, 0.04, emission=3.5, lamp=Lamp.BRAKE_LIGHTS)

Codes = NDArray[np.int64]

LEVELS = (0.0, 0.15, 0.42, 0.68, 0.90, 1.0)
"""Heights of points 3 to 8 between the lower edge (0) and the belt line (1)."""
FULLNESS = ((0.0, 0.90), (0.22, 0.945), (0.34, 0.972), (0.60, 1.0), (0.78, 0.993), (1.0, 0.962))
"""Half width against height over the belt line's: sill, rocker, crease, shoulder."""
PLAN = ((0.0, 0.900), (0.006, 0.935), (0.02, 0.968), (0.055, 0.988), (0.14, 1.0))
"""Half width against distance from a bumper, as fractions of width and length: rounded corners."""
SHOULDER = 0.025
"""How far the side glass stands in from the shoulder [m]."""
RAIL = 0.075
"""Height of the roof rail above the side windows [m]."""
CROWN = 0.055
"""How much higher the middle of roof and hood is than their edges [m]."""


@dataclass(frozen=True)
class Shell:
    """The loft of one vehicle, x forward from its middle.

    Args:
        style: proportions.
        size: (length, width, height) [m].
    """

    style: Style
    size: tuple[float, float, float]

    def x(self, fraction: float) -> float:
        """Return the position of a fraction of the length from the front [m]."""
        return self.size[0] * (0.5 - fraction)

    @cached_property
    def stations(self) -> Array:
        """(S,) fractions of the length at which sections stand, front first."""
        style, length = self.style, self.size[0]
        wanted = [0.0, 1.0, *style.screen, *style.rear_screen, *(f for window in style.windows for f in window)]
        radius = self.arch_radius / length
        for axle in style.axles:
            wanted += [axle + k * radius for k in (-1.0, -0.8, -0.45, 0.0, 0.45, 0.8, 1.0)]
            wanted += [axle - radius - 0.012 / length, axle + radius + 0.012 / length]
        nose, tail = [f for f, _ in style.top if f < 0.06], [f for f, _ in style.top if f > 0.94]
        wanted += [*nose, *tail, 0.02, 0.98, float(np.mean(style.screen)), float(np.mean(style.rear_screen))]
        chosen: list[float] = []
        spacing = 0.010 / length
        for f in (*wanted, *(f for f, _ in style.top), *np.linspace(0.06, 0.94, 19)):
            gap = spacing if f in wanted else 0.028
            if 0.0 <= f <= 1.0 and all(abs(f - other) > gap for other in chosen):
                chosen.append(f)
        return np.array(sorted(chosen))

    @property
    def arch_radius(self) -> float:
        """Radius of the wheel arches [m]."""
        return self.style.wheel_radius * 1.10 + 0.02

    def lower_edge(self, f: Array) -> Array:
        """Return the height of the side's lower edge: the sill, or the arch over a wheel [m]."""
        edge = np.full(np.shape(f), self.style.clearance)
        for axle in self.style.axles:
            reach = (np.asarray(f) - axle) * self.size[0]
            inside = np.abs(reach) <= self.arch_radius + 1e-6
            arch = self.style.wheel_radius + np.sqrt(np.maximum(self.arch_radius**2 - reach**2, 0.0))
            edge = np.where(inside, np.maximum(edge, arch), edge)
        return edge

    def top(self, f: Array) -> Array:
        """Return the height of the centre line [m]."""
        return smooth_curve(f, self.style.top) * self.size[2]

    def belt(self, f: Array) -> Array:
        """Return the height of the shoulder: the belt line, or the fender under a hood [m]."""
        line = smooth_curve(f, self.style.belt) * self.size[2]
        return np.minimum(line, self.top(f) - CROWN - 0.03)

    def half_width(self, f: Array, z: Array) -> Array:
        """Return the half width of the side at a height between sill and belt line [m]."""
        ends = smooth_curve(np.minimum(f, 1.0 - np.asarray(f)), PLAN)
        return self.size[1] / 2 * ends * smooth_curve(z / self.belt(f), FULLNESS)

    def bent(self, points: Array) -> Array:
        """Return (..., 3) points with the faces bowed in plan and leaning in profile."""
        x, y, z = np.moveaxis(points, -1, 0)
        length, width, height = self.size
        across = np.minimum(np.abs(y) / (width / 2), 1.0) ** 2.2
        x = x.copy()
        for sign, bow, lean in zip((1.0, -1.0), self.style.bow, self.style.lean, strict=True):
            near = np.clip(1.0 - (length / 2 - sign * x) / (0.21 * min(length, 5.0)), 0.0, 1.0) ** 1.6
            over = np.clip((z - 0.30 * height) / (0.25 * height), 0.0, 1.0) ** 1.3
            under = np.clip((0.27 * height - z) / (0.2 * height), 0.0, 1.0) ** 1.5
            x -= sign * near * (bow * across + lean * over + 0.5 * lean * under)
        return np.stack([x, y, z], axis=-1)

    @cached_property
    def side_points(self) -> Array:
        """(S, 15, 3) points of the left half of every section, before bending."""
        f = self.stations
        top, belt, edge = self.top(f), self.belt(f), self.lower_edge(f)
        inner = self.size[1] / 2 - self.style.tyre_width - 0.11
        rows = [(0.0 * f, 0.0 * f + self.style.clearance), (0.0 * f + inner, 0.0 * f + self.style.clearance)]
        rows.append((0.0 * f + inner, edge))
        for level in LEVELS:
            z = edge + level * (belt - edge)
            rows.append((self.half_width(f, z), z))
        crown = np.minimum(CROWN, (top - belt) * 0.6)
        rail_z, foot_y, foot_z = top - crown, rows[-1][0] - SHOULDER, belt + 0.012
        tall = np.maximum(rail_z - foot_z, 0.005)
        rail_y = foot_y - self.style.tumblehome * tall
        head = np.clip(1.0 - RAIL / tall, 0.5, 1.0)
        for k, bulge in ((0.0, 0.0), (0.5, 0.012), (1.0, 0.006)):
            rows.append(
                (
                    foot_y + k * head * (rail_y - foot_y) + bulge * np.minimum(tall, 1.0),
                    foot_z + k * head * tall,
                )
            )
        for t in (1.0, 0.62, 0.0):
            rows.append((rail_y * t, top - crown * t**2.4))
        points = np.stack([np.stack([self.x(0.0) - f * self.size[0], y, z], axis=-1) for y, z in rows], axis=1)
        for end in (0, -1):
            points[end, 9:12] = points[end, 12]
        return points

    @cached_property
    def ring(self) -> Array:
        """(S, 28, 3) closed sections: the left half, then the right half back to the underbody."""
        left = self.side_points
        right = left[:, -2:0:-1] * np.array([1.0, -1.0, 1.0])
        return self.bent(np.concatenate([left, right], axis=1))

    def forms(self, skin: Material) -> Iterator[tuple[Form, Material]]:
        """Yield the shell by material: `skin` where it is neither glass, lamp nor plastic."""
        yield from _by_material(grid(self.ring, wrap=True), self._cells(), skin)
        for end in (0, -1):
            yield from _by_material(*self._fascia(end), skin)

    def on_fascia(
        self, end: int, across: tuple[float, float], levels: tuple[float, float], proud: float, n: int = 4
    ) -> Form:
        """Return a patch that stands a little proud of the front (end 0) or rear (end -1) fascia.

        Args:
            end: 0 or -1.
            across: y as fractions of the half width, from right to left.
            levels: heights as fractions between the lower edge (0) and the belt line (1).
            proud: how far it stands out [m].
            n: columns of points.
        """
        side = self.side_points[end]
        z = side[3, 2] + np.array(levels) * (side[8, 2] - side[3, 2])
        f = self.stations[end]
        y = np.linspace(*across, n)[None, :] * self.half_width(np.array(f), z)[:, None]
        points = self.bent(
            np.stack([np.full(y.shape, side[0, 0]), y, np.broadcast_to(z[:, None], y.shape)], -1)
        )
        points[..., 0] += proud if end == 0 else -proud
        return grid(points).flipped() if end == 0 else grid(points)

    def on_side(
        self, fractions: tuple[float, float], levels: tuple[float, float], proud: float, n: int = 2
    ) -> Form:
        """Return a patch of n rows on the left side, between fractions of length and levels of height."""
        f = np.repeat(np.array(fractions)[None], n + 1, axis=0)
        edge, belt = self.lower_edge(f), self.belt(f)
        z = edge + np.linspace(*levels, n + 1)[:, None] * (belt - edge)
        y = self.half_width(f, z) + proud
        return grid(self.bent(np.stack([self.x(0.0) - f * self.size[0], y, z], axis=-1))).flipped()

    def _cells(self) -> Codes:
        """Return (S-1, 28) codes of what each cell of the loft is made of."""
        style, f = self.style, self.stations
        middle = (f[1:] + f[:-1]) / 2
        half = np.zeros((len(middle), 14), np.int64)
        half[:, :3] = _UNDERBODY
        if style.clad:
            half[:, 3] = _PLASTIC

        def fill(where: NDArray[np.bool_], columns: list[int], code: int) -> None:
            half[np.nonzero(where)[0][:, None], columns] = code

        for low, high in (style.screen, style.rear_screen):
            fill((middle > low) & (middle < high), [12, 13], _GLASS)
        first, last = style.windows[0][0], style.windows[-1][1]
        fill((middle > first) & (middle < last), [9, 10], _PLASTIC)
        for low, high in style.windows:
            fill((middle > low) & (middle < high), [9, 10], _GLASS)
        corner = 0.035 * min(1.0, 5.0 / self.size[0])
        for rows, lit, near in zip(style.lamp_rows, (_HEAD, _TAIL), (middle, 1 - middle), strict=True):
            fill(near < corner, [3 + k for k in rows], lit)
        return np.concatenate([half, half[:, ::-1]], axis=1)

    def _fascia(self, end: int) -> tuple[Form, Codes]:
        """Return the face that closes the loft: rows from lower edge to belt line, and the edge above."""
        side = self.side_points[end]
        columns = side[[8, 12, 13, 14], 1] / side[8, 1]
        columns = np.concatenate([columns, -columns[-2::-1]])
        rows = [np.column_stack([np.full(7, p[0]), columns * p[1], np.full(7, p[2])]) for p in side[3:8]]
        rim = np.concatenate([side[[8, 12, 13, 14]], side[[13, 12, 8]] * np.array([1.0, -1.0, 1.0])])
        form = grid(self.bent(np.stack([*rows, rim])))
        codes = np.zeros((5, 6), np.int64)
        codes[0, slice(0, 6) if self.style.clad or end != 0 else slice(1, 5)] = _PLASTIC
        if end == 0 and self.style.clad:
            codes[1, 1:5] = _PLASTIC
        for row in self.style.lamp_rows[end]:
            # Lamps that stand upright are narrow below.
            codes[row, [0, 5] if row == 2 else [0, 1, 4, 5]] = _HEAD if end == 0 else _TAIL
        return (form if end == 0 else form.flipped()), codes


_UNDERBODY, _PLASTIC, _GLASS, _HEAD, _TAIL = 1, 2, 3, 4, 5
_FIXED = (UNDERBODY, BLACK_PLASTIC, GLASS, HEAD_LAMP, TAIL_LAMP)


def _by_material(form: Form, codes: Codes, skin: Material) -> Iterator[tuple[Form, Material]]:
    """Yield the cells of a grid by what they are made of; code 0 is the skin."""
    per_face = np.repeat(codes.ravel(), 2)
    for code, material in enumerate((skin, *_FIXED)):
        if np.any(per_face == code):
            yield Form(form.points, form.faces[per_face == code]), material
