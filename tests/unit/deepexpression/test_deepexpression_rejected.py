"""Data that the scripts of DeepExpression reject, across its folders."""

from types import SimpleNamespace

import numpy as np
import pytest

from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.deepexpression.baselines import fit_baselines
from workflow_scripts.deepexpression.data import expression
from workflow_scripts.deepexpression.evaluation import predict_across_cells
from workflow_scripts.deepexpression.motifs.motif_search import read_jaspar
from workflow_scripts.deepexpression.training import fitting


def test_a_repeated_gene_is_rejected(tmp_path):
    path = tmp_path / "A.tsv"
    path.write_text("gene_id\tvalue\tunit\test_counts\ttpm\n" + "g\t1\tcounts\t\t\n" * 2)
    with pytest.raises(UserError, match=r"A\.tsv.*'g'"):
        expression.read_counts(path)


@pytest.fixture
def loaded(monkeypatch):
    """Data whose genes are the letters of their file's name."""
    data = SimpleNamespace(load=lambda path: SimpleNamespace(genes=np.array(list(path))))
    for module in (fit_baselines, predict_across_cells):
        monkeypatch.setattr(module, "ExpressionData", data)
        monkeypatch.setattr(module, "read_folds", data.load)


def test_folds_and_cells_of_other_genes_are_rejected(loaded, monkeypatch):
    settings = {key: {} for key in ("models", "crossed", "grid", "kmer", "predictions", "cross")}
    with pytest.raises(UserError, match=r"ab.*AB"):
        fit_baselines.main(
            {"A": "AB"}, "ab", seed=1, threads=1, checkpoints="", fits="", **settings
        )
    monkeypatch.setattr(predict_across_cells, "prepare_device", lambda **kwargs: "")
    with pytest.raises(UserError, match=r"ab.*AB"):
        predict_across_cells.main({"A": "AB", "B": "ab"}, "AB", {}, seed=1, gpu=0, threads=1,
                                  predictions={})  # fmt: skip


@pytest.mark.filterwarnings("ignore:Zero motifs returned")
def test_a_taxon_without_matrices_is_rejected():
    with pytest.raises(UserError, match=r"'mammals'.*vertebrates"):
        read_jaspar("JASPAR2024", "mammals")


def test_validation_genes_of_one_class_are_rejected(monkeypatch):
    monkeypatch.setattr(fitting, "predict_blocks", lambda *args: np.full((3, 2), 0.5))

    class Valid(SimpleNamespace):
        def __len__(self):
            return 3

    valid = Valid(take=lambda rows: (None, np.zeros(3, int)))
    with pytest.raises(UserError, match="one class"):
        fitting.validation_scores(None, valid, "classification", {})
