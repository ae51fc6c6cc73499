"""Known-truth checks: is what was planted what the whole road finds?"""

from cws_outcomes.verify.recovery import Recovery, recover

__all__ = ["Recovery", "recover"]
