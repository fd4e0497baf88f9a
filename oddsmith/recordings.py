"""The recordings behind a dataset's episodes, made again from the dataset's own copy of its scenario."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from oddsmith.begin import check_environment, scenario_file
from oddsmith.layout import Layout
from oddsmith.plan import Plan
from sim.episode import record

__all__ = ["documents_of"]


def documents_of(folder: Path) -> Iterator[tuple[str, Mapping[str, Callable[[], str]]]]:
    """Yield every episode's id and its documents: name of a file of the domain's field -> what makes its text.

    Raises:
        DatasetError: the folder is not a dataset.
        UsageError: it was made in another environment, in which the episodes might come out otherwise.
        RunError: an episode cannot be recorded.
    """
    layout = Layout(folder)
    check_environment(layout)
    scenario = scenario_file(layout).open()
    for planned in Plan.from_bytes(layout.plan.read_bytes()).episodes:
        yield planned.episode_id, record(scenario, planned.draw).documents
