"""More calls and episodes for a dataset that is complete, from the proposal that its hunt froze.

The new part is made aside, in `.work/extension`, laid out like a dataset of its own; the old one stays whole
and readable meanwhile. Parts are independent hunts and are combined by their shares of main calls, so the
weights in the old tables of calls and episodes change and these are written anew; what sensors saw is left
alone. When all of that stands on disk, the files change places, the manifest last; a change that was
interrupted is completed by `resume`.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

from oddsmith.backends import Backend
from oddsmith.batch import alone_in
from oddsmith.begin import begin_extension, check_environment, origin, scenario_file
from oddsmith.disk import disk_faults
from oddsmith.diversity import Clusters
from oddsmith.finishing import describe, part_note
from oddsmith.layout import CALLS, Layout
from oddsmith.making import made_part
from oddsmith.manifest import read_manifest
from oddsmith.odds import columns_of, summary_of
from oddsmith.parts import Before, Order
from oddsmith.plan import Plan
from oddsmith.planning import exposure_of
from oddsmith.progress import Listener, Progress, silence
from oddsmith.receipts import Receipt, StoredFile
from oddsmith.reweighting import reweighted_calls, reweighted_episodes
from oddsmith.summary import Summary
from oddsmith.summary import summary_of as summary_of_dataset
from oddsmith.switching import switch
from oddsmith.working import at_work
from sim.errors import Unfinished, UsageError
from sim.scenario import Scenario

__all__ = ["carry_on", "extend", "is_extending"]


def is_extending(layout: Layout) -> bool:
    """Return whether an extension of a complete dataset was begun and is not complete."""
    return layout.switch.root.is_dir() or (layout.manifest.is_file() and layout.extension.begun.is_file())


def extend(
    out: Path,
    *,
    calls: int | None = None,
    episodes: int | None = None,
    workers: int = 1,
    listen: Listener = silence,
) -> Summary:
    """Add calls and episodes to a complete dataset, from the same frozen proposal.

    Args:
        out: the dataset.
        calls: evaluations to add; as many as the scenario asks for unless given.
        episodes: episodes to add, likewise.
        workers: processes; the result does not depend on it.
        listen: takes progress.

    Raises:
        DatasetError: there is no dataset.
        UsageError: its hunt froze nothing to go on from, its environment is another one, or another process
            works on it.
        Unfinished: it is not complete, or an extension of it was begun before; or a signal stopped the work.
        RunError: an episode or the disk failed; what is finished stays, and so does the old dataset.
    """
    layout = Layout(out)
    if is_extending(layout) or (layout.begun.is_file() and not layout.manifest.is_file()):
        raise Unfinished(f"{layout.root} is unfinished: `oddsmith resume {layout.root}` goes on with it")
    check_environment(layout)
    manifest = read_manifest(layout)
    if manifest.get("frozen") is None:
        method = manifest.get("hunt", {}).get("method", "its method")
        raise UsageError(
            f"{layout.root} cannot be extended: {method} froze no proposal to draw more calls from"
        )
    scenario = scenario_file(layout).open()
    sampling = scenario.sampling
    begin_extension(layout, calls=calls or sampling.calls, episodes=episodes or sampling.episodes)
    return carry_on(layout, workers=workers, listen=listen)


def carry_on(layout: Layout, *, workers: int = 1, listen: Listener = silence) -> Summary:
    """Go on with an extension that was begun.

    Raises:
        UsageError, Unfinished, RunError: as `extend`.
    """
    if layout.switch.root.is_dir():
        with alone_in(layout), disk_faults(layout.root):
            switch(layout)
        return summary_of_dataset(layout, made=True)
    check_environment(layout)
    scenario = scenario_file(layout).open()
    return at_work(
        layout,
        lambda backend: _steps(layout, scenario, backend, listen),
        workers=workers,
        kept_in=layout.extension,
        abandon=lambda: shutil.rmtree(layout.work, ignore_errors=True),
    )


def _steps(layout: Layout, scenario: Scenario, backend: Backend, listen: Listener) -> Summary:
    order = _order(layout)
    made, receipts = made_part(layout.extension, scenario, backend, order, listen)
    listen(Progress("finish", note="weighing both parts anew"))
    with disk_faults(layout.root):
        _prepare(layout, scenario, order, made, receipts)
        switch(layout)
    return summary_of_dataset(layout, made=True)


def _order(layout: Layout) -> Order:
    """Return what the extension is to make, from the manifest and the note of what was asked."""
    manifest = read_manifest(layout)
    asked: dict[str, int] = json.loads(layout.extension.begun.read_bytes())
    old = Plan.from_bytes(layout.plan.read_bytes())
    parts = manifest["parts"]
    before = Before(
        parts=len(parts),
        calls=sum(part["calls"] for part in parts),
        main=sum(part["main"] for part in parts),
        audit=sum(part["audit"] for part in parts),
        groups=1 + int(columns_of(_files(layout, manifest, CALLS)).group.max()),
        shards=len(old.shards),
        measures=old.measures,
    )
    clusters = manifest["clusters"]
    return Order(
        manifest["seed"],
        asked["calls"],
        asked["episodes"],
        manifest["frozen"],
        clusters and Clusters.from_data(clusters),
        before,
    )


def _files(layout: Layout, manifest: dict[str, Any], table: str) -> list[Path]:
    return [layout.root / entry["path"] for entry in manifest["files"] if entry["table"] == table]


def _prepare(layout: Layout, scenario: Scenario, order: Order, made: Plan, new: list[Receipt]) -> None:
    """Write everything that takes the place of something else, under a name that counts only when complete."""
    draft = Layout(layout.switch.root.with_suffix(".draft"))
    shutil.rmtree(draft.root, ignore_errors=True)
    draft.root.mkdir(parents=True)
    manifest = read_manifest(layout)
    results: dict[str, Any] = json.loads(layout.extension.odds.read_bytes())
    counts = results.pop("part")
    share = {
        "main": order.before.main / max(order.before.main + counts["main"], 1),
        "audit": order.before.audit / max(order.before.audit + counts["audit"], 1),
    }
    plan = _joined(Plan.from_bytes(layout.plan.read_bytes()), made, share["main"])
    old = [StoredFile(**entry) for entry in manifest["files"]]
    rewritten = reweighted_calls(layout, draft, scenario, plan.measures, share, old)
    rewritten += reweighted_episodes(layout, draft, scenario, plan, old)
    tables = {file.table for file in rewritten}
    files = [file for file in old if file.table not in tables] + rewritten
    files += [file for receipt in new for file in receipt.files]
    homes = (draft.root, layout.extension.root)
    calls = [_home(file, homes) for file in sorted(files) if file.table == CALLS]
    results |= summary_of(columns_of(calls), hunt=manifest["hunt"], exposure=exposure_of(scenario))
    results |= {"hunt": manifest["hunt"], "frozen": manifest["frozen"], "clusters": manifest["clusters"]}
    results["parts"] = [*manifest["parts"], part_note(counts, made, order.before.shards)]
    draft.plan.write_bytes(plan.to_bytes())
    shutil.copy(layout.scenario, draft.scenario)
    if layout.inputs.is_dir():
        shutil.copytree(layout.inputs, draft.inputs)
    roots = (layout.extension.root, layout.root)
    describe(draft, scenario, plan, files, begun=origin(layout), results=results, roots=roots)
    draft.root.rename(layout.switch.root)


def _home(file: StoredFile, roots: tuple[Path, ...]) -> Path:
    return next(root / file.path for root in roots if (root / file.path).is_file())


def _joined(old: Plan, new: Plan, share: float) -> Plan:
    """Return the plan of both parts: the old episodes with their share of what they weighed."""
    shards = tuple(
        tuple(replace(e, weight=None if e.weight is None else e.weight * share) for e in shard)
        for shard in old.shards
    )
    return replace(old, calls=old.calls + new.calls, measures=new.measures, shards=(*shards, *new.shards))
