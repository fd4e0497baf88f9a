"""Components from their settings: which process, which streams of noise, who repairs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sim.domains.factory.components import Component, Repair, Upkeep
from sim.domains.factory.draws import Numbers, after, changes_of, normals, numbers, uniforms
from sim.domains.factory.names import members
from sim.domains.factory.spells import Spells
from sim.domains.factory.surroundings import ExposedHazard, Surroundings
from sim.domains.factory.wear import Crack, Hazard, Lifetime, Process, Stages, ToolWear
from sim.domains.factory.wear_paths import GammaProcess, Wiener
from sim.errors import RunError
from sim.fields import Chosen
from sim.laws.base import LawError
from sim.laws.constant import Constant
from sim.laws.gamma import Gamma
from sim.laws.source import LawSource
from sim.laws.varying.base import Course, Path
from sim.laws.weibull import Weibull
from sim.noise import Noise

if TYPE_CHECKING:
    from sim.domains.factory.world import World

__all__ = ["fit_components", "process_of"]


def fit_components(world: World) -> dict[str, Component]:
    """Return every component by name; one on a counted machine stands for one on each."""
    found: dict[str, Component] = {}
    for item in world.values["components"]:
        for number, machine in enumerate(members(item["on"], tuple(world.machines))):
            name = item["id"] if machine == item["on"] else f"{item['id']}_{number}"
            found[name] = _fit(name, machine, item, world, len(found))
    changes = sorted({edit.t for edit in world.setup.noise.lineage})
    for wears in (machine.wears for machine in world.machines.values() if changes and machine.wears):
        wears.append(_Changes(changes))
    return found


class _Changes:
    """Lets a machine stop and look at its components again whenever noise changes in the midst of its work."""

    def __init__(self, moments: Sequence[float]) -> None:
        self._moments = moments

    def ahead(self, span: float, t: float) -> float:
        """Return the time until the next change if that is less than `span`, else inf."""
        left = after(self._moments, t) - t
        return left if left < span else math.inf

    def spend(self, span: float) -> None:
        """Change nothing."""

    def strike(self, now: float) -> None:
        """Change nothing: the machine looks at everything that wears when it works on."""


def _fit(name: str, machine: str, item: Mapping[str, Any], world: World, rank: int) -> Component:
    noise, repair, upkeep = world.setup.noise, item["repair"], item["upkeep"]
    process = process_of(item["degrades"], noise, name, machine=machine, around=world.surroundings)
    age = numbers(noise, name, item["initial_age"]).next(0.0)
    if age > 0.0:
        process.ahead(age, 0.0)
        process.renew(age, 0.0)
    return Component(
        name,
        world.machines[machine],
        world.agenda,
        world.log,
        process=process,
        is_clocked=item["ages"] == "calendar",
        stops=item["stops"],
        repair=Repair(
            time=Spells(noise, name, repair["time"]),
            crew=world.crews[repair["crew"]] if repair["crew"] is not None else None,
            spares=world.spares[repair["spare"]] if repair["spare"] is not None else None,
            restores=repair["restores"],
            priority=int(repair["priority"]),
        ),
        upkeep=_upkeep(upkeep, noise, name),
        rank=rank,
        fault=item["fault"],
        onset=item["onset"],
        defect="" if item["spoils_by"] == "any" else item["spoils_by"],
    )


def _upkeep(upkeep: Chosen, noise: Noise, name: str) -> Upkeep:
    settings = upkeep.settings
    time = Spells(noise, name, settings.get("time", 0.0))
    if upkeep.kind == "at_age":
        return Upkeep(time, at_age=settings["age"])
    if upkeep.kind == "opportunistic":
        return Upkeep(time, when_stopped_above=settings["above"])
    return Upkeep(time)


def process_of(
    degrades: Chosen, noise: Noise, name: str, *, machine: str = "", around: Surroundings | None = None
) -> Process:
    """Return how a component wears, with noise of its own.

    Args:
        degrades: the law, with its settings.
        noise: of the episode.
        name: of the component.
        machine: that it is on.
        around: what it is exposed to there; needed where values vary in time.
    """
    kind, settings = degrades.kind, degrades.settings
    if kind == "lifetime":
        law = settings.law if isinstance(settings, LawSource) else Constant(float(settings))
        return Lifetime(law, uniforms(noise, name, "life"), changes_of(noise, name))
    if kind == "stages":
        return Stages([_numbered(noise, f"stage {i}", name, one) for i, one in enumerate(settings)])
    if kind == "hazard":
        return _hazard(settings, noise, name, machine, around)
    if kind in ("wiener", "gamma"):
        return _path(kind, settings, noise, name)
    if kind == "paris":
        return Crack(
            numbers(noise, name, settings["coefficient"]),
            numbers(noise, name, settings["initial"]),
            exponent=settings["exponent"],
            stress=settings["geometry"] * settings["stress"] * 1e-6,
            critical=settings["critical"],
            frequency=settings["frequency"],
        )
    constant = numbers(noise, name, settings["constant"])
    return ToolWear(constant, speed=settings["speed"], exponent=settings["exponent"])


def _hazard(
    settings: Mapping[str, Any], noise: Noise, name: str, machine: str, around: Surroundings | None
) -> Hazard:
    covariates: list[tuple[float, Numbers]] = []
    exposures: list[tuple[float, Path]] = []
    for i, one in enumerate(settings["covariates"]):
        effect, value, of = float(one["effect"]), one["value"], one.get("of", "nothing")
        if of != "nothing":
            assert around is not None
            exposures.append((effect, around.shaft(machine, of)))
            effect = -effect
        if isinstance(value, Course):
            assert around is not None
            exposures.append((effect, around.path(Course(value.law, f"covariate {i}"), name)))
        else:
            covariates.append((effect, _numbered(noise, f"covariate {i}", name, value)))
    law, life = Weibull(settings["shape"], settings["scale"]), uniforms(noise, name, "life")
    if exposures:
        return ExposedHazard(law, life, covariates, changes_of(noise, name), exposures)
    return Hazard(law, life, covariates, changes_of(noise, name))


def _path(kind: str, settings: Mapping[str, Any], noise: Noise, name: str) -> Process:
    limit, step = settings["limit"], settings["step"]
    if kind == "wiener":
        return Wiener(
            normals(noise, name, "increments"),
            uniforms(noise, name, "touches"),
            normals(noise, name, "shapes"),
            drift=settings["drift"],
            spread=settings["spread"],
            limit=limit,
            step=step,
        )
    try:
        law = Gamma(settings["rate"] * step, settings["scale"])
    except LawError as error:
        raise RunError(
            f"{name} wears too seldom for steps of {step:g} s: {error}; take longer steps"
        ) from error
    increments = numbers(noise, name, LawSource(law, "increments"))
    return GammaProcess(
        increments, uniforms(noise, name, "halves"), rate=settings["rate"], limit=limit, step=step
    )


def _numbered(noise: Noise, stream: str, name: str, source: float | LawSource) -> Numbers:
    """Return the numbers of one item of a list, whose items have one path and so one name of a stream."""
    if isinstance(source, LawSource):
        return numbers(noise, name, LawSource(source.law, stream))
    return numbers(noise, name, source)
