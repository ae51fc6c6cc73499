import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from support.invented import ADJUSTMENTS, GROUPS, broken_promises, frame, inputs, la_equity

from cws_outcomes.disclosure import clear_la_equity
from cws_outcomes.disclosure.counts import Rule
from cws_outcomes.errors import ReleaseError

SETTINGS = {"disclosure_threshold": 10, "disclosure_round_to": 10}
RULE = Rule(10, 10)
VALUES = (
    "group_share", "persons", "events", "rate_per_100", "expected", "ratio", "ratio_lower",
    "ratio_upper", "shrunken_rate", "shrunken_lower", "shrunken_upper",
)  # fmt: skip
KEY = ["la_code", "outcome", "group", "adjustment"]


def clear(table: pl.DataFrame) -> pl.DataFrame:
    return clear_la_equity(inputs(la_equity=table), SETTINGS)["cleared_la_equity"]


@pytest.fixture(scope="module")
def exact() -> pl.DataFrame:
    return la_equity(np.random.default_rng(1))


@pytest.fixture(scope="module")
def shown(exact) -> pl.DataFrame:
    return clear(exact)


def one_la(groups, outcomes, interventions=None):
    """Exact rows of one LA: children by group, (persons, events) by group for each outcome."""
    place = {"model": "m", "la_code": "901", "la_name": "A", "region": "R",
             "la_children": sum(groups)}  # fmt: skip
    rows = []
    for outcome, cells in outcomes.items():
        cells = [tuple(sum(c) for c in zip(*cells, strict=True)), *cells]
        for no, (persons, events) in enumerate(cells):
            rows.append({**place, "outcome": outcome, "group": GROUPS[no], "group_no": no,
                         "group_children": groups[no - 1] if no else sum(groups),
                         "persons": persons, "events": events, "is_applicable": True})  # fmt: skip
    for outcome, events in (interventions or {}).items():
        rows.append({**place, "outcome": outcome, "group": "all", "group_no": 0,
                     "group_children": sum(groups), "persons": sum(groups), "events": events,
                     "is_applicable": True})  # fmt: skip
    rows = [
        {**row, "adjustment": adjustment, "expected": 0.2 * row["persons"]}
        for row in rows
        for adjustment in ADJUSTMENTS
    ]
    return frame("la_equity", rows)


def hidden_in(table: pl.DataFrame, outcome: str) -> set[str]:
    cleared = clear(table).filter(pl.col("outcome") == outcome, pl.col("status") == "suppressed")
    return set(cleared["group"])


def test_the_cleared_tables_keep_their_contracts(exact):
    cleared = clear_la_equity(inputs(la_equity=exact), SETTINGS)

    assert set(cleared) == {"cleared_la_equity", "cleared_la_funnel"}
    for contract, table in cleared.items():
        assert broken_promises(contract, table) == {}
    assert cleared["cleared_la_equity"].height == exact.height


def test_a_row_has_all_its_values_or_none_and_never_a_zero(shown):
    for row in shown.iter_rows(named=True):
        held = [row[name] is not None for name in VALUES]
        shrunken = held.pop(), held.pop(), held.pop()
        assert len(set(held)) == len(set(shrunken)) == 1
        assert held[0] == (row["status"] == "shown")
        assert held[0] or not shrunken[0]
    counts = shown.filter(status="shown").select("persons", "events")
    assert counts.min().row(0) >= (10, 10)
    assert counts.select((pl.all() % 10).sum()).row(0) == (0, 0)


def test_small_counts_their_complements_and_zeros_are_hidden(exact, shown):
    both = exact.join(shown, on=KEY, suffix="_shown")
    small = (
        (pl.col("persons") < 10)
        | (pl.col("events") < 10)
        | (pl.col("persons") - pl.col("events") < 10)
    )
    applicable = both.filter(pl.col("is_applicable"))

    assert applicable.filter(small, status="shown").is_empty()
    assert applicable.filter(small).height > 100
    assert both.filter(~pl.col("is_applicable"))["status"].unique().to_list() == ["not_applicable"]


def test_a_shown_row_is_computed_from_its_rounded_counts():
    table = one_la(
        (300, 64, 55, 40, 30), {"x": [(304, 96), (63, 23), (55, 28), (38, 17), (27, 12)]}
    )
    row = clear(table).filter(group="referral", adjustment="sex_cohort").row(0, named=True)

    assert (row["persons"], row["events"]) == (60, 20)
    assert row["rate_per_100"] == 33.33
    assert row["group_share"] == round(60 / 490, 4)
    assert row["expected"] == 12.0  # 60 children at 20 percent
    assert row["ratio"] == 1.667
    assert row["ratio_lower"] == pytest.approx(1.136, abs=1e-3)  # Wilson: 0.2273 to 0.4594
    assert row["ratio_upper"] == pytest.approx(2.297, abs=1e-3)


def test_both_adjustments_show_and_hide_the_same_rows(shown):
    per_cell = shown.group_by("la_code", "outcome", "group").agg(pl.col("status").n_unique())

    assert per_cell["status"].max() == 1


def test_adjustments_with_different_counts_are_refused(exact):
    other = exact.with_columns(
        persons=pl.when(adjustment="sex_cohort").then(pl.col("persons") + 1).otherwise("persons")
    )

    with pytest.raises(ReleaseError, match="same persons and events under each"):
        clear(other)


def test_one_small_group_takes_the_next_smallest_with_it():
    table = one_la((800, 60, 50, 40, 30), {"x": [(800, 90), (60, 30), (50, 25), (40, 8), (30, 15)]})

    assert hidden_in(table, "x") == {"cpp", "cla"}


def test_a_group_that_is_hidden_as_too_small_is_hidden_in_every_outcome():
    # 12 children looked after; 8 on protection plans. The shares of all other groups would give
    # those of these two together, so both are hidden even where the outcome alone would not do it.
    table = one_la(
        (800, 60, 50, 8, 25),
        {"x": [(700, 90), (50, 30), (45, 25), (4, 2), (25, 12)]},
    )

    assert hidden_in(table, "x") == {"cpp", "cla"}


def test_an_intervention_row_does_not_give_a_hidden_group_back():
    # All 8 looked after children would follow from the 30 ever on a plan or in care, less the 22
    # of whom a plan was the most, if the row and the share were both shown.
    table = one_la(
        (800, 60, 50, 22, 8),
        {"x": [(800, 90), (60, 30), (50, 25), (22, 11), (8, 4)]},
        {"any_cin": 80, "any_cpp": 30, "any_cla": 8},
    )
    cleared = clear(table).filter(adjustment="sex_cohort")
    status = dict(cleared.filter(group="all").select("outcome", "status").iter_rows())

    assert hidden_in(table, "x") == {"cpp", "cla"}
    assert status == {
        "x": "shown", "any_cin": "shown", "any_cpp": "suppressed", "any_cla": "suppressed"
    }  # fmt: skip


def test_an_intervention_that_cuts_the_hidden_groups_apart_is_hidden():
    # Referral and looked after are hidden; those at or above `cin` would give looked after alone.
    table = one_la(
        (800, 9, 50, 40, 8),
        {"x": [(800, 90), (9, 4), (50, 25), (40, 20), (8, 4)]},
        {"any_cin": 98},
    )
    cleared = clear(table).filter(adjustment="sex_cohort", outcome="any_cin")

    assert cleared["status"].to_list() == ["suppressed"]


def test_an_intervention_without_a_known_state_is_hidden_beside_a_hidden_group():
    table = one_la(
        (800, 60, 50, 22, 8),
        {"x": [(800, 90), (60, 30), (50, 25), (22, 11), (8, 4)]},
        {"help": 80},
    )

    assert hidden_in(table, "help") == {"all"}


def test_a_missing_row_is_shown_as_suppressed_not_left_out():
    whole = one_la(
        (800, 60, 50, 40, 30), {"x": [(800, 90), (60, 30), (50, 25), (40, 20), (30, 15)]}
    )
    other = whole.with_columns(la_code=pl.lit("902"), la_name=pl.lit("B"))
    table = pl.concat([whole, other.filter(pl.col("group") != "cla")])
    cleared = clear(table)

    assert cleared.height == whole.height * 2
    gap = cleared.filter(la_code="902", group="cla")
    assert gap["status"].unique().to_list() == ["suppressed"]


def test_shrunken_rates_are_left_out_where_too_few_authorities_are_shown(shown):
    of_shown = shown.filter(status="shown").group_by("outcome", "group", "adjustment")
    counted = of_shown.agg(
        pl.len(), pl.col("shrunken_rate").is_null().all(), pl.col("ratio").null_count()
    )

    assert counted.filter(pl.col("shrunken_rate") != (pl.col("len") < 3)).is_empty()
    assert counted["ratio"].sum() == 0


def test_rows_in_another_order_give_the_same_table(exact, shown):
    shuffled = exact.sample(fraction=1, shuffle=True, seed=3)

    assert clear(shuffled).equals(shown)


# Which cells are hidden may hang on exact counts (that is what a threshold is). What is shown in
# a shown cell may not: any exact count that rounds to the same figure gives the same row.
def test_no_exact_count_can_be_had_from_what_is_shown(exact, shown):
    rng = np.random.default_rng(8)
    moved = exact.join(shown.select(*KEY, "status"), on=KEY).to_dicts()
    by_cell = {}
    for row in moved:
        if row["status"] == "shown":
            cell = by_cell.setdefault(tuple(row[k] for k in KEY[:3]), nudged(row, rng))
            row["expected"] *= cell[0] / row["persons"]
            row["persons"], row["events"] = cell
    other = frame("la_equity", moved)

    assert not other.equals(exact)
    assert clear(other).equals(shown)


def nudged(row, rng):
    """Other counts of the same rounded figures, on the same side of the threshold."""
    persons, events = RULE.possible(row["persons"]), RULE.possible(row["events"])
    while True:
        other = (
            rng.integers(persons.low, persons.high + 1),
            rng.integers(events.low, events.high + 1),
        )
        if not RULE.hides(*map(int, other)):
            return tuple(map(int, other))


def some_of(most):
    return st.tuples(*[st.integers(max(0, n - 6), n) for n in most])


def counted(groups):
    """Persons who are most of each group's children, and events among them."""
    return some_of(groups).flatmap(
        lambda seen: st.tuples(st.just(seen), st.tuples(*[st.integers(0, n) for n in seen]))
    )


drawn_las = st.tuples(*[st.integers(0, 45)] * 5).flatmap(
    lambda groups: st.tuples(
        st.just(groups),
        counted(groups),
        counted(groups),
        st.one_of(st.none(), st.tuples(*[st.integers(0, 100)] * 2)),
    )
)


@settings(max_examples=25, deadline=None)
@given(drawn_las)
def test_an_attacker_with_every_shown_row_bounds_no_hidden_group_closely(drawn):
    groups, *outcomes, ever = drawn
    groups = (groups[0] + 300, *groups[1:])
    outcomes = {
        name: [(n + 300, e + 60) if k == 0 else (n, e) for k, (n, e) in enumerate(cells)]
        for name, cells in zip(
            "xy", (zip(*outcome, strict=True) for outcome in outcomes), strict=True
        )
    }
    nested = ever is None  # everyone above a state was in it too, and the attacker knows that
    first, second = ever or (100, 100)
    cla = groups[4]
    cpp = cla * first // 100 + groups[3]
    cin = (cla + groups[3]) * second // 100 + groups[2]
    interventions = {"any_cin": cin, "any_cpp": cpp, "any_cla": cla}
    assert_hidden_groups_are_safe(one_la(groups, outcomes, interventions), nested=nested)


def assert_hidden_groups_are_safe(table, *, nested=False):
    rows = clear(table).filter(adjustment="sex_cohort").to_dicts()
    attack = Attack(rows, table["la_children"][0], nested=nested)
    for row in rows:
        if row["status"] == "suppressed" and row["group"] != "all":
            for what in ("persons", "events"):
                low, high = attack.bounds(f"{what} {row['outcome']}", row["group"])
                assert high - low >= RULE.threshold - 1e-6, (row, what, low, high)


def test_shares_shown_in_one_outcome_do_not_undo_what_another_hides():
    # The two children on plans would be at most 384 less 305 less three times 25, if one outcome
    # showed the share of those looked after and the other that of those referred.
    table = one_la(
        (305, 25, 25, 2, 25),
        {
            "x": [(305, 50), (24, 12), (25, 12), (2, 1), (25, 12)],
            "y": [(305, 50), (25, 12), (25, 12), (2, 1), (24, 12)],
        },
    )

    assert_hidden_groups_are_safe(table)


class Attack:
    """
    All that one LA's shown rows say, as linear constraints on children, persons and events.

    The attacker knows the rules, the children of the LA (rounded), that persons are some of the
    children of their group and events some of the persons, and that a row on an intervention
    counts the children of its state and some of those above it.
    """

    def __init__(self, rows, children, nested):
        self.is_nested = nested
        unknown = ("children", "persons x", "events x", "persons y", "events y")
        self.columns = {
            (what, group): k
            for k, (what, group) in enumerate((what, g) for what in unknown for g in GROUPS[1:])
        }
        self.rows, self.limits = [], []
        for group in GROUPS[1:]:
            for name in "xy":
                persons, events = f"persons {name}", f"events {name}"
                self.require({(persons, group): 1, ("children", group): -1}, -1e6, 0)
                self.require({(events, group): 1, (persons, group): -1}, -1e6, 0)
        self.require({("children", group): 1 for group in GROUPS[1:]}, *RULE.possible(children))
        for row in rows:
            if row["status"] == "shown":
                self.learn(row, children)

    def learn(self, row, children):
        persons, events = RULE.possible(row["persons"]), RULE.possible(row["events"])
        name = row["outcome"]
        if name.startswith("any_"):
            state = GROUPS.index(name.removeprefix("any_"))
            above = {("children", group): 1 for group in GROUPS[state:]}
            self.require(above, events.low, events.high if self.is_nested else 1e6)
            self.require({("children", GROUPS[state]): 1}, 0, events.high)
            return
        groups = GROUPS[1:] if row["group"] == "all" else [row["group"]]
        self.require({(f"persons {name}", group): 1 for group in groups}, *persons)
        self.require({(f"events {name}", group): 1 for group in groups}, *events)
        if row["group"] != "all":
            held = round(row["group_share"] * RULE.rounded(children) / 10) * 10
            self.require({("children", row["group"]): 1}, *RULE.possible(held))

    def require(self, coefficients, low, high):
        line = np.zeros(len(self.columns))
        for column, value in coefficients.items():
            line[self.columns[column]] = value
        self.rows += [line, -line]
        self.limits += [high, -low]

    def bounds(self, what, group):
        goal = np.zeros(len(self.columns))
        goal[self.columns[what, group]] = 1
        solved = [
            linprog(sign * goal, A_ub=self.rows, b_ub=self.limits, bounds=(0, None))
            for sign in (1, -1)
        ]
        assert [s.status for s in solved] == [0, 0]
        return solved[0].fun, -solved[1].fun
