import cooler
import numpy as np
import pandas as pd
import pytest

from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.conformation.data.build_conformation import check_reach, empty_shares, main
from workflow_scripts.conformation.data.dataset import ConformationData

SIZES = {"chr1": 99_500, "chr2": 60_000, "chr3": 5_000}


SIZE, W = 1000, 4


SETTINGS = {
    "resolution": SIZE, "window": W, "scale": {"rule": "none"}, "expected": "chromosome",
    "regions": [], "test_regions": ["chr1:70k-99.5k"], "valid_regions": [], "valid_fraction": 0.2,
    "split": "blocked", "gap": 0, "trim": 3000,
}  # fmt: skip


MASKED = 20  # a bin of chr1


def make_bins(sizes=SIZES):
    return cooler.binnify(pd.Series(sizes), SIZE).astype({"chrom": str})


@pytest.fixture(scope="module")
def inputs(tmp_path_factory):
    """Map, tracks and chromosome sizes of a synthetic genome; contacts decay with distance."""
    folder, rng = tmp_path_factory.mktemp("build"), np.random.default_rng(0)
    bins = make_bins()
    bins["weight"] = rng.uniform(0.5, 2, len(bins))
    bins.loc[MASKED, "weight"] = np.nan
    i, j = np.triu_indices(len(bins))
    counts = rng.poisson(200 / (1 + j - i) + 1)
    pixels = pd.DataFrame({"bin1_id": i, "bin2_id": j, "count": counts})[counts > 0]
    cooler.create_cooler(f"{folder}/m.cool", bins, pixels)
    cooler.zoomify_cooler(f"{folder}/m.cool", f"{folder}/m.mcool", [SIZE], chunksize=10**6)
    tracks = []
    for name in "abc":
        table = make_bins().assign(value=rng.random(len(bins)))
        tracks.append(f"{folder}/{name}.tsv.gz")
        table.to_csv(tracks[-1], sep="\t", index=False)
    sizes = f"{folder}/chrom.sizes"
    pd.Series(SIZES).to_csv(sizes, sep="\t", header=False)
    return f"{folder}/m.mcool", tracks, sizes


def build(inputs, tmp_path, *, tracks=None, factors=("A", "B", "C"), **changes):
    contacts, given, sizes = inputs
    out = str(tmp_path / "data.npz")
    main(
        contacts,
        tracks or given,
        sizes,
        factors=list(factors),
        settings=SETTINGS | changes,
        dataset=out,
    )
    return ConformationData.load(out)


def with_changed_track(inputs, tmp_path, change):
    """Tracks, of which the second is changed by a function of its table."""
    table = pd.read_csv(inputs[1][1], sep="\t")
    path = str(tmp_path / "changed.tsv.gz")
    change(table).to_csv(path, sep="\t", index=False)
    return [inputs[1][0], path, inputs[1][2]]


def test_observed_over_expected_equals_that_of_the_dense_matrix(inputs, tmp_path):
    data = build(inputs, tmp_path)
    clr = cooler.Cooler(f"{inputs[0]}::/resolutions/{SIZE}")
    for chrom in ("chr1", "chr2"):
        matrix = clr.matrix(balance=True).fetch(chrom)
        rows = data.oe[data.chrom == chrom]
        for d in range(W):
            diagonal = np.diag(matrix, d)
            expected = diagonal / np.nanmean(diagonal)
            np.testing.assert_allclose(rows[: len(diagonal), d], expected, rtol=1e-5)
            assert np.isnan(rows[len(diagonal) :, d]).all()
    # masked bins stay masked; the mean of every diagonal is 1
    assert np.isnan(data.oe[MASKED]).all()
    assert np.isnan(data.oe[MASKED - 1, 1])
    np.testing.assert_allclose(np.nanmean(data.oe[data.chrom == "chr1"], axis=0), 1, rtol=1e-5)


def test_expected_genome_is_the_genome_wide_mean(inputs, tmp_path):
    data = build(inputs, tmp_path, expected="genome")
    np.testing.assert_allclose(np.nanmean(data.oe, axis=0), 1, rtol=1e-5)
    means = [np.nanmean(data.oe[data.chrom == c], axis=0) for c in ("chr1", "chr2")]
    assert np.abs(means[0] - 1).max() > 1e-3


def test_profiles_are_those_of_the_tracks_in_the_same_bins(inputs, tmp_path):
    data = build(inputs, tmp_path)
    assert set(data.chrom) == {"chr1", "chr2"}  # chr3 is shorter than a receptive field
    assert (data.start == np.r_[0:100_000:SIZE, 0:60_000:SIZE]).all()
    assert data.end[99] == 99_500
    for row, path in enumerate(inputs[1]):
        table = pd.read_csv(path, sep="\t")
        np.testing.assert_allclose(data.profiles[row], table.value[:160], rtol=1e-6)


def test_replicates_of_a_factor_are_averaged(inputs, tmp_path):
    data = build(inputs, tmp_path, factors=["A", "B", "A"])
    values = [pd.read_csv(path, sep="\t").value[:160] for path in inputs[1]]
    assert list(data.factors) == ["A", "B"]
    np.testing.assert_allclose(data.profiles[0], (values[0] + values[2]) / 2, rtol=1e-6)


def test_split_and_regions(inputs, tmp_path):
    data = build(inputs, tmp_path, regions=["chr1:10,000-99,500"], gap=2000)
    assert (data.start[0], data.start[-1]) == (10_000, 99_000)
    test = data.start[data.split == "test"]
    assert (test[0], test[-1]) == (70_000, 99_000)
    assert (data.split == "valid").sum() == 12
    assert (data.split == "none").sum() == 2
    # no pixel leaves the region
    assert np.isnan(data.oe[-1, 1:]).all()
    assert np.isnan(data.oe[-2, 2:]).all()


def test_split_paper_has_no_validation_bins(inputs, tmp_path):
    data = build(inputs, tmp_path, split="paper")
    assert set(data.split) == {"train", "test", "none"}
    # 3 kb, shorter than a window, and one more bin: at the end of each segment
    assert (data.start[:70][data.split[:70] == "none"] == np.arange(66_000, 70_000, SIZE)).all()


def missing_chromosome(table):
    return table.assign(value=table.value.where(table.chrom != "chr2"))


def one_missing_bin(table):
    return table.assign(value=table.value.where(table.index != 33))


def zero_on_one_chromosome(table):
    return table.assign(value=table.value.where(table.chrom != "chr2", 0.0))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (missing_chromosome, "profile 'B'.*: chromosome 'chr2' has no values"),
        (
            one_missing_bin,
            r"profile 'B'.*: 1 of 160 bins have no value \(NaN\), the first is chr1:33000-34000",
        ),
        (zero_on_one_chromosome, "profile 'B'.*: 0 in all bins of chromosome 'chr2'"),
        (lambda table: table.assign(value=0.0), "profile 'B'.*: 0 in all 160 bins"),
        (lambda table: table.assign(value=0.5), "profile 'B'.*: 0.5 in all 160 bins"),
        (lambda table: table.assign(value=3 * table.value), "profile 'B'.*0 to 1"),
        (lambda table: table[:-1], "changed.tsv.gz: its bins are not those of"),
    ],
)
def test_invalid_profiles_are_rejected_in_one_line(inputs, tmp_path, change, message):
    with pytest.raises(UserError, match=message) as error:
        build(inputs, tmp_path, tracks=with_changed_track(inputs, tmp_path, change))
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"test_regions": ["chr1:90k-99k"]},
         r"test_regions: 'chr1:90k-99k' has 9 bins of 1000 bp .*expected: at least 12"),
        ({"test_regions": ["chr1:90k-120k"]},
         "test_regions: 'chr1:90k-120k' is outside the genome"),
        ({"regions": ["chrX"]},
         "regions: 'chrX': no chromosome 'chrX'; available: chr1, chr2, chr3"),
        ({"regions": ["chr1:5-"]}, "regions: 'chr1:5-' is not a region"),
        ({"regions": ["chr2"]}, r"test_regions: 'chr1:70k-99.5k' has 0 bins"),
        ({"valid_fraction": 0.5}, "valid_fraction: 0.5 is 65 bins of the .* longest"),
        ({"test_regions": ["chr1", "chr2"], "split": "paper"}, "split train has no window"),
        ({"resolution": 500}, "500"),
    ],
)  # fmt: skip
def test_invalid_regions_are_rejected_in_one_line(inputs, tmp_path, changes, message):
    with pytest.raises(UserError, match=message) as error:
        build(inputs, tmp_path, **changes)
    assert "\n" not in str(error.value)


def test_shares_of_empty_pixels_are_of_the_unmasked_ones():
    band = np.array([[3, 0, 0], [2, 1, 0], [np.nan] * 3, [4, 2, np.nan], [1, np.nan, np.nan]])
    # two chromosomes: one more pixel of each distance, with a contact
    shares = empty_shares([band, np.array([[1.0, 1.0, 1.0]])])
    np.testing.assert_allclose(shares, [0, 1 / 4, 2 / 3])
    assert np.isnan(empty_shares([np.full((3, 2), np.nan)])).all()


def test_a_missing_main_diagonal_is_no_end_of_the_map(caplog):
    with caplog.at_level("INFO", "chromaloom"):
        check_reach(np.array([1.0, 0.0, 0.1, 0.2]), 1000, "m")
        assert not [r for r in caplog.records if r.levelname == "WARNING"]
        check_reach(np.array([1.0, 0.0, 0.6, 0.7]), 1000, "m")
    assert "from 2000 bp on more than 50 %" in caplog.text


# FAULTS F2
@pytest.mark.parametrize(("end", "warned"), [(2, True), (W, False)])
def test_a_map_that_ends_before_the_windows_do_is_warned_of(inputs, tmp_path, caplog, end, warned):
    bins = make_bins().assign(weight=1.0)
    i, j = np.triu_indices(len(bins))
    near = j - i < end
    pixels = pd.DataFrame({"bin1_id": i[near], "bin2_id": j[near], "count": 5})
    cooler.create_cooler(f"{tmp_path}/m.cool", bins, pixels)
    cooler.zoomify_cooler(f"{tmp_path}/m.cool", f"{tmp_path}/m.mcool", [SIZE], chunksize=10**6)
    with caplog.at_level("INFO", "chromaloom"):
        build((f"{tmp_path}/m.mcool", *inputs[1:]), tmp_path)
    texts = [r.getMessage() for r in caplog.records if r.levelname == "WARNING"]
    assert any("from 2000 bp on more than 50 %" in text for text in texts) == warned
    assert "pixels without a contact by distance: 0 kb 0%, 1 kb 0%, 2 kb " in caplog.text


def test_a_map_of_another_assembly_is_rejected(inputs, tmp_path):
    other = tmp_path / "chrom.sizes"
    pd.Series(SIZES | {"chr1": 99_900}).to_csv(other, sep="\t", header=False)
    with pytest.raises(UserError, match="chr1"):
        build((*inputs[:2], str(other)), tmp_path)
