"""Odds as people read them, also where next to nothing is known."""

from types import SimpleNamespace

import pytest

from oddsmith.commands.odds_text import odds_row, short_line


def row(**estimate):
    found = SimpleNamespace(**({"rate": 2e-3, "interval": (1e-3, 3e-3), "cov": 0.25, "upper": None} | estimate))
    verdict = SimpleNamespace(word="weak")
    return odds_row(SimpleNamespace(event="crash", estimate=found, exposure=None, verdict=verdict), 7)


def test_a_rate_has_its_interval_and_cov():
    assert row() == ("crash", "7", "0.002", "0.001 … 0.003", "25 %", "", "weak")


def test_a_spread_beyond_all_measure_is_not_told_to_the_digit():
    assert row(cov=1.6e10)[4] == "above 1,000 %"


@pytest.mark.parametrize(("low", "text"), [(8.9e-25, "up to 1"), (1e-8, "1e-08 … 1")])
def test_a_lower_end_that_says_nothing_is_left_out(low, text):
    assert row(interval=(low, 1.0))[3] == text
    line = short_line(
        {"rate": 2e-3, "interval": (low, 1.0), "hits": 3, "calls": 900, "verdict": "weak", "upper": None}
    )
    assert f"(95 %: {text})" in line
