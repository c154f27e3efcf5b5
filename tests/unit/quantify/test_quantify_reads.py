"""RNA reads of known number, quantified by kallisto."""

import json
from pathlib import Path

import pandas as pd
import pytest

from workflow_scripts.align import make_gene_table, prepare_genome
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.quantify import (
    extract_transcripts,
    index_transcripts,
    make_gene_expression,
    quantify_reads,
)

SETTINGS = {
    "sample": "s", "fragment_length": 200, "fragment_sd": 1, "strand": "unstranded",
    "min_pseudoaligned": 0.1, "threads": 1,
}  # fmt: skip
COUNTS = {"t1": 300, "t2a": 150, "t2b": 600, "t3": 450}


@pytest.fixture
def fastq(tmp_path):
    def write(name, reads):
        text = "".join(f"@r{n}\n{r}\n+\n{'I' * len(r)}\n" for n, r in enumerate(reads))
        (tmp_path / name).write_text(text)
        return str(tmp_path / name)

    return write


@pytest.fixture
def quantify(rna_files, tmp_path):
    def run(reads, mates=(), index=None, **settings):
        out, info = tmp_path / "q" / "abundance.tsv", tmp_path / "q" / "run_info.json"
        quantify_reads.main(
            reads=list(reads), mates=list(mates), abundance=str(out), info=str(info),
            index=str(index or rna_files / "kallisto.idx"), **{**SETTINGS, **settings},
        )  # fmt: skip
        return out, json.loads(info.read_text())

    return run


@pytest.mark.parametrize("paired", [False, True])
def test_counts_come_back(rna, fastq, quantify, paired):
    one, two = rna.reads(COUNTS)
    mates = [fastq("2.fq", two)] if paired else []
    out, info = quantify([fastq("1.fq", one)], mates)
    assert info["n_processed"] == sum(COUNTS.values())
    # of single ends kallisto drops those whose supposed fragment would leave the transcript
    least = len(one) if paired else 0.99 * len(one)
    assert info["n_pseudoaligned"] >= least
    table = pd.read_csv(out, sep="\t").set_index("target_id")
    assert table.est_counts.sum() == pytest.approx(info["n_pseudoaligned"], abs=0.1)
    assert table.tpm.sum() == pytest.approx(1e6, rel=1e-4)
    assert table.est_counts["t1"] == pytest.approx(COUNTS["t1"], rel=0.01)
    assert table.est_counts["t3"] == pytest.approx(COUNTS["t3"], rel=0.01)
    # isoforms are told apart by their own exons, up to the EM's error
    assert table.est_counts["t2b"] == pytest.approx(COUNTS["t2b"], rel=0.15)


def test_lanes_add_up(rna, fastq, quantify):
    one, _ = rna.reads(COUNTS)
    whole, _ = quantify([fastq("all.fq", one)])
    expected = whole.read_bytes()
    half = len(one) // 2
    parts, _ = quantify([fastq("a.fq", one[:half]), fastq("b.fq", one[half:])])
    assert parts.read_bytes() == expected


def test_lanes_of_pairs_stay_pairs(rna, fastq, quantify):
    one, two = rna.reads(COUNTS)
    half = len(one) // 2
    lanes = [fastq("a1.fq", one[:half]), fastq("b1.fq", one[half:])]
    mates = [fastq("a2.fq", two[:half]), fastq("b2.fq", two[half:])]
    _, info = quantify(lanes, mates)
    assert info["n_processed"] == len(one)
    assert info["n_pseudoaligned"] == len(one)


def test_bytes_do_not_depend_on_threads(rna, fastq, quantify):
    file = fastq("1.fq", rna.reads(COUNTS)[0])
    out, info = quantify([file])
    first = out.read_bytes()
    again, other = quantify([file], threads=3)
    assert again.read_bytes() == first
    assert other == info


def test_strand_decides_what_fits(rna, fastq, quantify):
    file = fastq("1.fq", rna.reads({"t1": 100})[0])  # all on the transcript's own strand
    assert quantify([file], strand="forward")[1]["n_pseudoaligned"] == 100
    with pytest.raises(UserError, match="strand"):
        quantify([file], strand="reverse")


@pytest.mark.parametrize("fitting", [0, 1])
def test_wrong_species_is_refused_in_one_line(rna, fastq, quantify, tmp_path, fitting):
    reads = rna.reads({"t1": fitting})[0] + ["ACAC" * 15] * (20 - fitting)
    file = fastq("1.fq", reads)
    with pytest.raises(UserError) as caught:
        quantify([file])
    for part in ("'s'", f"{fitting / 20:.1%} of 20", "quantify.min_pseudoaligned 10%"):
        assert part in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "q" / "abundance.tsv").exists()


def test_broken_index_is_reported_with_the_tool_s_output(fastq, quantify, tmp_path):
    broken = tmp_path / "broken.idx"
    broken.write_text("nothing")
    with pytest.raises(RuntimeError, match="kallisto"):
        quantify([fastq("1.fq", ["ACGT" * 10])], index=broken)


def test_genes_are_the_sums_of_their_transcripts(rna, rna_files, fastq, quantify, tmp_path):
    out, _ = quantify([fastq("1.fq", rna.reads(COUNTS)[0])])
    make_gene_expression.main(
        cell="c", kind="fastq", samples=["s", "s2"], files=[str(out)] * 2, columns=[], value="tpm",
        transcripts=[str(rna_files / "transcripts.tsv")] * 2, out=str(tmp_path / "c.tsv"),
    )  # fmt: skip
    genes = pd.read_csv(tmp_path / "c.tsv", sep="\t").set_index("gene_id")
    assert genes.est_counts["g2"] == pytest.approx(COUNTS["t2a"] + COUNTS["t2b"], rel=0.01)
    assert genes.tpm.sum() == pytest.approx(1e6, rel=1e-4)
    assert (genes.value == genes.tpm).all()
    assert set(genes.unit) == {"tpm"}


@pytest.mark.real
def test_real_yeast_rna_fits_its_own_transcripts(real_reads, tmp_path):
    """Chromosome I alone has 124 of some 6,000 genes, so a few reads in a hundred fit."""
    paths = {
        n: str(tmp_path / n) for n in ("genome.fa", "genome.fa.fai", "sizes", "g", "t", "out.fa")
    }
    prepare_genome.main(
        fasta=str(real_reads / "sacCer3.fa.gz"), out=paths["genome.fa"],
        index=paths["genome.fa.fai"], sizes=paths["sizes"],
    )  # fmt: skip
    gtf = str(real_reads / "RNA_genes.gtf")
    make_gene_table.main(
        gtf=gtf, sizes=paths["sizes"], fasta="sacCer3", assembly="sacCer3", prefix="chr",
        strip_versions=False, genes=paths["g"], transcripts=paths["t"],
    )  # fmt: skip
    shares = []
    for given in ("", str(real_reads / "RNA_transcriptome.fasta")):
        extract_transcripts.main(
            genome=paths["genome.fa"], gtf=gtf, transcripts=paths["t"], given=given, prefix="chr",
            strip_versions=False, out=paths["out.fa"],
        )  # fmt: skip
        text = Path(paths["out.fa"]).read_text()
        assert text.count(">") == 124
        index_transcripts.main(fasta=paths["out.fa"], out=str(tmp_path / "idx"))
        quantify_reads.main(
            **{**SETTINGS, "min_pseudoaligned": 0.03, "fragment_sd": 30}, mates=[],
            reads=[str(real_reads / "RNA_SRR4238351_subsamp.fastq.gz")],
            index=str(tmp_path / "idx"), abundance=str(tmp_path / "a.tsv"),
            info=str(tmp_path / "i.json"),
        )  # fmt: skip
        info = json.loads((tmp_path / "i.json").read_text())
        shares.append(info["n_pseudoaligned"] / info["n_processed"])
    # what is spliced here is what the annotators distribute, but for the stop codons' treatment
    assert shares[0] == pytest.approx(shares[1], rel=0.1)
