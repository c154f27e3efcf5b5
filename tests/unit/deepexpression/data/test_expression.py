"""Counts to expression: quantile normalization, labels, errors."""

import numpy as np
import pandas as pd
import pytest

from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.deepexpression.data.expression import (
    label_high,
    log_counts,
    quantile_normalize,
    read_counts,
)
from workflow_scripts.quantify.make_gene_expression import main as make_gene_expression


def test_columns_get_one_distribution_and_keep_their_order():
    values = np.random.default_rng(1).gamma(2, size=(200, 3)) * [1, 10, 0.3]
    found = quantile_normalize(values)
    common = np.sort(values, axis=0).mean(axis=1)
    for before, after in zip(values.T, found.T, strict=True):
        np.testing.assert_allclose(np.sort(after), common)
        assert np.array_equal(np.argsort(before), np.argsort(after))


def test_equal_values_stay_equal_and_get_the_mean_of_their_quantiles():
    values = np.array([[0, 1], [0, 2], [0, 3], [5, 4]], float)
    common = [0.5, 1, 1.5, 4.5]
    np.testing.assert_allclose(quantile_normalize(values)[:, 0], [1, 1, 1, 4.5])
    np.testing.assert_allclose(quantile_normalize(values)[:, 1], common)


def test_normalized_values_do_not_change():
    column = np.random.default_rng(2).poisson(3, 100).astype(float)
    both = np.column_stack([column, np.random.default_rng(3).permutation(column)])
    np.testing.assert_allclose(quantile_normalize(both), both)
    np.testing.assert_allclose(quantile_normalize(column[:, None])[:, 0], column)


def test_label_is_at_or_above_the_median():
    # > in place of ≥ would make the gene on the median low
    assert list(label_high(np.array([1.0, 2, 3]), "A")) == [False, True, True]


@pytest.mark.parametrize(
    ("values", "why"), [([2.0, 2, 2], "all equal"), ([0.0, 0, 0, 1], "at its minimum in 75%")]
)
def test_expression_without_low_genes_is_rejected(values, why):
    with pytest.raises(UserError, match=f"cell 'A': expression is {why}"):
        label_high(np.array(values), "A")


def test_log_of_counts():
    np.testing.assert_allclose(log_counts(np.array([0, 0.9, 9.9]), 0.1), [-1, 0, 1])


def made(tmp_path, lines, kind="gene_counts", name="counts.txt", columns=("",)):
    """Expression table of the quantification stage, from one file."""
    (source := tmp_path / name).write_text("\n".join(lines) + "\n")
    make_gene_expression(
        cell="A", kind=kind, samples=["A"], files=[str(source)], columns=list(columns),
        transcripts=[], value="tpm", out=str(out := tmp_path / "A.tsv"),
    )  # fmt: skip
    return out


def test_the_first_row_of_a_repeated_gene_is_used(tmp_path):
    counts = read_counts(made(tmp_path, ["NA\t3", "B\t1", "B\t9"]))
    assert counts.to_dict() == {"NA": 3.0, "B": 1.0}


def test_estimated_counts_are_preferred_to_tpm(tmp_path):
    table = pd.DataFrame({"gene_id": ["A", "B"], "value": [7.0, 8], "unit": "tpm",
                          "est_counts": [1.5, 2], "tpm": [7.0, 8]})  # fmt: skip
    table.to_csv(path := tmp_path / "A.tsv", sep="\t", index=False)
    assert read_counts(path).to_dict() == {"A": 1.5, "B": 2.0}


def test_units_other_than_counts_are_rejected(tmp_path):
    lines = ["gene_id\tA", "G1\t1", "G2\t2"]
    path = made(tmp_path, lines, "expression_matrix", "a.rpkm.tsv", ["A"])
    with pytest.raises(UserError, match=r"unit: values are no counts \('rpkm'\); expected: counts"):
        read_counts(path)
    assert len(read_counts(made(tmp_path, lines, "expression_matrix", "a.counts.tsv", ["A"]))) == 2
