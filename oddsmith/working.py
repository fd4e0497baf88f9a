"""Working on a dataset: alone in its folder, stoppable, and with a word on how to go on whatever happens."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from itertools import islice
from typing import TypeVar

from oddsmith.backends import Backend, open_backend
from oddsmith.batch import Stop, Stopped, alone_in, stop_signals
from oddsmith.begin import scenario_file
from oddsmith.compiling import renderer_compiled_aside
from oddsmith.hunt import Hopeless
from oddsmith.layout import CALLS, Layout
from oddsmith.observing import sensor_setup
from oddsmith.plan import Plan
from oddsmith.receipts import read_receipts, sweep
from renderers.sensors import TABLE as SENSORS
from sim.episode import record, score
from sim.errors import RunError
from sim.scenario import Scenario

__all__ = ["abandon", "at_work", "warm_up"]

Made = TypeVar("Made")


def at_work(
    layout: Layout,
    steps: Callable[[Backend], Made],
    *,
    workers: int,
    kept_in: Layout,
    abandon: Callable[[], None],
) -> Made:
    """Carry out the steps that are left.

    Args:
        layout: the dataset.
        steps: takes the backend that works.
        workers: processes.
        kept_in: where what is finished is kept: the dataset, or a part of it that is being made.
        abandon: takes back what was begun, where going on would come to the same end.

    Raises:
        Stopped: a signal said so.
        RunError: the work failed; the message says what is kept and how to go on, if that can help.
        UsageError: another process works on the folder.
    """
    backend = open_backend("local" if workers > 1 else "serial", scenario_file(layout), workers=workers)
    with alone_in(layout):
        try:
            with stop_signals():
                return steps(backend)
        except Stop as stop:
            backend.stop()
            kept = _tidy(kept_in)
            raise Stopped(
                f"stopped; {kept} and nothing finished is lost: `oddsmith resume {layout.root}` goes on",
                stop.number,
            ) from None
        except Hopeless:
            backend.stop()
            abandon()
            raise
        except RunError as fault:
            backend.stop()
            kept = _tidy(kept_in)
            raise RunError(f"{fault}; {kept}, and `oddsmith resume {layout.root}` goes on") from fault
        finally:
            backend.stop()


def warm_up(scenario: Scenario, seed: int) -> None:
    """Run one episode and one sample of every sensor, so that kernels are compiled before workers need them.

    Raises:
        Hopeless: the scenario's constraints leave nothing to draw.
    """
    try:
        draw = scenario.nominal(seed, 0)
    except RunError as fault:
        raise Hopeless(str(fault)) from fault
    with suppress(RunError):  # if this episode fails, the hunt will count it
        with renderer_compiled_aside(scenario):
            score(scenario, draw)
            recording = record(scenario, draw)
        for name, use in scenario.sensors.items():
            setup = sensor_setup(scenario, name, recording)
            one = replace(setup, times=setup.times[:1])
            for _ in islice(SENSORS[use.kind].observe(recording, one), 1):
                pass


def abandon(layout: Layout) -> None:
    """Take back all that a run that cannot succeed has made, the folder too if nothing else is in it."""
    for folder in (layout.work, layout.inputs):
        shutil.rmtree(folder, ignore_errors=True)
    with suppress(OSError):
        layout.scenario.unlink()
    for file in list(layout.tables()):
        with suppress(OSError):
            file.unlink()
            file.parent.rmdir()
    with suppress(OSError):
        layout.root.rmdir()


def _tidy(layout: Layout) -> str:
    """Sweep away what interrupted jobs left; return what stays, as a clause."""
    receipts = read_receipts(layout)
    sweep(layout, receipts.values())
    if not layout.plan.is_file():
        return f"{sum(1 for _ in layout.batch(0).parent.glob('*.json'))} batches of the hunt are kept"
    total = len(Plan.from_bytes(layout.plan.read_bytes()).shards)
    return f"{sum(job != CALLS for job in receipts)} of {total} shards are done"
