"""A small dataset written by hand, so that the reader is tested against the layout and not against a writer.

And a judge of COCO exports: detections rebuilt from decoded instance images with pycocotools alone.
"""

import contextlib
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pycocotools import mask as coco_mask
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from oddsmith.dataset import Dataset

HEIGHT, WIDTH = 40, 56
FRAMES = 3
CATEGORIES = ("road", "person", "car")
IMAGE = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
OBJECT = pa.struct(
    [
        ("instance_id", pa.int32()),
        ("name", pa.string()),
        ("category", pa.string()),
        ("category_id", pa.int32()),
        ("bbox", pa.list_(pa.float32(), 4)),
        ("visibility", pa.float32()),
        ("truncation", pa.float32()),
        ("occlusion", pa.float32()),
        ("amodal_bbox", pa.list_(pa.float32(), 4)),
        (
            "box3d",
            pa.struct([(name, pa.list_(pa.float32())) for name in ("center", "size", "rotation")]),
        ),
    ]
)


@dataclass(frozen=True)
class HandMade:
    """The folder, and what was put into it: (episode, sample) -> arrays."""

    path: Path
    ids: tuple[str, ...]
    weights: tuple[float | None, ...]
    collided: tuple[bool, ...]
    splits: tuple[str, ...]
    truth: dict[tuple[str, int], dict[str, np.ndarray]]


def _field(name: str, kind: pa.DataType, role: str, *, unit: str = "", of_kind: str = "") -> pa.Field:
    return pa.field(name, kind, metadata={"role": role, "unit": unit, "kind": of_kind})


EPISODES = pa.schema(
    [
        _field("episode_id", pa.string(), "key"),
        _field("split", pa.string(), "meta"),
        _field("root_id", pa.string(), "meta"),
        _field("weight", pa.float64(), "weight"),
        _field("event.collision", pa.bool_(), "label", of_kind="event"),
        _field("event_time.collision", pa.float64(), "label", unit="s", of_kind="event_time"),
        _field("peak_time.collision", pa.float64(), "label", unit="s", of_kind="peak_time"),
        _field("measure.delta_v", pa.float64(), "label", unit="m/s", of_kind="measure"),
        _field("parameters.gap", pa.float64(), "label", unit="m", of_kind="parameter"),
        _field("parameters.weather", pa.string(), "label", of_kind="parameter"),
    ]
)
CALLS = pa.schema(
    [
        _field("call", pa.int64(), "key"),
        _field("role", pa.string(), "meta"),
        _field("weight", pa.float64(), "weight"),
        _field("group", pa.int32(), "meta"),
        _field("log_lr", pa.float64(), "weight"),
        _field("failure", pa.string(), "meta"),
        _field("mode", pa.string(), "label"),
        _field("event.collision", pa.bool_(), "label", of_kind="event"),
    ]
)
FRONT = pa.schema(
    [
        _field("episode_id", pa.string(), "key"),
        _field("sample", pa.int32(), "key"),
        _field("t", pa.float64(), "key", unit="s"),
        _field("rgb", IMAGE, "feature"),
        _field("K", pa.list_(pa.float64(), 9), "feature"),
        _field("T_world_camera", pa.list_(pa.float64(), 16), "label"),
        _field("depth", IMAGE, "label", unit="m"),
        _field("instance", IMAGE, "label"),
        _field("semantic", IMAGE, "label"),
        _field("flow", IMAGE, "label", unit="px"),
        _field("objects", pa.list_(OBJECT), "label"),
    ]
)


OCCURRENCES = pa.schema(
    [
        _field("episode_id", pa.string(), "key"),
        _field("number", pa.int32(), "key"),
        _field("t", pa.float64(), "label", unit="s"),
        _field("kind", pa.string(), "label"),
        _field("field.actor", pa.string(), "label"),
        _field("field.a", pa.string(), "label"),
    ]
)


def _png(image: np.ndarray) -> dict[str, object]:
    is_written, data = cv2.imencode(".png", image)
    assert is_written
    return {"bytes": data.tobytes(), "path": None}


def _scene(seed: int) -> dict[str, np.ndarray]:
    """Return truth arrays of one frame: a road, a car, and a person in two pieces in front of it."""
    rng = np.random.default_rng(seed)
    instance = np.zeros((HEIGHT, WIDTH), np.uint16)
    left, top = rng.integers(2, 20), rng.integers(2, 12)
    instance[top : top + 14, left : left + 22] = 300
    instance[top + 4 : top + 7, left + 5 :] = 7
    instance[HEIGHT - 6 :, : rng.integers(1, 9)] = 7
    semantic = np.where(instance == 300, 3, np.where(instance == 7, 2, 1)).astype(np.uint8)
    depth = rng.integers(256, 60_000, instance.shape).astype(np.float32) / 256
    depth[:5] = np.nan
    flow = rng.integers(-900, 900, (*instance.shape, 2)).astype(np.float32) / 64
    flow[:, :3] = np.nan
    rgb = rng.integers(0, 256, (*instance.shape, 3), np.uint8)
    return {"rgb": rgb, "instance": instance, "semantic": semantic, "depth": depth, "flow": flow}


def _frame_row(episode_id: str, sample: int, scene: dict[str, np.ndarray]) -> dict[str, object]:
    known = np.isfinite(scene["flow"]).all(axis=-1)
    flow = np.where(known[..., None], scene["flow"], 0.0) * 64 + 2**15
    stored_flow = np.dstack([known, flow[..., 1], flow[..., 0]]).astype(np.uint16)
    return {
        "episode_id": episode_id,
        "sample": sample,
        "t": 2.0 + 0.1 * sample,
        "rgb": _png(scene["rgb"][..., ::-1]),
        "K": [50.0, 0, WIDTH / 2, 0, 50, HEIGHT / 2, 0, 0, 1],
        "T_world_camera": np.eye(4).ravel().tolist(),
        "depth": _png(np.nan_to_num(scene["depth"] * 256, nan=0).astype(np.uint16)),
        "instance": _png(scene["instance"]),
        "semantic": _png(scene["semantic"]),
        "flow": _png(stored_flow),
        "objects": [_object(300, "car", scene["instance"]), _object(7, "person", scene["instance"])],
    }


def _object(instance_id: int, category: str, instance: np.ndarray) -> dict[str, object]:
    v, u = np.nonzero(instance == instance_id)
    bbox = [float(u.min()), float(v.min()), float(np.ptp(u) + 1), float(np.ptp(v) + 1)]
    # Upright before a level camera, turned by an angle of its own.
    turn = 0.3 * (instance_id % 11) + bbox[0] / 20
    half, ahead = np.sqrt(0.5), np.array([np.cos(turn / 2), np.sin(turn / 2)])
    rotation = [half * part for part in (ahead[0], -ahead[1], ahead[1], ahead[0])]
    return {
        "instance_id": instance_id,
        "name": f"{category}_{instance_id}",
        "category": category,
        "category_id": CATEGORIES.index(category) + 1,
        "bbox": bbox,
        "amodal_bbox": [bbox[0] - 30.0, bbox[1] - 1.0, bbox[2] + 60.0, bbox[3] + 2.0],
        "visibility": 0.75,
        "truncation": 0.0,
        "occlusion": 0.25,
        "box3d": {"center": [bbox[0] / 10 - 2, 0.4, 12.0], "size": [4.0, 1.8, 1.5], "rotation": rotation},
    }


def _write(folder: Path, name: str, rows: list[dict[str, object]], schema: pa.Schema) -> dict[str, object]:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), path)
    return {"path": name, "rows": len(rows), "bytes": path.stat().st_size}


@pytest.fixture(scope="session")
def hand_made(tmp_path_factory: pytest.TempPathFactory) -> HandMade:
    """Make a dataset of six episodes in two shards, the second shard's frames in two parts."""
    folder = tmp_path_factory.mktemp("hand_made")
    ids = tuple(f"{k:016x}" for k in (11, 12, 13, 21, 22, 23))
    weights = (0.25, 0.125, 0.125, 0.125, 0.375, None)
    collided = (True, False, False, True, False, False)
    splits = ("train", "train", "val", "train", "test", "train")
    truth: dict[tuple[str, int], dict[str, np.ndarray]] = {}
    files = []
    for shard in (0, 1):
        numbers = range(3 * shard, 3 * shard + 3)
        rows = [_episode_row(ids[k], splits[k], weights[k], collided[k], gap=10.0 + k) for k in numbers]
        files.append(_write(folder, f"episodes/{shard:05d}.parquet", rows, EPISODES))
        happened = [row for k in numbers for row in _happened(ids[k], collided[k])]
        files.append(_write(folder, f"occurrences/{shard:05d}.parquet", happened, OCCURRENCES))
        frames = []
        for k in numbers:
            for sample in range(FRAMES):
                truth[ids[k], sample] = _scene(1000 * k + sample)
                frames.append(_frame_row(ids[k], sample, truth[ids[k], sample]))
        parts = [("", frames)] if shard == 0 else [("-000", frames[:4]), ("-001", frames[4:])]
        files += [_write(folder, f"front/{shard:05d}{part}.parquet", rows, FRONT) for part, rows in parts]
    calls = [_call_row(k) for k in range(50)]
    files.append(_write(folder, "calls/00000.parquet", calls, CALLS))
    manifest = {
        "format": 1,
        "kind": "oddsmith dataset",
        "name": "driving/hand_made",
        "about": "Six episodes written by hand.",
        "categories": list(CATEGORIES),
        "events": ["collision"],
        "target": "collision",
        "dataset_hash": "ab" * 32,
        "files": files,
    }
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return HandMade(folder, ids, weights, collided, splits, truth)


def _episode_row(
    episode_id: str, split: str, weight: float | None, collided: bool, *, gap: float
) -> dict[str, object]:
    return {
        "episode_id": episode_id,
        "split": split,
        "root_id": episode_id,
        "weight": weight,
        "event.collision": collided,
        "event_time.collision": 2.2 if collided else None,
        "peak_time.collision": 2.1,
        "measure.delta_v": 3.5 if collided else 0.0,
        "parameters.gap": gap,
        "parameters.weather": "rain",
    }


def _happened(episode_id: str, collided: bool) -> list[dict[str, object]]:
    """A manoeuvre, and a contact where the episode ends in one."""
    rows = [(1.5, "manoeuvre", "intruder", None), *([(2.2, "contact", None, "ego")] if collided else [])]
    return [
        {"episode_id": episode_id, "number": i, "t": t, "kind": kind, "field.actor": actor, "field.a": a}
        for i, (t, kind, actor, a) in enumerate(rows)
    ]


def _call_row(k: int) -> dict[str, object]:
    """Ten pilot calls without weight, then forty equal ones, of which four collide."""
    is_pilot = k < 10
    return {
        "call": k,
        "role": "pilot" if is_pilot else "main",
        "weight": None if is_pilot else 1 / 40,
        "group": k % 8,
        "log_lr": None if is_pilot else 0.0,
        "failure": None,
        "mode": None,
        "event.collision": is_pilot or k % 10 == 0,
    }


@pytest.fixture(scope="session")
def average_precision() -> Callable[[Dataset, Path], dict[tuple[str, str], float]]:
    """Return what scores an export: (split, kind of match) -> average precision of perfect detections."""
    return _average_precision


def _average_precision(dataset: Dataset, folder: Path) -> dict[tuple[str, str], float]:
    scores = {}
    for file in sorted(folder.glob("annotations/instances_*.json")):
        with contextlib.redirect_stdout(io.StringIO()):
            truth = COCO(str(file))
            found = truth.loadRes(list(_detections(dataset, truth)))
            for kind in ("bbox", "segm"):
                evaluation = COCOeval(truth, found, kind)
                evaluation.evaluate()
                evaluation.accumulate()
                evaluation.summarize()
                scores[file.stem.removeprefix("instances_"), kind] = float(evaluation.stats[0])
    return scores


def _detections(dataset: Dataset, truth: COCO) -> Iterator[dict[str, object]]:
    """Yield a detection for every object of which the decoded instance image shows a pixel."""
    images = {
        (image["sensor"], image["episode_id"], image["sample"]): image["id"] for image in truth.imgs.values()
    }
    for sensor in {sensor for sensor, _, _ in images}:
        for frame in dataset.frames(sensor, columns=["instance", "objects"]):
            image_id = images.get((sensor, frame.episode.id, frame.index))
            for entry in frame["objects"] if image_id is not None else ():
                mask = np.asfortranarray(frame["instance"] == entry["instance_id"], np.uint8)
                if mask.any():
                    rle = coco_mask.encode(mask)
                    yield {
                        "image_id": image_id,
                        "category_id": dataset.categories.index(entry["category"]) + 1,
                        "bbox": coco_mask.toBbox(rle).tolist(),
                        "segmentation": {"size": rle["size"], "counts": rle["counts"].decode()},
                        "score": 0.9,
                    }
