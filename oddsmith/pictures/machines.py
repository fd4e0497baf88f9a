"""A factory: one episode as maintenance sees it, from the line's states to the spectrum of what fails."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from oddsmith.dataset import Dataset, Episode
from oddsmith.pictures import cameras
from oddsmith.pictures.base import Previewed, Wish, chosen, one_of
from oddsmith.pictures.figures import INK, figure_of, save
from oddsmith.pictures.machine_history import (
    Trend,
    TrendOf,
    draw_jobs,
    draw_reading,
    draw_states,
    draw_stocks,
    draw_trend,
    scale_of,
)
from oddsmith.pictures.spectra import Shown, draw_window, shown_of

__all__ = ["can_show", "draw"]

_MOST_READINGS = 2
_MOST_TRENDS = 2
_MOST_MACHINES = 12
_MOST_PICTURES = 4


@dataclass(frozen=True)
class Picture:
    """What a camera saw at a moment [s], and the kinds of what is labelled in it."""

    t: float
    rgb: np.ndarray
    seen: tuple[str, ...]


def can_show(dataset: Dataset) -> bool:
    """Return whether the dataset has the states of machines."""
    return {"machine_states", "work_orders", "lives"} <= set(dataset.tables)


def draw(dataset: Dataset, out: Path, wish: Wish) -> Previewed:
    """Draw one episode as `episode.png`: states, wear and readings, jobs and alarms, and windows of a signal.

    What cameras saw is drawn beside it, as of any dataset with cameras.

    Raises:
        DatasetError: there is no such sensor, event or episode.
    """
    (episode, *_), note = chosen(dataset, wish, 1)
    signals, films = signals_of(dataset), _cameras(dataset)
    wanted = None if wish.sensor in films else wish.sensor
    main = one_of("signal", signals, wanted, str(dataset.folder.path)) if wanted or signals else None
    tables = {name: list(episode.rows(name)) for name in ("machine_states", "lives", "work_orders")}
    readings = _readings(dataset, episode, tables["lives"])[:_MOST_READINGS]
    windows = shown_of(dataset, episode, main) if main is not None else []
    pictures = _pictures(dataset, episode)
    file = _draw(dataset, episode, tables, readings, _trends(dataset, episode, signals), windows, pictures, out)
    if not films:
        return Previewed((file,), (episode.id,), note)
    film = cameras.draw(dataset, out, replace(wish, sensor=wish.sensor if wish.sensor in films else None))
    return Previewed((file, *film.files), (episode.id,), note)


def signals_of(dataset: Dataset) -> list[str]:
    """Return the sensors that give windows of samples, accelerometers first."""
    found = [name for name in dataset.sensors if {"signal", "rate", "true_t"} <= set(dataset.columns(name))]
    return sorted(found, key=lambda name: dataset.units(name).get("scale") != "m/s2")


def _draw(
    dataset: Dataset,
    episode: Episode,
    tables: Mapping[str, list[Mapping[str, Any]]],
    readings: list[Trend],
    trends: list[TrendOf],
    windows: list[Shown],
    pictures: list[Picture],
    out: Path,
) -> Path:
    machines = list(dict.fromkeys(row["machine"] for row in tables["machine_states"]))[:_MOST_MACHINES]
    end = max((float(row["until"]) for row in tables["machine_states"]), default=1.0)
    alarms = list(episode.rows("alarms"))
    rows = len({row["alarm"] for row in alarms} | {row["component"] for row in tables["work_orders"]})
    stocks = {str(item["id"]): int(item["stock"]) for item in world_of(dataset).get("spares", ())}
    heights = [0.5 + 0.28 * len(machines), *[1.5] * len(readings), *[0.9] * len(trends)]
    heights += [*[0.9] * bool(stocks), max(1.0, 0.17 * rows)]
    below = 1.45 * len(windows) + (1.9 if pictures else 0.0)
    figure = figure_of(10.5, 0.9 + sum(heights) + below)
    parts: Any = figure.subfigures(2, 1, height_ratios=(sum(heights) + 0.5, max(below, 0.01)))
    upper, lower = parts
    axes = upper.subplots(len(heights), 1, sharex=True, height_ratios=heights, squeeze=False)[:, 0]
    scale = scale_of(end)
    draw_states(axes[0], tables["machine_states"], machines, scale)
    for place, reading in enumerate(readings, start=1):
        draw_reading(axes[place], reading, scale)
    for place, trend in enumerate(trends, start=1 + len(readings)):
        shown = [window.t for window in windows if window.sensor == trend.name]
        draw_trend(axes[place], trend, scale, shown)
    draw_jobs(axes[-1], tables["work_orders"], alarms, scale)
    axes[-1].set_xlim(0.0, end / scale.seconds)
    if stocks:
        draw_stocks(axes[-2], list(episode.rows("stocks")), stocks, scale)
    axes[-1].set_xlabel(f"time [{scale.name}]", fontsize=8, color=INK)
    if below:
        _draw_below(lower, windows, pictures, scale)
    name = str(dataset.manifest.get("name", dataset.folder.path.name))
    weight = "no weight" if episode.weight is None else f"weight {episode.weight:.3g}"
    events = ", ".join(event for event, occurred in episode.events.items() if occurred) or "no event"
    figure.suptitle(f"{name}: episode {episode.id}, {events}, {weight}", fontsize=12, color=INK)
    return save(figure, out / "episode.png")


def _draw_below(figure: Any, windows: list[Shown], pictures: list[Picture], scale: Any) -> None:
    rows = len(windows) + bool(pictures)
    grid = figure.add_gridspec(rows, 2, height_ratios=[1.0] * len(windows) + [1.3] * bool(pictures))
    loudest = max((float(np.max(np.abs(one.signal))) for one in windows), default=1.0)
    for row, window in enumerate(windows):
        axes = figure.add_subplot(grid[row, 0]), figure.add_subplot(grid[row, 1])
        draw_window(*axes, window, loudest=loudest, scale=scale, is_last=row + 1 == len(windows))
    if pictures:
        inner = grid[rows - 1, :].subgridspec(1, len(pictures))
        for place, picture in enumerate(pictures):
            axes = figure.add_subplot(inner[0, place])
            axes.imshow(picture.rgb)
            title = f"t = {picture.t / scale.seconds:.2f} {scale.name}: {', '.join(picture.seen) or 'nothing'}"
            axes.set_title(title[:44], fontsize=7, loc="left", color=INK, pad=3)
            axes.set_axis_off()


# -- reading -------------------------------------------------------------------------------------------------


def world_of(dataset: Dataset) -> Mapping[str, Any]:
    """Return the world of the scenario, with its defaults."""
    resolved = dataset.manifest.get("scenario", {}).get("resolved", {})
    world = resolved.get("world", {})
    return world if isinstance(world, Mapping) else {}


def _readings(dataset: Dataset, episode: Episode, lives: list[Mapping[str, Any]]) -> list[Trend]:
    """Return what readings said, those of components that failed first."""
    rows: dict[str, list[Mapping[str, Any]]] = {}
    for row in episode.rows("process_values"):
        rows.setdefault(row["reading"], []).append(row)
    items = {item["id"]: item for item in world_of(dataset).get("readings", ())}
    alarms, bounds = _alarm_bounds(dataset), _service_bounds(dataset)
    found = [Trend.of(name, own, items, alarms, bounds) for name, own in rows.items()]
    failed = {row["component"] for row in lives if row["ends"] == "failure"}
    return sorted(found, key=lambda one: one.component not in failed)


def _alarm_bounds(dataset: Dataset) -> dict[str, float]:
    """Return reading -> value above which an alarm is raised, the lowest of several."""
    whens = [item["when"].get("reading", {}) for item in world_of(dataset).get("alarms", ())]
    told = [(str(one["of"]), float(one["above"])) for one in whens if one.get("above") is not None]
    return {reading: min(above for of, above in told if of == reading) for reading, _ in told}


def _service_bounds(dataset: Dataset) -> dict[str, float]:
    """Return reading -> value above which a component is replaced."""
    rules = [item.get("upkeep") for item in world_of(dataset).get("components", ())]
    chosen_rules = [one["on_reading"] for one in rules if isinstance(one, Mapping) and "on_reading" in one]
    return {str(rule["reading"]): float(rule["above"]) for rule in chosen_rules}


def _trends(dataset: Dataset, episode: Episode, signals: list[str]) -> list[TrendOf]:
    found = []
    for name in signals[:_MOST_TRENDS]:
        frames = list(episode.frames(name))
        if frames:
            found.append(TrendOf.of(name, frames, dataset.units(name)))
    return found


def _cameras(dataset: Dataset) -> list[str]:
    return [name for name in dataset.sensors if "rgb" in dataset.columns(name)]


def _pictures(dataset: Dataset, episode: Episode) -> list[Picture]:
    """Return up to four pictures of a camera, those the richest in kinds of objects, evenly among equals."""
    films = _cameras(dataset)
    if not films:
        return []
    columns = [name for name in ("rgb", "objects") if name in dataset.columns(films[0])]
    found = []
    for frame in islice(episode.frames(films[0], columns=columns), cameras.MOST_FRAMES):
        names = (str(one["category"]) for one in dict(frame).get("objects") or ())
        found.append(Picture(frame.t, np.asarray(frame["rgb"]), tuple(dict.fromkeys(names))))
    ranked = sorted(found, key=lambda picture: -len(picture.seen))
    if len(ranked) <= _MOST_PICTURES:
        return ranked
    least = len(ranked[_MOST_PICTURES - 1].seen)
    richer = [picture for picture in ranked if len(picture.seen) > least]
    equal = [picture for picture in found if len(picture.seen) == least]
    moments = cameras.spread([picture.t for picture in equal], _MOST_PICTURES - len(richer))
    return [*richer, *(picture for picture in equal if picture.t in moments)]
