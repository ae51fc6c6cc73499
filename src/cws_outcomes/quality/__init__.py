"""What `cws check` finds in a delivery: counts by table, never a row."""

from cws_outcomes.quality.check import Quality, check_delivery

__all__ = ["Quality", "check_delivery"]
