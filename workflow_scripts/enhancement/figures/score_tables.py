"""Tables of scores with the published values, as figures."""

import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.plot.style import DOUBLE, Drawing
from workflow_scripts.chromaloom.plot.text_table import draw_text_table
from workflow_scripts.enhancement.figures.style import in_order, label, split_label, splits_in_order

HEADERS = {
    "mae": "MAE",
    "mse": "MSE",
    "pearson": "Pearson",
    "spearman": "Spearman",
    "mae_per_map": "MAE",
    "mse_per_map": "MSE",
    "pearson_per_map": "Pearson",
    "spearman_per_map": "Spearman",
    "scc_hicreppy": "SCC, hicreppy",
    "scc_hicrep": "SCC, HiCRep",
    "insulation_r": "Insulation r",
    "boundary_f1": "Boundary F1",
}

# splits whose spread is shown in a table with many columns; the TSV has that of all
SPREAD_SPLITS = ("test",)


def read_published(path: str) -> pd.DataFrame:
    """Published values as printed: item, model, split, metric, published."""
    table = pd.read_csv(path, sep="\t", keep_default_na=False, dtype=str)
    return table[["item", "model", "split", "metric", "published"]]


def long_table(
    metrics: pd.DataFrame, published: pd.DataFrame, models: list[str], names: list[str]
) -> pd.DataFrame:
    """Mean and standard deviation over seeds of some models' metrics, with the published value.

    Returns
    -------
    DataFrame
        model, split, metric, value, sd, seeds, n, published (empty if there is none); models and
        splits in the order of the figures.
    """
    chosen = metrics[metrics.model.isin(models) & metrics.metric.isin(names)]
    key = ["model", "split", "metric"]
    table = chosen.groupby(key).agg(
        value=("value", "mean"), sd=("value", "std"), seeds=("seed", "nunique"), n=("n", "max")
    ).reset_index()  # fmt: skip
    table = table.merge(published[[*key, "published"]], on=key, how="left")
    splits, order = splits_in_order(set(table.split)), in_order(set(table.model))
    ranked = table.assign(
        split=pd.Categorical(table.split, splits, ordered=True),
        model=pd.Categorical(table.model, order, ordered=True),
        metric=pd.Categorical(table.metric, names, ordered=True),
    ).sort_values(["split", "model", "metric"])
    return ranked.astype(dict.fromkeys(key, str)).reset_index(drop=True)[
        [*key, "value", "sd", "seeds", "n", "published"]
    ]


def cell(row: pd.Series, *, spread: bool) -> str:
    """Mean over seeds, their sd if `spread`, and the published value in brackets."""
    if not np.isfinite(row.value):
        return "–"
    digits = 4 if row.metric.startswith(("mae", "mse")) else 3
    text = f"{row.value:.{digits}f}"
    if spread and np.isfinite(row.sd):
        text += f" ± {row.sd:.{digits}f}"
    return text + (f" [{row.published}]" if isinstance(row.published, str) else "")


def draw_scores(table: pd.DataFrame, *, names: list[str]) -> Drawing:
    """Draw a row per split and model and a column per metric; return the figure and the long table.

    The long table has the unrounded values, and the standard deviations that the figure omits.

    Parameters
    ----------
    table
        Of `long_table`.
    names
        Metrics, in order; metrics without a row are left out.
    """
    shown = [name for name in names if (table.metric == name).any()]
    rows, previous = [], None
    for (split, model), own in table.groupby(["split", "model"], sort=False):
        spread = split in SPREAD_SPLITS or len(shown) <= 4
        found = {row.metric: cell(row, spread=spread) for _, row in own.iterrows()}
        shown_split = split_label(split) if split != previous else ""
        rows.append([shown_split, label(model), *[found.get(name, "–") for name in shown]])
        previous = split
    text = pd.DataFrame(rows, columns=["split", "model", *shown])
    wide = 1.3 if len(shown) <= 4 else 0.95
    figure, _ = draw_text_table(
        text, widths=[0.95, 1.25, *[wide] * len(shown)], figure_width=DOUBLE,
        heads=["Split", "Model", *[HEADERS[name] for name in shown]],
    )  # fmt: skip
    return figure, table
