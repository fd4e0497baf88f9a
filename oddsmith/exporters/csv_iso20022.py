"""Every table as CSV, with the element names of ISO 20022 where there are such elements.

The names are the abbreviated XML tags: of entries and accounts as bank statements have them (camt.053), of
cards and merchants as acceptors have them (caaa.001). They are names only: a file has rows, not messages, and
codes of types and channels stay our own, except those that are ISO's anyway (ISO 4217, 8583, 18245, 3166).
Amounts have no sign; `CdtDbtInd` says DBIT for money from the account and CRDT for money to it. What ISO 20022
has no element for, such as the balance after each entry, keeps its name, and so do labels and weights.
"""

from __future__ import annotations

from pathlib import Path

from oddsmith.dataset import Dataset
from oddsmith.exporters.base import Exported
from oddsmith.exporters.delimited import Spelling, write_tables

__all__ = ["NAMES", "export"]

NAMES = {
    "transaction_id": "AcctSvcrRef",
    "account_id": "Acct.Id.Othr.Id",
    "time": "RltdDts.TxDtTm",
    "posted": "BookgDt.DtTm",
    "amount": "Amt",
    "type": "BkTxCd.Prtry.Cd",
    "channel": "LclInstrm.Prtry",
    "entry": "CardDataNtryMd",
    "decline_code": "RspnRsn",
    "merchant": "Mrchnt.CmonNm",
    "merchant_category": "MrchntCtgyCd",
    "terminal_id": "POI.Id.Id",
    "payment_id": "Refs.EndToEndId",
    "iban": "Acct.Id.IBAN",
    "currency": "Acct.Ccy",
    "bank": "Acct.Svcr.FinInstnId.Nm",
    "opened": "OpngDt",
}
"""Column of a bank's tables -> tag, with those above it where it would not be clear alone."""

_INDICATOR = "CdtDbtInd"


def export(dataset: Dataset, folder: Path) -> Exported:
    """Write all tables as CSV: features, labels and weights in separate folders.

    Raises:
        DatasetError: the folder is not empty, or a file is damaged.
    """
    return write_tables(dataset, folder, Spelling(NAMES, _INDICATOR))
