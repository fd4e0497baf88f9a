"""The proportions of vehicles, as fractions of length and height, front bumper first.

Drawn after the side views of common European models of each class; the shapes are nobody's in particular.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from renderers.assets.variety import Variety

__all__ = ["STYLES", "Style", "varied"]

Curve = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Style:
    """The proportions of one class.

    Positions are fractions of the length from the front, heights fractions of the height unless in metres.

    Args:
        top: centre line of hood, roof and tail from above.
        belt: lower edge of the side windows.
        screen: (foot, head) of the windscreen.
        rear_screen: (head, foot) of the rear window.
        windows: (front, rear) of each side window.
        axles: positions of the axles.
        wheel_radius: [m].
        tyre_width: [m].
        clearance: height of the sill [m].
        bow: how far the corners lie behind the middle of the (front, rear) face [m].
        lean: how far the (front, rear) face's upper edge lies behind its bumper [m].
        tumblehome: inward slope of the side windows.
        lamp_rows: levels of the fascia, from the second, that the (head, tail) lamps cover.
        clad: whether sills and arches are black plastic.
        doors: positions of the door gaps.
    """

    top: Curve
    belt: Curve
    screen: tuple[float, float]
    rear_screen: tuple[float, float]
    windows: tuple[tuple[float, float], ...]
    axles: tuple[float, ...]
    wheel_radius: float
    tyre_width: float = 0.21
    clearance: float = 0.21
    bow: tuple[float, float] = (0.17, 0.11)
    lean: tuple[float, float] = (0.10, 0.06)
    tumblehome: float = 0.34
    lamp_rows: tuple[tuple[int, ...], tuple[int, ...]] = ((3,), (3,))
    clad: bool = False
    doors: tuple[float, ...] = ()


STYLES: dict[str, Style] = {
    "hatchback": Style(
        top=(
            (0.0, 0.43), (0.012, 0.475), (0.05, 0.52), (0.14, 0.585), (0.235, 0.635), (0.31, 0.77),
            (0.40, 0.93), (0.46, 0.98), (0.56, 1.0), (0.72, 0.985), (0.875, 0.925), (0.965, 0.66),
            (0.985, 0.60), (1.0, 0.54),
        ),
        belt=((0.0, 0.43), (0.23, 0.60), (0.60, 0.635), (0.90, 0.69), (1.0, 0.66)),
        screen=(0.235, 0.42), rear_screen=(0.885, 0.962), windows=((0.315, 0.545), (0.57, 0.79)),
        axles=(0.195, 0.815), wheel_radius=0.315, lamp_rows=((3,), (2, 3)), doors=(0.272, 0.557, 0.755),
    ),
    "sedan": Style(
        top=(
            (0.0, 0.42), (0.010, 0.465), (0.05, 0.51), (0.15, 0.585), (0.265, 0.64), (0.34, 0.80),
            (0.42, 0.945), (0.48, 0.99), (0.54, 1.0), (0.63, 0.98), (0.71, 0.925), (0.80, 0.79),
            (0.865, 0.715), (0.93, 0.70), (0.982, 0.675), (1.0, 0.58),
        ),
        belt=((0.0, 0.42), (0.26, 0.605), (0.60, 0.635), (0.86, 0.675), (1.0, 0.64)),
        screen=(0.265, 0.435), rear_screen=(0.705, 0.86), windows=((0.345, 0.535), (0.555, 0.735)),
        axles=(0.19, 0.79), wheel_radius=0.325, doors=(0.285, 0.545, 0.715),
    ),
    "suv": Style(
        top=(
            (0.0, 0.46), (0.010, 0.52), (0.045, 0.575), (0.14, 0.625), (0.235, 0.655), (0.31, 0.80),
            (0.385, 0.94), (0.44, 0.985), (0.54, 1.0), (0.74, 0.985), (0.895, 0.935), (0.968, 0.66),
            (0.985, 0.58), (1.0, 0.52),
        ),
        belt=((0.0, 0.45), (0.235, 0.62), (0.60, 0.645), (0.90, 0.68), (1.0, 0.66)),
        screen=(0.235, 0.40), rear_screen=(0.905, 0.962), windows=((0.305, 0.53), (0.55, 0.745), (0.77, 0.875)),
        axles=(0.19, 0.80), wheel_radius=0.365, tyre_width=0.235, clearance=0.28, tumblehome=0.27,
        lamp_rows=((3,), (2, 3)), clad=True, doors=(0.275, 0.54, 0.74),
    ),
    "van": Style(
        top=(
            (0.0, 0.36), (0.008, 0.41), (0.03, 0.45), (0.09, 0.49), (0.135, 0.525), (0.20, 0.74), (0.27, 0.93),
            (0.33, 0.985), (0.45, 1.0), (0.80, 1.0), (0.955, 0.975), (0.985, 0.92), (0.993, 0.56), (1.0, 0.45),
        ),
        belt=((0.0, 0.36), (0.13, 0.485), (0.40, 0.505), (1.0, 0.52)),
        screen=(0.135, 0.275), rear_screen=(0.984, 0.992), windows=((0.185, 0.36),),
        axles=(0.165, 0.79), wheel_radius=0.345, clearance=0.26, bow=(0.16, 0.03), lean=(0.08, 0.01),
        tumblehome=0.13, lamp_rows=((3,), (2, 3)), clad=True, doors=(0.155, 0.375, 0.56),
    ),
    "cab": Style(
        top=(
            (0.0, 0.20), (0.02, 0.27), (0.05, 0.36), (0.09, 0.46), (0.13, 0.62), (0.22, 0.88), (0.34, 0.965),
            (0.52, 1.0), (0.93, 1.0), (0.975, 0.97), (0.99, 0.50), (1.0, 0.36),
        ),
        belt=((0.0, 0.19), (0.10, 0.43), (0.5, 0.45), (1.0, 0.45)),
        screen=(0.085, 0.225), rear_screen=(0.999, 1.0), windows=((0.24, 0.68),),
        axles=(0.57,), wheel_radius=0.47, tyre_width=0.30, clearance=0.36, bow=(0.14, 0.0), lean=(0.03, 0.0),
        tumblehome=0.07, lamp_rows=((1,), ()), clad=True, doors=(0.20, 0.78),
    ),
    "bus": Style(
        top=(
            (0.0, 0.24), (0.004, 0.30), (0.010, 0.36), (0.022, 0.66), (0.036, 0.87), (0.06, 0.955),
            (0.10, 0.99), (0.3, 1.0), (0.96, 1.0), (0.984, 0.965), (0.992, 0.84), (0.996, 0.46), (1.0, 0.36),
        ),
        belt=((0.0, 0.24), (0.01, 0.34), (0.05, 0.40), (1.0, 0.41)),
        screen=(0.010, 0.040), rear_screen=(0.9915, 0.996),
        windows=(
            (0.052, 0.098), (0.17, 0.30), (0.31, 0.44), (0.45, 0.58), (0.59, 0.72), (0.73, 0.86), (0.87, 0.97)
        ),
        axles=(0.225, 0.715), wheel_radius=0.48, tyre_width=0.30, clearance=0.32, bow=(0.16, 0.05),
        lean=(0.04, 0.02), tumblehome=0.05, lamp_rows=((1,), (2,)), doors=(0.10, 0.165, 0.50, 0.575),
    ),
}  # fmt: skip
STYLES["ambulance"] = replace(STYLES["van"], windows=((0.185, 0.36),))
"""Style name -> proportions; a truck is a cab and what it carries (see `renderers.assets.trucks`)."""


def varied(style: Style, variety: Variety) -> Style:
    """Return the style with proportions a little its own: hood, belt, screens, axles and wheels."""
    hood = variety.uniform("hood", -0.014, 0.018)
    head = variety.uniform("roof_front", -0.012, 0.012)
    tail = variety.uniform("roof_rear", -0.018, 0.012)
    belt = variety.uniform("belt", -0.014, 0.016)
    foot, scale = style.screen[0], min(1.0, style.screen[0] / 0.2)

    def top(f: float, z: float) -> tuple[float, float]:
        if f <= foot:
            return f, z + hood * scale * f / foot
        if f <= style.rear_screen[0] - 0.05:
            return f + head * scale * min(1.0, (f - foot) / 0.1) * (1 if z < 0.999 else 0), z
        return f, z + (tail if style.rear_screen[0] - 0.01 <= f <= 0.97 and z > 0.7 else 0.0)

    return replace(
        style,
        top=tuple(top(f, z) for f, z in style.top),
        belt=tuple((f, z + belt) for f, z in style.belt),
        axles=tuple(f + variety.uniform(f"axle_{k}", -0.006, 0.006) for k, f in enumerate(style.axles)),
        wheel_radius=style.wheel_radius * variety.uniform("wheel", 0.97, 1.03),
        tumblehome=style.tumblehome * variety.uniform("tumblehome", 0.85, 1.1),
    )
