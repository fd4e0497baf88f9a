"""An emergency brake with a fault on purpose: a filter against spray that goes too far.

It brakes for whatever stands in its way as soon as that takes more than 3.5 m/s2, once it has looked long
enough to be sure of it. That stops the car on dry and on wet roads. In rain, returns beside the middle may be
spray of a car ahead, the more so the faster the car is, so each look at them counts less: at one corner of
speed, place and rain so little that the brake comes too late. Each of the three alone does no harm.
"""

from __future__ import annotations

SURE = 10.0
"""Looks, each counted by how much it can be trusted, after which a body is braked for."""


LATE = 0.15
"""Age of what is told, and time to build up braking [s]."""


class EmergencyBrake:
    """Brakes as hard as it takes, from the moment at which comfortable braking would come too late."""

    def __init__(self, trigger: float, margin: float) -> None:
        self.trigger, self.margin = trigger, margin
        self.sureness: dict[str, float] = {}
        self.is_braking = False

    def step(self, observation, t: float) -> float:
        """Return the acceleration to reach [m/s2]."""
        needed = 0.0
        for one in observation.objects:
            self.sureness[one.id] = self.sureness.get(one.id, 0.0) + self.trust(observation, one)
            if self.sureness[one.id] >= SURE:
                needed = max(needed, self.needed(observation, one))
        self.is_braking = observation.speed > 0.1 and (self.is_braking or needed > self.trigger)
        if self.is_braking:
            return -max(1.1 * needed, self.trigger)
        return 0.5 * (observation.desired_speed - observation.speed) if needed == 0.0 else 0.0

    def needed(self, observation, one) -> float:
        """Return the deceleration that keeps clear of a body; 0 for one beside the way or behind."""
        reach = 0.5 * (observation.length + one.length)
        is_beside = abs(one.y) > 0.5 * (observation.width + one.width)
        closing = observation.speed - one.vx
        if is_beside or one.x < 0.0 or closing <= 0.0:
            return 0.0
        room = max(one.x - reach - LATE * closing - self.margin, 0.1)
        return closing * closing / (2.0 * room)

    def trust(self, observation, one) -> float:
        """Return how much a look counts: the fault."""
        if not observation.is_raining:
            return 1.0
        beside = min(max((abs(one.y) - 0.3) / 0.45, 0.0), 1.0)
        fast = min(max((observation.speed - 16.0) / 8.0, 0.0), 1.0)
        return 1.0 - 0.8 * beside * fast


def controller(trigger: float = 3.5, margin: float = 1.5) -> EmergencyBrake:
    """Return a new controller for one episode."""
    return EmergencyBrake(trigger, margin)
