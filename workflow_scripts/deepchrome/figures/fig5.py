"""Figure 5: class maps of the cells with the highest AUC, and their active bins."""

import numpy as np
import pandas as pd
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from workflow_scripts.chromaloom.ml.metrics import read_metrics
from workflow_scripts.chromaloom.plot.style import (
    BLACK,
    BLUE,
    DOUBLE,
    GRAY,
    VERMILION,
    Drawing,
    new_figure,
)

CLASSES = ["high", "low"]
N_CELLS = 4  # as in the paper


def figure_table(counts: pd.DataFrame, published: pd.DataFrame) -> pd.DataFrame:
    """Return active bins by cell, class and mark: mean and sd over starts, published value if any.

    `published` has columns cell, class and one per mark, as decoded from the authors' maps.
    """
    counts = counts.rename(columns={"class": "class_name"})
    table = counts.groupby(["cell", "class_name", "mark"], sort=False)
    table = table.agg(
        active_bins=("active_bins", "mean"),
        sd=("active_bins", "std"),
        starts=("active_bins", "size"),
        starts_influential=("influential", "sum"),
    ).reset_index()
    mean = table.groupby(["cell", "class_name"]).active_bins.transform("mean")
    table["mean_over_marks"], table["influential"] = mean, (table.active_bins > mean).astype(int)
    known = published.melt(["cell", "class"], var_name="mark", value_name="published")
    known = known.rename(columns={"class": "class_name"})
    return table.merge(known, how="left").rename(columns={"class_name": "class"})


def draw_map(axes, values: pd.DataFrame, marks: list[str], bin_size: int):
    """Draw one map, marks by bins, with kb from the TSS on the x axis."""
    wide = values.pivot_table(index="mark", columns="bin", values="value").loc[marks]
    edge = len(wide.columns) * bin_size / 2000
    image = axes.imshow(
        wide, aspect="auto", cmap="Blues", vmin=0, vmax=1, interpolation="nearest",
        extent=(-edge, edge, len(marks) - 0.5, -0.5),
    )  # fmt: skip
    axes.set_yticks(range(len(marks)), marks)
    axes.axvline(0, color=BLACK, linewidth=0.6, linestyle=":")
    axes.spines[["top", "right"]].set_visible(True)
    return image


def draw_bars(axes, rows: pd.DataFrame) -> None:
    """Draw the active bins by mark; blue: influential; line: mean over marks."""
    colors = np.where(rows.influential, BLUE, GRAY).tolist()
    axes.barh(range(len(rows)), rows.active_bins, 0.65, xerr=rows.sd.fillna(0), color=colors,
              error_kw={"elinewidth": 0.7, "capsize": 1.5})  # fmt: skip
    axes.axvline(rows.mean_over_marks.iloc[0], color=BLACK, linewidth=0.8, linestyle="--")
    axes.plot(rows.published, range(len(rows)), "D", color=VERMILION, markersize=3.5,
              markeredgecolor="white", markeredgewidth=0.5)  # fmt: skip
    axes.set(ylim=(len(rows) - 0.5, -0.5), yticks=[])


def best_cells(metrics: pd.DataFrame, cells: list[str]) -> list[str]:
    """Return up to `N_CELLS` of `cells` by the network's test AUC (mean over seeds), best first."""
    test = metrics[
        (metrics.model == "deepchrome") & (metrics.split == "test") & (metrics.metric == "roc_auc")
    ]
    aucs = test.groupby("sample").value.mean().reindex(cells)
    return list(aucs.sort_values(ascending=False, kind="stable").index[:N_CELLS])


def main(
    counts: str, means: str, published: str, metrics: str, *, cells: list[str], bin_size: int
) -> Drawing:
    """Draw two rows (high, low) for each of the best `cells`: the mean map, and active bins.

    The paper draws four cell types with high AUC. The table has the active bins of all cells.
    """
    cells = best_cells(read_metrics(metrics), cells)
    table = figure_table(
        pd.read_csv(counts, sep="\t", dtype={"cell": str}), pd.read_csv(published, sep="\t")
    )
    values = pd.read_csv(means, sep="\t", dtype={"cell": str})
    marks = list(dict.fromkeys(table.mark))
    rows = [(cell, name) for cell in cells for name in CLASSES]
    figure, axes = new_figure(
        DOUBLE, 1.2 + 1.05 * len(rows), nrows=len(rows), ncols=2, sharex="col", squeeze=False,
        width_ratios=[3, 1],
    )  # fmt: skip
    for (cell, name), (left, right) in zip(rows, axes, strict=True):
        chosen = values[(values.cell == cell) & (values["class"] == name)]
        image = draw_map(left, chosen, marks, bin_size)
        left.set_title(f"{cell}, {name} expression", loc="left")
        bars = table[(table.cell == cell) & (table["class"] == name)].set_index("mark").loc[marks]
        draw_bars(right, bars)
    axes[-1, 0].set_xlabel("Distance from the TSS, kb")
    axes[-1, 1].set_xlabel("Active bins")
    figure.colorbar(image, ax=axes[:, 0].tolist(), label="Class map, mean over starting points",
                    location="top", aspect=40, shrink=0.6)  # fmt: skip
    keys = [Patch(color=BLUE, label="above the mean"),
            Patch(color=GRAY, label="not above the mean"),
            Line2D([], [], color=BLACK, linestyle="--", label="mean over marks")]  # fmt: skip
    if table.published[table.cell.isin(cells)].notna().any():
        keys.append(Line2D([], [], color=VERMILION, marker="D", linestyle="", label="authors' map"))
    figure.legend(handles=keys, loc="upper right")
    return figure, table
