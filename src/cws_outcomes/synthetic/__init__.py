"""Make a delivery in the shapes of a real one, visibly fake, with its truth beside it."""

from typing import Any

__all__ = ["make_delivery"]


def __getattr__(name: str) -> Any:
    # Late: one part of the generator can be used, and tested, without all the others.
    if name != "make_delivery":
        raise AttributeError(name)
    from cws_outcomes.synthetic.delivery import make_delivery

    return make_delivery
