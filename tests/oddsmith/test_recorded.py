"""Occurrences and tables of a domain become tables with the roles, units and order that were declared."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from oddsmith.recorded import occurrence_rows, recorded_schemas, recorded_tables
from renderers.shards import rows_to_table
from sim.domains.base import ColumnDeclaration, OccurrenceDeclaration, TableDeclaration
from sim.domains.driving.declaration import DOMAIN
from sim.noise import Draw
from sim.recording import Occurrence, Outcome, Recording
from sim.scene import Scene

LEDGER = TableDeclaration(
    {
        "t": ColumnDeclaration("float64", "key", "moment", "s"),
        "amount": ColumnDeclaration("float64", "feature", "money moved", "EUR"),
        "to": ColumnDeclaration("string", "feature", "who gets it"),
        "is_fraud": ColumnDeclaration("bool", "label", "whether it is fraud"),
    },
    "money that moves",
)
BANK = replace(
    DOMAIN,
    name="bank",
    occurrences={
        "payment": OccurrenceDeclaration({"by": "entity", "amount": "EUR"}, "money moves"),
        "alarm": OccurrenceDeclaration({"by": "entity", "kind": "word"}, "somebody notices"),
    },
    tables={"ledger": LEDGER},
)


def batch(n, first=0):
    return {
        "t": np.arange(first, first + n) * 1.0,
        "amount": np.full(n, 2.5),
        "to": np.array([f"account {i % 3}" for i in range(n)]),
        "is_fraud": np.arange(n) % 2 == 0,
    }


def recording(occurrences=(), **tables):
    given = {"ledger": (), **tables}
    return Recording(
        Scene(("thing",)), (), (), given, tuple(occurrences), Outcome({}, {}, {}, {}), Draw(1, ()), {}, (0, 1)
    )


def told(domain, *occurrences):
    rows = list(occurrence_rows(domain, recording(occurrences), episode_id="e"))
    return rows_to_table(recorded_schemas(domain)["occurrences"], rows).to_pylist()


def test_an_occurrence_is_a_row_whose_other_fields_are_null():
    rows = told(
        BANK,
        Occurrence(1.5, "payment", {"by": "ann", "amount": np.float64(12.0)}),
        Occurrence(1.5, "alarm", {"by": "bob", "kind": "velocity"}),
        Occurrence(9.0, "payment", {"by": "bob"}),
    )
    names = ("episode_id", "number", "t", "kind", "field.by", "field.amount", "field.kind")
    expected = [
        ("e", 0, 1.5, "payment", "ann", 12.0, None),
        ("e", 1, 1.5, "alarm", "bob", None, "velocity"),
        ("e", 2, 9.0, "payment", "bob", None, None),
    ]
    assert [tuple(row[name] for name in names) for row in rows] == expected
    assert all(set(row) == set(names) for row in rows)


def test_roles_units_and_meanings_are_those_declared():
    schemas = recorded_schemas(BANK)
    happened, ledger = schemas["occurrences"], schemas["ledger"]
    assert happened.field("field.amount").metadata[b"unit"] == b"EUR"
    assert {name: happened.field(name).metadata[b"role"] for name in happened.names} == dict.fromkeys(
        ("episode_id", "number"), b"key"
    ) | dict.fromkeys(("t", "kind", "field.by", "field.amount", "field.kind"), b"label")
    assert ledger.names == ["episode_id", "t", "amount", "to", "is_fraud"]
    for name, column in LEDGER.columns.items():
        notes = ledger.field(name).metadata
        assert (notes[b"role"].decode(), notes[b"unit"].decode()) == (column.role, column.unit)
        assert notes[b"doc"].decode() == column.doc


def test_a_table_is_written_batch_by_batch_and_no_more_than_one_is_made_ahead():
    made = []

    class Long:
        def __iter__(self):
            for first in range(0, 30, 10):
                made.append(first)
                yield batch(10, first)

    pieces = recorded_tables(BANK, recording(ledger=Long()), episode_id="e")
    for count, (name, rows) in enumerate(pieces, start=1):
        assert (name, rows.num_rows, len(made)) == ("ledger", 10, count)
        assert rows["episode_id"].to_pylist() == ["e"] * 10
        assert rows["t"].to_pylist() == [10.0 * (count - 1) + i for i in range(10)]
    assert count == 3


def test_a_domain_that_tells_nothing_has_no_such_tables():
    assert recorded_schemas(replace(DOMAIN, occurrences={}, tables={})) == {}


@pytest.mark.parametrize(
    ("happened", "what"),
    [(Occurrence(0.0, "theft"), "theft"), (Occurrence(0.0, "payment", {"from": "ann"}), "payment, from")],
)
def test_what_is_not_declared_is_a_bug_of_the_domain_told_as_such(happened, what):
    with pytest.raises(ValueError, match=f"bank declares no occurrence.*: {what}"):
        told(BANK, happened)


def test_a_field_cannot_mean_two_things():
    twice = {**BANK.occurrences, "refund": OccurrenceDeclaration({"amount": "word"}, "money comes back")}
    with pytest.raises(ValueError, match="'amount' of occurrences as 'EUR' and as 'word'"):
        recorded_schemas(replace(BANK, occurrences=twice))


@pytest.mark.parametrize(
    ("tables", "match"),
    [
        ({"other": ()}, "declares the tables"),
        ({"ledger": ({"t": np.zeros(1)},)}, "a batch of ledger has"),
        ({"ledger": ({**batch(2), "t": np.zeros(3)},)}, "expected length|Column"),
        ({"ledger": ({**batch(2), "amount": np.array(["a", "b"])},)}, "convert|parse|type"),
    ],
)
def test_a_table_that_is_not_as_declared_is_a_bug_told_as_such(tables, match):
    with pytest.raises((ValueError, TypeError), match=match):
        list(recorded_tables(BANK, recording(**tables), episode_id="e"))


def test_a_column_needs_a_role_that_is_known_and_a_name_that_is_free():
    for name, role in (("t", "fact"), ("episode_id", "key")):
        wrong = TableDeclaration({name: ColumnDeclaration("float64", role, "")}, "")
        with pytest.raises(ValueError, match="cannot be declared"):
            recorded_schemas(replace(BANK, tables={"ledger": wrong}))


def test_a_column_tells_when_it_becomes_known_unless_at_once():
    late = ColumnDeclaration("float64", "feature", "moment it is booked", "s", "posting")
    declared = TableDeclaration({**LEDGER.columns, "posted": late}, "")
    (schema,) = (
        s for name, s in recorded_schemas(replace(BANK, tables={"l": declared})).items() if name == "l"
    )
    told = {column.name: column.metadata.get(b"available") for column in schema}
    assert told.pop("posted") == b"posting"
    assert set(told.values()) == {None}
    wrong = TableDeclaration({"t": replace(late, available="someday")}, "")
    with pytest.raises(ValueError, match="cannot be declared"):
        recorded_schemas(replace(BANK, tables={"l": wrong}))
