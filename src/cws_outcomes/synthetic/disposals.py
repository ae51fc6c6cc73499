"""What the police and the courts made of offences: cautions, sentences, verdicts."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from cws_outcomes.synthetic.days import YEAR, Days, Flags, Real, Text, Whole, as_days
from cws_outcomes.synthetic.draws import logistic
from cws_outcomes.synthetic.offending import KNOWN_CLOSELY, Offences
from cws_outcomes.synthetic.setting import Setting
from cws_outcomes.synthetic.timeline import CLA, Timeline, state_on

# Disposals by kind, with rough shares. Codes: DATA_MODEL 4.1.
CAUTIONS = {"1039": 80, "1117": 20}
YOUTH_CUSTODY = {"1081": 88, "1007": 12}
ADULT_CUSTODY = {"1002": 60, "1024": 40}
YOUTH_SENTENCES = {"1097": 48, "1141": 21, "1018": 13, "1015": 8, "1017": 3, "1142": 3, "1083": 4}
ADULT_SENTENCES = {"1015": 43, "1116": 25, "1018": 20, "1115": 9, "1089": 3}
UNPROVEN = {"2004": 45, "2006": 35, "2050": 10, "2051": 10}
FURTHER = {"1057": 30, "1015": 40, "1052": 15, "1016": 15}
"""Second disposals of one offence: lesser, with a lower rank."""

SENTENCE_DAYS = {"1081": (120, 730), "1007": (180, 1460), "1002": (14, 730), "1024": (30, 730)}
"""Shortest and longest sentence to immediate custody, by disposal."""

YOUNGEST_IN_CUSTODY = 12


@dataclass(frozen=True)
class Disposals:
    """One row per disposal: those of the offences in their order, then second ones."""

    offence: Whole
    """Row of the offence."""
    code: Text
    adjudication: Text
    """``G`` or ``J`` guilty, ``N`` not guilty; cautions have none."""
    on: Days
    rank: Whole
    sentence_days: Whole
    """Length of a sentence to immediate custody, else -1."""


def make_disposals(setting: Setting, lines: Timeline, offences: Offences) -> Disposals:
    """Dispose of all offences: those of one case on one day, in one way."""
    noise = setting.block.noise
    child, case = offences.child, offences.case
    age = (offences.on - setting.people.birth[child]) / YEAR
    is_caution = offences.is_proven & _is_cautioned(setting, offences, age)
    in_custody = offences.is_proven & ~is_caution & _is_in_custody(setting, lines, offences, age)
    luck = noise.uniform("disposal", case, child)
    sentence = np.where(age < 18, _one(YOUTH_SENTENCES, luck), _one(ADULT_SENTENCES, luck))
    custody = np.where(age < 18, _one(YOUTH_CUSTODY, luck), _one(ADULT_CUSTODY, luck))
    code = np.where(in_custody, custody, np.where(is_caution, _one(CAUTIONS, luck), sentence))
    code = np.where(offences.is_proven, code, _one(UNPROVEN, luck))
    guilty = np.where(noise.uniform("adjudication", case, child) < 0.15, "J", "G")
    adjudication = np.where(offences.is_proven, np.where(is_caution, "", guilty), "N")
    on = offences.on + _delays(setting, child, case, is_caution)
    days = _sentence_days(code, noise.uniform("sentence", case, child))
    return _with_second(setting, offences, (code, adjudication, on.astype(np.int32), days))


def _is_cautioned(setting: Setting, offences: Offences, age: Real) -> Flags:
    """Likelier in a first case than in later ones, and mostly a child's."""
    dials = setting.dials
    share = np.select(
        [age >= 18, offences.case == 0], [dials.caution_adult, dials.caution_first], 0.15
    )
    # Serious violence is seldom let off with a caution.
    share = np.where(offences.is_serious, 0.5, 1.0) * share
    luck = setting.block.noise.uniform("caution", offences.case, offences.child)
    found: Flags = luck < share
    return found


def _is_in_custody(setting: Setting, lines: Timeline, offences: Offences, age: Real) -> Flags:
    dials = setting.dials
    state = state_on(lines, offences.child, offences.on)
    odds = (
        dials.custody_level
        + dials.custody_before * np.minimum(offences.case, 6)
        + dials.custody_serious * offences.is_serious
        + dials.custody_male * setting.people.is_male[offences.child]
        + dials.custody_contact * np.isin(state, KNOWN_CLOSELY)
        + dials.custody_care * (state == CLA)
        + dials.custody_young * (age < 17)
    )
    luck = setting.block.noise.uniform("custody", offences.case, offences.child)
    found: Flags = (luck < logistic(odds)) & (age >= YOUNGEST_IN_CUSTODY)
    return found


def _delays(setting: Setting, child: Whole, case: Whole, is_caution: Flags) -> Days:
    """Days from offence to disposal: lognormal; a caution takes a third of the time."""
    dials, spread = setting.dials, setting.dials.disposal_delay_sd
    mean = YEAR / 12 * dials.disposal_delay_months
    drawn = np.exp(spread * setting.block.noise.normal("disposal delay", case, child))
    days = mean * np.exp(-(spread**2) / 2) * drawn
    return as_days(1 + np.where(is_caution, days / 3, days))


def _sentence_days(code: Text, luck: Real) -> Whole:
    days = np.full(len(code), -1)
    for sentence, (shortest, longest) in SENTENCE_DAYS.items():
        # Most are short.
        drawn = shortest + np.floor(luck**2 * (longest - shortest)).astype(np.int64)
        days = np.where(code == sentence, drawn, days)
    return days


def _with_second(
    setting: Setting, offences: Offences, first: tuple[Text, Text, Days, Whole]
) -> Disposals:
    """Add second disposals to some convictions, on the same day."""
    code, adjudication, on, days = first
    noise = setting.block.noise
    step = 2 * offences.case + ~offences.is_primary
    luck = noise.uniform("second disposal", step, offences.child)
    second = np.flatnonzero(np.isin(adjudication, ["G", "J"]) & (luck < 0.25))
    further = _one(FURTHER, luck[second] / 0.25)
    row = np.concatenate([np.arange(len(code)), second])
    return Disposals(
        offence=row,
        code=np.concatenate([code, further]),
        adjudication=adjudication[row],
        on=on[row],
        rank=np.where(np.arange(len(row)) < len(code), 1, 2),
        sentence_days=np.concatenate([days, np.full(len(second), -1)]),
    )


def _one(shares: Mapping[str, float], luck: Real) -> Text:
    """One label for each number within (0, 1), with probabilities proportional to the shares."""
    weight = np.array(list(shares.values()), dtype=np.float64)
    edges = np.cumsum(weight / weight.sum())[:-1]
    found: Text = np.array(list(shares))[np.searchsorted(edges, luck, side="right")]
    return found
