"""The dataset's description in Croissant 1.0 (MLCommons), plain JSON-LD: files and the tables' columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from oddsmith.receipts import StoredFile

__all__ = ["croissant"]

_TERMS = (
    "column",
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
        + [_file_set(table, files) for table in schemas],
        "recordSet": [_record_set(table, schema) for table, schema in schemas.items()],
    }


def _context() -> dict[str, Any]:
    return {
        "@language": "en",
        "@vocab": "https://schema.org/",
        "cr": "http://mlcommons.org/croissant/",
        "dct": "http://purl.org/dc/terms/",
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


def _file_set(table: str, files: Sequence[StoredFile]) -> dict[str, Any]:
    return {
        "@type": "cr:FileSet",
        "@id": f"{table}-files",
        "name": f"{table}-files",
        "containedIn": [{"@id": file.path} for file in sorted(files) if file.table == table],
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
    source = {"fileSet": {"@id": f"{table}-files"}, "extract": {"column": field.name}}
    path = f"{table}/{field.name}"
    doc = _notes(field).get("doc", "")
    out: dict[str, Any] = {"@type": "cr:Field", "@id": path, "name": path, "description": doc, "source": source}
    inner = field.type
    if pa.types.is_list(inner) or pa.types.is_fixed_size_list(inner):
        out["repeated"] = True
        inner = inner.value_type
    return out | {"dataType": _data_type(inner)}


def _data_type(kind: pa.DataType) -> str:
    if pa.types.is_struct(kind) and "bytes" in {field.name for field in kind}:
        return "sc:ImageObject"
    if pa.types.is_boolean(kind):
        return "sc:Boolean"
    if pa.types.is_integer(kind):
        return "sc:Integer"
    return "sc:Float" if pa.types.is_floating(kind) else "sc:Text"


def _notes(field: pa.Field) -> dict[str, str]:
    return {key.decode(): value.decode() for key, value in (field.metadata or {}).items()}
