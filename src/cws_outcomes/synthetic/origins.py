"""Ethnic group, its minor code and first language."""

import numpy as np

from cws_outcomes.synthetic.blocks import Block
from cws_outcomes.synthetic.days import Real, Text, Whole
from cws_outcomes.synthetic.dials import Dials
from cws_outcomes.synthetic.draws import logistic
from cws_outcomes.synthetic.families import Families
from cws_outcomes.synthetic.places import Places

# Log odds of not being White by region; rough shares of pupils by region, levelled so that 20 %
# of the six cohorts are not White (CALIBRATION F007).
MINORITY = {
    "London": 0.00,
    "West Midlands": -1.25,
    "Yorkshire and The Humber": -1.80,
    "East Midlands": -1.90,
    "North West": -1.95,
    "South East": -1.95,
    "East of England": -2.00,
    "South West": -2.75,
    "North East": -2.90,
}
MINORITY_DEPRIVATION = 1.2
"""Most against least deprived neighbourhood."""

# Mixed, Black, Asian, other among those who are not White.
IN_LONDON, ELSEWHERE = (0.20, 0.42, 0.30, 0.08), (0.22, 0.14, 0.60, 0.04)

OWN_GROUP_SHARE = 0.04
"""Children whose ethnic group is drawn for themselves rather than for their family."""

# Minor codes within each group, with rough shares. Source of codes: DATA_MODEL 9.1. Chinese pupils
# are counted as "other", Gypsy, Roma and Traveller pupils as White.
MINOR_CODES: tuple[dict[str, float], ...] = (
    {"WBRI": 93, "WOTH": 5, "WIRI": 1, "WROM": 0.6, "WIRT": 0.4},
    {"MWBC": 35, "MWBA": 15, "MWAS": 25, "MOTH": 25},
    {"BCRB": 30, "BAFR": 60, "BOTH": 10},
    {"AIND": 26, "APKN": 40, "ABAN": 17, "AOTH": 17},
    {"CHNE": 35, "OOTH": 65},
)

OTHER_LANGUAGE = (0.05, 0.15, 0.35, 0.65, 0.6)
"""Share with a first language other than English, by ethnic group."""


def _pick(luck: Real, shares: Real) -> Whole:
    """Column of each row's luck in a matrix of shares that add up to 1."""
    edges = np.cumsum(shares, axis=1)[:, :-1]
    found: Whole = (luck[:, None] >= edges).sum(axis=1)
    return found


def groups(block: Block, places: Places, families: Families, dials: Dials) -> Whole:
    """Ethnic groups: most diverse in London and in deprived places, and more so year by year."""
    home = families.home
    region = places.region[places.neighbourhood_la[home]]
    base = np.array([MINORITY[str(name)] for name in places.region])
    minority = logistic(
        base[places.neighbourhood_la[home]]
        + MINORITY_DEPRIVATION * (places.deprivation[home] - 0.5)
        + dials.minority_trend * (families.birth_year[families.eldest] - 1998.5)
    )
    split = np.where((region == "London")[:, None], IN_LONDON, ELSEWHERE)
    shares = np.column_stack([1 - minority, minority[:, None] * split])
    together = families.uniform(block, "ethnicity")
    own = block.noise.uniform("own ethnicity")
    apart = block.noise.uniform("ethnicity apart") < OWN_GROUP_SHARE
    return _pick(np.where(apart, own, together), shares)


def ethnicities(block: Block, families: Families, group: Whole) -> Text:
    """Minor codes: the same for the children of a family that are of one group."""
    luck = families.uniform(block, "ethnic code")
    found = np.empty(len(group), dtype="U4")
    for number, codes in enumerate(MINOR_CODES):
        rows = np.flatnonzero(group == number)
        share = np.array(list(codes.values()))
        edges = np.cumsum(share / share.sum())[:-1]
        found[rows] = np.array(list(codes))[np.searchsorted(edges, luck[rows], side="right")]
    return found


def languages(block: Block, families: Families, group: Whole) -> Text:
    """First language as the census groups it."""
    luck = families.uniform(block, "language")
    unknown = block.noise.uniform("language unknown") < 0.005
    other = luck < np.array(OTHER_LANGUAGE)[group]
    found: Text = np.select([unknown, other], ["3_UNCL", "2_OTH"], "1_ENG")
    return found
