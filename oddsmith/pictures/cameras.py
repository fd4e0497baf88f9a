"""What cameras saw: a contact sheet of some episodes, and a moving picture of the first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from oddsmith.clouds import lidars
from oddsmith.dataset import Dataset, Episode
from oddsmith.detections import radars
from oddsmith.errors import DatasetError
from oddsmith.pictures import clouds, sweeps
from oddsmith.pictures.base import Previewed, Wish, chosen, one_of

if TYPE_CHECKING:
    from oddsmith.contact_sheet import ShownMoment

__all__ = ["MOST_FRAMES", "can_show", "draw", "files_in", "panels_of", "rate_of", "spread", "telling"]

MOST_FRAMES = 80
"""Frames of a moving picture: eight seconds at ten frames per second, a few megabytes."""

_BEFORE_EVENT = 0.5
"""How long before an event its frame is shown [s]: at the event who is hit has often left the picture."""


def can_show(dataset: Dataset) -> bool:
    """Return whether the dataset has a camera."""
    return bool(_cameras(dataset))


def draw(dataset: Dataset, out: Path, wish: Wish) -> Previewed:
    """Draw a contact sheet of some episodes, or of one at several moments, and a moving picture of the first.

    What a LiDAR or a radar saw comes along where there is one, or alone if that is the sensor wished for.

    Raises:
        DatasetError: there is no such camera, event or episode, or nothing to show.
    """
    from oddsmith.contact_sheet import write_animation, write_sheet

    if wish.sensor in lidars(dataset):
        return clouds.draw(dataset, out, wish)
    if wish.sensor in radars(dataset):
        return sweeps.draw(dataset, out, wish)
    camera = one_of("camera", _cameras(dataset), wish.sensor, str(dataset.folder.path))
    episodes, note = chosen(dataset, wish, wish.rows)
    target = wish.event or dataset.manifest.get("target")
    sheet, animation = files_in(out)
    if wish.episode_id is None:
        moments = [_moment(episode, camera, _time_of(episode, target)) for episode in episodes]
    else:
        times = _times(episodes[0], camera)
        is_labelled = _labelled(episodes[0], camera) or [True] * len(times)
        moments = [_moment(episodes[0], camera, t) for t in telling(times, is_labelled, wish.rows)]
    write_sheet(
        sheet,
        moments,
        heading=str(dataset.manifest.get("name", dataset.folder.path.name)),
        subheading=str(dataset.manifest.get("about", "")),
        categories=dataset.categories,
        panels=panels_of(dataset.columns(camera)),
    )
    write_animation(
        animation,
        islice(episodes[0].frames(camera), MOST_FRAMES),
        categories=dataset.categories,
        panels=panels_of(dataset.columns(camera)),
        rate=rate_of(_times(episodes[0], camera)),
    )
    kinds = [kind for kind in (clouds, sweeps) if kind.can_show(dataset)]
    beside = [file for kind in kinds for file in kind.draw(dataset, out, replace(wish, sensor=None)).files]
    return Previewed((sheet, animation, *beside), tuple(episode.id for episode in episodes), note)


def files_in(out: Path) -> tuple[Path, Path]:
    """Return where the contact sheet and the moving picture go."""
    return out / "contact_sheet.png", out / "episode.gif"


def panels_of(columns: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the first four views that a camera's columns allow."""
    from oddsmith.contact_sheet import PANELS

    return tuple(name for name in PANELS if name in columns)[:4]


def rate_of(times: Sequence[float]) -> float:
    """Return the frames per second of (n,) moments [s]."""
    return (len(times) - 1) / (times[-1] - times[0]) if len(times) > 1 else 1.0


def spread(times: Sequence[float], n: int) -> list[float]:
    """Return up to n times, evenly over all, the last included."""
    count = min(n, len(times))
    return [times[round((k + 1) * len(times) / count) - 1] for k in range(count)]


def telling(times: Sequence[float], is_labelled: Sequence[bool], n: int) -> list[float]:
    """Return up to n times, evenly over those at which something labelled is seen; others where these are few.

    Args:
        times: increasing.
        is_labelled: for each, whether something is.
        n: how many are wanted.
    """
    seen = [t for t, is_seen in zip(times, is_labelled, strict=True) if is_seen]
    if len(seen) >= n:
        return spread(seen, n)
    others = [t for t, is_seen in zip(times, is_labelled, strict=True) if not is_seen]
    return sorted([*seen, *(spread(others, n - len(seen)) if others else [])])


def _cameras(dataset: Dataset) -> list[str]:
    return [name for name in dataset.sensors if "rgb" in dataset.columns(name)]


def _moment(episode: Episode, camera: str, t: float | None) -> ShownMoment:
    """Return the frame of an episode nearest to a time (the middle one if None), with its caption.

    Where nothing labelled is seen in it, the nearest one is shown in which something is: an inspection camera
    sees good parts most of the time.
    """
    from oddsmith.contact_sheet import ShownMoment

    times = _times(episode, camera)
    if not times:
        raise DatasetError(f"{camera} saw nothing in episode {episode.id}")
    moment = times[len(times) // 2] if t is None else t
    order = sorted(range(len(times)), key=lambda k: abs(times[k] - moment))
    seen = _labelled(episode, camera)
    index = next((k for k in order if seen[k]), order[0]) if seen else order[0]
    frame = next(islice(episode.frames(camera), index, None))
    events = [name for name, occurred in episode.events.items() if occurred]
    weight = "no weight" if episode.weight is None else f"weight {episode.weight:.3g}"
    units = episode.dataset.units("episodes")
    parameters = ", ".join(
        f"{_leaf(name)} {_plain(value)} {units.get(name, '')}".rstrip()
        for name, value in episode.parameters.items()
    )
    title = f"{episode.id}  t = {frame.t:.2f} s"
    return ShownMoment(dict(frame), title, " · ".join([", ".join(events) or "no event", weight, parameters]))


def _time_of(episode: Episode, target: str | None) -> float | None:
    """Return when to look: just before the target event, or at the peak of its score."""
    if target is None:
        return None
    t = episode.row.get(f"event_time.{target}")
    if t is not None:
        return float(t) - _BEFORE_EVENT
    peak = episode.row.get(f"peak_time.{target}")
    return None if peak is None else float(peak)


def _times(episode: Episode, camera: str) -> list[float]:
    return [frame.t for frame in episode.frames(camera, columns=())]


def _labelled(episode: Episode, camera: str) -> list[bool]:
    """Return for each frame whether objects are labelled in it; nothing where no objects are."""
    if "objects" not in episode.dataset.columns(camera):
        return []
    return [bool(dict(frame)["objects"]) for frame in episode.frames(camera, columns=("objects",))]


def _leaf(path: str) -> str:
    return path.removeprefix("parameters.").removeprefix("world.")


def _plain(value: object) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)
