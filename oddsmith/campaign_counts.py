"""What became of the crimes that a bank's campaigns ask for, as its dataset counts them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from oddsmith.dataset import Dataset
from oddsmith.parquet_tables import read_table

__all__ = ["CampaignCount", "campaign_counts", "shortfall"]

_TABLE = "campaigns_expected"
_ENDS = {
    "dropped": "dropped, for nobody could play one of the roles",
    "unfinished": "cut short by the end of the episode",
    "idle": "over without an entry, for nobody had the money",
    "refused": "refused in every entry",
}


@dataclass(frozen=True)
class CampaignCount:
    """Rings of one campaign, over all episodes of a dataset.

    Args:
        campaign: its id.
        expected: rings that its rate asks for in the mean.
        realised: rings that took place.
        dropped: rings for which somebody was missing.
        unfinished: of those that took place, cut short by the end.
        idle: of those that took place, over without an entry.
        refused: of those that took place, refused in every entry.
    """

    campaign: str
    expected: float
    realised: int
    dropped: int
    unfinished: int
    idle: int
    refused: int


def campaign_counts(dataset: Dataset) -> tuple[CampaignCount, ...]:
    """Return the campaigns of a bank in their order; none where the dataset is of something else.

    Raises:
        DatasetError: a file is damaged.
    """
    if _TABLE not in dataset.tables:
        return ()
    table = read_table(dataset.folder.files(_TABLE))
    names = table["campaign"].to_pylist()
    columns = {name: table[name].to_pylist() for name in ("expected", "realised", *_ENDS)}
    return tuple(
        CampaignCount(
            one, **{name: sum(x for x, of in zip(column, names, strict=True) if of == one)
                    for name, column in columns.items()},
        )
        for one in dict.fromkeys(names)
    )  # fmt: skip


def shortfall(counts: Sequence[CampaignCount]) -> str | None:
    """Return, in a sentence, how many rings did not come to their end and why; None where all did."""
    began = sum(one.realised + one.dropped for one in counts)
    parts = []
    for name, told in _ENDS.items():
        lost = [(getattr(one, name), one.campaign) for one in counts if getattr(one, name)]
        if lost:
            most = max(lost, key=lambda it: it[0])[1]
            among = f", most of {most}" if len(lost) > 1 else f", of {most}"
            parts.append(f"{sum(n for n, _ in lost)} {told}{among}")
    return f"of {began} rings: " + "; ".join(parts) if parts else None
