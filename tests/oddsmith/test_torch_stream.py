"""PyTorch is an extra, so its few names that the stream uses are stood in for where it is not installed."""

import math
import sys
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

from oddsmith.dataset import Dataset


@pytest.fixture
def torch(monkeypatch):
    """Stand in for torch: tensors are arrays, and the reader's place is set by the test."""
    fake, utils, data = ModuleType("torch"), ModuleType("torch.utils"), ModuleType("torch.utils.data")
    data.IterableDataset = object
    data.get_worker_info = lambda: fake.worker
    utils.data = data
    fake.utils = utils
    fake.worker = None
    fake.ranks = (0, 1)
    fake.from_numpy = lambda array: ("tensor", array)
    fake.distributed = SimpleNamespace(
        is_available=lambda: True,
        is_initialized=lambda: fake.ranks != (0, 1),
        get_rank=lambda: fake.ranks[0],
        get_world_size=lambda: fake.ranks[1],
    )
    for name, module in (("torch", fake), ("torch.utils", utils), ("torch.utils.data", data)):
        monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.delitem(sys.modules, "oddsmith.torch_stream", raising=False)
    yield fake
    sys.modules.pop("oddsmith.torch_stream", None)


def keys(stream):
    return [(item["episode_id"], item["sample"]) for item in stream]


def test_items_are_tensors_with_weight_and_place(hand_made, torch):
    items = list(Dataset(hand_made.path).torch("front", columns=("rgb", "instance")))
    assert len(items) == 18
    kind, array = items[0]["rgb"]
    assert kind == "tensor"
    np.testing.assert_array_equal(array, hand_made.truth[hand_made.ids[0], 0]["rgb"])
    assert items[0]["weight"] == 0.25
    assert math.isnan(items[-1]["weight"])
    assert set(items[0]) == {"rgb", "instance", "weight", "episode_id", "sample", "t"}


@pytest.mark.parametrize(("ranks", "workers"), [(1, 2), (2, 1), (2, 2), (1, 5)])
def test_ranks_and_workers_tile_the_dataset(hand_made, torch, ranks, workers):
    stream = Dataset(hand_made.path).torch("front")
    seen = []
    for rank in range(ranks):
        for worker in range(workers):
            torch.ranks = (rank, ranks)
            torch.worker = SimpleNamespace(id=worker, num_workers=workers)
            seen += keys(stream)
    assert len(seen) == len(set(seen)) == 18
    assert set(seen) == set(hand_made.truth)


def test_filters_reach_the_stream(hand_made, torch):
    stream = Dataset(hand_made.path).torch("front", event="collision")
    assert {episode for episode, _ in keys(stream)} == {hand_made.ids[0], hand_made.ids[3]}
