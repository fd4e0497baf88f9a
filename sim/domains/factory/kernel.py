"""The compiled event kernel: a plain line run event by event, as SimPy would run it, draw for draw.

One event at a time is taken from a tournament of clocks. What it sets off (a part wakes the machine that waits
for it, which leaves a place that another waits for, and so on) is done depth first with a stack, in the order
in which the methods of `Machine` and `Store` call each other.
"""

from __future__ import annotations

import math

import numpy as np

from sim.domains.factory import kernel_layout as c
from sim.domains.factory.compiling import inlined, leaf
from sim.domains.factory.kernel_clocks import draw, schedule, write
from sim.domains.factory.kernel_layout import Line
from sim.domains.factory.kernel_lives import begin_ageing, do_job, enter, look, next_failure, spend, strike
from sim.domains.factory.states import BLOCKED, STARVED, WORKING

__all__ = ["advance"]


@leaf
def advance(line: Line) -> int:
    """Run a line until it is over or something has to be done for it; return which."""
    machine, store, count, span, stack = line.machine, line.store, line.count, line.span, line.stack
    machines, arrivals = machine.shape[0], line.arrival.shape[0]
    while True:
        top = more = 0
        op, who = c.NONE, -1
        if count[c.STARTED]:
            clock = line.tree[1]
            t = min(line.when[clock], span[c.CLOSES])
            if not count[c.IS_RESET] and t >= span[c.WARM_UP]:
                _reset(line, span[c.WARM_UP])
            if t > span[c.STOP]:
                return c.OVER
            if count[c.LOGGED] > count[c.ROOM]:
                return c.LOG_FULL
            if count[c.GROWS]:
                return c.RING_FULL
            if count[c.NEEDS] or t >= span[c.CHANGE]:
                span[c.NOW] = t
                return c.NUMBERS
            span[c.NOW] = t
            if span[c.CLOSES] <= line.when[clock]:
                who = do_job(line, count[c.NEXT_JOB], t)
                op = c.WORK_ON if who >= 0 else c.NONE
            elif clock < machines:
                op, who = _end_of_work(line, clock, t), clock
            elif clock < machines + arrivals:
                op, who = c.ARRIVE, clock - machines
                more = line.arrival[who, c.BATCH]
            else:
                look(line, clock - machines - arrivals, t)
        else:
            count[c.STARTED] = 1
            t = 0.0
            for i in range(line.component.shape[0]):
                if line.component[i, c.IS_CLOCKED]:
                    begin_ageing(line, i, t)
            op, who = c.START, 0

        while op != c.NONE:
            if op == c.BEGIN:
                m = who
                op = c.NONE
                s = machine[m, c.FROM]
                if store[s, c.KIND] == c.BUFFER and store[s, c.LEVEL] == 0:
                    _wait(line, m, s, c.FOR_PART, STARVED, t)
                    if store[s, c.GIVER_COUNT] > 0:  # a machine that waits for a part is a place for one
                        op, who, more = c.INVITE, s, store[s, c.GIVER_COUNT]
                elif _has_place(line, m, t):
                    _take(line, m, s, t)
                    line.times[m, c.BEGAN_CYCLE] = t
                    _work(line, m, draw(line, machine[m, c.CYCLE], t), t)
                    if store[s, c.GIVER_COUNT] > 0:
                        op, who, more = c.INVITE, s, store[s, c.GIVER_COUNT]
            elif op == c.DELIVER:
                m = who
                s = machine[m, c.TO]
                if machine[m, c.HAS_PLACE]:
                    store[s, c.RESERVED] -= 1
                elif store[s, c.KIND] == c.BUFFER and not _has_room(line, s):
                    _wait(line, m, s, c.FOR_PLACE, BLOCKED, t)
                    op = c.NONE
                if op == c.DELIVER:
                    machine[m, c.HOLDS] = c.NOTHING
                    taker = _put(line, s, machine[m, c.PART], line.times[m, c.BORN], t)
                    op = c.GIVEN
                    if taker >= 0:
                        stack[top, 0], stack[top, 1] = c.GIVEN, m
                        top += 1
                        op, who = c.BEGIN, taker
            elif op == c.GIVEN:
                machine[who, c.HAS_PLACE] = 0
                op = c.BEGIN
            elif op == c.INVITE:
                s = who
                op = c.NONE
                if more > 0 and store[s, c.GIVER_COUNT] > 0 and _has_room(line, s):
                    if more > 1:
                        stack[top, 0], stack[top, 1], stack[top, 2] = c.INVITE, s, more - 1
                        top += 1
                    who = _first_of(line, s, c.GIVERS)
                    op = c.DELIVER if machine[who, c.HOLDS] == c.FINISHED else c.BEGIN
            elif op == c.ARRIVE:
                a = who
                s = line.arrival[a, c.AT_STORE]
                op, more = c.NONE, more - 1
                line.arrival[a, c.CAME] += 1
                taker = -1
                if _has_room(line, s):
                    taker = _put(line, s, _new_part(line, t), t, t)
                else:
                    line.arrival[a, c.LOST] += 1
                stack[top, 0], stack[top, 1], stack[top, 2] = c.ARRIVE, a, more
                if more > 0 and taker < 0:
                    op = c.ARRIVE
                elif more > 0:
                    top += 1
                else:  # drawn first, for nothing that waking sets off reads this stream or clock
                    schedule(line, machines + a, t + draw(line, line.arrival[a, c.EVERY], t))
                if taker >= 0:
                    op, who = c.BEGIN, taker
            elif op == c.WORK_ON:
                op = _work_on(line, who, t)
                if op == c.INVITE:  # its part is thrown away and its place free
                    stack[top, 0], stack[top, 1] = c.BEGIN, who
                    top += 1
                    who = machine[who, c.TO]
                    more = store[who, c.GIVER_COUNT]
            else:  # START: in the order of the scenario
                if who + 1 < machines:
                    stack[top, 0], stack[top, 1] = c.START, who + 1
                    top += 1
                op, who = c.BEGIN, machine[who, c.STARTS]
            if op == c.NONE and top > 0:
                top -= 1
                op, who, more = stack[top, 0], stack[top, 1], stack[top, 2]


@inlined
def _end_of_work(line: Line, m: int, t: float) -> int:
    """A cycle is over, or a component fails; return what to do next."""
    machine, times = line.machine, line.times
    schedule(line, m, np.inf)
    op = c.NONE
    failing = machine[m, c.FAILING]
    if failing != c.NOBODY:
        spend(line, m, t - times[m, c.BEGUN])
        times[m, c.BEGUN] = t
        machine[m, c.FAILING] = c.NOBODY
        if failing != c.CHANGE_OF_NOISE:
            strike(line, failing, t)
        if machine[m, c.STATE] == WORKING:
            _work(line, m, times[m, c.END] - t, t)
    else:
        if machine[m, c.FIRST_WEAR] >= 0:
            spend(line, m, times[m, c.END] - times[m, c.BEGUN])
        s = machine[m, c.TO]
        if (
            machine[m, c.BLOCKING] == c.REPETITIVE
            and line.store[s, c.KIND] == c.BUFFER
            and not _has_room(line, s)
        ):
            _work(line, m, draw(line, machine[m, c.CYCLE], t), t)
        else:
            machine[m, c.MADE] += 1
            if line.count[c.FLAGS] & c.CYCLES:
                write(line, c.WORKED, m, machine[m, c.PART], t, times[m, c.BEGAN_CYCLE])
            machine[m, c.HOLDS] = c.FINISHED
            op = c.DELIVER
    return op


@inlined
def _work(line: Line, m: int, span: float, t: float) -> None:
    """Let a machine work for a time, or until a component fails."""
    line.times[m, c.BEGUN] = t
    line.times[m, c.END] = t + span
    until = span
    if line.machine[m, c.FIRST_WEAR] >= 0:
        until = next_failure(line, m, span, t)
    schedule(line, m, t + until)
    if line.machine[m, c.STATE] != WORKING:
        enter(line, m, WORKING, t)


@leaf
def _work_on(line: Line, m: int, t: float) -> int:
    """Let a machine that was halted go on; return what else is to be done."""
    machine, times = line.machine, line.times
    left = times[m, c.LEFT]
    if math.isnan(left):
        return c.DELIVER if machine[m, c.HOLDS] == c.FINISHED else c.BEGIN
    times[m, c.LEFT] = math.nan
    if machine[m, c.INTERRUPTED] == c.SCRAP:
        if line.count[c.FLAGS] & c.CYCLES:
            write(line, c.THROWN, m, machine[m, c.PART], t, 0.0)
        machine[m, c.HOLDS] = c.NOTHING
        if not machine[m, c.HAS_PLACE]:
            return c.BEGIN
        machine[m, c.HAS_PLACE] = 0
        line.store[machine[m, c.TO], c.RESERVED] -= 1
        return c.INVITE
    if machine[m, c.INTERRUPTED] == c.RESTART:
        left = draw(line, machine[m, c.CYCLE], t)
    _work(line, m, left, t)
    return c.NONE


# -- stores -----------------------------------------------------------------------------------------------


@inlined
def _has_room(line: Line, s: int) -> bool:
    """Return whether a part can be put; a machine that waits for one counts as a place."""
    store = line.store
    return bool(store[s, c.LEVEL] + store[s, c.RESERVED] < store[s, c.CAPACITY] + store[s, c.TAKER_COUNT])


@inlined
def _has_place(line: Line, m: int, t: float) -> bool:
    """Reserve the place that a cycle needs if it has to; wait for it where there is none."""
    machine, store = line.machine, line.store
    has = True
    if machine[m, c.BLOCKING] == c.BEFORE_SERVICE and not machine[m, c.HAS_PLACE]:
        s = machine[m, c.TO]
        has = _has_room(line, s)
        if has:
            store[s, c.RESERVED] += 1
            machine[m, c.HAS_PLACE] = 1
        else:
            _wait(line, m, s, c.FOR_PLACE, BLOCKED, t)
    return has


@leaf
def _wait(line: Line, m: int, s: int, waits: int, state: int, t: float) -> None:
    """Put a machine at the end of a line."""
    machine, store = line.machine, line.store
    first = c.TAKERS if waits == c.FOR_PART else c.GIVERS
    last = store[s, first + 1]
    machine[m, c.WAITS] = waits
    machine[m, c.BEFORE], machine[m, c.NEXT] = last, -1
    if last >= 0:
        machine[last, c.NEXT] = m
    else:
        store[s, first] = m
    store[s, first + 1] = m
    store[s, first + 2] += 1
    if machine[m, c.STATE] != state:
        enter(line, m, state, t)


@inlined
def _first_of(line: Line, s: int, first: int) -> int:
    """Take the first machine out of a line."""
    machine, store = line.machine, line.store
    m = store[s, first]
    after = machine[m, c.NEXT]
    store[s, first] = after
    if after >= 0:
        machine[after, c.BEFORE] = -1
    else:
        store[s, first + 1] = -1
    store[s, first + 2] -= 1
    machine[m, c.WAITS] = c.NOWHERE
    return int(m)


@inlined
def _new_part(line: Line, t: float) -> int:
    part = line.count[c.PARTS]
    line.count[c.PARTS] = part + 1
    if line.count[c.FLAGS] & c.CYCLES:
        write(line, c.IS_BORN, 0, part, t, 0.0)
    return int(part)


@inlined
def _put(line: Line, s: int, part: int, born: float, t: float) -> int:
    """Put a part, for which there is room; return the machine that takes it, -1 if none waits."""
    store, tally = line.store, line.tally
    store[s, c.ARRIVED] += 1
    taker = -1
    if store[s, c.KIND] == c.SINK:
        store[s, c.TOTAL] += 1
        tally[s, c.WAITED] += t - born
        if line.count[c.FLAGS] & c.LEAVES:
            write(line, c.LEFT_SO_FAR, s, store[s, c.TOTAL], t, 0.0)
    else:
        level = store[s, c.LEVEL]
        tally[s, c.AREA] += level * (t - tally[s, c.STORE_SINCE])
        tally[s, c.STORE_SINCE] = t
        place = store[s, c.OFFSET] + ((store[s, c.HEAD] + level) & store[s, c.RING])
        line.came[place], line.born[place], line.part[place] = t, born, part
        store[s, c.LEVEL] = level + 1
        if line.count[c.FLAGS] & c.LEVELS:
            write(line, c.HAS_LEVEL, s, level + 1, t, 0.0)
        if level + 1 + store[s, c.SLACK] > store[s, c.RING]:
            line.count[c.GROWS] = 1
        if store[s, c.TAKER_COUNT] > 0:
            taker = _first_of(line, s, c.TAKERS)
    return taker


@inlined
def _take(line: Line, m: int, s: int, t: float) -> None:
    """Let a machine take the first part of a store."""
    machine, times, store, tally = line.machine, line.times, line.store, line.tally
    machine[m, c.HOLDS] = c.WORKPIECE
    store[s, c.DEPARTED] += 1
    if store[s, c.KIND] == c.ENDLESS:
        store[s, c.ARRIVED] += 1
        machine[m, c.PART] = _new_part(line, t)
        times[m, c.BORN] = t
    else:
        level = store[s, c.LEVEL]
        tally[s, c.AREA] += level * (t - tally[s, c.STORE_SINCE])
        tally[s, c.STORE_SINCE] = t
        place = store[s, c.OFFSET] + store[s, c.HEAD]
        store[s, c.HEAD] = (store[s, c.HEAD] + 1) & store[s, c.RING]
        store[s, c.LEVEL] = level - 1
        tally[s, c.WAITED] += t - line.came[place]
        machine[m, c.PART], times[m, c.BORN] = line.part[place], line.born[place]
        if line.count[c.FLAGS] & c.LEVELS:
            write(line, c.HAS_LEVEL, s, level - 1, t, 0.0)


@leaf
def _reset(line: Line, t: float) -> None:
    """Begin to count anew at the end of the warm-up."""
    line.count[c.IS_RESET] = 1
    line.tally[:, c.AREA] = 0.0
    line.tally[:, c.WAITED] = 0.0
    line.tally[:, c.STORE_SINCE] = t
    line.store[:, c.ARRIVED] = 0
    line.store[:, c.DEPARTED] = 0
    line.arrival[:, c.CAME] = 0
    line.arrival[:, c.LOST] = 0
    line.times[:, c.SINCE] = t
    line.times[:, c.TOTALS :] = 0.0
    line.machine[:, c.MADE] = 0
    line.component[:, c.FAILURES] = 0
    line.component[:, c.SERVICES] = 0
