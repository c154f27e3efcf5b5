import cooler
import numpy as np
import pandas as pd
import pytest

from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.demo import check_demo_map, simulate_contacts

FINE, COARSE = 5_000, 10_000
CONTACTS = 400_000


@pytest.fixture(scope="module")
def truth(folder, settings, tmp_path_factory):
    path = tmp_path_factory.mktemp("truth") / "true.cool"
    rules = settings["contacts"] | {"resolution": FINE}
    simulate_contacts.main(world=folder, cell="Alpha", settings=rules, cool=path)
    return path


@pytest.fixture(scope="module")
def sequenced(truth, tmp_path_factory):
    """A map of Poisson counts around the truth, with unequal bins, a dead one, balanced."""

    def make(shuffled=False):
        rng = np.random.default_rng(3)
        true = cooler.Cooler(str(truth))
        pixels, bins = true.pixels()[:], true.bins()[:]
        visible = rng.lognormal(0, 0.3, len(bins))
        visible[30] = 0
        rate = pixels["count"] * CONTACTS / pixels["count"].sum()
        rate *= visible[pixels.bin1_id] * visible[pixels.bin2_id]
        pixels = pixels.assign(count=rng.poisson(rate))
        if shuffled:  # the counts of each diagonal change places
            chrom = bins.chrom.cat.codes.to_numpy()
            key = [pixels.bin2_id - pixels.bin1_id, chrom[pixels.bin1_id], chrom[pixels.bin2_id]]
            pixels["count"] = pixels.groupby(key)["count"].transform(rng.permutation)
        path = str(tmp_path_factory.mktemp("map") / "found.cool")
        pixels = pixels[pixels["count"] > 0]
        cooler.create_cooler(path, bins[["chrom", "start", "end"]], pixels, ordered=True)
        mcool = path.replace(".cool", ".mcool")
        cooler.zoomify_cooler(path, mcool, [FINE, COARSE], chunksize=10**7)
        for resolution in (FINE, COARSE):
            place = cooler.Cooler(f"{mcool}::resolutions/{resolution}")
            cooler.balance_cooler(place, store=True, mad_max=0, tol=1e-5, max_iters=500)
        return mcool

    return make


def check(path, truth, folder, resolutions=(FINE, COARSE)):
    check_demo_map.main(maps={"x": path}, truth={"x": truth}, resolutions=list(resolutions),
                        table=folder / "t.tsv")  # fmt: skip
    return pd.read_table(folder / "t.tsv")


def best(table, resolution):
    rows = table[(table.chrom == "all") & (table.pixels == "20 contacts")]
    return rows.set_index("resolution").loc[resolution]


def test_what_was_planted_is_found_again(sequenced, truth, tmp_path):
    table = check(sequenced(), truth, tmp_path)
    assert list(table.columns) == check_demo_map.COLUMNS
    for resolution in (FINE, COARSE):
        row = best(table, resolution)
        assert row.r > 0.9 and row.log_r > 0.9 and row.number > 100 and row.contacts > 20
        bands = table[(table.resolution == resolution) & (table.pixels == "all")]
        assert bands.nearest.min() == 2 * resolution
        # the band with the fewest contacts is the noisiest
        assert bands.r.iloc[0] > bands.r.iloc[-2]


def test_shuffled_diagonals_are_uncorrelated(sequenced, truth, tmp_path):
    table = check(sequenced(shuffled=True), truth, tmp_path)
    for resolution in (FINE, COARSE):
        assert abs(best(table, resolution).r) < 0.15


def test_masked_bins_are_left_out(sequenced, truth):
    found = cooler.Cooler(sequenced() + f"::resolutions/{FINE}")
    assert np.isnan(found.bins()["weight"][:].iloc[30])
    pixels = check_demo_map.compare(found, cooler.Cooler(str(truth)))
    masked = np.isnan(found.bins()["weight"].fetch("chrA").to_numpy())
    size, width = len(masked), check_demo_map.EDGES[-1]
    open_pairs = sum(
        (~masked[:-d] & ~masked[d:]).sum() for d in range(check_demo_map.NEAREST, width)
    )
    assert (pixels.chrom == "chrA").sum() == open_pairs < size * width
    # counts before balancing are whole numbers again
    np.testing.assert_allclose(pixels["count"], pixels["count"].round(), atol=1e-6)
    raw = found.matrix(balance=False).fetch("chrA")
    near = pixels[(pixels.chrom == "chrA") & (pixels.distance == 5)]
    unmasked = ~masked[:-5] & ~masked[5:]
    np.testing.assert_allclose(near["count"], np.diag(raw, 5)[unmasked])


def test_truth_is_summed_up(truth):
    true = cooler.Cooler(str(truth))
    band = check_demo_map.planted_band(true, "chr2", COARSE, 4)
    matrix = true.matrix(balance=False).fetch("chr2")
    assert band.shape == (27, 4)  # 260,010 bp
    assert band[3, 0] == pytest.approx(np.triu(matrix[6:8, 6:8]).sum())
    assert band[3, 2] == pytest.approx(matrix[6:8, 10:12].sum())
    assert np.isnan(band[26, 1:]).all() and np.isfinite(band[26, 0])


def test_truth_that_is_too_coarse_is_refused(sequenced, truth, tmp_path):
    with pytest.raises(
        UserError, match=r"contacts.resolution: 5000; expected: a divisor"
    ) as caught:
        check(sequenced(), truth, tmp_path, [4_000])
    assert "\n" not in str(caught.value)
