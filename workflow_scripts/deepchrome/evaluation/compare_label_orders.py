"""Compare labels by number and by text in every cell type of an expression matrix."""

import logging

import pandas as pd

from workflow_scripts.chromaloom.io.files import atomic_path
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.deepchrome.evaluation.label_orders import (
    compare_orders,
    correlation,
    read_matrix,
)

log = logging.getLogger("chromaloom")


def published_aucs(path: str) -> pd.Series:
    """Published test AUC of DeepChrome by cell type."""
    table = pd.read_csv(path, sep="\t", keep_default_na=False)
    chosen = table[
        (table.model == "deepchrome") & (table.metric == "roc_auc") & (table["sample"] != "")
    ]
    return chosen.set_index("sample").published.astype(float)


def main(
    matrix: str,
    published: str,
    *,
    split_column: str,
    draws: int,
    seed: int,
    cells: str,
    correlations: str,
) -> None:
    """Write a row per cell type (see `compare_orders`), and the correlations with published AUCs.

    The second table has quantity, r, low, high (95 % bootstrap over cell types), rho, n.
    """
    expression, part = read_matrix(matrix, split_column)
    table = pd.DataFrame({cell: compare_orders(expression[cell], part) for cell in expression}).T
    table.index.name = "cell"
    table["published_auc"] = published_aucs(published).reindex(table.index)
    found = []
    for column in ("mislabelled", "mislabelled_test", "best_auc", "median"):
        row = correlation(table[column], table.published_auc, draws=draws, seed=seed)
        log.info("%s against published AUC: r %.4f over %d cell types", column, row["r"], row["n"])
        found.append({"quantity": column, **row})
    for path, frame in ((cells, table.reset_index()), (correlations, pd.DataFrame(found))):
        with atomic_path(path) as temporary:
            frame.to_csv(temporary, sep="\t", index=False, float_format="%.6g")


if __name__ == "__main__":
    run_script(main, snakemake)
