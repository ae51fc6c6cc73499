"""What a person sees while a study runs."""

import time

import typer

from cws_outcomes.run.warned import MARK


class Console:
    """Prints each step as it begins, with how many are done."""

    def __init__(self) -> None:
        self._started = time.monotonic()
        self._done = 0
        self._steps = 0

    def show(self, done: int, steps: int, message: str) -> None:
        """
        Tell what begins.

        Parameters
        ----------
        done : int
            Number of the step, or of steps done so far.
        steps : int
            Steps in all; 0 when not known yet.
        message : str
            What begins; empty when only the count changed.
        """
        self._done, self._steps = done, steps or self._steps
        if message:
            seconds = time.monotonic() - self._started
            of = f"/{self._steps}" if self._steps else ""
            typer.echo(f"{seconds:5.0f} s  {self._done:3d}{of}  {message}")

    def warn(self, warning: str) -> None:
        """Tell what a model warns of."""
        typer.echo(f"{MARK}{warning}", err=True)
