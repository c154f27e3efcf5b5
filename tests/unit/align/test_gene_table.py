import gzip

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workflow_scripts.align import make_gene_table
from workflow_scripts.chromaloom.genomics.genes import (
    fit_to_genome,
    make_genes,
    make_transcripts,
    read_genes,
    read_gtf,
    without_version,
)
from workflow_scripts.chromaloom.genomics.loci import MAX_GAP, split_loci
from workflow_scripts.chromaloom.workflow.errors import UserError

SIZES = {"chr2": 5000, "chr1": 5000}
NAMES = ("genes.gtf", "genome.fa", "sim")


def row(feature, start, end, strand="+", gene="g1", transcript="t1", chrom="chr1", more=""):
    """A GTF line of the 0-based half-open span start..end."""
    ids = f'gene_id "{gene}"; ' + (f'transcript_id "{transcript}"; ' if transcript else "")
    return f"{chrom}\tsim\t{feature}\t{start + 1}\t{end}\t.\t{strand}\t.\t{ids}{more}\n"


def write(folder, text, name="genes.gtf"):
    path = folder / name
    path.write_text(text)
    return path


def table(folder, text, **settings):
    return make_genes(split_loci(read_gtf(write(folder, text), **settings)), list(SIZES))


TRANSCRIPTS = st.dictionaries(
    st.sampled_from(["t1", "t2", "t3"]),
    st.lists(st.tuples(st.integers(0, 900), st.integers(1, 90)), min_size=1, max_size=4),
    min_size=1,
)


@settings(deadline=None)
@given(transcripts=TRANSCRIPTS, strand=st.sampled_from("+-"))
def test_exons_alone_give_the_same_genes_as_gene_rows(tmp_path_factory, transcripts, strand):
    """A gene is the span of its exons, and its TSS that span's 5' base."""
    folder = tmp_path_factory.mktemp("gtf")
    spans = {t: [(s, s + n) for s, n in exons] for t, exons in transcripts.items()}
    exons = "".join(row("exon", s, e, strand, transcript=t) for t in spans for s, e in spans[t])
    first = min(s for exons_ in spans.values() for s, _ in exons_)
    last = max(e for exons_ in spans.values() for _, e in exons_)
    gene = row("gene", first, last, strand, transcript="")
    sole, whole = table(folder, exons), table(folder, gene + exons)
    pd.testing.assert_frame_equal(sole, whole)
    (only,) = sole.to_dict("records")
    assert (only["start"], only["end"], only["n_transcripts"]) == (first, last, len(spans))
    assert only["tss"] == (first if strand == "+" else last - 1)


def test_mirrored_gene_has_the_mirrored_tss(tmp_path):
    plus = table(tmp_path, row("exon", 100, 300, "+"))
    minus = table(tmp_path, row("exon", 5000 - 300, 5000 - 100, "-"))
    assert minus.tss[0] == 5000 - 1 - plus.tss[0]


def test_names_and_types_of_both_annotators(tmp_path):
    ensembl = row("gene", 0, 9, gene="e", more='gene_name "E"; gene_biotype "protein_coding";')
    gencode = row("gene", 0, 9, gene="g", more='gene_type "lincRNA"; transcript_type "other";')
    genes = table(tmp_path, ensembl + gencode).set_index("gene_id")
    assert genes.gene_name.to_dict() == {"e": "E", "g": ""}
    assert genes.biotype.to_dict() == {"e": "protein_coding", "g": "lincRNA"}


def test_refseq_names_tell_the_biotype_where_the_gtf_does_not(tmp_path):
    # FAULTS C3: UCSC's RefSeq GTF has no biotypes
    places = {"NM_1": "a", "NR_2": "a", "XR_3": "b", "t4": "c"}
    text = "".join(
        row("exon", 9 * n, 9 * n + 9, gene=gene, transcript=name)
        for n, (name, gene) in enumerate(places.items())
    )
    text += row("exon", 90, 99, gene="d", transcript="NM_5", more='gene_biotype "other";')
    assert table(tmp_path, text).set_index("gene_id").biotype.to_dict() == {
        "a": "protein_coding", "b": "noncoding", "c": "", "d": "other",
    }  # fmt: skip


def test_names_that_are_numbers_are_read_as_text(tmp_path):
    # FAULTS C12: Entrez ids
    genes = table(tmp_path, row("exon", 0, 9, gene="7157", transcript="1"))
    genes.to_csv(tmp_path / "genes.tsv", sep="\t", index=False)
    assert read_genes(tmp_path / "genes.tsv").gene_id.tolist() == ["7157"]
    rows = read_gtf(tmp_path / "genes.gtf")
    make_transcripts(rows, list(SIZES)).to_csv(tmp_path / "t.tsv", sep="\t", index=False)
    assert read_genes(tmp_path / "t.tsv").transcript_id.tolist() == ["1"]


def test_order_is_that_of_the_genome(tmp_path):
    places = [("d", "chr1", 50), ("c", "chr1", 5), ("b", "chr2", 70), ("a", "chr2", 70)]
    lines = [row("exon", start, start + 9, gene=g, chrom=chrom) for g, chrom, start in places]
    assert table(tmp_path, "".join(lines)).gene_id.tolist() == ["a", "b", "c", "d"]


def test_versions_are_stripped_on_wish(tmp_path):
    text = row("exon", 0, 9, gene="ENSG1.12", transcript="ENST1.2")
    text += row("exon", 0, 9, gene="ENSG2.3_PAR_Y", transcript="F54H12.1a")
    assert table(tmp_path, text).gene_id.tolist() == ["ENSG1.12", "ENSG2.3_PAR_Y"]
    rows = read_gtf(tmp_path / "genes.gtf", strip_versions=True)
    assert rows.gene_id.tolist() == ["ENSG1", "ENSG2_PAR_Y"]
    assert rows.transcript_id.tolist() == ["ENST1", "F54H12.1a"]


@pytest.mark.parametrize(
    ("name", "bare"),
    [
        ("ENSG00000000003.10", "ENSG00000000003"), ("ENSMUST00000193812.2", "ENSMUST00000193812"),
        ("ENSG00000223972.5_2", "ENSG00000223972"), ("ENSG2.3_PAR_Y", "ENSG2_PAR_Y"),
        ("NM_000014.4", "NM_000014"), ("XR_001.1", "XR_001"),
        ("AT1G01010.1", "AT1G01010.1"), ("RP11-34P13.7", "RP11-34P13.7"),
        ("F54H12.1", "F54H12.1"), ("NM_000014", "NM_000014"), ("HENSG1.2", "HENSG1.2"),
    ],
)  # fmt: skip
def test_versions_are_those_of_ensembl_and_refseq_alone(name, bare):
    # FAULTS C2: AT1G01010.1/.2 are isoforms, RP11-34P13.7/.8 genes of one clone
    assert without_version(name) == bare


def test_isoforms_and_clones_stay_apart_when_versions_are_stripped(tmp_path, caplog):
    # FAULTS C2
    text = "".join(
        row("exon", 100 * n, 100 * n + 9, gene=gene, transcript=f"AT1G01010.{n}")
        for n, gene in enumerate(["RP11-34P13.7", "RP11-34P13.8"], start=1)
    )
    genes = table(tmp_path, text, strip_versions=True)
    assert genes.gene_id.tolist() == ["RP11-34P13.7", "RP11-34P13.8"]
    assert not caplog.text.count("versions of another")
    text = row("exon", 0, 9, gene="ENSG1.1") + row("exon", 20, 29, gene="ENSG1.2")
    assert table(tmp_path, text, strip_versions=True).gene_id.tolist() == ["ENSG1"]
    assert "1 gene_ids are versions of another one" in caplog.text


def test_every_locus_of_a_gene_is_a_gene_of_its_own(tmp_path, caplog):
    text = row("exon", 0, 9) + row("exon", 50, 90, chrom="chr2") + row("exon", 20, 30, "-")
    genes = table(tmp_path, text)
    assert genes[["gene_id", "chrom", "start", "end", "strand"]].values.tolist() == [
        ["g1_locus2", "chr2", 50, 90, "+"], ["g1", "chr1", 0, 9, "+"],
        ["g1_locus3", "chr1", 20, 30, "-"],
    ]  # fmt: skip
    assert "1 gene_ids have several loci (3 in all)" in caplog.text


def test_distant_loci_of_a_symbol_are_not_one_gene(tmp_path, caplog):
    # FAULTS C2: a gene of 50 Mb
    text = row("exon", 100, 300, transcript="NM_1") + row("exon", 200, 400, transcript="NM_2")
    text += row("exon", 50_000_000, 50_000_200, transcript="NM_3")
    genes = table(tmp_path, text)
    assert genes[["gene_id", "start", "end"]].values.tolist() == [
        ["g1", 100, 400], ["g1_locus2", 50_000_000, 50_000_200],
    ]  # fmt: skip
    assert "g1" in caplog.text
    # transcripts of one gene need not overlap
    text = row("exon", 0, 9) + row("exon", 9 + MAX_GAP - 1, 9 + MAX_GAP + 20, transcript="t2")
    assert table(tmp_path, text)[["start", "end"]].values.tolist() == [[0, 29 + MAX_GAP]]


def test_gene_rows_tell_near_loci_apart(tmp_path):
    # FAULTS C2
    text = ""
    for start in (1000, 3000):
        text += row("gene", start, start + 500, transcript="")
        text += row("exon", start, start + 500, transcript=f"t{start}")
    genes = table(tmp_path, text)
    assert genes[["gene_id", "start", "n_transcripts"]].values.tolist() == [
        ["g1", 1000, 1], ["g1_locus2", 3000, 1],
    ]  # fmt: skip


EXONS = st.lists(st.tuples(st.integers(50, 900), st.integers(1, 90)), min_size=1, max_size=4)


@settings(deadline=None)
@given(
    exons=EXONS, copies=st.integers(2, 4), gap=st.sampled_from([1, 3_000_000]),
    strand=st.sampled_from("+-"), style=st.sampled_from(["transcript rows", "exon numbers", "far"]),
)  # fmt: skip
def test_copies_of_a_transcript_are_never_spliced_together(
    tmp_path_factory, exons, copies, gap, strand, style
):
    """Every copy has the length of one, and all together the exons of the file (FAULTS C2)."""
    if style == "far":
        gap = 3_000_000
    text, spans, place = "", [], 0
    for _ in range(copies):
        place += gap
        start, placed = place, []
        for intron, length in exons:
            placed.append((place, place + length))
            place += length + intron
        place = placed[-1][1]
        spans.append((start, place))
        if style == "transcript rows":
            text += row("transcript", start, place, strand, transcript="NM_1")
        numbers = range(1, len(placed) + 1) if strand == "+" else range(len(placed), 0, -1)
        for number, (s, e) in zip(numbers, placed, strict=True):
            more = f'exon_number "{number}";' if style == "exon numbers" else ""
            text += row("exon", s, e, strand, transcript="NM_1", more=more)
    rows = split_loci(read_gtf(write(tmp_path_factory.mktemp("gtf"), text)))
    transcripts = make_transcripts(rows, list(SIZES))
    length = sum(length for _, length in exons)
    assert transcripts.length.tolist() == [length] * copies
    assert transcripts[["start", "end"]].values.tolist() == [list(span) for span in spans]
    genes = make_genes(rows, list(SIZES))
    assert genes[["start", "end"]].values.tolist() == [list(span) for span in spans]
    assert genes.n_transcripts.tolist() == [1] * copies


def test_rows_that_are_listed_twice_count_once(tmp_path, caplog):
    text = row("exon", 0, 10) + row("exon", 20, 25)
    rows = split_loci(read_gtf(write(tmp_path, text + text)))
    assert make_transcripts(rows, list(SIZES)).length.tolist() == [15]
    assert "2 rows repeat an earlier row" in caplog.text


def test_transcript_length_is_that_of_its_exons(tmp_path):
    text = row("exon", 0, 10) + row("exon", 20, 25) + row("CDS", 0, 400) + row("transcript", 0, 25)
    (only,) = make_transcripts(read_gtf(write(tmp_path, text)), list(SIZES)).to_dict("records")
    assert (only["length"], only["n_exons"], only["start"], only["end"]) == (15, 2, 0, 25)


def test_comments_blank_lines_and_gzip(tmp_path):
    text = "#!genome-build x\n\n# more\n" + row("exon", 3, 9, more='note "a # b";') + "\n"
    path = tmp_path / "genes"
    path.write_bytes(gzip.compress(text.encode()))
    assert read_gtf(path).start.tolist() == [3]


BAD = {
    "empty": ("", "no row of feature gene, transcript or exon"),
    "only CDS": (row("CDS", 0, 9), "no row of feature"),
    "GFF3": ("chr1\tx\tgene\t1\t9\t.\t+\t.\tID=gene1;Name=a\n", "line 1 .* no gene_id"),
    "no number": (row("exon", 0, 9).replace("\t9\t", "\tnine\t"), "line 1 .* no interval"),
    "backwards": (row("exon", 0, 9) + row("exon", 30, 20), "line 2 .* no interval"),
    "strandless": ("#\n" + row("exon", 0, 9, "."), "line 2 .* strand"),
    "no chromosome": (row("exon", 0, 9, chrom=" "), "line 1 .* no chromosome"),
    "half a base": (row("exon", 0, 9).replace("\t9\t", "\t9.5\t"), "line 1 .* no interval"),
    "ragged": (row("exon", 0, 9) + row("exon", 5, 9).replace("\t", " ", 1), "line 2 .* fewer"),
    "wide": (row("exon", 0, 9).replace("\n", "\tx\ty\n"), "not a readable GTF"),
    "cut gzip": (gzip.compress(row("exon", 0, 9).encode())[:-8], "gzip file is truncated"),
}


def test_a_position_in_scientific_notation_is_exact(tmp_path):
    # odd case 34
    text = row("exon", 99_999, 120_000).replace("100000", "1e+05").replace("120000", "1.2e+05")
    rows = read_gtf(write(tmp_path, text))
    assert rows[["start", "end"]].to_numpy().tolist() == [[99_999, 120_000]]


@pytest.mark.parametrize("case", BAD)
@pytest.mark.filterwarnings("error")
def test_malformed_gtf_is_rejected_in_one_line(tmp_path, case):
    text, expected = BAD[case]
    path = tmp_path / "genes.gtf"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    with pytest.raises(UserError, match=expected) as caught:
        read_gtf(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_no_common_chromosome_names_both_sides_and_the_key(tmp_path):
    gtf = read_gtf(write(tmp_path, row("exon", 0, 9, chrom="A") + row("exon", 0, 9, chrom="B")))
    with pytest.raises(UserError) as caught:
        fit_to_genome(gtf, SIZES, names=NAMES)
    for part in (
        "genes.gtf",
        "(A, B)",
        "genome.fa",
        "(chr2, chr1)",
        "assemblies.sim.gtf_chrom_prefix",
    ):
        assert part in str(caught.value)
    assert "\n" not in str(caught.value)


def test_genes_follow_the_rule_of_names_that_keeps_most_of_them(tmp_path):
    """FAULTS C7: with one contig in common 1 gene of 400 was left."""
    text = "".join(row("exon", 9 * n, 9 * n + 9, gene=f"g{n}", chrom="12"[n % 2]) for n in range(9))
    text += row("exon", 0, 9, gene="l", chrom="lambda")
    sizes = {**SIZES, "lambda": 100}
    gtf = fit_to_genome(read_gtf(write(tmp_path, text)), sizes, names=NAMES)
    assert gtf.chrom.value_counts().to_dict() == {"chr1": 5, "chr2": 4, "lambda": 1}
    prefixed = read_gtf(tmp_path / "genes.gtf", prefix="chr")
    assert len(fit_to_genome(prefixed, SIZES, names=NAMES)) == 9
    other = text.replace("1\tsim", "one\tsim").replace("2\tsim", "two\tsim")
    with pytest.raises(UserError, match=r"9 of 10 genes.*gtf_chrom_prefix"):
        fit_to_genome(read_gtf(write(tmp_path, other)), sizes, names=NAMES)


def test_genes_on_absent_chromosomes_are_left_out_and_counted(tmp_path, caplog):
    text = row("exon", 0, 9, gene="a") + row("exon", 0, 9, gene="b", chrom="patch7")
    gtf = fit_to_genome(read_gtf(write(tmp_path, text)), SIZES, names=NAMES)
    assert gtf.gene_id.tolist() == ["a"]
    assert "1 of 2 genes (50.0%) are on 1 chromosomes" in caplog.text
    assert "patch7" in caplog.text


def test_gene_beyond_the_chromosome_means_another_assembly(tmp_path):
    inside = read_gtf(write(tmp_path, row("exon", 0, 5000)))
    assert len(fit_to_genome(inside, SIZES, names=NAMES)) == 1
    beyond = read_gtf(write(tmp_path, row("exon", 0, 5001)))
    with pytest.raises(
        UserError, match=r"'g1' ends at chr1:5001, the chromosome at 5000 .*assembly"
    ):
        fit_to_genome(beyond, SIZES, names=NAMES)


def test_rule_writes_both_tables(tmp_path):
    text = row("exon", 10, 20, "-", gene="NA", transcript="nan", chrom="1")
    (tmp_path / "chrom.sizes").write_text("chr1\t5000\n")
    make_gene_table.main(
        gtf=str(write(tmp_path, text)), sizes=str(tmp_path / "chrom.sizes"), fasta="genome.fa",
        assembly="sim", prefix="chr", strip_versions=False, genes=str(tmp_path / "genes.tsv"),
        transcripts=str(tmp_path / "transcripts.tsv"),
    )  # fmt: skip
    genes, transcripts = (
        read_genes(tmp_path / "genes.tsv"),
        read_genes(tmp_path / "transcripts.tsv"),
    )
    # names that look like missing values are names
    assert genes[["gene_id", "chrom", "tss"]].values.tolist() == [["NA", "chr1", 19]]
    assert transcripts[["transcript_id", "gene_id"]].values.tolist() == [["nan", "NA"]]
