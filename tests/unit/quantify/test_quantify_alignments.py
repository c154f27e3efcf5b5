"""RNA reads aligned to transcripts: known numbers, kallisto on the same reads, a naive EM."""

import json
import subprocess
from collections import Counter

import numpy as np
import pandas as pd
import pysam
import pytest

from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.quantify import make_gene_expression, quantify_alignments, quantify_reads
from workflow_scripts.quantify.quantify_alignments import effective_lengths, maximize

COUNTS = {"t1": 300, "t2a": 150, "t2b": 600, "t3": 450}
SETTINGS = {"sample": "s", "fragment_length": 200, "fragment_sd": 1, "strand": "unstranded",
            "min_pseudoaligned": 0.1}  # fmt: skip


@pytest.fixture(scope="module")
def library(rna, rna_files, tmp_path_factory):
    """FASTQ of both mates, and their alignments to the transcripts by bowtie2 -a."""
    folder = tmp_path_factory.mktemp("library")
    paths = []
    for mate, reads in enumerate(rna.reads(COUNTS), start=1):
        text = "".join(f"@r{n}\n{r}\n+\n{'I' * len(r)}\n" for n, r in enumerate(reads))
        paths.append(folder / f"{mate}.fq")
        paths[-1].write_text(text)
    index = str(folder / "index")
    subprocess.run(["bowtie2-build", "-q", str(rna_files / "transcripts.fa"), index], check=True)
    files = {}
    for layout, reads in (
        ("paired", ["-1", paths[0], "-2", paths[1]]),
        ("single", ["-U", paths[0]]),
    ):
        sam = folder / f"{layout}.sam"
        subprocess.run(
            ["bowtie2", "-a", "--quiet", "--no-unal", "--no-mixed", "--no-discordant", "-x", index,
             "-S", str(sam), *map(str, reads)], check=True,
        )  # fmt: skip
        files[layout] = folder / f"{layout}.bam"
        pysam.view("-b", "-o", str(files[layout]), str(sam), catch_stdout=False)
    return {"fastq": list(map(str, paths)), **{k: str(v) for k, v in files.items()}}


@pytest.fixture
def quantify(rna_files, tmp_path):
    def run(*files, **settings):
        out, info = tmp_path / "q" / "abundance.tsv", tmp_path / "q" / "run_info.json"
        quantify_alignments.main(
            files=list(files), transcripts=str(rna_files / "transcripts.tsv"),
            fasta=str(rna_files / "transcripts.fa"), abundance=str(out), info=str(info),
            **{**SETTINGS, **settings},
        )  # fmt: skip
        return pd.read_csv(out, sep="\t").set_index("target_id"), json.loads(info.read_text())

    return run


@pytest.mark.parametrize("layout", ["paired", "single"])
def test_abundances_are_those_of_kallisto_and_of_the_truth(
    library, quantify, rna_files, tmp_path, layout
):
    table, info = quantify(library[layout])
    out = tmp_path / "k" / "abundance.tsv"
    mates = library["fastq"][1:] if layout == "paired" else []
    quantify_reads.main(
        reads=library["fastq"][:1], mates=mates, index=str(rna_files / "kallisto.idx"), threads=1,
        abundance=str(out), info=str(tmp_path / "k" / "info.json"), **SETTINGS,
    )  # fmt: skip
    kallisto = pd.read_csv(out, sep="\t").set_index("target_id").loc[table.index]
    assert info["n_processed"] == sum(COUNTS.values())
    assert table.est_counts.sum() == pytest.approx(info["n_pseudoaligned"], rel=1e-4)
    assert table.tpm.sum() == pytest.approx(1e6, rel=1e-4)
    np.testing.assert_allclose(table.tpm, kallisto.tpm, rtol=0.02)
    np.testing.assert_allclose(table.eff_length, kallisto.eff_length, rtol=0.01)
    assert table.est_counts["t1"] == pytest.approx(COUNTS["t1"], rel=0.01)
    assert table.est_counts["t2b"] == pytest.approx(COUNTS["t2b"], rel=0.15)
    gene = make_gene_expression
    gene.main(
        cell="c", kind="bam", samples=["s"], files=[str(tmp_path / "q" / "abundance.tsv")],
        columns=[""], transcripts=[str(rna_files / "transcripts.tsv")], value="counts",
        out=str(tmp_path / "genes.tsv"),
    )  # fmt: skip
    genes = pd.read_csv(tmp_path / "genes.tsv", sep="\t").set_index("gene_id").value
    assert genes["g2"] == pytest.approx(750, rel=0.01)


def test_order_copies_and_cram_do_not_matter(library, quantify, rna_files, tmp_path):
    expected, _ = quantify(library["paired"])
    pysam.sort("-o", str(tmp_path / "sorted.bam"), library["paired"])
    cram = str(tmp_path / "x.cram")
    reference = str(rna_files / "transcripts.fa")
    pysam.view("-C", "-T", reference, "-o", cram, library["paired"], catch_stdout=False)
    for path in (str(tmp_path / "sorted.bam"), cram):
        pd.testing.assert_frame_equal(quantify(path)[0], expected)
    twice, info = quantify(library["paired"], library["paired"])
    assert info["n_processed"] == 2 * sum(COUNTS.values())
    np.testing.assert_allclose(twice.tpm, expected.tpm, rtol=1e-4)


def test_reads_of_the_other_strand_do_not_fit(library, quantify):
    _, info = quantify(library["paired"], strand="forward")
    assert info["n_pseudoaligned"] == sum(COUNTS.values())
    with pytest.raises(UserError, match=r"0\.0% of 1500 reads fit"):
        quantify(library["paired"], strand="reverse")


def renamed(source, out, change):
    with pysam.AlignmentFile(source) as given:
        header = given.header.to_dict()
        header["SQ"] = [line | change(line) for line in header["SQ"]]
        with pysam.AlignmentFile(str(out), "wb", header=header) as new:
            for read in given:
                new.write(read)
    return str(out)


def test_names_of_gencode_and_with_versions_are_those_of_the_gtf(library, quantify, tmp_path):
    expected, _ = quantify(library["paired"])
    path = renamed(library["paired"], tmp_path / "g.bam", lambda s: {"SN": s["SN"] + "|gene|x"})
    pd.testing.assert_frame_equal(quantify(path)[0], expected)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda s: {"SN": f"chr{s['SN']}"}, r"none of its sequences \(chr.*gene_counts"),
        (lambda s: {"LN": s["LN"] + 7}, r"bp, in the GTF \d+ bp \(4 of 4 transcripts differ\)"),
    ],
)
def test_reads_of_the_genome_or_of_another_annotation_are_refused(
    library, quantify, tmp_path, change, words
):
    path = renamed(library["paired"], tmp_path / "x.bam", change)
    with pytest.raises(UserError, match=words) as caught:
        quantify(path)
    assert "x.bam" in str(caught.value) and "\n" not in str(caught.value)


def test_the_em_is_that_of_a_loop():
    rng = np.random.default_rng(1)
    lengths = rng.integers(300, 2000, 6).astype(float)
    classes = Counter({(0,): 40, (0, 1): 100, (1, 2, 3): 60, (4,): 5, (3, 4): 7})
    found = maximize(classes, lengths)
    alpha = [sum(classes.values()) / 6] * 6
    for _ in range(5000):
        after = [0.0] * 6
        for members, number in classes.items():
            total = sum(alpha[m] / lengths[m] for m in members)
            for m in members:
                after[m] += number * alpha[m] / lengths[m] / total
        alpha = after
    np.testing.assert_allclose(found, alpha, rtol=0.05, atol=0.5)
    assert found.sum() == pytest.approx(212)
    assert found[5] == 0


def test_effective_lengths_are_means_over_the_fragments_that_fit():
    lengths = np.array([100, 250, 1000])
    effective = effective_lengths(lengths, {200: 3, 300: 1})
    assert effective.tolist() == [100, 51, (3 * 801 + 701) / 4]


def test_a_file_that_is_no_alignment_is_refused(quantify, tmp_path):
    (tmp_path / "x.bam").write_text("text")
    with pytest.raises(UserError, match=r"x\.bam: not a BAM or CRAM file"):
        quantify(str(tmp_path / "x.bam"))
