"""Fit the linear baseline: L2 logistic regression on all bins of all marks."""

import logging

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.deepchrome.data.marks import Marks
from workflow_scripts.deepchrome.evaluation.predictions import predictions_of, write_predictions

log = logging.getLogger("chromaloom")

INVERSE_STRENGTHS = (1e-4, 1e-3, 1e-2, 1e-1)  # C of scikit-learn


def fit_best(
    values: np.ndarray, labels: np.ndarray, train: np.ndarray, valid: np.ndarray
) -> Pipeline:
    """Fit with each C on the training genes; return the model of the best validation AUC.

    `values` has shape (genes, bins × marks). Counts enter as log(1 + count), standardized, so that
    a few deep peaks do not dominate the fit.
    """
    best, best_auc = None, -np.inf
    for c in INVERSE_STRENGTHS:
        model = make_pipeline(
            FunctionTransformer(np.log1p),
            StandardScaler(),
            LogisticRegression(C=c, max_iter=2000),
        ).fit(values[train], labels[train])
        auc = roc_auc_score(labels[valid], model.predict_proba(values[valid])[:, 1])
        log.info("C %g: validation AUC %.4f", c, auc)
        if auc > best_auc:
            best, best_auc = model, auc
    return best


def main(dataset: str, *, predictions: str) -> None:
    """Write the predictions of the model with the highest validation AUC."""
    data = Marks.load(dataset)
    values = data.values.reshape(len(data.values), -1)
    model = fit_best(values, data.label, data.split == "train", data.split == "valid")
    scores = model.predict_proba(values)[:, 1]
    write_predictions(predictions, [predictions_of(data, scores, model="logistic", seed=0)])


if __name__ == "__main__":
    run_script(main, snakemake)
