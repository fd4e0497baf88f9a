"""Piles in a line: books, states, causes, the same bytes again, faults at their line."""

import numpy as np
import pytest

from oddsmith.catalog import load_scenario
from sim.episode import record, score
from sim.errors import ScenarioError

STACKER = """
sources: [{id: feed}]
sinks: [{id: done}, {id: scrap, counts: scrap}]
machines:
  - {id: stacker, from: feed, to: done, batch: 4, cycle_time: 20 s,
     stacks: {size: [0.08, 0.06, 0.05], mass: 0.3 kg, offset: {each: {normal: [0 mm, 9 mm]}}, tolerance: 10 mm,
              by: axis, loses: 0.5, falls_to: scrap, clearing: 50 s}}
components:
  - {id: axis, on: stacker, ages: operating, stops: false, degrades: {stages: [10 min, 1 h]},
     repair: {time: 1 h}}
"""


@pytest.fixture(scope="module")
def trace(tmp_path_factory):
    from textwrap import indent

    from sim.domains.base import Setup
    from sim.domains.factory.world import simulate

    file = tmp_path_factory.mktemp("piles") / "line.yaml"
    file.write_text(f"scenario: factory/line\nduration: 30 min\nworld:\n{indent(STACKER, '  ')}")
    scenario = load_scenario(str(file))
    draw = scenario.nominal(3, 0)
    reads = frozenset(("pile_margin",))
    return simulate(Setup(1800.0, scenario.resolve(draw).world, draw.noise, recorded=True, reads=reads))


def test_parts_are_neither_made_nor_lost(trace):
    world = trace.world
    (rows,) = trace.truth().tables["piles"]
    assert len(rows["part"]) == 4 * world.machines["stacker"].made
    assert len(np.unique(rows["part"])) == len(rows["part"])
    inside = world.machines["stacker"].held
    assert len(world.parts.born) == inside + world.stores["done"].total + world.stores["scrap"].total
    assert world.stores["scrap"].total == rows["turned_away"].sum() > 0
    assert np.array_equal(rows["turned_away"], np.isin(rows["state"], ("fallen", "left over")))


def test_states_follow_from_offsets(trace):
    (rows,) = trace.truth().tables["piles"]
    off = np.column_stack([rows["along"], rows["across"]])
    for pile in np.unique(rows["pile"]):
        own = rows["pile"] == pile
        states, margins = rows["state"][own], rows["margin"][own]
        assert (margins.min() < -0.05) <= ("fallen" in states) <= (margins.min() < 0.05)
        steps = np.abs(np.diff(off[own], axis=0, prepend=np.zeros((1, 2)))).max(axis=1)
        stands = np.isin(states, ("straight", "crooked"))
        assert np.array_equal((states == "crooked")[stands], (steps > 0.010)[stands])
        placed = np.flatnonzero(states == "left over")
        assert placed.size == 0 or states[placed[0] - 1] == "fallen"
    assert {"straight", "crooked", "fallen"} <= set(rows["state"])


def test_each_fall_stops_the_machine_and_wear_is_its_cause(trace):
    falls = [one.t for one in trace.occurrences if one.kind == "toppled"]
    assert len(falls) == trace.measure("toppled", ("stacker",)) > 1
    (states,) = trace.truth().tables["machine_states"]
    down = states["state"] == "down"
    assert states["t"][down].tolist() == falls
    assert (states["until"] - states["t"])[down][:-1] == pytest.approx(50.0)
    numbers = [i for i, pile in enumerate(trace.world.pilings["stacker"].piles) if pile.has_toppled]
    assert 29 not in numbers  # its end is that of the first stage, after 600 s of work
    assert states["cause"][down].tolist() == ["" if i < 29 else "axis#0" for i in numbers]
    assert trace.signal("pile_margin", ("stacker",))[0] == np.inf


def test_an_offset_grows_with_wear(trace):
    """A second stage begins after ten minutes of work, at wear 1/2: offsets are a quarter larger."""
    (rows,) = trace.truth().tables["piles"]
    sizes = np.column_stack([rows["along"], rows["across"]])
    aged = rows["cause"] != ""
    assert 0 < aged.sum() < len(aged)
    for who, sd in ((~aged, 0.009), (aged, 0.01125)):
        assert sizes[who].std() == pytest.approx(sd, rel=4.0 / np.sqrt(2.0 * sizes[who].size))


def test_score_and_record_agree_and_films_show_what_falls():
    scenario = load_scenario("factory/pile_topple", {"care": "7.5 mm"})
    draws = scenario.nominal_batch(1, 0, 20)
    draw = next(one for one in draws if score(scenario, one).scores["toppled_pile"] >= 0.0)
    recording = record(scenario, draw)
    assert recording.outcome == score(scenario, draw)
    (rows,) = recording.tables["piles"]
    fallen = rows["part"][rows["state"] == "fallen"]
    lowest = {}
    for track in recording.tracks:
        lowest |= {
            name: track.poses[track.poses[:, k, 2] > -1.0, k]
            for k, name in enumerate(track.bodies)
            if "part" in name
        }
    assert lowest
    seen = [name for name in lowest if int(name.rpartition("_")[2]) in fallen]
    assert seen
    for name in seen:
        tilt = 1.0 - 2.0 * (lowest[name][:, 3] ** 2 + lowest[name][:, 4] ** 2)
        assert tilt.min() < 0.97 or np.ptp(lowest[name][:, 2]) > 0.05


def test_the_margin_of_a_pile_has_the_sign_of_what_became_of_it(trace):
    piles = trace.world.pilings["stacker"].piles
    assert all((pile.margin < 0.0) == pile.has_toppled for pile in piles)
    sure = [pile for pile in piles if not pile.is_played]
    assert sure
    assert all(pile.margin == pile.margins.min() for pile in sure)
    (rows,) = trace.truth().tables["piles"]
    for pile in piles:
        assert pile.crooked(0.010) == np.count_nonzero(
            rows["state"][np.isin(rows["part"], pile.parts)] == "crooked"
        )


def test_the_film_of_a_near_miss_shows_the_pile_that_came_nearest():
    scenario = load_scenario("factory/pile_topple", {"care": "5 mm"})
    draws = scenario.nominal_batch(5, 0, 6)
    scored = [(score(scenario, one), one) for one in draws]
    misses = [(one, draw) for one, draw in scored if one.scores["toppled_pile"] < 0.0]
    near, draw = max(misses, key=lambda pair: pair[0].scores["toppled_pile"])
    recording = record(scenario, draw)
    (rows,) = recording.tables["piles"]
    nearest = rows["pile"] == rows["pile"][np.argmin(rows["margin"])]
    peak = near.peak_times["toppled_pile"]
    assert set(rows["t"][nearest]) == {peak}
    for part in rows["part"][nearest]:
        assert recording.pose_at(f"stacker.part_{part}", peak - 0.01)[2] > 0.5


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("batch: 4, ", "", "a pile is of two parts or more"),
        ("cycle_time: 20 s", "cycle_time: 3 s", "piling up takes 4 s of each cycle"),
        ("falls_to: scrap", "falls_to: axis", "'axis' is a component; a buffer or a sink is meant here"),
    ],
)
def test_impossible_piles_are_told(factory, old, new, message):
    with pytest.raises(ScenarioError, match=message):
        factory(STACKER.replace(old, new, 1))
