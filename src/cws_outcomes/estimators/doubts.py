"""Warnings of a Cox model: what its reader has to know, and how many rows or groups it is about."""

import warnings
from collections.abc import Iterator, Sequence

import numpy as np

from cws_outcomes.estimators import inputs
from cws_outcomes.estimators.cox_question import Prepared, Question
from cws_outcomes.estimators.errors import EstimationWarning
from cws_outcomes.estimators.inputs import Floats, listed
from cws_outcomes.estimators.newton import Maximum

# Robust errors are too small with fewer clusters than this (Cameron and Miller 2015).
FEW_CLUSTERS = 30
# Share of times that make a grid of whole numbers, for the others to be suspect.
GRIDDED = 0.8
# Times this close, relative to their size, are one time that was computed in two ways.
SAME_TIME = 1e-9
# Error of a log hazard ratio over the whole range of its column: e to the 2 x 5 both ways.
SAYS_NOTHING = 5.0
# Share of a term's information that the others leave unexplained.
NEARLY_COLLINEAR = 1e-6


def warn(messages: Iterator[str]) -> None:
    """Warn whoever called the function that called this function's caller."""
    for message in messages:
        warnings.warn(message, EstimationWarning, stacklevel=4)


def doubt_rows(question: Question, prepared: Prepared) -> Iterator[str]:
    """Warn of strata that say nothing, and of times that should be tied and are not."""
    yield from _doubt_strata(question, prepared)
    yield from _doubt_times(question)
    times = prepared.likelihood.grid
    gaps = np.diff(times.time)[np.diff(times.stratum()) == 0]
    close = int(np.sum(gaps < SAME_TIME * max(1.0, float(np.max(np.abs(times.time))))))
    if close:
        yield (
            f"`{question.stop}`: {close} event times differ from the next by rounding only; "
            "times are compared exactly, so round them"
        )


def _doubt_strata(question: Question, prepared: Prepared) -> Iterator[str]:
    if question.strata is None:
        return
    rows = prepared.stratum_rows
    silent = np.diff(prepared.likelihood.grid.begins) == 0
    names, lone = listed(inputs.as_names(question.strata)), int(np.sum(rows == 1))
    if np.any(silent):
        yield (
            f"strata of {names}: {int(np.sum(silent))} of {len(rows)} have no event, so their "
            f"{int(np.sum(rows[silent]))} rows say nothing"
        )
    if lone:
        yield (
            f"strata of {names}: {lone} of {len(rows)} are of one row, which is compared with "
            "nobody; merge them with others"
        )


def _doubt_times(question: Question) -> Iterator[str]:
    names = [name for name in (question.start, question.stop) if name is not None]
    columns = [question.frame[name] for name in names]
    if all(column.dtype.is_integer() for column in columns):
        return
    whole = [inputs.numbers(question.frame, name) for name in names]
    off = np.zeros(question.frame.height, dtype=np.bool_)
    for times in whole:
        off |= times != np.floor(times)
    between = int(np.sum(off))
    if 0 < between <= (1 - GRIDDED) * len(off):
        short = int(np.sum(whole[-1] - whole[0] < 1)) if len(whole) > 1 else 0
        yield (
            f"{listed(names)}: {between} of {len(off)} rows begin or end between the whole numbers "
            f"on which the others lie ({short} are shorter than one unit), so times that look tied "
            "are not: half a day or month decides who is at risk"
        )


def doubt_clusters(
    names: Sequence[str], clusters: int, terms: int, correction: str
) -> Iterator[str]:
    """Warn of few clusters."""
    if clusters >= FEW_CLUSTERS or correction != "none":
        return
    singular = (
        f" (for {terms} terms, so their robust covariance has no inverse)"
        if clusters <= terms
        else ""
    )
    yield (
        f"{listed(names)}: {clusters} clusters{singular}; robust errors are too small with fewer "
        f'than {FEW_CLUSTERS}: consider cluster_correction="few_clusters"'
    )


def doubt_fit(terms: Sequence[str], found: Maximum, model: Floats) -> Iterator[str]:
    """Warn of terms that can hardly be told from others, or from infinity."""
    size = np.diag(found.end.information) * np.diag(model)
    near = 1 / size < NEARLY_COLLINEAR
    if np.any(near):
        names = [term for term, is_near in zip(terms, near, strict=True) if is_near]
        yield (
            f"nearly collinear: {listed(names)} can hardly be told from the other terms; "
            "their estimates and errors are of little use"
        )
    vague = (np.sqrt(np.diag(model)) > SAYS_NOTHING) & ~near
    if np.any(vague):
        names = [term for term, is_vague in zip(terms, vague, strict=True) if is_vague]
        yield (
            f"{listed(names)}: the data say next to nothing (standard errors above "
            f"{SAYS_NOTHING:g} over the range of the column): hardly any events or no contrast"
        )
