"""Academic years: the steps in which lives are simulated."""

from dataclasses import dataclass

from cws_outcomes.synthetic.days import Whole, day

FIRST_YEAR, LAST_YEAR = 1995, 2021
"""Years are named by their spring census; contact of the oldest children begins in the first."""

SCHOOLS_CLOSED_2020 = day(2020, 3, 23)


@dataclass(frozen=True)
class SchoolYear:
    """The academic year of one spring census: 1 September to 31 August."""

    census: int

    @property
    def first(self) -> int:
        """1 September."""
        return day(self.census - 1, 9, 1)

    @property
    def after(self) -> int:
        """1 September of the next one."""
        return day(self.census, 9, 1)

    @property
    def census_day(self) -> int:
        """Third Thursday of January, near enough: the spring census."""
        return day(self.census, 1, 18)

    @property
    def school_first(self) -> int:
        """First day of school."""
        return day(self.census - 1, 9, 3)

    @property
    def school_after(self) -> int:
        """Day after the last day of school; schools closed early in 2020."""
        return SCHOOLS_CLOSED_2020 if self.census == 2020 else day(self.census, 7, 22)

    def curriculum_year(self, birth_year: Whole) -> Whole:
        """
        National curriculum year, 0 = reception, negative before school.

        Parameters
        ----------
        birth_year : array
            Year in which each child's academic year of birth began (1 September).
        """
        found: Whole = self.census - 1 - birth_year - 5
        return found


def school_years(first_birth_year: int) -> tuple[SchoolYear, ...]:
    """Years from the birth of the oldest children on."""
    first = max(FIRST_YEAR, first_birth_year + 1)
    return tuple(SchoolYear(census) for census in range(first, LAST_YEAR + 1))
