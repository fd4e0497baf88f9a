"""The sensors: kind -> what may stand in its section, and where its heavy half lives.

Adding one is a module with `columns(settings)` and `observe(recording, setup)`, and a line here. This module is
light: `check` reads it without loading numba, OpenCV or pyarrow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from renderers.camera.declaration import CAMERA
from renderers.inspection_declaration import INSPECTION
from renderers.ledger_declaration import LEDGER
from renderers.lidar.declaration import LIDAR
from renderers.navigation_declaration import GNSS, IMU
from renderers.odometry_declaration import ODOMETRY
from renderers.radar.declaration import RADAR
from renderers.signals_declaration import CURRENT, PROCESS, READING, TEMPERATURE, VIBRATION
from sim.fields import Section

if TYPE_CHECKING:
    from renderers.sample import Column, Sample, Samples, SensorSetup
    from sim.recording import Recording

__all__ = ["TABLE", "SensorKind"]


@dataclass(frozen=True)
class SensorKind:
    """A kind of sensor.

    Args:
        section: what may stand under its key.
        module: module with `columns(settings) -> tuple[Column, ...]` and
            `observe(recording, setup) -> Iterator[Sample]`.
    """

    section: Section
    module: str

    def columns(self, settings: Mapping[str, Any]) -> tuple[Column, ...]:
        """Return the columns this sensor writes under these settings."""
        found: Callable[[Mapping[str, Any]], tuple[Column, ...]] = import_module(self.module).columns
        return found(settings)

    def observe(self, recording: Recording, setup: SensorSetup) -> Iterator[Sample | Samples]:
        """Yield what the sensor gives of a recording, in time order."""
        module = import_module(self.module)
        found: Callable[[Recording, SensorSetup], Iterator[Sample | Samples]] = module.observe
        return found(recording, setup)


TABLE: dict[str, SensorKind] = {
    "camera": SensorKind(section=CAMERA, module="renderers.camera.sensor"),
    "inspection": SensorKind(section=INSPECTION, module="renderers.inspection.sensor"),
    "lidar": SensorKind(section=LIDAR, module="renderers.lidar.sensor"),
    "radar": SensorKind(section=RADAR, module="renderers.radar.sensor"),
    "odometry": SensorKind(section=ODOMETRY, module="renderers.odometry"),
    "imu": SensorKind(section=IMU, module="renderers.imu"),
    "gnss": SensorKind(section=GNSS, module="renderers.gnss"),
    "ledger": SensorKind(section=LEDGER, module="renderers.ledger"),
    "vibration": SensorKind(section=VIBRATION, module="renderers.signals.vibration"),
    "current": SensorKind(section=CURRENT, module="renderers.signals.current"),
    "temperature": SensorKind(section=TEMPERATURE, module="renderers.signals.temperature"),
    "process": SensorKind(section=PROCESS, module="renderers.signals.process"),
    "reading": SensorKind(section=READING, module="renderers.signals.reading"),
}
