"""The command ``cws``: from a delivered extract to equity tables and a report."""

from cws_outcomes.cli.app import main

__all__ = ["main"]
