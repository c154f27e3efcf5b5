"""What becomes of the labels high and low when expression is compared as text."""

import numpy as np
import pandas as pd
from sklearn.metrics import roc_auc_score

from workflow_scripts.chromaloom.ml.splits import PARTS, contiguous_thirds
from workflow_scripts.chromaloom.workflow.errors import UserError
from workflow_scripts.deepchrome.config.label_order_plan import ORDERS
from workflow_scripts.deepchrome.data.labels import label_high


def read_matrix(path: str, split_column: str) -> tuple[pd.DataFrame, np.ndarray]:
    """Read expression by gene and cell type, and the part of every gene.

    Numbers are read so that their shortest text is the file's own. Rows that repeat a gene stay:
    the paper's data holds them too.

    Parameters
    ----------
    path
        TSV with gene_id, one column per cell type and perhaps one with the parts.
    split_column
        Name of the last; empty: contiguous thirds of the sorted identifiers.

    Returns
    -------
    expression : pandas.DataFrame of float64
        Rows genes, columns cell types.
    part : array of str, shape=(genes,)
        train, valid or test.

    Raises
    ------
    UserError
        A column is missing or holds other than numbers; a part has another name.
    """
    # index_col=False: the Roadmap's own header is one column short and would shift all names
    table = pd.read_csv(path, sep="\t", index_col=False, float_precision="round_trip")
    for column in ("gene_id", *([split_column] if split_column else [])):
        if column not in table:
            raise UserError(
                f"{path}: no column {column!r} (config deepchrome.label_order_study);"
                f" there: {', '.join(table.columns[:8])}"
            )
    genes = table.pop("gene_id").to_numpy(str)
    part = table.pop(split_column).to_numpy(str) if split_column else contiguous_thirds(genes)
    if strange := sorted(set(part.tolist()) - set(PARTS)):
        raise UserError(
            f"{path}: {split_column} {strange[0]!r}; allowed: {', '.join(PARTS)}"
        )  # fmt: skip
    for column in table:
        if not pd.api.types.is_numeric_dtype(table[column]) or table[column].isna().any():
            raise UserError(f"{path}: column {column!r} holds other than numbers")
    return table.astype(float), part


def compare_orders(expression: pd.Series, part: np.ndarray) -> dict[str, float]:
    """Compare the labels of one cell type by number and by text.

    Returns
    -------
    dict
        median; mislabelled, mislabelled_train, _valid and _test: shares of genes whose label by
        text is not that by number; high_numeric and high_text: shares of test genes that are high;
        best_auc: ROC AUC on the test genes of the expression itself, as a number, as score for the
        labels by text (1 where the orders agree; NaN for labels of one class).
    """
    number, text = (label_high(expression, order=order).to_numpy() for order in ORDERS)
    wrong, test = number != text, part == "test"
    both = len(np.unique(text[test])) == 2
    by_part = pd.Series(wrong).groupby(part).mean().reindex(PARTS)
    return {
        "median": float(expression.median()),
        "mislabelled": wrong.mean(),
        **{f"mislabelled_{name}": share for name, share in by_part.items()},
        "high_numeric": number[test].mean(),
        "high_text": text[test].mean(),
        "best_auc": roc_auc_score(text[test], expression[test]) if both else np.nan,
    }


def correlation(x: np.ndarray, y: np.ndarray, *, draws: int, seed: int) -> dict[str, float]:
    """Pearson's r, its 95 % bootstrap interval over cell types, Spearman's rho and their number.

    NaN for fewer than three cell types.
    """
    table = pd.DataFrame({"x": x, "y": y}).dropna()
    if len(table) < 3:
        return {"r": np.nan, "low": np.nan, "high": np.nan, "rho": np.nan, "n": len(table)}
    rng = np.random.default_rng(seed)
    chosen = rng.integers(0, len(table), (draws, len(table)))
    a, b = (v[chosen] - v[chosen].mean(axis=1, keepdims=True) for v in table.to_numpy().T)
    with np.errstate(invalid="ignore"):
        drawn = (a * b).sum(1) / np.sqrt((a**2).sum(1) * (b**2).sum(1))
    low, high = np.nanquantile(drawn, [0.025, 0.975])
    ranks = table.rank()
    return {"r": table.x.corr(table.y), "low": low, "high": high,
            "rho": ranks.x.corr(ranks.y), "n": len(table)}  # fmt: skip
