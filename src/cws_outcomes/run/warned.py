"""What the models of a step warn of, for its log and for whoever watches the run."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from cws_outcomes.errors import EstimationWarning

MARK = "Warning: "  # begins the line by which a step tells the run that started it


@contextmanager
def kept() -> Iterator[list[str]]:
    """Keep what models warn of, in order; all other warnings are shown as usual."""
    told: list[str] = []
    with warnings.catch_warnings():
        warnings.simplefilter("always", EstimationWarning)
        usual = warnings.showwarning

        def show(
            message: Warning | str, category: type[Warning], filename: str, lineno: int,
            file: TextIO | None = None, line: str | None = None,
        ) -> None:  # fmt: skip
            if issubclass(category, EstimationWarning):
                told.append(str(message))
            else:
                usual(message, category, filename, lineno, file, line)

        warnings.showwarning = show
        yield told
