"""Rules across the sheets and the config, which the rules files check before any job."""

import pytest
from loaded_workflow import ROOT, load_workflow

SAMPLES = "sample cell assay target assembly control"
RUNS = "run sample kind file file2"
GENOME = {"fasta": "{data}/genome.fa", "gtf": "{data}/genes.gtf"}
BARE = {"fasta": "{data}/genome.fa"}


@pytest.fixture
def rejected(tmp_path, monkeypatch):
    """The line of the `UserError` that ends the reading of rules with these rows of the sheets."""
    monkeypatch.setenv("CHROMALOOM_REAL_DATA", str(tmp_path))
    for name in (
        "genome.fa",
        "genes.gtf",
        "reads.fastq",
        "peaks.bed",
        "counts.tsv",
        "a.cool",
        "a.bam",
    ):
        (tmp_path / name).write_text("x\n")
    (tmp_path / "a.cool").write_bytes(b"\x89HDF\r\n\x1a\n")
    (tmp_path / "a.bam").write_bytes(b"CRAM")
    # lengths of a genome that are known before any job
    (tmp_path / "genome.fa.fai").write_text("chr1\t90000000\t6\t60\t61\n")

    def run(samples, runs, **config):
        for name, header, rows in (("samples", SAMPLES, samples), ("runs", RUNS, runs)):
            lines = ["\t".join(row.split(" ")) for row in (header, *rows)]
            (tmp_path / f"{name}.tsv").write_text("\n".join(lines) + "\n")
        with pytest.raises(SystemExit) as caught:
            load_workflow({
                "name": "small", "papers": [], "samples": str(tmp_path / "samples.tsv"),
                "runs": str(tmp_path / "runs.tsv"), "assemblies": {"w": GENOME}, **config,
            })  # fmt: skip
        return str(caught.value)

    return run


CASES = {
    "dataset": (["a A ChIP-seq H3K4me3 w "], ["r a fastq dataset:nowhere "], {},
                ["row 2", "nowhere"]),
    "assembly": (["a A ChIP-seq H3K4me3 v "], ["r a fastq {data}/reads.fastq "], {},
                 ["row 2", "'v'", "w"]),
    "text as a map": (["a A Hi-C  w "], ["r a cool {data}/peaks.bed "], {},
                      ["'r'", "peaks.bed: no contact map", ".cool"]),
    "no assembly": (["a A Hi-C  "], ["r a cool {data}/a.cool "], {}, ["row 2", "Hi-C", "assembly"]),
    "reads": (["a A RNA-seq   "], ["r a fastq {data}/reads.fastq "], {}, ["row 2", "assembly"]),
    "fasta": (["a A ChIP-seq H3K4me3 w "], ["r a fastq {data}/reads.fastq "],
              {"assemblies": {"w": {"sizes": {"chr1": 9}}}}, ["assemblies.w", "'fasta'", "'a'"]),
    "state": (["a A segmentation  w "], ["r a segments {data}/peaks.bed "], {},
              ["row 2", "target"]),
    "kind": (["a A ChIP-seq H3K4me3 w "], ["r a cool {data}/a.cool "], {},
             ["'a'", "'cool'", "bam"]),
    "target": (["a A ChIP-seq  w "], ["r a fastq {data}/reads.fastq "], {}, ["row 2", "target"]),
    "gtf": (["a A ChIP-seq H3K4me3 w "], ["r a fastq {data}/reads.fastq "],
            {"assemblies": {"w": BARE}, "papers": ["deepchrome"]},
            ["assemblies.w", "'gtf'", "'a'"]),
    "replicates": (["a A RNA-seq  w ", "b A RNA-seq  w "],
                   ["r a fastq {data}/reads.fastq ", "s b gene_counts {data}/counts.tsv "],
                   {}, ["'A'", "fastq", "gene_counts"]),
    "biotypes": (["a A RNA-seq   "], ["r a gene_counts {data}/counts.tsv "],
                 {"genes": {"biotypes": ["protein_coding"]}}, ["genes.biotypes", "'A'", "gtf"]),
    "genes of a bam": (["a A RNA-seq  w "], ["r a bam {data}/a.bam "],
                       {"assemblies": {"w": BARE}}, ["assemblies.w", "'gtf'", "'a'"]),
    "text as bam": (["a A ChIP-seq H3K4me3 w "], ["r a bam {data}/peaks.bed "], {},
                    ["row 2 (run 'r')", "peaks.bed: no BAM or CRAM file"]),
    "tracks of rna": (["a A RNA-seq  w "], ["r a bigwig {data}/a.bam "], {},
                      ["'a'", "'bigwig'", "fastq"]),
    "paper": (["a A RNA-seq  w "], ["r a fastq {data}/reads.fastq "], {"papers": ["deepchrom"]},
              ["papers", "'deepchrom'", "deepchrome"]),
    # FAULTS F3
    "mates": (["a A Hi-C  w "], ["r a fastq {data}/reads.fastq {data}/mates.fastq"], {},
              ["row 2", "file2", "mates.fastq", "does not exist"]),
    "no mates": (["a A Hi-C  w "], ["r a fastq {data}/reads.fastq "], {},
                 ["'r'", "file2 is empty"]),
    "matrix": (["a A Hi-C  w "], ["r a matrix {data}/counts.tsv chr9"],
               {"assemblies": {"w": {"sizes": {"chr1": 9}}}}, ["'r'", "file2", "'chr9'", "chr1"]),
    "region": (["a A Hi-C  w ", "b A ChIP-seq H1 w "],
               ["r a cool {data}/a.cool ", "s b peaks {data}/peaks.bed "],
               {"assemblies": {"w": {"sizes": {"chr1": 9_000_000}}}, "papers": ["conformation"],
                "conformation": {"test_regions": ["chr2"], "edits": []}},
               ["conformation.test_regions", "'chr2'", "chr1"]),
    "split": (["a A Hi-C  w "], ["r a cool {data}/a.cool "],
              {"assemblies": {"w": BARE}, "papers": ["enhancement"],
               "contacts": {"resolutions": [5000, 10000]},
               "enhancement": {"split": {"valid": ["chr1"], "test": ["chrX"]}}},
              ["enhancement.split.test", "'chrX'", "chr1"]),
    "signal": (["a A ChIP-seq H3K4me3  "], ["r a peaks {data}/peaks.bed "],
               {"papers": ["deepchrome"]}, ["'a'", "assembly"]),
}  # fmt: skip


@pytest.mark.parametrize(("samples", "runs", "config", "named"), CASES.values(), ids=CASES)
def test_the_line_names_the_row_or_key_and_what_is_wrong(rejected, samples, runs, config, named):
    line = rejected(samples, runs, **config)
    assert line.startswith("error: ")
    assert "\n" not in line
    assert not [part for part in named if part not in line]


def test_a_module_with_a_prefix_is_rejected_with_the_key_to_set(tmp_path):
    snakefile = tmp_path / "Snakefile"
    snakefile.write_text(
        f"module chromaloom:\n    snakefile: {str(ROOT / 'Snakefile')!r}\n    prefix: 'x'\n"
        "    config: {'name': 'small', 'papers': []}\n\nuse rule * from chromaloom\n"
    )
    with pytest.raises(SystemExit, match=r"error: module chromaloom: prefix .*'name'"):
        load_workflow(snakefile=snakefile)
