import keras
import numpy as np
import pytest

from tests.unit.deepexpression.small_networks import BINS, LENGTH, RESOLUTION, cell, settings
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.deepexpression.models.fold_models import (
    TargetScale,
    blank_input,
    combine_members,
    inputs_for,
    member_networks,
    predict_genes,
    predict_inputs,
    window_bins,
)
from workflow_scripts.deepexpression.models.networks import joint_network


def test_model_of_several_networks_is_their_mean():
    data, genes = cell(20), np.arange(20)
    joint = [
        joint_network(
            settings()["network"], promoter=0, bins=BINS, window=slice(0, BINS),
            task="regression", seed=seed,
        )
        for seed in (1, 2)
    ]  # fmt: skip
    single = [predict_inputs(m, [data.hichip]) for m in joint]
    assert not np.allclose(*single)
    model = combine_members(joint, TargetScale(mean=5.0, deviation=3.0))
    expected = np.mean(single, 0) * 3 + 5
    np.testing.assert_allclose(predict_genes(model, data, genes), expected, rtol=1e-4, atol=1e-5)
    assert member_networks(model) == joint


def test_blanked_inputs():
    model = keras.Model(
        inputs := [keras.Input((LENGTH,), name="bases"), keras.Input((BINS,), name="signal")],
        inputs[1],
    )
    data = cell(4)
    given = inputs_for(model, data, np.arange(4))
    assert (blank_input(model, given, "bases")[0] == 4).all()
    assert (blank_input(model, given, "signal")[1] == 0).all()
    assert np.array_equal(blank_input(model, given, "bases")[1], data.hichip)


@pytest.mark.parametrize("name", ["full_12kb", "full_500kb"])
def test_windows_off_the_grid_are_rejected(name):
    with pytest.raises(
        UserError, match=r"expected: multiples of 5000 \(loops.resolution\) up to 50000"
    ):
        window_bins(name, bins=BINS, resolution=RESOLUTION)
