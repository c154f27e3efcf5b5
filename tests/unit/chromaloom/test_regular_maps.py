"""Maps with duplicate pixels, missing bins, both triangles, weights of another kind."""

import cooler
import h5py
import numpy as np
import pandas as pd
import pytest

from workflow_scripts.chromaloom.genomics.contact_maps import genome_bins
from workflow_scripts.chromaloom.genomics.contacts import count_band, open_map
from workflow_scripts.chromaloom.genomics.regular_maps import (
    contact_unit,
    is_flat,
    regular_map,
    sum_variations,
)
from workflow_scripts.chromaloom.workflow.errors import UserError

SIZE = 100
SIZES = {"a": 1950, "b": 800}


def matrix_of(seed=0):
    """Counts of all pairs of the genome's bins, symmetric."""
    bins = len(genome_bins(SIZES, SIZE))
    counts = np.triu(np.random.default_rng(seed).poisson(6, (bins, bins)))
    return counts + np.triu(counts, 1).T


def write(path, pixels, bins=None, weight=None, **settings):
    """Write pixels as they are, unchecked; returns the map."""
    bins = genome_bins(SIZES, SIZE) if bins is None else bins
    table = pd.DataFrame(pixels, columns=["bin1_id", "bin2_id", "count"])
    kinds = {"count": np.float64 if (table["count"] % 1).any() else np.int32}
    cooler.create_cooler(str(path), bins, iter([table]), dtypes=kinds, ordered=True,
                         dupcheck=False, triucheck=False, **settings)  # fmt: skip
    if weight is not None:
        with h5py.File(path, "r+") as handle:
            handle["bins/weight"] = weight
    return cooler.Cooler(str(path))


def triangle(matrix, k=0):
    """Pixels of the upper triangle, sorted."""
    i, j = np.nonzero(np.triu(matrix, k))
    return np.c_[i, j, matrix[i, j]]


def whole_matrix(clr):
    """All counts of a map; sums, whatever the file stores."""
    return clr.matrix(balance=False, sparse=True)[:].toarray()


def test_duplicate_pixels_are_summed_and_not_overwritten(tmp_path, caplog):
    # FAULTS C9: 3 + 5 contacts of one pair of bins were read as 5
    counts = matrix_of()
    counts[2, 4] = counts[4, 2] = 8
    pixels = triangle(counts)
    at = np.flatnonzero((pixels[:, 0] == 2) & (pixels[:, 1] == 4))[0]
    pixels[at, 2] = 5
    doubled = np.insert(pixels, at, [2, 4, 3], axis=0)
    clr = write(tmp_path / "d.cool", doubled)
    assert count_band(clr, "a", 5)[2, 2] == 8
    found = regular_map(clr, "d", tmp_path / "copy.cool")
    np.testing.assert_array_equal(whole_matrix(found), counts)
    assert "1 duplicate pixels" in caplog.text
    assert found.pixels().dtypes["count"] == np.int32


def test_duplicates_in_different_chunks_are_summed(tmp_path, monkeypatch):
    from workflow_scripts.chromaloom.genomics import cooler_files

    counts, real = np.where(matrix_of() > 7, 3, 0), cooler_files.pixel_chunks
    monkeypatch.setattr(cooler_files, "pixel_chunks", lambda clr: real(clr, chunk=7))
    pixels = np.repeat(triangle(counts), 2, axis=0)
    found = regular_map(write(tmp_path / "d.cool", pixels), "d", tmp_path / "copy.cool")
    np.testing.assert_array_equal(whole_matrix(found), 2 * counts)


def test_a_regular_map_is_not_copied(tmp_path):
    clr = write(tmp_path / "m.cool", triangle(matrix_of()))
    assert regular_map(clr, "m", tmp_path / "copy.cool") is clr
    assert not (tmp_path / "copy.cool").exists()


def test_bins_are_placed_by_their_start_and_missing_ones_are_masked(tmp_path, caplog):
    # odd cases 4 and 5: a region, and holes; everything after the hole shifted
    counts, bins = matrix_of(), genome_bins(SIZES, SIZE)
    kept = np.setdiff1d(np.arange(len(bins)), [0, 1, 2, 9, 22])
    some = bins.iloc[kept].reset_index(drop=True)
    clr = write(tmp_path / "h.cool", triangle(counts[np.ix_(kept, kept)]), some,
                weight=np.arange(len(kept)) + 1.0)  # fmt: skip
    found = regular_map(clr, "h", tmp_path / "copy.cool")
    expected = np.zeros_like(counts)
    expected[np.ix_(kept, kept)] = counts[np.ix_(kept, kept)]
    np.testing.assert_array_equal(whole_matrix(found), expected)
    weight = found.bins()["weight"][:].to_numpy()
    assert np.isnan(np.delete(weight, kept)).all()
    np.testing.assert_array_equal(weight[kept], np.arange(len(kept)) + 1)
    assert "5 of 28 bins are missing" in caplog.text


def test_both_triangles_are_taken_once(tmp_path):
    # odd case 19: IndexError in enhance
    counts = matrix_of()
    i, j = np.nonzero(counts)
    clr = write(tmp_path / "s.cool", np.c_[i, j, counts[i, j]], symmetric_upper=False)
    found = regular_map(clr, "s", tmp_path / "copy.cool")
    np.testing.assert_array_equal(whole_matrix(found), counts)
    assert found.storage_mode == "symmetric-upper"


def test_pixels_below_the_diagonal_are_those_above_it(tmp_path):
    counts = matrix_of()
    i, j = np.nonzero(np.tril(counts))
    clr = write(tmp_path / "l.cool", np.c_[i, j, counts[i, j]], symmetric_upper=False)
    found = regular_map(clr, "l", tmp_path / "copy.cool")
    np.testing.assert_array_equal(whole_matrix(found), counts)


def test_maps_that_are_not_regular_and_cannot_be_made_so_are_refused(tmp_path):
    counts = matrix_of()
    i, j = np.nonzero(counts)
    lopsided = np.c_[i, j, np.where(i < j, 2, 1)]
    off = genome_bins(SIZES, SIZE)
    off[["start", "end"]] += 50
    for number, (clr, words) in enumerate([
        (write(tmp_path / "1.cool", lopsided, symmetric_upper=False), "below the diagonal differ"),
        (write(tmp_path / "2.cool", triangle(counts - 9)), "count -[1-9].* 0 or more"),
        (write(tmp_path / "3.cool", triangle(counts), off), "bin a:50-150; expected"),
    ]):  # fmt: skip
        with pytest.raises(UserError, match=words) as error:
            regular_map(clr, "mine.cool", tmp_path / f"copy{number}.cool")
        assert str(error.value).startswith("mine.cool: ") and "\n" not in str(error.value)


def balanced_example(folder, **settings):
    """A map with biases, and the multiplicative weights that balance it exactly."""
    bias = np.random.default_rng(3).uniform(0.4, 2, len(genome_bins(SIZES, SIZE)))
    distance = np.abs(np.subtract.outer(np.arange(len(bias)), np.arange(len(bias))))
    # circulant, so that all sums are the same
    even = 1 / (1 + np.minimum(distance, len(bias) - distance))
    return write(folder / "b.cool", triangle(even * np.outer(bias, bias)), **settings), 1 / bias


def test_weights_are_flat_if_multiplied_and_not_if_divided(tmp_path):
    clr, weight = balanced_example(tmp_path)
    assert is_flat(clr, weight)
    assert not is_flat(clr, 1 / weight)
    assert not is_flat(clr, np.ones_like(weight))


def test_sums_of_all_settings_are_those_of_a_dense_map(tmp_path):
    clr = write(tmp_path / "m.cool", triangle(matrix_of()))
    weight = np.random.default_rng(1).uniform(0.5, 2, 28)
    weight[[3, 22]] = np.nan
    balanced = matrix_of() * np.outer(weight, weight)
    i, j = np.indices(balanced.shape)
    # the main diagonal counts twice, as in cooler
    balanced[np.diag_indices(28)] *= 2
    settings = [(d, cis) for d in (0, 1, 3) for cis in (False, True)]
    for (diags, cis), found in zip(settings, sum_variations(clr, weight, settings), strict=True):
        same = (i < 20) == (j < 20)
        used = ~same & (not cis) | same & (abs(i - j) >= diags)
        total = np.nansum(np.where(used, balanced, 0), 1)[np.isfinite(weight)]
        if cis:
            total[:19] /= total[:19].mean()
            total[19:] /= total[19:].mean()
        assert found == pytest.approx(total.std() / total.mean())


def test_a_single_contact_of_a_balanced_map_is_its_smallest_pixel(tmp_path):
    counts = np.random.default_rng(1).poisson(1.0, (28, 28)).astype(float)
    scaled = triangle(np.triu(counts) * 0.004)
    assert contact_unit(write(tmp_path / "f.cool", scaled)) == (0.004, False)
    assert contact_unit(write(tmp_path / "c.cool", triangle(counts * 7))) == (1.0, True)
    assert open_map(tmp_path / "c.cool", SIZE).binsize == SIZE
