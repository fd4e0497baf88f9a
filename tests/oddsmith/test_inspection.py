import shutil

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from scipy.stats import binomtest

from oddsmith.dataset import Dataset
from oddsmith.inspection import inspect_dataset


def test_rates_come_from_weighted_calls_not_from_exported_episodes(hand_made):
    found = inspect_dataset(Dataset(hand_made.path))
    (odds,) = found.odds
    assert found.exported == {"collision": 2}
    assert (odds.estimate.calls, odds.estimate.hits) == (40, 4)
    assert odds.estimate.rate == pytest.approx(0.1)
    expected = binomtest(4, 40).proportion_ci(0.95, "exact")
    assert odds.estimate.interval == pytest.approx((expected.low, expected.high))


def test_unequal_weights_have_the_interval_of_weighted_calls(hand_made, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(hand_made.path, copy)
    file = copy / "calls" / "00000.parquet"
    table = pq.read_table(file)
    weights = [None] * 10 + [0.31] + [0.01] * 39
    changed = table.set_column(
        table.column_names.index("weight"), table.field("weight"), pa.array(weights, pa.float64())
    )
    pq.write_table(changed, file)
    (odds,) = inspect_dataset(Dataset(copy)).odds
    assert odds.estimate.rate == pytest.approx(0.34)
    assert odds.estimate.spread == "calls"
    assert odds.estimate.largest_share == pytest.approx(0.31 / 0.34)
    assert odds.verdict.word == "weak"


def test_tables_splits_and_roles_are_counted(hand_made):
    found = inspect_dataset(Dataset(hand_made.path))
    assert found.is_complete
    assert found.episodes == 6
    assert found.splits == {"test": 1, "train": 4, "val": 1}
    assert found.roles == {"main": 40, "pilot": 10}
    by_name = {table.name: table for table in found.tables}
    rows = {name: table.rows for name, table in by_name.items()}
    assert rows == {"calls": 50, "episodes": 6, "front": 18, "occurrences": 8}
    assert by_name["front"].files == 3
    assert by_name["front"].columns["feature"] == ("rgb", "K")


def test_a_run_that_has_not_weighed_its_calls_has_no_rates(hand_made, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(hand_made.path, copy, ignore=shutil.ignore_patterns("calls", "manifest.json"))
    found = inspect_dataset(Dataset(copy))
    assert not found.is_complete
    assert found.odds == ()
    assert found.to_data()["odds"] == {}
