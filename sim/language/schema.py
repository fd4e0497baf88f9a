"""The language as a JSON Schema (draft 2020-12), from the same declarations that the walker reads.

Editors complete and check from it, with every field's sentence as hover text. What a schema cannot say
(dimensions, references, formulas, whether a law is possible) only `check` sees.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sim.domains.base import Domain
from sim.fields import (
    REQUIRED,
    Condition,
    Field,
    Figures,
    File,
    Flag,
    Listing,
    Module,
    Name,
    Numbers,
    Quantity,
    Section,
    Tagged,
    Text,
    Word,
)
from sim.language.item_files import ITEM_FILE
from sim.language.schema_sharing import with_shared_parts
from sim.language.sections import SHARED, SPECIAL, export_field, sensor_section
from sim.language.varying_schema import during_run_definitions
from sim.language.walker import COUNT
from sim.laws.base import Argument, LawKind
from sim.laws.table import TABLE

__all__ = ["scenario_schema"]

Schema = dict[str, Any]

_ID = r"^[A-Za-z][A-Za-z0-9_]{0,62}$"
_YAML = r"\.ya?ml$"
_NAMES = {"pattern": _ID}
_QUANTITY_TEXT: Schema = {"$ref": "#/$defs/quantity"}
_DRAWN: Schema = {"$ref": "#/$defs/drawn"}


def scenario_schema(
    *, domains: Mapping[str, Domain], sensors: Mapping[str, Section], exporters: Collection[str]
) -> Schema:
    """Return the schema of a scenario file.

    Args:
        domains: name -> declaration; what may stand under `world:` follows from the scenario's name.
        sensors: kind of sensor -> what may stand in its section.
        exporters: names of the export formats.
    """
    shared = {key: _field(declared) for key, declared in SHARED.items()}
    shared["scenario"] = _described(
        {"type": "string", "pattern": f"^({'|'.join(domains)})/.+"}, SHARED["scenario"].doc
    )
    whole = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "oddsmith scenario",
        "description": "What the world is like normally, and what the rare case is.",
        "type": "object",
        "properties": {**shared, **_special(exporters)},
        "required": ["scenario"],
        "additionalProperties": False,
        "allOf": [*(_world_of(name, domain) for name, domain in domains.items()), _whole(sensors)],
        "$defs": _definitions(),
    }
    return with_shared_parts(whole)


def _whole(sensors: Mapping[str, Section]) -> Schema:
    """Return what holds of a file that uses no other: nothing of it may stand elsewhere."""
    return {
        "if": {"not": {"required": ["use"]}},
        "then": {
            "properties": {"sensors": {"additionalProperties": _sensor(sensors)}},
            "required": ["scenario", "duration", "world"],
        },
    }


def _sensor(kinds: Mapping[str, Section]) -> Schema:
    """Return what stands under a sensor's name: one sensor, or a rig of several from a file."""
    section = sensor_section(kinds)
    shared = {key: _field(section.fields[key]) for key in ("on", "at", "delay", "capture")}
    path = _described({"type": "string", "pattern": _YAML}, "the file of a rig, which several sensors stand on")
    rig = {
        "type": "object", "properties": {"rig": path, **shared}, "required": ["rig"],
        "additionalProperties": False,
    }  # fmt: skip
    return {"if": {"required": ["rig"]}, "then": rig, "else": _field(section)}


def _world_of(name: str, domain: Domain) -> Schema:
    prefix = {
        "properties": {"scenario": {"pattern": f"^{name}/"}},
        "required": ["scenario"],
        "not": {"required": ["use"]},
    }
    return {"if": prefix, "then": {"properties": {"world": _field(domain.world)}}}


def _special(exporters: Collection[str]) -> Schema:
    formulas = {"type": ["object", "null"], "propertyNames": _NAMES, "additionalProperties": {"type": "string"}}
    value = {"anyOf": [{"type": ["number", "string", "boolean"]}, {"$ref": "#/$defs/law"}]}
    share = {"type": "number", "minimum": 0, "maximum": 1}
    path = {"type": "string", "pattern": _YAML}
    schemas: Schema = {
        "use": {"anyOf": [path, {"type": "array", "items": path}]},
        "parameters": {"type": ["object", "null"], "propertyNames": _NAMES, "additionalProperties": value},
        "dependence": {"type": ["array", "null"], "items": {"$ref": "#/$defs/dependence"}},
        "constraints": {"type": ["array", "null"], "items": {"type": "string"}},
        "world": {},
        "sensors": {"type": ["object", "null"], "propertyNames": _NAMES},
        "event": formulas,
        "modes": formulas,
        "splits": {"type": "object", "additionalProperties": share, "minProperties": 1},
        "export": _field(export_field(exporters)),
    }
    return {key: _described(schema, SPECIAL[key]) for key, schema in schemas.items()}


# -- fields ------------------------------------------------------------------------------------------------


def _field(declared: Field) -> Schema:
    """Return the schema of a declared field with its sentence."""
    schema = _described(_shape(declared), _sentence(declared))
    if declared.default is None:
        schema = _described({"anyOf": [schema, {"type": "null"}]}, _sentence(declared))
    elif declared.default is not REQUIRED and declared.default not in ((), {}):
        schema["default"] = declared.default
    return schema


def _shape(declared: Field) -> Schema:
    match declared:
        case Section(bare=str(key)):
            return {"anyOf": [_shape(declared.fields[key]), _section(declared)]}
        case Section(short=str(key)):
            return {"anyOf": [_shape(declared.fields[key]), _section(declared)]}
        case Section():
            return _section(declared)
        case Tagged():
            return _tagged(declared)
        case Listing():
            item = _field(declared.item)
            return {"type": "array", "items": _with_id(item) if declared.named else item}
        case Quantity():
            return _quantity(declared)
        case Word():
            return _leaf([_words(declared.options)], fixed=declared.fixed, more=_during_run(declared))
        case Flag():
            return _leaf([{"type": "boolean"}], fixed=declared.fixed)
        case Numbers():
            size = {"minItems": declared.length, "maxItems": declared.length}
            return {"type": "array", "items": {"anyOf": [_number(declared), _QUANTITY_TEXT]}, **size}
        case Figures():
            return {"type": ["object", "null"], "additionalProperties": _number(declared)}
        case Text():
            return {"type": ["string", "number"]}
        case Name() | Condition() | File() | Module():
            return {"type": "string"}
    raise AssertionError(f"no schema for {type(declared).__name__}")


def _sentence(declared: Field) -> str:
    """Return the hover text: what it is, its unit and range, what stands there by default."""
    text = declared.doc
    if isinstance(declared, Quantity | Numbers):
        ends = (("at least", declared.least), ("at most", declared.most))
        bounds = [f"{side} {end:g}" for side, end in ends if end is not None]
        facts = [f"[{declared.unit}]", *bounds] if declared.unit else bounds
        text = f"{text} ({', '.join(facts)})" if facts else text
    is_plain = isinstance(declared.default, str | int | float)
    return f"{text}; default {declared.default}" if is_plain and declared.default != "" else text


def _described(schema: Schema, doc: str) -> Schema:
    return {"description": doc, **{key: value for key, value in schema.items() if key != "description"}}


def _section(declared: Section) -> Schema:
    properties = {key: _field(part) for key, part in declared.fields.items()}
    required = [key for key, part in declared.fields.items() if part.default is REQUIRED]
    schema: Schema = {
        "type": "object" if required else ["object", "null"],
        "properties": properties,
        "additionalProperties": False,
    }
    if required:
        schema["required"] = required
    rules: list[Schema] = [
        {"not": {"required": [one, other]}}
        for group in declared.exclusive
        for i, one in enumerate(group)
        for other in group[i + 1 :]
    ]
    if declared.choice is not None:
        properties |= {key: _option(part) for key, part in declared.choice.options.items()}
        if declared.choice.default is REQUIRED:
            schema["type"] = "object"
            rules.append({"oneOf": [{"required": [key]} for key in declared.choice.options]})
    return schema | ({"allOf": rules} if rules else {})


def _option(part: Field) -> Schema:
    """Return the schema of a kind's settings, which may be left out where all of them default."""
    schema = _field(part)
    if isinstance(part, Section) or part.default is REQUIRED:
        return schema
    return _described({"anyOf": [schema, {"type": "null"}]}, part.doc)


def _tagged(declared: Tagged) -> Schema:
    bare = {
        key: part.doc for key, part in declared.options.items() if isinstance(part, Section) or _defaults(part)
    }
    settings = {
        "type": "object",
        "properties": {key: _option(part) for key, part in declared.options.items()},
        "additionalProperties": False,
        "minProperties": 1,
        "maxProperties": 1,
    }
    return {"anyOf": [_words(bare), settings]} if bare else settings


def _defaults(part: Field) -> bool:
    return part.default is not REQUIRED


def _with_id(item: Schema) -> Schema:
    identity = {
        "id": {"type": "string", "pattern": _ID, "description": "name of the item, unique in the scenario"},
        "count": _field(COUNT),
        ITEM_FILE: {"type": "string", "pattern": _YAML, "description": "a file with fields of the item"},
    }
    alone = {"if": {"not": {"required": [ITEM_FILE]}}, "then": {"required": item.get("required", [])}}
    whole = {**item, "type": "object", "properties": {**identity, **item["properties"]}, "required": ["id"]}
    return {**whole, "allOf": [*item.get("allOf", ()), alone]}


# -- leaves ------------------------------------------------------------------------------------------------


def _leaf(constants: list[Schema], *, fixed: bool, more: Sequence[str] = ()) -> Schema:
    forms = list(constants)
    if not fixed:
        forms.append(_DRAWN)
    forms += [{"$ref": f"#/$defs/{name}"} for name in more]
    return {"anyOf": forms} if len(forms) > 1 else forms[0]


def _quantity(declared: Quantity) -> Schema:
    more = (*(("each",) if declared.each else ()), *_during_run(declared))
    return _leaf([_number(declared), _QUANTITY_TEXT], fixed=declared.fixed, more=more)


def _during_run(declared: Quantity | Word) -> tuple[str, ...]:
    """Return the definitions of what may change during the run in a leaf."""
    signal = isinstance(declared, Quantity) and declared.signal
    return (*(("varying",) if declared.varying else ()), *(("signal",) if signal else ()))


def _number(declared: Quantity | Numbers | Figures) -> Schema:
    is_whole = not isinstance(declared, Figures) and declared.integer
    schema: Schema = {"type": "integer" if is_whole else "number"}
    if declared.least is not None:
        schema["minimum"] = declared.least
    if declared.most is not None:
        schema["maximum"] = declared.most
    return schema


def _words(options: Mapping[str, str]) -> Schema:
    return {"oneOf": [{"const": word, "description": doc} for word, doc in options.items()]}


# -- laws --------------------------------------------------------------------------------------------------


def _definitions() -> Schema:
    number: Schema = {"type": ["number", "string"]}
    pair = {"type": "array", "items": {"type": ["number", "string", "null"]}, "minItems": 2, "maxItems": 2}
    modifiers: Schema = {
        "within": _described(pair, "the interval the law is restricted to"),
        "plus": _described(number, "added to the value"),
        "times": _described(number, "multiplies the value"),
    }
    laws = [_law(kind, modifiers) for name, kind in TABLE.items() if name != "given"]
    copula = {
        "type": "object",
        "properties": {
            "of": {"type": "array", "items": {"type": "string"}, "minItems": 2},
            "rho": {"type": "number", "exclusiveMinimum": -1, "exclusiveMaximum": 1},
            "correlation": {"type": "array", "items": {"type": "array", "items": {"type": "number"}}},
        },
        "required": ["of"],
        "oneOf": [{"required": ["rho"]}, {"required": ["correlation"]}],
        "additionalProperties": False,
    }
    expression: Schema = {
        "type": "string",
        "pattern": r"^\s*\$\{.*\}\s*$",
        "description": "arithmetic over parameters and other values: ${ego.speed - 2 m/s}",
    }
    return {
        "quantity": {
            "type": "string",
            "pattern": r"^\s*[+-]?(\d|\.\d|\.?inf\b)",
            "description": "a number with a unit, such as 100 km/h",
        },
        "drawn": {"anyOf": [expression, {"$ref": "#/$defs/law"}]},
        "law": {"anyOf": [*laws, _given()]},
        "each": {
            "type": "object",
            "description": "drawn anew at each use",
            "properties": {"each": {"$ref": "#/$defs/law"}},
            "required": ["each"],
            "additionalProperties": False,
        },
        **during_run_definitions(),
        "dependence": {
            "type": "object",
            "properties": {"gaussian_copula": _described(copula, "correlated latent normals")},
            "required": ["gaussian_copula"],
            "additionalProperties": False,
        },
    }


def _given() -> Schema:
    return {
        "type": "object",
        "description": TABLE["given"].doc,
        "properties": {"given": {"type": "string", "description": "the name of the choice"}},
        "required": ["given"],
        "additionalProperties": {"anyOf": [{"type": ["number", "string", "boolean"]}, {"$ref": "#/$defs/law"}]},
    }


def _law(kind: LawKind, modifiers: Schema) -> Schema:
    return {
        "type": "object",
        "description": kind.doc,
        "properties": {kind.name: _described(_body(kind), f"{kind.doc} {kind.example}"), **modifiers},
        "required": [kind.name],
        "additionalProperties": False,
    }


def _body(kind: LawKind) -> Schema:
    if kind.body == "options":
        weights = {"type": "object", "additionalProperties": {"type": ["number", "string"]}, "minProperties": 1}
        return {"anyOf": [weights, {"type": "array", "minItems": 1}]}
    named = {
        "type": "object",
        "properties": {one.name: _argument(one) for one in kind.arguments},
        "additionalProperties": False,
    }
    longest = len(kind.alternatives[0])
    return {"anyOf": [named, {"type": "array", "maxItems": longest}, {"type": ["number", "string"]}]}


def _argument(argument: Argument) -> Schema:
    shapes: dict[str, Schema] = {
        "weights": {"type": "array", "items": {"type": ["number", "string"]}},
        "values": {"type": "array", "items": {"type": ["number", "string"]}},
        "laws": {
            "type": "array",
            "items": {"anyOf": [{"type": ["number", "string"]}, {"$ref": "#/$defs/law"}]},
        },
        "word": {"type": "string"},
        "file": {"type": "string"},
        "options": {"type": ["object", "array"]},
    }
    return _described(shapes.get(argument.kind, {"type": ["number", "string"]}), argument.doc)
