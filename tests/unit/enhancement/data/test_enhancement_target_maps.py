import cooler
import numpy as np
import pytest
from scipy.ndimage import zoom
from small_maps import BINS, SIZE, SIZES, write_small_map

from workflow_scripts.chromaloom.genomics.contacts import balanced_band, count_band
from workflow_scripts.enhancement.data.map_transforms import (
    bilinear_weights,
    coarse_map,
    covering_bins,
    dense_map,
    expected_contacts,
    observed_map,
    oe_map,
    to_balanced,
    upsample_bilinear,
)

SMOOTH = {"sigma": 0.8, "kernel_size": 7, "clip_value": 2}


@pytest.fixture(scope="module")
def contacts(tmp_path_factory):
    path = write_small_map(tmp_path_factory.mktemp("maps") / "a.mcool", empty=(7, 8))
    return cooler.Cooler(f"{path}::resolutions/{SIZE}")


def random_map(seed=0, masked=()):
    rng = np.random.default_rng(seed)
    values = rng.gamma(2, 1, (BINS, BINS)) / (1 + np.abs(np.subtract.outer(*[np.arange(BINS)] * 2)))
    values = values + values.T
    values[list(masked)] = values[:, list(masked)] = np.nan
    return values


def test_windows_from_the_band_are_those_of_cooler(contacts):
    for balance, make in ((True, balanced_band), (False, count_band)):
        band = make(contacts, "chr1", BINS)
        for first in (0, 5, len(band) - BINS):
            region = ("chr1", first * SIZE, (first + BINS) * SIZE)
            whole = contacts.matrix(balance=balance).fetch(region)
            np.testing.assert_allclose(dense_map(band, first, BINS), whole, rtol=1e-12)


def test_expected_is_the_mean_of_each_diagonal_over_the_genome(contacts):
    chroms = ["chr1", "chr2"]
    found = expected_contacts(contacts, chroms, BINS)
    whole = [contacts.matrix(balance=True).fetch(chrom) for chrom in chroms]
    for distance in range(BINS):
        values = np.concatenate([np.diagonal(matrix, distance) for matrix in whole])
        assert found[distance] == pytest.approx(np.nanmean(values), rel=1e-9)
    # another set of chromosomes, other means
    assert not np.allclose(found, expected_contacts(contacts, ["chr1"], BINS))


def test_coarse_graining_fills_zeros_with_means_and_keeps_the_rest(contacts):
    balanced, raw = (
        dense_map(make(contacts, "chr1", BINS), 4, BINS) for make in (balanced_band, count_band)
    )
    raw[0, 9] = raw[9, 0] = balanced[0, 9] = balanced[9, 0] = 0
    found = coarse_map(balanced, raw, {"cutoff": 2, "max_levels": 8})
    assert (np.isnan(found) == np.isnan(balanced)).all()
    assert np.isnan(found[7 - 4]).all()
    assert found[0, 9] > 0
    near = ~np.isnan(found) & (raw > 20)
    np.testing.assert_allclose(found[near], balanced[near])
    assert np.nansum(found) == pytest.approx(np.nansum(balanced))


def test_oe_of_the_expected_is_zero_and_of_a_multiple_its_logarithm():
    expected = np.linspace(4, 1, BINS)
    mean = expected[np.abs(np.subtract.outer(*[np.arange(BINS)] * 2))]
    assert not oe_map(mean, expected, **SMOOTH).any()
    np.testing.assert_allclose(oe_map(3 * mean, expected, **SMOOTH), np.log(3), rtol=1e-6)
    np.testing.assert_allclose(oe_map(30 * mean, expected, **SMOOTH), 2)
    # no contact counts as expected
    assert not oe_map(0 * mean, expected, **SMOOTH).any()


def test_oe_is_smoothed_by_a_kernel_of_seven_bins():
    expected = np.ones(BINS)
    spike = np.ones((BINS, BINS))
    spike[8, 8] = np.e
    grid = np.arange(-3, 4)
    kernel = np.exp(-(grid[:, None] ** 2 + grid**2) / (2 * 0.8**2))
    found = oe_map(spike, expected, **SMOOTH)
    np.testing.assert_allclose(found[5:12, 5:12], kernel / kernel.sum(), atol=1e-6)
    assert found[4].max() == 0
    raw = oe_map(spike, expected, sigma=0, kernel_size=7, clip_value=2)
    assert raw[8, 8] == pytest.approx(1) and raw.sum() == pytest.approx(1)


def test_masked_bins_are_interpolated_between_their_neighbors():
    coarse = random_map(masked=[5])
    found = oe_map(coarse, np.ones(BINS), sigma=0, kernel_size=7, clip_value=2)
    assert np.isfinite(found).all()
    logs = np.log(coarse).clip(-9, 9)
    half = (logs[4, 10] + logs[6, 10]) / 2
    assert found[5, 10] == pytest.approx(np.clip(half, -2, 2), abs=1e-5)
    np.testing.assert_array_equal(found, found.T)


@pytest.mark.parametrize("zeros", [False, True])
def test_observed_is_the_papers_recipe_and_invertible(zeros):
    coarse = random_map(3)
    if zeros:
        coarse[2, 9] = coarse[9, 2] = 0
    found, scale = observed_map(coarse)
    steps = coarse + coarse[coarse > 0].min()
    steps = np.log(steps / steps.max())
    steps -= steps.min()
    np.testing.assert_allclose(found, steps / steps.max(), atol=1e-6)
    assert found.min() == 0 and found.max() == 1 and found.dtype == np.float32
    np.testing.assert_allclose(to_balanced(found, scale), coarse, rtol=1e-4, atol=1e-6)


def test_a_lower_quantile_removes_the_effect_of_a_noisy_minimum():
    coarse = random_map(3)
    odd = coarse.copy()
    odd[2, 9] = odd[9, 2] = coarse.min() / 1000
    plain, robust = ([observed_map(m, q)[0] for m in (coarse, odd)] for q in (0, 0.02))
    rest = np.ones(coarse.shape, bool)
    rest[2, 9] = rest[9, 2] = False
    assert np.abs(plain[0] - plain[1])[rest].mean() > 0.05
    assert np.abs(robust[0] - robust[1])[rest].mean() < 0.01
    found, scale = observed_map(coarse, 0.02)
    assert found.min() == 0 and found.max() == 1
    assert 0 < (found == 0).mean() < 0.06
    kept = found > 0
    np.testing.assert_allclose(to_balanced(found, scale)[kept], coarse[kept], rtol=1e-4)


@pytest.mark.parametrize("value", [0, np.nan, 3.0])
def test_a_map_without_differences_is_no_observed_map(value):
    with pytest.raises(ValueError, match="no contact"):
        observed_map(np.full((BINS, BINS), value))


@pytest.mark.parametrize("start", [0, 6, 7])
@pytest.mark.parametrize("factor", [2, 3])
def test_upsampling_does_not_shift_maps(start, factor):
    bins = 13
    first, number = covering_bins(start, bins, factor)
    assert first * factor <= start and (first + number) * factor >= start + bins
    weights = bilinear_weights(start, bins, factor)
    np.testing.assert_allclose(weights.sum(axis=1), 1)
    # a slope along the genome stays the same slope, but beyond the outermost centers
    center = (first + np.arange(number) + 0.5) * factor
    inner = slice(factor, bins - factor)
    np.testing.assert_allclose((weights @ center)[inner], (start + np.arange(bins) + 0.5)[inner])
    coarse = np.add.outer(center, center)
    drawn = upsample_bilinear(coarse, start, bins, factor)
    own = start + np.arange(bins) + 0.5
    np.testing.assert_allclose(drawn[inner, inner], np.add.outer(own, own)[inner, inner])


def test_an_even_window_is_upsampled_like_an_image():
    coarse = random_map(1).astype("float32")
    found = upsample_bilinear(coarse, 10, 2 * BINS, 2)
    reference = zoom(coarse, 2, order=1, mode="nearest", grid_mode=True)
    np.testing.assert_allclose(found, reference, atol=1e-6)
    np.testing.assert_allclose(found, found.T, atol=1e-6)
    assert found.dtype == np.float32


def test_the_maps_of_the_genome_have_its_chromosomes(contacts):
    assert dict(contacts.chromsizes) == SIZES
