"""What exports of camera frames share: which cameras, the picture files, and the weights beside them."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from oddsmith.dataset import Dataset, Frame
from oddsmith.decoding import image_bytes
from oddsmith.errors import DatasetError

__all__ = ["WeightsFile", "frame_name", "labelled_frames", "write_picture"]

_COLUMNS = ("file_name", "image_id", "sensor", "episode_id", "sample", "t", "split", "weight")


def labelled_frames(dataset: Dataset, needed: Sequence[str], *, wanted: Sequence[str] = ()) -> Iterator[Frame]:
    """Return an iterator over the frames of every camera that has some columns, camera by camera.

    Args:
        dataset: whose frames.
        needed: columns that a camera must have.
        wanted: columns that are read where a camera has them.

    Raises:
        DatasetError: at once, if no camera has all of the needed columns.
    """
    columns = {name: dataset.columns(name) for name in dataset.sensors}
    cameras = [name for name, have in columns.items() if set(needed) <= set(have)]
    if not cameras:
        labels = " and ".join(repr(name) for name in needed if name != "rgb")
        raise DatasetError(f"{dataset.folder.path} has no camera with the labels {labels}")

    def frames() -> Iterator[Frame]:
        for camera in cameras:
            read = [*needed, *(name for name in wanted if name in columns[camera])]
            yield from dataset.frames(camera, columns=read)

    return frames()


def frame_name(frame: Frame) -> str:
    """Return what a frame's files are called, without suffix: unique in a dataset, and without a dot."""
    return f"{frame.sensor}_{frame.episode.id}_{frame.index:05d}"


def write_picture(frame: Frame, folder: Path, stem: str) -> Path:
    """Write a frame's picture as it is stored, under a name to which its suffix is added; return the file."""
    content, suffix = image_bytes(frame.stored["rgb"])
    path = folder / (stem + suffix)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


class WeightsFile:
    """`weights.csv`: a row per picture with its episode, split and weight, empty where there is none."""

    def __init__(self, folder: Path) -> None:
        """Begin the file in a folder that is there."""
        self._folder = folder

    def __enter__(self) -> Self:
        self._file = (self._folder / "weights.csv").open("w", newline="", encoding="utf-8")
        self._table = csv.writer(self._file)
        self._table.writerow(_COLUMNS)
        return self

    def add(self, frame: Frame, file: Path, image_id: int | str) -> None:
        """Add a picture."""
        episode = frame.episode
        name = file.relative_to(self._folder).as_posix()
        self._table.writerow(
            [name, image_id, frame.sensor, episode.id, frame.index, frame.t, episode.split, frame.weight]
        )

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        self._file.close()
