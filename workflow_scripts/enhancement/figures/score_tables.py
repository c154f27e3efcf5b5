"""Tables of scores beside the published ones, as figures."""

import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.plot.style import DOUBLE, Drawing
from workflow_scripts.chromaloom.plot.text_table import draw_text_table
from workflow_scripts.enhancement.figures.style import in_order, label, part_label, parts_in_order

HEADS = {
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

# parts whose spread is drawn in a table of many columns; that of all is in its TSV
WITH_SPREAD = ("test",)


def read_published(path: str) -> pd.DataFrame:
    """Published numbers as they are printed: model, split, metric, published."""
    table = pd.read_csv(path, sep="\t", keep_default_na=False, dtype=str)
    return table[["item", "model", "split", "metric", "published"]]


def long_table(
    metrics: pd.DataFrame, published: pd.DataFrame, models: list[str], names: list[str]
) -> pd.DataFrame:
    """Mean and spread over seeds of some models' metrics, beside the published number.

    Returns
    -------
    DataFrame
        model, split, metric, value, sd, seeds, n, published (empty where there is none); models
        and splits in the figures' order.
    """
    chosen = metrics[metrics.model.isin(models) & metrics.metric.isin(names)]
    key = ["model", "split", "metric"]
    table = chosen.groupby(key).agg(
        value=("value", "mean"), sd=("value", "std"), seeds=("seed", "nunique"), n=("n", "max")
    ).reset_index()  # fmt: skip
    table = table.merge(published[[*key, "published"]], on=key, how="left")
    splits, order = parts_in_order(set(table.split)), in_order(set(table.model))
    ranked = table.assign(
        split=pd.Categorical(table.split, splits, ordered=True),
        model=pd.Categorical(table.model, order, ordered=True),
        metric=pd.Categorical(table.metric, names, ordered=True),
    ).sort_values(["split", "model", "metric"])
    return ranked.astype(dict.fromkeys(key, str)).reset_index(drop=True)[
        [*key, "value", "sd", "seeds", "n", "published"]
    ]


def cell(row: pd.Series, *, spread: bool) -> str:
    """Mean over seeds, their sd where it is asked for, and the published number in brackets."""
    if not np.isfinite(row.value):
        return "–"
    digits = 4 if row.metric.startswith(("mae", "mse")) else 3
    text = f"{row.value:.{digits}f}"
    if spread and np.isfinite(row.sd):
        text += f" ± {row.sd:.{digits}f}"
    return text + (f" [{row.published}]" if isinstance(row.published, str) else "")


def draw_scores(table: pd.DataFrame, *, names: list[str]) -> Drawing:
    """Draw a row per part and model, a column per metric; return it and the long table, which holds
    what the text rounds and the splits and spreads that it leaves out.

    Parameters
    ----------
    table
        Of `long_table`.
    names
        Metrics, in order; those that no row has are left out.
    """
    there = [name for name in names if (table.metric == name).any()]
    rows, seen = [], None
    for (split, model), part in table.groupby(["split", "model"], sort=False):
        spread = split in WITH_SPREAD or len(there) <= 4
        found = {row.metric: cell(row, spread=spread) for _, row in part.iterrows()}
        windows = f"{part_label(split)}" if split != seen else ""
        rows.append([windows, label(model), *[found.get(name, "–") for name in there]])
        seen = split
    text = pd.DataFrame(rows, columns=["part", "model", *there])
    wide = 1.3 if len(there) <= 4 else 0.95
    figure, _ = draw_text_table(
        text, widths=[0.95, 1.25, *[wide] * len(there)], figure_width=DOUBLE,
        heads=["Part", "Model", *[HEADS[name] for name in there]],
    )  # fmt: skip
    return figure, table
