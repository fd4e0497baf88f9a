"""Which labels a sensor with pictures writes: the field of its declaration, and what a scenario has chosen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sim.fields import Listing, Section, Tagged, Word

__all__ = ["chosen_of", "label_field", "picture_format"]


def label_field(labels: Mapping[str, str]) -> Tagged:
    """Return the field `labels` of a sensor that can write some, each with its sentence."""
    return Tagged(
        doc="which labels stand beside each picture",
        options={
            "all": Section(doc="every label there is", fields={}),
            "none": Section(doc="pictures alone", fields={}),
            "only": Listing(
                doc="the labels in this list", item=Word(doc="a label", options=dict(labels), fixed=True)
            ),
        },
        default="all",
    )


def picture_format(default: str) -> Word:
    """Return the field `format` of a sensor with pictures."""
    return Word(
        doc="how the picture is stored",
        options={"jpeg": "JPEG at quality 95", "png": "lossless PNG, several times larger"},
        default=default,
        fixed=True,
    )


def chosen_of(labels: Mapping[str, str], settings: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the labels that a sensor's settings ask for, in the order of all it can write."""
    choice = settings["labels"]
    wanted = {"all": tuple(labels), "none": ()}.get(choice.kind, choice.settings)
    return tuple(name for name in labels if name in wanted)
