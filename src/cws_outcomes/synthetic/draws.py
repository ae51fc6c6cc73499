"""Random draws: one stream per topic, so that a change to one topic leaves the others alone."""

import zlib
from collections.abc import Mapping

import numpy as np

from cws_outcomes.synthetic.days import Real, Text

Stream = np.random.Generator


class Streams:
    """
    Random streams of one delivery, one per topic.

    Parameters
    ----------
    seed : int
        The delivery's seed. The same seed, block and topic always give the same stream, whatever
        else was drawn before.
    block : int
        Place of the block in the delivery; -1 for what belongs to all of it (places, schools).
    """

    def __init__(self, seed: int, block: int = -1) -> None:
        self.seed, self.block = seed, block

    def __call__(self, topic: str) -> Stream:
        """Open the stream of a topic at its beginning."""
        return np.random.default_rng([self.seed, self.block + 1, zlib.crc32(topic.encode())])


def pick(stream: Stream, weights: Mapping[str, float], size: int) -> Text:
    """Draw ``size`` labels with probabilities proportional to their weights."""
    share = np.array(list(weights.values()), dtype=np.float64)
    edges = np.cumsum(share / share.sum())[:-1]
    labels = np.array(list(weights))
    found: Text = labels[np.searchsorted(edges, stream.random(size), side="right")]
    return found


def logistic(x: Real) -> Real:
    """Probability of a log odds."""
    found: Real = 1.0 / (1.0 + np.exp(-x))
    return found


def arrival(start: Real, ages: Real, cumulative: Real, risk: Real, exposure: Real) -> Real:
    """
    Ages at which a hazard has added up to given amounts.

    Parameters
    ----------
    start : array
        Ages at which each person comes under risk.
    ages, cumulative : array
        Knots of the cumulative baseline hazard; linear between them, no hazard after the last.
    risk : array
        Hazard ratio of each person.
    exposure : array
        Amounts to add up: unit exponential draws.

    Returns
    -------
    array
        Ages; infinite where the hazard never adds up to the amount.
    """
    target = np.interp(start, ages, cumulative) + exposure / risk
    found: Real = np.interp(target, cumulative, ages)
    return np.where(target >= cumulative[-1], np.inf, found)
