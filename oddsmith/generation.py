"""From a scenario to a dataset: hunt, select, plan, make shards, describe.

Each step leaves a file that the next needs and that is never written twice: the batches of the hunt, the table
of calls, the plan, one receipt per shard, and last the manifest. `resume` takes whatever is there and goes on.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

from oddsmith.backends import Backend
from oddsmith.begin import (
    begin,
    check_environment,
    check_same,
    origin,
    refuse_unfinished,
    scenario_file,
    state_of,
)
from oddsmith.disk import disk_faults
from oddsmith.extension import carry_on, extend, is_extending
from oddsmith.finishing import describe, part_note
from oddsmith.forecast import Forecast, plan
from oddsmith.layout import Layout
from oddsmith.making import made_part
from oddsmith.parts import first_order
from oddsmith.progress import Listener, Progress, silence
from oddsmith.summary import Summary, summary_of
from oddsmith.working import abandon, at_work
from sim.scenario import Scenario

__all__ = ["Forecast", "Summary", "extend", "plan", "resume", "run"]


def run(
    scenario: Scenario,
    out: Path,
    *,
    overrides: Mapping[str, str] | None = None,
    seed: int = 0,
    workers: int = 1,
    listen: Listener = silence,
) -> Summary:
    """Make a dataset of a scenario in a new folder.

    Args:
        scenario: what to make.
        out: folder; made if need be. If it holds this very dataset already, nothing is done.
        overrides: dotted path -> YAML text, to load the scenario again with; as it was loaded unless given.
        seed: root seed of all noise.
        workers: processes; the result does not depend on it.
        listen: takes progress.

    Raises:
        UsageError: the folder holds something else, or is being worked on.
        Unfinished: the folder holds the beginning of this dataset; or a signal stopped the run (Stopped).
        RunError: an episode or the disk failed; what is finished stays.
    """
    layout = Layout(out)
    state = state_of(layout)
    if state != "empty":
        check_same(layout, scenario, seed)
        if state == "begun":
            refuse_unfinished(layout)
        return summary_of(layout, made=False)
    begin(layout, scenario, overrides=scenario.overrides if overrides is None else overrides, seed=seed)
    return _work(layout, scenario, workers=workers, listen=listen)


def resume(out: Path, *, workers: int = 1, listen: Listener = silence) -> Summary:
    """Go on with an unfinished dataset or extension; what has a verified receipt is not done again.

    Raises:
        DatasetError: no run was begun there.
        UsageError: versions or the processor changed since, or another process works on the folder.
        Unfinished, RunError: as `run`.
    """
    layout = Layout(out)
    if is_extending(layout):
        return carry_on(layout, workers=workers, listen=listen)
    if layout.manifest.is_file():
        shutil.rmtree(layout.work, ignore_errors=True)  # killed between the manifest and this
        return summary_of(layout, made=False)
    check_environment(layout)
    return _work(layout, scenario_file(layout).open(), workers=workers, listen=listen)


def _work(layout: Layout, scenario: Scenario, *, workers: int, listen: Listener) -> Summary:
    """Take whatever steps are left."""
    return at_work(
        layout,
        lambda backend: _steps(layout, scenario, backend, listen),
        workers=workers,
        kept_in=layout,
        abandon=lambda: abandon(layout),
    )


def _steps(layout: Layout, scenario: Scenario, backend: Backend, listen: Listener) -> Summary:
    order = first_order(scenario, origin(layout)["seed"])
    made, receipts = made_part(layout, scenario, backend, order, listen)
    listen(Progress("finish", note="writing the manifest"))
    files = [file for receipt in receipts for file in receipt.files]
    results = json.loads(layout.odds.read_bytes())
    results["parts"] = [part_note(results.pop("part"), made, 0)]
    with disk_faults(layout.root):
        describe(layout, scenario, made, files, begun=origin(layout), results=results)
    shutil.rmtree(layout.work, ignore_errors=True)
    return summary_of(layout, made=True)
