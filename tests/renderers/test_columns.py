"""Columns of Arrow made of buffers: as pyarrow makes them, without what pyarrow imports for it."""

import subprocess
import sys

import numpy as np
import pyarrow as pa
import pytest

from renderers.columns import plain_array, repeated

COLUMNS = (
    np.arange(6.0)[::2],
    np.array([1.0, np.nan, -0.0]),
    np.arange(3, dtype=np.int32),
    np.arange(3, dtype=np.uint8),
    np.zeros(0),
    np.array([True, False, True, True, False, True, True, False, True]),
    np.array([], np.bool_),
    np.array(["2020-01-01T00:00:00.123", "NaT"], "M8[ms]"),
    np.array(["2020-01-01", "NaT", "1900-05-07"], "M8[D]"),
    np.array(["a", None, "äö", ""], object),
    np.array(["x", "yz"]),
)


@pytest.mark.parametrize("values", COLUMNS, ids=lambda one: f"{one.dtype}, {len(one)}")
def test_a_column_is_what_pyarrow_makes_of_it(values):
    made, expected = plain_array(values), pa.array(values)
    made.validate(full=True)
    assert made.type == expected.type
    assert made.null_count == expected.null_count
    assert str(made.to_pylist()) == str(expected.to_pylist())  # NaN is itself


@pytest.mark.parametrize("count", [0, 1, 5])
def test_a_repeated_text_is_what_pyarrow_makes_of_it(count):
    assert repeated("épisode", count).equals(pa.repeat("épisode", count))


_WRITES = """
import sys
from pathlib import Path
import numpy as np
import pyarrow as pa
from renderers.columns import CATEGORY, arrow_array, repeated
from renderers.shards import TableWriter
from sim.recording import Words
t = arrow_array(np.arange(3.0), pa.float64())
kind = arrow_array(Words(np.array([0, 1, -1]), ("one", "two")), CATEGORY)
table = pa.Table.from_arrays([repeated("e", 3), t, kind], names=["episode_id", "t", "kind"])
with TableWriter(Path(sys.argv[1]), table.schema) as writer:
    writer.add(table)
    writer.finish()
assert "pandas" not in sys.modules
"""


def test_a_table_is_made_and_written_without_pandas(tmp_path):
    subprocess.run([sys.executable, "-c", _WRITES, str(tmp_path / "table")], check=True)
