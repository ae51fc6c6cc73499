"""Where what an estimator refuses becomes a failure of the pipeline, with the model's name."""

from collections.abc import Iterator
from contextlib import contextmanager

from cws_outcomes.errors import EstimationError
from cws_outcomes.estimators import EstimationError as Refusal
from cws_outcomes.step import Settings


@contextmanager
def estimating(model: Settings) -> Iterator[None]:
    """
    Name the model in whatever its estimator refuses.

    Raises
    ------
    cws_outcomes.errors.EstimationError
        With the estimator's own words.
    """
    try:
        yield
    except Refusal as refusal:
        raise EstimationError(f"Model {model['name']}: {refusal}") from refusal
