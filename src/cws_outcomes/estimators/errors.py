"""What an estimator says when it cannot give a clean answer: how many, of what, never a value."""


class EstimationError(ValueError):
    """
    The data, or the model, do not allow an answer.

    The message says what was expected, what was found (names of columns and counts, never a value
    of a row) and what to do.
    """


class EstimationWarning(UserWarning):
    """There is an answer, and something that its reader has to know."""
