"""The dataset's description in Croissant 1.0 (MLCommons), plain JSON-LD: files and the tables' columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa

from oddsmith.receipts import StoredFile

__all__ = ["croissant"]

_TERMS = (
    "citeAs",
    "column",
    "equivalentProperty",
    "extract",
    "field",
    "fileObject",
    "fileProperty",
    "fileSet",
    "format",
    "includes",
    "isLiveDataset",
    "jsonPath",
    "key",
    "md5",
    "parentField",
    "path",
    "recordSet",
    "references",
    "regex",
    "repeated",
    "replace",
    "samplingRate",
    "separator",
    "source",
    "subField",
    "transform",
)


def croissant(
    *, name: str, about: str, files: Sequence[StoredFile], schemas: Mapping[str, pa.Schema]
) -> dict[str, Any]:
    """Return the description as plain data.

    Args:
        name: of the scenario.
        about: its description.
        files: all Parquet files.
        schemas: table -> its schema.

    Source: Croissant format specification 1.0, https://docs.mlcommons.org/croissant/docs/croissant-spec.html
    """
    return {
        "@context": _context(),
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": name.replace("/", "_"),
        "description": about or name,
        "distribution": [_file_object(file) for file in sorted(files)]
        + [_file_set(table) for table in schemas],
        "recordSet": [_record_set(table, schema) for table, schema in schemas.items()],
    }


def _context() -> dict[str, Any]:
    return {
        "@language": "en",
        "@vocab": "https://schema.org/",
        "cr": "http://mlcommons.org/croissant/",
        "dct": "http://purl.org/dc/terms/",
        "rai": "http://mlcommons.org/croissant/RAI/",
        "sc": "https://schema.org/",
        "conformsTo": "dct:conformsTo",
        "data": {"@id": "cr:data", "@type": "@json"},
        "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
        "examples": {"@id": "cr:examples", "@type": "@json"},
        **{term: f"cr:{term}" for term in _TERMS},
    }


def _file_object(file: StoredFile) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": file.path,
        "name": file.path,
        "contentUrl": file.path,
        "contentSize": f"{file.bytes} B",
        "encodingFormat": "application/x-parquet",
        "sha256": file.sha256,
    }


def _file_set(table: str) -> dict[str, Any]:
    """Return a table's files; in no container, so that readers look for them beside the description."""
    return {
        "@type": "cr:FileSet",
        "@id": f"{table}-files",
        "name": f"{table}-files",
        "encodingFormat": "application/x-parquet",
        "includes": f"{table}/*.parquet",
    }


def _record_set(table: str, schema: pa.Schema) -> dict[str, Any]:
    keys = [field.name for field in schema if _notes(field).get("role") == "key" and field.name != "t"]
    return {
        "@type": "cr:RecordSet",
        "@id": table,
        "name": table,
        "key": [{"@id": f"{table}/{key}"} for key in keys],
        "field": [_field(table, field) for field in schema],
    }


def _field(table: str, field: pa.Field) -> dict[str, Any]:
    path = f"{table}/{field.name}"
    described = {"@id": path, "name": path, "description": _notes(field).get("doc", "")}
    column = {"fileSet": {"@id": f"{table}-files"}, "extract": {"column": field.name}}
    inside = _element(field.type)
    if pa.types.is_struct(inside) and not _is_image(inside):
        parts = [_part(path, column, *part) for part in _leaves(inside)]
        return {"@type": "cr:Field", **described, **_repeated(field.type), "subField": parts}
    transform = {"transform": {"jsonPath": "bytes"}} if _is_image(inside) else {}
    return _typed(described, column | transform, field.type)


def _part(path: str, column: Mapping[str, Any], name: str, kind: pa.DataType) -> dict[str, Any]:
    """Return one part of what a column of structs, or of lists of them, holds."""
    described = {"@id": f"{path}/{name}", "name": f"{path}/{name}"}
    return _typed(described, {**column, "transform": {"jsonPath": name}}, kind)


def _typed(described: Mapping[str, Any], source: Mapping[str, Any], kind: pa.DataType) -> dict[str, Any]:
    out = {"@type": "cr:Field", **described, "source": source, **_repeated(kind)}
    return out | {"dataType": _data_type(_element(kind))}


def _leaves(kind: pa.DataType, before: str = "") -> Iterator[tuple[str, pa.DataType]]:
    """Yield the path inside a struct and the type of everything in it that is no struct."""
    for part in kind:
        name = f"{before}{part.name}"
        if pa.types.is_struct(part.type):
            yield from _leaves(part.type, f"{name}.")
        else:
            yield name, part.type


def _is_list(kind: pa.DataType) -> bool:
    return bool(pa.types.is_list(kind) or pa.types.is_fixed_size_list(kind))


def _element(kind: pa.DataType) -> pa.DataType:
    return kind.value_type if _is_list(kind) else kind


def _repeated(kind: pa.DataType) -> dict[str, bool]:
    return {"repeated": True} if _is_list(kind) else {}


def _data_type(kind: pa.DataType) -> str:
    if _is_image(kind):
        return "sc:ImageObject"
    if pa.types.is_boolean(kind):
        return "sc:Boolean"
    if pa.types.is_integer(kind):
        return "sc:Integer"
    return "sc:Float" if pa.types.is_floating(kind) else "sc:Text"


def _is_image(kind: pa.DataType) -> bool:
    return pa.types.is_struct(kind) and "bytes" in {field.name for field in kind}


def _notes(field: pa.Field) -> dict[str, str]:
    return {key.decode(): value.decode() for key, value in (field.metadata or {}).items()}
