"""Bundles of Conformation on profiles: laws of predicted maps and σ, refusals of other inputs."""

import cooler
import numpy as np
import pandas as pd
import pyBigWig
import pytest
from conformation_data import random_data

from workflow_scripts.chromaloom.ml.bundles import Application, read_bundle
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.conformation.apply import apply_conformation, bundle_conformation
from workflow_scripts.conformation.apply.inputs import MODELS, WINDOW_MODELS, plan_application
from workflow_scripts.conformation.baselines import fit_ridge
from workflow_scripts.conformation.data.pairs import split_segments
from workflow_scripts.conformation.evaluation.predict_maps import predict_test_map
from workflow_scripts.conformation.evaluation.predictions import MapPrediction
from workflow_scripts.conformation.evaluation.sigma import network_sigma
from workflow_scripts.conformation.models.networks import build_forward
from workflow_scripts.conformation.models.pairwise import build_pairwise, predict_band

W, FACTORS = 6, ["A", "B", "C"]
SIZES = {"chr1": 60_000, "chr2": 40_000, "small": 5_000}
SEEDS = {"forward": [1, 2], "linear": [1], "pairwise": [1, 2], "ridge": [0]}
DATA = random_data({"chr1": 60, "chr2": 40}, np.repeat(["train", "test"], [60, 40]), W)
MARGIN = 2  # of the pairwise network


def build(model, seed):
    if model == "pairwise":
        return build_pairwise(
            DATA.profiles, window=W, channels=3, kernel_size=2 * MARGIN + 1, hidden_units=4,
            distance_functions=2, factor_dropout=0, seed=seed,
        )  # fmt: skip
    return build_forward(
        n_factors=3, window=W, hidden_units=[8], output_bias=1.0, linear=model == "linear",
        seed=seed,
    )  # fmt: skip


NETWORKS = {m: [build(m, s) for s in seeds] for m, seeds in SEEDS.items() if m != "ridge"}


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Folder of a run: its data, whose test split is chr2, tracks of its profiles, its bundles."""
    folder = tmp_path_factory.mktemp("run")
    DATA.save(folder / "data.npz")
    (folder / "sizes").write_text("".join(f"{n}\t{s}\n" for n, s in SIZES.items()))
    for number, factor in enumerate(FACTORS):
        bins = pd.DataFrame({"chrom": DATA.chrom, "start": DATA.start, "end": DATA.end})
        track = bins.assign(value=DATA.profiles[number].astype(float))
        small = pd.DataFrame({"chrom": "small", "start": np.arange(5) * 1000, "value": 0.5})
        whole = pd.concat([track, small.assign(end=small.start + 1000)])
        whole.to_csv(folder / f"{factor}.tsv.gz", sep="\t", index=False)
    (folder / "metrics.tsv").write_text("model\tsample\tsplit\tseed\tmetric\tvalue\tn\n")
    fit_ridge.main(
        str(folder / "data.npz"), alphas=[0.1], min_distance=1000, refit=True, seed=0,
        shuffled=False, weights=str(folder / "ridge.0.npz"), record=str(folder / "ridge.json"),
        prediction=str(folder / "ridge.map.npz"),
    )  # fmt: skip
    for model, seeds in SEEDS.items():
        networks = [str(folder / f"{model}.{s}.{'npz' if model == 'ridge' else 'keras'}")
                    for s in seeds]  # fmt: skip
        for network, path in zip(NETWORKS.get(model, []), networks, strict=False):
            network.save(path)
        bundle_conformation.main(
            str(folder / "data.npz"), networks, str(folder / "metrics.tsv"), cell="A", kind=model,
            seeds=seeds, assembly="dm6", signal={"value": "signal", "over_control": False},
            scale={"rule": "none"}, regions=[], settings={},
            model=str(folder / model / "model.yaml"),
        )  # fmt: skip
    return folder, DATA


def apply_to(folder, out, regions=(), model="forward", factors=FACTORS):
    """Map (mean and sd as bands of all bins) and table of σ of a bundle on the run's own tracks."""
    sigma = {"sigma": str(out / "x.bw"), "bins": str(out / "x.tsv.gz")}
    apply_conformation.main(
        [str(folder / f"{factor}.tsv.gz") for factor in factors], str(folder / "sizes"),
        bundle=str(folder / model), where="w", factors=FACTORS, regions=list(regions), gpu=0,
        threads=1, mcool=str(out / "x.mcool"), **sigma if model == "forward" else {},
    )  # fmt: skip
    clr = cooler.Cooler(f"{out / 'x.mcool'}::/resolutions/1000")
    pixels = clr.pixels()[:]
    bands = {}
    for column in ("count", "sd"):
        bands[column] = np.full((len(clr.bins()), W), np.nan)
        bands[column][pixels.bin1_id, pixels.bin2_id - pixels.bin1_id] = pixels[column]
    return bands, pd.read_csv(out / "x.tsv.gz", sep="\t") if model == "forward" else None


def own_maps(folder, model):
    """Maps of the test split as a run writes them, float32 (networks, 40, w)."""
    if model == "ridge":
        return MapPrediction.load(folder / "ridge.map.npz").band[None]
    if model in WINDOW_MODELS:
        return np.stack([predict_test_map(n, DATA, DATA.profiles).band for n in NETWORKS[model]])
    test = split_segments(DATA)["test"]
    logs = [predict_band(n, DATA.profiles, test, W, MARGIN) for n in NETWORKS[model]]
    return np.stack([MapPrediction.from_band(DATA, np.exp(band)).band for band in logs])


@pytest.fixture(autouse=True)
def _device(monkeypatch):
    monkeypatch.setattr(apply_conformation, "prepare_device", lambda **_: "tensorflow cpu")


@pytest.mark.parametrize("model", MODELS)
def test_a_bundle_on_its_own_data_gives_the_map_of_the_run_to_the_last_bit(run, tmp_path, model):
    folder, _ = run
    bands, _ = apply_to(folder, tmp_path, ["chr2"], model)
    own = own_maps(folder, model).astype("float64")
    known = np.isfinite(own[0])
    assert known.sum() > 100
    np.testing.assert_array_equal(bands["count"][60:100][known], own.mean(0)[known])
    np.testing.assert_array_equal(bands["sd"][60:100][known], own.std(0)[known])
    # an ensemble of one has no spread
    assert bool(own.std(0)[known].max() > 0) is (len(own) > 1)
    assert np.isnan(bands["count"][:60]).all()
    # models of pairs predict the flanks of windows, too
    inside = np.arange(40)[:, None] + np.arange(W) < 40
    predicted = known if model in WINDOW_MODELS else inside
    np.testing.assert_array_equal(np.isfinite(bands["count"][60:100]), predicted)


@pytest.mark.parametrize("model", MODELS)
def test_mirrored_profiles_give_the_mirrored_map(run, tmp_path, model):
    folder, _ = run
    for factor in FACTORS:
        table = pd.read_csv(folder / f"{factor}.tsv.gz", sep="\t")
        chr2 = table.chrom == "chr2"
        table.loc[chr2, "value"] = table.value[chr2].to_numpy()[::-1]
        table.to_csv(tmp_path / f"{factor}.tsv.gz", sep="\t", index=False)
    (tmp_path / "sizes").write_text((folder / "sizes").read_text())
    (tmp_path / model).symlink_to(folder / model)
    found = apply_to(folder, tmp_path, ["chr2"], model)[0]["count"][60:100]
    mirrored = apply_to(tmp_path, tmp_path, ["chr2"], model)[0]["count"][60:100]
    for d in range(W):
        np.testing.assert_allclose(mirrored[: 40 - d, d], found[: 40 - d, d][::-1], rtol=1e-4)


def test_sigma_is_that_of_the_run_to_the_last_digit(run, tmp_path):
    folder, data = run
    _, sigma = apply_to(folder, tmp_path, ["chr2"])
    each = [network_sigma(net, data.profiles)[:, 0] for net in NETWORKS["forward"]]
    for seed, values in zip(SEEDS["forward"], each, strict=True):
        assert [f"{x:.5g}" for x in sigma[f"seed{seed}"]] == [f"{x:.5g}" for x in values]
    track = pyBigWig.open(str(tmp_path / "x.bw"))
    found = [track.stats("chr2", 1000 * k, 1000 * k + 1000, exact=True)[0] for k in range(40)]
    np.testing.assert_allclose(found, np.mean(each, axis=0)[60:], rtol=1e-6)
    assert track.chroms() == SIZES


def test_without_regions_all_chromosomes_with_a_receptive_field_are_predicted(run, tmp_path):
    folder, _ = run
    bands, sigma = apply_to(folder, tmp_path)
    part, _ = apply_to(folder, tmp_path, ["chr2"])
    np.testing.assert_array_equal(bands["count"][60:100], part["count"][60:100])
    known = np.isfinite(bands["count"][:, 0])
    # the flanks of a receptive field have no map
    assert known.tolist() == [False] * W + [True] * (60 - 2 * W) + [False] * (2 * W) + [True] * (
        40 - 2 * W
    ) + [False] * (W + 5)
    assert set(sigma.chrom) == {"chr1", "chr2"}


def test_equal_runs_write_equal_maps(run, tmp_path):
    folder, _ = run
    files = []
    for _ in range(2):
        apply_to(folder, tmp_path, ["chr2"])
        files.append((tmp_path / "x.mcool").read_bytes())
    assert files[0] == files[1]


@pytest.mark.parametrize(
    ("model", "region", "message"),
    [
        ("forward", "chr1:0-10000", "w: no region has 18 bins of 1000 bp, the receptive field"),
        ("pairwise", "chr1:0-1000", "w: no region has 2 bins of 1000 bp, the least of the model"),
    ],
)
def test_regions_that_are_too_short_are_refused(run, tmp_path, model, region, message):
    with pytest.raises(UserError, match=message):
        apply_to(run[0], tmp_path, [region], model)


def test_models_of_pairs_need_no_receptive_field(run, tmp_path):
    bands, _ = apply_to(run[0], tmp_path, ["chr1:0-10000"], "pairwise")
    assert np.isfinite(bands["count"]).sum() == 10 * W - W * (W - 1) // 2


# --- the plan, before any job
def planned(folder, *, factors=FACTORS, assemblies=("dm6",) * 3, signal=None, facts=None, **given):
    names = [f"B_{factor}" for factor in factors]
    samples = pd.DataFrame(
        {"sample": names, "cell": "B", "assay": "ChIP-seq", "target": list(factors),
         "assembly": list(assemblies)[: len(names)]}, index=names,
    )  # fmt: skip
    entry = {"cell": "B", "regions": [], "any_assembly": False, **given}
    signal = {"value": "signal", "over_control": False} | (signal or {})
    bundle = read_bundle(folder / "forward", "w")
    bundle.facts.update(facts or {})
    entry = Application(bundle, entry)
    return plan_application(entry, samples, signal, "c.yaml: apply.x")


def test_profiles_are_taken_in_the_order_of_the_bundle(run):
    plan = planned(run[0], factors=["C", "A", "B"])
    assert plan.factors == FACTORS
    assert plan.samples == ["B_A", "B_B", "B_C"]
    assert planned(run[0], assemblies=["dm3"] * 3, any_assembly=True).assembly == "dm3"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"facts": {"model": "x"}}, "bundle: model 'x' .*; expected: forward, linear, pairwise, r"),
        ({"cell": "X"}, "cell 'X' lacks A, B, C, which the bundle reads .*available: none"),
        ({"factors": ["A", "B"]}, "cell 'B' lacks C, which the bundle reads .*available: A, B"),
        ({"assemblies": ["dm6", "dm3", "dm6"]}, "cell 'B' are of assemblies dm6, dm3"),
        ({"assemblies": ["dm3"] * 3}, "assembly is 'dm3', that of the bundle 'dm6'"),
        ({"signal": {"value": "fraction"}}, "tracks is 'fraction', that of the bundle 'signal'"),
        ({"signal": {"over_control": True}}, "over the control is True, that of the bundle False"),
    ],
)
def test_other_inputs_than_those_of_the_bundle_are_refused_in_one_line(run, changes, message):
    with pytest.raises(UserError, match=message) as caught:
        planned(run[0], **changes)
    assert str(caught.value).startswith("c.yaml: apply.x")
    assert "\n" not in str(caught.value)
