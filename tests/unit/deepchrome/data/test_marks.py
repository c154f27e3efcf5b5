import gzip

import numpy as np
import pytest

from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.deepchrome.data.export_tables import main as export_tables
from workflow_scripts.deepchrome.data.import_marks import COLUMNS
from workflow_scripts.deepchrome.data.import_marks import main as import_marks
from workflow_scripts.deepchrome.data.marks import (
    Marks,
    central_bins,
    concatenate_marks,
    read_marks_table,
)
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
    table = read_marks_table(
        path, kind="marks_diff_csv", columns=COLUMNS["marks_diff_csv"], marks=PAPER
    )
    assert list(table.gene_id) == ["G"]
    # file order is K4me1, K4me3, K9me3, K27me3, K36me3
    assert table.values[0].tolist() == [[4, 5, 1, 2, 3], [9, 10, 6, 7, 8]]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("G,1,1,2,3,4,5\n", "7 columns; expected for marks_csv: 8"),
        ("G,1,1,2,x,4,5,0\n", "line 1, column H3K4me1: 'x'; expected: a number"),
        ("G,1,1,2,,4,5,0\n", "line 1, column H3K4me1"),
        ("G,1,1,2,3,4,5,0\nG,2,1,2,3,4,5,0\nH,1,1,2,3,4,5,0\n", "bins 1 to 2 of every gene"),
        ("G,2,1,2,3,4,5,0\nG,1,1,2,3,4,5,0\n", "bins 1 to 2 of every gene"),
    ],
)
def test_malformed_tables_are_rejected(tmp_path, text, message):
    path = tmp_path / "t.csv"
    path.write_text(text)
    with pytest.raises(UserError) as caught:
        read_marks_table(path, kind="marks_csv", columns=PAPER, marks=PAPER)
    assert message in str(caught.value)
    assert "t.csv" in str(caught.value)


def test_a_missing_mark_is_named(tmp_path):
    with pytest.raises(UserError, match="no mark 'H3K27ac'"):
        read_marks_table(tmp_path / "t", kind="marks_csv", columns=PAPER, marks=["H3K27ac"])


def test_central_bins_are_kept():
    values = np.arange(20, dtype=float).reshape(1, 20, 1)
    assert central_bins(values, 10, "f").ravel().tolist() == list(range(5, 15))
    with pytest.raises(UserError, match="20 bins per gene"):
        central_bins(values, 21, "f")


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


@pytest.mark.real
def test_the_paper_s_own_files(real_data, tmp_path):
    for split, genes in (("train", 10), ("valid", 10), ("test", 9)):
        path = real_data / "deepchrome" / f"toy_E003_{split}.csv"
        table = read_marks_table(path, kind="marks_csv", columns=PAPER, marks=PAPER)
        assert table.values.shape == (genes, 100, 5)
        assert set(table.label) <= {0, 1}


def test_values_that_are_not_finite_are_rejected(tmp_path):
    marks = ["K4"]
    np.savez(tmp_path / "m.npz", X=np.full((2, 4, 1), np.nan), gene=["g", "h"], marks=marks,
             chrom=["1", "1"], tss=[1, 2], strand=["+", "+"])  # fmt: skip
    with pytest.raises(UserError, match=r"m\.npz.*NaN"):
        import_marks(
            [str(tmp_path / "m.npz")], kind="marks_npz", splits=[""], marks=marks, n_bins=4,
            array=str(tmp_path / "out.npz"),
        )  # fmt: skip
