"""The forms of shapes: meshes with their bounds, kept between episodes up to a fixed amount of memory."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from renderers.assets import mesh_for
from renderers.assets.materials import Column
from renderers.assets.mesh import Mesh
from renderers.camera.detail import COARSENABLE, LEVELS, coarsened
from sim.geometry import Array
from sim.scene import Shape

__all__ = ["Form", "FormCache", "cached_form"]

_LOOSE = 1.5
"""How much further than its rest pose an articulated body may reach."""


@dataclass(frozen=True, eq=False)
class Form:
    """What the stage needs of a shape.

    Args:
        meshes: in full, then coarser ones if there are any.
        centre: (3,) of the bounding sphere [m].
        radius: of the bounding sphere, parts in motion included [m].
        longest_side: of the bounding box [m].
        has_lamps: whether anything on it can be switched on.
    """

    meshes: tuple[Mesh, ...]
    centre: Array
    radius: float
    longest_side: float
    has_lamps: bool

    @classmethod
    def of(cls, mesh: Mesh, *, coarser: tuple[int, ...] = ()) -> Form:
        """Return the form of a mesh, with coarse meshes of so many cells each."""
        low, high = mesh.bounds()
        centre = (low.astype(np.float64) + high) / 2
        radius = float(np.sqrt(((mesh.vertices - centre) ** 2).sum(axis=1).max()))
        return cls(
            (mesh, *(coarsened(mesh, cells) for cells in coarser)),
            centre,
            radius * (1.0 if mesh.n_parts == 1 else _LOOSE) + 1e-3,
            float((high - low).max()),
            bool((mesh.materials[:, Column.LAMP] > 0).any()),
        )

    @property
    def nbytes(self) -> int:
        """Bytes its arrays take."""
        return sum(
            array.nbytes
            for mesh in self.meshes
            for array in (mesh.vertices, mesh.normals, mesh.coords, mesh.faces, mesh.material, mesh.part)
        )


class FormCache:
    """Forms by the content of their shape; the least recently used go first."""

    def __init__(self, limit: int) -> None:
        """Make an empty cache that holds `limit` bytes, or a single form if that is larger."""
        self.limit, self.size = limit, 0
        self._kept: OrderedDict[str, Form] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, shape: Shape, *, coarse: bool) -> Form:
        """Return the form of a shape, with coarse meshes if they are wanted and the kind has some."""
        coarser = LEVELS if coarse and shape.kind in COARSENABLE else ()
        key = f"{shape.kind}|{shape.size}|{_canonical(shape.details)}|{len(coarser)}"
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        form = self._kept[key] = Form.of(mesh_for(shape), coarser=coarser)
        self.size += form.nbytes
        while self.size > self.limit and len(self._kept) > 1:
            self.size -= self._kept.popitem(last=False)[1].nbytes
        return form


_cache = FormCache(96 << 20)


def cached_form(shape: Shape, *, coarse: bool) -> Form:
    """Return the form of a shape from the cache of this process."""
    return _cache.get(shape, coarse=coarse)


def _canonical(details: object) -> str:
    if isinstance(details, Mapping):
        return f"{{{','.join(f'{key}:{_canonical(details[key])}' for key in sorted(details))}}}"
    if isinstance(details, tuple | list):
        return f"({','.join(_canonical(item) for item in details)})"
    return repr(details)
