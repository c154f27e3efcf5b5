"""`make apply` for every kind of model: the config that it writes is planned (docs/apply.md)."""

import zipfile
from pathlib import Path

import pytest
import yaml
from loaded_workflow import ROOT
from snakemake.api import SnakemakeApi
from snakemake.settings.types import (
    ConfigSettings,
    DAGSettings,
    OutputSettings,
    Quietness,
    ResourceSettings,
)

from workflow_scripts.align.list_chromosomes import main as list_chromosomes
from workflow_scripts.chromaloom.ml.bundles import write_bundle
from workflow_scripts.setup.apply_config import main

MARKS = ("H3K27me3", "H3K36me3", "H3K4me1", "H3K4me3", "H3K9me3")
MAP = {"kinds": ["pool"], "factor": 2, "bins": {"pool": 10_000}}
IMAGE = {"resolution": 5000, "low_resolution": MAP, "window_bins": 40, "inner_bins": 32,
         "assembly": "hg19", "chromosomes": {}}  # fmt: skip
# facts of models of which none comes with the workflow
FACTS = {
    "full": {
        "paper": "deepexpression", "model": "full", "outputs": {"task": "classification"},
        "inputs": {"half_width": 1000, "resolution": 5000, "assembly": "hg19",
                   "hichip": {"half_width": 2_000_000, "orient_by_strand": False}},
    },
    "forward": {
        "paper": "conformation", "model": "forward",
        "inputs": {"factors": ["CTCF"], "resolution": 10_000, "window": 8, "assembly": "hg19",
                   "signal_value": "fraction", "over_control": False},
    },
    "image": {"paper": "enhancement", "model": "image", "kind": "image", "inputs": IMAGE},
    "hybrid": {"paper": "enhancement", "model": "hybrid_simple", "kind": "hybrid",
               "inputs": {**IMAGE, "dna": {"length": 200_000}}},
    "sequence": {
        "paper": "enhancement", "model": "sequence", "kind": "sequence",
        "outputs": {"targets": ["map"], "resolution": 5000, "bins": 32, "crop": 4},
        "inputs": {"resolution": 5000, "window_bins": 40, "length": 200_000, "assembly": "hg19",
                   "dna": {"length": 200_000}},
    },
}  # fmt: skip
GENOME = ["FASTA=g.fa", "GTF=genes.gtf"]
SHEETS = ["SAMPLES=samples.tsv", "RUNS=runs.tsv"]
LOOPS = ("HiChIP", "", "hicpro")


@pytest.fixture
def planned(tmp_path, monkeypatch):
    """Files of the results that `make apply` plans for a model, options and samples."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "resources").symlink_to(ROOT / "resources")
    (tmp_path / "g.fa").write_text(">chr1\nACGT\n")
    (tmp_path / "p.fa").write_text(f">a\n{'A' * 2000}\n")
    (tmp_path / "genes.gtf").write_text("x\n")
    (tmp_path / "lengths").write_text("chr2L\t23513712\n")
    (tmp_path / "m.hic").write_bytes(b"HIC\0")
    (tmp_path / "bam").write_bytes(b"CRAM")
    (tmp_path / "peaks").write_text("chr1\t1\t2\n")
    (tmp_path / "hicpro").write_text("r\tchr1\t1\t+\tchr1\t2\t+\n")
    with zipfile.ZipFile("n.keras", "w"):
        pass

    def plan(model, options, samples=(), assembly="hg19"):
        if model in FACTS:
            write_bundle(model, FACTS[model], {"seed1": "n.keras"}, "card")
        sheets = {"samples": "sample cell assay target assembly", "runs": "run sample kind file"}
        lines = {name: [header.split()] for name, header in sheets.items()}
        for number, (assay, target, kind) in enumerate(samples):
            lines["samples"].append([f"s{number}", "K", assay, target, assembly])
            lines["runs"].append([f"s{number}", f"s{number}", kind, kind])
        for name, rows in lines.items():
            text = "".join("\t".join(row) + "\n" for row in rows)
            (tmp_path / f"{name}.tsv").write_text(text)
        main("config.yaml", "applied", model, *options)
        config = yaml.safe_load((tmp_path / "config.yaml").read_text())
        with SnakemakeApi(OutputSettings(quiet={Quietness.ALL}, dryrun=True)) as api:
            workflow = api.workflow(
                ResourceSettings(cores=1),
                ConfigSettings(configfiles=[tmp_path / "config.yaml"]),
                snakefile=ROOT / "Snakefile", workdir=tmp_path,
            )  # fmt: skip
            workflow.dag(DAGSettings(targets={"all"})).execute_workflow(executor="dryrun")
            files = {str(file) for job in workflow._workflow.dag.jobs for file in job.output}
        return {f.removeprefix("results/applied/").removeprefix("apply/") for f in files}, config

    return plan


MARKS_OF = [("ChIP-seq", mark, "bam") for mark in MARKS]
CTCF = [("ChIP-seq", "CTCF", "peaks")]


@pytest.mark.parametrize(
    ("model", "options", "samples", "file"),
    [
        ("deepchrome-K562", [*SHEETS, *GENOME, "MATCH_DEPTH=1"], MARKS_OF, "K/genes.bw"),
        ("deepexpression-K562-seq", ["PROMOTERS=p.fa"], [], "promoters/genes.tsv.gz"),
        ("full", [*SHEETS, *GENOME], [LOOPS], "K/loops.bedpe"),
        ("forward", [*SHEETS, "SIZES=lengths", "REGIONS=chr2L"], CTCF, "K/sigma.bw"),
        ("image", ["MAP=m.hic"], [], "map/enhanced.mcool"),
        ("hybrid", ["MAP=m.hic", "FASTA=g.fa"], [], "map/enhanced.mcool"),
        ("sequence", ["FASTA=g.fa", "REGIONS=chr1:0-5M"], [], "maps/predicted.mcool"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_config_of_make_apply_is_planned(planned, model, options, samples, file):
    files, config = planned(model, options, samples)
    assert file in files, files
    entry = file.split("/")[0]
    assert list(config["apply"]) == [entry]
    # what has a place on a genome has a session for a browser
    with_session = model not in ("deepexpression-K562-seq", "image", "hybrid", "sequence")
    assert (f"{entry}/igv_session.xml" in files) is with_session


def test_a_genome_that_a_browser_does_not_know_is_given_by_its_lengths(planned):
    options = [*SHEETS, "SIZES=lengths", "REGIONS=chr2L", "ANY_ASSEMBLY=1"]
    files, _ = planned("forward", options, CTCF, assembly="mine")
    # IGV knows the format by the end of the name
    assert {"genome/mine/mine.chrom.sizes", "K/igv_session.xml"} <= files
    list_chromosomes({"chr2L": 5, "chrX": 3}, files=["a.chrom.sizes", "b"])
    assert Path("a.chrom.sizes").read_text() == Path("b").read_text() == "chr2L\t5\nchrX\t3\n"
