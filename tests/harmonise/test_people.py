"""Who is who: references filled down, keys of LAs kept apart, characteristics by their mode."""

import numpy as np
import polars as pl
import pytest
from support.text_tables import assert_show_same, assert_shows, only, run

from cws_outcomes.steps import STEPS

SPINE = ("harmonise_la_children", "harmonise_moj_references", "harmonise_person_keys")
CODES = "code | authority\n825 | 825\nE10000002 | 825\nE06000060 | 825\n301 | 301"


def spine_of(**tables):
    """All that the steps of the spine make."""
    made = {}
    given = {"authority_codes": CODES, **tables}
    for step in SPINE:
        read = {name: rows for name, rows in given.items() if name in STEPS[step].reads}
        made |= run(step, **read)
        given |= made
    return made


def keys_of(**tables):
    return spine_of(**tables)["person_keys"]


def person_of(keys, key: str, la: str = "") -> int:
    return keys.filter(key=key, la=la)["person_id"].item()


def test_a_missing_reference_is_filled_from_other_rows_of_the_same_la_and_child():
    keys = keys_of(
        delivered_children_in_need="""
        la  | la_child_id | pupil_reference
        301 | c1          |
        301 | c1          | AAA
        """,
        delivered_care_episodes="""
        la  | la_child_id | pupil_reference
        301 | c1          |
        """,
    )

    assert_shows(
        keys,
        """
        key_kind | la  | key | person_id
        la_child | 301 | c1  | 1
        pupil    | ''  | AAA | 1
        """,
    )


def test_one_child_id_in_two_las_is_two_children():
    keys = keys_of(
        delivered_children_in_need="""
        la  | la_child_id | pupil_reference
        301 | c1          | AAA
        302 | c1          |
        """
    )

    assert person_of(keys, "c1", "301") == person_of(keys, "AAA")
    assert person_of(keys, "c1", "302") != person_of(keys, "AAA")


def test_two_child_ids_with_one_reference_are_one_person():
    keys = keys_of(
        delivered_children_in_need="""
        la  | la_child_id | pupil_reference
        301 | c1          | AAA
        302 | c9          | AAA
        """
    )

    assert keys["person_id"].unique().to_list() == [1]


def test_references_that_differ_only_in_case_are_two_pupils():
    keys = keys_of(
        delivered_school_census="""
        pupil_reference
        aBc
        ABC
        """
    )

    assert person_of(keys, "aBc") != person_of(keys, "ABC")


def test_of_conflicting_references_the_one_on_most_rows_is_the_child_s():
    keys = keys_of(
        delivered_children_in_need="""
        la_child_id | pupil_reference | referral_date
        c1          | ZZZ             | 2012-05-01
        c1          | ZZZ             | 2012-06-01
        c1          | AAA             | 2012-07-01
        c2          | NNN             | 2012-05-01
        c2          | MMM             | 2012-06-01
        """
    )

    assert person_of(keys, "c1", "301") == person_of(keys, "ZZZ")
    assert person_of(keys, "c2", "301") == person_of(keys, "MMM")  # a tie: the first by alphabet


def test_a_child_without_any_reference_is_a_person_after_the_pupils():
    keys = keys_of(
        delivered_children_in_need="""
        la_child_id | pupil_reference
        c1          |
        """,
        delivered_absence="""
        pupil_reference
        ZZZ
        """,
    )

    assert person_of(keys, "ZZZ") == 1
    assert person_of(keys, "c1", "301") == 2


def test_every_table_that_names_a_pupil_adds_to_the_spine():
    names = (
        "school_census", "absence", "exclusions", "early_years", "key_stage_1", "key_stage_2",
        "key_stage_2_exams", "key_stage_4", "key_stage_5", "children_in_need", "care_episodes",
        "care_years",
    )  # fmt: skip
    references = [place * 3 for place in "ABCDEFGHIJKL"]
    tables = {
        f"delivered_{name}": f"pupil_reference\n{reference}"
        for name, reference in zip(names, references, strict=True)
    }

    keys = keys_of(**tables)

    assert keys.filter(key_kind="pupil")["key"].to_list() == references


def test_justice_records_add_nobody_to_the_spine():
    row = "moj_id | pupil_reference\nm1 | AAA"

    for name in ("offences", "prison", "court", "probation"):
        assert keys_of(**{f"delivered_{name}": row}).is_empty()


def test_the_codes_that_one_la_had_are_one_la():
    """Buckinghamshire's 9-digit code changed in 2020; its child ids went on."""
    keys = keys_of(
        delivered_children_in_need="""
        la        | la_child_id | pupil_reference
        E10000002 | c1          | AAA
        E06000060 | c1          |
        E10000002 | c2          |
        """,
        delivered_care_episodes="""
        la  | la_child_id | pupil_reference
        825 | c2          |
        """,
    )

    assert_shows(
        keys,
        """
        key_kind | la        | key | person_id
        la_child | 825       | c2  | 2
        la_child | E06000060 | c1  | 1
        la_child | E10000002 | c1  | 1
        la_child | E10000002 | c2  | 2
        pupil    | ''        | AAA | 1
        """,
    )


def test_a_split_starts_child_ids_anew_and_only_a_reference_leads_across():
    keys = keys_of(
        delivered_children_in_need="""
        la  | la_child_id | pupil_reference
        928 | c1          | AAA
        940 | c9          | AAA
        928 | c2          |
        940 | c2          |
        """
    )

    assert person_of(keys, "c1", "928") == person_of(keys, "c9", "940")
    assert person_of(keys, "c2", "928") != person_of(keys, "c2", "940")


SHARING = """
        la  | la_child_id | pupil_reference | return_year | sex | ethnicity | birth_year | birth_month
        301 | c1          | AAA             | 2012/2013   | 1   | WBRI      | 2000       | 5
        301 | c1          | AAA             | 2013/2014   | 1   | WBRI      | 2000       | 5
        {row}
        """  # noqa: E501


@pytest.mark.parametrize(
    ("row", "is_refused"),
    [
        ("301 | c2 | AAA | 2012/2013 | 2 | MWBC | 2000 | 5", True),  # sex, ethnic group
        ("302 | c2 | AAA | 2012/2013 | 2 | WBRI | 2001 | 5", True),  # sex, birth; another LA
        ("301 | c2 | AAA | 2012/2013 | 1 | MWBC | 2000 | 6", True),  # ethnic group, birth
        ("301 | c2 | AAA | 2012/2013 | 2 | WBRI | 2000 | 5", False),  # sex only
        ("301 | c2 | AAA | 2012/2013 | 9 | REFU | 2001 | 5", False),  # the others are unknown
        ("301 | c2 | AAA | 2012/2013 | 1 | WIRI | 2000 | 5", False),  # one ethnic group
    ],
)
def test_a_shared_reference_is_refused_to_a_child_who_is_plainly_another(
    row: str, is_refused: bool
):
    keys = keys_of(delivered_children_in_need=SHARING.format(row=row))

    (la,) = keys.filter(key="c2")["la"]
    assert person_of(keys, "c1", "301") == person_of(keys, "AAA")
    assert (person_of(keys, "c2", la) != person_of(keys, "AAA")) == is_refused


def test_what_most_records_say_of_a_child_is_compared():
    """One slip of the pen in three records does not make c2 another child."""
    rows = """301 | c2 | AAA | 2012/2013 | 2 | MWBC | 2000 | 5
        301 | c2 | | 2013/2014 | 1 | WBRI | 2000 | 5
        301 | c2 | | 2014/2015 | 1 | WBRI | 2000 | 5"""
    spine = spine_of(delivered_children_in_need=SHARING.format(row=rows))

    assert_shows(
        spine["la_children"],
        """
        la  | la_child_id | pupil_reference | pupil_references | is_reference_refused
        301 | c1          | AAA             | 1                | false
        301 | c2          | AAA             | 1                | false
        """,
    )


PUPILS = "pupil_reference\nAAA\nBBB"


def test_a_justice_id_is_the_pupil_that_most_of_its_offences_name():
    keys = keys_of(
        delivered_school_census=PUPILS,
        delivered_offences="""
        moj_id | case_id | pupil_reference
        m1     | 1       | BBB
        m1     | 2       | BBB
        m1     | 3       | AAA
        m2     | 4       | BBB
        m2     | 5       | AAA
        m3     | 6       | ZZZ
        m3     | 7       | ZZZ
        m3     | 8       | AAA
        m4     | 9       | ZZZ
        m5     | 10      |
        """,
    )

    assert_shows(
        keys,
        """
        key_kind | key | person_id
        moj      | m1  | 2
        moj      | m2  | 1
        moj      | m3  | 1
        pupil    | AAA | 1
        pupil    | BBB | 2
        """,
    )


def test_a_pupil_may_be_several_persons_of_the_justice_records():
    rows = "moj_id | pupil_reference\nm1 | AAA\nm2 | AAA"
    keys = keys_of(delivered_school_census=PUPILS, delivered_offences=rows)

    assert person_of(keys, "m1") == person_of(keys, "m2") == person_of(keys, "AAA")


@pytest.mark.parametrize("table", ["exclusions", "early_years", "key_stage_2_exams", "prison"])
def test_other_tables_that_bear_both_keys_link_them(table: str):
    rows = "moj_id | pupil_reference\nm1 | AAA\n | BBB"
    keys = keys_of(delivered_school_census=PUPILS, **{f"delivered_{table}": rows})

    assert person_of(keys, "m1") == person_of(keys, "AAA")


PERSON_KEYS = """
        key_kind | la  | key | person_id
        pupil    | ''  | AAA | 1
        la_child | 301 | c1  | 1
        la_child | 301 | c2  | 2
        moj      | ''  | m1  | 1
        """


def people_of(**tables):
    recorded = run("harmonise_characteristics", person_keys=PERSON_KEYS, **tables)
    return only(run("harmonise_people", person_keys=PERSON_KEYS, **recorded))


def test_characteristics_are_those_of_most_censuses():
    people = people_of(
        delivered_school_census="""
        pupil_reference | file_year | sex | ethnicity | language | birth_year | birth_month
        AAA             | 2010      | F   | WBRI      | 1_ENG    | 2000       | 5
        AAA             | 2011      | F   | MWBC      | 2_OTH    | 2000       | 6
        AAA             | 2012      | M   | mwbc      | 2_OTH    | 2000       | 5
        """
    )

    assert_shows(
        people.head(1),
        """
        person_id | sex    | ethnic_group | language | birth_date | birth_cohort
        1         | female | mixed        | other    | 2000-05-15 | 1999
        """,
    )


def test_a_second_school_or_a_further_census_of_a_year_has_no_further_voice():
    people = people_of(
        delivered_school_census="""
        pupil_reference | file_year | census | sex | language
        AAA             | 2010      | spring | F   | 1_ENG
        AAA             | 2011      | spring | F   | 1_ENG
        AAA             | 2012      | spring | M   | 1_ENG
        AAA             | 2012      | spring | M   | 2_OTH
        AAA             | 2012      | summer | M   | 2_OTH
        """
    )

    assert_shows(people.head(1), "sex | language\nfemale | english")


def test_what_is_recorded_in_several_ways_is_marked():
    people = people_of(
        delivered_school_census="""
        pupil_reference | file_year | sex | ethnicity | language | birth_year | birth_month
        AAA             | 2010      | F   | WBRI      | 1_ENG    | 2000       | 5
        AAA             | 2011      | F   | WIRI      | 2_OTH    | 2000       | 5
        """,
        delivered_care_episodes="""
        episode_start_date | birth_year | birth_month | sex
        2012-01-01         | 2000       | 6           | 9
        """,
    )

    assert_shows(
        people,
        """
        is_birth_disputed | is_sex_disputed | is_ethnic_group_disputed | is_language_disputed
        true              | false           | false                    | true
        false             | false           | false                    | false
        """,
    )


def test_precision_of_birth_and_links_to_justice_records_are_kept():
    census = "pupil_reference | birth_year | birth_month\nAAA | 2000 | 5"

    assert_shows(
        people_of(delivered_school_census=census),
        """
        person_id | birth_date | birth_precision | moj_ids
        1         | 2000-05-15 | month           | 1
        2         |            |                 | 0
        """,
    )


YEARS = {"census": range(2010, 2014), "care": range(2012, 2016)}
SEX = {"F": "female", "M": "male", "1": "male", "2": "female", "9": None}


def most_frequent(rows: list[tuple[int, str, int, str]]) -> dict[int, str]:
    """Rows are person, source, year, value: the value of most years, found the slow way."""
    found = {}
    for person in sorted({row[0] for row in rows}):
        first = min(row[1] for row in rows if row[0] == person)
        said = {
            (year, value) for who, source, year, value in rows if (who, source) == (person, first)
        }
        counts = {value: sum(v == value for _, v in said) for _, value in said}
        found[person] = min(counts, key=lambda value: (-counts[value], value))
    return found


def test_the_most_frequent_value_is_that_of_a_slow_count():
    rng = np.random.default_rng(4)
    pupils, children = [f"P{n:02}" for n in range(40)], [f"c{n:02}" for n in range(40)]
    # Of each number, the pupil and the child are one person.
    keys = [
        f"{kind} | {la} | {key} | {n + 1}"
        for n in range(40)
        for kind, la, key in (("pupil", "''", pupils[n]), ("la_child", "301", children[n]))
    ]
    census = [
        (rng.integers(20, 40), rng.choice(YEARS["census"]), rng.choice(["F", "M"]))
        for _ in range(150)
    ]
    care = [
        (rng.integers(40), rng.choice(YEARS["care"]), rng.choice(["1", "2", "9"]))
        for _ in range(250)
    ]
    tables = {
        "person_keys": "\n".join(["key_kind | la | key | person_id", *keys]),
        "delivered_school_census": "\n".join(
            ["pupil_reference | file_year | sex",
             *(f"{pupils[n]} | {y} | {s}" for n, y, s in census)]
        ),
        "delivered_care_episodes": "\n".join(
            ["la_child_id | episode_start_date | sex",
             *(f"{children[n]} | {y}-06-01 | {s}" for n, y, s in care)]
        ),
    }  # fmt: skip

    recorded = run("harmonise_characteristics", threads=2, **tables)
    people = only(run("harmonise_people", person_keys=tables["person_keys"], **recorded))

    rows = [(n + 1, "census", y, SEX[s]) for n, y, s in census]
    rows += [(n + 1, "social_care", y, SEX[s]) for n, y, s in care if SEX[s]]
    found = people.filter(pl.col("sex").is_not_null())
    assert dict(found.select("person_id", "sex").iter_rows()) == most_frequent(rows)


def test_ties_go_to_the_first_by_alphabet_or_number():
    people = people_of(
        delivered_school_census="""
        pupil_reference | file_year | sex | ethnicity | language | birth_year | birth_month
        AAA             | 2010      | M   | WBRI      | 2_OTH    | 2000       | 9
        AAA             | 2011      | F   | BCRB      | 1_ENG    | 2000       | 8
        """
    )

    assert_shows(
        people.head(1),
        """
        sex    | ethnic_group | language | birth_date | birth_cohort
        female | black        | english  | 2000-08-15 | 1999
        """,
    )


def test_the_census_goes_before_any_number_of_care_returns():
    people = people_of(
        delivered_school_census="""
        pupil_reference | file_year | sex | birth_year | birth_month
        AAA             | 2010      | F   | 2000       | 5
        """,
        delivered_care_episodes="""
        episode_start_date | sex | birth_year | birth_month | ethnicity
        2012-01-01         | 1   | 1999       | 4           | AIND
        2012-02-01         | 1   | 1999       | 4           | AIND
        """,
    )

    assert_shows(
        people.head(1),
        """
        sex    | birth_date | ethnic_group
        female | 2000-05-15 | asian
        """,
    )


def test_an_academic_year_of_birth_starts_in_september():
    census = """
        pupil_reference | file_year | birth_year | birth_month
        AAA             | 2010      | 2000       | 9
        """

    assert people_of(delivered_school_census=census)["birth_cohort"][0] == 2000


def test_unknown_codes_and_impossible_births_are_missing():
    people = people_of(
        delivered_children_in_need="""
        la_child_id | sex | ethnicity | birth_year | birth_month
        c2          | 9   | REFU      | 1900       | 1
        """
    )

    assert_shows(
        people.tail(1),
        """
        person_id | has_pupil_reference | sex | ethnic_group | birth_date | birth_cohort
        2         | false               |     |              |            |
        """,
    )


def test_a_row_delivered_twice_has_one_voice():
    """Two censuses say female and one, sent three times, male."""
    census = """
        pupil_reference | file_year | sex
        AAA             | 2010      | F
        AAA             | 2011      | F
        AAA             | 2012      | M
        """
    twice = census + "AAA | 2012 | M\n" * 2

    assert_show_same(
        people_of(delivered_school_census=twice), people_of(delivered_school_census=census)
    )


def test_a_reference_delivered_twice_has_one_voice():
    rows = """
        la_child_id | pupil_reference | referral_date
        c1          | ZZZ             | 2012-05-01
        c1          | ZZZ             | 2012-06-01
        c1          | AAA             | 2012-07-01
        """
    twice = rows + "c1 | AAA | 2012-07-01\n" * 2

    assert_show_same(
        keys_of(delivered_children_in_need=twice), keys_of(delivered_children_in_need=rows)
    )


def test_a_day_of_birth_serves_where_year_and_month_are_not_delivered():
    episodes = """
        la  | la_child_id | birth_date | episode_start_date
        301 | c1          | 2004-03-17 | 2012-05-01
        """
    keys = keys_of(delivered_care_episodes=episodes)
    known = only(
        run("harmonise_characteristics", person_keys=keys, delivered_care_episodes=episodes)
    )

    found = only(run("harmonise_people", person_keys=keys, characteristics=known))

    assert_shows(found, "birth_date | birth_precision\n2004-03-15 | month")
