"""What stands about every labelled body in a turn: its 3D box, and how many echoes it gave."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from renderers.annotations import quaternion_from_rotation
from renderers.assets.boxes import box_at
from renderers.camera.stage import Stage
from sim.geometry import Array, inverse, matrix_from_pose
from sim.recording import Recording

__all__ = ["OBJECTS", "boxes"]

_NUMBERS = pa.list_(pa.float32())
OBJECTS = pa.list_(
    pa.struct(
        [
            ("instance_id", pa.uint16()),
            ("name", pa.string()),
            ("category", pa.string()),
            ("category_id", pa.uint8()),
            ("points", pa.int32()),
            ("distance", pa.float32()),
            ("box3d", pa.struct([("center", _NUMBERS), ("size", _NUMBERS), ("rotation", _NUMBERS)])),
        ]
    )
)
"""Type of the column; boxes are in the frame of the sensor at t: centre [m], length, width and height [m],
xyzw."""


def boxes(
    recording: Recording, stage: Stage, T_world_lidar: Array, t: float, instance: NDArray[np.uint16],
    reach: float, *, carrier: int,
) -> list[dict[str, Any]]:  # fmt: skip
    """Return the labelled bodies whose boxes lie within reach at t, in the order of their ids.

    Args:
        recording: the truth.
        stage: its bodies.
        T_world_lidar: (4, 4) at t.
        t: moment [s].
        instance: of the echoes.
        reach: farthest distance from the sensor to a box's centre, less half its diagonal [m].
        carrier: stage number of the body left out; -1 for none.
    """
    echoes = np.bincount(instance.ravel(), minlength=len(stage.bodies) + 1)
    poses = recording.poses_at(t)
    T_lidar_world = inverse(T_world_lidar)
    found = []
    for number, body in enumerate(stage.bodies):
        if not body.labelled or number == carrier:
            continue
        T = T_lidar_world @ matrix_from_pose(poses[body.name])
        middle, size = box_at(body, recording, t)
        center = T[:3, :3] @ middle + T[:3, 3]
        distance = float(np.linalg.norm(center))
        if distance - float(np.linalg.norm(size)) / 2 < reach:
            box = {"center": center.tolist(), "size": size.tolist()}
            found.append(
                {
                    "instance_id": body.instance_id,
                    "name": body.name,
                    "category": body.category,
                    "category_id": int(stage.semantic[number]),
                    "points": int(echoes[body.instance_id]),
                    "distance": distance,
                    "box3d": box | {"rotation": [float(q) for q in quaternion_from_rotation(T[:3, :3])]},
                }
            )
    return found
