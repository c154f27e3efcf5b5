"""Predict every cell's test genes with the networks of every cell."""

import logging

import keras
import numpy as np
import pandas as pd
from sklearn.metrics import roc_auc_score

from workflow_scripts.chromaloom.io.files import atomic_path
from workflow_scripts.chromaloom.ml.device import prepare_device
from workflow_scripts.chromaloom.ml.training import predict_blocks
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.deepchrome.data.marks import Marks

log = logging.getLogger("chromaloom")


def unseen_test_genes(tested: Marks, trained: Marks) -> np.ndarray:
    """Test genes of one cell that training on another did not use, array of bool, shape=(genes,).

    Where cells are split alike these are all test genes. Where not, a gene that the network trained
    on or was chosen by is left out, though it was seen in another cell.
    """
    used = trained.gene_id[trained.part != "test"]
    return (tested.part == "test") & ~np.isin(tested.gene_id, used)


def score_cells(cells: dict[str, Marks], weights: dict[tuple[str, int], str]) -> pd.DataFrame:
    """AUC of each network on each cell: trained_on, tested_on, seed, roc_auc, n.

    Counts are taken as they are: a cell sequenced deeper than the one that the network learnt from
    is not scaled. The AUC is empty where fewer than two classes are left.
    """
    test = {name: data.part == "test" for name, data in cells.items()}
    joined = np.concatenate([data.values[test[name]] for name, data in cells.items()])
    ends = np.cumsum([mask.sum() for mask in test.values()])
    rows = []
    for number, ((trained, seed), path) in enumerate(weights.items(), start=1):
        network = keras.models.load_model(path, compile=False)
        # of all cells at once: a call costs more than a thousand genes
        scores = predict_blocks(network, joined)[:, 1]
        for (tested, data), found in zip(cells.items(), np.split(scores, ends[:-1]), strict=True):
            kept = unseen_test_genes(data, cells[trained])
            labels, found = data.label[kept], found[kept[test[tested]]]
            value = roc_auc_score(labels, found) if len(np.unique(labels)) > 1 else np.nan
            rows.append(
                dict(trained_on=trained, tested_on=tested, seed=seed, roc_auc=value, n=len(labels))
            )
        log.info("network %d/%d: %s, seed %d", number, len(weights), trained, seed)
    return pd.DataFrame(rows)


def main(
    datasets: list[str],
    weights: list[str],
    *,
    cells: list[str],
    seeds: list[int],
    gpu: int,
    threads: int,
    out: str,
) -> None:
    """Write the table of all pairs; `weights` holds each cell's networks by seed, cell by cell."""
    prepare_device(gpu=gpu, threads=threads, seed=0)
    loaded = {cell: Marks.load(path) for cell, path in zip(cells, datasets, strict=True)}
    pairs = [(cell, seed) for cell in cells for seed in seeds]
    table = score_cells(loaded, dict(zip(pairs, weights, strict=True)))
    with atomic_path(out) as temporary:
        table.to_csv(temporary, sep="\t", index=False, float_format="%.6f")


if __name__ == "__main__":
    run_script(main, snakemake, out=snakemake.output.table)
