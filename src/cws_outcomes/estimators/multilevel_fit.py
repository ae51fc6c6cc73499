"""What a multilevel fit says: fixed effects, variances, effects of levels and draws of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import polars as pl
from scipy import linalg, stats

from cws_outcomes.estimators import inputs
from cws_outcomes.estimators.covariates import Covariate, predictors
from cws_outcomes.estimators.elimination import Factor, scaled
from cws_outcomes.estimators.errors import EstimationError
from cws_outcomes.estimators.grouping import Grouping, added
from cws_outcomes.estimators.inputs import Floats
from cws_outcomes.estimators.responses import RESPONSES

Z = float(stats.norm.ppf(0.975))
# Of the latent variable's distribution: level 1 on the scale of the link.
LATENT_VARIANCE = {"logit": np.pi**2 / 3, "cloglog": np.pi**2 / 6}


@dataclass(frozen=True, eq=False)
class RandomEffects:
    """
    The effects of all levels at the estimates, in the units of the data.

    Attributes
    ----------
    groups : Grouping
        Factors.
    factor : Factor
        Of the equations of the effects.
    modes : (effects,) floats
        In units of the scales.
    pull : (effects, terms) floats
        How far the modes move with the fixed effects.
    bread : (terms, terms) floats
        Information of the fixed effects, given the variances.
    variance : float
        Residual variance; 1 where there is none.
    units : list of (width, width) floats
        From effects on the columns of z to those on the covariates as given.
    """

    groups: Grouping
    factor: Factor
    modes: Floats
    pull: Floats
    bread: Floats
    variance: float
    units: list[Floats]

    def covariances(self) -> dict[str, Floats]:
        """Covariance of each factor's effects."""
        return {
            name: self.variance * (root @ root.T)
            for name, root in zip(self.groups.names, self._roots(), strict=True)
        }

    def _roots(self) -> list[Floats]:
        scales = self.factor.scales
        return [unit @ scales[k, : len(unit), : len(unit)] for k, unit in enumerate(self.units)]

    def in_units(self) -> list[Floats]:
        """Modes of each factor (levels, width) on the covariates as given."""
        return [effects[:, :, 0] for effects in self._in_units(self.modes[:, None])]

    def table(self, place: int) -> pl.DataFrame:
        """Modes and their errors."""
        unit = self.units[place]
        effects = self.in_units()[place]
        spread = self.variance * self.factor.inverse().of_level(place)
        error = np.sqrt(np.maximum(np.einsum("ab,lbc,ac->la", unit, spread, unit), 0.0))
        return self._by_level(place).with_columns(
            estimate=effects.ravel(), std_error=error.ravel(),
            lower=(effects - Z * error).ravel(), upper=(effects + Z * error).ravel(),
        )  # fmt: skip

    def draw(self, n: int, seed: int) -> pl.DataFrame:
        """Draw all effects ``n`` times from their joint normal approximation."""
        noise = np.random.default_rng(seed)
        fixed = linalg.solve_triangular(
            linalg.cholesky(self.bread), noise.standard_normal((len(self.bread), n))
        )
        own = self.factor.solve_half(noise.standard_normal((self.groups.effects, n)))
        drawn = self.modes[:, None] + np.sqrt(self.variance) * (own - self.pull @ fixed)
        tables = []
        for place, effects in enumerate(self._in_units(drawn)):
            draws = pl.Series(effects.reshape(-1, n), dtype=pl.Array(pl.Float64, n))
            group = pl.lit(self.groups.names[place])
            levels = self._by_level(place).with_columns(pl.col("level").cast(pl.String))
            tables.append(levels.select(group.alias("group"), pl.all(), effect=draws))
        return pl.concat(tables)

    def _in_units(self, effects: Floats) -> list[Floats]:
        shifted = scaled(self.groups, self.factor.scales, effects, transposed=False)
        return [
            np.einsum("ab,lbk->lak", unit, self.groups.of(shifted, place))
            for place, unit in enumerate(self.units)
        ]

    def _by_level(self, place: int) -> pl.DataFrame:
        terms = ["(Intercept)", *self.groups.slopes[place]]
        levels = self.groups.levels[place]
        return pl.DataFrame({"level": levels}).join(pl.DataFrame({"term": terms}), how="cross")


@dataclass(frozen=True, eq=False)
class MultilevelFit:
    """
    A fitted multilevel model.

    Attributes
    ----------
    table : polars.DataFrame
        Fixed effects: ``term``, ``estimate`` (on the scale of the link), ``std_error``,
        ``lower``, ``upper`` (95 %, normal), ``z``, ``p_value``. The first is ``(Intercept)``.
        Errors of a gaussian model are given the variances, as lme4's; of other families from the
        joint information of fixed effects and variances, as ``glmer`` with ``use.hessian``.
    variances : polars.DataFrame
        Random effects: ``group``, ``term``, ``variance``, ``sd``, ``correlation`` (of a slope
        with the intercept of its group; all of them follow from ``covariances``). Last, of a
        gaussian model, ``residual``; of a negative binomial, ``dispersion``: the variance
        ``1 / theta`` of the gamma variable that multiplies the mean.
    covariance : (terms, terms) floats
        Of the fixed effects.
    covariances : dict of str to (effects, effects) floats
        Of the random effects of each group.
    log_likelihood : float
        All constants included, as R's ``logLik`` of the rows given; REML where that is the method.
    at_boundary : bool
        Whether a variance was estimated as zero, or a correlation as one in size.
    boundary : list of str
        The groups where that is so (and ``dispersion``).
    theta : float or None
        Of the negative binomial: variance ``mean + mean^2 / theta``.
    n, trials, cells : int
        Rows given, trials in them (rows, unless named), and distinct cells that were fitted.
    levels : dict of str to int
        Number of levels of each grouping factor.
    family, link, method : str
        As fitted.
    """

    table: pl.DataFrame
    variances: pl.DataFrame
    covariance: Floats
    covariances: dict[str, Floats]
    log_likelihood: float
    at_boundary: bool
    boundary: list[str]
    theta: float | None
    n: int
    trials: int
    cells: int
    levels: dict[str, int]
    family: str
    link: str
    method: str
    _random: RandomEffects = field(repr=False)
    _mean: float = field(repr=False)
    _covariates: list[Covariate] = field(repr=False)
    _offset: str | None = field(repr=False)

    def effects(self, group: str) -> pl.DataFrame:
        """
        Return the effect of each level of a grouping factor.

        Returns
        -------
        polars.DataFrame
            ``level``, ``term``, ``estimate`` (mode, on the scale of the link), ``std_error``,
            ``lower``, ``upper`` (95 %). The error is that of the level given the parameters, as
            lme4's ``condVar``: it leaves out that these are estimated.
        """
        return self._random.table(self._place(group))

    def predict(self, data: object, *, effects: bool = True) -> pl.Series:
        """
        Means of new rows (probabilities, counts with the row's offset), one for each row.

        Parameters
        ----------
        data : polars.DataFrame or pandas.DataFrame
            The covariates and, where the fit has them, the offset; the grouping factors and the
            covariates of random slopes, unless ``effects`` are left out.
        effects : bool
            Whether to add the estimated effects of the rows' levels, as R's ``predict`` with
            ``re.form = NULL, allow.new.levels = TRUE``: a level that the fit has not seen has
            effects of 0, those of a typical level of the population. Without them, as ``re.form =
            NA``, every level is such a one. But for the identity link that is not the mean over
            all levels.

        Raises
        ------
        EstimationError
            A column is absent or has gaps, or a covariate holds a level that the fit has not seen.
        """
        groups = self._random.groups
        wanted = [*groups.names, *groups.variables] if effects else []
        names = [known.name for known in self._covariates]
        frame = inputs.complete(data, names, wanted, self._offset)
        eta = predictors(frame, self._covariates, self.table["estimate"].to_numpy()[:, None])[:, 0]
        if self._offset is not None:
            eta += inputs.numbers(frame, self._offset)
        if effects:
            eta += added(frame, groups, self._random.in_units())
        mean = RESPONSES[self.family][self.link].mean
        return pl.Series("prediction", np.asarray(mean(eta), dtype=np.float64))

    def draw_effects(self, n: int, seed: int) -> pl.DataFrame:
        """
        Draw the effects of all levels from their joint posterior, as for ranks.

        Given the variances (and the dispersion), which are taken as estimated: fixed effects, with
        a flat prior, and random effects are drawn together. Exact for a gaussian model; for other
        families the normal approximation at the mode.

        Parameters
        ----------
        n : int
            Draws.
        seed : int
            Of the random numbers: the same seed gives the same draws.

        Returns
        -------
        polars.DataFrame
            ``group``, ``level`` (as text), ``term``, ``effect`` (an array of ``n`` draws).
        """
        return self._random.draw(n, seed)

    def vpc(self, at: Mapping[str, float] | None = None) -> dict[str, float]:
        """
        Share of the latent variance that is between the levels of each group.

        The variance within is the residual one; pi^2 / 3 of a logit and pi^2 / 6 of a
        complementary log-log link; of counts log(1 + 1 / m + 1 / theta) at their mean m
        (Nakagawa, Johnson and Schielzeth 2017, J. R. Soc. Interface 14, 20170213).

        Parameters
        ----------
        at : mapping of str to float, optional
            Values of covariates with a random slope, where the share depends on them; 0 for those
            that are not named.
        """
        between = self._between(at)
        total = sum(between.values()) + self._within()
        return {group: variance / total for group, variance in between.items()}

    def median_odds_ratio(self, at: Mapping[str, float] | None = None) -> dict[str, float]:
        """
        Median odds ratio of two levels drawn at random: exp(sqrt(2) sd 0.6745), by group.

        Larsen and Merlo (2005), American Journal of Epidemiology 161, 81-88. With a log link it is
        a median rate ratio, with a complementary log-log a median hazard ratio.

        Parameters
        ----------
        at : mapping of str to float, optional
            As in ``vpc``.
        """
        if self.family == "gaussian":
            raise EstimationError("a gaussian model has no odds ratio; see vpc()")
        factor = np.sqrt(2) * stats.norm.ppf(0.75)
        between = self._between(at).items()
        return {group: float(np.exp(factor * np.sqrt(variance))) for group, variance in between}

    def _place(self, group: str) -> int:
        names = self._random.groups.names
        if group not in names:
            raise EstimationError(f"no such group; there is {inputs.listed(list(self.levels))}")
        return names.index(group)

    def _between(self, at: Mapping[str, float] | None) -> dict[str, float]:
        values = dict(at or {})
        groups = self._random.groups
        unknown = sorted(set(values) - set(groups.variables))
        if unknown:
            raise EstimationError(f"no slope varies with {inputs.listed(unknown)}")
        shares = {}
        for group in self.levels:
            slopes = groups.slopes[self._place(group)]
            z = np.array([1.0, *(values.get(name, 0.0) for name in slopes)])
            shares[group] = float(z @ self.covariances[group] @ z)
        return shares

    def _within(self) -> float:
        if self.family == "gaussian":
            return self._random.variance
        if self.family == "binomial":
            return float(LATENT_VARIANCE[self.link])
        more = 0.0 if self.theta is None else 1 / self.theta
        return float(np.log1p(1 / self._mean + more))
