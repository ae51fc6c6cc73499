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
    assert len(right) >= 12
    assert not unexplained(found)
    assert {one.library for one in right} >= {"lifelines", "statsmodels", "scikit-learn"}


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
