"""Observed and expected events: a case by hand, row-level logits, what adds up nationally."""

import polars as pl
import pytest
import statsmodels.formula.api as smf
from support import small_cohort
from support.text_tables import assert_shows, definition, only, run

from cws_outcomes.models.la_equity import national_probability

ADJUSTMENTS = {"sex_cohort": ["sex", "birth_cohort"], "sex_only": ["sex"]}


def model(**changes):
    given = {"adjustments": ADJUSTMENTS, "interventions": [], **changes}
    return {"model": definition("models", "la_equity", **given)}


@pytest.fixture(scope="module")
def made() -> dict[str, pl.DataFrame]:
    people = small_cohort.covariates()
    groups = small_cohort.exposure(people)
    return {
        "covariates": people,
        "local_authorities": small_cohort.LAS,
        "exposure__contact_group": groups,
        "outcome__first_offence": small_cohort.outcome(people, groups),
    }


@pytest.fixture(scope="module")
def equity(made) -> pl.DataFrame:
    return only(run("fit_la_equity", settings=model(), **made))


@pytest.fixture(scope="module")
def persons(made) -> pl.DataFrame:
    """One row a person at risk and seen, with LA, group and event."""
    measured = made["outcome__first_offence"].filter("is_at_risk", "is_observed")
    return (
        measured.select("person_id", "has_event")
        .join(made["covariates"], on="person_id")
        .join(made["exposure__contact_group"].select("person_id", "level"), on="person_id")
    )


# Nationally 1 of 4 girls and 3 of 4 boys have the event; child 9 is not seen to the end. Expected
# are 3 x 1/4 + 2 x 3/4 = 2.25 in LA 301 (three girls, two boys) and 1/4 + 2 x 3/4 in LA 302.
BY_HAND = {
    "covariates": """
        person_id | la_code | sex
        1         | 301     | female
        2         | 301     | female
        3         | 301     | female
        4         | 301     | male
        5         | 301     | male
        6         | 302     | female
        7         | 302     | male
        8         | 302     | male
        9         | 302     | male
        """,
    "local_authorities": small_cohort.LAS,
    "exposure__contact_group": "person_id | level\n"
    + "\n".join(f"{n} | none_observed" for n in range(1, 10)),
    "outcome__first_offence": """
        person_id | has_event | is_observed | is_at_risk
        1         | true      | true        | true
        2         | false     | true        | true
        3         | false     | true        | true
        4         | true      | true        | true
        5         | true      | true        | true
        6         | false     | true        | true
        7         | true      | true        | true
        8         | false     | true        | true
        9         | false     | false       | true
        """,
}


def test_a_case_by_hand():
    found = only(run("fit_la_equity", settings=model(adjustments={"sex": ["sex"]}), **BY_HAND))

    assert_shows(
        found,
        """
        la_code | group         | group_children | la_children | persons | events | expected
        301     | all           | 5              | 5           | 5       | 3      | 2.25
        301     | none_observed | 5              | 5           | 5       | 3      | 2.25
        302     | all           | 4              | 4           | 3       | 1      | 1.75
        302     | none_observed | 4              | 4           | 3       | 1      | 1.75
        """,
    )
    assert found["la_name"].unique().sort().to_list() == ["Aldermere", "Brackwell"]


def test_expected_events_add_up_to_those_observed_in_every_group_and_adjustment(equity):
    sums = equity.group_by("group", "adjustment").agg(pl.col("expected", "events").sum())

    assert sums.height == 6 * 2
    for row in sums.iter_rows(named=True):
        assert row["expected"] == pytest.approx(row["events"], abs=1e-6), row


def test_persons_and_events_are_those_at_risk_and_seen(equity, persons):
    found = equity.filter(pl.col("adjustment") == "sex_only")
    everyone = found.filter(pl.col("group") == "all")

    assert everyone["persons"].sum() == persons.height
    assert everyone["events"].sum() == persons["has_event"].sum()
    for row in found.filter(pl.col("group") != "all").iter_rows(named=True):
        held = persons.filter(la_code=row["la_code"], level=row["group"])
        assert (row["persons"], row["events"]) == (held.height, held["has_event"].sum())


def test_groups_are_exclusive_and_add_up_to_all(equity):
    exclusive = pl.col("group") != "all"
    for column in ("group_children", "persons", "events"):
        parts = equity.filter(exclusive).group_by("la_code", "adjustment").agg(pl.col(column).sum())
        whole = equity.filter(~exclusive).select("la_code", "adjustment", whole=column)
        joined = parts.join(whole, on=["la_code", "adjustment"])
        assert joined[column].to_list() == joined["whole"].to_list()


@pytest.mark.parametrize("group", ["all", "cin"])
def test_expected_events_are_those_of_a_logit_on_rows(equity, persons, group: str):
    held = persons if group == "all" else persons.filter(level=group)
    rows = held.with_columns(pl.col("has_event").cast(int)).to_pandas()
    fitted = smf.logit("has_event ~ C(sex) + C(birth_cohort)", rows).fit(disp=0)
    rows["expected"] = fitted.predict(rows)
    wanted = rows.groupby("la_code")["expected"].sum()

    found = equity.filter(group=group, adjustment="sex_cohort").sort("la_code")

    assert found["expected"].to_list() == pytest.approx(wanted.to_list(), abs=1e-6)


def test_a_number_is_adjusted_for_as_a_number(persons):
    rows = persons.with_columns(persons=pl.lit(1), events=pl.col("has_event").cast(int))
    frame = rows.to_pandas()
    wanted = smf.logit("events ~ idaci_ridit + C(sex)", frame).fit(disp=0).predict(frame)

    found = national_probability(rows, ["sex", "idaci_ridit"])

    assert found == pytest.approx(wanted.to_numpy(), abs=1e-7)


def test_a_level_in_which_nobody_has_the_event_expects_nobody():
    cells = pl.DataFrame(
        {
            "sex": ["female", "male", "unknown", "female"],
            "sen_group": ["none", "none", "none", "plan"],
            "persons": [10, 20, 5, 4],
            "events": [3, 10, 0, 4],
        }
    )

    found = national_probability(cells, ["sex", "sen_group"])

    assert found.tolist() == pytest.approx([0.3, 0.5, 0.0, 1.0])
    assert (found * cells["persons"].to_numpy()).sum() == pytest.approx(cells["events"].sum())


@pytest.mark.parametrize("events", [0, 1])
def test_where_nobody_or_everybody_has_the_event_that_is_expected(events: int):
    cells = pl.DataFrame(
        {"sex": ["female", "male"], "persons": [10, 20], "events": [10 * events, 20 * events]}
    )

    assert national_probability(cells, ["sex"]).tolist() == [events, events]


def test_interventions_are_shown_for_all_children_only(made):
    yes = made["exposure__contact_group"].with_columns(
        value=(pl.col("level_no") >= 2).cast(float), level_no=pl.lit(1, pl.Int32)
    )
    found = only(
        run(
            "fit_la_equity",
            settings=model(interventions=["any_cin"]),
            exposure__any_cin=yes,
            **made,
        )
    ).filter(outcome="any_cin")

    applicable = found.filter("is_applicable")
    assert applicable["group"].unique().to_list() == ["all"]
    assert applicable["persons"].to_list() == applicable["la_children"].to_list()
    assert applicable["events"].sum() == yes["value"].sum() * len(ADJUSTMENTS)
    others = found.filter(~pl.col("is_applicable"))
    assert others.select("persons", "events", "expected").sum().row(0) == (0, 0, 0.0)


def test_an_la_without_children_of_a_group_has_a_row_of_zeros(made):
    nobody = made["covariates"].filter(la_code="303")["person_id"].implode()
    groups = made["exposure__contact_group"].with_columns(
        level=pl.when(pl.col("person_id").is_in(nobody)).then(pl.lit("none_observed"))
        .otherwise("level"),
        level_no=pl.when(pl.col("person_id").is_in(nobody)).then(0)
        .otherwise("level_no").cast(pl.Int32),
    )  # fmt: skip
    found = only(
        run("fit_la_equity", settings=model(), **{**made, "exposure__contact_group": groups})
    )

    row = found.filter(la_code="303", group="cla", adjustment="sex_only")
    assert row.select("group_children", "persons", "events", "expected").row(0) == (0, 0, 0, 0.0)
