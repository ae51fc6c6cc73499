"""What `cws check` finds in a delivery: counts by table, never a row."""

from cws_outcomes.quality.check import Quality, check_delivery
from cws_outcomes.quality.found import Repair

__all__ = ["Quality", "Repair", "check_delivery"]
