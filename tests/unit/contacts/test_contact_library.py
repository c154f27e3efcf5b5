"""Bands, expected contacts and balancing, against dense references and cooltools."""

import re

import cooler
import numpy as np
import pandas as pd
import pytest
from cooltools import expected_cis

from tests.unit.contacts.conftest import BALANCE, SIZES
from workflow_scripts.chromaloom.genomics import contacts
from workflow_scripts.chromaloom.genomics.contact_maps import (
    balance_advice,
    balance_map,
    count_partners,
    pool_maps,
    write_map,
)
from workflow_scripts.chromaloom.workflow.errors import UserError

RESOLUTION = 1000
FINISH = {"name": "s", "resolutions": [1000, 5000], "balance": BALANCE, "threads": 1}


def random_pixels(seed=0, bins=100, empty=(), scale=1.0):
    """Counts that fall off with distance; bins of `empty` have none."""
    rng = np.random.default_rng(seed)
    one, two = np.triu_indices(bins)
    weight = rng.uniform(0.5, 2, bins)
    counts = rng.poisson(40 * weight[one] * weight[two] / (1 + two - one) + 0.3) * scale
    counts[np.isin(one, empty) | np.isin(two, empty)] = 0
    table = pd.DataFrame({"bin1_id": one, "bin2_id": two, "count": counts})
    return table[table["count"] > 0]


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    """A balanced .mcool with two bins of no contacts, and its counts."""
    path = tmp_path_factory.mktemp("map") / "a.mcool"
    pixels = random_pixels(empty=(7, 70))
    write_map([pixels], path, sizes=SIZES, resolution=RESOLUTION, dtype=np.int32,
              assembly="sim", **FINISH)  # fmt: skip
    return path


def dense_band(clr, chrom, width):
    matrix = clr.matrix(balance=True).fetch(chrom)
    band = np.full((len(matrix), width), np.nan)
    for i in range(len(matrix)):
        for d in range(min(width, len(matrix) - i)):
            band[i, d] = matrix[i, i + d]
    return band


@pytest.mark.parametrize("width", [1, 8, 200])
def test_band_is_the_dense_balanced_matrix(made, width):
    clr = contacts.open_map(made, RESOLUTION, SIZES)
    for chrom in SIZES:
        band = contacts.balanced_band(clr, chrom, width)
        np.testing.assert_allclose(band, dense_band(clr, chrom, width), rtol=1e-12)


def test_masked_pixels_are_nan_and_empty_pixels_zero(made):
    clr = contacts.open_map(made, RESOLUTION)
    band = contacts.balanced_band(clr, "chrA", 10)
    assert np.isnan(band[7]).all()
    assert np.isnan(band[[6, 5, 4], [1, 2, 3]]).all()
    assert (band == 0).any()
    oe = contacts.observed_expected(band)
    assert (np.isnan(oe) == np.isnan(band)).all()
    assert ((oe == 0) == (band == 0)).all()


@pytest.mark.filterwarnings("ignore::FutureWarning")  # cooltools and pandas
def test_diagonals_have_mean_one_and_agree_with_cooltools(made):
    clr = contacts.open_map(made, RESOLUTION)
    table = expected_cis(clr, smooth=False, aggregate_smoothed=False, ignore_diags=0, nproc=1)
    bands = {chrom: contacts.balanced_band(clr, chrom, 30) for chrom in SIZES}
    for chrom, band in bands.items():
        expected = table[table.region1 == chrom].set_index("dist")["balanced.avg"]
        np.testing.assert_allclose(contacts.diagonal_means(band), expected[:30], rtol=1e-9)
        oe = contacts.observed_expected(band)
        np.testing.assert_allclose(contacts.diagonal_means(oe), 1, rtol=1e-9)
    sums = table.groupby("dist")[["balanced.sum", "n_valid"]].sum()[:30]
    whole = contacts.diagonal_means(*bands.values())
    np.testing.assert_allclose(whole, sums["balanced.sum"] / sums.n_valid, rtol=1e-9)
    oe = contacts.observed_expected(bands["chrB"], whole)
    np.testing.assert_allclose(oe, bands["chrB"] / whole, rtol=1e-12)


def test_diagonal_without_contacts_has_no_ratio():
    band = np.array([[2.0, 0.0, np.nan], [4.0, 0.0, np.nan]])
    np.testing.assert_array_equal(contacts.diagonal_means(band), [3, 0, np.nan])
    oe = contacts.observed_expected(band)
    np.testing.assert_allclose(oe[:, 0], [2 / 3, 4 / 3])
    assert np.isnan(oe[:, 1:]).all()


@pytest.mark.parametrize("cis_only", [False, True])
@pytest.mark.parametrize("scale", [1.0, 1e-6, 1e4])
def test_balanced_sums_are_flat_whatever_the_depth(tmp_path, scale, cis_only):
    """Checked against the dense matrix; the same counts in another unit give the same map."""
    path, balance = tmp_path / "b.mcool", {**BALANCE, "cis_only": cis_only, "ignore_diags": 2}
    pixels = random_pixels(1, empty=(3,), scale=scale)
    write_map([pixels], path, sizes=SIZES, resolution=RESOLUTION, dtype=np.float64,
              assembly="sim", **{**FINISH, "balance": balance})  # fmt: skip
    for resolution in FINISH["resolutions"]:
        clr = contacts.open_map(path, resolution)
        matrix = clr.matrix(balance=True)[:]
        far = np.abs(np.subtract.outer(*[np.arange(len(matrix))] * 2)) >= 2
        chroms = clr.bins()["chrom"][:].to_numpy()
        same = chroms[:, None] == chroms
        sums = np.nansum(np.where(far & (same | (not cis_only)), matrix, 0), axis=1)
        masked = clr.bins()["weight"][:].isna().to_numpy()
        for part in [chroms == c for c in SIZES] if cis_only else [chroms != ""]:
            kept = sums[part & ~masked]
            assert np.abs(kept / kept.mean() - 1).max() < 1e-4
        assert contacts.flatness(clr) < 1e-4
        assert masked.sum() == (resolution == RESOLUTION)


def test_flatness_sees_what_is_not_flat(made, tmp_path):
    clr = contacts.open_map(made, RESOLUTION)
    copy = tmp_path / "c.cool"
    cooler.create_cooler(str(copy), clr.bins()[:][["chrom", "start", "end"]], clr.pixels()[:])
    with cooler.Cooler(str(copy)).open("r+") as group:
        weights = clr.bins()["weight"][:].to_numpy().copy()
        weights[10] *= 1.01
        group["bins"]["weight"] = weights
        group["bins/weight"].attrs.update({"ignore_diags": 1, "cis_only": False})
    assert contacts.flatness(cooler.Cooler(str(copy))) > 0.005


def test_map_that_cannot_be_balanced_is_rejected(tmp_path):
    """Three bins in a chain: the one in the middle cannot have the sum of its neighbors."""
    sizes = {"chrA": 3000}
    pixels = pd.DataFrame({"bin1_id": [0, 1], "bin2_id": [1, 2], "count": [5, 9]})
    bins = cooler.util.binnify(pd.Series(sizes), 1000)
    path = str(tmp_path / "d.cool")
    cooler.create_cooler(path, bins, pixels)
    settings = {**BALANCE, "min_nnz": 0, "max_iters": 20}
    with pytest.raises(UserError, match=r"s: map of 1000 bp: not balanced, sums deviate by"):
        balance_map(path, "s", settings)
    with pytest.raises(UserError, match="all bins are masked"):
        balance_map(path, "s", {**BALANCE, "min_nnz": 9})
    with pytest.raises(UserError, match="no contact beyond"):
        balance_map(path, "s", {**BALANCE, "ignore_diags": 2})


# FAULTS F2
def test_a_map_that_ends_at_some_distance_is_balanced_at_the_tolerance_proposed(tmp_path):
    """Iterative correction of a band is slow; the message names the key that cures it."""
    n, end = 200, 12
    rng = np.random.default_rng(1)
    bias = np.exp(rng.normal(0, 0.4, n))
    one, two = np.triu_indices(n)
    near = two - one <= end
    one, two = one[near], two[near]
    count = rng.poisson(60 * bias[one] * bias[two] / (1 + two - one)) + 1
    bins = cooler.util.binnify(pd.Series({"chrA": n * 1000}), 1000)
    path = str(tmp_path / "band.cool")
    cooler.create_cooler(path, bins, pd.DataFrame({"bin1_id": one, "bin2_id": two, "count": count}))
    settings = {**BALANCE, "max_iters": 60}
    with pytest.raises(UserError, match=r"no contacts beyond 12,000 bp .* 200,000 bp") as error:
        balance_map(path, "s", settings)
    proposed = re.search(r"set contacts\.balance\.tolerance to ([0-9.e-]+),", str(error.value))
    tolerance = float(proposed[1])
    assert 1e-4 < tolerance <= 0.1
    balance_map(path, "s", {**settings, "tolerance": tolerance})
    assert contacts.flatness(cooler.Cooler(path)) <= tolerance


@pytest.mark.parametrize(
    ("deviation", "proposed"),
    [(0.00026, "to 0.0003,"), (0.002, "to 0.002,"), (0.0201, "to 0.03,"), (0.097, "to 0.1,"),
     (0.2, "raise max_iters"), (np.nan, "raise max_iters")],
)  # fmt: skip
def test_the_proposed_tolerance_is_above_the_deviation(deviation, proposed):
    assert proposed in balance_advice(deviation)
    assert ("tolerance" in balance_advice(deviation)) == (deviation <= 0.1)


def test_coarse_maps_are_sums_of_the_fine(made):
    fine = contacts.open_map(made, 1000).matrix(balance=False)[:]
    coarse = contacts.open_map(made, 5000).matrix(balance=False)[:]
    full = np.triu(fine)
    blocks = full.reshape(20, 5, 20, 5).sum(axis=(1, 3))
    np.testing.assert_array_equal(np.triu(coarse), blocks)


def test_replicates_add_up_and_bytes_repeat(made, tmp_path):
    other = tmp_path / "o.mcool"
    parts = [random_pixels(5)[:900], random_pixels(5)[900:]]
    write_map(parts, other, sizes=SIZES, resolution=RESOLUTION, dtype=np.int32, assembly="sim",
              **FINISH)  # fmt: skip
    pooled = [tmp_path / f"p{n}.mcool" for n in range(2)]
    for path in pooled:
        pool_maps([str(made), str(other)], path, **FINISH)
    counts = [contacts.open_map(p, 1000).matrix(balance=False)[:] for p in (made, other, pooled[0])]
    np.testing.assert_array_equal(counts[0] + counts[1], counts[2])
    assert contacts.flatness(contacts.open_map(pooled[0], 1000)) < 1e-4
    assert pooled[0].read_bytes() == pooled[1].read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["o.mcool", "p0.mcool", "p1.mcool"]


def test_maps_of_another_genome_are_rejected(made, tmp_path):
    (tmp_path / "text.cool").write_text("no map")
    cases = [
        ((made, 2000), "no map of 2000 bp bins; available: 1000, 5000"),
        ((made, 1000, {"chrA": 60_000}), "chromosome chrB is not in the genome; expected: chrA"),
        ((made, 1000, {**SIZES, "chrA": 60_001}), "chrA has 60000 bp, in the genome 60001 bp"),
        ((tmp_path / "text.cool", 1000), "no contact map"),
    ]
    for given, message in cases:
        with pytest.raises(UserError, match=message) as caught:
            contacts.open_map(*given)
        assert "\n" not in str(caught.value)
    with pytest.raises(UserError, match="no chromosome 'chrC'; available: chrA, chrB"):
        contacts.balanced_band(contacts.open_map(made, 1000), "chrC", 5)


def test_a_map_without_weights_is_named(tmp_path):
    path = tmp_path / "raw.cool"
    bins = pd.DataFrame({"chrom": ["chrA"] * 3, "start": [0, 5, 10], "end": [5, 10, 15]})
    cooler.create_cooler(str(path), bins, random_pixels(bins=3))
    with pytest.raises(UserError, match=r"raw\.cool.*5 bp"):
        contacts.chromosome_weights(cooler.Cooler(str(path)), "chrA")


def test_a_genome_of_9000_contigs_is_balanced_and_packed(tmp_path, monkeypatch):
    """Statistics of many chromosomes do not fit into an attribute of HDF5 (odd case 13)."""
    sizes = {f"scaffold_{number:05d}": 3000 for number in range(9000)}
    first = np.arange(0, 27_000, 3)
    pixels = pd.DataFrame({"bin1_id": np.repeat(first, 3), "bin2_id": np.repeat(first, 3),
                           "count": 4})  # fmt: skip
    pixels["bin1_id"] += np.tile([0, 0, 1], 9000)
    pixels["bin2_id"] += np.tile([1, 2, 2], 9000)
    stats = {"cis_only": True, "ignore_diags": 1, "scale": np.linspace(1, 2, 9000),
             "var": np.zeros(9000), "converged": np.full(9000, True)}  # fmt: skip

    def balance(clr, **_):
        """Instead of cooler's loop over chromosomes, which takes minutes: all sums are 8."""
        return np.full(27_000, 8**-0.5), stats

    monkeypatch.setattr(cooler, "balance_cooler", balance)
    path = tmp_path / "many.mcool"
    write_map([pixels], path, sizes=sizes, resolution=1000, dtype=np.int32, assembly="sim",
              **{**FINISH, "resolutions": [1000],
                 "balance": {**BALANCE, "cis_only": True}})  # fmt: skip
    clr = contacts.open_map(path, 1000, sizes)
    np.testing.assert_array_equal(clr.bins()["weight"][:], 8**-0.5)
    np.testing.assert_array_equal(clr.chroms()["weight_scale"][:], stats["scale"])
    with clr.open("r") as group:
        assert dict(group["bins/weight"].attrs)["ignore_diags"] == 1
        assert len(group["bins/weight"].attrs["converged"]) == 9000
    assert contacts.flatness(clr) < 1e-12
    band = contacts.balanced_band(clr, "scaffold_08999", 3)
    np.testing.assert_allclose(band[0], [0, 0.5, 0.5])


def test_a_very_sparse_map_is_refused_with_the_number_of_bins_left(tmp_path):
    # odd case 13
    pixels = random_pixels().sample(150, random_state=1).assign(count=1)
    pixels = pixels.sort_values(["bin1_id", "bin2_id"])
    pairs = pixels[pixels.bin2_id > pixels.bin1_id]
    degree = np.bincount(np.r_[pairs.bin1_id, pairs.bin2_id], minlength=100)
    assert degree.max() < 12
    write = {"sizes": SIZES, "resolution": 1000, "dtype": np.int32, "assembly": "sim", **FINISH,
             "resolutions": [1000]}  # fmt: skip
    with pytest.raises(UserError) as caught:
        write_map([pixels], tmp_path / "a.mcool",
                  **{**write, "balance": {**BALANCE, "min_nnz": 12}})  # fmt: skip
    assert f"of 100 bins {(degree > 0).sum()} have contacts, 0 with 12 other" in str(caught.value)
    with pytest.raises(UserError, match=r"deviate by up to .* \(\d+ of 100 bins left\)"):
        write_map([random_pixels()], tmp_path / "b.mcool",
                  **{**write, "balance": {**BALANCE, "max_iters": 1}})  # fmt: skip


@pytest.mark.parametrize("cis_only", [False, True])
def test_bins_with_enough_partners_are_counted_as_cooler_counts_them(made, cis_only):
    balance = {**BALANCE, "cis_only": cis_only, "min_nnz": 60, "ignore_diags": 2}
    clr = contacts.open_map(made, RESOLUTION)
    dense = clr.matrix(balance=False)[:] > 0
    one, two = np.indices(dense.shape)
    dense &= abs(one - two) >= 2
    if cis_only:
        dense &= (one < 60) == (two < 60)
    assert count_partners(clr, balance) == (dense.sum(axis=1) >= 60).sum()


def test_blacklisted_bins_are_masked_before_balancing_at_each_resolution(tmp_path):
    """Weights are those of the map without the contacts of these bins, by a naive loop."""
    blacklist = tmp_path / "b.bed"
    # half of a bin, less than half, two bins, and a region without chr in the name
    blacklist.write_text("chrA\t5500\t6000\nchrA\t9000\t9499\nchrA\t20000\t22000\nchrB\t0\t4000\n")
    path = tmp_path / "a.mcool"
    given = {"balance": {**BALANCE, "min_nnz": 0, "tolerance": 1e-6}, "blacklist": str(blacklist)}
    write_map([random_pixels(scale=5)], path, sizes=SIZES, resolution=1000, dtype=np.int32,
              assembly="sim", **{**FINISH, **given})  # fmt: skip
    masked = {1000: [5, 20, 21, 60, 61, 62, 63], 5000: [12]}
    for resolution, bins in masked.items():
        clr = contacts.open_map(path, resolution, SIZES)
        weight = clr.bins()["weight"][:].to_numpy()
        assert np.flatnonzero(np.isnan(weight)).tolist() == bins
        matrix = clr.matrix(balance=False)[:].astype(float)
        matrix[bins] = matrix[:, bins] = 0
        np.fill_diagonal(matrix, 0)
        expected = np.where(matrix.sum(axis=1) > 0, 1.0, np.nan)
        for _ in range(500):
            expected /= np.sqrt(expected * (matrix @ np.nan_to_num(expected)))
        np.testing.assert_allclose(weight, expected, rtol=1e-4)
