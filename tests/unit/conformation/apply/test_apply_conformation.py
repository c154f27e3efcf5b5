"""Bundles of Conformation on profiles: laws of predicted maps, σ, contacts and scores."""

from dataclasses import replace

import cooler
import cooltools
import numpy as np
import pandas as pd
import pyBigWig
import pytest
from applied_run import (
    CHR2,
    FACTORS,
    SEEDS,
    SIZE,
    SIZES,
    W,
    apply_to,
    make_run,
    own_maps,
    own_sigma,
    profiles,
    read_band,
    write_inputs,
    write_map,
)
from cooltools import expected_cis

from workflow_scripts.chromaloom.genomics.contacts import balanced_band, diagonal_means
from workflow_scripts.chromaloom.ml.bundles import read_bundle
from workflow_scripts.chromaloom.ml.metrics import read_metrics
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.conformation.apply import apply_conformation
from workflow_scripts.conformation.apply.inputs import MODELS, WINDOW_MODELS
from workflow_scripts.conformation.apply.map_bands import read_map_bands
from workflow_scripts.conformation.evaluation.metric_rows import map_rows
from workflow_scripts.conformation.evaluation.predictions import MapPrediction

REGIONS = ("chr2",)


@pytest.fixture(scope="module", autouse=True)
def _device():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(apply_conformation, "prepare_device", lambda **_: "tensorflow cpu")
        yield


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return make_run(tmp_path_factory.mktemp("run"))


@pytest.fixture(scope="module")
def applied(run, tmp_path_factory):
    """Results of the bundle of each model on the run's own test region, with the run's map."""
    return {
        model: apply_to(run, tmp_path_factory.mktemp(model), model, contacts=run.contacts)
        for model in MODELS
    }


@pytest.mark.parametrize("model", MODELS)
def test_a_bundle_on_its_own_data_gives_the_map_of_the_run_to_the_last_bit(run, applied, model):
    mean, sd = (read_band(applied[model] / "predicted.mcool", name) for name in ("count", "sd"))
    own = np.stack([found.band for found in own_maps(run, model)]).astype("float64")
    known = np.isfinite(own[0])
    assert known.sum() > 100
    np.testing.assert_array_equal(mean[CHR2][known], own.mean(0)[known])
    np.testing.assert_array_equal(sd[CHR2][known], own.std(0)[known])
    # an ensemble of one has no spread
    assert bool(own.std(0)[known].max() > 0) is (len(own) > 1)
    assert np.isnan(mean[: CHR2.start]).all()
    # models of pairs predict the flanks of windows, too
    inside = np.arange(40)[:, None] + np.arange(W) < 40
    np.testing.assert_array_equal(
        np.isfinite(mean[CHR2]), known if model in WINDOW_MODELS else inside
    )


@pytest.mark.parametrize("model", MODELS)
def test_mirrored_profiles_give_the_mirrored_map(run, applied, tmp_path, model):
    values = profiles().copy()
    values[:, CHR2] = values[:, CHR2][:, ::-1]
    write_inputs(tmp_path, values)
    mirrored = read_band(apply_to(run, tmp_path, model, inputs=tmp_path) / "predicted.mcool")[CHR2]
    found = read_band(applied[model] / "predicted.mcool")[CHR2]
    for d in range(W):
        np.testing.assert_allclose(mirrored[: 40 - d, d], found[: 40 - d, d][::-1], rtol=1e-4)


@pytest.mark.filterwarnings("ignore:.*observed=False:FutureWarning")  # cooltools'
@pytest.mark.parametrize("model", MODELS)
def test_cooltools_reads_a_predicted_map_and_its_expected_is_the_mean_by_distance(applied, model):
    path = f"{applied[model] / 'predicted.mcool'}::/resolutions/{SIZE}"
    table = cooltools.expected_cis(cooler.Cooler(path), clr_weight_name=None, ignore_diags=0)
    sums = table[table.region1 == "chr2"].set_index("dist")["count.sum"]
    band = read_band(applied[model] / "predicted.mcool")[CHR2]
    np.testing.assert_allclose(sums[:W], np.nansum(band, axis=0), rtol=1e-6)
    assert (sums[:W] > 0).all()
    assert (sums[W:] == 0).all()


def test_sigma_of_both_networks_is_that_of_the_run_digit_by_digit(run, applied, tmp_path):
    forward, backward = (
        pd.read_csv(applied["forward"] / name, sep="\t", dtype=str)
        for name in ("sigma.tsv.gz", "backward.tsv.gz")
    )
    for seed, own in zip(SEEDS["forward"], own_sigma(run, tmp_path), strict=True):
        assert list(forward[f"seed{seed}"]) == list(own.sigma)
        test = own.split == "test"
        assert own.backward[test].notna().sum() > 20
        assert backward[f"seed{seed}"][test].equals(own.backward[test])
        assert backward[f"seed{seed}"][~test].isna().all()
    windows = [
        pd.read_csv(tmp_path / f"windows.{seed}", sep="\t").window_r for seed in SEEDS["forward"]
    ]
    table = pd.read_csv(applied["forward"] / "discrepancy.tsv.gz", sep="\t")
    np.testing.assert_allclose(table.sigma, 1 - np.mean(windows, axis=0), rtol=1e-4)


def test_bigwigs_have_the_means_of_the_tables(applied):
    for name in ("sigma", "backward"):
        table = pd.read_csv(applied["forward"] / f"{name}.tsv.gz", sep="\t").dropna()
        track = pyBigWig.open(str(applied["forward"] / f"{name}.bw"))
        found = [track.values(*row)[0] for row in table[["chrom", "start", "end"]].values.tolist()]
        np.testing.assert_allclose(found, table["mean"], rtol=1e-4)
        assert track.chroms() == SIZES


def test_discrepancies_are_one_minus_the_correlation_within_each_window(run, applied):
    folder = applied["forward"]
    table = pd.read_csv(folder / "discrepancy.tsv.gz", sep="\t")
    own = np.stack([1 - found.window_r for found in own_maps(run, "forward")])
    np.testing.assert_allclose(table["map"], own.mean(0), rtol=1e-4)
    np.testing.assert_allclose(table.map_sd, own.std(0), rtol=1e-3, atol=1e-6)
    assert (table.window_end - table.window_start == W * SIZE).all()
    track = pyBigWig.open(str(folder / "discrepancy.bw"))
    row = table.iloc[5]
    assert track.values(row.chrom, row.start, row.end)[0] == pytest.approx(row.sigma, rel=1e-4)
    assert row.start == row.window_start + W // 2 * SIZE


@pytest.mark.parametrize("model", MODELS)
def test_scores_are_those_of_the_run_beside_the_mean_by_distance(run, applied, model):
    own = {(model, s): found for s, found in zip(SEEDS[model], own_maps(run, model), strict=True)}
    rows = map_rows(run.data, own, cell="A", min_distance=2 * SIZE, distances=[3 * SIZE])
    expected = pd.DataFrame(rows).set_index(["model", "seed", "metric"])
    found = read_metrics(applied[model] / "scores.tsv").set_index(["model", "seed", "metric"])
    assert {"map_r", "log_map_r", "window_r", "log_map_r_3kb"} <= {key[2] for key in expected.index}
    for key, row in expected.iterrows():
        assert found.value[key] == pytest.approx(row.value, abs=1e-6)
        assert found.n[key] == row.n
    assert found.value["mean", 0, "map_r"] == 0
    several = len(SEEDS[model]) > 1
    assert (("ensemble", 0, "map_r") in found.index) is several
    if several:
        band = np.mean([map_.band for map_ in own.values()], axis=0)
        best = np.corrcoef(*(v[np.isfinite(band * run.data.oe[CHR2])]
                             for v in (band, run.data.oe[CHR2])))[0, 1]  # fmt: skip
        assert found.value["ensemble", 0, "map_r"] == pytest.approx(best, abs=2e-6)


def test_contacts_are_oe_times_the_expected_of_the_map_or_of_the_bundle(run, applied, tmp_path):
    clr = cooler.Cooler(run.contacts)
    bands = [balanced_band(clr, chrom, W) for chrom in ("chr1", "chr2")]
    oe = read_band(applied["pairwise"] / "predicted.mcool")
    with_map = read_band(applied["pairwise"] / "contacts.mcool")
    np.testing.assert_allclose(with_map, oe * diagonal_means(bands[1]), rtol=1e-12)
    alone = read_band(apply_to(run, tmp_path, "pairwise") / "contacts.mcool")
    stored = read_bundle(run.folder / "pairwise", "w").facts["outputs"]
    np.testing.assert_allclose(alone, oe * stored["expected"], rtol=1e-12)
    np.testing.assert_allclose(stored["expected"], diagonal_means(*bands), rtol=1e-5)
    spread = read_band(tmp_path / "predicted.mcool", "sd") * stored["expected"]
    np.testing.assert_allclose(read_band(tmp_path / "contacts.mcool", "sd"), spread, rtol=1e-12)


@pytest.mark.filterwarnings("ignore::FutureWarning")  # cooltools and pandas
def test_cooltools_reads_contacts_as_a_balanced_map(run, applied):
    clr = cooler.Cooler(f"{applied['forward'] / 'contacts.mcool'}::/resolutions/{SIZE}")
    band = read_band(applied["forward"] / "contacts.mcool")
    table = expected_cis(clr, smooth=False, aggregate_smoothed=False, ignore_diags=0, nproc=1)
    table = table[(table.region1 == "chr2") & (table.dist < W)]
    # bins without a prediction are masked, not 0
    np.testing.assert_allclose(table["balanced.avg"], np.nanmean(band, axis=0), rtol=1e-9)
    assert table.n_valid.tolist() == [28 - d for d in range(W)]
    matrix = clr.matrix(balance=True).fetch("chr2")
    assert np.isnan(matrix[:W]).all()
    np.testing.assert_array_equal(np.diagonal(matrix, 2)[W : 34 - 2], band[CHR2][W : 34 - 2, 2])


def test_without_regions_all_chromosomes_with_a_receptive_field_are_predicted(run, tmp_path):
    whole = read_band(apply_to(run, tmp_path, regions=()) / "predicted.mcool")
    sigma = pd.read_csv(tmp_path / "sigma.tsv.gz", sep="\t")
    known = np.isfinite(whole[:, 0])
    # the flanks of a receptive field have no map
    assert known.tolist() == [False] * W + [True] * (60 - 2 * W) + [False] * (2 * W) + [True] * (
        40 - 2 * W
    ) + [False] * (W + 5)
    assert set(sigma.chrom) == {"chr1", "chr2"}


def test_equal_runs_write_equal_files(run, applied, tmp_path):
    apply_to(run, tmp_path, "pairwise", contacts=run.contacts)
    for name in ("predicted.mcool", "contacts.mcool", "scores.tsv"):
        assert (tmp_path / name).read_bytes() == (applied["pairwise"] / name).read_bytes()


@pytest.mark.parametrize(
    ("model", "region", "message"),
    [
        ("forward", "chr1:0-10000", "w: no region has 18 bins of 1000 bp, the receptive field"),
        ("pairwise", "chr1:0-1000", "w: no region has 2 bins of 1000 bp, the least of the model"),
    ],
)
def test_regions_that_are_too_short_are_refused(run, tmp_path, model, region, message):
    with pytest.raises(UserError, match=message):
        apply_to(run, tmp_path, model, [region])


def test_models_of_pairs_need_no_receptive_field(run, tmp_path):
    found = read_band(apply_to(run, tmp_path, "pairwise", ["chr1:0-10000"]) / "predicted.mcool")
    assert np.isfinite(found).sum() == 10 * W - W * (W - 1) // 2


@pytest.mark.parametrize(
    ("trained", "regions", "chroms"),
    [
        (["chr1"], ["chr1:0-30k"], ["chr1"]),
        (["chr1"], [], ["chr1"]),
        (["chr1"], ["chr2:5k-30k"], ["chr2"]),
        (["elsewhere:0-5M"], ["chr2"], ["chr2"]),
        (["elsewhere:0-5M"], [], ["chr1", "chr2"]),
        ([], ["chr2:5k-30k"], ["chr1", "chr2"]),
    ],
)
def test_profiles_are_scaled_as_in_training_or_over_the_chromosomes_of_the_regions(
    run, trained, regions, chroms
):
    bundle = read_bundle(run.folder / "pairwise", "w")
    inputs = bundle.inputs | {"regions": trained, "scale": {"rule": "minmax"}}
    bundle = replace(bundle, facts=bundle.facts | {"inputs": inputs})
    tracks = [str(run.folder / f"{factor}.tsv.gz") for factor in FACTORS]
    data = apply_conformation.read_input(tracks, FACTORS, SIZES, bundle, regions, "w")
    assert list(dict.fromkeys(data.chrom)) == chroms
    np.testing.assert_array_equal(data.profiles.min(1), 0)
    np.testing.assert_array_equal(data.profiles.max(1), 1)


def test_a_map_without_a_chromosome_of_the_regions_is_refused_by_the_job(run, tmp_path):
    contacts = write_map(tmp_path / "one.cool", chroms=["chr1"])
    with pytest.raises(
        UserError, match=r"w.map: .*one.cool has no chromosome 'chr2'; available: c"
    ):
        apply_to(run, tmp_path, "pairwise", contacts=contacts)
    # without regions the other chromosome is predicted, and not scored
    apply_to(run, tmp_path, "pairwise", regions=(), contacts=contacts)
    scores = read_metrics(tmp_path / "scores.tsv").set_index(["model", "seed", "metric"])
    assert 0 < scores.n["pairwise", 1, "map_r"] <= 60 * W
    assert np.isfinite(read_band(tmp_path / "contacts.mcool")[CHR2]).any()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"weighted": False},
            "w.map: .*: the map of 1000 bp is not balanced; expected: a balanced",
        ),
        ({"size": 2000}, "w.map: .*: no map of 1000 bp bins; available: 2000"),
    ],
)
def test_a_map_that_cannot_be_read_is_refused_by_the_job(run, tmp_path, given, message):
    contacts = write_map(tmp_path / "x.cool", **given)
    with pytest.raises(UserError, match=message):
        read_map_bands(
            contacts, ["chr1"], resolution=SIZE, w=W, sizes=SIZES, needed=[], where="w.map"
        )


def test_a_map_without_contacts_in_the_regions_is_refused(run, tmp_path):
    contacts = write_map(tmp_path / "x.cool")
    with cooler.Cooler(contacts).open("r+") as group:
        group["bins/weight"][60:] = np.nan
    with pytest.raises(UserError, match=r"w.map: .* has no balanced pixel in the regions that are"):
        apply_to(run, tmp_path, "pairwise", contacts=contacts)


def test_predictions_of_one_region_do_not_depend_on_others(run, applied, tmp_path):
    """A run with two test regions predicts both at once, `apply` one chromosome at a time."""
    both = apply_to(run, tmp_path, "forward", ["chr1", "chr2"])
    found, one = (read_band(f / "predicted.mcool")[CHR2] for f in (both, applied["forward"]))
    np.testing.assert_array_equal(found, one)
    whole = MapPrediction.load(run.folder / "ridge.map.npz").band
    ridge = read_band(apply_to(run, tmp_path, "ridge", ["chr1", "chr2"]) / "predicted.mcool")[CHR2]
    known = np.isfinite(whole)
    np.testing.assert_array_equal(ridge[known], whole[known].astype("float64"))
