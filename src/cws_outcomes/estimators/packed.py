"""
Rows counted by keys that are whole numbers: the keys of a row side by side in one number.

The number indexes a table where that is small, and is sorted where the table would be large, so
that no row is hashed and cells come out in the order of their keys.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from cws_outcomes.estimators.codes import as_levels, coded
from cws_outcomes.estimators.compiled import compiled
from cws_outcomes.estimators.inputs import Integers

Packed = NDArray[np.int64]

MOST_BITS = 62  # of a signed number of 64
# A table of up to 2**20 counts stays in a processor's cache, however few the rows.
TABLE_BITS = 20


@dataclass(frozen=True, eq=False)
class Field:
    """How a key is held: by how many bits above its lowest value, or as the place of a level."""

    low: int
    bits: int
    kind: pl.DataType
    levels: pl.Series | None


def packable(kind: pl.DataType) -> bool:
    """Whether values of a type are whole numbers below 2**63 as they are."""
    return (kind.is_integer() and kind not in (pl.UInt64, pl.Int128, pl.UInt128)) or isinstance(
        kind, pl.Boolean | pl.Enum | pl.Date
    )


def pack(frame: pl.DataFrame, keys: Sequence[str]) -> tuple[Packed, dict[str, Field]] | None:
    """
    One number for each row, or None without rows, with gaps, or where keys need too many bits.

    Numbers sort as the keys do. A key that is not `packable` enters as the places of its levels.
    """
    fields: dict[str, Field] = {}
    code = np.zeros(frame.height, dtype=np.int64)
    for name in keys:
        values, levels = frame[name], None
        if not len(values) or values.null_count():
            return None
        if packable(values.dtype):
            numbers = values.to_physical().to_numpy()
        elif _ranked(values):
            numbers, levels = coded(values)
        else:
            return None
        low, high = int(numbers.min()), int(numbers.max())
        fields[name] = Field(low, (high - low).bit_length(), values.dtype, levels)
        if sum(field.bits for field in fields.values()) > MOST_BITS:
            return None
        _append(code, numbers, low, fields[name].bits)
    return code, fields


def _ranked(values: pl.Series) -> bool:
    """Whether values that are not whole numbers have places among their sorted levels."""
    if values.dtype.is_float():
        return bool(values.is_finite().all())
    return isinstance(values.dtype, pl.String | pl.Categorical)


def tally(code: Packed, fields: Mapping[str, Field]) -> tuple[Packed, Integers]:
    """Distinct numbers, sorted, and how many rows have each; ``code`` may be sorted in place."""
    bits = sum(field.bits for field in fields.values())
    if 2**bits <= max(2**TABLE_BITS, len(code)):
        counts = _counted(code, 2**bits)
        found = np.flatnonzero(counts)
        return found, counts[found]
    code.sort()
    begins = np.concatenate([[0], np.flatnonzero(code[1:] != code[:-1]) + 1])
    return code[begins], np.diff(begins, append=len(code))


def unpack(code: Packed, fields: Mapping[str, Field]) -> pl.DataFrame:
    """Keys of packed numbers, in their types; categories as text."""
    columns, shift = [], sum(field.bits for field in fields.values())
    for name, field in fields.items():
        shift -= field.bits
        values = pl.Series(name, (code >> shift & (1 << field.bits) - 1) + field.low)
        if field.levels is None:
            columns.append(as_levels(values, field.kind))
        else:
            columns.append(field.levels.gather(values).alias(name))
    return pl.DataFrame(columns)


@compiled
def _append(code: Packed, values: Integers, low: int, bits: int) -> None:
    for row in range(len(code)):
        code[row] = code[row] << bits | (np.int64(values[row]) - low)


@compiled
def _counted(code: Packed, size: int) -> Integers:
    counts = np.zeros(size, dtype=np.int64)
    for row in range(len(code)):
        counts[code[row]] += 1
    return counts
