"""How many parts a place holds, whoever waits beside it."""

import pytest

LINE = """
sources: [{{id: orders}}, {{id: boxes, every: 4 s, capacity: 6}}]
buffers: [{{id: before, capacity: 3}}]
sinks: [{{id: done}}]
machines:
  - {{id: first, from: orders, to: before, cycle_time: 7 s, batch: 2, blocking: {blocking}}}
  - {{id: second, from: before, to: done, cycle_time: 7 s, batch: 3, also_takes: [{{from: boxes, parts: 2}}]}}
"""


@pytest.mark.parametrize("blocking", ["before_service", "after_service"])
def test_a_machine_that_waits_for_more_is_no_place(factory, blocking):
    trace = factory(LINE.format(blocking=blocking), 200.0).run(seed=1, recorded=True)
    buffer = trace.world.stores["before"]
    _, levels = buffer.trail
    assert max(levels) <= 3
    if blocking == "before_service":
        assert buffer.level == 2  # the line stands: two are there, two more do not fit, and three are wanted
