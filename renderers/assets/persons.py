"""People: lofted bodies, dressed by seed, that walk."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from renderers.assets.builder import MeshBuilder
from renderers.assets.forms import Form
from renderers.assets.gait import LIMBS, Frame, Gait
from renderers.assets.materials import Column, Material
from renderers.assets.mesh import Channels, Floats, Mesh
from renderers.assets.person_forms import WRIST, Outfit, face, head_forms, limb_forms, trunk_forms
from renderers.assets.variety import Variety
from sim.geometry import Array, inverse
from sim.scene import Shape

__all__ = [
    "FORMS",
    "Dressed",
    "form_of",
    "joints_of",
    "person_joints",
    "person_mesh",
    "person_poses",
    "recoloured",
    "standing",
    "transformed",
]

Size = tuple[float, float, float]

FORMS = 12
"""Different bodies of each age and size; a thousand people share them, each in clothes of their own."""
SHORTEST_STRIDE = 0.34
"""Boxes shorter than this share of their height cannot hold a stride."""
NATURAL_HALF_STEP = 0.135
"""Half of a walking step as a share of the stature: 0.49 m from ankle to ankle at 1.8 m, a relaxed step."""


@dataclass(frozen=True)
class Build:
    """Heights of the joints as fractions of the body height, and how broad the body is.

    Source: Drillis and Contini (1966) for adults; Snyder et al. (1977) for six-year-olds.
    """

    hip: float
    knee: float
    ankle: float
    shoulder: float
    elbow: float
    neck: float
    foot: float


BUILDS = {
    "adult": Build(0.530, 0.285, 0.048, 0.815, 0.630, 0.865, 0.148),
    "child": Build(0.485, 0.265, 0.050, 0.775, 0.595, 0.828, 0.152),
}


def person_mesh(shape: Shape) -> Mesh:
    """Return a walker who fills the shape's size: details `age` (adult, child), `seed`.

    The size is that of the widest stride, and everything else stays within it. A size too short for a stride is
    taken as that of the legs passing each other, and the strides of the walk reach beyond its ends.

    Raises:
        ValueError: the age is unknown.
    """
    age, size, variety = _key(shape)
    person = _person(age, size, form_of(variety))
    return replace(person.mesh, materials=recoloured(person.mesh, person.outfit, Outfit.of(variety, age)))


def recoloured(mesh: Mesh, worn: Outfit, instead: Outfit) -> Floats:
    """Return the materials of a mesh with the colours of another outfit; read-only.

    Args:
        mesh: of somebody.
        worn: the outfit it was built with.
        instead: whose colours it takes; cut and length stay.
    """
    materials = mesh.materials.copy()
    for old, new in zip(worn.materials, instead.materials, strict=True):
        rows = (mesh.materials[:, _ALBEDO] == np.array(old.albedo, np.float32)).all(axis=1)
        materials[np.ix_(rows, _ALBEDO_COLUMNS)] = new.albedo
    materials.flags.writeable = False
    return materials


_ALBEDO = slice(Column.ALBEDO_R, Column.ALBEDO_B + 1)
_ALBEDO_COLUMNS = (Column.ALBEDO_R, Column.ALBEDO_G, Column.ALBEDO_B)


def form_of(variety: Variety) -> Variety:
    """Return the variety of the body that somebody shares with others."""
    return replace(variety, seed=variety.seed % FORMS)


def person_poses(shape: Shape, channels: Channels) -> Array:
    """Return (12, 4, 4) T_body_part for the channels `gait_phase` [rad] and `speed` [m/s]."""
    person = _of(shape)
    gait = person.gait
    now = gait.poses(channels.get("gait_phase", 0.0) / (2 * np.pi), gait.effort(channels.get("speed", 0.0)))
    return np.asarray(person.fitted @ now @ person.to_stand)


def person_joints(shape: Shape, channels: Channels) -> dict[str, tuple[Array, float]]:
    """Return the (3,) place of each joint in the body frame, and how deep in the body it may lie [m].

    Named, and in the order, of COCO's key points. Channels as for `person_poses`.
    """
    person = _of(shape)
    gait, frame, stature = person.gait, person.gait.frame, person.stature
    now = gait.poses(channels.get("gait_phase", 0.0) / (2 * np.pi), gait.effort(channels.get("speed", 0.0)))
    return joints_of(person.fitted @ now, frame, stature)


def joints_of(
    poses: Array, frame: Frame, stature: float, *, wrapped: float = 0.0
) -> dict[str, tuple[Array, float]]:
    """Return the joints of a posed body as `person_joints` does.

    Args:
        poses: (12, 4, 4) from the straight stand, in the order of `LIMBS`.
        frame: joints of the stand.
        stature: its height [m].
        wrapped: share of the stature by which something worn hides the face, as a helmet does.
    """
    named = dict(zip(LIMBS, poses, strict=True))
    head = face(frame.neck, stature)
    joints = {"nose": (named["head"], head["nose"], 0.03 + wrapped)}
    pairs = (
        ("eye", "head", head["eye"], 0.03 + wrapped),
        ("ear", "head", head["ear"], 0.04 + wrapped),
        ("shoulder", "body", (0.0, frame.shoulder_y, frame.shoulder), 0.06),
        ("elbow", "upper_arm", (0.0, frame.shoulder_y, frame.elbow), 0.04),
        ("wrist", "forearm", (0.0, frame.shoulder_y, frame.elbow - WRIST * stature), 0.035),
        ("hip", "body", (0.0, frame.hip_y, frame.hip), 0.09),
        ("knee", "thigh", (0.0, frame.hip_y, frame.knee), 0.05),
        ("ankle", "shin", (0.0, frame.hip_y, frame.ankle), 0.045),
    )
    for name, limb, place, depth in pairs:
        for side, sign in (("left", 1.0), ("right", -1.0)):
            T = named[limb if limb in named else f"{limb}_{side}"]
            joints[f"{side}_{name}"] = (T, np.asarray(place) * [1.0, sign, 1.0], depth)
    return {name: (T[:3, :3] @ p + T[:3, 3], depth * stature) for name, (T, p, depth) in joints.items()}


def _of(shape: Shape) -> _Person:
    age, size, variety = _key(shape)
    return _person(age, size, form_of(variety))


def _key(shape: Shape) -> tuple[str, Size, Variety]:
    age = str(shape.details.get("age", "adult"))
    if age not in BUILDS:
        raise ValueError(f"no person of age {age!r}; known: {', '.join(sorted(BUILDS))}")
    return age, shape.size, Variety.of(shape)


@dataclass(frozen=True, eq=False)
class _Person:
    mesh: Mesh
    gait: Gait
    fitted: Array
    """(4, 4) from the walker's own size to the shape's."""
    to_stand: Array
    """(12, 4, 4) from the mesh's rest pose back to the straight stand."""
    stature: float
    """Height of the straight stand before it is fitted [m]."""
    outfit: Outfit


@lru_cache(maxsize=64)
def _person(age: str, size: Size, variety: Variety) -> _Person:
    stature, is_bare = size[2], size[0] < SHORTEST_STRIDE * size[2]
    for _ in range(3):
        forms, frame = standing(age, stature, size[1], variety, is_bare=is_bare)
        body = _Points.of(forms)
        gait, phase = _gait(body, frame, size)
        stature *= size[2] / body.extent(gait, phase)[2]
    forms, frame = standing(age, stature, size[1], variety, is_bare=is_bare)
    rest = gait.poses(phase, 1.0)
    builder = MeshBuilder()
    for limb, T in zip(LIMBS, rest, strict=True):
        for form, material, part in forms:
            if part == limb:
                builder.add(transformed(form, T), material, part=part)
    factor, shift = builder.fit(size)
    fitted = np.diag([*factor, 1.0])
    fitted[:3, 3] = shift
    undo = np.diag([*(1 / factor), 1.0])
    undo[:3, 3] = -shift / factor
    return _Person(builder.build(), gait, fitted, inverse(rest) @ undo, stature, Outfit.of(variety, age))


Dressed = list[tuple[Form, Material, str]]
"""(form, material, limb) of a body."""


def standing(
    age: str,
    stature: float,
    breadth: float,
    variety: Variety,
    *,
    is_bare: bool = False,
    only_head: bool = False,
) -> tuple[Dressed, Frame]:
    """Return the forms of a straight stand with the arms hanging, and its joints; bare: no skirt, no bag."""
    build, outfit = BUILDS[age], Outfit.of(variety, age)
    if is_bare:
        outfit = replace(outfit, skirt=0.0, has_bag=False)
    arm = 0.031 * stature * variety.uniform("arm", 0.94, 1.06)
    frame = Frame(
        hip=build.hip * stature, hip_y=0.050 * stature, knee=build.knee * stature, ankle=build.ankle * stature,
        shoulder=build.shoulder * stature, shoulder_y=breadth / 2 - arm - 0.002, elbow=build.elbow * stature,
        neck=build.neck * stature, heel=-0.24 * build.foot * stature, ball=0.70 * build.foot * stature,
    )  # fmt: skip
    head: Dressed = [(form, material, "head") for form, material in head_forms(frame.neck, stature, outfit)]
    if only_head:
        return head, frame
    forms: Dressed = [
        (form, material, "body") for form, material in trunk_forms(frame, stature, outfit, variety)
    ]
    forms += head
    for form, material, limb in limb_forms(frame, stature, build.foot * stature, arm, outfit):
        forms.append((form, material, f"{limb}_left"))
        forms.append((form.mirrored(), material, f"{limb}_right"))
    return forms, frame


def transformed(form: Form, T: Array) -> Form:
    """Return the form moved by T; its texture stays where it was, so that cloth moves with the limb."""
    coords = form.points if form.coords is None else form.coords
    return Form(form.points @ T[:3, :3].T + T[:3, 3], form.faces, coords, form.normals)


@dataclass(frozen=True, eq=False)
class _Points:
    """All points of a straight stand, (V, 3), and the limb of each, (V,)."""

    points: Array
    limb: NDArray[np.int64]

    @classmethod
    def of(cls, forms: Dressed) -> _Points:
        limb = np.concatenate([np.full(len(form.points), LIMBS.index(part)) for form, _, part in forms])
        return cls(np.concatenate([form.points for form, _, _ in forms]), limb)

    def extent(self, gait: Gait, phase: float) -> Array:
        """Return the (3,) size of the box round the walker at a phase."""
        T = gait.poses(phase, 1.0)[self.limb]
        return np.asarray(np.ptp(np.einsum("vij,vj->vi", T[:, :3, :3], self.points) + T[:, :3, 3], axis=0))


def _gait(body: _Points, frame: Frame, size: Size) -> tuple[Gait, float]:
    """Return the walk and the phase of it that is as long as the shape."""
    if size[0] < SHORTEST_STRIDE * size[2]:
        gait = Gait(frame, NATURAL_HALF_STEP * size[2])
        phases = [float(phase) for phase in np.linspace(0.1, 0.4, 13)]
        return gait, min(phases, key=lambda phase: abs(body.extent(gait, phase)[0] - size[0]))
    low, high = 0.0, 0.36 * frame.hip
    for _ in range(14):
        middle = (low + high) / 2
        too_long = body.extent(Gait(frame, middle), 0.0)[0] > size[0]
        low, high = (low, middle) if too_long else (middle, high)
    return Gait(frame, low), 0.0
