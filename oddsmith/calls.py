"""A call of the hunt with everything it came to, and the form in which batches of them are kept."""

from __future__ import annotations

import json
from array import array
from base64 import b64decode, b64encode
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sim.noise import Draw, Edit, hash64
from sim.recording import Outcome
from sim.samplers import Call

__all__ = ["ScoredCall", "draw_from_data", "draw_to_data", "episode_ids", "pack", "root_name", "unpack"]


@dataclass(frozen=True)
class ScoredCall:
    """A call and what came of it.

    Args:
        outcome: of the episode, with the running maximum of the target, coarsened, where the sampler wants it
            and no other; of an episode that failed, one in which nothing ever occurs.
        parameters: value of every once-per-episode parameter, by path.
        failure: why the episode could not be simulated; None if it could.
    """

    call: Call
    outcome: Outcome
    parameters: Mapping[str, float | str | bool]
    failure: str | None = None


def episode_ids(draws: Sequence[Draw]) -> list[str]:
    """Return the names of draws' episodes: 16 hex digits of a hash, which tell neither order nor outcome.

    Key and edits make the name, so that the parameters of a new sensor change none; only draws that share
    both, as moves of the parameters alone do, are told apart by their parameters.
    """
    names = [_name(draw) for draw in draws]
    counts = Counter(names)
    return [
        _name(draw, *map(repr, draw.u)) if counts[name] > 1 else name
        for draw, name in zip(draws, names, strict=True)
    ]


def _name(draw: Draw, *parts: str) -> str:
    edits = [part for e in draw.lineage for part in (e.key, e.entity or "", repr(e.t), repr(e.beta))]
    return f"{hash64('episode', draw.key, *edits, *parts):016x}"


def root_name(seed: int, root_id: int, part: int = 0) -> str:
    """Return the name of a family of draws that share ancestry, in one part of a hunt."""
    return f"{hash64('root', seed, root_id, *([part] if part else [])):016x}"


def pack(scored: Sequence[ScoredCall]) -> bytes:
    """Return a batch as JSON, every float to the last bit; names that all calls share stand there once."""
    names = next((tuple(one.parameters) for one in scored if one.parameters), ())
    events = tuple(scored[0].outcome.scores) if scored else ()
    rows = [_call_to_data(one, events, names) for one in scored]
    return json.dumps(
        {"events": events, "parameters": names, "calls": rows}, separators=(",", ":"), check_circular=False
    ).encode()


def unpack(data: bytes) -> list[ScoredCall]:
    """Return the batch that `pack` wrote."""
    found = json.loads(data)
    return [_call_from_data(row, found["events"], found["parameters"]) for row in found["calls"]]


def draw_to_data(draw: Draw) -> list[Any]:
    """Return a draw as plain data."""
    return [draw.key, draw.u, [(e.key, e.entity, e.t, e.beta) for e in draw.lineage]]


def draw_from_data(data: Sequence[Any]) -> Draw:
    """Return the draw that `draw_to_data` described."""
    key, u, edits = data
    return Draw(key, tuple(u), tuple(Edit(*edit) for edit in edits))


def _call_to_data(scored: ScoredCall, events: Sequence[str], names: Sequence[str]) -> list[Any]:
    call, outcome, parameters = scored.call, scored.outcome, scored.parameters
    return [
        [call.index, _packed_draw(call.draw), call.role, call.group, call.root_id],
        [[of[event] for event in events] for of in (outcome.scores, outcome.event_times, outcome.peak_times)],
        dict(outcome.measures),
        outcome.mode,
        [outcome.duration, outcome.is_censored],
        {event: [_floats_to_text(part) for part in curve] for event, curve in outcome.running.items()},
        [parameters[name] for name in names] if parameters else None,
        scored.failure,
    ]


def _call_from_data(row: Sequence[Any], events: Sequence[str], names: Sequence[str]) -> ScoredCall:
    (index, draw, role, group, root_id), moments, measures, mode, ended, running, values, failure = row
    scores, times, peaks = (dict(zip(events, of, strict=True)) for of in moments)
    curves = {event: (_text_to_floats(t), _text_to_floats(x)) for event, (t, x) in running.items()}
    return ScoredCall(
        Call(index, _unpacked_draw(draw), role, group, root_id),
        Outcome(scores, times, peaks, measures, mode, curves, *ended),
        dict(zip(names, values, strict=True)) if values is not None else {},
        failure,
    )


def _packed_draw(draw: Draw) -> list[Any]:
    key, u, lineage = draw_to_data(draw)
    return [key, _floats_to_text(u), lineage]


def _unpacked_draw(data: Sequence[Any]) -> Draw:
    key, u, lineage = data
    return draw_from_data((key, _text_to_floats(u), lineage))


def _floats_to_text(values: Sequence[float]) -> str:
    """Return many floats as text, ten times as fast as in digits."""
    return b64encode(array("d", values).tobytes()).decode()


def _text_to_floats(text: str) -> tuple[float, ...]:
    values = array("d")
    values.frombytes(b64decode(text))
    return tuple(values)
