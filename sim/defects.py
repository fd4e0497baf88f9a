"""Kinds of defects of a part, and what their size means: for the world that makes them and those who look."""

from __future__ import annotations

__all__ = ["DEFECTS"]

DEFECTS: dict[str, str] = {
    "scratch": "a groove with raised lips; size is its length",
    "dent": "a shallow bowl; size is its diameter",
    "crack": "a branching crack; size is the length of its trunk",
    "pit": "a crater with a ragged edge; size is its mean diameter",
    "inclusion": "foreign matter in the surface; size is its mean diameter",
    "stain": "a change of colour, not of shape; size is its mean diameter",
    "missing": "a component that is not there; of the components, one nearest to the size in length",
    "misplaced": "a component beside its place; size is how far",
    "spatter": "drops of weld metal; size is the diameter of the largest",
    "colour_drift": "another colour all over; size is the error of the film's thickness",
}
"""Kind -> what it is, and what its size [m] means."""
