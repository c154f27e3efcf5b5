import keras
import numpy as np
import pytest
from conformation_networks import random_profiles

from workflow_scripts.conformation.models.losses import TRANSFORMS, MaskedSquaredError
from workflow_scripts.conformation.models.networks import (
    build_forward,
)


@pytest.mark.parametrize("transform", TRANSFORMS)
def test_masked_pixels_have_no_loss_and_no_gradient(transform):
    rng = np.random.default_rng(5)
    truth, guess = rng.random((2, 3, 8)).astype("float32")
    masked = truth.copy()
    masked[:, 2] = np.nan
    masked[1] = np.nan
    known = np.isfinite(masked)
    error = MaskedSquaredError(transform)
    change = [np.asarray(TRANSFORMS[transform](x)) for x in (guess, truth)]
    expected = ((change[0] - change[1])[known] ** 2).mean()
    assert float(error(masked, guess)) == pytest.approx(expected, rel=1e-4)

    # the slope of the loss by each pixel, by differences, is 0 where it is masked
    def loss(at, step):
        moved = guess.astype("float64")
        moved[at] += step
        return float(error(masked.astype("float64"), moved))

    assert loss((1, 0), 0.1) == loss((1, 0), 0) == loss((0, 2), 0.1)
    assert loss((0, 0), 0.1) != loss((0, 0), 0)


def test_a_training_step_with_masked_targets_stays_finite():
    network = build_forward(n_factors=4, window=6, output_bias=1.0)
    network.compile(keras.optimizers.SGD(0.1), loss=MaskedSquaredError("log1p"))
    targets = np.ones((5, 21), "float32")
    targets[:, 3] = np.nan
    targets[0] = np.nan
    targets[:, 4] = 2
    before = network.get_layer("pixels").get_weights()[1]
    network.fit(random_profiles(), targets, verbose=0)
    after = network.get_layer("pixels").get_weights()[1]
    assert all(np.isfinite(values).all() for values in network.get_weights())
    assert before[3] == after[3]  # no gradient
    assert before[4] != after[4]


def test_a_batch_without_measured_pixels_has_loss_0():
    empty = np.full((2, 4), np.nan, "float32")
    assert float(MaskedSquaredError()(empty, np.ones((2, 4), "float32"))) == 0
