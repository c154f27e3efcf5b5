import pysam
import pytest

from workflow_scripts.align import make_gene_table
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.quantify import extract_transcripts


@pytest.fixture
def extract(rna_files, tmp_path):
    def run(fasta="", gtf=None, **settings):
        """Sequences by name; `fasta` is the text of given transcripts."""
        given = tmp_path / "given.fa"
        given.write_text(fasta)
        extract_transcripts.main(
            genome=str(rna_files / "genome.fa"), gtf=str(gtf or rna_files / "genes.gtf"),
            given=str(given) if fasta else "", prefix="chr", out=str(tmp_path / "out.fa"),
            **{"strip_versions": False, "transcripts": str(rna_files / "transcripts.tsv"),
               **settings},
        )  # fmt: skip
        with pysam.FastxFile(str(tmp_path / "out.fa")) as records:
            return {record.name: record.sequence for record in records}

    return run


def test_spliced_transcripts_read_5_to_3(rna, extract):
    assert extract() == rna.transcripts


def test_given_transcripts_are_those_of_the_gtf(rna, extract):
    plain = "".join(f">{n} more words\n{s.lower()}\n" for n, s in rna.transcripts.items())
    assert extract(plain) == rna.transcripts


@pytest.mark.parametrize("header", [">{}|g1.2|x\n", ">{}.7\n", ">{}.7|g1.2|x\n"])
def test_annotators_headers_are_understood(rna, extract, header):
    fasta = "".join(header.format(n) + s + "\n" for n, s in rna.transcripts.items())
    assert extract(fasta) == rna.transcripts


def test_isoforms_of_a_given_fasta_are_not_merged(rna, extract):
    # FAULTS C2: names that differ in .N alone are two transcripts; neither is taken for t1
    fasta = "".join(f">{n}\n{s}\n" for n, s in rna.transcripts.items() if n != "t1")
    fasta += ">t1.1\nACGTACGT\n>t1.2\nACGTTTTT\n"
    found = extract(fasta)
    assert found["t1.1"] == "ACGTACGT"
    assert found["t1.2"] == "ACGTTTTT"
    assert "t1" not in found


def test_copies_of_a_transcript_are_spliced_apart(rna, extract, tmp_path, rna_files):
    # FAULTS C2: an NM at two loci became one transcript of both
    text = "".join(
        f'1\tx\ttranscript\t{s + 1}\t{e}\t.\t{strand}\t.\tgene_id "G"; transcript_id "NM_1";\n'
        f'1\tx\texon\t{s + 1}\t{e}\t.\t{strand}\t.\tgene_id "G"; transcript_id "NM_1";\n'
        for s, e, strand in [(100, 200, "+"), (3000, 3150, "+"), (5000, 5070, "-")]
    )
    gtf = tmp_path / "copies.gtf"
    gtf.write_text(text)
    make_gene_table.main(
        gtf=str(gtf), sizes=str(rna_files / "chrom.sizes"), fasta="source.fa", assembly="sim",
        prefix="chr", strip_versions=False, genes=str(tmp_path / "genes.tsv"),
        transcripts=str(tmp_path / "t.tsv"),
    )  # fmt: skip
    found = extract(gtf=gtf, transcripts=str(tmp_path / "t.tsv"))
    assert found["NM_1"] == rna.genome[100:200]
    assert found["NM_1_locus2"] == rna.genome[3000:3150]
    assert {name: len(sequence) for name, sequence in found.items()} == {
        "NM_1": 100, "NM_1_locus2": 150, "NM_1_locus3": 70,
    }  # fmt: skip


def test_transcripts_that_the_gtf_lacks_stay_as_rivals(rna, extract):
    fasta = "".join(f">{n}\n{s}\n" for n, s in rna.transcripts.items()) + ">alien\nACGTACGT\n"
    assert extract(fasta) == {**rna.transcripts, "alien": "ACGTACGT"}


def test_no_common_transcript_names_both_sides(extract):
    with pytest.raises(UserError) as caught:
        extract(">YAL001C\nACGT\n>YAL002W\nACGT\n")
    for part in ("given.fa", "(YAL001C, YAL002W)", "genes.gtf", "t1"):
        assert part in str(caught.value)
    assert "\n" not in str(caught.value)


def test_same_transcript_twice_is_refused(rna, extract):
    with pytest.raises(UserError, match="'t1' occurs twice"):
        extract(">t1\nACGT\n>t1\nACGT\n")


def test_gtf_without_exons_is_rejected(extract, tmp_path):
    gtf = tmp_path / "few.gtf"
    gtf.write_text('1\tx\tgene\t1\t9\t.\t+\t.\tgene_id "g1";\n')
    with pytest.raises(UserError, match=r"few.gtf: no exon .*transcripts"):
        extract(gtf=gtf)


def test_text_that_is_not_fasta_is_rejected(extract):
    with pytest.raises(UserError, match=r"given\.fa"):
        extract("<html>\n")
