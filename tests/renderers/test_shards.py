"""What is written is read back, hashed as it stands, cut into parts, and never left half."""

from __future__ import annotations

import hashlib
import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from renderers.sample import Column
from renderers.shards import GROUP_ROWS, IMAGE, TableWriter, rows_to_table, table_bytes, table_schema

COLUMNS = (
    Column("episode_id", pa.string(), "key", "episode"),
    Column("t", pa.float64(), "key", "moment", "s"),
    Column("rgb", IMAGE, "feature", "picture"),
    Column("K", pa.list_(pa.float64(), 9), "label", "intrinsics"),
    Column("boxes", pa.list_(pa.struct([("name", pa.string()), ("x", pa.float64())])), "label", "boxes"),
)
SCHEMA = table_schema("front", COLUMNS, kinds={"boxes": "truth"})


def row(i, picture=b"\x89PNG"):
    return {
        "episode_id": f"{i:04d}",
        "t": i / 10,
        "rgb": {"bytes": picture, "path": None},
        "K": np.arange(9.0) + i,
        "boxes": [{"name": "car", "x": float(i)}] * (i % 3),
    }


def written(folder, rows, **sizes):
    with TableWriter(folder, SCHEMA, **sizes) as writer:
        for one in rows:
            writer.add(one)
        return writer.finish()


def test_rows_come_back_as_they_went_in(tmp_path):
    parts = written(tmp_path, [row(i) for i in range(7)])
    assert [part.rows for part in parts] == [7]
    back = pq.read_table(parts[0].path).to_pylist()
    for i, got in enumerate(back):
        assert got == {**row(i), "K": list(np.arange(9.0) + i)}


def test_roles_units_and_image_columns_stand_in_the_metadata(tmp_path):
    schema = pq.read_schema(written(tmp_path, [row(0)])[0].path)
    assert schema.field("t").metadata[b"role"] == b"key"
    assert schema.field("t").metadata[b"unit"] == b"s"
    assert schema.field("boxes").metadata[b"kind"] == b"truth"
    assert b"kind" not in schema.field("t").metadata
    assert json.loads(schema.metadata[b"oddsmith"]) == {"format": 1, "table": "front"}
    assert json.loads(schema.metadata[b"huggingface"])["info"]["features"] == {"rgb": {"_type": "Image"}}


def test_the_receipt_tells_the_length_and_hash_of_what_is_on_disk(tmp_path):
    for part in written(
        tmp_path, [row(i, bytes(40_000)) for i in range(30)], part_bytes=200_000, group_bytes=50_000
    ):
        content = part.path.read_bytes()
        assert (part.bytes, part.sha256) == (len(content), hashlib.sha256(content).hexdigest())


def test_a_long_table_is_cut_into_parts_no_larger_than_stated(tmp_path):
    noise = np.random.default_rng(0)
    rows = [row(i, noise.bytes(20_000)) for i in range(60)]
    parts = written(tmp_path, rows, part_bytes=300_000, group_bytes=50_000)
    assert len(parts) > 3
    assert all(part.bytes < 300_000 + 10_000 for part in parts)  # the footer comes on top
    assert [part.path.name for part in parts] == [f"{i:03d}.parquet" for i in range(len(parts))]
    back = [one for part in parts for one in pq.read_table(part.path)["episode_id"].to_pylist()]
    assert back == [one["episode_id"] for one in rows]


def test_the_same_rows_give_the_same_bytes(tmp_path):
    rows = [row(i) for i in range(20)]
    first = written(tmp_path / "a", rows, group_bytes=2_000)
    second = written(tmp_path / "b", rows, group_bytes=2_000)
    assert [part.sha256 for part in first] == [part.sha256 for part in second]


def test_rows_give_the_same_bytes_one_by_one_and_in_batches_of_any_size(tmp_path):
    rows = [row(i) for i in range(23)]
    singly = written(tmp_path / "singly", rows)
    for n in (1, 5, 23):
        batches = [rows_to_table(SCHEMA, rows[i : i + n]) for i in range(0, len(rows), n)]
        mixed = [*rows[:3], rows_to_table(SCHEMA, rows[3:10]), *rows[10:]]
        for name, pieces in (("batches", batches), ("mixed", mixed)):
            assert [p.sha256 for p in written(tmp_path / f"{name}{n}", pieces)] == [p.sha256 for p in singly]


def test_a_long_batch_becomes_row_groups_and_parts_like_single_rows(tmp_path):
    schema = table_schema("steps", [Column("n", pa.int64(), "label", "a number")])
    numbers = np.random.default_rng(0).integers(0, 2**62, GROUP_ROWS * 2 + 1000)
    with TableWriter(tmp_path, schema, part_bytes=1_000_000) as writer:
        writer.add({"n": -1})
        writer.add(pa.table({"n": numbers}, schema=schema))
        parts = writer.finish()
    found = [pq.read_metadata(part.path) for part in parts]
    groups = [[part.row_group(i).num_rows for i in range(part.num_row_groups)] for part in found]
    assert groups == [[GROUP_ROWS], [GROUP_ROWS, 1001]]
    back = np.concatenate([pq.read_table(part.path)["n"].to_numpy() for part in parts])
    np.testing.assert_array_equal(back, [-1, *numbers])


def test_a_batch_with_other_columns_is_a_bug_told_as_such():
    with pytest.raises(ValueError, match="row has columns"):
        rows_to_table(SCHEMA, [pa.table({"t": [0.0]})])


def test_no_rows_make_one_empty_file_with_the_schema(tmp_path):
    (part,) = written(tmp_path, [])
    assert pq.read_table(part.path).num_rows == 0
    assert pq.read_schema(part.path).names == SCHEMA.names


def test_pictures_are_stored_as_they_are_and_the_rest_is_compressed(tmp_path):
    (part,) = written(tmp_path, [row(i) for i in range(3)])
    group = pq.ParquetFile(part.path).metadata.row_group(0)
    how = {group.column(i).path_in_schema: group.column(i).compression for i in range(group.num_columns)}
    assert how["rgb.bytes"] == "UNCOMPRESSED"
    assert how["t"] == how["K.list.element"] == how["episode_id"] == "ZSTD"


def test_an_error_on_the_way_leaves_no_file(tmp_path):
    rows = [*(row(i, bytes(500)) for i in range(50)), {"t": 0.0}]
    with pytest.raises(ValueError, match="row has columns"):
        written(tmp_path, rows, part_bytes=2_000, group_bytes=100)
    assert list(tmp_path.iterdir()) == []


def test_a_row_with_other_columns_is_a_bug_told_as_such():
    with pytest.raises(ValueError, match="row has columns"):
        rows_to_table(SCHEMA, [{"t": 1.0}])


def test_memory_stays_flat_however_many_rows_there_are(tmp_path):
    sizes = []
    with TableWriter(tmp_path, SCHEMA, group_bytes=100_000) as writer:
        for i in range(400):
            writer.add(row(i, bytes(10_000)))
            sizes.append(sum(len(one["rgb"]["bytes"]) for one in writer._pieces))
        writer.finish()
    assert max(sizes) <= 110_000


@settings(deadline=None, max_examples=50)
@given(st.lists(st.floats(allow_nan=True), min_size=1), st.lists(st.floats(allow_nan=True), min_size=1))
def test_tables_have_equal_bytes_exactly_when_their_rows_are_equal(left, right):
    schema = table_schema("x", (Column("x", pa.float64(), "feature", "x"),))
    left_bytes = table_bytes(rows_to_table(schema, [{"x": x} for x in left]))
    right_bytes = table_bytes(rows_to_table(schema, [{"x": x} for x in right]))
    same = np.array(left).tobytes() == np.array(right).tobytes()
    assert (left_bytes == right_bytes) == same
