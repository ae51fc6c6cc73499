"""Ours and the libraries on the same small data, as `cws verify estimators` prints them."""

import math

import pytest
from typer.testing import CliRunner

from cws_outcomes.cli.verify import verify
from cws_outcomes.verify import estimators
from cws_outcomes.verify.estimators import Comparison, compare, unexplained


@pytest.fixture(scope="module")
def found() -> list[Comparison]:
    return compare(seed=2, children=250)


def test_libraries_that_are_right_agree(found: list[Comparison]) -> None:
    right = [one for one in found if not one.known]
    assert len(right) >= 40
    assert not unexplained(found)
    assert {one.library for one in right} >= {"lifelines", "statsmodels", "scikit-learn"}


def test_every_estimator_is_compared(found: list[Comparison]) -> None:
    estimators = {one.estimator.partition(",")[0] for one in found}
    assert estimators == {
        "cox", "fine_gray", "kaplan_meier", "aalen_johansen", "log_rank", "rmst", "gray_test",
        "glm", "multinomial_logit", "multilevel",
    }  # fmt: skip
    families = {one.estimator for one in found if one.estimator.startswith("multilevel")}
    for family in ("gaussian", "binomial", "poisson", "negative binomial"):
        assert {f"multilevel, {family}", f"multilevel, {family}, variance 0"} <= families


def test_what_no_library_has_is_said(found: list[Comparison]) -> None:
    missing = [one for one in found if math.isnan(one.theirs)]
    assert {one.estimator for one in missing} >= {
        "fine_gray", "gray_test", "multilevel, poisson", "multilevel, negative binomial",
    }  # fmt: skip
    assert all(one.known for one in missing)


def test_the_variance_of_the_joint_mode_is_too_small(found: list[Comparison]) -> None:
    collapsed = [one for one in found if "collapses" in one.known]
    assert [one.library for one in collapsed] == ["statsmodels"]
    assert collapsed[0].theirs < 0.9 * collapsed[0].ours


def test_what_is_known_to_be_wrong_is_still_wrong(found: list[Comparison]) -> None:
    """If this fails a library has been mended: say so, and use it as an oracle."""
    by_library = {one.library: one for one in found if "split" in one.known}
    assert abs(by_library["statsmodels"].difference) > 0.01
    jittered = [one.theirs for one in found if "random noise" in one.known]
    assert len(set(jittered)) == 2
    assert all(math.isnan(one.theirs) or not one.agrees for one in found if one.known)


def test_an_unexplained_difference_fails_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(rows):
        yield Comparison("cox", "a number", "a library", 1.0, 1.1)

    monkeypatch.setattr(estimators, "COMPARISONS", (broken,))
    result = CliRunner().invoke(verify, ["estimators", "--children", "100"])
    assert result.exit_code != 0
    assert "**DIFFERS**" in result.output
    assert "1 of 1 numbers differ" in str(result.exception)
