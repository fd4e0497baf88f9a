"""What a camera sees of a driving episode besides motion: ground, road, actors' bodies, and what stands around.

`build` fills a scene; `obstacles` gives what of it a wreck would hit.
"""

from sim.domains.driving.scenery.bodies import ActorView, build, clear_of, has_parked_cars, obstacles

__all__ = ["ActorView", "build", "clear_of", "has_parked_cars", "obstacles"]
