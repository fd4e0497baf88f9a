"""What may stand under `odometry:`: the motion of the body that carries the sensor."""

from __future__ import annotations

from sim.fields import Quantity, Section

__all__ = ["ODOMETRY"]

ODOMETRY = Section(
    doc="Wheel odometry and inertial readings of the carrying body, with noise.",
    fields={
        "rate": Quantity(doc="samples per second", unit="Hz", default=50.0, least=0.1, most=1000.0, fixed=True),
        "speed_noise": Quantity(
            doc="standard deviation of the measured speed", unit="m/s", default=0.05, least=0.0, each=False
        ),
        "yaw_rate_noise": Quantity(
            doc="standard deviation of the measured yaw rate", unit="rad/s", default=0.002, least=0.0
        ),
        "acceleration_noise": Quantity(
            doc="standard deviation of the measured acceleration", unit="m/s2", default=0.05, least=0.0
        ),
    },
)
