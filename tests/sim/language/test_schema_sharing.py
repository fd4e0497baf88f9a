"""Shared parts of a schema say what the repeated ones said."""

import json

from sim.language.schema import scenario_schema
from sim.language.schema_sharing import with_shared_parts


def _part(name, size):
    names = [f"{name}_{i}" for i in range(size)]
    return {"type": "object", "properties": {one: {"type": "number", "description": one} for one in names}}


def _expanded(value, parts):
    if isinstance(value, dict):
        name = value.get("$ref", "").removeprefix("#/$defs/")
        if name in parts:
            return _expanded(parts[name], parts)
        return {key: _expanded(inner, parts) for key, inner in value.items()}
    return [_expanded(inner, parts) for inner in value] if isinstance(value, list) else value


def test_repeated_parts_stand_once_and_say_the_same():
    inner, small = _part("inner", 20), {"type": "string"}
    outer = {"type": "object", "properties": {"wheel": inner, "name": small}}
    whole = {
        "properties": {"front": outer, "rear": outer, "spare": {"items": {"properties": {"wheel": inner}}}},
        "allOf": [{"then": {"properties": {"wheel": _part("other", 30)}}}] * 2,
        "$defs": {"wheel": small},
    }
    shared = with_shared_parts(whole)
    assert list(shared["$defs"]) == ["wheel", "front", "wheel_2", "wheel_3"]
    assert shared["properties"]["front"] == shared["properties"]["rear"] == {"$ref": "#/$defs/front"}
    assert shared["$defs"]["front"]["properties"]["wheel"] == {"$ref": "#/$defs/wheel_2"}
    parts = {name: part for name, part in shared["$defs"].items() if name != "wheel"}
    assert {**_expanded(shared, parts), "$defs": whole["$defs"]} == whole


def test_nothing_is_left_to_share_in_the_schema_of_the_language(shop, sensors):
    schema = scenario_schema(domains={"shop": shop}, sensors=sensors, exporters=("coco",))
    assert json.dumps(with_shared_parts(schema)) == json.dumps(schema)
