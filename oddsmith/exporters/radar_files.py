"""Sweeps of a radar as nuScenes' `.pcd` files: 18 fields a point, binary, as its ARS 408 gives them.

`vx`, `vy` are the radial velocity along x and y of the sensor, `vx_comp`, `vy_comp` the same with the sensor's
own motion taken out, `rcs` is in dBsm. `dyn_prop` is 0 where that is more than 1 m/s away, 2 towards the sensor
and 1 below. What the format has beyond that a dataset does not know: it is what the devkit's filter lets pass.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["pcd_bytes"]

_FIELDS = (
    ("x", "<f4"), ("y", "<f4"), ("z", "<f4"), ("dyn_prop", "i1"), ("id", "<i2"), ("rcs", "<f4"), ("vx", "<f4"),
    ("vy", "<f4"), ("vx_comp", "<f4"), ("vy_comp", "<f4"), ("is_quality_valid", "i1"), ("ambig_state", "i1"),
    ("x_rms", "i1"), ("y_rms", "i1"), ("invalid_state", "i1"), ("pdh0", "i1"), ("vx_rms", "i1"),
    ("vy_rms", "i1"),
)  # fmt: skip
_MOVING, _STILL, _ONCOMING = 0, 1, 2
_FASTER = 1.0
"""Radial speed over ground from which something counts as moving [m/s]."""
_UNAMBIGUOUS = 3


def pcd_bytes(points: NDArray[np.void]) -> bytes:
    """Return the file of a sweep.

    Args:
        points: (N,) as `oddsmith.detections.DETECTION`; where there are none, the file holds one of NaN, by
            which the format says so.
    """
    rows = np.zeros(max(len(points), 1), np.dtype(list(_FIELDS)))
    if len(points) == 0:
        rows["x"] = np.nan
    else:
        cosine, sine = np.cos(points["azimuth"]), np.sin(points["azimuth"])
        rows["x"], rows["y"], rows["rcs"] = points["x"], points["y"], points["rcs"]
        for end, speed in (("", points["radial_velocity"]), ("_comp", points["over_ground"])):
            rows["vx" + end], rows["vy" + end] = speed * cosine, speed * sine
        over = points["over_ground"]
        rows["dyn_prop"] = np.where(over > _FASTER, _MOVING, np.where(over < -_FASTER, _ONCOMING, _STILL))
        rows["id"] = np.arange(len(points))
        rows["is_quality_valid"], rows["ambig_state"], rows["pdh0"] = 1, _UNAMBIGUOUS, 1
    kinds = [np.dtype(kind) for _, kind in _FIELDS]
    header = (
        "# .PCD v0.7 - Point Cloud Data file format",
        "VERSION 0.7",
        "FIELDS " + " ".join(name for name, _ in _FIELDS),
        "SIZE " + " ".join(str(kind.itemsize) for kind in kinds),
        "TYPE " + " ".join("F" if kind.kind == "f" else "I" for kind in kinds),
        "COUNT " + " ".join("1" for _ in kinds),
        f"WIDTH {len(rows)}",
        "HEIGHT 1",
        "VIEWPOINT 0 0 0 1 0 0 0",
        f"POINTS {len(rows)}",
        "DATA binary\n",
    )
    # The devkit wants a byte after the last point.
    return "\n".join(header).encode("ascii") + rows.tobytes() + b"\n"
