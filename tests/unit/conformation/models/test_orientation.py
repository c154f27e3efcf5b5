import numpy as np
import pytest
from conformation_networks import evaluated_at, random_profiles

from workflow_scripts.conformation.models.networks import (
    build_forward,
    sigma_model,
)
from workflow_scripts.conformation.models.orientation import (
    initialize_filters_pca,
    mirror_filter,
    orient_filters,
    sigma_reference,
)


@pytest.mark.parametrize(("filters", "linear"), [(1, False), (3, False), (2, True)])
def test_mirroring_a_filter_keeps_the_output(filters, linear):
    network = build_forward(n_factors=4, window=6, filters=filters, linear=linear, seed=2)
    values = random_profiles()
    before, sigma = evaluated_at(network, values), evaluated_at(sigma_model(network), values)
    mirror_filter(network, filters - 1)
    np.testing.assert_allclose(evaluated_at(network, values), before, atol=1e-6)
    mirrored = evaluated_at(sigma_model(network), values)[..., -1]
    np.testing.assert_allclose(mirrored, (0 if linear else 1) - sigma[..., -1], atol=1e-6)


def test_orientation_follows_the_reference():
    track = np.random.default_rng(3).random((4, 200)).astype("float32")
    for seed in range(4):
        network = build_forward(n_factors=4, window=6, filters=2, seed=seed)
        reference = track[0] - track[1]
        reference[::7] = np.nan
        orient_filters(network, track, reference)
        known = np.isfinite(reference)
        # the sigmoid's input: σ itself is a monotone function of it
        kernel, bias = network.get_layer("sigma").get_weights()
        for drive in (track.T @ kernel[0] + bias).T:
            assert np.corrcoef(drive[known], reference[known])[0, 1] > 0
        assert orient_filters(network, track, reference) == [False, False]


def test_without_activity_the_reference_is_the_sum_of_profiles():
    track = np.random.default_rng(3).random((4, 20))
    known, name = sigma_reference(np.repeat([0.0, 1.0, np.nan], [5, 5, 10]), track)
    assert name == "activity"
    assert np.isnan(known[10:]).all()
    for nothing in (None, np.full(20, np.nan), np.ones(20)):
        assert (sigma_reference(nothing, track)[0] == track.sum(0)).all()


def test_filters_are_initialized_with_principal_components():
    rng = np.random.default_rng(4)
    hidden = rng.standard_normal(500)
    track = (np.outer([1, -1, 0.5, 0], hidden) + 0.1 * rng.random((4, 500))).astype("float32")
    network = build_forward(n_factors=4, window=6, filters=2)
    initialize_filters_pca(network, track)
    kernel, bias = network.get_layer("sigma").get_weights()
    drive = track.T @ kernel[0] + bias
    assert abs(np.corrcoef(drive[:, 0], hidden)[0, 1]) > 0.99
    np.testing.assert_allclose(drive.mean(0), 0, atol=1e-4)
    np.testing.assert_allclose(drive.std(0), 1.5, rtol=1e-3)
    assert abs(np.corrcoef(drive.T)[0, 1]) < 1e-3
