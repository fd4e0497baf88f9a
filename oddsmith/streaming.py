"""One table of a run to a pipe, row by row in the order of time, instead of a dataset to a folder.

The hunt is the same as for a dataset, so the same episodes come, with the same rows: episode after episode, in
the order of the plan, and by time within each. Only some thousand rows are in memory at a time. What the hunt
notes stands in a temporary folder that is gone at the end.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType
from typing import TYPE_CHECKING, BinaryIO

from oddsmith.backends import open_backend
from oddsmith.batch import Stop, Stopped, stop_signals
from oddsmith.begin import begin, scenario_file
from oddsmith.layout import Layout
from oddsmith.observing import table_rows, table_schemas
from oddsmith.parts import first_order
from oddsmith.planning import planned
from oddsmith.progress import Listener, Progress, silence
from oddsmith.stream_formats import TABLE
from oddsmith.working import warm_up
from renderers.shards import rows_to_table
from sim.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    import pyarrow as pa

    from oddsmith.plan import Plan, PlannedEpisode
    from sim.scenario import Scenario

__all__ = ["Streamed", "chosen_table", "stream"]

_ROWS = 8192
"""Rows of one batch: a few megabytes, some tens of milliseconds."""

_SINGLE_ROWS = 16
"""Rows that are joined where a sensor gives them one by one, as cameras do."""


@dataclass(frozen=True)
class Streamed:
    """What went through the pipe.

    Args:
        table: which.
        episodes: of which at least a part went.
        rows: of them all.
        is_whole: False if the reader closed the pipe before the end.
    """

    table: str
    episodes: int
    rows: int
    is_whole: bool


def stream(
    scenario: Scenario,
    out: BinaryIO,
    *,
    form: str,
    table: str | None = None,
    overrides: Mapping[str, str] | None = None,
    seed: int = 0,
    workers: int = 1,
    listen: Listener = silence,
) -> Streamed:
    """Hunt, and write one table of the episodes that a dataset would hold.

    Args:
        scenario: what to make.
        out: where the rows go.
        form: `ndjson` or `arrow`.
        table: what a sensor sees, or a table of the domain; that of the only sensor if None.
        overrides: dotted path -> YAML text, to load the scenario again with; as it was loaded unless given.
        seed: root seed of all noise.
        workers: processes that hunt; the rows are made by this one.
        listen: takes progress.

    Raises:
        UsageError: there is no such table, or the format cannot hold it.
        Stopped: SIGINT or SIGTERM came; the rows that were written are whole, and the stream is ended.
        RunError: the hunt or an episode failed.
    """
    name = chosen_table(scenario, table)
    plan = _hunted(scenario, overrides, seed, workers, listen)
    episodes = list(plan.episodes)
    schema = table_schemas(scenario, plan.measures, episodes[0].draw)[name]
    done = rows = 0
    with _asked_to_stop() as asked:
        writer = TABLE[form](out, schema)
        try:
            for done, episode in enumerate(episodes, start=1):
                for batch in _batches(scenario, episode, name, schema):
                    writer.write(batch)
                    rows += batch.num_rows
                    if asked:
                        break
                if asked:
                    break
                listen(Progress("render", done, len(episodes), "episodes"))
            writer.close()
        except BrokenPipeError:
            return Streamed(name, done, rows, is_whole=False)
    if asked:
        raise Stopped(f"stopped after {rows} whole rows of {name}", asked[0])
    return Streamed(name, done, rows, is_whole=True)


def chosen_table(scenario: Scenario, wanted: str | None) -> str:
    """Return the table to stream.

    Raises:
        UsageError: there is none of this name, or none was named and there is not exactly one sensor.
    """
    own = [name for name, declared in scenario.domain.tables.items() if not declared.is_hidden]
    known = [*scenario.sensors, *own]
    if wanted is None:
        if len(scenario.sensors) == 1:
            return next(iter(scenario.sensors))
        raise UsageError(f"say which table is streamed with --table: {', '.join(known)}")
    if wanted not in known:
        near = did_you_mean(wanted, known)
        hint = f".  Did you mean '{near}'?" if near else ""
        raise UsageError(f"{scenario.name} has no table {wanted!r} to stream; it has {', '.join(known)}{hint}")
    return wanted


def _hunted(
    scenario: Scenario, overrides: Mapping[str, str] | None, seed: int, workers: int, listen: Listener
) -> Plan:
    """Hunt as for a dataset, in a folder that is thrown away, and return the plan.

    Raises:
        Stopped: a signal said so.
    """
    with TemporaryDirectory(prefix="oddsmith_stream_") as folder:
        layout = Layout(Path(folder) / "run")
        begin(layout, scenario, overrides=scenario.overrides if overrides is None else overrides, seed=seed)
        order = first_order(scenario, seed)
        backend = open_backend("local" if workers > 1 else "serial", scenario_file(layout), workers=workers)
        try:
            with stop_signals():
                listen(Progress("compile", note="loading kernels; the first run compiles them, once"))
                warm_up(scenario, seed)
                plan, _ = planned(layout, scenario, backend, order, receipts={}, listen=listen)
                return plan
        except Stop as stop:
            raise Stopped("stopped before the first row", stop.number) from None
        finally:
            backend.stop()


def _batches(
    scenario: Scenario, episode: PlannedEpisode, table: str, schema: pa.Schema
) -> Iterator[pa.RecordBatch]:
    """Yield the rows of one episode, no more than some thousand at a time."""
    import pyarrow as pa

    pieces = table_rows(scenario, episode, table)
    first = next(pieces, None)
    if first is None:
        return
    at_once = 1 if isinstance(first, pa.Table) else _SINGLE_ROWS
    rest = chain((first,), pieces)
    while some := list(islice(rest, at_once)):
        rows = rows_to_table(schema, some)
        for start in range(0, rows.num_rows, _ROWS):
            yield from rows.slice(start, _ROWS).to_batches()


@contextmanager
def _asked_to_stop() -> Iterator[list[int]]:
    """Give a list into which the first SIGINT or SIGTERM is put, so that rows end whole; the second raises.

    A thread other than the main one cannot take signals; there the list stays empty.
    """
    asked: list[int] = []

    def ask(number: int, frame: FrameType | None) -> None:
        if asked:
            raise Stopped("stopped within a row", number)
        asked.append(number)

    before = {}
    with suppress(ValueError):
        before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
