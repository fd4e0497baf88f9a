"""A domain of one rolling ball, installed like a third party's; small enough to make datasets by the dozen."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

from sim.domains.base import (
    ColumnDeclaration,
    Domain,
    EntityDeclaration,
    MeasureDeclaration,
    OccurrenceDeclaration,
    Setup,
    SignalDeclaration,
    TableDeclaration,
    Truth,
)
from sim.fields import Quantity, Section
from sim.geometry import pose_from_planar
from sim.recording import Channel, Occurrence, PoseTrack
from sim.scene import Scene, Shape

_TICK = 0.05
_BATCH = 16
"""Rows of one batch of the table of steps."""


@dataclass(frozen=True)
class Rolling:
    """A run: x(t) of the ball."""

    setup: Setup
    times: np.ndarray
    x: np.ndarray
    v: np.ndarray
    kicks: np.ndarray

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
        strong = np.flatnonzero(np.abs(self.kicks) > 1.5)
        kicks = [(self.times[i], "kick", {"of": "ball", "strength": self.kicks[i]}) for i in strong]
        stops = [(t, "stop", {"of": "ball"}) for t in self.times[self.v < 1.2]]
        return [
            Occurrence(float(t), kind, fields) for t, kind, fields in sorted(kicks + stops, key=lambda o: o[:2])
        ]

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
        return Truth(scene, (PoseTrack(("ball",), self.times, poses),), channels, {"steps": Steps(self)})


@dataclass(frozen=True)
class Steps:
    """The table of steps, made batch by batch each time it is gone through."""

    run: Rolling

    def __iter__(self):
        run = self.run
        for first in range(0, len(run.times), _BATCH):
            at = slice(first, first + _BATCH)
            is_fast = run.v[at] > 2.0
            yield {
                "t": run.times[at],
                "x": run.x[at],
                "pace": np.where(is_fast, "fast", "slow"),
                "is_fast": is_fast,
            }


def simulate(setup: Setup) -> Rolling:
    world, noise = setup.world, setup.noise
    if world["pause"] > 0:
        time.sleep(world["pause"])
    if noise.uniform("ball", "mishap") < world["mishap"]:
        raise ZeroDivisionError("the ball burst")
    times = np.arange(round(setup.duration / _TICK) + 1) * _TICK
    kicks = np.array([noise.normal("ball", "kick", i, float(t)) for i, t in enumerate(times)])
    v = world["speed"] + 0.2 * np.cumsum(kicks) * np.sqrt(_TICK)
    return Rolling(setup, times, np.cumsum(v) * _TICK, v, kicks)


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
    occurrences={
        "kick": OccurrenceDeclaration({"of": "entity", "strength": ""}, "the ball is kicked hard"),
        "stop": OccurrenceDeclaration({"of": "entity"}, "the ball hardly moves"),
    },
    entities=lambda world: (EntityDeclaration("ball", "ball"),),
    simulate="toyfield:simulate",
    tables={
        "steps": TableDeclaration(
            {
                "t": ColumnDeclaration("float64", "key", "moment", "s"),
                "x": ColumnDeclaration("float64", "feature", "way rolled", "m"),
                "pace": ColumnDeclaration("string", "feature", "how fast, in a word"),
                "is_fast": ColumnDeclaration("bool", "label", "whether it is"),
            },
            "every step of the ball",
        )
    },
)
