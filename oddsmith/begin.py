"""What a folder holds before work begins: nothing, a run that was begun, a dataset, or something else."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Literal

from oddsmith.disk import disk_faults, json_bytes, write_file
from oddsmith.environment import differences, environment
from oddsmith.errors import DatasetError
from oddsmith.layout import Layout
from oddsmith.manifest import read_manifest
from oddsmith.tasks import ScenarioFile
from sim.errors import Unfinished, UsageError
from sim.scenario import Scenario

__all__ = [
    "State",
    "begin",
    "begin_extension",
    "check_environment",
    "check_same",
    "origin",
    "refuse_unfinished",
    "scenario_file",
    "state_of",
]

State = Literal["empty", "begun", "complete"]


def state_of(layout: Layout) -> State:
    """Return what the folder holds.

    Raises:
        UsageError: something that is not ours.
    """
    if layout.manifest.is_file():
        return "begun" if layout.switch.root.is_dir() else "complete"
    if layout.begun.is_file():
        return "begun"
    if layout.root.exists() and not layout.root.is_dir():
        raise UsageError(f"{layout.root} is a file, not a folder")
    ours = {layout.work, layout.scenario, layout.inputs}  # what a run that was killed at once has made
    if layout.root.is_dir() and any(entry not in ours for entry in layout.root.iterdir()):
        raise UsageError(f"{layout.root} holds something else: give --out a folder that is new or empty")
    return "empty"


def begin(layout: Layout, scenario: Scenario, *, overrides: Mapping[str, str], seed: int) -> dict[str, Any]:
    """Note what is made here and copy the scenario and its inputs; return the note.

    Raises:
        RunError: the disk refuses.
    """
    note = {
        "scenario": scenario.hash,
        "name": scenario.name,
        "seed": seed,
        "overrides": dict(overrides),
        **environment(),
    }
    with disk_faults(layout.root):
        layout.work.mkdir(parents=True, exist_ok=True)
        write_file(layout.scenario, scenario.text)
        for item in scenario.inputs:
            write_file(layout.inputs / item.path, item.file.read_bytes())
        write_file(layout.begun, json_bytes(note))
    return note


def begin_extension(layout: Layout, *, calls: int, episodes: int) -> None:
    """Note what is to be added to a complete dataset.

    Raises:
        RunError: the disk refuses.
    """
    with disk_faults(layout.root):
        layout.extension.work.mkdir(parents=True, exist_ok=True)
        write_file(layout.extension.begun, json_bytes({"calls": calls, "episodes": episodes}))


def origin(layout: Layout) -> dict[str, Any]:
    """Return what a folder's dataset is made from: scenario hash, seed, overrides, environment.

    Raises:
        DatasetError: no run was ever begun here.
    """
    if layout.manifest.is_file():
        found = read_manifest(layout)
        return {**found, "scenario": found["scenario"]["hash"]}
    if layout.begun.is_file():
        note: dict[str, Any] = json.loads(layout.begun.read_bytes())
        return note
    raise DatasetError(f"{layout.root} is not a dataset: no run was begun there")


def check_same(layout: Layout, scenario: Scenario, seed: int) -> None:
    """Compare what a folder holds with what is asked for.

    Raises:
        UsageError: they differ; the message says in what.
    """
    found = origin(layout)
    for what, there, here in (
        ("scenario", found["name"], scenario.name),
        ("seed", found["seed"], seed),
        ("scenario's content", found["scenario"][:12], scenario.hash[:12]),
    ):
        if there != here:
            raise UsageError(
                f"{layout.root} holds another dataset: its {what} is {there}, not {here}; choose another --out"
            )


def check_environment(layout: Layout) -> None:
    """Refuse to go on where the bytes could come out otherwise than they began.

    Raises:
        UsageError: versions or the processor changed; the message lists what.
    """
    changed = differences(origin(layout), environment())
    if changed:
        raise UsageError(
            f"{layout.root} was begun in another environment ({', '.join(changed)}) and would not come out the"
            " same: go on in that one, or start again in a new folder"
        )


def refuse_unfinished(layout: Layout) -> None:
    """Say how an unfinished run is continued.

    Raises:
        Unfinished: always.
    """
    raise Unfinished(f"{layout.root} is unfinished: `oddsmith resume {layout.root}` goes on with it")


def scenario_file(layout: Layout) -> ScenarioFile:
    """Return how processes load the scenario of a dataset."""
    found = origin(layout)
    return ScenarioFile(layout.scenario, layout.inputs, found["overrides"], found["scenario"])
