"""Predict the expression of genes or sequences with the networks of a bundle."""

import logging
from io import StringIO

import keras
import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.io.tables import write_table
from workflow_scripts.chromaloom.ml.bundles import Bundle, load_bundle
from workflow_scripts.chromaloom.ml.calibration import calibration_line
from workflow_scripts.chromaloom.ml.device import prepare_device
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.deepexpression.apply.inputs import FOLDS
from workflow_scripts.deepexpression.data.dataset import ExpressionData
from workflow_scripts.deepexpression.models.fold_models import predict_genes

log = logging.getLogger("chromaloom")


def predict_all(data: ExpressionData, bundle: Bundle) -> pd.DataFrame:
    """Return a row per gene: gene_id, chrom, tss, strand, mean, sd, held_out, and each network.

    `sd` is the standard deviation over the networks (divided by their number), 0 of one.
    `held_out` is the mean over those networks (`seedS_foldF`) that a gene of the training run was
    held out from, by its name; NaN of other genes.
    """
    genes = np.arange(len(data.genes))
    found = {}
    for name, path in zip(bundle.names, bundle.weights, strict=True):
        found[name] = predict_genes(keras.models.load_model(path, compile=False), data, genes)
        log.info("network %d of %d", len(found), len(bundle.names))
    values = np.stack(list(found.values()))
    known = read_held_out(bundle)
    fold = np.array([known.get(gene, -1) for gene in data.genes])
    # networks from elsewhere have no fold
    own = np.array([int(name.partition("_fold")[2] or -2) for name in bundle.names])
    held = own[:, None] == fold
    out = np.where(held, values, 0).sum(0) / np.where(held.any(0), held.sum(0), np.nan)
    place = {"gene_id": data.genes, "chrom": data.chrom, "tss": data.tss, "strand": data.strand}
    return pd.DataFrame(
        {**place, "mean": values.mean(0), "sd": values.std(0), "held_out": out, **found}
    )


def read_held_out(bundle: Bundle) -> dict[str, int]:
    """By gene of the training run, the fold whose networks did not see it."""
    if FOLDS not in bundle.facts.get("files", []):  # networks from elsewhere
        return {}
    table = pd.read_csv(StringIO(bundle.text(FOLDS)), sep="\t", dtype={"gene_id": str})
    return dict(zip(table.gene_id, table.fold.astype(int), strict=True))


def main(data: str, *, bundle: str, where: str, gpu: int, threads: int, genes: str) -> None:
    """Write the table of `predict_all`.

    Parameters
    ----------
    data
        `ExpressionData` of prepare_application.
    bundle, where
        Folder of the bundle; config file and key of the entry, for messages.
    gpu, threads
        As `prepare_device`.
    genes
        Output.
    """
    prepare_device(gpu=gpu, threads=threads, seed=0)
    model = load_bundle(bundle, where)
    table = predict_all(ExpressionData.load(data), model)
    write_table(table, genes, float_format="%.6g")
    log.info("%d genes or sequences", len(table))
    if line := calibration_line(model.facts):
        log.info("%s", line)


if __name__ == "__main__":
    run_script(main, snakemake)
