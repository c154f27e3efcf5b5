import numpy as np
import pandas as pd
import pytest

from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.deepchrome.data.build_deepchrome import main as build_deepchrome
from workflow_scripts.deepchrome.data.labels import label_high, shuffle_labels
from workflow_scripts.deepchrome.data.marks import Marks

CHROMOSOME = {"split": "chromosome", "valid_chromosomes": ["x"], "test_chromosomes": ["y"]}
CONTIGUOUS = {"split": "contiguous", "valid_chromosomes": [], "test_chromosomes": []}


def build(
    tmp_path, expression, *, genes=12, split=CONTIGUOUS, column="auto", order="numeric", **known
):
    Marks.of_genes(
        np.zeros((genes, 4, 2)), [f"G{g:02d}" for g in range(genes)], ["a", "b"], **known
    ).save(tmp_path / "marks.npz")
    expression.rename_axis("gene_id").to_csv(tmp_path / "expression.tsv", sep="\t")
    build_deepchrome(
        str(tmp_path / "marks.npz"), str(tmp_path / "expression.tsv"), cell="A", column=column,
        label_order=order, split=split, seed=1, dataset=str(tmp_path / "data.npz"),
    )  # fmt: skip
    return Marks.load(tmp_path / "data.npz")


def levels(values, column="tpm"):
    return pd.DataFrame({column: values}, index=[f"G{g:02d}" for g in range(len(values))])


def test_numeric_labels_split_at_the_median():
    values = pd.Series(np.random.default_rng(0).random(101))
    assert label_high(values, order="numeric").sum() == 50


def test_lexicographic_labels_compare_text():
    values = pd.Series([9.0, 10.0, 2.5, 100.0, 3.0], index=list("abcde"))  # median 9.0
    assert label_high(values, order="lexicographic").tolist() == [0, 0, 0, 0, 0]
    values = pd.Series([10.0, 2.0, 3.0, 40.0, 1.0], index=list("abcde"))  # median 3.0
    assert label_high(values, order="lexicographic").tolist() == [0, 0, 0, 1, 0]
    assert label_high(values, order="numeric").tolist() == [1, 0, 0, 1, 0]


def test_orders_agree_where_all_values_have_one_digit():
    values = pd.Series(np.random.default_rng(0).integers(0, 1000, 99) / 100 % 10)
    numeric, text = (label_high(values, order=o) for o in ("numeric", "lexicographic"))
    assert numeric.equals(text)


def test_shuffling_keeps_the_fraction_of_each_split_and_nothing_else():
    rng = np.random.default_rng(0)
    labels, split = rng.integers(0, 2, 3000), rng.choice(["train", "test"], 3000)
    shuffled = shuffle_labels(labels, split, 4)
    for name in ("train", "test"):
        assert shuffled[split == name].sum() == labels[split == name].sum()
    assert abs(np.corrcoef(labels, shuffled)[0, 1]) < 0.08
    assert np.array_equal(shuffled, shuffle_labels(labels, split, 4))


def test_labels_come_from_the_median_of_all_genes_not_of_those_with_marks(tmp_path):
    values = [1.0, 9, 2, 8] * 3 + [100.0] * 3  # the median is 8; of the first twelve it is 5
    data = build(tmp_path, levels(values))
    assert data.label.tolist() == [0, 1, 0, 0] * 3


def test_genes_without_expression_are_dropped(tmp_path):
    values = levels(np.arange(12.0) % 5).drop("G03")
    data = build(tmp_path, values)
    assert "G03" not in data.gene_id
    assert data.expression.tolist() == values.tpm.tolist()
    assert len(data.gene_id) == 11


def test_auto_takes_tpm_if_it_has_values_else_value(tmp_path):
    table = levels(np.arange(12.0) % 5).assign(value=-(np.arange(12.0) % 5))
    by_tpm = build(tmp_path, table).label
    by_value = build(tmp_path, table.assign(tpm=np.nan)).label
    assert not np.array_equal(by_tpm, by_value)


def test_entrez_ids_are_names_not_numbers(tmp_path):
    # FAULTS C12: they were refused as "shares no gene"
    names = [str(7000 + n) for n in range(12)]
    Marks.of_genes(np.zeros((12, 4, 1)), names, ["a"]).save(tmp_path / "marks.npz")
    values = pd.DataFrame({"tpm": np.arange(12.0) % 5}, index=pd.Index(names, name="gene_id"))
    values.to_csv(tmp_path / "expression.tsv", sep="\t")
    build_deepchrome(
        str(tmp_path / "marks.npz"), str(tmp_path / "expression.tsv"), cell="A", column="tpm",
        label_order="numeric", split=CONTIGUOUS, seed=1, dataset=str(tmp_path / "data.npz"),
    )  # fmt: skip
    data = Marks.load(tmp_path / "data.npz")
    assert data.gene_id.tolist() == names
    assert data.label.tolist() == [0, 0, 1, 1, 1, 0, 0, 1, 1, 1, 0, 0]


def test_classes_off_balance_are_warned_of(tmp_path, caplog):
    # FAULTS C3: 60 % of zeros gave 40 % high without a word
    build(tmp_path, levels([0, 0, 0, 1, 2] * 4), genes=20)
    assert "40 % of the genes are high: the median is 0, since 60% of 20 genes" in caplog.text
    assert "genes.biotypes" in caplog.text
    caplog.clear()
    build(tmp_path, levels([1, 1, 1, 1, 2] * 4), genes=20)
    assert "20 % of the genes are high: 80% of the genes have the median (1)" in caplog.text
    caplog.clear()
    build(tmp_path, levels(np.arange(20) * 7 % 20), genes=20)
    assert "genes are high" not in caplog.text


@pytest.mark.parametrize(
    ("values", "changes", "message"),
    [
        (np.full(12, 3.0), {}, "lacks a class"),
        (np.arange(12.0), {"column": "est_counts"}, "no values in column 'est_counts'"),
        (np.arange(12.0), {"split": {**CONTIGUOUS, "split": "given"}}, "does not name the split"),
        (np.arange(12.0), {"split": CHROMOSOME}, "has no chromosomes"),
    ],
)  # fmt: skip
def test_invalid_input_is_rejected(tmp_path, values, changes, message):
    with pytest.raises(UserError, match=message):
        build(tmp_path, levels(values), **changes)


def test_tables_that_share_no_gene_are_rejected(tmp_path):
    values = levels(np.arange(12.0))
    values.index = [f"ENSG{n}" for n in range(12)]
    with pytest.raises(UserError, match="shares no gene"):
        build(tmp_path, values)
