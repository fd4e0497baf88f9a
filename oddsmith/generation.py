"""From a scenario to a dataset: hunt, select, plan, make shards, describe.

Each step leaves a file that the next needs and that is never written twice: the batches of the hunt, the table
of calls, the plan, one receipt per shard, and last the manifest. `resume` takes whatever is there and goes on.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from oddsmith.backends import Backend, open_backend
from oddsmith.batch import Stop, Stopped, alone_in, make_shards, stop_signals
from oddsmith.begin import (
    begin,
    check_environment,
    check_same,
    origin,
    refuse_unfinished,
    scenario_file,
    state_of,
)
from oddsmith.card import dataset_card
from oddsmith.croissant import croissant
from oddsmith.disk import disk_faults, json_bytes, write_file
from oddsmith.forecast import Forecast, plan
from oddsmith.layout import CALLS, EPISODES, Layout
from oddsmith.manifest import build_manifest, read_manifest
from oddsmith.observing import sensor_setup
from oddsmith.plan import Plan
from oddsmith.planning import planned
from oddsmith.progress import Listener, Progress, silence
from oddsmith.receipts import Receipt, StoredFile, read_receipts, sweep, verified_receipts
from renderers.sensors import TABLE as SENSORS
from sim.episode import record, score
from sim.errors import DatasetError, RunError
from sim.scenario import Scenario

__all__ = ["Forecast", "Summary", "plan", "resume", "run"]


@dataclass(frozen=True)
class Summary:
    """A complete dataset.

    Args:
        tables: table -> rows.
        odds: per event, as in the manifest.
        made: False if it was complete before.
    """

    folder: Path
    dataset_hash: str
    calls: int
    episodes: int
    tables: Mapping[str, int]
    odds: Mapping[str, Any]
    made: bool


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
        scenario: loaded with `overrides`.
        out: folder; made if need be. If it holds this very dataset already, nothing is done.
        overrides: dotted path -> YAML text, as the scenario was loaded with; needed to load it again.
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
        return _summary(layout, made=False)
    begin(layout, scenario, overrides=overrides or {}, seed=seed)
    return _work(layout, scenario, workers=workers, listen=listen)


def resume(out: Path, *, workers: int = 1, listen: Listener = silence) -> Summary:
    """Go on with an unfinished dataset; what has a verified receipt is not done again.

    Raises:
        DatasetError: no run was begun there.
        UsageError: versions or the processor changed since, or another process works on the folder.
        Unfinished, RunError: as `run`.
    """
    layout = Layout(out)
    if layout.manifest.is_file():
        shutil.rmtree(layout.work, ignore_errors=True)  # killed between the manifest and this
        return _summary(layout, made=False)
    check_environment(layout)
    return _work(layout, scenario_file(layout).open(), workers=workers, listen=listen)


def _work(layout: Layout, scenario: Scenario, *, workers: int, listen: Listener) -> Summary:
    """Take whatever steps are left, alone and stoppable."""
    backend = open_backend("local" if workers > 1 else "serial", scenario_file(layout), workers=workers)
    with alone_in(layout):
        try:
            with stop_signals():
                return _steps(layout, scenario, backend, listen)
        except Stop as stop:
            backend.stop()
            kept = _tidy(layout)
            raise Stopped(
                f"stopped; {kept} and nothing finished is lost: `oddsmith resume {layout.root}` goes on",
                stop.number,
            ) from None
        except RunError as fault:
            backend.stop()
            kept = _tidy(layout)
            raise RunError(f"{fault}; {kept}, and `oddsmith resume {layout.root}` goes on") from fault
        finally:
            backend.stop()


def _steps(layout: Layout, scenario: Scenario, backend: Backend, listen: Listener) -> Summary:
    receipts = verified_receipts(layout)
    sweep(layout, receipts.values())
    seed = origin(layout)["seed"]
    listen(Progress("compile", note="loading kernels; the first run compiles them, once"))
    _warm_up(scenario, seed)
    made, calls = planned(layout, scenario, backend, receipts=receipts, seed=seed, listen=listen)
    total = sum(len(shard) for shard in made.shards)
    shards = make_shards(
        layout,
        made,
        backend,
        receipts=receipts,
        report=lambda done: listen(Progress("render", done, total, "episodes")),
    )
    listen(Progress("finish", note="writing the manifest"))
    _finish(layout, scenario, made, [calls, *shards])
    return _summary(layout, made=True)


def _warm_up(scenario: Scenario, seed: int) -> None:
    """Run one episode and one sample of every sensor, so that kernels are compiled before workers need them."""
    draw = scenario.nominal(seed, 0)
    with suppress(RunError):  # if this episode fails, the hunt will count it
        score(scenario, draw)
        recording = record(scenario, draw)
        for name, use in scenario.sensors.items():
            setup = sensor_setup(scenario, name, recording)
            one = replace(setup, times=setup.times[:1])
            for _ in islice(SENSORS[use.kind].observe(recording, one), 1):
                pass


def _tidy(layout: Layout) -> str:
    """Sweep away what interrupted jobs left; return what stays, as a clause."""
    receipts = read_receipts(layout)
    sweep(layout, receipts.values())
    if not layout.plan.is_file():
        return f"{sum(1 for _ in layout.batch(0).parent.glob('*.json'))} batches of the hunt are kept"
    total = len(Plan.from_bytes(layout.plan.read_bytes()).shards)
    return f"{sum(job != CALLS for job in receipts)} of {total} shards are done"


def _finish(layout: Layout, scenario: Scenario, made: Plan, receipts: list[Receipt]) -> None:
    """Write card, Croissant and manifest, then drop what only resuming needs."""
    files = [file for receipt in receipts for file in receipt.files]
    rates = json.loads(layout.odds.read_bytes())
    with disk_faults(layout.root):
        _describe(layout, scenario, made, files, rates)
        manifest = build_manifest(layout, scenario, made, files, begun=origin(layout), rates=rates)
        write_file(layout.manifest, json_bytes(manifest))
    shutil.rmtree(layout.work, ignore_errors=True)


def _describe(
    layout: Layout, scenario: Scenario, made: Plan, files: list[StoredFile], rates: Mapping[str, Any]
) -> None:
    names = sorted({file.table for file in files}, key=lambda table: (table not in (CALLS, EPISODES), table))
    first = {table: min(file.path for file in files if file.table == table) for table in names}
    schemas = {table: pq.read_schema(layout.root / path) for table, path in first.items()}
    strata: dict[str, int] = {}
    for episode in made.episodes:
        strata[episode.stratum] = strata.get(episode.stratum, 0) + 1
    card = dataset_card(
        name=scenario.name,
        about=scenario.about,
        sources=scenario.sources,
        tables={table: sum(file.rows for file in files if file.table == table) for table in names},
        columns={table: len(schema) for table, schema in schemas.items()},
        rates=rates,
        strata=strata,
    )
    write_file(layout.card, card.encode())
    description = croissant(name=scenario.name, about=scenario.about, files=files, schemas=schemas)
    write_file(layout.croissant, json_bytes(description))


def _summary(layout: Layout, *, made: bool) -> Summary:
    found = read_manifest(layout)
    if found.get("kind") != "oddsmith dataset":
        raise DatasetError(f"{layout.manifest} is not the manifest of a dataset of ours")
    return Summary(
        layout.root,
        found["dataset_hash"],
        found["counts"]["calls"],
        found["counts"]["episodes"],
        {table: about["rows"] for table, about in found["tables"].items()},
        found["odds"],
        made,
    )
