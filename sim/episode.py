"""An episode is two verbs over the same code: `score` says what it came to, `record` keeps its whole truth.

`score` may leave out only what no declared event or mode reads; so both give the same Outcome to the bit.
"""

from __future__ import annotations

import math
from dataclasses import replace
from functools import lru_cache

from sim.domains.base import Setup, Trace
from sim.errors import RunError
from sim.noise import Draw
from sim.rare_events import Judge
from sim.recording import Outcome, Recording
from sim.scenario import Scenario, Values
from sim.views import Eye

__all__ = ["capture_window", "record", "score"]


def score(scenario: Scenario, draw: Draw, *, values: Values | None = None) -> Outcome:
    """Return what the episode of this draw came to.

    Args:
        scenario: what is simulated.
        draw: the episode.
        values: what `scenario.resolve(draw)` gave, if that is known already.

    Raises:
        RunError: the run failed or a score is not a number; the message names the draw's key.
    """
    values = scenario.resolve(draw) if values is None else values
    return _run(scenario, draw, values, through_crash=_judge(scenario).needs_crash, recorded=False)[1]


def record(scenario: Scenario, draw: Draw) -> Recording:
    """Return the whole truth of the episode of this draw.

    Raises:
        RunError: as `score`.
    """
    values = scenario.resolve(draw)
    trace, outcome = _run(scenario, draw, values, through_crash=True, recorded=True)
    truth = trace.truth()
    ends = [track.times[-1] for track in truth.tracks] or [trace.times[-1]]
    return Recording(
        scene=truth.scene,
        tracks=truth.tracks,
        channels=truth.channels,
        tables=truth.tables,
        occurrences=tuple(trace.occurrences),
        outcome=outcome,
        draw=draw,
        parameters=values.parameters,
        window=(0.0, float(max(ends))),
        documents=truth.documents,
    )


def capture_window(scenario: Scenario, sensor: str, recording: Recording) -> tuple[float, float]:
    """Return the (start, end) seconds a sensor observes, inside the recorded time.

    Around the event if it occurred, else around the moment its score peaked; the target of the sampling
    is meant, or the first event where none is named.
    """
    capture = scenario.sensors[sensor].capture or scenario.capture
    start, end = recording.window
    target = scenario.target
    anchor = recording.outcome.event_times[target] if target else math.nan
    if target and math.isnan(anchor):
        anchor = recording.outcome.peak_times[target]
    return max(start, capture.start_at(anchor, end)), min(end, capture.end_at(anchor, end))


def _run(
    scenario: Scenario, draw: Draw, values: Values, *, through_crash: bool, recorded: bool
) -> tuple[Trace, Outcome]:
    """Run an episode to its end: its duration, or the event that ends it."""
    judge, simulate = _judge(scenario), scenario.domain.load()
    setup = Setup(
        duration=scenario.duration,
        world=values.world,
        noise=draw.noise,
        through_crash=through_crash,
        recorded=recorded,
        reads=judge.reads,
        clock=scenario.clock,
        until=judge.until,
        eyes=_eyes(scenario, values) if judge.reads_sensors else {},
    )
    try:
        trace = simulate(setup)
        if judge.until is None:
            return trace, judge.outcome(trace, values.parameters)
        ending = judge.ending(trace, values.parameters)
        if ending < trace.times[-1]:
            trace = simulate(replace(setup, until=None, stop_at=ending))
        outcome = judge.outcome(trace, values.parameters)
        return trace, replace(outcome, duration=float(trace.times[-1]), is_censored=math.isinf(ending))
    except ArithmeticError as error:
        raise RunError(f"episode {draw.key:016x} of {scenario.name} failed: {error}") from error


def _eyes(scenario: Scenario, values: Values) -> dict[str, Eye]:
    """Return the sensors that look somewhere, as they are in one episode."""
    return {
        name: Eye(use.on, values.sensors[name]["at"], use.view(values.sensors[name]["settings"]))
        for name, use in scenario.sensors.items()
        if use.view is not None
    }


@lru_cache(maxsize=16)
def _judge(scenario: Scenario) -> Judge:
    return Judge(scenario.domain, scenario.events, scenario.modes, scenario.until)
