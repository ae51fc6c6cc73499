"""One main census record a pupil and January, from whichever census lists the pupil."""

import pytest
from support.text_tables import assert_show_same, assert_shows, only, run, table

PUPILS = """
key_kind | key | person_id
pupil    | AAA | 1
pupil    | BBB | 2
pupil    | CCC | 3
"""


def harmonised(step: str, **tables):
    return only(run(f"harmonise_{step}", person_keys=PUPILS, **tables))


def school_years(census: str):
    las = "raw_code | la_code\n301 | 301\n302 | 302\n303 | 302"
    tables = {"delivered_school_census": census, "local_authorities": las}
    return harmonised("school_years", **tables)


@pytest.mark.parametrize(
    ("chosen", "other"),
    [
        ("1 | S | 2011-09-01", "0 | C | 2012-01-01"),
        ("1 | C | 2011-09-01", "1 | M | 2012-01-01"),
        ("1 | M | 2011-09-01", "1 | S | 2012-01-01"),
        ("1 | S | 2011-09-01", "1 | G | 2012-01-01"),
        ("1 | C | 2012-01-01", "1 | C | 2011-09-01"),
        ("1 | C | 2011-09-01", "1 | C |           "),
        ("1 | C | 2011-09-01", "1 |   | 2012-01-01"),
    ],
    ids=[
        "on roll before not on roll", "single before main", "main before subsidiary",
        "subsidiary before guest", "latest entry", "an entry before none", "a status before none",
    ],
)  # fmt: skip
def test_the_main_record_of_a_census(chosen: str, other: str):
    rows = ["pupil_reference | file_year | school_urn | on_roll | enrolment_status | entry_date"]
    rows += [f"AAA | 2012 | elsewhere | {other}", f"AAA | 2012 | main | {chosen}"]

    for order in (rows, [rows[0], *reversed(rows[1:])]):
        assert school_years("\n".join(order))["school_urn"].to_list() == ["main"]


def test_a_census_is_held_on_the_third_thursday_of_january():
    census = "pupil_reference | file_year\nAAA | 2012\nAAA | 2013\nAAA | 2015\nAAA | 2016"

    assert_shows(
        school_years(census),
        "census_date\n2012-01-19\n2013-01-17\n2015-01-15\n2016-01-21",
    )


def test_codes_of_a_census_are_those_of_the_study():
    years = school_years(
        """
        pupil_reference | file_year | nc_year | sen_provision | fsm_eligible | home_la | idaci_rank
        AAA             | 2012      | R       | a             | y            | 303     | 1
        BBB             | 2012      | x       | E             | 0            | 999     | 32844
        CCC             | 2012      | 11      |               |              |         |
        """
    )

    assert_shows(
        years,
        """
        person_id | nc_year | sen_group | is_fsm_eligible | home_la_code | idaci_ridit
        1         | 0       | support   | true            | 302          | 0.999985
        2         |         | plan      | false           |              | 1.52235e-05
        3         | 11      |           |                 |              |
        """,
    )


def test_pupils_whom_no_school_lists_are_on_roll_of_a_pru_or_in_alternative_provision():
    """A has a school beside the PRU; B is in a PRU of its own table; C in alternative provision."""
    years = school_years(
        """
        census | pupil_reference | academic_year | file_year | census_date | school_urn | sex
        spring | AAA             | 2011/2012     | 2012      |             | main       | M
        pru    | AAA             | 2011/2012     |           | 2012-01-19  |            | 1
        pru    | BBB             | 2012/2013     |           | 2013-01-18  |            | 2
        ap     | CCC             | 2012/2013     |           |             |            |
        """
    )

    assert_shows(
        years,
        """
        person_id | census_date | census | is_on_roll | school_urn
        1         | 2012-01-19  | spring | true       | main
        2         | 2013-01-18  | pru    | true       |
        3         | 2013-01-17  | ap     | true       |
        """,
    )


def test_a_pru_with_the_pupil_on_roll_comes_before_a_school_that_has_lost_the_pupil():
    years = school_years(
        """
        census | pupil_reference | file_year | on_roll | school_urn
        spring | AAA             | 2012      | 0       | left
        pru    | AAA             | 2012      |         |
        """
    )

    assert_shows(years, "census | is_on_roll | school_urn\npru | true |")


def test_what_the_main_record_leaves_blank_is_taken_from_the_next():
    """Rows not on roll have no SEN, meals or area, and do not wipe out those of the main record."""
    years = school_years(
        """
        pupil_reference | file_year | on_roll | enrolment_status | sen_provision | fsm_eligible
        AAA             | 2012      | 1       | M                | K             |
        AAA             | 2012      | 1       | S                | E             | 1
        AAA             | 2012      | 0       | C                |               |
        BBB             | 2012      | 0       | C                |               |
        """
    )

    assert_shows(
        years,
        """
        person_id | is_on_roll | sen_group | is_fsm_eligible
        1         | true       | support   | true
        2         | false      |           |
        """,
    )


def test_plasc_writes_labels_where_later_censuses_write_codes():
    years = school_years(
        """
        census | pupil_reference | academic_year | nc_year   | sen_provision | enrolment_status
        plasc  | AAA             | 2001/2002     | Year 7    | School Action | Current main
        plasc  | AAA             | 2001/2002     | Year 7    | Statement     | Guest
        plasc  | BBB             | 2001/2002     | Reception | 5             |
        plasc  | CCC             | 2004/2005     | 09        | e             | C
        """
    )

    assert_shows(
        years,
        """
        person_id | census_date | census | nc_year | sen_group
        1         | 2002-01-17  | plasc  | 7       | support
        2         | 2002-01-17  | plasc  | 0       | plan
        3         | 2005-01-20  | plasc  | 9       | plan
        """,
    )


@pytest.mark.parametrize(
    ("birth", "age", "year"),
    [
        ("2000 | 9", "", 6),
        ("2000 | 8", "", 7),
        ("2000 | 10", "3", 6),
        (" | ", "11", 7),
        ("2000 | 13", "9", 5),
        ("2009 | 1", "", -1),
        ("1950 | 1", "", None),
        (" | ", "", None),
    ],
    ids=[
        "the oldest of Year 6", "the youngest of Year 7", "birth before the age column",
        "age column", "no such month", "nursery", "impossible age", "nothing known",
    ],
)  # fmt: skip
def test_without_a_curriculum_year_age_at_the_start_of_the_year_tells_it(
    birth: str, age: str, year: int | None
):
    years = school_years(
        "pupil_reference | file_year | nc_year | birth_year | birth_month | age_at_start\n"
        f"AAA | 2012 | x | {birth} | {age}"
    )

    assert years["nc_year"].to_list() == [year]


def test_idaci_ranks_are_shares_of_the_small_areas_of_their_edition():
    """Ranks of 2001 areas run to 32,482, of 2011 areas to 32,844; others are no ranks."""
    years = school_years(
        """
        pupil_reference | file_year | idaci_rank_2001 | idaci_rank
        AAA             | 2012      | 32482           |
        BBB             | 2012      | 99              | 16422
        CCC             | 2012      | 32483           | 0
        """
    )

    assert_shows(years, "person_id | idaci_ridit\n1 | 1.53931e-05\n2 | 0.500015\n3 |")


def test_censuses_of_summer_and_autumn_have_a_table_of_their_own():
    """No census was held in summer 2020. The autumn census opens the academic year."""
    census = """
        census | pupil_reference | academic_year | on_roll | enrolment_status | school_urn
        autumn | AAA             | 2011/2012     | 1       | C                | u1
        summer | AAA             | 2011/2012     | 1       | S                | u1
        summer | AAA             | 2011/2012     | 1       | M                | u2
        summer | AAA             | 2019/2020     | 1       | C                | u2
        spring | AAA             | 2011/2012     | 1       | C                | u1
        """
    found = harmonised("term_censuses", delivered_school_census=census)

    assert_shows(
        found,
        """
        person_id | census_date | is_on_roll | school_urn
        1         | 2011-10-06  | true       | u1
        1         | 2012-05-17  | true       | u2
        """,
    )
    assert_shows(school_years(census), "census_date | census\n2012-01-19 | spring")


@pytest.mark.parametrize("step", ["school_years", "absence_years", "exclusions", "stage_scores"])
def test_rows_delivered_twice_change_nothing(step: str):
    delivered = {
        "school_years": {
            "delivered_school_census": """
            pupil_reference | file_year | school_urn | enrolment_status | entry_date
            AAA             | 2012      | u1         | M                | 2011-09-01
            AAA             | 2012      | u2         | S                | 2011-10-01
            """,
        },
        "absence_years": {
            "delivered_absence": """
            pupil_reference | school_number | sessions_possible_autumn | sessions_authorised_autumn
            AAA             | 10            | 100                      | 5
            AAA             | 20            | 30                       | 1
            """,
        },
        "exclusions": {
            "delivered_exclusions": """
            pupil_reference | start_date | sessions
            AAA             | 2012-03-01 | 2
            AAA             | 2012-03-05 | 2
            """,
        },
        "stage_scores": {
            "delivered_key_stage_2": """
            pupil_reference | reading_mark | maths_mark
            AAA             | 30           | 40
            BBB             | 40           | 60
            """,
            "delivered_key_stage_4": """
            pupil_reference | academic_year | best_8_points
            AAA             | 2012/2013     | 300
            """,
        },
    }[step]  # fmt: skip
    once = {name: table(name, text) for name, text in delivered.items()}
    twice = {name: frame.vstack(frame.head(1)) for name, frame in once.items()}

    assert_show_same(harmonised(step, **twice), harmonised(step, **once))
