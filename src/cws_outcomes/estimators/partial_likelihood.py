r"""
Cox's partial likelihood on (start, stop] rows, from running sums over event times.

With risk :math:`r_i = w_i \exp(x_i\beta)`, tied events share one mean weight :math:`m` and Efron
(1977) lets the l-th of d tied events see a fraction :math:`f = l/d` of them as gone:

.. math:: \ell = \sum_{events} w_i x_i\beta - \sum_{steps} m \log(S_0 - f D_0)

where :math:`S` sums over the risk set and :math:`D` over the tied events. The squares of the
Hessian need no sum over risk sets: a row enters it with :math:`r_i` times the hazard that passes
while it is at risk, so the whole is one weighted cross-product of the rows. Score residuals,
and with them the robust variance of Lin and Wei (1989), come from the same running sums.
Checked in ``tests/golden`` against coxph of R's survival.
"""

from functools import cached_property
from typing import NamedTuple

import numpy as np

from cws_outcomes.estimators import column_loops, risk_sums, score_sums
from cws_outcomes.estimators.codes import Begins
from cws_outcomes.estimators.compiled import in_parts
from cws_outcomes.estimators.design import Design
from cws_outcomes.estimators.errors import EstimationError
from cws_outcomes.estimators.event_grid import Grid
from cws_outcomes.estimators.inputs import Floats, Integers
from cws_outcomes.estimators.newton import Evaluation
from cws_outcomes.estimators.parts import Part, row_parts
from cws_outcomes.estimators.products import product_of
from cws_outcomes.estimators.risk_sums import Rows
from cws_outcomes.estimators.score_sums import Drifts

# Beyond it exp() and its sums lose their meaning long before they overflow.
FARTHEST = 500.0


class State(NamedTuple):
    """What every quantity is made of, at one vector of coefficients."""

    value: float
    risk: Floats  # (rows,) weight times exp(eta - shift)
    shift: float  # what was taken off every linear predictor
    total: Floats  # (times, columns) S: risk, and risk times covariates
    tied: Floats  # (times, columns) D
    sums: Floats  # (5, times) of `risk_sums.hazards`


class PartialLikelihood:
    """
    The log partial likelihood of rows in the order in which they leave.

    Parameters
    ----------
    rows : Rows
        Sorted by stratum and last grid time.
    row_begins : (strata + 1,) integers
        Where each stratum's rows begin.
    grid : Grid
        Event times.
    design : Design
        Covariates of the rows; column 0 of all sums is that of its constant.
    efron : bool
        Efron's treatment of ties, else Breslow's.
    keep : (times,) floats, optional
        Factor of time of Fine and Gray's tails.
    threads : int
        Results do not depend on it, to the last bit.
    """

    def __init__(
        self, rows: Rows, row_begins: Begins, grid: Grid, design: Design, *,
        efron: bool, keep: Floats | None = None, threads: int = 1,
    ) -> None:  # fmt: skip
        self.rows, self.grid, self.design = rows, grid, design
        self._efron, self.threads = efron, threads
        self.keep = np.ones(len(grid.time)) if keep is None else keep
        self._row_begins, self._parts = row_begins, row_parts(row_begins, grid.begins)
        time, weight = rows.tied[self.event_rows], rows.weight[self.event_rows]
        self.events = np.bincount(time, minlength=len(grid.time))
        self.event_weight: Floats = np.bincount(time, weight, len(grid.time)).astype(np.float64)
        self._steps = risk_sums.steps_of(self.events, self.event_weight, efron)
        self._event_sum = column_loops.column_sums(rows.x.taken(self.event_rows), weight)
        self._shift = -float(np.mean(rows.offset)) if len(rows.offset) else 0.0
        self._event_offset = (
            float(np.sum(weight * rows.offset[self.event_rows])) if len(rows.offset) else 0.0
        )
        self._latest: tuple[Floats, State | None] | None = None

    @cached_property
    def by_place(self) -> Floats:
        """What each number, then each place, adds to each column."""
        return self.rows.x.by_place()

    @property
    def weight(self) -> float:
        """Total weight of the events."""
        return float(np.sum(self.event_weight))

    def evaluate(self, beta: Floats) -> Evaluation:
        """Return log-likelihood, score and information; a value of -inf if exp() overflows."""
        state = self.state(beta)
        if state is None:
            return Evaluation(-np.inf, np.zeros(len(beta)), np.eye(len(beta)))
        steps = state.sums[:2].T
        seen, gone = product_of(steps, state.total)[0], product_of(steps, state.tied)[1]
        score = (self._event_sum - seen + gone)[1:]
        return Evaluation(state.value, score, self.information(state))

    def state(self, beta: Floats) -> State | None:
        """Sum over risk sets; None where a linear predictor is out of reach."""
        if self._latest is None or not np.array_equal(self._latest[0], beta):
            self._latest = None  # its tables make room for the next
            self._latest = beta.copy(), self._summed(beta)
        return self._latest[1]

    def at(self, beta: Floats) -> State:
        """
        Sum over risk sets where that has been possible before.

        Raises
        ------
        EstimationError
            A linear predictor is out of reach.
        """
        state = self.state(beta)
        if state is None:
            raise EstimationError("the estimates are out of reach of the sums over risk sets")
        return state

    def _summed(self, beta: Floats) -> State | None:
        slopes = np.append(self._shift, beta)
        values, dense = self.rows.x.table @ slopes, slopes[self.rows.x.dense]
        times, width = len(self.grid.time), len(slopes)
        risk = np.empty(len(self.rows.weight))
        total, tied = np.zeros((times, width)), np.zeros((times, width))
        tails = np.zeros((times if len(self.rows.tail) else 0, width))

        def gathered(part: Part) -> tuple[list[Floats], float]:
            own, span = risk[part.low : part.high], slice(part.origin, part.origin + part.size)
            farthest = column_loops.predict(
                self.rows.x, values, dense, self.rows.offset, risk, part.low, part.high
            )
            np.exp(own, out=own)
            tables = [table[span] for table in (total, tied, tails)]
            if not part.is_first:
                tables = [np.zeros_like(table) for table in tables]
            risk_sums.gather(
                self.rows, self.by_place, part.is_crowded, own, part.low, part.origin, *tables
            )
            return tables, farthest

        with np.errstate(over="ignore"):
            parts = in_parts(gathered, self._parts, self.threads)
        if not max(farthest for _, farthest in parts) < FARTHEST:
            return None
        for part, (tables, _) in zip(self._parts, parts, strict=True):
            if not part.is_first:
                span = slice(part.origin, part.origin + part.size)
                for table, own in zip((total, tied, tails), tables, strict=True):
                    table[span] += own
        value, sums = risk_sums.hazards(self._at_risk(total, tails), tied, self._steps)
        value += float(np.sum(self._event_sum[1:] * beta)) + self._event_offset
        return State(value + self._shift * self.weight, risk, self._shift, total, tied, sums)

    def predictor(self, beta: Floats) -> Floats:
        """Linear predictor of each row, its offset included."""
        eta = self.design.predictor(np.append(0.0, beta))
        return eta + self.rows.offset if len(self.rows.offset) else eta

    def information(self, state: State, by_time: Floats | None = None) -> Floats:
        """Negative second derivative; each grid time's part times ``by_time`` if it is given."""
        scale = np.ones(len(self.grid.time)) if by_time is None else by_time
        sums = state.sums * scale
        passed = risk_sums.passed(sums, self.keep, self.grid.begins)

        def of_rows(part: Part | None) -> Floats:
            if part is None:
                return risk_sums.squares_of_means(state.total, state.tied, sums)
            own = risk_sums.own_hazards(self.rows, passed, part.low, part.high)
            own *= state.risk[part.low : part.high]
            return column_loops.pair_sums(self.rows.x, own, part.low, part.high)

        means, *pairs = in_parts(of_rows, [None, *self._parts], self.threads)
        return of_terms(self.design.of_pairs(np.sum(pairs, axis=0)) - means)

    def passing(self, state: State) -> Floats:
        """Hazard that passes while each row is at risk."""
        passed = risk_sums.passed(state.sums, self.keep, self.grid.begins)

        def part(span: Part) -> Floats:
            return risk_sums.own_hazards(self.rows, passed, span.low, span.high)

        return np.concatenate(in_parts(part, self._parts, self.threads))

    def drifts(self, state: State) -> Drifts:
        """What score residuals are made of."""
        moving = score_sums.mean_drifts(
            state.total, state.tied, state.sums, self.keep, self.grid.begins,
            len(self.rows.tail) > 0,
        )  # fmt: skip
        return Drifts(*moving, state.total, state.tied, state.sums, self.event_weight)

    def thinned(self, rows_each: int) -> "PartialLikelihood":
        """
        Return the likelihood of some rows, near enough to begin the climb from.

        As in a case-control study events are worth more than rows at risk: there are as many of
        both, or all events. The others count for those that are left out.
        """
        few = len(self.rows.at) // rows_each
        kinds = self.event_rows, np.flatnonzero(self.rows.tied < 0)
        every = [max(1, len(own) // few) for own in kinds]
        chosen = [own[::step] for own, step in zip(kinds, every, strict=True)]
        some = np.sort(np.concatenate(chosen)).astype(np.int32)
        design, rows = self.design.taken(some), self.rows.taken(some)
        worth = np.where(rows.event, *every)
        rows = rows._replace(x=design.layout, weight=rows.weight * worth)
        return PartialLikelihood(
            rows, np.searchsorted(some, self._row_begins), self.grid, design,
            efron=self._efron, keep=self.keep, threads=self.threads,
        )  # fmt: skip

    def null(self) -> float:
        """Log-likelihood of coefficients of zero, without a look at the covariates."""
        rows, times = self.rows, len(self.grid.time)
        alone = rows._replace(x=rows.x.of_intercept())
        total, tied = np.zeros((2, times, 1))
        tails = np.zeros((times if len(rows.tail) else 0, 1))

        def gathered(part: Part) -> list[Floats]:
            some = slice(part.low, part.high)
            added = rows.offset[some] + self._shift if len(rows.offset) else None
            own = rows.weight[some] if added is None else rows.weight[some] * np.exp(added)
            tables = [
                np.zeros((part.size if len(table) else 0, 1)) for table in (total, tied, tails)
            ]
            risk_sums.gather_places(alone, own, part.low, part.origin, *tables)
            return tables

        each = in_parts(gathered, self._parts, self.threads)
        for part, tables in zip(self._parts, each, strict=True):
            for table, own in zip((total, tied, tails), tables, strict=True):
                table[part.origin : part.origin + len(own)] += own
        value, _ = risk_sums.hazards(self._at_risk(total, tails), tied, self._steps)
        return value + self._event_offset + self._shift * self.weight

    def _at_risk(self, joined: Floats, tails: Floats) -> Floats:
        """Turn what joins and leaves into risk sets, in place: rows backwards, tails forwards."""
        risk_sums.cumulate(joined, self.grid.begins, True)
        if len(tails):
            risk_sums.cumulate(tails, self.grid.begins, False)
            joined += self.keep[:, None] * tails
        return joined

    @cached_property
    def event_rows(self) -> Integers:
        """Rows that end with the event, in the order of the grid."""
        return np.flatnonzero(self.rows.event)


def of_terms(lower: Floats) -> Floats:
    """Both triangles, without the constant."""
    both = np.tril(lower) + np.tril(lower, -1).T
    return np.asarray(both[1:, 1:])
