"""A system under test: what may stand under `driver: {python: …}`."""

from __future__ import annotations

from sim.fields import Field, Figures, File, Module, Quantity, Section, Text

__all__ = ["SYSTEM"]


def _error(doc: str, unit: str) -> Quantity:
    return Quantity(
        doc=f"standard deviation of the error of {doc}", unit=unit, default=0.0, least=0.0, most=100.0
    )


_PERCEPTION: dict[str, Field] = {
    "range": Quantity(
        doc="distance up to which bodies are seen", unit="m", default=100.0, least=0.1, most=2000.0
    ),
    "fov": Quantity(
        doc="horizontal field of view, to both sides of straight ahead",
        unit="rad",
        default="120 deg",
        least=0.01,
        most=6.2832,
    ),
    "latency": Quantity(doc="age of what is told", unit="s", default=0.0, least=0.0, most=10.0),
    "misses": Quantity(
        doc="probability that a body in sight is missed, at each look",
        unit="",
        default=0.0,
        least=0.0,
        most=1.0,
    ),
    "position_error": _error("places, along either axis and at each look", "m"),
    "speed_error": _error("velocities, along either axis and at each look", "m/s"),
}

SYSTEM = Section(
    doc="your own controller: a factory in an installed module (package.module:factory) or in a Python file, "
    "which gives an object with step(observation, t), which returns the acceleration to reach [m/s2]",
    fields={
        "module": Module(
            doc="package.module:factory of an installed package; its source belongs to the scenario's hash",
            default=None,
        ),
        "file": File(
            doc="the Python file, beside the scenario; its content belongs to the scenario's hash",
            suffixes=(".py",),
            default=None,
        ),
        "factory": Text(
            doc="name of the function in it that makes a new controller for each episode", default="controller"
        ),
        "settings": Figures(doc="numbers the factory is called with, by name", default={}),
        "rate": Quantity(doc="steps per second", unit="Hz", default=20.0, least=0.1, most=1000.0, fixed=True),
        "jerk": Quantity(
            doc="rate at which the actuators change the acceleration",
            unit="m/s3",
            default=30.0,
            least=0.1,
            most=1e6,
        ),
        "patience": Quantity(
            doc="real time a step may take; a slower one stops the run with an error and changes no result",
            unit="s",
            default=10.0,
            least=0.001,
            most=3600.0,
            fixed=True,
        ),
        "perception": Section(doc="what the controller is told of others", fields=_PERCEPTION, default={}),
    },
    exclusive=(("module", "file"), ("module", "factory")),
    short="module",
)
