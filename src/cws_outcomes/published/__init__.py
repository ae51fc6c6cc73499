"""Equity tables from published counts: the work of `cws equity`."""
