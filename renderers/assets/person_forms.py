"""The body of a person in its straight stand: trunk, head and hair, limbs, hands, shoes, and what they wear."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from renderers.assets.forms import Form, grid, loft, merge, ring, sphere
from renderers.assets.gait import Frame
from renderers.assets.materials import Material, Texture
from renderers.assets.variety import Variety
from sim.geometry import Array

__all__ = ["WRIST", "Outfit", "face", "head_forms", "limb_forms", "trunk_forms"]

Colour = tuple[float, float, float]

TOPS: tuple[Colour, ...] = (
    (0.015, 0.016, 0.019), (0.03, 0.035, 0.05), (0.06, 0.062, 0.068), (0.16, 0.16, 0.17), (0.33, 0.33, 0.33),
    (0.55, 0.53, 0.48), (0.020, 0.030, 0.065), (0.05, 0.085, 0.16), (0.13, 0.11, 0.085), (0.26, 0.22, 0.165),
    (0.055, 0.075, 0.05), (0.24, 0.045, 0.04), (0.11, 0.022, 0.032), (0.09, 0.17, 0.21), (0.36, 0.23, 0.07),
    (0.02, 0.02, 0.024), (0.72, 0.71, 0.69), (0.42, 0.44, 0.47), (0.02, 0.022, 0.03), (0.34, 0.10, 0.14),
    (0.55, 0.62, 0.05),
)  # fmt: skip
"""Black, navy, greys and earth lead what people wear in streets, by eye; strong colours are few."""
TROUSERS: tuple[Colour, ...] = (
    (0.03, 0.05, 0.11), (0.02, 0.02, 0.025), (0.07, 0.10, 0.18), (0.28, 0.22, 0.15), (0.10, 0.10, 0.10),
    (0.17, 0.15, 0.11), (0.015, 0.017, 0.028), (0.20, 0.27, 0.38), (0.34, 0.33, 0.31), (0.05, 0.05, 0.055),
)  # fmt: skip
BAGS: tuple[Colour, ...] = (
    (0.02, 0.02, 0.023), (0.05, 0.055, 0.07), (0.03, 0.05, 0.12), (0.25, 0.03, 0.03), (0.12, 0.10, 0.07),
)  # fmt: skip
SKINS: tuple[Colour, ...] = (
    (0.56, 0.36, 0.27), (0.48, 0.29, 0.20), (0.36, 0.20, 0.13), (0.22, 0.115, 0.07), (0.09, 0.05, 0.034),
)  # fmt: skip
HAIRS: tuple[Colour, ...] = (
    (0.012, 0.010, 0.009),
    (0.05, 0.027, 0.014),
    (0.11, 0.06, 0.025),
    (0.20, 0.135, 0.065),
    (0.28, 0.27, 0.26),
)
WRIST = 0.145
"""How far the wrists hang below the elbows, as a fraction of the stature."""
EYE = Material("eye", (0.03, 0.025, 0.02), 0.2, 0.04)
SHOES: tuple[Colour, ...] = ((0.02, 0.02, 0.02), (0.50, 0.50, 0.48), (0.10, 0.055, 0.03), (0.20, 0.20, 0.22))


SKULL = (
    (-1.0, 0.30, 0.38, 0.30), (-0.92, 0.52, 0.62, 0.22), (-0.62, 0.80, 0.86, 0.10), (-0.25, 0.96, 0.97, 0.02),
    (0.15, 1.0, 1.0, 0.0), (0.5, 0.93, 0.94, -0.02), (0.8, 0.68, 0.72, -0.03), (0.96, 0.28, 0.32, -0.03),
)  # fmt: skip
"""(height, half width, half depth, forward shift) of a head's rings, chin to crown, in its half sizes."""


@dataclass(frozen=True)
class Outfit:
    """What a person wears and looks like.

    Args:
        long_sleeved: whether the forearms are covered.
        hair_length: 0 short, 1 to the shoulders.
        coat: how far the top reaches below the hips, as a fraction of the stature.
        skirt: how far a skirt, or the tails of a long coat, reach below the hips, likewise; 0 for none.
        has_bag: whether a rucksack is worn.
    """

    top: Material
    trousers: Material
    skin: Material
    hair: Material
    shoes: Material
    bag: Material
    long_sleeved: bool
    hair_length: float
    coat: float
    skirt: float
    has_bag: bool

    @property
    def materials(self) -> tuple[Material, ...]:
        """Top, trousers, skin, hair, shoes and bag."""
        return self.top, self.trousers, self.skin, self.hair, self.shoes, self.bag

    @classmethod
    def of(cls, variety: Variety, age: str) -> Outfit:
        """Return the outfit that belongs to a seed; only adults are grey."""

        def dyed(name: str, colours: tuple[Colour, ...], roughness: float, texture: Texture) -> Material:
            colour = variety.colour(f"{name}_shade", variety.choice(name, colours), 0.15)
            data = (float(int(variety.uniform(name, 1, 999))),) if texture else ()
            return Material(name, colour, roughness, texture=texture, data=data)

        return cls(
            top=dyed("top", TOPS, 0.95, Texture.CLOTH),
            trousers=dyed("trousers", TROUSERS, 0.95, Texture.CLOTH),
            skin=dyed("skin", SKINS, 0.6, Texture.PLAIN),
            hair=dyed("hair", HAIRS if age == "adult" else HAIRS[:-1], 0.7, Texture.PLAIN),
            shoes=dyed("shoes", SHOES, 0.6, Texture.PLAIN),
            bag=dyed("bag", BAGS, 0.8, Texture.CLOTH),
            long_sleeved=variety.uniform("sleeves") < 0.65,
            hair_length=variety.choice("hair_length", (0.0, 0.0, 0.25, 0.8)),
            coat=variety.choice("coat", (0.0, 0.012, 0.03, 0.05)),
            skirt=variety.choice("skirt", (0.0, 0.0, 0.0, 0.0, 0.16, 0.22)) if age == "adult" else 0.0,
            has_bag=variety.uniform("has_bag") < 0.3,
        )


def _stack(rings: list[tuple[float, float, float, float]], n: int, power: float = 2.3) -> Form:
    """Return the loft of (z, half width, half depth, x of the middle) rings, bottom to top."""
    sections = []
    for z, width, depth, x in rings:
        outline = ring(n, radius_y=width, radius_z=depth, power=power)
        sections.append(np.column_stack([x - outline[:, 1], outline[:, 0], np.full(n, z)]))
    return loft(np.array(sections)) if _turns_left(sections[0]) else loft(np.array(sections)[:, ::-1])


def _turns_left(outline: Array) -> bool:
    x, y = outline[:, 0], outline[:, 1]
    return bool(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y) > 0)


def trunk_forms(
    frame: Frame, stature: float, outfit: Outfit, variety: Variety
) -> Iterator[tuple[Form, Material]]:
    """Yield hips in trousers, a top that falls over them, and the neck."""
    h, full = stature, variety.uniform("girth", 0.92, 1.14)
    inner = frame.shoulder_y - 0.018 * h
    hips, waist, chest = 0.098 * h * full, 0.086 * h * full, min(0.100 * h * full, inner)
    hip, shoulder = frame.hip, frame.shoulder
    torso = shoulder - hip
    yield _stack(
        [
            (hip - 0.055 * h, 0.070 * h, 0.052 * h, 0.0),
            (hip - 0.03 * h, hips * 0.96, 0.066 * h, -0.004 * h),
            (hip + 0.02 * h, hips * 0.98, 0.066 * h, -0.004 * h),
        ], 12,
    ), outfit.trousers  # fmt: skip
    slim = full**0.8
    yield _stack(
        [
            (hip - (0.008 + outfit.coat) * h, hips * 1.05, 0.073 * h * slim, -0.003 * h),
            (hip + 0.02 * h, hips * 1.03, 0.072 * h * slim, -0.003 * h),
            (hip + 0.32 * torso, waist * 1.04, 0.063 * h * slim, 0.0),
            (hip + 0.58 * torso, chest * 0.98, 0.067 * h * slim, 0.002 * h),
            (hip + 0.80 * torso, chest * 1.06, 0.070 * h, 0.0),
            (hip + 0.96 * torso, inner * 1.12, 0.056 * h, -0.004 * h),
            (hip + 1.05 * torso, chest * 0.74, 0.043 * h, -0.006 * h),
            (hip + 1.10 * torso, 0.042 * h, 0.036 * h, -0.006 * h),
        ], 14, power=2.6,
    ), outfit.top  # fmt: skip
    if outfit.skirt > 0.0:
        foot = hip - outfit.skirt * h
        rings = [
            (foot, hips * 1.22, 0.105 * h, 0.0),
            (hip + 0.03 * h, hips * 1.04, 0.074 * h * slim, -0.003 * h),
        ]
        cloth = outfit.top if variety.uniform("coat_tails") < 0.5 else outfit.trousers
        yield _stack(rings, 14), cloth
    if outfit.has_bag:
        yield _rucksack(hip + 0.30 * torso, hip + 0.98 * torso, h), outfit.bag
    yield _stack([(shoulder + 0.012 * h, 0.034 * h, 0.034 * h, -0.008 * h),
                  (frame.neck + 0.014 * h, 0.030 * h, 0.032 * h, -0.002 * h)], 10), outfit.skin  # fmt: skip


def _rucksack(low: float, high: float, stature: float) -> Form:
    """Return a bag on the back between two heights [m]."""
    h, tall = stature, high - low
    rings = [
        (low, 0.066 * h, 0.030 * h, -0.098 * h),
        (low + 0.12 * tall, 0.080 * h, 0.046 * h, -0.106 * h),
        (low + 0.70 * tall, 0.078 * h, 0.044 * h, -0.104 * h),
        (high, 0.050 * h, 0.022 * h, -0.086 * h),
    ]
    return _stack(rings, 10, power=3.5)


def face(neck: float, stature: float) -> dict[str, Array]:
    """Return where the tip of the nose, the left eye and the left ear are, (3,) each [m]."""
    tall = stature - neck
    half, middle = tall * 0.50, neck + tall * 0.49
    wide, deep = 0.60 * half * 1.08, 0.74 * half * 1.05
    return {
        "nose": np.array([deep * 1.02 + 0.14 * half, 0.0, middle - 0.20 * half]),
        "eye": np.array([0.93 * deep, 0.36 * wide, middle + 0.10 * half]),
        "ear": np.array([-0.05 * deep, wide, middle - 0.08 * half]),
    }


def head_forms(neck: float, stature: float, outfit: Outfit) -> Iterator[tuple[Form, Material]]:
    """Yield head with nose and ears, and hair."""
    tall = stature - neck
    half, middle = tall * 0.50, neck + tall * 0.49
    wide, deep = 0.60 * half * 1.08, 0.74 * half * 1.05
    at = face(neck, stature)
    rings = [(middle + z * half * 0.97, w * wide, d * deep, x * deep) for z, w, d, x in SKULL]
    yield _stack(rings, 14, power=2.1), outfit.skin
    nose = _stack([(middle - 0.28 * half, 0.15 * half, 0.10 * half, deep * 1.0),
                   (middle - 0.20 * half, 0.13 * half, 0.14 * half, deep * 1.02),
                   (middle + 0.10 * half, 0.05 * half, 0.04 * half, deep * 0.95)], 6)  # fmt: skip
    ear = sphere(0.16 * half, n_around=6, n_up=4).scaled(0.7, 0.35, 1.2).moved(*at["ear"])
    yield merge([nose, ear, ear.mirrored()]), outfit.skin
    eye = sphere(0.085 * half, n_around=6, n_up=4).moved(*at["eye"])
    yield merge([eye, eye.mirrored()]), EYE
    yield _hair(middle, half, wide, deep, outfit.hair_length), outfit.hair


def _hair(middle: float, half: float, wide: float, deep: float, length: float) -> Form:
    """Return a cap that covers crown and back and leaves the face free; long hair falls behind."""
    n = 16
    angle = np.arange(n) * 2 * np.pi / n
    forward = np.cos(angle)
    rows = []
    for level in (0.0, 0.28, 0.52, 0.74, 0.90, 1.0):
        rim = (
            0.34
            + 0.24 * forward
            - 0.16 * (1 - np.abs(forward))
            - (0.55 + 1.5 * length) * np.clip(-forward, 0, 1) ** 0.7
        )
        z = rim + (1.06 - rim) * level
        r = (
            np.sqrt(np.clip(1.0 - np.clip(z / 1.05, -0.35, 1.0) ** 2 * 0.985, 0.0, 1.0))
            if level < 1.0
            else 0.0 * z
        )
        x = 1.13 * deep * forward * r - 0.03 * deep
        rows.append(np.column_stack([x, 1.14 * wide * np.sin(angle) * r, middle + z * half]))
    return grid(np.stack(rows), wrap=True).flipped()


def _limb(low: float, high: float, x: float, y: float, radii: tuple[float, ...], n: int = 10) -> Form:
    """Return a rounded limb between two heights, with its radii from bottom to top."""
    z = np.linspace(low, high, len(radii))
    rings = [
        (low - 0.75 * radii[0], 0.55 * radii[0], 0.55 * radii[0], x),
        (low - 0.35 * radii[0], 0.9 * radii[0], 0.9 * radii[0], x),
    ]
    rings += [(float(h), r, r, x) for h, r in zip(z, radii, strict=True)]
    rings += [
        (high + 0.4 * radii[-1], 0.9 * radii[-1], 0.9 * radii[-1], x),
        (high + 0.8 * radii[-1], 0.5 * radii[-1], 0.5 * radii[-1], x),
    ]
    return _stack(rings, n, power=2.0).moved(y=y)


def limb_forms(
    frame: Frame, stature: float, foot: float, arm: float, outfit: Outfit
) -> Iterator[tuple[Form, Material, str]]:
    """Yield the left limbs with their names."""
    h, y = stature, frame.hip_y
    yield (
        _limb(frame.knee, frame.hip - 0.02 * h, 0.0, y, (0.038 * h, 0.046 * h, 0.051 * h)),
        outfit.trousers,
        "thigh",
    )
    hem = frame.ankle + 0.002 * h
    yield _limb(hem, frame.knee, 0.0, y, (0.030 * h, 0.034 * h, 0.036 * h)), outfit.trousers, "shin"
    yield _shoe(foot, frame.ankle, y), outfit.shoes, "foot"
    y = frame.shoulder_y
    upper = _limb(frame.elbow, frame.shoulder - 0.020 * h, 0.0, y, (0.84 * arm, 0.92 * arm, arm))
    yield upper, outfit.top, "upper_arm"
    wrist = frame.elbow - WRIST * h
    sleeve = outfit.top if outfit.long_sleeved else outfit.skin
    fat = 0.82 if outfit.long_sleeved else 0.70
    yield _limb(wrist, frame.elbow, 0.0, y, (0.72 * arm * fat, 0.95 * arm * fat, arm * fat)), sleeve, "forearm"
    palm = sphere(0.5, n_around=8, n_up=6).scaled(0.050 * h, 0.026 * h, 0.098 * h)
    yield palm.moved(0.006 * h, y, wrist - 0.045 * h), outfit.skin, "forearm"


def _shoe(length: float, ankle: float, y: float) -> Form:
    """Return a shoe: flat sole, low toe, collar about the ankle; the ankle is at x = 0."""
    wide = 0.185 * length
    outline = [(-0.24, 0.62), (-0.20, 0.80), (0.0, 0.86), (0.25, 1.0), (0.48, 1.06), (0.66, 0.86), (0.76, 0.35)]
    sections = []
    for x, w in outline:
        top = ankle * (1.05 if x <= 0.02 else max(0.42, 1.05 - 1.35 * x))
        half, tall = wide * w, top * (1.0 if x < 0.7 else 0.8)
        profile = [(half, 0.0), (half * 1.04, 0.25 * tall), (half * 0.82, 0.75 * tall), (half * 0.4, tall)]
        points = profile + [(-a, b) for a, b in profile[::-1]]
        sections.append([[x * length, y + a, b] for a, b in points])
    return loft(np.array(sections))
