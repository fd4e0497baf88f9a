"""What may stand under `milling:` of a machine: a log of each part milled, by the rules of AI4I 2020."""

from __future__ import annotations

from sim.domains.base import ColumnDeclaration, TableDeclaration
from sim.fields import Quantity, Section

__all__ = ["MILLING", "MILLING_TABLE", "MODES"]

MODES: dict[str, str] = {
    "TWF": "tool wear: the tool fails at a wear drawn between 200 and 240 min (chance)",
    "HDF": "heat: process less than 8.6 K above the air and speed below 1380 rpm (rule)",
    "PWF": "power: torque times speed below 3500 W or above 9000 W (rule)",
    "OSF": "overstrain: wear times torque above 11000, 12000, 13000 min N m for L, M, H (rule)",
    "RNF": "one in a thousand, for no reason (chance)",
}
"""Failure mode -> when it happens, as published."""


def _number(doc: str, unit: str, default: float, most: float) -> Quantity:
    return Quantity(doc=doc, unit=unit, default=default, least=0.0, most=most)


MILLING = Section(
    doc="each cycle is a row of the table `milling`, with the failure flags of AI4I 2020 (Matzka, UCI 601)",
    fields={
        "low": _number("share of parts of low quality; medium and high share the rest 3 to 1", "", 0.6, 1.0),
        "random_failures": _number("chance that a part fails for no reason", "", 0.001, 1.0),
        "noise": Section(
            doc="of the sensors, standard deviations: rules act on the truth, rows show the measurement",
            fields={
                "temperature": _number("of both temperatures", "K", 0.0, 100.0),
                "speed": _number("of the speed", "rad/s", 0.0, 1e3),
                "torque": _number("of the torque", "N m", 0.0, 1e3),
                "wear": _number("of the wear of the tool", "s", 0.0, 1e6),
            },
        ),
        "latent": Section(
            doc="hidden causes that move the rules' bounds, so that no column tells all",
            fields={
                "tool_spread": _number(
                    "spread of the logarithm of each tool's strength against overstrain", "", 0.0, 2.0
                ),
                "clogging": _number(
                    "spread of how much cooling is lost, which moves the bound of heat", "K", 0.0, 50.0
                ),
                "clogging_parts": Quantity(
                    doc="parts over which the cooling changes", unit="", default=200.0, least=1.0, most=1e6
                ),
            },
        ),
    },
    default=None,
)


def _seen(doc: str, type: str = "float64", unit: str = "") -> ColumnDeclaration:
    return ColumnDeclaration(type, "feature", doc, unit)


def _true(doc: str, type: str = "float64", unit: str = "") -> ColumnDeclaration:
    return ColumnDeclaration(type, "label", doc, unit)


MILLING_TABLE = TableDeclaration(
    {
        "machine": ColumnDeclaration("string", "key", "the machine"),
        "udi": ColumnDeclaration("int64", "key", "1, 2, … within the machine"),
        "t": ColumnDeclaration("float64", "feature", "moment the cycle ends", "s"),
        "type": _seen("quality of the product: L, M or H", "string"),
        "air_temperature": _seen("measured, as are the next four", unit="K"),
        "process_temperature": _seen("of the process", unit="K"),
        "rotational_speed": _seen("of the spindle", unit="rpm"),
        "torque": _seen("of the spindle", unit="N m"),
        "tool_wear": _seen("minutes the tool has cut", unit="min"),
        "machine_failure": _true("any of the five modes", "bool"),
        **{mode: _true(doc, "bool") for mode, doc in MODES.items()},
        "because": _true(
            "mode and rule, chance or latent, joined by +: why each flag stands; latent where the rule alone "
            "would not give it",
            "string",
        ),
        "true_air_temperature": _true("what rules act on, as are the next four", unit="K"),
        "true_process_temperature": _true("of the process", unit="K"),
        "true_rotational_speed": _true("of the spindle", unit="rpm"),
        "true_torque": _true("of the spindle", unit="N m"),
        "true_tool_wear": _true("of the tool", unit="min"),
        "tool": _true("number of the tool", "int64"),
        "tool_limit": _true("wear at which this tool fails or is replaced", unit="min"),
        "tool_ends": _true("failure or replacement where it does with this part, else empty", "string"),
        "tool_strength": _true("latent: what this tool's bound of overstrain is multiplied by"),
        "cooling_lost": _true("latent: what is added to the bound of heat", unit="K"),
    },
    "a row per part milled by a machine with `milling:`",
)
"""Columns and rounding follow the published table; units stand beside."""
