"""How rare crime is in a bank, and how much it takes, beside what is published.

    python benchmarks/fraud/leakage.py --only fraud/retail_bank_eu --out outputs/gate
    python benchmarks/fraud/prevalence.py outputs/gate/retail_bank_eu/bank

Boosted rings count with their weights. Nothing is promised: rates of typologies are those of their files, most
of them British; what comes of them per payment depends on how often customers pay.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

from oddsmith.dataset import Dataset

CARDS = ("card_present", "card_not_present")
TRANSFERS = ("transfer", "instant")
PUSH = ("purchase scam", "investment scam", "impersonation scam", "romance scam")


def debits(bank: Dataset) -> pd.DataFrame:
    """Return what left accounts, with its labels."""
    rows = bank.to_pandas("transactions", columns=["transaction_id", "channel", "status", "amount", "type"])
    labels = bank.to_pandas(
        "labels", columns=["transaction_id", "is_fraud", "typology", "ring_id", "role", "ring_weight"]
    )
    assert (rows.transaction_id == labels.transaction_id).all()
    both = pd.concat([rows, labels.drop(columns="transaction_id")], axis=1)
    return both[(both.status == "accepted") & (both.amount < 0)]


def per_ten_thousand(paid: pd.DataFrame, crime: pd.Series) -> tuple[float, float]:
    """Return crimes per 10,000 payments and its standard error: rings are Poisson, their entries not."""
    own = paid[crime]
    each = own.groupby("ring_id", observed=True).ring_weight.sum()
    total = (~paid.is_fraud).sum() + paid[paid.is_fraud].ring_weight.sum()
    return 1e4 * float(each.sum() / total), 1e4 * float(np.sqrt(np.square(each).sum()) / total)


def taken(paid: pd.DataFrame, typology: str) -> tuple[float, int]:
    """Return what the victims of a ring pay in the mean, and of how many rings that is."""
    own = paid[paid.is_fraud & (paid.typology == typology) & (paid.role == "victim")]
    each = -own.groupby("ring_id", observed=True).amount.sum()
    return float(each.mean()), len(each)


def main() -> None:
    """Print a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="dataset of fraud/retail_bank_eu")
    paid = debits(Dataset(parser.parse_args().folder))
    cards, transfers = (paid[paid.channel.isin(one)] for one in (CARDS, TRANSFERS))
    ordered = transfers[transfers.type == "credit_transfer"]
    print("| what | here | published |\n| --- | --- | --- |")
    rates = (
        ("card fraud per 10,000 card payments", cards, cards.is_fraud, "1.5 in the EEA (EBA and ECB, 2024)"),
        (
            "scams' payments per 10,000 transfers", ordered, ordered.is_fraud & ordered.typology.isin(PUSH),
            "1.1 (UK, PSR: 0.56 cases in 2023; UK Finance: 2.04 payments a case in 2025)",
        ),
    )  # fmt: skip
    for name, of, crime, published in rates:
        rate, error = per_ten_thousand(of, crime)
        print(f"| {name} | {rate:.2f} ± {error:.2f} | {published} |")
    means = (
        ("card not present", "about 155 GBP (UK Finance, 2024)"),
        ("purchase scam", "661 GBP (UK Finance, first half of 2025)"),
        ("investment scam", "18,600 GBP (UK Finance, 2024)"),
    )
    for typology, published in means:
        mean, rings = taken(paid, typology)
        print(f"| a case of {typology}, mean | {mean:,.0f} EUR ({rings} rings) | {published} |")


if __name__ == "__main__":
    main()
