"""Robots that drop parts and conveyors that jam, in a line: books, causes, and the same bytes again."""

import math
from itertools import pairwise
from textwrap import indent

import numpy as np
import pytest

from oddsmith.catalog import load_scenario
from sim.domains.factory.cell import carriage_of
from sim.episode import record, score
from sim.errors import ScenarioError
from sim.worlds.slipping import margin

CELL = """
sources: [{id: feed}]
sinks: [{id: done}, {id: scrap, counts: scrap}]
buffers:
  - {id: belt, capacity: 10, transit: 8 s,
     guide: {friction: {each: {normal: [0.62, 0.1]}}, yaw: 5 deg, by: rail, loses: 0.4,
             clearing: {each: {uniform: [20 s, 90 s]}}, crew: fitters}}
machines:
  - {id: press, from: feed, to: belt, cycle_time: 8 s}
  - {id: cell, from: belt, to: done, cycle_time: {each: {uniform: [6 s, 7 s]}},
     handles: {mass: {each: {normal: [0.5 kg, 0.03 kg]}}, friction: {each: {normal: [0.6, 0.12]}}, force: 11 N,
               by: gripper, loses: 0.6, drops_to: scrap, clearing: 30 s}}
components:
  - {id: gripper, on: cell, ages: operating, degrades: {stages: [10 min, 30 min, 1 h]}, repair: {time: 10 min}}
  - {id: rail, on: press, ages: operating, degrades: {stages: [20 min, 20 min, 1 h]}, repair: {time: 10 min}}
crews: [{id: fitters}]
"""


@pytest.fixture(scope="module")
def episodes(tmp_path_factory):
    """Return the traces of a few half hours."""
    from sim.domains.base import Setup
    from sim.domains.factory.world import simulate

    file = tmp_path_factory.mktemp("cell") / "cell.yaml"
    file.write_text(f"scenario: factory/cell\nduration: 40 min\nworld:\n{indent(CELL, '  ')}", "utf-8")
    scenario = load_scenario(str(file))
    found = []
    for index in range(2):
        draw = scenario.nominal(5, index)
        setup = Setup(duration=2400.0, world=scenario.resolve(draw).world, noise=draw.noise)
        found.append(simulate(setup))
    return found


def test_parts_are_neither_made_nor_lost(episodes):
    for trace in episodes:
        world = trace.world
        inside = len(world.stores["belt"].items) + sum(machine.held for machine in world.machines.values())
        assert len(world.parts.born) == inside + world.stores["done"].total + world.stores["scrap"].total
        assert (
            world.stores["scrap"].total
            == world.handlings["cell"].dropped
            == trace.measure("dropped", ("cell",))
        )
        assert world.machines["cell"].made == len(world.handlings["cell"].picks)


def test_a_part_is_dropped_only_where_the_margin_is_negative(episodes):
    picks = [pick for trace in episodes for pick in trace.world.handlings["cell"].picks]
    way = carriage_of(episodes[0].world.values["machines"][1]["handles"])
    for pick in picks:
        assert pick.margin == margin(way, pick.grip)
        if pick.margin > 0.03:
            assert not pick.is_dropped
            assert not pick.is_played
        if pick.margin < -0.3:
            assert pick.is_dropped
        if pick.is_dropped:
            assert pick.t - way.time + way.begins("lift") < pick.lost < pick.t
    assert any(pick.is_dropped for pick in picks)
    assert any(not pick.is_dropped for pick in picks)


def test_force_follows_the_wear_of_the_gripper(episodes):
    """Stages end after 10 and 40 minutes of work, at wear 1/3 and 2/3: 20 and 40 % of 11 N are lost."""
    forces = {round(pick.grip.force, 6) for trace in episodes for pick in trace.world.handlings["cell"].picks}
    assert forces <= {11.0, 8.8, 6.6}
    assert {11.0, 8.8} <= forces
    for trace in episodes:
        for pick in trace.world.handlings["cell"].picks:
            assert pick.cause == ("" if pick.grip.force == 11.0 else "gripper#0")


def test_jams_hold_up_the_belt_until_they_are_cleared(episodes):
    for trace in episodes:
        jams = trace.world.stores["belt"].jams
        assert jams
        assert trace.measure("jams", ("belt",)) == len(jams)
        lengths = [jam.until - jam.t for jam in jams if not math.isnan(jam.until)]
        assert all(length >= 20.0 for length in lengths)
        assert all(a.until <= b.t for a, b in pairwise(jams))
        assert trace.measure("longest_jam", ("belt",)) >= max(lengths)
        held = trace.signal("jammed_for", ("belt",))
        assert held.max() <= trace.measure("longest_jam", ("belt",)) + 1e-9
        assert held.max() >= 0.9 * max(lengths) - 3.0
        taken = [begun for begun, _, _, _ in trace.world.machines["cell"].cycles or ()]
        assert not any(jam.t < t < jam.until for jam in jams for t in taken)


def test_whoever_clears_a_jam_cleans_the_plate(factory):
    """A plate that is too rough after 1000 s jams once, and not again before it is as rough."""
    world = """
sources: [{id: feed}]
sinks: [{id: done}]
buffers:
  - {id: belt, capacity: 10, transit: 8 s,
     guide: {friction: 0.6, by: rail, loses: 1.0, clearing: 30 s, cleans: true}}
machines:
  - {id: press, from: feed, to: belt, cycle_time: 20 s}
  - {id: cell, from: belt, to: done, cycle_time: 6 s}
components:
  - {id: rail, on: press, ages: calendar, stops: false, degrades: {stages: [1000 s, 1000 s]},
     repair: {time: 1 h}, upkeep: {at_age: {age: 10 h, time: 10 s}}}
"""
    trace = factory(world, 4000.0).run()
    jams = trace.world.stores["belt"].jams
    assert len(jams) == 3
    assert all(jam.cause for jam in jams)
    services = [job for job in trace.world.log.jobs if job.kind == "service"]
    assert [job.reason for job in services] == ["opportunity"] * 3
    assert [job.asked for job in services] == [jam.t for jam in jams]
    gaps = [later.t - service.ended for service, later in zip(services, jams[1:], strict=False)]
    assert min(gaps) >= 1000.0
    assert max(gaps) <= 1100.0


def test_a_stop_after_a_drop_lasts_for_the_clearing(episodes):
    for trace in episodes:
        dropped = sum(one.kind == "dropped" for one in trace.occurrences)
        machine = trace.world.machines["cell"]
        assert machine.time_in(3, trace.end) == pytest.approx(
            30.0 * dropped, abs=31.0 + 600.0 * len(trace.world.log.jobs)
        )


EVENTS = """
event:
  drop: "occurs(dropped, machine=cell)"
  slip: "eventually(grip_margin(cell) < 0)"
  jam: "eventually(jammed_for(belt) > 60 s) or longest_jam(belt) > 80 s"
  rough: "eventually(guide_margin(belt) < 0.05)"
  many: "dropped(cell) > 3 or least_grip_margin(cell) < -0.5 or jams(belt) > 4"
"""


def test_a_jammed_part_is_seen_until_it_is_cleared_or_the_episode_ends(tmp_path):
    world = """
sources: [{id: feed}]
sinks: [{id: done}]
buffers: [{id: belt, capacity: 10, transit: 8 s, guide: {friction: 1.2, clearing: 90 s}}]
machines:
  - {id: press, from: feed, to: belt, cycle_time: 20 s}
  - {id: cell, from: belt, to: done, cycle_time: 6 s}
"""
    file = tmp_path / "jam.yaml"
    text = f"scenario: factory/jam\nduration: 3 min\nworld:\n{indent(world, '  ')}\n"
    file.write_text(f'{text}event: {{jam: "eventually(jammed_for(belt) > 60 s)"}}\n', "utf-8")
    scenario = load_scenario(str(file))
    recording = record(scenario, scenario.nominal(1, 0))
    (jams,) = recording.tables["jams"]
    assert np.isnan(jams["until"][-1])
    assert not np.isnan(jams["until"][0])
    for part, t, until in zip(jams["part"], jams["t"], jams["until"], strict=True):
        gone = 180.0 if np.isnan(until) else until
        places = [
            recording.pose_at(f"belt.part_{part}", moment) for moment in (t, 0.5 * (t + gone), gone - 0.01)
        ]
        assert np.ptp(places, axis=0) == pytest.approx(0.0, abs=1e-6)
        assert places[0][2] > 0.0


def test_score_is_record_and_films_are_true(tmp_path):
    file = tmp_path / "cell.yaml"
    file.write_text(f"scenario: factory/cell\nduration: 12 min\nworld:\n{indent(CELL, '  ')}{EVENTS}", "utf-8")
    scenario = load_scenario(str(file))
    draw = scenario.nominal(5, 0)
    outcome, recording = score(scenario, draw), record(scenario, draw)
    assert recording.outcome == outcome
    assert recording.window == (0.0, 720.0)
    (picks,) = recording.tables["picks"]
    (jams,) = recording.tables["jams"]
    assert len(picks["t"]) > 50
    assert np.all(np.isnan(picks["lost"]) == ~picks["dropped"])
    assert set(picks["decided"]) <= {"margin", "contacts"}
    filmed = {body.name for body in recording.scene if ".part_" in body.name}
    table = recording.scene["cell"].shape.size[2]
    for part, t, dropped in zip(picks["part"], picks["t"], picks["dropped"], strict=True):
        name = f"cell.part_{part}"
        if name not in filmed:
            continue
        end = recording.pose_at(name, t + 0.1)  # on the belt it was brought to, or wherever it has fallen
        assert end[2] == pytest.approx(table, abs=0.06)
        assert (end[1] > 0.2) == (not dropped)
        assert recording.pose_at(name, t - 3.0)[1] == pytest.approx(-0.25, abs=0.01)
        assert recording.pose_at(name, t + 100.0)[2] < -10.0
    assert len(filmed) >= 2
    for key in ("joint_1", "torque_2", "opening", "load"):
        channel = recording.channel("cell.robot", key)
        assert np.all(np.diff(channel.times) > 0.0)
    again = record(scenario, draw)
    for one, other in zip(recording.tracks, again.tracks, strict=True):
        assert np.array_equal(one.poses, other.poses)
    assert len(jams["t"]) == sum(one.kind == "jammed" for one in recording.occurrences)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("cycle_time: {each: {uniform: [6 s, 7 s]}}", "cycle_time: 2 s", "the robot needs 3 s of each cycle"),
        ("transit: 8 s,", "", "give its `transit`"),
        ("drops_to: scrap", "drops_to: fitters", "a buffer or a sink is meant"),
        ("by: rail", "by: press", "a component is meant"),
        ("force: 11 N", "force: 11 N, size: [0.09, 0.05, 0.05]", "does not fit between"),
        ("loses: 0.6", "loses: 1.6", "lose more than all"),
        ("to: done, cycle", "to: done, batch: 2, cycle", "one part at a time"),
    ],
)
def test_what_cannot_be_is_told_at_its_line(tmp_path, old, new, message):
    assert old in CELL
    file = tmp_path / "bad.yaml"
    file.write_text(
        f"scenario: factory/bad\nduration: 1 h\nworld:\n{indent(CELL.replace(old, new), '  ')}", "utf-8"
    )
    with pytest.raises(ScenarioError, match=message):
        load_scenario(str(file))
