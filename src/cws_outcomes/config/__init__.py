"""The study's configuration: typed, closed to unknown keys, checked before anything runs."""

from cws_outcomes.config.load import load_study
from cws_outcomes.config.study import Study

__all__ = ["Study", "load_study"]
