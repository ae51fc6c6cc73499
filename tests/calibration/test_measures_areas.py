"""Section G on authorities and tenths of neighbourhoods few enough to be counted by hand."""

from math import log, sqrt

import polars as pl
import pytest
from support.measured import measured

from cws_outcomes import geography

AREAS = ("301", "302", "303")
LAS = "raw_code | la_code\n" + "\n".join(f"{code} | {code}" for code in (*AREAS, "420"))
IN_NEED = """
    la_code | return_year | in_need | on_plan | looked_after
    301     | 2016        | 100     | 10      | 0
    302     | 2016        | 200     | 20      | 0
    303     | 2016        | 400     | 40      | 0
    420     | 2016        | 9000    | 0       | 0
    301     | 2015        | 9000    | 0       | 0
"""
OFFENCES = "person_id | offence_no | offence_date | disposal_date | is_proven"


def residents(children: dict[str, int], **columns: int) -> pl.DataFrame:
    """Children of 10 at mid-year 2015 and 2016, by authority."""
    rows = [
        {"year": year, "la_code": code, "age": 10, "idaci_decile": 1, "children": n, **columns}
        for year in (2015, 2016)
        for code, n in children.items()
    ]
    return pl.DataFrame(rows)


def test_noise_of_a_delivery_smaller_than_england_is_taken_out():
    """
    Rates of 1, 2 and 4 %: their logarithms lie log 2 apart. Of the mean noise of their counts,
    1/100, 1/200 and 1/400, as much is taken out as there is missing of England's children.
    """
    found = measured(
        "area_spread",
        population=residents(dict.fromkeys((*AREAS, "420"), 10_000)),
        local_authorities=LAS,
        social_care_counts=IN_NEED,
    )

    today = geography.authorities().filter(pl.col("valid_to").is_null())
    england = today.filter(pl.col("la_code").is_in(AREAS))["children_0_17"].sum()
    noise = (1 / 100 + 1 / 200 + 1 / 400) / 3 * (1 - 30_000 / england)
    kept = log(2) ** 2 - noise
    assert found["F139", "median"].value == pytest.approx(200)
    assert found["F139", "sd_log"].value == pytest.approx(sqrt(kept))
    assert found["F139", "highest"].value == pytest.approx(200 * 2 ** (sqrt(kept) / log(2)))
    assert found["F139", "lowest"].value == pytest.approx(200 / 2 ** (sqrt(kept) / log(2)))
    assert ("F141", "median") not in found  # nobody is looked after anywhere


def test_a_delivery_of_englands_size_is_left_as_it_is():
    today = geography.authorities().filter(pl.col("valid_to").is_null())
    england = dict(today.select("la_code", "children_0_17").iter_rows())
    counts = "\n".join(
        f"{code} | 2016 | {england[code] // 100 * factor} | 0 | 0"
        for code, factor in zip(AREAS, (1, 2, 4), strict=True)
    )
    found = measured(
        "area_spread",
        population=residents({code: england[code] // 100 * 100 for code in AREAS})
        .with_columns(pl.when(pl.col("year") == 2016).then(pl.col("children") + 100)
                      .otherwise("children").alias("children")),
        local_authorities=LAS,
        social_care_counts="la_code | return_year | in_need | on_plan | looked_after\n" + counts,
    )  # fmt: skip

    assert found["F139", "sd_log"].value == pytest.approx(log(2))
    assert found["F139", "highest"].value == pytest.approx(400)


def test_first_time_entrants_are_counted_once_and_raised_by_those_without_a_home():
    """
    Of 1 to 3 in each authority: 1 was cautioned before, 2 is first dealt with in 2016, 3 in 2016 at
    the age of 18. A quarter of persons of the justice records are in no census.
    """
    people, homes, offences = [], [], []
    for place, code in enumerate(AREAS):
        for number, birth in ((1, "2000-05-15"), (2, "2000-05-15"), (3, "1998-05-15")):
            person = 10 * place + number
            people.append(f"{person} | {birth}")
            homes += [f"{person} | 2012-01-19 | 999", f"{person} | 2015-01-15 | {code}"]
            proven = "true" if number == 1 else "false"
            offences.append(f"{person} | 1 | 2014-01-01 | 2015-06-01 | {proven}")
            offences.append(f"{person} | 2 | 2014-01-01 | 2016-06-01 | true")
    found = measured(
        "area_spread",
        population=residents(dict.fromkeys(AREAS, 1000)),
        local_authorities=LAS,
        people="\n".join(["person_id | birth_date", *people]),
        school_years="\n".join(["person_id | census_date | home_la_code", *homes]),
        offences="\n".join([OFFENCES, *offences]),
        linkage_by_group="""
            grouped_by          | level | moj_ids | moj_ids_linked
            recorded_birth_year | 2000  | 400     | 300
            recorded_birth_year | 1990  | 900     | 1
            all                 | all   | 900     | 1
        """,
    )

    assert found["F163", "median"].value == pytest.approx(100_000 * (400 / 300) / 1000)


def test_neighbourhoods_are_those_before_care_or_plan_began():
    """
    A hundred children of school age in each tenth. In tenth 1: twelve in care at home there the
    January before, one of whom is placed in tenth 10 now. In tenth 10 one is on a plan.
    """
    care = [f"{n} | 2014-06-01 | 2016-01-01 | 301 | false" for n in range(1, 13)]
    homes = [f"{n} | 2014-01-16 | 0.95" for n in range(1, 13)]
    homes += ["12 | 2015-01-15 | 0.05", "13 | 2014-01-16 | 0.05"]
    population = pl.DataFrame(
        [
            {"year": 2014, "la_code": "301", "age": age, "idaci_decile": decile, "children": 100}
            for decile in range(1, 11)
            for age in (10, 2)
        ]
    )
    found = measured(
        "deprivation",
        population=population,
        care_periods="\n".join(["person_id | start_date | end_date | la_code | is_respite", *care]),
        plan_spells="person_id | start_date | end_date\n13 | 2014-06-01 | 2016-01-01",
        school_years="\n".join(["person_id | census_date | idaci_ridit", *homes]),
    )

    assert found["F132", "most_over_least"].value == pytest.approx(12)
    # All twelve in care are of tenth 1, where 200 children of any age live.
    assert found["F133", "most"].value == pytest.approx(10_000 * 12 / 200)
    assert found["F133", "least"].value == 0


@pytest.mark.parametrize(("alone", "is_measured"), [(3, True), (4, False)])
def test_a_spread_is_of_authorities_with_more_than_five_if_these_are_half(
    alone: int, is_measured: bool
):
    """Three authorities with six children in care each, and some with one child, not published."""
    codes = ["301"] * 6 + ["302"] * 6 + ["303"] * 6 + [str(304 + n) for n in range(alone)]
    children = [(number, code) for number, code in enumerate(codes, start=1)]
    score = {"301": 10, "302": 20, "303": 40}

    def rows(head: str, row: str) -> str:
        lines = (row.format(n, code, score.get(code, 90)) for n, code in children)
        return "\n".join([head, *lines])

    found = measured(
        "area_means",
        population=residents(dict.fromkeys(AREAS, 10_000)),
        local_authorities=LAS,
        people=rows("person_id | birth_date", "{0} | 2002-01-01"),
        care_periods=rows(
            "person_id | start_date | end_date | la_code | is_respite",
            "{0} | 2016-01-01 | 2020-01-01 | {1} | false",
        ),
        school_years=rows("person_id | census_date | school_la_code", "{0} | 2018-01-18 | {1}"),
        attainment=rows(
            "person_id | measure | result_date | value",
            "{0} | attainment_8 | 2018-08-31 | {2}",
        ),
    )

    assert (("F161", "cla12_sd") in found) is is_measured
    if is_measured:
        # 10, 20 and 40 points: no child differs from the others of its authority.
        assert found["F161", "cla12_sd"].value == pytest.approx(sqrt(700 / 3))
