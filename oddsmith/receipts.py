"""Receipts: a job's files exist for us only once its receipt does.

A job writes into a staging folder, renames its files into place, and then writes its receipt. Whatever stands
in the dataset without a receipt is swept away before work goes on.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass

from oddsmith.disk import file_hash, json_bytes, sync_folder, write_file
from oddsmith.layout import Layout, part_name
from renderers.shards import PartFile

__all__ = ["Receipt", "StoredFile", "publish", "read_receipts", "sweep", "verified_receipts"]


@dataclass(frozen=True, order=True)
class StoredFile:
    """A Parquet file of the dataset.

    Args:
        path: relative to the dataset, with forward slashes.
    """

    path: str
    table: str
    shard: int
    rows: int
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Receipt:
    """What a job left behind."""

    job: str
    files: tuple[StoredFile, ...]


def publish(layout: Layout, job: str, shard: int, parts: Mapping[str, Sequence[PartFile]]) -> Receipt:
    """Rename finished parts into place, table by table, and write the job's receipt.

    Raises:
        OSError: the disk refuses; what was renamed already is swept before the next attempt.
    """
    files: list[StoredFile] = []
    for table, finished in parts.items():
        folder = layout.root / table
        folder.mkdir(exist_ok=True)
        for number, part in enumerate(finished):
            name = part_name(shard, number if len(finished) > 1 else None)
            part.path.replace(folder / name)
            files.append(StoredFile(f"{table}/{name}", table, shard, part.rows, part.bytes, part.sha256))
        sync_folder(folder)
    sync_folder(layout.root)
    receipt = Receipt(job, tuple(sorted(files)))
    write_file(layout.receipt(job), json_bytes(asdict(receipt)))
    return receipt


def read_receipts(layout: Layout) -> dict[str, Receipt]:
    """Return the receipts that are there, by job."""
    found = {}
    for path in sorted(layout.receipt("").parent.glob("*.json")):
        data = json.loads(path.read_bytes())
        found[data["job"]] = Receipt(data["job"], tuple(StoredFile(**file) for file in data["files"]))
    return found


def verified_receipts(layout: Layout) -> dict[str, Receipt]:
    """Return the receipts whose files are what they say; a receipt that is not true is removed."""
    receipts = read_receipts(layout)
    for job in [job for job, receipt in receipts.items() if not _is_true(layout, receipt)]:
        layout.receipt(job).unlink()
        del receipts[job]
    return receipts


def _is_true(layout: Layout, receipt: Receipt) -> bool:
    for file in receipt.files:
        stored = layout.root / file.path
        if not stored.is_file() or stored.stat().st_size != file.bytes or file_hash(stored) != file.sha256:
            return False
    return True


def sweep(layout: Layout, receipts: Iterable[Receipt]) -> None:
    """Remove whatever an interrupted job left: its staging folder and files that no receipt names."""
    shutil.rmtree(layout.staging, ignore_errors=True)
    known = {file.path for receipt in receipts for file in receipt.files}
    for file in list(layout.tables()):
        if file.relative_to(layout.root).as_posix() not in known:
            with suppress(OSError):
                file.unlink()
