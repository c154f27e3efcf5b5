"""The plan of a bundle of Conformation on a cell: other inputs are refused before any job."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from applied_run import SIZES, write_map

from workflow_scripts.chromaloom.ml.bundles import Application, Bundle
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.conformation.apply.inputs import (
    RunMaps,
    min_region_bins,
    names_of,
    network_files,
    plan_application,
)

FACTORS = ["A", "B", "C"]
SIGNAL = {"value": "signal", "over_control": False}


def bundle(model="forward", backward=True, **outputs):
    weights = ["weights/seed1.keras"] + ["weights/backward.seed1.keras"] * backward
    inputs = {"factors": FACTORS, "resolution": 1000, "window": 6, "signal_value": "signal",
              "over_control": False, "assembly": "dm6"}  # fmt: skip
    facts = {"paper": "conformation", "model": model, "inputs": inputs, "outputs": outputs}
    return Bundle(Path("b"), facts | {"weights": weights})


def planned(
    *, factors=FACTORS, assemblies=("dm6",) * 3, signal=None, model="forward", backward=True,
    maps=None, **given,
):  # fmt: skip
    names = [f"B_{factor}" for factor in factors]
    samples = pd.DataFrame(
        {"sample": names, "cell": "B", "assay": "ChIP-seq", "target": list(factors),
         "assembly": list(assemblies)[: len(names)]}, index=names,
    )  # fmt: skip
    for name, assembly in (("hic", "dm6"), ("old", "dm3")):
        samples.loc[name] = [name, "C", "Hi-C", "", assembly]
    entry = {"cell": "B", "regions": [], "any_assembly": False, "map": "", **given}
    known = {
        "samples": {"hic": "c/hic.mcool", "old": "c/old.mcool"},
        "resolutions": [1000],
        "sizes_of": lambda name: SIZES,
    }
    maps = RunMaps(**known | (maps or {}))
    found = bundle(model, backward)
    return plan_application(
        Application(found, entry), samples, SIGNAL | (signal or {}), "c.yaml: apply.x", maps
    )


def test_profiles_are_taken_in_the_order_of_the_bundle():
    plan = planned(factors=["C", "A", "B"])
    assert plan.factors == FACTORS
    assert plan.samples == ["B_A", "B_B", "B_C"]
    assert planned(assemblies=["dm3"] * 3, any_assembly=True).assembly == "dm3"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"model": "x"}, "bundle: model 'x' .*; expected: forward, linear, pairwise, ridge"),
        ({"cell": "X"}, "cell 'X' lacks A, B, C, which the bundle reads .*available: none"),
        ({"factors": ["A", "B"]}, "cell 'B' lacks C, which the bundle reads .*available: A, B"),
        ({"assemblies": ["dm6", "dm3", "dm6"]}, "cell 'B' are of assemblies dm6, dm3"),
        ({"assemblies": ["dm3"] * 3}, "assembly is 'dm3', that of the bundle 'dm6'"),
        ({"signal": {"value": "fraction"}}, "tracks is 'fraction', that of the bundle 'signal'"),
        ({"signal": {"over_control": True}}, "over the control is True, that of the bundle False"),
        (
            {"regions": ["chr9"]},
            "regions: 'chr9': no chromosome 'chr9'; available: chr1, chr2",
        ),
        ({"regions": ["chr1:0-70k"]}, "regions: 'chr1:0-70k' is outside the genome"),
        ({"regions": ["chr1:500-18.5k"]}, "regions: 17 bins of 1000 bp at most; expected: 18"),
        ({"regions": ["small:1k-2k"], "model": "pairwise"}, "regions: 1 bins of .* expected: 2"),
        ({"map": "hic", "backward": False}, "map: the bundle has no backward networks"),
        ({"map": "old"}, "map: sample 'old' is of assembly 'dm3', the profiles of 'dm6'"),
        (
            {"map": "hic", "maps": {"resolutions": [5000, 10000]}},
            "map: the maps of samples have bins of 5000, 10000 bp, the bundle reads 1000 bp",
        ),
        (
            {"map": "x.hic"},
            "map: 'x.hic' is neither a .cool or .mcool file nor a sample .*hic, old",
        ),
        ({"map": "none.cool"}, "map: file 'none.cool' does not exist; expected: a contact map"),
    ],
)
def test_other_inputs_than_those_of_the_bundle_are_refused_in_one_line(changes, message):
    with pytest.raises(UserError, match=message) as caught:
        planned(**changes)
    assert str(caught.value).startswith("c.yaml: apply.x")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("given", "regions", "message"),
    [
        ({}, ["small:0-2k"], "no chromosome 'small'; available: chr1, chr2"),
        ({"size": 2000}, [], "no map of 1000 bp bins; available: 2000"),
        ({"weighted": False}, [], "the map of 1000 bp is not balanced"),
        ({"chroms": ["chr1"]}, ["chr1", "chr2"], "no chromosome 'chr2'; available: chr1"),
    ],
)
def test_another_map_is_refused_before_any_job(tmp_path, given, regions, message):
    path = write_map(tmp_path / "x.cool", **given)
    with pytest.raises(UserError, match=rf"^c.yaml: apply.x.map: .*{message}"):
        planned(map=path, regions=regions, model="pairwise")


def test_a_map_of_another_assembly_or_no_map_is_refused_before_any_job(tmp_path):
    path = write_map(tmp_path / "x.cool")
    with pytest.raises(UserError, match="chr1 has 60000 bp, in the genome 70000 bp"):
        planned(map=path, maps={"sizes_of": lambda name: SIZES | {"chr1": 70_000}})
    with pytest.raises(UserError, match="chromosome chr1 is not in the genome; expected: 1, 2"):
        planned(map=path, maps={"sizes_of": lambda name: {"1": 60_000, "2": 40_000}})
    (tmp_path / "y.cool").write_bytes(np.arange(100).tobytes())
    with pytest.raises(UserError, match=r"apply.x.map: .*y.cool: no contact map; expected: .c"):
        planned(map=str(tmp_path / "y.cool"))


def test_maps_are_samples_files_groups_and_files_that_the_run_will_make(tmp_path):
    path = write_map(tmp_path / "x.cool")
    assert planned(map=path).map == path
    assert planned(map=f"{path}::/", regions=["chr2:1k-29k"]).map == f"{path}::/"
    assert planned(map="hic").map == "c/hic.mcool"
    later = {"made": lambda name: name == "later.mcool"}
    assert planned(map="later.mcool::/resolutions/1000", maps=later).map.startswith("later.mcool::")
    assert planned().map == ""
    # models without σ need no backward networks
    assert planned(map="hic", model="pairwise", backward=False).map == "c/hic.mcool"


def test_bundles_of_earlier_versions_are_read():
    old = planned(backward=False)
    assert network_files(old.bundle) == {"seed1": "b/weights/seed1.keras"}
    assert not network_files(old.bundle, backward=True)
    assert not old.has_expected
    both = bundle(expected=[1.0])
    assert network_files(both, backward=True) == {"seed1": "b/weights/backward.seed1.keras"}


def test_entries_are_told_apart_by_sigma_and_map():
    plans = {"f": planned(), "fm": planned(map="hic"), "p": planned(model="pairwise")}
    assert names_of(plans, sigma=True, contacts=False) == ["f"]
    assert names_of(plans, sigma=True, contacts=True) == ["fm"]
    assert names_of(plans, sigma=False, contacts=False) == ["p"]
    assert plans["fm"].has_expected
    assert [len(plan.tracks) for plan in plans.values()] == [1, 4, 0]
    assert [min_region_bins(bundle(m)) for m in ("forward", "linear", "ridge")] == [18, 18, 2]
