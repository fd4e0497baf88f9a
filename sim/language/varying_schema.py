"""The JSON Schema of what changes during the run: laws that vary in time, and signals."""

from __future__ import annotations

from typing import Any

from sim.laws.varying.base import VaryingArgument, VaryingKind
from sim.laws.varying.table import TABLE

__all__ = ["during_run_definitions"]

Schema = dict[str, Any]

_NUMBER: Schema = {"type": ["number", "string"]}
_NUMBERS: Schema = {"type": "object", "additionalProperties": _NUMBER, "minProperties": 1}
_TABLE: Schema = {"type": "object", "additionalProperties": _NUMBERS, "minProperties": 1}
_HOURS: Schema = {
    "anyOf": [_NUMBERS, {"type": "array", "items": _NUMBER, "minItems": 24, "maxItems": 24}],
    "description": "a factor per span of hours, {7-9: 2}; or a list of 24",
}
_FACTOR: Schema = {"anyOf": [_NUMBER, _HOURS]}
_SHAPES: dict[str, Schema] = {
    "column": {"type": "string"},
    "file": {"type": "string"},
    "word": {"type": "string"},
    "dwell": _NUMBERS,
    "rates": _TABLE,
    "jumps": _TABLE,
    "weights": {"anyOf": [_NUMBER, _NUMBERS]},
    "pattern": _HOURS,
    "days": {"type": "object", "additionalProperties": _FACTOR, "minProperties": 1},
    "months": _NUMBERS,
    "dates": {"type": "array", "items": {"type": "string"}},
    "holiday": _FACTOR,
}


def during_run_definitions() -> dict[str, Schema]:
    """Return the definitions `varying` and `signal`."""
    signal = {
        "type": "object",
        "description": "arithmetic over signals, read while the episode runs: {signal: speed(lead) - 2 m/s}",
        "properties": {"signal": {"type": "string"}},
        "required": ["signal"],
        "additionalProperties": False,
    }
    return {"varying": {"anyOf": [_law(kind) for kind in TABLE.values()]}, "signal": signal}


def _law(kind: VaryingKind) -> Schema:
    pair = {"type": "array", "items": {"type": ["number", "string", "null"]}, "minItems": 2, "maxItems": 2}
    within = (
        {"within": {"description": "the interval its values are kept to", **pair}} if kind.name == "ou" else {}
    )
    return {
        "type": "object",
        "description": kind.doc,
        "properties": {
            kind.name: {"description": f"{kind.doc} {kind.example}", **_body(kind)},
            "plus": {"description": "added to the value", **_NUMBER},
            "times": {"description": "multiplies the value", **_NUMBER},
            **within,
        },
        "required": [kind.name],
        "additionalProperties": False,
    }


def _body(kind: VaryingKind) -> Schema:
    required = [one.name for one in kind.arguments if one.required]
    named: Schema = {
        "type": "object",
        "properties": {one.name: _argument(one) for one in kind.arguments},
        "additionalProperties": False,
    }
    if not required:
        return named
    listed = {"type": "array", "minItems": len(required), "maxItems": len(required)}
    return {"anyOf": [{**named, "required": required}, listed]}


def _argument(argument: VaryingArgument) -> Schema:
    if argument.options:
        return {"description": argument.doc, "enum": list(argument.options)}
    return {"description": argument.doc, **_SHAPES.get(argument.kind, _NUMBER)}
