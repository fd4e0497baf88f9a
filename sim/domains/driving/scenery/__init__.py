"""What a camera sees of a driving episode besides motion: ground, road, actors' bodies, and what stands around.

`build` fills a scene, `build_network` one where roads meet; `obstacles` gives what of it a wreck would hit.
"""

from sim.domains.driving.scenery.actors import ActorView
from sim.domains.driving.scenery.bodies import (
    build,
    build_network,
    clear_of,
    obstacles,
    obstacles_among,
)
from sim.domains.driving.scenery.junctions import around_network
from sim.domains.driving.scenery.parking import parking_of
from sim.domains.driving.scenery.people import Walker, gaits, walked, walkers

__all__ = [
    "ActorView",
    "Walker",
    "around_network",
    "build",
    "build_network",
    "clear_of",
    "gaits",
    "obstacles",
    "obstacles_among",
    "parking_of",
    "walked",
    "walkers",
]
