"""Care: who enters it out of a case, for how long, and who is adopted."""

from dataclasses import fields

import numpy as np

from cws_outcomes.synthetic.cases import Cases, bands, log_odds
from cws_outcomes.synthetic.days import YEAR, Days, Flags, Real, Whole, as_days
from cws_outcomes.synthetic.dials import of
from cws_outcomes.synthetic.disability import is_disabled
from cws_outcomes.synthetic.draws import logistic
from cws_outcomes.synthetic.records import CareSpells
from cws_outcomes.synthetic.setting import Setting

# Months from entry to the adoption order by age at entry (CALIBRATION F092; under 1: 2 years and
# 1 month).
ADOPTION_AGES = np.array([0.3, 1.5, 3.5, 7.0])
ADOPTION_MONTHS = np.array([25.0, 32.0, 37.0, 53.0])
ADOPTION_SPREAD = 0.3

TO_ADULTHOOD = 20 * 366
"""Days of a stay that lasts until something else ends it: the 18th birthday at the latest."""

NEWBORN = 8 / YEAR

FIRST_STAY, SECOND_STAY = "stay", "stay again"
"""Topics of noise."""

CARE, SINGLE_BREAK, AGREED_BREAK, REMAND = range(4)
"""Kinds of care: care itself; short breaks one by one (V3), by agreement (V4); remand (J1)."""


def enter_care(cases: Cases, may: Flags, planned: Flags) -> CareSpells:
    """
    Care spells of the cases in need that lead to care.

    Short stays, middling ones, long ones to adulthood, and stays that end in adoption; some short
    and middling stays are followed by another. ``end`` may lie beyond childhood.
    """
    chance = logistic(_log_odds(cases, planned))
    row = np.flatnonzero(cases.is_unaccompanied | (may & (cases.uniform("care") < chance)))
    start = cases.on[row] + _wait(cases, row)
    length, is_adopted, returns = _stays(cases, row, start, FIRST_STAY)
    end = start + length
    again = np.flatnonzero(returns & (end < cases.on[row] + TO_ADULTHOOD))
    start_again = end[again] + cases.days("care return gap", 110, 0.9, row[again])
    length_again, _, _ = _stays(cases, row[again], start_again, SECOND_STAY)
    rows = np.concatenate([row, row[again]])
    return CareSpells(
        cases.child[rows],
        cases.la[rows],
        rows,
        np.concatenate([start, start_again]).astype(np.int32),
        np.concatenate([end, start_again + length_again]).astype(np.int32),
        np.full(len(rows), CARE),
        np.concatenate([is_adopted, np.zeros(len(again), dtype=np.bool_)]),
    )


def _log_odds(cases: Cases, planned: Flags) -> Real:
    dials = cases.setting.dials
    band = np.where(cases.age < NEWBORN, "newborn", bands(cases.age))
    found: Real = (
        log_odds(dials.care_share)
        + of(dials.care_age, band)
        + dials.care_deprivation * cases.deprivation
        + dials.care_frailty * cases.setting.people.frailty[cases.child]
        + of(dials.care_ethnicity, cases.group)
        + of(dials.care_young_ethnicity, cases.group) * (cases.age < 10)
        + dials.care_conduct * cases.setting.people.conduct[cases.child] * (cases.age >= 10)
        + dials.care_escalation * cases.escalation
        + dials.care_infant_escalation * cases.escalation * (cases.age < 1)
        + dials.care_la_deprivation * cases.setting.places.la_deprivation[cases.la]
        + dials.care_planned * planned
        + dials.care_again * cases.was_in_care
        + dials.care_trend * np.minimum(cases.years, 5)
        + dials.offence_care * cases.follows_offence
    )
    return found


def _wait(cases: Cases, row: Whole) -> Days:
    """Days from the referral to care: newborns and children who came alone at once."""
    wait = cases.days("care wait", 60, 1.1, row)
    at_once = (cases.age[row] < NEWBORN) | cases.is_unaccompanied[row]
    return np.where(at_once, np.minimum(wait // 20, 7), wait).astype(np.int32)


def _stays(cases: Cases, row: Whole, start: Days, topic: str) -> tuple[Days, Flags, Flags]:
    """Length of each stay in days, whether it ends in adoption, whether another stay follows."""
    dials, people = cases.setting.dials, cases.setting.people
    age = (start - people.birth[cases.child[row]]) / YEAR
    band, group = bands(age), cases.group[row]
    short, adopted, long = (
        of(shares, band) for shares in (dials.care_short, dials.care_adopted, dials.care_long)
    )
    long = long * np.exp(of(dials.care_long_ethnicity, group))
    draw = cases.uniform(topic, row)
    is_short, is_long = draw < short, draw >= 1 - long
    alone = cases.is_unaccompanied[row]
    # Whom nobody adopts stays for a middling time instead.
    wanted = cases.uniform(f"{topic} adopted", row) < np.exp(of(dials.adopted_ethnicity, group))
    is_adopted = ~is_long & (draw >= 1 - long - adopted) & wanted & ~alone & (topic == FIRST_STAY)
    median = np.where(is_short, dials.short_stay_days, dials.middle_stay_days)
    length = cases.days(f"{topic} days", median, np.where(is_short, 1.0, 0.8), row)
    length = np.where(is_long | alone, TO_ADULTHOOD, length)
    length = np.where(is_adopted, _until_order(cases, row, age, topic), length)
    fewer = dials.care_return_trend * np.minimum(cases.years[row], 0)
    again = cases.uniform(f"{topic} return", row) < dials.care_return_share * np.exp(fewer)
    return length.astype(np.int32), is_adopted, again & ~is_long & ~is_adopted & ~alone


def _until_order(cases: Cases, row: Whole, age: Real, topic: str) -> Days:
    """Days from entry to the adoption order."""
    mean = np.interp(age, ADOPTION_AGES, ADOPTION_MONTHS) * YEAR / 12
    mean = mean + cases.setting.dials.adopted_wait_minority * (cases.group[row] != "white")
    factor = cases.days(f"{topic} order", 1000, ADOPTION_SPREAD, row) / 1000
    return as_days(mean * factor * np.exp(-(ADOPTION_SPREAD**2) / 2))


def short_breaks(setting: Setting, last: Days) -> CareSpells:
    """Runs of short breaks of disabled children: single ones (V3) or by agreement (V4)."""
    people, noise = setting.people, setting.block.noise
    share = setting.dials.short_break_share / max(setting.dials.need_disabled_share, 1e-9)
    child = np.flatnonzero(
        is_disabled(setting.block, setting.dials) & (noise.uniform("short breaks") < share)
    )
    number = 2 + np.floor(7 * noise.uniform("short breaks number", 0, child)).astype(np.int64)
    kind = np.where(noise.uniform("short breaks kind", 0, child) < 0.5, SINGLE_BREAK, AGREED_BREAK)
    age = 5 + 9 * noise.uniform("short breaks age", 0, child)
    row = np.repeat(np.arange(len(child)), number)
    turn = np.arange(len(row)) - np.repeat(np.cumsum(number) - number, number)
    who = child[row]
    start = (people.birth[child] + as_days(YEAR * age))[row] + turn * 45
    start = start + np.floor(20 * noise.uniform("short breaks start", turn, who)).astype(np.int32)
    nights = 2 + np.floor(3 * noise.uniform("short breaks nights", turn, who)).astype(np.int32)
    end = start + nights * np.where(kind[row] == SINGLE_BREAK, 1, 5)
    kept = (end < last[who]) & (start >= people.arrival[who])
    who, start = who[kept], start[kept].astype(np.int32)
    la = setting.places.neighbourhood_la[people.home_on(who, start)]
    none = np.full(len(who), -1)
    no = np.zeros(len(who), dtype=np.bool_)
    return CareSpells(who, la, none, start, end[kept].astype(np.int32), kind[row][kept], no)


def apart_from(care: CareSpells, others: CareSpells) -> CareSpells:
    """Those of the other spells in which the child is in no care already, neither begins any."""
    room = 1 << 17
    own = np.sort(care.child.astype(np.int64) * room + care.start)
    order = np.argsort(care.child.astype(np.int64) * room + care.start, kind="stable")
    ends = np.append(care.child[order].astype(np.int64) * room + care.end[order], -1)
    base = others.child.astype(np.int64) * room
    after = np.searchsorted(own, base + others.start, side="right")
    in_care = (ends[after - 1] >= base + others.start) & (after > 0)
    begins = np.append(own, np.iinfo(np.int64).max)[after] <= base + others.end
    kept = ~in_care & ~begins
    return CareSpells(*(getattr(others, f.name)[kept] for f in fields(others)))
