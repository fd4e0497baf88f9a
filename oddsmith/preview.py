"""Pictures for people: a contact sheet and a moving picture, of a dataset or of a scenario not yet run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from oddsmith.dataset import Dataset, Episode
from oddsmith.decoding import decode
from oddsmith.errors import DatasetError

if TYPE_CHECKING:
    from oddsmith.contact_sheet import ShownMoment
    from sim.noise import Draw
    from sim.recording import Outcome
    from sim.scenario import Scenario

__all__ = ["Previewed", "preview_dataset", "preview_scenario"]

_MOST_FRAMES = 80
"""Frames of a moving picture: eight seconds at ten frames per second, a few megabytes."""

_HUNT_CALLS = 200
"""Nominal episodes looked at, at most, for one with the event."""

_BEFORE_EVENT = 0.5
"""How long before an event its frame is shown [s]: at the event who is hit has often left the picture."""


@dataclass(frozen=True)
class Previewed:
    """What a preview wrote, and of which episodes.

    Args:
        sheet: the contact sheet (PNG).
        animation: the moving picture (GIF) of the first of them.
        shown: what each row of the sheet is of.
        note: one clause about how they were chosen.
    """

    sheet: Path
    animation: Path
    shown: tuple[str, ...]
    note: str


def preview_dataset(
    dataset: Dataset,
    out: Path,
    *,
    sensor: str | None = None,
    event: str | None = None,
    episode_id: str | None = None,
    rows: int = 5,
) -> Previewed:
    """Write a contact sheet of some episodes of a dataset, and a moving picture of the first.

    Args:
        dataset: what to show.
        out: folder of the pictures.
        sensor: the camera to show; the first if None.
        event: show episodes in which this event occurred; the scenario's target if None, and any where it
            never did.
        episode_id: show only this episode, at several moments.
        rows: rows of the sheet.

    Raises:
        DatasetError: there is no such camera, event or episode, or nothing to show.
    """
    from oddsmith.contact_sheet import write_animation, write_sheet

    camera = _camera(dataset, sensor)
    target = event or dataset.manifest.get("target")
    episodes, note = _chosen(dataset, event, target, episode_id, rows)
    sheet, animation = _files(out)
    if episode_id is None:
        moments = [_moment(episode, camera, _time_of(episode, target)) for episode in episodes]
    else:
        moments = [_moment(episodes[0], camera, t) for t in _spread(_times(episodes[0], camera), rows)]
    write_sheet(
        sheet,
        moments,
        heading=str(dataset.manifest.get("name", dataset.folder.path.name)),
        subheading=str(dataset.manifest.get("about", "")),
        categories=dataset.categories,
        panels=_panels(dataset.columns(camera)),
    )
    frames = islice(episodes[0].frames(camera), _MOST_FRAMES)
    write_animation(
        animation,
        frames,
        categories=dataset.categories,
        panels=_panels(dataset.columns(camera)),
        rate=_rate(_times(episodes[0], camera)),
    )
    return Previewed(sheet, animation, tuple(episode.id for episode in episodes), note)


def preview_scenario(
    scenario: Scenario, out: Path, *, seed: int = 0, sensor: str | None = None, rows: int = 5
) -> Previewed:
    """Write a contact sheet and a moving picture of one episode of a scenario, without a dataset.

    The first of 200 nominal episodes in which the target event occurs is shown, or else the one that came
    nearest to it.

    Raises:
        DatasetError: the scenario has no such camera.
    """
    from oddsmith.contact_sheet import ShownMoment, write_animation, write_sheet

    camera = _scenario_camera(scenario, sensor)
    draw, outcome, note = _hunted(scenario, seed)
    frames = list(islice(_observed(scenario, draw, camera), _MOST_FRAMES))
    times = [t for t, _ in frames]
    panels = _panels(frames[0][1])
    events = [name for name in scenario.events if outcome.occurred(name)]
    moments = [
        ShownMoment(frames[times.index(t)][1], f"t = {t:.2f} s", ", ".join(events) if k == 0 else "")
        for k, t in enumerate(_spread(times, rows))
    ]
    sheet, animation = _files(out)
    categories = scenario.domain.categories
    write_sheet(
        sheet, moments, heading=scenario.name, subheading=scenario.about, categories=categories, panels=panels
    )
    write_animation(
        animation, (values for _, values in frames), categories=categories, panels=panels, rate=_rate(times)
    )
    return Previewed(sheet, animation, (scenario.name,), note)


def _chosen(
    dataset: Dataset, event: str | None, target: str | None, episode_id: str | None, rows: int
) -> tuple[list[Episode], str]:
    """Return the episodes to show and why these."""
    if episode_id is not None:
        return [dataset.episode(episode_id)], f"episode {episode_id}"
    if target is not None:
        found = list(islice(dataset.episodes(event=target), rows))
        if found:
            return found, f"episodes with {target}"
        if event is not None:
            raise DatasetError(f"{dataset.folder.path} has no episode in which {event} occurred")
    found = list(islice(dataset.episodes(), rows))
    if not found:
        raise DatasetError(f"{dataset.folder.path} has no episodes yet")
    return found, f"no episode with {target}: the first of all" if target else "the first episodes"


def _moment(episode: Episode, camera: str, t: float | None) -> ShownMoment:
    """Return the frame of an episode nearest to a time (the middle one if None), with its caption."""
    from oddsmith.contact_sheet import ShownMoment

    times = _times(episode, camera)
    if not times:
        raise DatasetError(f"{camera} saw nothing in episode {episode.id}")
    index = len(times) // 2 if t is None else min(range(len(times)), key=lambda k: abs(times[k] - t))
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


def _rate(times: Sequence[float]) -> float:
    return (len(times) - 1) / (times[-1] - times[0]) if len(times) > 1 else 1.0


def _spread(times: Sequence[float], n: int) -> list[float]:
    """Return up to n times, evenly over all, the last included."""
    count = min(n, len(times))
    return [times[round((k + 1) * len(times) / count) - 1] for k in range(count)]


def _camera(dataset: Dataset, sensor: str | None) -> str:
    cameras = [name for name in dataset.sensors if "rgb" in dataset.columns(name)]
    return _one_of(cameras, sensor, str(dataset.folder.path))


def _scenario_camera(scenario: Scenario, sensor: str | None) -> str:
    cameras = [name for name, use in scenario.sensors.items() if use.kind == "camera"]
    return _one_of(cameras, sensor, scenario.name)


def _one_of(cameras: Sequence[str], wanted: str | None, owner: str) -> str:
    if not cameras:
        raise DatasetError(f"{owner} has no camera, so there is nothing to show")
    if wanted is not None and wanted not in cameras:
        raise DatasetError(f"{owner} has no camera {wanted!r}; it has {', '.join(cameras)}")
    return wanted or cameras[0]


def _panels(columns: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the first four views that a camera's columns allow."""
    from oddsmith.contact_sheet import PANELS

    return tuple(name for name in PANELS if name in columns)[:4]


def _hunted(scenario: Scenario, seed: int) -> tuple[Draw, Outcome, str]:
    """Return the first nominal episode with the target event, or the one with the highest score."""
    from sim.episode import score

    target = scenario.target
    if target is None:
        draw = scenario.nominal(seed, 0)
        return draw, score(scenario, draw), "the first nominal episode"
    best: tuple[float, Draw, Outcome] | None = None
    for index in range(_HUNT_CALLS):
        draw = scenario.nominal(seed, index)
        outcome = score(scenario, draw)
        if outcome.occurred(target):
            return draw, outcome, f"{target} occurred in nominal episode {index}"
        if best is None or outcome.scores[target] > best[0]:
            best = (outcome.scores[target], draw, outcome)
    assert best is not None
    return best[1], best[2], f"{target} occurred in none of {_HUNT_CALLS} nominal episodes: the nearest miss"


def _observed(scenario: Scenario, draw: Draw, camera: str) -> Iterator[tuple[float, dict[str, Any]]]:
    """Yield (t, decoded values) of a camera's frames of one episode."""
    from oddsmith.observing import sensor_setup
    from renderers.sensors import TABLE as SENSORS
    from sim.episode import record

    recording = record(scenario, draw)
    setup = sensor_setup(scenario, camera, recording)
    for sample in SENSORS[setup.kind].observe(recording, setup):
        yield sample.t, {name: decode(name, value) for name, value in sample.values.items()}


def _files(out: Path) -> tuple[Path, Path]:
    out.mkdir(parents=True, exist_ok=True)
    return out / "contact_sheet.png", out / "episode.gif"


def _leaf(path: str) -> str:
    return path.removeprefix("parameters.").removeprefix("world.")


def _plain(value: object) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)
