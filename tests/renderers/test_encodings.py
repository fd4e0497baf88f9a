"""How columns lie in Parquet: nothing is lost, ids get no dictionary, and the first rows alone decide."""

import io

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from renderers.encodings import writer_options
from renderers.sample import Column
from renderers.shards import IMAGE, table_bytes, table_schema

WORD = pa.dictionary(pa.int32(), pa.string())
COLUMNS = (
    Column("transaction_id", pa.string(), "key", "unique"),
    Column("account_id", pa.string(), "key", "comes again"),
    Column("party", pa.string(), "feature", "comes again"),
    Column("type", WORD, "feature", "one of few"),
    Column("time", pa.timestamp("ms", "UTC"), "feature", "moment"),
    Column("stage", pa.int32(), "label", "number"),
    Column("amount", pa.float64(), "feature", "number"),
    Column("small", pa.float32(), "feature", "number"),
    Column("is_fraud", pa.bool_(), "label", "bit"),
    Column("window", pa.list_(pa.float32()), "feature", "samples"),
    Column("raw", pa.binary(), "feature", "bytes"),
    Column("image", IMAGE, "feature", "picture"),
)


def _table(n=5000):
    rng = np.random.default_rng(3)
    values = {
        "transaction_id": [f"{x:016x}" for x in rng.integers(0, 2**62, n)],
        "account_id": [f"{x:016x}" for x in rng.integers(0, 50, n)],
        "party": [None if x < 9 else f"{x:016x}" for x in rng.integers(0, 80, n)],
        "type": pa.array([["purchase", "fee", None][x] for x in rng.integers(0, 3, n)]).dictionary_encode(),
        "time": np.sort(rng.integers(0, 10**12, n)).astype("datetime64[ms]"),
        "stage": rng.integers(-3, 3, n).astype(np.int32),
        "amount": np.where(rng.random(n) < 0.1, np.nan, rng.normal(size=n)),
        "small": rng.normal(size=n).astype(np.float32),
        "is_fraud": rng.random(n) < 0.01,
        "window": [[1.0, 2.5]] * n,
        "raw": [b"\x00\xff"] * n,
        "image": [{"bytes": b"png", "path": None}] * n,
    }
    schema = table_schema("transactions", COLUMNS)
    return pa.table([pa.array(values[f.name]).cast(f.type) for f in schema], schema=schema)


@pytest.fixture(scope="module")
def written():
    """Rows and the file that holds them."""
    table = _table()
    return table, pq.ParquetFile(io.BytesIO(table_bytes(table)))


def test_every_value_comes_back(written):
    table, file = written
    again = file.read()
    assert again.schema.equals(table.schema)
    for name in table.column_names:
        if name == "amount":
            np.testing.assert_array_equal(again[name].to_numpy(), table[name].to_numpy())
        else:
            assert again[name].to_pylist() == table[name].to_pylist()


def test_only_strings_that_come_again_are_looked_up(written):
    _, file = written
    group = file.metadata.row_group(0)
    found = {group.column(i).path_in_schema: group.column(i).encodings for i in range(group.num_columns)}
    assert {name for name, used in found.items() if "RLE_DICTIONARY" in used} == {
        "account_id", "party", "type", "window.list.element", "image.path",
    }  # fmt: skip
    assert "DELTA_BINARY_PACKED" in found["time"]
    assert "BYTE_STREAM_SPLIT" in found["amount"]


def test_extremes_are_noted_of_numbers_and_of_keys_that_come_again(written):
    _, file = written
    group = file.metadata.row_group(0)
    columns = [group.column(i) for i in range(group.num_columns)]
    noted = {
        column.path_in_schema for column in columns if column.is_stats_set and column.statistics.has_min_max
    }
    assert noted >= {"account_id", "time", "stage", "amount", "small", "is_fraud"}
    assert not noted & {"transaction_id", "party", "type", "raw", "image.bytes"}


def test_a_few_rows_keep_their_dictionary_and_no_rows_can_be_written():
    table = _table()
    assert "transaction_id" in writer_options(table.slice(0, 20))["use_dictionary"]
    assert pq.read_table(io.BytesIO(table_bytes(table.slice(0, 0)))).num_rows == 0
