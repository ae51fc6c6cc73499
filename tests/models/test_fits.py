"""Cox, curves, multilevel logit and counts by level, each on a small made cohort."""

import numpy as np
import polars as pl
import pytest
from support import small_cohort
from support.text_tables import assert_shows, definition, only, run, table

from cws_outcomes.estimators import cox, multilevel
from cws_outcomes.models.cumulative_incidence import DAYS_A_MONTH
from cws_outcomes.models.levels import with_levels, without_empty_levels


@pytest.fixture(scope="module")
def people() -> pl.DataFrame:
    return small_cohort.covariates()


@pytest.fixture(scope="module")
def groups(people) -> pl.DataFrame:
    return small_cohort.exposure(people)


@pytest.fixture(scope="module")
def risk_intervals(people) -> pl.DataFrame:
    """Two intervals a person; half are in contact in the second, and offend more there."""
    rng = np.random.default_rng(7)
    in_contact = rng.uniform(size=people.height) < 0.5
    state = rng.choice(["cin", "post"], people.height)
    rows = []
    for person, contact, kind in zip(people["person_id"], in_contact, state, strict=True):
        change, end = 3660 + int(rng.integers(1, 900)), 4600 + int(rng.integers(1, 900))
        has_event = bool(rng.uniform() < (0.5 if contact else 0.3))
        rows.append((person, 3653, change, "none", False, bool(contact)))
        rows.append((person, change, end, kind if contact else "none", has_event, bool(contact)))
    names = "person_id start_age_days stop_age_days contact_state has_event ever_in_contact"
    return table("risk_intervals", pl.DataFrame(rows, schema=names.split(), orient="row"))


def cox_model(**changes):
    given = {"covariates": ["sex", "idaci_ridit"], "strata": ["la_code"], **changes}
    return {"model": definition("models", "offence_hazard", **given)}


def fit_cox(people, risk_intervals, **changes) -> pl.DataFrame:
    given = cox_model(**changes)
    return only(run("fit_cox", settings=given, covariates=people, risk_intervals=risk_intervals))


def test_the_cox_step_is_the_estimator_on_the_same_rows(people, risk_intervals):
    found = fit_cox(people, risk_intervals).filter(~pl.col("is_reference"))
    rows = risk_intervals.join(people, on="person_id").with_columns(
        pl.col("contact_state").cast(pl.Enum(["none", "cin", "post"])),
        pl.col("sex").cast(pl.Enum(["female", "male"])),
    )
    fitted = cox(
        rows, start="start_age_days", stop="stop_age_days", event="has_event",
        covariates=["contact_state", "sex", "idaci_ridit"], strata="la_code", cluster="la_code",
        cluster_correction="few_clusters",
    )  # fmt: skip

    assert found["level"].to_list() == ["cin", "post", "male", ""]
    assert found["log_hazard_ratio"].to_list() == pytest.approx(fitted.table["estimate"].to_list())
    errors = fitted.table["robust_std_error"].to_list()
    assert found["std_error"].to_list() == pytest.approx(errors)
    assert found["upper"].log().to_list() == pytest.approx(fitted.table["upper"].to_list())


def test_reference_rows_say_one_and_count_their_own(people, risk_intervals):
    found = fit_cox(people, risk_intervals)

    assert_shows(
        found.filter("is_reference"),
        """
        covariate     | level  | hazard_ratio | std_error | p_value
        contact_state | none   | 1            |           |
        sex           | female | 1            |           |
        """,
    )
    for row in found.filter(covariate="contact_state").iter_rows(named=True):
        held = risk_intervals.filter(contact_state=row["level"])
        assert row["persons"] == held["person_id"].n_unique()
        assert row["events"] == held["has_event"].sum()
    assert found["model_persons"].unique().to_list() == [people.height]
    assert found["clusters"].unique().to_list() == found["strata"].unique().to_list() == [3]


def test_a_state_without_events_is_left_out_and_listed(people, risk_intervals):
    silent = pl.col("contact_state") == "post"
    rows = risk_intervals.with_columns(has_event=pl.col("has_event") & ~silent)

    found = fit_cox(people, rows)

    assert_shows(
        found.tail(1),
        """
        covariate     | level | is_reference | persons | events | log_hazard_ratio | hazard_ratio
        contact_state | post  | false        | 0       | 0      |                  |
        """,
    )
    without = fit_cox(people, rows.filter(~silent))
    assert found.head(-1).drop("term_no").equals(without.drop("term_no"))


def test_children_known_before_coverage_are_left_out_on_demand(people, risk_intervals):
    known = people.with_columns(is_left_truncated=pl.col("person_id") % 2 == 0)
    odd = people.filter(pl.col("person_id") % 2 == 1)

    left_out = fit_cox(known, risk_intervals, leave_out_left_truncated=True)

    assert left_out.equals(fit_cox(odd, risk_intervals))
    assert fit_cox(known, risk_intervals).equals(fit_cox(people, risk_intervals))


def test_ever_against_never_uses_the_future(people, risk_intervals):
    found = fit_cox(people, risk_intervals, state="ever").filter(covariate="ever_in_contact")

    assert found["level"].to_list() == ["no", "yes"]
    # Time before contact counts as exposed: every person of the level, in both intervals.
    assert found["persons"].to_list() == [
        risk_intervals.filter(ever_in_contact=ever)["person_id"].n_unique()
        for ever in (False, True)
    ]


def curves(outcome: str | pl.DataFrame, exposure: str | pl.DataFrame) -> pl.DataFrame:
    made = run(
        "fit_cumulative_incidence",
        settings={"model": definition("models", "offence_incidence")},
        covariates="",
        outcome__first_offence=outcome,
        exposure__contact_group=exposure,
    )
    return only(made)


def test_a_curve_by_hand():
    """Four persons: an event in month 1, a death in month 2, an event in month 3, one stays."""
    found = curves(
        """
        person_id | stop_date  | status    | has_event
        1         | 2014-05-25 | event     | true
        2         | 2014-06-20 | competing | false
        3         | 2014-08-01 | event     | true
        4         | 2014-08-10 | complete  | false
        """,
        "person_id | level\n1 | cin\n2 | cin\n3 | cin\n4 | cin",
    )

    assert_shows(
        found,
        """
        month | at_risk | events | competing | censored | estimate
        1     | 4       | 1      | 0         | 0        | 0.25
        2     | 3       | 0      | 1         | 0        | 0.25
        3     | 2       | 1      | 0         | 1        | 0.5
        """,
    )


@pytest.mark.parametrize(("day", "month"), [(0, 1), (29, 1), (30, 2), (59, 2), (60, 3), (90, 3)])
def test_a_month_is_30_4375_days_and_the_first_day_is_day_1(day: int, month: int):
    assert np.ceil((day + 1) / DAYS_A_MONTH) == month
    stop = np.datetime64("2014-05-15") + day
    found = curves(
        f"""
        person_id | stop_date  | status   | has_event
        1         | {stop}     | event    | true
        2         | 2014-12-01 | complete | false
        """,
        "person_id | level\n1 | cin\n2 | cin",
    )

    assert found.filter(pl.col("events") == 1)["month"].to_list() == [month]


def test_who_is_not_at_risk_is_in_no_curve():
    found = curves(
        """
        person_id | is_at_risk | stop_date  | status | has_event
        1         | true       | 2014-05-25 | event  | true
        2         | true       | 2014-05-26 | event  | true
        3         | false      | 2014-05-20 | event  | true
        """,
        "person_id | level\n1 | cin\n2 | cin\n3 | cin",
    )

    assert_shows(found, "at_risk | events | estimate\n2 | 2 | 1")


def test_months_of_every_group_add_up(people, groups):
    rng = np.random.default_rng(8)
    start = np.datetime64("2014-05-15")
    status = rng.choice(["event", "competing", "censored", "complete"], people.height)
    outcome = table(
        "outcome",
        pl.DataFrame(
            {
                "person_id": people["person_id"],
                "stop_date": start + rng.integers(0, 900, people.height),
                "status": status,
                "has_event": status == "event",
            }
        ),
    )

    found = curves(outcome, groups).sort("group_no", "month")

    left = pl.sum_horizontal("events", "competing", "censored")
    following = pl.col("at_risk").shift(-1).over("group_no")
    assert found.filter(following != pl.col("at_risk") - left).is_empty()
    assert found.filter(pl.col("month") == 1)["at_risk"].sum() == people.height
    assert found.select(left.sum()).item() == people.height
    assert found.filter(pl.col("estimate").diff().over("group_no") < 0).is_empty()


def logit(people, groups, outcome, **changes) -> dict[str, pl.DataFrame]:
    given = {"covariates": ["sex", "sen_group"], **changes}
    return run(
        "fit_multilevel_logit",
        settings={"model": definition("models", "english_maths_multilevel", **given)},
        covariates=people,
        local_authorities=small_cohort.LAS,
        outcome__english_maths=outcome,
        exposure__contact_group=groups,
    )


@pytest.mark.filterwarnings("ignore:.*3 levels say little about a variance")
def test_the_multilevel_step_is_the_estimator_on_the_same_rows(people, groups):
    outcome = small_cohort.outcome(people, groups)
    made = logit(people, groups, outcome)
    rows = (
        people.join(outcome.filter("is_at_risk", "is_observed"), on="person_id")
        .join(groups, on="person_id")
        .sort("person_id")
        .with_columns(
            pl.col("level").cast(pl.Enum(["none_observed", "referral", "cin", "cpp", "cla"])),
            pl.col("sen_group").cast(pl.Enum(["none", "support", "plan"])),
        )
    )
    fitted = multilevel(
        rows, outcome="has_event", covariates=["level", "sex", "sen_group"],
        random={"la_code": []},
    )  # fmt: skip

    terms = made["multilevel_logit"]
    estimates = fitted.table.filter(~pl.col("term").str.to_lowercase().str.contains("intercept"))
    assert terms.filter(~pl.col("is_reference"))["log_odds_ratio"].to_list() == pytest.approx(
        estimates["estimate"].to_list()
    )
    assert terms.filter("is_reference")["level"].to_list() == ["none_observed", "female", "none"]
    assert terms["model_persons"].unique().to_list() == [rows.height]
    effects = made["la_effects"]
    assert effects["la_name"].to_list() == ["Aldermere", "Brackwell", "Cawsby"]
    assert effects["persons"].sum() == rows.height
    assert effects["events"].sum() == rows["has_event"].sum()


@pytest.mark.filterwarnings("ignore:.*3 levels say little about a variance")
def test_an_exposure_keeps_its_order_when_a_level_is_left_out(people, groups):
    """The reference stays none observed, not the first level by alphabet."""
    outcome = small_cohort.outcome(people, groups).join(
        groups.select("person_id", "level"), on="person_id", maintain_order="left"
    )
    outcome = outcome.with_columns(
        has_event=pl.col("has_event") & (pl.col("level") != "cpp"), is_observed=pl.lit(True)
    ).drop("level")

    terms = logit(people, groups, outcome)["multilevel_logit"].filter(covariate="contact_group")

    assert_shows(
        terms.select("level", "is_reference"),
        """
        level         | is_reference
        none_observed | true
        referral      | false
        cin           | false
        cla           | false
        cpp           | false
        """,
    )
    assert terms.filter(level="cpp")["log_odds_ratio"].to_list() == [None]


def test_levels_emptied_by_leaving_out_another_go_too():
    frame = with_levels(
        pl.DataFrame(
            {
                "sex": ["male", "male", "female", "female", "unknown"],
                "sen_group": ["none", "none", "none", "none", "plan"],
                "event": [True, False, True, False, True],
            }
        ),
        ["sex", "sen_group"],
    )
    # The only event with a plan is that of the one person of unknown sex.
    frame = pl.concat([frame, frame[:1].with_columns(
        pl.lit("plan").cast(frame["sen_group"].dtype).alias("sen_group"), event=pl.lit(False)
    )])  # fmt: skip

    kept, left_out = without_empty_levels(frame, ["sen_group", "sex"], "event")

    assert_shows(left_out, "covariate | level\nsex | unknown\nsen_group | plan")
    assert kept["sex"].dtype.categories.to_list() == ["female", "male"]
    assert kept["sen_group"].dtype.categories.to_list() == ["none"]


def test_outcomes_are_counted_by_level_among_those_at_risk_and_seen():
    found = only(
        run(
            "fit_outcome_by_exposure",
            settings={"model": definition("models", "exposure_gradients")},
            outcome__first_offence="""
            person_id | is_at_risk | is_observed | has_event
            1         | true       | true        | true
            2         | true       | true        | false
            3         | true       | false       | false
            4         | false      | true        | true
            """,
            exposure__any_cin="""
            person_id | level_no | level
            1         | 1        | yes
            2         | 1        | yes
            3         | 0        | no
            4         | 0        | no
            """,
            exposure__any_cpp="person_id\n1\n2\n3\n4",
        )
    )

    assert_shows(
        found,
        """
        outcome       | exposure | level | level_no | persons | events
        first_offence | any_cin  | yes   | 1        | 2       | 1
        first_offence | any_cpp  | no    | 0        | 2       | 1
        """,
    )
