"""Spells in custody: from stays where they are delivered, else from sentences."""

import pytest
from support.text_tables import assert_shows, only, run

# Until 2021-01-01 offences are covered.
SENTENCES = """
    person_id | offence_no | offence_date | is_custody | custody_date | sentence_days
    1         | 1          | 2015-01-01   | true       | 2015-02-01   | 28
    1         | 2          | 2015-01-02   | true       | 2015-02-10   | 28
    1         | 3          | 2015-01-03   | false      |              | 28
    1         | 4          | 2016-01-01   | true       | 2016-02-01   |
    1         | 5          | 2020-01-01   | true       | 2020-12-01   | 365
    """
STAYS = """
    person_id | start_date | end_date
    1         | 2015-02-01 | 2015-02-15
    1         | 2015-02-20 | 2015-03-01
    2         | 2020-06-01 |
    3         | 2021-01-01 | 2021-02-01
    """


def custody_spells(max_gap_days: int = 0, **tables: str):
    settings = {"custody_max_gap_days": max_gap_days}
    return only(run("merge_custody_spells", settings=settings, **tables))


def test_sentences_at_full_length_stand_in_for_stays():
    """Two that overlap are one spell, one of unknown length is none, the last is still running."""
    assert_shows(
        custody_spells(offences=SENTENCES),
        """
        person_id | start_date | end_date   | stays
        1         | 2015-02-01 | 2015-03-10 | 2
        1         | 2020-12-01 | 2021-01-01 | 1
        """,
    )


def test_where_stays_are_delivered_sentences_are_not_used():
    assert_shows(
        custody_spells(offences=SENTENCES, custody_stays=STAYS),
        """
        person_id | start_date | end_date   | stays
        1         | 2015-02-01 | 2015-02-15 | 1
        1         | 2015-02-20 | 2015-03-01 | 1
        2         | 2020-06-01 | 2021-01-01 | 1
        """,
    )


@pytest.mark.parametrize(("max_gap_days", "spells"), [(4, 2), (5, 1)])
def test_a_gap_as_long_as_the_study_allows_does_not_end_a_spell(max_gap_days: int, spells: int):
    found = custody_spells(max_gap_days, custody_stays=STAYS)

    assert found.filter(person_id=1).height == spells
