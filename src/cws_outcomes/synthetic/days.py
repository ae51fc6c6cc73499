"""Days as whole numbers since 1 January 1970: dates that add, compare and vectorise."""

from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

Days = NDArray[np.int32]
"""Day numbers, one per row."""
Whole = NDArray[np.signedinteger[Any]]
Real = NDArray[np.float64]
Flags = NDArray[np.bool_]
Text = NDArray[np.str_]

NEVER = 100_000
"""The day that stands for "no date": it lies after every real one (year 2243)."""

YEAR = 365.25
"""Mean length of a year in days."""


def day(year: int, month: int, day_of_month: int) -> int:
    """Day number of a date."""
    return (date(year, month, day_of_month) - date(1970, 1, 1)).days


def as_days(values: NDArray[np.generic]) -> Days:
    """Day numbers as whole numbers, rounded down."""
    return np.floor(values.astype(np.float64)).astype(np.int32)


def calendar(days: Days) -> tuple[Whole, Whole, Whole]:
    """Year, month (1 to 12) and day of the month of each day number."""
    dates = days.astype("datetime64[D]")
    months = dates.astype("datetime64[M]")
    number = months.astype(np.int64)
    of_month = (dates - months.astype("datetime64[D]")).astype(np.int64) + 1
    return number // 12 + 1970, number % 12 + 1, of_month


def birthday(birth: Days, age: int | Whole) -> Days:
    """Day on which each person reaches an age; 29 February becomes 1 March."""
    year, month, of_month = calendar(birth)
    first = (((year + age - 1970) * 12) + month - 1).astype("datetime64[M]")
    found: Days = (first.astype("datetime64[D]").astype(np.int64) + of_month - 1).astype(np.int32)
    return found


def weekday_before(days: Days) -> Days:
    """The day itself, or the Friday before where it falls on a weekend."""
    of_week = (days + 3) % 7
    return (days - np.maximum(of_week - 4, 0)).astype(np.int32)
