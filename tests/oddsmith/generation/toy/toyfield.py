"""A domain of one rolling ball, installed like a third party's; small enough to make datasets by the dozen."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

from sim.domains.base import Domain, EntityDeclaration, MeasureDeclaration, Setup, SignalDeclaration, Truth
from sim.fields import Quantity, Section
from sim.geometry import pose_from_planar
from sim.recording import Channel, PoseTrack
from sim.scene import Scene, Shape

_TICK = 0.05


@dataclass(frozen=True)
class Rolling:
    """A run: x(t) of the ball."""

    setup: Setup
    times: np.ndarray
    x: np.ndarray
    v: np.ndarray

    def signal(self, name, arguments):
        return {"way": self.x, "speed": self.v}[name]

    def measure(self, name, arguments):
        return float(self.v.max())

    def predicate(self, name, arguments):
        raise KeyError(name)

    def entities(self, category):
        return ("ball",) if category in ("ball", "any") else ()

    def nearest(self, category, to):
        raise KeyError(category)

    @property
    def occurrences(self):
        return ()

    def truth(self):
        assert self.setup.recorded
        scene = Scene(("ground", "ball"))
        scene.add("field", category="ground", shape=Shape("ground", (100.0, 100.0, 0.0)), labelled=False)
        scene.add("ball", category="ball", shape=Shape("box", (0.5, 0.5, 0.5)))
        poses = pose_from_planar(self.x, np.zeros_like(self.x), np.zeros_like(self.x))[:, None]
        values = {
            "speed": self.v,
            "yaw_rate": np.zeros_like(self.v),
            "acceleration": np.gradient(self.v, _TICK),
        }
        channels = tuple(Channel("ball", name, "", self.times, value) for name, value in values.items())
        return Truth(scene, (PoseTrack(("ball",), self.times, poses),), channels)


def simulate(setup: Setup) -> Rolling:
    world, noise = setup.world, setup.noise
    if world["pause"] > 0:
        time.sleep(world["pause"])
    if noise.uniform("ball", "mishap") < world["mishap"]:
        raise ZeroDivisionError("the ball burst")
    times = np.arange(round(setup.duration / _TICK) + 1) * _TICK
    kicks = np.array([noise.normal("ball", "kick", i, float(t)) for i, t in enumerate(times)])
    v = world["speed"] + 0.2 * np.cumsum(kicks) * np.sqrt(_TICK)
    return Rolling(setup, times, np.cumsum(v) * _TICK, v)


DOMAIN = Domain(
    name="toy",
    doc="A ball that rolls.",
    world=Section(
        doc="the ball and the trouble it makes",
        fields={
            "speed": Quantity(doc="mean speed", unit="m/s"),
            "pause": Quantity(doc="time a run takes", unit="s", default=0.0, fixed=True),
            "mishap": Quantity(doc="probability that a run fails", unit="", default=0.0, fixed=True),
        },
    ),
    categories=("ground", "ball"),
    signals={
        "way": SignalDeclaration(("ball",), "m", 1.0, "way rolled"),
        "speed": SignalDeclaration(("ball",), "m/s", 1.0, "speed"),
    },
    measures={"top_speed": MeasureDeclaration(("ball",), "m/s", 1.0, "largest speed", grows=True)},
    predicates={},
    occurrences={},
    entities=lambda world: (EntityDeclaration("ball", "ball"),),
    simulate="toyfield:simulate",
)
