"""Children: birth, home, sex, ethnicity, and how long England can see them."""

from dataclasses import dataclass

import numpy as np

from cws_outcomes.synthetic.days import (
    NEVER,
    Days,
    Flags,
    Real,
    Text,
    Whole,
    as_days,
    birthday,
    calendar,
    day,
)
from cws_outcomes.synthetic.dials import Dials
from cws_outcomes.synthetic.draws import Stream, Streams, logistic, pick, pick_by_row
from cws_outcomes.synthetic.places import Places

FIRST_COHORT, COHORTS = 1998, 4
"""Born in the academic years 1998/99 to 2001/02: Year 11 in 2014/15 to 2017/18."""

MINIMUM_PER_LA = 8

# Minor codes within each group, with rough shares. Source of codes: DATA_MODEL 9.1. Chinese pupils
# are counted as "other", Gypsy, Roma and Traveller pupils as White.
MINOR_CODES: tuple[dict[str, float], ...] = (
    {"WBRI": 93, "WOTH": 5, "WIRI": 1, "WROM": 0.6, "WIRT": 0.4},
    {"MWBC": 35, "MWBA": 15, "MWAS": 25, "MOTH": 25},
    {"BCRB": 30, "BAFR": 60, "BOTH": 10},
    {"AIND": 26, "APKN": 40, "ABAN": 17, "AOTH": 17},
    {"CHNE": 35, "OOTH": 65},
)


@dataclass(frozen=True)
class People:
    """
    One row per child, pupils first, then children who never have a pupil reference.

    ``present_until`` is the first day on which the child is dead or has left England (``NEVER`` if
    neither); ``group`` numbers the ethnic groups; ``first_home`` and ``second_home`` are
    neighbourhoods, the latter from ``move`` on.
    """

    pupils: int
    birth: Days
    cohort: Whole
    is_male: Flags
    group: Whole
    ethnicity: Text
    first_home: Whole
    second_home: Whole
    move: Days
    death: Days
    departure: Days
    fsm_propensity: Real
    language: Text

    @property
    def count(self) -> int:
        """All children, pupils and others."""
        return len(self.birth)

    @property
    def present_until(self) -> Days:
        """First day on which the child is dead or has left England."""
        return np.minimum(self.death, self.departure)

    def home_on(self, child: Whole, days: Days | int) -> Whole:
        """Neighbourhood in which each child lives on a day."""
        found: Whole = np.where(
            self.move[child] <= days, self.second_home[child], self.first_home[child]
        )
        return found


def _allocate(children: Whole, persons: int) -> Whole:
    """Persons per authority: proportional, largest remainders first, but never under a handful."""
    minimum = min(MINIMUM_PER_LA, persons // len(children))
    exact = children / children.sum() * max(persons - minimum * len(children), 0)
    count = np.floor(exact).astype(np.int64)
    short = persons - minimum * len(children) - int(count.sum())
    count[np.argsort(-(exact - count), kind="stable")[:short]] += 1
    found: Whole = count + minimum
    return found


def _homes(places: Places, la: Whole, stream: Stream) -> Whole:
    offset = np.floor(stream.random(len(la)) * places.neighbourhood_count[la]).astype(np.int64)
    return places.neighbourhood_first[la] + offset


def _births(stream: Stream, size: int) -> tuple[Days, Whole]:
    cohort = stream.integers(0, COHORTS, size)
    first = np.array([day(FIRST_COHORT + c, 9, 1) for c in range(COHORTS + 1)])
    length = np.diff(first)[cohort]
    birth = first[cohort] + np.floor(stream.random(size) * length)
    return birth.astype(np.int32), cohort.astype(np.int64)


def _groups(places: Places, home: Whole, stream: Stream) -> Whole:
    """Ethnic groups: most diverse in London, then the West Midlands, then deprived places."""
    region = places.region[places.neighbourhood_la[home]]
    base = np.select([region == "London", region == "West Midlands"], [0.2, -1.2], -2.0)
    minority = logistic(base + 1.2 * (places.deprivation[home] - 0.5))
    london = (region == "London").astype(np.float64)
    split = np.stack(
        [0.24 - 0.02 * london, 0.18 + 0.2 * london, 0.5 - 0.2 * london, 0.08 + 0.02 * london]
    ).T
    shares = np.column_stack([1 - minority, minority[:, None] * split])
    return pick_by_row(stream, shares)


def _ethnicities(group: Whole, stream: Stream) -> Text:
    found = np.empty(len(group), dtype="U4")
    for number, codes in enumerate(MINOR_CODES):
        found[group == number] = pick(stream, codes, int((group == number).sum()))
    return found


def _languages(group: Whole, stream: Stream) -> Text:
    other = np.array([0.05, 0.15, 0.35, 0.65, 0.6])[group]
    draw = stream.random(len(group))
    found: Text = np.select([draw < other, draw > 0.995], ["2_OTH", "3_UNCL"], "1_ENG")
    return found


def _moves(
    places: Places, la: Whole, birth: Days, stream: Stream, dials: Dials
) -> tuple[Days, Whole]:
    """Day of the one move to another authority, and the neighbourhood moved to."""
    size = len(la)
    share = dials.mover_share if len(places.la_code) > 1 else 0.0
    moves = stream.random(size) < share
    when = birth + as_days(365.25 * (1 + 15 * stream.random(size)))
    weights = places.children / places.children.sum()
    target = np.searchsorted(np.cumsum(weights)[:-1], stream.random(size), side="right")
    target = np.where(target == la, (target + 1) % len(weights), target)
    return np.where(moves, when, NEVER).astype(np.int32), _homes(places, target, stream)


def _ends(birth: Days, stream: Stream, dials: Dials) -> tuple[Days, Days]:
    """Days of death and of leaving England for good."""
    size = len(birth)
    death = birth + stream.exponential(1 / dials.death_per_year, size) * 365.25
    leaves = stream.random(size) < dials.leaver_share
    departure = birth + as_days(365.25 * (1 + 16 * stream.random(size)))
    adult = birthday(birth, 22)
    return (
        np.where(death < adult, np.minimum(death, NEVER), NEVER).astype(np.int32),
        np.where(leaves, departure, NEVER).astype(np.int32),
    )


def make_people(places: Places, pupils: int, streams: Streams, dials: Dials) -> People:
    """Draw the children of the chosen authorities."""
    outside = round(pupils * dials.outside_school_share)
    numbers = np.arange(len(places.la_code))
    la = np.concatenate(
        [np.repeat(numbers, _allocate(places.children, size)) for size in (pupils, outside)]
    )
    # Shuffled, so that a row number tells nothing of the authority.
    order = streams("order")
    la = np.concatenate([order.permutation(la[:pupils]), order.permutation(la[pupils:])])
    size = len(la)
    birth, cohort = _births(streams("birth"), size)
    first_home = _homes(places, la, streams("home"))
    move, second_home = _moves(places, la, birth, streams("move"), dials)
    group = _groups(places, first_home, streams("ethnicity"))
    death, departure = _ends(birth, streams("ends"), dials)
    poverty = -2.6 + 3.2 * places.deprivation[first_home]
    return People(
        pupils=pupils,
        birth=birth,
        cohort=cohort,
        is_male=streams("sex").random(size) < 0.512,
        group=group,
        ethnicity=_ethnicities(group, streams("ethnic code")),
        first_home=first_home,
        second_home=second_home,
        move=move,
        death=death,
        departure=departure,
        fsm_propensity=logistic(poverty + streams("poverty").normal(0, 0.8, size)),
        language=_languages(group, streams("language")),
    )


def birth_month(people: People) -> tuple[Whole, Whole]:
    """Year and month of birth: all that a delivered table tells of a birth date."""
    year, month, _ = calendar(people.birth)
    return year, month
