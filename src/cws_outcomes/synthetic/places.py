"""Local authorities, their effects, and neighbourhoods with deprivation."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl
from scipy.special import ndtri

from cws_outcomes.errors import ConfigError
from cws_outcomes.geography import authorities, changes
from cws_outcomes.synthetic.days import Days, Real, Text, Whole, day
from cws_outcomes.synthetic.dials import Dials
from cws_outcomes.synthetic.draws import Streams, logistic

BASE = date(2012, 1, 1)
"""Authorities are those in force on this day; earlier and later codes are looked up by date."""

NEIGHBOURHOODS = 32_844
"""Small areas of England (2011), which is also the range of the IDACI rank."""

# Two reorganised areas and two tiny authorities, then one authority of each further region, so
# that even a small delivery has something of everything.
FIRST_CHOSEN = ("837", "836", "822", "823", "857", "420")

SPLIT_2009 = day(2009, 4, 1)
MERGE_2019 = day(2019, 4, 1)
"""The two days within our years on which 3-digit codes changed."""


@dataclass(frozen=True)
class Places:
    """
    The chosen authorities (one row each) and all their neighbourhoods (one row each).

    ``deprivation`` of a neighbourhood runs from 0 (least deprived of England) to 1.
    """

    la_code: Text
    la_name: Text
    region: Text
    children: Whole
    la_deprivation: Real
    """Deprivation of each authority, standardised over all authorities of England."""
    contact_effect: Real
    """Authority's own log hazard ratio of referral."""
    escalation_effect: Real
    """Log odds ratio of need, plan and care, once there is a referral."""
    outcome_effect: Real
    """Log hazard ratio of offending and of suspension."""
    basics_effect: Real
    """Log odds ratio of attainment."""
    contact_slope: Real
    """Log hazard ratio of referral per unit of deprivation, beyond that of all authorities."""
    neighbourhood_la: Whole
    neighbourhood_first: Whole
    neighbourhood_count: Whole
    idaci_rank: Whole

    @property
    def deprivation(self) -> Real:
        """Deprivation of each neighbourhood, 0 (least) to 1 (most)."""
        found: Real = 1 - (self.idaci_rank - 0.5) / NEIGHBOURHOODS
        return found

    @property
    def idaci_decile(self) -> Whole:
        """Decile of each neighbourhood, 1 (most deprived) to 10."""
        found: Whole = 1 + (self.idaci_rank - 1) * 10 // NEIGHBOURHOODS
        return found


def _in_force() -> pl.DataFrame:
    in_force = (pl.col("valid_from") <= BASE) & (
        pl.col("valid_to").is_null() | (pl.col("valid_to") > BASE)
    )
    table = authorities().filter(in_force).sort("la_code")
    # The 2019 index has no score for authorities abolished before it: their region's mean serves.
    score = pl.col("idaci_score").fill_null(pl.col("idaci_score").mean().over("region"))
    return table.with_columns(score)


def _order(table: pl.DataFrame) -> list[str]:
    """All authorities in the order in which they are chosen: spread over regions and sizes."""
    rest = table.filter(~pl.col("la_code").is_in(FIRST_CHOSEN)).sort("children_0_17", "la_code")
    queues: list[list[str]] = []
    for region in sorted(set(table["region"])):
        codes = rest.filter(pl.col("region") == region)["la_code"].to_list()
        # Middle, large, small, ...: whatever the number taken, sizes are mixed.
        queues.append(sorted(codes, key=lambda code: _van_der_corput(codes.index(code) + 1)))
    longest = max(len(queue) for queue in queues)
    rounds = [queue[i] for i in range(longest) for queue in queues if i < len(queue)]
    return [*FIRST_CHOSEN, *rounds]


def _van_der_corput(number: int) -> float:
    value, denominator = 0.0, 1.0
    while number:
        denominator *= 2
        value += (number % 2) / denominator
        number //= 2
    return abs(value - 0.5)


def choose(las: int) -> pl.DataFrame:
    """
    Choose authorities: the same ones for the same number, whatever the seed.

    Raises
    ------
    ConfigError
        If the number is not between 1 and the number of authorities in force in 2012.
    """
    table = _in_force()
    if not 1 <= las <= len(table):
        raise ConfigError(
            f"--las: expected a number from 1 to {len(table)} (authorities in force in 2012), "
            f"found {las}. Choose a number in that range."
        )
    return table.filter(pl.col("la_code").is_in(_order(table)[:las])).sort("la_code")


def proportional(weights: Real | Whole, total: int) -> Whole:
    """Cut a total by weights, largest remainders first, everybody getting one at least."""
    exact = weights / weights.sum() * (total - len(weights))
    count = np.floor(exact).astype(np.int64)
    short = total - len(weights) - int(count.sum())
    count[np.argsort(-(exact - count), kind="stable")[:short]] += 1
    found: Whole = count + 1
    return found


def _neighbourhood_ranks(table: pl.DataFrame, streams: Streams) -> tuple[Whole, Whole]:
    """Neighbourhoods of all England: LA row of each, and rank, 1 = most deprived."""
    la = np.repeat(
        np.arange(len(table)), proportional(table["children_0_17"].to_numpy(), NEIGHBOURHOODS)
    )
    score = table["idaci_score"].to_numpy()
    centre = np.log(score / (1 - score))[la]
    value = logistic(centre + streams("neighbourhoods").normal(0, 0.8, len(la)))
    rank = np.empty(len(la), dtype=np.int64)
    rank[np.argsort(-value, kind="stable")] = 1 + np.arange(len(la))
    return la, rank


def _bent(values: Real, skew: float) -> Real:
    """
    Standard normal numbers as those of a shifted lognormal with mean 0 and SD 1.

    Rates of authorities have a long tail to the right; 0 leaves the numbers as they are.
    """
    if skew == 0:
        return values
    grown = np.exp(skew * values) - np.exp(skew**2 / 2)
    found: Real = grown / np.sqrt(np.exp(skew**2) * (np.exp(skew**2) - 1))
    return found


def _balanced(drawn: Real, england: pl.DataFrame, deprivation: Real) -> Real:
    """
    Make normal numbers of authorities free of each other and of what is known of authorities.

    Orthogonal to size, deprivation and their product, they move neither England's level nor its
    slope over deprivation: these are planted elsewhere, and no seed should change them by luck.
    """
    size = england["children_0_17"].to_numpy() / england["children_0_17"].max()
    known = [np.ones(len(england)), deprivation, size, size * deprivation]
    basis = np.linalg.qr(np.column_stack([*known, *drawn]))[0]
    found: Real = basis[:, len(known) :].T
    return found


def _quantiles(values: Real) -> Real:
    """Numbers replaced by standard normal quantiles, in their order: one spread for every seed."""
    quantiles = ndtri((np.arange(len(values)) + 0.5) / len(values))
    found: Real = (quantiles / quantiles.std())[np.argsort(np.argsort(values, kind="stable"))]
    return found


def _effects(england: pl.DataFrame, streams: Streams, dials: Dials) -> dict[str, Real]:
    """
    Effects of every authority of England, whichever are chosen.

    A normal distribution of several dimensions with one common factor: all are correlated with
    the effect on referral, and with each other through it. Unless ``la_luck`` says otherwise, a
    seed decides which authority has which effect, and not what effects there are.
    """
    score = england["idaci_score"].to_numpy()
    deprivation = (score - score.mean()) / score.std()
    drawn = streams("authorities").normal(size=(5, len(england)))
    own = drawn if dials.la_luck else _balanced(drawn, england, deprivation)

    def settled(values: Real) -> Real:
        return values if dials.la_luck else _quantiles(values)

    def shared(row: int, correlation: float) -> Real:
        found: Real = settled(correlation * own[0] + np.sqrt(1 - correlation**2) * own[row])
        return found

    return {
        "la_deprivation": deprivation,
        "contact_effect": dials.la_contact_sd * _bent(settled(own[0]), dials.la_skew),
        "escalation_effect": dials.la_escalation_sd
        * _bent(shared(1, dials.la_escalation_correlation), dials.la_skew),
        "outcome_effect": dials.la_outcome_sd
        * _bent(shared(2, dials.la_correlation), dials.la_outcome_skew),
        "basics_effect": dials.basics_la_sd * shared(3, dials.la_basics_correlation),
        "contact_slope": dials.inverse_law * deprivation + dials.la_slope_sd * settled(own[4]),
    }


def make_places(las: int, streams: Streams, dials: Dials) -> Places:
    """Choose authorities, draw their effects and their neighbourhoods."""
    chosen, england = choose(las), _in_force()
    la, rank = _neighbourhood_ranks(england, streams)
    rows = np.searchsorted(england["la_code"].to_numpy().astype(str), chosen["la_code"].to_list())
    counts = np.bincount(la, minlength=len(england))[rows]
    return Places(
        la_code=chosen["la_code"].to_numpy().astype(str),
        la_name=chosen["la_name"].to_numpy().astype(str),
        region=chosen["region"].to_numpy().astype(str),
        children=chosen["children_0_17"].to_numpy().astype(np.int64),
        neighbourhood_la=np.repeat(np.arange(len(chosen)), counts),
        neighbourhood_first=np.concatenate([[0], np.cumsum(counts)[:-1]]).astype(np.int64),
        neighbourhood_count=counts.astype(np.int64),
        idaci_rank=rank[np.isin(la, rows)],
        **{name: effect[rows] for name, effect in _effects(england, streams, dials).items()},
    )


def _changed(on: int) -> pl.DataFrame:
    """Old and new 3-digit codes of whole authorities on the day of a reorganisation."""
    return changes().filter(
        (pl.col("change_date") == pl.lit(on).cast(pl.Int32).cast(pl.Date))
        & (pl.col("kind") != "part_transfer")
        & (pl.col("old_la_code") != pl.col("new_la_code"))
    )


def code_on(places: Places, la: Whole, days: Days | int) -> Text:
    """3-digit code of each authority on a day."""
    own = places.la_code
    split, merged = _changed(SPLIT_2009), _changed(MERGE_2019)
    old = dict(zip(split["new_la_code"], split["old_la_code"], strict=True))
    new = dict(zip(merged["old_la_code"], merged["new_la_code"], strict=True))
    before = np.array([old.get(str(code), code) for code in own])
    after = np.array([new.get(str(code), code) for code in own])
    on = np.broadcast_to(np.asarray(days), la.shape)
    later = np.where(on >= MERGE_2019, after[la], own[la])
    found: Text = np.where(on < SPLIT_2009, before[la], later)
    return found


def ons_code_on(codes: Text, on: int) -> Text:
    """9-digit codes of 3-digit codes, all on one day."""
    when = pl.lit(on).cast(pl.Int32).cast(pl.Date)
    in_force = authorities().filter(
        (pl.col("valid_from") <= when)
        & (pl.col("valid_to").is_null() | (pl.col("valid_to") > when))
    )
    lookup = dict(zip(in_force["la_code"], in_force["ons_code"], strict=True))
    known, where = np.unique(codes, return_inverse=True)
    found: Text = np.array([lookup[str(code)] for code in known])[where]
    return found
