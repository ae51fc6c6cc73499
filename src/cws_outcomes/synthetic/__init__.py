"""Make a delivery in the shapes of a real one, visibly fake, with its truth beside it."""

from cws_outcomes.synthetic.delivery import make_delivery

__all__ = ["make_delivery"]
