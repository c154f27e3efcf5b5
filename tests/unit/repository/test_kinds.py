"""Every kind of input that the docs list for a paper can be planned (docs/sheets.md)."""

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

from workflow_scripts.chromaloom.workflow.assays import KINDS, PAPER_ASSAYS

# file2, where a kind needs it
SECOND = {"binned": "value", "geo_contacts": "{data}/file", "segments": "RED"}
# names of files that are not those of their kinds: the name of a matrix says its unit
FILES = {"expression_matrix": "matrix_counts"}
# the beginning of files that the plan reads
CONTENT = {
    "pairs": "r\tchr1\t1\tchr1\t2\t+\t+\n",
    "hicpro": "r\tchr1\t1\t+\tchr1\t2\t+\n",
    **dict.fromkeys(("cool", "mcool"), "\x89HDF\r\n\x1a\n"),
    "hic": "HIC\0",
    "bam": "CRAM",
    "bigwig": "\x26\xfc\x8f\x88",
}
KINDS_OF_RUNS = {kind for kinds in KINDS.values() for kind in kinds}
PAIRED = ("Hi-C", "Micro-C", "HiChIP")
CONTACTS = {"contacts": {"resolutions": [10000]}}
CONFIG = {
    "deepchrome": {"deepchrome": {"marks": ["M"]}},
    "conformation": {**CONTACTS, "conformation": {
        "resolution": 10000, "window": 10, "test_regions": ["chr1:0-1000000"]}},
    "deepexpression": {"loops": {"resolution": 5000}},
    "enhancement": {"contacts": {"resolutions": [10000, 20000]},
                    "enhancement": {"resolution": 10000, "split": {
                        "scheme": "chromosome", "valid": ["chr1"], "test": ["chr2"]}}},
}  # fmt: skip


@pytest.fixture
def plan(tmp_path, monkeypatch):
    """Dry run of a paper with samples given as (cell, assay, target, kind)."""
    monkeypatch.setenv("CHROMALOOM_REAL_DATA", str(tmp_path))
    for name in ("file", "mates", *FILES.values(), *KINDS_OF_RUNS):
        (tmp_path / name).write_bytes(CONTENT.get(name, "x\n").encode("latin-1"))

    def run(paper, rows):
        samples = ["sample\tcell\tassay\ttarget\tassembly"]
        runs = ["run\tsample\tkind\tfile\tfile2\tpart"]
        for number, (cell, assay, target, kind) in enumerate(rows):
            second = "{data}/mates" if kind == "fastq" and assay in PAIRED else SECOND.get(kind, "")
            samples.append(f"s{number}\t{cell}\t{assay}\t{target}\tw")
            file = FILES.get(kind, kind)
            runs.append(f"r{number}\ts{number}\t{kind}\t{{data}}/{file}\t{second}\t")
        for name, lines in (("samples", samples), ("runs", runs)):
            (tmp_path / f"{name}.tsv").write_text("\n".join(lines) + "\n")
        config = {
            "name": "kinds", "papers": [paper], "samples": str(tmp_path / "samples.tsv"),
            "runs": str(tmp_path / "runs.tsv"),
            "assemblies": {"w": {"fasta": "{data}/file", "gtf": "{data}/file"}},
            **CONFIG[paper],
        }  # fmt: skip
        # loop tables do not say how many reads a sample has
        sizes = {f"s{n}": 1000 for n, (_, assay, *_) in enumerate(rows) if assay == "HiChIP"}
        config["loops"] = config.get("loops", {}) | {"library_sizes": sizes}
        (tmp_path / "config.yaml").write_text(yaml.safe_dump(config))
        with SnakemakeApi(OutputSettings(quiet={Quietness.ALL}, dryrun=True)) as api:
            api.workflow(
                ResourceSettings(cores=1),
                ConfigSettings(configfiles=[tmp_path / "config.yaml"]),
                snakefile=ROOT / "Snakefile", workdir=tmp_path,
            ).dag(DAGSettings(targets={paper})).execute_workflow(executor="dryrun")  # fmt: skip

    return run


def cells(paper):
    """Samples of one cell for each kind of each assay of a paper, with what else it needs."""
    others = {
        "deepchrome": [("ChIP-seq", "M", "bam"), ("RNA-seq", "", "gene_counts")],
        "conformation": [("Hi-C", "", "cool"), ("ChIP-seq", "M", "peaks")],
        "deepexpression": [("RNA-seq", "", "gene_counts"), ("HiChIP", "M", "loops")],
        "enhancement": [],
    }[paper]
    rows = []
    for assay in PAPER_ASSAYS[paper]:
        for number, kind in enumerate(KINDS[assay]):
            cell = f"{assay}.{number}"
            rows.append((cell, assay, "M" if assay != "marks" else "", kind))
            same = ("Hi-C", "Micro-C") if assay in ("Hi-C", "Micro-C") else (assay,)
            if assay == "marks":
                same = ("marks", "ChIP-seq")
            rows += [(cell, *other) for other in others if other[0] not in same]
    return rows


@pytest.mark.parametrize("paper", PAPER_ASSAYS)
def test_every_kind_that_the_docs_list_for_a_paper_is_planned(plan, paper):
    # FAULTS F1: bedgraph, binned and gff3 ended with MissingInputException in DeepChrome
    plan(paper, cells(paper))
