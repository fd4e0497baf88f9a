"""A call of the hunt with everything it came to, and the form in which batches of them are kept."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sim.noise import Draw, Edit, hash64
from sim.recording import Outcome
from sim.samplers import Call

__all__ = ["ScoredCall", "draw_from_data", "draw_to_data", "episode_id", "pack", "root_name", "unpack"]


@dataclass(frozen=True)
class ScoredCall:
    """A call and what came of it.

    Args:
        outcome: of the episode, without the curves of running maxima; of an episode that failed, one in which
            nothing ever occurs.
        parameters: value of every once-per-episode parameter, by path.
        failure: why the episode could not be simulated; None if it could.
    """

    call: Call
    outcome: Outcome
    parameters: Mapping[str, float | str | bool]
    failure: str | None = None


def episode_id(draw: Draw) -> str:
    """Return the name of a draw's episode: 16 hex digits of a hash, which tell neither order nor outcome."""
    edits = [part for e in draw.lineage for part in (e.key, e.entity or "", repr(e.t), repr(e.beta))]
    return f"{hash64('episode', draw.key, *edits):016x}"


def root_name(seed: int, root_id: int) -> str:
    """Return the name of a family of draws that share ancestry."""
    return f"{hash64('root', seed, root_id):016x}"


def pack(scored: Sequence[ScoredCall]) -> bytes:
    """Return a batch as JSON, every float to the last bit."""
    return json.dumps([_call_to_data(one) for one in scored], separators=(",", ":")).encode()


def unpack(data: bytes) -> list[ScoredCall]:
    """Return the batch that `pack` wrote."""
    return [_call_from_data(one) for one in json.loads(data)]


def draw_to_data(draw: Draw) -> dict[str, Any]:
    """Return a draw as plain data."""
    return {"key": draw.key, "u": list(draw.u), "lineage": [asdict(edit) for edit in draw.lineage]}


def draw_from_data(data: Mapping[str, Any]) -> Draw:
    """Return the draw that `draw_to_data` described."""
    return Draw(data["key"], tuple(data["u"]), tuple(Edit(**edit) for edit in data["lineage"]))


def _call_to_data(scored: ScoredCall) -> dict[str, Any]:
    call, outcome = scored.call, scored.outcome
    return {
        "index": call.index,
        "draw": draw_to_data(call.draw),
        "role": call.role,
        "group": call.group,
        "root_id": call.root_id,
        "outcome": {
            "scores": dict(outcome.scores),
            "event_times": dict(outcome.event_times),
            "peak_times": dict(outcome.peak_times),
            "measures": dict(outcome.measures),
            "mode": outcome.mode,
        },
        "parameters": dict(scored.parameters),
        "failure": scored.failure,
    }


def _call_from_data(data: Mapping[str, Any]) -> ScoredCall:
    found = data["outcome"]
    return ScoredCall(
        Call(data["index"], draw_from_data(data["draw"]), data["role"], data["group"], data["root_id"]),
        Outcome(
            found["scores"],
            found["event_times"],
            found["peak_times"],
            found["measures"],
            found["mode"],
        ),
        data["parameters"],
        data["failure"],
    )
