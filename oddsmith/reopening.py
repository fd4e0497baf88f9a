"""The scenario of a finished dataset, loaded from the dataset's own copies, as it was or with laws replaced."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from oddsmith.begin import origin
from oddsmith.catalog import sensor_sections
from oddsmith.exporters import TABLE as EXPORTERS
from oddsmith.layout import Layout
from oddsmith.tasks import ScenarioFile
from sim.scenario import Scenario

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["reopened", "reopened_with"]


def reopened(folder: Path) -> Scenario:
    """Return the scenario that a dataset was made from.

    Raises:
        DatasetError: no run was ever begun here.
        RunError: the scenario's copy was changed, or this version reads it otherwise.
    """
    return _file(folder).open()


def reopened_with(folder: Path, overrides: Mapping[str, str]) -> Scenario:
    """Return the scenario of a dataset with some fields replaced.

    Args:
        folder: the dataset.
        overrides: path -> YAML text, on top of those the run was given.

    Raises:
        DatasetError: no run was ever begun here.
        ScenarioError: with everything that is wrong with the overrides.
    """
    file = _file(folder)
    return Scenario.load(
        file.path,
        sensors=sensor_sections(),
        exporters=tuple(EXPORTERS),
        overrides={**file.overrides, **overrides},
        inputs=file.inputs,
    )


def _file(folder: Path) -> ScenarioFile:
    layout = Layout(folder)
    found = origin(layout)
    return ScenarioFile(layout.scenario, layout.inputs, found["overrides"], found["scenario"])
