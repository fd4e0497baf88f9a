"""Local time against the standard library, and the calendar law over changes of the clocks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.laws import LawError
from sim.laws.varying import TABLE, Course
from sim.noise import Noise
from sim.wall_clock import DAY, parse_start

CALENDAR = TABLE["calendar"].build
ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "Pacific/Apia", "UTC")
NONE = Noise(0)


def local_of(start: datetime, seconds: float) -> datetime:
    """Return what the standard library says, by the rules of the machine."""
    return (start.astimezone(UTC) + timedelta(seconds=seconds)).astimezone(start.tzinfo)


@settings(max_examples=60, deadline=None)
@given(
    zone=st.sampled_from(ZONES),
    day=st.integers(0, 720),
    hour=st.integers(4, 20),
    seconds=st.lists(st.integers(0, 400 * 86400), min_size=1, max_size=20),
)
def test_local_time_is_that_of_zoneinfo(zone: str, day: int, hour: int, seconds: list[int]):
    naive = datetime(2025, 1, 1, hour) + timedelta(days=day)
    clock = parse_start(f"{naive:%Y-%m-%d %H:%M} {zone}")
    start = naive.replace(tzinfo=ZoneInfo(zone))
    days, of_day = clock.local(np.array(seconds, float))
    for second, found_day, found_second in zip(seconds, days, of_day, strict=True):
        truth = local_of(start, second)
        midnight = truth.replace(hour=0, minute=0, second=0, tzinfo=None)
        assert found_day == (midnight - datetime(1970, 1, 1)).days
        assert found_second == (truth.replace(tzinfo=None) - midnight).total_seconds()
        assert clock.at(second).replace(tzinfo=None) == truth.replace(tzinfo=None)


def test_equal_moments_of_two_zones_are_kept_apart():
    utc, berlin = parse_start("2026-07-01T10:00Z"), parse_start("2026-07-01 12:00 Europe/Berlin")
    assert utc.start == berlin.start
    assert utc.local(np.array([0.0]))[1] == 36000.0
    assert berlin.local(np.array([0.0]))[1] == 43200.0


def test_an_offset_tells_two_equal_times_apart():
    first = parse_start("2026-10-25 02:30 Europe/Berlin")
    second = parse_start("2026-10-25T02:30+01:00 Europe/Berlin")
    assert first.start.astimezone(UTC) + timedelta(hours=1) == second.start.astimezone(UTC)
    assert second.zone == "Europe/Berlin"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("tomorrow", "expected a date"),
        ("2026-03-28 22:00", "time zone is missing"),
        ("2026-02-30 22:00 UTC", "is no moment"),
        ("2026-03-28 25:00 UTC", "is no moment"),
        ("2026-03-28 22:00 Europe/Berln", "did you mean 'Europe/Berlin'"),
        ("2026-03-29 02:30 Europe/Berlin", "put forward over it"),
        ("2026-03-28 22:00+05:00 Europe/Berlin", "not at that distance"),
        ("2026-03-28 22:00+99:00", "no distance"),
    ],
)
def test_what_is_no_start(text: str, message: str):
    with pytest.raises(ValueError, match=message):
        parse_start(text)


# -- the calendar ------------------------------------------------------------------------------------------

SETTINGS = {
    "value": 40.0,
    "hours": {"7-9": 2.0, "22:30-6": 0.25},
    "weekdays": {"sat": 0.5, "sun": {"10-12": 3.0}},
    "months": {"jul-aug": 0.7, "dec-jan": 1.5},
    "month_days": {"25-31": 1.2},
    "holidays": ("12-25", "2026-05-01"),
    "on_holidays": 0.1,
}


def slow_value(now: datetime) -> float:
    """Return what SETTINGS say of a local moment, spelt out."""
    clock = now.hour + now.minute / 60.0
    hours = 2.0 if 7 <= clock < 9 else 0.25 if clock >= 22.5 or clock < 6 else 1.0
    is_holiday = (now.month, now.day) == (12, 25) or (now.year, now.month, now.day) == (2026, 5, 1)
    if is_holiday:
        day = 0.1 * hours
    elif now.weekday() == 6:
        day = 3.0 if 10 <= clock < 12 else 1.0
    else:
        day = (0.5 if now.weekday() == 5 else 1.0) * hours
    month = 0.7 if now.month in (7, 8) else 1.5 if now.month in (12, 1) else 1.0
    return 40.0 * day * month * (1.2 if now.day >= 25 else 1.0)


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("day", ["2026-03-27", "2026-10-24", "2025-12-20", "2026-04-29", "2026-04-03"])
def test_a_calendar_follows_the_wall_clock_over_a_change_of_the_clocks(zone: str, day: str):
    start = datetime.fromisoformat(f"{day}T15:10").replace(tzinfo=ZoneInfo(zone))
    law = CALENDAR({**SETTINGS, "clock": parse_start(f"{day} 15:10 {zone}")})
    path = Course(law, "s").path(np.array([0.0, 20 * DAY]), NONE, "world")
    asked = np.arange(0.0, 20 * DAY, 300.0)  # every five minutes, the ends of all spans among them
    truth = [slow_value(local_of(start, t)) for t in asked]
    assert path.at(asked) == pytest.approx(truth, rel=1e-12)
    assert law.values(asked) == pytest.approx(truth, rel=1e-12)
    just_before = asked[1:] - 1e-3
    truth = [slow_value(local_of(start, t)) for t in just_before]
    assert path.at(just_before) == pytest.approx(truth, rel=1e-12)
    assert np.all(path.values[1:] != path.values[:-1])
    assert law.low <= min(path.values) <= max(path.values) <= law.high


def test_a_list_has_a_factor_per_hour():
    clock = parse_start("2026-06-01 00:00 UTC")
    law = CALENDAR({"value": 2.0, "hours": tuple(float(h) for h in range(24)), "clock": clock, "plus": 1.0})
    assert law.values(np.arange(0.5, 24.0) * 3600.0).tolist() == [2.0 * h + 1.0 for h in range(24)]
    assert (law.low, law.high) == (1.0, 47.0)


def test_a_holiday_is_like_a_sunday_unless_told():
    clock = parse_start("2026-06-01 00:00 UTC")  # a Monday
    law = CALENDAR({"value": 1.0, "weekdays": {"sun": 0.2}, "holidays": ("2026-06-02",), "clock": clock})
    assert law.values(np.array([0.0, 1.5, 2.5, 6.5]) * DAY).tolist() == [1.0, 0.2, 1.0, 0.2]


@pytest.mark.parametrize(
    ("more", "at_fault"),
    [
        ({"hours": {"7": 1.0}}, "hours"),
        ({"hours": {"7-9": 1.0, "8-10": 2.0}}, "hours"),
        ({"hours": {"7-25": 1.0}}, "hours"),
        ({"hours": (1.0, 2.0)}, "hours"),
        ({"weekdays": {"monday": 1.0}}, "weekdays"),
        ({"weekdays": {"mon-wed": 1.0, "tue": 2.0}}, "weekdays"),
        ({"months": {"june": 1.0}}, "months"),
        ({"month_days": {"32": 1.0}}, "month_days"),
        ({"holidays": ("christmas",)}, "holidays"),
        ({"holidays": ("02-30",)}, "holidays"),
        ({"on_holidays": "sunday"}, "on_holidays"),
        ({"clock": None}, None),
    ],
)
def test_an_impossible_calendar_names_its_argument(more, at_fault: str | None):
    with pytest.raises(LawError) as told:
        CALENDAR({"value": 1.0, "clock": parse_start("2026-06-01 00:00 UTC"), **more})
    assert told.value.argument == at_fault
