"""The sections every domain shares, declared like everything else."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from functools import cache

from sim.fields import REQUIRED, Field, Listing, Name, Quantity, Section, Tagged, Text, Word

__all__ = ["SHARED", "SPECIAL", "export_field", "sensor_section"]

SPECIAL: dict[str, str] = {
    "use": "a file of shared pieces, or a list of them; what stands in the scenario itself wins",
    "parameters": "named random quantities with their natural law",
    "dependence": "which parameters depend on each other",
    "constraints": "conditions on parameters; a draw that breaks one is replaced, and P(all hold) is reported",
    "world": "what the world is like; the domain says what may stand here",
    "sensors": "what observes the episode: a name for each, one kind, where it is mounted",
    "event": "the rare events by name, in the event grammar",
    "modes": "ways in which the target event can come about; the first that holds is an episode's mode",
    "splits": "shares of train, val, test…; they sum to 1",
    "export": "formats the dataset is exported to",
}
"""Top-level sections that are read by readers of their own -> what they are."""


def _angle(axis: str) -> Quantity:
    return Quantity(doc=f"rotation about {axis}, ISO 8855", unit="rad", default=0.0, least=-6.2832, most=6.2832)


def _offset(doc: str) -> Quantity:
    return Quantity(doc=doc, unit="m", default=0.0, least=-1000.0, most=1000.0)


_CAPTURE: dict[str, Field] = {
    "from": Text(doc="moment it begins: event, start or end, plus or minus a time", default="start"),
    "to": Text(doc="moment it ends", default="end"),
}

_MOUNTING = Section(
    doc="where the sensor is mounted (ISO 8855): x forward, y left, z up from the ground under the body",
    fields={
        "x": _offset("forward"),
        "y": _offset("to the left"),
        "z": _offset("up"),
        "roll": _angle("x"),
        "pitch": _angle("y, nose down positive"),
        "yaw": _angle("z, to the left positive"),
    },
)


@cache
def _methods() -> Mapping[str, str]:
    from sim.samplers import TABLE

    return {name: kind.doc for name, kind in TABLE.items()}


def _count(doc: str, default: float) -> Quantity:
    return Quantity(doc=doc, unit="", integer=True, least=1.0, most=1e9, default=default, fixed=True)


def _share(doc: str, default: float) -> Quantity:
    return Quantity(doc=doc, unit="", least=0.0, most=1.0, default=default, fixed=True)


def _sampling() -> Section:
    return Section(
        doc="how rare cases are looked for",
        fields={
            "method": Word(doc="where to look", options=_methods(), default="nominal", fixed=True),
            "target": Text(doc="the event looked for; the first one unless given", default=None),
            "calls": _count("evaluations of the hunt", 10_000),
            "episodes": _count("episodes to export", 100),
            "event_share": _share("share of exported episodes in which the target occurs", 0.5),
            "near_miss_share": _share("share in which another event occurs, but not the target", 0.25),
            "audit_share": Quantity(
                doc="share of the calls spent on nominal draws that check the estimate; 5 % unless given, and "
                "none where the method draws nominally or makes no estimate",
                unit="", least=0.0, most=0.9, default=None, fixed=True,
            ),
            "cov": Quantity(
                doc="wanted coefficient of variation of the target's rate: a pilot then fixes how many of the "
                "calls are made, before the first that counts; without effect for nominal, event and coverage",
                unit="", least=0.001, most=0.99, default=None, fixed=True,
            ),
            "diversity": _diversity(),
        },
    )  # fmt: skip


def _diversity() -> Section:
    return Section(
        doc="how the exported events are spread, so that they are not copies of one",
        fields={
            "by": Word(
                doc="what tells one way into the event from another; modes where the scenario has some, else "
                "parameters",
                options={
                    "modes": "the scenario's modes share the events evenly",
                    "parameters": "clusters of the drawn parameters share the events evenly",
                    "signals": "clusters of scores, measures and event times share the events evenly",
                    "none": "events are chosen by weight alone",
                },
                default=None,
                fixed=True,
            ),
        },
    )


SHARED: Mapping[str, Field] = {
    "scenario": Text(doc="domain/name; the domain decides what may stand under world"),
    "language": Quantity(
        doc="version of the language", unit="", integer=True, least=1, most=1, default=1, fixed=True
    ),
    "about": Text(doc="one or two sentences on what happens", default=""),
    "sources": Listing(doc="where the natural laws come from", item=Text(doc="a source")),
    "tags": Listing(doc="words to find the scenario by", item=Text(doc="a tag")),
    "start": Text(doc="date and time of the start, with time zone, for domains with a calendar", default=None),
    "duration": Section(
        doc="length of an episode: a time, or an event that ends it and the most it may take",
        fields={
            "until": Text(
                doc="the event that ends the episode, as under event, or the name of one", default=None
            ),
            "at_most": Quantity(
                doc="length of an episode; one that ends here without the event is censored",
                unit="s",
                least=1e-3,
                most=1e10,
                fixed=True,
            ),
        },
        bare="at_most",
        default=REQUIRED,
    ),
    "exposure": Section(
        doc="how often episodes occur: turns a probability per episode into a rate",
        fields={
            "episode": Text(doc="what an episode is"),
            "rate": Text(doc="episodes per unit of exposure, as in 0.085 per km"),
            "source": Text(doc="where the rate comes from", default=""),
        },
        default=None,
    ),
    "capture": Section(doc="which part of an episode is observed", fields=_CAPTURE),
    "sampling": _sampling(),
}
"""Top-level sections that hold nothing but declared fields."""


def sensor_section(kinds: Mapping[str, Section]) -> Section:
    """Return what may stand under a sensor's name, given the sections of the kinds of sensors."""
    return Section(
        doc="a sensor: one kind, and how it is mounted",
        fields={
            "on": Name(doc="the body that carries it; the world unless given", default=None),
            "at": _MOUNTING,
            "rig_at": replace(
                _MOUNTING, doc="pose of the rig in whose frame `at` is; a `rig:` fills it in", default=None
            ),
            "delay": Quantity(
                doc="time from the truth to the moment it is known", unit="s", default=0.0, least=0.0, most=1e6,
                fixed=True,
            ),
            "capture": Section(doc="its own window, if not the scenario's", fields=_CAPTURE, default=None),
        },
        choice=Tagged(doc="kind of sensor", options=dict(kinds)),
    )  # fmt: skip


def export_field(exporters: Collection[str]) -> Listing:
    """Return what may stand under `export:`, given the names of the exporters."""
    options = {name: f"write the dataset as {name} too" for name in exporters}
    return Listing(doc=SPECIAL["export"], item=Word(doc="a format", options=options, fixed=True))
