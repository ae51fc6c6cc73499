"""
Rows counted by keys that are whole numbers: the keys of a row side by side in one number.

The number indexes a table where that is small, and is sorted where the table would be large, so
that no row is hashed and cells come out in the order of their keys.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from cws_outcomes.estimators.codes import as_levels, coded, physical
from cws_outcomes.estimators.compiled import compiled
from cws_outcomes.estimators.inputs import Integers

Packed = NDArray[np.int64]

MOST_BITS = 62  # of a signed number of 64
# A table of up to 2**20 counts stays in a processor's cache, however few the rows.
TABLE_BITS = 20
BLOCK = 2**16  # rows packed at once, which stay there too


@dataclass(frozen=True, eq=False)
class Field:
    """How a key is held: by how many bits above its lowest value, or as the place of a level."""

    name: str
    numbers: pl.Series  # in the chunks in which it was read
    low: int
    bits: int
    kind: pl.DataType
    levels: pl.Series | None


def packable(kind: pl.DataType) -> bool:
    """Whether values of a type are whole numbers below 2**63 as they are."""
    return (kind.is_integer() and kind not in (pl.UInt64, pl.Int128, pl.UInt128)) or isinstance(
        kind, pl.Boolean | pl.Enum | pl.Date
    )


def fields(frame: pl.DataFrame, keys: Sequence[str]) -> list[Field] | None:
    """
    Where each key lies, or None without rows, with gaps, or where keys need too many bits.

    A key that is not `packable` enters as the places of its levels.
    """
    found = []
    for name in keys:
        values, levels = frame[name], None
        if not len(values) or values.null_count():
            return None
        if packable(values.dtype):
            numbers = physical(values)
        elif _ranked(values):
            codes, levels = coded(values)
            numbers = pl.Series(codes)
        else:
            return None
        low, high = int(numbers.min()), int(numbers.max())  # type: ignore[arg-type]
        bits = (high - low).bit_length()
        found.append(Field(name, numbers, low, bits, values.dtype, levels))
    return found if _bits(found) <= MOST_BITS else None


def pack(keys: Sequence[Field]) -> Packed:
    """One number for each row, which sort as the keys do."""
    return _packed(keys, [key.numbers.to_numpy() for key in keys])


def _packed(keys: Sequence[Field], columns: Sequence[Integers]) -> Packed:
    code = np.zeros(len(columns[0]), dtype=np.int64)
    for key, numbers in zip(keys, columns, strict=True):
        _append(code, numbers, key.low, key.bits)
    return code


def _bits(keys: Sequence[Field]) -> int:
    return sum(key.bits for key in keys)


def _ranked(values: pl.Series) -> bool:
    """Whether values that are not whole numbers have places among their sorted levels."""
    if values.dtype.is_float():
        return bool(values.is_finite().all())
    return isinstance(values.dtype, pl.String | pl.Categorical)


def tally(keys: Sequence[Field]) -> tuple[Packed, Integers]:
    """Distinct packed numbers, sorted, and how many rows have each."""
    rows, size = len(keys[0].numbers), 2 ** _bits(keys)
    if size <= max(2**TABLE_BITS, rows):
        counts = np.zeros(size, dtype=np.int64)
        for columns in _chunks(keys):
            for begin in range(0, len(columns[0]), BLOCK):
                block = [column[begin : begin + BLOCK] for column in columns]
                _count(_packed(keys, block), counts)
        found = np.flatnonzero(counts)
        return found, counts[found]
    code = pack(keys)
    code.sort()
    begins = np.concatenate([[0], np.flatnonzero(code[1:] != code[:-1]) + 1])
    return code[begins], np.diff(begins, append=rows)


def _chunks(keys: Sequence[Field]) -> Iterator[list[Integers]]:
    """Columns in the chunks in which they were read, if these are the same for all."""
    each = [key.numbers.get_chunks() for key in keys]
    if len({tuple(map(len, chunks)) for chunks in each}) > 1:
        each = [[key.numbers] for key in keys]
    for chunk in zip(*each, strict=True):
        yield [own.to_numpy() for own in chunk]


def unpack(code: Packed, keys: Sequence[Field]) -> pl.DataFrame:
    """Keys of packed numbers, in their types; categories as text."""
    columns, shift = [], _bits(keys)
    for key in keys:
        shift -= key.bits
        values = pl.Series(key.name, (code >> shift & (1 << key.bits) - 1) + key.low)
        if key.levels is None:
            columns.append(as_levels(values, key.kind))
        else:
            columns.append(key.levels.gather(values).alias(key.name))
    return pl.DataFrame(columns)


@compiled
def _append(code: Packed, values: Integers, low: int, bits: int) -> None:
    for row in range(len(code)):
        code[row] = code[row] << bits | (np.int64(values[row]) - low)


@compiled
def _count(code: Packed, counts: Integers) -> None:
    for row in range(len(code)):
        counts[code[row]] += 1
