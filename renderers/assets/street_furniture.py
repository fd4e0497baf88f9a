"""What stands beside a road: guard rails, street lamps, signs."""

from __future__ import annotations

import math
from typing import Any, cast

import numpy as np

from renderers.assets.builder import MeshBuilder
from renderers.assets.forms import Form, box, disc, grid, lathe, merge, rounded_rectangle, tube
from renderers.assets.materials import STEEL, Lamp, Material
from renderers.assets.mesh import Mesh
from renderers.assets.pictograms import bars_of_end, digger, ending_lanes
from sim.geometry import Array
from sim.scene import Shape

__all__ = ["guard_rail_mesh", "lamp_mesh", "sign_mesh"]

GALVANISED = Material("galvanised", (0.36, 0.37, 0.38), 0.55, 0.12)
POLE = Material("pole", (0.24, 0.25, 0.26), 0.6, 0.06)
LUMINAIRE = Material("luminaire", (0.80, 0.74, 0.60), 0.4, 0.04, emission=3.0, lamp=Lamp.STREET)
RED = Material("sign_red", (0.55, 0.02, 0.025), 0.5, 0.04)
WHITE = Material("sign_white", (0.72, 0.72, 0.70), 0.5, 0.04)
BLUE = Material("sign_blue", (0.012, 0.075, 0.36), 0.5, 0.04)
BLACK = Material("sign_black", (0.015, 0.015, 0.015), 0.6, 0.02)
YELLOW = Material("sign_yellow", (0.72, 0.48, 0.02), 0.5, 0.04)

W_BEAM = (
    (0.0, 0.44),
    (0.045, 0.47),
    (0.08, 0.51),
    (0.02, 0.57),
    (0.02, 0.62),
    (0.08, 0.68),
    (0.045, 0.72),
    (0.0, 0.75),
)
"""(towards the road, height) of a W-beam [m]: profile A after EN 1317 practice, upper edge at 0.75 m."""
POST_DEPTH = 0.12
"""Depth of a post between its two beams [m]."""
POST_SPACING = 4.0
"""Distance of the posts [m], as on the German EDSP 4.0."""


def guard_rail_mesh(shape: Shape) -> Mesh:
    """Return W-beams on both sides of posts along details `path`: ((x, y), …) in the world."""
    path = _thinned(np.array(cast("Any", shape.details["path"]), np.float64))
    builder = MeshBuilder(crease=math.radians(25.0))
    s = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(path, axis=0), axis=1))])
    left = _left_of(path)
    beam = np.array(W_BEAM)
    height = np.broadcast_to(beam[:, 1:], (len(path), len(beam), 1))
    for side in (1.0, -1.0):
        plan = path[:, None] + side * left[:, None] * (beam[None, :, :1] + POST_DEPTH / 2)
        form = grid(np.concatenate([plan, height], axis=2))
        builder.add(form.flipped() if side > 0 else form, GALVANISED)
    posts = []
    for at in np.arange(0.0, s[-1] + 1e-6, POST_SPACING):
        x, y = (float(np.interp(at, s, path[:, k])) for k in range(2))
        nx, ny = (float(np.interp(at, s, left[:, k])) for k in range(2))
        post = box((-0.03, -POST_DEPTH / 2, -0.03), (0.03, POST_DEPTH / 2, 0.72)).turned(
            yaw=math.atan2(-nx, ny)
        )
        posts.append(post.moved(x, y))
    builder.add(merge(posts), GALVANISED)
    return builder.build()


def _thinned(path: Array) -> Array:
    """Return the path without points that lie within a centimetre of the line between those kept."""
    kept = [0]
    for k in range(2, len(path)):
        start, chord = path[kept[-1]], path[k] - path[kept[-1]]
        between = path[kept[-1] + 1 : k] - start
        off = np.abs(chord[0] * between[:, 1] - chord[1] * between[:, 0]) / np.linalg.norm(chord)
        if off.max() > 0.01:
            kept.append(k - 1)
    return path[[*kept, len(path) - 1]]


def _left_of(path: Array) -> Array:
    """Return (N, 2) unit vectors to the left of a path."""
    along = np.gradient(path, axis=0)
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    return np.column_stack([-along[:, 1], along[:, 0]])


def lamp_mesh(shape: Shape) -> Mesh:
    """Return a street lamp: a tapered pole, an arm along x, a flat luminaire at its end."""
    length, width, height = shape.size
    foot = -length / 2 + 0.1
    builder = MeshBuilder()
    builder.add(
        lathe(np.array([[0.1, 0.0], [0.1, 0.5], [0.075, 0.55], [0.045, height - 0.3]]), 10).moved(foot), POLE
    )
    bend = np.array([[foot, -0.35], [foot + 0.05, -0.12], [foot + 0.3, -0.05], [length / 2 - 0.5, -0.035]])
    bend = np.column_stack([bend[:, 0], np.zeros(4), height + bend[:, 1]])
    builder.add(tube(bend, np.full(4, 0.035), 8), POLE)
    half = min(0.14, width / 2)
    end = length / 2
    builder.add(box((end - 0.65, -half, height - 0.09), (end, half, height)), POLE)
    builder.add(
        box((end - 0.60, -half + 0.02, height - 0.105), (end - 0.05, half - 0.02, height - 0.09)), LUMINAIRE
    )
    builder.fit(shape.size)
    return builder.build()


def sign_mesh(shape: Shape) -> Mesh:
    """Return a sign that faces +x, on a pole, or on two where it is a board; details `text` chooses its face.

    "stop" is an octagon, "yield", "warning" and "road works" are triangles, "crosswalk" and "right lane
    ends" blue squares, digits a speed limit and "end" its end; anything else is a board in details `colour`
    (blue, yellow) with bars for its lines of text.
    """
    _, width, height = shape.size
    is_board = width > 1.5
    half_height = min(0.27 * width, 0.3 * height) if is_board else min(width / 2, height / 3)
    builder = MeshBuilder()
    for y in (-0.32 * width, 0.32 * width) if is_board else (0.0,):
        thick = 0.06 if is_board else 0.032
        top = height - (0.3 * half_height if is_board else 0.05)
        builder.add(lathe(np.array([[thick, 0.0], [thick, top], [0.0, top]]), 8).moved(-thick - 0.01, y), POLE)
    text, colour = str(shape.details.get("text", "")), str(shape.details.get("colour", "blue"))
    for form, material in _face(text, width / 2, half_height, YELLOW if colour == "yellow" else BLUE):
        builder.add(form.moved(0.0, 0.0, height - half_height), material)
    builder.fit(shape.size)
    return builder.build()


def _face(text: str, half_width: float, half_height: float, field: Material) -> list[tuple[Form, Material]]:
    """Return the layers of a sign's face about its middle, each a little before the last."""
    word, radius = text.strip().lower(), min(half_width, half_height)
    if word == "stop":
        octagon = _polygon(8, radius / math.cos(math.pi / 8), math.pi / 8)
        bar = rounded_rectangle(1.1 * radius, 0.34 * radius, 0.02)
        layers = [(octagon, WHITE), (0.93 * octagon, RED), (bar, WHITE)]
    elif word in ("yield", "warning", "road works"):
        outer = _polygon(3, 1.15 * radius, -math.pi / 2 if word == "yield" else math.pi / 2)
        outer -= np.array([0.0, (outer[:, 1].max() + outer[:, 1].min()) / 2])
        inner = 0.62 * (outer - outer.mean(axis=0)) + outer.mean(axis=0)
        bar = rounded_rectangle(0.12 * radius, 0.5 * radius, 0.03) + outer.mean(axis=0)
        layers = [(outer, RED), (inner, WHITE)] + ([(bar, BLACK)] if word == "warning" else [])
        if word == "road works":
            layers += [(part + outer.mean(axis=0), BLACK) for part in digger(0.42 * radius)]
    elif word.isdigit():
        ring = _polygon(24, radius, 0.0)
        layers = [(ring, RED), (0.78 * ring, WHITE), *((bar, BLACK) for bar in _digits(word, radius))]
    elif word == "end":
        disc_of = _polygon(24, radius, 0.0)
        layers = [(disc_of, BLACK), (0.94 * disc_of, WHITE), *((bar, BLACK) for bar in bars_of_end(radius))]
    elif word in ("right lane ends", "left lane ends"):
        square = rounded_rectangle(2 * radius, 2 * radius, 0.06)
        side = 1.0 if word.startswith("right") else -1.0
        layers = [(square, WHITE), (0.93 * square, BLUE)]
        layers += [(bar, WHITE) for bar in ending_lanes(0.9 * radius, side)]
    elif word in ("crosswalk", "crossing"):
        square = rounded_rectangle(2 * radius, 2 * radius, 0.06)
        triangle = _polygon(3, 0.78 * radius, math.pi / 2) - np.array([0.0, 0.15 * radius])
        layers = [(square, WHITE), (0.93 * square, BLUE), (triangle, WHITE)]
        layers += [(bar + np.array([0.0, -0.1 * radius]), BLACK) for bar in _walker(0.55 * radius)]
    else:
        board = rounded_rectangle(2 * half_width, 2 * half_height, 0.08)
        ink = BLACK if field is YELLOW else WHITE
        layers = [(board, ink), (board * (1 - 0.05 * half_height / np.array([half_width, half_height])), field)]
        layers += [(row * np.array([half_width, half_height]), ink) for row in _lines(word)]
    levels = (0, 1, *(2 for _ in layers[2:]))
    back = disc(np.column_stack([np.full(len(layers[0][0]), -0.008), layers[0][0]])).flipped()
    return [(back, STEEL), *((_layer(outline, k), m) for k, (outline, m) in zip(levels, layers, strict=True))]


def _walker(size: float) -> list[Array]:
    """Return outlines of a walking figure about its middle: head, trunk, two legs."""
    head = _polygon(8, 0.16 * size, 0.0) + np.array([0.0, 0.62 * size])
    trunk = rounded_rectangle(0.24 * size, 0.55 * size, 0.02) + np.array([0.0, 0.15 * size])
    legs = [np.array([[0.0, 0.0], [x, -0.62 * size], [x + 0.14 * size, -0.62 * size], [0.12 * size, 0.0]])
            for x in (-0.3 * size, 0.16 * size)]  # fmt: skip
    return [head, trunk, *(leg[::-1] if _area(leg) < 0 else leg for leg in legs)]


def _area(outline: Array) -> float:
    x, y = outline.T
    return float(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y) / 2)


def _lines(word: str) -> list[Array]:
    """Return bars where a board's lines of text stand, in its half sizes: words one cannot yet read."""
    rows = []
    for k, y in enumerate((0.5, 0.0, -0.5)):
        left = -0.82
        for part in range(2 if k else 1):
            wide = 0.34 + 0.11 * ((len(word) * 7 + 3 * k + 5 * part) % 5)
            rows.append(rounded_rectangle(wide, 0.24, 0.02) + np.array([left + wide / 2, y]))
            left += wide + 0.12
    return rows


def _polygon(n: int, radius: float, turn: float) -> Array:
    angle = turn + np.arange(n) * 2 * np.pi / n
    return radius * np.column_stack([np.cos(angle), np.sin(angle)])


def _layer(outline: Array, k: int) -> Form:
    """Return a flat (y, z) outline facing +x, on the k-th level."""
    return disc(np.column_stack([np.full(len(outline), 0.003 * k), outline]))


SEGMENTS = {
    "0": "abcdef", "1": "bc", "2": "abged", "3": "abgcd", "4": "fgbc", "5": "afgcd", "6": "afgedc", "7": "abc",
    "8": "abcdefg", "9": "abcdfg",
}  # fmt: skip
_BARS = {
    "a": (0.0, 0.5, 0.36, 0.1), "d": (0.0, -0.5, 0.36, 0.1), "g": (0.0, 0.0, 0.36, 0.1),
    "b": (0.15, 0.25, 0.1, 0.55), "c": (0.15, -0.25, 0.1, 0.55), "f": (-0.15, 0.25, 0.1, 0.55),
    "e": (-0.15, -0.25, 0.1, 0.55),
}  # fmt: skip


def _digits(word: str, radius: float) -> list[Array]:
    """Return the outlines of a speed limit's digits, seven bars each."""
    tall, outlines = 0.72 * radius, []
    for k, digit in enumerate(word[:3]):
        middle = (k - (min(len(word), 3) - 1) / 2) * 0.52 * tall
        for segment in SEGMENTS[digit]:
            x, z, wide, high = _BARS[segment]
            bar = rounded_rectangle(wide * tall, high * tall, 0.01) + np.array([middle + x * tall, z * tall])
            outlines.append(bar)
    return outlines
