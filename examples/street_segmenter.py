"""A small network learns to find vehicles and people in hunted episodes, and is judged on the population.

    python examples/street_segmenter.py outputs/segmenter

makes two datasets of `driving/occluded_child` and ends with a number:

1. `hunted`: half of its episodes are collisions, which hardly ever happen; each has its weight.
2. `nominal`: the world as it is, drawn without any hunt. It is the judge, and nothing is trained on it.

The network is trained on the hunted episodes of the split `train` as they are: the rare case is what it should
learn. Its intersection over union (IoU) for the *population* is then told twice, by the hunted episodes of the
other splits with their weights, and by the nominal set. The two should agree; the same episodes without weights
tell how it does where children run out, which is another number.

Needs PyTorch: pip install 'oddsmith[train]'. What reads the dataset does without.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from oddsmith import Dataset

SCENARIO = "driving/occluded_child"
CLASSES = ("scenery", "vehicle", "person")
VEHICLES = ("car", "van", "truck", "bus", "trailer", "tram", "motorcycle")
PEOPLE = ("person", "rider", "bicycle")
SIZE = (96, 160)
"""Rows and columns the network sees."""
SETTINGS = {
    "sensors.front.camera.resolution": "[320, 192]",
    "sensors.front.camera.rate": "2 Hz",
    "sensors.front.camera.labels": "{only: [semantic]}",
    "capture": "{from: event - 2 s, to: event + 0.1 s}",
    "export": "[]",
}
HUNTED = {"sampling.calls": "3000", "sampling.episodes": "160", "sampling.event_share": "0.5"}
NOMINAL = {
    "sampling.method": "nominal", "sampling.calls": "60", "sampling.episodes": "60",
    "sampling.event_share": "0", "sampling.near_miss_share": "0",
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Pictures:
    """Pictures of a dataset, as a network takes them.

    Args:
        images: (N, 3, H, W) uint8.
        classes: (N, H, W) uint8, places in `CLASSES`.
        weights: (N,) what each stands for in the population; the frames of an episode share its weight.
    """

    images: NDArray[np.uint8]
    classes: NDArray[np.uint8]
    weights: NDArray[np.float64]


def read(dataset: Dataset, splits: Sequence[str] | None = None) -> Pictures:
    """Return the pictures of some splits, of all unless given.

    A frame has its episode's weight over the number of the episode's frames: an episode counts once.
    """
    table = class_table(dataset.categories)
    images, classes, weights = [], [], []
    for episode in dataset.episodes():
        if splits is not None and episode.split not in splits:
            continue
        frames = list(episode.frames("front", columns=["rgb", "semantic"]))
        for frame in frames:
            images.append(np.moveaxis(_small(frame["rgb"], cv2.INTER_AREA), -1, 0))
            classes.append(_small(table[frame["semantic"]], cv2.INTER_NEAREST))
            weights.append(np.nan if episode.weight is None else episode.weight / len(frames))
    return Pictures(np.array(images, np.uint8), np.array(classes, np.uint8), np.array(weights, np.float64))


def class_table(categories: Sequence[str]) -> NDArray[np.uint8]:
    """Return (C + 1,) the class of each value of the label `semantic`: void, then the dataset's categories."""
    groups = {**dict.fromkeys(VEHICLES, 1), **dict.fromkeys(PEOPLE, 2)}
    return np.array([0, *(groups.get(name, 0) for name in categories)], np.uint8)


def _small(image: NDArray[Any], how: int) -> NDArray[Any]:
    height, width = SIZE
    return np.asarray(cv2.resize(image, (width, height), interpolation=how))


def overlap(told: NDArray[np.uint8], true: NDArray[np.uint8], weights: NDArray[np.float64]) -> list[float]:
    """Return the IoU of each class in the population that weighted pictures stand for.

    It is a ratio of two weighted means, of the pixels in both masks and of those in either; never a mean of
    ratios, which a picture with three pixels of a child would rule.

    Args:
        told: (N, H, W) classes that the network says.
        true: (N, H, W) classes.
        weights: (N,) of the pictures; those without odds (NaN) count nothing.
    """
    w = np.nan_to_num(weights)
    found = []
    for k in range(len(CLASSES)):
        both = ((told == k) & (true == k)).sum(axis=(1, 2))
        either = ((told == k) | (true == k)).sum(axis=(1, 2))
        found.append(float(w @ both) / float(w @ either) if w @ either > 0 else float("nan"))
    return found


def make(folder: Path, extra: dict[str, str], seed: int) -> Dataset:
    """Return the dataset in a folder, made by `oddsmith run` unless it is there."""
    if not (folder / "manifest.json").exists():
        sets = [f"{name}={value}" for name, value in {**SETTINGS, **extra}.items()]
        command = [sys.executable, "-m", "oddsmith", "run", SCENARIO, "--out", str(folder), "--seed", str(seed)]
        subprocess.run([*command, *(part for one in sets for part in ("--set", one))], check=True)
    return Dataset(folder)


def train(pictures: Pictures, *, epochs: int, seed: int) -> Any:
    """Return a network trained on pictures as they are, weights left out."""
    import torch
    from torch import nn

    torch.manual_seed(seed)
    torch.set_num_threads(2)

    def block(before: int, after: int, stride: int) -> Any:
        conv = nn.Conv2d(before, after, 3, stride, 1, bias=False)
        return nn.Sequential(conv, nn.BatchNorm2d(after), nn.ReLU(inplace=True))

    net = nn.Sequential(
        block(3, 16, 2), block(16, 32, 2), block(32, 64, 2), block(64, 64, 1),
        nn.Upsample(scale_factor=2), block(64, 32, 1), nn.Upsample(scale_factor=2), block(32, 16, 1),
        nn.Conv2d(16, len(CLASSES), 1), nn.Upsample(scale_factor=2, mode="bilinear"),
    )  # fmt: skip
    # People are few pixels: a class weighs by the root of how rare it is.
    share = np.bincount(pictures.classes.ravel(), minlength=len(CLASSES)) / pictures.classes.size
    loss = nn.CrossEntropyLoss(torch.tensor(1.0 / np.sqrt(np.maximum(share, 1e-4)), dtype=torch.float32))
    steps = epochs * -(-len(pictures.images) // 16)
    optimiser = torch.optim.AdamW(net.parameters(), 1e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 4e-3, total_steps=steps)
    rng = np.random.default_rng(seed)
    for epoch in range(epochs):
        order, total = rng.permutation(len(pictures.images)), 0.0
        for at in range(0, len(order), 16):
            chosen = order[at : at + 16]
            x = torch.from_numpy(pictures.images[chosen]).float() / 255.0 - 0.5
            y = torch.from_numpy(pictures.classes[chosen]).long()
            if rng.random() < 0.5:
                x, y = x.flip(-1), y.flip(-1)
            optimiser.zero_grad()
            cost = loss(net(x), y)
            cost.backward()
            optimiser.step()
            schedule.step()
            total += float(cost) * len(chosen)
        print(f"epoch {epoch + 1}: loss {total / len(order):.3f}", file=sys.stderr)
    return net.eval()


def predicted(net: Any, pictures: Pictures) -> NDArray[np.uint8]:
    """Return (N, H, W) the classes a network says."""
    return np.concatenate(list(_predicted(net, pictures)))


def _predicted(net: Any, pictures: Pictures) -> Iterator[NDArray[np.uint8]]:
    import torch

    with torch.no_grad():
        for at in range(0, len(pictures.images), 32):
            x = torch.from_numpy(pictures.images[at : at + 32]).float() / 255.0 - 0.5
            yield net(x).argmax(dim=1).numpy().astype(np.uint8)


def main(arguments: Sequence[str] | None = None) -> None:
    """Make the datasets, train, and tell the IoU."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("folder", type=Path, help="where the datasets go")
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args(arguments)
    hunted = make(chosen.folder / "hunted", HUNTED, chosen.seed)
    nominal = read(make(chosen.folder / "nominal", NOMINAL, chosen.seed + 1))
    held_out = read(hunted, ("val", "test"))
    net = train(read(hunted, ("train",)), epochs=chosen.epochs, seed=chosen.seed)
    ours, theirs = predicted(net, held_out), predicted(net, nominal)
    rows = {
        "hunted, weighted": overlap(ours, held_out.classes, held_out.weights),
        "nominal": overlap(theirs, nominal.classes, nominal.weights),
        "hunted, as they are": overlap(ours, held_out.classes, np.ones(len(ours))),
    }
    print(f"{'IoU':22}" + "".join(f"{name:>10}" for name in CLASSES))
    for name, found in rows.items():
        print(f"{name:22}" + "".join(f"{value:10.3f}" for value in found))


if __name__ == "__main__":
    main()
