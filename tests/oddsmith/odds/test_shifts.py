import numpy as np
import pytest

from oddsmith.odds import CallColumns, OddsReport, odds_of_calls
from oddsmith.odds.plots import draw_odds
from oddsmith.odds.shifts import shifts_of


def test_the_most_shifted_parameter_stands_first():
    rng = np.random.default_rng(3)
    n = 4000
    a, b = rng.standard_normal((2, n))
    word = np.where(rng.random(n) < 0.5, "wet", "dry").astype(object)
    hit = (a > 2.0) | ((a > 1.8) & (word == "wet"))
    columns = CallColumns.of(role=["main"] * n, weight=np.full(n, 1 / n), events={"e": hit})
    found = shifts_of(columns, {"b": b, "word": word, "a": a, "same": np.ones(n)}, "e")
    assert found[0].name == "a"
    assert {one.name for one in found} == {"a", "b", "word"}
    assert found[0].distance == pytest.approx(np.mean(a < a[hit].min()), abs=0.01)
    assert found[0].quantile(0.5) == pytest.approx(0.0, abs=0.1)
    assert found[0].quantile(0.5, of_events=True) > 1.8
    words = next(one for one in found if one.name == "word")
    share = np.mean(word[hit] == "wet")
    assert words.distance == pytest.approx(abs(share - np.mean(word == "wet")))


def test_quantiles_are_weighted():
    columns = CallColumns.of(
        role=["main"] * 3, weight=[0.8, 0.1, 0.1], log_lr=[0.9, -1.2, -1.2], events={"e": [False, True, True]}
    )
    (one,) = shifts_of(columns, {"x": np.array([1.0, 2.0, 3.0])}, "e")
    assert one.quantile(0.5) == 1.0
    assert one.quantile(0.5, of_events=True) == 2.0
    assert one.distance == pytest.approx(0.8)


def test_no_event_has_no_shift():
    columns = CallColumns.of(role=["main"] * 3, weight=[0.3] * 3, events={"e": [False] * 3})
    assert shifts_of(columns, {"x": np.arange(3.0)}, "e") == ()


@pytest.mark.parametrize("fractions", [[[0.2, 0.3, 0.1], [0.5, 0.4]], [[0.2, 0.45]]])
def test_levels_are_drawn_from_shares_per_group_or_from_means(fractions, splitting, tmp_path):
    columns = splitting(np.full(20, 1e-4))
    hunt = {"method": "splitting", "levels": [-1.0, 0.0], "fractions": fractions}
    report = OddsReport("a/b", "far", hunt, {}, None, {}, odds_of_calls(columns))
    written = draw_odds(report, columns, {"x": np.arange(200.0)}, tmp_path, units={"x": "m"})
    assert [file.name for file in written] == ["far_where.png", "far_weights.png", "levels.png"]
    again = draw_odds(report, columns, {"x": np.arange(200.0)}, tmp_path / "again", units={"x": "m"})
    assert [one.read_bytes() for one in written] == [one.read_bytes() for one in again]
