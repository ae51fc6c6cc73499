"""Short ways to write the columns that recur in the contracts."""

from cws_outcomes.contracts.table import Column

SEXES = ("female", "male")
STATES = ("none", "referral", "cin", "cpp", "cla", "post")
OPEN_STATES = ("referral", "cin", "cpp", "cla")


def text(meaning: str, *, nullable: bool = False, allowed: tuple[str, ...] = ()) -> Column:
    """Text column."""
    return Column("VARCHAR", meaning, nullable=nullable, allowed=allowed)


def day(meaning: str, *, nullable: bool = False) -> Column:
    """Calendar date."""
    return Column("DATE", meaning, nullable=nullable)


def flag(meaning: str, *, nullable: bool = False) -> Column:
    """Yes or no."""
    return Column("BOOLEAN", meaning, nullable=nullable)


def whole(
    meaning: str,
    *,
    nullable: bool = False,
    minimum: float | None = None,
    maximum: float | None = None,
) -> Column:
    """Whole number of 32 bits."""
    return Column("INTEGER", meaning, nullable=nullable, minimum=minimum, maximum=maximum)


def count(meaning: str, *, nullable: bool = False) -> Column:
    """Count of persons, events or rows."""
    return Column("BIGINT", meaning, nullable=nullable, minimum=0)


def number(
    meaning: str,
    *,
    nullable: bool = False,
    minimum: float | None = None,
    maximum: float | None = None,
) -> Column:
    """Real number."""
    return Column("DOUBLE", meaning, nullable=nullable, minimum=minimum, maximum=maximum)


PERSON = Column("BIGINT", "person of the spine (table people)")
