"""From the columns of a Recording's batches to Arrow."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from sim.recording import Identities, Words

__all__ = ["CATEGORY", "arrow_array", "arrow_type"]

CATEGORY = pa.dictionary(pa.int32(), pa.string())
"""Type of a string out of a few."""

_HEX = np.array([f"{byte:02x}" for byte in range(256)], "S2").view(np.uint16)
"""Two digits of every byte."""


def arrow_type(alias: str) -> pa.DataType:
    """Return the Arrow type that a declaration names: those of Arrow, "category", and times in UTC."""
    if alias == "timestamp[ms, UTC]":
        return pa.timestamp("ms", "UTC")
    return CATEGORY if alias == "category" else pa.type_for_alias(alias)


def arrow_array(values: Any, type: pa.DataType) -> pa.Array:
    """Return a column of a batch as an Arrow array of a type.

    Args:
        values: (n,) numbers, strings, `Words` or `Identities`; NaN stays NaN and NaT becomes null.
        type: of the column.
    """
    if isinstance(values, Words):
        codes = pa.array(values.codes, pa.int32(), mask=values.codes < 0)
        return pa.DictionaryArray.from_arrays(codes, pa.array(values.words, pa.string())).cast(type)
    if isinstance(values, Identities):
        return _digits(values.values).cast(type)
    return pa.array(values).cast(type)


def _digits(values: np.ndarray) -> pa.Array:
    """Return numbers as strings of 16 hexadecimal digits, null for 0."""
    numbers = np.ascontiguousarray(values).view(np.uint64)
    raw = numbers.byteswap().view(np.uint8)
    offsets = np.arange(0, 16 * len(numbers) + 1, 16, dtype=np.int32)
    is_there = numbers != 0
    mask = None if is_there.all() else pa.py_buffer(np.packbits(is_there, bitorder="little"))
    return pa.StringArray.from_buffers(len(numbers), pa.py_buffer(offsets), pa.py_buffer(_HEX[raw]), mask)
