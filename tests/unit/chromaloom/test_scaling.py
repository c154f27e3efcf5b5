"""Scaling to 0-1: bounds, order, holes, refusals."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from workflow_scripts.chromaloom.genomics.scaling import scale_track
from workflow_scripts.chromaloom.workflow.errors import UserError

VALUES = arrays(
    np.float64, st.integers(5, 40), elements=st.floats(-1e3, 1e3).map(lambda x: round(x, 3))
)
RULE = st.sampled_from(["minmax", "percentile", {"rule": "percentile", "low": 10, "high": 80}])


@given(values=VALUES, holes=st.integers(0, 3), rule=RULE)
def test_scaled_values_keep_bounds_order_and_holes(values, holes, rule):
    values[:holes] = np.nan
    try:
        scaled = scale_track(values, rule)
    except UserError as error:
        assert "percentile" in str(error)
        assert np.ptp(np.nanpercentile(values, [10, 80])) == 0 or np.ptp(values[holes:]) == 0
        return
    np.testing.assert_array_equal(np.isnan(scaled), np.isnan(values))
    kept = scaled[holes:]
    assert kept.min() == 0 and kept.max() == 1
    order = np.argsort(values[holes:], kind="stable")
    assert (np.diff(kept[order]) >= 0).all()


def test_minmax_is_affine_and_percentile_clips():
    values = np.array([-2.0, 0, np.nan, 2, 6])
    np.testing.assert_allclose(scale_track(values, "minmax"), [0, 0.25, np.nan, 0.5, 1])
    many = np.r_[np.linspace(0, 1, 99), 1e6]
    assert scale_track(many, "minmax")[50] < 1e-5
    assert 0.4 < scale_track(many, {"rule": "percentile", "low": 1, "high": 98})[50] < 0.6


def test_fractions_stay_as_they_are():
    values = np.array([0.0, 0.3, np.nan, 1.0])
    np.testing.assert_array_equal(scale_track(values, "none"), values)


@pytest.mark.parametrize(
    ("values", "rule", "words"),
    [
        ([np.nan, np.nan], "minmax", "all values are NaN"),
        ([0.0, np.inf], "minmax", "infinite"),
        ([0.0, 1.5], "none", "0 to 1"),
        ([3.0, 3.0], "minmax", "spread"),
        ([0.0, 1.0], "zscore", "minmax"),
        ([0.0, 1.0], {"rule": "percentile", "low": 90, "high": 10}, "low < high"),
        ([0.0, 1.0], {"rule": "percentile", "lo": 1}, "'lo'"),
    ],
)
def test_errors_are_one_line_with_what_is_allowed(values, rule, words):
    with pytest.raises(UserError, match=words) as error:
        scale_track(np.array(values), rule, "H1_S2")
    assert "\n" not in str(error.value)
