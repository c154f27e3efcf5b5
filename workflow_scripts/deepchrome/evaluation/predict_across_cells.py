"""Predict the test genes of every cell with the networks of every cell."""

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
    """Return a mask of the test genes that training on another cell did not use.

    If both cells have the same split, these are all test genes. Otherwise a gene is excluded if the
    network was trained or selected on it in the other cell. Array of bool, shape=(genes,).
    """
    used = trained.gene_id[trained.split != "test"]
    return (tested.split == "test") & ~np.isin(tested.gene_id, used)


def warn_of_units(cells: dict[str, Marks]) -> None:
    """Warn of marks that cells have in different units: networks do not carry over between them."""
    for number, mark in enumerate(next(iter(cells.values())).marks):
        by_unit: dict[str, list[str]] = {}
        for name, data in cells.items():
            by_unit.setdefault(str(data.unit[number]) or "unknown unit", []).append(name)
        if len(by_unit) > 1:
            groups = "; ".join(f"{unit}: {', '.join(names)}" for unit, names in by_unit.items())
            log.warning("%s is in different units (%s): predictions between them mean little",
                        mark, groups)  # fmt: skip


def score_cells(cells: dict[str, Marks], weights: dict[tuple[str, int], str]) -> pd.DataFrame:
    """Return the test AUC of each network on each cell: trained_on, tested_on, seed, roc_auc, n.

    Counts are not scaled between cells of different sequencing depth. The AUC is NaN if the genes
    are of one class. `weights` maps (cell, seed) to the network's file.
    """
    test = {name: data.split == "test" for name, data in cells.items()}
    joined = np.concatenate([data.values[test[name]] for name, data in cells.items()])
    ends = np.cumsum([mask.sum() for mask in test.values()])
    rows = []
    for number, ((trained, seed), path) in enumerate(weights.items(), start=1):
        network = keras.models.load_model(path, compile=False)
        # all cells in one call, whose overhead exceeds the time for a thousand genes
        scores = predict_blocks(network, joined)[:, 1]
        by_cell = np.split(scores, ends[:-1])
        for (tested, data), cell_scores in zip(cells.items(), by_cell, strict=True):
            unseen = unseen_test_genes(data, cells[trained])
            labels, unseen_scores = data.label[unseen], cell_scores[unseen[test[tested]]]
            value = roc_auc_score(labels, unseen_scores) if len(np.unique(labels)) > 1 else np.nan
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
    aucs: str,
) -> None:
    """Write the table of `score_cells`; `weights` lists the networks by cell, then by seed."""
    prepare_device(gpu=gpu, threads=threads, seed=0)
    loaded = {cell: Marks.load(path) for cell, path in zip(cells, datasets, strict=True)}
    warn_of_units(loaded)
    pairs = [(cell, seed) for cell in cells for seed in seeds]
    table = score_cells(loaded, dict(zip(pairs, weights, strict=True)))
    with atomic_path(aucs) as temporary:
        table.to_csv(temporary, sep="\t", index=False, float_format="%.6f")


if __name__ == "__main__":
    run_script(main, snakemake)
