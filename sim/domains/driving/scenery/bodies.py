"""From a road, its actors and its surroundings to a scene full of bodies."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from sim.domains.driving.crash import CrashBody, Planar
from sim.domains.driving.footprints import place_polygon, polygon_distance
from sim.domains.driving.maps.network import Network
from sim.domains.driving.roads import Road
from sim.domains.driving.scenery.actors import ActorView
from sim.domains.driving.scenery.furniture import Parking
from sim.domains.driving.scenery.junctions import around_network
from sim.domains.driving.scenery.paint import paint_of
from sim.domains.driving.scenery.parking import parking_of
from sim.domains.driving.scenery.people import LOOKS, Walker
from sim.domains.driving.scenery.roadside import CARRIAGEWAY, Dice, Placed, RoadView, solid_parts
from sim.domains.driving.scenery.stretches import add_ramps, pieces
from sim.domains.driving.scenery.surroundings import opposite_strips, surround
from sim.domains.driving.vehicles import VEHICLES
from sim.geometry import Array
from sim.noise import Noise
from sim.scene import Scene, Shape

__all__ = [
    "build",
    "build_network",
    "clear_of",
    "obstacles",
    "obstacles_among",
]

Strips = tuple[tuple[float, float, str, float], ...]

_SURFACES = (
    ("junction", "road", CARRIAGEWAY),
    ("corners", "sidewalk", ("sidewalk",)),
    ("islands", "terrain", ("verge", "median")),
)
"""Bodies of a junction: name, semantic class, kinds of surfaces."""
_HORIZON = 600.0  # how far the ground reaches past the road [m]


def build(
    scene: Scene,
    *,
    road: RoadView,
    actors: Sequence[ActorView],
    surroundings: str,
    noise: Noise,
    density: float = 0.6,
    walkers: Sequence[Walker] = (),
    parked: float | None = None,
) -> None:
    """Add ground, road, actors and scenery to a scene, in this order.

    Actors come before scenery, so that their instance ids do not depend on it. Every thing draws its looks
    under its own name; an actor more changes no other body, except that nobody parks a car for show where
    pedestrians or things have a part to play.

    Args:
        scene: to fill.
        road: the road.
        actors: in the scenario's order.
        surroundings: "urban", "rural" or "highway".
        noise: of the episode.
        density: of the scenery; 0 is bare, 1 is crowded.
        walkers: who is about on the pavements.
        parked: share of the parking bays that are taken; None as `parking_of` has it.
    """
    _add_ground(scene, road, surroundings)
    more = opposite_strips(road) if surroundings == "highway" else ()
    _add_road(scene, road, more)
    _add_actors(scene, actors, noise)
    parking = parking_of(road, actors, density, parked)
    _add_things(scene, surround(road, kind=surroundings, noise=noise, density=density, parked=parking))
    _add_walkers(scene, walkers)


def build_network(
    scene: Scene,
    *,
    network: Network,
    actors: Sequence[ActorView],
    surroundings: str,
    noise: Noise,
    density: float = 0.6,
    walkers: Sequence[Walker] = (),
) -> None:
    """Add ground, roads, junction, actors and scenery to a scene, in this order; see `build`.

    Args:
        scene: to fill.
        network: the roads.
        actors: in the scenario's order.
        surroundings: "urban" or "rural".
        noise: of the episode.
        density: of the scenery; 0 is bare, 1 is crowded.
        walkers: who is about on the pavements.
    """
    ends = [road.pose(s, 0.0)[:2] for road in network.arms for s in (0.0, road.length)]
    ends += [point for ribbon in network.ribbons for point in (ribbon.left[0], ribbon.left[-1])]
    _add_ground_around(scene, np.array(ends), surroundings)
    for name, road in zip(network.names, network.arms, strict=True):
        _add_road(scene, road, (), suffix=f"_{name}")
    _add_junction(scene, network)
    _add_actors(scene, actors, noise)
    _add_things(scene, around_network(network, kind=surroundings, noise=noise, density=density))
    _add_walkers(scene, walkers)


def _add_actors(scene: Scene, actors: Sequence[ActorView], noise: Noise) -> None:
    dice = Dice(noise)
    for actor in actors:
        scene.add(
            actor.name,
            category=actor.category,
            shape=_actor_shape(actor, dice),
            pose=_pose(actor.x, actor.y, actor.z, actor.yaw),
        )


def _add_things(scene: Scene, things: Sequence[Placed]) -> None:
    for thing in things:
        scene.add(
            thing.name,
            category=thing.category,
            shape=thing.shape,
            pose=_pose(thing.x, thing.y, thing.z, thing.yaw),
            labelled=thing.labelled,
        )


def _add_walkers(scene: Scene, walkers: Sequence[Walker]) -> None:
    """Add people last: they change nobody's instance id."""
    for walker in walkers:
        x, y, heading = walker.road.pose(walker.s, walker.d)
        pose = _pose(x, y, walker.z, heading + walker.turn)
        scene.add(walker.name, category="person", shape=walker.shape, pose=pose)


def _add_junction(scene: Scene, network: Network) -> None:
    """Add the surface where the roads meet as one body per semantic class."""
    for name, category, kinds in _SURFACES:
        surfaces = tuple(surface for surface in network.surfaces if surface[0] in kinds)
        also = ("paint",) if category == "road" else ()
        ribbons = tuple(
            (one.kind, one.height, one.right, one.left)
            for one in network.ribbons
            if one.kind in (*kinds, *also)
        )
        if not surfaces and not ribbons:
            continue
        points = np.array(
            [point for *_, outline in surfaces for point in outline]
            + [point for one in ribbons for point in one[2]]
        )
        length, width = points.max(axis=0) - points.min(axis=0)
        paint = network.paint if category == "road" else ()
        details = {"surfaces": surfaces, "paint": paint, "ribbons": ribbons}
        raised = [one.height for one in network.ribbons if one.kind in kinds]
        height = max([0.0, *raised, *(surface[1] for surface in surfaces)])
        shape = Shape("junction", (float(length), float(width), height), details)
        scene.add(name, category=category, shape=shape, labelled=False)


def obstacles(
    road: RoadView,
    surroundings: str,
    noise: Noise,
    density: float = 0.6,
    *,
    parked: Parking | None,
    centre: tuple[float, float],
    reach: float = 120.0,
) -> tuple[CrashBody, ...]:
    """Return what of the scenery a wreck would hit: trunks, posts, house fronts, walls, rails and parked cars.

    Only parked cars can be moved. Of two that stand in each other only the first is there.

    Args:
        road: as in `build`, like the next three.
        surroundings: see there.
        noise: see there.
        density: see there.
        parked: how the parking strips are taken, as `parking_of` says.
        centre: around which [m].
        reach: how far around [m].
    """
    things = surround(road, kind=surroundings, noise=noise, density=density, parked=parked)
    return obstacles_among(things, centre=centre, reach=reach)


def obstacles_among(
    things: Sequence[Placed], *, centre: tuple[float, float], reach: float = 120.0
) -> tuple[CrashBody, ...]:
    """Return what of some things a wreck would hit within a reach [m] around a place."""
    bodies: list[CrashBody] = []
    for thing in things:
        if thing.shape.kind == "vehicle":
            if math.hypot(thing.x - centre[0], thing.y - centre[1]) < reach:
                bodies.append(_parked_car(thing))
            continue
        for k, (x, y, yaw, length, width) in enumerate(solid_parts(thing)):
            if math.hypot(x - centre[0], y - centre[1]) - length / 2 < reach:
                a, b = length / 2, width / 2
                bodies.append(
                    CrashBody(
                        name=f"{thing.name}#{k}",
                        kind="fixed",
                        footprint=((a, -b), (a, b), (-a, b), (-a, -b)),
                        height=thing.shape.size[2],
                        mass=0.0,
                        state=Planar(x, y, yaw),
                    )
                )
    return clear_of(bodies, ())


def clear_of(things: Sequence[CrashBody], others: Sequence[CrashBody]) -> tuple[CrashBody, ...]:
    """Return the things that stand in none of the others; what can move, in nothing returned before either."""
    kept: list[CrashBody] = []
    for thing in things:
        rivals = [*others, *kept] if thing.kind != "fixed" else others
        if not any(_overlap(thing, other) for other in rivals):
            kept.append(thing)
    return tuple(kept)


def _overlap(a: CrashBody, b: CrashBody) -> bool:
    """Return whether two prisms stand in each other, by the distance that decides about touches."""
    reach = sum(max(math.hypot(*point) for point in body.footprint) for body in (a, b))
    if math.hypot(a.state.x - b.state.x, a.state.y - b.state.y) >= reach:
        return False
    places = []
    for body in (a, b):
        out = np.empty((len(body.footprint), 2))
        place_polygon(np.array(body.footprint), len(out), body.state.x, body.state.y, body.state.yaw, out)
        places.append(out)
    return bool(polygon_distance(places[0], len(places[0]), places[1], len(places[1])) < 0.0)


def _parked_car(thing: Placed) -> CrashBody:
    """Return a parked car with its brakes on."""
    body = VEHICLES[str(thing.shape.details["style"])]
    return CrashBody(
        name=thing.name,
        kind="vehicle",
        footprint=body.footprint,
        height=body.size[2],
        mass=body.mass,
        state=Planar(thing.x, thing.y, thing.yaw),
        yaw_inertia=body.yaw_inertia,
        wheelbase=body.wheelbase,
        front_axle=(1.0 - body.front_share) * body.wheelbase,
        track=body.track,
        brake=1.0,
    )


def _actor_shape(actor: ActorView, dice: Dice) -> Shape:
    if actor.asset:
        return Shape(actor.shape_kind, actor.size, actor.asset)
    is_dressed = actor.shape_kind in ("person", "two_wheeler")
    details: dict[str, object] = {"seed": dice.seed(actor.name, LOOKS if is_dressed else 8)}
    if actor.shape_kind == "vehicle":
        details["style"] = actor.style
        details["paint"] = actor.paint or paint_of(actor.style, dice.u(actor.name, "paint"))
        if actor.doors:
            details["doors"] = actor.doors
    elif actor.shape_kind in ("two_wheeler", "animal"):
        details["style"] = actor.style
    elif actor.shape_kind == "person":
        details["age"] = actor.style
    elif actor.paint:
        details["colour"] = actor.paint
    return Shape(actor.shape_kind, actor.size, details)


def _add_ground(scene: Scene, road: RoadView, surroundings: str) -> None:
    points = np.array([road.pose(float(s), 0.0)[:2] for s in np.linspace(0.0, road.length, 64)])
    _add_ground_around(scene, points, surroundings)


def _add_ground_around(scene: Scene, points: Array, surroundings: str) -> None:
    """Add the ground around (N, 2) points."""
    low, high = points.min(axis=0) - _HORIZON, points.max(axis=0) + _HORIZON
    (x, y), (length, width) = (low + high) / 2, high - low
    material = "concrete" if surroundings == "urban" else "grass"
    scene.add(
        "ground",
        category="terrain",
        shape=Shape("ground", (float(length), float(width), 0.0), {"material": material}),
        pose=_pose(float(x), float(y), 0.0, 0.0),
        labelled=False,
    )


def _add_road(scene: Scene, road: RoadView, more: Strips, *, suffix: str = "") -> None:
    """Add the road as one body per semantic class, each with its share of the strips."""
    if isinstance(road, Road) and road.stretches:
        for part, piece in pieces(road):
            _add_road(scene, piece, more, suffix=part)
        add_ramps(scene, road)
        return
    strips = (*road.strips, *more)
    paved = tuple(strip for strip in strips if strip[2] in CARRIAGEWAY)
    walks = tuple(strip for strip in strips if strip[2] == "sidewalk")
    green = tuple(strip for strip in strips if strip[2] not in (*CARRIAGEWAY, "sidewalk"))
    markings = (*road.markings, *_opposite_markings(road, more))
    _add_strips(
        scene,
        road,
        f"road{suffix}",
        "road",
        paved,
        markings=markings,
        crosswalks=road.crosswalks,
        lanes=road.lanes,
    )
    if walks:
        _add_strips(scene, road, f"sidewalk{suffix}", "sidewalk", walks, kerbs=road.kerbs)
    if green:
        _add_strips(scene, road, f"verge{suffix}", "terrain", green)


def _add_strips(
    scene: Scene,
    road: RoadView,
    name: str,
    category: str,
    strips: Strips,
    *,
    markings: tuple[tuple[float, float, str, str], ...] = (),
    crosswalks: tuple[tuple[float, float, float, float], ...] = (),
    kerbs: tuple[tuple[float, float, str], ...] = (),
    lanes: tuple[tuple[float, float], ...] = (),
) -> None:
    width = max(strip[1] for strip in strips) - min(strip[0] for strip in strips)
    details = {
        "reference": road.segments,
        "strips": strips,
        "markings": markings,
        "crosswalks": crosswalks,
        "kerbs": kerbs,
        "lanes": lanes,
    }
    shape = Shape("road", (road.length, width, max(strip[3] for strip in strips)), details)
    scene.add(name, category=category, shape=shape, labelled=False)


def _opposite_markings(road: RoadView, more: Strips) -> tuple[tuple[float, float, str, str], ...]:
    """Return our lanes' markings mirrored onto the other carriageway."""
    if not more:
        return ()
    inner = next(strip[0] for strip in more if strip[2] == "asphalt")
    ours = max(strip[1] for strip in road.strips if strip[2] == "asphalt")
    return tuple((inner + ours - d, width, style, colour) for d, width, style, colour in road.markings)


def _pose(x: float, y: float, z: float, yaw: float) -> tuple[float, float, float, float, float, float, float]:
    return x, y, z, 0.0, 0.0, math.sin(yaw / 2), math.cos(yaw / 2)
