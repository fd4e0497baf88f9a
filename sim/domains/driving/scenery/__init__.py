"""What a camera sees of a driving episode besides motion: ground, road, actors' bodies, and what stands around.

`build` fills a scene; `obstacles` gives what of it would stop a wreck.
"""

from sim.domains.driving.scenery.bodies import ActorView, build, obstacles

__all__ = ["ActorView", "build", "obstacles"]
