"""The ledger sensor passes on what the book holds, and only that."""

from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pytest

from renderers.columns import arrow_array, arrow_type
from renderers.ledger import columns, observe
from renderers.observation import observe_rows
from renderers.sample import SensorSetup
from renderers.sensors import TABLE
from sim.domains.fraud.tables import tables_in
from sim.noise import Noise
from sim.recording import Identities, Words

SEEN = {"balances": True, "missing_devices": 0.0}


def _batch(first, count):
    declared = tables_in("EUR")["entries"].columns
    batch = {}
    for name, column in declared.items():
        if column.type == "string":
            batch[name] = Identities(np.arange(first + 1, first + 1 + count, dtype=np.uint64))
        elif column.type == "category":
            batch[name] = Words(np.arange(count) % 3 - 1, ("one", "two"))
        elif column.type.startswith("timestamp"):
            batch[name] = np.array(["2025-01-01"] * count, "datetime64[ms]")
        else:
            batch[name] = np.arange(first, first + count, dtype=np.float64)
    return batch


def _setup(**settings):
    return SensorSetup("seen", "ledger", None, np.eye(4), SEEN | settings, np.empty(0), Noise(5))


RECORDING = SimpleNamespace(tables={"entries": [_batch(0, 4), _batch(4, 3)]})


def test_the_declared_table_holds_what_the_sensor_reads():
    declared = tables_in("EUR")["entries"].columns
    for column in columns(SEEN):
        assert declared[column.name].role == column.role
        assert arrow_type(declared[column.name].type) == column.type
        assert declared[column.name].available == column.available
    assert set(declared) == {"t", *(column.name for column in columns(SEEN))}


def test_rows_come_as_tables_with_keys_in_front():
    tables = list(observe_rows(TABLE["ledger"], RECORDING, _setup(), episode_id="e", delay=60.0))
    assert [table.num_rows for table in tables] == [4, 3]
    assert tables[1].column_names[:4] == ["episode_id", "sample", "t", "transaction_id"]
    assert tables[1]["sample"].to_pylist() == [4, 5, 6]
    assert tables[1]["t"].to_pylist() == [64.0, 65.0, 66.0]
    assert tables[1]["account_id"].to_pylist()[0] == "0000000000000005"


def test_balances_are_told_only_where_asked_for():
    (first, _) = observe(RECORDING, _setup(balances=False))
    assert "balance" not in first.values


def test_some_devices_are_not_caught():
    lost = [s.values["device_id"].values for s in observe(RECORDING, _setup(missing_devices=0.5))]
    missing = np.concatenate(lost) == 0
    assert 0 < missing.sum() < 7


def test_a_recording_without_entries_is_refused():
    with pytest.raises(ValueError, match="there is none"):
        list(observe(SimpleNamespace(tables={}), _setup()))


def test_words_and_identities_become_arrow():
    words = arrow_array(Words(np.array([1, -1, 0]), ("a", "b")), arrow_type("category"))
    assert words.to_pylist() == ["b", None, "a"]
    known = arrow_array(Identities(np.array([0, 2**64 - 1, 255], np.uint64)), pa.string())
    assert known.to_pylist() == [None, "f" * 16, "00000000000000ff"]
    known.validate(full=True)
