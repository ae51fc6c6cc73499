"""One class and one exit code for each cause of failure: a run can be judged without its log.

A message says what was expected, what was found and what to do. It never holds a value from a row:
messages leave the workstation more easily than logs do.
"""


class CwsError(Exception):
    """
    Base of every failure that the pipeline explains.

    Attributes
    ----------
    exit_code : int
        What the ``cws`` command returns for this cause. Listed in ``docs/exit_codes.md``.
    """

    exit_code = 1


class ConfigError(CwsError):
    """A configuration file is wrong; every slip is listed at once, with file and key."""

    exit_code = 3


class MissingTableError(CwsError):
    """A delivered file, or a table of an earlier stage, is not there."""

    exit_code = 4


class MissingColumnError(CwsError):
    """A delivered table lacks a column that the manifest promises."""

    exit_code = 5


class EmptyTableError(CwsError):
    """A delivered file holds no rows."""

    exit_code = 6


class TruncatedFileError(CwsError):
    """A delivered file ends too soon: a cut line, or fewer rows than its receipt says."""

    exit_code = 7


class ValueFormatError(CwsError):
    """A column holds values that are not of its type: a date, a whole number, a flag."""

    exit_code = 8


class UnknownCodeError(CwsError):
    """A coded column holds codes that its codelist does not list."""

    exit_code = 9


class UnknownAuthorityError(CwsError):
    """A local authority code or name that no version of the authority list holds."""

    exit_code = 10


class MixedSourcesError(CwsError):
    """Synthetic and unmarked tables were about to be used together."""

    exit_code = 11


class ContractError(CwsError):
    """A table breaks its contract: names, types, key, range or rule."""

    exit_code = 12


class ReleaseError(CwsError):
    """Something that disclosure control has not cleared was about to be printed."""

    exit_code = 13


class LockedError(CwsError):
    """Another run is at work in the same results folder."""

    exit_code = 14


class EstimationError(CwsError):
    """A model could not be fitted honestly: collinear, separated or not converged."""

    exit_code = 15


class CountsError(CwsError):
    """A table of published counts cannot be read as one."""

    exit_code = 16


class UnreachableError(CwsError):
    """A database cannot be reached: no driver, no answer, or no leave to enter."""

    exit_code = 17


class FlaggedError(CwsError):
    """A delivery that can be used holds things that stand out, and the check was asked to stop."""

    exit_code = 18


class CalibrationError(CwsError):
    """No synthetic delivery to calibrate, or a measure that returns what no figure asks for."""

    exit_code = 19


class ScoreError(CwsError):
    """Of a synthetic delivery, the pipeline recovered less than can be recovered."""

    exit_code = 20


class EstimationWarning(UserWarning):
    """A model was fitted, and its reader has to know something: what, after the model's name."""
