"""What the compiled event kernel knows of a plain line: tables of numbers, a row a thing, a column a fact.

A line is one tuple of arrays. Machines stand in the order of their rank (the last of the line first),
everything else in the order of the scenario, so that the place of a clock is its rank among what is due at
one moment.
"""

from __future__ import annotations

from typing import Any, NamedTuple

__all__ = ["LOG_WIDTH", "MARGIN", "Line"]

# -- machines: whole numbers
FROM, TO, CYCLE, BLOCKING, INTERRUPTED, STATE, HOLDS, PART, WAITS, NEXT, BEFORE = range(11)
STOPS, SERVES, HAS_PLACE, FAILING, MADE, FIRST_WEAR, FIRST_CLOCK, STARTS, MACHINE_WIDTH = range(11, 20)
# -- machines: times [s], then the time in each state
SINCE, BEGUN, END, BEGAN_CYCLE, LEFT, BORN, TOTALS = range(7)
TIMES_WIDTH = TOTALS + 8

NOTHING, WORKPIECE, FINISHED = range(3)
"""What a machine holds."""
NOWHERE, FOR_PART, FOR_PLACE = range(3)
"""Where it waits."""
AFTER_SERVICE, BEFORE_SERVICE, REPETITIVE = range(3)
RESUME, RESTART, SCRAP = range(3)

NOBODY, CHANGE_OF_NOISE = -1, -2
"""What ends its work early, where no component does."""

# -- stores: whole numbers; a line of waiting machines has its first, its last and its length
KIND, LEVEL, HEAD, RING, OFFSET, CAPACITY, RESERVED = range(7)
TAKERS, LAST_TAKER, TAKER_COUNT, GIVERS, LAST_GIVER, GIVER_COUNT = range(7, 13)
ARRIVED, DEPARTED, TOTAL, SLACK, STORE_WIDTH = range(13, 18)
# -- stores: integral of the level, sum of the waits, moment up to which they are known
AREA, WAITED, STORE_SINCE, TALLY_WIDTH = range(4)

BUFFER, ENDLESS, SINK = range(3)
NO_BOUND = 1 << 60

# -- arrivals
AT_STORE, EVERY, BATCH, CAME, LOST, ARRIVAL_WIDTH = range(6)

# -- streams of numbers: whole numbers, the law and the moment up to which the block holds, the address
CODE, AT, USED, HELD, STREAM_WIDTH = range(5)
LAW_A, LAW_B, UNTIL, FORM_WIDTH = range(4)
WHERE, ENTITY = range(2)
LEAST_BLOCK, BLOCK = 8, 256
SPARE_NUMBERS = 8
"""Numbers of a law without a compiled form that must be ready when an event begins: more than one can use."""

# -- components: whole numbers
MACHINE, IS_CLOCKED, IS_STOPPING, CREW, PRIORITY, LIVES, REPAIRS, SERVICES_TIME = range(8)
LAW, FAILED, BUSY, DUE, CERTAIN, JOB, JOB_KIND, TICKET, TURN = range(8, 17)
LIFE, FAILURES, SERVICES, NEXT_OF, IS_LAST = range(17, 22)
REPAIR_LAW, SERVICE_LAW, COMPONENT_WIDTH = range(22, 25)
# -- components: ages and times [s]
AGE, FAILS_AT, HOLDS_UNTIL, AGE_A, AGE_B, RESTORES, AT_AGE, AGES_SINCE, JOB_AT = range(9)
# -- components: laws of the times of repairs and services, and how long the present one has gone on [s]
REPAIR_A, REPAIR_B, SERVICE_A, SERVICE_B, JOB_KNOWN, WEAR_WIDTH = range(9, 15)

NO_JOB, ASKED, QUEUED, SENT, UNDER_WAY = range(5)
"""What a job waits for: to be heard, for the crew, for the crew to begin, for its end."""
REPAIR, SERVICE = range(2)

# -- counters of the run
TURNS, TICKETS, PARTS, LOGGED, FLAGS, NEEDS, IS_RESET, NEXT_JOB, GROWS, STARTED, ROOM, COUNT_WIDTH = range(12)
# -- moments of the run [s]
NOW, STOP, WARM_UP, CHANGE, CLOSES, SPAN_WIDTH = range(6)

# -- what is logged, by flags
HALTS, STATES, LEVELS, LEAVES, CYCLES = 1, 2, 4, 8, 16
# -- rows of the log: kind, who, value; time and one more number
ENTERS, HAS_LEVEL, LEFT_SO_FAR, IS_BORN, WORKED, THROWN, FAILS, SERVED, JOB_BEGINS, JOB_ENDS = range(10)
LOG_WIDTH = 3

MARGIN = 64
"""Rows of the log kept free for one event, beside those for each machine."""

OVER, LOG_FULL, RING_FULL, NUMBERS = range(4)
"""Why the kernel returns: the run is over, or something has to be done for it to go on."""

# -- what is still to be done of an event
NONE, BEGIN, DELIVER, GIVEN, INVITE, ARRIVE, START, WORK_ON = range(-1, 7)


class Line(NamedTuple):
    """A plain line in the midst of its run.

    Args:
        machine, times: a row per machine.
        store, tally: a row per store.
        came, born, part: (R,) rings of the parts in stores: when each came there, was born, and its number.
        arrival: a row per source with arrivals.
        stream, form, place: a row per stream of numbers.
        block: (streams, BLOCK) numbers ready for use.
        component, wear: a row per component.
        crew: (crews,) people who are free.
        tree, when: (2 P,) winners and (P,) moments of a tournament of all clocks.
        log, log_times: rows of what happened.
        count, span: of the run.
        stack: (n, 3) what is still to be done of an event.
        key, edit_keys, edit_entities, edit_times, edit_betas: the noise.
    """

    machine: Any
    times: Any
    store: Any
    tally: Any
    came: Any
    born: Any
    part: Any
    arrival: Any
    stream: Any
    form: Any
    place: Any
    block: Any
    component: Any
    wear: Any
    crew: Any
    tree: Any
    when: Any
    log: Any
    log_times: Any
    count: Any
    span: Any
    stack: Any
    key: Any
    edit_keys: Any
    edit_entities: Any
    edit_times: Any
    edit_betas: Any
