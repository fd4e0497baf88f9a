"""The LiDAR as a sensor: its columns, and a recording turned into turns."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from renderers.assets.materials import Column as Material
from renderers.camera.motion import Motion
from renderers.camera.png import png
from renderers.camera.stage import Stage
from renderers.lidar.air import air_of
from renderers.lidar.boxes import OBJECTS, boxes
from renderers.lidar.echoes import DUAL, LAST, STRONGEST, Receiver, Scan, develop
from renderers.lidar.firing import ABREAST, Met, fire, placed
from renderers.lidar.models import model_of
from renderers.lidar.returning import Skin
from renderers.lidar.surfaces import reflectances
from renderers.lidar.targets import Movers, Targets
from renderers.sample import Column, Sample, SensorSetup
from sim.errors import RunError
from sim.geometry import Array, matrix_from_pose
from sim.raycast.fan import slopes_of
from sim.raycast.nearest import MISS
from sim.recording import Recording

__all__ = ["Lidar", "columns", "observe"]

_IMAGE = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
_MODES = {"strongest": STRONGEST, "last": LAST, "dual": DUAL}
_FILTERS = {"range": "sub", "intensity": "none", "instance": "none", "semantic": "up"}
"""Row filter of each image, by measurement on bundled scenarios."""
_PATH = 11
"""Moments of a turn at which the sensor's pose is told."""
_INSIDE = 0.5
"""Share of the beams that meet the inside of one body, from which on the sensor is taken to stand in it."""


def columns(settings: Mapping[str, Any]) -> tuple[Column, ...]:
    """Return the columns of a LiDAR's table."""
    twice = ", the second echoes below the first" if settings["echoes"] == "dual" else ""
    shape = f"a row per beam from the top down{twice}, a column per firing clockwise from the rear"
    numbers = pa.list_(pa.float64())
    return (
        Column("range", _IMAGE, "feature", f"range of the echo, 0 for none; {shape}", "m/256"),
        Column("intensity", _IMAGE, "feature", "reflectance of the echo in hundredths, 255 for 2.55 and more"),
        Column("elevations", numbers, "feature", "elevation of each beam, from the top down", "rad"),
        Column("period", pa.float64(), "feature", "duration of the turn", "s"),
        Column("instance", _IMAGE, "label", "instance id per echo, 0 for none and unlabelled scenery"),
        Column("semantic", _IMAGE, "label", "class id per echo, 0 for none and for what floats in the air"),
        Column(
            "T_world_lidar",
            pa.list_(pa.float64(), 16),
            "label",
            "pose of the sensor (x forward, y left, z up) at t, row by row",
        ),
        Column(
            "path",
            numbers,
            "label",
            "[x y z qx qy qz qw] of the sensor in the world at even moments of the turn, its ends included",
        ),
        Column(
            "objects", OBJECTS, "label", "3D box of every labelled body within range, and its number of echoes"
        ),
    )


def observe(recording: Recording, setup: SensorSetup) -> Iterator[Sample]:
    """Yield the turns of a recording, in time order.

    Raises:
        RunError: the sensor stands inside a body.
    """
    if not len(setup.times):
        return
    lidar = Lidar(recording, setup)
    for index, t in enumerate(setup.times):
        yield lidar.sample(index, float(t))


class Lidar:
    """One LiDAR in one episode."""

    def __init__(self, recording: Recording, setup: SensorSetup, *, threads: int = 1) -> None:
        """Build the trees of everything within reach.

        Args:
            recording: the truth.
            setup: where the sensor is and what it gives.
            threads: groups of columns cast at the same time; the turns do not depend on it.
        """
        self._recording, self._setup, self._threads = recording, setup, threads
        settings = setup.settings
        self.model = model = model_of(settings)
        self._period, count = 1.0 / float(settings["rate"]), int(settings["columns"])
        self.azimuths = np.pi - (np.arange(count) + 0.5) * 2.0 * np.pi / count
        self._slopes = slopes_of(model.elevations[::-1])
        self._limits = model.range * np.cos(model.elevations[::-1])
        self.stage = Stage.of(recording.scene)
        names = [body.name for body in self.stage.bodies]
        self._carrier = -1 if setup.on is None else names.index(setup.on)
        path = self.poses(np.asarray(setup.times, np.float64))[:, :3, 3]
        self.targets = Targets.of(
            self.stage,
            Motion(recording, self.stage),
            path,
            model.range,
            hidden=-1 if settings["sees_carrier"] else self._carrier,
        )
        light, g = recording.scene.light, self.stage.geometry
        self._skin = Skin(
            g.faces, g.coords, g.face_material, reflectances(self.stage), g.data, float(light.wetness),
            float(light.snow),
        )  # fmt: skip
        self._air = air_of(light, model, float(settings["nearest"]))
        self._two_sided = g.materials[g.face_material, Material.WRAP] > 0.0
        self._is_placed = False
        shape = (count, len(model.elevations))
        self._met = Met(np.empty(shape), np.empty(shape, np.int64), np.empty(shape, np.int32))

    def scan(self, index: int, t: float) -> Scan:
        """Return the turn that looks ahead at t.

        Raises:
            RunError: the sensor stands inside a body.
        """
        setup, model = self._setup, self.model
        poses, movers = self.fire(t)
        forest, met = self.targets.forest, self._met
        if not self._is_placed:
            self._refuse_inside(poses, movers)
            self._is_placed = True
        mode = _MODES[setup.settings["echoes"]]
        beams = len(model.elevations) * (2 if mode == DUAL else 1)
        out = Scan(
            *(
                np.zeros((len(self.azimuths), beams), kind)
                for kind in (np.uint16, np.uint8, np.uint16, np.uint8)
            )
        )
        key = np.uint64(setup.noise.uniform(setup.name, "turn", index, t) * 2.0**53)
        receiver = Receiver(
            model.reach, float(setup.settings["nearest"]), model.range, model.noise, model.divergence, mode, key
        )
        self._in_groups(
            lambda first, last: develop(
                forest, movers, poses, self.azimuths, self._slopes, met, self._skin, self._air, receiver,
                self.stage.instance, self.stage.semantic, first, last, out,
            )
        )  # fmt: skip
        return Scan(
            np.ascontiguousarray(out.range.T), np.ascontiguousarray(out.intensity.T),
            np.ascontiguousarray(out.instance.T), np.ascontiguousarray(out.semantic.T),
        )  # fmt: skip

    def fire(self, t: float) -> tuple[Array, Movers]:
        """Cast the turn that looks ahead at t, without its echoes.

        Returns:
            (C, 3, 4) poses of the sensor among what stands still, when each column fires, and the moving parts.
        """
        count = len(self.azimuths)
        begin, end = t - 0.5 * self._period, t + 0.5 * self._period
        poses = self.poses(begin + (np.arange(count) + 0.5) * self._period / count)[:, :3].copy()
        poses[:, :, 3] -= self.targets.anchor
        movers, forest, met = self.targets.movers(begin, end), self.targets.forest, self._met
        slopes, limits, reach = self._slopes, self._limits, self.model.range
        self._in_groups(
            lambda first, last: fire(
                forest, movers, poses, self.azimuths, slopes, limits, reach, first, last, met
            )
        )
        return poses, movers

    def sample(self, index: int, t: float) -> Sample:
        """Return one turn with its labels."""
        scan = self.scan(index, t)
        pose = self.poses(np.array([t]))[0]
        moments = t + self._period * np.linspace(-0.5, 0.5, _PATH)
        values: dict[str, Any] = {
            name: {
                "bytes": png(getattr(scan, name), row_filter),
                "path": f"{self._setup.name}/{index:06d}.{name}.png",
            }
            for name, row_filter in _FILTERS.items()
        }
        values["elevations"] = self.model.elevations.tolist()
        values["period"] = self._period
        values["T_world_lidar"] = pose.ravel().tolist()
        values["path"] = self._path(moments).ravel().tolist()
        values["objects"] = boxes(
            self._recording, self.stage, pose, t, scan.instance, self.model.range, carrier=self._carrier
        )
        return Sample(index, t, values)

    def poses(self, moments: Array) -> Array:
        """Return (n, 4, 4) T_world_sensor at (n,) moments [s]."""
        setup = self._setup
        if setup.on is None:
            return np.broadcast_to(setup.T_body_sensor, (len(moments), 4, 4))
        return np.asarray(matrix_from_pose(self._recording.path_of(setup.on, moments)) @ setup.T_body_sensor)

    def _path(self, moments: Array) -> Array:
        """Return (n, 7) poses of the sensor in the world."""
        T = self.poses(moments)
        return np.concatenate([T[:, :3, 3], Rotation.from_matrix(T[:, :3, :3]).as_quat()], axis=1)

    def _refuse_inside(self, poses: Array, movers: Movers) -> None:
        """Raise an error if most beams of the turn meet the inside of one body."""
        met, forest = self._met, self.targets.forest
        is_met = met.triangle != MISS
        if is_met.mean() <= _INSIDE:
            return
        triangle, column = met.triangle[is_met], np.nonzero(is_met)[0]
        tree = forest.trees[triangle]
        bodies = met.body[is_met]
        body = int(np.bincount(bodies).argmax())
        own = (bodies == body) & ~self._two_sided[forest.labels[triangle]]
        corners = forest.corners[triangle[own]].astype(np.float64)
        outward = np.cross(corners[:, 3:6], corners[:, 6:9])
        seen_from = _seen_from(poses, movers, column[own], tree[own]) - corners[:, :3]
        if np.sum(np.einsum("ni,ni->n", outward, seen_from) < 0.0) > _INSIDE * is_met.size:
            raise RunError(
                f"sensors.{self._setup.name}: the lidar stands inside {self.stage.bodies[body].name!r}; "
                "its `at:` must lie outside, or on top of what carries it"
            )

    def _in_groups(self, work: Callable[[int, int], None]) -> None:
        """Run work(first, last) over groups of columns that together are all."""
        count = len(self.azimuths)
        if self._threads == 1:
            work(0, count)
            return
        # Hits do not depend on who walks the trees with whom, but let all runs be one.
        cuts = np.minimum(np.linspace(0, -(-count // ABREAST), self._threads + 1).astype(int) * ABREAST, count)
        with ThreadPoolExecutor(self._threads) as pool:
            list(pool.map(work, cuts[:-1], cuts[1:]))


def _seen_from(poses: Array, movers: Movers, column: NDArray[np.int64], tree: NDArray[np.int32]) -> Array:
    """Return (n, 3) where the sensor is in the frame of each tree, when each column fires."""
    at = poses[column, :, 3].copy()
    T = np.empty((3, 4))
    for n in np.flatnonzero(tree > 0):
        placed(movers, int(tree[n]) - 1, (column[n] + 0.5) / len(poses), T)
        at[n] = T[:, :3].T @ (at[n] - T[:, 3])
    return at
