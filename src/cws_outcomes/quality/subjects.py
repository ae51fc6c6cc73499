"""What the check has to know of each delivered table: whose rows, which year, what is odd."""

from collections.abc import Mapping
from dataclasses import dataclass

from cws_outcomes.contracts import Table

_LABELS = ("return_year", "academic_year")
# Tables whose year is that of a day: its column, and the month in which their year begins.
_DAYS = {
    "care_episodes": ("episode_start_date", 4),
    "offences": ("offence_date", 1),
    "prison": ("start_date", 1),
    "court": ("appearance_date", 1),
    "probation": ("start_date", 1),
}
# The authority that sent the row.
_AUTHORITY = ("la", "school_la")
# What a person keeps, or mostly keeps, from one year to the next and from table to table, with
# the share that must agree. Homes and schools move: about one child in thirty changes authority
# in a year, more as the years lie apart.
LASTING = {
    "sex": 0.97,
    "birth_month": 0.97,
    "birth_year": 0.97,
    "ethnicity": 0.85,
    "language": 0.85,
    "home_la": 0.80,
    "school_la": 0.80,
    "entry_date": 0.90,  # of those still at the school
}
AUTHORITIES = ("home_la", "school_la", "la")


# Curriculum years of which (nearly) every pupil in the census has a row in the same year, and the
# least share that must. The key stage tables leave out pupils who are not at the end of the stage.
STAGES: Mapping[str, tuple[tuple[int, int], float]] = {
    "absence": ((1, 11), 0.75),
    "key_stage_2": ((6, 6), 0.70),
    "key_stage_4": ((11, 11), 0.75),
}
# Tables that tell more of the children of another.
SIDE_TABLES = {
    "disabilities": "children_in_need",
    "assessment_factors": "children_in_need",
    "care_years": "care_episodes",
}
# Dates that lie years before the row's year: their distance from it follows the ages of a cohort.
STANDING_DATES = ("entry_date",)
# Steps that are no damage: a column that begins or ends, or a year unlike the others. Years as in
# the DfE's measures and returns.
_NEW_NEED = "the return had no such column before 2013/14"
_FIRST_RETURN = "the first return covers October 2008 to March 2009 only"
_BOYCOTT = "a quarter of the schools boycotted the tests of 2009/10"
_RULES = "another rule of counting from this year on"
_LEVELS = "levels were given up after 2014/15"
_NO_AGE = "the files of 2014 hold no age"
KNOWN_STEPS: Mapping[tuple[str, str], Mapping[int, str]] = {
    ("school_census", "age_at_start"): {2014: _NO_AGE, 2015: _NO_AGE},
    ("key_stage_4", "basics_2002"): {2014: _RULES},
    ("key_stage_4", "basics_2014"): {2014: _RULES, 2015: _RULES},
    ("key_stage_4", "basics_2015"): {2015: _RULES, 2016: _RULES},
    ("key_stage_4", "basics_2016"): {2016: _RULES, 2017: _RULES},
    ("key_stage_4", "basics_2017"): {2017: _RULES},
    ("key_stage_4", "level_2_2015"): {2015: _RULES, 2017: _RULES},
    ("key_stage_4", "level_2_2017"): {2017: _RULES},
    ("key_stage_4", "best_8_points"): {2016: _RULES},
    ("key_stage_4", "attainment_8"): {2016: _RULES},
    ("key_stage_2", ""): {2010: _BOYCOTT, 2011: _BOYCOTT, 2016: _LEVELS},
    ("key_stage_2_exams", ""): {2010: _BOYCOTT, 2011: _BOYCOTT, 2016: _LEVELS},
    ("key_stage_1", ""): {2016: _LEVELS},
    ("children_in_need", "assessment_date"): {2014: _NEW_NEED},
    ("children_in_need", "referral_source"): {2014: _NEW_NEED},
    ("children_in_need", ""): {2009: _FIRST_RETURN, 2010: _FIRST_RETURN},
}


def known_step(table: str, column: str, year: int) -> str:
    """Why a column may differ from the year before; empty where nothing is known."""
    own = KNOWN_STEPS.get((table, column), {}).get(year, "")
    return own or KNOWN_STEPS.get((table, ""), {}).get(year, "")


@dataclass(frozen=True)
class Odd:
    """Rows that cannot be right: each alone may be a slip, many are a damaged table."""

    name: str
    columns: tuple[str, ...]
    rows: str
    most: float = 0.02


_ACADEMIC = "make_date(file_year - 1, 9, 1) and make_date(file_year, 8, 31)"
_ODD: Mapping[str, tuple[Odd, ...]] = {
    "school_census": (
        Odd(
            "curriculum year does not fit the age",
            ("nc_year", "birth_year", "birth_month"),
            "abs(row_year - birth_year + if(birth_month >= 9, 0, 1) - 6 "
            "- try_cast(nc_year as integer)) > 1",
            0.05,
        ),
        Odd(
            "entry after the census year, or before birth",
            ("entry_date", "birth_year"),
            "entry_date > make_date(row_year, 8, 31) or year(entry_date) < birth_year",
        ),
    ),
    "absence": tuple(
        Odd(
            f"more sessions missed than possible, {term}",
            tuple(f"sessions_{k}_{term}" for k in ("possible", "authorised", "unauthorised")),
            f"coalesce(sessions_authorised_{term}, 0) + coalesce(sessions_unauthorised_{term}, 0)"
            f" > sessions_possible_{term}",
        )
        for term in ("autumn", "spring", "summer", "annual")
    ),
    "exclusions": (
        Odd(
            "date outside the file's academic year",
            ("start_date",),
            f"file_year is not null and start_date not between {_ACADEMIC}",
        ),
    ),
    "children_in_need": (
        Odd(
            "referral after the return year",
            ("referral_date", "return_year"),
            "referral_date > make_date(row_year, 3, 31)",
        ),
        Odd(
            "closed before the return year",
            ("closure_date", "return_year"),
            "year(closure_date) >= 1930 and closure_date < make_date(row_year - 1, 4, 1)",
        ),
        Odd(
            "closed before the referral",
            ("closure_date", "referral_date"),
            "year(closure_date) >= 1930 and closure_date < referral_date",
        ),
        Odd(
            "assessed before the referral",
            ("assessment_date", "referral_date"),
            "year(assessment_date) >= 1930 and assessment_date < referral_date",
        ),
        Odd(
            "plan ends before it starts",
            ("plan_start_date", "plan_end_date"),
            "year(plan_end_date) >= 1930 and plan_end_date < plan_start_date",
        ),
        Odd(
            "referred long before birth, or as an adult",
            ("referral_date", "birth_year"),
            "year(referral_date) < birth_year - 1 or year(referral_date) > birth_year + 19",
        ),
    ),
    "care_episodes": (
        Odd(
            "episode ends before it starts",
            ("episode_start_date", "episode_end_date"),
            "year(episode_end_date) >= 1930 and episode_end_date < episode_start_date",
        ),
        Odd(
            "period of care starts after its episode",
            ("period_start_date", "episode_start_date"),
            "period_start_date > episode_start_date",
        ),
        Odd(
            "in care before birth, or as an adult",
            ("episode_start_date", "birth_year"),
            "year(episode_start_date) < birth_year or year(episode_start_date) > birth_year + 19",
        ),
    ),
    "key_stage_2": (
        # Tests had 50 to 110 marks; scaled scores end at 120.
        Odd("more marks than any test has", ("reading_mark",), "reading_mark > 120"),
        Odd("more marks than any test has (mathematics)", ("maths_mark",), "maths_mark > 120"),
    ),
    "key_stage_4": (
        # Ten slots of at most 9 points, English and mathematics counted twice; 8.5 with A* = 8.
        Odd("Attainment 8 above its maximum", ("attainment_8",), "attainment_8 > 90"),
    ),
    "offences": (
        Odd(
            "disposal before the offence",
            ("offence_date", "disposal_date"),
            "year(offence_date) > 1900 and disposal_date < offence_date",
        ),
    ),
}
_EVERYWHERE = (
    Odd("month of birth that is none", ("birth_month",), "birth_month not between 1 and 12"),
    Odd(
        "birth year far from the row's year",
        ("birth_year",),
        "row_year - birth_year not between -1 and 26",
    ),
    Odd(
        "labelled with another year than the file's",
        ("academic_year", "file_year"),
        "file_year is not null and academic_year is not null "
        "and right(academic_year, 4) != cast(file_year as varchar)",
        0.005,
    ),
)


def short(contract: Table) -> str:
    """A delivered table's name without its stage."""
    return contract.name.removeprefix("delivered_")


def row_year(contract: Table) -> str:
    """SQL of the year that a row belongs to: the file's, its label's, or that of its day."""
    years = ["file_year"]
    years += [
        f"try_cast(right({label}, 4) as integer)" for label in _LABELS if label in contract.columns
    ]
    if short(contract) in _DAYS:
        day, month = _DAYS[short(contract)]
        later = f" + if({month} > 1 and month({day}) >= {month}, 1, 0)"
        years.append(f"if(year({day}) >= 1930, cast(year({day}){later} as integer), null)")
    return f"coalesce({', '.join(years)})"


def persons(contract: Table) -> dict[str, str]:
    """SQL of each key under which persons are delivered, by its name."""
    keys = {name: name for name in ("pupil_reference", "moj_id") if name in contract.columns}
    if "la_child_id" in contract.columns:
        keys["la_child_id"] = "if(la_child_id is null, null, hash(la, la_child_id))"
    return keys


def authority(contract: Table) -> str | None:
    """Column with the authority that sent the row."""
    return next((name for name in _AUTHORITY if name in contract.columns), None)


def odd_rows(contract: Table) -> tuple[Odd, ...]:
    """Rules of the table whose columns it has, and one for each of its dates."""
    rules = (*_EVERYWHERE, *_ODD.get(short(contract), ()))
    days = [name for name, column in contract.columns.items() if column.type == "DATE"]
    return (
        *(rule for rule in rules if set(rule.columns) <= set(contract.columns)),
        # 06-09-01 can be read as a day of the year 6. Sentinels are 1800 and 1900.
        *(
            Odd(f"{day} in no year of ours", (day,), f"year({day}) not between 1800 and 2100")
            for day in days
        ),
    )
