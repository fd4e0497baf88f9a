"""The Scenario: the checked, immutable content of one YAML file and its inputs."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.boosts import events_under_boost
from sim.domains.base import Domain
from sim.errors import Fault, ScenarioError
from sim.fields import Section
from sim.formulas import Formula
from sim.language.explain import Explained, explain
from sim.language.input_files import Input
from sim.language.loading import Loaded, load
from sim.language.resolution import Values
from sim.language.settings import Capture, Exposure, Moment, Parameter, Sampling, SensorUse
from sim.lazy import np

if TYPE_CHECKING:
    from sim.geometry import Array
    from sim.language.densities import Densities
    from sim.language.population import Acceptance, Population
    from sim.noise import Draw
    from sim.wall_clock import WallClock

__all__ = [
    "Capture",
    "Exposure",
    "Input",
    "Moment",
    "Parameter",
    "Sampling",
    "Scenario",
    "SensorUse",
    "Values",
]


@dataclass(frozen=True, eq=False)
class Scenario:
    """One scenario, checked. Two of them are the same if their hashes are.

    Args:
        name: `domain/name`.
        file: where it was read.
        text: the file as written.
        duration: length of an episode, the longest where an event may end it [s].
        until: the event that ends an episode before that; None where its length is fixed.
        exposure: how often episodes occur in the world.
        parameters: once-per-episode quantities, in the order of their columns; those that are drawn have a
            place in a draw's `u`.
        constraints: conditions on parameters, as written.
        events: name -> formula; the first one is the target unless the sampling names another.
        modes: name -> formula; the first that holds is the mode of an episode.
        sensors: name -> what observes.
        capture: which part of an episode is observed.
        splits: name -> share, summing to 1.
        export: formats the dataset is exported to.
        inputs: the files it reads.
        warnings: what a user may want to mend.
        hash: sha256 of the resolved content, inputs included; comments and formatting do not count.
    """

    name: str
    file: Path
    text: bytes
    domain: Domain
    about: str
    sources: tuple[str, ...]
    tags: tuple[str, ...]
    start: str | None
    duration: float
    until: Formula | None
    exposure: Exposure | None
    parameters: tuple[Parameter, ...]
    constraints: tuple[str, ...]
    events: Mapping[str, Formula]
    modes: Mapping[str, Formula]
    sensors: Mapping[str, SensorUse]
    capture: Capture
    sampling: Sampling
    splits: Mapping[str, float]
    export: tuple[str, ...]
    inputs: tuple[Input, ...]
    warnings: tuple[Fault, ...]
    hash: str
    _loaded: Loaded = field(repr=False)

    @classmethod
    def load(
        cls,
        path: str | Path,
        *,
        sensors: Mapping[str, Section],
        exporters: Collection[str],
        overrides: Mapping[str, str] | None = None,
        inputs: Path | None = None,
        domains: Mapping[str, Domain] | None = None,
    ) -> Scenario:
        """Read and check a scenario.

        Args:
            path: the YAML file.
            sensors: kind of sensor -> what may stand in its section.
            exporters: names of the export formats.
            overrides: path -> YAML text that takes the place of what the file says.
            inputs: folder of a dataset that holds copies of the input files; None to read them where the
                scenario names them.
            domains: the domains there are; the installed ones unless given.

        Raises:
            ScenarioError: with everything that is wrong.
        """
        loaded = load(
            Path(path),
            sensors=sensors,
            exporters=exporters,
            overrides=overrides or {},
            copies=inputs,
            domains=domains,
        )
        document = loaded.document
        assert document.domain is not None
        return cls(
            name=document.name,
            file=Path(path),
            text=loaded.text,
            domain=document.domain,
            about=loaded.about,
            sources=loaded.sources,
            tags=loaded.tags,
            start=loaded.start,
            duration=loaded.duration,
            until=document.until,
            exposure=document.exposure,
            parameters=loaded.parameters,
            constraints=tuple(one.text for one in document.constraints),
            events=document.events,
            modes=document.modes,
            sensors=loaded.sensors,
            capture=loaded.capture,
            sampling=loaded.sampling,
            splits=document.splits,
            export=document.export,
            inputs=tuple(document.inputs.found[name] for name in sorted(document.inputs.found)),
            warnings=document.report.warnings,
            hash=loaded.hash,
            _loaded=loaded,
        )

    @property
    def overrides(self) -> Mapping[str, str]:
        """What it was loaded with beside its file: dotted path -> YAML text."""
        return dict(self._loaded.request[3])

    @property
    def target(self) -> str | None:
        """The event that is looked for; None for a scenario without events."""
        return self.sampling.target

    @property
    def drawn(self) -> tuple[Parameter, ...]:
        """The parameters with a place in `u`, in its order."""
        found = [one for one in self.parameters if one.index is not None]
        return tuple(sorted(found, key=lambda one: one.index or 0))

    @property
    def dimension(self) -> int:
        """How many parameters are drawn: the length of a draw's `u`."""
        return len(self.drawn)

    @property
    def choices(self) -> Mapping[int, tuple[float, ...]]:
        """Place in `u` -> probabilities of its categories in order, for choices that hang on nothing else."""
        return self._population.choices

    @property
    def entities(self) -> tuple[str, ...]:
        """The entities that the scenario names one by one; their addressed noise can be redrawn alone."""
        return self._loaded.document.entities

    @property
    def under_boost(self) -> Mapping[str, tuple[str, ...]]:
        """Event -> entities it speaks of that are more frequent here than in the world: it has no odds."""
        return events_under_boost(self.events, self._loaded.document.boosted)

    @property
    def clock(self) -> WallClock | None:
        """Local time of its episodes; None without a `start:`."""
        return self._loaded.document.clock

    @property
    def is_clocked(self) -> bool:
        """Whether each number of addressed noise is used at a moment that nothing can shift."""
        return self.domain.is_clocked

    @property
    def is_conditioned(self) -> bool:
        """Whether constraints stand."""
        return bool(self.constraints)

    # -- draws ---------------------------------------------------------------------------------------------

    def nominal(self, seed: int, index: int) -> Draw:
        """Return draw number `index` of the natural law under a root seed, constraints fulfilled.

        Raises:
            RunError: the constraints are met too rarely.
        """
        return self._population.draws(seed, index, index + 1)[0]

    def nominal_batch(self, seed: int, start: int, stop: int) -> list[Draw]:
        """Return the draws start, …, stop - 1, each equal to `nominal`'s.

        Raises:
            RunError: the constraints are met too rarely.
        """
        return self._population.draws(seed, start, stop)

    def resolve(self, draw: Draw) -> Values:
        """Return the values of an episode: parameters, world and sensors, in SI.

        Raises:
            RunError: a value cannot be computed, or may not stand where it stands, in this draw.
        """
        return self._loaded.resolution.resolve(draw)

    def meets_constraints(self, u: Array | Sequence[Sequence[float]]) -> np.ndarray:
        """Return (n,) whether each of (n, d) points of the unit cube meets all constraints."""
        return self._population.accepted(np.asarray(u, float))

    def acceptance(self, seed: int, n: int = 100_000) -> Acceptance:
        """Return an estimate of P(constraints) under the natural law, from n draws of its own."""
        return self._population.acceptance(seed, n)

    def log_prob(self, values: Mapping[str, float | str | bool]) -> float:
        """Return the log of the natural density (mass, for words and whole numbers) of drawn parameters.

        The constraints' probability is not divided out.

        Raises:
            ValueError: a drawn parameter is missing, or whole numbers or words hang together by a copula.
        """
        return self._population.log_prob(values)

    def densities(self, values: Mapping[str, np.ndarray]) -> Densities:
        """Return the densities of many draws at once.

        Args:
            values: drawn parameter -> (n,) its values: floats, words or flags.

        Raises:
            ValueError: a drawn parameter is missing.
        """
        from sim.language.densities import Densities

        return Densities(self._loaded.resolution, values)

    def uniforms_of(self, values: Mapping[str, float | str | bool]) -> tuple[float, ...]:
        """Return a point u that resolves to these values of the drawn parameters.

        Raises:
            ValueError: a drawn parameter is missing or cannot have its value.
        """
        return self._population.uniforms_of(values)

    @cached_property
    def _population(self) -> Population:
        from sim.language.population import Population  # it draws arrays, which a check does without

        return Population(self._loaded.document, self._loaded.resolution)

    # -- telling -------------------------------------------------------------------------------------------

    def explain(self) -> tuple[Explained, ...]:
        """Return a row per value that is not simply a constant: its law, unit, when it is drawn, its uses."""
        return explain(self._loaded.document)

    def to_dict(self) -> dict[str, Any]:
        """Return the resolved content as plain data: SI, defaults filled in. The hash is taken of this."""
        return self._loaded.content

    def to_data(self) -> dict[str, Any]:
        """Return what the file says as plain data in SI, which loads to an equal scenario."""
        return self._loaded.data

    def __reduce__(self) -> tuple[Any, ...]:
        """Travel to another process as text, which is read again there."""
        return (_reload, (self._loaded.request,))


def _reload(request: Any) -> Scenario:
    path, sensors, exporters, overrides, inputs, domains, digest = request
    scenario = Scenario.load(
        path, sensors=sensors, exporters=exporters, overrides=overrides, inputs=inputs, domains=domains
    )
    if scenario.hash != digest:
        raise ScenarioError([Fault("E101", "", f"{path} has changed since it was loaded")])
    return scenario
