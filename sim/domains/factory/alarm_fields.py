"""What may stand under `alarms:` of a factory: what is told to people, when, and what follows from what."""

from __future__ import annotations

from sim.domains.factory.component_fields import span
from sim.fields import Field, Name, Quantity, Section, Tagged, Word

__all__ = ["ALARM"]

_HALTS = {
    "down": "it has failed",
    "maintenance": "something in it is replaced before it fails",
    "starved": "it waits for parts",
    "blocked": "it waits for a place",
    "waiting": "it waits for one of its pool",
    "setup": "it is being set up",
    "off": "it is off shift",
}


def _bounds(what: str) -> dict[str, Field]:
    def bound(doc: str, default: float | None, least: float) -> Quantity:
        return Quantity(doc=doc, unit="", default=default, least=least, most=1e6)

    return {
        "above": bound(f"{what} above which it is raised", None, -1e6),
        "below": bound(f"{what} below which it is raised", None, -1e6),
        "deadband": bound(
            f"by how much {what} must go back past the bound before it is normal again", 0.0, 0.0
        ),
    }


_WHEN = Tagged(
    doc="what it tells of",
    options={
        "reading": Section(
            doc="a reading past a bound; without a deadband or a delay its noise makes the alarm chatter",
            fields={"of": Name(doc="the reading"), **_bounds("the reading")},
        ),
        "level": Section(
            doc="parts in a buffer past a bound",
            fields={"of": Name(doc="the source or buffer"), **_bounds("the number of parts")},
        ),
        "state": Section(
            doc="a machine in a state",
            fields={
                "of": Name(doc="the machine"),
                "is": Word(doc="the state", options=_HALTS, default="down", fixed=True),
            },
        ),
        "alarm": Section(
            doc="another alarm that brings this one: it comes and goes after it, each time by its own delay",
            fields={
                "of": Name(doc="the alarm that it follows from"),
                "after": span("delay behind the other, drawn when that is raised and when it is cleared"),
                "chance": Quantity(
                    doc="share of the times in which it follows", unit="", default=1.0, least=0.0, most=1.0
                ),
            },
        ),
    },
)

ALARM = Section(
    doc="an alarm; on a counted machine, one on each. Nothing in the plant acts on it: it is told to people",
    fields={
        "when": _WHEN,
        "on_delay": span("how long it must have been so before it is raised", 0.0, fixed=True),
        "off_delay": span("how long it must have been normal before it is cleared", 0.0, fixed=True),
        "priority": Word(
            doc="how much it matters",
            options={"low": "to be noted", "medium": "to be seen to soon", "high": "to be seen to at once"},
            default="low",
            fixed=True,
        ),
    },
)
