"""What stands in the world: bodies, their shapes, and the ids they are born with."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

__all__ = ["Body", "Light", "Recolouring", "Scene", "Shape"]


@dataclass(frozen=True)
class Shape:
    """The form of a body in its own frame: x forward, y left, z up, origin on the ground under its centre.

    Args:
        kind: name of a form a renderer can build: box, prism, vehicle, person, cone, tree, building, road…
        size: (length along x, width along y, height along z) of the bounding box [m].
        details: what the kind needs besides, plain values only (a vehicle's `style`, a road's lane widths).
    """

    kind: str
    size: tuple[float, float, float]
    details: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Body:
    """One thing with an identity. `instance_id` is given by `Scene.add` and never changes.

    Args:
        pose: (7,) [x y z qx qy qz qw] where the body stands if no track moves it.
        labelled: False for scenery that takes a semantic class but no instance label (ground, road).
    """

    name: str
    category: str
    instance_id: int
    shape: Shape
    pose: tuple[float, float, float, float, float, float, float]
    labelled: bool = True


@dataclass(frozen=True)
class Light:
    """What lights the scene, and the air between.

    Args:
        sun_elevation: height of the sun above the horizon [rad].
        sun_azimuth: direction towards the sun, counter-clockwise from world x [rad].
        cloud: covered share of the sky, 0 clear to 1 overcast.
        visibility: meteorological optical range [m].
        rain: rate [m/s]; 0 is dry air.
        wetness: 0 dry ground to 1 standing water.
        snow: covered share of the ground.
    """

    sun_elevation: float = 0.7
    sun_azimuth: float = 0.8
    cloud: float = 0.2
    visibility: float = 20_000.0
    rain: float = 0.0
    wetness: float = 0.0
    snow: float = 0.0


@dataclass(frozen=True)
class Recolouring:
    """How far the colours of surfaces stray from natural ones.

    Args:
        share: 0 for natural colours, 1 for any colour whatever the thing.
        seed: of the colours that are drawn.
    """

    share: float = 0.0
    seed: int = 0


class Scene:
    """The bodies of one episode, in the order they were added."""

    def __init__(
        self,
        categories: tuple[str, ...],
        light: Light | None = None,
        *,
        furnish: Callable[[Scene], None] | None = None,
        recolouring: Recolouring | None = None,
    ) -> None:
        """Make an empty scene.

        Args:
            categories: names of all semantic classes of the domain, in a fixed order; class id is the
                position + 1, and 0 is void (sky).
            light: sun, sky and air; a clear day by default.
            furnish: adds the bodies when somebody first asks for one; most of the work of an episode that no
                camera looks at would be its houses and trees.
            recolouring: of all surfaces; natural colours by default.
        """
        self.categories = categories
        self.light = light or Light()
        self.recolouring = recolouring or Recolouring()
        self._furnish = furnish
        self._added: dict[str, Body] = {}

    def add(
        self,
        name: str,
        *,
        category: str,
        shape: Shape,
        pose: tuple[float, float, float, float, float, float, float] = (0, 0, 0, 0, 0, 0, 1),
        labelled: bool = True,
    ) -> Body:
        """Add a body and give it the next instance id (the first is 1; 0 is background)."""
        bodies = self._bodies
        if name in bodies:
            raise ValueError(f"a body named {name!r} is already there")
        if category not in self.categories:
            raise ValueError(f"{category!r} is not a category of this scene: {self.categories}")
        body = Body(name, category, len(bodies) + 1, shape, pose, labelled)
        bodies[name] = body
        return body

    def category_id(self, category: str) -> int:
        """Return the class id of a category, from 1."""
        return self.categories.index(category) + 1

    @property
    def _bodies(self) -> dict[str, Body]:
        """All bodies by name, once they stand."""
        if self._furnish is not None:
            furnish, self._furnish = self._furnish, None
            furnish(self)
        return self._added

    def __getitem__(self, name: str) -> Body:
        return self._bodies[name]

    def __contains__(self, name: object) -> bool:
        return name in self._bodies

    def __iter__(self) -> Iterator[Body]:
        return iter(self._bodies.values())

    def __len__(self) -> int:
        return len(self._bodies)
