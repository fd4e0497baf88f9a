"""WebDataset: tar archives per split, each frame a few members with one key.

    train-000000.tar     front_0123456789abcdef_00012.jpg  .json  .depth.png  .instance.png …
    weights.csv

The JSON member holds episode, sensor, time, weight, events, parameters, intrinsics, pose and the object labels;
a weight of null means that the episode has no honest odds. Archives hold whole frames, at most a thousand each,
and carry no clock: the same dataset gives the same bytes.
"""

from __future__ import annotations

import io
import json
import tarfile
from base64 import b64encode
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np

from oddsmith.dataset import Dataset, Frame
from oddsmith.decoding import image_bytes
from oddsmith.errors import DatasetError
from oddsmith.exporters.base import Exported, fresh_folder
from oddsmith.exporters.pictures import WeightsFile, frame_name, labelled_frames

__all__ = ["export"]

_FRAMES_PER_ARCHIVE = 1000
_LABEL_IMAGES = (
    "depth", "disparity", "instance", "semantic", "normals", "flow", "backward_flow", "next_frame", "markings",
    "lanes",
)  # fmt: skip
_PLAIN = ("K", "T_world_camera", "T_body_camera", "objects")


def export(dataset: Dataset, folder: Path) -> Exported:
    """Write a dataset's camera frames as WebDataset archives.

    Raises:
        DatasetError: the dataset has no camera, or the folder is not empty.
    """
    frames = labelled_frames(dataset, ("rgb",), wanted=(*_LABEL_IMAGES, *_PLAIN))
    fresh_folder(folder)
    count = 0
    with ExitStack() as stack:
        archives: dict[str, _Archives] = {}
        weights = stack.enter_context(WeightsFile(folder))
        for frame in frames:
            split = frame.episode.split
            if split not in archives:
                archives[split] = stack.enter_context(_Archives(folder, split))
            archive = archives[split].add(frame_name(frame), _members(frame))
            weights.add(frame, archive, frame_name(frame))
            count += 1
        total = sum(one.started for one in archives.values())
    if not count:
        raise DatasetError(f"{dataset.folder.path} has no frames to export")
    return Exported(folder, {"samples": count, "archives": total}, min(folder.glob("*.tar")))


def _members(frame: Frame) -> Iterator[tuple[str, bytes]]:
    """Yield suffix and content of each member; the picture's first, as readers that stream prefer."""
    content, suffix = image_bytes(frame.stored["rgb"])
    yield suffix.removeprefix("."), content
    episode = frame.episode
    facts: dict[str, Any] = {
        "episode_id": episode.id,
        "sensor": frame.sensor,
        "sample": frame.index,
        "t": frame.t,
        "split": episode.split,
        "weight": frame.weight,
        "events": episode.events,
        "parameters": episode.parameters,
        **{name: frame[name] for name in _PLAIN if name in frame},
    }
    yield "json", json.dumps(facts, default=_plain).encode("utf-8")
    for name in _LABEL_IMAGES:
        if name in frame:
            content, suffix = image_bytes(frame.stored[name])
            yield name + suffix, content


def _plain(value: Any) -> Any:
    """Return what JSON has no name for as what it has."""
    if isinstance(value, bytes):
        return b64encode(value).decode("ascii")
    return value.tolist() if isinstance(value, np.ndarray | np.generic) else str(value)


class _Archives:
    """The archives of one split, one after another."""

    def __init__(self, folder: Path, split: str) -> None:
        self._folder, self._split = folder, split
        self.started = 0
        self._inside = _FRAMES_PER_ARCHIVE
        self._tar: tarfile.TarFile | None = None

    def __enter__(self) -> Self:
        return self

    def add(self, key: str, members: Iterator[tuple[str, bytes]]) -> Path:
        """Add a frame; return the archive it stands in."""
        if self._inside == _FRAMES_PER_ARCHIVE or self._tar is None:
            self._close()
            self._path = self._folder / f"{self._split}-{self.started:06d}.tar"
            self._tar = tarfile.open(self._path, "w", format=tarfile.USTAR_FORMAT)  # noqa: SIM115 (closed on exit)
            self.started += 1
            self._inside = 0
        for suffix, content in members:
            entry = tarfile.TarInfo(f"{key}.{suffix}")
            entry.size = len(content)
            self._tar.addfile(entry, io.BytesIO(content))
        self._inside += 1
        return self._path

    def _close(self) -> None:
        if self._tar is not None:
            self._tar.close()

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        self._close()
