"""What a model adds to a map, and what of the input is kept."""

import cooler
import numpy as np
import pytest
from enhanced_example import (
    BALANCE,
    FACTOR,
    FINE,
    coarsened,
    counts,
    identity,
    tiling,
    write_cool,
)

from workflow_scripts.chromaloom.genomics.contact_maps import balance_map
from workflow_scripts.enhancement.apply.agreement import mask_partial_pixels
from workflow_scripts.enhancement.apply.enhance_map import enhanced_arrays
from workflow_scripts.enhancement.apply.gain import gain, measured_map, plain_maps
from workflow_scripts.enhancement.apply.stitch import conserve, pool_band

BINS, REACH = 40, 13


@pytest.fixture(params=[False, True], ids=["straight", "circular"])
def example(request):
    """A fine band, the coarse band that it sums to, a changed fine band, and the shape."""
    circular, rng = request.param, np.random.default_rng(0)
    row, distance = np.indices((BINS, REACH))
    beyond = (row + distance >= BINS) & (not circular)
    fine = np.where(beyond, np.nan, rng.gamma(2, 1 / (1 + distance)))
    # a masked coarse bin
    partner = (row + distance) % BINS
    fine[np.isin(row // 2, [7]) | np.isin(partner // 2, [7])] = np.nan
    fine = mask_partial_pixels(fine, 2, circular=circular)
    changed = fine * rng.uniform(0.5, 3, fine.shape)
    coarse = pool_band(fine, 2, circular=circular)
    coarse[pool_band(np.where(np.isnan(fine), np.nan, 1.0), 2, circular=circular) == 0] = np.nan
    return fine, coarse, changed, circular


def test_each_way_to_conserve_keeps_what_it_says(example):
    _, coarse, changed, circular = example
    made = {way: pool_band(conserve(changed, coarse, 2, way, circular=circular), 2,
                           circular=circular)
            for way in ("pixel", "distance", "total", "none")}  # fmt: skip
    given = np.nan_to_num(coarse)
    np.testing.assert_allclose(made["pixel"], given)
    np.testing.assert_allclose(made["distance"].sum(0), given.sum(0))
    assert made["total"].sum() == pytest.approx(given.sum())
    # and no more than that
    assert not np.allclose(made["distance"], given)
    assert not np.allclose(made["total"].sum(0), given.sum(0))
    np.testing.assert_array_equal(made["none"], pool_band(changed, 2, circular=circular))


def test_keeping_sums_by_distance_leaves_o_e_within_a_distance_as_it_is(example):
    _, coarse, changed, circular = example
    found = conserve(changed, coarse, 2, "distance", circular=circular)
    # fine pixels of one input pixel keep their ratios
    known = np.isfinite(changed[:-2:2, 4])
    np.testing.assert_allclose((found[:-2:2, 4] / found[:-2:2, 5])[known],
                               (changed[:-2:2, 4] / changed[:-2:2, 5])[known])  # fmt: skip


def test_a_map_that_adds_nothing_is_one_of_the_plain_maps(example):
    # FAULTS F5: totals kept, the enhanced map was as good as the repeated one, and no file said so
    fine, coarse, changed, circular = example
    plain = plain_maps(changed, changed, coarse, 2, circular=circular)
    np.testing.assert_allclose(pool_band(plain["_repeated"], 2, circular=circular),
                               np.nan_to_num(coarse))  # fmt: skip
    found = gain(plain["_repeated"], plain, fine)
    assert found["r_oe_with_repeated"] == pytest.approx(1)
    assert found["r_oe_measured"] == pytest.approx(found["r_oe_measured_repeated"])


def test_the_measured_map_has_a_gain_over_all_plain_maps(example):
    fine, coarse, changed, circular = example
    plain = plain_maps(fine, changed, coarse, 2, circular=circular)
    found = gain(fine, plain, fine)
    assert found["r_oe_measured"] == pytest.approx(1)
    for name in ("repeated", "bilinear", "bilinear_conserved"):
        assert found[f"r_oe_measured_{name}"] < 0.95
        assert found[f"r_oe_with_{name}"] == pytest.approx(found[f"r_oe_measured_{name}"])
    assert "r_oe_measured" not in gain(fine, plain, None)


def test_a_model_that_returns_its_input_is_bilinear_interpolation(tmp_path):
    path = coarsened(write_cool(tmp_path / "f.cool", {"a": counts(81)}), tmp_path / "low.cool")
    balance_map(path, "low", BALANCE)
    arrays, _ = enhanced_arrays(cooler.Cooler(path), "a", [identity], tiling(), circular=False)
    np.testing.assert_array_equal(arrays["bands"][0], arrays["bilinear"])


def test_the_measured_map_is_that_of_the_finer_bins_in_the_file(tmp_path):
    fine = write_cool(tmp_path / "f.cool", {"a": counts(81)})
    out = str(tmp_path / "m.mcool")
    cooler.zoomify_cooler(fine, out, [FINE, FINE * FACTOR], chunksize=10**6)
    # not balanced: nothing to compare with
    assert measured_map(out, FINE, tmp_path / "1", BALANCE) is None
    balance_map(f"{out}::resolutions/{FINE}", "m", BALANCE)
    assert measured_map(out, FINE, tmp_path / "2", BALANCE).binsize == FINE
    assert measured_map(out, 3 * FINE, tmp_path / "3", BALANCE) is None


def test_a_measured_map_that_cannot_be_balanced_ends_nothing(tmp_path, caplog):
    fine = write_cool(tmp_path / "f.cool", {"a": counts(81)})
    balance_map(fine, "f", BALANCE)
    with cooler.Cooler(fine).open("r+") as group:
        group["bins/weight"][:] = np.random.default_rng(0).uniform(0.1, 2, 81)
    strict = BALANCE | {"min_nnz": 1000}
    assert measured_map(fine, FINE, tmp_path / "1", strict) is None
    assert "not compared with the measured map of 1000 bp" in caplog.text
