"""The radar as a sensor: its columns, and a recording turned into sweeps."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from renderers.camera.motion import Motion
from renderers.camera.stage import Stage
from renderers.lidar.boxes import OBJECTS, boxes
from renderers.lidar.targets import Targets
from renderers.radar.echoes import BODY, SOURCES, Echoes, Radar, echoes_of
from renderers.radar.models import model_of, rain_loss
from renderers.radar.paths import Posed
from renderers.radar.receiver import Detection, false_alarms, heard, merged
from renderers.radar.scatterers import Scatterers, velocity_of
from renderers.sample import Column, Sample, SensorSetup
from sim.geometry import Array, matrix_from_pose
from sim.recording import Recording

__all__ = ["RadarSensor", "columns", "observe"]

_NUMBER = pa.float32()
_TOLD = ("range", "azimuth", "radial_velocity", "rcs", "snr")
_TRUE = ("range", "azimuth", "elevation", "radial_velocity")
_DETECTIONS = pa.list_(pa.struct([(name, _NUMBER) for name in _TOLD]))
_ORIGINS = pa.list_(
    pa.struct(
        [
            ("source", pa.string()),
            ("instance_id", pa.uint16()),
            ("category_id", pa.uint8()),
            *((name, _NUMBER) for name in _TRUE),
        ]
    )
)


def columns(settings: Mapping[str, Any]) -> tuple[Column, ...]:
    """Return the columns of a radar's table."""
    del settings  # the columns are always the same
    numbers = pa.list_(pa.float64())
    return (
        Column(
            "detections",
            _DETECTIONS,
            "feature",
            "by range: range [m], azimuth to the left [rad], radial_velocity [m/s], positive for what goes "
            "away, rcs [dBsm], snr [dB]",
        ),
        Column(
            "origins",
            _ORIGINS,
            "label",
            "of each detection, in the same order: source (body, scenery, ghost or noise), instance_id and "
            "category_id of the strongest echo's body, 0 for none, and the true range [m], azimuth, elevation "
            "[rad] and radial_velocity [m/s], means by power of what merged",
        ),
        Column(
            "T_world_radar",
            pa.list_(pa.float64(), 16),
            "label",
            "pose of the sensor (x forward, y left, z up) at t, row by row",
        ),
        Column("velocity", numbers, "label", "of the sensor, along its own axes", "m/s"),
        Column(
            "objects",
            OBJECTS,
            "label",
            "3D box of every labelled body within range, and its number of detections, ghosts left out",
        ),
    )


def observe(recording: Recording, setup: SensorSetup) -> Iterator[Sample]:
    """Yield the sweeps of a recording, in time order."""
    if not len(setup.times):
        return
    radar = RadarSensor(recording, setup)
    for index, t in enumerate(setup.times):
        yield radar.sample(index, float(t))


class RadarSensor:
    """One radar in one episode. A sweep is of one moment: its own duration is left out."""

    def __init__(self, recording: Recording, setup: SensorSetup) -> None:
        """Build the trees and spread the scatterers of everything within range.

        Args:
            recording: the truth.
            setup: where the sensor is and what it gives.
        """
        self._recording, self._setup = recording, setup
        self.model, self._loss = model_of(setup.settings), rain_loss(recording.scene.light)
        self.stage = Stage.of(recording.scene)
        self._names = tuple(body.name for body in self.stage.bodies)
        # The radar sits behind the bumper of its carrier, which lets waves through.
        self._carrier = -1 if setup.on is None else self._names.index(setup.on)
        motion = Motion(recording, self.stage)
        path = np.array([self.pose(float(t))[:3, 3] for t in setup.times])
        self._targets = Targets.of(self.stage, motion, path, self.model.range, hidden=self._carrier)
        self._scatterers = Scatterers(
            recording, self.stage, motion, anchor=self._targets.anchor,
            bodies=np.setdiff1d(self._targets.forest.owners, self._carrier),
            clutter=bool(setup.settings["clutter"]),
        )  # fmt: skip
        self._is_steady = np.array([body.shape.kind == "corner_reflector" for body in self.stage.bodies])

    def pose(self, t: float) -> Array:
        """Return (4, 4) T_world_radar at t [s]."""
        setup = self._setup
        if setup.on is None:
            return setup.T_body_sensor
        return np.asarray(matrix_from_pose(self._recording.pose_at(setup.on, t)) @ setup.T_body_sensor)

    def radar(self, t: float) -> Radar:
        """Return the radar as it is at t [s], in the frame of what stands still."""
        setup, T = self._setup, self.pose(t).copy()
        T[:3, 3] -= self._targets.anchor
        velocity = velocity_of(self._recording, setup.on, setup.T_body_sensor, t)
        return Radar(self.model, T, velocity, self._loss, float(setup.settings["nearest"]))

    def echoes(self, t: float) -> Echoes:
        """Return all echoes at t [s], before cells and threshold."""
        posed = Posed(self._targets, t)
        ghosts = bool(self._setup.settings["ghosts"])
        return echoes_of(self.radar(t), self._scatterers, posed, self.stage, t, ghosts=ghosts)

    def sweep(self, index: int, t: float) -> list[Detection]:
        """Return the detections of one sweep, by range."""
        setup, radar = self._setup, self.radar(t)
        cells = merged(self.echoes(t), self._is_steady, self.model)
        found = heard(cells, radar, setup.noise, self._names, sensor=setup.name, index=index, t=t)
        found += false_alarms(self.model, radar.nearest, setup.noise, sensor=setup.name, index=index, t=t)
        return sorted(found, key=lambda one: (one.range, one.azimuth))

    def sample(self, index: int, t: float) -> Sample:
        """Return one sweep with its labels."""
        found, radar, T = self.sweep(index, t), self.radar(t), self.pose(t)
        from_bodies = [one.cell.body for one in found if one.cell.source == BODY]
        values: dict[str, Any] = {
            "detections": [self._told(one) for one in found],
            "origins": [self._origin(one) for one in found],
            "T_world_radar": T.ravel().tolist(),
            "velocity": (radar.velocity @ T[:3, :3]).tolist(),
            "objects": boxes(
                self._recording, self.stage, T, t, self.stage.instance[np.array(from_bodies, np.int64)],
                self.model.range, carrier=self._carrier,
            ),
        }  # fmt: skip
        return Sample(index, t, values)

    def _told(self, one: Detection) -> dict[str, float]:
        """Return what the radar tells; its RCS is what the radar equation makes of the power on a dry day."""
        per_area = self.model.per_area(np.array([one.range]), np.array([one.azimuth]), np.zeros(1), 0.0)
        return {
            "range": one.range,
            "azimuth": one.azimuth,
            "radial_velocity": one.rate,
            "rcs": 10.0 * math.log10(one.power / float(per_area[0])),
            "snr": 10.0 * math.log10(one.power),
        }

    def _origin(self, one: Detection) -> dict[str, Any]:
        cell, stage = one.cell, self.stage
        return {
            "source": SOURCES[cell.source],
            "instance_id": int(stage.instance[cell.body]) if cell.body >= 0 else 0,
            "category_id": int(stage.semantic[cell.body]) if cell.body >= 0 else 0,
            "range": cell.range,
            "azimuth": cell.azimuth,
            "elevation": cell.elevation,
            "radial_velocity": cell.rate,
        }
