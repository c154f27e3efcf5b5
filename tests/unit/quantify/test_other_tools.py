"""Tables of salmon and STAR."""

import gzip

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workflow_scripts.chromaloom.workflow.assays import expression_units
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.quantify import make_gene_expression
from workflow_scripts.quantify.expression_tables import (
    read_abundance,
    read_gene_counts,
    read_salmon,
    read_star_counts,
)
from workflow_scripts.quantify.plan import check_strands

GENES = {"T1": "G1", "T2": "G1", "T3": "G2", "ENST0001": "ENSG0001", "AT1.1": "AT1", "AT1.2": "AT1"}
HEADER = "Name\tLength\tEffectiveLength\tTPM\tNumReads\n"


@pytest.fixture
def transcripts(tmp_path):
    lines = ["transcript_id\tgene_id", *("\t".join(pair) for pair in GENES.items())]
    (tmp_path / "transcripts.tsv").write_text("\n".join(lines) + "\n")
    return tmp_path / "transcripts.tsv"


def quant(folder, rows, name="quant.sf"):
    text = HEADER + "".join(f"{n}\t900\t700.5\t{tpm!r}\t{reads!r}\n" for n, tpm, reads in rows)
    path = folder / name
    path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    return path


@settings(deadline=None)
@given(
    rows=st.dictionaries(
        st.sampled_from([*GENES, "alien"]), st.tuples(st.floats(0, 1e5), st.floats(0, 1e6)),
        min_size=1,
    ).filter(lambda rows: set(rows) != {"alien"})
)  # fmt: skip
def test_salmon_s_genes_are_the_sums_of_their_transcripts(tmp_path_factory, rows):
    folder = tmp_path_factory.mktemp("salmon")
    lines = ["transcript_id\tgene_id", *("\t".join(pair) for pair in GENES.items())]
    (folder / "t.tsv").write_text("\n".join(lines) + "\n")
    table = read_salmon(
        quant(folder, [(n, *pair) for n, pair in rows.items()]), folder / "t.tsv", "tpm"
    ).set_index("gene_id")
    # an independent sum
    tpm, reads = {}, {}
    for name, pair in rows.items():
        if name in GENES:
            tpm[GENES[name]] = tpm.get(GENES[name], 0) + pair[0]
            reads[GENES[name]] = reads.get(GENES[name], 0) + pair[1]
    assert table.tpm.to_dict() == pytest.approx(tpm)
    assert table.est_counts.to_dict() == pytest.approx(reads)
    assert (table.value == table.tpm).all()
    assert set(table.unit) == {"tpm"}


def test_salmon_gives_what_kallisto_s_table_of_the_same_numbers_gives(transcripts, tmp_path):
    rows = [("T1", 5.5, 10.0), ("T2", 1.25, 3.5), ("T3", 0.0, 0.0), ("AT1.2", 7.0, 2.0)]
    abundance = tmp_path / "abundance.tsv"
    abundance.write_text("target_id\tlength\teff_length\test_counts\ttpm\n" + "".join(
        f"{n}\t900\t700.5\t{reads}\t{tpm}\n" for n, tpm, reads in rows))  # fmt: skip
    for value in ("tpm", "counts"):
        pd.testing.assert_frame_equal(
            read_salmon(quant(tmp_path, rows, "quant.sf.gz"), transcripts, value),
            read_abundance(abundance, transcripts, value),
        )


def test_salmon_s_names_are_found_with_version_and_gencode_s_fields(transcripts, tmp_path, caplog):
    rows = [("ENST0001.7|ENSG0001.2|x", 1.0, 2.0), ("T1.3", 4.0, 8.0), ("AT1.1", 2.0, 1.0),
            ("AT1.3", 9.0, 9.0)]  # fmt: skip
    table = read_salmon(quant(tmp_path, rows), transcripts, "counts").set_index("gene_id")
    # AT1.3 is an isoform that the GTF lacks, not a version of another one
    assert table.est_counts.to_dict() == {"ENSG0001": 2, "G1": 8, "AT1": 1}
    assert "1 transcripts without gene are left out, with 9 of 20 reads" in caplog.text


BAD_QUANT = {
    "kallisto": ("target_id\tlength\ttpm\nT1\t9\t1\n", "no column 'Name'"),
    "no number": (HEADER + "T1\t9\t9\t1\tmany\n", "line 2: value 'many'"),
    "negative": (HEADER + "T1\t9\t9\t-1\t0\n", "line 2: value '-1'"),
    "ragged": (HEADER + "T1\t9\t9\t1\n", "line 2 has 4 columns, the header 5"),
    "twice": (HEADER + "T1\t9\t9\t1\t1\n" * 2, "line 3: transcript 'T1' occurs twice"),
    "alien": (HEADER + "X1\t9\t9\t1\t1\n", r"none of its transcripts \(X1\) has a gene"),
    "empty": ("", "the table is empty"),
}


@pytest.mark.parametrize("case", BAD_QUANT)
def test_malformed_quant_sf_is_rejected_in_one_line(transcripts, tmp_path, case):
    text, expected = BAD_QUANT[case]
    (tmp_path / "quant.sf").write_text(text)
    with pytest.raises(UserError, match=rf"quant\.sf: .*{expected}") as caught:
        read_salmon(tmp_path / "quant.sf", transcripts, "tpm")
    assert "\n" not in str(caught.value)


SUMMARY = "N_unmapped\t9\t9\t9\nN_multimapping\t8\t8\t8\nN_noFeature\t7\t90\t7\n"
SUMMARY += "N_ambiguous\t1\t0\t0\n"


def star(folder, rows):
    path = folder / "ReadsPerGene.out.tab"
    path.write_text(SUMMARY + "".join("\t".join(map(str, row)) + "\n" for row in rows))
    return path


COUNTS = st.lists(st.tuples(st.integers(0, 900), st.integers(0, 30)), min_size=1, max_size=9)


@settings(deadline=None)
@given(counts=COUNTS.filter(lambda counts: sum(a for a, _ in counts)))
def test_star_s_strandedness_is_found_and_its_column_is_the_counts(tmp_path_factory, counts):
    """The planted strand is found, and genes have that column's numbers, without the summary."""
    folder = tmp_path_factory.mktemp("star")
    own, other = (sum(pair[n] for pair in counts) for n in (0, 1))
    genes = [f"G{n}" for n in range(len(counts))]
    if own >= 0.8 * (own + other):
        forward = [(g, a + b, a, b) for g, (a, b) in zip(genes, counts, strict=True)]
        reverse = [(g, a + b, b, a) for g, (a, b) in zip(genes, counts, strict=True)]
        for rows in (forward, reverse):
            table = read_star_counts(star(folder, rows))
            assert dict(zip(table.gene_id, table.value, strict=True)) == {
                g: a for g, (a, _) in zip(genes, counts, strict=True)
            }
    both = [(g, 2 * a, a, a) for g, (a, _) in zip(genes, counts, strict=True)]
    table = read_star_counts(star(folder, both))
    assert table.value.tolist() == [2 * a for a, _ in counts]
    assert set(table.unit) == {"counts"}


def test_the_run_sheet_chooses_star_s_column_and_the_log_names_it(tmp_path, caplog):
    caplog.set_level("INFO", logger="chromaloom")
    path = star(tmp_path, [("7157", 10, 6, 4), ("NA", 5, 3, 2)])
    for strand, values in (("unstranded", [10, 5]), ("forward", [6, 3]), ("reverse", [4, 2])):
        out = tmp_path / "A.tsv"
        make_gene_expression.main(
            cell="A", kind="star_counts", samples=["s"], files=[str(path)], columns=[strand],
            transcripts=[], value="tpm", out=str(out),
        )  # fmt: skip
        table = pd.read_csv(out, sep="\t", dtype={"gene_id": str}, keep_default_na=False)
        assert table.gene_id.tolist() == ["7157", "NA"]
        assert table.value.tolist() == values
        assert f"column {strand}, as the run sheet's file2 says: 9 reads forward" in caplog.text


def test_a_strandedness_that_cannot_be_found_is_refused_with_the_key(tmp_path):
    path = star(tmp_path, [("a", 10, 7, 3)])
    with pytest.raises(UserError, match=r"7 reads .* 3 on the other.*file2 into the run sheet"):
        read_star_counts(path)
    assert read_star_counts(path, "forward").value.tolist() == [7]
    runs = pd.DataFrame([("r", "star_counts", "yes")], columns=["run", "kind", "file2"])
    with pytest.raises(UserError, match=r"runs.tsv: run 'r': file2: 'yes'; expected: unstranded"):
        check_strands(runs, "runs.tsv")
    check_strands(runs.assign(file2="reverse"), "runs.tsv")
    check_strands(runs.assign(kind="expression_matrix"), "runs.tsv")


BAD_STAR = {
    "two columns": ("G1\t5\n", "line 1 has 2 columns; expected: 4"),
    "no number": ("G1\t5\tx\t1\n", "line 1: value 'x'"),
    "no reads": (SUMMARY + "G1\t0\t0\t0\n", "no read is in a gene"),
}


@pytest.mark.parametrize("case", BAD_STAR)
def test_malformed_star_counts_are_rejected_in_one_line(tmp_path, case):
    text, expected = BAD_STAR[case]
    (tmp_path / "x.tab").write_text(text)
    with pytest.raises(UserError, match=rf"x\.tab: .*{expected}") as caught:
        read_star_counts(tmp_path / "x.tab")
    assert "\n" not in str(caught.value)


def test_the_plan_knows_the_units_that_the_tables_have(transcripts, tmp_path):
    salmon = quant(tmp_path, [("T1", 1.0, 2.0)])
    found = {read_salmon(salmon, transcripts, value).unit[0] for value in ("tpm", "counts")}
    assert found == set(expression_units("salmon_quant", salmon))
    counts = star(tmp_path, [("a", 4, 2, 2)])
    assert (read_star_counts(counts).unit[0],) == expression_units("star_counts", counts)


def test_tables_of_salmon_and_star_given_as_gene_counts_name_their_kind(tmp_path):
    with pytest.raises(UserError, match=r"quant\.sf: .*salmon.* kind salmon_quant"):
        read_gene_counts(quant(tmp_path, [("T1", 1.0, 2.0)]))
    with pytest.raises(UserError, match=r"out\.tab: .*STAR.* kind star_counts"):
        read_gene_counts(star(tmp_path, [("a", 4, 2, 2)]))
