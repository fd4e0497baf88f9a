"""How machines work besides cycle after cycle: setups, shared people, other places, rework; counted by hand."""

import math

import numpy as np
import pytest

from sim.domains.factory.states import SETUP, WAITING, WORKING


def test_a_setup_after_every_five_cycles(factory):
    """26 s for five parts and a setup: 10 times in 260 s, and the eleventh setup is not due yet."""
    world = """
sources: [{id: orders}]
sinks: [{id: done}]
machines: [{id: mill, from: orders, to: done, cycle_time: 4 s, setup: {time: 6 s, every: 5}}]
"""
    trace = factory(world, 260.5).run()
    mill = trace.world.machines["mill"]
    assert (mill.made, mill.time_in(SETUP, trace.end)) == (50, 60.0)
    assert mill.time_in(WORKING, trace.end) == 200.5


@pytest.mark.parametrize(("people", "made"), [(1, 100), (2, 200), (3, 300), (5, 300)])
def test_machines_that_share_people_make_as_much_as_these_can_mind(factory, people, made):
    """Three machines of 6 s for 600 s; who has nobody waits."""
    world = f"""
sources: [{{id: orders}}]
sinks: [{{id: done}}]
machines: [{{id: loom, count: 3, from: orders, to: done, cycle_time: 6 s, operators: weavers}}]
pools: [{{id: weavers, size: {people}}}]
"""
    trace = factory(world, 600.5).run()
    looms = trace.world.machines.values()
    assert sum(loom.made for loom in looms) == made
    waited = sum(loom.time_in(WAITING, trace.end) for loom in looms)
    assert waited == pytest.approx(600.5 * max(3 - people, 0))


def test_vehicles_that_carry_for_two_lines_are_one_queue(factory):
    """Parts of two lines come at 0.35/s each and one vehicle takes 1 s: M/M/1 at 0.7, Lq = 0.49/0.3.

    Whoever is carried first: services are alike and the vehicle never rests while anything waits. A part waits
    where it is until there is somebody to carry it.
    """
    service = "{each: {exponential: 1 s}}"
    lines = "\n".join(
        f"  - {{id: cart{i}, from: line{i}, to: done, cycle_time: {service}, operators: agvs}}" for i in (1, 2)
    )
    sources = ", ".join(f"{{id: line{i}, every: {{each: {{exponential: {{rate: 0.35 Hz}}}}}}}}" for i in (1, 2))
    world = f"""
sources: [{sources}]
sinks: [{{id: done}}]
machines:
{lines}
pools: [{{id: agvs, size: 1}}]
warm_up: 200 s
"""
    line = factory(world, 4200.0)
    values = [sum(run.measure("mean_level", (f"line{i}",)) for i in (1, 2)) for run in map(line.run, range(20))]
    error = np.std(values, ddof=1) / math.sqrt(len(values))
    assert 3.5 * error < 0.2 * 0.49 / 0.3
    assert abs(np.mean(values) - 0.49 / 0.3) <= 3.5 * error


def test_taking_apart_gives_each_place_its_parts(factory):
    """A pallet of four boxes in 10 s: one pallet goes on and four boxes go elsewhere."""
    world = """
sources: [{id: lorry}]
buffers: [{id: boxes}]
sinks: [{id: pallets}, {id: shelf}]
machines:
  - {id: unpack, from: lorry, to: pallets, cycle_time: 10 s, also_gives: [{to: boxes, parts: 4}]}
  - {id: sort, from: boxes, to: shelf, cycle_time: 2 s}
"""
    world = factory(world, 100.5).run().world
    assert world.stores["pallets"].total == 10
    assert world.stores["boxes"].arrived == 40
    assert world.stores["shelf"].total == 36  # four of each pallet within 8 s of it; the last has just come


def test_spoilt_parts_go_round_until_they_are_mended(factory):
    """Three of ten are spoilt and each round mends three of five: 1 + 0.3 x 0.4/0.6 rounds a part."""
    world = """
sources: [{id: orders}]
buffers: [{id: pressed}]
sinks: [{id: done}]
machines:
  - {id: press, from: orders, to: pressed, cycle_time: 2 s, quality: {defect_rate: 0.3}}
  - {id: bench, from: pressed, to: done, cycle_time: 1 s, inspects: {rejects_to: pressed, mends: 0.6}}
"""
    world = factory(world, 20_000.0).run().world
    made, rounds = world.machines["press"].made, world.machines["bench"].made
    variance = 0.3 * 0.4 * 1.4 / 0.36 - 0.2**2  # of the rounds beyond the first
    assert abs(rounds / made - 1.2) <= 3.5 * math.sqrt(variance / made) + 5 / made
    assert world.stores["done"].total == pytest.approx(made, abs=5)
