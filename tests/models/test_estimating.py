"""What an estimator refuses or warns of, under the name of the study's model."""

import warnings

import pytest
from support import small_cohort
from support.text_tables import definition, run

from cws_outcomes import errors, estimators
from cws_outcomes.models.estimating import estimating

MODEL = {"name": "hazard", "outcome": "first_offence", "cohort": "from_10"}


def test_a_warning_bears_the_name_of_the_model_its_outcome_and_its_cohort():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with estimating(MODEL):
            warnings.warn("`la`: few", estimators.EstimationWarning, stacklevel=1)
            warnings.warn("of a library", RuntimeWarning, stacklevel=1)
    assert [(w.category, str(w.message)) for w in caught] == [
        (errors.EstimationWarning, "Model hazard of first_offence in from_10: `la`: few"),
        (RuntimeWarning, "of a library"),
    ]
    assert {w.filename for w in caught} == {__file__}


def test_every_warning_is_told_though_the_estimator_has_told_it_before():
    """By default Python shows a warning once: the second model would be fitted in silence."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        for name in ("one", "two"):
            with estimating(MODEL | {"name": name}):
                warnings.warn("`la`: few", estimators.EstimationWarning, stacklevel=1)
    assert [str(w.message).split()[1] for w in caught] == ["one", "two"]


def test_a_refusal_bears_it_too():
    with (
        pytest.raises(errors.EstimationError, match=r"^Model hazard of first_offence in .*: no"),
        estimating(MODEL),
    ):
        raise estimators.EstimationError("no events")


def test_a_model_of_three_authorities_warns_through_its_step():
    people = small_cohort.covariates()
    groups = small_cohort.exposure(people)
    model = definition("models", "english_maths_multilevel", covariates=["sex"])
    named = f"Model english_maths_multilevel of {model['outcome']} in {model['cohort']}: `la_code`"
    with pytest.warns(errors.EstimationWarning, match=f"^{named}: 3 levels say little"):
        run(
            "fit_multilevel_logit",
            settings={"model": model},
            covariates=people,
            local_authorities=small_cohort.LAS,
            **{
                f"outcome__{model['outcome']}": small_cohort.outcome(people, groups),
                f"exposure__{model['exposure']}": groups,
            },
        )
