"""Where what an estimator refuses, or warns of, gets the name of the study's model."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from cws_outcomes.errors import EstimationError, EstimationWarning
from cws_outcomes.estimators import EstimationError as Refusal
from cws_outcomes.estimators import EstimationWarning as Doubt
from cws_outcomes.step import Settings


@contextmanager
def estimating(model: Settings) -> Iterator[None]:
    """
    Name the model, its outcome and its cohort in whatever its estimator refuses or warns of.

    Raises
    ------
    cws_outcomes.errors.EstimationError
        With the estimator's own words.

    Warns
    -----
    cws_outcomes.errors.EstimationWarning
        With the estimator's own words.
    """
    name = f"Model {model['name']} of {model['outcome']} in {model['cohort']}"
    try:
        with _doubts_named(name):
            yield
    except Refusal as refusal:
        raise EstimationError(f"{name}: {refusal}") from refusal


@contextmanager
def _doubts_named(name: str) -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("always", Doubt)
        usual = warnings.showwarning

        def show(
            message: Warning | str, category: type[Warning], filename: str, lineno: int,
            file: TextIO | None = None, line: str | None = None,
        ) -> None:  # fmt: skip
            if issubclass(category, Doubt):
                warnings.warn_explicit(f"{name}: {message}", EstimationWarning, filename, lineno)
            else:
                usual(message, category, filename, lineno, file, line)

        warnings.showwarning = show
        yield
