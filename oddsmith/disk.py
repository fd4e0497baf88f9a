"""Writes small files so that they are there whole or not at all, and tells disk faults in one sentence."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

from sim.errors import RunError

__all__ = ["disk_faults", "file_hash", "json_bytes", "sync_folder", "write_file"]

_SENTENCES = {
    errno.ENOSPC: "no space is left on the device",
    errno.EDQUOT: "the disk quota is used up",
    errno.EFBIG: "the file would be larger than is allowed here",
    errno.EROFS: "the file system is read-only",
    errno.EACCES: "permission is denied",
    errno.EPERM: "the operation is not permitted",
    errno.ENOTDIR: "a part of the path is a file, not a folder",
    errno.EEXIST: "a file of that name is in the way",
    errno.EISDIR: "a folder of that name is in the way",
    errno.EIO: "the disk reports a fault",
}


@contextmanager
def disk_faults(path: Path) -> Iterator[None]:
    """Turn an OSError of the body into a RunError that says what cannot be written and why."""
    try:
        yield
    except OSError as fault:
        where = fault.filename or path
        why = _SENTENCES.get(fault.errno or 0, fault.strerror or str(fault))
        raise RunError(f"cannot write {os.fspath(where)}: {why}") from fault


def write_file(path: Path, data: bytes) -> None:
    """Write a file under a temporary name, flush it to the disk and rename it into place.

    Raises:
        OSError: the disk refuses; nothing is left behind.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Flush a folder's entries, so that a renamed file survives a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def json_bytes(data: Any) -> bytes:
    """Return JSON for files that are hashed: sorted keys, one trailing newline."""
    return (json.dumps(data, sort_keys=True, indent=1, ensure_ascii=False) + "\n").encode()


def file_hash(path: Path) -> str:
    """Return the SHA-256 of a file's content in hex."""
    digest = sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
