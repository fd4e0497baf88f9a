"""Users' meshes: glTF, OBJ, PLY and STL files as triangles in a body's frame.

A file is read by itself: what it refers to (material libraries, textures beside it) is not, so that its content
alone decides what comes out. Reading takes trimesh, which is an extra. Files are stated repairs or refused:

| found | what happens |
|---|---|
| triangles without area | left out |
| all turned inside out | turned |
| holes, or triangles that disagree about what is outside | seen from both sides, with a remark |
| coordinates that are no finite numbers, no triangles, more than `MAX_TRIANGLES` | refused |
| no extent along an axis, or none that a thing on a road has | refused |
"""

from __future__ import annotations

import io
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.errors import RunError

if TYPE_CHECKING:
    from sim.geometry import Array

__all__ = [
    "AXES",
    "MAX_TRIANGLES",
    "SUFFIXES",
    "MeshFile",
    "PlacedMesh",
    "check_mesh",
    "place_mesh",
    "read_mesh",
]

SUFFIXES = (".glb", ".gltf", ".obj", ".ply", ".stl")
MAX_TRIANGLES = 200_000
"""Most triangles of one mesh; a street scene as a whole has about as many."""
AXES = {
    "x": (1.0, 0.0, 0.0),
    "-x": (-1.0, 0.0, 0.0),
    "y": (0.0, 1.0, 0.0),
    "-y": (0.0, -1.0, 0.0),
    "z": (0.0, 0.0, 1.0),
    "-z": (0.0, 0.0, -1.0),
}
"""Word -> direction in the file's frame."""
_SMALLEST, _LARGEST = 0.01, 60.0
"""Extents a thing on a road may have [m]; the largest of a thing must be within them."""
_THINNEST = 1e-3
"""Least extent along any axis [m]."""


@dataclass(frozen=True, eq=False)
class MeshFile:
    """The content of a file, in its own units and axes. All arrays are read-only.

    Args:
        vertices: (V, 3) distinct places.
        faces: (F, 3) indices, counter-clockwise seen from outside; with `is_two_sided`, all of them both ways.
        colours: (F, 3) linear diffuse colour 0..1; NaN where the file says nothing.
        finish: (F, 2) roughness and metalness 0..1; NaN likewise.
        is_two_sided: whether it is seen from both sides.
        remarks: what was repaired, for the user.
        digest: sha256 of the file.
    """

    vertices: Array
    faces: np.ndarray
    colours: Array
    finish: Array
    is_two_sided: bool
    remarks: tuple[str, ...]
    digest: str


@dataclass(frozen=True, eq=False)
class PlacedMesh:
    """A mesh in the frame of a body: x forward, y left, z up, origin on the ground under the middle.

    Args:
        mesh: the file.
        vertices: (V, 3) [m].
        size: length, width and height [m].
        T_body_file: (4, 4) from the file's frame and units.
    """

    mesh: MeshFile
    vertices: Array
    size: tuple[float, float, float]
    T_body_file: Array

    @property
    def chamfer(self) -> float:
        """Return what can be cut off each corner of the bounding rectangle along both its sides [m]."""
        x, y = self.size[0] / 2, self.size[1] / 2
        free = x + y - float(np.abs(self.vertices[:, :2]).sum(axis=1).max())
        return min(max(free, 0.0), 0.9 * min(x, y))


def check_mesh(path: Path) -> tuple[str, ...]:
    """Return what was repaired in a file.

    Raises:
        RunError: it cannot be used; the message names it.
    """
    return read_mesh(path).remarks


def read_mesh(path: Path) -> MeshFile:
    """Return the content of a file, which is read anew each time but understood once.

    Raises:
        RunError: it is no such file, or cannot be used, or trimesh is not installed.
    """
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise RunError(f"{path} cannot be read: {error.strerror}") from None
    try:
        return _parsed(Path(path).suffix.lower(), content)
    except _UnusableError as error:
        raise RunError(f"{Path(path).name} {error}") from None


def place_mesh(path: Path, *, scale: float = 1.0, up: str = "z", forward: str = "x") -> PlacedMesh:
    """Return a file's mesh in the frame of a body.

    Args:
        path: of the file.
        scale: metres per unit of the file.
        up: axis of the file that points up, a key of `AXES`.
        forward: axis of the file that points forward.

    Raises:
        RunError: as `read_mesh`; or the axes do not make a frame; or the size is none that a thing has.
    """
    mesh, name = read_mesh(path), Path(path).name
    z, x = np.array(AXES[up]), np.array(AXES[forward])
    if abs(float(z @ x)) > 0.5:
        raise RunError(f"{name}: up {up} and forward {forward} lie along one line; they must be square")
    if not (np.isfinite(scale) and scale > 0.0):
        raise RunError(f"{name}: scale is {scale:g}; it is metres per unit of the file, above 0")
    R = scale * np.stack([x, np.cross(z, x), z])
    places = mesh.vertices @ R.T
    low, high = places.min(axis=0), places.max(axis=0)
    extent = high - low
    told = " x ".join(f"{value:.4g}" for value in extent) + " m (length, width, height)"
    if extent.min() < _THINNEST:
        raise RunError(f"{name} is {told}: flat or nearly so; give it a thickness of {_THINNEST:g} m at least")
    if not _SMALLEST <= extent.max() <= _LARGEST:
        hint = "millimetres take scale: 0.001" if extent.max() > _LARGEST else "metres take scale: 1"
        raise RunError(f"{name} is {told}; between {_SMALLEST:g} and {_LARGEST:g} m are allowed; {hint}")
    T = np.eye(4)
    T[:3, :3] = R
    T[:3, 3] = -np.array([(low[0] + high[0]) / 2, (low[1] + high[1]) / 2, low[2]])
    length, width, height = (float(value) for value in extent)
    return PlacedMesh(mesh, places + T[:3, 3], (length, width, height), T)


class _UnusableError(Exception):
    """Why a file cannot be used, to go behind its name."""


@lru_cache(maxsize=16)
def _parsed(suffix: str, content: bytes) -> MeshFile:
    vertices, faces, colours, finish = _joined(_geometries(suffix, content))
    if len(faces) == 0:
        raise _UnusableError("has no triangles")
    if not np.isfinite(vertices).all():
        bad = int((~np.isfinite(vertices).all(axis=1)).sum())
        raise _UnusableError(f"has {bad} of {len(vertices)} vertices whose coordinates are no finite numbers")
    if len(faces) > MAX_TRIANGLES:
        raise _UnusableError(
            f"has {len(faces)} triangles, at most {MAX_TRIANGLES} are allowed: reduce it first, as with the "
            "Decimate modifier of Blender"
        )
    vertices, faces, kept = _welded(vertices, faces)
    colours, finish = colours[kept], finish[kept]
    if len(faces) == 0:
        raise _UnusableError("has no triangle with an area")
    remarks = _why_open(faces, len(vertices))
    if remarks:
        faces = np.concatenate([faces, faces[:, ::-1]])
        colours, finish = np.concatenate([colours, colours]), np.concatenate([finish, finish])
    elif _volume(vertices, faces) < 0.0:
        faces = faces[:, ::-1].copy()
    for array in (vertices, faces, colours, finish):
        array.flags.writeable = False
    digest = sha256(content).hexdigest()
    return MeshFile(vertices, faces, colours, finish, bool(remarks), remarks, digest)


def _geometries(suffix: str, content: bytes) -> list[tuple[Array, np.ndarray, Array, Array]]:
    """Return vertices, faces, colours and finish of all that is in a file, placed, in the order of names."""
    try:
        import trimesh
    except ImportError:
        raise RunError("reading meshes takes trimesh: pip install 'oddsmith[assets]'") from None
    log = logging.getLogger("trimesh")
    was = log.disabled
    log.disabled = True  # it tells of materials in other files, which are not read
    try:
        scene = trimesh.load_scene(io.BytesIO(content), file_type=suffix[1:], process=False)
    except Exception as error:  # a broken file may raise anything there
        detail = " ".join(str(error).split())[:120] or type(error).__name__
        raise _UnusableError(f"cannot be read as {suffix[1:]}: {detail}") from None
    finally:
        log.disabled = was
    found = []
    for node in sorted(scene.graph.nodes_geometry):
        T, name = scene.graph[node]
        one = scene.geometry[name]
        faces = np.asarray(getattr(one, "faces", np.empty((0, 3))), np.int64).reshape(-1, 3)
        if not isinstance(one, trimesh.Trimesh) or len(faces) == 0:
            continue
        vertices = np.asarray(one.vertices, np.float64)
        if np.linalg.det(T[:3, :3]) < 0.0:
            faces = faces[:, ::-1]
        colours, finish = _looks(one, is_linear=suffix in (".glb", ".gltf"))
        found.append((vertices @ T[:3, :3].T + T[:3, 3], faces, colours, finish))
    return found


def _looks(one: Any, *, is_linear: bool) -> tuple[Array, Array]:
    """Return (F, 3) linear colours and (F, 2) roughness and metalness, NaN where the file says nothing."""
    n = len(one.faces)
    colours, finish = np.full((n, 3), np.nan), np.full((n, 2), np.nan)
    visual = one.visual
    material = getattr(visual, "material", None)
    if material is None:
        if getattr(visual, "defined", False):
            shares = np.asarray(visual.face_colors, np.float64)[:, :3] / 255.0
            colours = shares if is_linear else _linear(shares)
        return colours, finish
    factor = np.asarray(material.main_color, np.float64)[:3] / 255.0
    colours[:] = factor if is_linear else _linear(factor)
    image, uv = getattr(material, "baseColorTexture", None), getattr(visual, "uv", None)
    if image is not None and uv is not None and len(uv) == len(one.vertices):
        base = getattr(material, "baseColorFactor", None)
        tint = 1.0 if base is None else np.asarray(base, np.float64)[:3] / 255.0
        colours = tint * _sampled(image, np.asarray(uv, np.float64)[one.faces].mean(axis=1))
    rough, metal = (getattr(material, f"{key}Factor", None) for key in ("roughness", "metallic"))
    if rough is not None or metal is not None:  # 1 is glTF's default of both
        finish[:] = (1.0 if rough is None else float(rough), 1.0 if metal is None else float(metal))
    return colours, finish


def _sampled(image: Any, uv: Array) -> Array:
    """Return (F, 3) linear colours of a picture at places, whose v goes up from the lower edge and wraps."""
    pixels = np.asarray(image.convert("RGB"), np.float64) / 255.0
    height, width = pixels.shape[:2]
    at = np.nan_to_num(uv) % 1.0
    column = np.minimum((at[:, 0] * width).astype(np.int64), width - 1)
    row = np.minimum(((1.0 - at[:, 1]) * height).astype(np.int64), height - 1)
    return _linear(pixels[row, column])


def _linear(shares: Array) -> Array:
    """Return linear values of sRGB ones (IEC 61966-2-1)."""
    return np.asarray(np.where(shares <= 0.04045, shares / 12.92, ((shares + 0.055) / 1.055) ** 2.4))


def _joined(
    pieces: Sequence[tuple[Array, np.ndarray, Array, Array]],
) -> tuple[Array, np.ndarray, Array, Array]:
    if not pieces:
        return np.zeros((0, 3)), np.zeros((0, 3), np.int64), np.zeros((0, 3)), np.zeros((0, 2))
    starts = np.cumsum([0, *(len(vertices) for vertices, *_ in pieces)])
    return (
        np.concatenate([vertices for vertices, *_ in pieces]),
        np.concatenate([faces + start for (_, faces, *_), start in zip(pieces, starts, strict=False)]),
        np.concatenate([colours for _, _, colours, _ in pieces]),
        np.concatenate([finish for *_, finish in pieces]),
    )


def _welded(vertices: Array, faces: np.ndarray) -> tuple[Array, np.ndarray, np.ndarray]:
    """Return distinct vertices, the faces between them that have an area, and which faces those are."""
    places, index = np.unique(vertices + 0.0, axis=0, return_inverse=True)
    faces = index.ravel()[faces]
    a, b, c = (places[faces[:, k]] for k in range(3))
    across = np.cross(b - a, c - a)
    kept = np.einsum("ij,ij->i", across, across) > 0.0
    used, renumbered = np.unique(faces[kept], return_inverse=True)
    return places[used], renumbered.reshape(-1, 3), kept


def _why_open(faces: np.ndarray, n: int) -> tuple[str, ...]:
    """Return why a mesh has no inside: it is closed if every edge is passed as often one way as the other."""
    edges = faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2)
    there, back = edges[:, 0] * n + edges[:, 1], edges[:, 1] * n + edges[:, 0]
    if np.array_equal(np.sort(there), np.sort(back)):
        return ()
    _, counts = np.unique(np.minimum(there, back), return_counts=True)
    alone = int((counts == 1).sum())
    if alone:
        return (f"it has holes ({alone} edges of one triangle only), so all of it is seen from both sides",)
    return ("its triangles do not agree what is outside, so all of it is seen from both sides",)


def _volume(vertices: Array, faces: np.ndarray) -> float:
    """Return six times the signed volume of a closed mesh."""
    a, b, c = (vertices[faces[:, k]] - vertices[0] for k in range(3))
    return float(np.einsum("ij,ij->", a, np.cross(b, c)))
