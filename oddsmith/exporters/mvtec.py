"""Pictures of parts laid out as the MVTec anomaly detection data sets are, one category per inspection camera.

    camera/train/good/000.png              good parts of the episodes for training and validation
    camera/test/good/000.png               good parts of the episodes for testing
    camera/test/scratch/000.png            parts with a scratch, of all episodes
    camera/ground_truth/scratch/000_mask.png   255 where the defect is
    frames.csv                             where each picture comes from, and its weight

Training data hold no defect, as in the original; a defective part is for testing whatever its episode's split,
and `frames.csv` says which that was. The layout has no place for a weight, so it stands in `frames.csv`; empty
means that the episode has no honest odds. A defect that no pixel shows (hidden behind a component, out of the
picture) gives no mask: such pictures are left out, and counted.

Source: Bergmann et al. (2021), The MVTec anomaly detection dataset, Int. J. Computer Vision 129.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from oddsmith.dataset import Dataset, Frame
from oddsmith.decoding import image_bytes, png_bytes
from oddsmith.errors import DatasetError
from oddsmith.exporters.base import Exported, fresh_folder

__all__ = ["export"]

_NEEDED = ("rgb", "defect", "is_defective", "mask")
_COLUMNS = ("file_name", "mask", "sensor", "episode_id", "sample", "t", "split", "defect", "weight")
_GOOD = "good"


def export(dataset: Dataset, folder: Path) -> Exported:
    """Write a dataset's inspection pictures in the layout of MVTec AD.

    Raises:
        DatasetError: no camera of the dataset tells what defect a picture shows, or the folder is not empty.
    """
    sensors = [name for name in dataset.sensors if set(_NEEDED) <= set(dataset.columns(name))]
    if not sensors:
        raise DatasetError(f"{dataset.folder.path} has no inspection camera with the label 'mask'")
    fresh_folder(folder)
    counts = {"train": 0, "test": 0, "masks": 0, "hidden": 0}
    with (folder / "frames.csv").open("w", newline="", encoding="utf-8") as stream:
        table = csv.writer(stream)
        table.writerow(_COLUMNS)
        for sensor in sensors:
            taken: Counter[Path] = Counter()
            for frame in dataset.frames(sensor, columns=_NEEDED):
                for row in _write(frame, folder, taken, counts):
                    table.writerow(row)
    return Exported(folder, counts, folder / sensors[0])


def _write(frame: Frame, folder: Path, taken: Counter[Path], counts: dict[str, int]) -> Iterator[list[object]]:
    """Write a picture and its mask, and yield their row; nothing where a defect does not show."""
    defect = str(frame["defect"]) if frame["is_defective"] else _GOOD
    mask = frame["mask"] if defect != _GOOD else None
    if mask is not None and not mask.any():
        counts["hidden"] += 1
        return
    split = "train" if defect == _GOOD and frame.episode.split != "test" else "test"
    place = folder / frame.sensor / split / defect
    number = taken[place]
    taken[place] += 1
    picture, true = place / f"{number:03d}.png", None
    place.mkdir(parents=True, exist_ok=True)
    content, suffix = image_bytes(frame.stored["rgb"])
    picture.write_bytes(content if suffix == ".png" else png_bytes(frame["rgb"]))
    counts[split] += 1
    if mask is not None:
        true = folder / frame.sensor / "ground_truth" / defect / f"{number:03d}_mask.png"
        true.parent.mkdir(parents=True, exist_ok=True)
        true.write_bytes(png_bytes(np.where(mask > 0, 255, 0).astype(np.uint8)))
        counts["masks"] += 1
    names = [one.relative_to(folder).as_posix() if one else "" for one in (picture, true)]
    origin = [frame.sensor, frame.episode.id, frame.index, frame.t, frame.episode.split]
    yield [*names, *origin, defect, "" if frame.weight is None else frame.weight]
