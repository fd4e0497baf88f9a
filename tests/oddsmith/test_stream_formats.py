"""What goes through a pipe reads back, by readers that are not ours."""

import io
import json
import math
from datetime import UTC, date, datetime

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oddsmith.stream_formats import ArrowStream, NdjsonStream, json_lines
from sim.errors import UsageError

TEXT = st.text(st.characters(codec="utf-8"), max_size=12)


def _read(batch):
    return [json.loads(line) for line in json_lines(batch).decode().splitlines()]


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(
            st.none() | TEXT,
            st.none() | st.floats(allow_nan=False, allow_infinity=False),
            st.none() | st.integers(-(2**63), 2**63 - 1),
            st.none() | st.booleans(),
            st.none() | TEXT,
        ),
        max_size=8,
    )
)
def test_values_come_back_to_the_bit(rows):
    types = (pa.string(), pa.float64(), pa.int64(), pa.bool_(), pa.dictionary(pa.int32(), pa.string()))
    columns = [pa.array([row[k] for row in rows], type) for k, type in enumerate(types)]
    names = ["text", 'a "name"', "number", "flag", "word"]
    batch = pa.RecordBatch.from_arrays(columns, names=names)
    lines = json_lines(batch).decode().split("\n")
    assert lines.pop() == ""
    assert [json.loads(line) for line in lines] == [dict(zip(names, row, strict=True)) for row in rows]


def test_moments_are_iso_8601_and_what_is_no_number_is_null():
    at = datetime(2025, 3, 30, 1, 59, 59, 250_000, tzinfo=UTC)
    batch = pa.RecordBatch.from_arrays(
        [
            pa.array([at, None], pa.timestamp("ms", "UTC")),
            pa.array([date(2024, 2, 29), None]),
            pa.array([math.nan, math.inf]),
            pa.array([[1.5, 2.0], None], pa.list_(pa.float64())),
        ],
        names=["time", "day", "x", "list"],
    )
    first, second = _read(batch)
    assert datetime.fromisoformat(first["time"]) == at
    assert first["day"] == "2024-02-29"
    assert (first["x"], first["list"]) == (None, [1.5, 2.0])
    assert set(second.values()) == {None}


def test_a_slice_has_its_own_rows_only():
    batch = pa.RecordBatch.from_arrays([pa.array(["a", "b", "c"]).dictionary_encode()], names=["word"])
    assert _read(batch.slice(1, 1)) == [{"word": "b"}]
    assert json_lines(batch.slice(3)) == b""


def test_arrow_reads_back_with_roles_though_words_differ_from_batch_to_batch():
    word = pa.dictionary(pa.int32(), pa.string())
    schema = pa.schema([pa.field("word", word, metadata={"role": "feature"})])
    batches = [
        pa.RecordBatch.from_arrays([pa.array(words).dictionary_encode().cast(word)], schema=schema)
        for words in (["a", "b"], ["c"], ["b", "d"])
    ]
    out = io.BytesIO()
    writer = ArrowStream(out, schema)
    for batch in batches:
        writer.write(batch)
    writer.close()
    with pa.ipc.open_stream(io.BytesIO(out.getvalue())) as reader:
        assert reader.schema.field("word").metadata == {b"role": b"feature"}
        assert [row["word"] for batch in reader for row in batch.to_pylist()] == ["a", "b", "c", "b", "d"]


def test_json_refuses_pictures():
    picture = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    with pytest.raises(UsageError, match="'rgb' holds raw bytes, which JSON cannot: ask for arrow"):
        NdjsonStream(io.BytesIO(), pa.schema([("rgb", picture)]))
