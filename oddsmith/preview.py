"""Pictures for people, of a dataset or of a scenario not yet run; `oddsmith.pictures` has the kinds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from oddsmith.dataset import Dataset
from oddsmith.decoding import decode
from oddsmith.errors import DatasetError
from oddsmith.pictures import TABLE
from oddsmith.pictures.base import Previewed, Wish, one_of
from oddsmith.pictures.cameras import MOST_FRAMES, files_in, panels_of, rate_of, telling

if TYPE_CHECKING:
    from sim.noise import Draw
    from sim.recording import Outcome
    from sim.scenario import Scenario

__all__ = ["Previewed", "Wish", "preview_dataset", "preview_scenario"]

_HUNT_CALLS = 200
"""Nominal episodes looked at, at most, for one with the event."""


def preview_dataset(dataset: Dataset, out: Path, wish: Wish | None = None) -> Previewed:
    """Draw what there is to see of a dataset: the first kind of picture that can show it.

    Args:
        dataset: what to show.
        out: folder of the pictures, made if need be.
        wish: what to show of it.

    Raises:
        DatasetError: nothing of it can be shown, or not what is wished for.
    """
    for kind in TABLE.values():
        pictures = kind.load()
        if pictures.can_show(dataset):
            out.mkdir(parents=True, exist_ok=True)
            return pictures.draw(dataset, out, wish or Wish())
    shown = "; ".join(kind.doc for kind in TABLE.values())
    raise DatasetError(f"{dataset.folder.path} has nothing that can be shown, which is {shown}")


def preview_scenario(
    scenario: Scenario,
    out: Path,
    *,
    overrides: Mapping[str, str] | None = None,
    seed: int = 0,
    sensor: str | None = None,
    rows: int = 5,
) -> Previewed:
    """Draw one episode of a scenario, without a dataset.

    The first of 200 nominal episodes in which the target event occurs is shown, or else the one that came
    nearest to it. Where there is no camera, a small dataset is made aside, and one such episode of it shown.

    Args:
        scenario: what to show.
        out: folder of the pictures, made if need be.
        overrides: as it was loaded with.
        seed: root seed of all noise.
        sensor: the sensor to show; the first if None.
        rows: how many of whatever there are many of.

    Raises:
        DatasetError: the scenario has no such sensor.
    """
    cameras = [name for name, use in scenario.sensors.items() if use.kind in ("camera", "inspection")]
    wished = scenario.sensors.get(sensor or "")
    if not cameras or (wished is not None and wished.kind in ("lidar", "radar")):
        shown = one_of("sensor", list(scenario.sensors), sensor, scenario.name)
        return _aside(scenario, out, overrides or {}, seed, Wish(sensor=sensor and shown, rows=rows))
    return _filmed(scenario, out, one_of("camera", cameras, sensor, scenario.name), seed, rows)


def _aside(scenario: Scenario, out: Path, overrides: Mapping[str, str], seed: int, wish: Wish) -> Previewed:
    """Make a small dataset in a folder that is thrown away, and draw the episode with the highest score."""
    from oddsmith import catalog
    from oddsmith.generation import run

    calls = _HUNT_CALLS if scenario.target else 1
    small = {
        "sampling.method": "nominal",
        "sampling.calls": str(calls),
        "sampling.episodes": "1",
        "sampling.event_share": "1",
        "sampling.near_miss_share": "0",
    }
    asked = {**overrides, **small}
    with TemporaryDirectory(prefix="oddsmith_preview_") as folder:
        run(catalog.load_scenario(scenario.file, asked), Path(folder) / "one", overrides=asked, seed=seed)
        dataset = Dataset(Path(folder) / "one")
        best, note = next(dataset.episodes()), "the first nominal episode"
        if (target := scenario.target) is not None:
            best = max(dataset.episodes(), key=lambda episode: float(episode.row[f"score.{target}"]))
            word = "" if best.events[target] else "not "
            note = f"of {calls} nominal episodes, one in which {target} did {word}occur"
        made = preview_dataset(dataset, out, replace(wish, episode_id=best.id))
    return Previewed(made.files, (scenario.name,), note)


def _filmed(scenario: Scenario, out: Path, camera: str, seed: int, rows: int) -> Previewed:
    """Draw what a camera sees of one episode."""
    from oddsmith.contact_sheet import ShownMoment, write_animation, write_sheet

    draw, outcome, note = _hunted(scenario, seed)
    frames = list(islice(_observed(scenario, draw, camera), MOST_FRAMES))
    times = [t for t, _ in frames]
    panels = panels_of(frames[0][1])
    events = [name for name in scenario.events if outcome.occurred(name)]
    shown = telling(times, [bool(values.get("objects")) for _, values in frames], rows)
    moments = [
        ShownMoment(frames[times.index(t)][1], f"t = {t:.2f} s", ", ".join(events) if k == 0 else "")
        for k, t in enumerate(shown)
    ]
    out.mkdir(parents=True, exist_ok=True)
    sheet, animation = files_in(out)
    categories = scenario.domain.categories
    write_sheet(
        sheet, moments, heading=scenario.name, subheading=scenario.about, categories=categories, panels=panels
    )
    write_animation(
        animation, (values for _, values in frames), categories=categories, panels=panels, rate=rate_of(times)
    )
    return Previewed((sheet, animation), (scenario.name,), note)


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
        yield float(sample.t), {name: decode(name, value) for name, value in sample.values.items()}
