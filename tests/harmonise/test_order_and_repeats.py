"""No harmonised table depends on the order of delivered rows, on threads or on repeated rows.

The rows are drawn from few values, so that every choice between records meets its ties.
"""

from datetime import date

import numpy as np
import polars as pl
import pytest
from support.text_tables import Tables, assert_show_same, run, table

from cws_outcomes.steps import STEPS

ROWS = 240
DAYS = [date(2012, 1, 1), date(2012, 6, 1), date(2013, 2, 1), date(2013, 6, 1)]
LAS = "raw_code | la_code\n301 | 301\n302 | 302\n940 | 302"
REFERENCE = {"pupil_reference": ["AAA", "BBB", "aaa", "CCC", None]}
CHILD = {"la": ["301", "302", "940"], "la_child_id": ["c1", "c2", "c3"], **REFERENCE}
BORN = {
    "sex": ["1", "2", "9", "F"], "ethnicity": ["WBRI", "MWBC", "REFU"],
    "birth_year": [2000, 2001], "birth_month": [8, 9],
}  # fmt: skip
YEARS = ["2011/2012", "2012/2013"]
DELIVERED: dict[str, dict[str, list]] = {
    "delivered_school_census": {
        **REFERENCE, **BORN, "census": ["spring", "spring", "pru", "summer", "autumn"],
        "file_year": [2012, 2013], "language": ["1_ENG", "2_OTH"],
        "nc_year": ["7", "8"], "fsm_eligible": ["0", "1"], "sen_provision": ["N", "K"],
        "enrolment_status": ["C", "M", "S", None], "on_roll": ["0", "1"],
        "entry_date": [*DAYS, None], "school_urn": ["u1", "u2", None],
        "home_la": ["301", "302"], "idaci_rank": [1, 20_000, None],
    },
    "delivered_absence": {
        **REFERENCE, "academic_year": YEARS, "school_number": ["1", "2"],
        "sessions_possible_autumn": [10, 20], "sessions_authorised_autumn": [0, 1],
    },
    "delivered_exclusions": {
        **REFERENCE, "category": ["SUSP", "PERM"], "start_date": DAYS, "sessions": [1.0, 2.0],
        "file_year": [2012, 2013], "total_fixed_sessions": [4.0, 8.0], "reason": ["PP", "DB"],
    },
    "delivered_key_stage_2": {
        **REFERENCE, "academic_year": YEARS, "national_results": ["0", "1"],
        "reading_mark": [10.0, 20.5, None], "maths_mark": [30.0, 40.0],
        "average_points": [27.0, 30.1, 33.0],
    },
    "delivered_key_stage_1": {
        **REFERENCE, "academic_year": YEARS, "reading_level": ["1", "2B"],
        "writing_level": ["1", "3", "A"], "maths_level": ["2A", "3"],
    },
    "delivered_key_stage_2_exams": {
        **REFERENCE, "academic_year": YEARS, "subject": ["9982", "9984"],
        "mark": [20.0, 30.0, None], "level": ["3", "4", "5"],
    },
    "delivered_key_stage_4": {
        **REFERENCE, "academic_year": YEARS, "national_results": ["0", "1"],
        "basics_2002": ["0", "1", None], "attainment_8": [40.0, 50.0, None],
    },
    "delivered_children_in_need": {
        **CHILD, **BORN, "return_year": YEARS, "referral_date": DAYS,
        "assessment_date": [*DAYS, None], "closure_date": [*DAYS, None],
        "closure_reason": ["RC7", "RC8", None], "referral_nfa": ["0", "1"],
        "primary_need": ["N1", "a2", "N0"], "referral_source": ["1A", "6", None],
        "disability": ["0", "1", None], "abuse_category": ["NEG", "PHY"],
        "initial_conference_date": [*DAYS, None], "plan_start_date": [*DAYS, None],
        "plan_end_date": [*DAYS, None],
    },
    "delivered_disabilities": {
        **CHILD, "return_year": YEARS, "disability": ["NONE", "MOB", "ld"],
    },
    "delivered_assessment_factors": {
        **CHILD, "return_year": YEARS, "factor": ["1A", "21"], "referral_date": [*DAYS, None],
    },
    "delivered_care_years": {
        **CHILD, **BORN, "return_year": YEARS, "period_start_date": DAYS,
        "period_days": [1, 30, 300], "legal_status": ["C2", "V3"], "placement": ["U4", "K2"],
        "reason_ceased": ["E8", "-10", None],
    },
    "delivered_care_episodes": {
        **CHILD, **BORN, "episode_start_date": DAYS, "episode_end_date": [*DAYS, None],
        "reason_ceased": ["X1", "-10", "E2"], "legal_status": ["C2", "V3", "J1"],
        "placement": ["U4", "K2"],
    },
    "delivered_offences": {
        **REFERENCE, "moj_id": ["m1", "m2"], "case_id": ["1", "2"], "offence_id": ["1", None],
        "offence_date": [*DAYS, None], "disposal_date": [*DAYS, None],
        "adjudication": ["G", "N", None], "disposal": ["1141", "1081", "2051", None],
        "offence_group": ["01", "04"],
    },
}  # fmt: skip
MADE = (
    "la_children", "moj_references", "person_keys", "people", "school_years", "absence_years",
    "exclusions", "attainment", "referrals", "plans", "disabilities", "assessment_factors",
    "care_episodes", "offences",
)  # fmt: skip

FROM_SETTINGS = ("harmonise_local_authorities", "harmonise_coverage_gaps")


def delivered() -> Tables:
    rng = np.random.default_rng(12)
    return {
        name: table(
            name,
            pl.DataFrame(
                {
                    column: [values[k] for k in rng.integers(0, len(values), ROWS)]
                    for column, values in columns.items()
                }
            ),
        )
        for name, columns in DELIVERED.items()
    }


def harmonised(given: Tables, threads: int) -> Tables:
    made: Tables = {**given, "local_authorities": table("local_authorities", LAS)}
    for step in STEPS.values():
        if step.stage == "harmonise" and step.name not in FROM_SETTINGS:
            read = {name: made[name] for name in step.reads if name in made}
            made |= run(step.name, threads=threads, **read)
    return {name: made[name] for name in MADE}


@pytest.fixture(scope="module")
def as_delivered() -> Tables:
    return harmonised(delivered(), threads=1)


@pytest.fixture(scope="module")
def in_another_order() -> Tables:
    shuffled = {
        name: rows.sample(fraction=1.0, shuffle=True, seed=3) for name, rows in delivered().items()
    }
    return harmonised(shuffled, threads=2)


@pytest.fixture(scope="module")
def with_repeats() -> Tables:
    repeated = {
        name: rows.vstack(rows.sample(ROWS // 2, with_replacement=True, seed=5))
        for name, rows in delivered().items()
    }
    return harmonised(repeated, threads=1)


@pytest.mark.parametrize("name", MADE)
def test_rows_in_another_order_on_two_threads_make_the_same(name, as_delivered, in_another_order):
    assert as_delivered[name].height > 1
    assert_show_same(in_another_order[name], as_delivered[name])


@pytest.mark.parametrize("name", MADE)
def test_rows_delivered_again_make_the_same(name, as_delivered, with_repeats):
    assert_show_same(with_repeats[name], as_delivered[name])
