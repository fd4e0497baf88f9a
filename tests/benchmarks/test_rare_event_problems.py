"""The exact probabilities that the samplers are judged by, derived again and met by plain draws."""

import math
from pathlib import Path

import numpy as np
import pytest

from sim.noise import Edit, hash64

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def benchmark(monkeypatch):
    """Return the modules of the benchmark, which is a folder of scripts."""
    monkeypatch.syspath_prepend(ROOT / "benchmarks" / "rare_events")
    import exact
    import problems
    import queues

    return exact, problems, queues


def test_exact_values_are_those_derived_without_sampling(benchmark):
    exact, problems, queues = benchmark
    used = {**problems.PROBLEMS, **queues.QUEUES}
    assert set(exact.EXACT) == set(used)
    for name, derive in exact.EXACT.items():
        tolerance = 1e-5 if name == "metaball" else 1e-9  # its integrand has kinks
        assert derive() == pytest.approx(used[name].p, rel=tolerance), name


def likelihood_ratio(x, inflation):
    """Return density of N(0, 1) over that of N(0, inflation^2), per row."""
    return np.exp(-0.5 * (x * x).sum(axis=1) * (1.0 - inflation**-2)) * inflation ** x.shape[1]


@pytest.mark.parametrize(
    ("name", "inflation"),
    [
        ("four_branch_7", 1.8),
        ("metaball", 2.0),
        ("cutin_mixed", 1.6),
        ("shifted_sphere_d4", 1.8),
        ("mixed_lifetime", 2.0),
        ("series_d6", 1.5),
        ("gamma_sum_d10", 1.3),
        ("small_ball_d10", 0.3),
    ],
)
def test_scores_have_their_probability_by_inflated_draws(benchmark, name, inflation):
    """The other half of the definition: the score itself, sampled where the event is, with exact weights."""
    _, problems, _ = benchmark
    problem = problems.PROBLEMS[name]
    x = inflation * np.random.default_rng(7).standard_normal((400_000, problem.dimension))
    terms = np.where(problem.score(x) >= 0.0, likelihood_ratio(x, inflation), 0.0)
    error = float(terms.std()) / math.sqrt(len(x))
    assert error < 0.1 * problem.p
    assert abs(float(terms.mean()) - problem.p) < 4.0 * error


def test_easier_versions_of_long_problems_are_met_by_plain_draws(benchmark):
    """One threshold lower, where crude Monte Carlo sees the event: the same recursions, the same scores."""
    exact, problems, _ = benchmark
    x = np.random.default_rng(11).standard_normal((100_000, 100))
    n = len(x)

    def agrees(hits, p):
        assert abs(float(hits.mean()) - p) < 4.0 * math.sqrt(p * (1.0 - p) / n)

    agrees(problems.autoregression(x) + 5.0 >= 3.0, exact.autoregression(3.0))
    agrees(problems.random_walk(x) + 25.0 >= 8.0, exact.random_walk(8.0))
    agrees(problems.longest_run(x[:, :60]) + 4.0 >= 2.0, exact.longest_run(run=2))
    agrees(problems.linear(2.0)(x) >= 0.0, 0.022750131948179195)


@pytest.mark.parametrize(
    "name", ["four_branch_7", "metaball", "two_mode_d50", "cutin_mixed", "mixed_lifetime", "series_d6"]
)
def test_modes_have_names(benchmark, name):
    _, problems, _ = benchmark
    problem = problems.PROBLEMS[name]
    x = 3.0 * np.random.default_rng(1).standard_normal((20_000, problem.dimension))
    assert set(problem.named_modes(x[problem.score(x) >= 0.0])) == set(problem.modes)


QUEUES = [
    ("all", 4, 0.3, (0.7,)),
    ("all", 4, 0.2, (0.4, 0.4)),
    ("last", 3, 0.1, (0.55, 0.35)),
]


def easy_queue(queues, exact, counted, level, arrival, services):
    if len(services) == 1:
        p = exact.mm1(level, arrival, services[0])
    else:
        p = exact.tandem("total" if counted == "all" else "second", level, arrival, *services)
    return queues.Queue("easy", level, arrival, services, p, counted)


@pytest.mark.parametrize("queue", QUEUES)
def test_queues_overflow_as_often_as_they_should(benchmark, queue):
    exact, _, queues = benchmark
    easy = easy_queue(queues, exact, *queue)
    n = 6000
    scores = [easy.score(draw).scores["reached"] for draw in easy.nominal_batch(3, 0, n)]
    hits = sum(score >= 0 for score in scores)
    assert abs(hits / n - easy.p) < 4.0 * math.sqrt(easy.p * (1.0 - easy.p) / n)


@pytest.mark.parametrize("queue", QUEUES)
def test_redrawing_after_a_level_keeps_it_and_the_law_beyond(benchmark, queue):
    """What splitting rests on: noise is stamped with the moment of its use, the score is a running maximum."""
    exact, _, queues = benchmark
    easy = easy_queue(queues, exact, *queue)
    level = 2 - easy.level
    below = easy_queue(queues, exact, queue[0], 2, *queue[2:]).p
    hits = tried = 0
    for i, draw in enumerate(easy.nominal_batch(5, 0, 6000)):
        times, values = easy.score(draw).running["reached"]
        if values[-1] < level:
            continue
        reached = times[values.index(level)]
        again = easy.score(draw.edited(Edit(hash64("again", i), None, reached)))
        kept = [(t, v) for t, v in zip(times, values, strict=True) if v <= level]
        assert list(zip(*again.running["reached"], strict=True))[: len(kept)] == kept
        hits += again.occurred("reached")
        tried += 1
    beyond = easy.p / below
    assert abs(hits / tried - beyond) < 4.0 * math.sqrt(beyond * (1.0 - beyond) / tried)


def test_blocks_give_the_numbers_that_single_reads_give(benchmark):
    _, _, queues = benchmark
    draw = queues.QUEUES["mm1_K15"].nominal_batch(1, 0, 1)[0]
    edited = draw.edited(
        Edit(11, None, 2.5), Edit(12, "arrivals", 0.0, beta=0.4), Edit(13, "server_0", 1.0), Edit(14, None, 7.0)
    )
    for entity, stream in (("arrivals", "gap"), ("server_0", "service")):
        reader = queues.Reader(edited.noise, entity, stream)
        for i in range(60):
            t = 0.21 * i
            single = -math.log(edited.noise.uniform(entity, stream, i, t))
            assert reader.next(t) == pytest.approx(single, rel=1e-14)
