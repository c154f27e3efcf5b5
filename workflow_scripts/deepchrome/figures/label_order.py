"""Labels by text: mislabeled genes against published AUC, and networks trained on both labels."""

import pandas as pd

from workflow_scripts.chromaloom.ml.metrics import read_metrics
from workflow_scripts.chromaloom.plot.style import (
    BLACK,
    BLUE,
    DOUBLE,
    GRAY,
    ORANGE,
    SINGLE,
    VERMILION,
    Drawing,
    new_figure,
)
from workflow_scripts.deepchrome.config.plan import LABEL_ORDERS

COLORS = dict(zip(LABEL_ORDERS, (BLUE, ORANGE), strict=True))
NAMES = {"numeric": "labels by number", "lexicographic": "labels by text"}


def trained_aucs(metrics: pd.DataFrame, splits: dict[str, str], cells: list[str]) -> pd.DataFrame:
    """Return the test AUC of the network by cell, label order and seed.

    `splits` maps an order to its split in metrics.tsv.
    """
    rows = metrics[
        (metrics.model == "deepchrome") & (metrics.metric == "roc_auc")
        & metrics["sample"].isin(cells) & metrics.split.isin(splits.values())
    ]  # fmt: skip
    order = {split: name for name, split in splits.items()}
    return rows.assign(order=rows.split.map(order))[["sample", "order", "seed", "value"]]


def draw_scatter(axes, table: pd.DataFrame, found: pd.Series, named: list[str]) -> None:
    """Draw published AUC against mislabeled genes; cells trained in this run are highlighted."""
    axes.plot(100 * table.mislabeled, table.published_auc, "o", color=GRAY, markersize=3.5,
              markeredgecolor="white", markeredgewidth=0.4)  # fmt: skip
    ends = [table.published_auc.idxmax(), table.published_auc.idxmin()]
    shown = table[table.published_auc.notna() & table["cell"].isin(named)]
    shown = pd.concat([shown, table.loc[ends]]).drop_duplicates("cell")
    # cells at the same point share a label
    for (fraction, auc), rows in shown.groupby(["mislabeled", "published_auc"]):
        axes.plot(100 * fraction, auc, "o", color=VERMILION, markersize=4)
        axes.annotate(", ".join(sorted(rows.cell)), (100 * fraction, auc), (5, 2),
                      textcoords="offset points", fontsize=7)  # fmt: skip
    axes.set(xlabel="Genes mislabeled by text, %", ylabel="Published test AUC")
    axes.margins(x=0.14)
    title = (
        f"r = {found.r:.3f} (95 % CI {found.low:.3f} to {found.high:.3f}), {found.n:.0f} cell types"
    )
    axes.set_title(title.replace("-", "\N{MINUS SIGN}"), loc="left")


def draw_trained(axes, aucs: pd.DataFrame, table: pd.DataFrame, cells: list[str]) -> None:
    """Draw each seed's test AUC under both orders, the AUC of expression, and the published AUC."""
    for number, cell in enumerate(cells):
        row = table[table.cell == cell].iloc[0]
        for shift, order in zip((-0.14, 0.14), LABEL_ORDERS, strict=True):
            values = aucs.value[(aucs["sample"] == cell) & (aucs.order == order)]
            axes.plot(
                [number + shift] * len(values), values, "o", color=COLORS[order], markersize=4,
                alpha=0.8, label=NAMES[order] if not number else None,
            )  # fmt: skip
        axes.hlines(row.expression_auc, number + 0.02, number + 0.3, color=BLACK, linewidth=1,
                    label="AUC of expression, labels by text" if not number else None)  # fmt: skip
        axes.hlines(row.published_auc, number - 0.3, number + 0.3, color=GRAY, linewidth=1,
                    linestyle="--", label="published" if not number else None)  # fmt: skip
    axes.set_xticks(range(len(cells)), cells)
    axes.set(xlim=(-0.6, len(cells) - 0.4), ylabel="Test AUC, one dot per seed")
    axes.set_title("Trained in this run", loc="left")


def main(
    cells: str, correlations: str, metrics: str, *, trained: list[str], splits: dict[str, str]
) -> Drawing:
    """Draw the scatter over all cell types and, for cells trained under both orders, their AUCs.

    The table is `cells` of `compare_label_orders` with auc_numeric and auc_lexicographic, the mean
    test AUC over seeds of the cells trained in this run.
    """
    table = pd.read_csv(cells, sep="\t", dtype={"cell": str})
    found = pd.read_csv(correlations, sep="\t").set_index("quantity").loc["mislabeled"]
    aucs = trained_aucs(read_metrics(metrics), splits, trained)
    means = aucs.pivot_table(index="sample", columns="order", values="value").reindex(
        columns=LABEL_ORDERS
    )
    for order in LABEL_ORDERS:
        table[f"auc_{order}"] = table.cell.map(means[order])
    figure, axes = new_figure(
        DOUBLE if trained else SINGLE, 2.8, ncols=2 if trained else 1, squeeze=False,
        width_ratios=[1.2, 1] if trained else None,
    )  # fmt: skip
    draw_scatter(axes[0, 0], table, found, trained)
    if trained:
        draw_trained(axes[0, 1], aucs, table, trained)
        figure.legend(loc="outside lower right", ncols=4)
    return figure, table
