import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from cws_outcomes.disclosure.counts import Interval, Rule
from cws_outcomes.disclosure.secondary import Counted, with_partners
from cws_outcomes.errors import ConfigError

RULE = Rule(10, 10)


@pytest.mark.parametrize(
    ("count", "shown"), [(0, None), (9, None), (10, 10), (14, 10), (15, 20), (24, 20), (25, 30)]
)
def test_a_count_is_hidden_below_ten_and_rounded_half_up_above(count, shown):
    assert RULE.shown(count) == shown


@pytest.mark.parametrize(
    ("persons", "events", "hidden"),
    [
        (100, 50, False),
        (9, 5, True),  # persons
        (100, 9, True),  # events
        (100, 0, True),  # zero is as telling as one
        (100, 91, True),  # complement
        (24, 14, False),
        (34, 25, True),  # complement of 9
        (24, 15, True),  # both would be shown as 20
    ],
)
def test_persons_events_and_complement_each_hide_a_row(persons, events, hidden):
    assert RULE.hides(persons, events) is hidden


@given(st.integers(10, 10_000))
def test_what_a_shown_figure_leaves_possible_is_what_rounds_to_it(count):
    low, high = RULE.possible(count)

    assert all(RULE.shown(n) == RULE.shown(count) for n in (low, high))
    assert RULE.shown(high + 1) != RULE.shown(count)
    assert RULE.shown(low - 1) != RULE.shown(count)


def test_a_part_taken_away_leaves_no_less_than_nothing():
    assert Interval(15, 24).minus(Interval(10, 14)) == Interval(1, 14)
    assert Interval(15, 24).minus(Interval(25, 34)) == Interval(0, -1)


@pytest.mark.parametrize(("threshold", "round_to"), [(0, 10), (10, 0), (12, 10)])
def test_a_rule_that_shows_less_than_its_threshold_is_refused(threshold, round_to):
    with pytest.raises(ConfigError, match="multiple of round_to"):
        Rule(threshold, round_to)


def test_one_hidden_part_alone_takes_the_next_smallest():
    parts = {"none": Counted(900, 300), "cin": Counted(60, 30), "cla": Counted(12, 5)}

    assert with_partners(parts, Counted(972, 335), {"cla"}, RULE) == {"cla", "cin"}


def test_two_hidden_parts_take_a_third_when_subtraction_would_close_in_on_both():
    # Shown: 1010 of whom 990 + 20, so 1000 to 1014 less 985 to 994 less 15 to 24 leaves 0 to 14.
    # With 1000 of whom 980 + 30 (25 to 34) the two others could be at most 4.
    parts = {
        "none": Counted(975, 500), "cin": Counted(25, 12), "cpp": Counted(2, 1),
        "cla": Counted(2, 1),
    }  # fmt: skip

    assert with_partners(parts, Counted(1004, 514), {"cpp", "cla"}, RULE) == {"cpp", "cla", "cin"}


def test_nothing_hidden_takes_nothing():
    assert with_partners({"a": Counted(50, 20)}, Counted(50, 20), set(), RULE) == set()


part = st.integers(0, 60).flatmap(
    lambda persons: st.integers(0, persons).map(lambda events: Counted(persons, events))
)


@settings(max_examples=60, deadline=None)
@given(st.lists(part, min_size=2, max_size=6))
def test_an_attacker_who_subtracts_bounds_no_hidden_part_closer_than_the_threshold(counts):
    parts = dict(enumerate(counts))
    whole = Counted(sum(c.persons for c in counts), sum(c.events for c in counts))
    if RULE.hides(whole.persons, whole.events):
        return
    small = {k for k, c in parts.items() if RULE.hides(c.persons, c.events)}
    hidden = with_partners(parts, whole, small, RULE)

    assert small <= hidden
    for target in hidden:
        for measure in (0, 1):
            low, high = attacked(parts, whole, hidden, target, measure)
            assert high - low >= RULE.threshold - 1e-6


def attacked(parts, whole, hidden, target, measure):
    """Bounds of a hidden count by linear programming; persons of all parts, then events."""
    size = len(parts)
    bounds = [(0, None)] * (2 * size)
    rows, limits = [], []

    def require(coefficients, low, high):
        row = [0.0] * (2 * size)
        for column, value in coefficients.items():
            row[column] = value
        rows.append(row)
        limits.append(high)
        rows.append([-value for value in row])
        limits.append(-low)

    for k, counted in parts.items():
        if k in hidden:
            require({size + k: 1.0, k: -1.0}, -1e6, 0)  # events are some of the persons
            continue
        bounds[k], bounds[size + k] = RULE.possible(counted.persons), RULE.possible(counted.events)
        require({k: 1.0, size + k: -1.0}, RULE.threshold, 1e6)  # shown, so its complement counts
    require(dict.fromkeys(range(size), 1.0), *RULE.possible(whole.persons))
    require(dict.fromkeys(range(size, 2 * size), 1.0), *RULE.possible(whole.events))
    found = []
    for sign in (1, -1):
        goal = [0.0] * (2 * size)
        goal[measure * size + target] = sign
        solved = linprog(goal, A_ub=rows, b_ub=limits, bounds=bounds)
        assert solved.status == 0
        found.append(sign * solved.fun)
    return found
