"""How often the gate cries wolf: banks without a leak, many of them, small ones too."""

import pytest

CHEAP = ("P1", "P4", "P5", "P6", "P7", "P8")


@pytest.mark.slow
def test_fifty_clean_banks_raise_no_more_than_two_false_alarms(bank, probed):
    """P5 to P8 may err in 1 % of banks each if truths lay at limits; they lie at chance, so hardly any do."""
    alarmed = []
    for seed in range(50):
        made = bank(seed, rows=3000, rings=15, ring_rows=5, accounts=200)
        report = probed(made, *CHEAP, name=f"bank{seed}")
        alarmed += [(seed, one.probe, one.group, one.name) for one in report.leaks]
    assert len({seed for seed, *_ in alarmed}) <= 2, alarmed


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_trees_find_nothing_in_clean_banks_and_boosted_trees_find_the_bursts(bank, probed, seed):
    report = probed(bank(100 + seed, rows=8000, rings=30), "P2", "P3", "P10")
    assert report.is_passed, report.leaks
    boosted = next(one for one in report.findings if one.name == "boosted trees")
    assert boosted.value > 0.85
