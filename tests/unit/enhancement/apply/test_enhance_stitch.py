import numpy as np
import pytest

from workflow_scripts.enhancement.apply.stitch import (
    BandBlend,
    conserve_totals,
    padded_index,
    pool_band,
    reach_of,
    square_from_band,
    taper,
    window_starts,
)

SIZES = [
    (97, 40, 9, 2, 6),
    (40, 40, 7, 2, 6),
    (300, 50, 50, 1, 0),
    (81, 24, 5, 3, 1),
    (30, 16, 4, 1, 5),
]


def band_of(matrix, reach):
    """Naive: band[i, d] = matrix[i, i + d]."""
    band = np.full((len(matrix), reach), np.nan)
    for i in range(len(matrix)):
        for d in range(min(reach, len(matrix) - i)):
            band[i, d] = matrix[i, i + d]
    return band


def symmetric(n, seed=0):
    values = np.random.default_rng(seed).random((n, n))
    return values + values.T


@pytest.mark.parametrize(("bins", "window", "step", "align", "crop"), SIZES)
def test_windows_cover_every_pixel_within_reach(bins, window, step, align, crop):
    starts = window_starts(bins, window, step, align=align, crop=crop)
    assert all(start % align == 0 for start in starts)
    assert starts == sorted(set(starts))
    reach = reach_of(window, step, align=align, crop=crop)
    covered = np.zeros((bins, bins), bool)
    for start in starts:
        inner = slice(max(0, start + crop), max(0, start + window - crop))
        covered[inner, inner] = True
    i, j = np.triu_indices(bins)
    assert covered[i, j][j - i < reach].all()
    # no window lies beyond what is needed
    assert starts[0] > -crop - align
    assert starts[-1] + window - crop < bins + align + max(0, window - 2 * crop - bins)


def test_padding_mirrors_ends_or_goes_around():
    assert padded_index(-3, 5, 10).tolist() == [3, 2, 1, 0, 1]
    assert padded_index(7, 5, 10).tolist() == [7, 8, 9, 8, 7]
    assert padded_index(-3, 5, 10, circular=True).tolist() == [7, 8, 9, 0, 1]
    # longer than the chromosome: back and forth
    index = padded_index(-20, 60, 7)
    assert index.min() == 0
    assert index.max() == 6
    assert (np.abs(np.diff(index)) == 1).all()


@pytest.mark.parametrize("circular", [False, True])
def test_a_square_is_cut_from_a_band_as_from_the_matrix(circular):
    n, reach = 23, 8
    matrix = symmetric(n)
    if circular:
        band = np.array([[matrix[i, (i + d) % n] for d in range(reach)] for i in range(n)])
    else:
        band = band_of(matrix, reach)
    index = padded_index(-3, 12, n, circular=circular)
    square = square_from_band(band, index, circular=circular)
    gap = np.abs(index[:, None] - index[None, :])
    gap = np.minimum(gap, n - gap) if circular else gap
    expected = np.where(gap < reach, matrix[np.ix_(index, index)], np.nan)
    np.testing.assert_array_equal(square, expected)


@pytest.mark.parametrize("circular", [False, True])
def test_blending_windows_of_one_map_gives_the_map(circular):
    n, window, step, crop = 61, 24, 5, 3
    matrix = symmetric(n, 1)
    reach = reach_of(window, step, crop=crop)
    blend = BandBlend(n, reach, circular=circular)
    for start in window_starts(n, window, step, crop=crop, circular=circular):
        index = padded_index(start, window, n, circular=circular)[crop:-crop]
        blend.add(start + crop, matrix[np.ix_(index, index)])
    mean = blend.mean()
    at = np.arange(n)
    for d in range(reach):
        inside = slice(None) if circular else slice(0, n - d)
        np.testing.assert_allclose(mean[at, d][inside], matrix[at, (at + d) % n][inside])


def test_a_seam_is_smooth_and_unknown_values_do_not_count():
    size = 10
    blend = BandBlend(15, 4)
    blend.add(0, np.zeros((size, size)))
    holes = np.ones((size, size))
    holes[0, 0] = np.nan
    blend.add(5, holes)
    mean = blend.mean()
    assert mean[5, 0] == 0  # the hole: only the first window is known there
    shared = mean[6:10, 0]
    assert (np.diff(shared) > 0).all()
    assert 0 < shared[0] < 0.5 < shared[-1] < 1
    assert np.isnan(mean[14, 1])
    assert taper(size) == pytest.approx(taper(size)[::-1])


@pytest.mark.parametrize(
    ("n", "reach", "factor"), [(24, 9, 2), (25, 8, 2), (30, 10, 3), (11, 11, 4)]
)
def test_pooling_is_what_cooler_s_coarsening_does(n, reach, factor):
    band = np.where(np.random.default_rng(0).random((n, reach)) < 0.1, np.nan, 1.0)
    band *= np.random.default_rng(1).random((n, reach))
    naive = {}
    for i in range(n):
        for d in range(reach):
            if i + d < n and not np.isnan(band[i, d]):
                key = i // factor, (i + d) // factor
                naive[key] = naive.get(key, 0) + band[i, d]
    pooled = pool_band(band, factor)
    for (one, two), value in naive.items():
        assert pooled[one, two - one] == pytest.approx(value)
    assert pooled.sum() == pytest.approx(sum(naive.values()))


@pytest.mark.parametrize("factor", [1, 2, 3])
@pytest.mark.parametrize("circular", [False, True])
def test_conserved_totals_are_the_input_s(factor, circular):
    n, reach = 36, 10
    rng = np.random.default_rng(2)
    band = rng.random((n, reach))
    band[10] = np.nan  # masked
    band[4:8, :3] = 0  # the model says nothing is there
    if not circular:
        band[np.add.outer(np.arange(n), np.arange(reach)) >= n] = np.nan
    coarse = rng.random((n // factor, reach))
    coarse[7, 1] = np.nan
    fixed = conserve_totals(band, coarse, factor, circular=circular)
    assert (np.isnan(fixed) == np.isnan(band)).all()
    assert (fixed[~np.isnan(fixed)] >= 0).all()
    before, after = (pool_band(b, factor, circular=circular) for b in (band, fixed))
    there = pool_band(np.where(np.isnan(band), np.nan, 1), factor, circular=circular) > 0
    wanted = np.full(after.shape, np.nan)
    shared = min(after.shape[1], coarse.shape[1])
    wanted[:, :shared] = coarse[:, :shared]
    known = there & ~np.isnan(wanted)
    assert known.sum() > 20
    np.testing.assert_allclose(after[known], wanted[known])
    np.testing.assert_allclose(after[there & np.isnan(wanted)], before[there & np.isnan(wanted)])
