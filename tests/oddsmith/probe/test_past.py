"""Features of windows and of the graph against a slow twin that looks at all earlier rows."""

from itertools import pairwise

import numpy as np
import pytest

from oddsmith.probe.windows import Past, feature_names, windows_of

WINDOWS = ((10.0, "w1"), (100.0, "w2"), (1000.0, "w3"))


def slow(t, amount, codes, domains):
    """The same features, from the definition."""
    names = feature_names([f"c{c}" for c in range(codes.shape[1])], domains, WINDOWS)
    rows = []
    for i in range(len(t)):
        row = []
        for c in range(codes.shape[1]):
            for r in range(codes.shape[1]):
                if domains[c] == domains[r]:
                    row += _entity(i, codes[i, c], r, t, amount, codes)
        for other in range(1, codes.shape[1]):
            row += _pair(i, other, t, codes)
        rows.append(row)
    return np.array(rows), names


def _entity(i, who, role, t, amount, codes):
    if who < 0:
        return [np.nan] * 9
    past = [j for j in range(i) if codes[j, role] == who]
    counts = [sum(np.exp(-(t[i] - t[j]) / w) for j in past) for w, _ in WINDOWS]
    sums = [sum(amount[j] * np.exp(-(t[i] - t[j]) / w) for j in past) for w, _ in WINDOWS]
    since = t[i] - t[past[-1]] if past else np.nan
    ratio = np.log1p(amount[i]) - np.mean([np.log1p(amount[j]) for j in past]) if past else np.nan
    others = range(1, codes.shape[1]) if role else (1,)
    met = {
        (codes[j, 0], codes[j, k])
        for j in range(i)
        for k in (others if role == 0 else (role,))
        if codes[j, role] == who and codes[j, 0] >= 0 and codes[j, k] >= 0
    }
    return [since, *counts, *sums, ratio, len(met)]


def _pair(i, other, t, codes):
    a, b = codes[i, 0], codes[i, other]
    if a < 0 or b < 0:
        return [np.nan, np.nan]
    past = [j for j in range(i) if codes[j, 0] == a and codes[j, other] == b]
    return [len(past), t[i] - t[past[-1]] if past else np.nan]


@pytest.mark.parametrize("domains", [(0, 0), (0, 1), (0, 0, 2)])
def test_the_kernel_agrees_with_the_definition_whatever_the_batches(domains):
    rng = np.random.default_rng(len(domains))
    n = 120
    t = np.sort(rng.uniform(0, 500, n))
    amount = np.round(rng.exponential(50, n), 2)
    codes = rng.integers(-1, 6, (n, len(domains)))
    expected, names = slow(t, amount, codes, domains)
    for cuts in ([0, n], [0, 1, 50, 51, n]):
        past = Past(domains, WINDOWS)
        parts = [past.follow(t[a:b], amount[a:b], codes[a:b]) for a, b in pairwise(cuts)]
        found = np.concatenate(parts)
        assert found.shape[1] == len(names)
        np.testing.assert_allclose(found, expected, rtol=2e-5, atol=1e-4)


def test_names_say_entity_role_and_window():
    names = feature_names(("payer", "payee"), (0, 0), WINDOWS)
    assert names[:3] == ("payer.since", "payer.count_w1", "payer.count_w2")
    assert "payee as payer.sum_w1" in names
    assert names[-2:] == ("payer+payee.met", "payer+payee.since")


def test_windows_are_natural_where_rows_span_days_and_shares_of_the_span_otherwise():
    assert [name for _, name in windows_of(30 * 86_400.0)] == ["1h", "1d", "14d"]
    assert [length for length, _ in windows_of(1000.0)] == pytest.approx([1.0, 30.0, 500.0])


def test_no_entities_give_no_features():
    found = Past((), WINDOWS).follow(np.arange(3.0), np.ones(3), np.zeros((3, 0), np.int64))
    assert found.shape == (3, 0)
