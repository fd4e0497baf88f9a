"""What a Recording tells beside what sensors see of it: occurrences, and the tables its domain declares.

`occurrences/` has a row per occurrence. A field of an occurrence is a column of its own, `field.NAME`, null
where the kind of the row has no such field. A table of the domain has the columns the domain declares, after
the episode's name; it is written batch by batch, so that a long one is never in memory as a whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args

import pyarrow as pa

from oddsmith.layout import EPISODES
from renderers.columns import arrow_array, arrow_type, repeated
from renderers.sample import Availability, Column, Role
from renderers.shards import table_schema
from sim.domains.base import Domain, TableDeclaration
from sim.recording import Recording

__all__ = ["OCCURRENCES", "occurrence_rows", "recorded_schemas", "recorded_table", "recorded_tables"]

OCCURRENCES = "occurrences"
"""Table with a row per thing that happened."""

_EPISODE = Column("episode_id", pa.string(), "key", f"the episode, as in {EPISODES}")
_OWN = (
    _EPISODE,
    Column("number", pa.int32(), "key", "0, 1, … within the episode, in time order"),
    Column("t", pa.float64(), "label", "moment it happened", "s"),
    Column("kind", pa.string(), "label", "what happened"),
)
_WORDS = {"entity": "an entity", "word": "a word"}
"""Kinds of fields that are not numbers."""


def recorded_schemas(domain: Domain) -> dict[str, pa.Schema]:
    """Return the schemas of the tables that every episode of a domain adds to, by name.

    Raises:
        ValueError: the domain's declarations contradict themselves.
    """
    schemas = {}
    if domain.occurrences:
        schemas[OCCURRENCES] = table_schema(OCCURRENCES, (*_OWN, *_field_columns(domain)))
    for name, declared in _shown(domain).items():
        schemas[name] = table_schema(name, _table_columns(name, declared))
    return schemas


def occurrence_rows(domain: Domain, recording: Recording, *, episode_id: str) -> Iterator[dict[str, Any]]:
    """Yield a row per occurrence, in time order.

    Raises:
        ValueError: something happened that the domain does not declare.
    """
    names = [column.name for column in _field_columns(domain)]
    for number, happened in enumerate(recording.occurrences):
        declared = domain.occurrences.get(happened.kind)
        if declared is None or not happened.fields.keys() <= declared.fields.keys():
            told = ", ".join((happened.kind, *happened.fields))
            raise ValueError(f"{domain.name} declares no occurrence of this kind with these fields: {told}")
        row = dict.fromkeys(names) | {f"field.{name}": value for name, value in happened.fields.items()}
        yield {"episode_id": episode_id, "number": number, "t": happened.t, "kind": happened.kind} | row


def recorded_tables(domain: Domain, recording: Recording, *, episode_id: str) -> Iterator[tuple[str, pa.Table]]:
    """Yield (table, rows) for every batch of the domain's tables.

    Raises:
        ValueError: the recording has other tables, or a batch other columns, than the domain declares.
    """
    if recording.tables.keys() != domain.tables.keys():
        raise ValueError(
            f"{domain.name} declares the tables {sorted(domain.tables)} and recorded {sorted(recording.tables)}"
        )
    for name in _shown(domain):
        for rows in recorded_table(domain, recording, name, episode_id=episode_id):
            yield name, rows


def recorded_table(domain: Domain, recording: Recording, name: str, *, episode_id: str) -> Iterator[pa.Table]:
    """Yield the rows of every batch of one of the domain's tables.

    Raises:
        ValueError: a batch has other columns than the domain declares.
    """
    declared = domain.tables[name]
    schema = table_schema(name, _table_columns(name, declared))
    for batch in recording.tables[name]:
        if batch.keys() != declared.columns.keys():
            raise ValueError(f"a batch of {name} has {sorted(batch)}, declared are {sorted(declared.columns)}")
        rows = len(next(iter(batch.values())))
        own = [arrow_array(batch[column.name], column.type) for column in list(schema)[1:]]
        yield pa.table([repeated(episode_id, rows), *own], schema=schema)


def _shown(domain: Domain) -> dict[str, TableDeclaration]:
    """Return the tables that are written as they are, not only as sensors see them."""
    return {name: declared for name, declared in domain.tables.items() if not declared.is_hidden}


def _field_columns(domain: Domain) -> list[Column]:
    """Return a column per name of a field, in the order of the declarations."""
    meaning: dict[str, str] = {}
    kinds: dict[str, list[str]] = {}
    for kind, declared in domain.occurrences.items():
        for name, what in declared.fields.items():
            if meaning.setdefault(name, what) != what:
                raise ValueError(
                    f"{domain.name} declares field {name!r} of occurrences as {meaning[name]!r} and as {what!r}"
                )
            kinds.setdefault(name, []).append(kind)
    return [_field_column(name, what, kinds[name]) for name, what in meaning.items()]


def _field_column(name: str, what: str, kinds: list[str]) -> Column:
    doc = f"{_WORDS.get(what, 'a number')} of {', '.join(kinds)}"
    if what in _WORDS:
        return Column(f"field.{name}", pa.string(), "label", doc)
    return Column(f"field.{name}", pa.float64(), "label", doc, what)


def _table_columns(table: str, declared: TableDeclaration) -> list[Column]:
    columns = [_EPISODE]
    for name, column in declared.columns.items():
        role = next((role for role in get_args(Role) if role == column.role), None)
        known = next((when for when in get_args(Availability) if when == column.available), None)
        if role is None or known is None or name == _EPISODE.name:
            raise ValueError(f"column {name!r} of table {table!r} cannot be declared as {column}")
        columns.append(Column(name, arrow_type(column.type), role, column.doc, column.unit, known))
    return columns
