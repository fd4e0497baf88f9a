"""Rings that did not come to their end are told: after the run, and by `inspect`."""

import shutil

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from oddsmith.campaign_counts import CampaignCount, campaign_counts, shortfall
from oddsmith.commands.folders import inspect
from oddsmith.dataset import Dataset
from oddsmith.inspection import inspect_dataset

ENDS = ("dropped", "unfinished", "idle", "refused")


@pytest.fixture
def counted(hand_made_bank, tmp_path):
    """Return a copy of a bank with two episodes of two campaigns counted."""
    copy = tmp_path / "bank"
    shutil.copytree(hand_made_bank.dataset.folder.path, copy)
    columns = {
        "episode_id": ["a", "a", "b", "b"],
        "campaign": ["scam", "cards", "scam", "cards"],
        "typology": ["push payment", "cards", "push payment", "cards"],
        "expected": [2.5, 1.0, 2.5, 1.0],
        "realised": [3, 1, 1, 0],
        "dropped": [1, 0, 2, 0],
        "unfinished": [0, 1, 1, 0],
        "idle": [0, 0, 0, 0],
        "refused": [1, 0, 0, 0],
    }
    (copy / "campaigns_expected").mkdir()
    pq.write_table(pa.table(columns), copy / "campaigns_expected" / "00000.parquet")
    return copy


def test_counts_are_summed_over_episodes(counted):
    scam, cards = campaign_counts(Dataset(counted))
    assert scam == CampaignCount("scam", 5.0, 4, 3, 1, 0, 1)
    assert cards == CampaignCount("cards", 2.0, 1, 0, 1, 0, 0)
    assert inspect_dataset(Dataset(counted)).campaigns == (scam, cards)


def test_what_fell_short_is_one_sentence(counted):
    assert shortfall(campaign_counts(Dataset(counted))) == (
        "of 8 rings: 3 dropped, for nobody could play one of the roles, of scam; "
        "2 cut short by the end of the episode, most of scam; 1 refused in every entry, of scam"
    )


def test_where_all_came_to_their_end_nothing_is_said(hand_made_bank):
    assert shortfall([CampaignCount("scam", 5.0, 4, 0, 0, 0, 0)]) is None
    assert campaign_counts(hand_made_bank.dataset) == ()


def test_inspect_has_a_line_per_campaign(counted, capsys):
    inspect(counted)
    lines = capsys.readouterr().out.splitlines()
    head = next(line for line in lines if line.startswith("campaign "))
    assert head.split() == ["campaign", "expected", "realised", *ENDS]
    assert next(line for line in lines if line.startswith("scam")).split() == [
        "scam",
        "5",
        "4",
        "3",
        "1",
        "0",
        "1",
    ]
