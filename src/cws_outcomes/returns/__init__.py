"""Statutory returns of local authorities as an input of their own: the work of `cws returns`."""

from cws_outcomes.returns.run import Book, Wishes, write_returns

__all__ = ["Book", "Wishes", "write_returns"]
