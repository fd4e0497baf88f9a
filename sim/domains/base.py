"""What a domain is: its part of the language, and one function that runs an episode.

A domain is one folder under `sim/domains/` and one line in the table of `sim/domains/__init__.py`. Its light
half declares what may stand under `world:` and which signals, measures and predicates its events may use;
its heavy half, named by `simulate`, is imported when the first episode runs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from sim.fields import Section

if TYPE_CHECKING:  # declarations are read without what an episode is made of
    import numpy as np

    from sim.formulas import Formula
    from sim.geometry import Array
    from sim.noise import Noise
    from sim.recording import Channel, Occurrence, PoseTrack, TableBatches
    from sim.scene import Scene
    from sim.views import Eye
    from sim.wall_clock import WallClock

__all__ = [
    "ColumnDeclaration",
    "Domain",
    "EntityDeclaration",
    "MeasureDeclaration",
    "OccurrenceDeclaration",
    "PredicateDeclaration",
    "Setup",
    "SignalDeclaration",
    "TableDeclaration",
    "Trace",
    "Truth",
]


@dataclass(frozen=True)
class SignalDeclaration:
    """A number at every moment. `arguments` holds one entity role per argument ("vehicle", "any", "sensor"…).

    `scale` is the margin that counts as "one unit away" in a robustness [same unit as the signal].
    """

    arguments: tuple[str, ...]
    unit: str
    scale: float
    doc: str
    source: str = ""


@dataclass(frozen=True)
class MeasureDeclaration:
    """A number per episode. `needs_crash`: can only be known by following the world through the first touch.

    `grows`: whether it is a running maximum of the past, so that `measure > c` is one too.
    """

    arguments: tuple[str, ...]
    unit: str
    scale: float
    doc: str
    needs_crash: bool = False
    grows: bool = False
    source: str = ""


@dataclass(frozen=True)
class PredicateDeclaration:
    """A graded truth of the episode. `grows`: its margin is a running maximum of the past."""

    arguments: tuple[str, ...]
    doc: str
    needs_crash: bool = False
    grows: bool = True


@dataclass(frozen=True)
class OccurrenceDeclaration:
    """A kind of thing that happens, with its fields: name -> "entity", "word" or a unit."""

    fields: Mapping[str, str]
    doc: str
    needs_crash: bool = False


@dataclass(frozen=True)
class EntityDeclaration:
    """An entity a scenario declares by itself or by a list item.

    Args:
        id: its name in formulas.
        category: for selectors.
        is_boosted: whether there is more of it in this scenario than there is in the world.
    """

    id: str
    category: str
    is_boosted: bool = False


@dataclass(frozen=True)
class ColumnDeclaration:
    """A column of a table.

    Args:
        type: name of its Arrow type: "float64", "int64", "string", "bool", "timestamp[us]" and so on, or
            "category" for a string out of a few.
        role: key, feature (what an observer gets), label (the truth) or meta.
        doc: what it holds.
        unit: SI unit or currency, "" for none.
        available: when the observer knows it: at the row's own "event", or only at its "posting" or "report".
    """

    type: str
    role: str
    doc: str
    unit: str = ""
    available: str = "event"


@dataclass(frozen=True)
class TableDeclaration:
    """A table of the Recording: its columns in order. Datasets put `episode_id` before them.

    `is_hidden`: a dataset has it only as sensors see it, not as it is.
    """

    columns: Mapping[str, ColumnDeclaration]
    doc: str
    is_hidden: bool = False


@dataclass(frozen=True)
class Setup:
    """Everything one run of an episode may know: plain values and addressed noise.

    Args:
        duration: length of the episode [s], the longest where it may end early.
        world: the resolved `world:` section, plain values by key.
        noise: the episode's addressed noise; the domain draws its own under the entities' ids.
        through_crash: whether the world must be followed through the first touch to rest or the end:
            for a recording, or because a declared event, mode or measure reads what only that tells.
        recorded: whether `Trace.truth` will be asked for.
        reads: names of the signals, measures, predicates and occurrences that events and modes mention; what
            stands for the others alone need not be kept.
        clock: local time of the episode; None where the scenario has no `start:`.
        until: an event that ends the episode, in which no other event is named; where a domain knows the moment
            it comes about, it may stop there, and is run again with `stop_at` where it does not.
        eyes: the sensors whose signals events and modes may read, by name; empty where they read none.
        stop_at: moment at which the run ends, with everything that is due then; None for `duration`, before
            what is due then. The run must be the beginning of what it would be without.
    """

    duration: float
    world: Mapping[str, Any]
    noise: Noise
    through_crash: bool = False
    recorded: bool = False
    reads: frozenset[str] = frozenset()
    clock: WallClock | None = None
    until: Formula | None = None
    eyes: Mapping[str, Eye] = field(default_factory=dict)
    stop_at: float | None = None


@dataclass(frozen=True)
class Truth:
    """What a Recording needs from the domain; `documents` as there."""

    scene: Scene
    tracks: tuple[PoseTrack, ...]
    channels: tuple[Channel, ...]
    tables: Mapping[str, TableBatches] = field(default_factory=dict)
    documents: Mapping[str, Callable[[], str]] = field(default_factory=dict)


class Trace(Protocol):
    """What a run leaves behind, read by events.

    `times` is (T,) and `signal` gives (T,) values on it. A signal that is undefined at a moment (a ttc when
    nothing closes) is +inf or -inf, whichever is the harmless side, never NaN.
    """

    times: Array

    def signal(self, name: str, arguments: tuple[str, ...]) -> Array:
        """Return (T,) values of a declared signal for concrete entity ids."""
        ...

    def measure(self, name: str, arguments: tuple[str, ...]) -> float:
        """Return the value of a declared measure."""
        ...

    def predicate(self, name: str, arguments: tuple[str, ...]) -> Array:
        """Return the (T,) margin so far of a declared predicate; its last value is the episode's."""
        ...

    def entities(self, category: str) -> Sequence[str]:
        """Return the ids of all entities of a category (or of "any"), in order of birth."""
        ...

    def nearest(self, category: str, to: str) -> tuple[Sequence[str], np.ndarray]:
        """Return candidate ids and (T,) the index of the nearest at every moment."""
        ...

    @property
    def occurrences(self) -> Sequence[Occurrence]:
        """What happened, in time order."""
        ...

    def truth(self) -> Truth:
        """Return scene, tracks, channels and tables; only after a run with `recorded`."""
        ...


@dataclass(frozen=True)
class Domain:
    """One field of application.

    Args:
        world: what may stand under `world:`.
        categories: semantic classes in order, for `Scene`.
        signals, measures, predicates, occurrences: what events may mention.
        entities: returns the declared entities from the *unresolved* world data (plain YAML data), for
            checking references before anything is drawn.
        check: returns (path, message) pairs for faults that only the domain can see in the unresolved data.
        simulate: "module:function"; the function takes a Setup and returns a Trace.
        tables: tables of its Recordings; a dataset has one of the same name for each.
        is_clocked: whether each number of addressed noise that scores depend on is used at a moment that
            neither parameters nor other noise can shift.
        has_calendar: whether its scenarios need a `start:`.
        can_end_early: whether its runs heed `Setup.stop_at`, so that an event may end an episode.
        localised: returns the declaration that holds for some *unresolved* world data, where that decides the
            units (a bank's currency); None where one declaration holds for all.
        restated: unit in the files of items (`use:`) -> factor and unit by which this world takes it.
    """

    name: str
    doc: str
    world: Section
    categories: tuple[str, ...]
    signals: Mapping[str, SignalDeclaration]
    measures: Mapping[str, MeasureDeclaration]
    predicates: Mapping[str, PredicateDeclaration]
    occurrences: Mapping[str, OccurrenceDeclaration]
    entities: Callable[[Mapping[str, Any]], Sequence[EntityDeclaration]]
    simulate: str
    check: Callable[[Mapping[str, Any]], Sequence[tuple[str, str]]] = lambda world: ()
    tables: Mapping[str, TableDeclaration] = field(default_factory=dict)
    is_clocked: bool = False
    has_calendar: bool = False
    can_end_early: bool = False
    localised: Callable[[Mapping[str, Any]], Domain] | None = None
    restated: Mapping[str, tuple[float, str]] = field(default_factory=dict)

    def load(self) -> Callable[[Setup], Trace]:
        """Import the heavy half and return the function that runs an episode."""
        from importlib import import_module

        module, _, name = self.simulate.partition(":")
        function: Callable[[Setup], Trace] = getattr(import_module(module), name)
        return function
