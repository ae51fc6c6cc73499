"""Effects of LAs as rounded counts would have given them."""

from dataclasses import dataclass
from math import exp

from cws_outcomes.disclosure.counts import Rule
from cws_outcomes.disclosure.secondary import Counted

_Z_95 = 1.959963984540054


@dataclass(frozen=True)
class Effect:
    """
    A predicted LA effect.

    Attributes
    ----------
    log_odds : float
        Mode of the effect, on the log odds scale.
    std_error : float
        Its comparative standard error.
    """

    log_odds: float
    std_error: float

    def odds_ratios(self) -> tuple[float, float, float]:
        """Odds ratio and 95 % limits."""
        half = _Z_95 * self.std_error
        return exp(self.log_odds), exp(self.log_odds - half), exp(self.log_odds + half)


def from_rounded_counts(effect: Effect, exact: Counted, la_sd: float, rule: Rule) -> Effect:
    """
    Move an effect to where the LA's rounded counts would have put it.

    At its mode, an effect u fulfils events - sum(p) = u / tau^2, and its variance is
    1 / (information + 1 / tau^2) with information = sum(p (1 - p)) (McCulloch, Searle and Neuhaus
    2008, ch. 14). With exact u, its error and tau, events can be solved for. So the score is
    written down for the rounded counts, the information scaled to them, and one Newton step taken.

    Parameters
    ----------
    effect : Effect
        From the exact data.
    exact : Counted
        Persons and events of the LA.
    la_sd : float
        tau, standard deviation of the LA intercepts.
    rule : Rule
        Threshold and rounding.

    Returns
    -------
    Effect
        To first order a function of rounded persons, rounded events and the LA's mix of children.
    """
    if la_sd <= 0 or effect.std_error <= 0:
        return effect
    precision = la_sd**-2
    persons, events = rule.rounded(exact.persons), rule.rounded(exact.events)
    modelled = (exact.events - effect.log_odds * precision) * persons / exact.persons
    information = max(effect.std_error**-2 - precision, 0.0)
    information *= _binomial(persons, events) / _binomial(exact.persons, exact.events)
    step = (events - modelled - effect.log_odds * precision) / (information + precision)
    return Effect(effect.log_odds + step, (information + precision) ** -0.5)


def _binomial(persons: int, events: int) -> float:
    return events * (persons - events) / persons
