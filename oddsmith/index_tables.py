"""The two tables about episodes rather than observations: `calls`, from which rates come, and `episodes`."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from oddsmith.calls import ScoredCall, root_name
from oddsmith.layout import CALLS, EPISODES
from oddsmith.plan import PlannedEpisode
from renderers.sample import Column
from renderers.shards import table_schema
from sim.noise import Draw
from sim.recording import Outcome
from sim.samplers import CallWeight
from sim.scenario import Scenario

__all__ = ["call_row", "calls_schema", "episode_row", "episodes_schema"]

_LINEAGE = pa.list_(
    pa.struct([("key", pa.uint64()), ("entity", pa.string()), ("t", pa.float64()), ("beta", pa.float64())])
)

_PARAMETER_TYPES = {"number": pa.float64(), "word": pa.string(), "flag": pa.bool_()}

_CALL_COLUMNS = (
    Column("call", pa.int64(), "key", "number of the call in the hunt"),
    Column(
        "role",
        pa.string(),
        "meta",
        "pilot (tuned the search), main (rates come from these) or audit (nominal, checks)",
    ),
    Column("weight", pa.float64(), "weight", "share of the natural population the call stands for; null: none"),
    Column("part", pa.int32(), "meta", "part of the hunt: 0, and one more for each extension"),
    Column("group", pa.int32(), "meta", "independent group the call belongs to"),
    Column("root_id", pa.string(), "meta", "calls that share ancestry share it"),
    Column("log_lr", pa.float64(), "weight", "log likelihood ratio natural / proposal, where there is one"),
    Column("stratum", pa.string(), "label", "event, near_miss or rest, with the mode or cluster"),
    Column("failure", pa.string(), "meta", "why the episode could not be simulated; null if it could"),
)

_EPISODE_COLUMNS = (
    Column("episode_id", pa.string(), "key", "name of the episode in all tables"),
    Column("split", pa.string(), "meta", "train, val or test; a hash of root_id decides"),
    Column("method", pa.string(), "meta", "how the episode was found"),
    Column("weight", pa.float64(), "weight", "share of the natural population the episode stands for"),
    Column("inclusion", pa.float64(), "weight", "probability with which its call was chosen"),
    Column("stratum", pa.string(), "label", "event, near_miss or rest, with the mode or cluster"),
    Column("call", pa.int64(), "meta", "its row in calls"),
    Column("root_id", pa.string(), "meta", "episodes that share ancestry share it"),
    Column("group", pa.int32(), "meta", "independent group of the hunt"),
)

_DURATION = Column("duration", pa.float64(), "label", "how long the episode lasted", "s")
_CENSORED = Column("censored", pa.bool_(), "label", "whether it ended without the event that was to end it")

_DRAW_COLUMNS = (
    Column("key", pa.uint64(), "meta", "64-bit key of the episode's noise"),
    Column("u", pa.list_(pa.float64()), "meta", "uniforms of the once-per-episode parameters"),
    Column("lineage", _LINEAGE, "meta", "edits of the noise, oldest first"),
)


def calls_schema(scenario: Scenario, measures: Sequence[str]) -> pa.Schema:
    """Return the schema of the table of calls; `measures` are the names that outcomes carry."""
    return _schema(CALLS, _CALL_COLUMNS, scenario, measures)


def episodes_schema(scenario: Scenario, measures: Sequence[str]) -> pa.Schema:
    """Return the schema of the table of episodes."""
    return _schema(EPISODES, _EPISODE_COLUMNS, scenario, measures)


def call_row(
    scored: ScoredCall,
    weight: CallWeight,
    *,
    part: int,
    stratum: str,
    measures: Sequence[str],
    parameters: Sequence[str],
    seed: int,
) -> dict[str, Any]:
    """Return the row of a call. What a failed episode came to is not known, so those columns are null.

    Args:
        scored: the call and its outcome.
        weight: what it stands for.
        part: of the hunt.
        stratum: name of its stratum.
        measures: names of all measures in the table.
        parameters: names of all parameters in the table.
        seed: root seed of the run.
    """
    call = scored.call
    row = {
        "call": call.index,
        "role": call.role,
        "weight": weight.weight,
        "part": part,
        "group": call.group,
        "root_id": root_name(seed, call.root_id, part),
        "log_lr": weight.log_lr,
        "stratum": None if scored.failure else stratum,
        "failure": scored.failure,
    }
    outcome = _outcome_row(scored.outcome, measures)
    if scored.failure is not None:
        outcome = dict.fromkeys(outcome)
    known = scored.parameters
    row |= outcome
    row |= {_parameter_column(name): known.get(name) for name in parameters}
    row |= _draw_row(call.draw)
    return row


def episode_row(
    planned: PlannedEpisode,
    outcome: Outcome,
    parameters: Mapping[str, float | str | bool],
    *,
    measures: Sequence[str],
) -> dict[str, Any]:
    """Return the row of an episode."""
    row = {
        "episode_id": planned.episode_id,
        "split": planned.split,
        "method": planned.method,
        "weight": planned.weight,
        "inclusion": planned.inclusion,
        "stratum": planned.stratum,
        "call": planned.call,
        "root_id": planned.root_id,
        "group": planned.group,
    }
    return row | _outcome_row(outcome, measures) | _parameter_row(parameters) | _draw_row(planned.draw)


def _schema(table: str, own: Sequence[Column], scenario: Scenario, measures: Sequence[str]) -> pa.Schema:
    told = [*_outcome_columns(scenario, measures), *_parameter_columns(scenario)]
    kinds = {column.name: kind for kind, column in told}
    columns = [*own, *(column for _, column in told if column.name != "mode"), *_DRAW_COLUMNS]
    columns.insert(len(own), Column("mode", pa.string(), "label", "failure mode the episode belongs to"))
    return table_schema(table, columns, kinds=kinds)


def _outcome_columns(scenario: Scenario, measures: Sequence[str]) -> list[tuple[str, Column]]:
    columns = []
    for event in scenario.events:
        columns += [
            ("event", Column(f"event.{event}", pa.bool_(), "label", f"whether {event} happened")),
            (
                "score",
                Column(f"score.{event}", pa.float64(), "label", f"robustness of {event}; it happened at >= 0"),
            ),
            (
                "event_time",
                Column(f"event_time.{event}", pa.float64(), "label", f"moment {event} was decided", "s"),
            ),
            (
                "peak_time",
                Column(f"peak_time.{event}", pa.float64(), "label", f"moment of {event}'s largest score", "s"),
            ),
        ]
    if scenario.until is not None:
        columns += [("duration", _DURATION), ("censored", _CENSORED)]
    for name in measures:
        declared = scenario.domain.measures[name.partition("(")[0]]
        columns.append(
            ("measure", Column(f"measure.{name}", pa.float64(), "label", declared.doc, declared.unit))
        )
    return columns


def _parameter_columns(scenario: Scenario) -> list[tuple[str, Column]]:
    return [
        (
            "parameter",
            Column(
                _parameter_column(parameter.name),
                _PARAMETER_TYPES[parameter.kind],
                "label",
                f"once-per-episode parameter, natural law {parameter.law}",
                parameter.unit,
            ),
        )
        for parameter in scenario.parameters
    ]


def _parameter_column(name: str) -> str:
    """Return a parameter's column: its path, under `parameters.` where the path is a bare name."""
    return name if "." in name else f"parameters.{name}"


def _outcome_row(outcome: Outcome, measures: Sequence[str]) -> dict[str, Any]:
    """Return what an outcome adds to a row; a measure of an entity that this episode has not is null."""
    row: dict[str, Any] = {"mode": outcome.mode}
    for event in outcome.scores:
        row[f"event.{event}"] = outcome.occurred(event)
        row[f"score.{event}"] = outcome.scores[event]
        row[f"event_time.{event}"] = _known(outcome.event_times[event])
        row[f"peak_time.{event}"] = _known(outcome.peak_times[event])
    if outcome.duration is not None:
        row |= {"duration": outcome.duration, "censored": outcome.is_censored}
    return row | {f"measure.{name}": outcome.measures.get(name) for name in measures}


def _parameter_row(parameters: Mapping[str, float | str | bool]) -> dict[str, Any]:
    return {_parameter_column(name): value for name, value in parameters.items()}


def _draw_row(draw: Draw) -> dict[str, Any]:
    edits = [{"key": e.key, "entity": e.entity, "t": e.t, "beta": e.beta} for e in draw.lineage]
    return {"key": draw.key, "u": list(draw.u), "lineage": edits}


def _known(t: float) -> float | None:
    return None if math.isnan(t) else t
