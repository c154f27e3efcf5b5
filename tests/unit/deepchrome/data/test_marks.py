import gzip

import numpy as np
import pytest

from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.deepchrome.data.export_tables import main as export_tables
from workflow_scripts.deepchrome.data.import_marks import main as import_marks
from workflow_scripts.deepchrome.data.marks import (
    Marks,
    central_bins,
    concatenate_marks,
)
from workflow_scripts.deepchrome.data.marks_tables import COLUMNS, read_marks_table
from workflow_scripts.deepchrome.data.stack_marks import main as stack_marks

PAPER = COLUMNS["marks_csv"]


def some_marks(genes=6, bins=10):
    rng = np.random.default_rng(0)
    return Marks.of_genes(
        rng.poisson(2, (genes, bins, 5)), [f"G{g}" for g in range(genes)], PAPER,
        label=(np.arange(genes) % 2).astype("int8"),
        split=np.array(["train", "valid", "test"] * (genes // 3)),
        expression=np.where(np.arange(genes) == 1, np.nan, np.arange(genes) / 4),
    )  # fmt: skip


def same(a, b):
    return all(
        np.array_equal(getattr(a, k), getattr(b, k), equal_nan=k == "expression") for k in vars(a)
    )


def test_npz_round_trip(tmp_path):
    marks = some_marks()
    marks.save(tmp_path / "m.npz")
    assert same(Marks.load(tmp_path / "m.npz"), marks)


def test_paper_s_csv_round_trip(tmp_path):
    marks = some_marks()
    marks.save(tmp_path / "m.npz")
    paths = {split: str(tmp_path / f"{split}.csv.gz") for split in ("train", "valid", "test")}
    export_tables(str(tmp_path / "m.npz"), **paths)
    import_marks(
        list(paths.values()), kind="marks_csv", splits=list(paths), marks=PAPER, n_bins=10,
        array=str(tmp_path / "again.npz"),
    )  # fmt: skip
    again = Marks.load(tmp_path / "again.npz")
    order = np.argsort(again.gene_id)
    assert np.array_equal(again.values[order], marks.values)
    assert np.array_equal(again.label[order], marks.label)
    assert np.array_equal(again.split[order], marks.split)
    with gzip.open(paths["train"], "rt") as lines:
        assert next(lines).count(",") == 7


def test_dots_in_the_names_of_an_array_s_genes_are_kept(tmp_path):
    # FAULTS C2: names were cut at their first dot, which merged RP11-34P13.7 and .8
    names = ["ENSG00000000003.10", "RP11-34P13.7", "RP11-34P13.8", "AT1G01010.1"]
    np.savez(tmp_path / "m.npz", X=np.ones((4, 4, 1)), gene=names, marks=["K4"],
             chrom=["1"] * 4, tss=[1] * 4, strand=["+"] * 4)  # fmt: skip
    import_marks(
        [str(tmp_path / "m.npz")], kind="marks_npz", splits=[""], marks=["K4"], n_bins=4,
        array=str(tmp_path / "out.npz"),
    )  # fmt: skip
    assert Marks.load(tmp_path / "out.npz").gene_id.tolist() == ["ENSG00000000003", *names[1:]]


def test_marks_are_returned_in_the_requested_order(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("G_X_1,1,2,3,4,5\nG_X_2,6,7,8,9,10\n")
    table = read_marks_table(path, kind="marks_diff_csv", marks=PAPER)
    assert list(table.gene_id) == ["G"]
    # file order is K4me1, K4me3, K9me3, K27me3, K36me3
    assert table.values[0].tolist() == [[4, 5, 1, 2, 3], [9, 10, 6, 7, 8]]


def gene_rows(name="G", label=0, bins=(1, 2), value="3"):
    return "".join(f"{name},{b},1,2,{value},4,5,{label}\n" for b in bins)


BAD_TABLES = {
    "seven columns": ("G,1,1,2,3,4,5\n", "line 1 has 7 columns; expected for marks_csv: 8"),
    "text": (gene_rows() + gene_rows("H", value="x"), "line 3, column H3K4me1: 'x'; expected: a n"),
    "NA": (gene_rows(value="NA"), "line 1, column H3K4me1: 'NA'"),
    "blank cell": (gene_rows() + gene_rows("H", value=""), "line 3, column H3K4me1: empty"),
    "infinite": (gene_rows(value="inf"), "line 1, column H3K4me1: inf; expected: a finite number"),
    "short row": (gene_rows() + "H,1,1,2\n", "line 3 has 4 columns; expected for marks_csv: 8"),
    "long row": (gene_rows() + "H,1,1,2,3,4,5,0,9\n", "line 3 has 9 columns"),
    "blank line": (gene_rows() + "\n" + gene_rows("H"), "line 3 is blank"),
    "empty": ("", "the table is empty"),
    "labels 1 and 2": (gene_rows(label=1) + gene_rows("H", 2), "line 3, column label: 2; .*0 .low"),
    "label 0.5": (gene_rows(label=0.5), "line 1, column label: 0.5"),
    "two labels": (gene_rows(bins=[1]) + gene_rows(label=1, bins=[2]) + gene_rows("H"),
                   "line 2, column label: 1; expected: the label of the gene's first bin"),
    "no gene": (gene_rows(""), "line 1, column gene: empty; expected: a gene"),
    "a bin short": (gene_rows() + gene_rows("H", bins=[1]), "line 3: the last gene, 'H', ends"),
    "a bin skipped": (gene_rows() + gene_rows("H", bins=[1]) + gene_rows("I"),
                      "line 4: gene 'I', bin 1; expected: bin 2 of gene 'H'"),
    "order": (gene_rows(bins=(2, 1)) + gene_rows("H"), "line 1: gene 'G', bin 2; expected: bin 1"),
    "interleaved": ("".join(gene_rows(g, bins=[b]) for b in (1, 2) for g in "GH") + gene_rows("I"),
                    "line 2: gene 'H', bin 1; expected: bin 2 of gene 'G'"),
    "header": ("gene,bin,a,b,c,d,e,label\n" + gene_rows(), "line 1, column bin: 'bin'"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD_TABLES)
@pytest.mark.filterwarnings("error")
def test_malformed_tables_are_rejected_with_line_and_value(tmp_path, case):
    # labels 1/2, ragged rows and blanks ended in training, or in a traceback
    text, message = BAD_TABLES[case]
    path = tmp_path / "t.csv"
    path.write_text(text)
    with pytest.raises(UserError, match=rf"t\.csv: {message}") as caught:
        read_marks_table(path, kind="marks_csv", marks=PAPER)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("key", "named"), [("G", "'G'"), ("G_X", "'G_X'"), ("_1", "'_1'"), ("G_X_one", "'G_X_one'")]
)
def test_keys_without_gene_or_bin_are_rejected(tmp_path, key, named):
    path = tmp_path / "t.csv"
    path.write_text(f"A_X_1,1,2,3,4,5\n{key},1,2,3,4,5\n")
    with pytest.raises(UserError, match=f"line 2, column key: {named}; expected: GENE_SYMBOL_BIN"):
        read_marks_table(path, kind="marks_diff_csv", marks=PAPER)


def test_a_gene_called_na_is_a_gene(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text(gene_rows("NA", 1) + gene_rows("nan", 0))
    table = read_marks_table(path, kind="marks_csv", marks=PAPER)
    assert table.gene_id.tolist() == ["NA", "nan"]
    assert table.label.tolist() == [1, 0]


ARRAY = dict(X=np.ones((2, 4, 1)), gene=["g", "h"], marks=["K4"], chrom=["1", "1"], tss=[1, 2],
             strand=["+", "+"])  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"gene": None}, "no array 'gene'; available: X, chrom"),
        ({"marks": None}, "no array 'marks'"),
        ({"X": np.ones((4, 2))}, r"X has shape \(4, 2\); expected: \(2, bins, 1\)"),
        ({"X": np.ones((2, 4, 3))}, r"X has shape \(2, 4, 3\)"),
        ({"tss": [1]}, "tss has 1 entries; expected: 2"),
        ({"X": np.full((2, 4, 1), np.nan)}, r"a value of X \(gene g\) is NaN or infinite"),
        ({"X": np.full((2, 4, 1), "a")}, "a value of X is of type <U1"),
    ],
)
def test_arrays_without_keys_or_of_other_shapes_are_rejected(tmp_path, changes, message):
    arrays = {name: value for name, value in {**ARRAY, **changes}.items() if value is not None}
    np.savez(tmp_path / "m.npz", **arrays)
    with pytest.raises(UserError, match=rf"m\.npz: {message}"):
        import_array(tmp_path)


def import_array(folder):
    import_marks(
        [str(folder / "m.npz")], kind="marks_npz", splits=[""], marks=["K4"], n_bins=4,
        array=str(folder / "out.npz"),
    )  # fmt: skip


def test_a_marks_table_that_is_no_text_is_rejected(tmp_path):
    (tmp_path / "t.csv").write_bytes(b"\xff\xd8,1,2,3,4,5,6,7\n")
    with pytest.raises(UserError, match=r"t\.csv: not a text file; expected for marks_csv: 8"):
        read_marks_table(tmp_path / "t.csv", kind="marks_csv", marks=PAPER)


@pytest.mark.parametrize("content", [b"gene,bin\n", b"PK\x03\x04 cut off", b""])
def test_a_file_that_is_no_npz_is_rejected(tmp_path, content):
    (tmp_path / "m.npz").write_bytes(content)
    with pytest.raises(UserError, match=r"m\.npz: not a readable NPZ"):
        import_array(tmp_path)


def test_genes_in_two_files_are_warned_of(tmp_path, caplog):
    for name, genes in (("a", "GH"), ("b", "HI")):
        (tmp_path / f"{name}.csv").write_text("".join(gene_rows(gene) for gene in genes))
    import_marks(
        [str(tmp_path / "a.csv"), str(tmp_path / "b.csv")], kind="marks_csv",
        splits=["train", "test"], marks=PAPER, n_bins=2, array=str(tmp_path / "out.npz"),
    )  # fmt: skip
    assert "b.csv: 1 genes are in" in caplog.text
    assert "a.csv too: H" in caplog.text


def test_a_missing_mark_is_named(tmp_path):
    with pytest.raises(UserError, match="no mark 'H3K27ac'"):
        read_marks_table(tmp_path / "t", kind="marks_csv", marks=["H3K27ac"])


def test_central_bins_are_kept():
    values = np.arange(20, dtype=float).reshape(1, 20, 1)
    assert central_bins(values, 10, "f").ravel().tolist() == list(range(5, 15))
    with pytest.raises(UserError, match="20 bins per gene"):
        central_bins(values, 21, "f")


def test_units_of_marks_stay_with_the_marks(tmp_path):
    marks = some_marks(6)
    marks.unit = np.array(["reads", "", "reads", "reads", "peak signal"])
    chosen = marks.select(np.arange(6) > 2)
    assert chosen.unit.tolist() == marks.unit.tolist()
    assert concatenate_marks([chosen, marks]).unit.tolist() == marks.unit.tolist()
    (tmp_path / "t.csv").write_text("G,1,1,2,0.5,4,5,0\nG,2,1,2,3,4,5,0\n")
    table = read_marks_table(tmp_path / "t.csv", kind="marks_csv", marks=PAPER)
    assert table.unit.tolist() == ["reads", "reads", "", "reads", "reads"]


def test_concatenation_keeps_genes_and_order():
    a, b = some_marks(3), some_marks(6)
    joined = concatenate_marks([a, b])
    assert list(joined.gene_id) == [*a.gene_id, *b.gene_id]
    assert np.array_equal(joined.values[3:], b.values)


STACKED = {
    "gene_id": np.array(["a", "b", "c"]), "chrom": np.array(["chr1"] * 3),
    "tss": np.array([800, 900, 2000]), "strand": np.array(["+", "-", "+"]), "bin_size": 100,
    "orient": False, "unit": "reads", "assembly": "hg19",
}  # fmt: skip


def test_stacking_sums_replicates_and_keeps_the_order_of_marks(tmp_path):
    rng = np.random.default_rng(0)
    values = {name: rng.poisson(3, (3, 4)).astype("float32") for name in ("k1", "k2", "m")}
    for name, array in values.items():
        np.savez(tmp_path / f"{name}.npz", values=array, **STACKED)
    path = {name: str(tmp_path / f"{name}.npz") for name in values}
    stack_marks(
        [path["m"], path["k1"], path["k2"]], marks=["M", "K", "K"], cell="A",
        array=str(tmp_path / "s.npz"),
    )  # fmt: skip
    stacked = Marks.load(tmp_path / "s.npz")
    assert list(stacked.marks) == ["M", "K"]
    assert np.array_equal(stacked.values[:, :, 0], values["m"])
    assert np.array_equal(stacked.values[:, :, 1], values["k1"] + values["k2"])
    assert list(stacked.tss) == [800, 900, 2000]


def test_genes_that_a_mark_did_not_measure_are_left_out(tmp_path, caplog):
    # FAULTS C7: they were genes without signal
    values = np.arange(24, dtype="float32").reshape(2, 3, 4)
    values[1, 1] = np.nan
    paths = [str(tmp_path / f"{n}.npz") for n in "km"]
    for path, layer in zip(paths, values, strict=True):
        np.savez(path, values=layer, **STACKED)
    stack_marks(paths, marks=["K", "M"], cell="A", array=str(tmp_path / "s.npz"))
    stacked = Marks.load(tmp_path / "s.npz")
    assert list(stacked.gene_id) == ["a", "c"] and list(stacked.tss) == [800, 2000]
    assert np.array_equal(stacked.values, np.moveaxis(values[:, [0, 2]], 0, 2))
    assert "1 of 3 genes are not measured in all marks" in caplog.text
    np.savez(paths[0], values=np.full((3, 4), np.nan), **STACKED)
    with pytest.raises(UserError, match=r"cell 'A': no gene is measured in all of .*k\.npz"):
        stack_marks(paths, marks=["K", "M"], cell="A", array=str(tmp_path / "s.npz"))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"unit": "peak signal"}, "has unit 'peak signal', .*one.npz 'reads', and replicates of K"),
        ({"gene_id": np.array(["a", "c", "b"])}, r"row 2 of .*two.npz has gene_id c, of .* b;"),
        ({"tss": np.array([800, 901, 2000])}, "row 2 of .* has tss 901, of .* 900;"),
        ({"bin_size": 200}, r"has bin size \(bp\) 200, .* 100;"),
        ({"orient": True}, "has orientation by strand True, .* False;"),
        ({"assembly": "hg38"}, "has assembly hg38, .* hg19;"),
        ({"values": np.ones((3, 6))}, "has number of bins 6, .* 4;"),
        ({"values": np.ones((2, 4))}, "has number of genes 2, .* 3;"),
    ],
)
def test_signal_of_other_places_or_units_is_not_stacked(tmp_path, changes, message):
    # FAULTS C4
    values = np.ones((3, 4))
    np.savez(tmp_path / "one.npz", values=values, **STACKED)
    np.savez(tmp_path / "two.npz", **{"values": values, **STACKED, **changes})
    paths = [str(tmp_path / f"{name}.npz") for name in ("one", "two")]
    with pytest.raises(UserError, match=f"^cell 'A': .*{message}") as caught:
        stack_marks(paths, marks=["K", "K"], cell="A", array=str(tmp_path / "s.npz"))
    assert "\n" not in str(caught.value)


def test_marks_in_different_units_are_stacked_with_a_warning(tmp_path, caplog):
    np.savez(tmp_path / "one.npz", values=np.ones((3, 4)), **STACKED)
    np.savez(tmp_path / "two.npz", values=np.ones((3, 4)), **{**STACKED, "unit": "peak signal"})
    paths = [str(tmp_path / f"{name}.npz") for name in ("one", "two")]
    stack_marks(paths, marks=["K", "M"], cell="A", array=str(tmp_path / "s.npz"))
    assert "different units: peak signal, reads" in caplog.text
    assert Marks.load(tmp_path / "s.npz").unit.tolist() == ["reads", "peak signal"]


@pytest.mark.real
def test_the_paper_s_own_files(real_data, tmp_path):
    for split, genes in (("train", 10), ("valid", 10), ("test", 9)):
        path = real_data / "deepchrome" / f"toy_E003_{split}.csv"
        table = read_marks_table(path, kind="marks_csv", marks=PAPER)
        assert table.values.shape == (genes, 100, 5)
        assert set(table.label) <= {0, 1}
