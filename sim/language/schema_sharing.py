"""Large parts that a schema repeats, said once under `$defs`: a file a person can still scroll through."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

__all__ = ["with_shared_parts"]

Schema = dict[str, Any]

_WORTH = 400
"""Characters from which on a repeated part gets a name of its own."""
_NAMED_BY = ("properties", "$defs")


def with_shared_parts(schema: Mapping[str, Any]) -> Schema:
    """Return an equal schema in which large repeated parts stand once under `$defs`.

    A part is named after the property it was first met as, numbered where the name is taken.
    """
    seen = Counter(_text(part) for _, part in _parts(schema, ""))
    names: dict[str, str] = {}
    taken = set(schema["$defs"])
    for key, part in _parts(schema, ""):
        text = _text(part)
        if seen[text] > 1 and text not in names:
            names[text] = _free(key, taken)
            taken.add(names[text])
    parts = {name: _inside(json.loads(text), names) for text, name in names.items()}
    whole = {key: _inside(value, names) for key, value in schema.items()}
    return {**whole, "$defs": {**whole["$defs"], **parts}}


def _parts(value: Any, key: str) -> Iterator[tuple[str, Schema]]:
    """Yield the large schemas of properties with the properties' names, the outer before the inner."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            if name in _NAMED_BY and isinstance(inner, Mapping):
                for one, schema in inner.items():
                    if name == "properties" and len(_text(schema)) > _WORTH:
                        yield one, schema
                    yield from _parts(schema, one)
            else:
                yield from _parts(inner, key)
    elif isinstance(value, list):
        for inner in value:
            yield from _parts(inner, key)


def _inside(value: Any, names: Mapping[str, str]) -> Any:
    """Return a value with the named parts inside it replaced by references."""
    if isinstance(value, Mapping):
        return {key: _replaced(inner, names) for key, inner in value.items()}
    if isinstance(value, list):
        return [_replaced(inner, names) for inner in value]
    return value


def _replaced(value: Any, names: Mapping[str, str]) -> Any:
    name = names.get(_text(value)) if isinstance(value, Mapping) else None
    return {"$ref": f"#/$defs/{name}"} if name else _inside(value, names)


def _text(value: Any) -> str:
    return json.dumps(value)


def _free(key: str, taken: set[str]) -> str:
    """Return the name, or the name with the least number that makes it new."""
    if key not in taken:
        return key
    number = 2
    while f"{key}_{number}" in taken:
        number += 1
    return f"{key}_{number}"
