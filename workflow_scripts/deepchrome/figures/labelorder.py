"""How far labels by text would explain the published AUCs: a scatter, and trainings on both."""

import pandas as pd

from workflow_scripts.chromaloom.ml.metrics import read_metrics
from workflow_scripts.chromaloom.plot.style import (
    BLACK,
    BLUE,
    DOUBLE,
    GREY,
    ORANGE,
    SINGLE,
    VERMILION,
    Drawing,
    new_figure,
)
from workflow_scripts.deepchrome.config.label_order_plan import ORDERS

COLOURS = dict(zip(ORDERS, (BLUE, ORANGE), strict=True))
SAID = {"numeric": "labels by number", "lexicographic": "labels by text"}


def trained_aucs(metrics: pd.DataFrame, splits: dict[str, str], cells: list[str]) -> pd.DataFrame:
    """Test AUC of the network by cell, order and seed; `splits` maps an order to its split."""
    chosen = metrics[
        (metrics.model == "deepchrome") & (metrics.metric == "roc_auc")
        & metrics["sample"].isin(cells) & metrics.split.isin(splits.values())
    ]  # fmt: skip
    order = {split: name for name, split in splits.items()}
    return chosen.assign(order=chosen.split.map(order))[["sample", "order", "seed", "value"]]


def draw_scatter(axes, table: pd.DataFrame, found: pd.Series, named: list[str]) -> None:
    """Draw published AUC against the mislabelled share, cells that were trained here in colour."""
    axes.plot(100 * table.mislabelled, table.published_auc, "o", color=GREY, markersize=3.5,
              markeredgecolor="white", markeredgewidth=0.4)  # fmt: skip
    ends = [table.published_auc.idxmax(), table.published_auc.idxmin()]
    chosen = table[table.published_auc.notna() & table["cell"].isin(named)]
    chosen = pd.concat([chosen, table.loc[ends]]).drop_duplicates("cell")
    # cells on the same point share a label
    for (share, auc), rows in chosen.groupby(["mislabelled", "published_auc"]):
        axes.plot(100 * share, auc, "o", color=VERMILION, markersize=4)
        axes.annotate(", ".join(sorted(rows.cell)), (100 * share, auc), (5, 2),
                      textcoords="offset points", fontsize=7)  # fmt: skip
    axes.set(xlabel="Genes labelled otherwise by text, %", ylabel="Published test AUC")
    axes.margins(x=0.14)
    said = (
        f"r = {found.r:.3f} (95 %: {found.low:.3f} to {found.high:.3f}), {found.n:.0f} cell types"
    )
    axes.set_title(said.replace("-", "\N{MINUS SIGN}"), loc="left")


def draw_trained(axes, aucs: pd.DataFrame, table: pd.DataFrame, cells: list[str]) -> None:
    """Draw each seed's test AUC under both orders, the reachable and the published ones."""
    for place, cell in enumerate(cells):
        row = table[table.cell == cell].iloc[0]
        for shift, order in zip((-0.14, 0.14), ORDERS, strict=True):
            values = aucs.value[(aucs["sample"] == cell) & (aucs.order == order)]
            axes.plot(
                [place + shift] * len(values), values, "o", color=COLOURS[order], markersize=4,
                alpha=0.8, label=SAID[order] if not place else None,
            )  # fmt: skip
        axes.hlines(row.best_auc, place + 0.02, place + 0.3, color=BLACK, linewidth=1,
                    label="reachable, labels by text" if not place else None)  # fmt: skip
        axes.hlines(row.published_auc, place - 0.3, place + 0.3, color=GREY, linewidth=1,
                    linestyle="--", label="published" if not place else None)  # fmt: skip
    axes.set_xticks(range(len(cells)), cells)
    axes.set(xlim=(-0.6, len(cells) - 0.4), ylabel="Test AUC, one dot per seed")
    axes.set_title("Trained and tested here", loc="left")


def main(
    cells: str, correlations: str, metrics: str, *, trained: list[str], splits: dict[str, str]
) -> Drawing:
    """Draw the scatter over all cell types and, for those trained under both orders, their AUCs.

    The table is that of `compare_label_orders` with auc_numeric and auc_lexicographic, means over
    seeds, for the cells trained here.
    """
    table = pd.read_csv(cells, sep="\t", dtype={"cell": str})
    found = pd.read_csv(correlations, sep="\t").set_index("quantity").loc["mislabelled"]
    aucs = trained_aucs(read_metrics(metrics), splits, trained)
    means = aucs.pivot_table(index="sample", columns="order", values="value").reindex(
        columns=ORDERS
    )
    for order in ORDERS:
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
