"""Supplement: obtained and published test AUC of the network by cell type."""

import pandas as pd

from workflow_scripts.chromaloom.ml.metrics import read_metrics
from workflow_scripts.chromaloom.plot.style import (
    BLUE,
    ORANGE,
    SINGLE,
    Drawing,
    new_figure,
)


def supplement_table(
    metrics: pd.DataFrame, published: pd.DataFrame, cell_types: pd.DataFrame
) -> pd.DataFrame:
    """Return the run's cell types by obtained AUC, then the paper's others by published AUC.

    Columns: cell, name, group (of tissues), obtained (mean over seeds), sd, seeds, low, high
    (bounds of the 95 % bootstrap interval, mean over seeds), published.
    """
    test = metrics[(metrics.model == "deepchrome") & (metrics.split == "test")]
    wide = test.pivot_table(index=["sample", "seed"], columns="metric", values="value")
    grouped = wide.groupby("sample")
    found = pd.DataFrame(
        {"obtained": grouped.roc_auc.mean(), "sd": grouped.roc_auc.std(),
         "seeds": grouped.roc_auc.size(), "low": grouped.roc_auc_ci95_lower.mean(),
         "high": grouped.roc_auc_ci95_upper.mean()}
    )  # fmt: skip
    known = published[(published.metric == "roc_auc") & published["sample"].notna()]
    table = (
        cell_types.set_index("cell")
        .join(known.set_index("sample").published.astype(float))
        .join(found, how="outer")
        .rename_axis("cell")
        .reset_index()
    )
    table = table.sort_values(["obtained", "published"], ascending=False, kind="stable")
    return table[
        ["cell", "name", "group", "obtained", "sd", "seeds", "low", "high", "published"]
    ].astype({"seeds": "Int64"})


def main(metrics: str, published: str, cell_types: str) -> Drawing:
    """Draw a row per cell type of the run; the table also has the paper's other cell types."""
    table = supplement_table(
        read_metrics(metrics),
        pd.read_csv(published, sep="\t", dtype={"sample": str}),
        pd.read_csv(cell_types, sep="\t"),
    )
    drawn = table[table.obtained.notna()]
    names = [f"{row.cell} {row.name_}" if isinstance(row.name_, str) else row.cell
             for row in drawn.rename(columns={"name": "name_"}).itertuples()]  # fmt: skip
    figure, axes = new_figure(SINGLE, 0.9 + 0.15 * max(len(drawn), 4))
    rows = range(len(drawn))
    axes.hlines(rows, drawn.low, drawn.high, color=BLUE, linewidth=1)
    axes.plot(drawn.obtained, rows, "o", color=BLUE, markersize=4, label="obtained, 95 % CI")
    if drawn.published.notna().any():
        axes.plot(drawn.published, rows, "D", color=ORANGE, markersize=3.5, label="published",
                  markeredgecolor="white", markeredgewidth=0.5)  # fmt: skip
    axes.set_yticks(rows, names)
    axes.set(ylim=(len(drawn) - 0.5, -0.5), xlabel="Test ROC AUC of DeepChrome")
    axes.grid(axis="x", linewidth=0.4, alpha=0.5)
    figure.legend(loc="outside upper center", ncols=2)
    return figure, table
