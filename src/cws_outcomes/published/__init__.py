"""Equity tables from published counts: the work of `cws equity`."""

from cws_outcomes.published.book import Book, write_book
from cws_outcomes.published.columns import Columns, read_columns

__all__ = ["Book", "Columns", "read_columns", "write_book"]
