"""The plan survives its file, splits by family, and cuts shards by number alone."""

from __future__ import annotations

import math
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oddsmith.calls import ScoredCall, episode_ids, pack, root_name, unpack
from oddsmith.plan import Plan, make_plan, shard_size, split_of
from oddsmith.selection import Selected, Stratum
from sim.noise import Draw, Edit
from sim.recording import Outcome
from sim.samplers import Call

SPLITS = {"train": 0.8, "val": 0.1, "test": 0.1}
unit = st.floats(0, 1, exclude_min=True, exclude_max=True)
edits = st.builds(
    Edit, st.integers(0, 2**64 - 1), st.none() | st.sampled_from(["a", "b"]), st.floats(0, 9), unit
)
draws = st.builds(
    Draw,
    st.integers(0, 2**64 - 1),
    st.lists(unit, max_size=4).map(tuple),
    st.lists(edits, max_size=3).map(tuple),
)


def plan_of(some_draws):
    chosen = [
        (Selected(i, Stratum("event", "front"), 0.5, 0.25 + i), Call(i, draw, root_id=i // 2), -math.inf)
        for i, draw in enumerate(some_draws)
    ]
    return make_plan(
        chosen, scenario_hash="s", seed=3, calls=99, measures=["x"], method="nominal", splits=SPLITS
    )


@given(st.lists(draws, min_size=1, max_size=12, unique_by=lambda draw: (draw.key, draw.lineage)))
def test_a_plan_read_from_its_file_is_the_plan(some_draws):
    plan = plan_of(some_draws)
    again = Plan.from_bytes(plan.to_bytes())
    assert again == plan
    assert again.hash == plan.hash
    assert [len(shard) for shard in plan.shards[:-1]] == [4] * (len(plan.shards) - 1)


@given(st.lists(st.tuples(draws, st.floats(allow_nan=False), unit), max_size=8))
def test_calls_kept_on_disk_come_back_to_the_last_bit(some):
    scored = [
        ScoredCall(
            Call(i, draw, "audit", 2, i),
            Outcome(
                {"e": score},
                {"e": t},
                {"e": t},
                {"m(a)": score},
                "front",
            ),
            {"gap": t, "word": "ice", "flag": True},
            None if i % 2 else "burst",
        )
        for i, (draw, score, t) in enumerate(some)
    ]
    assert unpack(pack(scored)) == scored


def test_two_episodes_of_one_name_are_a_bug():
    draw = Draw(7, (0.5,))
    with pytest.raises(ValueError, match="are one draw"):
        plan_of([draw, draw])


def test_the_name_of_an_episode_is_its_key_and_edits():
    draw = Draw(7, (0.5,))
    others = (
        Draw(8, (0.5,)),
        draw.edited(Edit(1)),
        draw.edited(Edit(1, t=1.0)),
        draw.edited(Edit(1, entity="a")),
        draw.edited(Edit(1, beta=0.5)),
        draw.edited(Edit(1, entity="a"), Edit(2, entity="b")),
    )
    names = episode_ids([draw, *others])
    assert len(set(names)) == 7
    assert all(len(name) == 16 for name in names)
    assert episode_ids([Draw(7, (0.1, 0.2))]) == names[:1]  # a new sensor's parameters change no name


def test_draws_that_moved_in_their_parameters_alone_have_names_of_their_own():
    moved = [Draw(7, (0.5, 0.5)), Draw(7, (0.5, 0.6)), Draw(8, (0.5, 0.5))]
    names = episode_ids(moved)
    assert len(set(names)) == 3
    assert names[2] == episode_ids([moved[2]])[0]
    assert episode_ids(moved[:2][::-1]) == names[:2][::-1]


def test_splits_are_met_on_average_and_each_family_has_one():
    counts = Counter(split_of(root_name(1, root), SPLITS) for root in range(4000))
    for name, share in SPLITS.items():
        spread = math.sqrt(4000 * share * (1 - share))
        assert abs(counts[name] - 4000 * share) < 4.5 * spread
    assert split_of(root_name(1, 5), {"all": 1.0}) == "all"


@given(st.integers(1, 10**7))
def test_there_are_at_most_a_thousand_shards_and_few_episodes_in_each(episodes):
    size = shard_size(episodes)
    assert -(-episodes // size) <= 1000
    assert size <= max(16, episodes // 1000 + 1)
