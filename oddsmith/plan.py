"""The plan: which draws become episodes, with which weights and splits, in which shards. Written once."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from oddsmith.calls import draw_from_data, draw_to_data, episode_ids, root_name
from oddsmith.selection import Selected
from sim.noise import Draw, address, uniforms
from sim.samplers import Call

__all__ = ["Plan", "PlannedEpisode", "make_plan", "shard_size", "split_of"]

_FORMAT = 1


@dataclass(frozen=True)
class PlannedEpisode:
    """An episode to be recorded.

    Args:
        weight: the weight it is exported with; None where its method gives no honest one.
        inclusion: probability with which its call was chosen.
        score: of the target event when it was hunted; recording must give the same.
    """

    episode_id: str
    call: int
    draw: Draw
    stratum: str
    split: str
    method: str
    weight: float | None
    inclusion: float
    root_id: str
    group: int
    score: float


@dataclass(frozen=True)
class Plan:
    """All episodes of a dataset, shard by shard.

    Args:
        scenario_hash: of the resolved scenario the draws belong to.
        measures: names of all measures that outcomes carry.
        calls: how many calls the hunt made.
        shards: episodes in the order in which they are stored.
    """

    scenario_hash: str
    seed: int
    calls: int
    measures: tuple[str, ...]
    shards: tuple[tuple[PlannedEpisode, ...], ...]

    @property
    def episodes(self) -> Iterator[PlannedEpisode]:
        """All episodes in stored order."""
        return (episode for shard in self.shards for episode in shard)

    @property
    def hash(self) -> str:
        """SHA-256 of the plan's file."""
        return sha256(self.to_bytes()).hexdigest()

    def to_bytes(self) -> bytes:
        """Return the plan's file: JSON, one line per episode."""
        head = {
            "format": _FORMAT,
            "scenario": self.scenario_hash,
            "seed": self.seed,
            "calls": self.calls,
            "measures": list(self.measures),
        }
        lines = [
            json.dumps(_episode_to_data(episode, number), separators=(",", ":"))
            for number, shard in enumerate(self.shards)
            for episode in shard
        ]
        return "\n".join([json.dumps(head), *lines, ""]).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> Plan:
        """Return the plan that `to_bytes` wrote."""
        first, *rest = data.decode().splitlines()
        head = json.loads(first)
        shards: dict[int, list[PlannedEpisode]] = {}
        for line in rest:
            found = json.loads(line)
            shards.setdefault(found["shard"], []).append(_episode_from_data(found))
        return cls(
            head["scenario"],
            head["seed"],
            head["calls"],
            tuple(head["measures"]),
            tuple(tuple(shards[number]) for number in sorted(shards)),
        )


def make_plan(
    chosen: Sequence[tuple[Selected, Call, float]],
    *,
    scenario_hash: str,
    seed: int,
    calls: int,
    measures: Sequence[str],
    method: str,
    splits: Mapping[str, float],
    part: int = 0,
) -> Plan:
    """Return the plan for the chosen calls of one part of a hunt, given with their target's scores.

    Episodes stand in the order of their ids, which are hashes: neither order nor shard tells an outcome.
    """
    episodes = []
    names = episode_ids([call.draw for _, call, _ in chosen])
    for name, (one, call, score) in zip(names, chosen, strict=True):
        root = root_name(seed, call.root_id, part)
        episodes.append(
            PlannedEpisode(
                name,
                call.index,
                call.draw,
                one.stratum.name,
                split_of(root, splits),
                method,
                one.weight,
                one.inclusion,
                root,
                call.group,
                score,
            )
        )
    episodes.sort(key=lambda episode: episode.episode_id)
    if len({episode.episode_id for episode in episodes}) < len(episodes):
        raise ValueError("two episodes of one hunt are one draw")
    size = shard_size(len(episodes))
    cut = [tuple(episodes[i : i + size]) for i in range(0, len(episodes), size)]
    return Plan(scenario_hash, seed, calls, tuple(measures), tuple(cut))


def shard_size(episodes: int) -> int:
    """Return how many episodes share a shard.

    Few enough that a lost shard costs little and workers end together, and not more than about a thousand
    shards. It depends on nothing else, so that a new sensor leaves the other tables alone.
    """
    return max(4, min(16, episodes // 16), -(-episodes // 1000))


def split_of(root_id: str, splits: Mapping[str, float]) -> str:
    """Return the split a family of episodes belongs to: shares are met on average."""
    position = float(uniforms(int(root_id, 16), address("plan", "split"), 0)) * sum(splits.values())
    for name, share in splits.items():
        position -= share
        if position < 0:
            return name
    return next(reversed(list(splits)))


def _episode_to_data(episode: PlannedEpisode, shard: int) -> dict[str, Any]:
    return {
        "shard": shard,
        "episode_id": episode.episode_id,
        "call": episode.call,
        "stratum": episode.stratum,
        "split": episode.split,
        "method": episode.method,
        "weight": episode.weight,
        "inclusion": episode.inclusion,
        "root_id": episode.root_id,
        "group": episode.group,
        "score": episode.score,
        "draw": draw_to_data(episode.draw),
    }


def _episode_from_data(data: Mapping[str, Any]) -> PlannedEpisode:
    return PlannedEpisode(
        data["episode_id"],
        data["call"],
        draw_from_data(data["draw"]),
        data["stratum"],
        data["split"],
        data["method"],
        data["weight"],
        data["inclusion"],
        data["root_id"],
        data["group"],
        data["score"],
    )
