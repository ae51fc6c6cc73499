"""No return is not no contact: who falls into a gap of an authority's returns is counted out."""

import polars as pl
import pytest
from support.text_tables import assert_shows, definition, only, run

from cws_outcomes.errors import ConfigError

LANDMARK = {"cohort": definition("cohorts", "landmark_14")}
ENTRY = {"cohort": definition("cohorts", "from_10")}
# Born on 15 May 2000, at home in 301: landmark on 15 May 2014, look-back from 15 May 2012.
ON_ROLL = {
    "people": "person_id\n1",
    "school_years": "person_id | census_date | census\n1 | 2011-01-20 | spring",
    "enrolments": "person_id | start_date | end_date\n1 | 2010-09-01 | 2018-09-01",
    "local_authorities": "raw_code | la_code\n301 | 301",
}
HEADER = "source | la_code | start_date | end_date | reason\n"


def eligibility(gap: str, settings=LANDMARK) -> pl.DataFrame:
    tables = {**ON_ROLL, "coverage_gaps": HEADER + gap}
    return only(run("decide_eligibility", settings=settings, **tables))


@pytest.mark.parametrize(
    ("gap", "failed_step"),
    [
        ("children_in_need | 301 | 2013-04-01 | 2014-04-01 | attack", 4),
        ("care | 301 | 2013-04-01 | 2014-04-01 | attack", 4),
        ("children_in_need | | 2013-04-01 | 2014-04-01 | everywhere", 4),
        ("children_in_need | 302 | 2013-04-01 | 2014-04-01 | elsewhere", None),
        ("absence | 301 | 2013-04-01 | 2014-04-01 | another source", None),
        ("children_in_need | 301 | 2011-04-01 | 2012-05-15 | ends before", None),
        ("children_in_need | 301 | 2011-04-01 | 2012-05-16 | ends within", 4),
        ("children_in_need | 301 | 2014-05-15 | 2015-04-01 | starts on the day", 4),
        ("children_in_need | 301 | 2014-05-16 | 2015-04-01 | starts after", None),
    ],
)
def test_a_landmark_needs_the_returns_of_its_look_back(gap: str, failed_step: int | None):
    assert eligibility(gap)["failed_step"].item() == failed_step


def test_follow_up_from_a_landmark_does_not_need_returns():
    found = eligibility("children_in_need | 301 | 2015-04-01 | 2016-04-01 | later")

    assert_shows(found, "last_date  | failed_step\n2018-09-01 |")


def test_a_gap_ends_the_follow_up_of_a_changing_exposure():
    # Ten on 15 May 2010; coverage begins on 1 April 2011.
    gap = "children_in_need | 301 | 2013-04-01 | 2014-04-01 | attack"

    assert_shows(
        eligibility(gap, ENTRY),
        "index_date | last_date  | failed_step\n2011-04-01 | 2013-04-01 |",
    )


def test_nobody_enters_in_a_gap():
    gap = "children_in_need | 301 | 2011-04-01 | 2012-04-01 | attack"

    assert eligibility(gap, ENTRY)["failed_step"].item() == 4


def window(**gap: str | None) -> dict[str, object]:
    start = {"start": "2011-04-01", "end": "2020-04-01"}
    return {"coverage": {"children_in_need": start | {"gaps": [gap]}, "absence": None}}


PLACES = """
raw_code  | la_code | la_name | region | is_combined
204       | 204     | Hackney | London | false
820       | 820     | Beds    | East   | true
823       | 820     | Beds    | East   | true
"""


def test_a_gap_takes_the_code_of_the_area_its_authority_is_shown_with():
    settings = window(la="823", start="2015-04-01", end="2016-04-01", reason="no return")

    found = only(run("harmonise_coverage_gaps", settings=settings, local_authorities=PLACES))

    assert_shows(
        found,
        """
        source           | la_code | start_date | end_date   | reason
        children_in_need | 820     | 2015-04-01 | 2016-04-01 | no return
        """,
    )


def test_a_gap_of_an_authority_that_never_was_is_a_slip():
    settings = window(la="999", start="2015-04-01", end="2016-04-01", reason="no return")

    with pytest.raises(ConfigError, match=r"children_in_need\.gaps: no local authority"):
        run("harmonise_coverage_gaps", settings=settings, local_authorities=PLACES)
