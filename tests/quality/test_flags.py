"""What is flagged, and what is not: by more than a threshold, and by more than chance."""

import datetime as dt
from typing import Any

import pytest

from cws_outcomes.config.study import Coverage, Gap, Window
from cws_outcomes.contracts import CONTRACTS
from cws_outcomes.quality import flags, places, published
from cws_outcomes.quality.agreement import Absentees, Agreement, Link
from cws_outcomes.quality.masking import Masking
from cws_outcomes.quality.profile import Codes, Profile

MASKING = Masking(threshold=10, base=10)
PLAN = CONTRACTS["delivered_children_in_need"]
CENSUS = CONTRACTS["delivered_school_census"]


def held(
    years: dict[int, dict[str, Any]], contract: Any = PLAN, name: str = "children_in_need"
) -> Profile:
    """Aggregates of some years; what is not told is 0."""
    names = {key for of_year in years.values() for key in of_year}
    filled = {y: dict.fromkeys(names, 0) | {"rows": 1000} | given for y, given in years.items()}
    return Profile(name, contract, filled, {}, {})


def sized(*rows: int) -> Profile:
    return held({2010 + i: {"rows": n, "repeats": 0} for i, n in enumerate(rows) if n})


@pytest.mark.parametrize(
    ("rows", "flagged"),
    [
        ((1000, 1000, 1000), []),
        ((1000, 600, 1000), []),
        ((1000, 400, 1000), ["2011"]),
        ((1000, 2100, 1000), ["2011"]),
        ((1000, 1000, 400), []),  # a cohort that goes out
        ((1000, 1000, 200), ["2012"]),
        ((20, 2, 30), []),  # too few to tell
        ((1000, 0, 1000), ["2011"]),
    ],
)
def test_rows_of_a_year_beside_the_years_around_it(rows: tuple[int, ...], flagged: list[str]):
    found = list(flags.of_rows(sized(*rows), MASKING))

    assert [flag.year for flag in found] == flagged


def test_rows_that_repeat_others_are_shown_as_a_share():
    (flag,) = flags.of_rows(held({2015: {"rows": 1000, "repeats": 120}}), MASKING)

    assert (flag.name, flag.found) == ("rows that repeat another", "12.0 %")


@pytest.mark.parametrize(
    ("filled", "flagged"),
    [((1000, 1000), False), ((1000, 860), False), ((1000, 840), True), ((500, 1000), True)],
)
def test_values_that_come_or_go(filled: tuple[int, int], flagged: bool):
    years = {2014 + i: {"rows": 1000, "filled:sex": n} for i, n in enumerate(filled)}

    assert bool(list(flags.of_missing(held(years), ["sex"], MASKING))) == flagged


def test_a_step_among_few_rows_may_be_chance():
    years = {2014: {"rows": 20, "filled:sex": 18}, 2015: {"rows": 20, "filled:sex": 13}}

    assert not list(flags.of_missing(held(years), ["sex"], MASKING))


def test_a_named_column_without_a_value_is_told():
    (flag,) = flags.of_missing(held({2015: {"filled:sex": 0}}), ["sex"], MASKING)

    assert flag.name == "named, but without any value"


def test_a_mean_that_moves_by_a_standard_deviation():
    def of(mean: float) -> list[flags.Flag]:
        same = {"filled:birth_year": 1000, "sd:idaci_rank": 10.0, "filled:idaci_rank": 1000}
        years = {2014: same | {"mean:idaci_rank": 50.0}, 2015: same | {"mean:idaci_rank": mean}}
        return list(flags.of_numbers(held(years, CENSUS, "school_census"), MASKING))

    assert not of(59.0)
    assert [flag.found for flag in of(61.0)] == ["61"]


def test_few_odd_rows_are_slips_and_many_a_flag():
    assert not list(flags.of_odd_rows(_odd({_CLOSED: 19}), MASKING))
    (flag,) = flags.of_odd_rows(_odd({_CLOSED: 30}), MASKING)
    assert (flag.name, flag.found) == ("closed before the referral", "3.0 %")


def test_slips_of_small_years_are_judged_together():
    every = {f"odd:{rule}": 0 for rule in _rules()}
    slips = {year: {"rows": 100} | every | {_CLOSED: 6} for year in range(2012, 2016)}

    (flag,) = flags.of_odd_rows(held(slips), MASKING)
    assert (flag.year, flag.found) == ("all", "5.0 %")


_CLOSED = "odd:closed before the referral"


def _rules() -> list[str]:
    from cws_outcomes.quality.subjects import odd_rows

    return [rule.name for rule in odd_rows(PLAN)]


def _odd(counts: dict[str, int]) -> Profile:
    every = {f"odd:{rule}": 0 for rule in _rules()}
    return held({2015: {"rows": 1000} | every | counts})


def test_the_mix_of_codes_of_a_year():
    counts = {(2014, "M"): 500, (2014, "F"): 500, (2015, "M"): 300, (2015, "F"): 700}
    codes = Codes("sex", "sex", counts, ())

    found = list(flags.of_codes("children_in_need", codes, MASKING))

    assert {(flag.year, flag.found) for flag in found} == {
        ("2015", "M: 30.0 %"),
        ("2015", "F: 70.0 %"),
    }


def test_a_column_with_one_value_only():
    def of(counts: dict[str, int], column: str = "referral_nfa") -> list[str]:
        codes = Codes(column, "flag", {(2015, group): n for group, n in counts.items()}, ())
        return [flag.name for flag in flags.of_codes("children_in_need", codes, MASKING)]

    assert of({"false": 900}) == ["one value in all rows"]
    assert of({"false": 900, "true": 20}) == []
    assert of({"true": 900}, "on_roll") == []
    assert of({"false": 90}) == []


@pytest.mark.parametrize(
    ("column", "place", "both", "alike", "flagged"),
    [
        ("sex", "", 1000, 990, False),
        ("sex", "", 1000, 900, True),
        ("sex", "", 30, 20, False),  # too few
        ("home_la", "", 1000, 820, False),  # families move
        ("home_la", "", 1000, 500, True),
        ("home_la", "301", 200, 60, True),
        ("home_la", "301", 200, 120, False),
    ],
)
def test_what_the_same_pupils_keep(column: str, place: str, both: int, alike: int, flagged: bool):
    one = Agreement("school_census", 2015, "its year 2014", column, place, both, alike)

    assert bool(list(flags.of_agreement([one], MASKING))) == flagged


def test_years_with_few_pupils_are_judged_together():
    years = [
        Agreement("care_episodes", y, f"the census of {y}", "sex", "", 20, 10)
        for y in range(2010, 2016)
    ]

    assert [flag.year for flag in flags.of_agreement(years, MASKING)] == ["all"]


def test_references_that_no_census_knows():
    known = [Link("absence", 2014, 1000, 990), Link("absence", 2015, 1000, 985)]
    broken = [*known, Link("absence", 2016, 1000, 10)]

    assert not list(flags.of_links(known, MASKING))
    assert [flag.year for flag in flags.of_links(broken, MASKING)] == ["2016"]


def test_pupils_who_should_have_a_row_and_have_none():
    found = [Link("key_stage_4", 2015, 1000, 960), Link("key_stage_4", 2016, 1000, 500)]

    assert [f.year for f in flags.of_rows_for_pupils(found, 0.75, MASKING)] == ["2016"]


def test_a_school_lies_in_one_authority():
    found = [Link("school_census", 2015, 1000, 995), Link("school_census", 2016, 1000, 920)]

    assert [flag.year for flag in flags.of_schools(found, MASKING)] == ["2016"]


def test_pupils_gone_for_one_year():
    found = flags.of_absentees(
        [Absentees("school_census", 2015, 1000, 40), Absentees("school_census", 2016, 1000, 300)],
        MASKING,
    )

    assert [(flag.year, flag.found) for flag in found] == [("2016", "30.0 %")]


def test_the_same_pupils_in_two_years_are_one_file_twice():
    years = {y: {"filled:pupil_reference": 900, "pupils": p} for y, p in ((2013, 7), (2014, 8))}
    years[2015] = years[2013]

    (flag,) = flags.of_same_pupils(held(years))

    assert (flag.year, flag.found) == ("2015", "exactly the pupils of 2013")


def window(*gaps: Gap) -> Window:
    return Window(start=dt.date(2011, 4, 1), end=dt.date(2023, 4, 1), gaps=gaps)


def coverage(*gaps: Gap) -> Coverage:
    plain = window()
    return Coverage(children_in_need=window(*gaps), care=plain, offences=plain, schools=plain)


def states(rows: dict[tuple[int, str], int], *gaps: Gap) -> dict[tuple[str, int], str]:
    profile = Profile(
        "children_in_need", PLAN, {}, {}, {}, {key: (n, n) for key, n in rows.items()}
    )
    found = places.grid(profile, coverage(*gaps))
    assert found is not None
    return {key: cell.state for key, cell in found.cells.items()}


HACKNEY = Gap(la="204", start=dt.date(2020, 4, 1), end=dt.date(2022, 4, 1), reason="cyberattack")


def test_a_hole_is_told_from_a_known_gap():
    rows = {(y, la): 500 for y in range(2018, 2024) for la in ("204", "301", "302")}
    rows |= {(2021, "204"): 0, (2022, "204"): 0, (2020, "301"): 100}

    found = states({key: n for key, n in rows.items() if n}, HACKNEY)

    assert {key: state for key, state in found.items() if state != "sent"} == {
        ("204", 2021): "known",
        ("204", 2022): "known",
        ("301", 2020): "hole",
    }


def test_a_year_that_is_small_everywhere_is_no_hole_of_an_authority():
    rows = {(y, la): 500 for y in (2018, 2019, 2020) for la in ("301", "302", "303")}
    rows |= {(2019, la): 150 for la in ("301", "302", "303")}

    assert set(states(rows).values()) == {"sent"}


def test_an_authority_that_was_abolished_leaves_no_hole():
    # Northamptonshire, 928, was split on 1 April 2021.
    rows = {(y, la): 500 for y in range(2017, 2024) for la in ("301", "302")}
    rows |= {(y, "928"): 500 for y in range(2017, 2021)}
    rows |= {(y, la): 250 for y in range(2022, 2024) for la in ("940", "941")}

    assert "hole" not in states(rows).values()


def test_nine_digit_codes_are_the_same_places():
    rows = {(2018, "301"): 500, (2019, "E09000002"): 500, (2020, "301"): 500}

    assert set(states(rows)) == {("301", 2018), ("301", 2019), ("301", 2020)}


def beside(*counts: int) -> list[published.Beside]:
    return [
        published.Beside("looked_after", 2016 + i, "care_episodes", n, float(n), 1000.0, "DfE")
        for i, n in enumerate(counts)
    ]


@pytest.mark.parametrize(
    ("counts", "is_sample", "years"),
    [
        ((500, 510, 520), True, []),
        ((500, 200, 520), True, ["2017"]),
        ((500, 200, 520), False, ["2017"]),
        ((1000, 1040, 1000), False, []),
        ((1000, 1060, 1000), False, ["2017"]),  # more than England had
        ((1000, 1060, 1000), True, []),
        ((500, 5, 520), True, []),  # masked: not judged
    ],
)
def test_figures_beside_englands(counts: tuple[int, ...], is_sample: bool, years: list[str]):
    found = published.flags(beside(*counts), MASKING, is_sample=is_sample)

    assert [flag.year for flag in found] == years


def test_every_published_figure_has_a_source_and_a_label():
    rows = published._totals()

    assert len({(row["measure"], row["year"]) for row in rows}) == len(rows)
    for row in rows:
        assert row["source"]
        assert float(row["england"]) > 0
        assert row["measure"] in published.LABELS
