"""Figure 3: test AUC of DeepChrome and the baselines in every cell type, sorted."""

import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.ml.metrics import read_metrics
from workflow_scripts.chromaloom.plot.style import (
    BLACK,
    DOUBLE,
    GRAY,
    GREEN,
    ORANGE,
    PURPLE,
    SINGLE,
    SKY,
    VERMILION,
    Drawing,
    new_figure,
)

# The network is drawn as bars, the baselines as markers
NETWORK = "deepchrome"
BASELINES = {
    "logistic": ("Logistic regression, all bins", ORANGE, "o"),
    "gradient_boosting": ("Gradient boosting, all bins", GREEN, "v"),
    "svm_best_bin": ("SVM, best bin", VERMILION, "s"),
    "svm_average": ("SVM, mean over bins", PURPLE, "D"),
    "random_forest": ("Random forest, best bins", GRAY, "^"),
}


def figure_table(metrics: pd.DataFrame) -> pd.DataFrame:
    """Return the test AUC by cell and model, cells sorted by the network's AUC.

    roc_auc, roc_auc_ci95_lower and roc_auc_ci95_upper are means over seeds of the AUC and of the
    bounds of its 95 % bootstrap interval over genes; sd is the standard deviation over seeds, seeds
    their number.
    """
    test = metrics[(metrics.split == "test") & metrics.model.isin([NETWORK, *BASELINES])]
    wide = test.pivot_table(index=["sample", "model", "seed"], columns="metric", values="value")
    grouped = wide.groupby(["sample", "model"])
    table = grouped[["roc_auc", "roc_auc_ci95_lower", "roc_auc_ci95_upper"]].mean()
    table["sd"], table["seeds"] = grouped.roc_auc.std(), grouped.roc_auc.size()
    table = table.reset_index()
    order = table[table.model == NETWORK].sort_values("roc_auc", ascending=False)["sample"]
    rank = dict(zip(order, range(len(order)), strict=True))
    place = table["sample"].map(rank)
    return table.assign(place=place).sort_values(["place", "model"]).drop(columns="place")


def main(metrics: str) -> Drawing:
    """Draw bars of the network's test AUC with intervals, and a marker per baseline."""
    table = figure_table(read_metrics(metrics))
    bars = table[table.model == NETWORK]
    place = {cell: number for number, cell in enumerate(bars["sample"])}
    figure, axes = new_figure(SINGLE if len(bars) <= 12 else DOUBLE, 2.6)
    # bars start at chance, 0.5
    axes.bar(range(len(bars)), bars.roc_auc - 0.5, 0.7, 0.5, color=SKY, label="DeepChrome")
    spread = np.abs(
        bars[["roc_auc_ci95_lower", "roc_auc_ci95_upper"]].to_numpy().T - bars.roc_auc.to_numpy()
    )
    axes.errorbar(
        range(len(bars)),
        bars.roc_auc,
        spread,
        fmt="none",
        ecolor=BLACK,
        elinewidth=0.8,
        capsize=2,
        zorder=2,
    )
    models = [model for model in BASELINES if (table.model == model).any()]
    # side by side, so that equal values do not overlap
    offsets = np.array([0.1, -0.1, 0.2, -0.2, 0.28])[: len(models)]
    for model, offset in zip(models, offsets, strict=True):
        label, color, marker = BASELINES[model]
        rows = table[table.model == model]
        axes.plot(
            rows["sample"].map(place) + offset, rows.roc_auc, marker, color=color, label=label,
            markersize=4, markeredgecolor="white", markeredgewidth=0.5, zorder=3,
        )  # fmt: skip
    axes.axhline(0.5, color=BLACK, linewidth=0.8)
    axes.set(
        ylim=(min(0.48, table[["roc_auc", "roc_auc_ci95_lower"]].min().min() - 0.02), 1.0),
        xlabel="Cell type",
    )
    axes.set_ylabel("Test ROC AUC (0.5: chance)")
    axes.set_xticks(range(len(bars)), bars["sample"], rotation=90 if len(bars) > 6 else 0)
    figure.legend(loc="outside upper center", ncols=2)
    return figure, table
