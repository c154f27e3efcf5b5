"""Compare labels by number and by text in every cell type of an expression matrix."""

import logging

import numpy as np
import pandas as pd
from sklearn.metrics import roc_auc_score

from workflow_scripts.chromaloom.io.files import atomic_path
from workflow_scripts.chromaloom.ml.splits import PARTS, contiguous_thirds
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.chromaloom.workflow.job import run_script
from workflow_scripts.deepchrome.config.plan import LABEL_ORDERS
from workflow_scripts.deepchrome.data.labels import label_high

log = logging.getLogger("chromaloom")


def read_matrix(path: str, split_column: str) -> tuple[pd.DataFrame, np.ndarray]:
    """Read expression by gene and cell type, and the split of every gene.

    Numbers are parsed so that their shortest decimal text is the text in the file. Repeated rows of
    a gene are kept, as the paper's data has them.

    Parameters
    ----------
    path
        TSV with gene_id, one column per cell type, and optionally one with the split.
    split_column
        Column with the split; if empty, genes are split into contiguous thirds of the sorted
        identifiers.

    Returns
    -------
    expression : pandas.DataFrame of float64
        Rows genes, columns cell types.
    split : array of str, shape=(genes,)
        train, valid or test.

    Raises
    ------
    UserError
        A column is missing or not numeric, or a split has another name.
    """
    # index_col=False: Roadmap's header lacks a column name, which would shift all names by one
    table = pd.read_csv(
        path, sep="\t", index_col=False, float_precision="round_trip", dtype={"gene_id": str}
    )
    for column in ("gene_id", *([split_column] if split_column else [])):
        if column not in table:
            raise UserError(
                f"{path}: no column {column!r} (config deepchrome.label_order_study);"
                f" available: {', '.join(table.columns[:8])}, …"
            )
    genes = table.pop("gene_id").to_numpy(str)
    split = table.pop(split_column).to_numpy(str) if split_column else contiguous_thirds(genes)
    if unknown := sorted(set(split.tolist()) - set(PARTS)):
        raise UserError(
            f"{path}: column {split_column!r}: {unknown[0]!r}; expected: {', '.join(PARTS)}"
        )
    for column in table:
        if not pd.api.types.is_numeric_dtype(table[column]) or table[column].isna().any():
            raise UserError(
                f"{path}: column {column!r}: a value is not a number; expected: numbers"
            )
    return table.astype(float), split


def compare_orders(expression: pd.Series, split: np.ndarray) -> dict[str, float]:
    """Compare the labels of one cell type by number and by text.

    Returns
    -------
    dict
        median; mislabeled, mislabeled_train, _valid and _test: fractions of genes whose label by
        text differs from that by number; high_numeric and high_lexicographic: fractions of test
        genes that are high; expression_auc: ROC AUC on the test genes of the expression itself, as
        a number, against the labels by text (1 where the orders agree; NaN if there is one class).
    """
    number, text = (label_high(expression, order=order).to_numpy() for order in LABEL_ORDERS)
    wrong, test = number != text, split == "test"
    both = len(np.unique(text[test])) == 2
    by_split = pd.Series(wrong).groupby(split).mean().reindex(PARTS)
    return {
        "median": float(expression.median()),
        "mislabeled": wrong.mean(),
        **{f"mislabeled_{name}": fraction for name, fraction in by_split.items()},
        "high_numeric": number[test].mean(),
        "high_lexicographic": text[test].mean(),
        "expression_auc": roc_auc_score(text[test], expression[test]) if both else np.nan,
    }


def correlation(x: np.ndarray, y: np.ndarray, *, draws: int, seed: int) -> dict[str, float]:
    """Correlate two quantities over cell types: r, low, high, rho, n.

    r is Pearson's correlation, low and high its 95 % bootstrap interval over cell types, rho
    Spearman's correlation, n the number of cell types. All but n are NaN for fewer than three.
    """
    table = pd.DataFrame({"x": x, "y": y}).dropna()
    if len(table) < 3:
        return {"r": np.nan, "low": np.nan, "high": np.nan, "rho": np.nan, "n": len(table)}
    rng = np.random.default_rng(seed)
    drawn = rng.integers(0, len(table), (draws, len(table)))
    a, b = (v[drawn] - v[drawn].mean(axis=1, keepdims=True) for v in table.to_numpy().T)
    with np.errstate(invalid="ignore"):
        correlations = (a * b).sum(1) / np.sqrt((a**2).sum(1) * (b**2).sum(1))
    low, high = np.nanquantile(correlations, [0.025, 0.975])
    ranks = table.rank()
    return {"r": table.x.corr(table.y), "low": low, "high": high,
            "rho": ranks.x.corr(ranks.y), "n": len(table)}  # fmt: skip


def published_aucs(path: str) -> pd.Series:
    """Return the published test AUC of DeepChrome by cell type."""
    table = pd.read_csv(path, sep="\t", keep_default_na=False)
    rows = table[
        (table.model == "deepchrome") & (table.metric == "roc_auc") & (table["sample"] != "")
    ]
    return rows.set_index("sample").published.astype(float)


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
    """Write two tables of the cell types of an expression matrix.

    cells: a row per cell type with the values of `compare_orders` and published_auc;
    correlations: quantity, and its correlation with the published AUC as of `correlation`.
    """
    expression, split = read_matrix(matrix, split_column)
    table = pd.DataFrame({cell: compare_orders(expression[cell], split) for cell in expression}).T
    table.index.name = "cell"
    table["published_auc"] = published_aucs(published).reindex(table.index)
    found = []
    for column in ("mislabeled", "mislabeled_test", "expression_auc", "median"):
        row = correlation(table[column], table.published_auc, draws=draws, seed=seed)
        log.info("%s and published AUC: r %.4f over %d cell types", column, row["r"], row["n"])
        found.append({"quantity": column, **row})
    for path, frame in ((cells, table.reset_index()), (correlations, pd.DataFrame(found))):
        with atomic_path(path) as temporary:
            frame.to_csv(temporary, sep="\t", index=False, float_format="%.6g")


if __name__ == "__main__":
    run_script(main, snakemake)
