"""Who is who: references filled down, keys of LAs kept apart, characteristics by their mode."""

from support.text_tables import assert_show_same, assert_shows, only, run


def keys_of(**tables):
    return only(run("harmonise_person_keys", **tables))


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
    names = ("school_census", "absence", "exclusions", "key_stage_2", "key_stage_4")
    tables = {
        f"delivered_{name}": f"pupil_reference\n{place}{place}{place}"
        for place, name in zip("ABCDE", names, strict=True)
    }

    assert keys_of(**tables)["key"].to_list() == ["AAA", "BBB", "CCC", "DDD", "EEE"]


def people_of(**tables):
    return only(
        run(
            "harmonise_people",
            person_keys="""
            key_kind | la  | key | person_id
            pupil    | ''  | AAA | 1
            la_child | 301 | c1  | 1
            la_child | 301 | c2  | 2
            """,
            **tables,
        )
    )


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
    """Two censuses say female and one, delivered three times, male."""
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
