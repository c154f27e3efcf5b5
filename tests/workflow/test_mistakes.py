"""Invalid input ends the run with one clear line before any job, and finished outputs are kept."""

import gzip
import random

import pytest
from workflow_copy import error_lines

BASES = random.Random(0)
GENOME = "".join(BASES.choices("ACGT", k=30_000))


@pytest.fixture(scope="module")
def workflow(make_workflow):
    """A copy with a tiny genome, its genes and reads, sound and broken, as FASTQ files."""
    workflow = make_workflow()
    folder = workflow.folder
    (folder / "g.fa").write_text(f">chr1\n{GENOME}\n")
    rows = [
        f"chr1\tx\texon\t{n * 1000 + 6001}\t{n * 1000 + 6500}\t.\t+\t.\t"
        f'gene_id "g{n}"; transcript_id "t{n}";'
        for n in range(18)
    ]
    (folder / "g.gtf").write_text("\n".join(rows) + "\n")
    reads = []
    for n in range(400):
        at = BASES.randrange(len(GENOME) - 50)
        reads.append(f"@r{n}\n{GENOME[at : at + 50]}\n+\n{'I' * 50}\n")
    (folder / "good.fastq").write_text("".join(reads))
    (folder / "plain.fastq").write_text("".join(reads)[:-30])
    packed = gzip.compress("".join(reads).encode())
    (folder / "good.fastq.gz").write_bytes(packed)
    (folder / "cut.fastq.gz").write_bytes(packed[: len(packed) // 2])
    (folder / "none.fastq.gz").write_bytes(gzip.compress(b""))
    (folder / "empty.fastq").touch()
    return workflow


def setup(workflow, *, files=("good.fastq.gz",), **changes):
    """One ChIP-seq sample for each FASTQ file: ip, ip2, ip3."""
    workflow.configure(
        **{"papers": [], "samples": "s.tsv", "runs": "r.tsv",
           "assemblies": {"tiny": {"fasta": "g.fa", "gtf": "g.gtf"}},
           "tss_bins": {"n_bins": 20}, **changes}
    )  # fmt: skip
    names = ["ip", *(f"ip{n}" for n in range(2, len(files) + 1))]
    samples = [f"{name}\tA\tChIP-seq\tH3K4me3\ttiny\n" for name in names]
    runs = [f"r_{name}\t{name}\tfastq\t{file}\n" for name, file in zip(names, files, strict=True)]
    header = "sample\tcell\tassay\ttarget\tassembly\n"
    (workflow.folder / "s.tsv").write_text(header + "".join(samples))
    (workflow.folder / "r.tsv").write_text("run\tsample\tkind\tfile\n" + "".join(runs))


@pytest.mark.parametrize(
    ("changes", "parts"),
    [
        ({"aling": {}}, ["small.yaml: unknown key 'aling'", "'align'"]),
        ({"papers": ["deepchrom"]}, ["small.yaml: papers: 'deepchrom'", "deepchrome"]),
        ({"papers": ["deepchrome"]}, ["small.yaml: deepchrome: no cell", "H3K27me3"]),
        ({"samples": "nowhere.tsv"}, ["nowhere.tsv: no such sheet"]),
        ({"assemblies": {}}, ["s.tsv: row 2 (sample 'ip')", "'tiny'"]),
        ({"assemblies": {"tiny": {"fasta": "no.fa"}}}, ["assemblies.tiny.fasta", "no.fa"]),
    ],
)
def test_config_mistakes_stop_before_any_job(workflow, changes, parts):
    setup(workflow, **changes)
    line = workflow.early_refusal()
    assert all(part in line for part in parts), line


@pytest.mark.parametrize(
    ("sheet", "text", "parts"),
    [
        ("s.tsv", "sample\tassay\nip\tChIP-seq\n", ["s.tsv: missing column 'cell'"]),
        ("r.tsv", "run\tsample\tkind\tfile\nr1\tip\tfastq\tgone.fastq\n",
         ["r.tsv: row 2 (run 'r1')", "'gone.fastq' does not exist"]),
        ("r.tsv", "run\tsample\tkind\tfile\nr1\tip\tfastq\tempty.fastq\n",
         ["r.tsv: row 2 (run 'r1')", "'empty.fastq' is empty"]),
        ("r.tsv", "run\tsample\tkind\tfile\nr1\tip\tfastq\tnone.fastq.gz\n",
         ["r.tsv: row 2 (run 'r1')", "none.fastq.gz: is a gzip file without content"]),
        ("s.tsv", "sample\tcell\tassay\ttarget\tassembly\n"
         + "ip\tA\tChIP-seq\tH3K4me3\ttiny\n" * 2,
         ["s.tsv: sample 'ip' occurs in rows [2, 3]"]),
    ],
)  # fmt: skip
def test_sheet_mistakes_stop_before_any_job(workflow, sheet, text, parts):
    setup(workflow)
    (workflow.folder / sheet).write_text(text)
    line = workflow.early_refusal()
    assert all(part in line for part in parts), line


def test_names_with_shell_characters_are_refused(workflow):
    setup(workflow)
    sheet = workflow.folder / "s.tsv"
    sheet.write_text(sheet.read_text().replace("ip\t", "$(touch pwned)\t"))
    assert "$(touch pwned)" in workflow.refusal()
    assert not (workflow.folder / "pwned").exists()


def test_a_genome_without_the_genes_chromosome_is_refused(workflow):
    text = (workflow.folder / "g.gtf").read_text()
    (workflow.folder / "refseq.gtf").write_text(text.replace("chr1\t", "NC_1\t"))
    setup(workflow, assemblies={"tiny": {"fasta": "g.fa", "gtf": "refseq.gtf"}})
    line = workflow.refusal("results/small/genome/tiny/genes.tsv")
    for part in ("refseq.gtf", "(NC_1)", "chr1", "gtf_chrom_prefix"):
        assert part in line


def test_broken_reads_stop_before_alignment_and_lose_nothing(workflow):
    setup(workflow)
    workflow.run()
    # the sound input passes
    assert workflow.path("align/ip.bam").exists()
    genome = workflow.path("genome/tiny/genome.fa").stat().st_mtime_ns
    setup(workflow, files=("cut.fastq.gz", "plain.fastq"))
    workflow.path("align/ip.bam").unlink()
    output = workflow.run(ok=False)
    assert "Traceback" not in output
    lines = error_lines(output)
    assert len(lines) == 2, lines
    for parts in (["cut.fastq.gz"], ["plain.fastq", "record 400"]):
        assert sum(all(part in line for part in parts) for line in lines) == 1, lines
    assert list(workflow.path("align").glob("*.bam")) == []
    assert workflow.path("genome/tiny/genome.fa").stat().st_mtime_ns == genome
