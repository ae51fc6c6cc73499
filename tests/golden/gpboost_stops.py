"""
Record where gpboost stops on small_schools.csv, with each of its ways to invert matrices.

Run where gpboost and polars are installed: python tests/golden/gpboost_stops.py
"""

from pathlib import Path

import gpboost
import numpy as np
import polars as pl

HERE = Path(__file__).parent

table = pl.read_csv(HERE / "data" / "small_schools.csv")
fixed = np.column_stack([np.ones(table.height), table.select("meals", "sex").to_numpy()])
outcome = table["outcome"].to_numpy().astype(float)
numbers = []
for method in ("default", "cholesky"):
    model = gpboost.GPModel(
        group_data=table.select("area", "school").to_numpy(),
        likelihood="bernoulli_logit",
        matrix_inversion_method=method,
    )
    model.fit(y=outcome, X=fixed)
    area, school = model.get_cov_pars(format_pandas=False)
    value = -model.get_current_neg_log_likelihood()
    found = {"variance area": area, "variance school": school, "log_likelihood": value}
    numbers += [(method, quantity, f"{number:.15g}") for quantity, number in found.items()]
golden = pl.DataFrame(numbers, ["method", "quantity", "value"], orient="row")
golden = golden.with_columns(versions=pl.lit(f"gpboost {gpboost.__version__}"))
golden.write_csv(HERE / "gpboost.csv")
