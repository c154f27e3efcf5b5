"""Figure 6: PCC of the full model, without the promoter, and without HiChIP."""

import numpy as np
import pandas as pd

from workflow_scripts.chromaloom.ml.metrics import read_metrics
from workflow_scripts.chromaloom.plot.style import (
    BLACK,
    BLUE,
    DOUBLE,
    GRAY,
    PURPLE,
    SINGLE,
    SKY,
    Drawing,
    new_figure,
)
from workflow_scripts.deepexpression.figures.style import fold_statistics

# model: text, method_color, whether the bar is hollow
BARS = {
    "full": ("Full model", BLUE, False),
    "hichip_only": ("Trained without promoter", PURPLE, False),
    "full_without_promoter": ("Full model, promoter blanked", PURPLE, True),
    "seq": ("Trained without HiChIP", SKY, False),
    "full_without_hichip": ("Full model, HiChIP blanked", SKY, True),
    "full_shuffled": ("Full model, expression shuffled", GRAY, True),
}


def figure_table(metrics: pd.DataFrame, scheme: str) -> pd.DataFrame:
    """`fold_statistics` of the drawn models, and their change (%) from the full model."""
    table = fold_statistics(metrics, "pcc", list(BARS))
    table = table[table.scheme == scheme]
    table = table[table.cell.isin(table.cell[table.model == "full"])]
    full = table[table.model == "full"].set_index("cell").value
    table["percent_change"] = 100 * (table.value / table.cell.map(full) - 1)
    rank = {model: place for place, model in enumerate(BARS)}
    return table.sort_values(
        ["cell", "model"], key=lambda c: c.map(rank) if c.name == "model" else c
    )


def main(metrics: str, *, scheme: str) -> Drawing:
    """Draw a group of bars per cell, with each change from the full model above its bar."""
    table = figure_table(read_metrics(metrics), scheme)
    cells, models = list(dict.fromkeys(table.cell)), [m for m in BARS if (table.model == m).any()]
    figure, axes = new_figure(SINGLE if len(cells) < 2 else DOUBLE, 3.0)
    step = 0.84 / len(models)
    for place, model in enumerate(models):
        own = table[table.model == model].set_index("cell").reindex(cells)
        at = np.arange(len(cells)) + (place - (len(models) - 1) / 2) * step
        text, color, hollow = BARS[model]
        axes.bar(
            at, own.value, 0.9 * step, yerr=own.sd, edgecolor=color, label=text,
            facecolor="white" if hollow else color, capsize=1.5,
            error_kw={"elinewidth": 0.9},
        )  # fmt: skip
        for x, found in zip(at, own.itertuples(), strict=True):
            if model not in ("full", "full_shuffled") and np.isfinite(found.percent_change):
                high = max(found.value, 0) + np.nan_to_num(found.sd) + 0.012
                axes.text(
                    x,
                    high,
                    f"{found.percent_change:+.0f} %".replace("-", "−"),
                    ha="center",
                    fontsize=6,
                )
    axes.axhline(0, color=BLACK, linewidth=0.8)
    axes.set_xticks(range(len(cells)), cells)
    axes.set(ylabel="Test PCC, mean ± sd over folds")
    axes.tick_params(axis="x", length=0)
    figure.legend(loc="outside upper center", ncols=2 if len(cells) < 2 else 3)
    return figure, table
