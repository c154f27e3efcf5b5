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
from workflow_scripts.conformation.apply.inputs import plan_application
from workflow_scripts.conformation.evaluation.predict_maps import predict_test_map
from workflow_scripts.conformation.evaluation.sigma import network_sigma
from workflow_scripts.conformation.models.networks import build_forward

W, FACTORS = 6, ["A", "B", "C"]
SIZES = {"chr1": 60_000, "chr2": 40_000, "small": 5_000}
SEEDS = [1, 2]
NETWORKS = [
    build_forward(n_factors=3, window=W, hidden_units=[8], output_bias=1.0, seed=seed)
    for seed in SEEDS
]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Folder of a run: its data, whose test split is chr2, tracks of its profiles, its bundle."""
    folder = tmp_path_factory.mktemp("run")
    split = np.repeat(["train", "test"], [60, 40])
    data = random_data({"chr1": 60, "chr2": 40}, split, W)
    data.save(folder / "data.npz")
    (folder / "sizes").write_text("".join(f"{n}\t{s}\n" for n, s in SIZES.items()))
    for number, factor in enumerate(FACTORS):
        bins = pd.DataFrame({"chrom": data.chrom, "start": data.start, "end": data.end})
        track = bins.assign(value=data.profiles[number].astype(float))
        small = pd.DataFrame({"chrom": "small", "start": np.arange(5) * 1000, "value": 0.5})
        whole = pd.concat([track, small.assign(end=small.start + 1000)])
        whole.to_csv(folder / f"{factor}.tsv.gz", sep="\t", index=False)
    networks = [folder / f"{seed}.keras" for seed in SEEDS]
    for network, path in zip(NETWORKS, networks, strict=True):
        network.save(path)
    (folder / "metrics.tsv").write_text("model\tsample\tsplit\tseed\tmetric\tvalue\tn\n")
    bundle_conformation.main(
        str(folder / "data.npz"), list(map(str, networks)), str(folder / "metrics.tsv"), cell="A",
        seeds=SEEDS, assembly="dm6", signal={"value": "signal", "over_control": False},
        scale={"rule": "none"}, regions=[], settings={}, model=str(folder / "bundle/model.yaml"),
    )  # fmt: skip
    return folder, data


def apply_to(folder, out, regions=()):
    """Map (mean and sd as bands of all bins) and table of σ of a bundle on the run's own tracks."""
    apply_conformation.main(
        [str(folder / f"{factor}.tsv.gz") for factor in FACTORS], str(folder / "sizes"),
        bundle=str(folder / "bundle"), where="w", factors=FACTORS, regions=list(regions), gpu=0,
        threads=1, mcool=str(out / "x.mcool"), sigma=str(out / "x.bw"), bins=str(out / "x.tsv.gz"),
    )  # fmt: skip
    clr = cooler.Cooler(f"{out / 'x.mcool'}::/resolutions/1000")
    pixels = clr.pixels()[:]
    bands = {}
    for column in ("count", "sd"):
        bands[column] = np.full((len(clr.bins()), W), np.nan)
        bands[column][pixels.bin1_id, pixels.bin2_id - pixels.bin1_id] = pixels[column]
    return bands, pd.read_csv(out / "x.tsv.gz", sep="\t")


@pytest.fixture(autouse=True)
def _device(monkeypatch):
    monkeypatch.setattr(apply_conformation, "prepare_device", lambda **_: "tensorflow cpu")


def test_a_bundle_on_its_own_data_gives_the_map_and_sigma_of_the_run_to_the_last_bit(run, tmp_path):
    folder, data = run
    bands, sigma = apply_to(folder, tmp_path, ["chr2"])
    own = np.stack([predict_test_map(net, data, data.profiles).band for net in NETWORKS])
    own = own.astype("float64")
    np.testing.assert_array_equal(bands["count"][60:100], own.mean(0))
    np.testing.assert_array_equal(bands["sd"][60:100], own.std(0))
    assert np.nanmax(own.std(0)) > 0
    assert np.isnan(bands["count"][:60]).all()
    each = [network_sigma(net, data.profiles)[:, 0] for net in NETWORKS]
    for seed, values in zip(SEEDS, each, strict=True):
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


def test_regions_without_a_receptive_field_are_refused(run, tmp_path):
    with pytest.raises(UserError, match="w: no region has 18 bins of 1000 bp, the receptive field"):
        apply_to(run[0], tmp_path, ["chr1:0-10000"])


# --- the plan, before any job
def planned(folder, *, factors=FACTORS, assemblies=("dm6",) * 3, signal=None, **given):
    names = [f"B_{factor}" for factor in factors]
    samples = pd.DataFrame(
        {"sample": names, "cell": "B", "assay": "ChIP-seq", "target": list(factors),
         "assembly": list(assemblies)[: len(names)]}, index=names,
    )  # fmt: skip
    entry = {"cell": "B", "regions": [], "any_assembly": False, **given}
    signal = {"value": "signal", "over_control": False} | (signal or {})
    entry = Application(read_bundle(folder / "bundle", "w"), entry)
    return plan_application(entry, samples, signal, "c.yaml: apply.x")


def test_profiles_are_taken_in_the_order_of_the_bundle(run):
    plan = planned(run[0], factors=["C", "A", "B"])
    assert plan.factors == FACTORS
    assert plan.samples == ["B_A", "B_B", "B_C"]
    assert planned(run[0], assemblies=["dm3"] * 3, any_assembly=True).assembly == "dm3"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
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
