"""The clock: decisions at exact times, crossings from the kernel, an end in between."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from sim.worlds.process import Clock


class Ramp:
    """A kernel whose one state is time; watch w holds from `levels[w]` on, the world ends at `end`."""

    def __init__(self, levels: Sequence[float], end: float = 1e9) -> None:
        self.levels, self.end = levels, end
        self.armed: set[int] = set()
        self.stretches: list[tuple[float, float]] = []
        self.t = 0.0

    def arm(self, watch: int, *, armed: bool) -> None:
        (self.armed.add if armed else self.armed.discard)(watch)

    def advance(self, until: float) -> tuple[float, Sequence[int], bool]:
        due = min([self.levels[w] for w in self.armed] + [until, self.end])
        reached = max(due, self.t)
        self.stretches.append((self.t, reached))
        self.t = reached
        return reached, [w for w in sorted(self.armed) if self.levels[w] <= reached], reached >= self.end


def note(clock, log, *events):
    for name, event in events:
        yield event()
        log.append((name, clock.now))


def test_processes_go_on_at_crossings_and_after_delays():
    kernel, log = Ramp([2.5, 1.0]), []
    clock = Clock(kernel)
    clock.start(
        note(clock, log, ("crossed", lambda: clock.when(0)), ("waited", lambda: clock.wait(0.25)),
             ("held already", lambda: clock.when(1)))
    )  # fmt: skip
    clock.run(10.0)
    assert log == [("crossed", 2.5), ("waited", 2.75), ("held already", 2.75)]
    assert clock.now == 10.0


def test_the_kernel_never_passes_a_decision():
    kernel, log = Ramp([]), []
    clock = Clock(kernel)
    for at in (0.3, 0.1, 0.3000001):
        clock.start(note(clock, log, (at, lambda at=at: clock.until(at))))
    clock.run(1.0)
    assert [t for _, t in log] == [0.1, 0.3, 0.3000001]
    ends = [end for _, end in kernel.stretches]
    assert {0.1, 0.3, 0.3000001, 1.0} <= set(ends)


def test_two_may_wait_for_one_watch():
    kernel, log = Ramp([1.5]), []
    clock = Clock(kernel)
    for name in "ab":
        clock.start(note(clock, log, (name, lambda: clock.when(0))))
    clock.run(2.0)
    assert log == [("a", 1.5), ("b", 1.5)]
    assert kernel.armed == set()


def test_the_end_of_the_world_stops_the_clock_and_it_can_go_on():
    kernel, log = Ramp([], end=1.2), []
    clock = Clock(kernel)
    clock.start(note(clock, log, ("early", lambda: clock.wait(1.0)), ("late", lambda: clock.wait(1.0))))
    clock.run(5.0)
    assert clock.over
    assert clock.now == 1.2
    assert log == [("early", 1.0)]
    kernel.end, clock.over = 1e9, False
    clock.run(5.0)
    assert log == [("early", 1.0), ("late", 2.0)]


def test_a_moment_in_the_past_is_now():
    clock, log = Clock(Ramp([])), []
    clock.start(note(clock, log, ("a", lambda: clock.wait(2.0)), ("b", lambda: clock.until(1.0))))
    clock.run(3.0)
    assert log == [("a", 2.0), ("b", 2.0)]


def test_failures_of_a_process_come_out():
    def broken(clock):
        yield clock.wait(0.5)
        raise ZeroDivisionError("in a decision")

    clock = Clock(Ramp([]))
    clock.start(broken(clock))
    with pytest.raises(ZeroDivisionError, match="in a decision"):
        clock.run(1.0)
