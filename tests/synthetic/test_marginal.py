"""Marginal causal truths against what must hold of them, and against a formula."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from cws_outcomes.synthetic import worlds
from cws_outcomes.synthetic.days import YEAR, birthday
from cws_outcomes.synthetic.dials import Dials
from cws_outcomes.synthetic.justice import BASELINE, first_offence_rate
from cws_outcomes.synthetic.life import Life, live
from cws_outcomes.synthetic.order import Order
from cws_outcomes.synthetic.people import make_people
from cws_outcomes.synthetic.policy import AS_IS, POLICIES
from cws_outcomes.synthetic.setting import Setting
from cws_outcomes.synthetic.truth.marginal import (
    _KEY,
    _SUMS,
    _sums,
    marginal_risks,
    marginal_sums,
)
from cws_outcomes.synthetic.truth.risks import followed, outcomes

POLICY = {policy.name: policy for policy in POLICIES}


def setting_of(dials: Dials, pupils: int = 3000, seed: int = 5) -> Setting:
    planted = worlds.Planted("test", "", dials)
    order = Order(pupils, 12, seed, (1996, 2001), planted)
    (block,) = order.blocks()
    people = make_people(block, order.places, order.schools, dials)
    return Setting(block, order.places, order.schools, people, dials, AS_IS)


def under(setting: Setting, policy: str):
    lived = live(replace(setting, policy=POLICY[policy]))
    return outcomes(setting.people, lived)


@pytest.fixture(scope="module")
def frequent() -> Setting:
    """A world in which offences are common enough for a small block."""
    return setting_of(replace(Dials(), offence_level=0.006))


@pytest.fixture(scope="module")
def lives(frequent) -> dict[str, Life]:
    return {name: live(replace(frequent, policy=policy)) for name, policy in POLICY.items()}


def test_where_contact_does_nothing_it_makes_no_difference_to_anybody():
    setting = setting_of(worlds.load("null").dials)
    as_is = under(setting, "as_is")
    assert as_is["first_offence_by_18"].sum() > 30
    assert as_is["suspended_in_years_7_to_11"].sum() > 100
    for policy in ("no_contact", "need_for_all_referred", "no_plans", "no_care"):
        found = under(setting, policy)
        assert all((found[name] == as_is[name]).all() for name in as_is)


def test_who_offends_without_contact_offends_with_it(frequent, lives):
    # Every planted effect is harmful, and each child has the same luck: nobody is spared.
    as_is, spared = (
        outcomes(frequent.people, lives[name])["first_offence_by_18"]
        for name in ("as_is", "no_contact")
    )
    assert not (spared & ~as_is).any()
    assert spared.sum() < 0.95 * as_is.sum()


def test_policies_do_what_they_say(lives):
    assert len(lives["no_contact"].contact.referrals.child) == 0
    assert len(lives["no_plans"].contact.plans.start) == 0
    assert not (lives["no_care"].contact.care.kind == 0).any()
    as_is, found = (lives[name].contact.referrals for name in ("as_is", "need_for_all_referred"))
    assert found.is_in_need.all()
    assert not as_is.is_in_need.all()
    longer = (found.closure - found.referral).mean() / (as_is.closure - as_is.referral).mean()
    assert longer > 1.1
    assert not lives["no_permanent_exclusion"].schooling.exclusions.is_permanent.any()


def test_risk_without_contact_is_that_of_the_formula(frequent, lives):
    people = frequent.people
    who = followed(people, frequent.block.pupils)["first_offence_by_18"] & (
        people.death > birthday(people.birth, 18)
    )
    days = sum(
        BASELINE[age - 10] * (birthday(people.birth, age + 1) - birthday(people.birth, age))
        for age in range(10, 18)
    )
    risk = (1 - np.exp(-first_offence_rate(frequent) * days))[who]
    error = np.sqrt((risk * (1 - risk)).sum()) / who.sum()
    found = outcomes(people, lives["no_contact"])["first_offence_by_18"][who].mean()
    assert risk.mean() > 0.05
    assert found == pytest.approx(risk.mean(), abs=3 * error)


def test_risk_with_a_constant_hazard_is_one_minus_its_exponential():
    nothing = dict.fromkeys(("mixed", "black", "asian", "other"), 0.0)
    dials = replace(
        worlds.load("null").dials, offence_level=0.05, offence_male=0.0, offence_deprivation=0.0,
        offence_cohort=0.0, offence_cohort_later=0.0, conduct_offence=0.0,
        offence_ethnicity=nothing, la_outcome_sd=0.0,
    )  # fmt: skip
    setting = setting_of(dials)
    risks = marginal_risks([marginal_sums(setting, live(setting))])
    row = risks.row(
        by_predicate=(pl.col("population") == "residents")
        & (pl.col("outcome") == "first_offence_by_18")
        & (pl.col("policy") == "as_is"),
        named=True,
    )
    expected = 1 - np.exp(-0.05 * BASELINE[:8].sum() * YEAR / YEAR)
    assert row["risk"] == pytest.approx(expected, abs=3 * row["risk_error"])
    assert row["risk_error"] < 0.015


def test_errors_are_those_of_families_and_of_pairs():
    rng = np.random.default_rng(3)
    family = rng.integers(0, 60, 200)
    shared = rng.random(60)[family]
    y0 = rng.random(200) < shared
    y = y0 & (rng.random(200) < 0.7)
    rows = [
        ("residents", "first_offence_by_18", "no_contact", *_sums(family[half], y[half], y0[half]))
        for half in (family < 30, family >= 30)
    ]
    sums = [pl.DataFrame([row], schema=[*_KEY, *_SUMS], orient="row") for row in rows]
    found = marginal_risks(sums).row(0, named=True)

    def error(values):
        total = np.bincount(family, values)
        return np.sqrt((total**2).sum()) / len(values)

    risk, risk0 = y.mean(), y0.mean()
    assert found["children"] == 200
    assert found["risk"] == pytest.approx(risk)
    assert found["risk_error"] == pytest.approx(error(y - risk))
    assert found["risk_difference"] == pytest.approx(risk - risk0)
    assert found["risk_difference_error"] == pytest.approx(error((y * 1.0 - y0) - (risk - risk0)))
    assert found["risk_ratio"] == pytest.approx(risk / risk0)
    assert found["risk_ratio_error"] == pytest.approx(risk / risk0 * error(y / risk - y0 / risk0))
    assert found["risk_difference_error"] < error(y - risk)


def test_every_population_outcome_and_policy_has_its_row(frequent, lives):
    risks = marginal_risks([marginal_sums(frequent, lives["as_is"])])
    assert risks.height == 7 * 4 * len(POLICIES)
    as_is = risks.filter(pl.col("policy") == "as_is")
    assert (as_is["risk_difference"] == 0).all()
    assert (as_is["risk_difference_error"] == 0).all()
    assert risks["children"].min() > 20
