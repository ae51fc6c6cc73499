"""Rows by a small whole number, whatever the parts and the threads."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cws_outcomes.estimators import ordering


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(-1, 6), max_size=200), st.integers(1, 50), st.sampled_from([1, 2, 3]))
def test_equals_a_stable_sort(keys, fewest, threads):
    keys = np.array(keys, dtype=np.int32)
    with pytest.MonkeyPatch.context() as patch:  # parts of a few rows
        patch.setattr(ordering, "FEWEST_ROWS", fewest)
        patch.setattr(ordering, "ROWS_A_KEY", 0)
        order, begins = ordering.in_order(keys, 7, threads)
    kept = np.flatnonzero(keys >= 0)
    assert order.tolist() == kept[np.argsort(keys[kept], kind="stable")].tolist()
    assert begins.tolist() == np.searchsorted(np.sort(keys[kept]), np.arange(8)).tolist()
