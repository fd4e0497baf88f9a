"""What a camera sees of a driving episode besides motion: ground, road, actors' bodies, and what stands around.

`build` fills a scene, `build_network` one where roads meet; `obstacles` gives what of it a wreck would hit.
"""

from sim.domains.driving.scenery.bodies import (
    ActorView,
    build,
    build_network,
    clear_of,
    has_parked_cars,
    obstacles,
    obstacles_among,
)
from sim.domains.driving.scenery.junctions import around_network

__all__ = [
    "ActorView",
    "around_network",
    "build",
    "build_network",
    "clear_of",
    "has_parked_cars",
    "obstacles",
    "obstacles_among",
]
