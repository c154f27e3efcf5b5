import gzip

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.quantify import make_gene_expression
from workflow_scripts.quantify.expression_tables import (
    read_abundance,
    read_gene_counts,
    read_matrix_column,
)

GENES = st.dictionaries(
    st.text("ABCxyz019-.", min_size=1, max_size=8), st.floats(0, 1e6), min_size=1, max_size=20
)


def write(folder, name, text):
    path = folder / name
    path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    return path


@settings(deadline=None)
@given(
    genes=GENES, separator=st.sampled_from(["\t", ",", " "]), header=st.booleans(),
    suffix=st.sampled_from([".txt", ".csv.gz"]),
)  # fmt: skip
def test_counts_come_back_in_any_dress(tmp_path_factory, genes, separator, header, suffix):
    lines = [f"gene{separator}count"] if header else []
    lines += [f"{gene}{separator}{count!r}" for gene, count in genes.items()]
    path = write(tmp_path_factory.mktemp("counts"), f"counts{suffix}", "\n".join(lines) + "\n")
    table = read_gene_counts(path)
    assert dict(zip(table.gene_id, table.value, strict=True)) == genes
    assert set(table.unit) == {"counts"}


def test_repeated_genes_and_summary_rows(tmp_path, caplog):
    path = write(tmp_path, "c.tsv", "a\t1\nb\t2\na\t5\n__no_feature\t99\n")
    table = read_gene_counts(path)
    assert table[["gene_id", "value"]].values.tolist() == [["a", 1], ["b", 2]]
    assert "1 rows repeat a gene" in caplog.text


BAD_COUNTS = {
    "empty": ("", "empty"),
    "three columns": ("a\t1\t2\n", "line 1 has 3 columns"),
    "ragged": ("a\t1\nb\n", "line 2 has 1 columns"),
    "no number": ("gene\tn\na\t1\nb\tmany\n", "line 3: value 'many'"),
    "negative": ("a\t-1\n", "line 1: value '-1'"),
    "missing": ("a\t1\nb\t\n", "line 2: value ''"),
    "no gene": ("gene\tn\na\t1\n\t2\n", "line 3 has no gene or transcript"),
    "infinite": ("a\tinf\n", "line 1: value 'inf'"),
}


@pytest.mark.parametrize("case", BAD_COUNTS)
def test_malformed_counts_are_rejected_in_one_line(tmp_path, case):
    text, expected = BAD_COUNTS[case]
    path = write(tmp_path, "counts.tsv", text)
    with pytest.raises(UserError) as caught:
        read_gene_counts(path)
    assert str(path) in str(caught.value)
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)


MATRIX = {"a": [1.5, 2.5, 3.5], "b": [4.0, 5.0, 6.0]}
CELLS = ["E003", "E004", "E005"]
DRESSES = {
    "plain": ("gene_id\tE003\tE004\tE005\n", ""),
    # the Roadmap table: every row ends in a tab, the header does not
    "trailing tab": ("gene_id\tE003\tE004\tE005\n", "\t"),
    # as R's write.table: the gene column has no name
    "R": ("E003\tE004\tE005\n", ""),
    "quoted R": ('"E003"\t"E004"\t"E005"\n', ""),
}


@pytest.mark.parametrize("dress", DRESSES)
def test_matrix_columns_are_never_shifted(tmp_path, dress):
    header, end = DRESSES[dress]
    rows = ["\t".join([gene, *map(str, values)]) + end for gene, values in MATRIX.items()]
    path = write(tmp_path, "matrix.RPKM.tsv.gz", header + "\n".join(rows) + "\n")
    for place, cell in enumerate(CELLS):
        table = read_matrix_column(path, cell)
        assert dict(zip(table.gene_id, table.value, strict=True)) == {
            gene: values[place] for gene, values in MATRIX.items()
        }
        assert set(table.unit) == {"rpkm"}


@pytest.mark.parametrize(
    ("name", "unit"),
    [("x_TPM.tsv", "tpm"), ("FPKM.tsv", "fpkm"), ("gene_counts.tsv", "counts"),
     ("count.tsv", "counts"), ("country.tsv", "unstated"), ("m.tsv", "unstated")],
)  # fmt: skip
def test_unit_is_what_the_file_is_called(tmp_path, name, unit):
    path = write(tmp_path, name, "gene_id\tA\ng\t1\n")
    assert set(read_matrix_column(path, "A").unit) == {unit}


BAD_MATRICES = {
    "empty": ("", "empty"),
    "only header": ("gene_id\tA\n", "line 2 has 0 columns"),
    "ragged": ("gene_id\tA\ng\t1\nh\t1\t2\n", "line 3 has 3 columns"),
    "two short": ("gene_id\tA\ng\t1\t2\t3\n", "line 2 has 4 columns, the header 2"),
    "other key": ("symbol\tA\ng\t1\n", "first column is 'symbol'"),
    "no column": ("gene_id\tB\tC\ng\t1\t2\n", "no column 'A' (run sheet, file2); available: B, C"),
    "no number": ("gene_id\tA\ng\tNA\n", "line 2: value 'NA'"),
}


@pytest.mark.parametrize("case", BAD_MATRICES)
def test_malformed_matrix_is_rejected_in_one_line(tmp_path, case):
    text, expected = BAD_MATRICES[case]
    with pytest.raises(UserError) as caught:
        read_matrix_column(write(tmp_path, "matrix.tsv", text), "A")
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)


def express(folder, kind, files, columns=(), **more):
    out = folder / "expression.tsv"
    make_gene_expression.main(
        cell="c", kind=kind, samples=[f"s{n}" for n in range(len(files))], transcripts=[],
        files=list(map(str, files)), columns=list(columns), value="tpm", out=str(out),
        **more,
    )  # fmt: skip
    return pd.read_csv(out, sep="\t")


def test_replicates_are_averaged_over_the_genes_of_all(tmp_path, caplog):
    one = write(tmp_path, "1.tsv", "b\t3\na\t1\nonly1\t7\n")
    two = write(tmp_path, "2.tsv", "a\t2\nb\t5\nonly2\t7\n")
    table = express(tmp_path, "gene_counts", [one, two])
    assert table.columns.tolist() == ["gene_id", "value", "unit", "est_counts", "tpm"]
    assert table[["gene_id", "value"]].values.tolist() == [["a", 1.5], ["b", 4]]
    assert table[["est_counts", "tpm"]].isna().all(axis=None)
    assert "2 genes are not in all replicates" in caplog.text


def test_replicates_without_a_common_gene_are_refused(tmp_path):
    files = [write(tmp_path, f"{g}.tsv", f"{g}\t1\n") for g in "ab"]
    with pytest.raises(UserError, match=r"'c'.*no gene in common"):
        express(tmp_path, "gene_counts", files)


def test_replicates_in_other_units_are_refused(tmp_path):
    files = [write(tmp_path, name, "gene_id\tA\ng\t1\n") for name in ("tpm.tsv", "rpkm.tsv")]
    with pytest.raises(UserError, match="tpm, rpkm"):
        express(tmp_path, "expression_matrix", files, ["A", "A"])


def test_gene_called_na_is_a_gene(tmp_path):
    express(tmp_path, "gene_counts", [write(tmp_path, "c.tsv", "NA\t1\nnan\t2\n")])
    text = (tmp_path / "expression.tsv").read_text()
    assert [line.split("\t")[0] for line in text.splitlines()[1:]] == ["NA", "nan"]


@settings(deadline=None)
@given(value=st.floats(0, 1e9))
def test_values_keep_every_digit(tmp_path_factory, value):
    """Numbers are written by the shortest text that gives them: labels may compare it as text."""
    folder = tmp_path_factory.mktemp("digits")
    express(folder, "gene_counts", [write(folder, "c.tsv", f"a\t{value!r}\n")])
    line = (folder / "expression.tsv").read_text().splitlines()[1]
    assert line.split("\t")[1] == repr(value)


def test_damaged_tables_and_transcripts_of_other_genes_are_rejected(tmp_path):
    damaged = tmp_path / "counts.tsv.gz"
    damaged.write_bytes(gzip.compress(b"gene\tcount\n")[:-9])
    with pytest.raises(UserError, match=r"counts\.tsv\.gz"):
        read_gene_counts(damaged)
    abundance = write(
        tmp_path, "abundance.tsv", "target_id\tlength\test_counts\ttpm\nx1\t9\t1\t1\n"
    )
    transcripts = write(tmp_path, "t.tsv", "transcript_id\tgene_id\nt1\tg1\n")
    with pytest.raises(UserError, match=r"abundance\.tsv.*x1.*t\.tsv"):
        read_abundance(abundance, transcripts, "tpm")


GENE_TABLE = "gene_id\tchrom\tbiotype\na\t1\tprotein_coding\nb\t1\tlincRNA\nc\t1\tprotein_coding\n"


def test_genes_of_other_biotypes_are_left_out_of_the_expression(tmp_path, caplog):
    # FAULTS C3
    caplog.set_level("INFO", logger="chromaloom")
    genes = write(tmp_path, "genes.tsv", GENE_TABLE)
    counts = write(tmp_path, "c.tsv", "a\t1\nb\t2\nc\t3\nunknown\t4\n")
    table = express(
        tmp_path, "gene_counts", [counts], genes=[str(genes)], biotypes=["protein_coding"]
    )
    assert table[["gene_id", "value"]].values.tolist() == [["a", 1], ["c", 3]]
    assert "2 of 4 genes are protein_coding; 1 of the others" in caplog.text
    assert len(express(tmp_path, "gene_counts", [counts])) == 4


def test_without_pseudogenes_the_median_separates_the_coding_genes(tmp_path):
    # FAULTS C3: with 60 % of zeros "high" meant "expressed"
    rows = [(f"c{n}", "protein_coding", n + 1) for n in range(20)]
    rows += [(f"p{n}", "pseudogene", 0) for n in range(30)]
    counts = write(tmp_path, "c.tsv", "".join(f"{gene}\t{value}\n" for gene, _, value in rows))
    text = "gene_id\tchrom\tbiotype\n" + "".join(f"{gene}\t1\t{kind}\n" for gene, kind, _ in rows)
    genes = [str(write(tmp_path, "genes.tsv", text))]
    every = express(tmp_path, "gene_counts", [counts])
    assert (every.value > every.value.median()).mean() == 0.4
    coding = express(tmp_path, "gene_counts", [counts], genes=genes, biotypes=["protein_coding"])
    assert (coding.value > coding.value.median()).mean() == 0.5


@pytest.mark.parametrize(
    ("genes", "biotype", "message"),
    [
        (GENE_TABLE, "coding", r"no gene has a biotype .*\(coding\); available: protein_coding, l"),
        (GENE_TABLE.replace("protein_coding", "").replace("lincRNA", ""), "coding", "no biotypes"),
        (GENE_TABLE, "lincRNA", "'c': none of its genes .* is one of 1 genes of genes.biotypes"),
    ],
)  # fmt: skip
def test_biotypes_that_select_no_gene_are_refused(tmp_path, genes, biotype, message):
    with pytest.raises(UserError, match=message):
        express(
            tmp_path, "gene_counts", [write(tmp_path, "c.tsv", "a\t1\n")],
            genes=[str(write(tmp_path, "genes.tsv", genes))], biotypes=[biotype],
        )  # fmt: skip
