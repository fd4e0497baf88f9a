"""What may stand under `imu:` and `gnss:`: how a body moves, as the body itself and satellites tell it."""

from __future__ import annotations

from sim.fields import Quantity, Section

__all__ = ["GNSS", "IMU"]


def _rate(default: float) -> Quantity:
    return Quantity(doc="samples per second", unit="Hz", default=default, least=0.1, most=1000.0, fixed=True)


IMU = Section(
    doc="Inertial measurement unit: angular rate and specific force in the sensor's own frame.",
    fields={
        "rate": _rate(100.0),
        "gyro_noise": Quantity(
            doc="white noise of the angular rate, as a density [rad/s per square root of Hz]",
            unit="",
            default=1.7e-4,
            least=0.0,
        ),
        "gyro_walk": Quantity(
            doc="random walk of its bias [rad/s per square root of s]", unit="", default=2e-5, least=0.0
        ),
        "gyro_bias": Quantity(
            doc="standard deviation of its bias at the start", unit="rad/s", default=2e-3, least=0.0
        ),
        "gyro_range": Quantity(doc="largest angular rate it can tell", unit="rad/s", default=8.7, least=1e-3),
        "accelerometer_noise": Quantity(
            doc="white noise of the specific force, as a density [m/s2 per square root of Hz]",
            unit="",
            default=2e-3,
            least=0.0,
        ),
        "accelerometer_walk": Quantity(
            doc="random walk of its bias [m/s2 per square root of s]", unit="", default=3e-4, least=0.0
        ),
        "accelerometer_bias": Quantity(
            doc="standard deviation of its bias at the start", unit="m/s2", default=0.05, least=0.0
        ),
        "accelerometer_range": Quantity(
            doc="largest specific force it can tell", unit="m/s2", default=157.0, least=1e-3
        ),
    },
)
"""Defaults: what a MEMS unit for cars is sold with, in orders of magnitude. Assumption."""

GNSS = Section(
    doc="Satellite navigation: position on the earth, and velocity; world x is east, y north.",
    fields={
        "rate": _rate(10.0),
        "latitude": Quantity(
            doc="of the world's origin", unit="rad", default=0.8552113, least=-1.5, most=1.5, fixed=True
        ),
        "longitude": Quantity(
            doc="of the world's origin", unit="rad", default=0.1745329, least=-3.1416, most=3.1416, fixed=True
        ),
        "altitude": Quantity(
            doc="of the world's origin above the ellipsoid", unit="m", default=100.0, fixed=True
        ),
        "horizontal_error": Quantity(
            doc="standard deviation of each horizontal coordinate", unit="m", default=1.5, least=0.0
        ),
        "vertical_error": Quantity(doc="standard deviation of the height", unit="m", default=3.0, least=0.0),
        "correlation_time": Quantity(
            doc="after which the errors have forgotten all but a third of themselves",
            unit="s",
            default=30.0,
            least=1e-3,
        ),
        "velocity_error": Quantity(
            doc="standard deviation of each component of the velocity", unit="m/s", default=0.1, least=0.0
        ),
    },
)
