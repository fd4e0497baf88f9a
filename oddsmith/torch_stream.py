"""The dataset as a PyTorch stream. Imported by `Dataset.torch`, so that torch stays optional."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
import torch.utils.data

if TYPE_CHECKING:
    from oddsmith.dataset import Frame
    from oddsmith.readable import Readable

__all__ = ["FrameStream"]


class FrameStream(torch.utils.data.IterableDataset):  # type: ignore[misc]  # torch is optional, so untyped here
    """Frames of one sensor as dictionaries of tensors.

    Every episode is read by exactly one DataLoader worker of one distributed rank.
    """

    def __init__(
        self, dataset: Readable, sensor: str, columns: tuple[str, ...], split: str | None, event: str | None
    ) -> None:
        super().__init__()
        self.dataset = dataset
        self.sensor = sensor
        self.columns = columns
        self.split = split
        self.event = event

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Yield this reader's share of the frames."""
        frames = self.dataset.frames(
            self.sensor, split=self.split, event=self.event, columns=self.columns, part=_share()
        )
        for frame in frames:
            yield _tensors(frame, self.columns)


def _share() -> tuple[int, int]:
    """Return (i, n): which of how many readers this process is, over ranks and workers."""
    worker = torch.utils.data.get_worker_info()
    i, n = (0, 1) if worker is None else (worker.id, worker.num_workers)
    distributed = torch.distributed
    if distributed.is_available() and distributed.is_initialized():
        return distributed.get_rank() * n + i, distributed.get_world_size() * n
    return i, n


def _tensors(frame: Frame, columns: tuple[str, ...]) -> dict[str, Any]:
    values: dict[str, Any] = {name: frame[name] for name in columns}
    tensors = {
        name: torch.from_numpy(np.ascontiguousarray(value)) if isinstance(value, np.ndarray) else value
        for name, value in values.items()
    }
    weight = float("nan") if frame.weight is None else frame.weight
    return {**tensors, "weight": weight, "episode_id": frame.episode.id, "sample": frame.index, "t": frame.t}
