"""Every input that is not that of a bundle is refused in one line, by paper and kind of mismatch.

What a paper takes from the bundle itself cannot differ: bins and window of Conformation's profiles,
length and direction of promoters that are cut from a genome, direction of loops.
"""

from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

from workflow_scripts.chromaloom.ml.bundles import Application, Bundle
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.conformation.apply.inputs import plan_application as plan_profiles
from workflow_scripts.deepchrome.apply.inputs import plan_application as plan_marks
from workflow_scripts.deepexpression.apply.inputs import plan_application as plan_promoters
from workflow_scripts.enhancement.apply.inputs import plan_application as plan_map
from workflow_scripts.enhancement.apply.sequence_inputs import plan_application as plan_sequence

WHERE = "c.yaml: apply.x"
FOLDER = Path("my/bundle")
NAMES = ["A", "B", "C"]
BUNDLES = {
    "deepchrome": {
        "inputs": {
            "marks": NAMES, "unit": dict.fromkeys(NAMES, "reads"), "bin_size": 100, "n_bins": 80,
            "orient": True, "assembly": "hg19", "mean_per_bin": dict.fromkeys(NAMES, 1.0),
        },
    },
    "deepexpression": {
        "model": "full", "outputs": {"task": "regression"},
        "inputs": {"half_width": 5, "resolution": 5000, "assembly": "hg19",
                   "hichip": {"half_width": 10_000, "orient_by_strand": False}},
    },
    "conformation": {
        "model": "forward",
        "inputs": {"factors": NAMES, "resolution": 1000, "window": 6, "assembly": "dm6",
                   "signal_value": "signal", "over_control": False},
    },
    "enhancement": {
        "model": "sequence", "kind": "sequence", "outputs": {"targets": ["m"]},
        "inputs": {"resolution": 5000, "window_bins": 40, "assembly": "hg19", "length": 200_000},
    },
}  # fmt: skip
MAP = {"kinds": ["pool"], "factor": 2, "bins": {"pool": 10_000}}
IMAGE = {"resolution": 5000, "low_resolution": MAP, "window_bins": 40, "inner_bins": 32,
         "assembly": "hg19", "chromosomes": {"chr1": 10**6}}  # fmt: skip
BUNDLES["image"] = {"model": "image", "kind": "image", "inputs": IMAGE}
BUNDLES["hybrid"] = {"model": "hybrid", "kind": "hybrid", "inputs": {**IMAGE, "dna": {}}}
SETTINGS = {"assembly": "", "fasta": "", "map": "", "target": "", "regions": [],
            "any_assembly": False, "match_depth": False}  # fmt: skip
MAPS = ("enhancement", "image", "hybrid")  # models that give maps
# values of the run that fit the bundles
FITTING = SimpleNamespace(
    names=NAMES, kind="bam", assembly="", bins={"bin_size": 100, "n_bins": 80, "orient": True},
    resolution=5000, signal={"value": "signal", "over_control": False}, stated={}, settings={},
    maps=[5000, 10_000], length=10**6,
)  # fmt: skip


def sheets(run, assembly):
    """Sample and run sheet of a cell with a sample for each name, and with HiChIP."""
    rows = [(f"K_{name}", "K", "ChIP-seq", name) for name in run.names]
    rows += [("K_loops", "K", "HiChIP", ""), ("K_hic", "K", "Hi-C", "")]
    samples = pd.DataFrame(rows, columns=["sample", "cell", "assay", "target"])
    samples["assembly"] = run.assembly or assembly
    runs = pd.DataFrame({"sample": samples["sample"], "kind": run.kind, "file": "f", "part": ""})
    return samples.set_index("sample", drop=False), runs


def plan(paper, **changes):
    """Plan the bundle of a paper on a run that fits it but for the changes."""
    run = SimpleNamespace(**{**vars(FITTING), **changes})
    facts = {"paper": paper, "model": paper, **BUNDLES[paper]}
    cell = "" if paper in MAPS else "K"
    entry = Application(Bundle(FOLDER, facts), {**SETTINGS, "cell": cell, **run.settings})
    assembly = facts["inputs"]["assembly"]
    samples, runs = sheets(run, assembly)
    genomes = {name: {"fasta": "f", "gtf": "g"} for name in (assembly, "hg38", "GRCh37")}
    if paper == "deepchrome":
        return plan_marks(entry, samples, runs, run.bins, list(samples.index), WHERE)
    if paper == "conformation":
        return plan_profiles(entry, samples, run.signal, WHERE)
    if paper == "deepexpression":
        return plan_promoters(entry, samples, genomes, ["K"], run.resolution, WHERE)
    if paper in ("image", "hybrid"):
        entry.settings["map"] = "K_hic"
        return plan_map(
            entry, samples=samples, maps={"K_hic": "K_hic.mcool"}, resolutions=run.maps,
            assemblies=genomes, known_sizes=lambda name: {"chr1": run.length},
            find=lambda path, where: path, where=WHERE,
        )  # fmt: skip
    return plan_sequence(entry, genomes, lambda name: {"chr1": 10**6}, run.stated, WHERE)


MISMATCHES = [
    # paper, mismatch, run, the value that is wrong, and the one that is expected
    ("deepchrome", "missing mark", {"names": ["A", "B"]}, "lacks C", "A, B, C"),
    ("deepchrome", "bin size", {"bins": {**FITTING.bins, "bin_size": 50}}, "50", "bin_size: 100"),
    ("deepchrome", "number of bins", {"bins": {**FITTING.bins, "n_bins": 90}}, "90", "n_bins: 80"),
    ("deepchrome", "orientation", {"bins": {**FITTING.bins, "orient": False}}, "False",
     "orient: True"),
    ("deepchrome", "unit", {"kind": "bigwig"}, "'track mean'", "'reads'"),
    ("deepchrome", "unit of peaks", {"kind": "peaks"}, "'peaks'", "'reads'"),
    ("deepchrome", "assembly", {"assembly": "hg38"}, "'hg38'", "'hg19'"),
    ("deepchrome", "assembly naming", {"assembly": "GRCh37"}, "'GRCh37'", "name the assembly hg19"),
    ("conformation", "missing factor", {"names": ["A", "C"]}, "lacks B", "A, B, C"),
    ("conformation", "unit", {"signal": {"value": "fraction", "over_control": False}},
     "'fraction'", "signal.value: signal"),
    ("conformation", "control", {"signal": {"value": "signal", "over_control": True}}, "True",
     "over_control: False"),
    ("conformation", "assembly", {"assembly": "dm3"}, "'dm3'", "'dm6'"),
    ("conformation", "assembly naming", {"assembly": "BDGP6"}, "'BDGP6'", "name the assembly dm6"),
    ("deepexpression", "resolution", {"resolution": 1000}, "1000", "resolution: 5000"),
    ("deepexpression", "assembly", {"assembly": "hg38"}, "'hg38'", "'hg19'"),
    ("deepexpression", "assembly naming", {"assembly": "GRCh37"}, "'GRCh37'",
     "name the assembly hg19"),
    ("deepexpression", "missing loops", {"settings": {"cell": "L"}}, "'L'", "one of K"),
    ("enhancement", "resolution", {"stated": {"resolution": 10_000}}, "10000", "5000"),
    ("enhancement", "window", {"stated": {"window_bins": 80}}, "80", "40"),
    ("enhancement", "assembly", {"settings": {"assembly": "hg38"}}, "'hg38'", "'hg19'"),
    ("enhancement", "assembly naming", {"settings": {"assembly": "GRCh37"}}, "'GRCh37'",
     "name the assembly hg19"),
    ("image", "resolution", {"maps": [40_000]}, "40000 bp", "10000 (pooled counts"),
    # a model of pooled bins, on a map that has the bins of its output alone
    ("image", "low resolution", {"maps": [5000]}, "5000 bp", "10000 (pooled counts"),
    ("image", "window", {"length": 100_000}, "100,000 bp", "a window of the bundle, 200,000 bp"),
    ("image", "assembly", {"assembly": "hg38"}, "hg38", "hg19"),
    ("image", "assembly naming", {"assembly": "GRCh37"}, "GRCh37", "hg19"),
    ("hybrid", "resolution", {"maps": [40_000]}, "40000 bp", "10000 (pooled counts"),
    ("hybrid", "low resolution", {"maps": [5000]}, "5000 bp", "10000 (pooled counts"),
    ("hybrid", "assembly", {"assembly": "hg38"}, "'hg38'", "'hg19'"),
    ("hybrid", "assembly naming", {"assembly": "GRCh37"}, "'GRCh37'", "name the assembly hg19"),
]  # fmt: skip


def check_line(error, wrong, expected):
    line = str(error)
    assert line.startswith(WHERE)
    assert "\n" not in line
    for words in (wrong, "expected: ", expected, "fix: ", str(FOLDER)):
        assert words in line, (words, line)


@pytest.mark.parametrize(
    ("paper", "mismatch", "run", "wrong", "expected"),
    MISMATCHES,
    ids=[f"{paper}: {mismatch}" for paper, mismatch, *_ in MISMATCHES],
)
def test_another_input_than_the_bundle_s_is_refused_in_one_line(
    paper, mismatch, run, wrong, expected
):
    with pytest.raises(UserError) as caught:
        plan(paper, **run)
    check_line(caught.value, wrong, expected)


@pytest.mark.parametrize("bases", [4, 8, 12, 200])
def test_promoters_of_another_length_are_refused_in_one_line(tmp_path, monkeypatch, bases):
    monkeypatch.setitem(BUNDLES["deepexpression"], "model", "seq")
    monkeypatch.setitem(BUNDLES["deepexpression"]["inputs"], "hichip", None)
    path = tmp_path / "p.fa"
    path.write_text(">a\nACGTA\nACGTA\n>b\nA\n")
    settings = {"cell": "", "fasta": str(path)}
    assert plan("deepexpression", settings=settings).fasta == str(path)
    path.write_text(f">a\n{'A' * bases}\n")
    with pytest.raises(UserError) as caught:
        plan("deepexpression", settings=settings)
    check_line(caught.value, str(bases) if bases < 10 else "more than 10", "10 bp")


@pytest.mark.parametrize("paper", BUNDLES)
def test_what_fits_is_planned(paper):
    assert plan(paper).bundle.folder == FOLDER


@pytest.mark.parametrize("paper", BUNDLES)
def test_any_assembly_allows_another_genome(paper):
    settings = {"any_assembly": True, "assembly": "hg38" if paper == "enhancement" else ""}
    assert plan(paper, assembly="hg38", settings=settings).bundle.folder == FOLDER


@pytest.mark.parametrize("order", [["C", "B", "A"], ["B", "A", "C"]])
def test_another_order_in_the_sheet_is_harmless(order):
    assert [mark for _, mark in plan("deepchrome", names=order).cell.signal] == NAMES
    assert plan("conformation", names=order).factors == NAMES
    assert plan("conformation", names=order).samples == [f"K_{name}" for name in NAMES]
